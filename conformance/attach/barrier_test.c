/* barrier_test.c - a barrier gets its number and its checksum, and a round knows its own. */
#include "conformance/attach/barrier.h"

#include "conformance/sums.h"
#include "ref/base/rd.h"
#include "ref/base/tap.h"

enum { UDP = 8, LEN4 = 20 + UDP + XL_BARRIER_PAYLOAD, LEN6 = 40 + UDP + XL_BARRIER_PAYLOAD };

static uint8_t in4[LEN4] = { 0x45, 0, 0, LEN4, 0, 0, 0x40, 0,    64,   17,   0,    0, 192,
			     0,    2, 1, 192,  0, 2, 2,    0x07, 0xd0, 0x0f, 0xa0, 0, UDP + 24 };
static uint8_t in6[LEN6] = { 0x60, 0, 0, 0, 0, UDP + 24, 17, 64, 0x20, 0x01, 0x0d, 0xb8 };

static struct xl_barrier barrier[2] = { { .in = { in4, LEN4 } }, { .in = { in6, LEN6 } } };
static struct xl_golden_config config = { .name = "c", .barrier = barrier, .n_barriers = 2 };

static void set_up(void)
{
	memcpy(in4 + LEN4 - XL_BARRIER_PAYLOAD, "xlatlab-barrier!", 16);
	memcpy(in6 + LEN6 - XL_BARRIER_PAYLOAD, "xlatlab-barrier!", 16);
	in6[24] = 0x20;
	xl_put16(in6 + 44, UDP + XL_BARRIER_PAYLOAD);
}

static void test_make(void)
{
	static const struct xl_sum sum[2] = { { .kind = XL_SUM_UDP,
						.addr_len = 4,
						.proto = 17,
						.at = 26,
						.from = 20,
						.to = UINT32_MAX,
						.src = 12,
						.dst = 16 },
					      { .kind = XL_SUM_UDP,
						.addr_len = 16,
						.proto = 17,
						.at = 46,
						.from = 40,
						.to = UINT32_MAX,
						.src = 8,
						.dst = 24 } };
	uint64_t numbers[] = { 0, 1, 0xff, UINT32_MAX, 0x123456789abcdef0, UINT64_MAX };

	for (int i = 0; i < 2; i++) {
		const struct xl_bytes *in = &barrier[i].in;

		for (size_t k = 0; k < sizeof numbers / sizeof numbers[0]; k++) {
			uint8_t to[XL_BARRIER_MAX];
			uint64_t number = 1;

			ok(xl_barrier_make(&barrier[i], numbers[k], to), "barrier %d is made", i);
			ok(xl_sum_holds(&sum[i], to, in->len), "with a right checksum");
			ok(xl_barrier_is(to, in->len, &number) && number == numbers[k],
			   "and number 0x%" PRIx64, numbers[k]);
			ok(memcmp(to, in->p, in->len - 8 - 24 - 2) == 0, "the rest is as it was");
		}
	}
}

/* Every length, every octet of the mark. */
static void test_none(void)
{
	uint8_t p[LEN4], to[XL_BARRIER_MAX];
	struct xl_barrier b = { .in = { p, LEN4 } };
	uint64_t number;
	int n_made = 0, n_taken = 0;

	memcpy(p, in4, LEN4);
	for (b.in.len = 0; b.in.len < LEN4; b.in.len++)
		n_made += xl_barrier_make(&b, 1, to);
	is_int(n_made, 0, "none of fewer octets");
	for (size_t n = 0; n < UDP + XL_BARRIER_PAYLOAD; n++)
		n_taken += xl_barrier_is(p + LEN4 - n, n, &number);
	is_int(n_taken, 0, "none shorter than its payload behind a UDP header");
	b.in.len = LEN4;
	for (size_t i = 0; i < 16; i++) {
		p[LEN4 - XL_BARRIER_PAYLOAD + i] ^= 1;
		n_made += xl_barrier_make(&b, 1, to);
		n_taken += xl_barrier_is(p, LEN4, &number);
		p[LEN4 - XL_BARRIER_PAYLOAD + i] ^= 1;
	}
	is_int(n_made + n_taken, 0, "none with another mark");
	ok(xl_barrier_make(&b, 1, to), "one with the mark");
}

/* Barrier i of a round comes back, as number says. */
static bool comes(struct xl_round *r, int i, uint64_t number)
{
	uint8_t to[XL_BARRIER_MAX];

	return xl_barrier_make(&barrier[i], number, to) && xl_round_takes(r, to, barrier[i].in.len);
}

static void test_round(void)
{
	struct xl_round r = { .config = &config };

	xl_round_begin(&r);
	is_int(xl_round_mark(&r), 0, "the first round begins at 0");
	ok(!xl_round_is_back(&r), "nothing is back at first");
	ok(comes(&r, 0, 0) && !xl_round_is_back(&r), "one of two is not all");
	ok(!comes(&r, 0, 0) && !xl_round_is_back(&r), "the same twice is a packet too many");
	ok(comes(&r, 1, 1) && xl_round_is_back(&r), "both are");
	xl_round_begin(&r);
	is_int(xl_round_mark(&r), 2, "the next round has numbers of its own");
	ok(!xl_round_is_back(&r), "nothing is back again");
	ok(!comes(&r, 0, 0) && !comes(&r, 1, 1) && !xl_round_is_back(&r),
	   "so is one of the round before: it had come");
	ok(!comes(&r, 0, 4) && !comes(&r, 0, UINT64_MAX) && !xl_round_is_back(&r),
	   "and one that was never sent");
	ok(comes(&r, 1, 3) && comes(&r, 0, 2) && xl_round_is_back(&r), "in any order");
	xl_round_forgive(&r);
	xl_round_begin(&r);
	is_int(xl_round_mark(&r), 4, "nor does it use them again");
	ok(comes(&r, 0, 0) && comes(&r, 0, 3) && comes(&r, 0, 3) && !xl_round_is_back(&r),
	   "late ones of rounds that were forgiven are taken and do not count");
	ok(comes(&r, 0, 4) && comes(&r, 1, 5) && xl_round_is_back(&r), "those of this round do");
	in4[LEN4 - XL_BARRIER_PAYLOAD] = 'X';
	ok(!xl_round_takes(&r, in4, LEN4), "a packet of a case is not taken");
	in4[LEN4 - XL_BARRIER_PAYLOAD] = 'x';
}

/* Barrier 0 comes out of port 1, barrier 1 out of port 0. */
static void test_marks(void)
{
	struct xl_round r = { .config = &config };

	barrier[0].out_port = 1;
	xl_round_begin(&r);
	is_int(xl_round_window(&r, 0), 0, "before the first mark");
	is_int(xl_round_mark(&r) + xl_round_mark(&r) + xl_round_mark(&r), 0 + 2 + 4,
	       "three marks of two barriers");
	ok(comes(&r, 0, 0), "the first of direction 0");
	is_int(xl_round_window(&r, 1), 1, "port 1 is in the second window");
	is_int(xl_round_window(&r, 0), 0, "port 0 in the first");
	is_int(xl_round_window(&r, 2), XL_NO_WINDOW, "a port without barriers in none");
	ok(!comes(&r, 0, 0), "it comes twice: a packet too many");
	ok(comes(&r, 1, 1) && comes(&r, 0, 2) && comes(&r, 0, 4) && comes(&r, 1, 3),
	   "directions do not wait for each other");
	ok(!xl_round_is_back(&r), "one is missing");
	ok(comes(&r, 1, 5) && xl_round_is_back(&r), "all are back");
	ok(!r.is_disordered, "in order");
	is_int(xl_round_window(&r, 0), 3, "behind the last mark");
	xl_round_begin(&r);
	(void)xl_round_mark(&r);
	(void)xl_round_mark(&r);
	ok(comes(&r, 0, 8) && r.is_disordered, "one before an earlier one: no order");
	ok(comes(&r, 0, 6), "the one it overtook is no packet of a case");
	barrier[0].out_port = 0;
}

static void test_no_barriers(void)
{
	static const struct xl_golden_config none = { .name = "c" };
	struct xl_round r = { .config = &none };

	xl_round_begin(&r);
	xl_round_mark(&r);
	ok(xl_round_is_back(&r), "a round of none is over at once");
}

int main(void)
{
	set_up();
	test_make();
	test_none();
	test_round();
	test_marks();
	test_no_barriers();
	return done();
}
