/* parse.c - see parse.h.
 *
 * Sources: RFC 791 3.1, RFC 1812 5.2.2 (what makes an IPv4 header invalid), RFC 8200 3 and 4, RFC 7915
 * 4.1, 5.1 and 5.1.1. Options and extension headers are walked with a bounded reader and have no other
 * effect than an unexpired source route or a Routing header with segments left.
 */
#include "ref/parse.h"

#include "ref/base/rd.h"
#include "ref/csum.h"

enum { OPT_END = 0, OPT_NOP = 1, OPT_LSRR = 131, OPT_SSRR = 137 };

/* RFC 791 3.1: a source route is spent when its pointer is greater than its length. An option whose
 * length leads nowhere ends the walk: what follows cannot be told apart. */
static bool has_unexpired_source_route(struct xl_rd r)
{
	while (xl_rd_left(&r)) {
		uint8_t type = xl_rd_u8(&r);
		uint8_t len, pointer;
		struct xl_rd body;

		if (type == OPT_END)
			return false;
		if (type == OPT_NOP)
			continue;
		len = xl_rd_u8(&r);
		if (len < 2)
			return false;
		body = xl_rd_sub(&r, len - 2u);
		pointer = xl_rd_u8(&body);
		if (body.bad && type != OPT_LSRR && type != OPT_SSRR && !r.bad)
			continue;
		if (body.bad)
			return false;
		if ((type == OPT_LSRR || type == OPT_SSRR) && pointer <= len)
			return true;
	}
	return false;
}

static uint16_t parse4(struct xl_rd r, enum xl_parse_as as, struct xl_view *v)
{
	size_t n = xl_rd_left(&r);
	uint8_t ver_ihl = xl_rd_u8(&r);
	uint32_t header = (ver_ihl & 0xfu) * 4;
	uint16_t flags;

	v->tos = xl_rd_u8(&r);
	v->total = xl_rd_u16(&r);
	v->id = xl_rd_u16(&r);
	flags = xl_rd_u16(&r);
	v->ttl = xl_rd_u8(&r);
	v->proto = xl_rd_u8(&r);
	xl_rd_skip(&r, 2 + 4 + 4);
	if (r.bad)
		return XL_RULE_IP4_TRUNCATED;
	v->version = 4;
	if (header < XL_IP4_HEADER || header > n)
		return XL_RULE_IP4_HEADER_LENGTH;
	if (v->total < header)
		return XL_RULE_IP4_TOTAL_LENGTH;
	if (as == XL_PARSE_OUTER && xl_sum(v->p, header) != 0xffff)
		return XL_RULE_IP4_CHECKSUM;
	v->have = (uint32_t)(n < v->total ? n : v->total);
	v->l4 = header;
	v->df = flags & 0x4000;
	v->more = flags & 0x2000;
	v->frag_off = (uint16_t)((flags & 0x1fff) * 8);
	v->has_source_route = has_unexpired_source_route(xl_rd_sub(&r, header - XL_IP4_HEADER));
	return as == XL_PARSE_OUTER && v->total > n ? XL_RULE_IP4_CUT_SHORT : XL_GO;
}

/* RFC 7915 5.1.1: what a Fragment header must not be followed by. ESP may. */
static bool is_extension_header(uint8_t proto)
{
	switch (proto) {
	case XL_PROTO_HOPOPT:
	case XL_PROTO_ROUTING:
	case XL_PROTO_FRAGMENT:
	case XL_PROTO_AH:
	case XL_PROTO_DSTOPTS:
	case XL_PROTO_MOBILITY:
	case XL_PROTO_HIP:
	case XL_PROTO_SHIM6: return true;
	default: return false;
	}
}

static uint16_t parse_fragment(struct xl_rd *r, struct xl_view *v)
{
	uint16_t off_more;

	v->frag_at = (uint32_t)(r->p - v->p);
	v->proto = xl_rd_u8(r);
	xl_rd_skip(r, 1);
	off_more = xl_rd_u16(r);
	v->id = xl_rd_u32(r);
	v->frag_off = off_more & 0xfff8;
	v->more = off_more & 1;
	if (r->bad)
		return XL_RULE_IP6_EXTENSION_TRUNCATED;
	return is_extension_header(v->proto) ? XL_RULE_FRAGMENT_OF_EXTENSION : XL_GO;
}

static bool is_skipped(uint8_t proto)
{
	return proto == XL_PROTO_HOPOPT || proto == XL_PROTO_ROUTING || proto == XL_PROTO_DSTOPTS;
}

/* Moves behind the extension headers that have no meaning in IPv4. */
static uint16_t parse_chain(struct xl_rd *r, struct xl_view *v)
{
	while (is_skipped(v->proto)) {
		uint32_t at = (uint32_t)(r->p - v->p);
		bool is_routing = v->proto == XL_PROTO_ROUTING;
		uint8_t next = xl_rd_u8(r), len = xl_rd_u8(r), segments_left;

		xl_rd_skip(r, 1);
		segments_left = xl_rd_u8(r);
		xl_rd_skip(r, 4 + 8u * len);
		if (r->bad)
			return XL_RULE_IP6_EXTENSION_TRUNCATED;
		if (is_routing && segments_left && !v->segments_left_at)
			v->segments_left_at = at + 3;
		v->proto = next;
	}
	return v->proto == XL_PROTO_FRAGMENT ? parse_fragment(r, v) : XL_GO;
}

static uint16_t parse6(struct xl_rd r, enum xl_parse_as as, struct xl_view *v)
{
	size_t n = xl_rd_left(&r);
	uint32_t ver_tc_flow = xl_rd_u32(&r);
	uint16_t payload = xl_rd_u16(&r);
	uint16_t end;

	v->proto = xl_rd_u8(&r);
	v->ttl = xl_rd_u8(&r);
	xl_rd_skip(&r, 16 + 16);
	if (r.bad)
		return XL_RULE_IP6_TRUNCATED;
	v->version = 6;
	v->tos = (uint8_t)(ver_tc_flow >> 20);
	v->total = XL_IP6_HEADER + payload;
	v->have = (uint32_t)(n < v->total ? n : v->total);
	v->l4 = XL_IP6_HEADER;
	if (!payload && v->proto == XL_PROTO_HOPOPT)
		return XL_RULE_IP6_JUMBOGRAM;
	if (as == XL_PARSE_OUTER && v->total > n)
		return XL_RULE_IP6_PAYLOAD_LENGTH;
	r = xl_rd_sub(&r, v->have - XL_IP6_HEADER);
	end = parse_chain(&r, v);
	v->l4 = (uint32_t)(r.p - v->p);
	return end;
}

uint16_t xl_parse(uint8_t *p, size_t n, uint8_t version, enum xl_parse_as as, struct xl_view *v)
{
	struct xl_rd r = xl_rd_init(p, n);

	*v = (struct xl_view){ .p = p };
	if (n && p[0] >> 4 != version)
		return XL_RULE_WRONG_VERSION;
	return version == 4 ? parse4(r, as, v) : parse6(r, as, v);
}
