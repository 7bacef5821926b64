/* rd.h - reading and writing octets with bounds, network byte order.
 *
 * Both cursors are sticky: after the first overrun they stay `bad`, reads yield zero and writes do
 * nothing, so a parser reads a whole header straight down and checks once behind the last field.
 */
#ifndef XL_BASE_RD_H
#define XL_BASE_RD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "ref/base/addr.h"

/* Fixed-offset access, for code that has tested the length itself. */
static inline uint16_t xl_get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t xl_get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline uint64_t xl_get64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, 8);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	v = __builtin_bswap64(v);
#endif
	return v;
}

static inline void xl_put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline void xl_put32(uint8_t *p, uint32_t v)
{
	xl_put16(p, v >> 16);
	xl_put16(p + 2, v & 0xffff);
}

static inline void xl_put64(uint8_t *p, uint64_t v)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	v = __builtin_bswap64(v);
#endif
	memcpy(p, &v, 8);
}

struct xl_rd {
	const uint8_t *p, *end;
	bool bad;
};

static inline struct xl_rd xl_rd_init(const uint8_t *p, size_t n)
{
	return (struct xl_rd){ .p = p, .end = p + n, .bad = false };
}

static inline size_t xl_rd_left(const struct xl_rd *r)
{
	return (size_t)(r->end - r->p);
}

/* The next n octets, or NULL (and bad) when fewer are left. */
static inline const uint8_t *xl_rd_take(struct xl_rd *r, size_t n)
{
	const uint8_t *at = r->p;

	if (r->bad || xl_rd_left(r) < n) {
		r->bad = true;
		return NULL;
	}
	r->p += n;
	return at;
}

static inline void xl_rd_skip(struct xl_rd *r, size_t n)
{
	(void)xl_rd_take(r, n);
}

static inline uint8_t xl_rd_u8(struct xl_rd *r)
{
	const uint8_t *p = xl_rd_take(r, 1);

	return p ? *p : 0;
}

static inline uint16_t xl_rd_u16(struct xl_rd *r)
{
	const uint8_t *p = xl_rd_take(r, 2);

	return p ? xl_get16(p) : 0;
}

static inline uint32_t xl_rd_u32(struct xl_rd *r)
{
	const uint8_t *p = xl_rd_take(r, 4);

	return p ? xl_get32(p) : 0;
}

static inline struct xl_ip4 xl_rd_ip4(struct xl_rd *r)
{
	struct xl_ip4 a = { { 0 } };
	const uint8_t *p = xl_rd_take(r, 4);

	if (p)
		memcpy(a.b, p, 4);
	return a;
}

static inline struct xl_ip6 xl_rd_ip6(struct xl_rd *r)
{
	struct xl_ip6 a = { { 0 } };
	const uint8_t *p = xl_rd_take(r, 16);

	if (p)
		memcpy(a.b, p, 16);
	return a;
}

/* A reader over the next n octets (a TLV, a quoted packet); the outer one moves behind them. */
static inline struct xl_rd xl_rd_sub(struct xl_rd *r, size_t n)
{
	const uint8_t *p = xl_rd_take(r, n);
	struct xl_rd sub = xl_rd_init(p ? p : r->end, p ? n : 0);

	sub.bad = p == NULL;
	return sub;
}

struct xl_wr {
	uint8_t *start, *p, *end;
	bool bad;
};

static inline struct xl_wr xl_wr_init(uint8_t *p, size_t n)
{
	return (struct xl_wr){ .start = p, .p = p, .end = p + n, .bad = false };
}

static inline size_t xl_wr_len(const struct xl_wr *w)
{
	return (size_t)(w->p - w->start);
}

/* Room for n octets, or NULL (and bad). The caller fills it. */
static inline uint8_t *xl_wr_take(struct xl_wr *w, size_t n)
{
	uint8_t *at = w->p;

	if (w->bad || (size_t)(w->end - w->p) < n) {
		w->bad = true;
		return NULL;
	}
	w->p += n;
	return at;
}

static inline void xl_wr_u8(struct xl_wr *w, uint32_t v)
{
	uint8_t *p = xl_wr_take(w, 1);

	if (p)
		*p = (uint8_t)v;
}

static inline void xl_wr_u16(struct xl_wr *w, uint32_t v)
{
	uint8_t *p = xl_wr_take(w, 2);

	if (p)
		xl_put16(p, v);
}

static inline void xl_wr_u32(struct xl_wr *w, uint32_t v)
{
	uint8_t *p = xl_wr_take(w, 4);

	if (p)
		xl_put32(p, v);
}

static inline void xl_wr_bytes(struct xl_wr *w, const void *src, size_t n)
{
	uint8_t *p = xl_wr_take(w, n);

	if (p && n)
		memcpy(p, src, n);
}

static inline void xl_wr_zeros(struct xl_wr *w, size_t n)
{
	uint8_t *p = xl_wr_take(w, n);

	if (p && n)
		memset(p, 0, n);
}

/* Overwrites two octets already written at offset `at` (a length, a checksum). */
static inline void xl_wr_patch16(struct xl_wr *w, size_t at, uint32_t v)
{
	if (w->bad || at + 2 > xl_wr_len(w))
		w->bad = true;
	else
		xl_put16(w->start + at, v);
}

#endif
