/* cmp_fields.h - the comparer by decoding: takes both packets apart and compares field by field.
 *
 * Checksums over free octets are verified by what the decoded headers say, not by the positions that
 * the golden set lists. What it says must agree with cmp_mask.h, with which it shares only the reader of
 * the golden set.
 */
#ifndef XL_CMP_FIELDS_H
#define XL_CMP_FIELDS_H

#include <stdbool.h>

#include "conformance/judge.h"

/* With `d`, every differing field is added. Predicates are not looked at, their bits are not compared: but
 * the length of a packet that may end early (XL_PRED_LEN) must be its own. A wrong one is for
 * xl_preds_hold() to name; the other fields read as if it were right. */
bool xl_cmp_fields(const struct xl_want *w, const uint8_t *p, uint32_t len, struct xl_diffs *d);

/* The same for many packets of the wanted one's length: the wanted one is taken apart once. The caller
 * frees what prepare() returns; NULL: no memory. */
struct xl_fields_want *xl_fields_prepare(const struct xl_want *w);
bool xl_cmp_fields_prepared(const struct xl_want *w, const struct xl_fields_want *f,
			    const uint8_t *p);

#endif
