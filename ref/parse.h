/* parse.h - octets to a view: where things lie in an IPv4 or IPv6 packet, outer or quoted. */
#ifndef XL_PARSE_H
#define XL_PARSE_H

#include "ref/xlat_int.h"

enum xl_parse_as {
	XL_PARSE_OUTER, /* lengths must agree, the IPv4 header checksum must be right */
	XL_PARSE_QUOTED, /* may end early, and its header checksum is nobody's business */
};

/* Fills *v from n octets at p. XL_GO, or the rule that refuses the packet (v is then only good for its
 * addresses, and only if v->version is set). Octets behind the total length are left out of the view. */
uint16_t xl_parse(uint8_t *p, size_t n, uint8_t version, enum xl_parse_as as, struct xl_view *v);

/* Source and destination of a packet that was parsed: 4 or 16 octets each. */
static inline const uint8_t *xl_view_src(const struct xl_view *v)
{
	return v->p + (v->version == 4 ? 12 : 8);
}

static inline const uint8_t *xl_view_dst(const struct xl_view *v)
{
	return v->p + (v->version == 4 ? 16 : 24);
}

/* Octets of the upper layer (of this fragment) as the header says, there or not. */
static inline uint32_t xl_view_payload(const struct xl_view *v)
{
	return v->total - v->l4;
}

/* Does a fragment end beyond what a datagram can hold (RFC 8200 4.5)? */
static inline bool xl_view_overruns(const struct xl_view *v)
{
	return v->frag_off + xl_view_payload(v) > 0xffff;
}

#endif
