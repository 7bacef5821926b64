/* cmp_mask.h - the comparer by position: octets under the mask, lengths, checksums where rows say.
 *
 * It knows nothing of protocols. What it says must agree with cmp_fields.h, with which it shares only
 * the reader of the golden set.
 */
#ifndef XL_CMP_MASK_H
#define XL_CMP_MASK_H

#include <stdbool.h>

#include "vectors/golden.h"

/* The first thing that differs, or "" when nothing does. */
struct xl_mask_diff {
	char what[48]; /* "length 84 instead of 104", "octet 7 is 40 instead of 3f", ... */
	uint32_t at;
};

/* Predicates are not looked at: their bits are outside the mask. d may be NULL. */
bool xl_cmp_mask(const struct xl_want *w, const uint8_t *p, uint32_t len, struct xl_mask_diff *d);

#endif
