/* barrier.h - packets that prove by their arrival that all before them has been dealt with.
 *
 * Each configuration names one per direction that is known to translate. Its payload (docs/golden.md) is
 * a mark and a number; what comes out carries the same payload, whatever else became of it.
 */
#ifndef XL_BARRIER_H
#define XL_BARRIER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vectors/golden.h"

enum { XL_BARRIER_PAYLOAD = 24 };

/* Copies the barrier into `to` (room for b->in.len octets), sets its number and its UDP checksum. False: the
 * golden set's barrier is none. */
bool xl_barrier_make(const struct xl_barrier *b, uint64_t number, uint8_t *to);

/* True when a packet that came out is a barrier; *number is then its number. */
bool xl_barrier_is(const uint8_t *p, size_t n, uint64_t *number);

#endif
