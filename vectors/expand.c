/* expand.c - `repeat`: one case for each row, $name replaced by the row's value everywhere. */
#include "vectors/compile.h"

#include <stdio.h>
#include <string.h>

enum { TEXT_MAX = 256 * 1024 };

struct expand {
	struct xl_tree *tree;
	const struct xl_node *row;
	struct xl_diags *d;
	bool has_fault;
	bool *is_used; /* parallel to row->key */
};

static bool is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-';
}

/* The value of the $name at p (behind the dollar), its length in *n; NULL: there is none. A name may
 * end before a dash or word that goes on: the longest column wins. */
static const struct xl_node *column(const struct expand *e, const char *p, size_t *n)
{
	const struct xl_node *best = NULL;
	uint32_t at = 0;

	*n = 0;
	for (uint32_t i = 0; i < e->row->n; i++) {
		const char *key = e->row->key[i]->text;
		size_t len = strlen(key);

		if (len > *n && strncmp(key, p, len) == 0) {
			*n = len;
			best = e->row->item[i];
			at = i;
		}
	}
	if (best && e->is_used)
		e->is_used[at] = true;
	return best;
}

static void unknown(struct expand *e, struct xl_loc loc, const char *p)
{
	int n = 0;

	while (is_name(p[n]))
		n++;
	e->has_fault = true;
	(void)xl_diag(e->d, XL_ERR_SYNTAX, loc,
		      "$%.*s: the row has no such column ($$ is a dollar sign)", n, p);
}

/* The replaced text; NULL after a fault. */
static char *replace(struct expand *e, const struct xl_node *n, size_t *len)
{
	size_t need = n->len + 1, used = 0;
	char *to;

	for (const char *p = n->text; *p; p++) {
		size_t skip;
		const struct xl_node *v = *p == '$' ? column(e, p + 1, &skip) : NULL;

		need += v && v->kind == XL_YAML_SCALAR ? v->len : 0;
	}
	to = xl_tree_alloc(e->tree, need);
	for (const char *p = n->text; to && *p; p++) {
		size_t skip;
		const struct xl_node *v;

		if (*p != '$' || p[1] == '$') {
			p += *p == '$';
			to[used++] = *p;
			continue;
		}
		v = column(e, p + 1, &skip);
		if (!v || v->kind != XL_YAML_SCALAR) {
			unknown(e, n->loc, p + 1);
			return NULL;
		}
		memcpy(to + used, v->text, v->len);
		used += v->len;
		p += skip;
	}
	*len = used;
	return to;
}

static const struct xl_node *copy(struct expand *e, const struct xl_node *n);

static const struct xl_node *const *copy_all(struct expand *e, const struct xl_node *const *from,
					     uint32_t n)
{
	const struct xl_node **to = xl_tree_alloc(e->tree, (n + 1) * sizeof(*to));

	for (uint32_t i = 0; to && i < n; i++)
		to[i] = copy(e, from[i]);
	return to;
}

/* A copy with the row's values; parts without a dollar are shared, not copied. */
static const struct xl_node *copy(struct expand *e, const struct xl_node *n)
{
	struct xl_node *to;
	size_t skip, len;

	if (n->kind == XL_YAML_SCALAR) {
		const struct xl_node *v;
		char *text;

		if (!strchr(n->text, '$'))
			return n;
		v = n->text[0] == '$' ? column(e, n->text + 1, &skip) : NULL;
		if (v && n->text[skip + 1] == '\0')
			return v;
		to = xl_tree_alloc(e->tree, sizeof(*to));
		text = replace(e, n, &len);
		if (!to || !text)
			return n;
		*to = *n;
		to->text = text;
		to->len = len;
		return to;
	}
	to = xl_tree_alloc(e->tree, sizeof(*to));
	if (!to)
		return n;
	*to = *n;
	to->item = copy_all(e, n->item, n->n);
	if (n->kind == XL_YAML_MAP)
		to->key = copy_all(e, n->key, n->n);
	return to;
}

static bool has_slug(const struct xl_node *row, const struct xl_node *const *rows, uint32_t before,
		     struct xl_diags *d)
{
	const struct xl_node *slug = xl_node_get(row, "slug");

	if (!slug || slug->kind != XL_YAML_SCALAR || slug->len == 0) {
		(void)xl_diag(d, XL_ERR_SYNTAX, row->loc,
			      "repeat: a row is {slug: NAME, column: value, ...}");
		return false;
	}
	for (uint32_t i = 0; i < before; i++)
		if (xl_node_is(xl_node_get(rows[i], "slug"), slug->text)) {
			(void)xl_diag(d, XL_ERR_SYNTAX, slug->loc,
				      "slug: '%s' is that of an earlier row", slug->text);
			return false;
		}
	return true;
}

/* The case without its `repeat`. */
static struct xl_node *without_repeat(struct xl_tree *t, const struct xl_node *c)
{
	struct xl_node *to = xl_tree_alloc(t, sizeof(*to));
	const struct xl_node **item = xl_tree_alloc(t, c->n * sizeof(*item));
	const struct xl_node **key = xl_tree_alloc(t, c->n * sizeof(*key));

	if (!to || !item || !key)
		return NULL;
	*to = *c;
	to->n = 0;
	to->item = item;
	to->key = key;
	for (uint32_t i = 0; i < c->n; i++)
		if (strcmp(c->key[i]->text, "repeat") != 0) {
			item[to->n] = c->item[i];
			key[to->n++] = c->key[i];
		}
	return to;
}

static bool is_alike(const struct xl_node *a, const struct xl_node *b)
{
	if (!a || !b || a == b)
		return a == b;
	if (a->kind != b->kind || a->n != b->n)
		return false;
	if (a->kind == XL_YAML_SCALAR)
		return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
	for (uint32_t i = 0; i < a->n; i++)
		if (!is_alike(a->item[i], b->item[i]) ||
		    (a->kind == XL_YAML_MAP && !is_alike(a->key[i], b->key[i])))
			return false;
	return true;
}

/* Columns that nothing uses, which may be misspelt, and rows that do what an earlier one does. */
static void check_row(struct expand *e, const struct xl_node *const *rows, uint32_t n)
{
	for (uint32_t i = 0; i < e->row->n; i++)
		if (!e->is_used[i] && strcmp(e->row->key[i]->text, "slug") != 0) {
			e->has_fault = true;
			(void)xl_diag(e->d, XL_ERR_SYNTAX, e->row->key[i]->loc,
				      "repeat: nothing uses the column '%s'", e->row->key[i]->text);
		}
	for (uint32_t i = 0; i < n && !e->has_fault; i++)
		if (is_alike(xl_node_get(rows[i], "steps"), xl_node_get(rows[n], "steps")) &&
		    is_alike(xl_node_get(rows[i], "config"), xl_node_get(rows[n], "config"))) {
			e->has_fault = true;
			(void)xl_diag(e->d, XL_ERR_SYNTAX, e->row->loc,
				      "repeat: an earlier row is the same case");
		}
}

uint32_t xl_case_expand(struct xl_tree *t, const struct xl_node *c, const struct xl_node ***rows,
			struct xl_diags *d)
{
	const struct xl_node *repeat = xl_node_get(c, "repeat"), *base = c;
	uint32_t n = 0;

	if (!repeat) {
		*rows = xl_tree_alloc(t, sizeof(**rows));
		if (!*rows)
			return 0;
		(*rows)[0] = c;
		return 1;
	}
	if (repeat->kind != XL_YAML_SEQ || repeat->n == 0) {
		(void)xl_diag(d, XL_ERR_SYNTAX, repeat->loc, "repeat: a list of rows wanted");
		return 0;
	}
	base = without_repeat(t, c);
	*rows = xl_tree_alloc(t, repeat->n * sizeof(**rows));
	if (!base || !*rows)
		return 0;
	for (uint32_t i = 0; i < repeat->n; i++) {
		struct expand e = { t, repeat->item[i], d, false, NULL };

		if (!has_slug(e.row, repeat->item, i, d))
			continue;
		e.is_used = xl_tree_alloc(t, e.row->n * sizeof(*e.is_used));
		if (!e.is_used)
			return 0;
		memset(e.is_used, 0, e.row->n * sizeof(*e.is_used));
		(*rows)[n] = copy(&e, base);
		if (!e.has_fault)
			check_row(&e, *rows, n);
		if (!e.has_fault)
			n++;
	}
	return n;
}
