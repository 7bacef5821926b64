/* flight_test.c - what is in flight together passes only if each case would have passed alone. */
#include "conformance/flight.h"

#include "ref/base/tap.h"

enum { LEN = 32, HEAD = 28, N = 5 };

/* Cases like cases are: the same addresses and ports. Number i has octet 1 (type of service) and its data from i. */
static uint8_t octets[N][LEN], mask[LEN];
static char ids[N][16];
static struct xl_send in[N];
static struct xl_want want[N];
static struct xl_outcome outcome[N];
static struct xl_turn turn[N];
static struct xl_case cases[N];
static struct xl_golden golden = { .cases = cases, .n_cases = N };
static const uint32_t number[N] = { 0, 1, 2, 3, 4 };
static const struct xl_port ports[2] = { { "v4", XL_SIDE_V4, 1500 }, { "v6", XL_SIDE_V6, 1500 } };
static const struct xl_golden_config config = { .name = "c", .port = ports, .n_ports = 2 };

static void build(void)
{
	memset(mask, 0xff, sizeof mask);
	mask[10] = mask[11] = 0;
	for (int i = 0; i < N; i++) {
		static const uint8_t head[HEAD] = { 0x45, 0, 0,    LEN, 0,    0,    0x40, 0,   64,
						    17,   0, 0,    192, 0,    2,    1,    192, 0,
						    2,    2, 0x07, 0,   0x0f, 0xa0, 0,    12 };

		memcpy(octets[i], head, HEAD);
		octets[i][1] = (uint8_t)i;
		memset(octets[i] + HEAD, i, LEN - HEAD);
		snprintf(ids[i], sizeof ids[i], "t/%d", i);
		in[i] = (struct xl_send){ .bytes = { octets[i], LEN } };
		want[i] = (struct xl_want){
			.port = 1, .len = LEN, .min_len = LEN, .bytes = octets[i], .mask = mask
		};
		outcome[i] = (struct xl_outcome){ .sane_max = -1, .n = 1, .want = &want[i] };
		turn[i] = (struct xl_turn){
			.n_sends = 1, .n_outcomes = 1, .send = &in[i], .outcome = &outcome[i]
		};
		cases[i] = (struct xl_case){ .id = ids[i], .n_turns = 1, .turn = &turn[i] };
	}
}

/* ---- a box that has all of them before anything comes out ---- */

static struct box {
	struct xl_box box;
	void (*does)(struct box *); /* to what it holds */
	uint8_t packet[4 * N][LEN];
	uint32_t window[4 * N]; /* where it came in, or goes out */
	size_t n;
	uint32_t marks;
	bool is_lost, is_disordered;
	unsigned n_settled;
} box;

static void input(struct xl_box *b, struct xl_pkt *p)
{
	(void)b;
	memcpy(box.packet[box.n], xl_pkt_data(p), LEN);
	box.window[box.n++] = box.marks;
}

static int64_t due(const struct xl_box *b)
{
	(void)b;
	return XL_NEVER;
}

static void run(struct xl_box *b, int64_t now_ns)
{
	(void)b;
	(void)now_ns;
}

static int settle(struct xl_box *b, int64_t now_ns, struct xl_diags *d)
{
	if (box.n && box.does)
		box.does(&box);
	for (size_t i = 0; i < box.n; i++) {
		struct xl_pkt p = { .buf = box.packet[i],
				    .cap = LEN,
				    .len = LEN,
				    .port = 1,
				    .tag = box.window[i],
				    .at_ns = now_ns };
		b->emit(b->to, &p);
	}
	box.n = box.marks = 0;
	box.n_settled++;
	return box.is_lost ? xl_diag(d, XL_ERR_STATE, XL_NOWHERE, "it has ended") : 0;
}

static void no_free(struct xl_box *b)
{
	(void)b;
}

static void mark(struct xl_box *b)
{
	(void)b;
	box.marks++;
}

static bool was_in_order(const struct xl_box *b)
{
	(void)b;
	return !box.is_disordered;
}

static const struct xl_box_ops ops = { input, due, run, settle, no_free };
static const struct xl_in_flight in_flight = { mark, was_in_order };

/* ---- what it may do ---- */

static void swap(uint8_t *a, uint8_t *b, size_t n)
{
	uint8_t was[LEN];

	memcpy(was, a, n);
	memcpy(a, b, n);
	memcpy(b, was, n);
}

static void swap_data(struct box *b)
{
	swap(b->packet[1] + HEAD, b->packet[3] + HEAD, LEN - HEAD);
}

/* Case 1 comes out as 3 should and 3 as 1: all that anybody wants is there. */
static void swap_all(struct box *b)
{
	swap(b->packet[1], b->packet[3], LEN);
}

/* The packets keep their windows: the order in which they come within one does not matter. */
static void reverse(struct box *b)
{
	for (size_t i = 0; i < b->n / 2; i++) {
		uint32_t window = b->window[i];

		swap(b->packet[i], b->packet[b->n - 1 - i], LEN);
		b->window[i] = b->window[b->n - 1 - i];
		b->window[b->n - 1 - i] = window;
	}
}

static void overtake(struct box *b)
{
	b->window[2] = 1;
	b->window[1] = 2;
}

static void one_less(struct box *b)
{
	b->n--;
}

static void one_more(struct box *b, uint32_t window)
{
	memcpy(b->packet[b->n], b->packet[0], LEN);
	b->window[b->n++] = window;
}

static void twice(struct box *b)
{
	one_more(b, 0);
}

static void late(struct box *b)
{
	one_more(b, N);
}

static void unknown(struct box *b)
{
	one_more(b, 0xffff);
}

static void one_bit(struct box *b)
{
	b->packet[2][8] ^= 1;
}

static void lost(struct box *b)
{
	b->is_lost = true;
}

static void disordered(struct box *b)
{
	b->is_disordered = true;
}

static const struct row {
	const char *what;
	void (*does)(struct box *);
	enum xl_flight want;
} rows[] = {
	{ "each comes out as it should", NULL, XL_FLIGHT_PASSED },
	{ "in another order, each before its mark", reverse, XL_FLIGHT_PASSED },
	{ "two have each other's data", swap_data, XL_FLIGHT_MIXED },
	{ "two come out as each other", swap_all, XL_FLIGHT_MIXED },
	{ "one overtakes another's mark", overtake, XL_FLIGHT_MIXED },
	{ "one more comes behind the last mark", late, XL_FLIGHT_MIXED },
	{ "one more comes where no mark does", unknown, XL_FLIGHT_MIXED },
	{ "one does not come", one_less, XL_FLIGHT_MIXED },
	{ "one comes twice", twice, XL_FLIGHT_MIXED },
	{ "one differs in a bit", one_bit, XL_FLIGHT_MIXED },
	{ "marks come in another order", disordered, XL_FLIGHT_MIXED },
	{ "it ends", lost, XL_FLIGHT_LOST },
};

static struct xl_player player;

static enum xl_flight fly(void (*does)(struct box *), int16_t fitted[static N])
{
	enum xl_flight f;

	memset(&box, 0, sizeof box);
	box.box = (struct xl_box){ .ops = &ops, .port = ports, .n_ports = 2 };
	box.does = does;
	if (!xl_player_init(&player, &box.box, &config))
		return XL_FLIGHT_LOST;
	player.is_real_time = true;
	f = xl_flight_play(&player, &in_flight, &golden, number, N, fitted);
	xl_player_fini(&player);
	return f;
}

static void test_rows(void)
{
	int16_t fitted[N];

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		build();
		is_int(fly(rows[i].does, fitted), rows[i].want, "%s", rows[i].what);
		is_int(box.n_settled, rows[i].want == XL_FLIGHT_MIXED ? 2 : 1, "%s: waited for",
		       rows[i].what);
	}
}

/* Only what passes is found out together. */
static void test_levels(void)
{
	struct xl_outcome two[2];
	int16_t fitted[N] = { 0 };

	build();
	two[0] = (struct xl_outcome){ .sane_max = -1 };
	two[1] = outcome[2];
	turn[2].outcome = two;
	turn[2].n_outcomes = 2;
	is_int(fly(NULL, fitted), XL_FLIGHT_PASSED, "a second outcome that is good");
	is_int(fitted[2], 1, "is the one");
	two[1].level = XL_LEVEL_WEAK;
	is_int(fly(NULL, fitted), XL_FLIGHT_MIXED, "one that is weak");
	two[1].level = XL_LEVEL_INFO;
	is_int(fly(NULL, fitted), XL_FLIGHT_MIXED, "one that the RFCs leave open");
	turn[2].n_outcomes = 1;
	is_int(fly(NULL, fitted), XL_FLIGHT_MIXED, "something where nothing may come");
}

static void test_size(void)
{
	static struct xl_expectation known = { .glob = "t/3" };
	static struct xl_pred bind = { .kind = XL_PRED_BIND, .name = "x" };
	static struct xl_use use = { .name = "x" };
	struct xl_expected none = { .n = 0 }, one = { .at = &known, .n = 1 };

	build();
	is_int(xl_flight_size(&golden, number, N, &none), N, "all of them");
	is_int(xl_flight_size(&golden, number, 2, &none), 2, "as many as there may be");
	is_int(xl_flight_size(&golden, number, N, &one), 3, "up to one that will fail");
	is_int(xl_flight_size(&golden, number + 3, 2, &one), 1, "which is played alone");
	turn[1].after_ns = 1;
	is_int(xl_flight_size(&golden, number, N, &none), 1, "up to one that waits");
	build();
	cases[2].n_turns = 2;
	is_int(xl_flight_size(&golden, number, N, &none), 2, "up to one of two turns");
	build();
	in[4].use = &use;
	in[4].n_uses = 1;
	is_int(xl_flight_size(&golden, number, N, &none), 4, "up to one that uses a value");
	build();
	want[2].pred = &bind;
	want[2].n_preds = 1;
	is_int(xl_flight_size(&golden, number, N, &none), 2, "up to one that binds one");
	bind = (struct xl_pred){ .kind = XL_PRED_LEN };
	is_int(xl_flight_size(&golden, number, N, &none), N, "other predicates do not matter");
	build();
	in[1].bytes.len = 1 << 20;
	is_int(xl_flight_size(&golden, number, N, &none), 1, "up to one that is too long");
	is_int(xl_flight_size(&golden, number + 1, N - 1, &none), 1, "which is alone");
	is_int(xl_flight_size(&golden, number, 0, &none), 0, "none of none");
}

int main(void)
{
	test_rows();
	test_levels();
	test_size();
	return done();
}
