/* selftest.c - see selftest.h. The hand-made violations of predicates are in selftest_hand.c. */
#include "conformance/selftest.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/cmp_fields.h"
#include "conformance/cmp_mask.h"
#include "conformance/judge.h"
#include "conformance/selftest_hand.h"
#include "conformance/selftest_sums.h"
#include "conformance/sums.h"
#include "ref/base/rd.h"

enum { SHOWN_MAX = 10 }; /* complaints printed for one point */

struct tester {
	const struct xl_golden *g;
	const uint32_t *number; /* of the cases */
	size_t n_cases;
	FILE *to;
	int points, failed;
	uint64_t flips, wants, turns;
	unsigned complaints;
	uint8_t *copy; /* of the packet under test */
	size_t cap;
};

static void XL_PRINTF(2, 3) complain(struct tester *t, const char *fmt, ...)
{
	va_list ap;

	if (t->complaints++ >= SHOWN_MAX)
		return;
	fputs("# ", t->to);
	va_start(ap, fmt);
	vfprintf(t->to, fmt, ap);
	va_end(ap);
	fputc('\n', t->to);
}

/* ---- one wanted packet ---- */

/* A checksum covers this octet, or is in it: as one flipped bit changes a one's complement sum by a
 * power of two, which is never a multiple of 65535, each flip there must be noticed. */
static bool is_summed(const struct xl_want *w, uint32_t octet)
{
	for (uint16_t i = 0; i < w->n_sums; i++) {
		const struct xl_sum *s = &w->sum[i];

		if (octet >= s->from && (s->to == UINT32_MAX || octet < s->to))
			return true;
		if (s->addr_len && ((octet >= s->src && octet - s->src < s->addr_len) ||
				    (octet >= s->dst && octet - s->dst < s->addr_len)))
			return true;
	}
	return false;
}

/* The predicate that looks at this bit, or NULL. */
static const struct xl_pred *pred_on(const struct xl_want *w, uint32_t bit)
{
	for (uint16_t i = 0; i < w->n_preds; i++)
		if (bit >= w->pred[i].at_bit && bit - w->pred[i].at_bit < w->pred[i].n_bits)
			return &w->pred[i];
	return NULL;
}

/* The checksums that the mask leaves out, innermost first, as outer ones cover inner ones. */
static void fill_sums(const struct xl_want *w, uint8_t *p, uint32_t len)
{
	uint32_t below = UINT32_MAX;

	for (uint16_t round = 0; round < w->n_sums; round++) {
		const struct xl_sum *next = NULL;

		for (uint16_t i = 0; i < w->n_sums; i++)
			if (w->sum[i].at < below && (!next || w->sum[i].at > next->at))
				next = &w->sum[i];
		if (!next)
			return;
		(void)xl_sum_fill(next, p, len);
		below = next->at;
	}
}

static void flip_bits(struct tester *t, const struct xl_case *c, const struct xl_want *w,
		      uint8_t *p)
{
	struct xl_fields_want *fields = xl_fields_prepare(w);

	if (!fields) {
		complain(t, "%s: no memory left", c->id);
		return;
	}
	for (uint32_t bit = 0; bit < w->len * 8; bit++) {
		uint8_t one = (uint8_t)(0x80 >> bit % 8);
		bool is_compared = w->mask[bit / 8] & one, by_mask, by_field;
		const struct xl_pred *pred = pred_on(w, bit);
		bool is_length = pred && pred->kind == XL_PRED_LEN;
		bool is_bound = is_compared || is_length || is_summed(w, bit / 8);

		if (!is_compared && pred && !is_length)
			continue; /* both comparers leave it to the predicate */
		p[bit / 8] ^= one;
		by_mask = xl_cmp_mask(w, p, w->len, NULL);
		by_field = xl_cmp_fields_prepared(w, fields, p);
		p[bit / 8] ^= one;
		t->flips++;
		if (is_bound && (by_mask || by_field))
			complain(t, "%s: %s bit %" PRIu32 " flipped, not noticed by %s", c->id,
				 is_compared ? "compared"
				 : is_length ? "length"
					     : "summed",
				 bit, by_mask ? "mask" : "fields");
		else if (!is_bound && (!by_mask || !by_field))
			complain(t, "%s: free bit %" PRIu32 " flipped, noticed by %s", c->id, bit,
				 by_mask ? "fields" : "mask");
	}
	free(fields);
}

/* A packet of len octets whose length field says `off` more: only with 0 may either comparer take it. */
static void test_ending(struct tester *t, const struct xl_case *c, const struct xl_want *w,
			uint32_t len, int off)
{
	bool by_mask, by_field;

	memcpy(t->copy, w->bytes, w->len);
	for (uint16_t i = 0; i < w->n_preds; i++)
		if (w->pred[i].kind == XL_PRED_LEN)
			xl_put16(t->copy + w->pred[i].at_bit / 8,
				 (uint32_t)((int)(len - w->pred[i].base) + off));
	fill_sums(w, t->copy, len);
	by_mask = xl_cmp_mask(w, t->copy, len, NULL);
	by_field = xl_cmp_fields(w, t->copy, len, NULL);
	if (by_mask != (off == 0) || by_field != (off == 0))
		complain(t, "%s: %" PRIu32 " octets, length field %+d: mask says %s, fields say %s",
			 c->id, len, off, by_mask ? "same" : "differs",
			 by_field ? "same" : "differs");
}

static void test_endings(struct tester *t, const struct xl_case *c, const struct xl_want *w)
{
	for (int off = -1; off <= 1 && w->min_len < w->len; off++) {
		test_ending(t, c, w, w->min_len, off);
		test_ending(t, c, w, w->len, off);
	}
}

static bool has_room(struct tester *t, size_t n)
{
	uint8_t *more;

	if (t->copy && n <= t->cap)
		return true;
	more = realloc(t->copy, n);
	if (!more)
		return false;
	t->copy = more;
	t->cap = n;
	return true;
}

static void test_want(struct tester *t, const struct xl_case *c, const struct xl_want *w)
{
	struct xl_mask_diff md;
	static struct xl_diffs d;

	if (!has_room(t, w->len + 1)) {
		complain(t, "%s: no memory left", c->id);
		return;
	}
	t->wants++;
	memcpy(t->copy, w->bytes, w->len);
	fill_sums(w, t->copy, w->len);
	memset(&d, 0, sizeof d);
	if (!xl_cmp_mask(w, t->copy, w->len, &md))
		complain(t, "%s: the golden packet itself differs by mask: %s", c->id, md.what);
	if (!xl_cmp_fields(w, t->copy, w->len, &d))
		complain(t, "%s: the golden packet itself differs by field: %s", c->id,
			 d.n ? d.at[0].name : "?");
	if (w->len > 1 && xl_cmp_mask(w, t->copy, w->min_len - 1, &md))
		complain(t, "%s: a packet one octet short is not noticed by mask", c->id);
	if (w->len > 1 && xl_cmp_fields(w, t->copy, w->min_len - 1, NULL))
		complain(t, "%s: a packet one octet short is not noticed by field", c->id);
	t->copy[w->len] = 0;
	if (xl_cmp_mask(w, t->copy, w->len + 1, &md) || xl_cmp_fields(w, t->copy, w->len + 1, NULL))
		complain(t, "%s: a packet one octet long is not noticed", c->id);
	flip_bits(t, c, w, t->copy);
	test_endings(t, c, w);
}

/* ---- one turn: the set as a whole ---- */

static bool is_plain(const struct xl_outcome *o)
{
	if (o->sane_max >= 0)
		return false;
	for (uint16_t i = 0; i < o->n; i++)
		if (o->want[i].n_preds || o->want[i].frag_max)
			return false;
	return true;
}

/* The index of the outcome that the packets fit, or -1. */
static int fits_which(const struct tester *t, const struct xl_case *c, const struct xl_turn *turn,
		      const struct xl_seen *s, size_t n)
{
	const struct xl_golden_config *config = &t->g->config[c->config];
	static struct xl_finding f;
	struct xl_binds binds = { .n = 0 };

	xl_judge(turn, config->port, config->n_ports, s, n, &binds, &f);
	return f.verdict == XL_FAIL || f.verdict == XL_ERROR ? -1 : f.outcome;
}

static void test_set(struct tester *t, const struct xl_case *c, const struct xl_turn *turn,
		     int which, struct xl_seen *s)
{
	const struct xl_outcome *o = &turn->outcome[which];
	uint16_t n_ports = t->g->config[c->config].n_ports;
	int as_is = fits_which(t, c, turn, s, o->n);

	t->turns++;
	if (as_is < 0 || as_is > which)
		complain(t, "%s: the golden packets themselves do not fit outcome %d", c->id,
			 which);
	if (as_is != which)
		return; /* an earlier one is more lenient */
	s[o->n] = s[0];
	if (o->n && fits_which(t, c, turn, s, o->n + 1u) == which)
		complain(t, "%s: one packet more is not noticed", c->id);
	if (o->n && fits_which(t, c, turn, s, o->n - 1u) == which)
		complain(t, "%s: one packet less is not noticed", c->id);
	for (uint16_t i = 0; i < o->n && n_ports > 1; i++) {
		uint16_t was = s[i].port;

		s[i].port = (uint16_t)((was + 1) % n_ports);
		if (fits_which(t, c, turn, s, o->n) == which)
			complain(t, "%s: packet %u on the wrong port is not noticed", c->id, i);
		s[i].port = was;
	}
}

static void test_outcome(struct tester *t, const struct xl_case *c, const struct xl_turn *turn,
			 int which)
{
	const struct xl_outcome *o = &turn->outcome[which];
	struct xl_seen *s = calloc(o->n + 2u, sizeof *s);
	uint8_t *room = NULL;
	size_t bytes = 1, at = 0;

	for (uint16_t i = 0; i < o->n; i++)
		bytes += o->want[i].len;
	room = malloc(bytes);
	if (s && room) {
		for (uint16_t i = 0; i < o->n; i++) {
			const struct xl_want *w = &o->want[i];

			memcpy(room + at, w->bytes, w->len);
			fill_sums(w, room + at, w->len);
			s[i] = (struct xl_seen){ .port = w->port, .len = w->len, .p = room + at };
			at += w->len;
		}
		if (is_plain(o))
			test_set(t, c, turn, which, s);
	}
	free(s);
	free(room);
	for (uint16_t i = 0; i < o->n; i++)
		test_want(t, c, &o->want[i]);
}

/* ---- all ---- */

static void point(struct tester *t, const char *name)
{
	t->points++;
	t->failed += t->complaints != 0;
	if (t->complaints > SHOWN_MAX)
		fprintf(t->to, "# and %u more\n", t->complaints - SHOWN_MAX);
	fprintf(t->to, "%sok %d - %s: %" PRIu64 " bits of %" PRIu64 " packets, %" PRIu64 " sets\n",
		t->complaints ? "not " : "", t->points, name, t->flips, t->wants, t->turns);
	fflush(t->to);
}

/* No point for a suite of which no case is selected: it would pass without a test. */
static void test_suite(struct tester *t, uint16_t suite)
{
	size_t n = 0;

	t->complaints = 0;
	t->flips = t->wants = t->turns = 0;
	for (size_t i = 0; i < t->n_cases; i++) {
		const struct xl_case *c = &t->g->cases[t->number[i]];

		n += c->suite == suite;
		for (uint16_t k = 0; c->suite == suite && k < c->n_turns; k++)
			for (uint16_t o = 0; o < c->turn[k].n_outcomes; o++)
				test_outcome(t, c, &c->turn[k], o);
	}
	if (n)
		point(t, t->g->suites.at[suite]);
}

int xl_selftest(const struct xl_golden *g, const uint32_t *number, size_t n, FILE *to)
{
	struct tester t = { .g = g, .number = number, .n_cases = n, .to = to };

	fputs("TAP version 13\n", to);
	for (uint32_t i = 0; i < g->suites.n; i++)
		test_suite(&t, (uint16_t)i);
	t.points += xl_selftest_hand(to, t.points, &t.failed);
	t.points += xl_selftest_sums(to, t.points, &t.failed);
	fprintf(to, "1..%d\n", t.points);
	free(t.copy);
	return t.failed;
}
