/* preds.h - what a case says of a packet beyond equality: sets, ranges, values bound and used, lengths. */
#ifndef XL_PREDS_H
#define XL_PREDS_H

#include <stdbool.h>

#include "conformance/judge.h"

/* True when every predicate of the want holds for the packet. Binds are added to *b as they are met; a
 * name that is already bound must have the same value. With `d`, each that does not hold is added. */
bool xl_preds_hold(const struct xl_want *w, const uint8_t *p, uint32_t len, struct xl_binds *b,
		   struct xl_diffs *d);

/* The bound value, or NULL. */
const struct xl_bind *xl_binds_get(const struct xl_binds *b, const char *name);

#endif
