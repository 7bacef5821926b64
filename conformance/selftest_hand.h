/* selftest_hand.h - sets of packets made by hand that break one predicate each, and some that do not. */
#ifndef XL_SELFTEST_HAND_H
#define XL_SELFTEST_HAND_H

#include <stdio.h>

/* One TAP point a row, numbered from `before` + 1. Returns how many; failures are added to *failed. */
int xl_selftest_hand(FILE *to, int before, int *failed);

#endif
