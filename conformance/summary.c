/* summary.c - see summary.h. */
#include "conformance/summary.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/plain.h"

enum { SHOWN_MAX = 12 }; /* sections, and reasons, of the short form */

void xl_summary_count(const struct xl_result_set *s, size_t n[static XL_WORD_COUNT])
{
	memset(n, 0, XL_WORD_COUNT * sizeof *n);
	for (size_t i = 0; i < s->n; i++)
		n[xl_result_word(&s->at[i])]++;
}

static const char *const level_words[XL_SUMMARY_LEVELS] = { [XL_REQ_MUST] = "must",
							    [XL_REQ_SHOULD] = "should",
							    [XL_REQ_MAY] = "may",
							    [XL_REQ_PLAIN] = "plain" };

const char *xl_summary_level_text(enum xl_req_level l)
{
	static const char *const text[] = { [XL_REQ_MUST] = "MUST",
					    [XL_REQ_SHOULD] = "SHOULD",
					    [XL_REQ_MAY] = "MAY",
					    [XL_REQ_PLAIN] = "plain" };

	return text[l];
}

/* ---- one requirement, as one case covers it ---- */

struct mark {
	const char *id, *section, *message; /* message: of the case */
	uint32_t rfc;
	uint8_t level;
	enum xl_judged verdict;
};

static bool read_mark(struct mark *m, const struct xl_node *q, const struct xl_result *r)
{
	const char *level = xl_result_text(q, "level");
	int64_t rfc = xl_result_int(q, "rfc", 0);

	*m = (struct mark){ .id = xl_result_text(q, "id"),
			    .section = xl_result_text(q, "section"),
			    .rfc = rfc > 0 && rfc < 100000 ? (uint32_t)rfc : 0,
			    .message = r->message,
			    .verdict = r->verdict };
	for (; m->level < XL_SUMMARY_LEVELS; m->level++)
		if (strcmp(level, level_words[m->level]) == 0)
			return m->rfc > 0;
	return false; /* a row the golden set does not know; nothing can be counted */
}

/* "4.10" comes behind "4.9". */
static int compare_sections(const char *a, const char *b)
{
	while (*a && *b) {
		char *a_end, *b_end;
		unsigned long x = strtoul(a, &a_end, 10), y = strtoul(b, &b_end, 10);

		if (a_end == a || b_end == b || x != y)
			return a_end == a || b_end == b ? strcmp(a, b) : x < y ? -1 : 1;
		a = a_end + (*a_end == '.');
		b = b_end + (*b_end == '.');
	}
	return *a ? 1 : *b ? -1 : 0;
}

static int by_requirement(const void *a, const void *b)
{
	const struct mark *x = a, *y = b;
	int r;

	if (x->rfc != y->rfc)
		return x->rfc < y->rfc ? -1 : 1;
	r = compare_sections(x->section, y->section);
	return r ? r : strcmp(x->id, y->id);
}

static void add_why(struct xl_summary_row *row, const char *why)
{
	for (uint8_t i = 0; i < row->n_why; i++)
		if (strcmp(row->why[i], why) == 0)
			return;
	if (row->n_why < XL_SUMMARY_WHY_MAX)
		row->why[row->n_why++] = why;
}

/* Marks of one requirement, n of them, into its section's row. */
static void add_requirement(struct xl_summary_row *row, const struct mark *m, size_t n)
{
	struct xl_summary_level *to = &row->level[m->level];
	size_t of[XL_JUDGED_COUNT] = { 0 };

	for (size_t i = 0; i < n; i++)
		of[m[i].verdict]++;
	if (of[XL_SKIP] + of[XL_UNSUPPORTED] == n) {
		to->unsupported += of[XL_UNSUPPORTED] > 0;
		to->skipped += of[XL_UNSUPPORTED] == 0;
		for (size_t i = 0; i < n; i++)
			if (m[i].verdict == XL_UNSUPPORTED)
				add_why(row, m[i].message);
		return;
	}
	to->judged++;
	to->met += !of[XL_FAIL] && !of[XL_ERROR] && !(m->level == XL_REQ_SHOULD && of[XL_WEAK]);
}

static int make_rows(struct xl_summary *s, struct mark *m, size_t n)
{
	if (n == 0)
		return 0;
	qsort(m, n, sizeof *m, by_requirement);
	s->row = calloc(n, sizeof *s->row);
	if (!s->row)
		return XL_ERR_NOMEM;
	for (size_t i = 0, end; i < n; i = end) {
		struct xl_summary_row *row = s->n_rows ? &s->row[s->n_rows - 1] : NULL;

		for (end = i + 1; end < n && by_requirement(&m[i], &m[end]) == 0; end++)
			;
		if (!row || row->rfc != m[i].rfc ||
		    compare_sections(row->section, m[i].section) != 0) {
			row = &s->row[s->n_rows++];
			*row = (struct xl_summary_row){ .rfc = m[i].rfc, .section = m[i].section };
		}
		add_requirement(row, m + i, end - i);
	}
	return 0;
}

/* ---- reasons ---- */

static int by_weight(const void *a, const void *b)
{
	const struct xl_summary_reason *x = a, *y = b;

	if (x->verdict != y->verdict)
		return x->verdict == XL_UNSUPPORTED ? -1 : 1;
	if (x->n_cases != y->n_cases)
		return x->n_cases > y->n_cases ? -1 : 1;
	return strcmp(x->text, y->text);
}

static int by_text(const void *a, const void *b)
{
	const struct xl_summary_reason *x = a, *y = b;

	return x->verdict != y->verdict ? (x->verdict < y->verdict ? -1 : 1)
					: strcmp(x->text, y->text);
}

static int make_reasons(struct xl_summary *s, const struct xl_result_set *set)
{
	size_t n = 0;

	s->reason = calloc(set->n + 1, sizeof *s->reason);
	if (!s->reason)
		return XL_ERR_NOMEM;
	for (size_t i = 0; i < set->n; i++)
		if (set->at[i].verdict == XL_UNSUPPORTED || set->at[i].verdict == XL_SKIP)
			s->reason[n++] = (struct xl_summary_reason){ .text = set->at[i].message,
								     .verdict = set->at[i].verdict,
								     .n_cases = 1 };
	qsort(s->reason, n, sizeof *s->reason, by_text);
	for (size_t i = 0; i < n; i++) {
		if (s->n_reasons && by_text(&s->reason[s->n_reasons - 1], &s->reason[i]) == 0)
			s->reason[s->n_reasons - 1].n_cases++;
		else
			s->reason[s->n_reasons++] = s->reason[i];
	}
	qsort(s->reason, s->n_reasons, sizeof *s->reason, by_weight);
	return 0;
}

int xl_summary_make(struct xl_summary *m, const struct xl_result_set *s, struct xl_diags *d)
{
	struct mark *mark;
	size_t n = 0;
	int r = 0;

	memset(m, 0, sizeof *m);
	for (size_t i = 0; i < s->n; i++)
		n += xl_result_count(xl_node_get(s->at[i].node, "requirements"));
	mark = calloc(n + 1, sizeof *mark);
	n = 0;
	for (size_t i = 0; mark && i < s->n; i++) {
		const struct xl_node *list = xl_node_get(s->at[i].node, "requirements");

		for (uint32_t k = 0; k < xl_result_count(list); k++)
			n += read_mark(&mark[n], list->item[k], &s->at[i]);
	}
	if (!mark || make_rows(m, mark, n) < 0 || make_reasons(m, s) < 0)
		r = xl_diag(d, XL_ERR_NOMEM, XL_NOWHERE, "no memory left");
	free(mark);
	if (r < 0)
		xl_summary_free(m);
	return r;
}

void xl_summary_free(struct xl_summary *m)
{
	free(m->row);
	free(m->reason);
	memset(m, 0, sizeof *m);
}

/* ---- showing ---- */

struct xl_summary_row xl_summary_rfc(const struct xl_summary *m, size_t from, size_t *next)
{
	struct xl_summary_row sum = { .rfc = m->row[from].rfc, .section = "" };
	size_t i = from;

	for (; i < m->n_rows && m->row[i].rfc == sum.rfc; i++) {
		for (int l = 0; l < XL_SUMMARY_LEVELS; l++) {
			const struct xl_summary_level *x = &m->row[i].level[l];

			sum.level[l].judged += x->judged;
			sum.level[l].met += x->met;
			sum.level[l].unsupported += x->unsupported;
			sum.level[l].skipped += x->skipped;
		}
	}
	*next = i;
	return sum;
}

void xl_summary_row_put(FILE *to, const struct xl_summary_row *row)
{
	const char *lead = "";

	for (int l = 0; l < XL_SUMMARY_LEVELS; l++) {
		const struct xl_summary_level *x = &row->level[l];

		if (!x->judged)
			continue;
		fprintf(to, "%s%" PRIu32 " of %" PRIu32 " %s", lead, x->met, x->judged,
			xl_summary_level_text((enum xl_req_level)l));
		lead = ", ";
	}
	if (!*lead)
		fputs("nothing judged", to);
	lead = "; unsupported: ";
	for (int l = 0; l < XL_SUMMARY_LEVELS; l++) {
		if (!row->level[l].unsupported)
			continue;
		fprintf(to, "%s%" PRIu32 " %s", lead, row->level[l].unsupported,
			xl_summary_level_text((enum xl_req_level)l));
		lead = ", ";
	}
	for (uint8_t i = 0; i < row->n_why; i++) {
		fputs(i ? "; " : " (", to);
		xl_plain_put(to, row->why[i]);
	}
	fputs(row->n_why ? ")" : "", to);
}

static bool is_met(const struct xl_summary_row *row)
{
	for (int l = 0; l < XL_SUMMARY_LEVELS; l++)
		if (row->level[l].met < row->level[l].judged)
			return false;
	return true;
}

static bool is_skipped(const struct xl_summary_row *row)
{
	for (int l = 0; l < XL_SUMMARY_LEVELS; l++)
		if (row->level[l].judged || row->level[l].unsupported)
			return false;
	return true;
}

/* Sections where something is missed; of those that would go beyond `budget` only the number. */
static void put_missed(FILE *to, const struct xl_summary_row *row, size_t n, size_t *budget)
{
	size_t more = 0;

	for (size_t i = 0; i < n; i++) {
		if (is_met(&row[i]))
			continue;
		if (!*budget) {
			more++;
			continue;
		}
		--*budget;
		fprintf(to, "  RFC %" PRIu32 " ", row[i].rfc);
		xl_plain_put(to, row[i].section);
		fputs(": ", to);
		xl_summary_row_put(to, &row[i]);
		fputc('\n', to);
	}
	if (more)
		fprintf(to, "  and %zu more section%s\n", more, more == 1 ? "" : "s");
}

static void put_reason(FILE *to, const struct xl_summary_reason *r)
{
	fprintf(to, "%s: %zu case%s: ", xl_judged_text(r->verdict), r->n_cases,
		r->n_cases == 1 ? "" : "s");
	xl_plain_put(to, r->text);
	fputc('\n', to);
}

void xl_summary_put(FILE *to, const struct xl_summary *m)
{
	size_t budget = SHOWN_MAX;

	for (size_t i = 0, next; i < m->n_rows; i = next) {
		struct xl_summary_row rfc = xl_summary_rfc(m, i, &next);

		if (is_skipped(&rfc))
			continue;
		fprintf(to, "RFC %" PRIu32 ": ", rfc.rfc);
		xl_summary_row_put(to, &rfc);
		fputc('\n', to);
		put_missed(to, m->row + i, next - i, &budget);
	}
	for (size_t i = 0; i < m->n_reasons && i < SHOWN_MAX; i++)
		put_reason(to, &m->reason[i]);
	if (m->n_reasons > SHOWN_MAX)
		fprintf(to, "and cases for %zu more reasons\n", m->n_reasons - SHOWN_MAX);
}
