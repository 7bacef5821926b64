/* case_test.c - what case text means, and every fault of it with its message. */
#include "vectors/compile.h"

#include <stdlib.h>

#include "ref/base/tap.h"
#include "vectors/fmt.h"

static struct xl_diags diags;
static struct xl_config config;
static struct xl_arena arena;
static struct xl_tree *tree[256]; /* cases point into them */
static size_t n_trees;

static const char config_text[] =
	"title: test\n"
	"translator: {prefix6: 2001:db8:64::/96, own: {ipv4: 192.0.2.254, ipv6: \"2001:db8::1\"}}\n"
	"names:\n"
	"  h4: {ipv4: 198.51.100.2, ipv6: \"2001:db8:64::c633:6402\"}\n"
	"  h6: {ipv4: 192.0.2.33, ipv6: \"2001:db8:64::c000:221\"}\n"
	"  r6: {ipv6: \"2001:db8:cccc::1\"}\n"
	"barrier: [{if: v4, src: h4, dst: h6, out: v6}]\n";

#define HEAD "- id: t/1/a\n  title: x\n  covers: [r]\n  config: c\n"
#define SEND "    - send: {if: v4, packet: [ipv4: {src: h4, dst: h6}, udp: {}, data: hello]}\n"
#define GOOD HEAD "  steps:\n" SEND "    - expect-nothing:\n"
#define STEPS(text) HEAD "  steps:\n" text
#define OUT(layers) HEAD "  steps:\n" SEND "    - expect: {if: v6, packet: [" layers "]}\n"
#define IN(layers) \
	HEAD "  steps:\n    - send: {if: v4, packet: [" layers "]}\n    - expect-nothing:\n"
#define IPV4 "ipv4: {src: h4, dst: h6}"
#define IPV6 "ipv6: {src: h4, dst: h6}"

/* Reads the cases of a text; how many were good, faults in diags. */
static uint32_t read_text(const char *text, struct xl_case *last)
{
	struct xl_builder b = { .arena = &arena, .d = &diags };
	struct xl_case_reader r = { &arena, &diags, &config, 1, "t", &b, NULL };
	const struct xl_node **rows;
	struct xl_case_text note;
	struct xl_tree *t;
	uint32_t good = 0, n;

	xl_diags_init(&diags);
	t = xl_tree_read_text(text, strlen(text), "case.yaml", &diags);
	if (t)
		tree[n_trees++] = t;
	if (!t || xl_tree_root(t)->kind != XL_YAML_SEQ)
		return 0;
	for (uint32_t i = 0; i < xl_tree_root(t)->n; i++) {
		n = xl_case_expand(t, xl_tree_root(t)->item[i], &rows, &diags);
		for (uint32_t k = 0; k < n; k++)
			good += xl_case_read(&r, rows[k], last, &note) == XL_CASE_GOOD;
	}
	return good;
}

/* clang-format off */
static const struct {
	const char *what, *in, *want; /* want: a part of some message */
	uint32_t line;
} faults[] = {
	{ "an unknown key", HEAD "  colour: red\n  steps:\n" SEND "    - expect-nothing:\n", "no key 'colour'", 5 },
	{ "no id", "- title: x\n  covers: [r]\n  config: c\n  steps: []\n", "id: text is required", 1 },
	{ "another suite", "- id: u/1/a\n  title: x\n  covers: [r]\n  config: c\n  steps: []\n", "t/<section>/<slug>", 1 },
	{ "capitals in an id", "- id: t/1/A\n  title: x\n  covers: [r]\n  config: c\n  steps: []\n", "a-z 0-9", 1 },
	{ "no covers", "- id: t/1/a\n  title: x\n  covers: []\n  config: c\n  steps: []\n", "covers:", 3 },
	{ "covers twice", "- id: t/1/a\n  title: x\n  covers: [r, r]\n  config: c\n  steps: []\n", "twice", 3 },
	{ "an unknown configuration", "- id: t/1/a\n  title: x\n  covers: [r]\n  config: d\n  steps: []\n", "no vectors/configs/d.yaml", 4 },
	{ "no steps", HEAD, "steps: a list is required", 1 },
	{ "an unknown step", STEPS("    - sned: {}\n"), "'sned' is no step", 6 },
	{ "nothing expected", STEPS(SEND), "nothing says what comes out", 6 },
	{ "two expectations", STEPS(SEND "    - expect-nothing:\n    - outcomes: []\n"), "its expectation already", 8 },
	{ "an unknown interface", STEPS("    - send: {if: v5, packet: [" IPV4 ", udp: {}]}\n    - expect-nothing:\n"), "if: an interface of configuration c is required: v4 v6", 6 },
	{ "no packet", STEPS("    - send: {if: v4}\n    - expect-nothing:\n"), "packet: a list of layers is required", 6 },
	{ "a bad time", STEPS(SEND "    - expect-nothing:\n    - wait: 2 years\n"), "wait: a time wanted", 8 },
	{ "an outcome without a note", STEPS(SEND "    - outcomes: [{level: weak, packets: []}]\n"), "note: say why", 7 },
	{ "an outcome of no level", STEPS(SEND "    - outcomes: [{level: good, packets: []}]\n"), "must, weak or info", 7 },
	{ "a must behind a weak", STEPS(SEND "    - outcomes: [{level: weak, note: n, packets: []}, {level: must, packets: []}]\n"), "must comes first", 7 },
	{ "too sane", STEPS(SEND "    - expect-sane: {max: -1}\n"), "expect-sane: {max: PACKETS}", 7 },
	{ "an unknown layer", IN(IPV4 ", upd: {}"), "'upd' is no layer", 6 },
	{ "an unknown field", IN(IPV4 ", udp: {port: 3}"), "udp has no field 'port': allowed are sport dport len sum", 6 },
	{ "the first layer", IN("udp: {}"), "the first layer is ipv4 or ipv6", 6 },
	{ "a value too large", IN("ipv4: {src: h4, dst: h6, ttl: 256}, udp: {}"), "at most 255 fits its 8 bits", 6 },
	{ "no number", IN("ipv4: {src: h4, dst: h6, ttl: high}, udp: {}"), "'high' is no number", 6 },
	{ "no flags", IN(IPV4 ", tcp: {flags: XY}"), "letters of FSRPAUEC", 6 },
	{ "an unknown name", IN("ipv4: {src: h5, dst: h6}, udp: {}"), "'h5' is neither a name of configuration c nor an IPv4 address", 6 },
	{ "a name without the form", IN("ipv4: {src: r6, dst: h6}, udp: {}"), "r6 has no ipv4 form", 6 },
	{ "no source", IN("ipv4: {dst: h6}, udp: {}"), "src: left out, but it has no default", 6 },
	{ "any in a send", IN("ipv4: {src: h4, dst: h6, ttl: any}, udp: {}"), "a packet that is sent has one value", 6 },
	{ "a predicate in a send", IN("ipv4: {src: h4, dst: h6, ttl: {in: [1]}}, udp: {}"), "{use: NAME} is the only form", 6 },
	{ "same in a send", IN(IPV4 ", udp: {}, data: same"), "only in a packet that is expected", 6 },
	{ "quote: sent in a send", IN(IPV4 ", icmpv4: {type: 3}, quote: sent"), "only in a packet that is expected", 6 },
	{ "originated in a send", IN("ipv4: {src: h4, dst: h6, originated: true}, udp: {}"), "only in a packet that is expected", 6 },
	{ "odd hex", IN(IPV4 ", udp: {}, data: {hex: abc}"), "even number of hex digits", 6 },
	{ "too much data", IN(IPV4 ", udp: {}, data: {len: 70000}"), "len is 0..65535", 6 },
	{ "data without a number", IN(IPV4 ", data: x"), "what follows has no protocol number", 6 },
	{ "icmpv6 under ipv4", IN(IPV4 ", icmpv6: {type: 128}"), "icmpv6 under ipv4", 6 },
	{ "a field of another type", IN(IPV4 ", icmpv4: {type: 8, pointer: 3}"), "has no field 'pointer'", 6 },
	{ "a slice in the middle of 8", STEPS("    - send: {if: v4, slice: [3, 8], packet: [" IPV4 ", udp: {}]}\n    - expect-nothing:\n"), "multiple of 8", 6 },
	{ "a slice too long", STEPS("    - send: {if: v4, slice: [0, 80], packet: [" IPV4 ", udp: {}]}\n    - expect-nothing:\n"), "only 8 octets are there", 6 },
	{ "a slice of ipv6 without fragment", STEPS("    - send: {if: v6, slice: [0, 8], packet: [" IPV6 ", udp: {}]}\n    - expect-nothing:\n"), "needs a fragment layer", 6 },
	{ "a patch outside", STEPS("    - send: {if: v4, patch: [{at: 99, hex: \"00\"}], packet: [" IPV4 ", udp: {}]}\n    - expect-nothing:\n"), "has only 28 octets", 6 },
	{ "nothing to carry", OUT(IPV6 ", tcp: {}"), "the packet sent has none", 7 },
	{ "an expectation without code", OUT(IPV6 ", icmpv6: {type: 1}, quote: sent"), "an expectation must say it", 7 },
	{ "use before bind", OUT("ipv6: {src: h4, dst: h6, flow: {use: f}}, udp: {}"), "no packet before binds 'f'", 7 },
	{ "a range upside down", OUT("ipv6: {src: h4, dst: h6, flow: {min: 5, max: 2}}, udp: {}"), "min is larger than max", 7 },
	{ "a predicate of no form", OUT("ipv6: {src: h4, dst: h6, flow: {is: 5}}, udp: {}"), "{in: [...]}, {not: X}", 7 },
	{ "any over data", OUT(IPV6 ", udp: {}, ah: {icv: any}"), "its length is not fixed", 7 },
	{ "of beyond the sends", STEPS(SEND "    - expect: {if: v6, of: 2, packet: [" IPV6 ", udp: {}]}\n"), "1..1", 7 },
	{ "a patch under a checksum over free octets", STEPS(SEND "    - expect: {if: v6, patch: [{at: 48, hex: ff}], packet: [" IPV6 ", udp: {sport: any}, data: same]}\n"), "must be right", 7 },
	{ "fragments of no size", STEPS(SEND "    - expect: {if: v6, fragments: {max: 3}, packet: [" IPV6 ", udp: {}]}\n"), "fragments: {max: OCTETS", 7 },
	{ "a column that is not there", "- id: t/1/$slug\n  repeat: [{slug: a}]\n  title: $nothing\n  covers: [r]\n  config: c\n  steps: []\n", "$nothing: the row has no such column", 3 },
	{ "a row without slug", "- id: t/1/$x\n  repeat: [{x: a}]\n  title: x\n  covers: [r]\n  config: c\n  steps: []\n", "a row is {slug: NAME", 2 },
	{ "a column that nothing uses", "- id: t/1/$slug\n  repeat:\n    - {slug: a, min: 1}\n  title: x\n  covers: [r]\n  config: c\n  steps:\n" SEND "    - expect-nothing:\n", "nothing uses the column 'min'", 3 },
	{ "two rows that are one case", "- id: t/1/$slug\n  repeat:\n    - {slug: a, is: one}\n    - {slug: b, is: two}\n  title: $is\n  covers: [r]\n  config: c\n  steps:\n" SEND "    - expect-nothing:\n", "an earlier row is the same case", 4 },
	{ "weak alone", STEPS(SEND "    - outcomes: [{level: weak, note: n, packets: []}]\n"), "weak is less than what passes", 7 },
	{ "weak before info", STEPS(SEND "    - outcomes: [{level: weak, note: n, packets: []}, {level: info, note: n, packets: [{if: v6, packet: [" IPV6 ", udp: {}]}]}]\n"), "weak is less than what passes", 7 },
	{ "silence twice", STEPS(SEND "    - outcomes: [{level: must, packets: []}, {level: weak, note: n, packets: []}]\n"), "the same as an earlier one", 7 },
	{ "a packet twice", STEPS(SEND "    - outcomes:\n        - {level: must, packets: [{if: v6, packet: [" IPV6 ", udp: {}]}]}\n        - {level: info, note: n, packets: [{if: v6, packet: [" IPV6 ", udp: {}]}]}\n"), "the same as an earlier one", 9 },
	{ "a first turn that only listens", STEPS("    - expect-nothing:\n" SEND "    - expect-nothing:\n"), "the first turn sends something", 6 },
	{ "a first turn that only waits", STEPS("    - wait: 1s\n    - expect-nothing:\n" SEND "    - expect-nothing:\n"), "the first turn sends something", 6 },
	{ "a cut behind the end", STEPS("    - send: {if: v4, packet: [" IPV4 ", udp: {}], truncate: 29}\n    - expect-nothing:\n"), "truncate: the packet has 28 octets", 6 },
	{ "two rows of one slug", "- id: t/1/$slug\n  repeat: [{slug: a}, {slug: a}]\n  title: x\n  covers: [r]\n  config: c\n  steps: []\n", "that of an earlier row", 2 },
};
/* clang-format on */

static void test_faults(void)
{
	struct xl_case c;

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		const struct xl_diag *found = NULL;

		(void)read_text(faults[i].in, &c);
		for (size_t k = 0; k < diags.n; k++)
			if (strstr(diags.at[k].text, faults[i].want))
				found = &diags.at[k];
		if (!ok(found != NULL, "%s: \"%s\"", faults[i].what, faults[i].want))
			for (size_t k = 0; k < diags.n; k++)
				printf("# %u:%u %s\n", diags.at[k].loc.line, diags.at[k].loc.col,
				       diags.at[k].text);
		else
			is_int(found->loc.line, faults[i].line, "%s: its line", faults[i].what);
	}
}

/* Several faults of one text come in one run. */
static void test_all_at_once(void)
{
	struct xl_case c;

	is_int(read_text("- id: t/1/a\n  title: x\n  covers: [r]\n  config: c\n  steps:\n"
			 "    - send: {if: v4, packet: [ipv4: {src: nobody, dst: h6, ttl: 999}, "
			 "udp: {prot: 1}]}\n"
			 "    - expect-nothing:\n" GOOD,
			 &c),
	       1, "the good case is read");
	is_int(diags.n, 3, "and three faults of the other reported");
}

static void test_meaning(void)
{
	const struct xl_want *w;
	struct xl_case c, d;

	is_int(read_text(OUT("ipv6: {src: h4, dst: h6}, udp: {}, data: same"), &c), 1,
	       "carries what is left out");
	is_int(c.kind, XL_CASE_EXACT, "exact");
	ok(!c.is_fixed, "names only: not fixed");
	w = &c.turn[0].outcome[0].want[0];
	is_int(w->len, 53, "IPv6, UDP and 5 octets");
	is_int(w->bytes[7], 63, "one hop less");
	ok(memcmp(w->bytes + 40, c.turn[0].send[0].bytes.p + 20, 4) == 0, "the ports as sent");
	is_int(w->n_sums + w->n_preds, 0, "all by mask");
	is_int(read_text(OUT("ipv6: {src: 2001:db8::7, dst: h6}, udp: {}"), &d), 1,
	       "a literal address");
	ok(d.is_fixed, "makes the case fixed");
	is_int(read_text(OUT("ipv6: {src: h4, dst: h6, originated: true}, udp: {sport: any}"), &d),
	       1, "free fields");
	w = &d.turn[0].outcome[0].want[0];
	ok(w->mask[0] == 0xf0 && w->mask[1] == 0 && w->mask[7] == 0,
	   "class, label and hop limit are free");
	ok(w->mask[40] == 0 && w->mask[46] == 0 && w->n_sums == 1,
	   "a free port frees the sum, which has a row");
	is_int(read_text("- id: t/1/$slug\n  repeat: [{slug: a, v: 1}, {slug: b, v: 2}]\n  title: "
			 "cost $$$v\n  covers: [r]\n"
			 "  config: c\n  steps:\n"
			 "    - send: {if: v4, packet: [" IPV4 ", udp: {}, data: $v]}\n"
			 "    - expect-nothing:\n",
			 &c),
	       2, "a repeat of two rows");
	is_str(c.id, "t/1/b", "has ids of its own");
	is_str(c.title, "cost $2", "and dollars");
	is_int(read_text(HEAD "  steps:\n" SEND "    - expect-nothing:\n    - wait: 250ms\n" SEND
			      "    - expect-nothing:\n",
			 &c),
	       1, "two turns");
	ok(c.n_turns == 2 && c.turn[1].after_ns == 250000000, "the second after a quarter second");
	ok(c.needs.n > 0 && strcmp(c.needs.at[c.needs.n - 1], "virtual-time") == 0,
	   "needs virtual time");
}

/* A mapping is needed by the cases that meet it, and by all of its configuration when the barrier does. */
static void test_needs(void)
{
	static const char rows[] =
		"title: mapped\ntranslator:\n  prefix6: 2001:db8:64::/96\n  eamt:\n"
		"    - {ipv4: 203.0.113.1, ipv6: 2001:db8:1::1}\n"
		"    - {ipv4: 203.0.113.2, ipv6: 2001:db8:2::/64}\n"
		"names:\n  h4: {ipv4: 198.51.100.2, ipv6: \"2001:db8:64::c633:6402\"}\n"
		"  h6: {ipv4: 192.0.2.33, ipv6: \"2001:db8:64::c000:221\"}\n"
		"  m: {ipv4: 203.0.113.2, ipv6: \"2001:db8:2::\"}\n"
		"barrier: [{if: v4, src: h4, dst: %s, out: v6}]\n";
	static const struct {
		const char *barrier, *dst, *want, *what;
	} cases[] = {
		{ "h6", "192.0.2.33", "", "a case that meets no mapping" },
		{ "h6", "203.0.113.1", "eamt", "one that meets a plain one" },
		{ "h6", "203.0.113.2", "eamt eamt.suffix", "one that meets unequal suffixes" },
		{ "m", "192.0.2.33", "eamt eamt.suffix", "one whose barrier does" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct xl_config plain = config;
		char text[1000], got[100] = "";
		struct xl_case c;

		snprintf(text, sizeof text, rows, cases[i].barrier);
		if (xl_config_read_text(&arena, text, "c", &config, &diags) == 0) {
			snprintf(text, sizeof text,
				 HEAD
				 "  steps:\n    - send: {if: v4, packet: [ipv4: {src: h4, dst: "
				 "%s}, udp: {}]}\n    - expect-nothing:\n",
				 cases[i].dst);
			is_int(read_text(text, &c), 1, "%s: is read", cases[i].what);
			for (uint32_t k = 0; k < c.needs.n; k++)
				snprintf(got + strlen(got), sizeof got - strlen(got), "%s%s",
					 k ? " " : "", c.needs.at[k]);
		}
		is_str(got, cases[i].want, "%s: needs", cases[i].what);
		xl_config_fini(&config);
		config = plain;
	}
}

static void test_fmt(void)
{
	static const char in[] = "# head\n\n- steps:\n    - send: {}   \n  # about the title\n  "
				 "title: x\n\n\n  id: t/1/a\n"
				 "# the second\n- id: t/1/b\n  title: y\n\n\n";
	static const char want[] = "# head\n\n- id: t/1/a\n  # about the title\n  title: x\n  "
				   "steps:\n    - send: {}\n\n"
				   "# the second\n- id: t/1/b\n  title: y\n";
	char *got, *again;

	xl_diags_init(&diags);
	got = xl_fmt_text(in, "x", &diags);
	is_str(got, want, "laid out");
	again = got ? xl_fmt_text(got, "x", &diags) : NULL;
	is_str(again, want, "which stays as it is");
	free(got);
	free(again);
	ok(xl_fmt_text("a: 1\n", "x", &diags) == NULL, "no list of cases");
	ok(xl_fmt_text("  - id: a\n", "x", &diags) == NULL, "indented otherwise");
}

/* Which packets say that they are wrong on purpose: `cuts` are the keys beside `packet`. */
static void test_malformed(void)
{
	/* clang-format off */
	static const struct {
		const char *what, *layers, *cuts;
		bool want;
	} cases[] = {
		{ "nothing forced", IPV4 ", udp: {}, data: hello", "", false },
		{ "a right length given", "ipv4: {src: h4, dst: h6, len: 28}, udp: {len: 8}", "", false },
		{ "ipv4 length", "ipv4: {src: h4, dst: h6, len: 29}, udp: {}", "", true },
		{ "ihl", "ipv4: {src: h4, dst: h6, ihl: 4}, udp: {}", "", true },
		{ "version", "ipv4: {src: h4, dst: h6, version: 5}, udp: {}", "", true },
		{ "header checksum", "ipv4: {src: h4, dst: h6, sum: 1}, udp: {}", "", true },
		{ "a right header checksum", "ipv4: {src: h4, dst: h6, sum: 0x7c46}, udp: {}", "", false },
		{ "udp length", IPV4 ", udp: {len: 9}", "", true },
		{ "udp checksum", IPV4 ", udp: {sum: 1}", "", true },
		{ "no udp checksum over ipv4", IPV4 ", udp: {sum: 0}", "", false },
		{ "no udp checksum over ipv6", IPV6 ", udp: {sum: 0}", "", true },
		{ "no tcp checksum", IPV4 ", tcp: {sum: 0}", "", true },
		{ "sctp checksum", IPV4 ", sctp: {sum: 1}, data: abcd", "", true },
		{ "tcp data offset", IPV4 ", tcp: {doff: 6}", "", true },
		{ "octets for a header", "ipv4: {src: h4, dst: h6, proto: 17}, data: hello", "", true },
		{ "nothing for a header", "ipv4: {src: h4, dst: h6, proto: 17}", "", true },
		{ "octets of an unknown protocol", "ipv4: {src: h4, dst: h6, proto: 253}, data: hello", "", false },
		{ "octets in a later fragment", "ipv4: {src: h4, dst: h6, proto: 17, off: 1}, data: hello", "", false },
		{ "hop-by-hop in its place", IPV6 ", hopopts: {}, udp: {}", "", false },
		{ "hop-by-hop behind another", IPV6 ", destopts: {}, hopopts: {}, udp: {}", "", true },
		{ "a wrong quote", IPV4 ", icmpv4: {type: 3}, quote: [ipv4: {src: h6, dst: h4, len: 9}, udp: {}]", "", true },
		{ "a cut quote", IPV4 ", icmpv4: {type: 3}, quote: {packet: [ipv4: {src: h6, dst: h4}, udp: {}, data: abc], cut: 28}", "", false },
		{ "a quote cut in its header", IPV4 ", icmpv4: {type: 3}, quote: {packet: [ipv4: {src: h6, dst: h4}, udp: {}], cut: 19}", "", true },
		{ "a slice", IPV4 ", udp: {}, data: {len: 32}", ", slice: [0, 16]", false },
		{ "truncated", IPV4 ", udp: {}", ", truncate: 27", true },
		{ "truncated at the end", IPV4 ", udp: {}", ", truncate: 28", false },
		{ "patched", IPV4 ", udp: {}", ", patch: [{at: 1, hex: \"00\"}]", true },
		{ "padded", IPV4 ", udp: {}", ", append: \"00\"", false },
	};
	/* clang-format on */
	char text[1024];
	struct xl_case c;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text),
			 HEAD
			 "  steps:\n    - send: {if: %s, packet: [%s]%s}\n    - expect-nothing:\n",
			 strncmp(cases[i].layers, "ipv4", 4) == 0 ? "v4" : "v6", cases[i].layers,
			 cases[i].cuts);
		if (!ok(read_text(text, &c) == 1, "%s: is read", cases[i].what)) {
			printf("# %s\n", diags.n ? diags.at[0].text : "");
			continue;
		}
		is_int(c.turn[0].send[0].is_malformed, cases[i].want, "%s: %s", cases[i].what,
		       cases[i].want ? "wrong on purpose" : "well-formed");
	}
}

int main(void)
{
	xl_diags_init(&diags);
	is_int(xl_config_read_text(&arena, config_text, "c", &config, &diags), 0,
	       "the configuration");
	xl_diags_print(&diags, stdout);
	test_faults();
	test_all_at_once();
	test_meaning();
	test_needs();
	test_malformed();
	test_fmt();
	while (n_trees)
		xl_tree_free(tree[--n_trees]);
	xl_config_fini(&config);
	xl_arena_fini(&arena);
	return done();
}
