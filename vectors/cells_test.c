/* cells_test.c - packets taken apart: names and values, and any octets at all. */
#include "vectors/explain.h"
#include "vectors/layer.h"

#include <stdlib.h>

#include "ref/base/tap.h"

static struct xl_diags diags;

/* clang-format off */
static const char *const packets[] = {
	"[ipv4: {src: 192.0.2.1, dst: 192.0.2.2, options: \"070704000000\"}, tcp: {options: \"020405b4\"}, data: x]",
	"[ipv6: {src: \"::1\", dst: \"::2\"}, hopopts: {}, destopts: {}, routing: {}, fragment: {}, udp: {}, data: abc]",
	"[ipv4: {src: 192.0.2.1, dst: 192.0.2.2}, icmpv4: {type: 3, code: 4, mtu: 1400}, quote: {packet: [ipv4: {src: "
	"192.0.2.2, dst: 192.0.2.1}, udp: {}, data: x], pad: 128}, ext: [{class: 1, type: 1, data: \"00010203\"}]]",
	"[ipv6: {src: \"::1\", dst: \"::2\"}, icmpv6: {type: 1}, quote: {packet: [ipv6: {src: \"::2\", dst: \"::1\"}, "
	"icmpv6: {type: 3}, quote: [ipv6: {src: \"::1\", dst: \"::2\"}, tcp: {}]], pad: 128}, ext: [{class: 2, type: 1}]]",
	"[ipv6: {src: \"::1\", dst: \"::2\"}, ah: {}, esp: {}, data: abcd]",
	"[ipv4: {src: 192.0.2.1, dst: 192.0.2.2}, dccp: {}, data: z]",
	"[ipv4: {src: 192.0.2.1, dst: 192.0.2.2, off: 3, proto: 17}, data: abc]",
};
/* clang-format on */

static bool tiles(const uint8_t *p, size_t n, size_t max)
{
	static struct xl_cell cell[XL_CELLS_MAX];
	size_t n_cells = xl_decode(p, n, cell, max);
	char name[XL_CELL_NAME_MAX], value[XL_CELL_VALUE_MAX], line[256];
	uint32_t at = 0;

	for (size_t i = 0; i < n_cells; i++) {
		if (cell[i].at_bit != at || cell[i].n_bits == 0)
			return false;
		at += cell[i].n_bits;
		if (!xl_cell_name(cell, i, name)[0])
			return false;
		xl_cell_value(&cell[i], p, value);
	}
	xl_packet_summary(p, n, line, sizeof(line));
	return at == 8 * n;
}

/* Every cut, every octet changed in three ways, every size of the array: always a tiling. */
static void test_hostile(void)
{
	static uint8_t buf[2048];

	for (size_t i = 0; i < sizeof(packets) / sizeof(packets[0]); i++) {
		size_t n = 0, bad = 0;
		uint8_t *exact;

		xl_diags_init(&diags);
		is_int(xl_packet_from_text(packets[i], buf, sizeof(buf), &n, &diags), 0,
		       "packet %zu builds", i);
		for (size_t cut = 0; cut <= n; cut++) {
			exact = malloc(cut + !cut); /* so that a sanitizer sees the end */
			memcpy(exact, buf, cut);
			bad += !tiles(exact, cut, XL_CELLS_MAX);
			free(exact);
		}
		is_int(bad, 0, "packet %zu: every cut", i);
		exact = malloc(n);
		memcpy(exact, buf, n);
		for (size_t at = 0; at < n; at++)
			for (int k = 0; k < 3; k++) {
				static const uint8_t with[] = { 0xff, 0x01, 0x80 };

				exact[at] ^= with[k];
				bad += !tiles(exact, n, XL_CELLS_MAX);
				exact[at] ^= with[k];
			}
		is_int(bad, 0, "packet %zu: every octet changed", i);
		for (size_t max = 1; max < 64; max++)
			bad += !tiles(exact, n, max);
		is_int(bad, 0, "packet %zu: every size of the array", i);
		free(exact);
	}
}

static const struct {
	const char *in, *name, *value; /* a cell that must be there */
} cells[] = {
	{ "[ipv4: {src: 192.0.2.1, dst: 192.0.2.2, ttl: 9}, udp: {sport: 5}]", "ipv4.ttl", "9" },
	{ "[ipv4: {src: 192.0.2.1, dst: 192.0.2.2}, udp: {sport: 5}]", "ipv4.dst", "192.0.2.2" },
	{ "[ipv4: {src: 192.0.2.1, dst: 192.0.2.2}, tcp: {flags: SA}]", "tcp.flags", "SA" },
	{ "[ipv6: {src: \"2001:db8::1\", dst: \"::2\"}, destopts: {}, hopopts: {}, destopts: "
	  "{options: \"0502beef\"}, udp: {}]",
	  "destopts2.options", "0502beef0100" },
	{ "[ipv6: {src: \"2001:db8::1\", dst: \"::2\", flow: 5}, udp: {}, data: A]", "ipv6.flow",
	  "0x00005" },
	{ "[ipv6: {src: \"2001:db8::1\", dst: \"::2\"}, udp: {}, data: A]", "data", "41" },
	{ "[ipv6: {src: \"::1\", dst: \"::2\"}, icmpv6: {type: 2, mtu: 1400}, quote: [ipv6: {src: "
	  "\"::3\", dst: \"::1\"}, udp: {sport: 7}]]",
	  "quote.udp.sport", "7" },
	{ "[ipv4: {src: 192.0.2.1, dst: 192.0.2.2}, icmpv4: {type: 12, pointer: 3}, quote: [ipv4: "
	  "{src: 192.0.2.2, dst: 192.0.2.1}, udp: {}]]",
	  "icmpv4.pointer", "3" },
};

static void test_names(void)
{
	static uint8_t buf[2048];
	struct xl_cell cell[XL_CELLS_MAX];

	for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
		char name[XL_CELL_NAME_MAX], value[XL_CELL_VALUE_MAX] = "no such cell";
		size_t n = 0, n_cells;

		xl_diags_init(&diags);
		ok(xl_packet_from_text(cells[i].in, buf, sizeof(buf), &n, &diags) == 0, "builds");
		n_cells = xl_decode(buf, n, cell, XL_CELLS_MAX);
		for (size_t k = 0; k < n_cells; k++)
			if (strcmp(xl_cell_name(cell, k, name), cells[i].name) == 0)
				xl_cell_value(&cell[k], buf, value);
		is_str(value, cells[i].value, "%s", cells[i].name);
	}
}

/* Fields tile the fixed part of every layer, in each reading of ICMP. */
static void test_tables(void)
{
	static const uint8_t shapes[] = { XL_SHAPE_QUERY, XL_SHAPE_ERROR, XL_SHAPE_MTU,
					  XL_SHAPE_POINTER, XL_SHAPE_OTHER };

	for (unsigned id = 0; id < XL_L_COUNT; id++) {
		const struct xl_layer *l = xl_layer_at(id);

		is_int(l->id, id, "%s stands in its place", l->name);
		for (size_t s = 0; s < sizeof(shapes); s++) {
			uint32_t at = 0;

			for (int i = 0; i < l->n_fields; i++) {
				const struct xl_field *f = &l->field[i];

				if (f->n_bits && (!f->when || (f->when & shapes[s])))
					at = f->at_bit == at ? at + f->n_bits : UINT32_MAX;
			}
			ok(at == 8u * l->min_bytes, "%s, reading %d: the fields tile", l->name,
			   shapes[s]);
		}
	}
}

int main(void)
{
	test_tables();
	test_names();
	test_hostile();
	return done();
}
