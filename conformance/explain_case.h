/* explain_case.h - the reference's trace of a case, for reading beside what an implementation did. */
#ifndef XL_EXPLAIN_CASE_H
#define XL_EXPLAIN_CASE_H

#include <stdio.h>

#include "ref/base/diag.h"
#include "vectors/golden.h"

/* Has `program explain` (a process of its own: the judge does not link the reference) trace every packet that
 * the case sends, and writes what it says to `to`. Files it needs go to directory `scratch`. */
XL_MUST_CHECK int xl_explain_case(const char *program, const struct xl_golden *g,
				  const struct xl_case *c, const char *scratch, FILE *to,
				  struct xl_diags *d);

#endif
