/* hops.c - see hops.h. */
#include "conformance/attach/hops.h"

#include "ref/base/rd.h"

enum { IP4_TTL = 8, IP4_SUM = 10, IP4_HEAD = 20, IP6_HLIM = 7, IP6_HEAD = 40 };

/* Where the hop limit is; 0: nowhere. */
static size_t hops_at(const uint8_t *p, size_t n)
{
	if (n >= IP4_HEAD && p[0] >> 4 == 4)
		return IP4_TTL;
	return n >= IP6_HEAD && p[0] >> 4 == 6 ? IP6_HLIM : 0;
}

void xl_hops_add(uint8_t *p, size_t n, unsigned hops)
{
	size_t at = hops_at(p, n);
	uint32_t sum;

	if (!at)
		return;
	if (hops > 255u - p[at])
		hops = 255u - p[at];
	p[at] = (uint8_t)(p[at] + hops);
	if (at != IP4_TTL || hops == 0)
		return;
	sum = (0xffffu & ~xl_get16(p + IP4_SUM)) + (hops << 8); /* HC' = ~(~HC + ~m + m') */
	sum = (sum & 0xffff) + (sum >> 16);
	xl_put16(p + IP4_SUM, (uint16_t)~sum);
}

static bool dies(unsigned hops, const struct xl_want *w)
{
	size_t at = hops_at(w->bytes, w->len);

	return at && w->mask[at] && w->bytes[at] <= hops;
}

const char *xl_hops_cannot(struct xl_hops hops, const struct xl_case *c)
{
	for (uint16_t t = 0; t < c->n_turns; t++) {
		const struct xl_turn *turn = &c->turn[t];

		for (uint16_t i = 0; i < turn->n_sends; i++) {
			struct xl_bytes b = turn->send[i].bytes;
			size_t at = hops_at(b.p, b.len);

			if (at && b.p[at] + hops.before > 255)
				return "no hop limit is left for the hops before it";
			if (at && b.p[at] == 0 && hops.before > 0)
				return "a packet would not live to pass the hops before it";
		}
		for (uint16_t o = 0; o < turn->n_outcomes; o++)
			for (uint16_t i = 0; i < turn->outcome[o].n; i++)
				if (dies(hops.after, &turn->outcome[o].want[i]))
					return "a packet would not live to pass the hops behind it";
	}
	return NULL;
}
