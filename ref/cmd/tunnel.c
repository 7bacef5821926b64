/* tunnel.c - see tunnel.h.
 *
 * A packet is one blocking read() and, in place, one write(): nothing is copied, and nothing else is
 * asked of the kernel. (The exception is a super-packet that has to be cut: vnet.h.) It enters by the side
 * of its IP version, and whatever interface it leaves by, it leaves through the device, where the system
 * routes it on. So all interfaces have one MTU, the device's.
 */
#include "ref/cmd/tunnel.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ref/cmd/live.h"
#include "ref/cmd/summary.h"
#include "ref/cmd/vnet.h"
#include "ref/io/tun.h"

enum { MTU6_MIN = 1280, MOST_WITHOUT_DF = 1260 };
enum { ROOM = XL_HEADROOM + XL_PACKET_MAX + XL_CHAIN_ROOM };

struct tunnel {
	const struct xl_tunnel_args *a;
	struct xl_tun tun;
	struct xl_live live;
	uint64_t n_not_ip, n_long, n_no_door, n_odd, n_unsent;
	int unsent_errno; /* of the first */
	bool has_ecn; /* the super-packet in hand */
	uint8_t buf[ROOM];
	uint8_t segment[ROOM]; /* of a super-packet that is cut */
};

/* ---- one MTU ---- */

/* What the configuration says, or 0; two different numbers are a fault. */
static int given_mtu(const struct xl_conf *c, const char *device, uint32_t *mtu, struct xl_diags *d)
{
	const struct xl_conf_iface *first = NULL;

	*mtu = 0;
	for (size_t i = 0; i < c->n_ifaces; i++) {
		const struct xl_conf_iface *f = &c->iface[i];

		if (!f->is_mtu_given)
			continue;
		if (f->mtu < MTU6_MIN)
			return xl_diag(d, XL_ERR_RANGE, f->loc,
				       "mtu %u of interface '%s': %s is an IPv6 link too, and "
				       "needs at least %d",
				       f->mtu, f->name, device, MTU6_MIN);
		if (first && first->mtu != f->mtu)
			return xl_diag(d, XL_ERR_RANGE, f->loc,
				       "mtu %u of interface '%s', but %u of '%s': %s is one "
				       "device and has one MTU",
				       f->mtu, f->name, first->mtu, first->name, device);
		first = f;
		*mtu = f->mtu;
	}
	return 0;
}

static int fit(void *ctx, struct xl_stage *s, struct xl_diags *d)
{
	const struct tunnel *t = ctx;
	uint32_t mtu;
	int r = given_mtu(&s->conf, t->tun.name, &mtu, d);

	if (r == 0 && mtu == 0) {
		r = xl_tun_mtu(&t->tun, &mtu, d);
		if (r == 0 && mtu < MTU6_MIN)
			r = xl_diag(d, XL_ERR_RANGE, XL_NOWHERE,
				    "%s: its MTU is %u: an IPv6 link needs at least %d",
				    t->tun.name, mtu, MTU6_MIN);
	}
	for (size_t i = 0; r == 0 && i < s->conf.n_ifaces; i++)
		s->conf.iface[i].mtu = mtu;
	return r;
}

static int adopt(void *ctx, const struct xl_live_set *set, struct xl_diags *d)
{
	const struct tunnel *t = ctx;

	return xl_tun_set_mtu(&t->tun, set->chain.stage[0].conf.iface[0].mtu, d);
}

/* ---- what is told ---- */

static void print_counters(void *ctx)
{
	const struct tunnel *t = ctx;

	xl_summary_stage(&t->live.now->chain.stage[0]);
}

static void print_left_out(const struct tunnel *t)
{
	const char *in = t->tun.name;

	xl_summary_left_out(in, t->n_not_ip, "no IP packet");
	xl_summary_left_out(in, t->n_long, "longer than an IP packet can be");
	xl_summary_left_out(in, t->n_odd, "its offload header does not fit it");
	xl_summary_left_out(in, t->n_no_door, "no interface for this IP version");
	if (t->n_unsent)
		fprintf(stderr, "%s: %" PRIu64 " could not be sent, the first: %s\n", in,
			t->n_unsent, strerror(t->unsent_errno));
}

static void count(void *ctx)
{
	print_left_out(ctx);
	print_counters(ctx);
}

static void event(void *ctx, const struct xl_stage *s, const struct xl_event *e)
{
	const struct tunnel *t = ctx;

	if (!t->a->is_quiet)
		xl_summary_event(s, e);
}

/* ---- packets out ---- */

static bool send_octets(const struct tunnel *t, const uint8_t *at, size_t n)
{
	ssize_t sent;

	do
		sent = write(t->tun.fd, at, n);
	while (sent < 0 && errno == EINTR);
	return sent >= 0;
}

/* In place, with the offload header right before the packet. */
static bool send_packet(const struct tunnel *t, const struct xl_pkt *p)
{
	uint8_t *at = xl_pkt_data(p);

	if (!t->tun.has_offload)
		return send_octets(t, at, p->len);
	at -= XL_VNET_BYTES;
	if (p->gso_bytes || p->csum_is_partial)
		xl_vnet_write(at, p, t->has_ecn);
	else
		memset(at, 0, XL_VNET_BYTES);
	return send_octets(t, at, p->len + XL_VNET_BYTES);
}

static void send_segment(void *ctx, struct xl_pkt *p)
{
	struct tunnel *t = ctx;

	if (!send_packet(t, p) && t->n_unsent++ == 0)
		t->unsent_errno = errno;
}

static struct xl_vnet_cut cut_to(struct tunnel *t, void (*emit)(void *, struct xl_pkt *))
{
	return (struct xl_vnet_cut){
		.room = t->segment, .cap = sizeof(t->segment), .ctx = t, .emit = emit
	};
}

static void leave(void *ctx, const struct xl_stage *s, struct xl_pkt *p)
{
	struct tunnel *t = ctx;
	struct xl_vnet_cut cut = cut_to(t, send_segment);

	(void)s;
	if (send_packet(t, p))
		return;
	if (errno == EINVAL && p->gso_bytes)
		xl_vnet_split(p, &cut); /* a kind that this kernel does not take */
	else if (t->n_unsent++ == 0)
		t->unsent_errno = errno;
}

/* ---- packets in ---- */

static bool put(struct tunnel *t, struct xl_pkt *p)
{
	struct xl_live_set *set = t->live.now;
	const struct xl_chain_door *door = &set->door[xl_pkt_data(p)[0] >> 4 & 7];
	struct xl_verdict v;

	if (!door->is_there) {
		t->n_no_door++;
		return true;
	}
	p->at_ns = xl_live_time(&t->live);
	v = xl_chain_input(&set->chain, door, p);
	xl_live_arm(&t->live);
	return v.rule != XL_RULE_OFFLOAD_TOO_BIG;
}

static void put_segment(void *ctx, struct xl_pkt *p)
{
	(void)put(ctx, p); /* small enough now */
}

/* As a whole, or, where its size would break a rule, in segments. RFC 7915 5.1: what is at most 1260 octets
 * goes without DF, which a whole super-packet, longer than that, would not. */
static void put_super(struct tunnel *t, struct xl_pkt *p)
{
	struct xl_vnet_cut cut = cut_to(t, put_segment);
	bool is_small =
		xl_pkt_data(p)[0] >> 4 == 6 && xl_vnet_wire_bytes(p) - 20 <= MOST_WITHOUT_DF;

	if (is_small || !put(t, p))
		xl_vnet_split(p, &cut);
}

static void translate(struct tunnel *t, size_t len)
{
	struct xl_pkt p = {
		.buf = t->buf, .cap = sizeof(t->buf), .off = XL_HEADROOM, .len = (uint32_t)len
	};
	const uint8_t *header = t->buf + XL_HEADROOM - XL_VNET_BYTES;
	unsigned version = xl_pkt_data(&p)[0] >> 4;

	t->has_ecn = false;
	if (len > XL_PACKET_MAX)
		t->n_long++;
	else if (len == 0 || (version != 4 && version != 6))
		t->n_not_ip++;
	else if (!t->tun.has_offload || xl_vnet_is_plain(header))
		(void)put(t, &p);
	else if (!xl_vnet_read(header, &p, &t->has_ecn))
		t->n_odd++;
	else if (p.gso_bytes)
		put_super(t, &p);
	else
		(void)put(t, &p);
}

static int serve(struct tunnel *t, struct xl_diags *d)
{
	size_t before = t->tun.has_offload ? XL_VNET_BYTES : 0;

	for (;;) {
		ssize_t n =
			read(t->tun.fd, t->buf + XL_HEADROOM - before, XL_PACKET_MAX + 1 + before);

		if (n >= (ssize_t)before)
			translate(t, (size_t)n - before);
		else if (n < 0 && errno != EINTR && errno != EAGAIN)
			return xl_diag(d, XL_ERR_IO, XL_NOWHERE, "%s: cannot read: %s%s",
				       t->tun.name, strerror(errno),
				       errno == EBADFD || errno == EFAULT ? " (it is gone)" : "");
		if (xl_notice_came && !xl_live_attend(&t->live))
			return 0;
	}
}

static int start(struct tunnel *t, struct xl_diags *d)
{
	t->live = (struct xl_live){
		.name = t->tun.name,
		.is_quiet = t->a->is_quiet,
		.config = t->a->config,
		.interface = t->a->interface,
		.watch = { .ctx = t, .fit = fit, .leave = leave, .event = event },
		.adopt = adopt,
		.count = count,
	};
	if (xl_live_open(&t->live, d) < 0)
		return XL_EXIT_USAGE;
	if (xl_tun_up(&t->tun, d) < 0)
		return XL_EXIT_FAILED;
	if (!t->a->is_quiet)
		fprintf(stderr, "%s: translating, MTU %u, %s\n", t->tun.name,
			t->live.now->chain.stage[0].conf.iface[0].mtu,
			!t->tun.has_offload ? "no offload"
			: t->tun.has_udp    ? "offload of TCP and UDP"
					    : "offload of TCP");
	return XL_EXIT_OK;
}

int xl_tunnel_run(const struct xl_tunnel_args *a, struct xl_diags *d)
{
	struct tunnel *t = calloc(1, sizeof(*t));
	int status = XL_EXIT_FAILED;

	if (!t)
		return status;
	t->a = a;
	if (xl_tun_open(&t->tun, a->device, !a->has_no_offload, d) < 0)
		goto out;
	signal(SIGPIPE, SIG_IGN);
	if (xl_notice_open(t->tun.fd, d) == 0) {
		status = start(t, d);
		if (status == XL_EXIT_OK) {
			status = serve(t, d) < 0 ? XL_EXIT_FAILED : XL_EXIT_OK;
			print_left_out(t);
			if (!a->is_quiet)
				print_counters(t);
		}
		xl_live_close(&t->live);
		xl_notice_close();
	}
	xl_tun_close(&t->tun);
out:
	free(t);
	return status;
}
