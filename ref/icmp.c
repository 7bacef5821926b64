/* icmp.c - see icmp.h. The tables; what an error's quoted packet becomes is in icmperr.c. */
#include "ref/icmp.h"

#include "ref/base/rd.h"
#include "ref/csum.h"
#include "ref/parse.h"

enum { ICMP_HEADER = 8 };

/* clang-format off */
static const struct xl_icmp_row rows_4to6[] = { /* RFC 7915 4.2 */
	{  0,  0, 255, XL_ICMP_ECHO,              129, 0, true,  XL_RULE_ICMP4_ECHO_REPLY },
	{  3,  0,   1, XL_ICMP_ERROR,               1, 0, false, XL_RULE_ICMP4_NO_ROUTE },
	{  3,  2,   2, XL_ICMP_ERROR_NEXT_HEADER,   4, 1, false, XL_RULE_ICMP4_PROTOCOL },
	{  3,  3,   3, XL_ICMP_ERROR,               1, 4, false, XL_RULE_ICMP4_PORT },
	{  3,  4,   4, XL_ICMP_ERROR_MTU,           2, 0, false, XL_RULE_ICMP4_FRAG_NEEDED },
	{  3,  5,   5, XL_ICMP_ERROR,               1, 0, false, XL_RULE_ICMP4_SOURCE_ROUTE },
	{  3,  6,   8, XL_ICMP_ERROR,               1, 0, false, XL_RULE_ICMP4_UNKNOWN_NET },
	{  3,  9,  10, XL_ICMP_ERROR,               1, 1, false, XL_RULE_ICMP4_PROHIBITED },
	{  3, 11,  12, XL_ICMP_ERROR,               1, 0, false, XL_RULE_ICMP4_NO_ROUTE_FOR_TOS },
	{  3, 13,  13, XL_ICMP_ERROR,               1, 1, false, XL_RULE_ICMP4_ADMIN_PROHIBITED },
	{  3, 14,  14, XL_ICMP_DROP,                0, 0, false, XL_RULE_ICMP4_HOST_PRECEDENCE },
	{  3, 15,  15, XL_ICMP_ERROR,               1, 1, false, XL_RULE_ICMP4_PRECEDENCE_CUTOFF },
	{  3, 16, 255, XL_ICMP_DROP,                0, 0, false, XL_RULE_ICMP4_UNREACHABLE_OTHER },
	{  4,  0, 255, XL_ICMP_DROP,                0, 0, false, XL_RULE_ICMP4_SOURCE_QUENCH },
	{  5,  0, 255, XL_ICMP_DROP,                0, 0, false, XL_RULE_ICMP4_REDIRECT },
	{  6,  0, 255, XL_ICMP_DROP,                0, 0, false, XL_RULE_ICMP4_ALTERNATE_HOST },
	{  8,  0, 255, XL_ICMP_ECHO,              128, 0, true,  XL_RULE_ICMP4_ECHO_REQUEST },
	{  9,  0, 255, XL_ICMP_DROP,                0, 0, false, XL_RULE_ICMP4_ROUTER_ADVERTISEMENT },
	{ 10,  0, 255, XL_ICMP_DROP,                0, 0, false, XL_RULE_ICMP4_ROUTER_SOLICITATION },
	{ 11,  0, 255, XL_ICMP_ERROR,               3, 0, true,  XL_RULE_ICMP4_TIME_EXCEEDED },
	{ 12,  0,   0, XL_ICMP_ERROR_POINTER,       4, 0, false, XL_RULE_ICMP4_PARAMETER },
	{ 12,  1,   1, XL_ICMP_DROP,                0, 0, false, XL_RULE_ICMP4_MISSING_OPTION },
	{ 12,  2,   2, XL_ICMP_ERROR_POINTER,       4, 0, false, XL_RULE_ICMP4_BAD_LENGTH },
	{ 12,  3, 255, XL_ICMP_DROP,                0, 0, false, XL_RULE_ICMP4_PARAMETER_OTHER },
	{ 13,  0, 255, XL_ICMP_DROP,                0, 0, false, XL_RULE_ICMP4_TIMESTAMP },
	{ 14,  0, 255, XL_ICMP_DROP,                0, 0, false, XL_RULE_ICMP4_TIMESTAMP },
	{ 15,  0, 255, XL_ICMP_DROP,                0, 0, false, XL_RULE_ICMP4_INFORMATION },
	{ 16,  0, 255, XL_ICMP_DROP,                0, 0, false, XL_RULE_ICMP4_INFORMATION },
	{ 17,  0, 255, XL_ICMP_DROP,                0, 0, false, XL_RULE_ICMP4_ADDRESS_MASK },
	{ 18,  0, 255, XL_ICMP_DROP,                0, 0, false, XL_RULE_ICMP4_ADDRESS_MASK },
};
static const struct xl_icmp_row other_4to6 = {
	0, 0, 0, XL_ICMP_DROP, 0, 0, false, XL_RULE_ICMP4_UNKNOWN_TYPE
};

static const struct xl_icmp_row rows_6to4[] = { /* RFC 7915 5.2 */
	{   1, 0,   0, XL_ICMP_ERROR,          3,  1, false, XL_RULE_ICMP6_NO_ROUTE },
	{   1, 1,   1, XL_ICMP_ERROR,          3, 10, false, XL_RULE_ICMP6_PROHIBITED },
	{   1, 2,   2, XL_ICMP_ERROR,          3,  1, false, XL_RULE_ICMP6_BEYOND_SCOPE },
	{   1, 3,   3, XL_ICMP_ERROR,          3,  1, false, XL_RULE_ICMP6_ADDRESS },
	{   1, 4,   4, XL_ICMP_ERROR,          3,  3, false, XL_RULE_ICMP6_PORT },
	{   1, 5, 255, XL_ICMP_DROP,           0,  0, false, XL_RULE_ICMP6_UNREACHABLE_OTHER },
	{   2, 0, 255, XL_ICMP_ERROR_MTU,      3,  4, false, XL_RULE_ICMP6_TOO_BIG },
	{   3, 0, 255, XL_ICMP_ERROR,         11,  0, true,  XL_RULE_ICMP6_TIME_EXCEEDED },
	{   4, 0,   0, XL_ICMP_ERROR_POINTER, 12,  0, false, XL_RULE_ICMP6_PARAMETER },
	{   4, 1,   1, XL_ICMP_ERROR,          3,  2, false, XL_RULE_ICMP6_NEXT_HEADER },
	{   4, 2, 255, XL_ICMP_DROP,           0,  0, false, XL_RULE_ICMP6_UNKNOWN_OPTION },
	{ 128, 0, 255, XL_ICMP_ECHO,           8,  0, true,  XL_RULE_ICMP6_ECHO_REQUEST },
	{ 129, 0, 255, XL_ICMP_ECHO,           0,  0, true,  XL_RULE_ICMP6_ECHO_REPLY },
	{ 130, 0, 255, XL_ICMP_DROP,           0,  0, false, XL_RULE_ICMP6_MLD },
	{ 131, 0, 255, XL_ICMP_DROP,           0,  0, false, XL_RULE_ICMP6_MLD },
	{ 132, 0, 255, XL_ICMP_DROP,           0,  0, false, XL_RULE_ICMP6_MLD },
	{ 133, 0, 255, XL_ICMP_DROP,           0,  0, false, XL_RULE_ICMP6_ND },
	{ 134, 0, 255, XL_ICMP_DROP,           0,  0, false, XL_RULE_ICMP6_ND },
	{ 135, 0, 255, XL_ICMP_DROP,           0,  0, false, XL_RULE_ICMP6_ND },
	{ 136, 0, 255, XL_ICMP_DROP,           0,  0, false, XL_RULE_ICMP6_ND },
	{ 137, 0, 255, XL_ICMP_DROP,           0,  0, false, XL_RULE_ICMP6_ND },
};
static const struct xl_icmp_row other_error_6to4 = {
	0, 0, 0, XL_ICMP_DROP, 0, 0, false, XL_RULE_ICMP6_UNKNOWN_ERROR
};
static const struct xl_icmp_row other_6to4 = {
	0, 0, 0, XL_ICMP_DROP, 0, 0, false, XL_RULE_ICMP6_UNKNOWN_INFORMATIONAL
};

struct pointer_row { /* octet offsets in the two headers */
	uint8_t first, last, to;
};
static const struct pointer_row pointers_4to6[] = { /* RFC 7915 figure 3; what is missing is n/a */
	{  0,  0,  0 }, {  1,  1,  1 }, {  2,  3,  4 }, {  8,  8,  7 },
	{  9,  9,  6 }, { 12, 15,  8 }, { 16, 19, 24 },
};
static const struct pointer_row pointers_6to4[] = { /* RFC 7915 figure 6 */
	{  0,  0,  0 }, {  1,  1,  1 }, {  4,  5,  2 }, {  6,  6,  9 },
	{  7,  7,  8 }, {  8, 23, 12 }, { 24, 39, 16 },
};
/* clang-format on */

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct xl_icmp_row *find(const struct xl_icmp_row *row, size_t n, uint8_t type,
				      uint8_t code)
{
	for (size_t i = 0; i < n; i++)
		if (row[i].type == type && row[i].code_first <= code && code <= row[i].code_last)
			return &row[i];
	return NULL;
}

const struct xl_icmp_row *xl_icmp_row(uint8_t version, uint8_t type, uint8_t code)
{
	const struct xl_icmp_row *row = version == 4
						? find(rows_4to6, COUNT(rows_4to6), type, code)
						: find(rows_6to4, COUNT(rows_6to4), type, code);

	if (row)
		return row;
	if (version == 4)
		return &other_4to6;
	return type < 128 ? &other_error_6to4 : &other_6to4;
}

bool xl_icmp_is_error_type(uint8_t version, uint8_t type)
{
	if (version == 6)
		return type < 128 || type == 137; /* RFC 4443 2.1, RFC 4861 4.5 */
	return type == 3 || type == 4 || type == 5 || type == 11 || type == 12; /* RFC 1122 3.2.2 */
}

static bool map_pointer(const struct pointer_row *row, size_t n, uint32_t from, uint32_t *to)
{
	for (size_t i = 0; i < n; i++) {
		if (row[i].first <= from && from <= row[i].last) {
			*to = row[i].to;
			return true;
		}
	}
	return false;
}

/* RFC 7915 4.2: a router older than RFC 1191 left the field empty; the greatest plateau that is less
 * than the datagram, and at least 1280, stands in. */
static uint32_t plateau(const struct xlat *x, uint32_t total)
{
	for (size_t i = 0; i < x->conf.n_plateaus; i++)
		if (x->conf.plateau[i] < total && x->conf.plateau[i] >= XL_IP6_MTU_MIN)
			return x->conf.plateau[i];
	return 0;
}

static uint32_t min3(uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t m = a < b ? a : b;

	return (uint32_t)(m < c ? m : c);
}

static uint32_t mtu_4to6(const struct xl_way *w, uint32_t mtu)
{
	uint32_t to;

	if (mtu == 0) {
		mtu = plateau(w->x, w->q.total);
		xl_way_mark(w, XL_RULE_ICMP4_PLATEAU);
	}
	to = min3((uint64_t)mtu + 20, w->mtu6, (uint64_t)w->mtu4 + 20);
	return to < XL_IP6_MTU_MIN ? XL_IP6_MTU_MIN : to;
}

/* RFC 7915 5.2: what a Fragment header took is room that the IPv4 sender does not have. */
static uint32_t mtu_6to4(const struct xl_way *w, uint32_t mtu)
{
	enum { IP4_MTU_MIN = 68 };
	uint32_t growth = w->q.frag_at ? 28 : 20;
	uint32_t to = min3(mtu < growth ? 0 : mtu - growth, w->mtu4, w->mtu6 - growth);

	return to < IP4_MTU_MIN ? IP4_MTU_MIN : to;
}

bool xl_icmp_word(const struct xl_way *w, uint32_t *word)
{
	uint8_t kind = w->icmp->kind;
	uint32_t came = xl_get32(w->v.p + w->v.l4 + 4);

	*word = 0;
	if (kind == XL_ICMP_ERROR_NEXT_HEADER)
		*word = 6; /* offset of Next Header: RFC 7915 4.2 */
	if (kind == XL_ICMP_ERROR_MTU)
		*word = w->v.version == 4 ? mtu_4to6(w, came & 0xffff) : mtu_6to4(w, came);
	if (kind != XL_ICMP_ERROR_POINTER)
		return true;
	if (w->v.version == 4)
		return map_pointer(pointers_4to6, COUNT(pointers_4to6), came >> 24, word);
	if (!map_pointer(pointers_6to4, COUNT(pointers_6to4), came, word))
		return false;
	*word <<= 24;
	return true;
}

/* RFC 4884 4: the octets of the "original datagram" field, or all that is left when the message has no
 * length attribute or one that leads nowhere (then it is opaque: 5.5). */
static void measure_quote(struct xl_way *w, const uint8_t *icmp, uint32_t left)
{
	bool is_4 = w->v.version == 4;
	uint32_t n = is_4 ? icmp[5] * 4u : icmp[0] == 1 || icmp[0] == 3 ? icmp[4] * 8u : 0;

	w->q_has_length = n >= (is_4 ? XL_IP4_HEADER : XL_IP6_HEADER) && n <= left;
	w->q_field = w->q_has_length ? n : left;
}

static uint16_t look_at_quote(struct xl_way *w)
{
	uint8_t *icmp = w->v.p + w->v.l4;
	uint32_t left = w->v.have - w->v.l4 - ICMP_HEADER;
	const struct xl_icmp_row *row;
	const uint8_t *inner;
	uint16_t end;

	measure_quote(w, icmp, left);
	end = xl_parse(icmp + ICMP_HEADER, w->q_field, w->v.version, XL_PARSE_QUOTED, &w->q);
	inner = w->q.p + w->q.l4;
	if (end != XL_GO)
		return w->v.version == 4 ? XL_RULE_QUOTE4_MALFORMED : XL_RULE_QUOTE6_MALFORMED;
	w->has_quote = true;
	/* Such a packet is not translated, quoted or not (RFC 7915 5.1): its destination is a stop on its
	 * way, so that neither its addresses nor its checksum are those of the flow. A source route of
	 * IPv4 does not matter here: options are left out, and 4.1 refuses to forward the packet, which
	 * a quoted one no longer asks for. */
	if (w->q.segments_left_at)
		return XL_RULE_QUOTE6_SEGMENTS_LEFT;
	if (w->q.proto != (w->v.version == 4 ? XL_PROTO_ICMP4 : XL_PROTO_ICMP6))
		return XL_GO;
	if (!xl_is_first(&w->q) || w->q.have == w->q.l4)
		return XL_GO;
	row = xl_icmp_row(w->v.version, inner[0], w->q.have - w->q.l4 > 1 ? inner[1] : 0);
	if (row->kind == XL_ICMP_ECHO)
		return XL_GO;
	if (xl_icmp_is_error_type(w->v.version, inner[0]))
		return w->v.version == 4 ? XL_RULE_QUOTE4_NESTED : XL_RULE_QUOTE6_NESTED;
	return row->rule;
}

uint16_t xl_icmp_look(struct xl_way *w)
{
	const struct xl_view *v = &w->v;
	const uint8_t *icmp = v->p + v->l4;

	w->icmp = NULL;
	if (v->version == 4 && v->proto == XL_PROTO_IGMP)
		return XL_RULE_IGMP;
	if (v->proto != (v->version == 4 ? XL_PROTO_ICMP4 : XL_PROTO_ICMP6))
		return XL_GO;
	if (!xl_is_first(v))
		return XL_RULE_ICMP_FRAGMENT;
	if (v->have - v->l4 < ICMP_HEADER)
		return XL_RULE_ICMP_TRUNCATED;
	w->icmp = xl_icmp_row(v->version, icmp[0], icmp[1]);
	w->icmp_type = icmp[0];
	if (xl_is_fragment(v))
		return XL_RULE_ICMP_FRAGMENT;
	if (w->icmp->kind == XL_ICMP_DROP)
		return w->icmp->rule;
	if (w->icmp->kind == XL_ICMP_ECHO)
		return XL_GO;
	return look_at_quote(w);
}

void xl_icmp_echo(struct xl_way *w)
{
	const struct xl_view *v = &w->v;
	uint8_t *icmp = v->p + v->l4;
	bool to6 = v->version == 4;
	uint16_t was = xl_get16(icmp), is;
	uint16_t pseudo =
		xl_sum_pseudo(to6 ? w->f.src : xl_view_src(v), to6 ? w->f.dst : xl_view_dst(v), 16,
			      xl_view_payload(v), XL_PROTO_ICMP6);

	icmp[0] = w->icmp->to_type;
	is = xl_get16(icmp);
	if (to6)
		is = xl_fold((uint32_t)is + pseudo);
	else
		was = xl_fold((uint32_t)was + pseudo);
	xl_put16(icmp + 2, xl_csum_update(xl_get16(icmp + 2), was, is));
	xl_icmp_note(w, icmp);
}

/* The second word, where it means something. */
static void note_word(const struct xl_way *w, const uint8_t *icmp)
{
	const struct xl_span word6 = { 32, 32 }, mtu4 = { 48, 16 }, pointer4 = { 32, 8 };
	bool to6 = w->v.version == 4;
	struct xl_span word4 = w->icmp->kind == XL_ICMP_ERROR_MTU ? mtu4 : pointer4;

	if (w->icmp->kind == XL_ICMP_ERROR_MTU || w->icmp->kind == XL_ICMP_ERROR_POINTER)
		xl_way_note_l4(w, w->icmp->rule, to6 ? word4 : word6, to6 ? word6 : word4, icmp);
	else if (w->icmp->kind == XL_ICMP_ERROR_NEXT_HEADER)
		xl_way_note_l4(w, w->icmp->rule, XL_NO_SPAN, word6, icmp);
}

void xl_icmp_note(const struct xl_way *w, const uint8_t *icmp)
{
	const struct xl_span type = { 0, 8 }, code = { 8, 8 }, checksum = { 16, 16 };
	bool to6 = w->v.version == 4;

	if (!w->was)
		return;
	xl_way_note_l4(w, w->icmp->rule, type, type, icmp);
	if (w->icmp->kind >= XL_ICMP_ERROR)
		xl_way_note_l4(w, w->icmp->rule, code, code, icmp);
	note_word(w, icmp);
	xl_way_note_l4(w, to6 ? XL_RULE_ICMP4_CHECKSUM : XL_RULE_ICMP6_CHECKSUM, checksum, checksum,
		       icmp);
}
