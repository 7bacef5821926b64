/* header.c - see header.h. */
#include "ref/header.h"

#include "ref/base/rd.h"
#include "ref/csum.h"
#include "ref/parse.h"

enum { DF_ABOVE = 1260 }; /* RFC 7915 5.1: the IPv4 size up to which DF is clear */

static uint8_t tos_of(int set, uint8_t came)
{
	return set == XL_TOS_COPY ? came : (uint8_t)set;
}

static struct xl_head head_4to6(const struct xlat *x, const struct xl_view *v)
{
	return (struct xl_head){
		.version = 6,
		.tos = tos_of(x->conf.traffic_class, v->tos),
		.ttl = v->ttl,
		.proto = v->proto == XL_PROTO_ICMP4 ? XL_PROTO_ICMP6 : v->proto,
		.is_fragment = xl_is_fragment(v),
		.more = v->more,
		.frag_off = v->frag_off,
		.id = v->id,
		.payload = xl_view_payload(v),
	};
}

void xl_head_resize(struct xl_head *h, uint32_t n)
{
	h->payload = n;
	h->df = h->version == 4 && !h->is_fragment && n + XL_IP4_HEADER > DF_ABOVE;
}

static struct xl_head head_6to4(struct xlat *x, const struct xl_view *v)
{
	struct xl_head h = {
		.version = 4,
		.tos = tos_of(x->conf.tos, v->tos),
		.ttl = v->ttl,
		.proto = v->proto == XL_PROTO_ICMP6 ? XL_PROTO_ICMP4 : v->proto,
		.is_fragment = v->frag_at != 0,
		.more = v->more,
		.frag_off = v->frag_off,
		.id = v->frag_at ? v->id : xl_next_id(x),
	};

	xl_head_resize(&h, xl_view_payload(v));
	return h;
}

struct xl_head xl_head_translate(struct xlat *x, const struct xl_view *v, const struct xl_flow *f)
{
	struct xl_head h = v->version == 4 ? head_4to6(x, v) : head_6to4(x, v);

	h.src = f->src;
	h.dst = f->dst;
	return h;
}

static void put6(const struct xl_head *h, uint8_t *at)
{
	uint32_t extra = h->is_fragment ? XL_FRAG_HEADER : 0;

	xl_put32(at, 6u << 28 | (uint32_t)h->tos << 20);
	xl_put16(at + 4, h->payload + extra);
	at[6] = h->is_fragment ? XL_PROTO_FRAGMENT : h->proto;
	at[7] = h->ttl;
	memcpy(at + 8, h->src, 16);
	memcpy(at + 24, h->dst, 16);
	if (!h->is_fragment)
		return;
	at[40] = h->proto;
	at[41] = 0;
	xl_put16(at + 42, h->frag_off | (h->more ? 1u : 0u));
	xl_put32(at + 44, h->id & 0xffff);
}

/* A quoted IPv6 packet may have been longer than IPv4 can say. */
static void put4(const struct xl_head *h, uint8_t *at)
{
	uint32_t total = h->payload + XL_IP4_HEADER;

	at[0] = 0x45;
	at[1] = h->tos;
	xl_put16(at + 2, total < 0xffff ? total : 0xffff);
	xl_put16(at + 4, h->id & 0xffff);
	xl_put16(at + 6, (h->df ? 0x4000u : 0u) | (h->more ? 0x2000u : 0u) | h->frag_off / 8u);
	at[8] = h->ttl;
	at[9] = h->proto;
	xl_put16(at + 10, 0);
	memcpy(at + 12, h->src, 4);
	memcpy(at + 16, h->dst, 4);
	xl_put16(at + 10, (uint16_t)~xl_sum(at, XL_IP4_HEADER));
}

uint8_t *xl_head_put(const struct xl_head *h, uint8_t *payload)
{
	uint8_t *at = payload - xl_head_size(h);

	if (h->version == 4)
		put4(h, at);
	else
		put6(h, at);
	return at;
}

struct field_note {
	uint16_t rule;
	struct xl_span was, is;
};

/* clang-format off */
static const struct field_note notes_4to6[] = {
	{ XL_RULE_TRAFFIC_CLASS,   {   8,  8 }, {   4,   8 } },
	{ XL_RULE_FLOW_LABEL,      {   0,  0 }, {  12,  20 } },
	{ XL_RULE_PAYLOAD_LENGTH,  {  16, 16 }, {  32,  16 } },
	{ XL_RULE_NEXT_HEADER,     {  72,  8 }, {  48,   8 } },
	{ XL_RULE_HOP_LIMIT,       {  64,  8 }, {  56,   8 } },
	{ XL_RULE_SOURCE_6,        {  96, 32 }, {  64, 128 } },
	{ XL_RULE_DESTINATION_6,   { 128, 32 }, { 192, 128 } },
};
static const struct field_note notes_4to6_fragment[] = {
	{ XL_RULE_FRAGMENT_OFFSET_6, { 51, 13 }, { 336, 13 } },
	{ XL_RULE_FRAGMENT_MORE_6,   { 50,  1 }, { 351,  1 } },
};
static const struct field_note notes_4to6_id[] = {
	{ XL_RULE_FRAGMENT_ID_6,     { 32, 16 }, { 352, 32 } },
};
static const struct field_note notes_6to4[] = {
	{ XL_RULE_TOS,             {   4,   8 }, {   8,  8 } },
	{ XL_RULE_TOTAL_LENGTH,    {  32,  16 }, {  16, 16 } },
	{ XL_RULE_TTL,             {  56,   8 }, {  64,  8 } },
	{ XL_RULE_PROTOCOL,        {  48,   8 }, {  72,  8 } },
	{ XL_RULE_HEADER_CHECKSUM, {   0,   0 }, {  80, 16 } },
	{ XL_RULE_SOURCE_4,        {  64, 128 }, {  96, 32 } },
	{ XL_RULE_DESTINATION_4,   { 192, 128 }, { 128, 32 } },
};
static const struct field_note notes_6to4_whole[] = {
	{ XL_RULE_IDENTIFICATION,  {   0,   0 }, {  32, 16 } },
	{ XL_RULE_FLAGS,           {   0,   0 }, {  49,  1 } },
	{ XL_RULE_FLAGS,           {   0,   0 }, {  50,  1 } },
};
/* clang-format on */

/* Where a header was and is, and the rule it is told under; XL_RULE_COUNT: each field has its own. */
struct place {
	uint16_t rule;
	uint32_t was_bit, is_bit;
	const uint8_t *is;
};

/* The second pass of RFC 7757 4.2.2 leaves the hop limit alone. */
static uint16_t rule_of(const struct xl_way *w, uint16_t rule)
{
	return rule == XL_RULE_HOP_LIMIT && w->is_hairpin ? XL_RULE_HOP_LIMIT_HAIRPINNED : rule;
}

static void note_rows(const struct xl_way *w, const struct place *at, const struct field_note *row,
		      size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct xl_span was = row[i].was, is = row[i].is;

		was.at_bit += at->was_bit;
		is.at_bit += at->is_bit;
		if (!was.n_bits || was.at_bit + was.n_bits > XL_SNAPSHOT * 8)
			was = XL_NO_SPAN;
		xl_way_note(w, at->rule == XL_RULE_COUNT ? rule_of(w, row[i].rule) : at->rule, was,
			    is, at->is);
	}
}

#define NOTE_ROWS(w, at, rows) note_rows(w, at, rows, sizeof(rows) / sizeof((rows)[0]))

/* The Fragment header of the packet as it came lies behind any extension headers: RFC 7915 5.1.1. */
static void note_6to4_fragment(const struct xl_way *w, const struct xl_view *v,
			       const struct place *at)
{
	uint32_t from = v->frag_at * 8;
	const struct field_note row[] = {
		{ XL_RULE_FRAGMENT_ID_4, { from + 48, 16 }, { 32, 16 } },
		{ XL_RULE_FRAGMENT_MORE_4, { from + 31, 1 }, { 50, 1 } },
		{ XL_RULE_FRAGMENT_DF_4, { 0, 0 }, { 49, 1 } },
		{ XL_RULE_FRAGMENT_OFFSET_4, { from + 16, 13 }, { 51, 13 } },
	};

	NOTE_ROWS(w, at, row);
}

/* Field by field. Of a packet that is cut here, offset and M are each piece's own: frag.c. */
static void note_fields(const struct xl_way *w, const struct xl_view *v, const struct xl_head *h,
			const struct place *at)
{
	if (h->version == 4) {
		NOTE_ROWS(w, at, notes_6to4);
		if (h->is_fragment)
			note_6to4_fragment(w, v, at);
		else
			NOTE_ROWS(w, at, notes_6to4_whole);
		return;
	}
	NOTE_ROWS(w, at, notes_4to6);
	if (xl_is_fragment(v))
		NOTE_ROWS(w, at, notes_4to6_fragment);
	if (h->is_fragment)
		NOTE_ROWS(w, at, notes_4to6_id);
}

/* Octets of the header before the upper layer that is written. */
static uint32_t header_written(const struct xl_way *w)
{
	if (w->v.version == 6)
		return XL_IP4_HEADER;
	return XL_IP6_HEADER + (xl_is_fragment(&w->v) || w->is_cut6 ? XL_FRAG_HEADER : 0u);
}

void xl_way_note_l4(const struct xl_way *w, uint16_t rule, struct xl_span was, struct xl_span is,
		    const uint8_t *l4)
{
	uint32_t header = header_written(w);
	const struct place at = { rule, w->v.l4 * 8, header * 8, l4 - header };
	const struct field_note row[] = { { rule, was, is } };

	NOTE_ROWS(w, &at, row);
}

void xl_head_note(const struct xl_way *w, const struct xl_head *h, const uint8_t *is)
{
	const struct place at = { XL_RULE_COUNT, 0, 0, is };

	if (!w->was)
		return;
	note_fields(w, &w->v, h, &at);
	if (h->version == 6 && w->v.l4 > XL_IP4_HEADER)
		xl_way_mark(w, XL_RULE_OPTIONS_IGNORED);
	if (h->version == 4 && w->v.l4 > XL_IP6_HEADER + (w->v.frag_at ? XL_FRAG_HEADER : 0u))
		xl_way_mark(w, XL_RULE_EXTENSIONS_SKIPPED);
}

void xl_head_note_quoted(const struct xl_way *w, uint16_t rule, const struct xl_head *h,
			 const uint8_t *l4)
{
	enum { ICMP_HEADER = 8 };
	uint32_t header = header_written(w);
	const struct place at = { rule, (w->v.l4 + ICMP_HEADER) * 8, (header + ICMP_HEADER) * 8,
				  l4 - header };

	if (w->was)
		note_fields(w, &w->q, h, &at);
}
