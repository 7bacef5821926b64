/* links.c - see links.h. */
#include "ref/cmd/links.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ref/base/pkt.h"
#include "ref/io/afpacket.h"
#include "ref/io/ether.h"

struct link {
	struct xl_links *all;
	struct xl_afpacket at;
	struct xl_ether end;
	uint16_t port;
};

struct xl_links {
	struct link link[XL_OPT_LIST_MAX];
	size_t n;
	struct link *of_port[XL_OPT_LIST_MAX];
	int epoll_fd;
	uint64_t n_lost;
	void (*fn)(void *ctx, uint16_t port, const uint8_t *p, size_t n); /* while draining */
	void *ctx;
	uint8_t frame[XL_ETHER_HEAD + XL_PACKET_MAX];
};

/* ---- opening ---- */

/* The next word of the text up to `end`, copied; false when there is none or it does not fit. */
static bool word(const char **text, char end, char *to, size_t cap)
{
	size_t n = strcspn(*text, (char[]){ end, '\0' });

	if (n == 0 || n >= cap || (end && !(*text)[n]))
		return false;
	memcpy(to, *text, n);
	to[n] = '\0';
	*text += n + (end != '\0');
	return true;
}

static bool read_address(const struct xl_ether *e, const char *text, struct xl_ip4 *a4,
			 struct xl_ip6 *a6)
{
	return e->is_ip6 ? xl_ip6_parse(text, a6) : xl_ip4_parse(text, a4);
}

static const struct xl_conf_iface *find_interface(const struct xl_conf *c, const char *name)
{
	for (size_t i = 0; i < c->n_ifaces; i++)
		if (strcmp(c->iface[i].name, name) == 0)
			return &c->iface[i];
	return NULL;
}

static int read_link(struct link *l, const char *text, const struct xl_conf *c, char device[16],
		     struct xl_diags *d)
{
	char name[64], own[XL_IP6_TEXT_MAX], next[XL_IP6_TEXT_MAX];
	const struct xl_conf_iface *i;
	const char *at = text;

	if (!word(&at, '=', name, sizeof name) || !word(&at, ',', device, 16) ||
	    !word(&at, ',', own, sizeof own) || !word(&at, '\0', next, sizeof next))
		return xl_diag(d, XL_ERR_SYNTAX, XL_NOWHERE,
			       "--link %s: allowed is INTERFACE=DEVICE,ADDRESS,NEXT-HOP", text);
	i = find_interface(c, name);
	if (!i)
		return xl_diag(d, XL_ERR_SYNTAX, XL_NOWHERE,
			       "--link %s: the configuration has no interface %s", text, name);
	l->port = (uint16_t)(i - c->iface);
	l->end.is_ip6 = i->side == XL_SIDE_V6;
	if (!read_address(&l->end, own, &l->end.own4, &l->end.own6) ||
	    !read_address(&l->end, next, &l->end.next4, &l->end.next6))
		return xl_diag(d, XL_ERR_SYNTAX, XL_NOWHERE,
			       "--link %s: both addresses must be IPv%d, as %s is", text,
			       l->end.is_ip6 ? 6 : 4, name);
	return 0;
}

static int open_link(struct xl_links *all, struct link *l, const char *device, struct xl_diags *d)
{
	struct epoll_event ready = { .events = EPOLLIN };

	l->all = all;
	if (xl_afpacket_open(&l->at, device, d) < 0 || xl_afpacket_mac(&l->at, l->end.mac, d) < 0)
		return XL_ERR_IO;
	if (epoll_ctl(all->epoll_fd, EPOLL_CTL_ADD, l->at.fd, &ready) < 0)
		return xl_diag(d, XL_ERR_IO, XL_NOWHERE, "%s: %s", device, strerror(errno));
	return 0;
}

struct xl_links *xl_links_open(const struct xl_opt_list *texts, const struct xl_conf *c,
			       struct xl_diags *d)
{
	struct xl_links *l = calloc(1, sizeof *l);
	int r = l ? 0 : xl_diag(d, XL_ERR_NOMEM, XL_NOWHERE, "no memory left");

	if (r == 0) {
		l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
		if (l->epoll_fd < 0)
			r = xl_diag(d, XL_ERR_IO, XL_NOWHERE, "epoll: %s", strerror(errno));
	}
	for (size_t i = 0; r == 0 && i < texts->n; i++) {
		char device[16];

		r = read_link(&l->link[l->n], texts->at[i], c, device, d);
		if (r == 0 && l->of_port[l->link[l->n].port])
			r = xl_diag(d, XL_ERR_SYNTAX, XL_NOWHERE,
				    "--link %s: the interface has a link already", texts->at[i]);
		if (r == 0)
			r = open_link(l, &l->link[l->n++], device, d);
		if (r == 0)
			l->of_port[l->link[l->n - 1].port] = &l->link[l->n - 1];
	}
	if (r == 0)
		return l;
	xl_links_close(l);
	return NULL;
}

void xl_links_close(struct xl_links *l)
{
	for (size_t i = 0; l && i < l->n; i++)
		xl_afpacket_close(&l->link[i].at);
	if (l && l->epoll_fd >= 0)
		close(l->epoll_fd);
	free(l);
}

int xl_links_fd(const struct xl_links *l)
{
	return l->epoll_fd;
}

/* ---- packets ---- */

static void say(struct link *l, const uint8_t *frame, size_t n)
{
	(void)!xl_afpacket_send(&l->at, frame, n, l->end.is_ip6 ? 6 : 4); /* asked again if lost */
}

bool xl_links_ask(struct xl_links *l)
{
	uint8_t frame[XL_ETHER_SAY_MAX];
	bool are_known = true;

	for (size_t i = 0; i < l->n; i++) {
		if (l->link[i].end.has_peer)
			continue;
		say(&l->link[i], frame, xl_ether_ask(&l->link[i].end, frame));
		are_known = false;
	}
	return are_known;
}

static void take(void *ctx, uint8_t *frame, size_t n)
{
	struct link *l = ctx;
	struct xl_ether_in in;
	enum xl_ether_kind kind = xl_ether_in(&l->end, frame, n, &in);

	if (kind == XL_ETHER_SAY)
		say(l, in.say, in.say_len);
	else if (kind == XL_ETHER_PACKET)
		l->all->fn(l->all->ctx, l->port, in.packet, in.len);
}

int xl_links_drain(struct xl_links *l,
		   void (*fn)(void *ctx, uint16_t port, const uint8_t *p, size_t n), void *ctx,
		   struct xl_diags *d)
{
	int r = 0;

	l->fn = fn;
	l->ctx = ctx;
	for (size_t i = 0; i < l->n && r == 0; i++)
		r = xl_afpacket_drain(&l->link[i].at, take, &l->link[i], d);
	return r;
}

void xl_links_send(struct xl_links *l, uint16_t port, const uint8_t *p, size_t n)
{
	struct link *to = port < XL_OPT_LIST_MAX ? l->of_port[port] : NULL;

	if (!to || !to->end.has_peer || n > XL_PACKET_MAX) {
		l->n_lost++;
		return;
	}
	xl_ether_head(&to->end, l->frame);
	memcpy(l->frame + XL_ETHER_HEAD, p, n);
	if (xl_afpacket_send(&to->at, l->frame, XL_ETHER_HEAD + n, to->end.is_ip6 ? 6 : 4) < 0)
		l->n_lost++;
}

uint64_t xl_links_lost(const struct xl_links *l)
{
	return l->n_lost;
}
