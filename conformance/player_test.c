/* player_test.c - what a box under the player gets and when, and what the player makes of what it does. */
#include "conformance/player.h"

#include "ref/base/tap.h"

#define SECOND INT64_C(1000000000)

enum { LEN = 40, N_LOG = 64 };

static const struct xl_port ports[2] = { { "v4", XL_SIDE_V4, 1500 }, { "v6", XL_SIDE_V6, 1500 } };
static const struct xl_golden_config config = { .name = "c", .port = ports, .n_ports = 2 };

/* A box that writes down what is done to it: i(nput), r(un), s(ettle). */
struct scripted {
	struct xl_box box;
	char log[N_LOG + 1];
	int64_t at_ns[N_LOG];
	size_t n;
	int64_t due_ns; /* once; then never */
	bool is_restless; /* due again at once */
	unsigned copies; /* of what comes in, on port 1 */
	bool on_settle, refuses;
	uint8_t last[LEN];
};

static void note(struct scripted *s, char what, int64_t at_ns)
{
	if (s->n == N_LOG)
		return;
	s->at_ns[s->n] = at_ns;
	s->log[s->n++] = what;
}

static struct scripted *of(struct xl_box *b)
{
	return (struct scripted *)b; /* box is the first member */
}

static void emit(struct scripted *s, struct xl_pkt *p)
{
	p->port = 1;
	for (unsigned i = 0; i < s->copies; i++)
		s->box.emit(s->box.to, p);
}

static void input(struct xl_box *b, struct xl_pkt *p)
{
	struct scripted *s = of(b);

	note(s, 'i', p->at_ns);
	memcpy(s->last, xl_pkt_data(p), LEN);
	if (!s->on_settle)
		emit(s, p);
}

static int64_t due(const struct xl_box *b)
{
	const struct scripted *s = (const struct scripted *)b;

	return s->due_ns;
}

static void run(struct xl_box *b, int64_t now_ns)
{
	struct scripted *s = of(b);

	note(s, 'r', now_ns);
	if (!s->is_restless)
		s->due_ns = XL_NEVER;
}

static int settle(struct xl_box *b, int64_t now_ns, struct xl_diags *d)
{
	struct scripted *s = of(b);
	uint8_t room[XL_HEADROOM + LEN + XL_TAILROOM] = { 0 };
	struct xl_pkt p = {
		.buf = room, .cap = sizeof room, .off = XL_HEADROOM, .len = LEN, .at_ns = now_ns
	};

	note(s, 's', now_ns);
	memcpy(room + XL_HEADROOM, s->last, LEN);
	if (s->on_settle)
		emit(s, &p);
	return s->refuses ? xl_diag(d, XL_ERR_STATE, XL_NOWHERE, "it will not settle") : 0;
}

static void no_free(struct xl_box *b)
{
	(void)b;
}

static const struct xl_box_ops ops = { input, due, run, settle, no_free };

static struct scripted box;
static struct xl_player player;
static struct xl_played played;

static bool set_up(void)
{
	memset(&box, 0, sizeof box);
	box.box = (struct xl_box){ .ops = &ops, .port = ports, .n_ports = 2 };
	box.due_ns = XL_NEVER;
	box.copies = 1;
	return xl_player_init(&player, &box.box, &config);
}

/* ---- cases: one packet in, the same expected on port 1 ---- */

static const uint8_t octets[LEN] = { 0x60, 0, 0, 0, 0, 0, 59, 64 };
static const uint8_t mask[LEN] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
static const struct xl_send in = { .bytes = { octets, LEN } };
static const struct xl_want want = {
	.port = 1, .len = LEN, .min_len = LEN, .bytes = octets, .mask = mask
};
static const struct xl_outcome echo = { .sane_max = -1, .n = 1, .want = &want };
static const struct xl_outcome silence = { .sane_max = -1 };
static const struct xl_outcome weak[] = {
	{ .sane_max = -1, .note = "rather not" },
	{ .level = XL_LEVEL_WEAK, .sane_max = -1, .n = 1, .want = &want, .note = "weaker" }
};

static enum xl_judged play(const struct xl_turn *turn, uint16_t n_turns)
{
	struct xl_case c = { .id = "t/1", .n_turns = n_turns, .turn = turn };

	xl_play(&player, &c, &played);
	return played.finding.verdict;
}

static const struct xl_turn one = { .n_sends = 1, .n_outcomes = 1, .send = &in, .outcome = &echo };
static const struct xl_turn quiet = {
	.n_sends = 1, .n_outcomes = 1, .send = &in, .outcome = &silence
};

static void test_order(void)
{
	struct xl_turn late[2] = { one, one };

	ok(set_up(), "a player");
	is_int(play(&one, 1), XL_PASS, "an echo passes");
	is_str(box.log, "is", "a packet goes in, then the box settles");
	is_int(player.turn.n_sent, 1, "the packet sent is kept");
	is_int(player.turn.n_seen, 1, "and the one that came");
	ok(player.now_ns > 0 && player.now_ns % (86400 * SECOND) == 0, "a case begins its own day");
	xl_player_fini(&player);

	ok(set_up(), "a player");
	late[1].after_ns = 5 * SECOND;
	box.due_ns = 86400 * SECOND + 3 * SECOND;
	is_int(play(late, 2), XL_PASS, "two turns");
	is_str(box.log, "isris", "a timer fires while time passes between them");
	is_int(box.at_ns[2] - box.at_ns[0], 3 * SECOND, "when it is due");
	is_int(box.at_ns[3] - box.at_ns[0], 5 * SECOND, "the packet goes in when the time is over");
	xl_player_fini(&player);
}

static void test_real_time(void)
{
	ok(set_up(), "a player");
	player.is_real_time = true;
	is_int(play(&one, 1), XL_PASS, "in real time");
	is_int(player.now_ns, 0, "no day passes");
	xl_player_fini(&player);
}

static void test_late_output(void)
{
	ok(set_up(), "a player");
	box.on_settle = true;
	is_int(play(&one, 1), XL_PASS, "what comes while it settles counts");
	is_int(play(&quiet, 1), XL_FAIL, "also where nothing may come");
	box.copies = 0;
	is_int(play(&quiet, 1), XL_PASS, "nothing of the turn before is left");
	is_int(play(&one, 1), XL_FAIL, "nothing is not the packet that is wanted");
	xl_player_fini(&player);
}

static void test_worst_turn(void)
{
	struct xl_turn turn[3] = { one, one, one };
	uint8_t marked[LEN];
	struct xl_send other = { .bytes = { marked, LEN } };

	ok(set_up(), "a player");
	memcpy(marked, octets, LEN);
	marked[8] = 0x77; /* no mask covers it */
	turn[1].send = &other;
	turn[1].outcome = weak;
	turn[1].n_outcomes = 2;
	is_int(play(turn, 3), XL_WEAK, "the worst turn decides");
	ok(player.turn.n_sent == 1 && player.turn.sent[0].p[8] == 0x77, "what it sent is kept");
	ok(player.turn.n_seen == 1 && player.turn.seen[0].p[8] == 0x77, "and what came of it");
	is_int(played.turn, 1, "and is named");
	is_str(played.finding.message, "weaker", "with its note");
	turn[0].outcome = &silence;
	box.n = 0;
	memset(box.log, 0, sizeof box.log);
	is_int(play(turn, 3), XL_FAIL, "a turn that fails ends the case");
	is_str(box.log, "is", "those behind it are not played");
	xl_player_fini(&player);
}

static void test_errors(void)
{
	static const struct xl_use use = { .name = "port", .at_bit = 64, .n_bits = 16 };
	struct xl_send unbound = in;
	struct xl_turn turn = one;

	ok(set_up(), "a player");
	is_int(play(NULL, 0), XL_ERROR, "a case without turns");
	box.refuses = true;
	is_int(play(&one, 1), XL_ERROR, "a box that does not settle");
	is_str(played.finding.message, "it will not settle", "in its own words");
	box.refuses = false;
	box.copies = XL_FLOOD_PACKETS;
	is_int(play(&one, 1), XL_FAIL, "as many packets as there is room for");
	box.copies++;
	is_int(play(&one, 1), XL_ERROR, "one more is a flood");
	ok(strncmp(played.finding.message, "a flood: 4097 packets", 21) == 0, "and is counted");
	box.copies = 1;
	unbound.use = &use;
	unbound.n_uses = 1;
	turn.send = &unbound;
	is_int(play(&turn, 1), XL_ERROR, "a value that nothing bound");
	ok(strstr(played.finding.message, "never bound") != NULL, "is said so");
	box.due_ns = 0;
	box.is_restless = true;
	is_int(play(&one, 1), XL_ERROR, "timers that never rest");
	xl_player_fini(&player);
}

/* What one packet bound is written into the next. */
static void test_bound(void)
{
	static const struct xl_use use = { .name = "x", .at_bit = 64, .n_bits = 16 };
	static const struct xl_pred bind = {
		.kind = XL_PRED_BIND, .n_bits = 16, .at_bit = 64, .name = "x"
	};
	uint8_t chosen[LEN], free_mask[LEN];
	struct xl_send first = { .bytes = { chosen, LEN } }, second = in;
	struct xl_want bound = want;
	struct xl_outcome outcome = { .sane_max = -1, .n = 1, .want = &bound };
	struct xl_turn turn[2] = { one, one };

	memcpy(chosen, octets, LEN);
	memcpy(free_mask, mask, LEN);
	chosen[8] = 0xab;
	chosen[9] = 0xcd;
	bound.mask = free_mask;
	bound.pred = &bind;
	bound.n_preds = 1;
	second.use = &use;
	second.n_uses = 1;
	turn[0].send = &first;
	turn[0].outcome = &outcome;
	turn[1].send = &second;
	ok(set_up(), "a player");
	is_int(play(turn, 2), XL_PASS, "two turns with a bound value");
	ok(box.last[8] == 0xab && box.last[9] == 0xcd, "which the second packet has");
	ok(player.turn.n_sent == 1 && player.turn.sent[0].p[8] == 0xab, "also as it is kept");
	xl_player_fini(&player);
}

int main(void)
{
	test_order();
	test_real_time();
	test_late_output();
	test_worst_turn();
	test_errors();
	test_bound();
	return done();
}
