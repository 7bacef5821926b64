/* preds.c - see preds.h. */
#include "conformance/preds.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "conformance/value.h"
#include "vectors/explain.h"

const struct xl_bind *xl_binds_get(const struct xl_binds *b, const char *name)
{
	for (uint8_t i = 0; i < b->n; i++)
		if (strcmp(b->at[i].name, name) == 0)
			return &b->at[i];
	return NULL;
}

static bool binds_add(struct xl_binds *b, const struct xl_pred *p, const uint8_t v[static 16])
{
	if (b->n == XL_BINDS_MAX)
		return false;
	b->at[b->n] = (struct xl_bind){ .name = p->name, .n_bits = p->n_bits };
	memcpy(b->at[b->n].value, v, XL_VALUE_BYTES);
	b->n++;
	return true;
}

/* Octets of the golden set, right-aligned. */
static void align(const struct xl_bytes *b, uint8_t out[static 16])
{
	size_t n = b->len < 16 ? b->len : 16;

	memset(out, 0, 16);
	memcpy(out + 16 - n, b->p + b->len - n, n);
}

static bool is_among(const struct xl_pred *p, const uint8_t v[static 16])
{
	uint8_t x[16];

	for (uint32_t i = 0; i < p->n_values; i++) {
		align(&p->value[i], x);
		if (memcmp(x, v, 16) == 0)
			return true;
	}
	return false;
}

static bool is_between(const struct xl_pred *p, const uint8_t v[static 16])
{
	uint8_t lo[16], hi[16];

	if (p->n_values != 2)
		return false;
	align(&p->value[0], lo);
	align(&p->value[1], hi);
	return memcmp(lo, v, 16) <= 0 && memcmp(v, hi, 16) <= 0;
}

static bool holds(const struct xl_pred *p, const uint8_t v[static 16], uint32_t len,
		  struct xl_binds *b)
{
	const struct xl_bind *bound = p->name ? xl_binds_get(b, p->name) : NULL;

	switch ((enum xl_pred_kind)p->kind) {
	case XL_PRED_IN: return is_among(p, v);
	case XL_PRED_NOT: return !is_among(p, v);
	case XL_PRED_RANGE: return is_between(p, v);
	case XL_PRED_BIND: return bound ? memcmp(bound->value, v, 16) == 0 : binds_add(b, p, v);
	case XL_PRED_USE: return bound && memcmp(bound->value, v, 16) == 0;
	case XL_PRED_NOT_USE: return bound && memcmp(bound->value, v, 16) != 0;
	case XL_PRED_LEN: {
		uint32_t said = (uint32_t)v[14] << 8 | v[15];

		return len >= p->base && said == len - p->base;
	}
	}
	return false;
}

/* What would have been right, for people. */
static void describe(const struct xl_pred *p, uint32_t len, const struct xl_binds *b, char *out,
		     size_t cap)
{
	const struct xl_bind *bound = p->name ? xl_binds_get(b, p->name) : NULL;
	static const char *const lead[] = {
		[XL_PRED_IN] = "one of", [XL_PRED_NOT] = "not", [XL_PRED_RANGE] = "between"
	};
	size_t used = 0;
	uint8_t x[16];
	char v[40];

	switch ((enum xl_pred_kind)p->kind) {
	case XL_PRED_IN:
	case XL_PRED_NOT:
	case XL_PRED_RANGE:
		used = (size_t)snprintf(out, cap, "%s", lead[p->kind]);
		for (uint32_t i = 0; i < p->n_values && used < cap; i++) {
			align(&p->value[i], x);
			used += (size_t)snprintf(out + used, cap - used, " %s",
						 xl_value_text(x, p->n_bits, v, sizeof v));
		}
		return;
	case XL_PRED_BIND:
	case XL_PRED_USE:
	case XL_PRED_NOT_USE:
		snprintf(out, cap, "%s%s (%s)", p->kind == XL_PRED_NOT_USE ? "not " : "", p->name,
			 bound ? xl_value_text(bound->value, bound->n_bits, v, sizeof v)
			       : "never bound");
		return;
	case XL_PRED_LEN: snprintf(out, cap, "%" PRId64, (int64_t)len - (int64_t)p->base); return;
	}
}

bool xl_preds_hold(const struct xl_want *w, const uint8_t *p, uint32_t len, struct xl_binds *b,
		   struct xl_diffs *d)
{
	bool all = true;

	for (uint16_t i = 0; i < w->n_preds; i++) {
		const struct xl_pred *pred = &w->pred[i];
		char name[XL_CELL_NAME_MAX], value[XL_CELL_VALUE_MAX], want[XL_DIFF_VALUE_MAX],
			got[40];
		uint8_t v[16];
		bool is_there = xl_value_get(p, len, pred->at_bit, pred->n_bits, v);

		/* What an early end cut off is not asked for. */
		if (!is_there && pred->at_bit / 8 >= w->min_len)
			continue;
		if (is_there && holds(pred, v, len, b))
			continue;
		all = false;
		if (!d)
			break;
		if (!xl_field_at(w->bytes, w->len, pred->at_bit, 1, name, value))
			snprintf(name, sizeof name, "bit.%" PRIu32, pred->at_bit);
		describe(pred, len, b, want, sizeof want);
		xl_diff_add(d, name, pred->at_bit / 8, want,
			    is_there ? xl_value_text(v, pred->n_bits, got, sizeof got)
				     : "(packet ends before)");
	}
	return all;
}
