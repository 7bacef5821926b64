/* map_test.c - address mapping against RFC 6052 table 1, RFC 7757 figures 2 and 7 to 11 and its rules. */
#include "ref/map_test.h"

#include "ref/base/rng.h"
#include "ref/rfc6052.h"

/* ---- RFC 6052 ---- */

static void test_6052(void)
{
	static const struct {
		const char *prefix, *embedded;
	} row[] = { /* table 1, for 192.0.2.33 */
		    { "2001:db8::/32", "2001:db8:c000:221::" },
		    { "2001:db8:100::/40", "2001:db8:1c0:2:21::" },
		    { "2001:db8:122::/48", "2001:db8:122:c000:2:2100::" },
		    { "2001:db8:122:300::/56", "2001:db8:122:3c0:0:221::" },
		    { "2001:db8:122:344::/64", "2001:db8:122:344:c0:2:2100::" },
		    { "2001:db8:122:344::/96", "2001:db8:122:344::192.0.2.33" }
	};
	struct xl_ip4 a4 = ip4("192.0.2.33");

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct xl_6052 p = xl_6052_ready(pfx6(row[i].prefix));
		struct xl_ip6 want = ip6(row[i].embedded);
		uint8_t got6[16], got4[4];

		xl_u128_put(xl_6052_embed(&p, xl_get32(a4.b)), got6);
		is_mem(got6, 16, want.b, 16, "%s embeds", row[i].prefix);
		if (p.len < 96)
			got6[8] = 0xff;
		if (p.len < 96)
			got6[15] = got6[14] = got6[13] = 0xff;
		ok(xl_6052_covers(&p, xl_u128_of(got6)), "%s covers it", row[i].prefix);
		xl_put32(got4, xl_6052_extract(&p, xl_u128_of(got6)));
		is_mem(got4, 4, a4.b, 4, "%s extracts; u and suffix are ignored", row[i].prefix);
	}
}

static void test_refused_prefixes(void)
{
	static const struct {
		const char *prefix;
		bool is_good;
	} row[] = {
		{ "64:ff9b::/96", true },           { "64:ff9b:1::/48", true },
		{ "64:ff9b:1:fffe::/96", true },    { "2001:db8::/33", false },
		{ "2001:db8::/128", false },        { "::/0", false },
		{ "64:ff9b::/64", false },          { "64:ff9b::/32", false },
		{ "2001:db8:0:0:100::/96", false }, { "2001:db8:0:0:ff::/96", true },
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		is_int(xl_6052_refuse_prefix(pfx6(row[i].prefix)) == NULL, row[i].is_good, "%s %s",
		       row[i].prefix, row[i].is_good ? "serves" : "is refused");
}

/* ---- RFC 7757 ---- */

static void test_figure_7(void)
{
	static const struct {
		const char *a4, *a6;
	} row[] = {
		{ "192.0.2.1", "2001:db8:aaaa::" },
		{ "192.0.2.2", "2001:db8:bbbb::b" },
		{ "192.0.2.16", "2001:db8:cccc::" },
		{ "192.0.2.24", "2001:db8:cccc::8" },
		{ "192.0.2.31", "2001:db8:cccc::f" },
		{ "192.0.2.128", "2001:db8:dddd::" },
		{ "192.0.2.152", "2001:db8:dddd:0:6000::" },
		{ "192.0.2.183", "2001:db8:dddd:0:dc00::" },
		{ "192.0.2.191", "2001:db8:dddd:0:fc00::" },
		{ "192.0.2.195", "2001:db8:eeee:9:8000::" },
		{ "192.0.2.225", "64:ff9b::1" },
		{ "192.0.2.248", "2001:db8:64::c000:2f8" },
	};
	struct xl_conf c;
	struct xl_map *m;

	figure_1(&c);
	m = build(&c);
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct question q4 = { .src = "198.51.100.2", .dst = row[i].a4 };
		struct question q6 = { .src = row[i].a6,
				       .dst = "2001:db8:64::198.51.100.2",
				       .port = 1 };
		struct xl_flow f = ask(m, &q4, NULL);

		is_pair(&f, "2001:db8:64::c633:6402", row[i].a6, row[i].a4);
		is_int(f.egress, 1, "%s: egress", row[i].a4);
		f = ask(m, &q6, NULL);
		is_pair(&f, row[i].a4, "198.51.100.2", row[i].a6);
		is_int(f.egress, 0, "%s: egress", row[i].a6);
	}
	xl_map_free(m);
}

/* ---- hairpinning: RFC 7757 4.2 ---- */

static void figure_1_with(struct xl_conf *c, enum xl_hairpinning h)
{
	figure_1(c);
	c->hairpinning = h;
}

/* Both passes of a packet or an error that an IPv6 node sends: figures 8 to 11, with the prefix of
 * figure_1() in place of the forbidden one. */
static void test_figures_8_to_11(void)
{
	static const struct {
		const char *what;
		const char *in[4], *middle[4], *out[4]; /* source, destination, the same quoted */
	} row[] = {
		{ "figure 8",
		  { "2001:db8:aaaa::", "2001:db8:64::192.0.2.2" },
		  { "192.0.2.1", "192.0.2.2" },
		  { "2001:db8:64::192.0.2.1", "2001:db8:bbbb::b" } },
		{ "figure 9",
		  { "2001:db8::1234", "2001:db8:64::192.0.2.1", "2001:db8:64::192.0.2.1",
		    "2001:db8:bbbb::b" },
		  { "198.51.100.1", "192.0.2.1", "192.0.2.1", "192.0.2.2" },
		  { "2001:db8:64::198.51.100.1",
		    "2001:db8:aaaa::", "2001:db8:aaaa::", "2001:db8:64::192.0.2.2" } },
		{ "figure 10",
		  { "2001:db8:bbbb::b", "2001:db8:64::192.0.2.1", "2001:db8:64::192.0.2.1",
		    "2001:db8:bbbb::b" },
		  { "192.0.2.2", "192.0.2.1", "192.0.2.1", "192.0.2.2" },
		  { "2001:db8:64::192.0.2.2",
		    "2001:db8:aaaa::", "2001:db8:aaaa::", "2001:db8:64::192.0.2.2" } },
		{ "figure 11",
		  { "2001:db8:bbbb::b", "2001:db8:64::192.0.2.1" },
		  { "192.0.2.2", "192.0.2.1" },
		  { "2001:db8:64::192.0.2.2", "2001:db8:aaaa::" } },
	};
	struct xl_conf c;
	struct xl_map *m;

	figure_1_with(&c, XL_HAIRPIN_INTRINSIC);
	m = build(&c);
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		const char *const *in = row[i].in, *const *mid = row[i].middle;
		struct question q = { in[0], in[1], in[2], in[3], .port = 1 };
		struct xl_flow quoted, f = ask(m, &q, in[2] ? &quoted : NULL);

		is_pair(&f, mid[0], mid[1], row[i].what);
		ok(f.flags & XL_FLOW_HAIRPIN, "%s: hairpinned", row[i].what);
		if (in[2])
			is_pair(&quoted, mid[2], mid[3], row[i].what);
		q = (struct question){ mid[0], mid[1], mid[2], mid[3], 1, true, f.space };
		f = ask(m, &q, in[2] ? &quoted : NULL);
		is_pair(&f, row[i].out[0], row[i].out[1], row[i].what);
		is_int(f.egress, 1, "%s: leaves on the IPv6 side", row[i].what);
		if (in[2])
			is_pair(&quoted, row[i].out[2], row[i].out[3], row[i].what);
	}
	xl_map_free(m);
}

/* Condition sets A and B one condition at a time, and the modes that do not hairpin. */
static void test_conditions(void)
{
	static const struct {
		const char *what;
		enum xl_hairpinning mode;
		const char *in[4];
		bool is_hairpin;
	} row[] = {
		{ "A",
		  XL_HAIRPIN_INTRINSIC,
		  { "2001:db8:aaaa::", "2001:db8:64::192.0.2.2" },
		  true },
		{ "A, simple",
		  XL_HAIRPIN_SIMPLE,
		  { "2001:db8:aaaa::", "2001:db8:64::192.0.2.2" },
		  false },
		{ "A, off",
		  XL_HAIRPIN_OFF,
		  { "2001:db8:aaaa::", "2001:db8:64::192.0.2.2" },
		  false },
		{ "A, source by prefix",
		  XL_HAIRPIN_INTRINSIC,
		  { "2001:db8:64::198.51.100.2", "2001:db8:64::192.0.2.2" },
		  true },
		{ "not A2: destination by mapping",
		  XL_HAIRPIN_INTRINSIC,
		  { "2001:db8:aaaa::", "2001:db8:bbbb::b" },
		  false },
		{ "not A3: destination not mapped",
		  XL_HAIRPIN_INTRINSIC,
		  { "2001:db8:aaaa::", "2001:db8:64::198.51.100.2" },
		  false },
		{ "B",
		  XL_HAIRPIN_INTRINSIC,
		  { "2001:db8:bbbb::b", "2001:db8:64::192.0.2.1", "2001:db8:64::192.0.2.1",
		    "2001:db8:bbbb::b" },
		  true },
		{ "B, outer destination not mapped",
		  XL_HAIRPIN_INTRINSIC,
		  { "2001:db8:bbbb::b", "2001:db8:64::198.51.100.2", "2001:db8:64::192.0.2.1",
		    "2001:db8:bbbb::b" },
		  true },
		{ "not A1: an error is judged by B alone",
		  XL_HAIRPIN_INTRINSIC,
		  { "2001:db8:aaaa::", "2001:db8:64::192.0.2.2", "2001:db8:64::198.51.100.2",
		    "2001:db8:aaaa::" },
		  false },
		{ "not B2: quoted source by mapping",
		  XL_HAIRPIN_INTRINSIC,
		  { "2001:db8:bbbb::b", "2001:db8:64::192.0.2.1",
		    "2001:db8:aaaa::", "2001:db8:bbbb::b" },
		  false },
		{ "not B3: quoted source not mapped",
		  XL_HAIRPIN_INTRINSIC,
		  { "2001:db8:bbbb::b", "2001:db8:64::198.51.100.2", "2001:db8:64::198.51.100.2",
		    "2001:db8:bbbb::b" },
		  false },
		{ "B, simple",
		  XL_HAIRPIN_SIMPLE,
		  { "2001:db8:bbbb::b", "2001:db8:64::192.0.2.1", "2001:db8:64::192.0.2.1",
		    "2001:db8:bbbb::b" },
		  false },
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		const char *const *in = row[i].in;
		struct question q = { in[0], in[1], in[2], in[3], .port = 1 };
		struct xl_conf c;
		struct xl_map *m;
		struct xl_flow f;

		figure_1_with(&c, row[i].mode);
		m = build(&c);
		f = ask(m, &q, NULL);
		ok(f.act == XL_FLOW_TRANSLATE && !(f.flags & XL_FLOW_HAIRPIN) == !row[i].is_hairpin,
		   "condition %s: %s", row[i].what, row[i].is_hairpin ? "hairpin" : "no hairpin");
		xl_map_free(m);
	}
}

/* Rules 1 to 3 of 4.2.1, for packets from the IPv4 network. */
static void test_simple(void)
{
	static const struct {
		const char *what;
		enum xl_hairpinning mode;
		const char *in[4], *out[4];
	} row[] = {
		{ "rule 1",
		  XL_HAIRPIN_SIMPLE,
		  { "192.0.2.1", "192.0.2.2" },
		  { "2001:db8:64::192.0.2.1", "2001:db8:bbbb::b" } },
		{ "no rule 1 without simple",
		  XL_HAIRPIN_INTRINSIC,
		  { "192.0.2.1", "192.0.2.2" },
		  { "2001:db8:aaaa::", "2001:db8:bbbb::b" } },
		{ "no rule 1 when off",
		  XL_HAIRPIN_OFF,
		  { "192.0.2.1", "192.0.2.2" },
		  { "2001:db8:aaaa::", "2001:db8:bbbb::b" } },
		{ "rule 2, not 3",
		  XL_HAIRPIN_SIMPLE,
		  { "192.0.2.16", "192.0.2.1", "192.0.2.1", "192.0.2.2" },
		  { "2001:db8:cccc::", "2001:db8:aaaa::", "2001:db8:aaaa::",
		    "2001:db8:64::192.0.2.2" } },
		{ "rules 2 and 3",
		  XL_HAIRPIN_SIMPLE,
		  { "192.0.2.2", "192.0.2.1", "192.0.2.1", "192.0.2.2" },
		  { "2001:db8:64::192.0.2.2",
		    "2001:db8:aaaa::", "2001:db8:aaaa::", "2001:db8:64::192.0.2.2" } },
		{ "neither without simple",
		  XL_HAIRPIN_INTRINSIC,
		  { "192.0.2.2", "192.0.2.1", "192.0.2.1", "192.0.2.2" },
		  { "2001:db8:bbbb::b",
		    "2001:db8:aaaa::", "2001:db8:aaaa::", "2001:db8:bbbb::b" } },
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		const char *const *in = row[i].in, *const *out = row[i].out;
		struct question q = { in[0], in[1], in[2], in[3], .port = 0 };
		struct xl_conf c;
		struct xl_map *m;
		struct xl_flow f, quoted;

		figure_1_with(&c, row[i].mode);
		m = build(&c);
		f = ask(m, &q, in[2] ? &quoted : NULL);
		is_pair(&f, out[0], out[1], row[i].what);
		if (in[2])
			is_pair(&quoted, out[2], out[3], row[i].what);
		xl_map_free(m);
	}
}

/* ---- the rest ---- */

static void test_overlapping(void)
{
	struct question q = {
		.src = "2001:db8:ffc6:3364:4000::", .dst = "2001:db8:ffc0:0:200::", .port = 1
	};
	struct xl_conf c;
	struct xl_map *m;
	struct xl_flow f;

	init(&c); /* figure 2 */
	add_eam(&c, 0, "0.0.0.0/0", "2001:db8:ff00::/40", false);
	add_eam(&c, 0, "198.51.100.64/32", "2001:db8::abcd/128", false);
	m = build(&c);
	f = ask(m, &q, NULL);
	is_pair(&f, "198.51.100.64", "192.0.0.2", "figure 2: IPv6 to IPv4 by the first row");
	q = (struct question){ .src = "192.0.0.2", .dst = "198.51.100.64" };
	f = ask(m, &q, NULL);
	is_pair(&f, "2001:db8:ffc0:0:200::", "2001:db8::abcd", "and back by the longer second");
	xl_map_free(m);
}

static uint16_t slow_sum(const uint8_t *p, size_t n, uint32_t sum)
{
	for (size_t i = 0; i < n; i += 2)
		sum += xl_get16(p + i);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

static void test_delta(void)
{
	struct xl_conf c;
	struct xl_map *m;
	struct xl_rng r;
	unsigned bad = 0;

	figure_1(&c);
	m = build(&c);
	xl_rng_init(&r, 1, "delta");
	for (unsigned i = 0; i < 20000; i++) {
		uint8_t src[4], dst[4];
		struct xl_ask a = { .src = src, .dst = dst, .version = 4 };
		struct xl_flow f;
		uint32_t old, new;

		xl_put32(src, (uint32_t)xl_rng_next(&r));
		xl_put32(dst, 0xc0000200 | (xl_rng_next(&r) & 0xff));
		xl_map_outer(m, &a, &f);
		if (f.act != XL_FLOW_TRANSLATE)
			continue;
		old = slow_sum(dst, 4, slow_sum(src, 4, 0));
		new = slow_sum(f.dst, 16, slow_sum(f.src, 16, 0));
		bad += slow_sum(NULL, 0, old + f.delta) % 0xffff != new % 0xffff;
	}
	is_int(bad, 0, "old sum + delta = new sum, for 20000 random pairs");
	xl_map_free(m);
	init(&c);
	set_prefix6(&c, 0, "2001:db8:8000::5246:0:0/96"); /* 2001+0db8+8000+5246 = 0xffff */
	m = build(&c);
	is_int(ask(m, &(struct question){ .src = "1.2.3.4", .dst = "5.6.7.8" }, NULL).delta, 0,
	       "a checksum-neutral prefix (RFC 6052 4.1) changes nothing");
	xl_map_free(m);
}

static void test_changes(void)
{
	struct question q = { .src = "198.51.100.2", .dst = "192.0.2.1" };
	struct xl_conf_eam eam = { .p4 = pfx4("192.0.2.1"), .p6 = pfx6("2001:db8:eeee::1") };
	struct xl_conf c;
	struct xl_map *m;
	struct xl_flow f;

	figure_1(&c);
	m = build(&c);
	xl_diags_init(&diags);
	is_int(xl_map_eam_add(m, 0, &eam, &diags), 0, "an address moves");
	f = ask(m, &q, NULL);
	is_pair(&f, "2001:db8:64::198.51.100.2", "2001:db8:eeee::1", "to its new place");
	q = (struct question){
		.src = "2001:db8:aaaa::", .dst = "2001:db8:64::198.51.100.2", .port = 1
	};
	is_int(ask(m, &q, NULL).rule, XL_RULE_NO_MAPPING_SOURCE, "the old one is free");
	eam.p6 = pfx6("2001:db8:bbbb::b");
	is_int(xl_map_eam_add(m, 0, &eam, &diags), XL_ERR_RANGE, "another row's IPv6 is refused");
	eam.p6 = pfx6("2001:db8:eeee::1");
	is_int(xl_map_eam_add(m, 7, &eam, &diags), XL_ERR_RANGE, "an unknown space is refused");
	is_int(xl_map_eam_remove(m, 0, &eam, &diags), 0, "a row goes");
	is_int(xl_map_eam_remove(m, 0, &eam, &diags), XL_ERR_STATE, "once");
	q = (struct question){ .src = "198.51.100.2", .dst = "192.0.2.1" };
	f = ask(m, &q, NULL);
	is_pair(&f, "2001:db8:64::198.51.100.2", "2001:db8:64::192.0.2.1", "the prefix maps it");
	eam.p4 = pfx4("192.0.2.0/24");
	eam.p6 = pfx6("2001:db8::/121");
	is_int(xl_map_eam_add(m, 0, &eam, &diags), XL_ERR_RANGE, "RFC 7757 3.2: suffix lengths");
	for (size_t i = 0; i < 4; i++) { /* what no reader of text lets through */
		eam.p4 = pfx4("192.0.2.0/24");
		eam.p6 = pfx6("2001:db8:a::/120");
		*(i < 2 ? &eam.p4.len : &eam.p6.len) = (uint8_t[]){ 33, 255, 129, 255 }[i];
		is_int(xl_map_eam_add(m, 0, &eam, &diags), XL_ERR_RANGE, "a length %zu", i);
		is_int(xl_map_eam_remove(m, 0, &eam, &diags), XL_ERR_RANGE, "no such %zu", i);
	}
	eam.p6 = pfx6("2001:db8:a::/120");
	eam.p4.addr = ip4("192.0.2.5");
	is_int(xl_map_eam_add(m, 0, &eam, &diags), XL_ERR_RANGE, "host bits in IPv4");
	eam.p4 = pfx4("192.0.2.0/24");
	eam.p6.addr = ip6("2001:db8:a::1");
	is_int(xl_map_eam_add(m, 0, &eam, &diags), XL_ERR_RANGE, "host bits in IPv6");
	xl_map_free(m);
}

int main(void)
{
	test_6052();
	test_refused_prefixes();
	test_figure_7();
	test_figures_8_to_11();
	test_conditions();
	test_simple();
	test_overlapping();
	test_delta();
	test_changes();
	return done();
}
