/* build_sum.c - checksums of a packet under construction: over what range, and whether they are sure. */
#include "vectors/build_work.h"

#include "ref/base/rd.h"
#include "vectors/sum.h"

void xl_work_free_bits(struct xl_work *w, uint32_t at_bit, uint32_t n_bits)
{
	for (uint32_t i = at_bit; i < at_bit + n_bits; i++)
		w->mask[i / 8] &= (uint8_t) ~(0x80 >> i % 8);
}

static bool is_all_compared(const struct xl_work *w, uint32_t from, uint32_t to)
{
	for (uint32_t i = from; i < to; i++)
		if (w->mask[i] != 0xff)
			return false;
	return true;
}

/* The checksum field `sum` of a layer: computed, or a row where an octet under it is free. */
static void add_sum(struct xl_work *w, struct xl_sum s)
{
	bool is_sure = is_all_compared(w, s.from, s.at) && is_all_compared(w, s.at + 2, s.to) &&
		       is_all_compared(w, s.src, s.src + s.addr_len) &&
		       is_all_compared(w, s.dst, s.dst + s.addr_len);

	xl_sum_write(&s, w->bytes, w->len);
	if (is_sure && w->min_len == 0)
		return;
	xl_work_free_bits(w, 8 * s.at, 16);
	if (w->min_len && s.to == w->len)
		s.to = UINT32_MAX;
	if (w->n_sums < XL_WORK_SUMS_MAX)
		w->sum[w->n_sums++] = s;
	else
		w->is_overrun = true;
}

/* The last address of an IPv4 source route that has not run out (RFC 791 3.1), or 0. */
static uint32_t source_route_end(const struct xl_work *w, uint32_t at, uint32_t end)
{
	for (at += 20; at + 3 <= end;) {
		uint32_t type = w->bytes[at], len = type > 1 ? w->bytes[at + 1] : 1;

		if (type == 0 || len == 0 || len > end - at)
			return 0;
		if ((type == 131 || type == 137) && len >= 7)
			return w->bytes[at + 2] <= len ? at + len - 4 : 0;
		at += len;
	}
	return 0;
}

/* Where the transport's pseudo-header finds its addresses. The destination is the final one: the last of a
 * source route (RFC 1122 4.1.3.5) or of a Routing header of type 0 (RFC 8200 8.1) not yet done. A quoted
 * source route is not followed: who translates the quote changes its checksum by the addresses of the
 * header, so only a sum over these comes out as one that can be verified. */
static void pseudo_header(const struct xl_work *w, const struct xl_packet *p, const uint32_t off[],
			  uint32_t i, struct xl_sum *s)
{
	bool is4 = p->part[0].layer->id == XL_L_IPV4;
	uint32_t last = is4 && off[0] == 0 ? source_route_end(w, off[0], off[1]) : 0;

	s->addr_len = is4 ? 4 : 16;
	s->src = off[0] + (is4 ? 12 : 8);
	s->dst = last ? last : off[0] + (is4 ? 16 : 24);
	s->proto = (uint8_t)p->part[i].layer->number;
	for (uint32_t k = 1; k < i; k++)
		if (p->part[k].layer && p->part[k].layer->id == XL_L_ROUTING &&
		    w->bytes[off[k] + 2] == 0 && w->bytes[off[k] + 3] > 0 &&
		    off[k + 1] - off[k] >= 24)
			s->dst = off[k + 1] - 16;
}

/* The checksum row of a layer, its field at `at`. False: it has none. */
static bool sum_row(const struct xl_work *w, const struct xl_packet *p, uint32_t i,
		    const uint32_t off[], uint32_t end, struct xl_sum *s)
{
	static const uint8_t kinds[] = {
		[XL_L_IPV4] = XL_SUM_IPV4,       [XL_L_ICMPV4] = XL_SUM_ICMPV4,
		[XL_L_ICMPV6] = XL_SUM_ICMPV6,   [XL_L_TCP] = XL_SUM_TCP,
		[XL_L_UDP] = XL_SUM_UDP,         [XL_L_DCCP] = XL_SUM_DCCP,
		[XL_L_UDPLITE] = XL_SUM_UDPLITE, [XL_L_EXT] = XL_SUM_EXT,
	};
	const struct xl_layer *l = p->part[i].layer;
	uint32_t covered = 0;

	if (!xl_part_value(&p->part[i], "sum"))
		return false;
	*s = (struct xl_sum){ .at = off[i] + l->field[xl_field_index(l, "sum")].at_bit / 8u,
			      .from = off[i],
			      .to = l->id == XL_L_IPV4 ? off[i + 1] : end };
	if (l->id == XL_L_SCTP)
		return true;
	s->kind = kinds[l->id];
	if (l->id != XL_L_IPV4 && l->id != XL_L_ICMPV4 && l->id != XL_L_EXT)
		pseudo_header(w, p, off, i, s);
	if (l->id == XL_L_UDPLITE) /* RFC 3828 3.1: 0 covers all */
		covered = xl_get16(w->bytes + off[i] + 4);
	else if (l->id == XL_L_DCCP && w->bytes[off[i] + 5] & 15) /* RFC 4340 9.2 */
		covered = 4u * w->bytes[off[i] + 4] + 4 * ((w->bytes[off[i] + 5] & 15u) - 1);
	if (covered >= l->min_bytes && covered < end - off[i]) {
		s->len = end - off[i];
		s->to = off[i] + covered;
	}
	return true;
}

static void compute_sctp_sum(struct xl_work *w, struct xl_sum s)
{
	if (!is_all_compared(w, s.from, s.to))
		xl_work_free_bits(w, 8 * s.at, 32);
	xl_put32(w->bytes + s.at, xl_crc32c(w->bytes + s.from, s.to - s.from));
}

/* A checksum that was given is right, or is none: UDP's 0 under IPv4 (RFC 768). */
static bool is_right_sum(const struct xl_work *w, const struct xl_packet *p, struct xl_sum s,
			 const struct xl_layer *l)
{
	if (l->id == XL_L_SCTP)
		return xl_get32(w->bytes + s.at) == xl_crc32c(w->bytes + s.from, s.to - s.from);
	if (l->id == XL_L_UDP && xl_get16(w->bytes + s.at) == 0)
		return p->part[0].layer->id == XL_L_IPV4;
	return xl_sum_over(&s, w->bytes, w->len) == 0xffff;
}

void xl_work_sum(struct xl_work *w, const struct xl_packet *p, uint32_t i, const uint32_t off[],
		 uint32_t end)
{
	const struct xl_part *me = &p->part[i];
	const struct xl_value *v = xl_part_value(me, "sum");
	struct xl_sum s;

	if (!sum_row(w, p, i, off, end, &s))
		return;
	if (v->kind != XL_V_COMPUTED) {
		w->is_malformed = w->is_malformed || !is_right_sum(w, p, s, me->layer);
		return;
	}
	if (me->layer->id == XL_L_SCTP)
		compute_sctp_sum(w, s);
	else
		add_sum(w, s);
}
