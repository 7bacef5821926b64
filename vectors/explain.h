/* explain.h - what `xlatlab explain` borrows: one packet of case text as octets, and names for the bits of
 * any packet.
 */
#ifndef XL_VECTORS_EXPLAIN_H
#define XL_VECTORS_EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ref/base/diag.h"
#include "vectors/layer.h"

/* The packet that `text` states, as in `send` of docs/cases.md: a list of layers, or a mapping with
 * `packet` and what may stand beside it (slice, truncate, append, patch). Addresses are written out. 0
 * and *len octets in buf, or a negative enum xl_err with every fault in d. */
XL_MUST_CHECK int xl_packet_from_text(const char *text, uint8_t *buf, size_t cap, size_t *len,
				      struct xl_diags *d);

/* The field that the n_bits from at_bit on lie in: its name, "ipv6.hlim", and, when they are the whole
 * field, its value as people write it, else "". False: no field holds them all. */
bool xl_field_at(const uint8_t *ip, size_t n, uint32_t at_bit, uint32_t n_bits,
		 char name[static XL_CELL_NAME_MAX], char value[static XL_CELL_VALUE_MAX]);

/* The same with the value that other bits would have in that place: b.value holds b.n_bits of them as one
 * number in whole octets, most significant first. NULL: those of the packet. */
struct xl_bits {
	uint32_t at_bit, n_bits;
	const uint8_t *value;
};
bool xl_field_with(const uint8_t *ip, size_t n, struct xl_bits b,
		   char name[static XL_CELL_NAME_MAX], char value[static XL_CELL_VALUE_MAX]);

#endif
