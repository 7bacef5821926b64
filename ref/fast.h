/* fast.h - the short way for packets of ordinary shape. */
#ifndef XL_FAST_H
#define XL_FAST_H

#include "ref/xlat_int.h"

/* What the short way needs of one address decision, in one cache line. The addresses of the family the
 * packet comes in are the key, together with the ingress; the others are the answer. */
struct xl_cache_line {
	uint8_t v6[32], v4[8]; /* source and destination */
	uint32_t generation; /* of the tables when this was decided; 0: the line is empty */
	uint16_t port, egress, delta;
	/* longest packet that goes out whole, with and without DF: its IPv4 length */
	uint32_t most_df, most;
	uint32_t unused;
};

_Static_assert(sizeof(struct xl_cache_line) == 64, "one line of the processor's cache");

/* Translates the packet if its shape is ordinary: IPv4 without options or fragments, IPv6 without
 * extension headers, hop limit above 1, TCP or UDP with a checksum, no offload, fits, and an address
 * decision that may be remembered. False: nothing has been changed, take the slow path. */
bool xl_fast_4to6(struct xlat *x, struct xl_pkt *p);
bool xl_fast_6to4(struct xlat *x, struct xl_pkt *p);

#endif
