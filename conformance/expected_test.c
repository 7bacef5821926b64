/* expected_test.c - a known failure must fail as it is known to. */
#include "conformance/expected.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ref/base/tap.h"

static const char text[] = "a/b: {verdict: fail, fields: [ipv6.hlim, ipv6.tc], why: known, link: "
			   "'https://x', also: [a/c, "
			   "a/d*]}\n"
			   "a/t/*: {verdict: fail, fields: [missing], why: a table}\n"
			   "a/w: {verdict: weak, why: it may}\n"
			   "a/e: {verdict: error, why: it crashes}\n";

static const struct row {
	const char *id, *fields; /* that differ, separated by blanks */
	enum xl_judged verdict;
	bool is_strict;
	enum xl_expectedness want;
} rows[] = {
	{ "a/b", "ipv6.hlim ipv6.tc", XL_FAIL, false, XL_EXPECTED_YES },
	{ "a/b", "ipv6.tc ipv6.hlim", XL_FAIL, false, XL_EXPECTED_YES },
	{ "a/b", "ipv6.tc ipv6.hlim ipv6.tc", XL_FAIL, false, XL_EXPECTED_YES },
	{ "a/b", "ipv6.hlim", XL_FAIL, false, XL_EXPECTED_CHANGED },
	{ "a/b", "ipv6.hlim ipv6.tc ipv6.src", XL_FAIL, false, XL_EXPECTED_CHANGED },
	{ "a/b", "", XL_PASS, false, XL_EXPECTED_NO },
	{ "a/b", "", XL_ERROR, false, XL_EXPECTED_CHANGED },
	{ "a/b", "", XL_SKIP, false, XL_EXPECTED_YES },
	{ "a/b", "", XL_UNSUPPORTED, false, XL_EXPECTED_YES },
	{ "a/c", "ipv6.hlim ipv6.tc", XL_FAIL, false, XL_EXPECTED_YES },
	{ "a/c", "ipv6.hlim", XL_FAIL, false, XL_EXPECTED_CHANGED },
	{ "a/dd", "ipv6.hlim ipv6.tc", XL_FAIL, false, XL_EXPECTED_YES },
	{ "a/cc", "ipv6.hlim ipv6.tc", XL_FAIL, false, XL_EXPECTED_NO },
	{ "a/t/one", "missing", XL_FAIL, false, XL_EXPECTED_YES },
	{ "a/t/two", "extra", XL_FAIL, false, XL_EXPECTED_CHANGED },
	{ "a/w", "", XL_WEAK, false, XL_EXPECTED_YES },
	{ "a/w", "", XL_WEAK, true, XL_EXPECTED_YES },
	{ "a/w", "", XL_PASS, false, XL_EXPECTED_NO },
	{ "a/e", "", XL_ERROR, false, XL_EXPECTED_YES },
	{ "a/other", "", XL_PASS, false, XL_EXPECTED_YES },
	{ "a/other", "x", XL_FAIL, false, XL_EXPECTED_NO },
	{ "a/other", "", XL_WEAK, false, XL_EXPECTED_YES },
	{ "a/other", "", XL_WEAK, true, XL_EXPECTED_NO },
	{ "a/other", "", XL_INFO, true, XL_EXPECTED_YES },
	{ "a/other", "", XL_ERROR, false, XL_EXPECTED_NO },
};

static void test_idle_rows(void)
{
	static const struct xl_case cases[] = { { .id = "a/b" }, { .id = "a/t/one" } };
	static const struct idle {
		const char *glob, *message; /* NULL: none */
	} idle[] = {
		{ "a/b", NULL },       { "a/t/*", NULL },   { "a/t/one", "rows before it" },
		{ "a/x*", "no case" }, { "other/x", NULL },
	};
	struct xl_expectation row[5];
	struct xl_expected e = { .at = row, .n = 5 };
	static struct xl_diags diags;
	size_t n = 0;

	for (size_t i = 0; i < e.n; i++)
		row[i] = (struct xl_expectation){ .glob = idle[i].glob };
	xl_diags_init(&diags);
	ok(xl_expected_check(&e, cases, 2, &diags) < 0, "rows that stand for nothing are refused");
	for (size_t i = 0; i < e.n; i++)
		if (idle[i].message)
			ok(n < diags.n && strstr(diags.at[n++].text, idle[i].message) != NULL,
			   "%s: %s", idle[i].glob, idle[i].message);
	is_int(diags.n, n, "and no other");
}

static void fill(struct xl_finding *f, const struct row *r)
{
	char copy[128];

	memset(f, 0, sizeof *f);
	f->verdict = r->verdict;
	snprintf(copy, sizeof copy, "%s", r->fields);
	for (char *name = strtok(copy, " "); name; name = strtok(NULL, " "))
		xl_diff_add(&f->diffs, name, 0, "", "");
}

/* As many fields as a finding keeps, all listed; then one more, of which only the number is known. */
static void test_more_than_kept(void)
{
	static char name[XL_DIFFS_MAX + 1][8];
	const char *field[XL_DIFFS_MAX];
	struct xl_expectation e = { .verdict = XL_FAIL, .field = field, .n_fields = XL_DIFFS_MAX };
	static struct xl_finding f = { .verdict = XL_FAIL };

	for (unsigned i = 0; i <= XL_DIFFS_MAX; i++)
		snprintf(name[i], sizeof name[i], "f%u", i);
	for (unsigned i = 0; i < XL_DIFFS_MAX; i++) {
		field[i] = name[i];
		xl_diff_add(&f.diffs, name[i], 0, "", "");
	}
	is_int(xl_expected_diff(&e, &f, false), XL_EXPECTED_YES, "all the listed fields differ");
	xl_diff_add(&f.diffs, name[XL_DIFFS_MAX], 0, "", "");
	is_int(xl_expected_diff(&e, &f, false), XL_EXPECTED_CHANGED, "and one that is not kept");
}

int main(void)
{
	char path[] = "/tmp/expected_test_XXXXXX";
	static struct xl_finding f;
	static struct xl_diags d;
	struct xl_expected e;
	int fd = mkstemp(path);

	xl_diags_init(&d);
	ok(fd >= 0 && write(fd, text, sizeof text - 1) == (ssize_t)sizeof text - 1, "a file");
	close(fd);
	is_int(xl_expected_read(&e, path, &d), 0, "is read");
	xl_diags_print(&d, stderr);
	is_int(e.n, 6, "four rows, one of them thrice");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		fill(&f, &rows[i]);
		is_str(xl_expectedness_text(xl_expected_diff(xl_expected_find(&e, rows[i].id), &f,
							     rows[i].is_strict)),
		       xl_expectedness_text(rows[i].want), "%s: %s '%s'", rows[i].id,
		       xl_judged_text(rows[i].verdict), rows[i].fields);
	}
	xl_expected_free(&e);
	unlink(path);
	is_int(xl_expected_read(&e, path, &d), 0, "no file is an empty list");
	is_int(e.n, 0, "of no rows");
	xl_expected_free(&e);
	test_idle_rows();
	test_more_than_kept();
	return done();
}
