/* lint_test.c - each fault of the lint, made in a small tree and seen; the same tree without it is clean. */
#include "vectors/lint.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ref/base/tap.h"

static struct xl_diags diags;
static char root[256];

#define CONFIG(names) \
	"title: small\n" \
	"translator: {prefix6: 2001:db8:64::/96, own: {ipv4: 192.0.2.254, ipv6: " \
	"\"2001:db8::1\"}}\n" \
	"names: {h4: {ipv4: 198.51.100.2, ipv6: \"2001:db8:64::c633:6402\"}, " \
	"h6: {ipv4: 192.0.2.33, ipv6: \"2001:db8:64::c000:221\"}" names "}\n" \
	"barrier: [{if: v4, src: h4, dst: h6, out: v6}]\n"

#define CASE(slug, covers, outcome) CASE_WITH("", slug, covers, outcome)
#define CASE_WITH(more, slug, covers, outcome) \
	"- id: rfc6052/1/" slug "\n  title: t\n  covers: [" covers "]\n  config: small\n" more \
	"  steps:\n" \
	"    - send: {if: v4, packet: [ipv4: {src: h4, dst: h6}, udp: {}]}\n" \
	"    - " outcome "\n"
#define EXACT(slug) CASE(slug, "rfc1-1-x", "expect-nothing:")
#define LIVE(slug) CASE(slug, "rfc1-1-x", "expect-sane: {max: 1}")
#define WEAK(slug) \
	CASE(slug, "rfc1-1-x", \
	     "outcomes: [{level: must, packets: []}, {level: weak, note: n, packets: " \
	     "[{if: v6, packet: [ipv6: {src: h4, dst: h6, tc: any}, udp: {}]}]}]")
#define TWO_MUST(slug) \
	CASE_WITH("  interpretation: i\n", slug, "rfc1-1-x", \
		  "outcomes: [{level: must, packets: []}, {level: must, note: n, packets: " \
		  "[{if: v6, packet: [ipv6: {src: h4, dst: h6}, udp: {}]}]}]")
#define ALL_INFO(slug) \
	CASE_WITH("  interpretation: i\n", slug, "rfc1-1-x", \
		  "outcomes: [{level: info, note: n, packets: []}]")
#define PREDICATE(slug) \
	CASE(slug, "rfc1-1-x", \
	     "expect: {if: v6, packet: [ipv6: {src: h4, dst: h6, tc: {in: [0, 1]}}, udp: {}]}")
/* About a packet of 34 octets. */
#define ANSWER(quote) \
	"{if: v4, packet: [ipv4: {src: 192.0.2.254, dst: h4, originated: true}, icmpv4: {type: " \
	"11, " \
	"code: 0}, quote: " quote "]}"
#define ANSWERED(outcome) \
	"- id: rfc6052/1/a\n  title: t\n  covers: [rfc1-1-x]\n  config: small\n  steps:\n" \
	"    - send: {if: v4, packet: [ipv4: {src: h4, dst: h6, ttl: 1}, udp: {}, data: " \
	"expire]}\n" \
	"    - " outcome "\n" EXACT("b") EXACT("c") EXACT("d") EXACT("e")

#define REQS(keywords, rows) "rfc: 1\ntitle: t\nkeywords: {" keywords "}\nrequirements:\n" rows
#define ROW(slug, level, more) \
	"  - {id: rfc1-1-" slug ", section: \"1\", level: " level ", text: x" more "}\n"
#define PART(slug, whole) \
	"  - {id: rfc1-1-" slug ", section: \"1\", part-of: rfc1-1-" whole ", text: x}\n"
#define PARTIAL(keywords, rows) "partial: true\n" REQS(keywords, rows)
#define ROW_2 "  - {id: rfc1-2-y, section: \"2\", level: must, text: x}\n"
#define ROWS_5 \
	ROW("p1", "plain", "") \
	ROW("p2", "plain", "") ROW("p3", "plain", "") ROW("p4", "plain", "") ROW("p5", "plain", "")
#define ONE_MUST "\"1\": {must: 1}"

/* A document that may have more untestable rows than others: one of five. */
#define ROW_6052(slug, more) \
	"  - {id: rfc6052-1-" slug ", section: \"1\", level: plain, text: x" more "}\n"
#define REQS_6052(most) \
	"rfc: 6052\ntitle: t\nuntestable: {most: " most \
	", why: w}\nrequirements:\n" ROW_6052("p1", "") ROW_6052("p2", "") ROW_6052("p3", "") \
		ROW_6052("p4", "") ROW_6052("u", ", untestable: operator")
#define CASES_6052 \
	CASE("a", "rfc6052-1-p1, rfc6052-1-p2, rfc6052-1-p3, rfc6052-1-p4", \
	     "outcomes: [{level: must, packets: []}, {level: weak, note: n, packets: " \
	     "[{if: v6, packet: [ipv6: {src: h4, dst: h6, tc: any}, udp: {}]}]}]")

static const char text_1[] = "1.  Introduction\n\n   It MUST be so.\n\n2.  More\n\n   It is.\n";

static const struct tree {
	const char *what, *cases, *requirements, *rfc, *config;
	const char *want; /* a part of the fault; NULL: there is none */
} trees[] = {
	/* clang-format off */
	{ .what = "a clean tree" },
	{ .what = "covers what is no requirement", .want = "covers 'rfc1-1-y', which is no requirement",
	  .cases = EXACT("a") CASE("b", "rfc1-1-y", "expect-nothing:") },
	{ .what = "a must without a case", .want = "rfc1-1-y: no case covers this must",
	  .requirements = REQS("\"1\": {must: 2}", ROW("x", "must", "") ROW("y", "must", "")),
	  .rfc = "1.  Introduction\n\n   It MUST be so, and MUST NOT be otherwise.\n" },
	{ .what = "a should without a case", .want = "rfc1-1-y: no case covers this should",
	  .requirements = REQS("\"1\": {must: 1, should: 1}", ROW("x", "must", "") ROW("y", "should", "")),
	  .rfc = "1.  Introduction\n\n   It MUST be so and SHOULD be thus.\n" },
	{ .what = "a plain row without a case", .want = "rfc1-1-y: no case covers this plain",
	  .requirements = REQS("\"1\": {must: 1}", ROW("x", "must", "") ROW("y", "plain", "")) },
	{ .what = "a may without a case", .want = "rfc1-1-y: no case covers this may",
	  .requirements = REQS("\"1\": {must: 1, may: 1}", ROW("x", "must", "") ROW("y", "may", "")),
	  .rfc = "1.  Introduction\n\n   It MUST be so and MAY be thus.\n" },
	{ .what = "a case for what is untestable", .want = "rfc1-1-x: untestable, yet 2 cases cover it",
	  .requirements = REQS(ONE_MUST, ROW("x", "must", ", untestable: operator") ROWS_5 ROW("p6", "plain", "")) },
	{ .what = "1 of 7 untestable is allowed",
	  .cases = EXACT("a") CASE("b", "rfc1-1-p1, rfc1-1-p2, rfc1-1-p3, rfc1-1-p4, rfc1-1-p5", "expect-nothing:"),
	  .requirements = REQS(ONE_MUST, ROW("x", "must", "") ROW("u", "plain", ", untestable: operator") ROWS_5) },
	{ .what = "1 of 6 untestable", .want = "1 of 6 rows are untestable: at most 15 %",
	  .requirements = REQS(ONE_MUST, ROW("x", "must", "") ROW("u", "plain", ", untestable: operator")
			       ROW("p1", "plain", "") ROW("p2", "plain", "") ROW("p3", "plain", "") ROW("p4", "plain", "")) },
	{ .what = "parts of a sentence count once", .want = "1 of 6 rows are untestable: at most 15 %",
	  .cases = EXACT("a") CASE("b", "rfc1-1-p1, rfc1-1-p2, rfc1-1-p3, rfc1-1-p4, rfc1-1-q", "expect-nothing:"),
	  .requirements = REQS(ONE_MUST, ROW("x", "must", "") ROW("u", "plain", ", untestable: operator")
			       ROW("p1", "plain", "") ROW("p2", "plain", "") ROW("p3", "plain", "") ROW("p4", "plain", "") PART("q", "x")) },
	{ .what = "a part needs a case", .want = "rfc1-1-q: no case covers this must",
	  .requirements = REQS(ONE_MUST, ROW("x", "must", "") PART("q", "x")) },
	{ .what = "a part of nothing", .want = "part-of: a testable row of this file wanted",
	  .requirements = REQS(ONE_MUST, ROW("x", "must", "") PART("q", "y")) },
	{ .what = "a part of a part", .want = "part-of: a testable row of this file wanted, itself no part",
	  .requirements = REQS(ONE_MUST, ROW("x", "must", "") PART("q", "x") PART("r", "q")) },
	{ .what = "a part with a level of its own", .want = "part-of: level and keywords are those of the whole",
	  .requirements = REQS(ONE_MUST, ROW("x", "must", "") ROW("q", "plain", ", part-of: rfc1-1-x")) },
	{ .what = "a limit of its own", .cases = CASES_6052, .requirements = REQS_6052("23") },
	{ .what = "a limit of its own that is exceeded", .want = "1 of 5 rows are untestable: at most 19 %",
	  .cases = CASES_6052, .requirements = REQS_6052("19") },
	{ .what = "a limit of its own above that of the document", .want = "most: in RFC 6052 at most 23 % may be",
	  .cases = CASES_6052, .requirements = REQS_6052("24") },
	{ .what = "a limit of its own for another document", .want = "most: in RFC 1 at most 15 % may be",
	  .cases = EXACT("a") CASE("b", "rfc1-1-p1", "expect-nothing:"),
	  .requirements = REQS(ONE_MUST, ROW("x", "must", "") ROW("p1", "plain", "") ROW("u", "plain", ", untestable: operator"))
			  "untestable: {most: 34, why: w}\n" },
	{ .what = "a limit of its own without need", .want = "untestable: 0 of 1 rows need no limit of their own",
	  .requirements = REQS(ONE_MUST, ROW("x", "must", "")) "untestable: {most: 15, why: w}\n" },
	{ .what = "a limit without a reason", .want = "why: text is required",
	  .requirements = REQS(ONE_MUST, ROW("x", "must", "")) "untestable: {most: 15}\n" },
	{ .what = "a partial file that counts rows", .want = "partial: such a file counts no untestable rows",
	  .requirements = "partial: true\n" REQS(ONE_MUST, ROW("x", "must", "")) "untestable: {most: 15, why: w}\n" },
	{ .what = "a partial file that counts keywords of a section",
	  .cases = EXACT("a") CASE("b", "rfc1-2-y", "expect-nothing:"),
	  .requirements = PARTIAL(ONE_MUST, ROW("x", "must", "")) ROW_2,
	  .rfc = "1.  Introduction\n\n   It MUST be so.\n\n2.  More\n\n   It MUST be and SHOULD not.\n" },
	{ .what = "a row of it that has another level", .want = "section 1: rows account for 0 keywords of level must, counted are 1",
	  .requirements = PARTIAL(ONE_MUST, ROW("x", "plain", "")) },
	{ .what = "a keyword of it that is not counted", .want = "section 1: the text has 2 keywords of level must, not 1",
	  .requirements = PARTIAL(ONE_MUST, ROW("x", "must", "")),
	  .rfc = "1.  Introduction\n\n   It MUST be so. It MUST be thus.\n" },
	{ .what = "a partial file that counts a section that the text lacks", .want = "section 2: the text has no such section",
	  .requirements = PARTIAL(ONE_MUST ", \"2\": {must: 0}", ROW("x", "must", "")),
	  .rfc = "1.  Introduction\n\n   It MUST be so.\n" },
	{ .what = "a section of a partial file that is to be counted", .want = "keywords: section 6 of RFC 7756 is to be counted",
	  .cases = EXACT("a") CASE("b", "rfc7756-6-x", "expect-nothing:"),
	  .requirements = "partial: true\nrfc: 7756\ntitle: t\nrequirements:\n  - {id: rfc7756-6-x, section: \"6\", level: must, text: x}\n" },
	{ .what = "a partial file", .requirements = "partial: true\nrfc: 1\ntitle: t\nrequirements:\n" ROW("x", "must", "") },
	{ .what = "a partial file of a document that is wanted whole", .want = "partial: RFC 7915 is to be there whole",
	  .cases = EXACT("a") CASE("b", "rfc7915-1-x", "expect-nothing:"),
	  .requirements = "partial: true\nrfc: 7915\ntitle: t\nrequirements:\n  - {id: rfc7915-1-x, section: \"1\", level: must, text: x}\n" },
	{ .what = "a misspelt key of a row", .want = "a row has no key 'keyword'",
	  .requirements = REQS(ONE_MUST, ROW("x", "must", ", keyword: 1")) },
	{ .what = "a misspelt key of a file", .want = "the file has no key 'partail'",
	  .requirements = "partail: true\n" REQS(ONE_MUST, ROW("x", "must", "")) },
	{ .what = "a plain row of a section that the text lacks", .want = "section 99: the text has no such section",
	  .cases = EXACT("a") CASE("b", "rfc1-99-p", "expect-nothing:"),
	  .requirements = REQS(ONE_MUST, ROW("x", "must", "") "  - {id: rfc1-99-p, section: \"99\", level: plain, text: x}\n") },
	{ .what = "a reason that is none", .want = "untestable: operator, routing,",
	  .requirements = REQS(ONE_MUST, ROW("x", "must", ", untestable: hard")) },
	{ .what = "more rows than keywords", .want = "section 1: rows account for 1 keywords of level must, counted are 0",
	  .requirements = REQS("\"1\": {must: 0}", ROW("x", "must", "")) },
	{ .what = "fewer rows than keywords", .want = "section 1: rows account for 1 keywords of level must, counted are 2",
	  .requirements = REQS("\"1\": {must: 2}", ROW("x", "must", "")) },
	{ .what = "a row of two keywords",
	  .requirements = REQS("\"1\": {must: 2}", ROW("x", "must", ", keywords: 2")),
	  .rfc = "1.  Introduction\n\n   It MUST be so and\n   MUST\n   NOT be thus.\n" },
	{ .what = "a section without counts", .want = "section 1 has no row under keywords",
	  .requirements = REQS("\"2\": {must: 0}", ROW("x", "must", "")) },
	{ .what = "a keyword of the text that is not counted", .want = "section 1: the text has 2 keywords of level must, not 1",
	  .rfc = "1.  Introduction\n\n   It MUST be so. It\n   MUST be thus.\n" },
	{ .what = "a section of the text that is not counted", .want = "section 2: the text has 1 keywords of level may, not 0",
	  .rfc = "1.  Introduction\n\n   It MUST be so.\n\n2.  More\n\n   It MAY be.\n" },
	{ .what = "a counted section that the text lacks", .want = "section 2: the text has no such section",
	  .requirements = REQS(ONE_MUST ", \"2\": {must: 0}", ROW("x", "must", "")),
	  .rfc = "1.  Introduction\n\n   It MUST be so.\n" },
	{ .what = "the paragraph that quotes RFC 2119 does not count",
	  .rfc = "1.  Introduction\n\n   The key words \"MUST\", \"MUST NOT\", \"MAY\" are as in [RFC2119].\n   It MUST be so.\n" },
	{ .what = "contents, page breaks and parts of words do not count",
	  .rfc = "1.  Introduction . . . . . . 3\n\n1.  Introduction\n\n   It MUST be so, MUSTY or not.\n"
		 "Nobody                    MUST                    [Page 1]\n" },
	{ .what = "two rows of one id", .want = "id: another row has it",
	  .requirements = REQS("\"1\": {must: 2}", ROW("x", "must", "") ROW("x", "must", "")) },
	{ .what = "an id of another section", .want = "id: 'rfc1-1-x': rfc1-2-<slug> wanted",
	  .requirements = REQS(ONE_MUST, "  - {id: rfc1-1-x, section: \"2\", level: must, text: x}\n") },
	{ .what = "two cases of one id", .want = "id: 'rfc6052/1/a' is also that of the case at ",
	  .cases = EXACT("a") EXACT("a") },
	{ .what = "4 of 5 cases are settled",
	  .cases = EXACT("a") EXACT("b") EXACT("c") EXACT("d") LIVE("e") },
	{ .what = "3 of 4 cases are settled",
	  .want = "3 of 4 cases have one passing outcome without predicates: at least 80 % wanted",
	  .cases = EXACT("a") EXACT("b") EXACT("c") LIVE("d") },
	{ .what = "a weak outcome beside it unsettles no case", .cases = WEAK("a") WEAK("b") WEAK("c") },
	{ .what = "two passing outcomes do", .want = "0 of 1 cases have one passing outcome", .cases = TWO_MUST("a") },
	{ .what = "none that passes does", .want = "0 of 1 cases have one passing outcome", .cases = ALL_INFO("a") },
	{ .what = "a predicate does", .want = "0 of 1 cases have one passing outcome", .cases = PREDICATE("a") },
	{ .what = "two passing outcomes without an interpretation", .want = "rfc6052/1/f: several outcomes pass or are open",
	  .cases = EXACT("a") EXACT("b") EXACT("c") EXACT("d") CASE("f", "rfc1-1-x",
		   "outcomes: [{level: must, packets: []}, {level: must, note: n, packets: [{if: v6, packet: [ipv6: {src: h4, dst: h6}, udp: {}]}]}]") },
	{ .what = "info without an interpretation", .want = "rfc6052/1/f: several outcomes pass or are open",
	  .cases = EXACT("a") EXACT("b") EXACT("c") EXACT("d") CASE("f", "rfc1-1-x",
		   "outcomes: [{level: must, packets: []}, {level: info, note: n, packets: [{if: v6, packet: [ipv6: {src: h4, dst: h6}, udp: {}]}]}]") },
	{ .what = "a SHOULD that cannot be missed", .want = "rfc6052/1/b: covers nothing above SHOULD, so missing it is to be weak",
	  .cases = EXACT("a") CASE("b", "rfc1-1-y", "expect-nothing:"),
	  .requirements = REQS("\"1\": {must: 1, should: 1}", ROW("x", "must", "") ROW("y", "should", "")),
	  .rfc = "1.  Introduction\n\n   It MUST be so and SHOULD be thus.\n" },
	{ .what = "a SHOULD of who has a feature",
	  .cases = EXACT("a") CASE_WITH("  needs: [hairpinning.simple]\n", "b", "rfc1-1-y", "expect-nothing:"),
	  .requirements = REQS("\"1\": {must: 1, should: 1}", ROW("x", "must", "") ROW("y", "should", "")),
	  .rfc = "1.  Introduction\n\n   It MUST be so and SHOULD be thus.\n" },
	{ .what = "a SHOULD that can be missed", .cases = EXACT("a") CASE("b", "rfc1-1-y",
		   "outcomes: [{level: must, packets: []}, {level: weak, note: n, packets: [{if: v6, packet: [ipv6: {src: h4, dst: h6}, udp: {}]}]}]"),
	  .requirements = REQS("\"1\": {must: 1, should: 1}", ROW("x", "must", "") ROW("y", "should", "")),
	  .rfc = "1.  Introduction\n\n   It MUST be so and SHOULD be thus.\n" },
	{ .what = "an answer that has to quote all", .want = "rfc6052/1/a: an IPv4 answer has to quote the packet's header and 8 octets",
	  .cases = ANSWERED("expect: " ANSWER("sent")) },
	{ .what = "one that has to quote an octet more than it must", .want = "rfc6052/1/a: an IPv4 answer has to quote",
	  .cases = ANSWERED("expect: " ANSWER("{sent: true, min: 29}")) },
	{ .what = "one that has to quote header and 8 octets", .cases = ANSWERED("expect: " ANSWER("{sent: true, min: 28}")) },
	{ .what = "one that had better quote all", .cases = ANSWERED(
		   "outcomes: [{level: must, packets: [" ANSWER("sent") "]}, {level: weak, note: n, packets: [" ANSWER("{sent: true, min: 28}") "]}]") },
	{ .what = "silence instead is no shorter quote", .want = "rfc6052/1/a: an IPv4 answer has to quote", .cases = ANSWERED(
		   "outcomes: [{level: must, packets: [" ANSWER("sent") "]}, {level: weak, note: n, packets: []}]") },
	{ .what = "a name whose forms do not map", .want = "n: the translator maps neither form to the other",
	  .config = CONFIG(", n: {ipv4: 192.0.2.7, ipv6: \"2001:db8:64::c000:208\"}") },
	/* clang-format on */
};

static char *path_of(const char *name)
{
	static char path[4][512];
	static unsigned at;

	at = (at + 1) % 4;
	snprintf(path[at], sizeof(path[at]), "%s/%s", root, name);
	return path[at];
}

static void put(const char *name, const char *text)
{
	FILE *f = fopen(path_of(name), "wb");

	if (f) {
		fputs(text, f);
		fclose(f);
	}
}

static void put_tree(const struct tree *t)
{
	put("v/configs/small.yaml", t->config ? t->config : CONFIG(""));
	put("v/cases/rfc6052/a.yaml", t->cases ? t->cases : EXACT("a") EXACT("b"));
	put("req/rfc1.yaml",
	    t->requirements ? t->requirements : REQS(ONE_MUST, ROW("x", "must", "")));
	put("rfc/rfc1.txt", t->rfc ? t->rfc : text_1);
	put("rfc/rfc6052.txt", "1.  Introduction\n\n   It is so.\n");
}

static int compile(struct xl_set *s)
{
	struct xl_set_from from = { .vectors = path_of("v"), .requirements = path_of("req") };

	xl_diags_init(&diags);
	return xl_set_compile(&from, s, &diags);
}

static int lint(const struct xl_set *s, const char *golden_dir)
{
	struct xl_lint l = {
		.set = s, .golden_dir = golden_dir, .rfc_dir = path_of("rfc"), .d = &diags
	};

	return xl_lint_run(&l);
}

static bool is_said(const char *want)
{
	for (size_t i = 0; i < diags.n; i++)
		if (strstr(diags.at[i].text, want))
			return true;
	return false;
}

static void test_trees(void)
{
	for (size_t i = 0; i < sizeof(trees) / sizeof(trees[0]); i++) {
		const struct tree *t = &trees[i];
		struct xl_set s;
		bool is_faulty;

		put_tree(t);
		is_faulty = compile(&s) != 0 || lint(&s, NULL) > 0;
		if (!ok(is_faulty == (t->want != NULL) && (!t->want || is_said(t->want)), "%s",
			t->what))
			for (size_t k = 0; k < diags.n; k++)
				printf("# %s\n", diags.at[k].text);
		xl_set_fini(&s);
	}
}

/* Ports come from 28 bits of the hash of the id; two ids that share them are too rare to be written here. */
static void test_marks(void)
{
	struct xl_set s;

	put_tree(&trees[0]);
	is_int(compile(&s), 0, "compiles");
	s.text[1].hash = s.text[0].hash ^ 1ull << 60;
	is_int(lint(&s, NULL), 1, "two cases with the same ports");
	ok(is_said("rfc6052/1/a and rfc6052/1/b get the same ports in configuration small"),
	   "are named");
	s.text[1].hash = s.text[0].hash ^ 1ull << 27;
	xl_diags_init(&diags);
	is_int(lint(&s, NULL), 0, "one bit of the ports apart is apart");
	xl_set_fini(&s);
}

static void test_goldens(void)
{
	const char *dir = path_of("golden");
	char golden[512], changes[128];
	struct xl_set s;

	snprintf(golden, sizeof(golden), "%s", dir);
	put_tree(&trees[0]);
	is_int(compile(&s), 0, "compiles");
	is_int(xl_golden_write(&s.golden, golden, &diags), 0, "is written");
	snprintf(changes, sizeof(changes), "Changes.\n\n%s\n  New.\n", s.golden.version);
	put("golden/CHANGELOG", changes);
	is_int(lint(&s, golden), 0, "current goldens");
	put("golden/rfc6052.in.pcap", "x");
	is_int(lint(&s, golden), 1, "one that is not current");
	ok(is_said("not what the cases compile to"), "is told");
	ok(unlink(path_of("golden/rfc6052.in.pcap")) == 0, "one that is missing");
	is_int(lint(&s, golden), 1, "is a fault too");
	is_int(xl_golden_write(&s.golden, golden, &diags), 0, "written again");
	put("golden/old.json", "{}");
	is_int(lint(&s, golden), 1, "one of no suite");
	ok(is_said("no suite compiles to this file"), "is told");
	ok(unlink(path_of("golden/old.json")) == 0, "removed");
	put("golden/CHANGELOG", "");
	is_int(lint(&s, golden), 1, "a CHANGELOG without the version");
	ok(is_said("the newest entry is not that of version"), "is told");
	put("golden/CHANGELOG", "Changes.\n\n0.0.9\n  Old.\n");
	is_int(lint(&s, golden), 1, "one of another version");
	ok(unlink(path_of("golden/CHANGELOG")) == 0, "one that is missing");
	is_int(lint(&s, golden), 1, "is a fault too");
	xl_set_fini(&s);
}

/* The new file lies beside the old one until it is whole; here it lies on a device that is full. */
static void test_full_disk(void)
{
	char golden[512];
	struct xl_set s;
	struct stat st;

	snprintf(golden, sizeof(golden), "%s", path_of("golden"));
	put_tree(&trees[0]);
	is_int(compile(&s), 0, "compiles");
	put("golden/rfc6052.in.pcap", "old");
	ok(symlink("/dev/full", path_of("golden/rfc6052.in.pcap.part")) == 0, "a full disk");
	is_int(xl_golden_write(&s.golden, golden, &diags), XL_ERR_IO, "is an error");
	ok(is_said("No space left on device") && strstr(diags.at[0].file, "rfc6052.in.pcap"),
	   "that names the file and says why");
	ok(stat(path_of("golden/rfc6052.in.pcap"), &st) == 0 && st.st_size == 3,
	   "the old file is as it was");
	ok(lstat(path_of("golden/rfc6052.in.pcap.part"), &st) != 0, "nothing is left beside it");
	is_int(xl_golden_write(&s.golden, golden, &diags), 0, "with room it is written");
	xl_set_fini(&s);
}

int main(void)
{
	static const char *const dirs[] = { "v",   "v/configs", "v/cases", "v/cases/rfc6052",
					    "req", "rfc" };
	char command[600];

	snprintf(root, sizeof(root), "%s/xlatlab-lint-test-XXXXXX",
		 getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	ok(mkdtemp(root) != NULL, "a scratch directory");
	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		ok(mkdir(path_of(dirs[i]), 0777) == 0, "%s", dirs[i]);
	test_trees();
	test_marks();
	test_goldens();
	test_full_disk();
	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	ok(system(command) == 0, "cleans up");
	return done();
}
