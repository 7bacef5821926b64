/* explain.c - see explain.h. */
#include "vectors/explain.h"

#include <string.h>

#include "ref/base/rng.h"
#include "ref/io/yaml.h"
#include "vectors/arena.h"
#include "vectors/packet.h"

static const char source[] = "packet"; /* stands for the file in messages, and for the case's id */

static int build(const struct xl_node *n, struct xl_arena *a, uint8_t *buf, size_t cap, size_t *len,
		 struct xl_diags *d)
{
	struct xl_reader reader = { .arena = a, .d = d, .config = "(none)" };
	struct xl_resolver resolver = { .arena = a, .d = d, .hash = xl_hash_name(source) };
	struct xl_builder builder = { .arena = a, .d = d };
	const struct xl_node *layers = n->kind == XL_YAML_MAP ? xl_node_get(n, "packet") : n;
	struct xl_built built;
	struct xl_packet *p;

	if (!layers)
		return xl_diag(d, XL_ERR_SYNTAX, n->loc,
			       "packet: a list of layers is required, or a mapping with `packet`");
	p = xl_packet_read(&reader, layers);
	if (p && n->kind == XL_YAML_MAP)
		xl_packet_read_cuts(&reader, n, p);
	if (!p || reader.has_fault)
		return XL_ERR_SYNTAX;
	xl_packet_resolve(&resolver, p);
	if (resolver.has_fault || !xl_packet_build(&builder, p, &built))
		return XL_ERR_RANGE;
	if (built.n_preds)
		return xl_diag(d, XL_ERR_RANGE, n->loc, "use: there is no packet before this one");
	if (built.len > cap)
		return xl_diag(d, XL_ERR_RANGE, n->loc, "%u octets: at most %zu are allowed",
			       built.len, cap);
	memcpy(buf, built.bytes, built.len);
	*len = built.len;
	return 0;
}

/* What is missing at the end of one line is missing there, not in a line below. */
static void point_into(struct xl_diags *d, const char *text)
{
	for (size_t i = 0; i < d->n && !strchr(text, '\n'); i++)
		if (d->at[i].loc.line > 1) {
			d->at[i].loc.line = 1;
			d->at[i].loc.col = (uint32_t)strlen(text) + 1;
		}
}

int xl_packet_from_text(const char *text, uint8_t *buf, size_t cap, size_t *len, struct xl_diags *d)
{
	struct xl_tree *t = xl_tree_read_text(text, strlen(text), source, d);
	struct xl_arena a = { .block = NULL };
	int r;

	if (!t) {
		point_into(d, text);
		return XL_ERR_SYNTAX;
	}
	r = build(xl_tree_root(t), &a, buf, cap, len, d);
	xl_arena_fini(&a);
	xl_tree_free(t);
	return r;
}

/* The cell that the bits lie in, by its place in `cell`; n_cells: none. */
static size_t cell_with(const struct xl_cell *cell, size_t n_cells, uint32_t at_bit,
			uint32_t n_bits)
{
	size_t i = 0;

	while (i < n_cells &&
	       (at_bit < cell[i].at_bit || at_bit + n_bits > cell[i].at_bit + cell[i].n_bits))
		i++;
	return i;
}

bool xl_field_with(const uint8_t *ip, size_t n, struct xl_bits b,
		   char name[static XL_CELL_NAME_MAX], char value[static XL_CELL_VALUE_MAX])
{
	struct xl_cell cell[XL_CELLS_MAX], *c;
	size_t n_cells = xl_decode(ip, n, cell, XL_CELLS_MAX);
	size_t at = cell_with(cell, n_cells, b.at_bit, b.n_bits);

	if (at == n_cells)
		return false;
	c = &cell[at];
	xl_cell_name(cell, at, name);
	value[0] = '\0';
	if (b.n_bits != c->n_bits)
		return true;
	if (b.value)
		c->at_bit = (8 - b.n_bits % 8) % 8;
	xl_cell_value(c, b.value ? b.value : ip, value);
	return true;
}

bool xl_field_at(const uint8_t *ip, size_t n, uint32_t at_bit, uint32_t n_bits,
		 char name[static XL_CELL_NAME_MAX], char value[static XL_CELL_VALUE_MAX])
{
	return xl_field_with(ip, n, (struct xl_bits){ at_bit, n_bits, NULL }, name, value);
}
