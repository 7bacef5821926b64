/* conf_test.c - configurations that a program filled by hand: what is refused, and without memory. */
#include "ref/map_test.h"

static void break_prefix(struct xl_conf *c)
{
	set_prefix6(c, 0, "2001:db8::/95");
}

static void break_suffix(struct xl_conf *c)
{
	add_eam(c, 0, "192.0.2.0/24", "2001:db8::/121", false);
}

static void break_twice(struct xl_conf *c)
{
	add_eam(c, 0, "192.0.2.1", "2001:db8::1", false);
	add_eam(c, 0, "192.0.2.2", "2001:db8::1", false);
}

static void break_mtu(struct xl_conf *c)
{
	c->iface[1].mtu = 1279;
}

static void break_lowest(struct xl_conf *c)
{
	c->lowest_ipv6_mtu = 1279;
}

static void break_plateau(struct xl_conf *c)
{
	c->plateau[1] = c->plateau[0];
}

static void break_tos(struct xl_conf *c)
{
	c->tos = 256;
}

static void break_rate(struct xl_conf *c)
{
	c->icmp_errors = XL_ERRORS_LIMITED;
}

static void break_cache(struct xl_conf *c)
{
	c->flow_cache_lines = XL_FLOW_CACHE_MAX + 1;
}

static void break_member(struct xl_conf *c)
{
	static const uint16_t none[] = { 2 };

	add_space(c, 1, NULL, 0, none, 1);
}

static void break_member_twice(struct xl_conf *c)
{
	static const uint16_t twice[] = { 0, 0 };

	add_space(c, 1, NULL, 0, twice, 2);
}

static void break_route(struct xl_conf *c)
{
	add_route(c, 0, "::/0");
}

static void break_side(struct xl_conf *c)
{
	c->iface[0].side = 9;
}

static void break_name(struct xl_conf *c)
{
	memset(c->iface[0].name, 'x', sizeof(c->iface[0].name));
}

static void break_eam4(struct xl_conf *c)
{
	add_eam(c, 0, "192.0.2.0/24", "2001:db8:a::/120", false);
	c->space[0].eam[0].p4.addr = ip4("192.0.2.5");
}

static void break_eam_0(struct xl_conf *c)
{
	add_eam(c, 0, "0.0.0.0/8", "2001:db8:a::/104", false);
}

static void break_eam_127(struct xl_conf *c)
{
	add_eam(c, 0, "127.0.0.1", "2001:db8:a::1", false);
}

static void break_eam_224(struct xl_conf *c)
{
	add_eam(c, 0, "224.0.0.0/3", "2001:db8:a::/99", false);
}

static void break_eam_broadcast(struct xl_conf *c)
{
	add_eam(c, 0, "255.255.255.255", "2001:db8:a::1", false);
}

/* Some of their addresses hosts can have. */
static void break_eam_edge(struct xl_conf *c)
{
	add_eam(c, 0, "0.0.0.0/0", "2001:db8:a::/96", false);
	add_eam(c, 0, "0.0.0.0/7", "2001:db8:b::/103", false);
	add_eam(c, 0, "126.0.0.0/7", "2001:db8:c::/103", false);
	add_eam(c, 0, "192.0.0.0/2", "2001:db8:d::/98", false);
	add_eam(c, 0, "223.255.255.255", "2001:db8:e::1", false);
}

static void break_eam4_length(struct xl_conf *c)
{
	break_eam4(c);
	c->space[0].eam[0].p4.len = 40;
}

static void break_eam6_length(struct xl_conf *c)
{
	add_eam(c, 0, "192.0.2.0/24", "2001:db8:a::/120", false);
	c->space[0].eam[0].p6.len = 200;
}

static void break_prefix_host_bits(struct xl_conf *c)
{
	set_prefix6(c, 0, "2001:db8:64::/96");
	c->space[0].prefix6.addr.b[15] = 7;
}

static void break_prefix_length(struct xl_conf *c)
{
	set_prefix6(c, 0, "2001:db8:64::/96");
	c->space[0].prefix6.len = 200;
}

static void break_own4(struct xl_conf *c)
{
	c->own4 = ip4("255.255.255.255");
}

static void break_own6(struct xl_conf *c)
{
	c->own6 = ip6("ff02::1");
}

static void set_pool(struct xl_conf *c, const char *p4)
{
	c->pool6791 = calloc(1, sizeof(*c->pool6791));
	*c->pool6791 = pfx4(p4);
	c->n_pool6791 = 1;
}

static void break_pool_length(struct xl_conf *c)
{
	set_pool(c, "203.0.113.7");
	c->pool6791->len = 40;
}

static void break_pool_0(struct xl_conf *c)
{
	set_pool(c, "0.0.0.0");
}

static void break_pool_127(struct xl_conf *c)
{
	set_pool(c, "127.0.0.1");
}

static void break_pool_224(struct xl_conf *c)
{
	set_pool(c, "224.0.0.1");
}

static void break_pool_240(struct xl_conf *c)
{
	set_pool(c, "240.0.0.0/4");
}

static void break_pool_broadcast(struct xl_conf *c)
{
	set_pool(c, "255.255.255.255");
}

static void break_pool_wide(struct xl_conf *c)
{
	set_pool(c, "96.0.0.0/3");
}

static void break_pool_edge(struct xl_conf *c) /* the neighbours of all these are hosts' */
{
	set_pool(c, "223.0.0.0/8");
}

static void break_route_length(struct xl_conf *c)
{
	add_route(c, 0, "192.0.2.0/24");
	c->iface[0].route[0].p4.len = 33;
}

static void break_allow(struct xl_conf *c)
{
	c->iface[1].allow6 = calloc(1, sizeof(*c->iface[1].allow6));
	c->iface[1].n_allow6 = 1;
	c->iface[1].allow6->len = 129;
}

static void break_ipv4(struct xl_conf *c)
{
	add_ipv4(c, 0, "10.0.0.0/8");
	c->space[0].ipv4[0].addr = ip4("10.0.0.1");
}

static void repeat_route(struct xl_conf *c) /* the first of equal ones counts */
{
	add_route(c, 0, "192.0.2.0/24");
	add_route(c, 0, "192.0.2.0/24");
	add_route(c, 1, "2001:db8::/32");
	add_route(c, 1, "2001:db8::/32");
}

static void break_nothing(struct xl_conf *c)
{
	c->tos = 255;
}

static void test_refused_configurations(void)
{
	static const struct {
		void (*break_it)(struct xl_conf *);
		const char *want;
	} row[] = {
		{ break_nothing, NULL },
		{ repeat_route, NULL },
		{ break_prefix, "prefix6: the length" },
		{ break_suffix, "the IPv4 prefix has 8 suffix bits and the IPv6 prefix 7" },
		{ break_twice, "2001:db8::1/128 is mapped twice" },
		{ break_mtu, "mtu 1279 of interface 'v6'" },
		{ break_lowest, "mtu.lowest-ipv6 1279" },
		{ break_plateau, "mtu.plateaus: 65535" },
		{ break_tos, "traffic-class and tos" },
		{ break_rate, "icmp-errors.rate-per-second" },
		{ break_cache, "a flow cache of 65537 lines: 0 to 65536 are allowed" },
		{ break_member, "address space 1 lists an interface that is none" },
		{ break_member_twice, "address space 1 lists an interface twice" },
		{ break_side, "interface 0 has no side" },
		{ break_name, "interface 0 has no name of 1 to 15 octets" },
		{ break_eam4, "the IPv4 prefix: host bits are set" },
		{ break_eam_0, "the IPv4 prefix holds no address that a host can have" },
		{ break_eam_127, "the IPv4 prefix holds no address" },
		{ break_eam_224, "the IPv4 prefix holds no address" },
		{ break_eam_broadcast, "the IPv4 prefix holds no address" },
		{ break_eam_edge, NULL },
		{ break_eam4_length, "the IPv4 prefix: the prefix length is larger" },
		{ break_eam6_length, "the IPv6 prefix: the prefix length is larger" },
		{ break_prefix_host_bits, "prefix6: host bits are set" },
		{ break_prefix_length, "prefix6: the prefix length is larger" },
		{ break_own4, "own.ipv4: not an address that a host can have" },
		{ break_own6, "own.ipv6: not an address that a host can have" },
		{ break_pool_length, "rfc6791.ipv4: the prefix length is larger" },
		{ break_pool_0, "rfc6791.ipv4: it holds addresses that a host cannot have" },
		{ break_pool_127, "rfc6791.ipv4: it holds" },
		{ break_pool_224, "rfc6791.ipv4: it holds" },
		{ break_pool_240, "rfc6791.ipv4: it holds" },
		{ break_pool_broadcast, "rfc6791.ipv4: it holds" },
		{ break_pool_wide, "rfc6791.ipv4: it holds" },
		{ break_pool_edge, NULL },
		{ break_route_length, "a route: the prefix length is larger" },
		{ break_allow, "filter.ingress: the prefix length is larger" },
		{ break_ipv4, "ipv4: host bits are set" },
		{ break_route, "interface 'v4' has a route of the other side" },
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct xl_conf c;
		struct xl_map *m;

		init(&c);
		row[i].break_it(&c);
		xl_diags_init(&diags);
		m = xl_map_new(&c, &env, &diags);
		is_int(m != NULL, row[i].want == NULL, "configuration %zu", i);
		if (row[i].want)
			ok(diags.n == 1 &&
				   strncmp(diags.at[0].text, row[i].want, strlen(row[i].want)) == 0,
			   "is refused: %s", row[i].want);
		xl_map_free(m);
		xl_conf_fini(&c);
	}
}

static void test_every_fault(void)
{
	static const char *const want[] = { "mtu 1279 of", "mtu.lowest-ipv6 1279",
					    "address space 1 lists an interface that is none",
					    "the IPv4 prefix has 8 suffix bits",
					    "2001:db8::1/128 is mapped twice" };
	struct xl_conf c;

	init(&c);
	break_twice(&c);
	break_member(&c);
	break_suffix(&c);
	break_lowest(&c);
	break_mtu(&c);
	xl_diags_init(&diags);
	ok(xl_conf_check(&c, &diags) < 0, "a configuration with five faults is refused");
	is_int(diags.n, sizeof(want) / sizeof(want[0]), "all are told");
	for (size_t i = 0; i < diags.n && i < sizeof(want) / sizeof(want[0]); i++)
		is_int(strncmp(diags.at[i].text, want[i], strlen(want[i])), 0, "%s", want[i]);
	xl_conf_fini(&c);
}

static size_t allocations_left;

static void *poor_alloc(void *ctx, size_t n)
{
	(void)ctx;
	return allocations_left ? allocations_left--, malloc(n) : NULL;
}

static void poor_free(void *ctx, void *p)
{
	(void)ctx;
	free(p);
}

static void test_no_memory(void)
{
	static const uint16_t of_a[] = { 0 };
	const struct xl_env poor = { .alloc = poor_alloc, .free = poor_free };
	struct xl_conf c;
	struct xl_map *m = NULL;
	size_t n = 0;

	init(&c);
	set_prefix6(&c, 0, "2001:db8:64::/96");
	add_eam(&c, 0, "192.0.2.1", "2001:db8:aaaa::1", false);
	add_space(&c, 1, "2001:db8:1::/96", 0, of_a, 1);
	add_ipv4(&c, 1, "10.0.0.0/8");
	add_route(&c, 0, "192.0.2.0/24");
	for (; !m && n < 100; n++) {
		allocations_left = n;
		xl_diags_init(&diags);
		m = xl_map_new(&c, &poor, &diags);
		if (!m && (diags.n != 1 || strcmp(diags.at[0].text, "out of memory") != 0))
			break;
	}
	ok(m && n > 10, "whichever of %zu allocations fails, it is said and nothing leaks", n - 1);
	xl_map_free(m);
	xl_conf_fini(&c);
}

int main(void)
{
	test_refused_configurations();
	test_every_fault();
	test_no_memory();
	return done();
}
