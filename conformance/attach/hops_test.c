/* hops_test.c - hop limits given back, checksums as right or wrong as they were. */
#include "conformance/attach/hops.h"

#include <string.h>

#include "ref/base/tap.h"

static uint16_t sum_of(const uint8_t *p)
{
	uint32_t sum = 0;

	for (int i = 0; i < 20; i += 2)
		sum += (uint32_t)(p[i] << 8 | p[i + 1]);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void test_ip4(void)
{
	for (unsigned ttl = 0; ttl < 256; ttl++)
		for (unsigned ident = 0; ident < 65536; ident += 251) {
			uint8_t p[20] = { 0x45,
					  0,
					  0,
					  20,
					  (uint8_t)(ident >> 8),
					  (uint8_t)ident,
					  0,
					  0,
					  64,
					  17,
					  0,
					  0,
					  192,
					  0,
					  2,
					  1,
					  192,
					  0,
					  2,
					  2 };
			uint16_t sum;

			p[8] = (uint8_t)ttl;
			sum = sum_of(p);
			p[10] = (uint8_t)(sum >> 8);
			p[11] = (uint8_t)sum;
			xl_hops_add(p, sizeof p, 3);
			if (p[8] != (ttl + 3 > 255 ? 255 : ttl + 3) || sum_of(p) != 0) {
				ok(false, "TTL %u, identification %u", ttl, ident);
				return;
			}
		}
	ok(true, "every TTL: 3 more, 255 at most, and the checksum is right");
}

static void test_wrong_sum(void)
{
	uint8_t p[20] = { 0x45, [8] = 64, [9] = 17, [10] = 0x12, [11] = 0x34 };
	uint16_t off = sum_of(p);

	xl_hops_add(p, sizeof p, 1);
	ok(p[8] == 65 && sum_of(p) == off, "a wrong checksum stays as wrong as it was");
}

static void test_others(void)
{
	uint8_t p[40] = { 0x60, [7] = 63 }, was[40];

	xl_hops_add(p, sizeof p, 2);
	ok(p[7] == 65, "a hop limit");
	memcpy(was, p, sizeof p);
	xl_hops_add(p, 39, 2);
	ok(memcmp(p, was, sizeof p) == 0, "no whole IPv6 header is left alone");
	was[0] = p[0] = 0x45;
	xl_hops_add(p, 19, 2);
	xl_hops_add(p, 0, 2);
	ok(memcmp(p, was, sizeof p) == 0, "no whole IPv4 header is left alone");
	was[0] = p[0] = 0x50;
	xl_hops_add(p, sizeof p, 2);
	ok(memcmp(p, was, sizeof p) == 0, "another version is left alone");
}

static void test_cannot(void)
{
	static const struct {
		const char *what;
		uint8_t sent, want, mask;
		struct xl_hops hops;
		bool can;
	} rows[] = {
		{ "no hosts", 255, 1, 255, { 0, 0 }, true },
		{ "room before", 254, 64, 255, { 1, 0 }, true },
		{ "no room before", 255, 64, 255, { 1, 0 }, false },
		{ "dead before", 0, 64, 255, { 1, 0 }, false },
		{ "lives behind", 64, 3, 255, { 0, 2 }, true },
		{ "dies behind", 64, 2, 255, { 0, 2 }, false },
		{ "of any hop limit", 64, 2, 0, { 0, 2 }, true },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		uint8_t in[40] = { 0x60, [7] = rows[i].sent },
			out[40] = { 0x60, [7] = rows[i].want };
		uint8_t mask[40] = { [7] = rows[i].mask };
		struct xl_want want = { .len = 40, .bytes = out, .mask = mask };
		struct xl_outcome outcome = { .n = 1, .want = &want };
		struct xl_send send = { .bytes = { in, 40 } };
		struct xl_turn turn = {
			.n_sends = 1, .n_outcomes = 1, .send = &send, .outcome = &outcome
		};
		struct xl_case c = { .n_turns = 1, .turn = &turn };

		ok((xl_hops_cannot(rows[i].hops, &c) == NULL) == rows[i].can, "%s", rows[i].what);
	}
}

int main(void)
{
	test_ip4();
	test_wrong_sum();
	test_others();
	test_cannot();
	return done();
}
