/* value.h - values that lie anywhere in a packet, up to 128 bits, as right-aligned octets. */
#ifndef XL_VALUE_H
#define XL_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The n_bits (at most 128) from bit at_bit of p, right-aligned in out. False: they are not all inside
 * the n octets. */
bool xl_value_get(const uint8_t *p, size_t n, uint32_t at_bit, uint16_t n_bits,
		  uint8_t out[static 16]);
bool xl_value_put(uint8_t *p, size_t n, uint32_t at_bit, uint16_t n_bits,
		  const uint8_t v[static 16]);

/* "0x50" or "80": decimal up to 32 bits, hex beyond. Returns buf. */
char *xl_value_text(const uint8_t v[static 16], uint16_t n_bits, char *buf, size_t cap);

#endif
