/* tap.c - see tap.h.
 *
 * The form is that of TAP 14. The first line says 13, of which 14 is an extension: readers in use (perl's
 * TAP::Parser 3.44) refuse any higher number, and nothing here needs it.
 */
#include "conformance/tap.h"

#include "conformance/failure.h"
#include "conformance/plain.h"
#include "conformance/summary.h"

/* Text of ours or of an implementation: one line, no directive in it. */
static void put_line(FILE *to, const char *text)
{
	char one[XL_PLAIN_MAX];

	for (size_t n; (n = xl_plain_next(text, one)) > 0; text += n)
		fputs(*one == '#' ? "*" : one, to);
}

static void put_point(FILE *to, const struct xl_result *r, size_t number, const char *repro,
		      const char *captures)
{
	const char *word = xl_word_text(xl_result_word(r));
	bool is_good = r->expected == XL_EXPECTED_YES && !r->is_bad;
	bool is_known = r->expected == XL_EXPECTED_YES && !is_good;

	fprintf(to, "%sok %zu - ", is_good ? "" : "not ", number);
	put_line(to, r->id);
	if (r->verdict == XL_SKIP || r->verdict == XL_UNSUPPORTED) {
		fprintf(to, " # SKIP %s: ", word);
		put_line(to, r->message);
	} else if (is_known) {
		fputs(" # TODO ", to);
		put_line(to, xl_result_text(r->node, "why"));
	} else if (r->verdict == XL_WEAK || r->verdict == XL_INFO) {
		fprintf(to, " (%s%s", word, *r->message ? ": " : "");
		put_line(to, r->message);
		fputc(')', to);
	}
	fputc('\n', to);
	if (xl_failure_is(r))
		xl_failure_yaml(to, r, repro, captures);
	else if (r->verdict == XL_WEAK || r->verdict == XL_INFO || xl_node_get(r->node, "sent"))
		xl_failure_yaml(to, r, repro, NULL);
}

static void put_counts(FILE *to, const struct xl_result_set *s)
{
	size_t n[XL_WORD_COUNT];
	bool is_first = true;

	xl_summary_count(s, n);
	fputc('#', to);
	for (int w = 0; w < XL_WORD_COUNT; w++) {
		if (!n[w] && w != XL_WORD_PASS && w != XL_WORD_UNSUPPORTED)
			continue;
		fprintf(to, "%s %zu %s", is_first ? "" : ",", n[w], xl_word_text((enum xl_word)w));
		is_first = false;
	}
	fputc('\n', to);
}

void xl_tap_write(FILE *to, const struct xl_result_set *s, const char *captures)
{
	fprintf(to, "TAP version 13\n1..%zu\n", s->n);
	for (size_t i = 0; i < s->n; i++)
		put_point(to, &s->at[i], i + 1, s->repro, captures);
	put_counts(to, s);
	if (xl_results_cut_off(s))
		fputs("Bail out! the run was cut off; the cases above are what was judged\n", to);
}
