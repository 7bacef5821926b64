/* tap.c - see tap.h.
 *
 * The form is that of TAP 14. The first line says 13, of which 14 is an extension: readers in use (perl's
 * TAP::Parser 3.44) refuse any higher number, and nothing here needs it.
 */
#include "conformance/tap.h"

#include <string.h>

#include "conformance/failure.h"

/* Text of ours or of an implementation behind a directive: one line, no second directive. */
static void put_line(FILE *to, const char *text)
{
	for (const char *c = text; *c; c++)
		fputc((unsigned char)*c < 0x20 || *c == 0x7f ? ' ' : *c == '#' ? '*' : *c, to);
}

static const char *why_of(const struct xl_result *r)
{
	const struct xl_node *n = xl_node_get(r->node, "why");

	return n && n->text ? n->text : "";
}

static void put_point(FILE *to, const struct xl_result *r, size_t number, const char *repro,
		      const char *captures)
{
	const char *word = xl_result_word(r);
	bool is_good = r->expected == XL_EXPECTED_YES && !r->is_bad;
	bool is_known = r->expected == XL_EXPECTED_YES && !is_good;

	fprintf(to, "%sok %zu - %s", is_good ? "" : "not ", number, r->id);
	if (r->verdict == XL_SKIP || r->verdict == XL_UNSUPPORTED) {
		fprintf(to, " # SKIP %s: ", word);
		put_line(to, r->message);
	} else if (is_known) {
		fputs(" # TODO ", to);
		put_line(to, why_of(r));
	} else if (r->verdict == XL_WEAK || r->verdict == XL_INFO) {
		fprintf(to, " (%s%s", word, *r->message ? ": " : "");
		put_line(to, r->message);
		fputc(')', to);
	}
	fputc('\n', to);
	if (xl_failure_is(r))
		xl_failure_yaml(to, r, repro, captures);
}

static void put_counts(FILE *to, const struct xl_result_set *s)
{
	static const char *const words[] = { "pass",  "weak",  "info",    "fail",        "error",
					     "xfail", "xpass", "changed", "unsupported", "skip" };

	fputc('#', to);
	for (size_t w = 0; w < sizeof words / sizeof words[0]; w++) {
		size_t n = 0;

		for (size_t i = 0; i < s->n; i++)
			n += strcmp(xl_result_word(&s->at[i]), words[w]) == 0;
		if (n || strcmp(words[w], "unsupported") == 0 || w == 0)
			fprintf(to, "%s %zu %s", w ? "," : "", n, words[w]);
	}
	fputc('\n', to);
}

void xl_tap_write(FILE *to, const struct xl_result_set *s, const char *repro, const char *captures)
{
	fprintf(to, "TAP version 13\n1..%zu\n", s->n);
	for (size_t i = 0; i < s->n; i++)
		put_point(to, &s->at[i], i + 1, repro, captures);
	put_counts(to, s);
	if (!s->has_end || s->was_interrupted)
		fputs("Bail out! the run was cut off; the cases above are what was judged\n", to);
}
