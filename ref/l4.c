/* l4.c - see l4.h. */
#include "ref/l4.h"

#include "ref/base/rd.h"
#include "ref/csum.h"
#include "ref/parse.h"

struct l4_row {
	uint8_t proto;
	uint8_t csum_at;
	uint8_t min_bytes;
	bool zero_is_none; /* a checksum of 0x0000 says "none", so that a computed 0 is sent as 0xffff */
};

static const struct l4_row l4_rows[] = {
	{ XL_PROTO_TCP, 16, 20, false }, /* RFC 9293 3.1 */
	{ XL_PROTO_UDP, 6, 8, true }, /* RFC 768 */
	{ XL_PROTO_DCCP, 6, 12, false }, /* RFC 4340 5.1, 9.1 */
	{ XL_PROTO_UDPLITE, 6, 8, true }, /* RFC 3828 3.1 */
};

static const struct l4_row *l4_row(uint8_t proto)
{
	for (size_t i = 0; i < sizeof(l4_rows) / sizeof(l4_rows[0]); i++)
		if (l4_rows[i].proto == proto)
			return &l4_rows[i];
	return NULL;
}

static bool is_udp_without_checksum(const struct xl_way *w, const struct l4_row *row)
{
	return row->proto == XL_PROTO_UDP && !w->p->csum_is_partial &&
	       xl_get16(w->v.p + w->v.l4 + row->csum_at) == 0;
}

/* RFC 7915 4.5: drop and say so, or compute; of a fragmented packet it cannot be computed. */
static uint16_t check_udp_zero(const struct xl_way *w)
{
	uint16_t udp_len = xl_get16(w->v.p + w->v.l4 + 4);

	if (w->v.version == 6)
		return XL_RULE_UDP6_WITHOUT_CHECKSUM;
	if (xl_is_fragment(&w->v))
		return XL_RULE_UDP_ZERO_FRAGMENT;
	if (w->x->conf.udp_zero == XL_UDP_ZERO_DROP)
		return XL_RULE_UDP_ZERO_DROPPED;
	if (udp_len < 8 || udp_len > w->v.have - w->v.l4)
		return XL_RULE_UDP_LENGTH;
	return XL_GO;
}

uint16_t xl_l4_check(const struct xl_way *w)
{
	const struct l4_row *row = l4_row(w->v.proto);

	if (!row || !xl_is_first(&w->v))
		return XL_GO;
	if (w->v.have - w->v.l4 < row->min_bytes)
		return XL_RULE_L4_TRUNCATED;
	return is_udp_without_checksum(w, row) ? check_udp_zero(w) : XL_GO;
}

static uint32_t header_bytes(const struct xl_view *v)
{
	uint32_t n = v->have - v->l4;

	if (v->proto == XL_PROTO_TCP && n >= 13)
		return (v->p[v->l4 + 12] >> 4) * 4u;
	return n < 8 ? n : 8;
}

uint32_t xl_l4_wire_payload(const struct xl_way *w)
{
	uint32_t payload = w->v.total - w->v.l4;
	uint32_t segment = header_bytes(&w->v) + w->p->gso_bytes;

	return w->p->gso_bytes && segment < payload ? segment : payload;
}

static void put_csum(uint8_t *field, uint16_t csum, bool zero_is_none)
{
	xl_put16(field, csum == 0 && zero_is_none ? 0xffff : csum);
}

struct xl_span xl_l4_checksum_at(uint8_t proto)
{
	const struct l4_row *row = l4_row(proto);

	return row ? (struct xl_span){ row->csum_at * 8u, 16 } : XL_NO_SPAN;
}

static void note_checksum(const struct xl_way *w, const struct l4_row *row, uint16_t rule)
{
	struct xl_span at = xl_l4_checksum_at(row->proto);

	xl_way_note_l4(w, rule, at, at, w->v.p + w->v.l4);
}

static void compute_udp(struct xl_way *w, uint8_t *udp, const struct l4_row *row)
{
	uint16_t udp_len = xl_get16(udp + 4);
	uint16_t sum = xl_fold((uint64_t)xl_sum(udp, udp_len) +
			       xl_sum_pseudo(w->f.src, w->f.dst, 16, udp_len, XL_PROTO_UDP));

	put_csum(udp + 6, (uint16_t)~sum, true);
	note_checksum(w, row, XL_RULE_UDP_ZERO_COMPUTED);
}

void xl_l4_update(struct xl_way *w)
{
	const struct l4_row *row = l4_row(w->v.proto);
	uint8_t *l4 = w->v.p + w->v.l4;

	if (!row || !xl_is_first(&w->v))
		return;
	if (w->p->csum_is_partial) { /* not complemented: the sum itself moves */
		xl_put16(l4 + row->csum_at,
			 xl_fold((uint64_t)xl_get16(l4 + row->csum_at) + w->f.delta));
		return;
	}
	if (is_udp_without_checksum(w, row)) {
		compute_udp(w, l4, row);
		return;
	}
	put_csum(l4 + row->csum_at, xl_csum_add(xl_get16(l4 + row->csum_at), w->f.delta),
		 row->zero_is_none);
	note_checksum(w, row, w->v.version == 4 ? XL_RULE_L4_CHECKSUM_6 : XL_RULE_L4_CHECKSUM_4);
}

void xl_l4_update_quoted(uint8_t *l4, size_t n, uint8_t proto, uint16_t delta)
{
	const struct l4_row *row = l4_row(proto);
	uint16_t csum;

	if (!row || n < row->csum_at + 2u)
		return;
	csum = xl_get16(l4 + row->csum_at);
	if (csum || !row->zero_is_none)
		put_csum(l4 + row->csum_at, xl_csum_add(csum, delta), row->zero_is_none);
}

void xl_l4_finish(struct xl_way *w)
{
	const struct l4_row *row = l4_row(w->v.proto);
	uint8_t *l4 = w->v.p + w->v.l4;

	if (!w->p->csum_is_partial || !row || !xl_is_first(&w->v) ||
	    w->v.have - w->v.l4 < row->min_bytes)
		return;
	put_csum(l4 + row->csum_at, (uint16_t)~xl_sum(l4, w->v.have - w->v.l4), row->zero_is_none);
	w->p->csum_is_partial = false;
}
