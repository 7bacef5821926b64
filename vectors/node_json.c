/* node_json.c - see node_json.h. */
#include "vectors/node_json.h"

#include <inttypes.h>
#include <string.h>

#include "ref/io/json.h"

struct relocate {
	FILE *to;
	uint32_t line;
};

static void put_node(struct relocate *r, const struct xl_node *n);

static void go_to(struct relocate *r, struct xl_loc loc)
{
	for (; r->line < loc.line; r->line++)
		putc('\n', r->to);
}

static void put_scalar(struct relocate *r, const struct xl_node *n)
{
	struct xl_json j;
	int64_t v;
	bool b;

	go_to(r, n->loc);
	if (!n->is_quoted && xl_node_int(n, &v)) {
		fprintf(r->to, "%" PRId64, v);
		return;
	}
	if (!n->is_quoted && (xl_node_bool(n, &b) || strcmp(n->text, "null") == 0)) {
		fputs(n->text, r->to);
		return;
	}
	xl_json_init(&j, r->to);
	xl_json_strn(&j, NULL, n->text, n->len);
}

static void put_node(struct relocate *r, const struct xl_node *n)
{
	if (n->kind == XL_YAML_SCALAR) {
		put_scalar(r, n);
		return;
	}
	go_to(r, n->loc);
	putc(n->kind == XL_YAML_MAP ? '{' : '[', r->to);
	for (uint32_t i = 0; i < n->n; i++) {
		if (i)
			putc(',', r->to);
		if (n->kind == XL_YAML_MAP) {
			put_scalar(r, n->key[i]);
			fputs(": ", r->to);
		}
		put_node(r, n->item[i]);
	}
	putc(n->kind == XL_YAML_MAP ? '}' : ']', r->to);
}

void xl_node_write_json(const struct xl_node *n, FILE *to, bool keep_lines)
{
	struct relocate r = { to, keep_lines ? 1 : UINT32_MAX };

	put_node(&r, n);
}
