/* yaml_out.c - a tree as YAML in block style: what a person reads, and any parser. */
#include <string.h>

#include "ref/io/json.h"
#include "ref/io/yaml.h"

enum { INDENT = 2 };

/* Text is always quoted: not every parser takes `off` or 1:30 for text. */
static void put_scalar(const struct xl_node *n, FILE *to)
{
	struct xl_json j;

	if (!n->is_quoted) {
		fputs(n->text, to);
		return;
	}
	xl_json_init(&j, to);
	xl_json_strn(&j, NULL, n->text, n->len);
}

/* A key is mostly a word that no parser takes for anything else. */
static void put_key(const struct xl_node *n, FILE *to)
{
	static const char *const odd[] = { "y",   "n",    "yes",   "no",  "on",
					   "off", "true", "false", "null" };
	bool is_word = n->len && n->text[0] >= 'a' && n->text[0] <= 'z' &&
		       strspn(n->text, "abcdefghijklmnopqrstuvwxyz0123456789-") == n->len;

	for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++)
		if (strcmp(n->text, odd[i]) == 0)
			is_word = false;
	if (is_word)
		fputs(n->text, to);
	else
		put_scalar(n, to);
}

static void put_node(const struct xl_node *n, unsigned indent, bool is_in_line, FILE *to);

/* Behind "key:" or "-": on the line when it fits there, else below. */
static void put_value(const struct xl_node *n, unsigned indent, bool is_item, FILE *to)
{
	if (n->kind != XL_YAML_SCALAR && n->n > 0 && !is_item) {
		fputc('\n', to);
		put_node(n, indent + INDENT, false, to);
		return;
	}
	fputc(' ', to);
	if (n->kind == XL_YAML_SCALAR)
		put_scalar(n, to);
	else if (n->n > 0)
		put_node(n, indent + INDENT, true, to);
	else
		fputs(n->kind == XL_YAML_SEQ ? "[]" : "{}", to);
	if (n->kind == XL_YAML_SCALAR || n->n == 0)
		fputc('\n', to);
}

/* A MAP or SEQ that is not empty; is_in_line: its first row is begun. */
static void put_node(const struct xl_node *n, unsigned indent, bool is_in_line, FILE *to)
{
	for (uint32_t i = 0; i < n->n; i++) {
		fprintf(to, "%*s", i == 0 && is_in_line ? 0 : (int)indent, "");
		if (n->kind == XL_YAML_SEQ) {
			fputc('-', to);
		} else {
			put_key(n->key[i], to);
			fputc(':', to);
		}
		put_value(n->item[i], indent, n->kind == XL_YAML_SEQ, to);
	}
}

void xl_yaml_write(const struct xl_node *n, FILE *to)
{
	if (n->kind != XL_YAML_SCALAR && n->n > 0)
		put_node(n, 0, false, to);
	else if (n->kind == XL_YAML_SCALAR)
		put_scalar(n, to);
	else
		fputs(n->kind == XL_YAML_SEQ ? "[]" : "{}", to);
}
