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

enum { XL_BARRIER_PAYLOAD = 24, XL_BARRIER_MAX = 256 };

/* Copies the barrier into `to` (room for b->in.len octets), sets its number and its UDP checksum. False: the
 * golden set's barrier is none. */
bool xl_barrier_make(const struct xl_barrier *b, uint64_t number, uint8_t *to);

/* A round: one barrier in each direction a configuration names, numbered anew. */
struct xl_round {
	const struct xl_golden_config *config;
	uint64_t next, first; /* numbers: of the next barrier, of the first of this round */
	uint64_t strict; /* barriers before this number may be late or come twice; no other may */
	unsigned back; /* bit i: barrier i of this round has come back */
};

void xl_round_begin(struct xl_round *r);

/* True when the packet is a barrier of this round (then it is marked as back), or one that may be late: no packet
 * of a case. One that comes a second time is one: somebody doubled it. */
bool xl_round_takes(struct xl_round *r, const uint8_t *p, size_t n);
/* Barriers sent by now may come late, or never: who was to read them was not ready, or not in time. */
void xl_round_forgive(struct xl_round *r);
bool xl_round_is_back(const struct xl_round *r);

/* True when a packet that came out is a barrier; *number is then its number. */
bool xl_barrier_is(const uint8_t *p, size_t n, uint64_t *number);

#endif
