/* flight.h - many cases in flight: sent one behind the other, waited for once.
 *
 * A live implementation is mostly waited for: a case is over when a barrier behind it has come
 * back. Here each case is followed by its barriers, and the next one by its own, without
 * waiting between. What comes out of a port between the barriers of two cases belongs to the
 * second, and is judged as if it had been alone: nothing is attributed by what it looks like,
 * or an implementation that confuses two cases might satisfy both.
 *
 * This can only confirm. Unless every case passes and every barrier came back in its order,
 * nothing has been found out, and each case is to be played alone: the verdicts are those of
 * cases played one by one.
 */
#ifndef XL_FLIGHT_H
#define XL_FLIGHT_H

#include "conformance/attach/attach.h"
#include "conformance/expected.h"
#include "conformance/player.h"

enum { XL_FLIGHT_DEFAULT = 32, XL_FLIGHT_MAX = 256 }; /* cases */

enum xl_flight {
	XL_FLIGHT_PASSED, /* each of them; outcome[i] is the one that fitted */
	XL_FLIGHT_MIXED, /* nothing can be said; the box has settled */
	XL_FLIGHT_LOST, /* nor that: it did not settle, and is to be attached anew */
};

/* How many of the first n cases (by number in the set, of one configuration) can be in flight
 * together, from 1 where n is. They have one turn, nothing to wait for and no values a
 * translator chooses, are few octets, and are not expected to fail. */
size_t xl_flight_size(const struct xl_golden *g, const uint32_t *number, size_t n,
		      const struct xl_expected *expected);

/* Plays n cases, XL_FLIGHT_MAX at the most, together. */
enum xl_flight xl_flight_play(struct xl_player *p, const struct xl_in_flight *ops,
			      const struct xl_golden *g, const uint32_t *number, size_t n,
			      int16_t outcome[]);

#endif
