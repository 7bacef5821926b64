/* fragments.h - putting a set of fragments together, and saying what is wrong with the set.
 *
 * Where a translator cuts is free; these rules are not (RFC 791, RFC 8200 4.5): every piece but the last
 * a multiple of 8 octets, no overlap, no gap, one identification, every piece within the limit, the same
 * header on each.
 */
#ifndef XL_FRAGMENTS_H
#define XL_FRAGMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conformance/judge.h"

/* How a packet is a fragment. For one that is none, off and more are 0 (IPv4) or ok is false (IPv6). */
struct xl_piece {
	bool ok; /* has well-formed headers with fragment fields */
	bool more;
	uint8_t family, proto;
	uint32_t
		head_len; /* octets before the payload; for IPv6 the Fragment header is the last of them */
	uint32_t off, len; /* of the payload, in octets */
	uint32_t id;
	const uint8_t *addrs; /* source and destination, together */
};

struct xl_piece xl_piece_of(const uint8_t *p, uint32_t len);

/* True when two packets are fragments of one datagram by their key (RFC 791, RFC 8200 4.5). */
bool xl_piece_same(const struct xl_piece *a, const struct xl_piece *b);

enum { XL_WHOLE_MAX = 65535 + 320 };

/* Puts the n fragments together into `whole` (XL_WHOLE_MAX octets): header of the first one, lengths and
 * IPv4 header checksum as of one packet; off and more are those of the wanted packet, which may be a
 * fragment itself that was cut further (RFC 791 3.2). NULL: done, *len says how long it is; otherwise what
 * is wrong. */
const char *xl_fragments_join(const struct xl_seen *const *piece, size_t n,
			      const struct xl_want *want, uint8_t *whole, uint32_t *len);

#endif
