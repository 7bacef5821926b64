/* link.c - live: the implementation on Ethernet links, one for each interface of the configuration.
 *
 * Each is a veth pair: our end in the worker's namespace, the other in one more, where the command runs. We are
 * the only neighbour on each link: everything is behind us, so any question for an address is answered, and the
 * implementation's own address there is asked for. What neighbours say to each other is no packet of a case; any
 * other frame is, also one that is not for us.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ref/io/afpacket.h"
#include "conformance/attach/netns.h"
#include "conformance/attach/process.h"
#include "ref/io/ether.h"

#define ASK_NS INT64_C(100000000)

enum { LINKS_MAX = 16, MTU_MAX = 65535, COMMAND_SECONDS = 20, TEXT_MAX = 96 };

struct link {
	struct xl_afpacket at;
	struct xl_ether end;
	struct xl_process *box; /* the one in play */
	uint16_t port;
	char theirs[16]; /* their device */
};

/* They outlive the implementation, as the device of `tun` does. */
static struct wires {
	struct link link[LINKS_MAX];
	size_t n;
	char text[16 + LINKS_MAX * TEXT_MAX]; /* what the command finds in its environment */
	int netns_fd, epoll_fd;
	bool are_there;
} wires;

static int refused(struct xl_diags *d, const char *what)
{
	return xl_diag(d, XL_ERR_IO, XL_NOWHERE, "%s: %s", what, strerror(errno));
}

/* ---- devices ---- */

/* Where the command will run: a namespace with nothing in it. The caller stays where it is. */
static int make_namespace(struct xl_diags *d)
{
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), r = 0;

	if (home < 0 || unshare(CLONE_NEWNET) < 0)
		r = refused(d, "network namespace");
	wires.netns_fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	xl_netns_silence();
	if (r == 0 && (wires.netns_fd < 0 || setns(home, CLONE_NEWNET) < 0))
		r = refused(d, "network namespace");
	if (home >= 0)
		close(home);
	return r;
}

static int run_script(const char *const *argv, int netns_fd, struct xl_diags *d)
{
	struct xl_child_spec spec = { .argv = argv, .netns_fd = netns_fd };
	char out[XL_MESSAGE_MAX];
	int status;

	if (xl_child_capture(&spec, xl_clock_ns() + COMMAND_SECONDS * INT64_C(1000000000), out,
			     sizeof out, &status, d) < 0)
		return XL_ERR_STATE;
	if (status == 0)
		return 0;
	return xl_diag(d, XL_ERR_STATE, XL_NOWHERE, "making the links: %.*s",
		       (int)strcspn(out, "\n"), out[0] ? out : "ip (Debian: iproute2) failed");
}

/* Words of a script: $0 and so on. */
static const char make_ours[] =
	"exec 2>&1; ip link add \"$0\" type veth peer name \"$1\" netns \"$2\"; "
	"ip link set \"$0\" mtu \"$3\" up";
static const char make_theirs[] = "exec 2>&1; ip link set \"$0\" mtu \"$1\" up";

/* The pair, our end up and as wide as can be, so that what is too large is seen. */
static int make_pair(const struct link *l, uint32_t mtu, struct xl_diags *d)
{
	char netns[64], width[16], limit[16];
	const char *ours[] = { "sh", "-euc", make_ours, l->at.name, l->theirs, netns, width, NULL };
	const char *theirs[] = { "sh", "-euc", make_theirs, l->theirs, limit, NULL };

	snprintf(netns, sizeof netns, "/proc/%ld/fd/%d", (long)getpid(), wires.netns_fd);
	snprintf(width, sizeof width, "%d", MTU_MAX);
	snprintf(limit, sizeof limit, "%u", mtu);
	if (run_script(ours, 0, d) < 0)
		return XL_ERR_STATE;
	return run_script(theirs, wires.netns_fd, d);
}

/* Nothing on the way may fill in checksums, cut or put together. */
static void switch_offloads_off(const char *name)
{
	static const uint32_t switches[] = { ETHTOOL_STXCSUM, ETHTOOL_SRXCSUM, ETHTOOL_SSG,
					     ETHTOOL_STSO,    ETHTOOL_SGSO,    ETHTOOL_SGRO };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	for (size_t i = 0; fd >= 0 && i < sizeof switches / sizeof switches[0]; i++) {
		struct ethtool_value v = { .cmd = switches[i] };
		struct ifreq r = { .ifr_data = (void *)&v };

		snprintf(r.ifr_name, sizeof r.ifr_name, "%s", name);
		(void)ioctl(fd, SIOCETHTOOL, &r); /* what a device has not it need not switch off */
	}
	if (fd >= 0)
		close(fd);
}

static int switch_theirs_off(const char *name, struct xl_diags *d)
{
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), r = 0;

	if (home < 0 || setns(wires.netns_fd, CLONE_NEWNET) < 0)
		r = refused(d, "network namespace");
	else
		switch_offloads_off(name);
	if (r == 0 && setns(home, CLONE_NEWNET) < 0)
		r = refused(d, "network namespace");
	if (home >= 0)
		close(home);
	return r;
}

/* ---- links ---- */

/* Addresses on the links, which no configuration maps: 169.254.N.1 and fe80::N:1 are ours, .2 and :2 theirs. */
static void set_addresses(struct link *l)
{
	uint8_t n = (uint8_t)(l->port + 1);

	l->end.own4 = (struct xl_ip4){ { 169, 254, n, 1 } };
	l->end.next4 = (struct xl_ip4){ { 169, 254, n, 2 } };
	l->end.own6 = (struct xl_ip6){ { 0xfe, 0x80, [13] = n, [15] = 1 } };
	l->end.next6 = (struct xl_ip6){ { 0xfe, 0x80, [13] = n, [15] = 2 } };
	l->end.answers_all = true;
}

/* " INTERFACE=DEVICE,ADDRESS,NEXT-HOP" for the command. */
static void describe(const struct link *l, const struct xl_port *port)
{
	char ours[XL_IP6_TEXT_MAX], theirs[XL_IP6_TEXT_MAX];
	size_t used = strlen(wires.text);

	if (l->end.is_ip6) {
		xl_ip6_text(l->end.own6, ours);
		xl_ip6_text(l->end.next6, theirs);
	} else {
		xl_ip4_text(l->end.own4, ours);
		xl_ip4_text(l->end.next4, theirs);
	}
	snprintf(wires.text + used, sizeof wires.text - used, "%s%s=xlat%u,%s,%s",
		 l->port ? " " : "", port->name, l->port, theirs, ours);
}

static int make_link(struct link *l, uint16_t number, const struct xl_port *port,
		     struct xl_diags *d)
{
	struct epoll_event ready = { .events = EPOLLIN };
	char ours[16];
	int r;

	*l = (struct link){ .port = number, .end.is_ip6 = port->side == XL_SIDE_V6 };
	set_addresses(l);
	snprintf(ours, sizeof ours, "judge%u", number);
	snprintf(l->at.name, sizeof l->at.name, "%s", ours);
	snprintf(l->theirs, sizeof l->theirs, "xlat%u", number);
	describe(l, port);
	r = make_pair(l, port->mtu, d);
	switch_offloads_off(ours);
	if (r == 0)
		r = switch_theirs_off(l->theirs, d);
	if (r == 0)
		r = xl_afpacket_open(&l->at, ours, d);
	if (r == 0)
		r = xl_afpacket_mac(&l->at, l->end.mac, d);
	if (r == 0 && epoll_ctl(wires.epoll_fd, EPOLL_CTL_ADD, l->at.fd, &ready) < 0)
		r = refused(d, "epoll");
	return r;
}

static int make_links(const struct xl_golden_config *c, struct xl_diags *d)
{
	int r;

	if (c->n_ports > LINKS_MAX)
		return xl_diag(d, XL_ERR_UNSUPPORTED, XL_NOWHERE, "%d interfaces at the most",
			       LINKS_MAX);
	snprintf(wires.text, sizeof wires.text, "XLATLAB_LINKS=");
	xl_netns_silence();
	r = make_namespace(d);
	wires.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	for (uint16_t i = 0; r == 0 && i < c->n_ports; i++, wires.n++)
		r = make_link(&wires.link[i], i, &c->port[i], d);
	return r;
}

/* ---- the transport ---- */

static int before(struct xl_process *s, struct xl_diags *d)
{
	int r = wires.are_there ? 0 : make_links(s->to->config, d);

	wires.are_there = r == 0;
	s->netns_fd = wires.netns_fd;
	for (size_t i = 0; r == 0 && i < wires.n; i++) {
		wires.link[i].box = s;
		wires.link[i].end.has_peer = false; /* a fresh one may have another address */
	}
	xl_process_env(s, wires.text);
	return r;
}

static void say(struct link *l, const uint8_t *frame, size_t n)
{
	(void)!xl_afpacket_send(&l->at, frame, n, l->end.is_ip6 ? 6 : 4);
}

/* Before it is ready one question a barrier is enough: there will be another. */
static bool find_peer(struct xl_process *s, struct link *l)
{
	uint8_t frame[XL_ETHER_SAY_MAX];
	int64_t deadline = xl_process_deadline(s);

	do {
		say(l, frame, xl_ether_ask(&l->end, frame));
		if (s->has_settled)
			(void)xl_process_wait(s, -1, xl_clock_ns() + ASK_NS);
	} while (s->has_settled && !l->end.has_peer && !s->fault[0] && xl_clock_ns() < deadline);
	if (s->has_settled && !l->end.has_peer)
		xl_process_fault(s, "nobody answers for its address on the link");
	return l->end.has_peer;
}

static void put(struct xl_process *s, const uint8_t *p, size_t n, uint16_t port)
{
	static uint8_t frame[XL_ETHER_HEAD + XL_PACKET_MAX];
	struct link *l = &wires.link[port];
	char text[128];

	if (!l->end.has_peer && !find_peer(s, l))
		return;
	xl_ether_head(&l->end, frame);
	memcpy(frame + XL_ETHER_HEAD, p, n);
	if (xl_afpacket_send(&l->at, frame, XL_ETHER_HEAD + n, (int)s->box.port[port].side) == 0 ||
	    !s->has_settled)
		return;
	snprintf(text, sizeof text, "a packet of %zu octets could not be put on the link: %s", n,
		 strerror(errno));
	xl_process_fault(s, text);
}

static int fd(const struct xl_process *s)
{
	(void)s;
	return wires.epoll_fd;
}

static void take(void *ctx, uint8_t *frame, size_t n)
{
	struct link *l = ctx;
	struct xl_ether_in in;

	switch (xl_ether_in(&l->end, frame, n, &in)) {
	case XL_ETHER_SAY: say(l, in.say, in.say_len); return;
	case XL_ETHER_LINK: return;
	case XL_ETHER_OTHER:
		in.packet = frame; /* a frame and all: nobody can want that */
		in.len = n;
		break;
	case XL_ETHER_PACKET: break;
	}
	xl_process_take(l->box, frame + (in.packet - frame), in.len, l->port);
}

static void drain(struct xl_process *s)
{
	struct xl_diags d;

	xl_diags_init(&d);
	for (size_t i = 0; i < wires.n; i++)
		if (xl_afpacket_drain(&wires.link[i].at, take, &wires.link[i], &d) < 0)
			xl_process_fault(s, d.n ? d.at[0].text : "it could not be captured");
}

static void check(struct xl_process *s)
{
	struct xl_diags d;

	xl_diags_init(&d);
	for (size_t i = 0; i < wires.n; i++)
		if (xl_afpacket_check(&wires.link[i].at, &d) < 0 && s->has_settled)
			xl_process_fault(s, d.at[0].text);
}

static void drop(void *ctx, uint8_t *p, size_t n)
{
	(void)ctx;
	(void)p;
	(void)n;
}

/* What the ended instance left behind is none of the next one's. */
static void close_links(struct xl_process *s)
{
	struct xl_diags d;

	(void)s;
	xl_netns_kill_others();
	xl_diags_init(&d);
	for (size_t i = 0; i < wires.n; i++)
		if (wires.link[i].at.fd > 0)
			(void)!xl_afpacket_drain(&wires.link[i].at, drop, NULL, &d);
}

static const struct xl_transport transport = { .io = XL_CHILD_NONE,
					       .is_device = true,
					       .before = before,
					       .put = put,
					       .fd = fd,
					       .drain = drain,
					       .check = check,
					       .close = close_links };

int xl_attach_link(const struct xl_attach_to *to, struct xl_box **box, struct xl_diags *d)
{
	return xl_process_open(&transport, to, box, d);
}
