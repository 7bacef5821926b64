/* selftest_hand.c - see selftest_hand.h.
 *
 * All rows stand on one packet: IPv6, 2001:db8::1 to 2001:db8::2, Fragment header (identification 7),
 * UDP 2000 to 4000 with 40 octets of payload; or on parts of it. A row says what may come out, what
 * did, and the verdict that a judge must reach.
 */
#include "conformance/selftest_hand.h"

#include <string.h>

#include "conformance/judge.h"
#include "conformance/sums.h"
#include "ref/base/rd.h"

enum {
	IP6 = 40,
	FRAG = 8,
	UDP = 8,
	DATA = 40,
	WHOLE = IP6 + FRAG + UDP + DATA,
	SPORT_BIT = (IP6 + FRAG) * 8,
	LEN_BIT = 4 * 8,
	ROOM = 8,
};

static const struct xl_port ports[2] = { { "v4", XL_SIDE_V4, 1500 }, { "v6", XL_SIDE_V6, 1500 } };

static const struct xl_sum udp_sum = { .kind = XL_SUM_UDP,
				       .addr_len = 16,
				       .proto = 17,
				       .at = IP6 + FRAG + 6,
				       .from = IP6 + FRAG,
				       .to = UINT32_MAX,
				       .src = 8,
				       .dst = 24 };

struct scene { /* what one row works with */
	uint8_t whole[WHOLE], mask[WHOLE];
	struct xl_want want[2];
	struct xl_pred pred[2];
	struct xl_bytes value[3];
	struct xl_outcome outcome;
	struct xl_turn turn;
	uint8_t got[ROOM][WHOLE + 8];
	struct xl_seen seen[ROOM];
	size_t n;
	struct xl_binds binds;
};

static void build_whole(uint8_t p[static WHOLE])
{
	memset(p, 0, WHOLE);
	p[0] = 0x60;
	xl_put16(p + 4, WHOLE - IP6);
	p[6] = 44;
	p[7] = 63;
	xl_put32(p + 8, 0x20010db8);
	p[23] = 1;
	xl_put32(p + 24, 0x20010db8);
	p[39] = 2;
	p[IP6] = 17;
	xl_put32(p + IP6 + 4, 7);
	xl_put16(p + IP6 + FRAG, 2000);
	xl_put16(p + IP6 + FRAG + 2, 4000);
	xl_put16(p + IP6 + FRAG + 4, UDP + DATA);
	for (int i = 0; i < DATA; i++)
		p[IP6 + FRAG + UDP + i] = (uint8_t)i;
	(void)xl_sum_fill(&udp_sum, p, WHOLE);
}

static void free_bits(struct scene *s, uint32_t at_bit, uint16_t n_bits)
{
	for (uint32_t i = at_bit; i < at_bit + n_bits; i++)
		s->mask[i / 8] &= (uint8_t) ~(0x80 >> i % 8);
}

static void set_up(struct scene *s)
{
	memset(s, 0, sizeof *s);
	build_whole(s->whole);
	memset(s->mask, 0xff, WHOLE);
	s->want[0] = (struct xl_want){ .port = 1,
				       .len = WHOLE,
				       .min_len = WHOLE,
				       .bytes = s->whole,
				       .mask = s->mask,
				       .pred = s->pred };
	s->want[1] = s->want[0];
	s->outcome = (struct xl_outcome){ .sane_max = -1, .n = 1, .want = s->want };
	s->turn = (struct xl_turn){ .n_outcomes = 1, .outcome = &s->outcome };
	for (int i = 0; i < ROOM; i++) {
		memcpy(s->got[i], s->whole, WHOLE);
		s->seen[i] = (struct xl_seen){ .port = 1, .len = WHOLE, .p = s->got[i] };
	}
	s->n = 1;
}

/* The source port is subject to a predicate; the checksum follows it. */
static void on_port(struct scene *s, enum xl_pred_kind kind, uint32_t n_values)
{
	static const uint8_t value[3][2] = { { 0x07, 0xd0 }, { 0x08, 0x00 }, { 0x09, 0x00 } };

	for (uint32_t i = 0; i < 3; i++)
		s->value[i] = (struct xl_bytes){ value[i], 2 };
	s->pred[0] = (struct xl_pred){ .kind = (uint8_t)kind,
				       .n_bits = 16,
				       .at_bit = SPORT_BIT,
				       .value = s->value,
				       .n_values = n_values,
				       .name = "port" };
	for (int i = 0; i < 2; i++) {
		s->want[i].n_preds = 1;
		s->want[i].sum = &udp_sum;
		s->want[i].n_sums = 1;
	}
	free_bits(s, SPORT_BIT, 16);
	free_bits(s, udp_sum.at * 8, 16);
}

static void set_port(struct scene *s, int i, unsigned port)
{
	xl_put16(s->got[i] + IP6 + FRAG, port);
	(void)xl_sum_fill(&udp_sum, s->got[i], WHOLE);
}

/* Packet i becomes the fragment [from, to) of the payload behind the Fragment header. */
static void cut(struct scene *s, int i, uint32_t from, uint32_t to, bool more)
{
	uint8_t *p = s->got[i];

	memcpy(p, s->whole, IP6 + FRAG);
	memcpy(p + IP6 + FRAG, s->whole + IP6 + FRAG + from, to - from);
	xl_put16(p + 4, FRAG + to - from);
	xl_put16(p + IP6 + 2, from | more);
	s->seen[i].len = IP6 + FRAG + to - from;
}

static void as_fragments(struct scene *s)
{
	s->want[0].frag_max = IP6 + FRAG + 24;
	s->want[0].frag_min = 2;
	cut(s, 0, 0, 24, true);
	cut(s, 1, 24, 48, false);
	s->n = 2;
}

/* ---- rows: each sets the scene; `want` is the verdict ---- */

static void in_yes(struct scene *s)
{
	on_port(s, XL_PRED_IN, 2);
	set_port(s, 0, 0x0800);
}
static void in_no(struct scene *s)
{
	on_port(s, XL_PRED_IN, 2);
	set_port(s, 0, 0x0900);
}
static void not_yes(struct scene *s)
{
	on_port(s, XL_PRED_NOT, 1);
	set_port(s, 0, 0x0800);
}
static void not_no(struct scene *s)
{
	on_port(s, XL_PRED_NOT, 1);
	set_port(s, 0, 0x07d0);
}
static void range_low(struct scene *s)
{
	on_port(s, XL_PRED_RANGE, 2);
	set_port(s, 0, 0x07d0);
}
static void range_high(struct scene *s)
{
	on_port(s, XL_PRED_RANGE, 2);
	set_port(s, 0, 0x0800);
}
static void range_below(struct scene *s)
{
	on_port(s, XL_PRED_RANGE, 2);
	set_port(s, 0, 0x07cf);
}
static void range_above(struct scene *s)
{
	on_port(s, XL_PRED_RANGE, 2);
	set_port(s, 0, 0x0801);
}

static void sum_wrong(struct scene *s)
{
	on_port(s, XL_PRED_IN, 2);
	set_port(s, 0, 0x0800);
	s->got[0][udp_sum.at] ^= 1;
}

static void sum_zero(struct scene *s)
{
	on_port(s, XL_PRED_IN, 2);
	set_port(s, 0, 0x0800);
	xl_put16(s->got[0] + udp_sum.at, 0);
}

/* Two packets of one set: the first binds, the second uses (or must not use) it. */
static void pair(struct scene *s, enum xl_pred_kind second, unsigned a, unsigned b)
{
	on_port(s, XL_PRED_BIND, 0);
	s->pred[1] = s->pred[0];
	s->pred[1].kind = (uint8_t)second;
	s->want[1].pred = &s->pred[1];
	s->outcome.n = 2;
	s->n = 2;
	set_port(s, 0, a);
	set_port(s, 1, b);
}

static void use_yes(struct scene *s)
{
	pair(s, XL_PRED_USE, 5000, 5000);
}
static void use_no(struct scene *s)
{
	pair(s, XL_PRED_USE, 5000, 5001);
}
static void not_use_yes(struct scene *s)
{
	pair(s, XL_PRED_NOT_USE, 5000, 5001);
}
static void not_use_no(struct scene *s)
{
	pair(s, XL_PRED_NOT_USE, 5000, 5000);
}
static void bind_again_no(struct scene *s)
{
	pair(s, XL_PRED_BIND, 5000, 5001);
}
static void use_unbound(struct scene *s)
{
	on_port(s, XL_PRED_USE, 0);
	set_port(s, 0, 2000);
}
static void not_use_unbound(struct scene *s)
{
	on_port(s, XL_PRED_NOT_USE, 0);
}

/* The packet may end early; its IPv6 length says where it ends. */
static void may_end(struct scene *s, uint32_t min_len, uint32_t len, uint32_t said)
{
	s->want[0].min_len = min_len;
	s->pred[0] = (struct xl_pred){
		.kind = XL_PRED_LEN, .n_bits = 16, .at_bit = LEN_BIT, .base = IP6
	};
	s->want[0].n_preds = 1;
	free_bits(s, LEN_BIT, 16);
	xl_put16(s->got[0] + 4, said);
	s->seen[0].len = len;
}

static void len_yes(struct scene *s)
{
	may_end(s, WHOLE - 20, WHOLE - 10, WHOLE - 10 - IP6);
}
static void len_whole(struct scene *s)
{
	may_end(s, WHOLE - 20, WHOLE, WHOLE - IP6);
}
static void len_says_other(struct scene *s)
{
	may_end(s, WHOLE - 20, WHOLE - 10, WHOLE - IP6);
}

/* As may_end(), with a right checksum over what came. */
static void may_end_summed(struct scene *s, uint32_t len, uint32_t said)
{
	may_end(s, WHOLE - 20, len, said);
	s->want[0].sum = &udp_sum;
	s->want[0].n_sums = 1;
	free_bits(s, udp_sum.at * 8, 16);
	(void)xl_sum_fill(&udp_sum, s->got[0], len);
}

static void len_summed(struct scene *s)
{
	may_end_summed(s, WHOLE - 10, WHOLE - 10 - IP6);
}
static void len_says_less(struct scene *s)
{
	may_end_summed(s, WHOLE, WHOLE - 1 - IP6);
}
static void len_padded(struct scene *s)
{
	may_end_summed(s, WHOLE - 9, WHOLE - 10 - IP6);
}
static void len_too_short(struct scene *s)
{
	may_end(s, WHOLE - 20, WHOLE - 21, WHOLE - 21 - IP6);
}

static void frag_yes(struct scene *s)
{
	as_fragments(s);
}

static void frag_reversed(struct scene *s)
{
	as_fragments(s);
	cut(s, 0, 24, 48, false);
	cut(s, 1, 0, 24, true);
}

static void frag_too_large(struct scene *s)
{
	as_fragments(s);
	cut(s, 0, 0, 32, true);
	cut(s, 1, 32, 48, false);
}

static void frag_too_few(struct scene *s)
{
	as_fragments(s);
	s->want[0].frag_min = 3;
}

static void frag_overlap(struct scene *s)
{
	as_fragments(s);
	cut(s, 1, 16, 40, true);
	cut(s, 2, 40, 48, false);
	s->n = 3;
}

static void frag_gap(struct scene *s)
{
	as_fragments(s);
	cut(s, 0, 0, 16, true);
}

static void frag_not_eights(struct scene *s)
{
	as_fragments(s);
	s->got[0][5]--; /* 23 octets, more to come */
	s->seen[0].len--;
}

static void frag_other_id(struct scene *s)
{
	as_fragments(s);
	s->got[1][IP6 + 7] = 8;
}
static void frag_other_hop(struct scene *s)
{
	as_fragments(s);
	s->got[1][7] = 62;
}
static void frag_other_data(struct scene *s)
{
	as_fragments(s);
	s->got[1][IP6 + FRAG + 3] ^= 1;
}
static void frag_no_last(struct scene *s)
{
	as_fragments(s);
	s->got[1][IP6 + 3] |= 1;
}

/* The wanted packet is itself a fragment, from octet 80 on, and more follow. */
static void as_part(struct scene *s)
{
	static uint8_t part[WHOLE];

	as_fragments(s);
	memcpy(part, s->whole, sizeof part);
	xl_put16(part + IP6 + 2, 80 | 1);
	s->want[0].bytes = part;
	xl_put16(s->got[0] + IP6 + 2, 80 | 1);
	xl_put16(s->got[1] + IP6 + 2, (80 + 24) | 1);
}
static void part_from_zero(struct scene *s)
{
	as_part(s);
	cut(s, 0, 0, 24, true);
	cut(s, 1, 24, 48, true);
}
static void part_ends(struct scene *s)
{
	as_part(s);
	xl_put16(s->got[1] + IP6 + 2, 80 + 24);
}
static void part_short(struct scene *s)
{
	as_part(s);
	cut(s, 1, 24, 40, true);
	xl_put16(s->got[1] + IP6 + 2, (80 + 24) | 1);
}

static void frag_twice(struct scene *s)
{
	as_fragments(s);
	cut(s, 2, 24, 48, false);
	s->n = 3;
}

static void ordered(struct scene *s, int first)
{
	static uint8_t other[WHOLE];

	s->outcome.is_ordered = true;
	s->outcome.n = 2;
	s->n = 2;
	memcpy(other, s->whole, WHOLE);
	other[WHOLE - 1] ^= 1;
	s->want[1].bytes = other;
	s->got[1 - first][WHOLE - 1] ^= 1;
}

static void order_yes(struct scene *s)
{
	ordered(s, 0);
}
static void order_no(struct scene *s)
{
	ordered(s, 1);
}
static void unordered(struct scene *s)
{
	ordered(s, 1);
	s->outcome.is_ordered = false;
}

static void sane(struct scene *s, int32_t max)
{
	s->outcome.n = 0;
	s->outcome.sane_max = max;
}

static void sane_yes(struct scene *s)
{
	sane(s, 1);
	s->got[0][WHOLE - 1] ^= 1;
}
static void sane_none(struct scene *s)
{
	sane(s, 1);
	s->n = 0;
}
static void sane_too_many(struct scene *s)
{
	sane(s, 1);
	s->n = 2;
}
static void sane_length(struct scene *s)
{
	sane(s, 1);
	s->got[0][5]++;
}
static void sane_side(struct scene *s)
{
	sane(s, 1);
	s->seen[0].port = 0;
}
static void sane_no_sum(struct scene *s)
{
	sane(s, 1);
	xl_put16(s->got[0] + udp_sum.at, 0);
}
/* What was sent: the packet without its Fragment header, its checksum wrong. */
static void damaged(struct scene *s, unsigned flipped)
{
	static uint8_t sent[WHOLE];
	static struct xl_send send;

	memcpy(sent, s->whole, IP6);
	memcpy(sent + IP6, s->whole + IP6 + FRAG, UDP + DATA);
	xl_put16(sent + 4, UDP + DATA);
	sent[6] = 17;
	sent[IP6 + 7] ^= (uint8_t)flipped;
	send = (struct xl_send){ .bytes = { sent, WHOLE - FRAG } };
	s->turn.send = &send;
	s->turn.n_sends = 1;
	sane(s, 1);
}
static void sane_was_right(struct scene *s)
{
	damaged(s, 0);
}
static void sane_repaired(struct scene *s)
{
	damaged(s, 1);
}
static void sane_stays_wrong(struct scene *s)
{
	damaged(s, 1);
	s->got[0][udp_sum.at + 1] ^= 1;
}
static void sane_empty(struct scene *s)
{
	sane(s, 1);
	s->seen[0].len = 0;
}

static void quiet_yes(struct scene *s)
{
	s->outcome.n = 0;
	s->n = 0;
}
static void quiet_no(struct scene *s)
{
	s->outcome.n = 0;
}
static void one_more(struct scene *s)
{
	s->n = 2;
}
static void one_less(struct scene *s)
{
	s->n = 0;
}
static void wrong_port(struct scene *s)
{
	s->seen[0].port = 0;
}
static void same(struct scene *s)
{
	(void)s;
}
static void level_weak(struct scene *s)
{
	s->outcome.level = XL_LEVEL_WEAK;
}
static void level_info(struct scene *s)
{
	s->outcome.level = XL_LEVEL_INFO;
}

/* clang-format off */
static const struct row {
	const char *what;
	void (*set)(struct scene *);
	enum xl_judged want;
} rows[] = {
	{ "the packet itself",                       same,            XL_PASS },
	{ "the packet itself, weak",                 level_weak,      XL_WEAK },
	{ "the packet itself, info",                 level_info,      XL_INFO },
	{ "one packet more",                         one_more,        XL_FAIL },
	{ "one packet less",                         one_less,        XL_FAIL },
	{ "wrong port",                              wrong_port,      XL_FAIL },
	{ "silence",                                 quiet_yes,       XL_PASS },
	{ "silence broken",                          quiet_no,        XL_FAIL },
	{ "in: a member",                            in_yes,          XL_PASS },
	{ "in: no member",                           in_no,           XL_FAIL },
	{ "not: another",                            not_yes,         XL_PASS },
	{ "not: the very one",                       not_no,          XL_FAIL },
	{ "range: lower bound",                      range_low,       XL_PASS },
	{ "range: upper bound",                      range_high,      XL_PASS },
	{ "range: below",                            range_below,     XL_FAIL },
	{ "range: above",                            range_above,     XL_FAIL },
	{ "checksum over a free field wrong",        sum_wrong,       XL_FAIL },
	{ "checksum over a free field zero",         sum_zero,        XL_FAIL },
	{ "use: the bound value",                    use_yes,         XL_PASS },
	{ "use: another value",                      use_no,          XL_FAIL },
	{ "not-use: another value",                  not_use_yes,     XL_PASS },
	{ "not-use: the bound value",                not_use_no,      XL_FAIL },
	{ "bind twice: two values",                  bind_again_no,   XL_FAIL },
	{ "use: never bound",                        use_unbound,     XL_FAIL },
	{ "not-use: never bound",                    not_use_unbound, XL_FAIL },
	{ "len: ends early and says so",             len_yes,         XL_PASS },
	{ "len: whole",                              len_whole,       XL_PASS },
	{ "len: ends early, says otherwise",         len_says_other,  XL_FAIL },
	{ "len: ends early, summed over what came",  len_summed,      XL_PASS },
	{ "len: says less than there is",            len_says_less,   XL_FAIL },
	{ "len: padding behind it",                  len_padded,      XL_FAIL },
	{ "min_len: ends too early",                 len_too_short,   XL_FAIL },
	{ "fragments: two",                          frag_yes,        XL_PASS },
	{ "fragments: last one first",               frag_reversed,   XL_PASS },
	{ "fragments: one too large",                frag_too_large,  XL_FAIL },
	{ "fragments: too few",                      frag_too_few,    XL_FAIL },
	{ "fragments: overlap",                      frag_overlap,    XL_FAIL },
	{ "fragments: gap",                          frag_gap,        XL_FAIL },
	{ "fragments: not a multiple of eight",      frag_not_eights, XL_FAIL },
	{ "fragments: two identifications",          frag_other_id,   XL_FAIL },
	{ "fragments: two hop limits",               frag_other_hop,  XL_FAIL },
	{ "fragments: another octet",                frag_other_data, XL_FAIL },
	{ "fragments: no last one",                  frag_no_last,    XL_FAIL },
	{ "fragments: one twice",                    frag_twice,      XL_FAIL },
	{ "fragments: of a fragment",                as_part,         XL_PASS },
	{ "fragments: of a fragment, from 0",        part_from_zero,  XL_FAIL },
	{ "fragments: of a fragment, with an end",   part_ends,       XL_FAIL },
	{ "fragments: of a fragment, too short",     part_short,      XL_FAIL },
	{ "ordered: as listed",                      order_yes,       XL_PASS },
	{ "ordered: swapped",                        order_no,        XL_FAIL },
	{ "unordered: swapped",                      unordered,       XL_PASS },
	{ "sane: any packet",                        sane_yes,        XL_PASS },
	{ "sane: none",                              sane_none,       XL_PASS },
	{ "sane: too many",                          sane_too_many,   XL_FAIL },
	{ "sane: wrong length",                      sane_length,     XL_FAIL },
	{ "sane: IPv6 on the IPv4 side",             sane_side,       XL_FAIL },
	{ "sane: UDP over IPv6 without checksum",    sane_no_sum,     XL_FAIL },
	{ "sane: right as sent",                     sane_was_right,   XL_PASS },
	{ "sane: wrong as sent",                     sane_stays_wrong, XL_PASS },
	{ "sane: a wrong checksum repaired",         sane_repaired,    XL_FAIL },
	{ "sane: empty packet",                      sane_empty,      XL_FAIL },
};
/* clang-format on */

int xl_selftest_hand(FILE *to, int before, int *failed)
{
	int n = (int)(sizeof rows / sizeof rows[0]);

	for (int i = 0; i < n; i++) {
		static struct scene s;
		static struct xl_finding f;
		bool good;

		set_up(&s);
		rows[i].set(&s);
		xl_judge(&s.turn, ports, 2, s.seen, s.n, &s.binds, &f);
		good = f.verdict == rows[i].want;
		*failed += !good;
		fprintf(to, "%sok %d - %s: %s\n", good ? "" : "not ", before + i + 1, rows[i].what,
			xl_judged_text(f.verdict));
		if (!good)
			fprintf(to, "# %s\n", f.message);
	}
	return n;
}
