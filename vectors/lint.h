/* lint.h - what must hold between cases, configurations, requirements and goldens. */
#ifndef XL_VECTORS_LINT_H
#define XL_VECTORS_LINT_H

#include "vectors/compile.h"

struct xl_lint {
	const struct xl_set *set; /* compiled without faults */
	const char *golden_dir; /* NULL: the goldens are not looked at */
	const char *rfc_dir; /* texts for the keyword counts; NULL: not looked at */
	struct xl_diags *d;
	void (*on_faults)(struct xl_diags *d); /* as in struct xl_set_from */
};

/* The number of faults; each is in d or went through on_faults. */
int xl_lint_run(const struct xl_lint *l);

/* How many files of the goldens differ from what the set compiles to; each one is a fault in d. */
int xl_golden_compare(const struct xl_golden *g, const char *dir, struct xl_diags *d);

#endif
