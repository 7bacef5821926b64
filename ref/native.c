/* native.c - see native.h. Sources: RFC 1812 5.2 and 5.3.1, RFC 791 2.3 and 3.2, RFC 8200 3. */
#include "ref/native.h"

#include "ref/base/rd.h"
#include "ref/csum.h"
#include "ref/frag.h"
#include "ref/l4.h"
#include "ref/parse.h"

enum { OPT_END = 0, OPT_NOP = 1, OPT_COPIED = 0x80 };

/* RFC 791 3.1: of the options only those with the copied flag go into later fragments; the rest
 * becomes padding, so that every piece's header keeps its length. */
static void keep_copied_options(uint8_t *opt, size_t n)
{
	for (size_t i = 0; i < n && opt[i] != OPT_END;) {
		size_t len = opt[i] == OPT_NOP ? 1 : i + 1 < n ? opt[i + 1] : 0;

		if (len == 0 || len > n - i) {
			memset(opt + i, OPT_END, n - i);
			return;
		}
		if (!(opt[i] & OPT_COPIED))
			memset(opt + i, OPT_NOP, len);
		i += len;
	}
}

static void put_piece(uint8_t *at, const uint8_t *header, const struct xl_view *v, uint32_t off,
		      uint32_t n, bool more)
{
	memcpy(at, header, v->l4);
	xl_put16(at + 2, v->l4 + n);
	xl_put16(at + 6, (more ? 0x2000u : 0u) | off / 8);
	xl_put16(at + 10, 0);
	xl_put16(at + 10, (uint16_t)~xl_sum(at, v->l4));
}

static void fragment(struct xl_way *w, uint32_t mtu)
{
	const struct xl_view *v = &w->v;
	uint8_t header[60], *at = v->p + v->l4;
	uint32_t left = v->total - v->l4, off = v->frag_off;
	uint32_t piece = (mtu - v->l4) & ~7u;

	memcpy(header, v->p, v->l4);
	while (left) {
		uint32_t n = left < piece ? left : piece;

		put_piece(at - v->l4, header, v, off, n, v->more || n < left);
		xl_piece_note(w, XL_RULE_FRAGMENTED_NATIVE, at - v->l4);
		xl_send_piece(w, at - v->l4, v->l4 + n);
		keep_copied_options(header + XL_IP4_HEADER, v->l4 - XL_IP4_HEADER);
		at += n;
		off += n;
		left -= n;
	}
}

static uint16_t native4(struct xl_way *w)
{
	uint32_t mtu = w->x->iface[w->f.egress].mtu;
	uint8_t *p = w->v.p;
	uint16_t was = xl_get16(p + 8);
	bool is_too_big = w->v.l4 + xl_l4_wire_payload(w) > mtu;

	if (w->v.ttl <= 1)
		return XL_RULE_TTL_EXPIRED;
	if (xl_view_overruns(&w->v))
		return XL_RULE_FRAGMENT_OVERRUN;
	if (is_too_big && w->v.df) {
		w->answer_word = mtu;
		return XL_RULE_TOO_BIG_4;
	}
	if (is_too_big && w->p->gso_bytes)
		return XL_RULE_OFFLOAD_TOO_BIG;
	p[8]--;
	xl_put16(p + 10, xl_csum_update(xl_get16(p + 10), was, xl_get16(p + 8)));
	if (!is_too_big) {
		xl_send_raw(w, p, w->v.total);
		return w->f.rule;
	}
	xl_l4_finish(w);
	fragment(w, mtu);
	return w->f.rule;
}

uint16_t xl_native(struct xl_way *w)
{
	uint32_t mtu = w->x->iface[w->f.egress].mtu;

	if (w->v.version == 4)
		return native4(w);
	if (w->v.ttl <= 1)
		return XL_RULE_HOP_LIMIT_EXPIRED;
	if (w->v.l4 + xl_l4_wire_payload(w) > mtu) {
		w->answer_word = mtu;
		return XL_RULE_TOO_BIG_6;
	}
	w->v.p[7]--;
	xl_send_raw(w, w->v.p, w->v.total);
	return w->f.rule;
}
