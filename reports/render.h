/* render.h - results as files for people and machines: one small file of C a rendering, one table.
 *
 * A rendering reads results (conformance/results.h) and nothing else, and trusts no text in them
 * (escape.h). To add one: a function of the type below in a file of its own, and a row in render.c.
 */
#ifndef XL_REPORTS_RENDER_H
#define XL_REPORTS_RENDER_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "conformance/results.h"

struct xl_render_input { /* the results of one run */
	struct xl_result_set set;
	char captures[PATH_MAX]; /* the directory of its captures; "" when there is none */
};

/* Writes the rendering of n runs. 0, or a negative enum xl_err with a line in d; whether the stream
 * took it all is the caller's affair. */
typedef int xl_render_fn(FILE *to, const struct xl_render_input *in, size_t n, struct xl_diags *d);

struct xl_rendering {
	const char *file; /* its name */
	bool is_for_each; /* one file for each run, not one for all */
	xl_render_fn *write;
};

extern const struct xl_rendering xl_renderings[];
extern const size_t xl_n_renderings;

xl_render_fn xl_render_tap, xl_render_junit, xl_render_markdown, xl_render_badge;

/* Writes every rendering into `dir`, which is made when it is not there. With several runs, what is for
 * each goes to dir/NAME/, after the implementations' names. */
XL_MUST_CHECK int xl_render_all(const struct xl_render_input *in, size_t n, const char *dir,
				struct xl_diags *d);

/* For `conform`: one set, beside its results. */
XL_MUST_CHECK int xl_render_beside(const struct xl_result_set *set, const char *dir,
				   struct xl_diags *d);

/* Reads `operand`: results.jsonl, or the directory that holds it. */
XL_MUST_CHECK int xl_render_read(struct xl_render_input *in, const char *operand,
				 struct xl_diags *d);

#endif
