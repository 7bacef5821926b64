/* case_steps.c - the steps of a case become turns: what is sent, and what may come out. */
#include "vectors/case_reading.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool read_port(struct xl_case_reading *g, const struct xl_node *step, uint16_t *port)
{
	const struct xl_node *n = xl_node_get(step, "if");
	char names[200] = "";
	size_t used = 0;

	for (uint16_t i = 0; i < g->config->n_ports; i++) {
		if (n && xl_node_is(n, g->config->port[i].name)) {
			char need[40];

			*port = i;
			snprintf(need, sizeof(need), "interfaces.%u", i + 1u);
			if (i >= 2)
				xl_case_need(g, need);
			return true;
		}
		if (used < sizeof(names))
			used += (size_t)snprintf(names + used, sizeof(names) - used, " %s",
						 g->config->port[i].name);
	}
	xl_case_fault(g, n ? n->loc : step->loc,
		      "if: an interface of configuration %s is required:%s", g->config->name,
		      names);
	return false;
}

static struct xl_packet *read_packet(struct xl_case_reading *g, const struct xl_node *step,
				     bool is_expected)
{
	const struct xl_node *n = xl_node_get(step, "packet");
	struct xl_packet *p;

	if (!n) {
		xl_case_fault(g, step->loc, "packet: a list of layers is required");
		return NULL;
	}
	g->packets.is_expected = is_expected;
	g->packets.has_fault = false;
	p = xl_packet_read(&g->packets, n);
	if (p)
		xl_packet_read_cuts(&g->packets, step, p);
	if (g->packets.has_fault)
		g->has_fault = true;
	return g->packets.has_fault ? NULL : p;
}

static void check_bound(struct xl_case_reading *g, const struct xl_built *b, struct xl_loc loc)
{
	for (uint16_t i = 0; i < b->n_preds; i++) {
		const struct xl_pred *p = &b->pred[i];
		bool is_bound = false;

		if (p->kind == XL_PRED_BIND && g->n_bound < XL_CASE_NEEDS_MAX)
			g->bound[g->n_bound++] = p->name;
		if (p->kind != XL_PRED_USE && p->kind != XL_PRED_NOT_USE)
			continue;
		for (uint32_t k = 0; k < g->n_bound; k++)
			is_bound = is_bound || strcmp(g->bound[k], p->name) == 0;
		if (!is_bound)
			xl_case_fault(g, loc, "use: no packet before binds '%s'", p->name);
	}
}

static void read_send(struct xl_case_reading *g, const struct xl_node *n)
{
	struct xl_turn_text *t = g->now;
	struct xl_send *s = &t->send[t->n_sends];
	struct xl_built *b = &t->built[t->n_sends];
	struct xl_resolver v = { .arena = g->r->arena, .d = g->r->d, .hash = g->hash };
	struct xl_packet *p;
	struct xl_use *use;

	xl_case_check_keys(g, n, XL_MAP_SEND);
	p = read_packet(g, n, false);
	if (!read_port(g, n, &s->port) || !p)
		return;
	xl_packet_resolve(&v, p);
	g->builder->sent = NULL;
	if (v.has_fault || !xl_packet_build(g->builder, p, b)) {
		g->has_fault = true;
		return;
	}
	check_bound(g, b, n->loc);
	use = xl_arena_alloc(g->r->arena, b->n_preds * sizeof(*use));
	for (uint16_t i = 0; i < b->n_preds; i++) {
		use[i] = (struct xl_use){ b->pred[i].name, b->pred[i].at_bit, b->pred[i].n_bits,
					  b->n_sums, b->sum };
		g->has_preds = true;
	}
	s->use = use;
	s->n_uses = b->n_preds;
	s->bytes = (struct xl_bytes){ b->bytes, b->len };
	s->is_malformed = b->is_malformed;
	t->sent[t->n_sends++] = p;
}

/* Which packet of the turn an expectation starts from: `of`, or the one in the same place where as many
 * are expected as were sent, or the first. */
static int origin(struct xl_case_reading *g, const struct xl_node *n, uint32_t place,
		  uint32_t n_places)
{
	const struct xl_node *of = xl_node_get(n, "of");
	int64_t k;

	if (of && (!xl_node_int(of, &k) || k < 1 || k > g->now->n_sends)) {
		xl_case_fault(g, of->loc, "of: which packet of the turn this comes from: 1..%d",
			      g->now->n_sends);
		return 0;
	}
	if (of)
		return (int)k - 1;
	return n_places == g->now->n_sends ? (int)place : 0;
}

static void read_fragments(struct xl_case_reading *g, const struct xl_node *n, struct xl_want *w)
{
	const struct xl_node *f = xl_node_get(n, "fragments");
	int64_t max, min = 2;

	if (!f)
		return;
	if (f->kind != XL_YAML_MAP || !xl_node_int(xl_node_get(f, "max"), &max) || max < 28 ||
	    max > XL_PACKET_MAX ||
	    (xl_node_get(f, "min") &&
	     (!xl_node_int(xl_node_get(f, "min"), &min) || min < 1 || min > 64))) {
		xl_case_fault(g, f->loc, "fragments: {max: OCTETS, min: 1..64} wanted");
		return;
	}
	xl_case_check_keys(g, f, XL_MAP_FRAGMENTS);
	w->frag_max = (uint32_t)max;
	w->frag_min = (uint32_t)min;
	g->has_preds = true;
}

/* What comes as IPv6 fragments has a Fragment header on each piece; written whole it may be left out. A
 * next header that the layer before it states is then what the Fragment header carries. */
static void add_fragment_header(struct xl_case_reading *g, struct xl_packet *p)
{
	const struct xl_layer *l = xl_layer_at(XL_L_FRAGMENT);
	struct xl_part *part;
	uint32_t at = 1;

	if (p->part[0].layer->id != XL_L_IPV6)
		return;
	for (uint32_t i = 1; i < p->n_parts; i++)
		if (p->part[i].layer == l)
			return;
	while (at < p->n_parts && p->part[at].layer &&
	       (p->part[at].layer->id == XL_L_HOPOPTS || p->part[at].layer->id == XL_L_ROUTING))
		at++;
	part = xl_arena_alloc(g->r->arena, (p->n_parts + 1u) * sizeof(*part));
	memcpy(part, p->part, at * sizeof(*part));
	part[at].layer = l;
	part[at].value = xl_arena_alloc(g->r->arena, l->n_fields * sizeof(*part->value));
	part[at].loc = p->loc;
	part[at].value[xl_field_index(l, "nh")] =
		part[at - 1].value[xl_field_index(part[at - 1].layer, "nh")];
	part[at - 1].value[xl_field_index(part[at - 1].layer, "nh")] = (struct xl_value){ 0 };
	memcpy(part + at + 1, p->part + at, (p->n_parts - at) * sizeof(*part));
	p->part = part;
	p->n_parts++;
}

static bool read_want(struct xl_case_reading *g, const struct xl_node *n, uint32_t place,
		      uint32_t n_places, struct xl_want *w)
{
	struct xl_resolver v = { .arena = g->r->arena, .d = g->r->d, .hash = g->hash };
	struct xl_built b;
	struct xl_packet *p;
	int from;

	*w = (struct xl_want){ .port = 0 };
	if (n->kind != XL_YAML_MAP) {
		xl_case_fault(g, n->loc, "{if: INTERFACE, packet: [...]} wanted");
		return false;
	}
	xl_case_check_keys(g, n, XL_MAP_WANT);
	if (g->now->n_sends == 0) {
		if (!g->has_fault)
			xl_case_fault(g, n->loc,
				      "nothing was sent that this packet could come from");
		return false;
	}
	p = read_packet(g, n, true);
	from = origin(g, n, place, n_places);
	if (!read_port(g, n, &w->port) || !p)
		return false;
	if (xl_node_get(n, "fragments"))
		add_fragment_header(g, p);
	v.sent = g->now->sent[from];
	g->builder->sent = &g->now->built[from];
	xl_packet_resolve(&v, p);
	if (v.has_fault || !xl_packet_build(g->builder, p, &b)) {
		g->has_fault = true;
		return false;
	}
	check_bound(g, &b, n->loc);
	w->len = b.len;
	w->min_len = b.min_len;
	w->bytes = b.bytes;
	w->mask = b.mask;
	w->sum = b.sum;
	w->n_sums = b.n_sums;
	w->pred = b.pred;
	w->n_preds = b.n_preds;
	w->is_malformed = b.is_malformed;
	g->has_preds = g->has_preds || b.n_preds || b.min_len != b.len;
	read_fragments(g, n, w);
	return true;
}

static enum xl_level read_level(struct xl_case_reading *g, const struct xl_node *n)
{
	if (xl_node_is(n, "must"))
		return XL_LEVEL_MUST;
	if (xl_node_is(n, "weak"))
		return XL_LEVEL_WEAK;
	if (!xl_node_is(n, "info"))
		xl_case_fault(g, n ? n->loc : g->node->loc, "level: must, weak or info");
	return XL_LEVEL_INFO;
}

static void read_outcome(struct xl_case_reading *g, const struct xl_node *n, struct xl_outcome *o)
{
	const struct xl_node *packets = xl_node_get(n, "packets"), *note = xl_node_get(n, "note"),
			     *order = xl_node_get(n, "in-order"), *level = xl_node_get(n, "level");
	struct xl_want *want;

	*o = (struct xl_outcome){ .sane_max = -1, .note = "" };
	if (n->kind != XL_YAML_MAP || !packets || packets->kind != XL_YAML_SEQ || !level) {
		xl_case_fault(
			g, n->loc,
			"outcomes: {level: must|weak|info, note: TEXT, packets: [...]} wanted");
		return;
	}
	xl_case_check_keys(g, n, XL_MAP_OUTCOME);
	o->level = read_level(g, level);
	if (note && note->kind == XL_YAML_SCALAR)
		o->note = note->text;
	if (o->level != XL_LEVEL_MUST && o->note[0] == '\0')
		xl_case_fault(g, n->loc, "note: say why this outcome is %s",
			      o->level == XL_LEVEL_WEAK ? "weak" : "left open");
	if (order && !xl_node_bool(order, &o->is_ordered))
		xl_case_fault(g, order->loc, "in-order: true or false");
	want = xl_arena_alloc(g->r->arena, packets->n * sizeof(*want));
	for (uint32_t i = 0; i < packets->n; i++)
		o->n = (uint16_t)(o->n +
				  read_want(g, packets->item[i], i, packets->n, &want[o->n]));
	o->want = want;
}

static bool is_same_want(const struct xl_want *a, const struct xl_want *b)
{
	return a->port == b->port && a->len == b->len && a->min_len == b->min_len &&
	       a->frag_max == b->frag_max && a->frag_min == b->frag_min && !a->n_preds &&
	       !b->n_preds && memcmp(a->bytes, b->bytes, a->len) == 0 &&
	       memcmp(a->mask, b->mask, a->len) == 0;
}

/* What an earlier outcome takes already is never seen in this one. */
static bool is_same_outcome(const struct xl_outcome *a, const struct xl_outcome *b)
{
	if (a->n != b->n || a->is_ordered != b->is_ordered)
		return false;
	for (uint16_t i = 0; i < a->n; i++)
		if (!is_same_want(&a->want[i], &b->want[i]))
			return false;
	return true;
}

/* The levels of outcome i fit those before it, and it is none of them. */
static void check_outcome(struct xl_case_reading *g, const struct xl_outcome *o, uint32_t i,
			  struct xl_loc loc)
{
	if (i && o[i].level == XL_LEVEL_MUST && o[i - 1].level != XL_LEVEL_MUST)
		xl_case_fault(g, loc, "outcomes: what is a must comes first");
	if (o[i].level == XL_LEVEL_WEAK && o[0].level == XL_LEVEL_WEAK)
		xl_case_fault(g, loc, "outcomes: weak is less than what passes, and nothing does");
	for (uint32_t k = 0; k < i && !g->has_fault; k++)
		if (is_same_outcome(&o[k], &o[i]))
			xl_case_fault(g, loc, "outcomes: the same as an earlier one");
}

static void read_outcomes(struct xl_case_reading *g, const struct xl_node *n)
{
	struct xl_turn_text *t = g->now;

	if (n->kind != XL_YAML_SEQ || n->n == 0 || n->n > 64) {
		xl_case_fault(g, n->loc, "outcomes: a list of 1 to 64 outcomes wanted");
		return;
	}
	t->outcome = xl_arena_alloc(g->r->arena, n->n * sizeof(*t->outcome));
	for (uint32_t i = 0; i < n->n; i++) {
		read_outcome(g, n->item[i], &t->outcome[i]);
		check_outcome(g, t->outcome, i, n->item[i]->loc);
	}
	t->n_outcomes = (uint16_t)n->n;
	g->has_alternatives = g->has_alternatives || n->n > 1;
}

static void one_outcome(struct xl_case_reading *g, struct xl_outcome o)
{
	g->now->outcome = xl_arena_copy(g->r->arena, &o, sizeof(o));
	g->now->n_outcomes = 1;
}

static void read_sane(struct xl_case_reading *g, const struct xl_node *n)
{
	int64_t max;

	if (n->kind != XL_YAML_MAP || n->n != 1 || !xl_node_int(xl_node_get(n, "max"), &max) ||
	    max < 0 || max > 4096) {
		xl_case_fault(g, n->loc, "expect-sane: {max: PACKETS} wanted");
		return;
	}
	one_outcome(g, (struct xl_outcome){ .sane_max = (int32_t)max, .note = "" });
	g->has_preds = true;
}

static int64_t read_time(struct xl_case_reading *g, const struct xl_node *n)
{
	static const struct {
		const char *unit;
		int64_t ns;
	} units[] = { { "ns", 1 },         { "us", 1000 },       { "ms", 1000000 },
		      { "s", 1000000000 }, { "m", 60000000000 }, { "h", 3600000000000 } };
	char *end;
	long long v;

	if (n->kind == XL_YAML_SCALAR && n->text[0] >= '0' && n->text[0] <= '9') {
		v = strtoll(n->text, &end, 10);
		for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
			if (strcmp(end, units[i].unit) == 0 &&
			    v <= 86400ll * 1000000000 / units[i].ns)
				return v * units[i].ns;
	}
	xl_case_fault(g, n->loc,
		      "wait: a time wanted, as in 2s, 250ms, 4m (ns us ms s m h), at most 24h");
	return 0;
}

/* ---- turns ---- */

static void end_turn(struct xl_case_reading *g)
{
	struct xl_turn_text *t = g->now;
	struct xl_turn *to = &g->turn[g->n_turns];

	if (t->n_sends == 0 && t->after_ns == 0 && !t->has_expect && !t->has_other)
		return;
	if (g->n_turns == 0 && t->n_sends == 0 && !g->has_fault)
		xl_case_fault(g, t->loc, "steps: the first turn sends something");
	if (g->n_turns == XL_CASE_TURNS_MAX) {
		xl_case_fault(g, t->loc, "steps: at most %d turns", XL_CASE_TURNS_MAX);
		return;
	}
	if (!t->has_expect && !t->has_other)
		xl_case_fault(
			g, t->loc,
			"steps: nothing says what comes out here: expect, expect-nothing, outcomes "
			"or expect-sane");
	if (t->has_expect && t->n_outcomes == 0)
		one_outcome(g, (struct xl_outcome){
				       .sane_max = -1,
				       .note = "",
				       .n = t->n_wants,
				       .want = xl_arena_copy(g->r->arena, t->want,
							     t->n_wants * sizeof(t->want[0])) });
	*to = (struct xl_turn){ .after_ns = t->after_ns,
				.n_sends = t->n_sends,
				.n_outcomes = t->n_outcomes,
				.send = xl_arena_copy(g->r->arena, t->send,
						      t->n_sends * sizeof(t->send[0])),
				.outcome = t->outcome };
	g->n_turns++;
}

static void begin_turn(struct xl_case_reading *g, struct xl_loc loc)
{
	end_turn(g);
	*g->now = (struct xl_turn_text){ .loc = loc };
}

static uint32_t count_expects(const struct xl_node *steps, uint32_t from)
{
	uint32_t n = 0;

	while (from + n < steps->n && steps->item[from + n]->kind == XL_YAML_MAP &&
	       steps->item[from + n]->n == 1 &&
	       strcmp(steps->item[from + n]->key[0]->text, "expect") == 0)
		n++;
	return n;
}

static void read_step(struct xl_case_reading *g, const struct xl_node *steps, uint32_t i)
{
	const struct xl_node *step = steps->item[i], *v = step->n ? step->item[0] : NULL;
	const char *key = step->n ? step->key[0]->text : "";
	struct xl_turn_text *t = g->now;
	bool is_other = strcmp(key, "expect-nothing") == 0 || strcmp(key, "outcomes") == 0 ||
			strcmp(key, "expect-sane") == 0;

	if (is_other && (t->has_expect || t->has_other))
		xl_case_fault(g, step->loc, "%s: this turn has its expectation already", key);
	t->has_other = t->has_other || is_other;
	if (strcmp(key, "send") == 0) {
		if (t->has_expect || t->has_other)
			begin_turn(g, step->loc);
		if (g->now->n_sends == XL_CASE_PACKETS_MAX)
			xl_case_fault(g, step->loc, "send: at most %d in a turn",
				      XL_CASE_PACKETS_MAX);
		else
			read_send(g, v);
	} else if (strcmp(key, "wait") == 0) {
		if (t->n_sends || t->has_expect || t->has_other)
			begin_turn(g, step->loc);
		g->now->after_ns += read_time(g, v);
		xl_case_need(g, "virtual-time");
	} else if (strcmp(key, "expect") == 0) {
		uint32_t first = i;

		while (first > 0 && steps->item[first - 1]->n == 1 &&
		       strcmp(steps->item[first - 1]->key[0]->text, "expect") == 0)
			first--;
		if (t->has_other)
			xl_case_fault(g, step->loc,
				      "expect: this turn has its expectation already");
		if (t->n_wants == XL_CASE_PACKETS_MAX)
			xl_case_fault(g, step->loc, "expect: at most %d in a turn",
				      XL_CASE_PACKETS_MAX);
		else
			t->n_wants = (uint16_t)(t->n_wants + read_want(g, v, i - first,
								       count_expects(steps, first),
								       &t->want[t->n_wants]));
		t->has_expect = true;
	} else if (strcmp(key, "expect-nothing") == 0) {
		one_outcome(g, (struct xl_outcome){ .sane_max = -1, .note = "" });
	} else if (strcmp(key, "outcomes") == 0) {
		read_outcomes(g, v);
	} else if (strcmp(key, "expect-sane") == 0) {
		read_sane(g, v);
	} else {
		xl_case_fault(g, step->loc,
			      "'%s' is no step: allowed are send, wait, expect, expect-nothing, "
			      "outcomes, "
			      "expect-sane",
			      key);
	}
}

void xl_case_steps(struct xl_case_reading *g)
{
	const struct xl_node *steps = xl_node_get(g->node, "steps");

	if (!steps || steps->kind != XL_YAML_SEQ || steps->n == 0) {
		xl_case_fault(g, steps ? steps->loc : g->node->loc, "steps: a list is required");
		return;
	}
	*g->now = (struct xl_turn_text){ .loc = steps->loc };
	for (uint32_t i = 0; i < steps->n; i++) {
		const struct xl_node *step = steps->item[i];

		if (step->kind != XL_YAML_MAP || step->n != 1)
			xl_case_fault(g, step->loc,
				      "steps: one step an item, as in '- send: {...}'");
		else
			read_step(g, steps, i);
	}
	end_turn(g);
	if (g->n_turns == 0 && !g->has_fault)
		xl_case_fault(g, steps->loc, "steps: nothing is sent");
}
