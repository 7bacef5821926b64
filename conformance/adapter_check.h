/* adapter_check.h - an adapter tried out: what it says, what its verbs do, what it leaves behind. */
#ifndef XL_ADAPTER_CHECK_H
#define XL_ADAPTER_CHECK_H

#include <stdio.h>

struct xl_adapter_check {
	const char *iut; /* a name or a folder */
	const char *data; /* the directory that holds vectors/ and conformance/ */
	double timeout_scale;
	FILE *to; /* one TAP point for each thing that was tried, with what to fix */
};

/* Returns an exit status (ref/io/opts.h): 0 nothing to fix, 1 something is to be fixed, 2 there is no such adapter, 3 its
 * implementation is not installed, the system lets nobody try it, or interrupted. */
int xl_adapter_check(const struct xl_adapter_check *c);

#endif
