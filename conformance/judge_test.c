/* judge_test.c - what a failed turn says: only the fields that differ, at the octet that does. */
#include "conformance/judge.h"

#include "conformance/sums.h"
#include "ref/base/rd.h"
#include "ref/base/tap.h"

enum { IP4 = 20, UDP = 8, DATA = 200, WHOLE = IP4 + UDP + DATA, FRAGS = 2 };

static const struct xl_port ports[2] = { { "v4", XL_SIDE_V4, 1500 }, { "v6", XL_SIDE_V6, 1500 } };
static const struct xl_sum head_sum = { .kind = XL_SUM_IPV4, .to = IP4, .at = 10 };
static const struct xl_sum icmp_sum = {
	.kind = XL_SUM_ICMPV4, .at = 22, .from = 20, .to = UINT32_MAX
};

struct scene {
	uint8_t want[WHOLE], mask[WHOLE], got[FRAGS][WHOLE + 1];
	struct xl_seen seen[FRAGS];
	struct xl_want w;
	size_t n;
};

/* Protocol 17, from 192.0.2.1 to 192.0.2.2, its data 0, 1, 2, ... */
static void build(struct scene *s)
{
	static const uint8_t head[IP4 + UDP] = { 0x45, 0,    0,    WHOLE, 0,          7,   0,
						 0,    64,   17,   0,     0,          192, 0,
						 2,    1,    192,  0,     2,          2,   7,
						 0xd0, 0x0f, 0xa0, 0,     UDP + DATA, 0,   0 };

	memset(s, 0, sizeof *s);
	memset(s->mask, 0xff, sizeof s->mask);
	memcpy(s->want, head, sizeof head);
	for (int i = 0; i < DATA; i++)
		s->want[IP4 + UDP + i] = (uint8_t)i;
	(void)xl_sum_fill(&head_sum, s->want, WHOLE);
	s->w = (struct xl_want){
		.len = WHOLE, .min_len = WHOLE, .bytes = s->want, .mask = s->mask
	};
	s->n = 1;
	for (int i = 0; i < FRAGS; i++) {
		memcpy(s->got[i], s->want, WHOLE);
		s->seen[i] = (struct xl_seen){ .len = WHOLE, .p = s->got[i] };
	}
}

/* ---- what differs ---- */

static void late_octet(struct scene *s)
{
	s->got[0][WHOLE - 3] ^= 1;
}

static void early_octet(struct scene *s)
{
	s->got[0][IP4 + UDP + 2] ^= 1;
}

static void padding(struct scene *s)
{
	s->seen[0].len++;
}

/* Destination unreachable with the length of RFC 4884, about the packet; the octet of that length is wrong. */
static void icmp_length(struct scene *s)
{
	memmove(s->want + IP4 + 8, s->want, 60);
	memset(s->want + IP4, 0, 8);
	s->want[IP4] = 3;
	s->want[9] = 1;
	s->want[3] = IP4 + 8 + 60;
	s->w.len = s->w.min_len = IP4 + 8 + 60;
	(void)xl_sum_fill(&head_sum, s->want, s->w.len);
	(void)xl_sum_fill(&icmp_sum, s->want, s->w.len);
	memcpy(s->got[0], s->want, s->w.len);
	s->got[0][IP4 + 5] = 1;
	s->seen[0].len = s->w.len;
}

/* The length may be anything that is true; it is one too small, and the checksum is right. */
static void own_length(struct scene *s)
{
	static const struct xl_pred length = { .kind = XL_PRED_LEN, .n_bits = 16, .at_bit = 16 };

	s->w.min_len = WHOLE - 50;
	s->w.pred = &length;
	s->w.n_preds = 1;
	s->w.sum = &head_sum;
	s->w.n_sums = 1;
	s->mask[2] = s->mask[3] = s->mask[10] = s->mask[11] = 0;
	s->got[0][3]--;
	(void)xl_sum_fill(&head_sum, s->got[0], WHOLE);
}

/* Two fragments, the first of 64 octets of payload; one octet of the second is wrong. */
static void second_fragment(struct scene *s)
{
	s->w.frag_max = WHOLE - 1;
	s->w.frag_min = 2;
	s->n = 2;
	s->seen[0].len = IP4 + 64;
	xl_put16(s->got[0] + 2, IP4 + 64);
	xl_put16(s->got[0] + 6, 0x2000);
	s->seen[1].len = WHOLE - 64;
	memmove(s->got[1] + IP4, s->got[1] + IP4 + 64, WHOLE - IP4 - 64);
	xl_put16(s->got[1] + 2, WHOLE - 64);
	xl_put16(s->got[1] + 6, 64 / 8);
	for (int i = 0; i < FRAGS; i++)
		(void)xl_sum_fill(&head_sum, s->got[i], s->seen[i].len);
	s->got[1][IP4 + 9] ^= 0x80;
}

static void one_more(struct scene *s)
{
	s->n = 2;
}

/* In the place of what was wanted, one of IPv6 on the other port. */
static void another_version(struct scene *s)
{
	memset(s->got[0], 0, WHOLE);
	s->got[0][0] = 0x60;
	s->got[0][5] = WHOLE - 40;
	s->got[0][6] = 59;
	s->seen[0].port = 1;
}

static void shorter_of_another_version(struct scene *s)
{
	another_version(s);
	s->got[0][5] = 0;
	s->seen[0].len = 40;
	s->seen[0].port = 0;
}

static void version_alone(struct scene *s)
{
	s->got[0][0] ^= 0x20;
}

/* clang-format off */
static const struct row {
	const char *what;
	void (*set)(struct scene *);
	const char *name, *want, *got; /* of the only difference */
	unsigned at, got_no;
} rows[] = {
	{ "an octet far behind the beginning", late_octet, "data",
	  "...bdbebfc0c1c2c3c4c5c6c7", "...bdbebfc0c1c2c3c4c4c6c7", WHOLE - 3, 0 },
	{ "an octet near the beginning", early_octet, "data",
	  "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2021222324252627...",
	  "000103030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2021222324252627...",
	  IP4 + UDP + 2, 0 },
	{ "an octet behind the end of the IP packet", padding, "data2", "(absent)", "00", WHOLE, 0 },
	{ "a length that makes the rest read otherwise", icmp_length, "icmpv4.length", "0", "1", IP4 + 5, 0 },
	{ "a length of its own", own_length, "ipv4.len", "228", "227", 2, 0 },
	{ "an octet of the second fragment", second_fragment, "data",
	  "...393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f60...",
	  "...393a3b3c3d3e3f40c142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f60...",
	  IP4 + 9, 1 },
	{ "a packet more", one_more, "extra", "nothing", "v4", 0, 1 },
	{ "a wrong version where all else is right", version_alone, "ipv4.version", "4", "6", 0, 0 },
};
/* clang-format on */

/* An answer of another kind is no likeness of what was wanted. */
static void test_another_version(void)
{
	static void (*const sets[])(struct scene *) = { another_version,
							shorter_of_another_version };
	static struct scene s;
	static struct xl_finding f;
	struct xl_outcome o = { .sane_max = -1, .n = 1, .want = &s.w };
	struct xl_turn t = { .n_outcomes = 1, .outcome = &o };

	for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
		struct xl_binds binds = { .n = 0 };

		build(&s);
		sets[i](&s);
		xl_judge(&t, ports, 2, s.seen, s.n, &binds, &f);
		is_int(f.diffs.n, 2, "another version: two differences");
		is_str(f.diffs.at[0].name, "missing", "another version: what was wanted");
		is_str(f.diffs.at[0].want, "v4", "another version: on its port");
		is_str(f.diffs.at[1].name, "extra", "another version: what came");
		is_str(f.diffs.at[1].got, i ? "v4" : "v6", "another version: where it came");
	}
}

/* Of the outcomes that pass, the differences are against the one that is nearest. */
static void test_nearest(void)
{
	static struct scene s;
	static struct xl_finding f;
	static uint8_t far[WHOLE], near[WHOLE];
	struct xl_binds binds = { .n = 0 };
	struct xl_want wants[2];
	struct xl_outcome o[] = {
		{ .sane_max = -1, .n = 1, .want = &wants[0] },
		{ .sane_max = -1, .n = 1, .want = &wants[1] },
		{ .sane_max = -1, .n = 0 },
		{ .sane_max = -1, .n = 1, .want = &s.w, .level = XL_LEVEL_INFO, .note = "open" },
	};
	struct xl_turn t = { .n_outcomes = 4, .outcome = o };

	build(&s);
	memcpy(near, s.want, WHOLE);
	near[1] = 4;
	memcpy(far, near, WHOLE);
	far[5] = 9;
	far[8] = 3;
	wants[0] = wants[1] = s.w;
	wants[0].bytes = far;
	wants[1].bytes = near;
	s.want[WHOLE - 1] ^=
		1; /* near and far have it as it came, and the one that is open does not */
	xl_judge(&t, ports, 2, s.seen, s.n, &binds, &f);
	is_str(xl_judged_text(f.verdict), "fail", "the nearest: verdict");
	is_int(f.outcome, 1, "the nearest: is the second");
	is_int(f.diffs.n, 1, "the nearest: the only difference");
	is_str(f.diffs.at[0].name, "ipv4.tos", "the nearest: field");
	is_str(f.message,
	       "differs in ipv4.tos (against the nearest of 4 acceptable outcomes; none fits)",
	       "the nearest: message");
	s.seen[0].p = far;
	far[5] = 7;
	far[8] = 64;
	wants[0].bytes = s.want;
	far[9] = 6;
	xl_judge(&t, ports, 2, s.seen, s.n, &binds, &f);
	is_int(f.outcome, 1, "the nearest: a packet like it is nearer than silence");
}

int main(void)
{
	static struct scene s;
	static struct xl_finding f;
	struct xl_outcome o = { .sane_max = -1, .n = 1, .want = &s.w };
	struct xl_turn t = { .n_outcomes = 1, .outcome = &o };

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct row *r = &rows[i];
		struct xl_binds binds = { .n = 0 };

		build(&s);
		r->set(&s);
		xl_judge(&t, ports, 2, s.seen, s.n, &binds, &f);
		is_str(xl_judged_text(f.verdict), "fail", "%s: verdict", r->what);
		is_int(f.diffs.n, 1, "%s: the only difference", r->what);
		is_str(f.diffs.at[0].name, r->name, "%s: field", r->what);
		is_str(f.diffs.at[0].want, r->want, "%s: wanted", r->what);
		is_str(f.diffs.at[0].got, r->got, "%s: got", r->what);
		is_int(f.diffs.at[0].at, r->at, "%s: offset", r->what);
		is_int(f.diffs.at[0].got_no, r->got_no, "%s: packet", r->what);
	}
	test_another_version();
	test_nearest();
	return done();
}
