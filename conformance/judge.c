/* judge.c - see judge.h.
 *
 * An outcome fits when its wants can be paired with all that was seen, one to one (a want that comes as
 * fragments takes a set). Comparisons do not depend on the pairing and are remembered; predicates do, as a
 * bound value may have to be used by another packet of the same set. So: a depth-first search over wants
 * in their order, single packets first, then sets of fragments.
 */
#include "conformance/judge.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/cmp_fields.h"
#include "conformance/cmp_mask.h"
#include "conformance/fragments.h"
#include "conformance/preds.h"
#include "conformance/sane.h"

static const char *const names[XL_JUDGED_COUNT] = { [XL_PASS] = "pass",
						    [XL_FAIL] = "fail",
						    [XL_WEAK] = "weak",
						    [XL_INFO] = "info",
						    [XL_UNSUPPORTED] = "unsupported",
						    [XL_SKIP] = "skip",
						    [XL_ERROR] = "error" };

const char *xl_judged_text(enum xl_judged v)
{
	return names[v];
}

bool xl_judged_parse(const char *text, enum xl_judged *out)
{
	for (unsigned i = 0; i < XL_JUDGED_COUNT; i++) {
		if (strcmp(names[i], text) == 0) {
			*out = (enum xl_judged)i;
			return true;
		}
	}
	return false;
}

void xl_diff_add(struct xl_diffs *d, const char *name, uint32_t at, const char *want,
		 const char *got)
{
	struct xl_diff *x;

	if (d->n == XL_DIFFS_MAX) {
		d->n_lost++;
		return;
	}
	x = &d->at[d->n++];
	snprintf(x->name, sizeof x->name, "%s", name);
	snprintf(x->want, sizeof x->want, "%s", want);
	snprintf(x->got, sizeof x->got, "%s", got);
	x->at = at;
	x->want_no = x->got_no = XL_NO_PACKET;
}

/* ---- one pair ---- */

/* Both comparers. Where they contradict each other, *agree turns false. */
static bool compare(const struct xl_want *w, const uint8_t *p, uint32_t len, struct xl_diffs *d,
		    bool *agree)
{
	struct xl_mask_diff md;
	bool by_mask = xl_cmp_mask(w, p, len, d ? &md : NULL);
	bool by_field = xl_cmp_fields(w, p, len, d);

	if (by_mask != by_field) {
		*agree = false;
		if (d)
			xl_diff_add(d, "comparers", md.at,
				    by_field ? "same by field" : "differs by field",
				    by_mask ? "same by mask" : md.what);
	}
	return by_mask && by_field;
}

bool xl_judge_pair(const struct xl_want *w, const struct xl_seen *s, struct xl_binds *binds,
		   struct xl_diffs *d, bool *agree)
{
	bool same = compare(w, s->p, s->len, d, agree);
	bool holds = xl_preds_hold(w, s->p, s->len, binds, d);

	return same && holds;
}

/* ---- one outcome ---- */

enum { OWNER_NONE = -1 };
enum pair_state { UNKNOWN, DIFFERS, SAME };

struct search {
	const struct xl_outcome *o;
	const struct xl_seen *seen;
	size_t n_seen;
	int16_t *owner; /* of each seen packet: the want it is paired with */
	uint8_t *pair; /* enum pair_state, n wants x n seen */
	uint8_t *whole; /* a reassembled packet */
	struct xl_binds binds;
	bool agree;
	uint32_t steps; /* bounds the search against adversarial sets */
};

enum { STEPS_MAX = 200000 };

static bool same_pair(struct search *s, uint16_t w, size_t i)
{
	uint8_t *state = &s->pair[(size_t)w * s->n_seen + i];

	if (*state == UNKNOWN)
		*state = compare(&s->o->want[w], s->seen[i].p, s->seen[i].len, NULL, &s->agree)
				 ? SAME
				 : DIFFERS;
	return *state == SAME;
}

/* Order within each interface: packets of an earlier want come before those of a later one. */
static bool in_order(const struct search *s)
{
	for (size_t i = 0; i < s->n_seen; i++)
		for (size_t j = i + 1; j < s->n_seen; j++)
			if (s->seen[i].port == s->seen[j].port && s->owner[i] > s->owner[j])
				return false;
	return true;
}

static bool is_finished(const struct search *s)
{
	for (size_t i = 0; i < s->n_seen; i++)
		if (s->owner[i] == OWNER_NONE)
			return false;
	return !s->o->is_ordered || in_order(s);
}

static bool pair_sets(struct search *s, uint16_t w);

/* Gives want w every free fragment of the datagram that seen packet `i` belongs to. */
static bool take_set(struct search *s, uint16_t w, size_t i)
{
	const struct xl_want *want = &s->o->want[w];
	struct xl_piece key = xl_piece_of(s->seen[i].p, s->seen[i].len);
	const struct xl_seen *piece[256];
	struct xl_binds before = s->binds;
	size_t n = 0;
	uint32_t len;
	bool fits = false;

	for (size_t k = i; k < s->n_seen && n < sizeof piece / sizeof piece[0]; k++) {
		struct xl_piece x = xl_piece_of(s->seen[k].p, s->seen[k].len);

		if (s->owner[k] != OWNER_NONE || s->seen[k].port != want->port ||
		    (k != i && !xl_piece_same(&key, &x)))
			continue;
		s->owner[k] = (int16_t)w;
		piece[n++] = &s->seen[k];
	}
	if (!xl_fragments_join(piece, n, want, s->whole, &len) &&
	    compare(want, s->whole, len, NULL, &s->agree) &&
	    xl_preds_hold(want, s->whole, len, &s->binds, NULL))
		fits = pair_sets(s, (uint16_t)(w + 1));
	if (fits)
		return true;
	for (size_t k = i; k < s->n_seen; k++)
		if (s->owner[k] == (int16_t)w)
			s->owner[k] = OWNER_NONE;
	s->binds = before;
	return false;
}

static bool pair_sets(struct search *s, uint16_t w)
{
	while (w < s->o->n && !s->o->want[w].frag_max)
		w++;
	if (w == s->o->n)
		return is_finished(s);
	for (size_t i = 0; i < s->n_seen && s->steps < STEPS_MAX; i++, s->steps++)
		if (s->owner[i] == OWNER_NONE && s->seen[i].port == s->o->want[w].port &&
		    take_set(s, w, i))
			return true;
	return false;
}

static bool pair_singles(struct search *s, uint16_t w)
{
	while (w < s->o->n && s->o->want[w].frag_max)
		w++;
	if (w == s->o->n)
		return pair_sets(s, 0);
	for (size_t i = 0; i < s->n_seen && s->steps < STEPS_MAX; i++, s->steps++) {
		struct xl_binds before = s->binds;

		if (s->owner[i] != OWNER_NONE || s->seen[i].port != s->o->want[w].port ||
		    !same_pair(s, w, i) ||
		    !xl_preds_hold(&s->o->want[w], s->seen[i].p, s->seen[i].len, &s->binds, NULL)) {
			s->binds = before;
			continue;
		}
		s->owner[i] = (int16_t)w;
		if (pair_singles(s, (uint16_t)(w + 1)))
			return true;
		s->owner[i] = OWNER_NONE;
		s->binds = before;
	}
	return false;
}

static bool has_sets(const struct xl_outcome *o)
{
	for (uint16_t w = 0; w < o->n; w++)
		if (o->want[w].frag_max)
			return true;
	return false;
}

static bool fits(struct search *s)
{
	if (!has_sets(s->o) && s->n_seen != s->o->n)
		return false;
	if (s->n_seen < s->o->n)
		return false;
	for (size_t i = 0; i < s->n_seen; i++)
		s->owner[i] = OWNER_NONE;
	memset(s->pair, UNKNOWN, (size_t)s->o->n * s->n_seen);
	s->steps = 0;
	return pair_singles(s, 0);
}

static bool is_sane(const struct xl_turn *turn, const struct xl_outcome *o,
		    const struct xl_port *ports, const struct xl_seen *seen, size_t n_seen,
		    struct xl_diffs *d)
{
	bool all = n_seen <= (size_t)o->sane_max;
	char want[XL_DIFF_VALUE_MAX], got[XL_DIFF_VALUE_MAX];

	if (!all && d) {
		snprintf(want, sizeof want, "at most %" PRId32 " packets", o->sane_max);
		snprintf(got, sizeof got, "%zu", n_seen);
		xl_diff_add(d, "extra", 0, want, got);
	}
	for (size_t i = 0; i < n_seen; i++) {
		const char *wrong = xl_sane(ports[seen[i].port].side, seen[i].p, seen[i].len);

		if (!wrong && xl_sane_is_repaired(turn, seen[i].p, seen[i].len))
			wrong = "a wrong checksum was made right";
		all = all && !wrong;
		if (wrong && d) {
			xl_diff_add(d, "sane", 0, "a well-formed packet", wrong);
			d->at[d->n - 1].got_no = (int16_t)i;
		}
	}
	return all;
}

/* ---- saying why not ---- */

static void tag(struct xl_diffs *d, uint16_t from, int want_no, int got_no)
{
	for (uint16_t i = from; i < d->n; i++) {
		d->at[i].want_no = (int16_t)want_no;
		d->at[i].got_no = (int16_t)got_no;
	}
}

static void add_whole(struct xl_diffs *d, const char *name, const char *want, const char *got,
		      int want_no, int got_no)
{
	uint16_t from = d->n;

	xl_diff_add(d, name, 0, want, got);
	tag(d, from, want_no, got_no);
}

/* How unlike: number of differing fields, a wrong port weighing as much as a handful. */
static unsigned distance(const struct xl_want *w, const struct xl_seen *s, struct xl_binds binds)
{
	struct xl_diffs d = { 0 };
	bool agree = true;

	if (w->frag_max)
		return w->port == s->port ? 40 : 80;
	(void)xl_judge_pair(w, s, &binds, &d, &agree);
	return 0u + d.n + d.n_lost + (w->port == s->port ? 0u : 6u);
}

static const char *port_name(const struct xl_port *ports, uint16_t n_ports, uint16_t port)
{
	return port < n_ports ? ports[port].name : "?";
}

struct against { /* what a failed turn is explained against */
	const struct xl_outcome *o;
	const struct xl_port *ports;
	uint16_t n_ports;
	const struct xl_seen *seen;
	size_t n_seen;
	struct xl_binds binds;
	int16_t *owner;
};

/* Differences of the whole, from `from` on, as ones of the fragment they lie in: each at the fragment's own
 * octet, the header's at the first fragment's. */
static void locate(struct xl_diffs *d, uint16_t from, const struct against *a,
		   const struct xl_seen *const *piece, size_t n)
{
	for (uint16_t i = from; i < d->n; i++) {
		uint32_t at = d->at[i].at;

		for (size_t k = 0; k < n; k++) {
			struct xl_piece x = xl_piece_of(piece[k]->p, piece[k]->len);
			bool is_head = at < x.head_len && x.off == 0;

			if (!is_head &&
			    (at < x.head_len + x.off || at - x.head_len - x.off >= x.len))
				continue;
			d->at[i].got_no = (int16_t)(piece[k] - a->seen);
			d->at[i].at = at - x.off;
			break;
		}
	}
}

static void explain_set(const struct against *a, uint16_t w, struct xl_diffs *d)
{
	static _Thread_local uint8_t whole[XL_WHOLE_MAX];
	const struct xl_want *want = &a->o->want[w];
	const struct xl_seen *piece[256];
	struct xl_binds binds = a->binds;
	size_t n = 0, first = 0;
	uint32_t len;
	const char *wrong;
	bool agree = true;

	for (size_t i = a->n_seen; i-- > 0;) {
		if (a->owner[i] != OWNER_NONE || a->seen[i].port != want->port ||
		    n == sizeof piece / sizeof piece[0])
			continue;
		a->owner[i] = (int16_t)w;
		piece[n++] = &a->seen[i];
		first = i;
	}
	if (n == 0) {
		add_whole(d, "missing", port_name(a->ports, a->n_ports, want->port), "nothing", w,
			  XL_NO_PACKET);
		return;
	}
	wrong = xl_fragments_join(piece, n, want, whole, &len);
	if (wrong) {
		add_whole(d, "fragments", "a correct set of fragments", wrong, w, (int)first);
		return;
	}
	struct xl_seen joined = { .port = want->port, .len = len, .p = whole };
	uint16_t from = d->n;

	(void)xl_judge_pair(want, &joined, &binds, d, &agree);
	tag(d, from, w, (int)first);
	locate(d, from, a, piece, n);
}

/* A packet of the other IP version has no field of the one that was wanted. But for one that comes where it
 * was wanted and is as long: there the version itself may be what is wrong. */
static bool is_another(const struct xl_want *w, const struct xl_seen *s)
{
	return w->len && s->len && (w->bytes[0] ^ s->p[0]) >> 4 &&
	       (w->port != s->port || w->len != s->len);
}

/* The likest free packet of want w, or the number of packets. */
static size_t likest(const struct against *a, uint16_t w)
{
	unsigned best = UINT32_MAX;
	size_t at = a->n_seen;

	for (size_t i = 0; i < a->n_seen && i < 64; i++) {
		unsigned x;

		if (a->owner[i] != OWNER_NONE || is_another(&a->o->want[w], &a->seen[i]))
			continue;
		x = distance(&a->o->want[w], &a->seen[i], a->binds);
		if (x < best) {
			best = x;
			at = i;
		}
	}
	return at;
}

/* Pairs what is left by likeness and lists the differences. */
static void explain(struct against *a, struct xl_diffs *d)
{
	for (size_t i = 0; i < a->n_seen; i++)
		a->owner[i] = OWNER_NONE;
	for (uint16_t w = 0; w < a->o->n; w++) {
		const struct xl_want *want = &a->o->want[w];
		const char *on = port_name(a->ports, a->n_ports, want->port);
		size_t i;
		uint16_t from = d->n;
		bool agree = true;

		if (want->frag_max)
			continue;
		i = likest(a, w);
		if (i == a->n_seen) {
			add_whole(d, "missing", on, "nothing", w, XL_NO_PACKET);
			continue;
		}
		a->owner[i] = (int16_t)w;
		if (a->seen[i].port != want->port)
			xl_diff_add(d, "port", 0, on,
				    port_name(a->ports, a->n_ports, a->seen[i].port));
		(void)xl_judge_pair(want, &a->seen[i], &a->binds, d, &agree);
		tag(d, from, w, (int)i);
	}
	for (uint16_t w = 0; w < a->o->n; w++)
		if (a->o->want[w].frag_max)
			explain_set(a, w, d);
	for (size_t i = 0; i < a->n_seen; i++)
		if (a->owner[i] == OWNER_NONE)
			add_whole(d, "extra", "nothing",
				  port_name(a->ports, a->n_ports, a->seen[i].port), XL_NO_PACKET,
				  (int)i);
	if (d->n == 0)
		xl_diff_add(d, "order", 0, "as listed", "another order");
}

/* How much is wrong: a packet that is missing, one too many or no set of fragments as much as many fields. */
static unsigned weight(const struct xl_diffs *d)
{
	enum { PACKET = 20, PORT = 6 };
	unsigned sum = d->n_lost;

	for (uint16_t i = 0; i < d->n; i++) {
		const char *name = d->at[i].name;
		bool is_whole = strcmp(name, "missing") == 0 || strcmp(name, "extra") == 0 ||
				strcmp(name, "fragments") == 0;

		sum += is_whole ? PACKET : strcmp(name, "port") == 0 ? PORT : 1;
	}
	return sum;
}

/* Explains the turn against the outcome that is nearest, of those as good as the first. */
static void explain_nearest(const struct xl_turn *turn, struct against *a, struct xl_finding *f)
{
	static _Thread_local struct xl_diffs diffs;
	const struct xl_binds binds = a->binds;
	unsigned best = UINT_MAX;

	for (uint16_t i = 0; i < turn->n_outcomes; i++) {
		if (turn->outcome[i].level != turn->outcome[0].level)
			continue;
		a->o = &turn->outcome[i];
		a->binds = binds;
		memset(&diffs, 0, sizeof diffs);
		explain(a, &diffs);
		if (weight(&diffs) >= best)
			continue;
		best = weight(&diffs);
		f->outcome = (int16_t)i;
		f->diffs = diffs;
	}
}

static void summarize(struct xl_finding *f, const struct xl_turn *t, size_t n_seen)
{
	const struct xl_outcome *o = &t->outcome[f->outcome];
	size_t used;

	if (o->sane_max < 0 && o->n == 0)
		used = (size_t)snprintf(f->message, sizeof f->message,
					"%zu packet%s came out, expected none", n_seen,
					n_seen == 1 ? "" : "s");
	else if (n_seen == 0)
		used = (size_t)snprintf(f->message, sizeof f->message,
					"nothing came out, expected %u packet%s", o->n,
					o->n == 1 ? "" : "s");
	else
		used = (size_t)snprintf(f->message, sizeof f->message, "differs in");
	for (uint16_t i = 0; n_seen && o->n && i < f->diffs.n && used < sizeof f->message; i++)
		used += (size_t)snprintf(f->message + used, sizeof f->message - used, "%s %s",
					 i ? "," : "", f->diffs.at[i].name);
	if (o->sane_max >= 0 && f->diffs.n)
		snprintf(f->message, sizeof f->message, "not sane: %s", f->diffs.at[0].got);
	if (t->n_outcomes > 1 && used < sizeof f->message)
		snprintf(f->message + used, sizeof f->message - used,
			 " (against the nearest of %u acceptable outcomes; none fits)",
			 t->n_outcomes);
}

/* ---- the whole turn ---- */

static enum xl_judged verdict_of(enum xl_level level)
{
	static const enum xl_judged of[] = {
		[XL_LEVEL_MUST] = XL_PASS, [XL_LEVEL_WEAK] = XL_WEAK, [XL_LEVEL_INFO] = XL_INFO
	};

	return of[level];
}

static bool try_outcomes(const struct xl_turn *turn, const struct xl_port *ports, struct search *s,
			 struct xl_binds *binds, struct xl_finding *f)
{
	for (uint16_t i = 0; i < turn->n_outcomes; i++) {
		s->o = &turn->outcome[i];
		s->binds = *binds;
		if (s->o->sane_max >= 0 ? !is_sane(turn, s->o, ports, s->seen, s->n_seen, NULL)
					: !fits(s))
			continue;
		*binds = s->binds;
		f->outcome = (int16_t)i;
		f->verdict = verdict_of(s->o->level);
		if (f->verdict != XL_PASS)
			snprintf(f->message, sizeof f->message, "%s", s->o->note ? s->o->note : "");
		return true;
	}
	return false;
}

static const struct xl_outcome silence = { .level = XL_LEVEL_MUST, .sane_max = -1 };

void xl_judge(const struct xl_turn *turn, const struct xl_port *ports, uint16_t n_ports,
	      const struct xl_seen *seen, size_t n_seen, struct xl_binds *binds,
	      struct xl_finding *f)
{
	struct search s = { .seen = seen, .n_seen = n_seen, .agree = true };
	struct xl_turn quiet = *turn;
	size_t most = 1;

	if (quiet.n_outcomes == 0) { /* a turn that expects nothing expects silence */
		quiet.outcome = &silence;
		quiet.n_outcomes = 1;
		turn = &quiet;
	}
	memset(f, 0, sizeof *f);
	f->verdict = XL_ERROR;
	for (uint16_t i = 0; i < turn->n_outcomes; i++)
		if (turn->outcome[i].n > most)
			most = turn->outcome[i].n;
	s.owner = calloc(n_seen + 1, sizeof *s.owner);
	s.pair = calloc(most * (n_seen + 1), 1);
	s.whole = malloc(XL_WHOLE_MAX);
	if (!s.owner || !s.pair || !s.whole) {
		snprintf(f->message, sizeof f->message, "no memory left to judge");
		goto out;
	}
	if (!try_outcomes(turn, ports, &s, binds, f)) {
		struct against a = { .o = &turn->outcome[0],
				     .ports = ports,
				     .n_ports = n_ports,
				     .seen = seen,
				     .n_seen = n_seen,
				     .binds = *binds,
				     .owner = s.owner };

		f->verdict = XL_FAIL;
		if (a.o->sane_max >= 0)
			(void)is_sane(turn, a.o, ports, seen, n_seen, &f->diffs);
		else
			explain_nearest(turn, &a, f);
		summarize(f, turn, n_seen);
	}
	if (!s.agree) {
		f->verdict = XL_ERROR;
		snprintf(f->message, sizeof f->message,
			 "the two comparers contradict each other; one of them or the golden set "
			 "is wrong");
	}
out:
	free(s.owner);
	free(s.pair);
	free(s.whole);
}
