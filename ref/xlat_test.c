/* xlat_test.c - whole packets through the translator: what RFC 7915 says must come out. */
#include "ref/test_way.h"

static struct bytes *from_a(uint8_t proto, int csum_at, const uint8_t *l4, size_t n)
{
	struct ip i = v4(A4, B4, proto);

	return packet(&i, csum_at, l4, n);
}

static struct bytes *at_b(uint8_t proto, int csum_at, const uint8_t *l4, size_t n)
{
	struct ip i = v6(A6, B6, proto);

	return packet(&i, csum_at, l4, n);
}

static struct bytes *from_b(uint8_t proto, int csum_at, const uint8_t *l4, size_t n)
{
	struct ip i = v6(B6, A6, proto);

	i.ttl = 64;
	return packet(&i, csum_at, l4, n);
}

static struct bytes *at_a(uint8_t proto, int csum_at, const uint8_t *l4, size_t n)
{
	struct ip i = v4(B4, A4, proto);

	i.id = 0;
	i.ttl = 63;
	return packet(&i, csum_at, l4, n);
}

static void test_transports(void)
{
	static const uint8_t reply6[] = "\x81\0\0\0\0\7\0\1ping", reply4[] = "\0\0\0\0\0\7\0\1ping";
	static const uint8_t echo6[] = "\x80\0\0\0\0\7\0\1ping";
	static const uint8_t dccp[] = "\x07\xd0\x0f\xa0\3\0\0\0\0\0\0\1\0\0\0\0";

	wants("UDP 4 to 6", 0, from_a(17, 6, udp, 13), at_b(17, 6, udp, 13));
	wants("UDP 6 to 4", 1, from_b(17, 6, udp, 13), at_a(17, 6, udp, 13));
	wants("TCP 4 to 6", 0, from_a(6, 16, tcp, 24), at_b(6, 16, tcp, 24));
	wants("TCP 6 to 4", 1, from_b(6, 16, tcp, 24), at_a(6, 16, tcp, 24));
	wants("DCCP 4 to 6", 0, from_a(33, 6, dccp, 16), at_b(33, 6, dccp, 16));
	wants("UDP-Lite 6 to 4", 1, from_b(136, 6, udp, 13), at_a(136, 6, udp, 13));
	wants("unknown protocol", 0, from_a(200, -1, udp, 13), at_b(200, -1, udp, 13));
	wants("ESP", 1, from_b(50, -1, udp, 13), at_a(50, -1, udp, 13));
	wants("no next header", 1, from_b(59, -1, udp, 3), at_a(59, -1, udp, 3));
	wants("echo 4 to 6", 0, from_a(1, 2, echo, 12), at_b(58, 2, echo6, 12));
	wants("echo 6 to 4", 1, from_b(58, 2, echo6, 12), at_a(1, 2, echo, 12));
	wants("echo reply 4 to 6", 0, from_a(1, 2, reply4, 12), at_b(58, 2, reply6, 12));
	wants("echo reply 6 to 4", 1, from_b(58, 2, reply6, 12), at_a(1, 2, reply4, 12));
}

static void test_fields(void)
{
	struct ip in = v4(A4, B4, 17), out = v6(A6, B6, 17);
	char ext[] = "\0\1\1\4\0\0\0\0\0\0\0\0\0\0\0\0\x2c\0\1\4\0\0\0\0";

	in.tos = out.tos = 0xb9;
	in.options = "\1\1\1\0";
	in.n_options = 4;
	wants("TOS copied, options ignored", 0, packet(&in, 6, udp, 13), packet(&out, 6, udp, 13));
	in = v4(A4, B4, 17);
	in.flags_off = 0x2000;
	out = v6(A6, B6, 17);
	out.has_frag = true;
	out.off_m = 1;
	out.id6 = 0x1234;
	wants("first fragment", 0, packet(&in, 6, udp, 16), packet(&out, 6, udp, 16));
	in.flags_off = 0x0002;
	out.off_m = 16;
	wants("last fragment", 0, packet(&in, -1, udp, 5), packet(&out, -1, udp, 5));

	in = v6(B6, A6, 17);
	in.has_frag = true;
	in.off_m = 0x0011;
	in.id6 = 0xabcd5678;
	in.options = ext;
	in.n_options = 24;
	in.first_header = 0;
	ext[0] = 60;
	out = v4(B4, A4, 17);
	out.ttl = 62;
	out.id = 0x5678;
	out.flags_off = 0x2002;
	wants("6 to 4 fragment behind extension headers", 1, packet(&in, -1, udp, 8),
	      packet(&out, -1, udp, 8));
}

/* RFC 7915 5.1.1: no fragment of an extension header but ESP; the list is IANA's of RFC 7045 2.1. */
static void test_extension_fragments(void)
{
	static const uint8_t extensions[] = { 0, 43, 44, 51, 60, 135, 139, 140 };
	struct ip i = v6(B6, A6, 50);

	i.has_frag = true;
	i.off_m = 1;
	refused("a fragment of ESP", 1, packet(&i, -1, udp, 16), XL_RULE_TRANSLATED_6TO4, 1);
	for (size_t k = 0; k < sizeof(extensions); k++) {
		i.proto = extensions[k];
		refused("a fragment of an extension header", 1, packet(&i, -1, udp, 16),
			XL_RULE_FRAGMENT_OF_EXTENSION, 1);
	}
}

static void test_refusals(void)
{
	struct ip i = v4(A4, B4, 17);
	struct bytes *p;

	i.options = "\x83\x07\4\1\2\3\4\0";
	i.n_options = 8;
	refused("unexpired source route", 0, packet(&i, 6, udp, 13), XL_RULE_SOURCE_ROUTE, 1);
	is_int(t->out[0].b[20] << 8 | t->out[0].b[21], 0x0305, "it is 3/5");
	i.options = "\x83\x07\x08\1\2\3\4\0";
	refused("expired source route", 0, packet(&i, 6, udp, 13), XL_RULE_TRANSLATED_4TO6, 1);
	i.n_options = 0;
	i.ttl = 1;
	refused("TTL 1", 0, packet(&i, 6, udp, 13), XL_RULE_TTL_EXPIRED, 1);
	is_int(t->out[0].b[20] << 8 | t->out[0].b[21], 0x0b00, "it is 11/0");
	is_int(plain_sum(t->out[0].b + 20, t->out[0].n - 20, 0), 0xffff, "its sum is right");
	is_int(t->out[0].n, 20 + 8 + 33, "it quotes everything");
	is_int(t->out[0].port, 0, "it goes back");
	i.ttl = 64;
	p = packet(&i, 6, udp, 13);
	p->b[10] ^= 1;
	refused("header checksum", 0, p, XL_RULE_IP4_CHECKSUM, 0);
	p = packet(&i, -1, udp, 13);
	refused("UDP without checksum", 0, p, XL_RULE_UDP_ZERO_DROPPED, 1);
	is_str(t->event, "198.51.100.2 > 192.0.2.33 ports 2000 > 4000", "and an event");
	i.flags_off = 0x2000;
	refused("first fragment without checksum", 0, packet(&i, -1, udp, 16),
		XL_RULE_UDP_ZERO_FRAGMENT, 1);
	i.flags_off = 0x4000;
	i.ttl = 1;
	i.proto = 1;
	refused("TTL of an echo", 0, packet(&i, 2, echo, 12), XL_RULE_TTL_EXPIRED, 1);
	refused("wrong side", 1, packet(&i, 2, echo, 12), XL_RULE_WRONG_VERSION, 0);
	i = v6(B6, A6, 17);
	i.ttl = 1;
	refused("hop limit 1", 1, packet(&i, 6, udp, 13), XL_RULE_HOP_LIMIT_EXPIRED, 1);
	is_int(t->out[0].b[40] << 8 | t->out[0].b[41], 0x0300, "it is 3/0");
	i.ttl = 9;
	i.first_header = 43;
	i.options = "\x11\2\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
	i.n_options = 24;
	refused("segments left", 1, packet(&i, 6, udp, 13), XL_RULE_SEGMENTS_LEFT, 1);
	is_int(xl_get32(t->out[0].b + 44), 43, "it points at Segments Left");
}

/* A datagram ends at octet 65535, whether the fragment has to be cut again or not. */
static void test_overrun(void)
{
	static const uint8_t big[1400];
	struct ip i = v4(A4, B4, 17);

	i.flags_off = 8191;
	refused("IPv4 fragment up to 65535", 0, packet(&i, -1, big, 7), XL_RULE_TRANSLATED_4TO6, 1);
	refused("up to 65536", 0, packet(&i, -1, big, 8), XL_RULE_FRAGMENT_OVERRUN, 0);
	refused("to be cut", 0, packet(&i, -1, big, 1400), XL_RULE_FRAGMENT_OVERRUN, 0);
	i = v6(B6, A6, 17);
	i.has_frag = true;
	i.off_m = 0xfff8;
	refused("IPv6 fragment up to 65535", 1, packet(&i, -1, big, 7), XL_RULE_TRANSLATED_6TO4, 1);
	refused("up to 65536", 1, packet(&i, -1, big, 8), XL_RULE_FRAGMENT_OVERRUN, 1);
}

static void test_sizes(void)
{
	static uint8_t big[3000] = "\x07\xd0\x0f\xa0\x05\xdc\0\0";
	struct ip i = v4(A4, B4, 17), o = v6(A6, B6, 17);

	for (unsigned k = 8; k < sizeof(big); k++)
		big[k] = (uint8_t)(k * 7);
	wants("1240 octets of UDP fit", 0, packet(&i, 6, big, 1240), packet(&o, 6, big, 1240));
	refused("1241 are cut", 0, packet(&i, 6, big, 1241), XL_RULE_TRANSLATED_4TO6, 2);
	is_int(t->out[0].n, 1280, "first piece");
	is_int(xl_get16(t->out[0].b + 42), 1, "offset 0, more");
	is_int(t->out[1].n, 48 + 9, "second piece");
	is_int(xl_get16(t->out[1].b + 42), 1232, "offset 1232, last");
	is_int(xl_get32(t->out[1].b + 44), 0x1234, "identification");
	is_mem(t->out[1].b + 48, 9, big + 1232, 9, "what is behind a piece is not lost");
	i.flags_off = 0x4000;
	refused("DF 1481", 0, packet(&i, 6, big, 1461), XL_RULE_TOO_BIG_4, 1);
	is_int(xl_get32(t->out[0].b + 24), 1480, "MTU 1480");
	is_int(t->out[0].n, 576, "quotes as much as 576 allow");
	refused("DF 1480", 0, packet(&i, 6, big, 1460), XL_RULE_TRANSLATED_4TO6, 1);
	i = v6(B6, A6, 17);
	refused("6 to 4 fits", 1, packet(&i, 6, big, 1240), XL_RULE_TRANSLATED_6TO4, 1);
	is_int(xl_get16(t->out[0].b + 6), 0, "1260: DF clear");
	refused("6 to 4 fits", 1, packet(&i, 6, big, 1241), XL_RULE_TRANSLATED_6TO4, 1);
	is_int(xl_get16(t->out[0].b + 6), 0x4000, "1261: DF set");
	refused("6 to 4 too big", 1, packet(&i, 6, big, 1481), XL_RULE_TOO_BIG_6, 1);
	is_int(xl_get32(t->out[0].b + 44), 1520, "MTU 1520");
	is_int(t->out[0].n, 1280, "quotes as much as 1280 allow");
	is_int(plain_sum(t->out[0].b + 40, 1240, plain_sum(t->out[0].b + 8, 32, 58 + 1240)), 0xffff,
	       "its sum is right");
}

/* ---- hairpin, pool, native, limits ---- */

static const char H4as6[] = "2001:db8:64::c000:22c"; /* 192.0.2.44, mapped to 2001:db8:aaaa::44 */

static void test_hairpin(void)
{
	static uint8_t big[1500] = "\x07\xd0\x0f\xa0\x05\xdc\0\0";
	struct ip i = v6(B6, H4as6, 17), o = v6("2001:db8:64::c000:221", "2001:db8:aaaa::44", 17);
	struct ip e = v6(B6, H4as6, 58), f = v6("2001:db8:64::c000:221", "2001:db8:aaaa::44", 58);
	struct bytes *q, *r;

	i.ttl = e.ttl = 64;
	wants("UDP comes back", 1, packet(&i, 6, udp, 13), packet(&o, 6, udp, 13));
	wants("fits both links", 1, packet(&i, 6, big, 1440), packet(&o, 6, big, 1440));
	i.has_frag = o.has_frag = true;
	i.off_m = o.off_m = 1;
	i.id6 = o.id6 = 0x77;
	wants("a fragment comes back", 1, packet(&i, 6, udp, 16), packet(&o, 6, udp, 16));
	i.has_frag = o.has_frag = false;
	i.ttl = 2;
	o.ttl = 1;
	wants("one hop for both passes", 1, packet(&i, 6, udp, 13), packet(&o, 6, udp, 13));
	i.ttl = 1;
	refused("hop limit in the first pass", 1, packet(&i, 6, udp, 13), XL_RULE_HOP_LIMIT_EXPIRED,
		1);
	i = v6(H4as6, B6, 17); /* what B has received from the other, and complains about */
	o = v6("2001:db8:aaaa::44", "2001:db8:64::c000:221", 17);
	i.src = "2001:db8:64::c000:22c";
	q = packet(&i, 6, udp, 13);
	r = packet(&o, 6, udp, 13);
	wants("an error about it comes back", 1, error(&e, "\1\4\0\0\0\0\0\0", q, 53, NULL, 0),
	      error(&f, "\1\4\0\0\0\0\0\0", r, 53, NULL, 0));
	free(q);
	free(r);
}

static void test_hairpin_too_big(struct xl_conf *c)
{
	static uint8_t big[1500] = "\x07\xd0\x0f\xa0\x05\xdc\0\0";
	struct ip i = v6(B6, H4as6, 17);
	struct bytes *p = packet(&i, 6, big, 1440);

	c->iface[1].mtu = 1400;
	t = bench_new(c, false);
	input(t, 1, p->b, p->n, 0);
	ok(t->v.rule == XL_RULE_TOO_BIG_6 && t->n_out == 1, "too big for the way back");
	is_int(xl_get32(t->out[0].b + 44), 1400, "the MTU is the IPv6 link's");
	is_mem(t->out[0].b + 48, 100, p->b, 100, "it quotes what came, not what it had become");
	free(p);
	bench_free(t);
	c->iface[1].mtu = 1500;
}

/* Between the passes it is an IPv4 packet, which cannot be longer than 65535 octets. */
static void test_hairpin_longest(struct xl_conf *c)
{
	static uint8_t big[65535] = "\x07\xd0\x0f\xa0\xff\xeb\0\0";
	struct ip i = v6(B6, H4as6, 17), o = v6("2001:db8:64::c000:221", "2001:db8:aaaa::44", 17);

	i.ttl = 64;
	c->iface[1].mtu = 65575;
	t = bench_new(c, false);
	wants("65515 octets come back", 1, packet(&i, 6, big, 65515), packet(&o, 6, big, 65515));
	refused("65516 do not", 1, packet(&i, 6, big, 65516), XL_RULE_TOO_BIG_6, 1);
	is_int(xl_get32(t->out[0].b + 44), 65555, "the MTU is what comes back");
	refused("65535 do not", 1, packet(&i, 6, big, 65535), XL_RULE_TOO_BIG_6, 1);
	bench_free(t);
	c->iface[1].mtu = 1500;
}

/* Interface Information joins an extension of n octets while all of it fits 576. */
static void test_pool_extension(const struct ip *o6, const struct bytes *q6)
{
	static uint8_t ext[600] = "\x20";
	static const struct {
		uint32_t n, total;
		uint16_t rule;
	} row[] = {
		{ 0, 184, XL_RULE_EXTENSION_LENGTH_NEW },
		{ 12, 192, XL_RULE_EXTENSION_LENGTH_4 },
		{ 396, 576, XL_RULE_INTERFACE_INFO }, /* 20 + 8 + 128 + 396 + 24 */
		{ 400, 556, XL_RULE_EXTENSION_LENGTH_4 }, /* the object no longer fits */
		{ 420, 576, XL_RULE_EXTENSION_LENGTH_4 },
		{ 424, 576, XL_RULE_EXTENSION_CUT_4 }, /* nor does all of the extension */
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct bytes *p;

		xl_put16(ext + 4, row[i].n - 4);
		p = error(o6, row[i].n ? "\3\0\0\0\x10\0\0\0" : "\3\0\0\0\0\0\0\0", q6, 128,
			  (const char *)ext, row[i].n);
		memset(t->rules, 0, sizeof(t->rules));
		input(t, 1, p->b, p->n, 0);
		is_int(t->rules[row[i].rule], 1, "%s", xl_rule(row[i].rule)->name);
		is_int(t->rules[XL_RULE_INTERFACE_INFO], row[i].n < 400, "the object %zu", i);
		is_int(t->rules[XL_RULE_EXTENSION_CUT_4], row[i].n > 420, "the cut %zu", i);
		is_int(t->n_out ? t->out[0].n : 0, row[i].total, "an extension of %u", row[i].n);
		free(p);
	}
}

static void test_pool(struct xl_conf *c)
{
	static const uint8_t time_exceeded[8] = { 11, 0, 0, 0, 0, 128 / 4 };
	static const uint8_t interface_info[12] = { 0x20, 0, 0, 0, 0, 24, 2, 4, 0, 2 };
	struct xl_prefix4 pool = { .len = 32 };
	struct ip o6 = v6("2001:db8:9::9", A6, 58), i6 = v6(A6, B6, 17), o4, i4;
	struct bytes *q6 = packet(&i6, 6, udp, 13), *p, *l4;
	uint8_t want[200];

	(void)xl_ip4_parse("198.51.100.254", &pool.addr);
	c->pool6791 = &pool;
	c->n_pool6791 = 1;
	c->rfc5837 = true;
	t = bench_new(c, false);
	p = error(&o6, "\3\0\0\0\0\0\0\0", q6, 53, NULL, 0);
	input(t, 1, p->b, p->n, 0);
	is_int(t->n_out, 1, "an error from an untranslatable source passes");
	o4 = v4("198.51.100.254", A4, 1);
	o4.ttl = 62;
	i4 = v4(A4, B4, 17);
	i4.ttl = 63;
	memset(want, 0, sizeof(want));
	memcpy(want, time_exceeded, sizeof(time_exceeded));
	l4 = packet(&i4, 6, udp, 13);
	memcpy(want + 8, l4->b, l4->n);
	if (t->n_out == 1) { /* the quoted identification is free */
		memcpy(want + 12, t->out[0].b + 32, 2);
		xl_put16(want + 18, 0);
		xl_put16(want + 18, ~plain_sum(want + 8, 20, 0) & 0xffff);
	}
	memcpy(want + 136, interface_info, sizeof(interface_info));
	memcpy(want + 148, p->b + 8, 16);
	xl_put16(want + 138, ~plain_sum(want + 136, 28, 0) & 0xffff);
	free(p);
	free(l4);
	o4.id = 0;
	p = packet(&o4, 2, want, 164);
	take_id(p, &t->out[0]);
	is_mem(t->out[0].b, t->out[0].n, p->b, p->n, "with the source as interface information");
	free(p);
	bench_free(t);
	t = bench_new(c, true);
	test_pool_extension(&o6, q6);
	free(q6);
	bench_free(t);
	c->pool6791 = NULL;
	c->n_pool6791 = 0;
}

/* An error that is translated back is for an IPv6 host, whom no Interface Information need tell. */
static void test_pool_hairpin(struct xl_conf *c)
{
	struct xl_prefix4 pool = { .len = 32 };
	struct ip o = v6("2001:db8:9::9", H4as6, 58), i = v6(H4as6, B6, 17);
	struct bytes *q = packet(&i, 6, udp, 13), *p;

	(void)xl_ip4_parse("198.51.100.254", &pool.addr);
	c->pool6791 = &pool;
	c->n_pool6791 = 1;
	t = bench_new(c, false);
	p = error(&o, "\3\0\0\0\0\0\0\0", q, 53, NULL, 0);
	input(t, 1, p->b, p->n, 0);
	is_int(t->v.rule, XL_RULE_TRANSLATED_HAIRPIN, "an error from nowhere comes back");
	is_int(t->n_out ? t->out[0].n : 0, 40 + 8 + 53, "without an object");
	free(p);
	free(q);
	bench_free(t);
	c->pool6791 = NULL;
	c->n_pool6791 = 0;
}

/* RFC 1812 5.2.7.1, RFC 4443 3.1: a host without a route is net, or no route, unreachable. */
static void test_no_route(struct xl_conf *c)
{
	struct xl_conf_route r4 = { .family = 4 }, r6 = { .family = 6 };
	struct ip i = v4(A4, B4, 17);

	(void)xl_prefix4_parse("203.0.113.0/24", &r4.p4);
	(void)xl_prefix6_parse("2001:db8:1::/48", &r6.p6);
	c->iface[0].route = &r4;
	c->iface[1].route = &r6;
	c->iface[0].n_routes = c->iface[1].n_routes = 1;
	t = bench_new(c, false);
	refused("no IPv6 route", 0, packet(&i, 6, udp, 13), XL_RULE_NO_ROUTE, 1);
	is_mem(t->out[0].b + 20, 2, (const uint8_t *)"\3\0", 2, "is net unreachable");
	i = v6(B6, A6, 17);
	refused("no IPv4 route", 1, packet(&i, 6, udp, 13), XL_RULE_NO_ROUTE, 1);
	is_mem(t->out[0].b + 40, 2, (const uint8_t *)"\1\0", 2, "is no route");
	bench_free(t);
	c->iface[0].route = c->iface[1].route = NULL;
	c->iface[0].n_routes = c->iface[1].n_routes = 0;
}

/* System management events: RFC 7915 4.5, 5.1.1. */
static void test_events(void)
{
	struct ip i = v4(A4, B4, 17);
	size_t n = t->n_events;

	i.flags_off = 0x2000;
	refused("the first fragment of UDP without a checksum", 0, packet(&i, -1, udp, 16),
		XL_RULE_UDP_ZERO_FRAGMENT, 1);
	is_int(t->n_events, n + 1, "is an event");
	i = v6(B6, A6, 60);
	i.has_frag = true;
	i.off_m = 1;
	refused("a fragment of an extension header", 1, packet(&i, -1, udp, 16),
		XL_RULE_FRAGMENT_OF_EXTENSION, 1);
	is_int(t->n_events, n + 2, "is an event");
	i = v4(A4, B4, 17);
	refused("an expired one", 0, (i.ttl = 1, packet(&i, 6, udp, 13)), XL_RULE_TTL_EXPIRED, 1);
	is_int(t->n_events, n + 2, "is none");
}

/* RFC 7915 4.5: a checksum is computed over the UDP length, so that must be one. */
static void test_udp_length(struct xl_conf *c)
{
	uint8_t l4[16] = "\x07\xd0\x0f\xa0\0\7\0\0";
	struct ip i = v4(A4, B4, 17);

	c->udp_zero = XL_UDP_ZERO_COMPUTE;
	t = bench_new(c, false);
	refused("a UDP length of 7", 0, packet(&i, -1, l4, 13), XL_RULE_UDP_LENGTH, 1);
	l4[5] = 8;
	refused("of 8", 0, packet(&i, -1, l4, 13), XL_RULE_TRANSLATED_4TO6, 1);
	l4[5] = 14;
	refused("of one more than there are", 0, packet(&i, -1, l4, 13), XL_RULE_UDP_LENGTH, 1);
	bench_free(t);
	c->udp_zero = XL_UDP_ZERO_DROP;
}

static void test_limit(struct xl_conf *c)
{
	struct ip i = v4(A4, B4, 17);
	struct bytes *p;
	size_t sent = 0;

	i.ttl = 1;
	p = packet(&i, 6, udp, 13);
	c->icmp_errors = XL_ERRORS_LIMITED;
	c->errors_per_second = 5;
	t = bench_new(c, false);
	for (int k = 0; k < 20; k++) {
		input(t, 0, p->b, p->n, 1000);
		sent += t->n_out;
	}
	is_int(sent, 5, "a burst of one second");
	is_int(t->v.act, XL_ACT_DROPPED, "then the packet is only dropped");
	input(t, 0, p->b, p->n, 1000 + 200000000);
	is_int(t->n_out, 1, "a fifth of a second brings one more");
	input(t, 0, p->b, p->n, 1000 + 200000001);
	is_int(t->n_out, 0, "and no second one");
	is_int(xl_counters(t->x)[XL_RULE_TTL_EXPIRED], 22, "all are counted");
	bench_free(t);
	c->icmp_errors = XL_ERRORS_OFF;
	t = bench_new(c, false);
	refused("errors off", 0, p, XL_RULE_TTL_EXPIRED, 0);
	bench_free(t);
	c->icmp_errors = XL_ERRORS_SEND;
}

static struct xl_verdict lend(uint16_t port, const struct bytes *b, uint16_t gso_bytes,
			      bool is_partial)
{
	static uint8_t buf[XL_HEADROOM + BYTES_MAX + XL_TAILROOM];
	struct xl_pkt p = {
		.buf = buf,
		.cap = sizeof(buf),
		.off = XL_HEADROOM,
		.len = (uint32_t)b->n,
		.port = port,
		.gso_bytes = gso_bytes,
		.csum_is_partial = is_partial,
	};

	memcpy(buf + XL_HEADROOM, b->b, b->n);
	forget(t);
	return xl_translate(t->x, &p);
}

/* The MTU of the IPv4 link is 1300. */
static void test_native_offload(struct ip i)
{
	static uint8_t big[3000];
	struct bytes *p;
	struct xl_verdict v;

	memcpy(big, tcp, sizeof(tcp));
	i.flags_off = 0x4000;
	i.proto = 6;
	i.n_options = 0;
	p = packet(&i, 16, big, sizeof(big));
	v = lend(0, p, 1260, true);
	is_int(v.rule, XL_RULE_FORWARDED_NATIVELY_4, "native segments of 1260 fit");
	is_int(t->out[0].n, p->n, "and stay one super-packet");
	v = lend(0, p, 1261, true);
	is_int(v.rule, XL_RULE_TOO_BIG_4, "native segments of 1261 do not");
	p->b[6] = 0;
	xl_put16(p->b + 10, 0);
	xl_put16(p->b + 10, ~plain_sum(p->b, 20, 0) & 0xffff);
	v = lend(0, p, 1261, true);
	is_int(v.rule, XL_RULE_OFFLOAD_TOO_BIG, "and are not cut either");
	free(p);
}

static void native4(const char *what, struct ip i, size_t n, uint16_t rule, size_t n_out)
{
	static uint8_t big[2000];

	refused(what, 0, packet(&i, -1, big, n), rule, n_out);
}

static void test_native(struct xl_conf *c)
{
	struct xl_conf_route *r = calloc(1, sizeof(*r));
	struct ip i = v4(A4, "203.0.113.9", 200), o;
	struct xl_conf_route *own = c->iface[0].route;
	size_t n_own = c->iface[0].n_routes;

	r->family = 4;
	(void)xl_prefix4_parse("203.0.113.0/24", &r->p4);
	c->iface[0].route = r;
	c->iface[0].n_routes = 1;
	c->iface[0].mtu = 1300;
	t = bench_new(c, false);
	o = i;
	o.ttl = 63;
	wants("forwarded with one less", 0, packet(&i, -1, udp, 13), packet(&o, -1, udp, 13));
	i.ttl = 1;
	native4("TTL expires", i, 13, XL_RULE_TTL_EXPIRED, 1);
	i.ttl = 9;
	i.options = "\x07\7\4\0\0\0\0\x94\4\0\0\0";
	i.n_options = 12;
	native4("cut in two", i, 1400, XL_RULE_FORWARDED_NATIVELY_4, 2);
	is_int(t->out[0].n, 32 + 1264, "first piece");
	is_int(xl_get16(t->out[1].b + 6), 1264 / 8, "second's offset");
	is_mem(t->out[1].b + 20, 12, (const uint8_t *)"\1\1\1\1\1\1\1\x94\4\0\0\0", 12,
	       "only copied options in the second");
	i.flags_off = 0x4000;
	native4("does not fit", i, 1400, XL_RULE_TOO_BIG_4, 1);
	is_int(xl_get16(t->out[0].b + 26), 1300, "MTU");
	i.flags_off = 65520 / 8;
	native4("a fragment that would end behind 65535", i, 1400, XL_RULE_FRAGMENT_OVERRUN, 0);
	i.flags_off = 65528 / 8;
	native4("and fits the link", i, 100, XL_RULE_FRAGMENT_OVERRUN, 0);
	i.flags_off = 0x2000;
	native4("a first fragment in two", i, 1400, XL_RULE_FORWARDED_NATIVELY_4, 2);
	ok(t->out[0].b[6] & 0x20 && t->out[1].b[6] & 0x20, "more follow each");
	i.flags_off = 65528 / 8;
	native4("one that ends there", i, 7, XL_RULE_FORWARDED_NATIVELY_4, 1);
	test_native_offload(i);
	bench_free(t);
	c->iface[0].route = own;
	c->iface[0].n_routes = n_own;
	c->iface[0].mtu = 1500;
	free(r);
}

static void test_exemptions(void)
{
	struct ip i = v4(A4, B4, 17), e = v6(B6, A6, 58);
	static const uint8_t te[] = "\x0b\0\0\0\0\0\0\0\x45\0\0\x20", te6[] = "\3\0\0\0\0\0\0\0";
	struct bytes *p;

	i.ttl = e.ttl = 1;
	i.flags_off = 2;
	refused("later fragment", 0, packet(&i, -1, udp, 13), XL_RULE_TTL_EXPIRED, 0);
	i.flags_off = 0;
	i.proto = 1;
	refused("ICMPv4 error", 0, packet(&i, 2, te, 12), XL_RULE_QUOTE4_MALFORMED, 0);
	refused("ICMPv6 error", 1, packet(&e, 2, te6, 8), XL_RULE_QUOTE6_MALFORMED, 0);
	refused("ICMPv6 echo", 1, packet(&e, 2, (const uint8_t *)"\x80\0\0\0\0\0\0\0", 8),
		XL_RULE_HOP_LIMIT_EXPIRED, 1);
	i = v6(B6, A6, 58);
	i.options = "\x3a\0\0\1\0\0\0\0";
	i.n_options = 8;
	i.first_header = 43;
	refused("ICMPv6 echo with segments left", 1,
		packet(&i, 2, (const uint8_t *)"\x80\0\0\0\0\0\0\0", 8), XL_RULE_SEGMENTS_LEFT, 0);
	i.options = "\x11\0\0\1\0\0\0\0";
	i.proto = 17;
	refused("UDP with them", 1, packet(&i, 6, udp, 13), XL_RULE_SEGMENTS_LEFT, 1);
	i = v6(B6, A6, 17);
	p = packet(&i, 6, udp, 13);
	p->b[4] = p->b[5] = p->b[6] = 0;
	refused("a jumbogram", 1, p, XL_RULE_IP6_JUMBOGRAM, 0);
	i = v4(A4, "0.0.0.0", 17);
	refused("to an old form of broadcast", 0, packet(&i, 6, udp, 13),
		XL_RULE_ILLEGAL_DESTINATION_4, 0);
	i = v4(A4, "0.0.0.1", 17);
	refused("to network 0", 0, packet(&i, 6, udp, 13), XL_RULE_ILLEGAL_DESTINATION_4, 1);
	i = v4(A4, "127.0.0.1", 17);
	refused("to a loopback", 0, packet(&i, 6, udp, 13), XL_RULE_ILLEGAL_DESTINATION_4, 1);
	i = v4(A4, B4, 17);
	refused("7 octets of UDP", 0, packet(&i, -1, udp, 7), XL_RULE_L4_TRUNCATED, 1);
	i = v6(B6, A6, 17);
	refused("7 octets of UDP over IPv6", 1, packet(&i, -1, udp, 7), XL_RULE_L4_TRUNCATED, 1);
	refused("without a checksum", 1, packet(&i, -1, udp, 13), XL_RULE_UDP6_WITHOUT_CHECKSUM, 1);
}

/* ---- what offload leaves to do, and bursts ---- */

/* The sum of the pseudo-header alone, as a checksum field holds it before the device finishes. */
static uint32_t pseudo_sum(const uint8_t *ip, uint32_t l4_len, uint8_t proto)
{
	if (ip[0] >> 4 == 4)
		return plain_sum(ip + 12, 8, l4_len + proto);
	return plain_sum(ip + 8, 32, l4_len + proto);
}

/* RFC 7915 4.5, 5.5: of a sum that is half made the pseudo-header's part changes; the fast way and the
 * slow way give the same octets. */
static void test_half_made(void)
{
	const struct {
		uint16_t port;
		struct ip ip;
		const uint8_t *l4;
		uint32_t n, header, csum_at;
	} rows[] = {
		{ 0, v4(A4, B4, 6), tcp, sizeof(tcp), 40, 16 },
		{ 0, v4(A4, B4, 17), udp, 13, 40, 6 },
		{ 1, v6(B6, A6, 6), tcp, sizeof(tcp), 20, 16 },
		{ 1, v6(B6, A6, 17), udp, 13, 20, 6 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint32_t was = rows[i].ip.version == 4 ? 20 : 40,
			 at = rows[i].header + rows[i].csum_at;
		struct bytes *p = packet(&rows[i].ip, -1, rows[i].l4, rows[i].n);

		xl_put16(p->b + was + rows[i].csum_at,
			 pseudo_sum(p->b, rows[i].n, rows[i].ip.proto));
		for (int slow = 0; slow < 2; slow++) {
			const uint8_t *out;

			t->x->slow_only = slow;
			is_int(lend(rows[i].port, p, 0, true).act, XL_ACT_SENT, "half made: sent");
			out = t->out[0].b;
			is_int(t->out[0].n, rows[i].header + rows[i].n, "half made: length");
			is_int(xl_get16(out + at), pseudo_sum(out, rows[i].n, rows[i].ip.proto),
			       "half made: the sum is the new pseudo-header's, row %zu, slow %d", i,
			       slow);
			ok(!memcmp(out + rows[i].header, p->b + was, rows[i].csum_at) &&
				   !memcmp(out + at + 2, p->b + was + rows[i].csum_at + 2,
					   rows[i].n - rows[i].csum_at - 2),
			   "half made: nothing else of the upper layer");
		}
		t->x->slow_only = false;
		free(p);
	}
}

static void test_offload(void)
{
	static uint8_t big[3000], longest[65535] = { [12] = 0x50 };
	struct ip i = v4(A4, B4, 6);
	struct bytes *p;
	struct xl_verdict v;

	memcpy(big, tcp, sizeof(tcp));
	i.flags_off = 0x4000;
	p = packet(&i, -1, big, sizeof(big));
	xl_put16(p->b + 36, pseudo_sum(p->b, sizeof(big), 6));
	v = lend(0, p, 1440, true);
	is_int(v.rule, XL_RULE_TRANSLATED_4TO6, "segments of 1440 fit");
	is_int(xl_get16(t->out[0].b + 56), pseudo_sum(t->out[0].b, sizeof(big), 6),
	       "the sum is the new pseudo-header's");
	v = lend(0, p, 1441, true);
	is_int(v.rule, XL_RULE_TOO_BIG_4, "segments of 1441 do not");
	free(p);
	p = packet(&i, 16, tcp, sizeof(tcp));
	memcpy(big, p->b, p->n);
	p->b[8] = big[8] = 1;
	xl_put16(p->b + 36, pseudo_sum(p->b, sizeof(tcp), 6));
	xl_put16(p->b + 10, 0);
	xl_put16(p->b + 10, ~plain_sum(p->b, 20, 0) & 0xffff);
	(void)lend(0, p, 0, true);
	is_mem(t->out[0].b + 48, sizeof(tcp), big + 20, sizeof(tcp), "an error quotes a whole sum");
	free(p);
	memcpy(big, tcp, sizeof(tcp));
	memset(big + sizeof(tcp), 0, sizeof(big) - sizeof(tcp));
	p = packet(&i, -1, tcp, 16);
	v = lend(0, p, 0, true);
	is_int(v.rule, XL_RULE_L4_TRUNCATED, "half a header has no sum");
	is_mem(t->out[0].b + 28, 36, p->b, 36, "and is quoted as it is");
	free(p);
	i.flags_off = 0;
	p = packet(&i, -1, big, sizeof(big));
	xl_put16(p->b + 36, pseudo_sum(p->b, sizeof(big), 6));
	(void)lend(0, p, 0, true);
	is_int(t->n_out, 3, "a partial sum does not stop fragmentation");
	memcpy(big, t->out[0].b + 48, 1232);
	is_int(plain_sum(big, sizeof(big), pseudo_sum(t->out[0].b, sizeof(big), 6)), 0xffff,
	       "but is finished before it");
	v = lend(0, p, 1440, true);
	is_int(v.rule, XL_RULE_OFFLOAD_TOO_BIG, "segments that would be cut are refused");
	free(p);
	i = v6(B6, A6, 6);
	p = packet(&i, -1, longest, 65515);
	v = lend(1, p, 1440, true);
	is_int(v.rule, XL_RULE_TRANSLATED_6TO4, "a super-packet as long as IPv4 can say");
	free(p);
	p = packet(&i, -1, longest, 65516);
	v = lend(1, p, 1440, true);
	is_int(v.rule, XL_RULE_OFFLOAD_TOO_BIG, "a longer one is refused");
	free(p);
}

static void test_burst(void)
{
	enum { N = 70 };
	static uint8_t buf[N][XL_HEADROOM + 64 + XL_TAILROOM];
	struct xl_pkt p[N], *at[N];
	struct xl_verdict v[N];
	struct bytes *b = from_a(17, 6, udp, 13);
	bool in_order = true;

	for (size_t i = 0; i < N; i++) {
		p[i] = (struct xl_pkt){ .buf = buf[i],
					.cap = sizeof(buf[i]),
					.off = XL_HEADROOM,
					.len = (uint32_t)(i % 10 == 9 ? 5 : b->n),
					.port = i == 60 ? 9 : 0 };
		memcpy(buf[i] + XL_HEADROOM, b->b, b->n);
		buf[i][XL_HEADROOM + 20 + 8] = (uint8_t)i; /* first octet of the data */
		at[i] = &p[i];
	}
	forget(t);
	xl_translate_burst(t->x, at, v, N);
	is_int(t->n_out, N - 7 - 1, "a burst of 70, seven of them cut short, one from nowhere");
	for (size_t i = 0, k = 0; i < N; i++)
		if (v[i].act == XL_ACT_SENT)
			in_order = in_order && t->out[k++].b[48] == i;
	ok(in_order, "in the order in which they came");
	is_int(v[60].rule, XL_RULE_NO_INTERFACE, "verdicts stand with their packets");
	free(b);
}

int main(void)
{
	struct xl_conf c;

	bench_conf(&c);
	t = bench_new(&c, false);
	test_transports();
	test_fields();
	test_extension_fragments();
	test_refusals();
	test_overrun();
	test_sizes();
	test_hairpin();
	test_exemptions();
	test_half_made();
	test_offload();
	test_burst();
	test_events();
	bench_free(t);
	test_hairpin_too_big(&c);
	test_hairpin_longest(&c);
	test_pool(&c);
	test_pool_hairpin(&c);
	test_no_route(&c);
	test_udp_length(&c);
	test_limit(&c);
	test_native(&c);
	xl_conf_fini(&c);
	return done();
}
