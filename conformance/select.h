/* select.h - which cases of a golden set are meant. */
#ifndef XL_SELECT_H
#define XL_SELECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ref/io/opts.h"
#include "vectors/golden.h"

struct xl_selection {
	const struct xl_opt_list
		*pattern; /* any of them; none: all. A whole id, a glob, or a prefix */
	const char *const *id; /* if not NULL, only these; sorted */
	size_t n_ids;
	uint32_t shard, n_shards; /* shard 1..n_shards */
};

/* Whether a case of this suite may be meant; for xl_golden_open_some(). */
bool xl_select_needs(const void *selection, const char *suite);

/* Numbers of the cases, rising, into out (room for all of them). Returns how many. */
size_t xl_select(const struct xl_golden *g, const struct xl_selection *s, uint32_t *out);

/* The first pattern that no case of the set matches; NULL: each has one. Not for a set of which only
 * some suites were opened for the ids. */
const char *xl_select_idle(const struct xl_golden *g, const struct xl_selection *s);

/* "2/5" into the selection; false when it is not I/N with 1 <= I <= N. */
bool xl_select_shard(struct xl_selection *s, const char *text);

#endif
