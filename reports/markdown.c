/* markdown.c - a summary for the page of a CI run (GitHub Flavored Markdown).
 *
 * Such pages have limits (1 MiB), so long lists are cut and say so; results.jsonl has all.
 */
#include <inttypes.h>
#include <string.h>

#include "conformance/summary.h"
#include "reports/escape.h"
#include "reports/render.h"

enum { ROWS_MAX = 100, FIELDS_MAX = 4 };

/* ---- head ---- */

static void put_head(FILE *to, const struct xl_result_set *s)
{
	size_t n[XL_WORD_COUNT];
	const char *lead = "";

	fputs("## ", to);
	xl_escape_markdown(to, s->iut);
	fputc(' ', to);
	xl_escape_markdown(to, s->iut_version);
	fputs("\n\nAttachment ", to);
	xl_escape_markdown(to, s->attachment);
	fputs(", golden set ", to);
	xl_escape_markdown(to, s->vectors);
	fputs(", xlatlab ", to);
	xl_escape_markdown(to, s->xlatlab);
	fputs(", begun ", to);
	xl_escape_markdown(to, s->started);
	fputs(".\n\n**", to);
	xl_summary_count(s, n);
	for (int w = 0; w < XL_WORD_COUNT; w++) {
		if (!n[w] && w != XL_WORD_PASS && w != XL_WORD_UNSUPPORTED)
			continue;
		fprintf(to, "%s%zu %s", lead, n[w], xl_word_text((enum xl_word)w));
		lead = ", ";
	}
	fputs("**\n\n", to);
	if (xl_results_cut_off(s))
		fputs("> **The run was cut off.** What follows is what was judged.\n\n", to);
	for (size_t i = 0; i < s->n_notes; i++) {
		fputs("> ", to);
		xl_escape_markdown(to, s->note[i]);
		fputs("\n\n", to);
	}
}

/* ---- sections ---- */

static void put_cells(FILE *to, const struct xl_summary_row *row, const char *mark)
{
	const char *lead = "";

	for (int l = 0; l < XL_SUMMARY_LEVELS; l++) {
		const struct xl_summary_level *x = &row->level[l];

		if (x->judged)
			fprintf(to, " %s%" PRIu32 " of %" PRIu32 "%s |", mark, x->met, x->judged,
				mark);
		else
			fputs(" |", to);
	}
	for (int l = 0; l < XL_SUMMARY_LEVELS; l++) {
		if (!row->level[l].unsupported)
			continue;
		fprintf(to, "%s %" PRIu32 " %s", lead, row->level[l].unsupported,
			xl_summary_level_text((enum xl_req_level)l));
		lead = ",";
	}
	for (uint8_t i = 0; i < row->n_why; i++) {
		fputs(i ? "; " : ": ", to);
		xl_escape_markdown(to, row->why[i]);
	}
	fputs(" |\n", to);
}

static bool is_shown(const struct xl_summary_row *row)
{
	for (int l = 0; l < XL_SUMMARY_LEVELS; l++)
		if (row->level[l].judged || row->level[l].unsupported)
			return true;
	return false;
}

static void put_sections(FILE *to, const struct xl_summary *m)
{
	fputs("### Requirements met, by section\n\n"
	      "| section | MUST | SHOULD | MAY | plain | unsupported, and why |\n"
	      "|---|---|---|---|---|---|\n",
	      to);
	for (size_t i = 0, next; i < m->n_rows; i = next) {
		struct xl_summary_row rfc = xl_summary_rfc(m, i, &next);

		if (!is_shown(&rfc))
			continue;
		fprintf(to, "| **RFC %" PRIu32 "** |", rfc.rfc);
		put_cells(to, &rfc, "**");
		for (size_t k = i; k < next; k++) {
			if (!is_shown(&m->row[k]))
				continue;
			fprintf(to, "| RFC %" PRIu32 " ", rfc.rfc);
			xl_escape_markdown(to, m->row[k].section);
			fputs(" |", to);
			put_cells(to, &m->row[k], "");
		}
	}
	fputc('\n', to);
}

/* ---- cases ---- */

static bool is_unexpected(const struct xl_result *r)
{
	return r->expected != XL_EXPECTED_YES;
}

static bool is_known(const struct xl_result *r)
{
	return xl_result_word(r) == XL_WORD_XFAIL;
}

static bool is_weak(const struct xl_result *r)
{
	return xl_result_word(r) == XL_WORD_WEAK && r->expected == XL_EXPECTED_YES;
}

static void put_fields(FILE *to, const struct xl_result *r)
{
	const struct xl_node *list = xl_node_get(r->node, "fields");
	uint32_t n = xl_result_count(list);

	for (uint32_t i = 0; i < n && i < FIELDS_MAX; i++) {
		fputs("<br>", to);
		xl_escape_markdown(to, xl_result_text(list->item[i], "name"));
		fputs(": expected ", to);
		xl_escape_markdown(to, xl_result_text(list->item[i], "expected"));
		fputs(", got ", to);
		xl_escape_markdown(to, xl_result_text(list->item[i], "got"));
	}
	if (n > FIELDS_MAX)
		fprintf(to, "<br>and %" PRIu32 " more", n - FIELDS_MAX);
}

static void put_case(FILE *to, const struct xl_result *r)
{
	const char *why = xl_result_text(r->node, "why"), *link = xl_result_text(r->node, "link");

	fputs("| ", to);
	xl_escape_markdown(to, r->id);
	fprintf(to, " | %s | ", xl_word_text(xl_result_word(r)));
	xl_escape_markdown(to, r->message);
	put_fields(to, r);
	if (*why) {
		fputs(*r->message ? "<br>known: " : "known: ", to);
		xl_escape_markdown(to, why);
		fputc(' ', to);
		xl_escape_markdown_link(to, link);
	}
	fputs(" |\n", to);
}

static const struct list {
	const char *title;
	bool (*holds)(const struct xl_result *r);
	bool is_open; /* otherwise folded */
} lists[] = {
	{ "Not as expected", is_unexpected, true },
	{ "Known failures", is_known, false },
	{ "Second best: a SHOULD missed, or what an RFC allows instead", is_weak, false },
};

static void put_list(FILE *to, const struct list *l, const struct xl_result_set *s)
{
	size_t n = 0, shown = 0;

	for (size_t i = 0; i < s->n; i++)
		n += l->holds(&s->at[i]);
	if (!n)
		return;
	fprintf(to, l->is_open ? "### %s (%zu)\n\n" : "<details><summary>%s (%zu)</summary>\n\n",
		l->title, n);
	fputs("| case | verdict | what |\n|---|---|---|\n", to);
	for (size_t i = 0; i < s->n && shown < ROWS_MAX; i++) {
		if (!l->holds(&s->at[i]))
			continue;
		put_case(to, &s->at[i]);
		shown++;
	}
	if (n > shown)
		fprintf(to, "\nand %zu more, which results.jsonl has\n", n - shown);
	fputs(l->is_open ? "\n" : "\n</details>\n\n", to);
}

static void put_reasons(FILE *to, const struct xl_summary *m)
{
	if (!m->n_reasons)
		return;
	fputs("### Not judged\n\n| cases | | why |\n|---|---|---|\n", to);
	for (size_t i = 0; i < m->n_reasons && i < ROWS_MAX; i++) {
		fprintf(to, "| %zu | %s | ", m->reason[i].n_cases,
			xl_judged_text(m->reason[i].verdict));
		xl_escape_markdown(to, m->reason[i].text);
		fputs(" |\n", to);
	}
	if (m->n_reasons > ROWS_MAX)
		fprintf(to, "\nand %zu more reasons\n", m->n_reasons - ROWS_MAX);
	fputc('\n', to);
}

int xl_render_markdown(FILE *to, const struct xl_render_input *in, size_t n, struct xl_diags *d)
{
	fputs("# Conformance\n\n", to);
	for (size_t i = 0; i < n; i++) {
		struct xl_summary m;

		if (xl_summary_make(&m, &in[i].set, d) < 0)
			return XL_ERR_NOMEM;
		put_head(to, &in[i].set);
		put_sections(to, &m);
		for (size_t k = 0; k < sizeof lists / sizeof lists[0]; k++)
			put_list(to, &lists[k], &in[i].set);
		put_reasons(to, &m);
		xl_summary_free(&m);
	}
	return 0;
}
