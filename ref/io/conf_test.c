/* conf_test.c - configurations: every fault with its place, defaults, the way out and back in, size.
 *
 * `conf_test --write` (make docs) rewrites the generated parts of docs/ instead of checking them.
 */
#include "ref/io/conf.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "ref/base/tap.h"

static struct xl_diags diags;

static int read_conf(const char *text, struct xl_conf *c)
{
	xl_diags_init(&diags);
	return xl_conf_read_text(text, strlen(text), "c.yaml", c, &diags);
}

/* What a file that is about something else needs to be a configuration. */
#define MAPPED "prefix6: 2001:db8:64::/96\n"

static const char full[] =
	"role: siit\n"
	"seed: 7\n"
	"filter: {drop-local-source: false, require-eam-source: true,\n"
	"  ingress: [{interface: tap0, allow: [192.0.2.0/24, 198.51.100.7]},"
	" {interface: v6, allow: ['2001:db8::/32']}]}\n"
	"address-spaces:\n"
	"  - {id: 0x23, prefix6: '2001:db8:a41:23::/96', interfaces: [tap0, tap1], priority: -3,\n"
	"     ipv4: [10.0.0.0/8], eamt: [{ipv4: 10.0.0.1, ipv6: '2001:db8:1::1'}]}\n"
	"interfaces:\n"
	"  - {name: v4, side: v4, mtu: 1400, routes: [192.0.2.0/24]}\n"
	"  - {name: tap0, side: v4}\n"
	"  - {name: tap1, side: v4}\n"
	"  - {name: v6, side: v6, mtu: 9000, routes: ['2001:db8:64::/48', '::/0']}\n"
	"prefix6: 2001:db8:64::/56\n"
	"eamt:\n"
	"  - {ipv4: 192.0.2.1/32, ipv6: '2001:db8:aaaa::/128', local: true}\n"
	"  - {ipv4: 192.0.2.16/28, ipv6: '2001:db8:cccc::/124'}\n"
	"own: {ipv4: 192.0.2.254, ipv6: '2001:db8:ffff::1'}\n"
	"rfc6791: {ipv4: [198.51.100.254/32, 203.0.113.0/28], choice: hash, rfc5837: false}\n"
	"mtu: {lowest-ipv6: 1400, plateaus: [1500, 576]}\n"
	"hairpinning: simple\n"
	"udp-zero-checksum: compute\n"
	"traffic-class: {set: 0x20}\n"
	"tos: {set: 3}\n"
	"icmp-errors: {rate-per-second: 10}\n";

static char *json_of(const struct xl_conf *c)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	xl_conf_write_json(c, f);
	fclose(f);
	return text;
}

static void test_defaults(void)
{
	struct xl_conf c;

	is_int(read_conf(MAPPED, &c), 0, "what a file does not say is the default");
	is_int(c.n_ifaces, 2, "two interfaces");
	ok(strcmp(c.iface[0].name, "v4") == 0 && c.iface[0].side == XL_SIDE_V4 &&
		   c.iface[1].side == XL_SIDE_V6 && c.iface[1].mtu == 1500,
	   "v4 and v6 with MTU 1500");
	ok(c.n_spaces == 1 && c.space[0].has_prefix6 && c.space[0].n_eams == 0, "one space");
	ok(c.hairpinning == XL_HAIRPIN_INTRINSIC && c.udp_zero == XL_UDP_ZERO_DROP &&
		   c.tos == XL_TOS_COPY && c.traffic_class == XL_TOS_COPY,
	   "RFC 7757 4.2: hairpinning is on");
	ok(c.lowest_ipv6_mtu == 1280 && c.n_plateaus == 11 && c.plateau[0] == 65535, "MTUs");
	ok(c.rfc5837 && c.pool_choice == XL_POOL_RANDOM && c.icmp_errors == XL_ERRORS_SEND, "ICMP");
	ok(!c.drop_local_source && !c.require_eam_source && !c.has_own4 && !c.has_own6,
	   "no filter, no own address");
	xl_conf_fini(&c);
	is_int(read_conf("eamt: [{ipv4: 1.2.3.4, ipv6: '2001:db8::1', local: true}]", &c), 0,
	       "a local mapping");
	ok(c.drop_local_source, "turns drop-local-source on");
	xl_conf_fini(&c);
	is_int(read_conf(MAPPED "interfaces: [{name: a, side: v6}, {name: b, side: v4}]", &c), 0,
	       "interfaces in another order");
	ok(c.n_ifaces == 2 && strcmp(c.iface[0].name, "a") == 0, "replace the default ones");
	xl_conf_fini(&c);
}

static void test_full(void)
{
	struct xl_conf c, again;
	char *json, *json2;

	if (read_conf(full, &c)) {
		ok(false, "a configuration with every key is read");
		xl_diags_print(&diags, stdout);
		return;
	}
	ok(c.seed == 7 && c.n_ifaces == 4 && c.iface[3].mtu == 9000, "scalars and rows");
	ok(c.iface[3].n_routes == 2 && c.iface[3].route[1].family == 6 &&
		   c.iface[3].route[1].p6.len == 0,
	   "routes");
	ok(c.iface[1].has_filter && c.iface[1].n_allow4 == 2 && c.iface[1].allow4[1].len == 32 &&
		   c.iface[3].n_allow6 == 1 && !c.iface[0].has_filter,
	   "filters find interfaces named later");
	ok(c.space[0].prefix6.len == 56 && c.space[0].n_eams == 2 && c.space[0].eam[0].is_local,
	   "the default space");
	is_int(c.space[0].eam[1].loc.line, 16, "a mapping knows its line");
	is_str(c.space[0].eam[1].loc.file, "c.yaml", "and its file");
	ok(c.n_spaces == 2 && c.space[1].id == 0x23 && c.space[1].priority == -3 &&
		   c.space[1].n_ifaces == 2 && c.space[1].iface[1] == 2 && c.space[1].n_ipv4 == 1 &&
		   c.space[1].n_eams == 1,
	   "another space");
	ok(c.has_own4 && c.has_own6 && c.own6.b[15] == 1, "own addresses");
	ok(c.n_pool6791 == 2 && c.pool6791[1].len == 28 && c.pool_choice == XL_POOL_HASH &&
		   !c.rfc5837,
	   "rfc6791");
	ok(c.lowest_ipv6_mtu == 1400 && c.n_plateaus == 2 && c.plateau[1] == 576, "mtu");
	ok(c.hairpinning == XL_HAIRPIN_SIMPLE && c.udp_zero == XL_UDP_ZERO_COMPUTE &&
		   c.traffic_class == 0x20 && c.tos == 3,
	   "words and values");
	ok(c.icmp_errors == XL_ERRORS_LIMITED && c.errors_per_second == 10, "icmp-errors");
	ok(!c.drop_local_source && c.require_eam_source,
	   "drop-local-source: false stays, whatever mappings say");

	json = json_of(&c);
	is_int(read_conf(json, &again), 0, "the resolved JSON reads back");
	json2 = json_of(&again);
	is_str(json2, json, "and is the same configuration");
	ok(!strchr(json, '\n'), "on one line");
	free(json);
	free(json2);
	xl_conf_fini(&again);
	xl_conf_fini(&c);
	ok(read_conf("{prefix6: '2001:db8::/96'}", &c) == 0 && c.n_ifaces == 2, "one key");
	json = json_of(&c);
	is_int(read_conf(json, &again), 0, "the resolved default reads back");
	free(json);
	xl_conf_fini(&again);
	xl_conf_fini(&c);
}

static const struct {
	const char *what;
	unsigned line, col; /* col 0: somewhere; line 0: the file as a whole */
	const char *in, *want; /* how the one message begins */
} fault_row[] = {
	/* clang-format off */
	{ "an unknown key", 1, 1,
	  "prefixx: 1\n",
	  "unknown key 'prefixx': allowed are role, seed" },
	{ "a key of another role", 1, 1,
	  "nat64: {pool4: [203.0.113.0/24]}\n",
	  "unknown key 'nat64': allowed are role" },
	{ "another role", 1, 7,
	  "role: nat64\n" MAPPED,
	  "role 'nat64': unknown: allowed is siit" },
	{ "a prefix length", 1, 10,
	  "prefix6: 2001:db8::/33\n",
	  "prefix6 '2001:db8::/33': the length of a translation prefix is" },
	{ "the well-known prefix as /64", 1, 10,
	  "prefix6: 64:ff9b::/64\n",
	  "prefix6 '64:ff9b::/64': the well-known prefix is" },
	{ "bits 64 to 71", 1, 10,
	  "prefix6: 2001:db8:0:0:100::/96\n",
	  "prefix6 '2001:db8:0:0:100::/96': bits 64 to 71" },
	{ "host bits", 1, 10,
	  "prefix6: 2001:db8::1/96\n",
	  "prefix6 '2001:db8::1/96': host bits are set" },
	{ "an error's source that is no host's", 1, 18,
	  "rfc6791: {ipv4: [127.0.0.1]}\n" MAPPED,
	  "ipv4 '127.0.0.1': it holds addresses that a host cannot have" },
	{ "error sources beyond the unicast ones", 1, 34,
	  "rfc6791: {ipv4: [203.0.113.0/24, 192.0.0.0/2]}\n" MAPPED,
	  "ipv4 '192.0.0.0/2': it holds" },
	{ "a mapping of what no host has", 2, 4,
	  "eamt:\n"
	  " - {ipv4: 127.0.0.0/24, ipv6: '2001:db8::/120'}\n",
	  "the IPv4 prefix holds no address that a host can have" },
	{ "suffix lengths", 2, 4,
	  "eamt:\n"
	  " - {ipv4: 192.0.2.0/24, ipv6: '2001:db8::/121'}\n",
	  "the IPv4 prefix has 8 suffix bits and the IPv6 prefix 7" },
	{ "a duplicate IPv4 prefix", 3, 4,
	  "eamt:\n"
	  " - {ipv4: 1.2.3.4, ipv6: '2001:db8::1'}\n"
	  " - {ipv4: 1.2.3.4/32, ipv6: '2001:db8::2'}\n",
	  "1.2.3.4/32 is mapped twice, first at 2:4" },
	{ "a duplicate IPv6 prefix", 3, 4,
	  "eamt:\n"
	  " - {ipv4: 1.2.3.4, ipv6: '2001:db8::1'}\n"
	  " - {ipv4: 1.2.3.5, ipv6: '2001:db8::1/128'}\n",
	  "2001:db8::1/128 is mapped twice, first at 2:4" },
	{ "half a mapping", 2, 4,
	  "eamt:\n"
	  " - {ipv4: 1.2.3.4}\n",
	  "no ipv6: it must be given" },
	{ "a scalar as table", 1, 7,
	  "eamt: x\n",
	  "eamt 'x': not a list or map: allowed is a list" },
	{ "a map as scalar", 1, 14,
	  "hairpinning: {a: 1}\n" MAPPED,
	  "hairpinning is a map: allowed is off or simple or intrinsic" },
	{ "no value", 1, 0,
	  "hairpinning:\n" MAPPED,
	  "hairpinning has no value: allowed is off" },
	{ "an MTU", 1, 39,
	  "interfaces: [{name: a, side: v4, mtu: 67}, {name: b, side: v6}]\n" MAPPED,
	  "mtu '67': out of range: allowed is a number from 68 to 65535 on side v4 and" },
	{ "an MTU of IPv6", 1, 35,
	  "interfaces: [{name: a, side: v4}, {name: b, side: v6, mtu: 1279}]\n" MAPPED,
	  "mtu 1279 of interface 'b': 1280 to 65575 is allowed" },
	{ "a name twice", 1, 35,
	  "interfaces: [{name: a, side: v4}, {name: a, side: v6}]\n" MAPPED,
	  "two interfaces are named 'a'" },
	{ "one side only", 0, 0,
	  "interfaces: [{name: a, side: v4}]\n" MAPPED,
	  "interfaces: at least one of side v4 and one of side v6" },
	{ "a route of the other side", 1, 14,
	  "interfaces: [{name: a, side: v4, routes: ['::/0']}, {name: b, side: v6}]\n" MAPPED,
	  "interface 'a' has a route of the other side" },
	{ "a filter nowhere", 1, 20,
	  "filter: {ingress: [{interface: tap0, allow: []}]}\n" MAPPED,
	  "no interface is named 'tap0': there are v4, v6" },
	{ "a filter of the other side", 1, 20,
	  "filter: {ingress: [{interface: v4, allow: ['::/0']}]}\n" MAPPED,
	  "allow holds prefixes of the other side" },
	{ "a member that is none", 1, 39,
	  "address-spaces: [{id: 1, interfaces: [tap9]}]\n" MAPPED,
	  "no interface is named 'tap9': there are v4, v6" },
	{ "a space without id", 1, 18,
	  "address-spaces: [{interfaces: [v4]}]\n",
	  "no id: it must be given" },
	{ "the default space's id", 1, 23,
	  "address-spaces: [{id: 0}]\n",
	  "id '0': out of range: allowed is a number from 1" },
	{ "two spaces of one id", 1, 40,
	  "address-spaces: [{id: 1, priority: 1}, {id: 1}]\n" MAPPED,
	  "two address spaces have id 1" },
	{ "two spaces on one interface", 1, 45,
	  "address-spaces: [{id: 1, interfaces: [v4]}, {id: 2, interfaces: [v4]}]\n" MAPPED,
	  "address spaces 1 and 2 share an IPv4 interface and the same ipv4" },
	{ "two spaces with one prefix6", 2, 18,
	  "prefix6: 2001:db8::/96\n"
	  "address-spaces: [{id: 1, prefix6: '2001:db8::/96'}]\n",
	  "address spaces 0 and 1 share an IPv6 interface and prefix6" },
	{ "one IPv6 mapping in two spaces", 2, 33,
	  "eamt: [{ipv4: 1.2.3.4, ipv6: '2001:db8::1'}]\n"
	  "address-spaces: [{id: 1, eamt: [{ipv4: 1.2.3.4, ipv6: '2001:db8::1'}]}]\n",
	  "2001:db8::1/128 is mapped at 1:8 in another address space" },
	{ "plateaus that rise", 1, 23,
	  "mtu: {plateaus: [576, 1500]}\n" MAPPED,
	  "plateaus '1500': not smaller than the one before" },
	{ "no plateau", 1, 17,
	  "mtu: {plateaus: []}\n" MAPPED,
	  "plateaus is an empty list: allowed are numbers from 68 to 65535" },
	{ "nothing", 1, 1,
	  "",
	  "nothing here: prefix6, eamt or an address space with one of them must" },
	{ "a comment alone", 1, 1,
	  "# siit\n",
	  "nothing here: prefix6, eamt or" },
	{ "a rate of zero", 1, 32,
	  "icmp-errors: {rate-per-second: 0}\n" MAPPED,
	  "rate-per-second '0': out of range: allowed is a number from 1" },
	{ "an own address that none can have", 1, 0,
	  "own: {ipv4: 127.0.0.1}\n" MAPPED,
	  "ipv4 '127.0.0.1': " },
	{ "a quoted number", 1, 7,
	  "seed: \"7\"\n" MAPPED,
	  "seed '7': not a number" },
	{ "a duplicate key", 2, 1,
	  "seed: 1\n"
	  "seed: 2\n" MAPPED,
	  "key 'seed' is given twice" },
	{ "a list", 1, 1,
	  "[]\n",
	  "a configuration is a map" },
	{ "broken YAML", 0, 0,
	  "eamt: [\n",
	  "not YAML or JSON" },
	{ "an empty map", 1, 1,
	  "{}\n",
	  "nothing says what to translate to: prefix6, eamt or an address space with one of them" },
	{ "a role alone", 2, 1,
	  "# with a comment before\n"
	  "role: siit\n",
	  "nothing says what to translate to: prefix6, eamt or" },
	{ "mappings without one", 1, 1,
	  "{eamt: [], address-spaces: [{id: 1, eamt: []}]}\n",
	  "nothing says what to translate to: prefix6, eamt or" },
	/* clang-format on */
};

static void test_faults(void)
{
	for (size_t i = 0; i < sizeof(fault_row) / sizeof(fault_row[0]); i++) {
		const char *what = fault_row[i].what, *want = fault_row[i].want;
		struct xl_conf c;

		ok(read_conf(fault_row[i].in, &c) < 0, "%s is refused", what);
		if (!ok(diags.n == 1 && strncmp(diags.at[0].text, want, strlen(want)) == 0,
			"%s: one message says so", what))
			xl_diags_print(&diags, stdout);
		if (fault_row[i].line)
			is_int(diags.at[0].loc.line, fault_row[i].line, "%s: line", what);
		if (fault_row[i].col)
			is_int(diags.at[0].loc.col, fault_row[i].col, "%s: column", what);
		ok(c.n_ifaces == 0 && !c.iface && !c.file, "%s: nothing is left", what);
	}
}

static void test_good(void)
{
	/* clang-format off */
	static const char *const row[] = {
		MAPPED
		"address-spaces: [{id: 1, interfaces: [v4], ipv4: [10.0.0.0/8]},\n"
		"                 {id: 2, interfaces: [v4]}]",
		MAPPED
		"address-spaces: [{id: 1, interfaces: [v4]}, {id: 2, interfaces: [v4], priority: 1}]",
		"prefix6: 2001:db8::/96\n"
		"address-spaces: [{id: 1, prefix6: '2001:db8::/96', priority: 2}]",
		"eamt: [{ipv4: 1.2.3.4, ipv6: '2001:db8::1'}]\n"
		"address-spaces: [{id: 1, priority: 1, eamt: [{ipv4: 1.2.3.4, ipv6: '2001:db8::1'}]}]",
		"eamt: [{ipv4: 1.2.3.4, ipv6: '2001:db8::1'}]\n"
		"address-spaces: [{id: 1, eamt: [{ipv4: 1.2.3.4, ipv6: '2001:db8::2'}]}]",
		"eamt: [{ipv4: 0.0.0.0/0, ipv6: '2001:db8:ff00::/40'},\n"
		"       {ipv4: 198.51.100.64, ipv6: '2001:db8::abcd'}]",
		"prefix6: 64:ff9b:1::/48",
		"address-spaces: [{id: 1, prefix6: '2001:db8::/96'}]",
		"eamt: []\n"
		"address-spaces: [{id: 1, eamt: [{ipv4: 1.2.3.4, ipv6: '2001:db8::1'}]}]",
		MAPPED
		"interfaces: [{name: a, side: v4, mtu: 68}, {name: b, side: v6, mtu: 65575}]",
		MAPPED
		"filter: {ingress: [{interface: v4, allow: []}]}",
	};
	/* clang-format on */

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct xl_conf c;

		if (!ok(read_conf(row[i], &c) == 0, "good configuration %zu", i))
			xl_diags_print(&diags, stdout);
		xl_conf_fini(&c);
	}
}

/* A fault of one kind hides none of another; and none is told that only follows from another. */
static void test_faults_together(void)
{
	/* clang-format off */
	static const struct {
		const char *in, *want[4];
	} row[] = {
		{ "interfaces: [{name: a, side: v4}, {name: b, side: v6, mtu: 1000}]\n"
		  "eamt: [{ipv4: 1.2.3.4, ipv6: '2001:db8::1'},\n"
		  "  {ipv4: 1.2.3.4, ipv6: '2001:db8::2'},\n"
		  "  {ipv4: 192.0.2.0/24, ipv6: '2001:db8:1::/125'}]\n",
		  { "mtu 1000 of interface 'b'", "1.2.3.4/32 is mapped twice",
		    "the IPv4 prefix has 8 suffix bits" } },
		{ "interfaces: [{name: a, side: v4, mtu: 66000}, {name: b, side: v6, mtu: 1000},\n"
		  "  {name: b, side: v6, routes: [0.0.0.0/0]}]\n" MAPPED,
		  { "mtu '66000': out of range: allowed is a number from 68 to 65535 on side v4 and",
		    "mtu 1000 of interface 'b'", "two interfaces are named 'b'",
		    "interface 'b' has a route of the other side" } },
		{ "interfaces: [{name: a}, {name: b, side: v4, mtu: 65536}]\n"
		  "eamt: [{ipv4: 1.2.3.4, ipv6: '2001:db8::1'},\n"
		  "  {ipv4: 1.2.3.5, ipv6: '2001:db8::1'}]\n",
		  { "no side: it must be given", "mtu 65536 of interface 'b': 68 to 65535 is allowed",
		    "2001:db8::1/128 is mapped twice" } },
		{ "interfaces: [{side: v4}, {side: v4}]\n" MAPPED,
		  { "no name: it must be given", "no name: it must be given" } },
		{ "interfaces: [7, {name: b, side: v6}]\naddress-spaces: [{id: 1, priority: 1}, 8]\n",
		  { "interfaces '7': not a map", "address-spaces '8': not a map" } },
		{ "address-spaces: [{id: 1, interfaces: [v9, v6]}, {id: 2, interfaces: [v6]}]\n"
		  "eamt: [{ipv4: 192.0.2.0/24, ipv6: '2001:db8:1::/125'}]\n",
		  { "no interface is named 'v9'", "the IPv4 prefix has 8 suffix bits" } },
		{ "interfaces: [{name: a, side: v4}, {name: b, side: v6, mtu: 1000}]\n"
		  "address-spaces: [{id: 1, interfaces: [a]}, {id: 2, interfaces: [a]}]\n" MAPPED,
		  { "mtu 1000 of interface 'b'", "address spaces 1 and 2 share an IPv4 interface" } },
		{ "seed: x\nfilter: {ingres: []}\ninterfaces: [{name: a}, {name: b, side: v6}]\n",
		  { "nothing says what to translate to", "seed 'x': not a number",
		    "unknown key 'ingres'", "no side: it must be given" } },
		{ "address-spaces: [{id: 1, prefix: '::/96'}]\n", { "unknown key 'prefix'" } },
		{ "eamt: [{ipv4: 1.2.3.4}]\nseed: x\n", { "no ipv6", "seed 'x'" } },
	};
	/* clang-format on */

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct xl_conf c;
		size_t n = 0;

		ok(read_conf(row[i].in, &c) < 0, "faults together %zu", i);
		for (; n < 4 && row[i].want[n]; n++)
			ok(n < diags.n && strncmp(diags.at[n].text, row[i].want[n],
						  strlen(row[i].want[n])) == 0,
			   "%s", row[i].want[n]);
		is_int(diags.n, n, "and no more");
		if (diags.n != n)
			xl_diags_print(&diags, stdout);
	}
}

/* Every fault of a file is told in one run. */
static void test_ten_faults(void)
{
	static const char text[] = "role: router\n"
				   "prefix6: 2001:db8::/97\n"
				   "eamt:\n"
				   "  - {ipv4: 192.0.2.1, ipv6: nonsense}\n"
				   "  - {ipv4: 192.0.2.2}\n"
				   "  - {ipv4: 192.0.2.0/24, ipv6: '2001:db8::/128'}\n"
				   "  - 7\n"
				   "mtu: {lowest-ipv6: 1279, highest: 1}\n"
				   "tos: {set: 256}\n"
				   "hairpinning: sometimes\n"
				   "tos: copy\n";
	static const struct {
		unsigned line;
		const char *has;
	} want[] = {
		{ 1, "router" },     { 2, "/97" },          { 4, "nonsense" },
		{ 5, "no ipv6" },    { 6, "suffix bits" },  { 7, "eamt '7'" },
		{ 8, "1279" },       { 8, "unknown key" },  { 9, "256" },
		{ 10, "sometimes" }, { 11, "given twice" },
	};
	struct xl_conf c;

	ok(read_conf(text, &c) < 0, "a file with eleven faults is refused");
	is_int(diags.n, sizeof(want) / sizeof(want[0]), "all are told");
	for (size_t i = 0; i < diags.n && i < sizeof(want) / sizeof(want[0]); i++)
		ok(diags.at[i].loc.line == want[i].line && strstr(diags.at[i].text, want[i].has),
		   "line %u: %s", want[i].line, want[i].has);
	if (tap_bad)
		xl_diags_print(&diags, stdout);
}

static void test_damage(void)
{
	char text[sizeof(full)];
	unsigned bad = 0;
	struct xl_conf c;

	for (size_t n = 0; n < sizeof(full) - 1; n++) {
		int err;

		xl_diags_init(&diags);
		err = xl_conf_read_text(full, n, "c.yaml", &c, &diags);
		bad += (err == 0) != (diags.n == 0);
		xl_conf_fini(&c);
	}
	is_int(bad, 0, "each truncation gives a configuration or a reason");
	for (size_t i = 0; i < sizeof(full) - 1; i++) {
		int err;

		memcpy(text, full, sizeof(full));
		text[i] = (char)(text[i] ^ 1 << i % 7);
		xl_diags_init(&diags);
		err = xl_conf_read_text(text, sizeof(full) - 1, "c.yaml", &c, &diags);
		bad += (err == 0) != (diags.n == 0);
		xl_conf_fini(&c);
	}
	is_int(bad, 0, "so does each damaged octet");
}

static void add_feature(void *to, const char *feature)
{
	char *text = to;

	if (*text)
		strcat(text, " ");
	strcat(text, feature);
}

static void test_feature_names(void)
{
	static const struct {
		const char *path;
		bool want;
		const char *near;
	} rows[] = {
		{ "hairpinning.simple", true, NULL },
		{ "hairpinning", true, NULL },
		{ "prefix6.", true, NULL },
		{ "prefix6./40", true, NULL },
		{ "interfaces", true, NULL },
		{ "interfaces.17", true, NULL },
		{ "interfaces.3x", false, NULL },
		{ "interfaces.routes", true, NULL },
		{ "hairpining.simple", false, "hairpinning.simple" },
		{ "hairpin", false, NULL },
		{ "prefix6./41", false, "prefix6./40" },
		{ "", false, NULL },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		is_int(xl_conf_is_feature(rows[i].path), rows[i].want, "'%s' is a feature",
		       rows[i].path);
		if (rows[i].near)
			is_str(xl_conf_feature_near(rows[i].path), rows[i].near, "near '%s'",
			       rows[i].path);
	}
}

static void test_features(void)
{
	struct xl_conf c;
	char got[1000] = "";

	if (read_conf("prefix6: 2001:db8::/96", &c))
		return;
	xl_conf_features(&c, add_feature, got);
	is_str(got, "", "a plain translator uses no feature");
	xl_conf_fini(&c);
	if (read_conf("prefix6: 2001:db8::/96\n"
		      "eamt: [{ipv4: 192.0.2.0/24, ipv6: 2001:db8:1::/64},"
		      " {ipv4: 192.0.2.7/32, ipv6: 2001:db8::7/128}]",
		      &c))
		return;
	xl_conf_features(&c, add_feature, got);
	is_str(got, "eamt eamt.overlap.ipv4 eamt.overlap.ipv6 eamt.suffix",
	       "mappings that overlap each other and the prefix, with unequal suffixes");
	got[0] = '\0';
	xl_conf_fini(&c);
	if (read_conf("prefix6: 2001:db8::/96\n"
		      "eamt: [{ipv4: 192.0.2.0/25, ipv6: 2001:db8:1::/121},"
		      " {ipv4: 192.0.2.128/25, ipv6: 2001:db8:2::/121}]",
		      &c))
		return;
	xl_conf_features(&c, add_feature, got);
	is_str(got, "eamt", "neighbours do not overlap");
	got[0] = '\0';
	xl_conf_fini(&c);
	if (read_conf("prefix6: 64:ff9b:1:fffe::/96", &c))
		return;
	xl_conf_features(&c, add_feature, got);
	is_str(got, "prefix6.local-use", "a prefix of RFC 8215");
	got[0] = '\0';
	xl_conf_fini(&c);
	if (read_conf(full, &c))
		return;
	xl_conf_features(&c, add_feature, got);
	is_str(got,
	       "address-spaces address-spaces.ipv4 eamt eamt.local filter.ingress "
	       "filter.require-eam-source hairpinning.simple icmp-errors.rate-per-second "
	       "interfaces.4 interfaces.routes mtu.different mtu.lowest-ipv6 mtu.plateaus "
	       "prefix6./56 rfc6791.choice rfc6791.ipv4 tos.set traffic-class.set "
	       "udp-zero-checksum.compute",
	       "features, sorted");
	xl_conf_fini(&c);
}

/* Each row has its own: what one asks is no matter of a case that meets another. */
static void test_eam_traits(void)
{
	static const struct {
		const char *row, *what;
		unsigned want;
	} rows[] = {
		{ "{ipv4: 192.0.2.0/28, ipv6: 2001:db8:1::/124}", "a plain row", 0 },
		{ "{ipv4: 192.0.2.16/28, ipv6: 2001:db8:2::/64}", "unequal suffixes",
		  XL_EAM_SUFFIX },
		{ "{ipv4: 192.0.2.32/31, ipv6: 64:ff9b::/127}", "of the well-known prefix",
		  XL_EAM_WELL_KNOWN },
		{ "{ipv4: 192.0.2.34, ipv6: 2001:db8::7}", "inside prefix6", XL_EAM_OVERLAP6 },
		{ "{ipv4: 192.0.2.36, ipv6: 2001:db8:3::1, local: true}", "local", XL_EAM_LOCAL },
		{ "{ipv4: 198.51.100.0/24, ipv6: 2001:db8:4::/120}", "around the next",
		  XL_EAM_OVERLAP4 | XL_EAM_OVERLAP6 },
		{ "{ipv4: 198.51.100.7, ipv6: 2001:db8:4::7}", "inside the one before",
		  XL_EAM_OVERLAP4 | XL_EAM_OVERLAP6 },
		{ "{ipv4: 203.0.113.0/24, ipv6: 2001:db8:5::/120}", "around an IPv4 address",
		  XL_EAM_OVERLAP4 },
		{ "{ipv4: 203.0.113.7, ipv6: 2001:db8:6::7}", "of which the IPv6 one is apart",
		  XL_EAM_OVERLAP4 },
	};
	enum { N = sizeof rows / sizeof rows[0] };
	char text[2000] = "prefix6: 2001:db8::/96\neamt:\n";
	struct xl_conf c;

	for (size_t i = 0; i < N; i++) {
		strcat(text, "  - ");
		strcat(text, rows[i].row);
		strcat(text, "\n");
	}
	if (read_conf(text, &c))
		return;
	for (size_t i = 0; i < N; i++)
		is_int(xl_conf_eam_traits(&c.space[0], i), rows[i].want, "a mapping %s",
		       rows[i].what);
	xl_conf_fini(&c);
}

static double cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void test_large(void)
{
	enum { N = 1000000 };
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	struct xl_conf c;
	struct rusage before, after;
	double start;
	int err;

	fputs("eamt:\n", f);
	for (unsigned i = 0; i < N; i++)
		fprintf(f, "- {ipv4: 10.%u.%u.%u, ipv6: \"2001:db8::%x:%x\"}\n", i >> 16 & 255,
			i >> 8 & 255, i & 255, i >> 16, i & 0xffff);
	fclose(f);
	getrusage(RUSAGE_SELF, &before);
	start = cpu_seconds();
	xl_diags_init(&diags);
	err = xl_conf_read_text(text, n, "c.yaml", &c, &diags);
	getrusage(RUSAGE_SELF, &after);
	printf("# 10^6 mappings: %zu octets, %.2f s of CPU, peak grew by %ld MB\n", n,
	       cpu_seconds() - start, (after.ru_maxrss - before.ru_maxrss) / 1024);
	ok(err == 0 && c.space[0].n_eams == N, "10^6 mappings are read");
	xl_conf_fini(&c);
	free(text);
}

/* ---- documentation made from the key table ---- */

static const char begin_mark[] = "<!-- keys: begin, written by make docs -->\n";
static const char end_mark[] = "<!-- keys: end -->\n";

static char *slurp(const char *path, size_t *n)
{
	FILE *f = fopen(path, "r");
	char *text = NULL;
	FILE *to;
	int ch;

	if (!f)
		return NULL;
	to = open_memstream(&text, n);
	while ((ch = fgetc(f)) != EOF)
		fputc(ch, to);
	fclose(to);
	fclose(f);
	return text;
}

static char *printed(void (*write)(FILE *))
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	write(f);
	fclose(f);
	return text;
}

/* docs/configuration.md with its key list renewed, or NULL. */
static char *renewed_doc(const char *old)
{
	const char *begin = old ? strstr(old, begin_mark) : NULL;
	const char *end = begin ? strstr(begin, end_mark) : NULL;
	char *keys = printed(xl_conf_write_keys), *text = NULL;
	size_t n = 0;
	FILE *f;

	if (end) {
		f = open_memstream(&text, &n);
		fprintf(f, "%.*s%s%s%s", (int)(begin - old), old, begin_mark, keys, end);
		fclose(f);
	}
	free(keys);
	return text;
}

static void test_docs(bool is_writing)
{
	static const char doc_path[] = "docs/configuration.md";
	static const char schema_path[] = "docs/configuration.schema.json";
	size_t n;
	char *doc = slurp(doc_path, &n), *new_doc = renewed_doc(doc);
	char *schema = slurp(schema_path, &n), *new_schema = printed(xl_conf_write_schema);
	FILE *f;

	if (is_writing && new_doc && (f = fopen(doc_path, "w"))) {
		fputs(new_doc, f);
		fclose(f);
	}
	if (is_writing && (f = fopen(schema_path, "w"))) {
		fputs(new_schema, f);
		fclose(f);
	}
	if (!is_writing) {
		ok(doc && new_doc && strcmp(doc, new_doc) == 0, "%s lists the keys as they are",
		   doc_path);
		ok(schema && strcmp(schema, new_schema) == 0, "%s is current", schema_path);
	}
	free(doc);
	free(new_doc);
	free(schema);
	free(new_schema);
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--write") == 0) {
		test_docs(true);
		return 0;
	}
	test_defaults();
	test_full();
	test_good();
	test_faults();
	test_faults_together();
	test_ten_faults();
	test_damage();
	test_features();
	test_feature_names();
	test_eam_traits();
	test_large();
	test_docs(false);
	return done();
}
