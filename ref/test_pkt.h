/* test_pkt.h - for the tests of ref/: packets made by hand, a translator on addresses of RFC 5737 and
 * 3849, and what it emitted. Checksums are computed the plain way, not by csum.c. */
#ifndef XL_TEST_PKT_H
#define XL_TEST_PKT_H

#include <stdlib.h>

#include "ref/base/rd.h"
#include "ref/base/tap.h"
#include "ref/xlat_int.h"

#define UNUSED __attribute__((unused))

enum { BYTES_MAX = 70000, OUT_MAX = 2048 };

struct bytes {
	size_t n;
	uint8_t b[BYTES_MAX];
};

/* The fields of an IP header, named as in the family that has them. */
struct ip {
	const char *src, *dst;
	uint8_t version, tos, ttl, proto;
	uint16_t id, flags_off; /* IPv4: as the 16-bit word */
	bool has_frag; /* IPv6: a Fragment header with id6 and off_m as the 16-bit word */
	uint16_t off_m;
	uint32_t id6;
	const char *options; /* IPv4 options or IPv6 extension headers, raw */
	size_t n_options;
	uint8_t first_header; /* with IPv6 extension headers: what the first is */
	uint32_t claims; /* payload octets that the header claims beyond what is there */
};

UNUSED static uint32_t plain_sum(const uint8_t *p, size_t n, uint32_t s)
{
	for (size_t i = 0; i < n; i++)
		s += i % 2 ? p[i] : (uint32_t)p[i] << 8;
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return s;
}

UNUSED static void put_addr(uint8_t *p, uint8_t version, const char *text)
{
	struct xl_ip4 a4;
	struct xl_ip6 a6;

	if (version == 4 && xl_ip4_parse(text, &a4))
		memcpy(p, a4.b, 4);
	else if (version == 6 && xl_ip6_parse(text, &a6))
		memcpy(p, a6.b, 16);
	else
		ok(false, "test address %s", text);
}

/* Upper-layer octets, with a right checksum at `csum_at` when that is not negative. */
UNUSED static struct bytes *upper(const struct ip *ip, int csum_at, const void *data, size_t n)
{
	struct bytes *u = calloc(1, sizeof(*u));
	uint8_t pseudo[40] = { 0 };
	size_t n_addr = ip->version == 4 ? 4 : 16;
	uint32_t s = 0;

	u->n = n;
	memcpy(u->b, data, n);
	if (csum_at < 0)
		return u;
	put_addr(pseudo, ip->version, ip->src);
	put_addr(pseudo + n_addr, ip->version, ip->dst);
	xl_put16(pseudo + 2 * n_addr, (uint32_t)n);
	pseudo[2 * n_addr + 3] = ip->proto;
	if (ip->proto != XL_PROTO_ICMP4)
		s = plain_sum(pseudo, 2 * n_addr + 4, 0);
	xl_put16(u->b + csum_at, 0);
	s = ~plain_sum(u->b, n, s) & 0xffff;
	xl_put16(u->b + csum_at, s ? s : ip->proto == XL_PROTO_UDP ? 0xffff : 0);
	return u;
}

UNUSED static struct bytes *packet4(const struct ip *ip, const void *payload, size_t n)
{
	struct bytes *p = calloc(1, sizeof(*p));
	size_t ihl = 20 + ip->n_options;

	p->n = ihl + n;
	p->b[0] = (uint8_t)(0x40 | ihl / 4);
	p->b[1] = ip->tos;
	xl_put16(p->b + 2, (uint32_t)p->n + ip->claims);
	xl_put16(p->b + 4, ip->id);
	xl_put16(p->b + 6, ip->flags_off);
	p->b[8] = ip->ttl;
	p->b[9] = ip->proto;
	put_addr(p->b + 12, 4, ip->src);
	put_addr(p->b + 16, 4, ip->dst);
	if (ip->n_options)
		memcpy(p->b + 20, ip->options, ip->n_options);
	xl_put16(p->b + 10, ~plain_sum(p->b, ihl, 0) & 0xffff);
	memcpy(p->b + ihl, payload, n);
	return p;
}

UNUSED static struct bytes *packet6(const struct ip *ip, const void *payload, size_t n)
{
	struct bytes *p = calloc(1, sizeof(*p));
	size_t at = 40 + ip->n_options;

	xl_put32(p->b, 6u << 28 | (uint32_t)ip->tos << 20);
	p->b[6] = ip->n_options ? ip->first_header : ip->has_frag ? 44 : ip->proto;
	p->b[7] = ip->ttl;
	put_addr(p->b + 8, 6, ip->src);
	put_addr(p->b + 24, 6, ip->dst);
	if (ip->n_options)
		memcpy(p->b + 40, ip->options, ip->n_options);
	if (ip->has_frag) {
		p->b[at] = ip->proto;
		xl_put16(p->b + at + 2, ip->off_m);
		xl_put32(p->b + at + 4, ip->id6);
		at += 8;
	}
	memcpy(p->b + at, payload, n);
	p->n = at + n;
	xl_put16(p->b + 4, (uint32_t)p->n - 40 + ip->claims);
	return p;
}

UNUSED static struct bytes *packet(const struct ip *ip, int csum_at, const void *l4, size_t n)
{
	struct bytes *u = upper(ip, csum_at, l4, n);
	struct bytes *p = ip->version == 4 ? packet4(ip, u->b, n) : packet6(ip, u->b, n);

	free(u);
	return p;
}

/* ---- the translator and what came out ---- */

struct out {
	uint16_t port;
	size_t n;
	uint8_t *b;
};

struct bench {
	struct xlat *x;
	struct xl_verdict v;
	struct out out[OUT_MAX];
	size_t n_out, n_notes, n_events, n_allocs;
	char event[200];
	uint64_t rules[XL_RULE_COUNT]; /* how often each was noted */
	uint64_t draw;
};

/* Takes a packet as the contract allows: copies it, then writes over all that it was lent. */
UNUSED static void take(void *ctx, struct xl_pkt *p)
{
	struct bench *t = ctx;
	struct out *o = &t->out[t->n_out];

	if (p->off + p->len + XL_TAILROOM > p->cap)
		ok(false, "emitted with its tailroom");
	if (t->n_out < OUT_MAX) {
		*o = (struct out){ p->port, p->len, malloc(p->len + 1) };
		memcpy(o->b, xl_pkt_data(p), p->len);
		t->n_out++;
	}
	memset(p->buf, 0xee, p->cap);
}

UNUSED static uint64_t draw(void *ctx)
{
	return ((struct bench *)ctx)->draw++;
}

UNUSED static void take_note(void *ctx, const struct xl_note *note)
{
	struct bench *t = ctx;

	t->n_notes++;
	t->rules[note->rule]++;
}

UNUSED static void take_event(void *ctx, const struct xl_event *event)
{
	struct bench *t = ctx;

	t->n_events++;
	snprintf(t->event, sizeof(t->event), "%s", event->text);
}

UNUSED static void *count_alloc(void *ctx, size_t n)
{
	((struct bench *)ctx)->n_allocs++;
	return malloc(n);
}

UNUSED static void plain_free(void *ctx, void *p)
{
	(void)ctx;
	free(p);
}

UNUSED static void forget(struct bench *t)
{
	for (size_t i = 0; i < t->n_out; i++)
		free(t->out[i].b);
	t->n_out = 0;
}

/* The addresses of all tests: interface 0 is IPv4, 1 is IPv6; the prefix, and one mapping. */
UNUSED static void bench_conf(struct xl_conf *c)
{
	struct xl_conf_eam *eam = calloc(3, sizeof(*eam));

	if (xl_conf_init(c) < 0)
		abort();
	c->space[0].has_prefix6 = true;
	(void)xl_prefix6_parse("2001:db8:64::/96", &c->space[0].prefix6);
	(void)xl_prefix4_parse("192.0.2.33/32", &eam[0].p4);
	(void)xl_prefix6_parse("2001:db8:aaaa::33/128", &eam[0].p6);
	(void)xl_prefix4_parse("192.0.2.44/32", &eam[1].p4);
	(void)xl_prefix6_parse("2001:db8:aaaa::44/128", &eam[1].p6);
	(void)xl_prefix4_parse("192.0.2.128/25", &eam[2].p4);
	(void)xl_prefix6_parse("2001:db8:bbbb::/121", &eam[2].p6);
	c->space[0].eam = eam;
	c->space[0].n_eams = 3;
	c->has_own4 = c->has_own6 = true;
	(void)xl_ip4_parse("192.0.2.254", &c->own4);
	(void)xl_ip6_parse("2001:db8:ffff::1", &c->own6);
}

UNUSED static struct bench *bench_new(const struct xl_conf *c, bool traced)
{
	struct bench *t = calloc(1, sizeof(*t));
	struct xl_env env = { .ctx = t,
			      .emit = take,
			      .random = draw,
			      .event = take_event,
			      .alloc = count_alloc,
			      .free = plain_free };
	struct xl_diags d;

	xl_diags_init(&d);
	if (traced)
		env.note = take_note;
	t->x = xl_new(c, &env, &d);
	if (!t->x) {
		xl_diags_print(&d, stdout);
		abort();
	}
	return t;
}

UNUSED static void bench_free(struct bench *t)
{
	forget(t);
	xl_free(t->x);
	free(t);
}

/* One packet in, in a buffer of exactly the size that the contract promises. */
UNUSED static void input(struct bench *t, uint16_t port, const uint8_t *b, size_t n, int64_t at_ns)
{
	size_t cap = XL_HEADROOM + n + XL_TAILROOM;
	struct xl_pkt p = {
		.buf = malloc(cap),
		.cap = (uint32_t)cap,
		.off = XL_HEADROOM,
		.len = (uint32_t)n,
		.port = port,
		.at_ns = at_ns,
	};

	forget(t);
	memset(p.buf, 0xdd, cap);
	memcpy(p.buf + XL_HEADROOM, b, n);
	t->v = xl_translate(t->x, &p);
	free(p.buf);
}

/* The IPv4 identification is free: the wanted packet takes the one that came. */
UNUSED static void take_id(struct bytes *want, const struct out *got)
{
	if (want->b[0] >> 4 != 4 || got->n < 20)
		return;
	memcpy(want->b + 4, got->b + 4, 2);
	xl_put16(want->b + 10, 0);
	xl_put16(want->b + 10, ~plain_sum(want->b, (want->b[0] & 15u) * 4, 0) & 0xffff);
}

#endif
