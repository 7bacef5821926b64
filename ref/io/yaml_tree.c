/* yaml_tree.c - the tree interface of yaml.h: one small document in an arena.
 *
 * Built from the pull interface, so it refuses what that refuses. The children of open collections wait
 * on one stack and move into the arena when their collection ends, so nothing in a tree is ever resized.
 */
#include "ref/io/yaml.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 1 << 16 };

struct block {
	struct block *next;
	size_t used, cap;
	max_align_t bytes[];
};

struct xl_tree {
	struct block *block;
	char *name;
	struct xl_node *root;
};

struct builder {
	struct xl_tree *tree;
	struct xl_yaml *yaml;
	struct xl_diags *diags;
	struct xl_node **stack; /* nodes whose collection is still open, keys and values in turn */
	size_t n, cap;
};

void *xl_tree_alloc(struct xl_tree *t, size_t n)
{
	size_t need = (n + sizeof(max_align_t) - 1) & ~(sizeof(max_align_t) - 1);
	struct block *b = t->block;
	void *p;

	if (need < n)
		return NULL;
	if (!b || b->cap - b->used < need) {
		size_t cap = need > BLOCK_BYTES ? need : BLOCK_BYTES;

		b = malloc(sizeof(*b) + cap);
		if (!b)
			return NULL;
		*b = (struct block){ .next = t->block, .cap = cap };
		t->block = b;
	}
	p = (char *)b->bytes + b->used;
	b->used += need;
	return memset(p, 0, n);
}

static bool push(struct builder *b, struct xl_node *n)
{
	if (b->n == b->cap) {
		size_t cap = b->cap ? 2 * b->cap : 64;
		struct xl_node **p = realloc(b->stack, cap * sizeof(void *));

		if (!p)
			return false;
		b->stack = p;
		b->cap = cap;
	}
	b->stack[b->n++] = n;
	return true;
}

static struct xl_node *node_new(struct builder *b, const struct xl_yaml_event *e)
{
	struct xl_node *n = xl_tree_alloc(b->tree, sizeof(*n));
	char *text;

	if (!n)
		return NULL;
	n->kind = e->kind;
	n->loc = e->loc;
	n->loc.file = b->tree->name;
	if (e->kind != XL_YAML_SCALAR)
		return n;
	text = xl_tree_alloc(b->tree, e->len + 1);
	if (!text)
		return NULL;
	memcpy(text, e->text, e->len);
	n->text = text;
	n->len = e->len;
	n->is_quoted = e->is_quoted;
	return n;
}

/* Moves stack[first, n) into collection `c`. */
static bool close_collection(struct builder *b, struct xl_node *c, size_t first)
{
	size_t step = c->kind == XL_YAML_MAP ? 2 : 1;
	size_t n = (b->n - first) / step;
	const struct xl_node **all = xl_tree_alloc(b->tree, step * n * sizeof(void *) + 1);

	if (!all)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (step == 2)
			all[n + i] = b->stack[first + 2 * i];
		all[i] = b->stack[first + step * i + step - 1];
	}
	c->n = (uint32_t)n;
	c->item = all;
	c->key = step == 2 ? all + n : NULL;
	b->n = first;
	return true;
}

/* Reads all events. 0, or XL_ERR_NOMEM; faults of the text are in the diags. */
static int build(struct builder *b)
{
	struct xl_node *open[64]; /* yaml.c bounds the depth */
	size_t first[64], depth = 0;

	for (;;) {
		struct xl_yaml_event e = xl_yaml_next(b->yaml);
		struct xl_node *n;

		if (e.kind == XL_YAML_END)
			return 0;
		if (e.kind == XL_YAML_MAP_END || e.kind == XL_YAML_SEQ_END) {
			assert(depth > 0);
			depth--;
			if (!close_collection(b, open[depth], first[depth]))
				return XL_ERR_NOMEM;
			continue;
		}
		n = node_new(b, &e);
		if (!n || !push(b, n))
			return XL_ERR_NOMEM;
		if (!b->tree->root)
			b->tree->root = n;
		if (n->kind != XL_YAML_SCALAR) {
			open[depth] = n;
			first[depth++] = b->n;
		}
	}
}

static struct xl_tree *read_tree(struct xl_yaml *y, const char *name, struct xl_diags *d)
{
	struct builder b = { .yaml = y, .diags = d };
	bool is_good = false;

	if (!y)
		return NULL;
	b.tree = calloc(1, sizeof(*b.tree));
	if (b.tree)
		b.tree->name = strdup(name);
	if (!b.tree || !b.tree->name || build(&b) != 0)
		xl_diag(d, XL_ERR_NOMEM, XL_NOWHERE, "out of memory");
	else
		is_good = !xl_yaml_failed(y);
	if (is_good && !b.tree->root) {
		b.tree->root = node_new(&b, &(struct xl_yaml_event){
						    .kind = XL_YAML_SCALAR,
						    .loc = { .line = 1, .col = 1 },
						    .text = "",
					    });
		is_good = b.tree->root != NULL;
	}
	free(b.stack);
	xl_yaml_close(y);
	if (is_good)
		return b.tree;
	xl_tree_free(b.tree);
	return NULL;
}

struct xl_tree *xl_tree_read(const char *path, struct xl_diags *d)
{
	return read_tree(xl_yaml_open(path, d), strcmp(path, "-") ? path : "<stdin>", d);
}

struct xl_tree *xl_tree_read_text(const char *text, size_t n, const char *name, struct xl_diags *d)
{
	return read_tree(xl_yaml_open_text(text, n, name, d), name, d);
}

const struct xl_node *xl_tree_root(const struct xl_tree *t)
{
	return t->root;
}

void xl_tree_free(struct xl_tree *t)
{
	if (!t)
		return;
	for (struct block *b = t->block, *next; b; b = next) {
		next = b->next;
		free(b);
	}
	free(t->name);
	free(t);
}

const struct xl_node *xl_node_get(const struct xl_node *n, const char *key)
{
	if (!n || n->kind != XL_YAML_MAP)
		return NULL;
	for (uint32_t i = 0; i < n->n; i++)
		if (xl_node_is(n->key[i], key))
			return n->item[i];
	return NULL;
}

bool xl_node_is(const struct xl_node *n, const char *text)
{
	return n && n->kind == XL_YAML_SCALAR && n->len == strlen(text) &&
	       memcmp(n->text, text, n->len) == 0;
}

bool xl_node_bool(const struct xl_node *n, bool *out)
{
	bool is_true = xl_node_is(n, "true");

	if (!n || n->is_quoted || (!is_true && !xl_node_is(n, "false")))
		return false;
	*out = is_true;
	return true;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 99;
}

bool xl_node_int(const struct xl_node *n, int64_t *out)
{
	uint64_t v = 0, max = INT64_MAX;
	unsigned base = 10;
	const char *p, *end;
	bool is_negative;

	if (!n || n->kind != XL_YAML_SCALAR || n->is_quoted || n->len == 0)
		return false;
	p = n->text;
	end = p + n->len;
	is_negative = *p == '-';
	p += *p == '-' || *p == '+';
	if (end - p > 2 && p[0] == '0' && p[1] == 'x') {
		base = 16;
		p += 2;
	}
	if (p == end)
		return false;
	max += is_negative;
	for (; p < end; p++) {
		unsigned d = (unsigned)digit(*p);

		if (d >= base || v > (max - d) / base)
			return false;
		v = v * base + d;
	}
	*out = is_negative ? (int64_t)(0 - v) : (int64_t)v;
	return true;
}
