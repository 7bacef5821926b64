/* sums.c - see sums.h. */
#include "conformance/sums.h"

#include "ref/base/rd.h"

static uint32_t add_range(uint32_t sum, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i + 1 < n; i += 2) {
		sum += xl_get16(p + i);
		sum = (sum & 0xffff) + (sum >> 16);
	}
	if (n % 2)
		sum += (uint32_t)p[n - 1] << 8;
	return (sum & 0xffff) + (sum >> 16);
}

/* The folded sum of range and pseudo-header; false when a part lies outside the packet. */
static bool total(const struct xl_sum *s, const uint8_t *p, size_t n, uint32_t *out)
{
	size_t to = s->to == UINT32_MAX ? n : s->to;
	uint32_t sum = 0;

	if (to > n || s->from > to || s->at < s->from || (size_t)s->at + 2 > to)
		return false;
	if (s->addr_len) {
		size_t len = s->len ? s->len : to - s->from;

		if ((size_t)s->src + s->addr_len > n || (size_t)s->dst + s->addr_len > n)
			return false;
		sum = add_range(sum, p + s->src, s->addr_len);
		sum = add_range(sum, p + s->dst, s->addr_len);
		sum += s->proto + (uint32_t)(len >> 16) + (uint32_t)(len & 0xffff);
	}
	sum = add_range(sum, p + s->from, to - s->from);
	*out = (sum & 0xffff) + (sum >> 16);
	return true;
}

/* Zero says "none" for UDP (RFC 768), and may not be sent by UDP-Lite (RFC 3828 3.1). */
static bool is_never_zero(const struct xl_sum *s)
{
	return s->kind == XL_SUM_UDP || s->kind == XL_SUM_UDPLITE;
}

bool xl_sum_holds(const struct xl_sum *s, const uint8_t *p, size_t n)
{
	uint32_t sum;

	if (!total(s, p, n, &sum))
		return false;
	if (is_never_zero(s) && xl_get16(p + s->at) == 0)
		return false;
	return sum == 0xffff;
}

bool xl_sum_fill(const struct xl_sum *s, uint8_t *p, size_t n)
{
	uint32_t sum;

	if ((size_t)s->at + 2 > n)
		return false;
	xl_put16(p + s->at, 0);
	if (!total(s, p, n, &sum))
		return false;
	sum = ~sum & 0xffff;
	if (sum == 0 && is_never_zero(s))
		sum = 0xffff;
	xl_put16(p + s->at, sum);
	return true;
}
