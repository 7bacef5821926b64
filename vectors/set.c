/* set.c - all configurations and all cases of a directory become one golden set. */
#include "vectors/compile.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

struct xl_strs xl_dir_list(struct xl_arena *a, const char *dir, bool want_dirs, struct xl_diags *d)
{
	DIR *open = opendir(dir);
	const char **at = NULL;
	struct dirent *e;
	uint32_t n = 0;

	if (!open) {
		(void)xl_diag(d, XL_ERR_IO, (struct xl_loc){ .file = dir }, "%s", strerror(errno));
		return (struct xl_strs){ NULL, 0 };
	}
	while ((e = readdir(open)) != NULL) {
		size_t len = strlen(e->d_name);
		char *path = xl_arena_printf(a, "%s/%s", dir, e->d_name);
		struct stat st;

		if (e->d_name[0] == '.' || stat(path, &st) || S_ISDIR(st.st_mode) != want_dirs)
			continue;
		if (!want_dirs) {
			if (len < 6 || strcmp(e->d_name + len - 5, ".yaml") != 0)
				continue;
			len -= 5;
		}
		at = xl_arena_grow(a, at, n, sizeof(*at));
		at[n++] = xl_arena_str(a, e->d_name, len);
	}
	closedir(open);
	if (n)
		qsort(at, n, sizeof(*at), by_text);
	return (struct xl_strs){ at, n };
}

int xl_dir_empty(const char *dir, const char *what, struct xl_diags *d)
{
	if (access(dir, R_OK | X_OK) == 0) /* or it was said why it cannot be read */
		(void)xl_diag(d, XL_ERR_IO, (struct xl_loc){ .file = dir }, "no %s here", what);
	return XL_ERR_IO;
}

/* ---- configurations ---- */

static int read_config(struct xl_set *s, const char *path, const char *name, struct xl_diags *d)
{
	struct xl_config *c = &s->config[s->n_configs];

	s->n_configs++; /* also a faulty one: its name is known, so its cases can be read */
	return xl_config_read(&s->arena, path, name, c, d);
}

static int read_configs(struct xl_set *s, const struct xl_set_from *from, struct xl_diags *d)
{
	char *dir = xl_arena_printf(&s->arena, "%s/configs", from->vectors);
	struct xl_strs names = xl_dir_list(&s->arena, dir, false, d);
	int err = 0;

	if (names.n == 0)
		return xl_dir_empty(dir, "configurations", d);
	s->config = xl_arena_alloc(&s->arena, (names.n + 1) * sizeof(*s->config));
	for (uint32_t i = 0; i < names.n; i++) {
		char *path = xl_arena_printf(&s->arena, "%s/%s.yaml", dir, names.at[i]);

		if (read_config(s, path, names.at[i], d))
			err = XL_ERR_SYNTAX;
	}
	if (from->mine && read_config(s, from->mine, "mine", d))
		err = XL_ERR_SYNTAX;
	return err;
}

/* The sound configurations, for the manifest; barriers built, the cases' indices adjusted. */
static int keep_configs(struct xl_set *s, const struct xl_set_from *from, struct xl_case *cases,
			struct xl_diags *d)
{
	struct xl_golden_config *g = xl_arena_alloc(&s->arena, s->n_configs * sizeof(*g));
	uint16_t *place = xl_arena_alloc(&s->arena, s->n_configs * sizeof(*place));
	size_t first = from->mine ? s->n_configs - 1 : 0, n = 0;
	int err = 0;

	for (size_t i = first; i < s->n_configs; i++) {
		const struct xl_config *c = &s->config[i];

		if (c->is_faulty)
			continue;
		place[i - first] = (uint16_t)n;
		g[n] = (struct xl_golden_config){ .name = c->name,
						  .title = c->title,
						  .json = c->json,
						  .features = c->features,
						  .port = c->port,
						  .n_ports = c->n_ports };
		if (xl_config_barriers(&s->arena, c, &g[n], d))
			err = XL_ERR_SYNTAX;
		n++;
	}
	for (size_t i = 0; i < s->golden.n_cases; i++)
		cases[i].config = place[cases[i].config];
	s->golden.config = g;
	s->golden.n_configs = n;
	return err;
}

/* ---- cases ---- */

struct gather { /* cases as they come, sorted at the end */
	struct xl_set *s;
	struct xl_diags *d;
	struct xl_case_reader reader;
	struct one {
		struct xl_case c;
		struct xl_case_text text;
	} * at;
	size_t n;
	const struct xl_set_from *from;
	uint16_t suite;
	bool has_fault;
};

static void tell(const struct xl_set_from *from, struct xl_diags *d)
{
	if (d->n && from->on_faults)
		from->on_faults(d);
}

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct one *)a)->c.id, ((const struct one *)b)->c.id);
}

/* The strongest level among the requirements that a case covers; unknown ones are faults. */
static void look_up_covers(struct gather *g, struct one *o)
{
	o->c.level = XL_REQ_PLAIN;
	for (uint32_t i = 0; i < o->c.covers.n; i++) {
		const struct xl_req *r = xl_req_find(&g->s->reqs, o->c.covers.at[i]);
		enum xl_req_level level = r ? r->row.level : XL_REQ_PLAIN;

		if (!r)
			o->text.has_missing_covers = true;
		else if (level == XL_REQ_PLAIN)
			level = XL_REQ_MUST; /* an imperative without a keyword binds as one with it */
		if (level < o->c.level)
			o->c.level = level;
	}
}

static void note_left_out(struct xl_set *s, const struct xl_left_out *l)
{
	s->left_out = xl_arena_grow(&s->arena, s->left_out, s->n_left_out, sizeof(*s->left_out));
	s->left_out[s->n_left_out++] = *l;
}

static void read_one(struct gather *g, const struct xl_node *n)
{
	struct one *o;

	g->at = xl_arena_grow(&g->s->arena, g->at, g->n, sizeof(*g->at));
	o = &g->at[g->n];
	switch (xl_case_read(&g->reader, n, &o->c, &o->text)) {
	case XL_CASE_GOOD: break;
	case XL_CASE_LEFT_OUT: note_left_out(g->s, &o->text.left_out); return;
	default: g->has_fault = true; return;
	}
	o->c.suite = g->suite;
	look_up_covers(g, o);
	g->n++;
}

static void read_file(struct gather *g, const char *path)
{
	struct xl_tree *t = xl_tree_read(path, g->d);
	const struct xl_node *root = t ? xl_tree_root(t) : NULL;

	if (!t) {
		g->has_fault = true;
		return;
	}
	g->s->tree = xl_arena_grow(&g->s->arena, g->s->tree, g->s->n_trees, sizeof(*g->s->tree));
	g->s->tree[g->s->n_trees++] = t;
	if (root->kind != XL_YAML_SEQ) {
		(void)xl_diag(g->d, XL_ERR_SYNTAX, root->loc, "a case file is a list of cases");
		g->has_fault = true;
		return;
	}
	for (uint32_t i = 0; i < root->n; i++) {
		const struct xl_node **rows = NULL;
		size_t before = g->d->n + g->d->n_lost;
		uint32_t n = xl_case_expand(t, root->item[i], &rows, g->d);

		g->has_fault = g->has_fault || g->d->n + g->d->n_lost > before;
		for (uint32_t k = 0; k < n; k++)
			read_one(g, rows[k]);
	}
}

static int read_suites(struct gather *g, const struct xl_set_from *from)
{
	char *cases = xl_arena_printf(&g->s->arena, "%s/cases", from->vectors);
	struct xl_strs suites = xl_dir_list(&g->s->arena, cases, true, g->d);

	g->s->golden.suites = suites;
	for (uint32_t i = 0; i < suites.n; i++) {
		char *dir = xl_arena_printf(&g->s->arena, "%s/%s", cases, suites.at[i]);
		struct xl_strs files = xl_dir_list(&g->s->arena, dir, false, g->d);

		g->suite = (uint16_t)i;
		g->reader.suite = suites.at[i];
		for (uint32_t k = 0; k < files.n; k++) {
			read_file(g, xl_arena_printf(&g->s->arena, "%s/%s.yaml", dir, files.at[k]));
			tell(from, g->d);
		}
	}
	return suites.n ? 0 : xl_dir_empty(cases, "suites of cases", g->d);
}

static struct xl_case *settle_cases(struct gather *g)
{
	struct xl_set *s = g->s;
	struct xl_case *c = xl_arena_alloc(&s->arena, g->n * sizeof(*c));

	s->text = xl_arena_alloc(&s->arena, g->n * sizeof(*s->text));
	if (g->n)
		qsort(g->at, g->n, sizeof(*g->at), by_id);
	for (size_t i = 0; i < g->n; i++) {
		c[i] = g->at[i].c;
		s->text[i] = g->at[i].text;
		if (i && strcmp(c[i].id, c[i - 1].id) == 0) {
			g->has_fault = true;
			(void)xl_diag(g->d, XL_ERR_SYNTAX, s->text[i].loc,
				      "id: '%s' is also that of the case at %s:%u", c[i].id,
				      s->text[i - 1].loc.file, s->text[i - 1].loc.line);
		}
	}
	s->golden.cases = c;
	s->golden.n_cases = g->n;
	return c;
}

/* ---- requirements ---- */

static bool is_covered(const struct xl_golden *g, const char *id)
{
	for (size_t i = 0; i < g->n_cases; i++)
		for (uint32_t k = 0; k < g->cases[i].covers.n; k++)
			if (strcmp(g->cases[i].covers.at[k], id) == 0)
				return true;
	return false;
}

static void keep_requirements(struct xl_set *s)
{
	struct xl_requirement *to = xl_arena_alloc(&s->arena, s->reqs.n * sizeof(*to));

	for (size_t i = 0; i < s->reqs.n; i++)
		if (is_covered(&s->golden, s->reqs.row[i].row.id))
			to[s->golden.n_requirements++] = s->reqs.row[i].row;
	s->golden.requirement = to;
}

static void read_version(struct xl_set *s, const struct xl_set_from *from)
{
	char *path = xl_arena_printf(&s->arena, "%s/golden/VERSION", from->vectors), text[64] = "";
	FILE *f = fopen(path, "r");

	if (f && fgets(text, sizeof(text), f))
		text[strcspn(text, "\r\n")] = '\0';
	if (f)
		fclose(f);
	s->golden.version =
		xl_arena_str(&s->arena, text[0] ? text : "0", strlen(text[0] ? text : "0"));
}

int xl_set_compile(const struct xl_set_from *from, struct xl_set *s, struct xl_diags *d)
{
	struct xl_builder builder = { .arena = &s->arena, .d = d };
	struct gather g = { .s = s, .d = d, .from = from };
	struct xl_case *cases;
	int err, req_err, suites_err;

	*s = (struct xl_set){ .n_left_out = 0 };
	read_version(s, from);
	req_err = xl_reqs_read(&s->arena, from->requirements, &s->reqs, d);
	err = read_configs(s, from, d);
	tell(from, d);
	if (req_err == XL_ERR_IO || err == XL_ERR_IO) /* or each case would be faulty for it */
		return XL_ERR_IO;
	g.reader =
		(struct xl_case_reader){ .arena = &s->arena,
					 .d = d,
					 .config = s->config,
					 .n_configs = s->n_configs - (from->mine != NULL),
					 .mine = from->mine ? &s->config[s->n_configs - 1] : NULL,
					 .builder = &builder };
	suites_err = read_suites(&g, from);
	cases = settle_cases(&g);
	s->n_packets = builder.n_built;
	s->n_by_libnet = builder.n_by_libnet;
	keep_requirements(s);
	if (keep_configs(s, from, cases, d))
		err = XL_ERR_SYNTAX;
	if (from->mine && !err && !g.has_fault && s->golden.n_cases == 0)
		err = xl_diag(d, XL_ERR_RANGE, (struct xl_loc){ .file = from->mine },
			      "no case is left: other names, or settings unlike those of any "
			      "configuration of the cases");
	else if (!suites_err && !g.has_fault && s->golden.n_cases == 0)
		suites_err = xl_dir_empty(xl_arena_printf(&s->arena, "%s/cases", from->vectors),
					  "cases", d);
	if (suites_err)
		return suites_err;
	return err ? err : req_err ? req_err : g.has_fault ? XL_ERR_SYNTAX : 0;
}

void xl_set_fini(struct xl_set *s)
{
	for (size_t i = 0; i < s->n_configs; i++)
		xl_config_fini(&s->config[i]);
	for (size_t i = 0; i < s->n_trees; i++)
		xl_tree_free(s->tree[i]);
	xl_arena_fini(&s->arena);
	*s = (struct xl_set){ .n_trees = 0 };
}
