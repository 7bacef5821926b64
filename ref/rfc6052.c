/* rfc6052.c - see rfc6052.h. */
#include "ref/rfc6052.h"

#include <string.h>

/* Where the 32 bits stand, by prefix length (RFC 6052 2.2, figure 1): they follow the prefix, and those
 * that would reach bit 64 stand eight bits further. */
static const struct {
	uint8_t len, right, left;
} layout[] = {
	{ 32, 0, 56 }, { 40, 8, 48 }, { 48, 16, 40 }, { 56, 24, 32 }, { 64, 32, 24 }, { 96, 32, 0 },
};

enum { N_LAYOUTS = sizeof(layout) / sizeof(layout[0]), U_OCTET = 8 };

static const uint8_t well_known[16] = { 0x00, 0x64, 0xff, 0x9b }; /* RFC 6052 2.1 */

static size_t layout_of(uint8_t len)
{
	size_t i = 0;

	while (i < N_LAYOUTS && layout[i].len != len)
		i++;
	return i;
}

bool xl_6052_is_well_known(struct xl_prefix6 p)
{
	return p.len == 96 && memcmp(p.addr.b, well_known, 16) == 0;
}

const char *xl_6052_refuse_prefix(struct xl_prefix6 p)
{
	if (layout_of(p.len) == N_LAYOUTS)
		return "the length of a translation prefix is 32, 40, 48, 56, 64 or 96 (RFC 6052 "
		       "2.2)";
	if (p.addr.b[U_OCTET] != 0)
		return "bits 64 to 71 of a translation prefix must be zero (RFC 6052 2.2)";
	if (p.len != 96 && memcmp(p.addr.b, well_known, 16) == 0)
		return "the well-known prefix is 64:ff9b::/96, no other length (RFC 6052 2.2)";
	return NULL;
}

struct xl_6052 xl_6052_ready(struct xl_prefix6 p)
{
	size_t i = layout_of(p.len);

	return (struct xl_6052){
		.a = xl_u128_of(p.addr.b),
		.mask = xl_u128_mask((struct xl_u128){ UINT64_MAX, UINT64_MAX }, p.len),
		.right = layout[i].right,
		.left = layout[i].left,
		.len = p.len,
	};
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
