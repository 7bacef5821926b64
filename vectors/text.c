/* text.c - packets for people: one line, or every field with its name. */
#include "vectors/layer.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ref/base/addr.h"
#include "ref/base/rd.h"

char *xl_cell_name(const struct xl_cell *cells, size_t at, char buf[static XL_CELL_NAME_MAX])
{
	const struct xl_cell *c = &cells[at];
	unsigned nth = 1;
	size_t n = 0;

	/* How many layers of this kind stand before it in the same packet. */
	for (size_t i = at; i-- > 0 && cells[i].depth >= c->depth;)
		if (cells[i].depth == c->depth && cells[i].layer == c->layer &&
		    cells[i].layer_no != cells[i + 1].layer_no && cells[i].layer_no != c->layer_no)
			nth++;
	buf[0] = '\0';
	for (uint8_t i = 0; i < c->depth; i++)
		n += (size_t)snprintf(buf + n, XL_CELL_NAME_MAX - n, "quote.");
	n += (size_t)snprintf(buf + n, XL_CELL_NAME_MAX - n, "%s", c->layer->name);
	if (nth > 1)
		n += (size_t)snprintf(buf + n, XL_CELL_NAME_MAX - n, "%u", nth);
	if (c->layer->id != XL_L_DATA)
		snprintf(buf + n, XL_CELL_NAME_MAX - n, ".%s", c->field->name);
	return buf;
}

static void hex_value(const uint8_t *p, uint32_t n, char *buf, size_t cap)
{
	size_t used = 0;

	for (uint32_t i = 0; i < n; i++) {
		if (used + 30 > cap) {
			snprintf(buf + used, cap - used, "... (%" PRIu32 " octets)", n);
			return;
		}
		used += (size_t)snprintf(buf + used, cap - used, "%02x", p[i]);
	}
}

static void flags_value(uint64_t v, char *buf, size_t cap)
{
	static const char letters[] = "FSRPAUEC";
	char text[9];
	size_t n = 0;

	for (int i = 0; i < 8; i++)
		if (v >> i & 1)
			text[n++] = letters[i];
	text[n] = '\0';
	snprintf(buf, cap, "%s", n ? text : "0");
}

/* Numbers that are read in hex: identifications, checksums, words without structure. */
static bool is_hex_field(const struct xl_field *f)
{
	static const char *const names[] = {
		"id", "sum", "rest", "spi", "vtag", "flow", "tos", "tc"
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], f->name) == 0)
			return true;
	return false;
}

char *xl_cell_value(const struct xl_cell *c, const uint8_t *p, char buf[static XL_CELL_VALUE_MAX])
{
	const uint8_t *at = p + c->at_bit / 8;
	struct xl_ip4 a4;
	struct xl_ip6 a6;
	uint64_t v;

	buf[0] = '\0';
	if (c->n_bits > 64 && c->field->kind != XL_F_IP6) {
		hex_value(at, c->n_bits / 8, buf, XL_CELL_VALUE_MAX);
		return buf;
	}
	if (c->field->kind == XL_F_IP4 && c->n_bits == 32) {
		memcpy(a4.b, at, 4);
		return xl_ip4_text(a4, buf);
	}
	if (c->field->kind == XL_F_IP6 && c->n_bits == 128) {
		memcpy(a6.b, at, 16);
		return xl_ip6_text(a6, buf);
	}
	if (c->field->n_bits == 0) {
		hex_value(at, c->n_bits / 8, buf, XL_CELL_VALUE_MAX);
		return buf;
	}
	v = xl_bits_get(p, c->at_bit, c->n_bits);
	if (c->field->kind == XL_F_FLAGS)
		flags_value(v, buf, XL_CELL_VALUE_MAX);
	else if (is_hex_field(c->field))
		snprintf(buf, XL_CELL_VALUE_MAX, "0x%0*" PRIx64, (int)(c->n_bits + 3) / 4, v);
	else
		snprintf(buf, XL_CELL_VALUE_MAX, "%" PRIu64, v);
	return buf;
}

/* ---- one line ---- */

struct line {
	char *buf;
	size_t cap, n;
};

__attribute__((format(printf, 2, 3))) static void add(struct line *l, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (l->n >= l->cap)
		return;
	va_start(ap, fmt);
	n = vsnprintf(l->buf + l->n, l->cap - l->n, fmt, ap);
	va_end(ap);
	l->n += n > 0 ? (size_t)n : 0;
}

/* The value of a field in the layer that begins at cells[at]; false: the layer has none. */
static bool value_in(const struct xl_cell *cells, size_t n, size_t at, const char *field,
		     const uint8_t *p, char buf[static XL_CELL_VALUE_MAX])
{
	for (size_t i = at; i < n && cells[i].layer_no == cells[at].layer_no; i++)
		if (strcmp(cells[i].field->name, field) == 0) {
			xl_cell_value(&cells[i], p, buf);
			return true;
		}
	return false;
}

static void add_layer(struct line *l, const struct xl_cell *cells, size_t n, size_t at,
		      const uint8_t *p)
{
	static const struct {
		uint8_t id;
		const char *name, *field[4], *text[4];
	} rows[] = {
		{ XL_L_IPV4, "IPv4", { "src", "dst", "ttl" }, { " ", " > ", " ttl " } },
		{ XL_L_IPV6, "IPv6", { "src", "dst", "hlim" }, { " ", " > ", " hlim " } },
		{ XL_L_FRAGMENT, "fragment", { "off", "m", "id" }, { " off ", " m ", " id " } },
		{ XL_L_TCP, "TCP", { "sport", "dport", "flags" }, { " ", " > ", " " } },
		{ XL_L_UDP, "UDP", { "sport", "dport" }, { " ", " > " } },
		{ XL_L_UDPLITE, "UDP-Lite", { "sport", "dport" }, { " ", " > " } },
		{ XL_L_DCCP, "DCCP", { "sport", "dport" }, { " ", " > " } },
		{ XL_L_SCTP, "SCTP", { "sport", "dport" }, { " ", " > " } },
		{ XL_L_ICMPV4,
		  "ICMPv4",
		  { "type", "code", "mtu", "pointer" },
		  { " ", "/", " mtu ", " pointer " } },
		{ XL_L_ICMPV6,
		  "ICMPv6",
		  { "type", "code", "mtu", "pointer" },
		  { " ", "/", " mtu ", " pointer " } },
	};
	char value[XL_CELL_VALUE_MAX];

	if (l->n)
		add(l, " ");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].id != cells[at].layer->id)
			continue;
		add(l, "%s", rows[i].name);
		for (int k = 0; k < 4 && rows[i].field[k]; k++)
			if (value_in(cells, n, at, rows[i].field[k], p, value))
				add(l, "%s%s", rows[i].text[k], value);
		return;
	}
	if (cells[at].layer->id == XL_L_DATA)
		add(l, "data %" PRIu32, cells[at].n_bits / 8);
	else
		add(l, "%s", cells[at].layer->name);
}

static void add_fragment4(struct line *l, const uint8_t *p, size_t n)
{
	uint32_t word = n >= 20 && p[0] >> 4 == 4 ? xl_get16(p + 6) : 0;

	if (word & 0x3fff)
		add(l, " (off %u%s)", 8 * (word & 0x1fff), word & 0x2000 ? ", more follow" : "");
}

char *xl_packet_summary(const uint8_t *p, size_t n, char *buf, size_t cap)
{
	struct xl_cell cell[XL_CELLS_MAX];
	size_t n_cells = xl_decode(p, n, cell, XL_CELLS_MAX);
	struct line l = { buf, cap, 0 };
	uint8_t depth = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < n_cells; i++) {
		if (i && cell[i].layer_no == cell[i - 1].layer_no &&
		    cell[i].layer == cell[i - 1].layer && cell[i].layer->id != XL_L_DATA)
			continue;
		for (; depth < cell[i].depth; depth++)
			add(&l, " [");
		for (; depth > cell[i].depth; depth--)
			add(&l, " ]");
		add_layer(&l, cell, n_cells, i, p);
		if (i == 0)
			add_fragment4(&l, p, n);
	}
	for (; depth > 0; depth--)
		add(&l, " ]");
	add(&l, ", %zu octets", n);
	return buf;
}

void xl_packet_print(const uint8_t *p, size_t n, const char *indent, void *to)
{
	struct xl_cell cell[XL_CELLS_MAX];
	size_t n_cells = xl_decode(p, n, cell, XL_CELLS_MAX);
	char name[XL_CELL_NAME_MAX], value[XL_CELL_VALUE_MAX];

	for (size_t i = 0; i < n_cells; i++)
		fprintf(to, "%s%s = %s\n", indent, xl_cell_name(cell, i, name),
			xl_cell_value(&cell[i], p, value));
}
