/* fmt.c - see fmt.h. Works on lines, so that comments and the writer's line breaks survive; a parse before
 * and after proves that nothing but layout and order changed. */
#include "vectors/fmt.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ref/io/yaml.h"

static const char *const order[] = { "id",    "title",          "covers", "config",
				     "needs", "interpretation", "repeat", "steps" };

enum { KEYS = sizeof(order) / sizeof(order[0]), OTHER = KEYS, BLOCKS_MAX = 32 };

struct line {
	const char *at;
	size_t n; /* without blanks at the end */
};

struct block { /* a key of a case with all its lines, comments before it included */
	size_t from, to, key; /* lines [from, to); key: the line with the key */
	int rank;
};

/* ---- the same tree ---- */

static bool is_same(const struct xl_node *a, const struct xl_node *b);

static bool is_same_map(const struct xl_node *a, const struct xl_node *b)
{
	for (uint32_t i = 0; i < a->n; i++) {
		const struct xl_node *other = xl_node_get(b, a->key[i]->text);

		if (!other || !is_same(a->item[i], other))
			return false;
	}
	return true;
}

static bool is_same(const struct xl_node *a, const struct xl_node *b)
{
	if (a->kind != b->kind || a->n != b->n)
		return false;
	if (a->kind == XL_YAML_SCALAR)
		return a->is_quoted == b->is_quoted && strcmp(a->text, b->text) == 0;
	if (a->kind == XL_YAML_MAP)
		return is_same_map(a, b);
	for (uint32_t i = 0; i < a->n; i++)
		if (!is_same(a->item[i], b->item[i]))
			return false;
	return true;
}

/* ---- lines ---- */

static struct line *split(const char *text, size_t *count)
{
	size_t cap = 1, n = 0;
	struct line *l;

	for (const char *p = text; *p; p++)
		cap += *p == '\n';
	l = calloc(cap + 1, sizeof(*l));
	for (const char *p = text; l && *p;) {
		size_t len = strcspn(p, "\n"), used = len;

		while (used && (p[used - 1] == ' ' || p[used - 1] == '\t' || p[used - 1] == '\r'))
			used--;
		l[n++] = (struct line){ p, used };
		p += len + (p[len] == '\n');
	}
	*count = n;
	return l;
}

static bool starts_case(const struct line *l)
{
	return l->n > 2 && l->at[0] == '-' && l->at[1] == ' ';
}

/* A key of a case stands in column 3, the first one behind the dash. */
static bool starts_key(const struct line *l)
{
	return starts_case(l) || (l->n > 3 && l->at[0] == ' ' && l->at[1] == ' ' &&
				  l->at[2] >= 'a' && l->at[2] <= 'z');
}

static int rank_of(const struct line *l)
{
	for (int i = 0; i < KEYS; i++) {
		size_t n = strlen(order[i]);

		if (l->n > n + 2 && strncmp(l->at + 2, order[i], n) == 0 && l->at[2 + n] == ':')
			return i;
	}
	return OTHER;
}

/* Comment and blank lines right before line `at`, not before `from`, belong to what begins there. */
static size_t with_comments(const struct line *l, size_t from, size_t at)
{
	while (at > from && l[at - 1].n > 0 && l[at - 1].at[strspn(l[at - 1].at, " ")] == '#')
		at--;
	return at;
}

static void put_line(FILE *to, const struct line *l, bool is_first)
{
	if (l->n == 0)
		putc('\n', to);
	else if (is_first)
		fprintf(to, "- %.*s\n", (int)l->n - 2, l->at + 2);
	else if (starts_case(l))
		fprintf(to, "  %.*s\n", (int)l->n - 2, l->at + 2);
	else
		fprintf(to, "%.*s\n", (int)l->n, l->at);
}

/* One case: lines [from, to), the first starting with a dash. */
static void put_case(FILE *out, const struct line *l, size_t from, size_t to)
{
	struct block b[BLOCKS_MAX];
	size_t n = 0;
	bool is_first = true;

	while (to > from && l[to - 1].n == 0)
		to--;
	for (size_t i = from; i < to; i++) {
		size_t start;

		if (!starts_key(&l[i]) || n == BLOCKS_MAX)
			continue;
		start = n ? with_comments(l, b[n - 1].key + 1, i) : i;
		if (n)
			b[n - 1].to = start;
		b[n++] = (struct block){ start, to, i, rank_of(&l[i]) };
	}
	for (int rank = 0; rank <= OTHER; rank++)
		for (size_t k = 0; k < n; k++) {
			if (b[k].rank != rank)
				continue;
			for (; is_first && b[k].from < b[k].key; b[k].from++)
				put_line(out, &l[b[k].from], false);
			for (size_t i = b[k].from; i < b[k].to; i++) {
				if (l[i].n == 0 && (i + 1 == b[k].to || l[i + 1].n == 0))
					continue;
				put_line(out, &l[i], is_first && i == b[k].key);
			}
			is_first = false;
		}
}

static char *rewrite(const struct line *l, size_t n)
{
	char *text = NULL;
	size_t size = 0, at = 0, first = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	while (first < n && !starts_case(&l[first]))
		first++;
	first = with_comments(l, 0, first);
	while (at < first && l[at].n == 0)
		at++;
	for (; at < first; at++)
		put_line(out, &l[at], false);
	while (at < n) {
		size_t head = at, next;

		while (head < n && !starts_case(&l[head]))
			head++;
		next = head + 1;
		while (next < n && !starts_case(&l[next]))
			next++;
		if (next < n)
			next = with_comments(l, head + 1, next);
		for (; at < head; at++) /* comments before the case */
			if (l[at].n)
				put_line(out, &l[at], false);
		put_case(out, l, head, next > n ? n : next);
		at = next;
		if (at < n)
			putc('\n', out);
	}
	fclose(out);
	return text;
}

static size_t count_cases(const struct line *l, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += starts_case(&l[i]);
	return count;
}

char *xl_fmt_text(const char *text, const char *name, struct xl_diags *d)
{
	struct xl_tree *before = xl_tree_read_text(text, strlen(text), name, d), *after = NULL;
	struct line *l = NULL;
	char *to = NULL;
	size_t n = 0;

	if (!before)
		return NULL;
	if (xl_tree_root(before)->kind != XL_YAML_SEQ) {
		(void)xl_diag(d, XL_ERR_SYNTAX, xl_tree_root(before)->loc,
			      "a case file is a list of cases");
		goto out;
	}
	l = split(text, &n);
	to = l && count_cases(l, n) == xl_tree_root(before)->n ? rewrite(l, n) : NULL;
	after = to ? xl_tree_read_text(to, strlen(to), name, d) : NULL;
	if (!after || !is_same(xl_tree_root(before), xl_tree_root(after))) {
		(void)xl_diag(d, XL_ERR_SYNTAX, xl_tree_root(before)->loc,
			      "cannot be laid out: a case begins with '- ' in column 1, its keys "
			      "stand in "
			      "column 3");
		free(to);
		to = NULL;
	}
out:
	if (after)
		xl_tree_free(after);
	xl_tree_free(before);
	free(l);
	return to;
}
