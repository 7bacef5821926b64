/* cmp_test.c - each comparer alone, on packets that differ in one way. */
#include "conformance/cmp_fields.h"
#include "conformance/cmp_mask.h"
#include "ref/base/tap.h"

enum { LEN = 32, ROOM = LEN + 4 };

/* UDP from 192.0.2.1:2000 to 192.0.2.2:4000, four octets of data */
static const uint8_t packet[ROOM] = { 0x45, 0,    0, LEN, 0x12, 0x34, 0x40, 0, 64, 17, 0xa4,
				      0x96, 192,  0, 2,   1,    192,  0,    2, 2,  7,  0xd0,
				      0x0f, 0xa0, 0, 12,  0,    0,    1,    2, 3,  4 };

static const struct row {
	const char *what;
	int at, bit; /* flipped in what came; -1: nothing is */
	int free_at, free_bit; /* of the mask: not compared; -1: all is */
	int longer; /* octets; < 0: shorter */
	uint32_t min_len;
	bool want;
} rows[] = {
	{ "the same", -1, 0, -1, 0, 0, LEN, true },
	{ "the last bit of the data", 31, 0, -1, 0, 0, LEN, false },
	{ "the first bit", 0, 7, -1, 0, 0, LEN, false },
	{ "the hop limit", 8, 0, -1, 0, 0, LEN, false },
	{ "don't fragment", 6, 6, -1, 0, 0, LEN, false },
	{ "a UDP port", 20, 3, -1, 0, 0, LEN, false },
	{ "a bit that is not compared", 8, 3, 8, 3, 0, LEN, true },
	{ "its neighbour that is", 8, 4, 8, 3, 0, LEN, false },
	{ "a free bit in a field of bits", 6, 6, 6, 6, 0, LEN, true },
	{ "the bit beside it", 6, 5, 6, 6, 0, LEN, false },
	{ "an octet more", -1, 0, -1, 0, 1, LEN, false },
	{ "four octets more", -1, 0, -1, 0, 4, LEN, false },
	{ "an octet less", -1, 0, -1, 0, -1, LEN, false },
	{ "an octet less, which it may be", -1, 0, -1, 0, -1, LEN - 2, true },
	{ "three less, two at most", -1, 0, -1, 0, -3, LEN - 2, false },
	{ "no data", -1, 0, -1, 0, -4, LEN, false },
	{ "nothing", -1, 0, -1, 0, -LEN, LEN, false },
};

int main(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct row *r = &rows[i];
		uint8_t mask[ROOM] = { 0 }, got[ROOM] = { 0 };
		struct xl_want w = {
			.len = LEN, .min_len = r->min_len, .bytes = packet, .mask = mask
		};
		uint32_t len = (uint32_t)(LEN + r->longer);

		memset(mask, 0xff, LEN);
		memcpy(got, packet, ROOM);
		if (r->free_at >= 0)
			mask[r->free_at] &= (uint8_t) ~(1u << r->free_bit);
		if (r->at >= 0)
			got[r->at] ^= (uint8_t)(1u << r->bit);
		is_int(xl_cmp_mask(&w, got, len, NULL), r->want, "by position: %s", r->what);
		is_int(xl_cmp_fields(&w, got, len, NULL), r->want, "by field: %s", r->what);
	}
	return done();
}
