/* selftest.h - judging the judge: does it notice what it must, and only that? */
#ifndef XL_SELFTEST_H
#define XL_SELFTEST_H

#include <stdio.h>

#include "vectors/golden.h"

/* Every wanted packet of the n cases: each compared bit flipped in turn must be noticed by both
 * comparers, each uncompared bit by neither (checksums and predicates over it apart), the packet
 * itself must pass; one packet more, one less and a wrong port must fail. One TAP point a suite. Returns
 * how many points failed. */
int xl_selftest(const struct xl_golden *g, const uint32_t *number, size_t n, FILE *to);

#endif
