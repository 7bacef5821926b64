/* badge.c - a badge as shields.io's endpoint wants it: {"schemaVersion": 1, label, message, color}. */
#include <inttypes.h>
#include <stdlib.h>

#include "conformance/plain.h"
#include "conformance/summary.h"
#include "ref/io/json.h"
#include "reports/render.h"

struct look {
	char message[64];
	const char *color;
};

static void choose(struct look *l, const struct xl_result_set *s, const struct xl_summary *m)
{
	struct xl_summary_level must = { 0 };
	size_t word[XL_WORD_COUNT];
	bool is_unexpected = false;

	xl_summary_count(s, word);
	for (size_t i = 0; i < s->n; i++)
		is_unexpected |= s->at[i].expected != XL_EXPECTED_YES;
	for (size_t i = 0; i < m->n_rows; i++) {
		must.judged += m->row[i].level[XL_REQ_MUST].judged;
		must.met += m->row[i].level[XL_REQ_MUST].met;
	}
	snprintf(l->message, sizeof l->message, "%" PRIu32 " of %" PRIu32 " MUST", must.met,
		 must.judged);
	if (xl_results_cut_off(s))
		*l = (struct look){ "cut off", "lightgrey" };
	else if (word[XL_WORD_UNSUPPORTED] + word[XL_WORD_SKIP] == s->n)
		*l = (struct look){ "nothing judged", "lightgrey" };
	else if (is_unexpected || s->n_notes)
		l->color = "red";
	else
		l->color = word[XL_WORD_XFAIL]  ? "yellow"
			   : word[XL_WORD_WEAK] ? "green"
						: "brightgreen";
}

/* Plain, as it is shown in other people's pages. */
static void put_plain(struct xl_json *j, const char *key, const char *first, const char *second)
{
	char *text = NULL;
	size_t n = 0;
	FILE *to = open_memstream(&text, &n);

	if (!to)
		return;
	xl_plain_put(to, first);
	fputs(*second ? " " : "", to);
	xl_plain_put(to, second);
	if (fclose(to) == 0)
		xl_json_str(j, key, text);
	free(text);
}

int xl_render_badge(FILE *to, const struct xl_render_input *in, size_t n, struct xl_diags *d)
{
	for (size_t i = 0; i < n; i++) {
		const struct xl_result_set *s = &in[i].set;
		struct xl_summary m;
		struct look l = { .color = "" };
		struct xl_json j;

		if (xl_summary_make(&m, s, d) < 0)
			return XL_ERR_NOMEM;
		choose(&l, s, &m);
		xl_summary_free(&m);
		xl_json_init(&j, to);
		xl_json_obj(&j, NULL);
		xl_json_int(&j, "schemaVersion", 1);
		put_plain(&j, "label", s->iut, s->iut_version);
		xl_json_str(&j, "message", l.message);
		xl_json_str(&j, "color", l.color);
		if (xl_results_cut_off(s))
			xl_json_bool(&j, "isError", true);
		xl_json_obj_end(&j);
		fputc('\n', to);
	}
	return 0;
}
