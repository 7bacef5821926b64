/* vnet.c - see vnet.h. */
#include "ref/cmd/vnet.h"

#include <assert.h>
#include <linux/virtio_net.h>
#include <string.h>

#include "ref/base/rd.h"
#include "ref/csum.h"
#include "ref/parse.h"

#ifndef VIRTIO_NET_HDR_GSO_UDP_L4
#define VIRTIO_NET_HDR_GSO_UDP_L4 5
#endif

enum { TCP_MIN = 20, UDP_MIN = 8, FIN = 0x01, PSH = 0x08, CWR = 0x80 };

struct shape { /* where things are in a packet of TCP or UDP */
	uint8_t version, proto;
	uint32_t l4, header; /* octets before the upper layer, and with its header */
	uint32_t total;
	uint16_t csum_at; /* in the upper layer */
};

/* The ordinary packet: no options, no extension headers, no fragment. */
static bool find_l4_at_once(const uint8_t *p, uint32_t n, struct shape *s)
{
	if (n >= XL_IP6_HEADER && p[0] >> 4 == 6 && (p[6] == XL_PROTO_TCP || p[6] == XL_PROTO_UDP))
		*s = (struct shape){ .version = 6,
				     .proto = p[6],
				     .l4 = XL_IP6_HEADER,
				     .total = XL_IP6_HEADER + xl_get16(p + 4) };
	else if (n >= XL_IP4_HEADER && p[0] == 0x45 && !(xl_get16(p + 6) & 0x3fff))
		*s = (struct shape){
			.version = 4, .proto = p[9], .l4 = XL_IP4_HEADER, .total = xl_get16(p + 2)
		};
	else
		return false;
	return s->total >= s->l4;
}

static bool find_l4(uint8_t *p, uint32_t n, struct shape *s)
{
	uint8_t version = n ? p[0] >> 4 : 0;
	struct xl_view v;

	if (find_l4_at_once(p, n, s))
		return true;
	if ((version != 4 && version != 6) || xl_parse(p, n, version, XL_PARSE_OUTER, &v) != XL_GO)
		return false;
	*s = (struct shape){ .version = version, .proto = v.proto, .l4 = v.l4, .total = v.total };
	return !xl_is_fragment(&v);
}

/* False: neither TCP nor UDP, cut short, or a fragment. */
static bool find_shape(uint8_t *p, uint32_t n, struct shape *s)
{
	uint32_t have;

	if (!find_l4(p, n, s) || s->total > n)
		return false;
	have = s->total - s->l4;
	if (s->proto == XL_PROTO_UDP && have >= UDP_MIN) {
		s->header = s->l4 + UDP_MIN;
		s->csum_at = 6;
		return true;
	}
	if (s->proto != XL_PROTO_TCP || have < TCP_MIN)
		return false;
	s->header = s->l4 + (p[s->l4 + 12] >> 4) * 4u;
	s->csum_at = 16;
	return s->header >= s->l4 + TCP_MIN && s->header <= s->total;
}

/* ---- the header ---- */

static uint8_t gso_type(const struct shape *s)
{
	if (s->proto == XL_PROTO_UDP)
		return VIRTIO_NET_HDR_GSO_UDP_L4;
	return s->version == 4 ? VIRTIO_NET_HDR_GSO_TCPV4 : VIRTIO_NET_HDR_GSO_TCPV6;
}

/* What is half made where nobody here knows its header. */
static bool finish_checksum(struct xl_pkt *p, uint32_t start, uint32_t at)
{
	uint8_t *data = xl_pkt_data(p);
	uint16_t csum;

	if (at + 2 > p->len)
		return false;
	csum = (uint16_t)~xl_sum(data + start, p->len - start);
	xl_put16(data + at, csum ? csum : 0xffff); /* the same number, and never "none" */
	return true;
}

bool xl_vnet_read(const uint8_t header[static XL_VNET_BYTES], struct xl_pkt *p, bool *has_ecn)
{
	struct virtio_net_hdr h;
	struct shape s = { .version = 0 };
	uint8_t type;
	bool has_shape;

	memcpy(&h, header, sizeof(h));
	type = h.gso_type & (uint8_t)~VIRTIO_NET_HDR_GSO_ECN;
	*has_ecn = h.gso_type & VIRTIO_NET_HDR_GSO_ECN;
	p->gso_bytes = 0;
	p->csum_is_partial = false;
	has_shape = find_shape(xl_pkt_data(p), p->len, &s);
	if (h.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) {
		p->csum_is_partial =
			has_shape && h.csum_start == s.l4 && h.csum_offset == s.csum_at;
		if (!p->csum_is_partial &&
		    !finish_checksum(p, h.csum_start, (uint32_t)h.csum_start + h.csum_offset))
			return false;
	}
	if (type == VIRTIO_NET_HDR_GSO_NONE)
		return true;
	if (!p->csum_is_partial || type != gso_type(&s) || h.gso_size == 0)
		return false;
	if (s.total - s.header > h.gso_size)
		p->gso_bytes = h.gso_size;
	return true;
}

void xl_vnet_write(uint8_t header[static XL_VNET_BYTES], const struct xl_pkt *p, bool has_ecn)
{
	struct virtio_net_hdr h;
	struct shape s;

	memset(&h, 0, sizeof(h));
	if (p->csum_is_partial && find_shape(xl_pkt_data(p), p->len, &s)) {
		h.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
		h.csum_start = (uint16_t)s.l4;
		h.csum_offset = s.csum_at;
		if (p->gso_bytes) {
			h.gso_type = gso_type(&s);
			if (has_ecn && s.proto == XL_PROTO_TCP)
				h.gso_type |= VIRTIO_NET_HDR_GSO_ECN;
			h.gso_size = p->gso_bytes;
			h.hdr_len = (uint16_t)s.header;
		}
	}
	memcpy(header, &h, sizeof(h));
}

/* ---- segments ---- */

uint32_t xl_vnet_wire_bytes(const struct xl_pkt *p)
{
	struct shape s;

	if (!p->gso_bytes || !find_shape(xl_pkt_data(p), p->len, &s))
		return p->len;
	return s.header + p->gso_bytes < s.total ? s.header + p->gso_bytes : s.total;
}

/* The IP header of segment number i with n octets in all. */
static void put_ip(uint8_t *ip, const struct shape *s, uint32_t i, uint32_t n)
{
	if (s->version == 6) {
		xl_put16(ip + 4, (uint16_t)(n - XL_IP6_HEADER));
		return;
	}
	xl_put16(ip + 2, (uint16_t)n);
	xl_put16(ip + 4, (uint16_t)(xl_get16(ip + 4) + i));
	xl_put16(ip + 10, 0);
	xl_put16(ip + 10, (uint16_t)~xl_sum(ip, (ip[0] & 0xf) * 4u));
}

/* The upper layer of the segment whose payload starts `at` octets into the whole. */
static void put_l4(uint8_t *ip, const struct shape *s, uint32_t at, uint32_t n, bool is_last)
{
	uint8_t *l4 = ip + s->l4;
	size_t n_addr = s->version == 4 ? 4 : 16;
	const uint8_t *src = ip + (s->version == 4 ? 12 : 8);
	uint32_t l4_len = n - s->l4;
	uint16_t csum;

	if (s->proto == XL_PROTO_UDP) {
		xl_put16(l4 + 4, (uint16_t)l4_len);
	} else {
		xl_put32(l4 + 4, xl_get32(l4 + 4) + at);
		if (!is_last)
			l4[13] &= (uint8_t) ~(FIN | PSH);
		if (at)
			l4[13] &= (uint8_t)~CWR;
	}
	xl_put16(l4 + s->csum_at, 0);
	csum = (uint16_t)~xl_fold((uint64_t)xl_sum(l4, l4_len) +
				  xl_sum_pseudo(src, src + n_addr, n_addr, l4_len, s->proto));
	xl_put16(l4 + s->csum_at, csum == 0 && s->proto == XL_PROTO_UDP ? 0xffff : csum);
}

void xl_vnet_split(const struct xl_pkt *p, const struct xl_vnet_cut *to)
{
	const uint8_t *data = xl_pkt_data(p);
	struct shape s;
	uint32_t n = 0;

	if (!p->gso_bytes || !find_shape(xl_pkt_data(p), p->len, &s))
		return;
	assert(to->cap >= XL_HEADROOM + s.header + p->gso_bytes);
	for (uint32_t i = 0, at = 0; s.header + at < s.total; i++, at += n) {
		struct xl_pkt out = *p;

		n = s.total - s.header - at;
		if (n > p->gso_bytes)
			n = p->gso_bytes;
		out.buf = to->room;
		out.cap = to->cap;
		out.off = XL_HEADROOM;
		out.len = s.header + n;
		out.gso_bytes = 0;
		out.csum_is_partial = false;
		memcpy(xl_pkt_data(&out), data, s.header);
		memcpy(xl_pkt_data(&out) + s.header, data + s.header + at, n);
		put_ip(xl_pkt_data(&out), &s, i, out.len);
		put_l4(xl_pkt_data(&out), &s, at, out.len, s.header + at + n == s.total);
		to->emit(to->ctx, &out);
	}
}
