/* value.c - see value.h. */
#include "conformance/value.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static bool is_inside(size_t n, uint32_t at_bit, uint16_t n_bits)
{
	return n_bits <= 128 && (uint64_t)at_bit + n_bits <= (uint64_t)n * 8;
}

bool xl_value_get(const uint8_t *p, size_t n, uint32_t at_bit, uint16_t n_bits,
		  uint8_t out[static 16])
{
	memset(out, 0, 16);
	if (!is_inside(n, at_bit, n_bits))
		return false;
	for (uint32_t i = 0; i < n_bits; i++) {
		uint32_t from = at_bit + i, to = 128u - n_bits + i;

		if (p[from / 8] >> (7 - from % 8) & 1)
			out[to / 8] |= (uint8_t)(0x80 >> to % 8);
	}
	return true;
}

bool xl_value_put(uint8_t *p, size_t n, uint32_t at_bit, uint16_t n_bits,
		  const uint8_t v[static 16])
{
	if (!is_inside(n, at_bit, n_bits))
		return false;
	for (uint32_t i = 0; i < n_bits; i++) {
		uint32_t to = at_bit + i, from = 128u - n_bits + i;
		uint8_t bit = (uint8_t)(0x80 >> to % 8);

		if (v[from / 8] >> (7 - from % 8) & 1)
			p[to / 8] |= bit;
		else
			p[to / 8] &= (uint8_t)~bit;
	}
	return true;
}

char *xl_value_text(const uint8_t v[static 16], uint16_t n_bits, char *buf, size_t cap)
{
	if (n_bits <= 32) {
		uint32_t x = (uint32_t)v[12] << 24 | (uint32_t)v[13] << 16 | (uint32_t)v[14] << 8 |
			     v[15];

		snprintf(buf, cap, "%" PRIu32, x);
		return buf;
	}
	size_t from = 16 - (n_bits + 7u) / 8, used = 0;

	if (cap)
		buf[0] = '\0';
	for (size_t i = from; i < 16 && used + 3 <= cap; i++)
		used += (size_t)snprintf(buf + used, cap - used, "%02x", v[i]);
	return buf;
}
