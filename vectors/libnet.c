/* libnet.c - the second builder: libnet makes what it can make, and both must give the same octets.
 *
 * libnet knows the plain layers: IPv4 and IPv6 headers, TCP, UDP and ICMP, lengths and checksums filled in by
 * it. What it cannot do (extension headers, RFC 4884, a forced wrong length) build.c does alone. Its known
 * faults are stepped around: flow label bits 8 to 15 come out wrong, so packets with one are not given to
 * it, and neither are those whose UDP checksum is zero before it is made 0xffff.
 */
#include "vectors/packet.h"

#include <libnet.h>

#include "ref/base/rd.h"

/* Only values that stand in the text or in the table; nothing given that libnet would compute. */
static bool is_plain(const struct xl_packet *p)
{
	static const char *const computed[] = { "version", "ihl", "len",  "proto",
						"sum",     "nh",  "doff", "options" };

	for (uint32_t i = 0; i < p->n_parts; i++) {
		const struct xl_part *part = &p->part[i];

		if (part->quote || part->layer->id == XL_L_EXT)
			continue; /* payload to libnet */
		for (int k = 0; k < part->layer->n_fields; k++)
			if (part->value[k].kind > XL_V_BYTES)
				return false;
		for (size_t k = 0; k < sizeof(computed) / sizeof(computed[0]); k++) {
			const struct xl_value *v = xl_part_value(part, computed[k]);

			if (v && v->is_given)
				return false;
		}
	}
	return p->slice_from < 0 && p->truncate < 0 && p->append.len == 0 && p->n_patches == 0;
}

static bool build_transport(libnet_t *l, unsigned id, const uint8_t *h, size_t n, uint8_t ip_proto)
{
	uint32_t len = (uint32_t)n;

	switch (id) {
	case XL_L_TCP:
		return n >= 20 && h[12] == 0x50 &&
		       libnet_build_tcp(xl_get16(h), xl_get16(h + 2), xl_get32(h + 4),
					xl_get32(h + 8), h[13], xl_get16(h + 14), 0,
					xl_get16(h + 18), (uint16_t)n, n > 20 ? h + 20 : NULL,
					len - 20, l, 0) >= 0;
	case XL_L_UDP:
		return n >= 8 && libnet_build_udp(xl_get16(h), xl_get16(h + 2), (uint16_t)n, 0,
						  n > 8 ? h + 8 : NULL, len - 8, l, 0) >= 0;
	case XL_L_ICMPV4:
		return n >= 8 && ip_proto == 1 &&
		       libnet_build_icmpv4_echo(h[0], h[1], 0, xl_get16(h + 4), xl_get16(h + 6),
						n > 8 ? h + 8 : NULL, len - 8, l, 0) >= 0;
	case XL_L_ICMPV6:
		return n >= 8 && ip_proto == 58 &&
		       libnet_build_icmpv6_echo(h[0], h[1], 0, xl_get16(h + 4), xl_get16(h + 6),
						n > 8 ? (uint8_t *)(uintptr_t)h + 8 : NULL, len - 8,
						l, 0) >= 0;
	default: return false;
	}
}

static bool build_ip(libnet_t *l, const uint8_t *h, size_t n)
{
	struct libnet_in6_addr src, dst;
	uint32_t src4, dst4;

	if (h[0] >> 4 == 4) {
		memcpy(&src4, h + 12, 4);
		memcpy(&dst4, h + 16, 4);
		return libnet_build_ipv4((uint16_t)n, h[1], xl_get16(h + 4), xl_get16(h + 6), h[8],
					 h[9], 0, src4, dst4, NULL, 0, l, 0) >= 0;
	}
	memcpy(&src, h + 8, 16);
	memcpy(&dst, h + 24, 16);
	return libnet_build_ipv6((uint8_t)(h[0] << 4 | h[1] >> 4), 0, (uint16_t)(n - 40), h[6],
				 h[7], src, dst, NULL, 0, l, 0) >= 0;
}

size_t xl_libnet_build(const struct xl_packet *p, const uint8_t *own, size_t n, uint8_t *to,
		       size_t cap)
{
	unsigned ip = p->part[0].layer->id,
		 up = p->n_parts > 1 && p->part[1].layer ? p->part[1].layer->id : 99;
	size_t head = ip == XL_L_IPV4 ? 20 : 40, made = 0;
	char err[LIBNET_ERRBUF_SIZE];
	uint8_t *bytes = NULL;
	uint32_t len = 0;
	libnet_t *l;

	if (up == 99 || !is_plain(p) || n < head || n > UINT16_MAX ||
	    (ip == XL_L_IPV6 && (xl_get32(own) & 0xfffff) != 0) ||
	    (up == XL_L_UDP && n >= head + 8 && xl_get16(own + head + 6) == 0xffff) ||
	    (ip == XL_L_IPV4 && (xl_get16(own + 6) & 0x3fff) != 0))
		return 0;
	l = libnet_init(LIBNET_NONE, NULL, err);
	if (!l)
		return 0;
	if (build_transport(l, up, own + head, n - head, own[ip == XL_L_IPV4 ? 9 : 6]) &&
	    build_ip(l, own, n) && libnet_pblock_coalesce(l, &bytes, &len) >= 0 && len <= cap) {
		memcpy(to, bytes, len);
		made = len;
	}
	if (bytes)
		libnet_adv_free_packet(l, bytes);
	libnet_destroy(l);
	return made;
}
