/* tap.h - results as TAP 14 on a stream, one test point a case, sorted by id. */
#ifndef XL_CONFORMANCE_TAP_H
#define XL_CONFORMANCE_TAP_H

#include <stdio.h>

#include "conformance/results.h"

/* `captures`: where the captures of failing cases are, or NULL. */
void xl_tap_write(FILE *to, const struct xl_result_set *s, const char *captures);

#endif
