/* ether.c - see ether.h. */
#include "ref/io/ether.h"

#include <string.h>

#include "ref/base/rd.h"

enum {
	TYPE_IP4 = 0x0800,
	TYPE_ARP = 0x0806,
	TYPE_IP6 = 0x86dd,
	ARP_BYTES = 28,
	ARP_REQUEST = 1,
	ARP_REPLY = 2,
	IP6_HEAD = 40,
	ND_BYTES = 32, /* solicitation or advertisement with one link-layer option */
	ICMP6 = 58,
	IGMP = 2,
	UDP = 17,
	RS = 133,
	NS = 135,
	NA = 136,
	REDIRECT = 137,
	MLD_FIRST = 130,
	MLD_LAST = 132,
	MLD2_REPORT = 143,
	NA_FLAGS = 0x60, /* solicited, override */
	PADDED = 60, /* frames shorter than this are padded on the wire: RFC 894 */
};

static const uint8_t everybody[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

/* ---- frames ---- */

static void put_head(struct xl_wr *w, const uint8_t *to, const uint8_t *from, unsigned type)
{
	xl_wr_bytes(w, to, 6);
	xl_wr_bytes(w, from, 6);
	xl_wr_u16(w, (uint16_t)type);
}

void xl_ether_head(const struct xl_ether *e, uint8_t head[static XL_ETHER_HEAD])
{
	struct xl_wr w = xl_wr_init(head, XL_ETHER_HEAD);

	put_head(&w, e->peer, e->mac, e->is_ip6 ? TYPE_IP6 : TYPE_IP4);
}

/* ---- ARP ---- */

static size_t put_arp(const struct xl_ether *e, unsigned op, const uint8_t *to_mac,
		      struct xl_ip4 from, struct xl_ip4 to, uint8_t *say)
{
	static const uint8_t unknown[6] = { 0 };
	struct xl_wr w = xl_wr_init(say, XL_ETHER_SAY_MAX);

	put_head(&w, op == ARP_REQUEST ? everybody : to_mac, e->mac, TYPE_ARP);
	xl_wr_u32(&w, 0x00010800); /* Ethernet, IPv4 */
	xl_wr_u16(&w, 6 << 8 | 4);
	xl_wr_u16(&w, op);
	xl_wr_bytes(&w, e->mac, 6);
	xl_wr_bytes(&w, from.b, 4);
	xl_wr_bytes(&w, op == ARP_REQUEST ? unknown : to_mac, 6);
	xl_wr_bytes(&w, to.b, 4);
	return xl_wr_len(&w);
}

static enum xl_ether_kind arp_in(struct xl_ether *e, struct xl_rd r, struct xl_ether_in *in)
{
	const uint8_t *kind = xl_rd_take(&r, 6), *mac;
	unsigned op = xl_rd_u16(&r);
	struct xl_ip4 asked, asker;

	mac = xl_rd_take(&r, 6);
	asker = xl_rd_ip4(&r);
	xl_rd_skip(&r, 6);
	asked = xl_rd_ip4(&r);
	if (r.bad || memcmp(kind, "\0\1\10\0\6\4", 6) != 0) /* Ethernet, IPv4, 6 and 4 octets */
		return XL_ETHER_OTHER;
	if (op == ARP_REPLY && xl_ip4_eq(asker, e->next4)) {
		memcpy(e->peer, mac, 6);
		e->has_peer = true;
	}
	if (op != ARP_REQUEST || xl_ip4_eq(asked, e->next4) ||
	    !(e->answers_all || xl_ip4_eq(asked, e->own4)))
		return XL_ETHER_LINK;
	in->say_len = put_arp(e, ARP_REPLY, mac, asked, asker, in->say);
	return XL_ETHER_SAY;
}

/* ---- Neighbor Discovery ---- */

static uint16_t icmp6_sum(const uint8_t *ip6, size_t len)
{
	uint32_t sum = ICMP6 + (uint32_t)(len - IP6_HEAD);

	for (size_t i = 8; i + 1 < len; i += 2) /* both addresses, then the message */
		sum += xl_get16(ip6 + i);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

struct nd { /* a message to be written */
	unsigned type;
	const uint8_t *to_mac;
	struct xl_ip6 to, about;
};

static size_t put_nd(const struct xl_ether *e, const struct nd *m, uint8_t *say)
{
	struct xl_wr w = xl_wr_init(say, XL_ETHER_SAY_MAX);
	uint8_t *ip6 = say + XL_ETHER_HEAD;

	put_head(&w, m->to_mac, e->mac, TYPE_IP6);
	xl_wr_u32(&w, 6u << 28);
	xl_wr_u16(&w, ND_BYTES);
	xl_wr_u16(&w, ICMP6 << 8 | 255);
	xl_wr_bytes(&w, e->own6.b, 16);
	xl_wr_bytes(&w, m->to.b, 16);
	xl_wr_u32(&w, m->type << 24);
	xl_wr_u32(&w, m->type == NA ? (uint32_t)NA_FLAGS << 24 : 0);
	xl_wr_bytes(&w, m->about.b, 16);
	xl_wr_u16(&w, (m->type == NA ? 2u : 1u) << 8 | 1);
	xl_wr_bytes(&w, e->mac, 6);
	xl_put16(ip6 + IP6_HEAD + 2, icmp6_sum(ip6, xl_wr_len(&w) - XL_ETHER_HEAD));
	return xl_wr_len(&w);
}

/* The link-layer address in an option of that type (1 source, 2 target), or NULL: RFC 4861 4.6.1. */
static const uint8_t *link_address(struct xl_rd r, unsigned want)
{
	while (xl_rd_left(&r) >= 8) {
		unsigned type = xl_rd_u8(&r), units = xl_rd_u8(&r);
		const uint8_t *rest = units ? xl_rd_take(&r, units * 8u - 2) : NULL;

		if (!rest || r.bad)
			return NULL;
		if (type == want)
			return rest;
	}
	return NULL;
}

static enum xl_ether_kind nd_in(struct xl_ether *e, const uint8_t *frame, struct xl_rd r,
				struct xl_ether_in *in)
{
	unsigned type = xl_rd_u8(&r);
	const uint8_t *mac;
	struct nd reply = { .type = NA, .to_mac = frame + 6 };

	xl_rd_skip(&r, 7); /* code, checksum, flags */
	reply.about = xl_rd_ip6(&r);
	if (r.bad)
		return XL_ETHER_LINK;
	memcpy(reply.to.b, frame + XL_ETHER_HEAD + 8, 16);
	mac = link_address(r, type == NS ? 1 : 2);
	if (type == NA && mac && xl_ip6_eq(reply.about, e->next6)) {
		memcpy(e->peer, mac, 6);
		e->has_peer = true;
	}
	/* From the unspecified address it asks whether its own address is taken: RFC 4862 5.4. */
	if (type != NS || xl_ip6_eq(reply.about, e->next6) ||
	    xl_ip6_eq(reply.to, (struct xl_ip6){ { 0 } }) ||
	    !(e->answers_all || xl_ip6_eq(reply.about, e->own6)))
		return XL_ETHER_LINK;
	in->say_len = put_nd(e, &reply, in->say);
	return XL_ETHER_SAY;
}

/* ---- what is said on a link only ---- */

static bool is_link_udp(struct xl_rd r, bool is_to_group)
{
	unsigned port;

	xl_rd_skip(&r, 2);
	port = xl_rd_u16(&r);
	return is_to_group && (port == 5353 || port == 5355); /* mDNS: RFC 6762; LLMNR: RFC 4795 */
}

/* IGMP and service discovery, to groups that no router forwards (224.0.0.0/24, RFC 5771 4). */
static bool is_link_ip4(const uint8_t *p, size_t n)
{
	struct xl_rd r;

	if (n < 20 || memcmp(p + 16, "\340\0\0", 3) != 0)
		return false;
	r = xl_rd_init(p, n);
	xl_rd_skip(&r, (p[0] & 15u) * 4);
	return !r.bad && (p[9] == IGMP || (p[9] == UDP && is_link_udp(r, true)));
}

/* MLD behind its router alert (RFC 3810 5), Neighbor Discovery by its hop limit (RFC 4861 6.1, 7.1). */
static enum xl_ether_kind ip6_in(struct xl_ether *e, const uint8_t *frame, size_t n,
				 struct xl_ether_in *in)
{
	const uint8_t *p = frame + XL_ETHER_HEAD;
	bool is_to_link = p[24] == 0xff && (p[25] & 15) <= 2;
	struct xl_rd r = xl_rd_init(p, n);
	unsigned next = p[6], type;

	xl_rd_skip(&r, IP6_HEAD);
	if (next == 0) {
		next = xl_rd_u8(&r);
		xl_rd_skip(&r, xl_rd_u8(&r) * 8u + 6);
	}
	if (r.bad || (next == UDP && !is_link_udp(r, is_to_link)))
		return XL_ETHER_PACKET;
	type = xl_rd_left(&r) ? *r.p : 0;
	if (next == UDP)
		return XL_ETHER_LINK;
	if (next != ICMP6)
		return XL_ETHER_PACKET;
	if (type >= RS && type <= REDIRECT && p[7] == 255)
		return nd_in(e, frame, r, in);
	if (((type >= MLD_FIRST && type <= MLD_LAST) || type == MLD2_REPORT) && is_to_link)
		return XL_ETHER_LINK;
	return XL_ETHER_PACKET;
}

/* ---- the link ---- */

size_t xl_ether_ask(const struct xl_ether *e, uint8_t say[static XL_ETHER_SAY_MAX])
{
	uint8_t group[6] = { 0x33, 0x33, 0xff };
	struct nd ask = { .type = NS, .to_mac = group, .about = e->next6 };

	if (!e->is_ip6)
		return put_arp(e, ARP_REQUEST, everybody, e->own4, e->next4, say);
	memcpy(ask.to.b, "\377\2\0\0\0\0\0\0\0\0\0\1\377", 13); /* solicited-node: RFC 4291 2.7.1 */
	memcpy(ask.to.b + 13, e->next6.b + 13, 3);
	memcpy(group + 3, e->next6.b + 13, 3);
	return put_nd(e, &ask, say);
}

/* Short frames are padded; an IP packet says itself how long it is. */
static size_t without_padding(const uint8_t *p, size_t n)
{
	size_t says = n;

	if (n + XL_ETHER_HEAD > PADDED)
		return n;
	if (n >= 20 && p[0] >> 4 == 4)
		says = xl_get16(p + 2);
	else if (n >= IP6_HEAD && p[0] >> 4 == 6)
		says = IP6_HEAD + (size_t)xl_get16(p + 4);
	return says < n && says >= 20 ? says : n;
}

enum xl_ether_kind xl_ether_in(struct xl_ether *e, const uint8_t *frame, size_t n,
			       struct xl_ether_in *in)
{
	enum xl_ether_kind kind;
	unsigned type;

	in->say_len = in->len = 0;
	in->packet = frame + (n < XL_ETHER_HEAD ? n : XL_ETHER_HEAD);
	if (n < XL_ETHER_HEAD)
		return XL_ETHER_OTHER;
	type = xl_get16(frame + 12);
	if (type == TYPE_ARP)
		return arp_in(e, xl_rd_init(in->packet, n - XL_ETHER_HEAD), in);
	in->len = without_padding(in->packet, n - XL_ETHER_HEAD);
	if (type == TYPE_IP4 && is_link_ip4(in->packet, in->len))
		return XL_ETHER_LINK;
	if (type == TYPE_IP6 && in->len >= IP6_HEAD) {
		kind = ip6_in(e, frame, in->len, in);
		if (kind != XL_ETHER_PACKET)
			return kind;
	}
	if ((type != TYPE_IP4 && type != TYPE_IP6) || memcmp(frame, e->mac, 6) != 0)
		return XL_ETHER_OTHER;
	return XL_ETHER_PACKET;
}
