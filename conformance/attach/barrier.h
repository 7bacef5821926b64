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

enum { XL_BARRIER_PAYLOAD = 24, XL_BARRIER_MAX = 256, XL_BARRIERS_MAX = 16 };

/* Copies the barrier into `to` (room for b->in.len octets), sets its number and its UDP checksum. False: the
 * golden set's barrier is none. */
bool xl_barrier_make(const struct xl_barrier *b, uint64_t number, uint8_t *to);

/* A round: barriers that are waited for together. It has one mark or several, each of which is a barrier in every
 * direction a configuration names (XL_BARRIERS_MAX at the most). Between two marks of a port that come back there is
 * a window: what came out of that port because of what was sent between the two. */
struct xl_round {
	const struct xl_golden_config *config;
	uint64_t next, first; /* numbers: of the next barrier, of the first of this round */
	uint64_t strict; /* barriers before this number may be late or come twice; no other may */
	uint32_t n_marks;
	uint32_t back[XL_BARRIERS_MAX]; /* of each direction: so many marks have come back */
	bool is_disordered; /* one came back before an earlier one of its direction */
};

enum { XL_NO_WINDOW = 0xffff };

void xl_round_begin(struct xl_round *r); /* without marks */

/* The next mark: its barrier of direction i has the number that is returned, plus i. */
uint64_t xl_round_mark(struct xl_round *r);

/* In which window a packet is that comes out of a port now, from 0; XL_NO_WINDOW: no barrier comes out there. */
uint16_t xl_round_window(const struct xl_round *r, uint16_t port);

/* True when the packet is a barrier of this round (then it is marked as back), or one that may be late: no packet
 * of a case. One that comes a second time is one: somebody doubled it. */
bool xl_round_takes(struct xl_round *r, const uint8_t *p, size_t n);
/* Barriers sent by now may come late, or never: who was to read them was not ready, or not in time. */
void xl_round_forgive(struct xl_round *r);
bool xl_round_is_back(const struct xl_round *r);

/* True when a packet that came out is a barrier; *number is then its number. */
bool xl_barrier_is(const uint8_t *p, size_t n, uint64_t *number);

#endif
