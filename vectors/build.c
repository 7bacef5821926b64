/* build.c - a resolved packet becomes octets, a mask, sums and predicates.
 *
 * Headers are written outside in, values as they stand; then, from the inside out, lengths and next-header
 * numbers, and last the checksums. A field that was given stays as it was given, however wrong. A
 * checksum over an octet that is not compared is itself not compared by mask: a row says over what range
 * it must be right.
 */
#include "vectors/build_work.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ref/base/rd.h"
#include "vectors/sum.h"

enum {
	WORK_BYTES =
		4 * 65536, /* a packet, and whole packets behind it that its quotes are cut from */
	ICMPV4_BYTES_MAX = 576, /* RFC 1812 4.3.2.3 */
	ICMPV6_BYTES_MAX = 1280, /* RFC 4443 2.4(c) */
};

static void fault(struct xl_work *w, struct xl_loc loc, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void fault(struct xl_work *w, struct xl_loc loc, const char *fmt, ...)
{
	char text[XL_DIAG_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	w->b->has_fault = true;
	(void)xl_diag(w->b->d, XL_ERR_SYNTAX, loc, "%s", text);
}

/* n zero octets at the end, compared; where they start. Beyond the room the last octets are reused and
 * the packet refused at the end. */
static uint32_t extend(struct xl_work *w, uint32_t n)
{
	uint32_t at = w->len;

	if (n > WORK_BYTES - at) {
		w->is_overrun = true;
		return 0;
	}
	memset(w->bytes + at, 0, n);
	memset(w->mask + at, 0xff, n);
	w->len += n;
	return at;
}

static void extend_by(struct xl_work *w, struct xl_bytes b)
{
	uint32_t at = extend(w, b.len);

	if (!w->is_overrun && b.len)
		memcpy(w->bytes + at, b.p, b.len);
}

/* ---- predicates ---- */

static struct xl_bytes as_bytes(struct xl_work *w, const struct xl_field *f,
				const struct xl_value *v)
{
	uint32_t n = (f->n_bits + 7u) / 8;
	uint8_t *to;

	if (v->kind == XL_V_BYTES)
		return v->bytes;
	to = xl_arena_alloc(w->b->arena, n);
	for (uint32_t i = 0; i < n; i++)
		to[n - 1 - i] = (uint8_t)(v->number >> 8 * i);
	return (struct xl_bytes){ to, n };
}

static void add_pred(struct xl_work *w, const struct xl_field *f, const struct xl_value *v,
		     uint32_t at_bit)
{
	static const uint8_t kinds[] = {
		[XL_V_IN] = XL_PRED_IN,       [XL_V_NOT] = XL_PRED_NOT,
		[XL_V_RANGE] = XL_PRED_RANGE, [XL_V_BIND] = XL_PRED_BIND,
		[XL_V_USE] = XL_PRED_USE,     [XL_V_NOT_USE] = XL_PRED_NOT_USE,
	};
	struct xl_bytes *value = xl_arena_alloc(w->b->arena, v->n_list * sizeof(*value));

	if (w->n_preds == XL_WORK_PREDS_MAX) {
		fault(w, v->loc, "%s: at most %d predicates in a packet", f->name,
		      XL_WORK_PREDS_MAX);
		return;
	}
	for (uint32_t i = 0; i < v->n_list; i++)
		value[i] = as_bytes(w, f, &v->list[i]);
	w->pred[w->n_preds++] = (struct xl_pred){ .kind = kinds[v->kind],
						  .n_bits = f->n_bits,
						  .at_bit = at_bit,
						  .name = v->name ? v->name : "",
						  .value = value,
						  .n_values = v->n_list };
}

/* ---- fields ---- */

static void put_value(struct xl_work *w, const struct xl_field *f, const struct xl_value *v,
		      uint32_t at_bit)
{
	const struct xl_value *shown = v;

	switch (v->kind) {
	case XL_V_NONE:
	case XL_V_COMPUTED: return;
	case XL_V_IN:
	case XL_V_RANGE: shown = &v->list[0]; break;
	default: break;
	}
	if (shown->kind == XL_V_BYTES)
		memcpy(w->bytes + at_bit / 8, shown->bytes.p, shown->bytes.len);
	else if (shown->kind == XL_V_NUMBER)
		xl_bits_put(w->bytes, at_bit, f->n_bits, shown->number);
	else if (shown->kind == XL_V_ANY && f->n_bits <= 32)
		xl_bits_put(w->bytes, at_bit, f->n_bits, f->dflt);
	if (v->kind >= XL_V_ANY)
		xl_work_free_bits(w, at_bit, f->n_bits);
	if (v->kind > XL_V_ANY)
		add_pred(w, f, v, at_bit);
}

static void write_header(struct xl_work *w, const struct xl_part *p)
{
	const struct xl_layer *l = p->layer;
	uint32_t at = extend(w, l->min_bytes);

	for (int i = 0; i < l->n_fields && !w->is_overrun; i++) {
		const struct xl_field *f = &l->field[i];
		const struct xl_value *v = &p->value[i];

		if (f->n_bits)
			put_value(w, f, v, 8 * at + f->at_bit);
		else if (v->kind == XL_V_BYTES)
			extend_by(w, v->bytes);
	}
}

/* A computed number goes where nothing was given; another number that was given makes a packet that is not
 * well-formed. A quote without an extension structure says 0 for its length (RFC 4884 4). */
static void compute(struct xl_work *w, const struct xl_part *p, uint32_t at, const char *name,
		    uint32_t v)
{
	int i = xl_field_index(p->layer, name);
	const struct xl_field *f = &p->layer->field[i];
	const struct xl_value *given = &p->value[i];

	if (given->is_given && given->kind == XL_V_NUMBER && given->number != v)
		w->is_malformed = w->is_malformed || given->number || strcmp(name, "length") != 0;
	if (given->kind != XL_V_COMPUTED)
		return;
	if (f->n_bits < 32 && v >> f->n_bits)
		fault(w, p->loc, "%s: %s: left out, but %" PRIu32 " does not fit its %u bits",
		      p->layer->name, name, v, (unsigned)f->n_bits);
	xl_bits_put(w->bytes, 8 * at + f->at_bit, f->n_bits, v);
}

/* ---- lengths and next headers ---- */

/* Its first octets are of the middle of a payload, whatever the number before them says. */
static bool is_later_fragment(const struct xl_packet *p)
{
	const struct xl_value *off = xl_part_value(&p->part[0], "off");

	for (uint32_t i = 1; i < p->n_parts && !off; i++)
		if (p->part[i].layer && p->part[i].layer->id == XL_L_FRAGMENT)
			off = xl_part_value(&p->part[i], "off");
	return off && off->kind == XL_V_NUMBER && off->number > 0;
}

static void compute_next(struct xl_work *w, const struct xl_packet *p, uint32_t i, uint32_t at,
			 const char *name)
{
	const struct xl_part *me = &p->part[i], *next = i + 1 < p->n_parts ? me + 1 : NULL;
	const struct xl_layer *ip = p->part[0].layer;
	uint16_t number = next && next->layer ? next->layer->number : XL_NO_NUMBER;
	const struct xl_value *given = xl_part_value(me, name);
	const struct xl_layer *said = given->kind == XL_V_NUMBER && given->number < 256
					      ? xl_layer_numbered((uint8_t)given->number)
					      : NULL;

	if (said && (!next || said != next->layer) && !is_later_fragment(p))
		w->is_malformed =
			true; /* octets of some other kind stand where that header should */
	if (given->kind != XL_V_COMPUTED)
		return;
	if (!next)
		number = 59; /* RFC 8200 4.7 */
	if (number == XL_NO_NUMBER)
		fault(w, me->loc, "%s: %s: left out, but what follows has no protocol number",
		      me->layer->name, name);
	else if (next && next->layer->id == (ip->id == XL_L_IPV4 ? XL_L_ICMPV6 : XL_L_ICMPV4))
		fault(w, next->loc, "%s under %s: give %s where that is meant", next->layer->name,
		      ip->name, name);
	compute(w, me, at, name, number);
}

static void compute_lengths(struct xl_work *w, const struct xl_packet *p, uint32_t i,
			    const uint32_t off[], uint32_t end)
{
	const struct xl_part *me = &p->part[i];
	uint32_t at = off[i], head = off[i + 1] - at;

	switch (me->layer->id) {
	case XL_L_IPV4:
		compute(w, me, at, "version", 4);
		compute(w, me, at, "ihl", head / 4);
		compute(w, me, at, "len", end - at);
		compute_next(w, p, i, at, "proto");
		break;
	case XL_L_IPV6:
		compute(w, me, at, "version", 6);
		compute(w, me, at, "len", end - at - head);
		compute_next(w, p, i, at, "nh");
		break;
	case XL_L_HOPOPTS: /* RFC 8200 4.1: nowhere but behind the IPv6 header */
		w->is_malformed = w->is_malformed || i != 1;
		/* fall through */
	case XL_L_DESTOPTS:
	case XL_L_ROUTING:
		compute(w, me, at, "hlen", head / 8 - 1);
		compute_next(w, p, i, at, "nh");
		break;
	case XL_L_FRAGMENT: compute_next(w, p, i, at, "nh"); break;
	case XL_L_AH:
		compute(w, me, at, "alen", head / 4 - 2);
		compute_next(w, p, i, at, "nh");
		break;
	case XL_L_TCP: compute(w, me, at, "doff", head / 4); break;
	case XL_L_UDP: compute(w, me, at, "len", end - at); break;
	case XL_L_DCCP: compute(w, me, at, "doff", head / 4); break;
	case XL_L_ICMPV4:
	case XL_L_ICMPV6: /* RFC 4884 3: in words of 32 and of 64 bits */
		if (i + 1 < p->n_parts && p->part[i + 1].quote)
			compute(w, me, at, "length",
				(off[i + 2] - off[i + 1]) / (me->layer->id == XL_L_ICMPV4 ? 4 : 8));
		break;
	default: break;
	}
}

/* ---- quotes ---- */

/* Rows that reach beyond the end are gone; a checksum whose octets are not all there cannot be verified. */
static void forget_beyond(struct xl_work *w, uint32_t from, uint32_t end)
{
	uint16_t kept = 0;

	for (uint16_t i = 0; i < w->n_sums; i++)
		if (w->sum[i].at < from || w->sum[i].to <= end)
			w->sum[kept++] = w->sum[i];
	w->n_sums = kept;
	kept = 0;
	for (uint16_t i = 0; i < w->n_preds; i++)
		if (w->pred[i].at_bit + w->pred[i].n_bits <= 8 * end)
			w->pred[kept++] = w->pred[i];
	w->n_preds = kept;
}

static void quote_sent(struct xl_work *w, const struct xl_part *me, uint32_t start)
{
	const struct xl_built *sent = w->b->sent;
	uint32_t at = w->len, max, n;

	if (!sent) {
		fault(w, me->loc, "quote: sent: no packet was sent in this turn");
		return;
	}
	/* an error goes back in the family of the packet that it is about */
	max = sent->bytes[0] >> 4 == 4 ? ICMPV4_BYTES_MAX : ICMPV6_BYTES_MAX;
	n = sent->len < max - (at - start) ? sent->len : max - (at - start);
	extend_by(w, (struct xl_bytes){ sent->bytes, n });
	w->is_malformed = w->is_malformed || sent->is_malformed;
	if (w->is_overrun)
		return;
	for (uint32_t i = 0; i < n; i++)
		w->mask[at + i] &= sent->mask[i];
	if (n > 11 &&
	    sent->bytes[0] >> 4 == 4) { /* RFC 1812 4.3.2.3: as it arrived or as it would leave */
		xl_work_free_bits(w, 8 * (at + 8), 8);
		xl_work_free_bits(w, 8 * (at + 10), 16);
	} else if (n > 7) {
		xl_work_free_bits(w, 8 * (at + 7), 8);
	}
	for (uint16_t i = 0; i < sent->n_preds && w->n_preds < XL_WORK_PREDS_MAX; i++) {
		if (sent->pred[i].at_bit + sent->pred[i].n_bits > 8 * n)
			continue;
		w->pred[w->n_preds] = sent->pred[i];
		w->pred[w->n_preds++].at_bit += 8 * at;
	}
	if (me->quote->min >= 0 && (uint32_t)me->quote->min < n)
		w->min_len = at - start + (uint32_t)me->quote->min;
}

static void write_parts(struct xl_work *w, const struct xl_packet *p, int depth);

static void write_quote(struct xl_work *w, const struct xl_part *me, uint32_t start, int depth)
{
	const struct xl_packet *q = me->quote;
	uint32_t at = w->len, end;

	if (q->is_sent) {
		if (depth == 0)
			quote_sent(w, me, start);
		else
			fault(w, me->loc, "quote: sent: not inside a quote");
	} else if (depth + 1 < XL_QUOTE_DEPTH_MAX) {
		write_parts(w, q, depth + 1);
	} else {
		fault(w, me->loc, "quote: at most %d deep", XL_QUOTE_DEPTH_MAX - 1);
	}
	if (q->cut >= 0 && w->len > at + (uint32_t)q->cut) {
		w->len = at + (uint32_t)q->cut;
		if (w->len - at < (w->bytes[at] >> 4 == 4 ? 20 : 40))
			w->is_malformed = true;
		forget_beyond(w, at, w->len);
	}
	end = q->pad >= 0 ? at + (uint32_t)q->pad : 0;
	if (end > w->len)
		extend(w, end - w->len);
}

static void write_ext(struct xl_work *w, const struct xl_part *me)
{
	write_header(w, me);
	for (uint32_t i = 0; i < me->n_objects && !w->is_overrun; i++) {
		uint32_t at = w->len;

		write_header(w, &me->object[i]);
		compute(w, &me->object[i], at, "len", w->len - at);
	}
}

static void write_parts(struct xl_work *w, const struct xl_packet *p, int depth)
{
	uint32_t off[XL_LAYERS_MAX + 1] = { 0 }, n = p->n_parts, start = w->len;

	for (uint32_t i = 0; i < n; i++) {
		const struct xl_part *me = &p->part[i];

		off[i] = w->len;
		if (me->quote)
			write_quote(w, me, start, depth);
		else if (me->layer->id == XL_L_EXT)
			write_ext(w, me);
		else if (me->layer)
			write_header(w, me);
	}
	off[n] = w->len;
	if (w->is_overrun || w->b->has_fault)
		return;
	for (uint32_t i = n; i-- > 0;)
		if (p->part[i].layer)
			compute_lengths(w, p, i, off, w->len);
	for (uint32_t i = n; i-- > 0;)
		if (p->part[i].layer)
			xl_work_sum(w, p, i, off, w->len);
}

/* ---- beside the layers ---- */

static uint32_t fixed_head(const struct xl_packet *p, uint32_t *at_fragment)
{
	uint32_t at = 0, head = 0;

	*at_fragment = 0;
	for (uint32_t i = 0; i < p->n_parts && p->part[i].layer; i++) {
		const struct xl_layer *l = p->part[i].layer;
		const struct xl_field *last = &l->field[l->n_fields - 1];
		uint32_t tail = last->n_bits ? 0 : p->part[i].value[l->n_fields - 1].bytes.len;

		if (l->id == XL_L_FRAGMENT)
			*at_fragment = at;
		at += l->min_bytes + tail;
		if (l->id == XL_L_IPV4 || l->id == XL_L_FRAGMENT) {
			head = at;
			break;
		}
	}
	return head;
}

static const struct xl_part *part_of(const struct xl_packet *p, unsigned id)
{
	for (uint32_t i = 0; i < p->n_parts; i++)
		if (p->part[i].layer && p->part[i].layer->id == id)
			return &p->part[i];
	return NULL;
}

static void put_unless_given(struct xl_work *w, const struct xl_part *p, uint32_t at,
			     const char *name, uint32_t v)
{
	int i = xl_field_index(p->layer, name);

	if (!p->value[i].is_given)
		xl_bits_put(w->bytes, 8 * at + p->layer->field[i].at_bit, p->layer->field[i].n_bits,
			    v);
}

static void take_slice(struct xl_work *w, const struct xl_packet *p)
{
	uint32_t at_fragment, head = fixed_head(p, &at_fragment), whole = w->len - head;
	uint32_t from = (uint32_t)p->slice_from;
	uint32_t to = p->slice_to == INT64_MAX ? whole : (uint32_t)p->slice_to;
	const struct xl_part *ip = &p->part[0], *fragment = part_of(p, XL_L_FRAGMENT);

	if (head == 0) {
		fault(w, p->loc, "slice: an ipv6 packet needs a fragment layer");
		return;
	}
	if (from > whole || to > whole || to > UINT16_MAX) {
		fault(w, p->loc, "slice: only %" PRIu32 " octets are there", whole);
		return;
	}
	memmove(w->bytes + head, w->bytes + head + from, to - from);
	memmove(w->mask + head, w->mask + head + from, to - from);
	for (uint16_t i = 0; i < w->n_sums;
	     i++) /* the rest of the datagram is not in this packet */
		if (w->sum[i].at >= head)
			w->sum[i].to = UINT32_MAX - 1;
	for (uint16_t i = 0; i < w->n_preds; i++)
		if (w->pred[i].at_bit >= 8 * head)
			w->pred[i].at_bit = w->pred[i].at_bit < 8 * (head + from)
						    ? UINT32_MAX / 2
						    : w->pred[i].at_bit - 8 * from;
	w->len = head + to - from;
	forget_beyond(w, 0, w->len);
	if (ip->layer->id == XL_L_IPV4) {
		put_unless_given(w, ip, 0, "off", from / 8);
		put_unless_given(w, ip, 0, "mf", to < whole);
		compute(w, ip, 0, "len", w->len);
		if (xl_part_value(ip, "sum")->kind == XL_V_COMPUTED)
			xl_sum_write(&(struct xl_sum){ .kind = XL_SUM_IPV4, .at = 10, .to = head },
				     w->bytes, w->len);
	} else {
		put_unless_given(w, fragment, at_fragment, "off", from / 8);
		put_unless_given(w, fragment, at_fragment, "m", to < whole);
		compute(w, ip, 0, "len", w->len - 40);
	}
}

/* Over octets that the translator chooses no wrong checksum can be foretold. */
static bool is_in_verified_sum(const struct xl_work *w, const struct xl_patch *patch)
{
	for (uint16_t i = 0; i < w->n_sums; i++)
		if (patch->at < w->sum[i].to && patch->at + patch->bytes.len > w->sum[i].from)
			return true;
	return false;
}

static void apply_cuts(struct xl_work *w, const struct xl_packet *p)
{
	if (p->slice_from >= 0)
		take_slice(w, p);
	extend_by(w, p->append);
	if (p->truncate >= 0 && (uint32_t)p->truncate > w->len)
		fault(w, p->loc, "truncate: the packet has %" PRIu32 " octets", w->len);
	if (p->truncate >= 0 && (uint32_t)p->truncate < w->len)
		w->len = (uint32_t)p->truncate, w->is_malformed = true;
	for (uint32_t i = 0; i < p->n_patches; i++) {
		const struct xl_patch *patch = &p->patch[i];

		if (patch->at + patch->bytes.len > w->len)
			fault(w, p->loc,
			      "patch: at %" PRIu32 ": the packet has only %" PRIu32 " octets",
			      patch->at, w->len);
		else if (is_in_verified_sum(w, patch))
			fault(w, p->loc,
			      "patch: at %" PRIu32 ": a checksum over free octets covers it and "
			      "must be right",
			      patch->at);
		else if (patch->bytes.len)
			memcpy(w->bytes + patch->at, patch->bytes.p, patch->bytes.len);
		w->is_malformed = true;
	}
}

/* A packet that may end early: its IP length is whatever was received. */
static void free_length(struct xl_work *w)
{
	bool is4 = w->bytes[0] >> 4 == 4;
	uint32_t at_bit = is4 ? 16 : 32;

	if (w->n_preds == XL_WORK_PREDS_MAX) {
		w->is_overrun = true;
		return;
	}
	xl_work_free_bits(w, at_bit, 16);
	w->pred[w->n_preds++] = (struct xl_pred){ .kind = XL_PRED_LEN,
						  .n_bits = 16,
						  .at_bit = at_bit,
						  .base = is4 ? 0 : 40,
						  .name = "" };
}

/* libnet's octets for the same packet, where it can build it, must be ours. */
static void hold_against_libnet(struct xl_work *w, const struct xl_packet *p)
{
	uint8_t *to = w->bytes + WORK_BYTES / 2;
	size_t n;

	if (w->len > WORK_BYTES / 4)
		return;
	n = xl_libnet_build(p, w->bytes, w->len, to, WORK_BYTES / 4);
	w->b->n_by_libnet += n > 0;
	if (n > 0 && (n != w->len || memcmp(to, w->bytes, n) != 0))
		fault(w, p->loc, "packet: libnet builds other octets from this text");
}

bool xl_packet_build(struct xl_builder *b, const struct xl_packet *p, struct xl_built *out)
{
	struct xl_work *w;

	if (!b->work) {
		b->work = xl_arena_alloc(b->arena, sizeof(*w));
		b->room = xl_arena_alloc(b->arena, 2 * WORK_BYTES);
	}
	w = b->work;
	*w = (struct xl_work){ .b = b, .bytes = b->room, .mask = (uint8_t *)b->room + WORK_BYTES };
	b->has_fault = false;
	write_parts(w, p, 0);
	if (!b->has_fault && !w->is_overrun)
		apply_cuts(w, p);
	if (!b->has_fault && !w->is_overrun && w->min_len)
		free_length(w);
	if (!b->has_fault && !w->is_overrun)
		hold_against_libnet(w, p);
	if (w->is_overrun || w->len > XL_PACKET_MAX)
		fault(w, p->loc, "packet: longer than %d octets", XL_PACKET_MAX);
	if (b->has_fault)
		return false;
	b->n_built++;
	*out = (struct xl_built){
		.bytes = xl_arena_copy(b->arena, w->bytes, w->len),
		.mask = xl_arena_copy(b->arena, w->mask, w->len),
		.len = w->len,
		.min_len = w->min_len ? w->min_len : w->len,
		.sum = xl_arena_copy(b->arena, w->sum, w->n_sums * sizeof(w->sum[0])),
		.pred = xl_arena_copy(b->arena, w->pred, w->n_preds * sizeof(w->pred[0])),
		.n_sums = w->n_sums,
		.n_preds = w->n_preds,
		.is_malformed = w->is_malformed,
	};
	return true;
}
