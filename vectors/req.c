/* req.c - reads the requirement rows and holds their keyword counts against sections and texts. */
#include "vectors/req.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ref/io/yaml.h"
#include "vectors/compile.h"

static const char *const level_text[] = { "must", "should", "may", "plain" };
static const char *const reasons[] = { "operator", "routing",    "management",
				       "internal", "other-node", "document" };

const char *xl_req_level_text(enum xl_req_level l)
{
	return level_text[l];
}

struct reading {
	struct xl_arena *a;
	struct xl_reqs *r;
	struct xl_diags *d;
	uint32_t file;
	bool has_fault;
};

static void fault(struct reading *g, struct xl_loc loc, const char *text)
{
	g->has_fault = true;
	(void)xl_diag(g->d, XL_ERR_SYNTAX, loc, "%s", text);
}

static const char *text_of(struct reading *g, const struct xl_node *map, const char *key)
{
	const struct xl_node *n = xl_node_get(map, key);

	if (n && n->kind == XL_YAML_SCALAR && n->len)
		return xl_arena_str(g->a, n->text, n->len);
	g->has_fault = true;
	(void)xl_diag(g->d, XL_ERR_SYNTAX, n ? n->loc : map->loc, "%s: text is required", key);
	return "";
}

static void allow_keys(struct reading *g, const struct xl_node *map, const char *what,
		       const char *allowed)
{
	for (uint32_t i = 0; i < map->n; i++) {
		if (xl_key_is_known(map->key[i]->text, allowed))
			continue;
		g->has_fault = true;
		(void)xl_diag(g->d, XL_ERR_SYNTAX, map->key[i]->loc,
			      "%s has no key '%s': allowed are %s", what, map->key[i]->text,
			      allowed);
	}
}

static int one_of(const char *const *words, size_t n, const struct xl_node *v)
{
	for (size_t i = 0; v && i < n; i++)
		if (xl_node_is(v, words[i]))
			return (int)i;
	return -1;
}

/* The level of a sentence stands in its row, that of a part in the row that it is part of. */
static void read_level(struct reading *g, const struct xl_node *n, struct xl_req *q)
{
	const struct xl_node *level = xl_node_get(n, "level"), *part = xl_node_get(n, "part-of"),
			     *keywords = xl_node_get(n, "keywords");
	int at = one_of(level_text, 4, level);

	if (part) {
		q->part_of = text_of(g, n, "part-of");
		if (level || keywords || q->untestable)
			fault(g, part->loc,
			      "part-of: level and keywords are those of the whole, and it is "
			      "testable");
		return;
	}
	if (at < 0)
		fault(g, level ? level->loc : n->loc, "level: must, should, may or plain");
	else
		q->row.level = (enum xl_req_level)at;
	q->keywords = q->row.level != XL_REQ_PLAIN;
	if (keywords && (!xl_node_int(keywords, &q->keywords) || q->keywords < 0))
		fault(g, keywords->loc, "keywords: a number");
}

static void read_row(struct reading *g, const struct xl_node *n)
{
	const struct xl_req_file *file = &g->r->file[g->file];
	const struct xl_node *why = xl_node_get(n, "untestable");
	int at_why = one_of(reasons, 6, why);
	struct xl_req *q;
	char head[80];

	if (n->kind != XL_YAML_MAP) {
		fault(g, n->loc, "a row is {id, section, level, text, ...}");
		return;
	}
	allow_keys(g, n, "a row", "id section level part-of keywords text untestable");
	g->r->row = xl_arena_grow(g->a, g->r->row, g->r->n, sizeof(*q));
	q = &g->r->row[g->r->n++];
	*q = (struct xl_req){ .file = g->file, .loc = { file->path, n->loc.line, n->loc.col } };
	q->row = (struct xl_requirement){ .id = text_of(g, n, "id"),
					  .section = text_of(g, n, "section"),
					  .text = text_of(g, n, "text"),
					  .rfc = file->rfc };
	if (why && at_why < 0)
		fault(g, why->loc,
		      "untestable: operator, routing, management, internal, other-node or "
		      "document");
	q->untestable = at_why < 0 ? NULL : reasons[at_why];
	read_level(g, n, q);
	snprintf(head, sizeof(head), "rfc%u-%s-", file->rfc, q->row.section);
	if (strncasecmp(q->row.id, head, strlen(head)) != 0) {
		g->has_fault = true;
		(void)xl_diag(g->d, XL_ERR_SYNTAX, n->loc, "id: '%s': %s<slug> wanted", q->row.id,
			      head);
	}
}

static void read_counts(struct reading *g, const struct xl_node *n, struct xl_req_file *f)
{
	if (n->kind != XL_YAML_MAP) {
		fault(g, n->loc,
		      "keywords: {\"SECTION\": {must: N, should: N, may: N}, ...} wanted");
		return;
	}
	f->count = xl_arena_alloc(g->a, n->n * sizeof(*f->count));
	for (uint32_t i = 0; i < n->n; i++) {
		struct xl_req_count *c = &f->count[f->n_counts++];
		const struct xl_node *row = n->item[i];

		*c = (struct xl_req_count){ .section = xl_arena_str(g->a, n->key[i]->text,
								    n->key[i]->len),
					    .loc = n->key[i]->loc };
		for (uint32_t k = 0; row->kind == XL_YAML_MAP && k < row->n; k++) {
			int level = one_of(level_text, XL_REQ_PLAIN, row->key[k]);

			if (level < 0 || !xl_node_int(row->item[k], &c->n[level]))
				fault(g, row->key[k]->loc,
				      "keywords: must, should or may, and a number");
		}
	}
}

/* {most: PERCENT, why: TEXT}: more of this document than of others is seen by no case. */
static void read_untestable(struct reading *g, const struct xl_node *n, struct xl_req_file *f)
{
	if (n->kind != XL_YAML_MAP || !xl_node_int(xl_node_get(n, "most"), &f->untestable_most) ||
	    f->untestable_most < 1 || f->untestable_most > 100) {
		fault(g, n->loc, "untestable: {most: PERCENT, why: TEXT} wanted");
		return;
	}
	allow_keys(g, n, "untestable", "most why");
	(void)text_of(g, n, "why");
}

static void read_head(struct reading *g, const struct xl_node *root, struct xl_req_file *f)
{
	const struct xl_node *partial = xl_node_get(root, "partial"),
			     *counts = xl_node_get(root, "keywords"),
			     *untestable = xl_node_get(root, "untestable");

	allow_keys(g, root, "the file", "rfc title partial keywords untestable requirements");
	if (partial && !xl_node_bool(partial, &f->is_partial))
		fault(g, partial->loc, "partial: true or false");
	if (f->is_partial && untestable)
		fault(g, partial->loc, "partial: such a file counts no untestable rows");
	if (counts)
		read_counts(g, counts, f);
	if (untestable)
		read_untestable(g, untestable, f);
}

static void read_file(struct reading *g, const char *path)
{
	struct xl_tree *t = xl_tree_read(path, g->d);
	const struct xl_node *root = t ? xl_tree_root(t) : NULL, *n;
	struct xl_req_file *f;
	int64_t rfc = 0;

	if (!t) {
		g->has_fault = true;
		return;
	}
	g->r->file = xl_arena_grow(g->a, g->r->file, g->r->n_files, sizeof(*f));
	g->file = (uint32_t)g->r->n_files++;
	f = &g->r->file[g->file];
	*f = (struct xl_req_file){ .path = path,
				   .title = text_of(g, root, "title"),
				   .loc = { path, 1, 1 } };
	n = xl_node_get(root, "rfc");
	if (!n || !xl_node_int(n, &rfc) || rfc < 1 || rfc > 99999)
		fault(g, root->loc, "rfc: the number of the document is required");
	f->rfc = (uint32_t)rfc;
	read_head(g, root, f);
	n = xl_node_get(root, "requirements");
	if (!n || n->kind != XL_YAML_SEQ)
		fault(g, root->loc, "requirements: a list of rows is required");
	else
		for (uint32_t i = 0; i < n->n; i++)
			read_row(g, n->item[i]);
	xl_tree_free(t);
}

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct xl_req *)a)->row.id, ((const struct xl_req *)b)->row.id);
}

/* Parts take the level of their whole, which is a row of the same document and itself no part. */
static void join_parts(struct reading *g)
{
	for (size_t i = 0; i < g->r->n; i++) {
		struct xl_req *q = &g->r->row[i];
		const struct xl_req *whole = q->part_of ? xl_req_find(g->r, q->part_of) : NULL;

		if (whole && !whole->part_of && whole->file == q->file && !whole->untestable)
			q->row.level = whole->row.level;
		else if (q->part_of)
			fault(g, q->loc,
			      "part-of: a testable row of this file wanted, itself no part");
	}
}

int xl_reqs_read(struct xl_arena *a, const char *dir, struct xl_reqs *r, struct xl_diags *d)
{
	struct reading g = { .a = a, .r = r, .d = d };
	struct xl_strs files = xl_dir_list(a, dir, false, d);

	*r = (struct xl_reqs){ .n = 0 };
	for (uint32_t i = 0; i < files.n; i++)
		read_file(&g, xl_arena_printf(a, "%s/%s.yaml", dir, files.at[i]));
	if (r->n)
		qsort(r->row, r->n, sizeof(*r->row), by_id);
	for (size_t i = 1; i < r->n; i++)
		if (strcmp(r->row[i].row.id, r->row[i - 1].row.id) == 0)
			fault(&g, r->row[i].loc, "id: another row has it");
	join_parts(&g);
	if (files.n == 0)
		return xl_dir_empty(dir, "requirements", d);
	return g.has_fault ? XL_ERR_SYNTAX : 0;
}

const struct xl_req *xl_req_find(const struct xl_reqs *r, const char *id)
{
	size_t lo = 0, hi = r->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int order = strcmp(r->row[mid].row.id, id);

		if (order == 0)
			return &r->row[mid];
		if (order < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}
