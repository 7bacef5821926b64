/* header.h - IP headers as values, from one family's view to the other's octets: RFC 7915 4.1, 5.1.
 *
 * Outer and quoted packets go through the same functions; what differs (a decremented hop limit) is a
 * field that the caller sets.
 */
#ifndef XL_HEADER_H
#define XL_HEADER_H

#include "ref/xlat_int.h"

struct xl_head {
	uint8_t version, tos, ttl, proto;
	bool is_fragment; /* IPv6: has a Fragment header */
	bool df, more;
	uint16_t frag_off; /* in octets, a multiple of 8 */
	uint32_t id;
	uint32_t payload; /* octets behind IPv4 header, IPv6 header or Fragment header */
	const uint8_t *src, *dst;
};

/* The head of the translation of `v` under decision `f`; the hop limit is as it came. */
struct xl_head xl_head_translate(struct xlat *x, const struct xl_view *v, const struct xl_flow *f);

/* The payload turned out to be n octets: lengths, and DF, which depends on them (RFC 7915 5.1). */
void xl_head_resize(struct xl_head *h, uint32_t n);

/* Octets that xl_head_put() writes: 20, 40 or 48. */
static inline uint32_t xl_head_size(const struct xl_head *h)
{
	return h->version == 4 ? XL_IP4_HEADER
			       : XL_IP6_HEADER + (h->is_fragment ? XL_FRAG_HEADER : 0u);
}

/* Writes it right before `payload` and returns where it starts. The addresses must not lie there. */
uint8_t *xl_head_put(const struct xl_head *h, uint8_t *payload);

/* Tells the trace field by field what became of the outer header of w->v at `is`. */
void xl_head_note(const struct xl_way *w, const struct xl_head *h, const uint8_t *is);

/* The same of the header of w->q, the quoted packet, all under one rule; the ICMP message is at l4. */
void xl_head_note_quoted(const struct xl_way *w, uint16_t rule, const struct xl_head *h,
			 const uint8_t *l4);

#endif
