/* sane.c - see sane.h. */
#include "conformance/sane.h"

#include "conformance/fragments.h"
#include "conformance/sums.h"
#include "ref/base/rd.h"

enum { IP4_HEAD = 20, IP6_HEAD = 40, ICMPV4 = 1, TCP = 6, UDP = 17, ICMPV6 = 58, UDP_HEAD = 8 };

static const char *sane4(const uint8_t *p, uint32_t len)
{
	uint32_t ihl = (p[0] & 15u) * 4;
	struct xl_sum sum = { .kind = XL_SUM_IPV4, .at = 10, .to = ihl };

	if (len < IP4_HEAD)
		return "shorter than an IPv4 header";
	if (ihl < IP4_HEAD || ihl > len)
		return "the IPv4 header length is impossible";
	if (xl_get16(p + 2) != len)
		return "the IPv4 total length is not that of the packet";
	if (!xl_sum_holds(&sum, p, len))
		return "the IPv4 header checksum is wrong";
	return NULL;
}

static const char *sane6(const uint8_t *p, uint32_t len)
{
	struct xl_piece x;

	if (len < IP6_HEAD)
		return "shorter than an IPv6 header";
	if (xl_get16(p + 4) + (uint32_t)IP6_HEAD != len)
		return "the IPv6 payload length is not that of the packet";
	if (p[6] == UDP && len >= IP6_HEAD + UDP_HEAD && xl_get16(p + IP6_HEAD + 6) == 0)
		return "UDP over IPv6 without a checksum";
	x = xl_piece_of(p, len);
	if (x.ok && x.proto == UDP && x.off == 0 && x.len >= UDP_HEAD &&
	    xl_get16(p + x.head_len + 6) == 0)
		return "UDP over IPv6 without a checksum";
	return NULL;
}

const char *xl_sane(enum xl_side side, const uint8_t *p, uint32_t len)
{
	if (len == 0)
		return "no octets";
	if (p[0] >> 4 != (int)side)
		return "the version is not that of the interface";
	return side == XL_SIDE_V4 ? sane4(p, len) : sane6(p, len);
}

/* ---- repaired checksums ---- */

struct l4 { /* what a whole packet carries, where that has a checksum of its own */
	bool is_there, is_right;
	unsigned class; /* protocol; ICMP of both versions is one, its errors are another */
};

enum { CLASS_ICMP = 256, CLASS_ICMP_ERROR };

static unsigned class_of(uint8_t proto, uint8_t type)
{
	bool is_error4 = type == 3 || type == 4 || type == 5 || type == 11 || type == 12;

	if (proto == ICMPV4)
		return is_error4 ? CLASS_ICMP_ERROR : CLASS_ICMP;
	if (proto == ICMPV6)
		return type < 128 ? CLASS_ICMP_ERROR : CLASS_ICMP;
	return proto;
}

/* Fragments, cut packets and those behind other extension headers are not looked into. */
static struct l4 l4_of(const uint8_t *p, uint32_t len)
{
	bool is_ip4 = len && p[0] >> 4 == 4;
	struct xl_piece x = xl_piece_of(p, len);
	uint32_t head = x.head_len, end;
	uint8_t proto = x.proto;
	struct xl_sum sum = { .kind = XL_SUM_TCP, .src = is_ip4 ? 12 : 8, .dst = is_ip4 ? 16 : 24 };

	if (len < IP4_HEAD || (!is_ip4 && (p[0] >> 4 != 6 || len < IP6_HEAD)))
		return (struct l4){ .is_there = false };
	if (!x.ok && !is_ip4) {
		head = IP6_HEAD;
		proto = p[6];
	}
	if (!is_ip4 && head > IP6_HEAD + 8) /* a Routing header would have a say in the addresses */
		return (struct l4){ .is_there = false };
	end = is_ip4 ? xl_get16(p + 2) : IP6_HEAD + xl_get16(p + 4);
	if ((is_ip4 && !x.ok) || (x.ok && (x.off || x.more)) || end > len || end < head + UDP_HEAD)
		return (struct l4){ .is_there = false };
	sum.from = head;
	sum.to = end;
	sum.proto = proto;
	sum.addr_len = proto == ICMPV4 ? 0 : is_ip4 ? 4 : 16;
	if (proto == TCP && end >= head + 20)
		sum.at = head + 16;
	else if (proto == UDP && xl_get16(p + head + 4) == end - head && xl_get16(p + head + 6))
		sum.at = head + 6;
	else if (proto == (is_ip4 ? ICMPV4 : ICMPV6))
		sum.at = head + 2;
	else
		return (struct l4){ .is_there = false };
	return (struct l4){ .is_there = true,
			    .is_right = xl_sum_holds(&sum, p, end),
			    .class = class_of(proto, p[head]) };
}

bool xl_sane_is_repaired(const struct xl_turn *turn, const uint8_t *p, uint32_t len)
{
	struct l4 is = l4_of(p, len);
	bool had_wrong = false;

	if (!is.is_there || !is.is_right)
		return false;
	for (uint16_t i = 0; i < turn->n_sends; i++) {
		struct l4 was = l4_of(turn->send[i].bytes.p, turn->send[i].bytes.len);

		if (!was.is_there || was.class != is.class)
			continue;
		if (was.is_right)
			return false;
		had_wrong = true;
	}
	return had_wrong;
}
