/* map_policy_test.c - what is refused, filtered, routed, and in which address space. */
#include "ref/map_test.h"

#include "ref/rfc6052.h"

/* ---- refusals ---- */

struct refusal {
	const char *what, *src, *dst;
	bool is_error; /* quoting the way back */
	uint16_t rule; /* what it comes to */
};

static void check_refusals(struct xl_map *m, const struct refusal *row, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool is_4 = version_of(row[i].src) == 4;
		struct question q = { .src = row[i].src, .dst = row[i].dst, .port = is_4 ? 0 : 1 };
		struct xl_flow f;

		if (row[i].is_error) {
			q.q_src = row[i].dst;
			q.q_dst = is_4 ? "198.51.100.9" : "2001:db8:aaaa::";
		}
		f = ask(m, &q, NULL);
		is_str(xl_rule(f.rule)->name, xl_rule(row[i].rule)->name, "%s", row[i].what);
		is_int(f.act == XL_FLOW_REFUSE, xl_rule(row[i].rule)->act != XL_ACT_SENT, "%s: act",
		       row[i].what);
	}
}

#define CHECK_REFUSALS(m, row) check_refusals((m), (row), sizeof(row) / sizeof((row)[0]))

static void test_illegal_addresses(void)
{
	static const struct refusal row[] = {
		{ "source 0.0.0.0", "0.0.0.0", "192.0.2.1", false, XL_RULE_ILLEGAL_SOURCE_4 },
		{ "source on network 0", "0.1.2.3", "192.0.2.1", false, XL_RULE_ILLEGAL_SOURCE_4 },
		{ "source 127.0.0.1", "127.0.0.1", "192.0.2.1", false, XL_RULE_ILLEGAL_SOURCE_4 },
		{ "source 127.255.255.254", "127.255.255.254", "192.0.2.1", false,
		  XL_RULE_ILLEGAL_SOURCE_4 },
		{ "source multicast", "224.0.0.1", "192.0.2.1", false, XL_RULE_ILLEGAL_SOURCE_4 },
		{ "source class E", "240.0.0.1", "192.0.2.1", false, XL_RULE_ILLEGAL_SOURCE_4 },
		{ "source broadcast", "255.255.255.255", "192.0.2.1", false,
		  XL_RULE_ILLEGAL_SOURCE_4 },
		{ "source 1.0.0.0", "1.0.0.0", "192.0.2.1", false, XL_RULE_TRANSLATED_4TO6 },
		{ "source 126.255.255.255", "126.255.255.255", "192.0.2.1", false,
		  XL_RULE_TRANSLATED_4TO6 },
		{ "source 128.0.0.0", "128.0.0.0", "192.0.2.1", false, XL_RULE_TRANSLATED_4TO6 },
		{ "source 223.255.255.255", "223.255.255.255", "192.0.2.1", false,
		  XL_RULE_TRANSLATED_4TO6 },
		{ "source private", "10.0.0.1", "192.0.2.1", false, XL_RULE_TRANSLATED_4TO6 },
		{ "source 127.0.0.1 of an error", "127.0.0.1", "192.0.2.1", true,
		  XL_RULE_TRANSLATED_4TO6 },
		{ "destination multicast", "198.51.100.2", "239.1.1.1", false,
		  XL_RULE_MULTICAST_DESTINATION },
		{ "destination broadcast", "198.51.100.2", "255.255.255.255", false,
		  XL_RULE_ILLEGAL_DESTINATION_4 },
		{ "destination 127.0.0.1", "198.51.100.2", "127.0.0.1", false,
		  XL_RULE_ILLEGAL_DESTINATION_4 },
		{ "destination 0.0.0.0", "198.51.100.2", "0.0.0.0", false,
		  XL_RULE_ILLEGAL_DESTINATION_4 },
		{ "source ::1", "::1", "2001:db8:64::198.51.100.2", false,
		  XL_RULE_ILLEGAL_SOURCE_6 },
		{ "source ::", "::", "2001:db8:64::198.51.100.2", false, XL_RULE_ILLEGAL_SOURCE_6 },
		{ "source ff02::1", "ff02::1", "2001:db8:64::198.51.100.2", false,
		  XL_RULE_ILLEGAL_SOURCE_6 },
		{ "source fe80::1", "fe80::1", "2001:db8:64::198.51.100.2", false,
		  XL_RULE_ILLEGAL_SOURCE_6 },
		{ "source ::1 of an error", "::1", "2001:db8:64::198.51.100.2", true,
		  XL_RULE_ILLEGAL_SOURCE_6 },
		{ "source with 127.0.0.1 in it", "2001:db8:64::127.0.0.1",
		  "2001:db8:64::198.51.100.2", false, XL_RULE_ILLEGAL_SOURCE_6 },
		{ "the same of an error: from the pool", "2001:db8:64::127.0.0.1",
		  "2001:db8:64::198.51.100.2", true, XL_RULE_TRANSLATED_6TO4 },
		{ "destination ff0e::1", "2001:db8:aaaa::", "ff0e::1", false,
		  XL_RULE_MULTICAST_DESTINATION },
		{ "destination with 224.0.0.1 in it", "2001:db8:aaaa::", "2001:db8:64::224.0.0.1",
		  false, XL_RULE_ILLEGAL_DESTINATION_6 },
		{ "destination with 0.0.0.0 in it", "2001:db8:aaaa::", "2001:db8:64::", false,
		  XL_RULE_ILLEGAL_DESTINATION_6 },
		{ "destination fe80::1", "2001:db8:aaaa::", "fe80::1", false,
		  XL_RULE_ILLEGAL_DESTINATION_6 },
		{ "destination that nothing maps", "2001:db8:aaaa::", "2001:db8::1", false,
		  XL_RULE_NO_MAPPING_DESTINATION },
		{ "source that nothing maps", "2001:db8::1", "2001:db8:64::198.51.100.2", false,
		  XL_RULE_NO_MAPPING_SOURCE },
		{ "the same of an error: from the pool", "2001:db8::1", "2001:db8:64::198.51.100.2",
		  true, XL_RULE_TRANSLATED_6TO4 },
	};
	struct xl_conf c;
	struct xl_map *m;

	figure_1(&c);
	m = build(&c);
	CHECK_REFUSALS(m, row);
	xl_map_free(m);
	init(&c);
	add_eam(&c, 0, "192.0.2.1", "2001:db8:aaaa::", false);
	m = build(&c);
	static const struct refusal without_prefix[] = {
		{ "no prefix: destination", "192.0.2.1", "198.51.100.2", false,
		  XL_RULE_NO_MAPPING_DESTINATION },
		{ "no prefix: source", "198.51.100.2", "192.0.2.1", false,
		  XL_RULE_NO_MAPPING_SOURCE },
	};
	CHECK_REFUSALS(m, without_prefix);
	xl_map_free(m);
}

static void test_well_known(void)
{
	static const char *const refused[] = {
		"0.0.0.1",        "10.255.255.255",  "127.0.0.1",    "169.254.1.1",   "172.16.0.0",
		"172.31.255.255", "192.0.0.255",     "192.0.2.33",   "192.88.99.1",   "192.168.0.1",
		"198.18.0.0",     "198.19.255.255",  "198.51.100.2", "203.0.113.255", "224.0.0.1",
		"240.0.0.0",      "255.255.255.255",
	};
	static const char *const global[] = {
		"1.0.0.0",      "9.255.255.255",   "11.0.0.0",     "126.255.255.255",
		"128.0.0.0",    "169.253.255.255", "169.255.0.0",  "172.15.255.255",
		"172.32.0.0",   "192.0.1.0",       "192.0.3.0",    "192.88.98.255",
		"192.88.100.0", "192.167.255.255", "192.169.0.0",  "198.17.255.255",
		"198.20.0.0",   "198.51.99.255",   "198.51.101.0", "203.0.112.255",
		"203.0.114.0",  "223.255.255.255",
	};
	struct xl_conf c;
	struct xl_map *m;
	struct xl_flow quoted;
	struct question q = { .src = "8.8.8.8", .dst = "10.1.2.3" };

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		ok(xl_ip4_is_non_global(ip4(refused[i]).b), "%s is not global", refused[i]);
	for (size_t i = 0; i < sizeof(global) / sizeof(global[0]); i++)
		ok(!xl_ip4_is_non_global(ip4(global[i]).b), "%s is global", global[i]);

	init(&c);
	set_prefix6(&c, 0, "64:ff9b::/96");
	add_eam(&c, 0, "192.0.2.1", "2001:db8:aaaa::", false);
	m = build(&c);
	is_int(ask(m, &q, NULL).rule, XL_RULE_NON_GLOBAL_IN_WELL_KNOWN, "4 to 6, destination");
	q = (struct question){ .src = "10.1.2.3", .dst = "192.0.2.1" };
	is_int(ask(m, &q, NULL).rule, XL_RULE_NON_GLOBAL_IN_WELL_KNOWN, "4 to 6, source");
	q = (struct question){ .src = "8.8.8.8", .dst = "192.0.2.1" };
	is_int(ask(m, &q, NULL).act, XL_FLOW_TRANSLATE, "a mapping for the non-global one");
	q = (struct question){ .src = "2001:db8:aaaa::", .dst = "64:ff9b::10.1.2.3", .port = 1 };
	is_int(ask(m, &q, NULL).rule, XL_RULE_NON_GLOBAL_IN_WELL_KNOWN, "6 to 4, destination");
	q = (struct question){ .src = "64:ff9b::10.1.2.3", .dst = "64:ff9b::8.8.8.8", .port = 1 };
	is_int(ask(m, &q, NULL).rule, XL_RULE_NON_GLOBAL_IN_WELL_KNOWN, "6 to 4, source");
	q = (struct question){ .src = "2001:db8:aaaa::", .dst = "64:ff9b::8.8.8.8", .port = 1 };
	is_int(ask(m, &q, NULL).act, XL_FLOW_TRANSLATE, "6 to 4, global");
	q = (struct question){
		.src = "8.8.8.8", .dst = "192.0.2.1", .q_src = "192.0.2.1", .q_dst = "10.1.2.3"
	};
	(void)ask(m, &q, &quoted);
	is_int(quoted.rule, XL_RULE_NON_GLOBAL_IN_WELL_KNOWN, "4 to 6, quoted");
	q = (struct question){ .src = "64:ff9b::8.8.8.8",
			       .dst = "64:ff9b::8.8.4.4",
			       .q_src = "64:ff9b::10.1.2.3",
			       .q_dst = "2001:db8:aaaa::",
			       .port = 1 };
	(void)ask(m, &q, &quoted);
	is_int(quoted.rule, XL_RULE_NON_GLOBAL_IN_WELL_KNOWN, "6 to 4, quoted");
	xl_map_free(m);
	init(&c);
	set_prefix6(&c, 0, "64:ff9b:1::/48");
	m = build(&c);
	q = (struct question){ .src = "10.1.2.3", .dst = "192.168.0.1" };
	is_int(ask(m, &q, NULL).act, XL_FLOW_TRANSLATE, "RFC 8215 prefixes carry any address");
	xl_map_free(m);
}

/* ---- RFC 6791 ---- */

static uint64_t scripted;

static uint64_t script(void *ctx)
{
	(void)ctx;
	return scripted;
}

static void test_pool(void)
{
	const struct xl_env random_env = { .random = script };
	struct question q = { "2001:db8::1", "2001:db8:64::198.51.100.2",
			      "2001:db8:64::198.51.100.2", "2001:db8:aaaa::", .port = 1 };
	static const char *const want[] = { "203.0.113.4", "203.0.113.5",  "203.0.113.6",
					    "203.0.113.7", "198.51.100.1", "203.0.113.4" };
	struct xl_conf c;
	struct xl_map *m;
	struct xl_flow f, again;
	unsigned seen = 0;

	figure_1(&c);
	c.pool6791 = realloc(c.pool6791, 2 * sizeof(*c.pool6791));
	c.pool6791[0] = pfx4("203.0.113.4/30");
	c.pool6791[1] = pfx4("198.51.100.1");
	c.n_pool6791 = 2;
	m = xl_map_new(&c, &random_env, &diags);
	for (scripted = 0; scripted < 6; scripted++) {
		f = ask(m, &q, NULL);
		is_pair(&f, want[scripted], "198.51.100.2", "a pool address by env.random");
		ok(f.flags & XL_FLOW_SRC_POOL, "is marked: it must not be cached");
	}
	xl_map_free(m);

	m = xl_map_new(&c, &env, &diags);
	for (unsigned i = 0; i < 100; i++)
		seen |= 1u << (ask(m, &q, NULL).src[3] & 7);
	is_int(seen, 0xf2, "the seeded generator gives all five");
	xl_map_free(m);

	c.pool_choice = XL_POOL_HASH;
	m = build(&c);
	f = ask(m, &q, NULL);
	again = ask(m, &q, NULL);
	is_mem(f.src, 4, again.src, 4, "choice: hash is the same for one source");
	q.src = "2001:db8:aaaa::";
	f = ask(m, &q, NULL);
	is_pair(&f, "192.0.2.1", "198.51.100.2", "a source with a mapping keeps it");
	ok(!(f.flags & XL_FLOW_SRC_POOL), "and is not marked");
	xl_map_free(m);

	q.src = "2001:db8::1";
	figure_1(&c);
	c.n_pool6791 = 0;
	m = build(&c);
	f = ask(m, &q, NULL);
	is_pair(&f, "192.0.2.254", "198.51.100.2", "without a pool the own address");
	xl_map_free(m);
	figure_1(&c);
	c.n_pool6791 = 0;
	c.has_own4 = false;
	m = build(&c);
	is_int(ask(m, &q, NULL).rule, XL_RULE_NO_MAPPING_SOURCE, "without both: refused");
	xl_map_free(m);
}

/* ---- RFC 7756 6, RFC 2827 ---- */

static void test_filters(void)
{
	static const struct refusal row[] = {
		{ "a service address may send", "192.0.2.1", "198.51.100.2", false,
		  XL_RULE_TRANSLATED_4TO6 },
		{ "another may not", "192.0.2.9", "198.51.100.2", false,
		  XL_RULE_NO_EAM_FOR_SOURCE },
		{ "not even an error", "192.0.2.9", "198.51.100.2", true,
		  XL_RULE_NO_EAM_FOR_SOURCE },
		{ "local source before translation", "2001:db8:aaaa::1", "2001:db8:aaaa::1", false,
		  XL_RULE_LOCAL_SOURCE },
		{ "local source after translation", "2001:db8:64::192.0.2.1", "2001:db8:aaaa::1",
		  false, XL_RULE_LOCAL_SOURCE },
		{ "of an error too", "2001:db8:64::192.0.2.1", "2001:db8:aaaa::1", true,
		  XL_RULE_LOCAL_SOURCE },
		{ "local before, and after translation another's", "2001:db8:cccc::1",
		  "2001:db8:aaaa::1", false, XL_RULE_LOCAL_SOURCE },
		{ "a mapping that is not local", "2001:db8:bbbb::1", "2001:db8:aaaa::1", false,
		  XL_RULE_TRANSLATED_6TO4 },
		{ "a host of the Internet", "2001:db8:64::198.51.100.2", "2001:db8:aaaa::1", false,
		  XL_RULE_TRANSLATED_6TO4 },
	};
	static const struct refusal ingress[] = {
		{ "inside", "192.0.2.77", "198.51.100.2", false, XL_RULE_TRANSLATED_4TO6 },
		{ "outside", "192.0.3.1", "198.51.100.2", false, XL_RULE_INGRESS_FILTERED },
		{ "outside, an error", "192.0.3.1", "198.51.100.2", true,
		  XL_RULE_INGRESS_FILTERED },
		{ "nothing is allowed", "2001:db8:64::192.0.2.1", "2001:db8:64::198.51.100.2",
		  false, XL_RULE_INGRESS_FILTERED },
	};
	struct xl_conf c;
	struct xl_map *m;

	init(&c);
	set_prefix6(&c, 0, "2001:db8:64::/96");
	add_eam(&c, 0, "192.0.2.1", "2001:db8:aaaa::1", true);
	add_eam(&c, 0, "192.0.2.2", "2001:db8:bbbb::1", false);
	c.require_eam_source = c.drop_local_source = true;
	add_eam(&c, 0, "192.0.2.64/26", "2001:db8:cccc::/122", true);
	add_eam(&c, 0, "192.0.2.65", "2001:db8:dddd::1", false);
	m = build(&c);
	CHECK_REFUSALS(m, row);
	xl_map_free(m);

	init(&c);
	set_prefix6(&c, 0, "2001:db8:64::/96");
	add_eam(&c, 0, "192.0.2.1", "2001:db8:aaaa::1", false);
	c.require_eam_source = true;
	m = build(&c);
	is_int(ask(m,
		   &(struct question){ "198.51.100.2", "192.0.2.1", .port = 1, .is_hairpin = true },
		   NULL)
		       .act,
	       XL_FLOW_TRANSLATE, "a hairpinned packet did not enter from IPv4");
	xl_map_free(m);

	init(&c);
	set_prefix6(&c, 0, "2001:db8:64::/96");
	c.iface[0].has_filter = c.iface[1].has_filter = true;
	c.iface[0].allow4 = calloc(1, sizeof(*c.iface[0].allow4));
	c.iface[0].allow4[0] = pfx4("192.0.2.0/24");
	c.iface[0].n_allow4 = 1;
	m = build(&c);
	CHECK_REFUSALS(m, ingress);
	xl_map_free(m);
}

/* ---- address spaces and routes ---- */

/* Two tenants with the same IPv4 addresses, one of them on two interfaces, and a shared IPv6 side. */
static void test_tenants(void)
{
	static const char *const name[] = { "4a", "4b", "4b2", "6", "4" };
	static const uint16_t of_a[] = { 0 }, of_b[] = { 1, 2 };
	struct question q;
	struct xl_conf c;
	struct xl_map *m;
	struct xl_flow f;

	init(&c);
	set_ifaces(&c, name, 5);
	set_prefix6(&c, 0, "2001:db8:0:0::/96");
	add_space(&c, 0xa, "2001:db8:0:a::/96", 0, of_a, 1);
	add_space(&c, 0xb, "2001:db8:0:b::/96", 0, of_b, 2);
	add_eam(&c, 2, "10.0.0.9", "2001:db8:99::9", false);
	add_route(&c, 2, "10.2.0.0/16");
	m = build(&c);
	q = (struct question){ .src = "10.0.0.1", .dst = "10.0.0.9", .port = 0 };
	f = ask(m, &q, NULL);
	is_pair(&f, "2001:db8:0:a::10.0.0.1", "2001:db8:0:a::10.0.0.9", "tenant a");
	ok(f.egress == 3 && f.space == 1, "leaves by the shared IPv6 interface");
	q.port = 1;
	f = ask(m, &q, NULL);
	is_pair(&f, "2001:db8:0:b::10.0.0.1", "2001:db8:99::9",
		"tenant b has a mapping of its own");
	q.port = 2;
	f = ask(m, &q, NULL);
	is_pair(&f, "2001:db8:0:b::10.0.0.1", "2001:db8:99::9", "so it has on its other interface");
	q.port = 4;
	f = ask(m, &q, NULL);
	is_pair(&f, "2001:db8::10.0.0.1", "2001:db8::10.0.0.9", "an interface of no tenant");

	q = (struct question){ .src = "2001:db8:0:a::10.0.0.1",
			       .dst = "2001:db8:0:a::10.0.0.2",
			       .port = 3 };
	f = ask(m, &q, NULL);
	is_pair(&f, "10.0.0.1", "10.0.0.2", "from IPv6 into tenant a");
	is_int(f.egress, 0, "by its interface");
	q.dst = "2001:db8:0:b::10.0.0.2";
	f = ask(m, &q, NULL);
	is_int(f.rule, XL_RULE_NO_MAPPING_SOURCE, "a's address is none in tenant b");
	q.src = "2001:db8:99::9";
	f = ask(m, &q, NULL);
	is_pair(&f, "10.0.0.9", "10.0.0.2", "b's mapping in tenant b");
	is_int(f.egress, 1, "by its default interface");
	q.dst = "2001:db8:0:b::10.2.0.2";
	is_int(ask(m, &q, NULL).egress, 2, "or by the one with the longer route");
	q.dst = "2001:db8:0:a::10.0.0.2";
	is_int(ask(m, &q, NULL).rule, XL_RULE_NO_MAPPING_SOURCE, "b's mapping is none in tenant a");
	q = (struct question){ .src = "2001:db8::10.0.0.1",
			       .dst = "2001:db8::10.0.0.2",
			       .port = 3 };
	is_int(ask(m, &q, NULL).egress, 4, "the default space has its own interface");
	xl_map_free(m);
}

static void test_space_choice(void)
{
	static const char *const name[] = { "4", "6", "6b" };
	static const uint16_t in_4[] = { 0 }, in_4_6b[] = { 0, 2 };
	struct question q = { .src = "198.51.100.2", .dst = "10.1.2.3" };
	struct xl_conf c;
	struct xl_map *m;
	struct xl_flow f;

	init(&c);
	set_ifaces(&c, name, 3);
	add_space(&c, 1, "2001:db8:1::/64", 0, in_4, 1);
	add_space(&c, 2, "2001:db8:1::/96", 0, in_4_6b, 2);
	add_space(&c, 3, "2001:db8:3::/96", 5, in_4, 1);
	add_space(&c, 4, "2001:db8:3::/96", 9, in_4, 1);
	add_space(&c, 5, "2001:db8:3::/96", 7, in_4, 1);
	add_ipv4(&c, 5, "203.0.113.0/24");
	add_ipv4(&c, 1, "10.0.0.0/8");
	add_ipv4(&c, 2, "10.1.0.0/16");
	add_ipv4(&c, 3, "203.0.113.0/24");
	add_ipv4(&c, 4, "203.0.113.0/24");
	m = build(&c);
	f = ask(m, &q, NULL);
	is_int(f.space, 2, "one interface in several spaces: longest match of the destination");
	is_int(f.egress, 2, "and out by the interface of that space");
	q.dst = "10.2.0.0";
	is_int(ask(m, &q, NULL).space, 1, "the shorter one where only it matches");
	q.dst = "203.0.113.1";
	is_int(ask(m, &q, NULL).space, 4, "equally long: the larger priority");
	q.dst = "192.0.2.1";
	is_int(ask(m, &q, NULL).rule, XL_RULE_NO_MAPPING_DESTINATION, "none matches: refused");

	q = (struct question){ .src = "2001:db8:1::10.0.0.1",
			       .dst = "2001:db8:1::10.0.0.2",
			       .port = 2 };
	is_int(ask(m, &q, NULL).space, 2, "an IPv6 interface of one space");
	q.port = 1;
	q.src = "2001:db8:1:0:c6:3364:200::"; /* 198.51.100.2 under the /64 */
	q.dst = "2001:db8:1:0:a:100:200::"; /* 10.1.0.2 */
	f = ask(m, &q, NULL);
	is_int(f.space, 1, "a shared IPv6 interface: the space whose prefix matches");
	is_pair(&f, "198.51.100.2", "10.1.0.2", "by the /64");
	q.src = q.dst = "2001:db8:3::10.0.0.1";
	is_int(ask(m, &q, NULL).space, 4, "the same prefix twice: the larger priority");
	xl_map_free(m);
}

static void test_routes(void)
{
	static const char *const name[] = { "4a", "4b", "6a", "6b" };
	struct question q = { .src = "198.51.100.2", .dst = "192.0.2.7" };
	struct xl_conf c;
	struct xl_map *m;
	struct xl_flow f;

	init(&c);
	set_ifaces(&c, name, 4);
	set_prefix6(&c, 0, "2001:db8:64::/96");
	add_eam(&c, 0, "192.0.2.0/28", "2001:db8:aaaa::/124", false);
	add_route(&c, 1, "192.0.2.8/29"); /* 4a has no route: it is the default */
	add_route(&c, 1, "192.0.2.0/28");
	add_route(&c, 1, "203.0.113.0/24");
	add_route(&c, 2, "2001:db8:aaaa::/64");
	add_route(&c, 3, "2001:db8:64::203.0.113.0/120");
	add_route(&c, 3, "2001:db8:aaaa::8/125");
	m = build(&c);
	f = ask(m, &q, NULL);
	is_pair(&f, "2001:db8:64::198.51.100.2", "2001:db8:aaaa::7", "an EAM of 28 bits");
	is_int(f.egress, 2, "leaves by the longest route");
	q.dst = "192.0.2.9";
	f = ask(m, &q, NULL);
	ok(f.act == XL_FLOW_NATIVE && f.egress == 1 && f.rule == XL_RULE_FORWARDED_NATIVELY_4,
	   "a route of 29 bits goes before it: not translated (RFC 7915 4.6)");
	q.dst = "203.0.113.5";
	ok(ask(m, &q, NULL).act == XL_FLOW_NATIVE, "so does any route before the prefix");
	q.dst = "192.0.2.1";
	ok(ask(m, &q, NULL).act == XL_FLOW_TRANSLATE, "a route as long as the EAM does not");
	q.dst = "198.18.0.1";
	is_int(ask(m, &q, NULL).rule, XL_RULE_NO_ROUTE, "no IPv6 route: refused");

	q = (struct question){ .src = "2001:db8:aaaa::7",
			       .dst = "2001:db8:64::192.0.2.200",
			       .port = 2 };
	is_int(ask(m, &q, NULL).egress, 0, "no IPv4 route matches: the default interface");
	q.dst = "2001:db8:64::203.0.113.9";
	f = ask(m, &q, NULL);
	ok(f.act == XL_FLOW_NATIVE && f.egress == 3 && f.rule == XL_RULE_FORWARDED_NATIVELY_6,
	   "a route of 120 bits goes before a prefix of 96 (RFC 7915 5.6)");
	q.dst = "2001:db8:aaaa::9";
	ok(ask(m, &q, NULL).act == XL_FLOW_NATIVE, "125 bits go before an EAM of 124");
	q.dst = "2001:db8:aaaa::1";
	ok(ask(m, &q, NULL).act == XL_FLOW_TRANSLATE, "64 bits do not");
	q.dst = "2001:db8:aaaa:0:1::";
	ok(ask(m, &q, NULL).act == XL_FLOW_NATIVE, "what nothing maps goes where a route says");
	q.dst = "2001:db8:bbbb::";
	is_int(ask(m, &q, NULL).rule, XL_RULE_NO_MAPPING_DESTINATION, "or is refused");
	xl_map_free(m);

	init(&c);
	set_ifaces(&c, name, 4);
	add_eam(&c, 0, "192.0.2.0/28", "2001:db8:aaaa::/124", false);
	add_route(&c, 1, "192.0.2.128/25");
	m = build(&c);
	q = (struct question){ .src = "192.0.2.1", .dst = "198.51.100.77" };
	is_int(ask(m, &q, NULL).rule, XL_RULE_NO_MAPPING_DESTINATION,
	       "a default route that nobody wrote is none for what nothing maps");
	xl_map_free(m);

	init(&c); /* default routes said out loud: 0 bits are no more than the prefix's 0 */
	set_prefix6(&c, 0, "2001:db8:64::/96");
	add_route(&c, 0, "0.0.0.0/0");
	add_route(&c, 1, "::/0");
	add_route(&c, 1, "2001:db8:64::/96");
	m = build(&c);
	q = (struct question){ .src = "198.51.100.2", .dst = "203.0.113.5" };
	ok(ask(m, &q, NULL).act == XL_FLOW_TRANSLATE, "an IPv4 default route takes nothing away");
	q = (struct question){ .src = "2001:db8:64::198.51.100.2",
			       .dst = "2001:db8:64::192.0.2.200",
			       .port = 1 };
	ok(ask(m, &q, NULL).act == XL_FLOW_TRANSLATE, "nor does a route as long as prefix6");
	xl_map_free(m);
}

int main(void)
{
	test_illegal_addresses();
	test_well_known();
	test_pool();
	test_filters();
	test_tenants();
	test_space_choice();
	test_routes();
	return done();
}
