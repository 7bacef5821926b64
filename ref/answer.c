/* answer.c - see answer.h. */
#include "ref/answer.h"

#include "ref/base/rd.h"
#include "ref/csum.h"
#include "ref/header.h"
#include "ref/icmp.h"
#include "ref/l4.h"
#include "ref/parse.h"

enum {
	ICMP_HEADER = 8,
	ICMP4_MAX = 576, /* RFC 1812 4.3.2.3 */
	ANSWER_TTL = 64,
};

struct answer_row {
	uint16_t rule;
	uint8_t type4, code4, type6, code6;
	bool also_to_icmp6; /* answers ICMPv6 informational messages too */
};

/* RFC 7915 5.4 exempts every ICMPv6 message, while its 5.1 and 1.4 want a router's Time Exceeded and
 * Packet Too Big, without which neither traceroute nor path MTU discovery by echo would work: the rows
 * for these two answer informational messages. */
static const struct answer_row rows[] = {
	{ XL_RULE_TTL_EXPIRED, 11, 0, 3, 0, true },
	{ XL_RULE_HOP_LIMIT_EXPIRED, 11, 0, 3, 0, true },
	{ XL_RULE_SOURCE_ROUTE, 3, 5, 1, 1, false }, /* RFC 7915 4.1 */
	{ XL_RULE_SEGMENTS_LEFT, 3, 13, 4, 0, false }, /* RFC 7915 5.1 */
	{ XL_RULE_TOO_BIG_4, 3, 4, 2, 0, true },
	{ XL_RULE_TOO_BIG_6, 3, 4, 2, 0, true },
	{ XL_RULE_IP4_CUT_SHORT, 12, 0, 4, 0, false }, /* RFC 1812 5.2.2 */
	{ XL_RULE_NO_ROUTE, 3, 0, 1, 0, false }, /* RFC 1812 5.2.7.1, RFC 4443 3.1 */
	{ XL_RULE_COUNT, 3, 13, 1, 1, false }, /* every other: RFC 7915 4.4, 5.4 */
};

static const struct answer_row *row_of(uint16_t rule)
{
	const struct answer_row *row = rows;

	while (row->rule != rule && row->rule != XL_RULE_COUNT)
		row++;
	return row;
}

/* Sources that no host can have and multicast destinations are refused by map.c, in silence, before there
 * is anything to answer: the tests for them here are a net below it. So nothing is lost without the errors
 * that RFC 4443 2.4(e.3) lets go out about a multicast destination.
 *
 * RFC 1812 4.3.2.7 and 5.3.7: an address that is no single host's. */
static bool is_bad_source4(const uint8_t *a)
{
	return a[0] == 0 || a[0] == 127 || a[0] >= 224;
}

/* 0.0.0.0 is an old form of the limited broadcast: RFC 1812 4.2.3.1. */
static bool is_group4(const uint8_t *a)
{
	return a[0] >> 4 == 14 || xl_get32(a) == 0xffffffff || xl_get32(a) == 0;
}

static bool is_bad_source6(const uint8_t *a)
{
	static const uint8_t zeros[15];

	return a[0] == 0xff || (memcmp(a, zeros, 15) == 0 && a[15] <= 1);
}

/* An error or a redirect; also where the type is out of sight, in a later fragment or cut off. */
static bool may_be_error(const struct xl_way *w)
{
	const struct xl_view *v = &w->v;

	if (v->proto != (v->version == 4 ? XL_PROTO_ICMP4 : XL_PROTO_ICMP6))
		return false;
	return !w->icmp || xl_icmp_is_error_type(v->version, w->icmp_type);
}

static uint16_t exemption4(const struct xl_way *w)
{
	const struct xl_view *v = &w->v;

	if (!xl_is_first(v))
		return XL_RULE_NO_ANSWER_FRAGMENT_4;
	if (may_be_error(w))
		return XL_RULE_NO_ANSWER_ERROR_4;
	if (is_group4(xl_view_dst(v)))
		return XL_RULE_NO_ANSWER_DESTINATION_4;
	return is_bad_source4(xl_view_src(v)) ? XL_RULE_NO_ANSWER_SOURCE_4 : XL_GO;
}

static uint16_t exemption6(const struct xl_way *w, const struct answer_row *row)
{
	const struct xl_view *v = &w->v;

	if (may_be_error(w))
		return XL_RULE_NO_ANSWER_ERROR_6;
	if (v->proto == XL_PROTO_ICMP6 && !row->also_to_icmp6)
		return XL_RULE_NO_ANSWER_ICMP_6;
	if (xl_view_dst(v)[0] == 0xff)
		return XL_RULE_NO_ANSWER_DESTINATION_6;
	return is_bad_source6(xl_view_src(v)) ? XL_RULE_NO_ANSWER_SOURCE_6 : XL_GO;
}

/* A token bucket in packet time: credit is kept as nanoseconds, at most one second of it. */
static bool take_token(struct xlat *x, int64_t now_ns)
{
	int64_t price;

	if (x->conf.icmp_errors == XL_ERRORS_SEND)
		return true;
	price = XL_SECOND_NS / x->conf.errors_per_second;
	if (now_ns > x->bucket_at_ns) {
		uint64_t passed = (uint64_t)now_ns - (uint64_t)x->bucket_at_ns;

		if (passed >= (uint64_t)(XL_SECOND_NS - x->bucket_ns))
			x->bucket_ns = XL_SECOND_NS;
		else
			x->bucket_ns += (int64_t)passed;
		x->bucket_at_ns = now_ns;
	}
	if (x->bucket_ns < price)
		return false;
	x->bucket_ns -= price;
	return true;
}

static uint16_t forbidden(struct xl_way *w, const struct answer_row *row)
{
	struct xlat *x = w->x;
	bool is_4 = w->v.version == 4;
	uint16_t rule = is_4 ? exemption4(w) : exemption6(w, row);

	if (rule != XL_GO)
		return rule;
	if (x->conf.icmp_errors == XL_ERRORS_OFF)
		return is_4 ? XL_RULE_NO_ANSWER_OFF_4 : XL_RULE_NO_ANSWER_OFF_6;
	if (is_4 ? !x->conf.has_own4 : !x->conf.has_own6)
		return is_4 ? XL_RULE_NO_ANSWER_SOURCELESS_4 : XL_RULE_NO_ANSWER_SOURCELESS_6;
	if (!take_token(x, w->p->at_ns))
		return is_4 ? XL_RULE_NO_ANSWER_LIMITED_4 : XL_RULE_NO_ANSWER_LIMITED_6;
	return XL_GO;
}

/* Octets of the packet that its error quotes: as much as fits (RFC 1812 4.3.2.3, RFC 4443 2.4(c)). */
static uint32_t quote_bytes(const struct xl_way *w)
{
	uint32_t mtu = w->x->iface[w->p->port].mtu;
	uint32_t most = w->v.version == 4 ? ICMP4_MAX : XL_IP6_MTU_MIN;
	uint32_t header = w->v.version == 4 ? XL_IP4_HEADER : XL_IP6_HEADER;

	most = (most < mtu ? most : mtu) - header - ICMP_HEADER;
	return w->v.have < most ? w->v.have : most;
}

static struct xl_head answer_head(struct xl_way *w, uint8_t dst[static 16], uint32_t payload)
{
	struct xlat *x = w->x;
	bool is_4 = w->v.version == 4;

	memcpy(dst, xl_view_src(&w->v), is_4 ? 4 : 16);
	return (struct xl_head){
		.version = w->v.version,
		.ttl = ANSWER_TTL,
		.proto = is_4 ? XL_PROTO_ICMP4 : XL_PROTO_ICMP6,
		.id = is_4 ? xl_next_id(x) : 0,
		.payload = payload,
		.src = is_4 ? x->conf.own4.b : x->conf.own6.b,
		.dst = dst,
	};
}

/* Type, code, what the second word says, source, and how much is quoted. */
static void note_answer(const struct xl_way *w, const struct answer_row *row, const uint8_t *at)
{
	bool is_4 = w->v.version == 4;
	uint16_t rule = is_4 ? XL_RULE_ANSWER_4 : XL_RULE_ANSWER_6;
	uint32_t icmp = (is_4 ? XL_IP4_HEADER : XL_IP6_HEADER) * 8u;
	const struct xl_span type = { icmp, 8 }, code = { icmp + 8, 8 };
	const struct xl_span mtu4 = { icmp + 48, 16 }, pointer4 = { icmp + 32, 8 };
	const struct xl_span word6 = { icmp + 32, 32 }, source4 = { 96, 32 }, source6 = { 64, 128 };
	const struct xl_span length4 = { 16, 16 }, length6 = { 32, 16 };

	xl_way_note(w, rule, XL_NO_SPAN, type, at);
	xl_way_note(w, rule, XL_NO_SPAN, code, at);
	if (is_4 && row->type4 == 3 && row->code4 == 4)
		xl_way_note(w, rule, XL_NO_SPAN, mtu4, at);
	else if (is_4 && row->type4 == 12)
		xl_way_note(w, rule, XL_NO_SPAN, pointer4, at);
	else if (!is_4 && (row->type6 == 2 || row->type6 == 4))
		xl_way_note(w, rule, XL_NO_SPAN, word6, at);
	xl_way_note(w, is_4 ? XL_RULE_ANSWER_SOURCE_4 : XL_RULE_ANSWER_SOURCE_6, XL_NO_SPAN,
		    is_4 ? source4 : source6, at);
	xl_way_note(w, is_4 ? XL_RULE_ANSWER_QUOTE_4 : XL_RULE_ANSWER_QUOTE_6, XL_NO_SPAN,
		    is_4 ? length4 : length6, at);
}

bool xl_answer(struct xl_way *w, uint16_t rule)
{
	const struct answer_row *row = row_of(rule);
	bool is_4 = w->v.version == 4;
	uint16_t no = forbidden(w, row);
	uint32_t n = ICMP_HEADER + quote_bytes(w);
	uint8_t *icmp = w->v.p - ICMP_HEADER, dst[16];
	struct xl_pkt out = *w->p;
	struct xl_head head;
	uint16_t sum;

	if (no != XL_GO) {
		xl_way_mark(w, no);
		return false;
	}
	xl_l4_finish(w); /* what is quoted is as the sender meant it */
	head = answer_head(w, dst, n);
	icmp[0] = is_4 ? row->type4 : row->type6;
	icmp[1] = is_4 ? row->code4 : row->code6;
	xl_put16(icmp + 2, 0);
	xl_put32(icmp + 4, w->answer_word);
	sum = xl_sum(icmp, n);
	if (!is_4)
		sum = xl_fold((uint32_t)sum +
			      xl_sum_pseudo(head.src, head.dst, 16, n, XL_PROTO_ICMP6));
	xl_put16(icmp + 2, (uint16_t)~sum);
	out.off = (uint32_t)(xl_head_put(&head, icmp) - out.buf);
	out.len = xl_head_size(&head) + n;
	out.gso_bytes = 0;
	out.csum_is_partial = false;
	note_answer(w, row, xl_pkt_data(&out));
	xl_way_emit(w, &out);
	return true;
}
