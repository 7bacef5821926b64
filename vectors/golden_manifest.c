/* golden_manifest.c - manifest.json: suites, configurations with their barriers, requirements. */
#include "vectors/golden_load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vectors/node_json.h"

static void read_port(struct xl_load *l, const struct xl_node *n, struct xl_port *p)
{
	uint32_t side = xl_load_number(l, n, "side", 6);

	snprintf(p->name, sizeof(p->name), "%s", xl_load_text(l, n, "name"));
	p->side = side == 4 ? XL_SIDE_V4 : XL_SIDE_V6;
	p->mtu = xl_load_number(l, n, "mtu", UINT32_MAX);
	if (side != 4 && side != 6)
		xl_load_fault(l, n->loc, "side: 4 or 6 wanted");
}

static void read_barrier(struct xl_load *l, const struct xl_node *n, uint16_t n_ports,
			 struct xl_barrier *b)
{
	b->port = (uint16_t)xl_load_number(l, n, "port", n_ports ? n_ports - 1u : 0);
	b->out_port = (uint16_t)xl_load_number(l, n, "out_port", n_ports ? n_ports - 1u : 0);
	b->in = xl_load_hex(l, n, "in");
	b->out = xl_load_hex(l, n, "out");
	b->mask = xl_load_hex(l, n, "mask");
	if (b->in.len < 28 + 24 || b->out.len < 28 + 24 || b->out.len != b->mask.len)
		xl_load_fault(l, n->loc,
			      "barriers: too short, or mask and packet differ in length");
}

static const char *json_of(struct xl_load *l, const struct xl_node *n)
{
	char *text = NULL, *kept;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	if (!f) {
		xl_load_fault(l, n->loc, "out of memory");
		return "{}";
	}
	xl_node_write_json(n, f, false);
	fclose(f);
	kept = xl_arena_str(l->a, text, size);
	free(text);
	return kept;
}

static void read_config(struct xl_load *l, const struct xl_node *n, struct xl_golden_config *c)
{
	const struct xl_node *ports = xl_load_member(l, n, "ports", XL_YAML_SEQ),
			     *barriers = xl_load_member(l, n, "barriers", XL_YAML_SEQ),
			     *translator = xl_load_member(l, n, "translator", XL_YAML_MAP);
	struct xl_port *p = xl_load_objects(l, ports, sizeof(*p), &c->n_ports);
	struct xl_barrier *b = xl_load_objects(l, barriers, sizeof(*b), &c->n_barriers);

	c->title = xl_load_text(l, n, "title");
	c->features = xl_load_strings(l, n, "features");
	c->json = translator ? json_of(l, translator) : "{}";
	for (uint16_t i = 0; i < c->n_ports; i++)
		read_port(l, ports->item[i], &p[i]);
	for (uint16_t i = 0; i < c->n_barriers; i++)
		read_barrier(l, barriers->item[i], c->n_ports, &b[i]);
	c->port = p;
	c->barrier = b;
	if (c->n_ports == 0)
		xl_load_fault(l, n->loc, "ports: at least one wanted");
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct xl_golden_config *)a)->name,
		      ((const struct xl_golden_config *)b)->name);
}

static int by_req(const void *a, const void *b)
{
	return strcmp(((const struct xl_requirement *)a)->id,
		      ((const struct xl_requirement *)b)->id);
}

static void read_requirements(struct xl_load *l, const struct xl_node *map)
{
	static const char *const levels[] = { "must", "should", "may", "plain", NULL };
	struct xl_requirement *r = xl_arena_alloc(l->a, map->n * sizeof(*r));

	for (uint32_t i = 0; i < map->n; i++) {
		const struct xl_node *n = map->item[i];

		r[i].id = map->key[i]->text;
		r[i].section = r[i].text = "";
		if (n->kind != XL_YAML_MAP) {
			xl_load_fault(l, n->loc, "an object wanted");
			continue;
		}
		r[i].level = (enum xl_req_level)xl_load_word(l, n, "level", levels);
		r[i].rfc = xl_load_number(l, n, "rfc", 99999);
		r[i].section = xl_load_text(l, n, "section");
		r[i].text = xl_load_text(l, n, "text");
	}
	if (map->n)
		qsort(r, map->n, sizeof(*r), by_req);
	l->o->g.requirement = r;
	l->o->g.n_requirements = map->n;
}

static void read_configs(struct xl_load *l, const struct xl_node *map)
{
	struct xl_golden_config *c = xl_arena_alloc(l->a, map->n * sizeof(*c));

	for (uint32_t i = 0; i < map->n; i++) {
		c[i] = (struct xl_golden_config){ .name = map->key[i]->text, .json = "{}" };
		if (map->item[i]->kind != XL_YAML_MAP)
			xl_load_fault(l, map->item[i]->loc, "an object wanted");
		else
			read_config(l, map->item[i], &c[i]);
	}
	if (map->n)
		qsort(c, map->n, sizeof(*c), by_name);
	l->o->g.config = c;
	l->o->g.n_configs = map->n;
}

/* A suite's name becomes a file name: no path. */
static struct xl_strs suites_of(struct xl_load *l, const struct xl_node *root)
{
	const struct xl_node *n = xl_load_member(l, root, "suites", XL_YAML_SEQ);
	uint16_t count = 0;
	void *unused = xl_load_objects(l, n, 1, &count);
	const char **at = xl_arena_alloc(l->a, (count + 1u) * sizeof(*at));

	(void)unused;
	for (uint16_t i = 0; i < count; i++) {
		at[i] = xl_load_text(l, n->item[i], "name");
		if (at[i][0] == '\0' || strchr(at[i], '/') || at[i][0] == '.')
			xl_load_fault(l, n->item[i]->loc, "name: the name of a suite wanted");
	}
	return (struct xl_strs){ at, count };
}

void xl_load_manifest(struct xl_load *l, const char *dir)
{
	struct xl_tree *t;
	const struct xl_node *root, *n;

	l->file = &l->o->file[l->o->n_files++];
	t = xl_load_json(l, xl_arena_printf(l->a, "%s/manifest.json", dir));
	if (!t)
		return;
	root = xl_tree_root(t);
	if (xl_load_number(l, root, "format", UINT32_MAX) != 1)
		xl_load_fault(l, root->loc, "format: this program reads format 1");
	l->o->g.version = xl_load_text(l, root, "version");
	l->o->g.suites = suites_of(l, root);
	n = xl_load_member(l, root, "configs", XL_YAML_MAP);
	if (n)
		read_configs(l, n);
	n = xl_load_member(l, root, "requirements", XL_YAML_MAP);
	if (n)
		read_requirements(l, n);
}

const struct xl_requirement *xl_golden_requirement(const struct xl_golden *g, const char *id)
{
	struct xl_requirement key = { .id = id };

	return g->n_requirements
		       ? bsearch(&key, g->requirement, g->n_requirements, sizeof(key), by_req)
		       : NULL;
}
