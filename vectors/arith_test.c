/* arith_test.c - table 1 of RFC 6052 2.4 and the mappings of RFC 7757 3.3 and figure 6. */
#include "vectors/arith.h"

#include "ref/base/tap.h"

static const struct {
	const char *prefix, *ipv4, *ipv6;
} table1[] = {
	{ "2001:db8::/32", "192.0.2.33", "2001:db8:c000:221::" },
	{ "2001:db8:100::/40", "192.0.2.33", "2001:db8:1c0:2:21::" },
	{ "2001:db8:122::/48", "192.0.2.33", "2001:db8:122:c000:2:2100::" },
	{ "2001:db8:122:300::/56", "192.0.2.33", "2001:db8:122:3c0:0:221::" },
	{ "2001:db8:122:344::/64", "192.0.2.33", "2001:db8:122:344:c0:2:2100:0" },
	{ "2001:db8:122:344::/96", "192.0.2.33", "2001:db8:122:344::192.0.2.33" },
	{ "64:ff9b::/96", "192.0.2.33", "64:ff9b::192.0.2.33" }, /* table 2 */
};

static const struct {
	const char *p4, *p6, *ipv4, *ipv6;
} eams[] = {
	{ "192.0.2.1/32", "2001:db8:aaaa::/128", "192.0.2.1", "2001:db8:aaaa::" },
	{ "192.0.2.2/32", "2001:db8:bbbb::b/128", "192.0.2.2", "2001:db8:bbbb::b" },
	{ "192.0.2.16/28", "2001:db8:cccc::/124", "192.0.2.21", "2001:db8:cccc::5" },
	{ "192.0.2.128/26", "2001:db8:dddd::/64", "192.0.2.152", "2001:db8:dddd:0:6000::" },
	{ "192.0.2.192/29", "2001:db8:eeee:8::/62", "192.0.2.195", "2001:db8:eeee:9:8000::" },
	{ "192.0.2.224/31", "64:ff9b::/127", "192.0.2.225", "64:ff9b::1" },
};

static void test_6052(void)
{
	struct xl_prefix6 bad = { .len = 72 }, p;
	struct xl_ip6 a6, want6;
	struct xl_ip4 a4, want4;

	for (size_t i = 0; i < sizeof(table1) / sizeof(table1[0]); i++) {
		ok(!xl_prefix6_parse(table1[i].prefix, &p) &&
			   xl_ip4_parse(table1[i].ipv4, &want4) &&
			   xl_ip6_parse(table1[i].ipv6, &want6),
		   "%s: the row reads", table1[i].prefix);
		ok(xl_arith_embed(p, want4, &a6) && xl_ip6_eq(a6, want6), "%s: embeds",
		   table1[i].prefix);
		ok(xl_arith_extract(p, want6, &a4) && xl_ip4_eq(a4, want4), "%s: extracts",
		   table1[i].prefix);
	}
	ok(!xl_arith_embed(bad, want4, &a6) && !xl_arith_extract(bad, want6, &a4),
	   "no length of 72");
}

static void test_7757(void)
{
	struct xl_ip6 a6, want6;
	struct xl_ip4 a4, want4;

	for (size_t i = 0; i < sizeof(eams) / sizeof(eams[0]); i++) {
		struct xl_conf_eam e = { .is_local = false };

		ok(!xl_prefix4_parse(eams[i].p4, &e.p4) && !xl_prefix6_parse(eams[i].p6, &e.p6) &&
			   xl_ip4_parse(eams[i].ipv4, &want4) && xl_ip6_parse(eams[i].ipv6, &want6),
		   "%s: the row reads", eams[i].p4);
		ok(xl_arith_eam_4to6(&e, want4, &a6) && xl_ip6_eq(a6, want6), "%s: to IPv6",
		   eams[i].p4);
		ok(xl_arith_eam_6to4(&e, want6, &a4) && xl_ip4_eq(a4, want4), "%s: to IPv4",
		   eams[i].p4);
		want4.b[0] ^= 1;
		want6.b[0] ^= 1;
		ok(!xl_arith_eam_4to6(&e, want4, &a6) && !xl_arith_eam_6to4(&e, want6, &a4),
		   "%s: nothing outside of it", eams[i].p4);
	}
}

int main(void)
{
	test_6052();
	test_7757();
	return done();
}
