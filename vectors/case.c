/* case.c - one case of the text becomes struct xl_case: what it is called, covers and needs. */
#include "vectors/case_reading.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ref/base/rng.h"
#include "ref/io/conf.h"

void xl_case_fault(struct xl_case_reading *g, struct xl_loc loc, const char *fmt, ...)
{
	char text[XL_DIAG_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	g->has_fault = true;
	(void)xl_diag(g->r->d, XL_ERR_SYNTAX, loc, "%s", text);
}

bool xl_key_is_known(const char *key, const char *allowed)
{
	size_t len = strlen(key);

	for (const char *at = allowed; len && (at = strstr(at, key)) != NULL; at += len)
		if ((at == allowed || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0'))
			return true;
	return false;
}

static const struct {
	const char *what, *allowed;
} maps[] = {
	[XL_MAP_CASE] = { "a case", "id title covers config steps interpretation needs" },
	[XL_MAP_SEND] = { "send", "if packet slice append truncate patch" },
	[XL_MAP_WANT] = { "an expected packet", "if packet slice patch fragments of" },
	[XL_MAP_FRAGMENTS] = { "fragments", "max min" },
	[XL_MAP_OUTCOME] = { "an outcome", "level note packets in-order" },
};

void xl_case_check_keys(struct xl_case_reading *g, const struct xl_node *n, enum xl_case_map map)
{
	for (uint32_t i = 0; i < n->n; i++)
		if (!xl_key_is_known(n->key[i]->text, maps[map].allowed))
			xl_case_fault(g, n->key[i]->loc, "%s has no key '%s': allowed are %s",
				      maps[map].what, n->key[i]->text, maps[map].allowed);
}

void xl_case_need(struct xl_case_reading *g, const char *need)
{
	for (uint32_t i = 0; i < g->n_needs; i++)
		if (strcmp(g->need[i], need) == 0)
			return;
	if (g->n_needs < XL_CASE_NEEDS_MAX)
		g->need[g->n_needs++] = xl_arena_str(g->r->arena, need, strlen(need));
}

static const char *text_of(struct xl_case_reading *g, const char *key, bool is_required)
{
	const struct xl_node *n = xl_node_get(g->node, key);

	if (n && n->kind == XL_YAML_SCALAR && n->len)
		return n->text;
	if (n || is_required)
		xl_case_fault(g, n ? n->loc : g->node->loc, "%s: text is required", key);
	return "";
}

static struct xl_strs strings_of(struct xl_case_reading *g, const char *key, bool is_required)
{
	const struct xl_node *n = xl_node_get(g->node, key);
	const char **to;
	uint32_t used = 0;

	if (!n || n->kind != XL_YAML_SEQ || (is_required && n->n == 0)) {
		if (n || is_required)
			xl_case_fault(g, n ? n->loc : g->node->loc, "%s: a list of ids is required",
				      key);
		return (struct xl_strs){ NULL, 0 };
	}
	to = xl_arena_alloc(g->r->arena, n->n * sizeof(*to));
	for (uint32_t i = 0; i < n->n; i++) {
		bool is_double = false;

		if (n->item[i]->kind != XL_YAML_SCALAR || n->item[i]->len == 0) {
			xl_case_fault(g, n->item[i]->loc, "%s: an item is one word", key);
			continue;
		}
		for (uint32_t k = 0; k < used; k++)
			is_double = is_double || strcmp(to[k], n->item[i]->text) == 0;
		if (is_double)
			xl_case_fault(g, n->item[i]->loc, "%s: '%s' stands here twice", key,
				      n->item[i]->text);
		to[used++] = n->item[i]->text;
	}
	return (struct xl_strs){ to, used };
}

static void check_id(struct xl_case_reading *g, const char *id)
{
	size_t n = strlen(g->r->suite);
	unsigned slashes = 0;

	for (const char *p = id; *p; p++) {
		bool is_good = (*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9') ||
			       strchr(".-/", *p) ||
			       (slashes == 1 && *p >= 'A' && *p <= 'Z'); /* appendix B.1 */

		slashes += *p == '/';
		if (!is_good) {
			xl_case_fault(
				g, g->node->loc,
				"id: '%s': allowed are a-z 0-9 . - / (and A-Z in the section)", id);
			return;
		}
	}
	if (slashes < 2 || strncmp(id, g->r->suite, n) != 0 || id[n] != '/' || strstr(id, "//") ||
	    id[strlen(id) - 1] == '/')
		xl_case_fault(g, g->node->loc, "id: '%s': %s/<section>/<slug> wanted", id,
			      g->r->suite);
}

static const struct xl_config *find_config(const struct xl_case_reader *r, const char *name)
{
	for (size_t i = 0; i < r->n_configs; i++)
		if (strcmp(r->config[i].name, name) == 0)
			return &r->config[i];
	return NULL;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_below(const char *feature, const char *path)
{
	size_t n = strlen(path);

	return strncmp(feature, path, n) == 0 && (feature[n] == '\0' || feature[n] == '.');
}

/* Explicit mappings and the pool of RFC 6791 matter only to a case whose packets meet them (the barrier's among
 * them); every other feature of a configuration shapes whatever passes. */
static bool is_met(const struct xl_case_reading *g, const char *feature)
{
	for (unsigned t = XL_EAM_LOCAL; t <= XL_EAM_WELL_KNOWN; t <<= 1)
		if (strcmp(feature, xl_conf_eam_feature(t)) == 0)
			return g->packets.eam_traits & t;
	if (is_below(feature, "eamt"))
		return g->packets.meets_eam;
	return g->packets.meets_pool || !is_below(feature, "rfc6791");
}

/* What a translator must be able to do: said by the case, seen in its steps, and asked by its configuration. */
static struct xl_strs all_needs(struct xl_case_reading *g)
{
	struct xl_strs said = strings_of(g, "needs", false);
	const struct xl_node *barrier = g->config->barrier;
	const char **to;

	for (uint32_t i = 0; barrier && barrier->kind == XL_YAML_SEQ && i < barrier->n; i++)
		for (int k = 0; k < 2; k++) {
			const struct xl_node *who =
				xl_node_get(barrier->item[i], k ? "dst" : "src");

			if (who && who->kind == XL_YAML_SCALAR)
				xl_reader_meet(&g->packets, who->text);
		}
	for (uint32_t i = 0; i < said.n; i++)
		xl_case_need(g, said.at[i]);
	for (uint32_t i = 0; i < g->config->features.n; i++)
		if (is_met(g, g->config->features.at[i]))
			xl_case_need(g, g->config->features.at[i]);
	qsort(g->need, g->n_needs, sizeof(g->need[0]), by_text);
	to = xl_arena_copy(g->r->arena, g->need, g->n_needs * sizeof(*to));
	return (struct xl_strs){ to, g->n_needs };
}

static enum xl_case_read leave_out(const struct xl_case_reading *g, const struct xl_case *c,
				   struct xl_case_text *text, const char *reason,
				   const char *detail)
{
	text->left_out = (struct xl_left_out){ c->id, reason,
					       xl_arena_str(g->r->arena, detail, strlen(detail)) };
	return XL_CASE_LEFT_OUT;
}

static enum xl_case_read read_case(struct xl_case_reading *g, struct xl_case *c,
				   struct xl_case_text *text)
{
	const char *config, *unlike;

	xl_case_check_keys(g, g->node, XL_MAP_CASE);
	c->id = text_of(g, "id", true);
	c->title = text_of(g, "title", true);
	c->interpretation = text_of(g, "interpretation", false);
	c->covers = strings_of(g, "covers", true);
	config = text_of(g, "config", true);
	if (c->id[0])
		check_id(g, c->id);
	g->config = find_config(g->r, config);
	if (!g->config) {
		if (config[0])
			xl_case_fault(g, xl_node_get(g->node, "config")->loc,
				      "config: there is no vectors/configs/%s.yaml", config);
		return XL_CASE_FAULTY;
	}
	if (g->config->is_faulty)
		return XL_CASE_FAULTY;
	unlike = g->r->mine ? xl_config_unlike(g->config, g->r->mine) : NULL;
	if (unlike)
		return leave_out(g, c, text,
				 xl_arena_printf(g->r->arena, "another translator: %s", unlike),
				 g->config->name);
	if (g->r->mine)
		g->config = g->r->mine;
	g->packets = (struct xl_reader){ .arena = g->r->arena,
					 .d = g->r->d,
					 .who = g->config->who,
					 .n_who = g->config->n_who,
					 .config = g->config->name,
					 .conf = &g->config->conf };
	g->hash = xl_hash_name(c->id);
	xl_case_steps(g);
	c->config = g->r->mine ? 0 : (uint16_t)(g->config - g->r->config);
	c->turn = xl_arena_copy(g->r->arena, g->turn, g->n_turns * sizeof(g->turn[0]));
	c->n_turns = g->n_turns;
	c->is_fixed = g->packets.has_literal;
	c->needs = all_needs(g);
	c->kind = g->has_preds          ? XL_CASE_LIVE
		  : g->has_alternatives ? XL_CASE_ALTERNATIVES
					: XL_CASE_EXACT;
	text->hash = g->hash;
	if (g->r->mine && c->is_fixed)
		return leave_out(g, c, text, "literal addresses", "");
	if (g->r->mine && g->has_fault)
		return leave_out(g, c, text, "names that it lacks",
				 g->r->d->n ? g->r->d->at[0].text : "");
	return g->has_fault ? XL_CASE_FAULTY : XL_CASE_GOOD;
}

enum xl_case_read xl_case_read(const struct xl_case_reader *r, const struct xl_node *n,
			       struct xl_case *c, struct xl_case_text *text)
{
	static struct xl_diags unsaid; /* names that the user's configuration lacks are no faults */
	struct xl_case_reader reader = *r;
	struct xl_case_reading *g;
	enum xl_case_read got;

	if (r->mine)
		reader.d = reader.builder->d = &unsaid;
	xl_diags_init(&unsaid);
	r = &reader;
	*c = (struct xl_case){ .id = "" };
	*text = (struct xl_case_text){ .loc = n->loc };
	if (n->kind != XL_YAML_MAP) {
		(void)xl_diag(r->d, XL_ERR_SYNTAX, n->loc,
			      "a case is {id, title, covers, config, steps, ...}");
		return XL_CASE_FAULTY;
	}
	g = calloc(1, sizeof(*g));
	if (g)
		g->now = calloc(1, sizeof(*g->now));
	if (!g || !g->now) {
		(void)xl_diag(r->d, XL_ERR_NOMEM, n->loc, "out of memory");
		free(g);
		return XL_CASE_FAULTY;
	}
	g->r = r;
	g->node = n;
	g->builder = r->builder;
	got = read_case(g, c, text);
	free(g->now);
	free(g);
	return got;
}

/* ---- what a case asks for ---- */

static bool is_free(const struct xl_want *w)
{
	return w->n_preds || w->frag_max || w->min_len != w->len;
}

bool xl_case_is_settled(const struct xl_case *c)
{
	for (uint32_t t = 0; t < c->n_turns; t++) {
		uint32_t n = 0;

		for (uint32_t k = 0; k < c->turn[t].n_outcomes; k++) {
			const struct xl_outcome *o = &c->turn[t].outcome[k];

			if (o->level != XL_LEVEL_MUST)
				continue;
			if (n++ || o->sane_max >= 0)
				return false;
			for (uint32_t i = 0; i < o->n; i++)
				if (is_free(&o->want[i]))
					return false;
		}
		if (n == 0)
			return false;
	}
	return true;
}
