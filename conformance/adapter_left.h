/* adapter_left.h - what an adapter leaves behind: processes, devices, named namespaces, files. */
#ifndef XL_ADAPTER_LEFT_H
#define XL_ADAPTER_LEFT_H

#include "ref/base/diag.h"
#include "vectors/arena.h"
#include "vectors/golden.h"

struct xl_left {
	struct xl_arena arena;
	char mark[40]; /* in the environment of whatever is started from now on */
	const char *folder, *tmp;
	struct xl_strs before;
};

/* Remembers what is there: network devices, namespaces of `ip netns`, files of the folder. From here on everything that is
 * started is known by its environment, and its TMPDIR is `tmp`, an empty directory. Paths are lent. */
void xl_left_begin(struct xl_left *l, const char *folder, const char *tmp);

/* One message for each thing that was not there before. Returns how many. */
size_t xl_left_find(struct xl_left *l, struct xl_diags *d);

void xl_left_end(struct xl_left *l);

#endif
