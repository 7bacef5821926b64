/* golden_read.c - golden files become the set in memory; nothing in them is trusted.
 *
 * Captures are mapped and indexed; packets point into the maps. The JSON is read as a tree, and every
 * number that says where something lies (record, port, octet, bit) is held against what is there, so
 * that neither the player nor the comparers need to.
 */
#include "vectors/golden_load.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static bool is_null(const struct xl_node *n)
{
	return n && n->kind == XL_YAML_SCALAR && !n->is_quoted && strcmp(n->text, "null") == 0;
}

/* ---- sums and predicates ---- */

static void read_sum(struct xl_load *l, const struct xl_node *n, uint32_t len, struct xl_sum *s)
{
	static const char *const kinds[] = { "ipv4",    "icmpv4", "icmpv6", "tcp", "udp",
					     "udplite", "dccp",   "ext",    NULL };
	const struct xl_node *pseudo = xl_node_get(n, "pseudo");
	uint32_t end;

	s->kind = (uint8_t)xl_load_word(l, n, "kind", kinds);
	s->at = xl_load_number(l, n, "at", len);
	s->from = xl_load_number(l, n, "from", len);
	s->to = is_null(xl_node_get(n, "to")) ? UINT32_MAX : xl_load_number(l, n, "to", len);
	end = s->to == UINT32_MAX ? len : s->to;
	if (s->from > s->at || s->at + 2 > end)
		xl_load_fault(l, n->loc, "sums: the field lies outside its range or the packet");
	if (!pseudo)
		return;
	s->src = xl_load_number(l, pseudo, "src", len);
	s->dst = xl_load_number(l, pseudo, "dst", len);
	s->addr_len = (uint8_t)xl_load_number(l, pseudo, "n", 16);
	s->proto = (uint8_t)xl_load_number(l, pseudo, "proto", 255);
	s->len = xl_node_get(pseudo, "len") ? xl_load_number(l, pseudo, "len", len) : 0;
	if ((s->addr_len != 4 && s->addr_len != 16) || s->src + s->addr_len > len ||
	    s->dst + s->addr_len > len)
		xl_load_fault(l, pseudo->loc, "pseudo: its addresses lie outside the packet");
}

static const struct xl_sum *read_sums(struct xl_load *l, const struct xl_node *map, uint32_t len,
				      uint16_t *n)
{
	const struct xl_node *sums = xl_node_get(map, "sums");
	struct xl_sum *s = xl_load_objects(l, sums, sizeof(*s), n);

	for (uint16_t i = 0; i < *n; i++)
		read_sum(l, sums->item[i], len, &s[i]);
	return s;
}

static void read_values(struct xl_load *l, const struct xl_node *n, struct xl_pred *p)
{
	const struct xl_node *values = NULL;
	struct xl_bytes *v;

	if (p->kind == XL_PRED_RANGE) {
		v = xl_arena_alloc(l->a, 2 * sizeof(*v));
		v[0] = xl_load_hex(l, n, "lo");
		v[1] = xl_load_hex(l, n, "hi");
		p->n_values = 2;
	} else {
		values = xl_load_member(l, n, "values", XL_YAML_SEQ);
		p->n_values = values ? values->n : 0;
		v = xl_arena_alloc(l->a, p->n_values * sizeof(*v));
		for (uint32_t i = 0; i < p->n_values; i++)
			v[i] = xl_load_hex_node(l, values->item[i]);
	}
	p->value = v;
	if (p->n_values == 0 || (p->kind == XL_PRED_NOT && p->n_values != 1))
		xl_load_fault(l, n->loc, "preds: values: %s wanted",
			      p->kind == XL_PRED_NOT ? "one" : "at least one");
	for (uint32_t i = 0; i < p->n_values; i++)
		if (v[i].len != (p->n_bits + 7u) / 8)
			xl_load_fault(l, n->loc, "preds: a value has another width than its field");
}

static void read_pred(struct xl_load *l, const struct xl_node *n, uint32_t len, struct xl_pred *p)
{
	static const char *const kinds[] = { "in",  "not",     "range", "bind",
					     "use", "not-use", "len",   NULL };

	p->kind = (uint8_t)xl_load_word(l, n, "kind", kinds);
	p->at_bit = xl_load_number(l, n, "at_bit", 8ull * len);
	p->n_bits = (uint16_t)xl_load_number(l, n, "n_bits", 128);
	p->name = "";
	if (p->n_bits == 0 || p->at_bit + p->n_bits > 8 * len)
		xl_load_fault(l, n->loc, "preds: the field lies outside the packet");
	switch (p->kind) {
	case XL_PRED_BIND:
	case XL_PRED_USE:
	case XL_PRED_NOT_USE: p->name = xl_load_text(l, n, "name"); break;
	case XL_PRED_LEN:
		p->base = xl_load_number(l, n, "base", len);
		if (p->n_bits != 16)
			xl_load_fault(l, n->loc, "preds: len is a field of 16 bits");
		break;
	default: read_values(l, n, p); break;
	}
}

/* ---- turns ---- */

static void read_want(struct xl_load *l, const struct xl_node *n, struct xl_want *w)
{
	const struct xl_node *preds = xl_node_get(n, "preds"), *frags = xl_node_get(n, "fragments");
	const struct xl_capture *out = &l->file->cap[1], *mask = &l->file->cap[2];
	uint32_t at = xl_load_number(l, n, "out", UINT32_MAX);
	struct xl_pred *p;

	w->port = (uint16_t)xl_load_number(l, n, "port", l->config->n_ports - 1u);
	if (at >= out->n) {
		xl_load_fault(l, n->loc, "out: there is no record %" PRIu32, at);
		return;
	}
	w->len = out->record[at].len;
	w->bytes = out->record[at].p;
	w->mask = mask->record[at].p;
	w->min_len = xl_node_get(n, "min_len") ? xl_load_number(l, n, "min_len", w->len) : w->len;
	w->is_malformed = xl_node_get(n, "malformed") && xl_load_bool(l, n, "malformed");
	w->sum = read_sums(l, n, w->len, &w->n_sums);
	p = xl_load_objects(l, preds, sizeof(*p), &w->n_preds);
	for (uint16_t i = 0; i < w->n_preds; i++)
		read_pred(l, preds->item[i], w->len, &p[i]);
	w->pred = p;
	if (frags) {
		w->frag_max = xl_load_number(l, frags, "max", XL_PACKET_MAX);
		w->frag_min = xl_load_number(l, frags, "min", XL_PACKET_MAX);
		if (w->frag_max < 28)
			xl_load_fault(l, frags->loc, "fragments: max: at least 28 wanted");
	}
}

static void read_outcome(struct xl_load *l, const struct xl_node *n, struct xl_outcome *o)
{
	static const char *const levels[] = { "must", "weak", "info", NULL };
	const struct xl_node *wants = xl_load_member(l, n, "wants", XL_YAML_SEQ);
	struct xl_want *w;

	o->level = (enum xl_level)xl_load_word(l, n, "level", levels);
	o->note = xl_load_text(l, n, "note");
	o->is_ordered = xl_load_bool(l, n, "ordered");
	o->sane_max = is_null(xl_node_get(n, "sane_max"))
			      ? -1
			      : (int32_t)xl_load_number(l, n, "sane_max", INT32_MAX);
	w = xl_load_objects(l, wants, sizeof(*w), &o->n);
	for (uint16_t i = 0; i < o->n; i++)
		read_want(l, wants->item[i], &w[i]);
	o->want = w;
	if (o->sane_max >= 0 && o->n)
		xl_load_fault(l, n->loc, "an outcome with sane_max has no wants");
}

static void read_send(struct xl_load *l, const struct xl_node *n, struct xl_send *s)
{
	const struct xl_node *uses = xl_node_get(n, "uses");
	const struct xl_capture *in = &l->file->cap[0];
	uint32_t at = xl_load_number(l, n, "in", UINT32_MAX);
	struct xl_use *u;

	s->port = (uint16_t)xl_load_number(l, n, "port", l->config->n_ports - 1u);
	if (at >= in->n) {
		xl_load_fault(l, n->loc, "in: there is no record %" PRIu32, at);
		return;
	}
	s->bytes = in->record[at];
	s->is_malformed = xl_node_get(n, "malformed") && xl_load_bool(l, n, "malformed");
	u = xl_load_objects(l, uses, sizeof(*u), &s->n_uses);
	for (uint16_t i = 0; i < s->n_uses; i++) {
		u[i].name = xl_load_text(l, uses->item[i], "name");
		u[i].at_bit = xl_load_number(l, uses->item[i], "at_bit", 8ull * s->bytes.len);
		u[i].n_bits = (uint16_t)xl_load_number(l, uses->item[i], "n_bits", 128);
		u[i].sum = read_sums(l, uses->item[i], s->bytes.len, &u[i].n_sums);
		if (u[i].n_bits == 0 || u[i].at_bit + u[i].n_bits > 8 * s->bytes.len)
			xl_load_fault(l, uses->item[i]->loc,
				      "uses: the field lies outside the packet");
	}
	s->use = u;
}

static void read_turn(struct xl_load *l, const struct xl_node *n, struct xl_turn *t)
{
	const struct xl_node *sends = xl_load_member(l, n, "sends", XL_YAML_SEQ),
			     *outcomes = xl_load_member(l, n, "outcomes", XL_YAML_SEQ),
			     *after = xl_load_member(l, n, "after_ns", XL_YAML_SCALAR);
	struct xl_send *s = xl_load_objects(l, sends, sizeof(*s), &t->n_sends);
	struct xl_outcome *o = xl_load_objects(l, outcomes, sizeof(*o), &t->n_outcomes);

	if (after && (!xl_node_int(after, &t->after_ns) || t->after_ns < 0))
		xl_load_fault(l, after->loc, "after_ns: a number from 0 wanted");
	for (uint16_t i = 0; i < t->n_sends; i++)
		read_send(l, sends->item[i], &s[i]);
	for (uint16_t i = 0; i < t->n_outcomes; i++)
		read_outcome(l, outcomes->item[i], &o[i]);
	t->send = s;
	t->outcome = o;
	if (t->n_outcomes == 0)
		xl_load_fault(l, n->loc, "outcomes: at least one wanted");
}

/* ---- cases ---- */

static int config_named(const struct xl_golden *g, const char *name)
{
	for (size_t i = 0; i < g->n_configs; i++)
		if (strcmp(g->config[i].name, name) == 0)
			return (int)i;
	return -1;
}

static void read_case(struct xl_load *l, const struct xl_node *n, struct xl_case *c)
{
	static const char *const kinds[] = { "exact", "alternatives", "live", NULL };
	static const char *const levels[] = { "must", "should", "may", "plain", NULL };
	const char *config = xl_load_text(l, n, "config"), *suite = l->o->g.suites.at[l->suite];
	const struct xl_node *turns = xl_load_member(l, n, "turns", XL_YAML_SEQ);
	int at = config_named(&l->o->g, config);
	struct xl_turn *t;

	c->id = xl_load_text(l, n, "id");
	c->title = xl_load_text(l, n, "title");
	c->interpretation =
		xl_node_get(n, "interpretation") ? xl_load_text(l, n, "interpretation") : "";
	c->kind = (enum xl_case_kind)xl_load_word(l, n, "kind", kinds);
	c->level = (enum xl_req_level)xl_load_word(l, n, "level", levels);
	c->covers = xl_load_strings(l, n, "covers");
	c->needs = xl_load_strings(l, n, "needs");
	c->is_fixed = xl_load_bool(l, n, "fixed");
	c->suite = l->suite;
	if (strncmp(c->id, suite, strlen(suite)) != 0 || c->id[strlen(suite)] != '/')
		xl_load_fault(l, n->loc, "id: '%s': %s/... wanted", c->id, suite);
	if (at < 0) {
		xl_load_fault(l, n->loc, "config: the manifest has no configuration '%s'", config);
		return;
	}
	c->config = (uint16_t)at;
	l->config = &l->o->g.config[at];
	t = xl_load_objects(l, turns, sizeof(*t), &c->n_turns);
	for (uint16_t i = 0; i < c->n_turns; i++)
		read_turn(l, turns->item[i], &t[i]);
	c->turn = t;
}

static void read_suite(struct xl_load *l, const char *dir, const char *suite)
{
	struct xl_tree *t;
	const struct xl_node *cases;

	l->file = &l->o->file[l->o->n_files++];
	xl_load_captures(l, dir, suite);
	if (l->has_fault)
		return;
	t = xl_load_json(l, xl_arena_printf(l->a, "%s/%s.json", dir, suite));
	cases = t ? xl_load_member(l, xl_tree_root(t), "cases", XL_YAML_SEQ) : NULL;
	for (uint32_t i = 0; cases && i < cases->n; i++) {
		l->at = xl_arena_grow(l->a, l->at, l->n, sizeof(*l->at));
		l->at[l->n] = (struct xl_case){ .id = "" };
		if (cases->item[i]->kind != XL_YAML_MAP)
			xl_load_fault(l, cases->item[i]->loc, "an object wanted");
		else
			read_case(l, cases->item[i], &l->at[l->n++]);
	}
}

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct xl_case *)a)->id, ((const struct xl_case *)b)->id);
}

static void settle_cases(struct xl_load *l)
{
	if (l->n)
		qsort(l->at, l->n, sizeof(*l->at), by_id);
	for (size_t i = 1; i < l->n; i++)
		if (strcmp(l->at[i].id, l->at[i - 1].id) == 0)
			xl_load_fault(l, XL_NOWHERE, "%s: two cases have this id", l->at[i].id);
	l->o->g.cases = l->at;
	l->o->g.n_cases = l->n;
}

struct xl_golden *xl_golden_open(const char *dir, struct xl_diags *d)
{
	return xl_golden_open_some(dir, NULL, NULL, d);
}

struct xl_golden *xl_golden_open_some(const char *dir,
				      bool (*is_needed)(const void *ctx, const char *suite),
				      const void *ctx, struct xl_diags *d)
{
	struct xl_open_golden *o = calloc(1, sizeof(*o));
	struct xl_load l = { .o = o, .d = d };
	struct xl_load_file manifest = { .tree = NULL };

	if (!o) {
		(void)xl_diag(d, XL_ERR_NOMEM, XL_NOWHERE, "out of memory");
		return NULL;
	}
	l.a = &o->arena;
	o->file = &manifest;
	xl_load_manifest(&l, dir);
	o->file = xl_arena_alloc(l.a, (o->g.suites.n + 1) * sizeof(*o->file));
	o->file[0] = manifest;
	for (uint32_t i = 0; i < o->g.suites.n && !l.has_fault; i++) {
		l.suite = (uint16_t)i;
		if (!is_needed || is_needed(ctx, o->g.suites.at[i]))
			read_suite(&l, dir, o->g.suites.at[i]);
	}
	if (!l.has_fault)
		settle_cases(&l);
	if (!l.has_fault)
		return &o->g;
	xl_golden_close(&o->g);
	return NULL;
}

void xl_golden_close(struct xl_golden *g)
{
	struct xl_open_golden *o = (struct xl_open_golden *)g;

	if (!g)
		return;
	for (size_t i = 0; i < o->n_files; i++) {
		for (int k = 0; k < XL_LOAD_CAPTURES; k++)
			if (o->file[i].cap[k].map)
				munmap((void *)(uintptr_t)o->file[i].cap[k].map,
				       o->file[i].cap[k].size);
		if (o->file[i].tree)
			xl_tree_free(o->file[i].tree);
	}
	xl_arena_fini(&o->arena);
	free(o);
}

/* ---- looking up ---- */

const struct xl_case *xl_golden_case(const struct xl_golden *g, const char *id)
{
	struct xl_case key = { .id = id };

	return g->n_cases ? bsearch(&key, g->cases, g->n_cases, sizeof(key), by_id) : NULL;
}
