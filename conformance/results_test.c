/* results_test.c - what is written can be read, every key once; what cannot be read is told with its place.
 *
 *	results_test FILE	writes the results that hold every key to FILE (docs/results.t)
 */
#include "conformance/results.h"

#include <stdlib.h>
#include <unistd.h>

#include "conformance/plain.h"
#include "conformance/tap.h"
#include "ref/base/tap.h"

/* The first 63 octets are the name of an implementation, too. */
#define HOSTILE \
	"]]><script>a(1)</script> `x` |a|\nnot ok 1 - forged\r\x01\xff \xef\xbf\xbe" \
	" # skip *b* [l](javascript:x) & \" ' \x1b[2J\x7f\xfe \xe2\x80\xae \xc2\x85 <!-- end"

/* ---- one of each ---- */

static const struct xl_port ports[2] = { { "v4", XL_SIDE_V4, 1500 }, { "v6", XL_SIDE_V6, 1500 } };
static const uint8_t packet[20] = { 0x45, 0, 0, 20 }, mask[20] = { 0xff };
static const char *const covers[] = { "rfc7915-5.2-a", "rfc7915-5.2-b" };

static const struct xl_golden *golden(void)
{
	static const struct xl_golden_config config = {
		.name = "c", .title = "", .json = "{}", .port = ports, .n_ports = 2
	};
	static const struct xl_requirement rows[] = {
		{ "rfc7915-5.2-a", "5.2", HOSTILE, 7915, XL_REQ_MUST },
		{ "rfc7915-5.2-b", "5.2", "b", 7915, XL_REQ_SHOULD },
	};
	static const struct xl_golden g = { .version = "1",
					    .config = &config,
					    .n_configs = 1,
					    .requirement = rows,
					    .n_requirements = 2 };

	return &g;
}

static const struct xl_case *a_case(void)
{
	static const struct xl_want want = {
		.port = 1, .len = 20, .min_len = 20, .bytes = packet, .mask = mask, .frag_max = 2
	};
	static const struct xl_outcome outcome = { .sane_max = -1, .n = 1, .want = &want };
	static const struct xl_turn turn = { .n_outcomes = 1, .outcome = &outcome };
	static const struct xl_case c = { .title = HOSTILE,
					  .interpretation = HOSTILE,
					  .n_turns = 1,
					  .turn = &turn,
					  .covers = { covers, 2 } };

	return &c;
}

static struct xl_report *a_report(enum xl_judged verdict)
{
	static struct xl_seen seen = { 1, 20, packet, 5, 0 };
	static struct xl_report r;

	memset(&r, 0, sizeof r);
	r = (struct xl_report){
		.n_sent = 1, .n_got = 1, .n_left_out = 3, .sent = &seen, .got = &seen
	};
	r.finding.verdict = verdict;
	snprintf(r.finding.message, sizeof r.finding.message, "%s",
		 verdict == XL_PASS ? "" : HOSTILE);
	if (verdict != XL_FAIL)
		return &r;
	for (int i = 0; i <= XL_DIFFS_MAX; i++)
		xl_diff_add(&r.finding.diffs, "ipv6.hlim", 7, HOSTILE, HOSTILE);
	r.finding.diffs.at[1].want_no = r.finding.diffs.at[1].got_no = 0;
	return &r;
}

static void put_case(struct xl_results *to, const char *id, enum xl_judged verdict,
		     enum xl_expectedness expected, const struct xl_expectation *e)
{
	struct xl_case c = *a_case();
	struct xl_case_result x = { &c, a_report(verdict), expected, e };

	c.id = id;
	xl_results_case(to, golden(), &x);
}

static void write_all(const char *path, struct xl_diags *d)
{
	static const struct xl_expectation e = { .why = HOSTILE, .link = "javascript:" HOSTILE };
	static struct xl_adapter a = { .attachment = "plugin" };
	static struct xl_results to;
	static uint32_t claims[] = { 7915 };
	const struct xl_results_head head = {
		.adapter = &a, .golden = golden(), .repro = HOSTILE, .planned = 9
	};
	const struct xl_tally t = { .judged = 7, .xfail = 1 };

	snprintf(a.name, sizeof a.name, "%.63s", HOSTILE);
	snprintf(a.version, sizeof a.version, "%.127s", HOSTILE);
	a.claims = claims;
	a.n_claims = 1;
	ok(xl_results_open(&to, path, d) == 0, "open");
	xl_results_run(&to, &head);
	put_case(&to, "t/pass", XL_PASS, XL_EXPECTED_YES, NULL);
	put_case(&to, "t/weak", XL_WEAK, XL_EXPECTED_YES, NULL);
	put_case(&to, "t/info", XL_INFO, XL_EXPECTED_YES, NULL);
	put_case(&to, "t/fail", XL_FAIL, XL_EXPECTED_NO, NULL);
	put_case(&to, "t/xfail", XL_FAIL, XL_EXPECTED_YES, &e);
	put_case(&to, "t/changed", XL_FAIL, XL_EXPECTED_CHANGED, &e);
	put_case(&to, "t/xpass", XL_PASS, XL_EXPECTED_NO, &e);
	put_case(&to, "t/error", XL_ERROR, XL_EXPECTED_NO, NULL);
	put_case(&to, "t/unsupported", XL_UNSUPPORTED, XL_EXPECTED_YES, NULL);
	put_case(&to, "t/skip", XL_SKIP, XL_EXPECTED_YES, NULL);
	xl_results_note(&to, HOSTILE);
	xl_results_end(&to, &t, false);
	ok(xl_results_close(&to, d) == 0, "close");
}

/* ---- what is written can be read ---- */

static void test_round_trip(const char *path)
{
	static const char *const ids[] = { "changed", "error",       "fail", "info",  "pass",
					   "skip",    "unsupported", "weak", "xfail", "xpass" };
	static struct xl_diags d;
	struct xl_result_set s;

	xl_diags_init(&d);
	write_all(path, &d);
	if (!ok(xl_results_read(&s, path, &d) == 0, "read")) {
		xl_diags_print(&d, stderr);
		return;
	}
	is_int(s.n, sizeof ids / sizeof ids[0], "cases");
	for (size_t i = 0; i < s.n; i++) {
		is_str(s.at[i].id + 2, ids[i], "sorted by id: %s", ids[i]);
		is_str(xl_word_text(xl_result_word(&s.at[i])), ids[i], "%s: word", ids[i]);
		is_int(xl_result_count(xl_node_get(s.at[i].node, "requirements")), 2,
		       "%s: requirements", ids[i]);
	}
	is_int(s.n_notes, 1, "notes");
	ok(s.has_end && !xl_results_cut_off(&s), "the end is there");
	ok(strncmp(s.iut, "]]><script>", 11) == 0, "names are as they were given");
	xl_result_set_free(&s);
}

/* ---- what cannot be read ---- */

#define RUN "{\"type\":\"run\",\"schema_version\":1,\"iut\":\"x\"}\n"
#define CASE(id) "{\"type\":\"case\",\"id\":\"" id "\",\"verdict\":\"pass\",\"expected\":\"yes\"}\n"
#define END "{\"type\":\"end\",\"interrupted\":false}\n"

static const struct {
	const char *what, *text,
		*want; /* want: place and the beginning of the message; NULL: it is read */
} files[] = {
	{ "no end line", RUN CASE("a"), NULL },
	{ "only a run", RUN, NULL },
	{ "all", RUN CASE("a") CASE("b") END, NULL },
	{ "a note", RUN "{\"type\":\"note\",\"text\":\"x\"}\n" END, NULL },
	{ "unknown keys", RUN "{\"type\":\"note\",\"text\":\"x\",\"new\":[1]}\n" END, NULL },
	{ "empty", "", "1:1: nothing is in it" },
	{ "no run line", CASE("a"), "1:9: the first line must be of type run" },
	{ "two runs", RUN RUN, "2:1: a second run line" },
	{ "no type", RUN "{\"id\":1}\n", "2:1: type: allowed are" },
	{ "other type", RUN "{\"type\":\"journey\"}\n", "2:9: type: allowed are" },
	{ "other version", "{\"type\":\"run\",\"schema_version\":2,\"iut\":\"x\"}\n",
	  "1:32: schema_version: allowed is 1" },
	{ "no version", "{\"type\":\"run\",\"iut\":\"x\"}\n", "1:1: schema_version" },
	{ "no name", "{\"type\":\"run\",\"schema_version\":1,\"iut\":[]}\n", "1:40: iut:" },
	{ "cut in a line", RUN CASE("a") "{\"type\":\"case\",\"id\":\"b",
	  "3:1: the line is cut off" },
	{ "cut before the end of a line", RUN "{\"type\":\"end\",\"interrupted\":false}",
	  "2:1: the line is cut off" },
	{ "cut in the middle of the file", RUN "{\"type\":\"case\",\"id\":\n" END, "2:" },
	{ "garbage", RUN "%@\x01\xff\n", "2:" },
	{ "an array", RUN "[1]\n", "2:1: not an object" },
	{ "a word", RUN "word\n", "2:1: not an object" },
	{ "an empty line", RUN "\n" END, "2:1: not an object" },
	{ "an odd verdict", RUN "{\"type\":\"case\",\"id\":\"a\",\"verdict\":\"good\"}\n",
	  "2:35: verdict: allowed are" },
	{ "an odd expected",
	  RUN "{\"type\":\"case\",\"id\":\"a\",\"verdict\":\"pass\",\"expected\":{}}\n",
	  "2:53: expected: allowed are" },
	{ "no id", RUN "{\"type\":\"case\"}\n", "2:1: id:" },
	{ "a case twice", RUN CASE("a") CASE("b") CASE("a"), "4:21: a second line for this case" },
	{ "a line behind the end", RUN END CASE("a"), "3:1: a line behind the end" },
	{ "an odd end", RUN "{\"type\":\"end\",\"interrupted\":7}\n",
	  "2:29: interrupted: allowed" },
	{ "a key twice", RUN "{\"type\":\"end\",\"type\":\"end\"}\n",
	  "2:15: key 'type' is given twice" },
};

static void check_file(const char *path, size_t i)
{
	static struct xl_diags d;
	struct xl_result_set s;
	FILE *to = fopen(path, "we");
	char said[600];
	int r;

	if (!ok(to && fputs(files[i].text, to) >= 0 && fclose(to) == 0, "%s: file", files[i].what))
		return;
	xl_diags_init(&d);
	r = xl_results_read(&s, path, &d);
	snprintf(said, sizeof said, "%s:%u:%u: %s", d.at[0].file, d.at[0].loc.line, d.at[0].loc.col,
		 d.at[0].text);
	if (!files[i].want) {
		is_int(r, 0, "%s: is read", files[i].what);
		xl_result_set_free(&s);
		return;
	}
	ok(r < 0 && d.n == 1, "%s: is refused, in one message", files[i].what);
	if (!ok(strncmp(said, path, strlen(path)) == 0 &&
			strncmp(said + strlen(path) + 1, files[i].want, strlen(files[i].want)) == 0,
		"%s: says %s", files[i].what, files[i].want))
		printf("# says %s\n", said);
	ok(!s.at && !s.tree, "%s: nothing is kept", files[i].what);
}

/* Every length of a good file: read as far as whole lines go, or refused at the line that is torn. */
static void test_every_length(const char *path)
{
	static const char all[] = RUN CASE("a") CASE("b") END;
	static struct xl_diags d;
	size_t bad = 0;

	for (size_t n = 0; n < sizeof all; n++) {
		struct xl_result_set s;
		FILE *to = fopen(path, "we");
		bool is_whole = n && all[n - 1] == '\n', is_good;

		if (!to || fwrite(all, 1, n, to) != n || fclose(to) != 0)
			break;
		xl_diags_init(&d);
		is_good = xl_results_read(&s, path, &d) == 0;
		bad += is_good != is_whole || d.n != !is_good;
		bad += is_good && xl_results_cut_off(&s) != (n < sizeof all - 1);
		if (is_good)
			xl_result_set_free(&s);
	}
	is_int(bad, 0, "every length of a file");
}

/* ---- text ---- */

static void test_plain(void)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "", "" },
		{ "a b~", "a b~" },
		{ "a\tb\nc\r", "a b c " },
		{ "\x01\x1f\x7f", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xc3\xa9\xf0\x9f\x98\x80", "\xc3\xa9\xf0\x9f\x98\x80" },
		{ "\xff", "\xef\xbf\xbd" },
		{ "\xc3", "\xef\xbf\xbd" },
		{ "\xf0\x9f\x98", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" }, /* a surrogate */
		{ "\xef\xbf\xbe\xef\xbf\xbf\xf0\x9f\xbf\xbe",
		  "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xef\xb7\x90", "\xef\xbf\xbd" },
		{ "\xc2\x85\xe2\x80\xa8\xe2\x80\xa9", "   " },
		{ "\xe2\x80\xae\xe2\x81\xa6\xef\xbb\xbf",
		  "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" }, /* directions, byte order mark */
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char *got = NULL;
		size_t n = 0;
		FILE *to = open_memstream(&got, &n);

		xl_plain_put(to, rows[i].text);
		fclose(to);
		is_str(got, rows[i].want, "plain text, row %zu", i);
		free(got);
	}
}

/* Names that want to be test points of their own. */
static void test_tap(const char *path)
{
	static struct xl_diags d;
	struct xl_result_set s;
	char *text = NULL;
	size_t n = 0, points = 0, controls = 0, repros = 0, directives = 0;
	FILE *to = open_memstream(&text, &n);

	xl_diags_init(&d);
	write_all(path, &d);
	is_int(xl_results_read(&s, path, &d), 0, "read");
	xl_tap_write(to, &s, NULL);
	fclose(to);
	for (const char *at = text; at && *at;
	     at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL) {
		bool is_point = strncmp(at, "ok ", 3) == 0 || strncmp(at, "not ok ", 7) == 0;

		points += is_point;
		for (size_t i = 0; is_point && at[i] != '\n'; i++)
			directives += at[i] == '#';
		repros += strncmp(at, "  repro: \"]]><script>", 21) == 0;
	}
	for (size_t i = 0; i < n; i++)
		controls += ((unsigned char)text[i] < 0x20 && text[i] != '\n') || text[i] == 0x7f;
	is_int(points, s.n, "TAP: one point a case");
	is_int(controls, 0, "TAP: no control character");
	is_int(repros, s.n, "TAP: each repro is one line");
	is_int(directives, 3, "TAP: two skipped, one known, and no directive is forged");
	ok(strstr(text, "# SKIP unsupported: ]]>") != NULL, "TAP: ours is there");
	free(text);
	xl_result_set_free(&s);
}

int main(int argc, char **argv)
{
	static struct xl_diags d;
	char path[] = "/tmp/results_test_XXXXXX";
	int fd;

	xl_diags_init(&d);
	if (argc > 1) {
		write_all(argv[1], &d);
		return done();
	}
	fd = mkstemp(path);
	if (!ok(fd >= 0 && close(fd) == 0, "a scratch file"))
		return done();
	test_round_trip(path);
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
		check_file(path, i);
	test_every_length(path);
	test_plain();
	test_tap(path);
	unlink(path);
	return done();
}
