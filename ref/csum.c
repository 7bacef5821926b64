/* csum.c - see csum.h. */
#include "ref/csum.h"

#include "ref/base/rd.h"

uint16_t xl_sum(const uint8_t *p, size_t n)
{
	uint64_t s = 0;

	for (; n >= 4; p += 4, n -= 4)
		s += xl_get32(p);
	if (n >= 2) {
		s += xl_get16(p);
		p += 2;
		n -= 2;
	}
	if (n)
		s += (uint32_t)p[0] << 8;
	return xl_fold(s);
}

uint16_t xl_sum_pseudo(const uint8_t *src, const uint8_t *dst, size_t n_addr, uint32_t l4_len,
		       uint8_t proto)
{
	return xl_fold((uint64_t)xl_sum(src, n_addr) + xl_sum(dst, n_addr) + l4_len + proto);
}
