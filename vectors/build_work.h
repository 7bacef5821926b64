/* build_work.h - the packet under construction, shared by the two halves of the builder. */
#ifndef XL_VECTORS_BUILD_WORK_H
#define XL_VECTORS_BUILD_WORK_H

#include "vectors/packet.h"

enum { XL_WORK_SUMS_MAX = 32, XL_WORK_PREDS_MAX = 64 };

struct xl_work {
	struct xl_builder *b;
	uint8_t *bytes, *mask;
	uint32_t len, min_len; /* min_len 0: may not end early */
	bool is_overrun, is_malformed;
	struct xl_sum sum[XL_WORK_SUMS_MAX];
	struct xl_pred pred[XL_WORK_PREDS_MAX];
	uint16_t n_sums, n_preds;
};

/* These bits are not compared. */
void xl_work_free_bits(struct xl_work *w, uint32_t at_bit, uint32_t n_bits);

/* The checksum of part i, if its layer has one: written where none was given, with a row where an octet
 * under it is free; one that was given and is wrong marks the packet. Part k starts at off[k]; the packet
 * (or the quote that p is) ends at end. */
void xl_work_sum(struct xl_work *w, const struct xl_packet *p, uint32_t i, const uint32_t off[],
		 uint32_t end);

#endif
