/* cells.c - any octets as a row of cells: which field of which layer each bit belongs to.
 *
 * The input is whatever a translator under test emitted, so nothing in it is believed. A header that is
 * cut short or contradicts itself is `data`; the walk always moves forward and ends.
 */
#include "vectors/layer.h"

#include <string.h>

#include "ref/base/rd.h"

uint64_t xl_bits_get(const uint8_t *p, uint32_t at_bit, uint32_t n_bits)
{
	uint64_t v = 0;

	if (at_bit % 8 == 0 && n_bits % 8 == 0) {
		for (uint32_t i = 0; i < n_bits / 8; i++)
			v = v << 8 | p[at_bit / 8 + i];
		return v;
	}
	for (uint32_t i = at_bit; i < at_bit + n_bits; i++)
		v = v << 1 | (p[i / 8] >> (7 - i % 8) & 1u);
	return v;
}

void xl_bits_put(uint8_t *p, uint32_t at_bit, uint32_t n_bits, uint64_t v)
{
	for (uint32_t i = 0; i < n_bits; i++) {
		uint32_t at = at_bit + n_bits - 1 - i;
		uint8_t bit = (uint8_t)(0x80u >> at % 8);

		p[at / 8] = (uint8_t)(v >> i & 1 ? p[at / 8] | bit : p[at / 8] & ~bit);
	}
}

struct walk {
	const uint8_t *p;
	struct xl_cell *cell;
	size_t n, max;
	uint32_t total_bits;
	uint8_t layer_no, depth;
	bool is_full;
};

static void add(struct walk *w, const struct xl_layer *l, const struct xl_field *f, uint32_t at_bit,
		uint32_t n_bits)
{
	if (n_bits == 0 || w->is_full)
		return;
	if (w->n + 1 == w->max &&
	    at_bit + n_bits < w->total_bits) { /* the last cell takes all the rest */
		l = xl_layer_at(XL_L_DATA);
		f = &l->field[0];
		n_bits = w->total_bits - at_bit;
		w->is_full = true;
	}
	w->cell[w->n++] = (struct xl_cell){ l, f, w->layer_no, w->depth, at_bit, n_bits };
}

static void add_data(struct walk *w, uint32_t from, uint32_t to)
{
	const struct xl_layer *l = xl_layer_at(XL_L_DATA);

	if (from >= to)
		return;
	add(w, l, &l->field[0], 8 * from, 8 * (to - from));
	w->layer_no++;
}

/* The fields of a header in [at, at + size); the tail is what is behind the fixed part. */
static void add_header(struct walk *w, const struct xl_layer *l, uint32_t at, uint32_t size)
{
	uint8_t shape = l->id == XL_L_ICMPV4 || l->id == XL_L_ICMPV6
				? xl_icmp_shape(l, w->p[at], w->p[at + 1])
				: 0;

	for (int i = 0; i < l->n_fields; i++) {
		const struct xl_field *f = &l->field[i];

		if (f->when && !(f->when & shape))
			continue;
		if (f->n_bits)
			add(w, l, f, 8 * at + f->at_bit, f->n_bits);
		else
			add(w, l, f, 8 * (at + l->min_bytes), 8 * (size - l->min_bytes));
	}
	w->layer_no++;
}

/* How long the header at p[0, n) says it is; 0 when that cannot be or is more than there is. */
static uint32_t header_bytes(const struct xl_layer *l, const uint8_t *p, uint32_t n)
{
	uint32_t size = l->min_bytes;

	if (n < size)
		return 0;
	switch (l->id) {
	case XL_L_IPV4: size = 4u * (p[0] & 15u); break;
	case XL_L_TCP: size = 4u * (p[12] >> 4); break;
	case XL_L_HOPOPTS:
	case XL_L_DESTOPTS:
	case XL_L_ROUTING: size = 8u * (p[1] + 1u); break;
	case XL_L_AH: size = 4u * (p[1] + 2u); break;
	default: break;
	}
	return size < l->min_bytes || size > n ? 0 : size;
}

static void walk_ip(struct walk *w, uint32_t at, uint32_t end);

/* An RFC 4884 extension structure in [at, end). */
static void walk_ext(struct walk *w, uint32_t at, uint32_t end)
{
	const struct xl_layer *ext = xl_layer_at(XL_L_EXT), *object = xl_layer_at(XL_L_OBJECT);

	if (end - at < ext->min_bytes) {
		add_data(w, at, end);
		return;
	}
	add_header(w, ext, at, ext->min_bytes);
	at += ext->min_bytes;
	while (end - at >= object->min_bytes) {
		uint32_t size = xl_get16(w->p + at);

		if (size < object->min_bytes || size > end - at)
			break;
		add_header(w, object, at, size);
		at += size;
	}
	add_data(w, at, end);
}

/* What is behind an ICMP header: a quoted packet and perhaps an extension structure, or data. */
static void walk_icmp_body(struct walk *w, const struct xl_layer *l, uint32_t head, uint32_t end)
{
	uint32_t at = head + 8, quote_end = end;
	uint8_t shape = xl_icmp_shape(l, w->p[head], w->p[head + 1]);
	uint32_t length = 0;

	if (!xl_icmp_is_error(l, w->p[head]) || w->depth + 1 >= XL_QUOTE_DEPTH_MAX ||
	    end - at < 1) {
		add_data(w, at, end);
		return;
	}
	/* RFC 4884 5.5: the attribute of Parameter Problem exists in ICMPv4 alone. */
	if (l->id == XL_L_ICMPV4 && shape != XL_SHAPE_OTHER)
		length = 4u * w->p[head + 5];
	else if (l->id == XL_L_ICMPV6 && shape == XL_SHAPE_ERROR)
		length = 8u * w->p[head + 4];
	if (length > 0 && length <= end - at)
		quote_end = at + length;
	w->depth++;
	walk_ip(w, at, quote_end);
	w->depth--;
	if (quote_end < end)
		walk_ext(w, quote_end, end);
}

static void walk_transport(struct walk *w, const struct xl_layer *l, uint32_t at, uint32_t end)
{
	uint32_t size = header_bytes(l, w->p + at, end - at);

	if (size == 0) {
		add_data(w, at, end);
		return;
	}
	add_header(w, l, at, size);
	if (l->id == XL_L_ICMPV4 || l->id == XL_L_ICMPV6)
		walk_icmp_body(w, l, at, end);
	else
		add_data(w, at + size, end);
}

static bool is_extension(const struct xl_layer *l)
{
	return l->id >= XL_L_HOPOPTS && l->id <= XL_L_AH;
}

/* Extension headers and what follows them. Behind a fragment that is not the first, all is data. */
static void walk_chain(struct walk *w, uint8_t number, uint32_t at, uint32_t end,
		       bool is_later_fragment)
{
	for (;;) {
		const struct xl_layer *l = is_later_fragment ? NULL : xl_layer_numbered(number);
		uint32_t size;

		if (!l || l->id == XL_L_IPV4 || l->id == XL_L_IPV6 || at >= end) {
			add_data(w, at, end);
			return;
		}
		if (!is_extension(l)) {
			walk_transport(w, l, at, end);
			return;
		}
		size = header_bytes(l, w->p + at, end - at);
		if (size == 0) {
			add_data(w, at, end);
			return;
		}
		add_header(w, l, at, size);
		number = w->p[at];
		if (l->id == XL_L_FRAGMENT)
			is_later_fragment = xl_get16(w->p + at + 2) >> 3 != 0;
		at += size;
	}
}

static void walk_ip(struct walk *w, uint32_t at, uint32_t end)
{
	uint8_t version = end > at ? w->p[at] >> 4 : 0;
	const struct xl_layer *l = xl_layer_at(version == 4 ? XL_L_IPV4 : XL_L_IPV6);
	uint32_t size = version == 4 || version == 6 ? header_bytes(l, w->p + at, end - at) : 0;
	uint32_t stated, inner_end;
	const uint8_t *h = w->p + at;

	if (size == 0) {
		add_data(w, at, end);
		return;
	}
	add_header(w, l, at, size);
	stated = version == 4 ? xl_get16(h + 2) : 40u + xl_get16(h + 4);
	inner_end = stated < size ? at + size : stated < end - at ? at + stated : end;
	if (version == 4 && stated < size)
		inner_end = end; /* a length that cannot be: take what is there */
	if (version == 4)
		walk_chain(w, h[9], at + size, inner_end, (xl_get16(h + 6) & 0x1fff) != 0);
	else
		walk_chain(w, h[6], at + size, inner_end, false);
	add_data(w, inner_end, end);
}

size_t xl_decode(const uint8_t *p, size_t n, struct xl_cell cell[], size_t max)
{
	struct walk w = { .p = p, .cell = cell, .max = max, .total_bits = 8 * (uint32_t)n };

	if (max == 0 || n == 0 || n > UINT32_MAX / 16)
		return 0;
	walk_ip(&w, 0, (uint32_t)n);
	return w.n;
}
