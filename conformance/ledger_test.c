/* ledger_test.c - one case of each verdict and expectation: its label, its TAP, the tally, the exit status. */
#include "conformance/ledger.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conformance/tap.h"
#include "ref/base/tap.h"

static const struct row {
	enum xl_judged known; /* what expected.yaml says; XL_PASS: nothing */
	enum xl_judged got;
	bool is_strict;
	const char *point; /* the TAP line behind "ok 1"; with "not " where it fails */
	const char *word; /* in the last line, with a count of 1 */
	unsigned xfail, xpass, changed, unexpected, errors;
} rows[] = {
	{ XL_PASS, XL_PASS, false, "ok 1 - t/1/x\n", "pass", 0, 0, 0, 0, 0 },
	{ XL_PASS, XL_PASS, true, "ok 1 - t/1/x\n", "pass", 0, 0, 0, 0, 0 },
	{ XL_PASS, XL_WEAK, false, "ok 1 - t/1/x (weak: m)\n", "weak", 0, 0, 0, 0, 0 },
	{ XL_PASS, XL_WEAK, true, "not ok 1 - t/1/x (weak: m)\n", "weak", 0, 0, 0, 1, 0 },
	{ XL_PASS, XL_INFO, true, "ok 1 - t/1/x (info: m)\n", "info", 0, 0, 0, 0, 0 },
	{ XL_PASS, XL_FAIL, false, "not ok 1 - t/1/x\n", "fail", 0, 0, 0, 1, 0 },
	{ XL_PASS, XL_ERROR, false, "not ok 1 - t/1/x\n", "error", 0, 0, 0, 0, 1 },
	{ XL_PASS, XL_SKIP, true, "ok 1 - t/1/x # SKIP skip: m\n", "skip", 0, 0, 0, 0, 0 },
	{ XL_WEAK, XL_PASS, false, "not ok 1 - t/1/x\n", "xpass", 0, 1, 0, 1, 0 },
	{ XL_WEAK, XL_PASS, true, "not ok 1 - t/1/x\n", "xpass", 0, 1, 0, 1, 0 },
	{ XL_WEAK, XL_WEAK, false, "ok 1 - t/1/x (weak: m)\n", "weak", 0, 0, 0, 0, 0 },
	{ XL_WEAK, XL_WEAK, true, "not ok 1 - t/1/x # TODO known\n", "xfail", 1, 0, 0, 0, 0 },
	{ XL_WEAK, XL_FAIL, false, "not ok 1 - t/1/x\n", "changed", 0, 0, 1, 1, 0 },
	{ XL_FAIL, XL_WEAK, false, "not ok 1 - t/1/x (xpass: m)\n", "xpass", 0, 1, 0, 1, 0 },
	{ XL_FAIL, XL_WEAK, true, "not ok 1 - t/1/x (changed: m)\n", "changed", 0, 0, 1, 1, 0 },
	{ XL_FAIL, XL_FAIL, true, "not ok 1 - t/1/x # TODO known\n", "xfail", 1, 0, 0, 0, 0 },
	{ XL_FAIL, XL_PASS, false, "not ok 1 - t/1/x\n", "xpass", 0, 1, 0, 1, 0 },
	{ XL_ERROR, XL_ERROR, false, "not ok 1 - t/1/x # TODO known\n", "xfail", 1, 0, 0, 0, 0 },
	{ XL_FAIL, XL_ERROR, false, "not ok 1 - t/1/x\n", "changed", 0, 0, 1, 0, 1 },
};

static struct xl_diags d;

/* What the run would print; to be freed. */
static void render(const char *path, char **text)
{
	struct xl_result_set set;
	size_t n = 0;
	FILE *to;

	is_int(xl_results_read(&set, path, &d), 0, "results read back");
	to = open_memstream(text, &n);
	xl_tap_write(to, &set, NULL);
	fclose(to);
	xl_result_set_free(&set);
}

static void test_row(const struct row *r, const char *path)
{
	static const struct xl_case c = { .id = "t/1/x", .title = "", .interpretation = "" };
	static const struct xl_golden_config config = { .name = "c" };
	static const struct xl_golden golden = {
		.version = "0", .config = &config, .n_configs = 1, .cases = &c, .n_cases = 1
	};
	static struct xl_adapter adapter = { .name = "x", .attachment = "plugin" };
	static struct xl_report rep;
	static struct xl_results to;
	struct xl_expectation known = { .glob = "t/1/*", .verdict = r->known, .why = "known" };
	struct xl_run_plan plan = { .adapter = &adapter,
				    .golden = &golden,
				    .n = 1,
				    .repeat = 1,
				    .is_strict = r->is_strict };
	struct xl_run_outcome out;
	struct xl_ledger l;
	char what[64], count[64], *tap, *point;

	snprintf(what, sizeof what, "%s, %s known%s", xl_judged_text(r->got),
		 r->known == XL_PASS ? "nothing" : xl_judged_text(r->known),
		 r->is_strict ? ", --level should" : "");
	adapter.expected = (struct xl_expected){ .at = &known, .n = r->known == XL_PASS ? 0 : 1 };
	rep.finding.verdict = r->got;
	snprintf(rep.finding.message, sizeof rep.finding.message, "m");
	ok(xl_results_open(&to, path, &d) == 0 && xl_ledger_init(&l, &plan, &to, &out) == 0,
	   "%s: opens", what);
	xl_ledger_report(&l, 0, &rep);
	xl_ledger_end(&l, false);
	is_int(xl_results_close(&to, &d), 0, "%s: closes", what);
	is_int(out.tally.of[r->got], 1, "%s: counted by verdict", what);
	is_int(out.tally.xfail, r->xfail, "%s: xfail", what);
	is_int(out.tally.xpass, r->xpass, "%s: xpass", what);
	is_int(out.tally.changed, r->changed, "%s: changed", what);
	is_int(out.unexpected, r->unexpected, "%s: unexpected", what);
	is_int(out.errors, r->errors, "%s: errors", what);
	render(path, &tap);
	point = tap + strlen("TAP version 13\n1..1\n");
	if (!ok(strncmp(point, r->point, strlen(r->point)) == 0, "%s: %.*s", what,
		(int)strcspn(r->point, "\n#"), r->point))
		printf("# got %.*s\n", (int)strcspn(point, "\n"), point);
	snprintf(count, sizeof count, " 1 %s", r->word);
	ok(strstr(strrchr(tap, '#'), count) != NULL, "%s: '%s' in the last line", what, count);
	free(tap);
}

/* A run of three repetitions that ends behind the second. */
static void test_partial(const char *path)
{
	static const struct partial {
		enum xl_judged got;
		const char *message, *want;
		unsigned n_packets;
	} partials[] = {
		{ XL_PASS, "", "played 2 of 3 times", 0 },
		{ XL_FAIL, "differs in x", "differs in x; played 2 of 3 times", 1 },
	};
	static const uint8_t octets[] = { 0x45, 0x00 };
	static const struct xl_port port = { "v4", XL_SIDE_V4, 1500 };
	static const struct xl_case c = { .id = "t/1/x", .title = "", .interpretation = "" };
	static const struct xl_golden_config config = { .name = "c", .port = &port, .n_ports = 1 };
	static const struct xl_golden golden = {
		.version = "0", .config = &config, .n_configs = 1, .cases = &c, .n_cases = 1
	};
	static struct xl_adapter adapter = { .name = "x", .attachment = "plugin" };
	static struct xl_results to;
	struct xl_run_plan plan = { .adapter = &adapter, .golden = &golden, .n = 1, .repeat = 3 };

	for (size_t i = 0; i < sizeof partials / sizeof partials[0]; i++) {
		const struct partial *p = &partials[i];
		struct xl_seen *seen = calloc(1, sizeof *seen);
		struct xl_report rep = { .n_got = p->n_packets, .got = seen };
		struct xl_run_outcome out;
		struct xl_result_set set;
		struct xl_ledger l;

		rep.bytes = malloc(sizeof octets);
		memcpy(rep.bytes, octets, sizeof octets);
		*seen = (struct xl_seen){ .len = sizeof octets, .p = rep.bytes };
		rep.finding.verdict = p->got;
		snprintf(rep.finding.message, sizeof rep.finding.message, "%s", p->message);
		ok(xl_results_open(&to, path, &d) == 0 && xl_ledger_init(&l, &plan, &to, &out) == 0,
		   "%s, partial: opens", p->message);
		xl_ledger_report(&l, 0, &rep);
		xl_report_fini(&rep); /* what is kept is the ledger's */
		rep.finding.message[0] = '\0';
		xl_ledger_report(&l, 0, &rep);
		xl_ledger_end(&l, true);
		is_int(xl_results_close(&to, &d), 0, "%s, partial: closes", p->message);
		is_int(xl_results_read(&set, path, &d), 0, "%s, partial: is read", p->message);
		is_int(out.tally.of[p->got], 1, "%s, partial: is counted", p->message);
		if (ok(set.n == 1, "%s, partial: has a line", p->message)) {
			is_str(set.at[0].message, p->want, "that says how often it was played");
			is_int(xl_result_count(xl_node_get(set.at[0].node, "got")), p->n_packets,
			       "with its packets");
		}
		xl_result_set_free(&set);
	}
}

int main(void)
{
	char path[] = "/tmp/ledger_test_XXXXXX";

	xl_diags_init(&d);
	close(mkstemp(path));
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		test_row(&rows[i], path);
	test_partial(path);
	unlink(path);
	return done();
}
