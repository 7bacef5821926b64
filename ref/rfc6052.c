/* rfc6052.c - see rfc6052.h. */
#include "ref/rfc6052.h"

#include <string.h>

/* Where the four octets of the IPv4 address stand, by prefix length (RFC 6052 2.2, figure 1);
 * the usual one first. */
static const struct {
	uint8_t len, at[4];
} layout[] = {
	{ 96, { 12, 13, 14, 15 } }, { 32, { 4, 5, 6, 7 } },   { 40, { 5, 6, 7, 9 } },
	{ 48, { 6, 7, 9, 10 } },    { 56, { 7, 9, 10, 11 } }, { 64, { 9, 10, 11, 12 } },
};

enum { N_LAYOUTS = sizeof(layout) / sizeof(layout[0]), U_OCTET = 8 };

static const uint8_t well_known[16] = { 0x00, 0x64, 0xff, 0x9b }; /* RFC 6052 2.1 */

static const uint8_t *octets_of(uint8_t len)
{
	for (size_t i = 0; i < N_LAYOUTS; i++)
		if (layout[i].len == len)
			return layout[i].at;
	return NULL;
}

bool xl_6052_is_well_known(struct xl_prefix6 p)
{
	return p.len == 96 && memcmp(p.addr.b, well_known, 16) == 0;
}

const char *xl_6052_refuse_prefix(struct xl_prefix6 p)
{
	if (!octets_of(p.len))
		return "the length of a translation prefix is 32, 40, 48, 56, 64 or 96 (RFC 6052 "
		       "2.2)";
	if (p.addr.b[U_OCTET] != 0)
		return "bits 64 to 71 of a translation prefix must be zero (RFC 6052 2.2)";
	if (p.len != 96 && memcmp(p.addr.b, well_known, 16) == 0)
		return "the well-known prefix is 64:ff9b::/96, no other length (RFC 6052 2.2)";
	return NULL;
}

void xl_6052_embed(const struct xl_prefix6 *p, const uint8_t a4[static 4], uint8_t a6[static 16])
{
	const uint8_t *at = octets_of(p->len);

	memcpy(a6, p->addr.b, 16); /* host bits of a prefix are zero: so are u and the suffix */
	for (size_t i = 0; i < 4; i++)
		a6[at[i]] = a4[i];
}

void xl_6052_extract(const struct xl_prefix6 *p, const uint8_t a6[static 16], uint8_t a4[static 4])
{
	const uint8_t *at = octets_of(p->len);

	for (size_t i = 0; i < 4; i++)
		a4[i] = a6[at[i]];
}

bool xl_ip4_is_non_global(const uint8_t a[static 4])
{
	static const struct {
		uint8_t b[4], len;
	} block[] = {
		{ { 0 }, 8 }, /* this network */
		{ { 10 }, 8 }, /* private use */
		{ { 127 }, 8 }, /* loopback */
		{ { 169, 254 }, 16 }, /* link local */
		{ { 172, 16 }, 12 }, /* private use */
		{ { 192, 0, 0 }, 24 }, /* protocol assignments */
		{ { 192, 0, 2 }, 24 }, /* TEST-NET-1 */
		{ { 192, 88, 99 }, 24 }, /* 6to4 relay anycast */
		{ { 192, 168 }, 16 }, /* private use */
		{ { 198, 18 }, 15 }, /* benchmarks */
		{ { 198, 51, 100 }, 24 }, /* TEST-NET-2 */
		{ { 203, 0, 113 }, 24 }, /* TEST-NET-3 */
		{ { 224 }, 4 }, /* multicast */
		{ { 240 }, 4 }, /* reserved, limited broadcast */
	};

	for (size_t i = 0; i < sizeof(block) / sizeof(block[0]); i++)
		if (xl_bits_eq(a, block[i].b, block[i].len))
			return true;
	return false;
}

bool xl_ip4_is_multicast(const uint8_t a[static 4])
{
	return a[0] >> 4 == 0xe;
}

bool xl_ip6_is_multicast(const uint8_t a[static 16])
{
	return a[0] == 0xff;
}

bool xl_ip4_is_martian(const uint8_t a[static 4])
{
	return a[0] == 0 || a[0] == 127 || a[0] >= 224;
}

bool xl_ip6_is_martian(const uint8_t a[static 16])
{
	static const uint8_t zero[15];
	bool is_unspecified_or_loopback = memcmp(a, zero, 15) == 0 && a[15] <= 1;

	return is_unspecified_or_loopback || a[0] == 0xff || (a[0] == 0xfe && a[1] >> 6 == 2);
}
