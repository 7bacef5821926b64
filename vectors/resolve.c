/* resolve.c - fields left out get the value that their row of the field table says.
 *
 * A packet that is sent takes constants and hashes of the case id. A packet that is expected takes, field
 * by field, what the unconditional rule makes of the packet sent (the `carry` column); what depends
 * on anything has to be written in the case, or this file would become a second translator.
 */
#include "vectors/packet.h"

#include <stdio.h>
#include <string.h>

static void fault(struct xl_resolver *r, struct xl_loc loc, const char *layer, const char *field,
		  const char *what)
{
	r->has_fault = true;
	(void)xl_diag(r->d, XL_ERR_SYNTAX, loc, "%s: %s: %s", layer, field, what);
}

static bool is_ip(const struct xl_layer *l)
{
	return l && (l->id == XL_L_IPV4 || l->id == XL_L_IPV6);
}

static bool is_icmp(const struct xl_layer *l)
{
	return l && (l->id == XL_L_ICMPV4 || l->id == XL_L_ICMPV6);
}

/* The layer of the packet sent that became this one: the nth of its kind, IP and ICMP across families. */
static const struct xl_part *counterpart(const struct xl_packet *sent, const struct xl_layer *l,
					 uint32_t nth)
{
	for (uint32_t i = 0; sent && i < sent->n_parts; i++) {
		const struct xl_layer *m = sent->part[i].layer;

		if (!m || !(m == l || (is_ip(m) && is_ip(l)) || (is_icmp(m) && is_icmp(l))))
			continue;
		if (nth-- == 0)
			return &sent->part[i];
	}
	return NULL;
}

/* What a later packet expects of a field whose value was chosen or free in the packet sent. */
static void copy_value(struct xl_value *v, const struct xl_value *from)
{
	struct xl_loc loc = v->loc;

	*v = *from;
	v->loc = loc;
	v->is_given = false;
}

static bool carry_class(const struct xl_part *from, struct xl_value *v)
{
	const struct xl_value *was = from ? xl_part_value(from, "tos") : NULL;

	if (from && !was)
		was = xl_part_value(from, "tc");
	if (was)
		copy_value(v, was);
	return was != NULL;
}

static bool carry_hop(const struct xl_part *from, struct xl_value *v, bool in_quote)
{
	const struct xl_value *was = from ? xl_part_value(from, "ttl") : NULL;

	if (from && !was)
		was = xl_part_value(from, "hlim");
	if (!was)
		return false;
	copy_value(v, was);
	if (!in_quote && v->number > 0)
		v->number--;
	return true;
}

static bool carry_low16(const struct xl_packet *sent, struct xl_value *v)
{
	const struct xl_part *f = counterpart(sent, xl_layer_at(XL_L_FRAGMENT), 0);
	const struct xl_value *was;

	if (!f)
		f = counterpart(sent, xl_layer_at(XL_L_IPV4), 0);
	was = f ? xl_part_value(f, "id") : NULL;
	if (!was)
		return false;
	copy_value(v, was);
	v->number &= 0xffff;
	return true;
}

struct place {
	struct xl_resolver *r;
	const struct xl_packet *sent; /* the packet of the same depth; NULL: sent itself */
	bool is_expected, in_quote;
};

static void fill_sent(struct place *at, const struct xl_part *p, const struct xl_field *f,
		      struct xl_value *v)
{
	v->kind = f->n_bits ? XL_V_NUMBER : XL_V_BYTES;
	switch (f->fill) {
	case XL_FILL_CONST: v->number = f->dflt; break;
	case XL_FILL_COMPUTED: v->kind = XL_V_COMPUTED; break;
	case XL_FILL_PORT: v->number = 0xc000 | ((at->r->hash >> f->dflt) & 0x3fff); break;
	case XL_FILL_TAG: v->number = (at->r->hash >> f->dflt) & 0xffff; break;
	default: fault(at->r, p->loc, p->layer->name, f->name, "left out, but it has no default");
	}
}

static void fill_expected(struct place *at, const struct xl_part *p, const struct xl_part *from,
			  const struct xl_field *f, struct xl_value *v)
{
	const struct xl_value *was = NULL;
	bool found = true;

	v->kind = f->n_bits ? XL_V_NUMBER : XL_V_BYTES;
	switch (f->carry) {
	case XL_CARRY_CONST: v->number = f->dflt; break;
	case XL_CARRY_COMPUTED: v->kind = XL_V_COMPUTED; break;
	case XL_CARRY_FREE: v->kind = XL_V_ANY; break;
	case XL_CARRY_CLASS: found = carry_class(from, v); break;
	case XL_CARRY_HOP: found = carry_hop(from, v, at->in_quote); break;
	case XL_CARRY_LOW16: found = carry_low16(at->sent, v); break;
	case XL_CARRY_SAME:
		was = from ? xl_part_value(from, f->name) : NULL;
		found = was != NULL;
		if (was)
			copy_value(v, was);
		break;
	default:
		fault(at->r, p->loc, p->layer->name, f->name,
		      "left out, but an expectation must say it");
	}
	if (!found)
		fault(at->r, p->loc, p->layer->name, f->name,
		      "left out, but the packet sent has none that it could be taken from");
}

/* Tails whose default is not empty: one PadN, one routing segment of zeros, 12 octets of zero ICV. */
static void fill_tail(struct xl_arena *a, const struct xl_layer *l, const struct xl_field *f,
		      struct xl_value *v)
{
	static const uint8_t padn[6] = { 1, 4 };
	static const uint8_t zeros[20];

	if (f->n_bits || v->kind != XL_V_BYTES || v->bytes.len || v->is_given)
		return;
	(void)a;
	if (l->id == XL_L_HOPOPTS || l->id == XL_L_DESTOPTS)
		v->bytes = (struct xl_bytes){ padn, 6 };
	else if (l->id == XL_L_ROUTING)
		v->bytes = (struct xl_bytes){ zeros, 20 };
	else if (l->id == XL_L_AH)
		v->bytes = (struct xl_bytes){ zeros, 12 };
}

static bool has_ext(const struct xl_packet *p)
{
	for (uint32_t i = 0; i < p->n_parts; i++)
		if (p->part[i].layer && p->part[i].layer->id == XL_L_EXT)
			return true;
	return false;
}

static void resolve_part(struct place *at, const struct xl_packet *whole, struct xl_part *p,
			 const struct xl_part *from)
{
	const struct xl_layer *l = p->layer;
	const struct xl_value *rest = xl_part_value(p, "rest");
	uint8_t shape = 0;

	for (int i = 0; i < l->n_fields; i++) {
		const struct xl_field *f = &l->field[i];
		struct xl_value *v = &p->value[i];

		if (f->when && i >= 2 && shape == 0)
			shape = xl_icmp_shape(l,
					      p->value[0].n_list ? p->value[0].list[0].number
								 : p->value[0].number,
					      p->value[1].number);
		if (p->is_originated && f->is_fresh && !v->is_given) {
			v->kind = XL_V_ANY;
			continue;
		}
		if (v->kind != XL_V_NONE || (f->when && (!(f->when & shape) || rest->is_given)))
			continue;
		if (at->is_expected)
			fill_expected(at, p, from, f, v);
		else
			fill_sent(at, p, f, v);
		fill_tail(at->r->arena, l, f, v);
	}
	/* RFC 4884 4: zero where no extension structure follows. */
	if (is_icmp(l) && !has_ext(whole)) {
		int length = xl_field_index(l, "length");

		if (p->value[length].kind == XL_V_COMPUTED)
			p->value[length].kind = XL_V_NUMBER;
	}
}

static void resolve_same(struct place *at, struct xl_part *p)
{
	const struct xl_part *from = counterpart(at->sent, p->layer, 0);

	p->value[0].kind = XL_V_BYTES;
	if (from)
		p->value[0].bytes = from->value[0].bytes;
	else
		fault(at->r, p->loc, "data", "same", "the packet sent has no data layer");
}

static const struct xl_packet *quote_of(const struct xl_packet *p)
{
	for (uint32_t i = 0; p && i < p->n_parts; i++)
		if (p->part[i].quote && !p->part[i].quote->is_sent)
			return p->part[i].quote;
	return NULL;
}

static void resolve_at(struct place *at, struct xl_packet *p)
{
	for (uint32_t i = 0; i < p->n_parts; i++) {
		struct xl_part *part = &p->part[i];
		uint32_t nth = 0;

		if (part->quote) {
			/* The quoted packet comes from what the sent error quotes; of a packet that
			 * is no error, an answer to it quotes the packet itself. */
			const struct xl_packet *inner = quote_of(at->sent);
			struct place in = { at->r, inner ? inner : at->sent, at->is_expected,
					    true };

			if (!part->quote->is_sent)
				resolve_at(&in, part->quote);
			continue;
		}
		if (!part->layer)
			continue;
		for (uint32_t k = 0; k < i; k++)
			nth += p->part[k].layer == part->layer;
		if (part->layer->id == XL_L_DATA && part->value[0].kind == XL_V_SAME)
			resolve_same(at, part);
		resolve_part(at, p, part, counterpart(at->sent, part->layer, nth));
		for (uint32_t k = 0; k < part->n_objects; k++)
			resolve_part(at, p, &part->object[k], NULL);
	}
}

void xl_packet_resolve(struct xl_resolver *r, struct xl_packet *p)
{
	struct place at = { r, r->sent, r->sent != NULL, false };

	resolve_at(&at, p);
}
