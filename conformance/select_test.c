/* select_test.c - which cases a pattern, a shard or a list means, and which suites must be there for it. */
#include "conformance/select.h"

#include "ref/base/tap.h"

static const struct xl_case cases[] = {
	{ .id = "a/1/x" },    { .id = "a/1/x/y" }, { .id = "a/2/z" },
	{ .id = "ab/1/x" },   { .id = "b/1/x" },   { .id = "c/4.1/no-suffix-96" },
	{ .id = "c/4.10/x" },
};
static const struct xl_golden golden = { .cases = cases,
					 .n_cases = sizeof cases / sizeof cases[0] };

static const struct row {
	const char *pattern;
	const char *want; /* the numbers of the cases */
	const char *suites; /* of a, ab, b, c: those that may be needed */
} rows[] = {
	{ "a/1/x", "0", "a" }, /* a whole id is that case alone */
	{ "a/1/", "01", "a" },
	{ "a/1/x/", "1", "a" },
	{ "a", "012", "a" },
	{ "a/", "012", "a" },
	{ "ab", "3", "ab" },
	{ "*/1/x", "034", "a ab b c" },
	{ "a/1/x/", "1", "a" },
	{ "a/1/x/y", "1", "a" },
	{ "c/4", "56", "c" }, /* at a dot of the section */
	{ "c/4.1", "5", "c" },
	{ "c/4.1/no-suffix-9", "", "c" },
	{ "", "", "" },
	{ "a*/1/x", "03", "a ab" },
	{ "[ab]/1/*", "014", "a ab b c" },
	{ "?/2/z", "2", "a ab b c" },
	{ "d", "", "" },
	{ "a/1/x/y/z", "", "a" },
};

static void test_row(const struct row *r)
{
	static const char *const suites[] = { "a", "ab", "b", "c" };
	struct xl_opt_list list = { .n = 1, .at = { r->pattern } };
	struct xl_selection s = { .pattern = &list, .shard = 1, .n_shards = 1 };
	uint32_t number[sizeof cases / sizeof cases[0]];
	char got[16] = "", needed[16] = "";
	size_t n = xl_select(&golden, &s, number);

	for (size_t i = 0; i < n; i++)
		got[i] = (char)('0' + number[i]);
	is_str(got, r->want, "%s: cases", r->pattern);
	for (size_t i = 0; i < 4; i++)
		if (xl_select_needs(&s, suites[i]))
			snprintf(needed + strlen(needed), sizeof needed - strlen(needed), "%s%s",
				 needed[0] ? " " : "", suites[i]);
	is_str(needed, r->suites, "%s: suites", r->pattern);
}

static void test_shards(void)
{
	static const struct {
		const char *text;
		bool want;
	} shards[] = { { "1/1", true },  { "2/3", true },  { "3/3", true }, { "0/3", false },
		       { "4/3", false }, { "1", false },   { "1/", false }, { "1/2x", false },
		       { "/2", false },  { "-1/2", false } };
	struct xl_selection s = { .n_shards = 1 };
	uint32_t number[sizeof cases / sizeof cases[0]];
	unsigned seen = 0;

	for (size_t i = 0; i < sizeof shards / sizeof shards[0]; i++)
		is_int(xl_select_shard(&s, shards[i].text), shards[i].want, "shard %s",
		       shards[i].text);
	s = (struct xl_selection){ .n_shards = 2 };
	for (s.shard = 1; s.shard <= 2; s.shard++)
		for (size_t n = xl_select(&golden, &s, number); n-- > 0;)
			seen += 1u << 4 * number[n];
	is_int(seen, 0x1111111, "two shards are each case once");
}

/* A misspelt one beside others would leave out cases in silence. */
static void test_idle(void)
{
	struct xl_opt_list list = { .n = 3, .at = { "a", "*/2/z", "b/1" } };
	struct xl_selection s = { .pattern = &list, .shard = 2, .n_shards = 2 };

	ok(xl_select_idle(&golden, &s) == NULL, "patterns that all mean a case");
	list.at[1] = "no-such/z";
	list.at[2] = "nor-this";
	is_str(xl_select_idle(&golden, &s), "no-such/z", "the first that means none");
	list.n = 0;
	ok(xl_select_idle(&golden, &s) == NULL, "no pattern at all");
}

int main(void)
{
	static const char *const ids[] = { "a/2/z", "b/1/x" };
	struct xl_selection s = { .id = ids, .n_ids = 2, .n_shards = 1 };
	uint32_t number[sizeof cases / sizeof cases[0]];

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		test_row(&rows[i]);
	test_shards();
	test_idle();
	is_int(xl_select(&golden, &s, number), 2, "a list of ids");
	ok(xl_select_needs(&s, "a") && !xl_select_needs(&s, "ab"), "needs their suites");
	s.n_ids = 0;
	is_int(xl_select(&golden, &s, number), 0, "an empty list means none");
	ok(!xl_select_needs(&s, "a"), "and needs nothing");
	return done();
}
