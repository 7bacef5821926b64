/* selftest_sums.h - one packet for each kind of checksum, right and with each bit of it wrong. */
#ifndef XL_SELFTEST_SUMS_H
#define XL_SELFTEST_SUMS_H

#include <stdio.h>

/* Writes points before + 1 ... to `to`, adds the failed ones to *failed, returns their number. */
int xl_selftest_sums(FILE *to, int before, int *failed);

#endif
