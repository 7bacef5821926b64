/* utf8.c - see utf8.h. */
#include "ref/io/utf8.h"

size_t xl_utf8_len(const uint8_t *p, size_t n)
{
	static const struct {
		uint8_t first_min, first_max, second_min, second_max, len;
	} form[] = {
		{ 0x00, 0x7f, 0x00, 0x00, 1 }, { 0xc2, 0xdf, 0x80, 0xbf, 2 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3 }, { 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};

	if (n && p[0] < 0x80)
		return 1;
	for (size_t i = 0; i < sizeof(form) / sizeof(form[0]); i++) {
		if (p[0] < form[i].first_min || p[0] > form[i].first_max)
			continue;
		if (n < form[i].len)
			return 0;
		if (form[i].len > 1 && (p[1] < form[i].second_min || p[1] > form[i].second_max))
			return 0;
		for (size_t k = 2; k < form[i].len; k++)
			if ((p[k] & 0xc0) != 0x80)
				return 0;
		return form[i].len;
	}
	return 0;
}

uint32_t xl_utf8_code(const uint8_t *p, size_t len)
{
	uint32_t code = len == 1 ? p[0] : p[0] & (0xffU >> (len + 1));

	for (size_t i = 1; i < len; i++)
		code = code << 6 | (p[i] & 0x3fU);
	return code;
}
