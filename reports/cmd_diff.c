/* cmd_diff.c - `xlatlab diff`: what became better or worse between two runs. */
#include "reports/cmd_diff.h"

#include "conformance/plain.h"
#include "ref/io/opts.h"
#include "reports/diff.h"
#include "reports/render.h"

struct args {
	struct xl_operands runs;
};

static const struct xl_usage usage = {
	.name = "diff",
	.summary = "compares two runs: what was fixed, what fails newly",
	.operands = "OLD NEW",
	.min_operands = 2,
	.max_operands = 2,
	.operands_at = offsetof(struct args, runs),
	.text = "OLD and NEW are each a results.jsonl, or the directory that holds it. Cases are "
		"compared by "
		"verdict and differing fields, whatever is a known failure.\n\n"
		"Worse is: a case that fails and did not, that fails by further fields or with an "
		"error "
		"instead, that misses a SHOULD it met, that passed and is no longer judged, or "
		"that is "
		"not there because NEW was cut off. New cases and vanished ones are listed.\n\n"
		"Exit status: 0 nothing got worse, 1 something did, 2 wrong usage, 3 results that "
		"cannot be "
		"read.",
};

static void put_run(const char *what, const struct xl_result_set *s)
{
	printf("%s: ", what);
	xl_plain_put(stdout, s->iut);
	putchar(' ');
	xl_plain_put(stdout, s->iut_version);
	fputs(", golden set ", stdout);
	xl_plain_put(stdout, s->vectors);
	puts(xl_results_cut_off(s) ? ", cut off" : "");
}

static int fail(const struct xl_diags *d)
{
	if (d->n && !d->at[0].file[0])
		fputs("xlatlab diff: ", stderr);
	xl_diags_print(d, stderr);
	return XL_EXIT_FAILED;
}

int xl_cmd_diff(int argc, char **argv)
{
	static struct xl_diags d;
	static struct xl_render_input was, is;
	struct args a;
	int status;

	xl_diags_init(&d);
	if (!xl_opts_parse(&usage, argc, argv, &a, &status))
		return status;
	if (xl_render_read(&was, a.runs.at[0], &d) < 0)
		return fail(&d);
	if (xl_render_read(&is, a.runs.at[1], &d) < 0) {
		xl_result_set_free(&was.set);
		return fail(&d);
	}
	put_run("old", &was.set);
	put_run("new", &is.set);
	status = xl_diff_put(stdout, &was.set, &is.set) ? XL_EXIT_FOUND : XL_EXIT_OK;
	xl_result_set_free(&was.set);
	xl_result_set_free(&is.set);
	return status;
}
