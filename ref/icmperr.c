/* icmperr.c - ICMP errors: what becomes of the quoted packet and of the extensions behind it.
 *
 * Sources: RFC 7915 4.2, 4.3, 5.2, 5.3; RFC 4884 (length attribute, padding, units); RFC 6791 4 with
 * RFC 5837 (the ICMPv6 source as Interface Information). First a plan of the sizes, then the message is
 * made backwards from where it ended: all growth is to the front, into the headroom.
 *
 * The checksum is moved by the difference of the old and new messages' sums: a wrong one stays wrong.
 */
#include "ref/base/rd.h"
#include "ref/csum.h"
#include "ref/header.h"
#include "ref/icmp.h"
#include "ref/icmpext.h"
#include "ref/l4.h"
#include "ref/parse.h"

enum {
	ICMP_HEADER = 8,
	IP4_EXTENDED_MAX = 576, /* RFC 4884 7: no more than an IPv4 host must reassemble */
};

/* Sizes of the translated message behind its first 8 octets. */
struct plan {
	uint32_t head; /* the quoted packet's IP header */
	uint32_t body; /* what follows it, as far as it is kept */
	uint32_t pad; /* zeros up to the unit of the length attribute and to 128 octets */
	uint32_t ext; /* extension structure, as far as it is kept */
	bool has_length;
	uint32_t added; /* Interface Information */
	bool is_quote_cut, is_ext_cut, is_ext_dropped;
};

static uint32_t field_bytes(const struct plan *s)
{
	return s->head + s->body + s->pad;
}

static uint32_t round_up(uint32_t n, uint32_t unit)
{
	return (n + unit - 1) / unit * unit;
}

/* RFC 4884 4.6: of the ICMPv6 errors only these two can carry extensions. */
static bool can_extend(const struct xl_way *w)
{
	return w->v.version == 6 || w->icmp->to_type == 1 || w->icmp->to_type == 3;
}

/* Interface Information joins an extension only where all of both fits: behind a cut one nobody would
 * find it. */
static uint32_t object_bytes(const struct xl_way *w, uint32_t ext, uint32_t room)
{
	uint32_t n;

	if (!(w->f.flags & XL_FLOW_SRC_POOL) || w->f.flags & XL_FLOW_HAIRPIN || !w->x->conf.rfc5837)
		return 0;
	n = xl_interface_info_bytes(w->q.p + w->q_field, ext);
	return XL_EXTENDED_MIN + ext + n <= room ? n : 0;
}

/* Cuts the quoted packet so that the extensions fit behind it, but not below 128 octets; then the
 * extensions. `room` is what the outer headers leave. */
static void cut_to(struct plan *s, uint32_t room, uint32_t unit)
{
	uint32_t behind = s->ext + s->added;
	uint32_t field = s->head + s->body;
	uint32_t most = behind < room ? (room - behind) / unit * unit : 0;
	uint32_t attribute_most = 255 * unit;

	if (!s->has_length) {
		field = field < room ? field : room;
		s->body = field - s->head;
		return;
	}
	if (behind) {
		field = field < XL_EXTENDED_MIN ? XL_EXTENDED_MIN : field;
		most = most < XL_EXTENDED_MIN ? XL_EXTENDED_MIN : most;
	}
	most = most < attribute_most ? most : attribute_most;
	field = round_up(field, unit);
	field = field < most ? field : most;
	if (s->body > field - s->head)
		s->body = field - s->head;
	s->pad = field - s->head - s->body;
	if (s->ext > room - field - s->added)
		s->ext = room - field - s->added; /* all three are whole words */
}

static struct plan make_plan(const struct xl_way *w, const struct xl_head *inner)
{
	const struct xl_view *q = &w->q;
	bool to6 = w->v.version == 4;
	uint32_t left = w->v.have - w->v.l4 - ICMP_HEADER;
	uint32_t kept = w->q_has_length ? q->have : w->q_field;
	struct plan s = { .head = xl_head_size(inner), .body = kept - q->l4 };
	uint32_t most, ext = left - w->q_field;

	if (can_extend(w)) {
		s.ext = ext;
		s.has_length = w->q_has_length;
	}
	s.added = object_bytes(w, s.ext, IP4_EXTENDED_MAX - XL_IP4_HEADER - ICMP_HEADER);
	s.has_length = s.has_length || s.added;
	if (to6)
		most = XL_IP6_MTU_MIN - XL_IP6_HEADER;
	else
		most = (s.ext || s.added ? IP4_EXTENDED_MAX : 0xffff) - XL_IP4_HEADER;
	s.is_ext_dropped = ext > s.ext;
	ext = s.ext;
	cut_to(&s, most - ICMP_HEADER, to6 ? 8 : 4);
	s.is_quote_cut = s.body < kept - q->l4;
	s.is_ext_cut = s.ext < ext;
	return s;
}

/* The quoted transport header: its checksum, and an echo's type. */
static void adjust_quoted_l4(const struct xl_way *w, uint8_t *l4, uint32_t n)
{
	const struct xl_view *q = &w->q;
	bool to6 = w->v.version == 4;
	uint16_t was, is, pseudo;
	const uint8_t *src = to6 ? w->qf.src : w->q6, *dst = src + 16;

	if (!xl_is_first(q))
		return;
	if (q->proto != (to6 ? XL_PROTO_ICMP4 : XL_PROTO_ICMP6)) {
		xl_l4_update_quoted(l4, n, q->proto, w->qf.delta);
		return;
	}
	if (!n)
		return;
	if (to6)
		dst = w->qf.dst;
	pseudo = xl_sum_pseudo(src, dst, 16, xl_view_payload(q), XL_PROTO_ICMP6);
	was = (uint16_t)(l4[0] << 8);
	l4[0] = xl_icmp_row(w->v.version, l4[0], 0)->to_type; /* of an echo */
	is = (uint16_t)(l4[0] << 8);
	if (n >= 4)
		xl_put16(l4 + 2, xl_csum_update(xl_get16(l4 + 2),
						to6 ? was : xl_fold((uint32_t)was + pseudo),
						to6 ? xl_fold((uint32_t)is + pseudo) : is));
}

/* First 8 octets, but for the checksum. */
static void put_icmp(const struct xl_way *w, uint8_t *icmp, uint8_t code, uint32_t word,
		     const struct plan *s)
{
	uint32_t field = field_bytes(s);

	icmp[0] = w->icmp->to_type;
	icmp[1] = w->icmp->keeps_code ? code : w->icmp->to_code;
	xl_put16(icmp + 2, 0);
	xl_put32(icmp + 4, word);
	if (s->has_length && w->v.version == 4)
		icmp[4] = (uint8_t)(field / 8);
	else if (s->has_length)
		icmp[5] = (uint8_t)(field / 4);
}

/* Moves payload and extensions, writes the quoted header before them and padding between. Nothing ends
 * behind where the message ended. Returns where the field starts. */
static uint8_t *place(struct xl_way *w, const struct plan *s, struct xl_head *inner)
{
	uint8_t *body = w->q.p + w->q.l4, *ext = w->q.p + w->q_field;
	uint8_t *end = s->ext ? ext + s->ext : w->v.p + w->v.have;
	uint8_t *to = body, *ext_to = end - s->added - s->ext;

	if (s->ext || s->added || s->pad)
		to = ext_to - s->pad - s->body;
	memmove(to, body, s->body);
	memmove(ext_to, ext, s->ext);
	memset(to + s->body, 0, s->pad);
	adjust_quoted_l4(w, to, s->body);
	return xl_head_put(inner, to);
}

/* n bits at `bit` of the quoted transport header. */
static void note_quoted_l4(const struct xl_way *w, const struct plan *s, const uint8_t *icmp,
			   struct xl_span at)
{
	struct xl_span was = { (ICMP_HEADER + w->q.l4) * 8 + at.at_bit, at.n_bits };
	struct xl_span is = { (ICMP_HEADER + s->head) * 8 + at.at_bit, at.n_bits };

	if (at.n_bits && at.at_bit + at.n_bits <= 8 * s->body)
		xl_way_note_l4(w,
			       w->v.version == 4 ? XL_RULE_QUOTE4_TRANSLATED
						 : XL_RULE_QUOTE6_TRANSLATED,
			       was, is, icmp);
}

static void note_quote(const struct xl_way *w, const struct plan *s, const struct xl_head *inner,
		       const uint8_t *icmp)
{
	const struct xl_span type = { 0, 8 }, csum = { 16, 16 };
	bool to6 = w->v.version == 4;

	xl_head_note_quoted(w, to6 ? XL_RULE_QUOTE4_TRANSLATED : XL_RULE_QUOTE6_TRANSLATED, inner,
			    icmp);
	if (!xl_is_first(&w->q))
		return;
	if (w->q.proto != (to6 ? XL_PROTO_ICMP4 : XL_PROTO_ICMP6)) {
		note_quoted_l4(w, s, icmp, xl_l4_checksum_at(w->q.proto));
		return;
	}
	note_quoted_l4(w, s, icmp, type);
	note_quoted_l4(w, s, icmp, csum);
}

static void note_error(const struct xl_way *w, const struct plan *s, const struct xl_head *inner,
		       const uint8_t *icmp)
{
	bool to6 = w->v.version == 4;
	const struct xl_span length4 = { 40, 8 }, length6 = { 32, 8 };

	if (!w->was)
		return;
	xl_icmp_note(w, icmp);
	note_quote(w, s, inner, icmp);
	if (s->has_length && to6)
		xl_way_note_l4(w, XL_RULE_EXTENSION_LENGTH_6, length4, length6, icmp);
	else if (s->has_length && w->q_has_length)
		xl_way_note_l4(w, XL_RULE_EXTENSION_LENGTH_4, length6, length4, icmp);
	else if (s->has_length)
		xl_way_note_l4(w, XL_RULE_EXTENSION_LENGTH_NEW, XL_NO_SPAN, length4, icmp);
	if (s->added)
		xl_way_mark(w, XL_RULE_INTERFACE_INFO);
	if (s->is_quote_cut)
		xl_way_mark(w, to6 ? XL_RULE_QUOTE_CUT_6 : XL_RULE_QUOTE_CUT_4);
	if (s->is_ext_cut)
		xl_way_mark(w, to6 ? XL_RULE_EXTENSION_CUT_6 : XL_RULE_EXTENSION_CUT_4);
	if (s->is_ext_dropped)
		xl_way_mark(w, XL_RULE_EXTENSION_DROPPED);
}

uint16_t xl_icmp_error(struct xl_way *w, uint8_t **l4, uint32_t *n)
{
	const struct xl_view *v = &w->v;
	bool to6 = v->version == 4;
	uint8_t *icmp = v->p + v->l4;
	uint32_t len = v->have - v->l4, word;
	uint16_t csum = xl_get16(icmp + 2), was, is;
	struct xl_head inner = xl_head_translate(w->x, &w->q, &w->qf);
	uint8_t code = icmp[1];
	struct plan s = make_plan(w, &inner);
	uint8_t src_dst[32];

	if (!xl_icmp_word(w, &word))
		return to6 ? XL_RULE_ICMP4_POINTER_UNKNOWN : XL_RULE_ICMP6_POINTER_UNKNOWN;
	was = xl_csum_minus(xl_sum(icmp, len), csum);
	if (!to6) { /* the IPv6 headers are about to be written over */
		was = xl_fold((uint32_t)was + xl_sum_pseudo(xl_view_src(v), xl_view_dst(v), 16, len,
							    XL_PROTO_ICMP6));
		memcpy(src_dst, xl_view_src(v), sizeof(src_dst));
		memcpy(w->q6, xl_view_src(&w->q), sizeof(w->q6));
	}
	icmp = place(w, &s, &inner) - ICMP_HEADER;
	put_icmp(w, icmp, code, word, &s);
	*n = ICMP_HEADER + field_bytes(&s) + s.ext + s.added;
	if (s.added)
		xl_interface_info_append(icmp + ICMP_HEADER + field_bytes(&s), s.ext, src_dst);
	is = xl_sum(icmp, *n);
	if (to6)
		is = xl_fold((uint32_t)is +
			     xl_sum_pseudo(w->f.src, w->f.dst, 16, *n, XL_PROTO_ICMP6));
	xl_put16(icmp + 2, xl_csum_update(csum, was, is));
	note_error(w, &s, &inner, icmp);
	*l4 = icmp;
	return XL_GO;
}
