/* diff.h - two runs side by side: which cases were fixed, fail newly, fail in another way, came or went. */
#ifndef XL_REPORTS_DIFF_H
#define XL_REPORTS_DIFF_H

#include <stdbool.h>
#include <stdio.h>

#include "conformance/results.h"

/* Writes the differences by kind, each case with its verdicts, and a line of counts. Verdicts are
 * compared as they are, whatever expected.yaml says. True when something got worse: a case fails that did
 * not, fails by other fields than before or with an error instead, misses a SHOULD it met, is no longer
 * judged though it passed, or is gone because the new run was cut off. */
bool xl_diff_put(FILE *to, const struct xl_result_set *was, const struct xl_result_set *is);

#endif
