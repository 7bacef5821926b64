/* robust_test.c - hostile octets: each packet of a corpus cut at every length and with every octet
 * flipped, in a buffer no larger than the contract promises, through the slow path, the fast one and a
 * traced translator. No memory error (build with BUILD=asan), whatever comes out is a sound IP packet,
 * all three give the same octets, and none of them asks for memory. */
#include "ref/test_pkt.h"

enum { WAYS = 3, CORPUS_MAX = 64 };

static struct bench *way[WAYS];
static struct bytes *corpus[CORPUS_MAX];
static uint16_t corpus_port[CORPUS_MAX];
static size_t n_corpus;

static const char A4[] = "198.51.100.2", A6[] = "2001:db8:64::c633:6402";
static const char B4[] = "192.0.2.33", B6[] = "2001:db8:aaaa::33";
static const char H6[] = "2001:db8:64::c000:22c"; /* B6 to it comes back to 2001:db8:aaaa::44 */

static struct bytes *add(uint16_t port, struct bytes *p)
{
	corpus_port[n_corpus] = port;
	corpus[n_corpus++] = p;
	return p;
}

static const uint8_t udp[1400] = "\x07\xd0\x0f\xa0\x00\x20\0\0hello";
static const uint8_t tcp[64] = "\x07\xd0\x0f\xa0\0\0\0\1\0\0\0\2\x50\x18\x10\0\0\0\0\0data";

static void add_transports(struct ip i, uint16_t port)
{
	static const uint8_t echo4[] = "\x08\0\0\0\0\7\0\1ping", echo6[] = "\x80\0\0\0\0\7\0\1ping";
	uint8_t icmp = i.version == 4 ? 1 : 58;

	i.proto = 17;
	add(port, packet(&i, 6, udp, 32));
	add(port, packet(&i, -1, udp, 32));
	i.proto = 6;
	add(port, packet(&i, 16, tcp, 40));
	i.proto = icmp;
	add(port, packet(&i, 2, icmp == 1 ? echo4 : echo6, 12));
	i.proto = 33;
	add(port, packet(&i, 6, tcp, 16));
	i.proto = 50;
	add(port, packet(&i, -1, tcp, 16));
	i.ttl = 1;
	add(port, packet(&i, -1, tcp, 16));
}

static void add_error(const struct ip *o, const char *icmp, const struct bytes *q, size_t n,
		      size_t n_ext)
{
	uint8_t l4[700] = { 0 };

	memcpy(l4, icmp, 8);
	memcpy(l4 + 8, q->b, n < q->n ? n : q->n);
	memcpy(l4 + 8 + n, "\x20\0\xdf\xef\0\4\1\1\0\0\0\0", n_ext);
	add(o->version == 6, packet(o, 2, l4, 8 + n + n_ext));
}

static void add_errors(void)
{
	struct ip o4 = { A4, B4, .version = 4, .ttl = 60, .proto = 1 };
	struct ip i4 = { B4, A4, .version = 4, .ttl = 1, .proto = 17 };
	struct ip o6 = { "2001:db8:9::9", A6, .version = 6, .ttl = 60, .proto = 58 };
	struct ip i6 = { A6, B6, .version = 6, .ttl = 1, .proto = 17 };
	struct bytes *q4 = packet(&i4, 6, udp, 100), *q6 = packet(&i6, 6, udp, 100);

	add_error(&o4, "\x0b\0\0\0\0\0\0\0", q4, 28, 0);
	add_error(&o4, "\3\4\0\0\0\0\0\0", q4, 60, 0);
	add_error(&o4, "\x0b\0\0\0\0\x20\0\0", q4, 128, 8);
	add_error(&o4, "\x0c\0\0\0\x09\x07\0\0", q4, 28, 8);
	add_error(&o6, "\3\0\0\0\0\0\0\0", q6, 56, 0);
	add_error(&o6, "\3\0\0\0\x10\0\0\0", q6, 128, 8);
	add_error(&o6, "\2\0\0\0\0\0\5\x14", q6, 80, 0);
	o6.src = B6;
	add_error(&o6, "\1\4\0\0\6\0\0\0", q6, 48, 8);
	/* one that is translated back: about a packet between two mapped hosts */
	o6.dst = "2001:db8:64::c000:22c";
	i6.src = "2001:db8:64::c000:22c";
	free(q6);
	q6 = packet(&i6, 6, udp, 40);
	add_error(&o6, "\1\4\0\0\0\0\0\0", q6, 88, 0);
	free(q4);
	free(q6);
}

static void make_corpus(void)
{
	struct ip i4 = { A4, B4, .version = 4, .ttl = 64, .proto = 17, .tos = 3, .id = 99 };
	struct ip i6 = { B6, A6, .version = 6, .ttl = 64, .proto = 17, .tos = 3 };

	add_transports(i4, 0);
	add_transports(i6, 1);
	i6.dst = H6;
	add_transports(i6, 1);
	i6.dst = A6;
	add_errors();
	add(0, packet(&i4, 6, udp, 1400)); /* cut in two */
	i4.options = "\x07\x07\4\0\0\0\0\x83\x07\4\1\2\3\4\0\0";
	i4.n_options = 16;
	add(0, packet(&i4, 6, udp, 32));
	i4.flags_off = 0x2000;
	add(0, packet(&i4, 6, udp, 32));
	i6.options = "\x2b\0\1\4\0\0\0\0\x3c\0\0\1\0\0\0\0\x2c\0\1\4\0\0\0\0";
	i6.n_options = 24;
	i6.has_frag = true;
	i6.off_m = 1;
	i6.id6 = 0x12345678;
	add(1, packet(&i6, 6, udp, 32));
}

/* A sound IP packet of the side it leaves by; only one that was not translated may have options. */
static bool is_sound(const struct out *o, uint16_t rule)
{
	size_t ihl = (o->b[0] & 15u) * 4;

	if (o->n < 20 || o->port > 1)
		return false;
	if (o->port == 0)
		return o->b[0] >> 4 == 4 && ihl >= 20 && ihl <= o->n &&
		       (ihl == 20 || rule == XL_RULE_FORWARDED_NATIVELY_4) &&
		       xl_get16(o->b + 2) == o->n && plain_sum(o->b, ihl, 0) == 0xffff &&
		       (xl_get16(o->b + 6) & 0x1fffu) * 8 + o->n - ihl <= 0xffff;
	return o->n >= 40 && o->b[0] >> 4 == 6 && xl_get16(o->b + 4) + 40u == o->n;
}

static bool same_out(const struct bench *a, const struct bench *b)
{
	if (a->v.act != b->v.act || a->v.rule != b->v.rule || a->n_out != b->n_out)
		return false;
	for (size_t i = 0; i < a->n_out; i++)
		if (a->out[i].n != b->out[i].n || a->out[i].port != b->out[i].port ||
		    memcmp(a->out[i].b, b->out[i].b, a->out[i].n) != 0)
			return false;
	return true;
}

static size_t n_bad;

static void try(size_t at, const uint8_t *b, size_t n, const char *what, size_t where)
{
	bool good = true;

	for (size_t w = 0; w < WAYS; w++) {
		input(way[w], corpus_port[at], b, n, 0);
		for (size_t i = 0; i < way[w]->n_out; i++)
			good = good && is_sound(&way[w]->out[i], way[w]->v.rule);
		good = good && same_out(way[0], way[w]);
	}
	if (!good && n_bad++ < 10)
		printf("# packet %zu %s %zu: %s, %s, %s\n", at, what, where,
		       xl_rule(way[0]->v.rule)->name, xl_rule(way[1]->v.rule)->name,
		       xl_rule(way[2]->v.rule)->name);
}

/* With the header checksum put right, so that flips get past it. */
static void repair(const struct bytes *p, uint8_t *b)
{
	size_t ihl = (b[0] & 15u) * 4;

	if (p->b[0] >> 4 != 4 || ihl < 20 || ihl > p->n)
		return;
	xl_put16(b + 10, 0);
	xl_put16(b + 10, ~plain_sum(b, ihl, 0) & 0xffff);
}

static void abuse(size_t at)
{
	static const uint8_t flips[] = { 0xff, 0x01, 0x80, 0x04 };
	const struct bytes *p = corpus[at];
	size_t n = p->n < 300 ? p->n : 120;
	uint8_t b[2000];

	n_bad = 0;
	for (size_t cut = 0; cut <= p->n; cut++)
		try(at, p->b, cut, "cut at", cut);
	for (size_t i = 0; i < n; i++) {
		for (size_t f = 0; f < sizeof(flips); f++) {
			memcpy(b, p->b, p->n);
			b[i] ^= flips[f];
			try(at, b, p->n, "flipped", i);
			repair(p, b);
			try(at, b, p->n, "flipped and repaired", i);
		}
	}
	/* shorter by the header's own word as well */
	for (size_t cut = 20; cut < p->n && p->b[0] >> 4 == 4; cut++) {
		memcpy(b, p->b, p->n);
		xl_put16(b + 2, (uint32_t)cut);
		repair(p, b);
		try(at, b, cut, "total length", cut);
	}
	for (size_t cut = 40; cut < p->n && p->b[0] >> 4 == 6; cut++) {
		memcpy(b, p->b, p->n);
		xl_put16(b + 4, (uint32_t)cut - 40);
		try(at, b, cut, "payload length", cut);
	}
	ok(n_bad == 0, "packet %zu, abused", at);
}

/* rule[]: what must have ended some packet's way, up to XL_GO. */
static void run(struct xl_conf *c, const char *what, const uint16_t *rule)
{
	size_t n_allocs[WAYS];

	for (size_t w = 0; w < WAYS; w++)
		way[w] = bench_new(c, w == 2);
	for (size_t w = 0; w < WAYS; w++)
		n_allocs[w] = way[w]->n_allocs;
	way[0]->x->slow_only = true;
	for (size_t i = 0; i < n_corpus; i++) {
		try(i, corpus[i]->b, corpus[i]->n, "whole", 0);
		abuse(i);
	}
	ok(way[2]->n_notes > 1000, "%s: the trace saw it", what);
	for (; *rule != XL_GO; rule++)
		ok(xl_counters(way[0]->x)[*rule] > 100, "%s: %s", what, xl_rule(*rule)->name);
	for (size_t w = 0; w < WAYS; w++) {
		ok(n_allocs[w] > 0 && way[w]->n_allocs == n_allocs[w],
		   "%s: no packet cost an allocation (way %zu)", what, w);
		bench_free(way[w]);
	}
}

/* What goes to A6 and B4 is forwarded as it is (the mapping of B4 is shorter than the route to it), the
 * rest is translated, and only the two hosts' neighbourhoods may send. */
static void set_native(struct xl_conf *c)
{
	struct xl_conf_route *r4 = calloc(2, sizeof(*r4)), *r6 = calloc(2, sizeof(*r6));
	struct xl_prefix4 *allow4 = calloc(1, sizeof(*allow4));
	struct xl_prefix6 *allow6 = calloc(2, sizeof(*allow6));

	(void)xl_prefix4_parse("192.0.2.32/28", &c->space[0].eam[0].p4);
	(void)xl_prefix6_parse("2001:db8:aaaa::30/124", &c->space[0].eam[0].p6);
	(void)xl_prefix4_parse("192.0.2.33/32", &r4[0].p4);
	(void)xl_prefix6_parse("2001:db8:64::c633:6402/128", &r6[0].p6);
	(void)xl_prefix6_parse("::/0", &r6[1].p6);
	(void)xl_prefix4_parse("198.51.100.0/24", &allow4[0]);
	(void)xl_prefix6_parse("2001:db8:aaaa::/64", &allow6[0]);
	(void)xl_prefix6_parse("2001:db8:9::/48", &allow6[1]);
	r4[0].family = r4[1].family = 4; /* the second is 0.0.0.0/0 */
	r6[0].family = r6[1].family = 6;
	c->iface[0].route = r4;
	c->iface[0].n_routes = 2;
	c->iface[1].route = r6;
	c->iface[1].n_routes = 2;
	c->iface[0].has_filter = c->iface[1].has_filter = true;
	c->iface[0].allow4 = allow4;
	c->iface[0].n_allow4 = 1;
	c->iface[1].allow6 = allow6;
	c->iface[1].n_allow6 = 2;
}

int main(void)
{
	static const uint16_t translated[] = { XL_RULE_TRANSLATED_4TO6, XL_RULE_TRANSLATED_6TO4,
					       XL_RULE_TRANSLATED_HAIRPIN, XL_GO };
	static const uint16_t native[] = { XL_RULE_FORWARDED_NATIVELY_4,
					   XL_RULE_FORWARDED_NATIVELY_6, XL_RULE_INGRESS_FILTERED,
					   XL_RULE_TRANSLATED_6TO4, XL_GO };
	struct xl_conf c;

	bench_conf(&c);
	make_corpus();
	run(&c, "default", translated);
	c.udp_zero = XL_UDP_ZERO_COMPUTE;
	c.rfc5837 = true;
	c.iface[0].mtu = 68;
	c.iface[1].mtu = 1280;
	c.hairpinning = XL_HAIRPIN_INTRINSIC;
	run(&c, "narrow links, UDP checksums computed", translated);
	set_native(&c);
	run(&c, "native routes and filters", native);
	for (size_t i = 0; i < n_corpus; i++)
		free(corpus[i]);
	xl_conf_fini(&c);
	return done();
}
