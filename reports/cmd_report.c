/* cmd_report.c - `xlatlab report`: every rendering of one or more results. */
#include "reports/cmd_report.h"

#include <stdlib.h>

#include "ref/io/opts.h"
#include "reports/render.h"

struct args {
	const char *out;
	struct xl_operands results;
};

static const struct xl_opt options[] = {
	XL_OPT('o', "out", FILE, "DIR", struct args, out, "where the files go; it is made",
	       .is_required = true),
};

enum { RESULTS_MAX = 256 };

static const struct xl_usage usage = {
	.name = "report",
	.summary = "renders results: JUnit XML, TAP, Markdown, a badge",
	.opt = options,
	.n_opts = sizeof options / sizeof options[0],
	.operands = "RESULTS ...",
	.min_operands = 1,
	.max_operands = RESULTS_MAX,
	.operands_at = offsetof(struct args, results),
	.text = "RESULTS is a results.jsonl that `conform` wrote, or the directory that holds it; "
		"several "
		"are the runs of several implementations. DIR gets junit.xml (a testsuite for each "
		"RFC), "
		"summary.md (for the page of a CI run), results.tap and badge.json (an endpoint of "
		"shields.io); with several RESULTS the last two are in DIR/NAME.\n\n"
		"A run that was cut off is rendered as far as it went, and each file says so.\n\n"
		"Exit status: 0, 2 wrong usage, 3 results that cannot be read, or files that "
		"cannot be "
		"written.",
};

static int fail(const struct xl_diags *d)
{
	if (d->n && !d->at[0].file[0])
		fputs("xlatlab report: ", stderr);
	xl_diags_print(d, stderr);
	return XL_EXIT_FAILED;
}

int xl_cmd_report(int argc, char **argv)
{
	static struct xl_diags d;
	struct args a = { .out = NULL };
	struct xl_render_input *in;
	int n = 0, status, r = 0;

	xl_diags_init(&d);
	if (!xl_opts_parse(&usage, argc, argv, &a, &status))
		return status;
	in = calloc((size_t)a.results.n, sizeof *in);
	if (!in)
		r = xl_diag(&d, XL_ERR_NOMEM, XL_NOWHERE, "no memory left");
	for (; r == 0 && n < a.results.n; n++)
		r = xl_render_read(&in[n], a.results.at[n], &d);
	if (r == 0)
		r = xl_render_all(in, (size_t)n, a.out, &d);
	while (in && n > 0)
		xl_result_set_free(&in[--n].set);
	free(in);
	return r < 0 ? fail(&d) : XL_EXIT_OK;
}
