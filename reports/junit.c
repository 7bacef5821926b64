/* junit.c - JUnit XML as Jenkins, GitLab, GitHub and Surefire's readers take it: one testsuite an RFC.
 *
 * A known failure is `skipped` with its reason; unsupported and skip are, too. What happened beside cases, and
 * a run that was cut off, are errors of a testsuite of their own: no reader may take half a run for a whole.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/failure.h"
#include "reports/escape.h"
#include "reports/render.h"

enum outcome { GOOD, FAILURE, BROKEN, SKIPPED, N_OUTCOMES };

struct item { /* a case, and where it belongs */
	const struct xl_result *r;
	uint32_t rfc; /* 0: none */
	const char *section;
};

struct counts {
	size_t n, of[N_OUTCOMES];
	int64_t ms;
};

static enum outcome outcome_of(const struct xl_result *r)
{
	switch (xl_result_word(r)) {
	case XL_WORD_ERROR: return BROKEN;
	case XL_WORD_FAIL:
	case XL_WORD_XPASS: return FAILURE;
	case XL_WORD_CHANGED: return r->verdict == XL_ERROR ? BROKEN : FAILURE;
	case XL_WORD_WEAK: return r->expected == XL_EXPECTED_YES ? GOOD : FAILURE;
	case XL_WORD_XFAIL:
	case XL_WORD_UNSUPPORTED:
	case XL_WORD_SKIP: return SKIPPED;
	case XL_WORD_PASS:
	case XL_WORD_INFO:
	case XL_WORD_COUNT: break;
	}
	return GOOD;
}

/* The RFC its id begins with, or that of the first requirement; the section of its first requirement there. */
static struct item item_of(const struct xl_result *r)
{
	const struct xl_node *list = xl_node_get(r->node, "requirements");
	struct item x = { .r = r, .section = "" };

	if (sscanf(r->id, "rfc%5" SCNu32 "/", &x.rfc) != 1)
		x.rfc = 0;
	for (uint32_t i = 0; i < xl_result_count(list); i++) {
		int64_t rfc = xl_result_int(list->item[i], "rfc", 0);

		if (!x.rfc && rfc > 0 && rfc < 100000)
			x.rfc = (uint32_t)rfc;
		if (x.rfc == (uint32_t)rfc && !*x.section)
			x.section = xl_result_text(list->item[i], "section");
	}
	return x;
}

static int64_t ms_of(const struct xl_result *r)
{
	int64_t ms = xl_result_int(r->node, "ms", 0);

	return ms > 0 && ms < INT32_MAX ? ms : 0;
}

static int by_rfc(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	if (x->rfc != y->rfc)
		return x->rfc < y->rfc ? -1 : 1;
	return strcmp(x->r->id, y->r->id);
}

/* ---- elements ---- */

static void put_attr(FILE *to, const char *name, const char *text)
{
	fprintf(to, " %s=\"", name);
	xl_escape_xml(to, text);
	fputc('"', to);
}

static void put_property(FILE *to, const char *name, const char *text)
{
	fputs("      <property", to);
	put_attr(to, "name", name);
	put_attr(to, "value", text);
	fputs("/>\n", to);
}

/* What a failing case shows in TAP is the body, too. */
static void put_trouble(FILE *to, const char *element, const struct xl_render_input *in,
			const struct xl_result *r)
{
	char *text = NULL;
	size_t n = 0;
	FILE *block = open_memstream(&text, &n);
	const char *message = xl_result_word(r) == XL_WORD_XPASS
				      ? "no failure, though it is listed as a known one"
				      : r->message;

	fprintf(to, "      <%s", element);
	put_attr(to, "message", message);
	put_attr(to, "type", xl_word_text(xl_result_word(r)));
	fputc('>', to);
	if (block) {
		xl_failure_yaml(block, r, in->set.repro, in->captures[0] ? in->captures : NULL);
		if (fclose(block) == 0)
			xl_escape_xml_lines(to, text);
	}
	fprintf(to, "</%s>\n", element);
	free(text);
}

static void put_skipped(FILE *to, const struct xl_result *r)
{
	bool is_known = xl_result_word(r) == XL_WORD_XFAIL;

	fprintf(to, "      <skipped message=\"%s: ",
		is_known ? "known failure" : xl_judged_text(r->verdict));
	xl_escape_xml(to, is_known ? xl_result_text(r->node, "why") : r->message);
	fputs("\"/>\n", to);
}

static void put_case(FILE *to, const struct xl_render_input *in, const struct item *x)
{
	char name[64], section[64];
	int64_t ms = ms_of(x->r);

	xl_escape_file_name(x->section, section);
	for (char *c = section; *c; c++) /* a dot parts packages */
		*c = *c == '.' ? '-' : *c;
	xl_escape_file_name(in->set.iut, name);
	fprintf(to, "    <testcase classname=\"%s.rfc%" PRIu32 ".%s\"", name, x->rfc, section);
	put_attr(to, "name", x->r->id);
	fprintf(to, " time=\"%" PRId64 ".%03d\">\n", ms / 1000, (int)(ms % 1000));
	switch (outcome_of(x->r)) {
	case FAILURE: put_trouble(to, "failure", in, x->r); break;
	case BROKEN: put_trouble(to, "error", in, x->r); break;
	case SKIPPED: put_skipped(to, x->r); break;
	case GOOD:
	case N_OUTCOMES:
		if (x->r->verdict == XL_PASS)
			break;
		fprintf(to, "      <system-out>%s: ", xl_judged_text(x->r->verdict));
		xl_escape_xml(to, x->r->message);
		fputs("</system-out>\n", to);
	}
	fputs("    </testcase>\n", to);
}

/* ---- suites ---- */

static void count(struct counts *c, const struct item *x, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		c->n++;
		c->of[outcome_of(x[i].r)]++;
		c->ms += ms_of(x[i].r);
	}
}

static void put_counts(FILE *to, const struct counts *c)
{
	fprintf(to, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" time=\"%" PRId64 ".%03d\"",
		c->n, c->of[FAILURE], c->of[BROKEN], c->ms / 1000, (int)(c->ms % 1000));
}

static void put_suite(FILE *to, const struct xl_render_input *in, const struct item *x, size_t n)
{
	struct counts c = { 0 };
	char rfc[24] = "other";

	count(&c, x, n);
	if (x->rfc)
		snprintf(rfc, sizeof rfc, "RFC %" PRIu32, x->rfc);
	fputs("  <testsuite name=\"", to);
	xl_escape_xml(to, in->set.iut);
	fprintf(to, ": %s\"", rfc);
	put_counts(to, &c);
	fprintf(to, " skipped=\"%zu\">\n    <properties>\n", c.of[SKIPPED]);
	put_property(to, "iut", in->set.iut);
	put_property(to, "iut_version", in->set.iut_version);
	put_property(to, "attachment", in->set.attachment);
	put_property(to, "vectors", in->set.vectors);
	put_property(to, "started", in->set.started);
	fputs("    </properties>\n", to);
	for (size_t i = 0; i < n; i++)
		put_case(to, in, &x[i]);
	fputs("  </testsuite>\n", to);
}

static size_t n_troubles(const struct xl_result_set *s)
{
	return s->n_notes + xl_results_cut_off(s);
}

static void put_run_error(FILE *to, const char *name, const char *text)
{
	fprintf(to, "    <testcase classname=\"%s.run\" name=\"run\" time=\"0.000\">\n      <error",
		name);
	put_attr(to, "message", text);
	fputs(" type=\"error\"/>\n    </testcase>\n", to);
}

static void put_troubles(FILE *to, const struct xl_result_set *s)
{
	struct counts c = { .n = n_troubles(s), .of = { [BROKEN] = n_troubles(s) } };
	char name[64];

	if (!c.n)
		return;
	xl_escape_file_name(s->iut, name);
	fputs("  <testsuite name=\"", to);
	xl_escape_xml(to, s->iut);
	fputs(": the run\"", to);
	put_counts(to, &c);
	fputs(" skipped=\"0\">\n", to);
	for (size_t i = 0; i < s->n_notes; i++)
		put_run_error(to, name, s->note[i]);
	if (xl_results_cut_off(s))
		put_run_error(to, name, "the run was cut off; the cases here are what was judged");
	fputs("  </testsuite>\n", to);
}

static void put_run(FILE *to, const struct xl_render_input *in, const struct item *x, size_t n)
{
	for (size_t from = 0, end; from < n; from = end) {
		for (end = from + 1; end < n && x[end].rfc == x[from].rfc; end++)
			;
		put_suite(to, in, x + from, end - from);
	}
	put_troubles(to, &in->set);
}

int xl_render_junit(FILE *to, const struct xl_render_input *in, size_t n, struct xl_diags *d)
{
	struct counts all = { 0 };
	struct item **item = calloc(n + 1, sizeof(struct item *));
	int r = 0;

	for (size_t i = 0; item && i < n && r == 0; i++) {
		const struct xl_result_set *s = &in[i].set;

		item[i] = calloc(s->n + 1, sizeof *item[i]);
		if (!item[i])
			r = XL_ERR_NOMEM;
		for (size_t k = 0; r == 0 && k < s->n; k++)
			item[i][k] = item_of(&s->at[k]);
		if (r == 0) {
			qsort(item[i], s->n, sizeof *item[i], by_rfc);
			count(&all, item[i], s->n);
			all.n += n_troubles(s);
			all.of[BROKEN] += n_troubles(s);
		}
	}
	if (!item || r < 0) {
		r = xl_diag(d, XL_ERR_NOMEM, XL_NOWHERE, "no memory left");
		goto out;
	}
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"xlatlab\"", to);
	put_counts(to, &all);
	fputs(">\n", to);
	for (size_t i = 0; i < n; i++)
		put_run(to, &in[i], item[i], in[i].set.n);
	fputs("</testsuites>\n", to);
out:
	for (size_t i = 0; item && i < n; i++)
		free(item[i]);
	free(item);
	return r;
}
