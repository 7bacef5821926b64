/* sum.h - the judge's own checksums: plain loops over octets, written to be read and not to be fast.
 *
 * ref/ has its incremental ones; nothing is shared.
 */
#ifndef XL_VECTORS_SUM_H
#define XL_VECTORS_SUM_H

#include "vectors/golden.h"

/* One's complement sum (RFC 1071), folded, not inverted; `start` is a sum to go on from. */
uint16_t xl_ones_sum(const uint8_t *p, size_t n, uint16_t start);

/* The sum that a row describes over p[0, n), its own field included: 0xffff when the checksum there is
 * right. A row that reaches beyond n gives 0. */
uint16_t xl_sum_over(const struct xl_sum *s, const uint8_t *p, size_t n);

/* Computes the checksum of a row and writes it; UDP and UDP-Lite never get 0 (RFC 768). */
void xl_sum_write(const struct xl_sum *s, uint8_t *p, size_t n);

/* CRC32c as SCTP carries it (RFC 9260 appendix A), the field at p[8] taken as zero. */
uint32_t xl_crc32c(const uint8_t *p, size_t n);

#endif
