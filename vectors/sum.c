#include "vectors/sum.h"

#include "ref/base/rd.h"

uint16_t xl_ones_sum(const uint8_t *p, size_t n, uint16_t start)
{
	uint64_t sum = start;

	for (size_t i = 0; i < n; i++)
		sum += i % 2 ? p[i] : (uint64_t)p[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

static bool fits(const struct xl_sum *s, size_t n, size_t *to)
{
	*to = s->to == UINT32_MAX ? n : s->to;
	return *to <= n && s->from <= *to && s->at >= s->from && s->at + 2 <= *to &&
	       (s->addr_len == 0 ||
		(s->src + (size_t)s->addr_len <= n && s->dst + (size_t)s->addr_len <= n));
}

uint16_t xl_sum_over(const struct xl_sum *s, const uint8_t *p, size_t n)
{
	uint16_t sum = 0;
	size_t to;
	uint8_t tail[6];

	if (!fits(s, n, &to))
		return 0;
	if (s->addr_len) {
		sum = xl_ones_sum(p + s->src, s->addr_len, 0);
		sum = xl_ones_sum(p + s->dst, s->addr_len, sum);
		xl_put32(tail, (uint32_t)(s->len ? s->len : to - s->from));
		xl_put16(tail + 4, s->proto);
		sum = xl_ones_sum(tail, 6, sum);
	}
	return xl_ones_sum(p + s->from, to - s->from, sum);
}

void xl_sum_write(const struct xl_sum *s, uint8_t *p, size_t n)
{
	size_t to;
	uint16_t sum;

	if (!fits(s, n, &to))
		return;
	xl_put16(p + s->at, 0);
	sum = (uint16_t)~xl_sum_over(s, p, n);
	if (sum == 0 && (s->kind == XL_SUM_UDP || s->kind == XL_SUM_UDPLITE))
		sum = 0xffff;
	xl_put16(p + s->at, sum);
}

uint32_t xl_crc32c(const uint8_t *p, size_t n)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < n; i++) {
		crc ^= i >= 8 && i < 12 ? 0 : p[i];
		for (int k = 0; k < 8; k++)
			crc = crc & 1 ? crc >> 1 ^ 0x82f63b78u : crc >> 1;
	}
	crc = ~crc;
	return crc >> 24 | (crc >> 8 & 0xff00) | (crc << 8 & 0xff0000) | crc << 24;
}
