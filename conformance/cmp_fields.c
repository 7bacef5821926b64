/* cmp_fields.c - see cmp_fields.h. */
#include "conformance/cmp_fields.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ref/base/rd.h"
#include "vectors/layer.h"

enum { PACKET_MAX = 65535 + 320 };

struct decoded {
	const uint8_t *p;
	uint32_t len;
	size_t n;
	struct xl_cell cell[XL_CELLS_MAX];
};

struct xl_fields_want {
	struct decoded is;
};

static void decode(struct decoded *d, const uint8_t *p, uint32_t len)
{
	d->p = p;
	d->len = len;
	d->n = xl_decode(p, len, d->cell, XL_CELLS_MAX);
}

static bool is_same_place(const struct xl_cell *a, const struct xl_cell *b)
{
	return a->field == b->field && a->layer_no == b->layer_no && a->depth == b->depth;
}

static unsigned bit_at(const uint8_t *p, uint32_t at)
{
	return p[at / 8] >> (7 - at % 8) & 1u;
}

static bool same_octets(const uint8_t *x, const uint8_t *mask, const uint8_t *y, uint32_t n)
{
	uint32_t i = 0;

	for (; i + 16 <= n; i += 16) { /* the rare octets where that is not enough, one by one */
		if (memcmp(x + i, y + i, 16) == 0)
			continue;
		for (uint32_t k = i; k < i + 16; k++)
			if ((x[k] ^ y[k]) & mask[k])
				return false;
	}
	for (; i < n; i++)
		if ((x[i] ^ y[i]) & mask[i])
			return false;
	return true;
}

/* Compares one field's bits where the mask, which lies as the wanted packet does, asks for it. */
static bool same_value(const struct xl_cell *a, const uint8_t *want, const uint8_t *mask,
		       const struct xl_cell *b, const uint8_t *got)
{
	if (a->n_bits != b->n_bits)
		return false;
	if (a->at_bit % 8 == 0 && b->at_bit % 8 == 0 && a->n_bits % 8 == 0)
		return same_octets(want + a->at_bit / 8, mask + a->at_bit / 8, got + b->at_bit / 8,
				   a->n_bits / 8);
	for (uint32_t i = 0; i < a->n_bits; i++)
		if (bit_at(mask, a->at_bit + i) &&
		    bit_at(want, a->at_bit + i) != bit_at(got, b->at_bit + i))
			return false;
	return true;
}

/* ---- naming ---- */

static void name_of(const struct decoded *d, size_t i, char name[static XL_DIFF_NAME_MAX])
{
	char full[XL_CELL_NAME_MAX];

	snprintf(name, XL_DIFF_NAME_MAX, "%.*s", XL_DIFF_NAME_MAX - 1,
		 xl_cell_name(d->cell, i, full));
}

static void value_of(const struct decoded *d, size_t i, char value[static XL_DIFF_VALUE_MAX])
{
	char full[XL_CELL_VALUE_MAX];

	snprintf(value, XL_DIFF_VALUE_MAX, "%.*s", XL_DIFF_VALUE_MAX - 1,
		 xl_cell_value(&d->cell[i], d->p, full));
}

enum { WINDOW = 40, WINDOW_BEFORE = 8 }; /* octets of a long field that are shown, around `at` */

static void window_of(const struct decoded *d, size_t i, uint32_t at,
		      char value[static XL_DIFF_VALUE_MAX])
{
	const struct xl_cell *c = &d->cell[i];
	uint32_t n = c->n_bits / 8, from = at > WINDOW_BEFORE ? at - WINDOW_BEFORE : 0;
	uint32_t to = from + WINDOW < n ? from + WINDOW : n;
	size_t used = (size_t)snprintf(value, XL_DIFF_VALUE_MAX, "%s", from ? "..." : "");

	for (uint32_t k = from; k < to; k++)
		used += (size_t)snprintf(value + used, XL_DIFF_VALUE_MAX - used, "%02x",
					 d->p[c->at_bit / 8 + k]);
	if (to < n)
		snprintf(value + used, XL_DIFF_VALUE_MAX - used, "...");
	else if (used == 0 || from >= n)
		snprintf(value, XL_DIFF_VALUE_MAX, "(ends after %" PRIu32 " octets)", n);
}

/* A field of octets as long as it likes: data, options. */
static bool is_octets(const struct xl_cell *c)
{
	return c->field->n_bits == 0 && c->at_bit % 8 == 0;
}

/* The first octet of such a field in which two differ, or where the shorter one ends. */
static uint32_t first_octet(const struct decoded *want, size_t i, const uint8_t *mask,
			    const struct decoded *got, size_t j)
{
	const struct xl_cell *a = &want->cell[i], *b = &got->cell[j];
	uint32_t n = (a->n_bits < b->n_bits ? a->n_bits : b->n_bits) / 8, k = 0;

	while (k < n && !((want->p[a->at_bit / 8 + k] ^ got->p[b->at_bit / 8 + k]) &
			  mask[a->at_bit / 8 + k]))
		k++;
	return k;
}

/* i, j: SIZE_MAX when the field is only in the other packet. */
static void report(struct xl_diffs *to, const struct decoded *want, size_t i, const uint8_t *mask,
		   const struct decoded *got, size_t j)
{
	char name[XL_DIFF_NAME_MAX], w[XL_DIFF_VALUE_MAX], g[XL_DIFF_VALUE_MAX];
	uint32_t at_bit = j != SIZE_MAX ? got->cell[j].at_bit : want->cell[i].at_bit;

	if (!to)
		return;
	if (i != SIZE_MAX && j != SIZE_MAX && is_octets(&want->cell[i])) {
		uint32_t at = first_octet(want, i, mask, got, j);

		name_of(want, i, name);
		window_of(want, i, at, w);
		window_of(got, j, at, g);
		xl_diff_add(to, name, at_bit / 8 + at, w, g);
		return;
	}
	name_of(i != SIZE_MAX ? want : got, i != SIZE_MAX ? i : j, name);
	snprintf(w, sizeof w, "(absent)");
	snprintf(g, sizeof g, "(absent)");
	if (i != SIZE_MAX)
		value_of(want, i, w);
	if (j != SIZE_MAX)
		value_of(got, j, g);
	xl_diff_add(to, name, at_bit / 8, w, g);
}

/* ---- fields ---- */

static bool compare(const struct decoded *want, const uint8_t *mask, const struct decoded *got,
		    struct xl_diffs *to)
{
	size_t j = 0;
	bool same = true;

	for (size_t i = 0; i < want->n; i++) {
		size_t k = j;

		while (k < got->n && !is_same_place(&want->cell[i], &got->cell[k]))
			k++;
		if (k == got->n) {
			same = false;
			report(to, want, i, mask, got, SIZE_MAX);
			continue;
		}
		for (; j < k; j++) { /* passed over: nobody wanted them */
			same = false;
			report(to, want, SIZE_MAX, mask, got, j);
		}
		if (!same_value(&want->cell[i], want->p, mask, &got->cell[k], got->p)) {
			same = false;
			report(to, want, i, mask, got, k);
		}
		j = k + 1;
	}
	for (; j < got->n; j++) {
		same = false;
		report(to, want, SIZE_MAX, mask, got, j);
	}
	return same;
}

/* True when both packets consist of the same fields at the same places, whatever their values. */
static bool same_fields(const struct decoded *a, const struct decoded *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!is_same_place(&a->cell[i], &b->cell[i]) ||
		    a->cell[i].n_bits != b->cell[i].n_bits)
			return false;
	return true;
}

/* ---- checksums, from what the headers say ---- */

static uint32_t sum_octets(uint32_t sum, const uint8_t *p, uint32_t n)
{
	struct xl_rd r = xl_rd_init(p, n);

	while (xl_rd_left(&r) >= 2)
		sum += xl_rd_u16(&r);
	if (xl_rd_left(&r))
		sum += (uint32_t)xl_rd_u8(&r) << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* Start of the layer that cell i belongs to, in octets. */
static uint32_t layer_start(const struct decoded *d, size_t i)
{
	while (i > 0 && d->cell[i - 1].layer_no == d->cell[i].layer_no)
		i--;
	return d->cell[i].at_bit / 8;
}

struct outer { /* the IP header that carries a layer */
	bool is_there, is_ip4;
	uint32_t at, end;
};

static struct outer outer_of(const struct decoded *d, size_t i)
{
	uint8_t depth = d->cell[i].depth;
	struct outer o = { .end = d->len };

	for (size_t k = i + 1; k-- > 0 && !o.is_there;) {
		const struct xl_cell *c = &d->cell[k];

		if (c->depth != depth || (c->layer->id != XL_L_IPV4 && c->layer->id != XL_L_IPV6))
			continue;
		o.is_there = true;
		o.is_ip4 = c->layer->id == XL_L_IPV4;
		o.at = layer_start(d, k);
	}
	if (o.is_there && o.is_ip4 && o.at + 20 <= d->len)
		o.end = o.at + xl_get16(d->p + o.at + 2);
	else if (o.is_there && !o.is_ip4 && o.at + 40 <= d->len)
		o.end = o.at + 40 + xl_get16(d->p + o.at + 4);
	if (o.end > d->len)
		o.end = d->len;
	return o;
}

/* How many octets of the datagram a UDP-Lite or DCCP checksum covers (RFC 3828 3.1, RFC 4340 9.1). */
static uint32_t covered(const struct decoded *d, unsigned layer_id, uint32_t at, uint32_t n)
{
	if (layer_id == XL_L_UDPLITE && n >= 8) {
		uint32_t cov = xl_get16(d->p + at + 4);

		return cov && cov < n ? cov : n;
	}
	if (layer_id == XL_L_DCCP && n >= 12) {
		uint32_t cscov = d->p[at + 5] & 15u, head = d->p[at + 4] * 4u;

		return cscov && head + (cscov - 1) * 4 < n ? head + (cscov - 1) * 4 : n;
	}
	return n;
}

static bool sum_is_right(const struct decoded *d, size_t i)
{
	const struct xl_cell *c = &d->cell[i];
	struct outer o = outer_of(d, i);
	uint32_t at = layer_start(d, i), n, sum = 0;
	unsigned id = c->layer->id;

	if (!o.is_there || o.end < at)
		return false;
	n = o.end - at;
	if (id == XL_L_IPV4)
		return sum_octets(0, d->p + at, (d->p[at] & 15u) * 4u) == 0xffff;
	if (id != XL_L_EXT && id != XL_L_ICMPV4) {
		uint32_t proto = c->layer->number;

		sum = sum_octets(0, d->p + o.at + (o.is_ip4 ? 12 : 8), o.is_ip4 ? 8 : 32);
		sum += proto + (n >> 16) + (n & 0xffff);
	}
	if ((id == XL_L_UDP || id == XL_L_UDPLITE) && xl_get16(d->p + c->at_bit / 8) == 0)
		return false;
	return sum_octets(sum, d->p + at, covered(d, id, at, n)) == 0xffff;
}

static bool check_sums(const struct xl_want *w, const struct decoded *got, struct xl_diffs *to)
{
	bool all = true;

	for (uint16_t s = 0; s < w->n_sums; s++) {
		char name[XL_DIFF_NAME_MAX] = "checksum", value[XL_DIFF_VALUE_MAX] = "(absent)";
		bool is_right = false;

		for (size_t i = 0; i < got->n; i++) {
			if (got->cell[i].at_bit != w->sum[s].at * 8 ||
			    strcmp(got->cell[i].field->name, "sum") != 0)
				continue;
			is_right = sum_is_right(got, i);
			name_of(got, i, name);
			value_of(got, i, value);
		}
		all = all && is_right;
		if (!is_right && to)
			xl_diff_add(to, name, w->sum[s].at, "(a right checksum)", value);
	}
	return all;
}

/* ---- the whole ---- */

/* The wanted packet as it would look had it ended after len octets: the length fields follow. */
static void shorten(const struct xl_want *w, uint32_t len, uint8_t *to)
{
	memcpy(to, w->bytes, len);
	for (uint16_t i = 0; i < w->n_preds; i++) {
		const struct xl_pred *p = &w->pred[i];

		if (p->kind == XL_PRED_LEN && p->at_bit % 8 == 0 && p->at_bit / 8 + 2 <= len &&
		    len >= p->base)
			xl_put16(to + p->at_bit / 8, len - p->base);
	}
}

/* A packet that may end early says itself where it ends: the length in its own IP header (RFC 791 3.1,
 * RFC 8200 3). */
static bool has_free_length(const struct xl_want *w)
{
	for (uint16_t i = 0; i < w->n_preds; i++)
		if (w->pred[i].kind == XL_PRED_LEN)
			return true;
	return false;
}

static bool is_length_right(const uint8_t *p, uint32_t len)
{
	if (len >= 20 && p[0] >> 4 == 4)
		return xl_get16(p + 2) == len;
	if (len >= 40 && p[0] >> 4 == 6)
		return xl_get16(p + 4) + 40u == len;
	return true; /* no IP header, so no length */
}

static void put_length(uint8_t *p, uint32_t len)
{
	if (p[0] >> 4 == 4)
		xl_put16(p + 2, len);
	else
		xl_put16(p + 4, len - 40);
}

/* Lists the differences as the packet reads or, where one wrong octet makes all behind it read as other
 * fields, as they lie: the shorter of the two. Returns the reading that was listed. */
static const struct decoded *list(const struct decoded *want, const uint8_t *mask,
				  const struct decoded *got, struct xl_diffs *d)
{
	static _Thread_local struct decoded there;
	uint16_t n = d->n, n_lost = d->n_lost;
	size_t n_placed = 0, n_read;

	(void)compare(want, mask, got, d);
	n_read = 0u + d->n + d->n_lost - n - n_lost;
	for (size_t i = 0; want->len == got->len && i < want->n; i++)
		n_placed += !same_value(&want->cell[i], want->p, mask, &want->cell[i], got->p);
	if (n_placed == 0 || n_placed >= n_read)
		return got;
	there = *want;
	there.p = got->p;
	d->n = n;
	d->n_lost = n_lost;
	(void)compare(want, mask, &there, d);
	return &there;
}

static bool against(const struct xl_want *w, const struct decoded *is, const uint8_t *p,
		    uint32_t len, struct xl_diffs *d)
{
	static _Thread_local struct decoded other, got; /* 16 KB each: too much for some stacks */
	static _Thread_local uint8_t like[PACKET_MAX], ending[PACKET_MAX];
	const struct decoded *want = is, *read = &got;
	bool same, ends = !has_free_length(w) || is_length_right(p, len);

	if (!ends && len <= sizeof ending) { /* the rest reads as if the length were right */
		memcpy(ending, p, len);
		put_length(ending, len);
		p = ending;
	}
	decode(&got, p, len);
	same = compare(want, w->mask, &got, NULL);
	if (!same && want->len == len && len <= sizeof like && !same_fields(want, &got)) {
		/* A free field may decide how the rest is read: read both with the value received. */
		for (uint32_t i = 0; i < len; i++)
			like[i] = (uint8_t)((want->p[i] & w->mask[i]) | (p[i] & ~w->mask[i]));
		decode(&other, like, len);
		want = &other;
		same = compare(want, w->mask, &got, NULL);
	}
	if (!same && d) {
		uint16_t before = d->n;

		read = list(want, w->mask, &got, d);
		if (d->n == before && !d->n_lost)
			xl_diff_add(d, "len", 0, "", "");
	}
	return ends && check_sums(w, read, d) && same;
}

bool xl_cmp_fields(const struct xl_want *w, const uint8_t *p, uint32_t len, struct xl_diffs *d)
{
	static _Thread_local struct decoded want;
	static _Thread_local uint8_t short_form[PACKET_MAX];
	bool is_cut = len < w->len && len >= w->min_len && len <= sizeof short_form;

	if (is_cut)
		shorten(w, len, short_form);
	decode(&want, is_cut ? short_form : w->bytes, is_cut ? len : w->len);
	return against(w, &want, p, len, d);
}

struct xl_fields_want *xl_fields_prepare(const struct xl_want *w)
{
	struct xl_fields_want *f = malloc(sizeof *f);

	if (f)
		decode(&f->is, w->bytes, w->len);
	return f;
}

bool xl_cmp_fields_prepared(const struct xl_want *w, const struct xl_fields_want *f,
			    const uint8_t *p)
{
	return against(w, &f->is, p, w->len, NULL);
}
