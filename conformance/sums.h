/* sums.h - checksums by position, as the golden set lists them: where, over what, with which
 * pseudo-header. For the comparer by mask, and for what the harness itself sends.
 */
#ifndef XL_SUMS_H
#define XL_SUMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vectors/golden.h"

/* True when the checksum is there and right. A UDP or UDP-Lite checksum of zero is never right: a row
 * says that there is a checksum (RFC 768, RFC 3828 3.1). */
bool xl_sum_holds(const struct xl_sum *s, const uint8_t *p, size_t n);

/* Computes it anew and writes it; false when it does not fit into the n octets. */
bool xl_sum_fill(const struct xl_sum *s, uint8_t *p, size_t n);

#endif
