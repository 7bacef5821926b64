/* csum.h - the Internet checksum: sums, and updates that keep a wrong checksum wrong.
 *
 * A "sum" is the folded one's complement sum of 16-bit words (RFC 1071); a "checksum" is the complement
 * of one, as it stands in a packet. Updates follow RFC 1624 equation 3, which yields the same word that
 * a full computation would, 0x0000 and 0xffff included.
 */
#ifndef XL_CSUM_H
#define XL_CSUM_H

#include <stddef.h>
#include <stdint.h>

static inline uint16_t xl_fold(uint64_t s)
{
	uint32_t t = (uint32_t)((s + (s << 32 | s >> 32)) >> 32); /* the halves and their carry */

	return (uint16_t)((t + (t << 16 | t >> 16)) >> 16);
}

/* The two 32-bit halves of eight octets, added: what a sum of more than one needs. */
static inline uint64_t xl_halves(uint64_t v)
{
	return (v >> 32) + (v & 0xffffffff);
}

/* The sum of n octets; an odd last octet counts as if a zero followed. */
uint16_t xl_sum(const uint8_t *p, size_t n);

/* The sum of a pseudo-header: `n_addr` octets of source and destination each, upper-layer length and
 * protocol. The same for IPv4 and IPv6 apart from the addresses. */
uint16_t xl_sum_pseudo(const uint8_t *src, const uint8_t *dst, size_t n_addr, uint32_t l4_len,
		       uint8_t proto);

/* What is left of a sum when the words that make up `part` are taken out. */
static inline uint16_t xl_csum_minus(uint16_t sum, uint16_t part)
{
	return xl_fold((uint32_t)sum + (uint16_t)~part);
}

/* The checksum after data whose sum was `was` became data whose sum is `is`. */
static inline uint16_t xl_csum_update(uint16_t csum, uint16_t was, uint16_t is)
{
	return (uint16_t)~xl_fold((uint64_t)(uint16_t)~csum + (uint16_t)~was + is);
}

/* The same when the difference is already known as one sum (struct xl_flow's delta). */
static inline uint16_t xl_csum_add(uint16_t csum, uint16_t delta)
{
	return (uint16_t)~xl_fold((uint64_t)(uint16_t)~csum + delta);
}

#endif
