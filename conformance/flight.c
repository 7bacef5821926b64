/* flight.c - see flight.h. */
#include "conformance/flight.h"

#include <stdlib.h>

/* What is sent before anything is waited for must find room on its way, and in the player when it comes back. */
enum { BYTES_MAX = 128 << 10, PACKETS_MAX = 512 };

/* ---- which ---- */

static bool has_chosen_values(const struct xl_outcome *o)
{
	for (uint16_t w = 0; w < o->n; w++)
		for (uint16_t i = 0; i < o->want[w].n_preds; i++)
			if (o->want[w].pred[i].name)
				return true;
	return false;
}

static bool can_fly(const struct xl_case *c)
{
	const struct xl_turn *t = &c->turn[0];

	if (c->n_turns != 1 || t->after_ns)
		return false;
	for (uint16_t i = 0; i < t->n_sends; i++)
		if (t->send[i].n_uses)
			return false;
	for (uint16_t i = 0; i < t->n_outcomes; i++)
		if (has_chosen_values(&t->outcome[i]))
			return false;
	return true;
}

size_t xl_flight_size(const struct xl_golden *g, const uint32_t *number, size_t n,
		      const struct xl_expected *expected)
{
	size_t bytes = 0, packets = 0, i;

	for (i = 0; i < n && i < XL_FLIGHT_MAX; i++) {
		const struct xl_case *c = &g->cases[number[i]];

		if (!can_fly(c) || xl_expected_find(expected, c->id))
			break;
		packets += c->turn[0].n_sends;
		for (uint16_t k = 0; k < c->turn[0].n_sends; k++)
			bytes += c->turn[0].send[k].bytes.len;
		if (bytes > BYTES_MAX || packets > PACKETS_MAX)
			break;
	}
	return i || !n ? i : 1;
}

/* ---- playing ---- */

static bool send_all(struct xl_player *p, const struct xl_in_flight *ops, const struct xl_golden *g,
		     const uint32_t *number, size_t n)
{
	static const struct xl_binds none;

	for (size_t i = 0; i < n; i++) {
		if (xl_player_send(p, &g->cases[number[i]].turn[0], &none))
			return false;
		ops->mark(p->box);
	}
	return true;
}

static bool settles(struct xl_player *p)
{
	struct xl_diags d;

	xl_diags_init(&d);
	return p->box->ops->settle(p->box, p->now_ns, &d) == 0;
}

/* Case i by what came in its window, which is lent `own`. */
static bool passes(const struct xl_player *p, const struct xl_case *c, size_t i,
		   struct xl_seen *own, int16_t *outcome)
{
	static struct xl_finding f;
	struct xl_binds binds = { .n = 0 };
	size_t n = 0;

	for (size_t k = 0; k < p->turn.n_seen; k++)
		if (p->turn.seen[k].tag == i)
			own[n++] = p->turn.seen[k];
	xl_judge(&c->turn[0], p->config->port, p->config->n_ports, own, n, &binds, &f);
	*outcome = f.outcome;
	return f.verdict == XL_PASS;
}

static bool all_pass(const struct xl_player *p, const struct xl_golden *g, const uint32_t *number,
		     size_t n, int16_t outcome[])
{
	struct xl_seen *own = calloc(p->turn.n_seen + 1, sizeof *own);
	bool good = own && !p->turn.n_lost;

	for (size_t k = 0; k < p->turn.n_seen && good; k++)
		good = p->turn.seen[k].tag < n;
	for (size_t i = 0; i < n && good; i++)
		good = passes(p, &g->cases[number[i]], i, own, &outcome[i]);
	free(own);
	return good;
}

enum xl_flight xl_flight_play(struct xl_player *p, const struct xl_in_flight *ops,
			      const struct xl_golden *g, const uint32_t *number, size_t n,
			      int16_t outcome[])
{
	bool was_sent, has_passed;

	xl_player_forget(p);
	was_sent = send_all(p, ops, g, number, n);
	if (!settles(p))
		return XL_FLIGHT_LOST;
	has_passed = was_sent && ops->was_in_order(p->box) && all_pass(p, g, number, n, outcome);
	if (has_passed)
		return XL_FLIGHT_PASSED;
	/* What is still under way is none of the cases' that are played alone now. */
	return settles(p) ? XL_FLIGHT_MIXED : XL_FLIGHT_LOST;
}
