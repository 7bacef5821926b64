/* fast.c - see fast.h.
 *
 * One length test, then fixed offsets in 64-bit loads. What depends on the addresses alone was decided
 * once (map.h) and stands in a direct-mapped cache of 64-byte lines, which a new generation of the
 * tables makes stale as a whole. Nothing here knows a rule that the slow path does not; a traced
 * translator always takes the slow path, so that tracing costs nothing here.
 */
#include "ref/fast.h"

#include "ref/base/rd.h"
#include "ref/csum.h"

enum { UDP_MIN = 8, TCP_MIN = 20, DF = 0x4000 };

static inline bool is_same8(const uint8_t *a, const uint8_t *b)
{
	return xl_get64(a) == xl_get64(b);
}

static inline bool is_same32(const uint8_t *a, const uint8_t *b)
{
	return ((xl_get64(a) ^ xl_get64(b)) | (xl_get64(a + 8) ^ xl_get64(b + 8)) |
		(xl_get64(a + 16) ^ xl_get64(b + 16)) | (xl_get64(a + 24) ^ xl_get64(b + 24))) == 0;
}

/* ---- the cache ---- */

/* The line where a decision stands if it is remembered; NULL without a cache. */
static inline struct xl_cache_line *line_at(const struct xlat *x, uint64_t hash)
{
	return x->cache ? &x->cache[(hash >> 32) * x->conf.flow_cache_lines >> 32] : NULL;
}

static inline uint64_t hash4(uint64_t addresses)
{
	return addresses * 0x9e3779b97f4a7c15u;
}

static inline uint64_t hash6(const uint8_t *addresses)
{
	uint64_t h = xl_get64(addresses) + xl_get64(addresses + 16);

	h = h * 0x9e3779b97f4a7c15u + xl_get64(addresses + 8);
	h = (h ^ h >> 29) * 0x9e3779b97f4a7c15u + xl_get64(addresses + 24);
	return h * 0x9e3779b97f4a7c15u;
}

/* Every interface has one side, so the port says the family too. */
static inline bool is_current(const struct xlat *x, const struct xl_cache_line *line, uint16_t port)
{
	return line && line->port == port && line->generation == x->generation;
}

/* Asks, remembers, and answers from the copy: what was just stored is not read back. False when the
 * decision is none to remember. */
static bool decide(struct xlat *x, uint8_t version, uint16_t port, const uint8_t *addresses,
		   struct xl_cache_line *keep, struct xl_cache_line *line)
{
	size_t n = version == 4 ? 4 : 16;
	struct xl_ask ask = {
		.src = addresses, .dst = addresses + n, .port = port, .version = version
	};
	struct xl_flow f;
	uint32_t mtu, lowest = x->conf.lowest_ipv6_mtu;

	xl_map_outer(x->map, &ask, &f);
	if (f.act != XL_FLOW_TRANSLATE || (f.flags & (XL_FLOW_HAIRPIN | XL_FLOW_SRC_POOL)))
		return false;
	*line = (struct xl_cache_line){
		.generation = x->generation,
		.port = port,
		.egress = f.egress,
		.delta = f.delta,
	};
	mtu = x->iface[f.egress].mtu;
	if (version == 4) {
		memcpy(line->v4, addresses, 8);
		memcpy(line->v6, f.src, 16);
		memcpy(line->v6 + 16, f.dst, 16);
		line->most_df = mtu - 20; /* RFC 7915 4.1 */
		line->most = (mtu < lowest ? mtu : lowest) - 20;
	} else {
		memcpy(line->v6, addresses, 32);
		memcpy(line->v4, f.src, 4);
		memcpy(line->v4 + 4, f.dst, 4);
		line->most_df = line->most = mtu;
	}
	if (keep)
		*keep = *line;
	return true;
}

/* ---- both directions ---- */

/* Where the checksum of TCP or UDP is, or 0: some other protocol, cut short, or without one. */
static inline uint32_t checksum_at(const uint8_t *l4, uint8_t proto, uint32_t n)
{
	if (proto == XL_PROTO_UDP)
		return n >= UDP_MIN && (l4[6] | l4[7]) ? 6 : 0;
	return proto == XL_PROTO_TCP && n >= TCP_MIN ? 16 : 0;
}

static inline void update_checksum(const struct xl_pkt *p, uint8_t *l4, uint32_t at, uint16_t delta)
{
	uint16_t was = xl_get16(l4 + at), csum = xl_csum_add(was, delta);

	if (p->csum_is_partial) /* not complemented: the sum itself moves */
		csum = xl_fold((uint64_t)was + delta);
	xl_put16(l4 + at, csum == 0 && at == 6 ? 0xffff : csum);
}

static inline void emit(struct xlat *x, const struct xl_pkt *p, const uint8_t *at, uint32_t len,
			uint16_t egress)
{
	struct xl_pkt out = *p;

	out.off = (uint32_t)(at - out.buf);
	out.len = len;
	out.port = egress;
	x->env.emit(x->env.ctx, &out);
}

bool xl_fast_4to6(struct xlat *x, struct xl_pkt *p)
{
	uint8_t *h = xl_pkt_data(p), *l4 = h + XL_IP4_HEADER;
	struct xl_cache_line fresh, *line;
	uint64_t w0, w1, tc;
	uint32_t dst, total, at;
	uint8_t proto;

	if (p->len < XL_IP4_HEADER + UDP_MIN || p->gso_bytes)
		return false;
	w0 = xl_get64(h);
	w1 = xl_get64(h + 8);
	dst = xl_get32(h + 16);
	total = (w0 >> 32) & 0xffff;
	proto = (uint8_t)(w1 >> 48);
	if ((w0 & 0xff0000000000bfff) != 0x4500000000000000 || w1 >> 57 == 0 || total > p->len ||
	    total < XL_IP4_HEADER)
		return false;
	at = checksum_at(l4, proto, total - XL_IP4_HEADER);
	if (!at || xl_fold(xl_halves(w0) + xl_halves(w1) + dst) != 0xffff)
		return false;
	line = line_at(x, hash4(w1 << 32 | dst));
	if (!is_current(x, line, p->port) || !is_same8(line->v4, h + 12)) {
		if (!decide(x, 4, p->port, h + 12, line, &fresh))
			return false;
		line = &fresh;
	}
	if (total > (w0 & DF ? line->most_df : line->most))
		return false;
	update_checksum(p, l4, at, line->delta);
	tc = x->conf.traffic_class == XL_TOS_COPY ? w0 >> 48 & 0xff
						  : (uint64_t)x->conf.traffic_class;
	h = l4 - XL_IP6_HEADER;
	xl_put64(h, (uint64_t)6 << 60 | tc << 52 | (uint64_t)(total - XL_IP4_HEADER) << 16 |
			    (uint64_t)proto << 8 | ((w1 >> 56) - 1));
	memcpy(h + 8, line->v6, 32);
	x->counter[XL_RULE_TRANSLATED_4TO6]++;
	emit(x, p, h, total + 20, line->egress);
	return true;
}

bool xl_fast_6to4(struct xlat *x, struct xl_pkt *p)
{
	enum { DF_ABOVE = 1260 }; /* RFC 7915 5.1 */
	uint8_t *h = xl_pkt_data(p), *l4 = h + XL_IP6_HEADER;
	struct xl_cache_line fresh, *line;
	uint64_t w0, out0, out1, tos;
	uint32_t total, at, addresses;
	uint8_t proto;

	if (p->len < XL_IP6_HEADER + UDP_MIN || p->gso_bytes)
		return false;
	w0 = xl_get64(h);
	total = (uint32_t)(w0 >> 16 & 0xffff) + XL_IP4_HEADER;
	proto = (uint8_t)(w0 >> 8);
	if (w0 >> 60 != 6 || (w0 & 0xff) <= 1 || total + 20 > p->len)
		return false;
	at = checksum_at(l4, proto, total - XL_IP4_HEADER);
	if (!at)
		return false;
	line = line_at(x, hash6(h + 8));
	if (!is_current(x, line, p->port) || !is_same32(line->v6, h + 8)) {
		if (!decide(x, 6, p->port, h + 8, line, &fresh))
			return false;
		line = &fresh;
	}
	if (total > line->most)
		return false;
	update_checksum(p, l4, at, line->delta);
	tos = x->conf.tos == XL_TOS_COPY ? w0 >> 52 & 0xff : (uint64_t)x->conf.tos;
	h = l4 - XL_IP4_HEADER;
	out0 = (uint64_t)0x45 << 56 | tos << 48 | (uint64_t)total << 32 |
	       (uint64_t)xl_next_id(x) << 16 | (total > DF_ABOVE ? DF : 0);
	out1 = ((w0 & 0xff) - 1) << 24 | (uint64_t)proto << 16;
	addresses = xl_fold(xl_halves(xl_get64(line->v4)));
	out1 |= (uint16_t)~xl_fold(xl_halves(out0) + out1 + addresses);
	xl_put64(h, out0);
	xl_put32(h + 8, (uint32_t)out1);
	memcpy(h + 12, line->v4, 8);
	x->counter[XL_RULE_TRANSLATED_6TO4]++;
	emit(x, p, h, total, line->egress);
	return true;
}
