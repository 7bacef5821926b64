/* cmp_mask.c - see cmp_mask.h. */
#include "conformance/cmp_mask.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "conformance/sums.h"
#include "ref/base/rd.h"

/* The first octet that differs where it is compared, or len. Eight at a time: packets may be long. */
static uint32_t first_difference(const struct xl_want *w, const uint8_t *p, uint32_t len)
{
	uint32_t i = 0;

	for (; i + 8 <= len; i += 8) {
		uint64_t is, want, mask;

		memcpy(&is, p + i, 8);
		memcpy(&want, w->bytes + i, 8);
		memcpy(&mask, w->mask + i, 8);
		if ((is ^ want) & mask)
			break;
	}
	while (i < len && !((p[i] ^ w->bytes[i]) & w->mask[i]))
		i++;
	return i;
}

/* A number that must be what was received, less a constant, and is not: at octet *at. */
static bool wrong_length(const struct xl_want *w, const uint8_t *p, uint32_t len, uint32_t *at)
{
	for (uint16_t i = 0; i < w->n_preds; i++) {
		*at = w->pred[i].at_bit / 8;
		if (w->pred[i].kind == XL_PRED_LEN && *at + 2 <= len &&
		    xl_get16(p + *at) + w->pred[i].base != len)
			return true;
	}
	return false;
}

bool xl_cmp_mask(const struct xl_want *w, const uint8_t *p, uint32_t len, struct xl_mask_diff *d)
{
	uint32_t at;

	if (d)
		*d = (struct xl_mask_diff){ .at = 0 };
	if (len > w->len || len < w->min_len) {
		if (d)
			snprintf(d->what, sizeof d->what, "length %" PRIu32 " instead of %" PRIu32,
				 len, w->len);
		return false;
	}
	at = first_difference(w, p, len);
	if (at < len) {
		if (d)
			snprintf(d->what, sizeof d->what,
				 "octet %" PRIu32 " is %02x instead of %02x", d->at = at, p[at],
				 w->bytes[at]);
		return false;
	}
	if (wrong_length(w, p, len, &at)) {
		if (d)
			snprintf(d->what, sizeof d->what, "wrong length at octet %" PRIu32,
				 d->at = at);
		return false;
	}
	for (uint16_t i = 0; i < w->n_sums; i++) {
		if (xl_sum_holds(&w->sum[i], p, len))
			continue;
		if (d)
			snprintf(d->what, sizeof d->what, "wrong checksum at octet %" PRIu32,
				 d->at = w->sum[i].at);
		return false;
	}
	return true;
}
