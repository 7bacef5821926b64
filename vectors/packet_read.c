/* packet_read.c - the YAML list of layers becomes struct xl_packet; every fault has its place. */
#include "vectors/packet.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void xl_reader_fault(struct xl_reader *r, struct xl_loc loc, const char *fmt, ...)
{
	char text[XL_DIAG_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	r->has_fault = true;
	(void)xl_diag(r->d, XL_ERR_SYNTAX, loc, "%s", text);
}

static void fault_unknown_field(struct xl_reader *r, const struct xl_layer *l,
				const struct xl_node *key)
{
	char names[300] = "";
	size_t n = 0;

	for (int i = 0; i < l->n_fields && n < sizeof(names); i++)
		n += (size_t)snprintf(names + n, sizeof(names) - n, " %s", l->field[i].name);
	xl_reader_fault(r, key->loc, "%s has no field '%s': allowed are%s", l->name, key->text,
			names);
}

/* Fields that the type of an ICMP message does not have are faults: `rest` forces all 32 bits. */
static void check_shape(struct xl_reader *r, const struct xl_part *p)
{
	const struct xl_value *type = xl_part_value(p, "type"), *code = xl_part_value(p, "code");
	uint8_t shape;

	if (!type || !type->is_given)
		return;
	shape = xl_icmp_shape(p->layer, type->n_list ? type->list[0].number : type->number,
			      code->n_list ? code->list[0].number : code->number);
	for (int i = 0; i < p->layer->n_fields; i++) {
		const struct xl_field *f = &p->layer->field[i];

		if (p->value[i].is_given && f->when && !(f->when & shape) &&
		    strcmp(f->name, "rest") != 0)
			xl_reader_fault(r, p->value[i].loc,
					"%s type %" PRIu64 " code %" PRIu64
					" has no field '%s': use rest to force its 32 bits",
					p->layer->name, type->number, code->number, f->name);
	}
}

static void read_fields(struct xl_reader *r, struct xl_part *p, const struct xl_node *n)
{
	const struct xl_layer *l = p->layer;

	if (n->kind == XL_YAML_SCALAR && n->len == 0)
		return;
	if (n->kind != XL_YAML_MAP) {
		xl_reader_fault(r, n->loc, "%s: {field: value, ...} wanted", l->name);
		return;
	}
	for (uint32_t i = 0; i < n->n; i++) {
		const char *key = n->key[i]->text;
		int at = xl_field_index(l, key);

		if (at >= 0)
			xl_value_read(r, l, &l->field[at], n->item[i], &p->value[at]);
		else if (strcmp(key, "originated") == 0 &&
			 (l->id == XL_L_IPV4 || l->id == XL_L_IPV6)) {
			if (!xl_node_bool(n->item[i], &p->is_originated))
				xl_reader_fault(r, n->item[i]->loc, "originated: true or false");
			else if (p->is_originated && !r->is_expected)
				xl_reader_fault(r, n->item[i]->loc,
						"originated: only in a packet that is expected");
		} else
			fault_unknown_field(r, l, n->key[i]);
	}
	if (l->id == XL_L_ICMPV4 || l->id == XL_L_ICMPV6)
		check_shape(r, p);
}

static void read_data(struct xl_reader *r, struct xl_part *p, const struct xl_node *n)
{
	struct xl_value *v = &p->value[0];

	*v = (struct xl_value){ .kind = XL_V_BYTES, .is_given = true, .loc = n->loc };
	if (n->kind == XL_YAML_MAP) {
		xl_octets_read(r, "data", n, &v->bytes);
	} else if (n->kind != XL_YAML_SCALAR) {
		xl_reader_fault(r, n->loc, "data: text, same or {...} wanted");
	} else if (!n->is_quoted && strcmp(n->text, "same") == 0) {
		v->kind = XL_V_SAME;
		if (!r->is_expected)
			xl_reader_fault(r, n->loc, "data: same: only in a packet that is expected");
	} else {
		v->bytes = (struct xl_bytes){ xl_arena_copy(r->arena, n->text, n->len),
					      (uint32_t)n->len };
	}
}

static bool read_size(struct xl_reader *r, const struct xl_node *map, const char *key, int64_t *to)
{
	const struct xl_node *n = xl_node_get(map, key);

	*to = -1;
	if (n && (!xl_int_read(n, to) || *to < 0 || *to > XL_PACKET_MAX)) {
		xl_reader_fault(r, n->loc, "%s: octets wanted, 0..%d", key, XL_PACKET_MAX);
		*to = -1;
		return false;
	}
	return true;
}

static bool only_keys(struct xl_reader *r, const struct xl_node *map, const char *what,
		      const char *const *allowed)
{
	bool good = true;

	for (uint32_t i = 0; i < map->n; i++) {
		bool known = false;
		char list[200] = "";
		size_t n = 0;

		for (const char *const *a = allowed; *a; a++) {
			known = known || strcmp(*a, map->key[i]->text) == 0;
			n += (size_t)snprintf(list + n, n < sizeof(list) ? sizeof(list) - n : 0,
					      " %s", *a);
		}
		if (!known)
			xl_reader_fault(r, map->key[i]->loc, "%s has no key '%s': allowed are%s",
					what, map->key[i]->text, list);
		good = good && known;
	}
	return good;
}

static void read_quote(struct xl_reader *r, struct xl_part *p, const struct xl_node *n)
{
	static const char *const keys[] = { "packet", "cut", "pad", "sent", "min", NULL };
	const struct xl_node *layers = n, *sent = NULL;
	int64_t cut = -1, pad = -1, min = -1;
	bool is_sent = false;

	if (n->kind == XL_YAML_MAP) {
		only_keys(r, n, "quote", keys);
		layers = xl_node_get(n, "packet");
		sent = xl_node_get(n, "sent");
		read_size(r, n, "cut", &cut);
		read_size(r, n, "pad", &pad);
		read_size(r, n, "min", &min);
	}
	if (sent && (!xl_node_bool(sent, &is_sent) || !is_sent))
		xl_reader_fault(r, sent->loc, "sent: true, or left out");
	if (xl_node_is(n, "sent"))
		is_sent = true;
	if (is_sent) {
		if (!r->is_expected)
			xl_reader_fault(r, n->loc,
					"quote: sent: only in a packet that is expected");
		p->quote = xl_arena_alloc(r->arena, sizeof(*p->quote));
		p->quote->loc = n->loc;
		if (layers && n->kind == XL_YAML_MAP)
			xl_reader_fault(r, layers->loc, "quote: either packet or sent");
	} else if (!layers || layers->kind != XL_YAML_SEQ) {
		xl_reader_fault(r, n->loc,
				"quote: a list of layers, {packet: [...], cut: N, pad: N} or "
				"sent wanted");
		return;
	} else {
		p->quote = xl_packet_read(r, layers);
		if (!p->quote)
			return;
		if (min >= 0)
			xl_reader_fault(r, n->loc, "quote: min: only beside sent: true");
	}
	p->quote->is_sent = is_sent;
	p->quote->cut = cut;
	p->quote->pad = pad;
	p->quote->min = min;
}

static struct xl_value *values_of(struct xl_arena *a, const struct xl_layer *l)
{
	return xl_arena_alloc(a, l->n_fields * sizeof(struct xl_value));
}

static void read_ext(struct xl_reader *r, struct xl_part *p, const struct xl_node *n)
{
	static const char *const keys[] = { "objects", "version", "rsv", "sum", NULL };
	const struct xl_node *objects = n;

	if (n->kind == XL_YAML_MAP) {
		objects = xl_node_get(n, "objects");
		only_keys(r, n, "ext", keys);
		for (uint32_t i = 0; i < n->n; i++) {
			int at = xl_field_index(p->layer, n->key[i]->text);

			if (at >= 0)
				xl_value_read(r, p->layer, &p->layer->field[at], n->item[i],
					      &p->value[at]);
		}
		if (!objects)
			return;
	}
	if (objects->kind != XL_YAML_SEQ) {
		xl_reader_fault(r, n->loc,
				"ext: a list of objects {class, type, data}, or {objects: [...], "
				"version, rsv, sum} wanted");
		return;
	}
	p->object = xl_arena_alloc(r->arena, objects->n * sizeof(*p->object));
	p->n_objects = objects->n;
	for (uint32_t i = 0; i < objects->n; i++) {
		struct xl_part *o = &p->object[i];

		o->layer = xl_layer_at(XL_L_OBJECT);
		o->loc = objects->item[i]->loc;
		o->value = values_of(r->arena, o->layer);
		read_fields(r, o, objects->item[i]);
		if (xl_part_value(o, "class")->number == 2)
			r->has_literal = true; /* RFC 5837: its data may hold an address */
	}
}

static void fault_unknown_layer(struct xl_reader *r, const struct xl_node *key)
{
	char names[300] = " quote";
	size_t n = strlen(names);

	for (unsigned i = 0; i < XL_L_COUNT; i++)
		if (i != XL_L_OBJECT)
			n += (size_t)snprintf(names + n, sizeof(names) - n, " %s",
					      xl_layer_at(i)->name);
	xl_reader_fault(r, key->loc, "'%s' is no layer: allowed are%s", key->text, names);
}

static void read_part(struct xl_reader *r, struct xl_part *p, const struct xl_node *key,
		      const struct xl_node *n)
{
	p->loc = key->loc;
	if (strcmp(key->text, "quote") == 0) {
		read_quote(r, p, n);
		return;
	}
	p->layer = xl_layer_named(key->text);
	if (!p->layer || p->layer->id == XL_L_OBJECT) {
		fault_unknown_layer(r, key);
		p->layer = xl_layer_at(XL_L_DATA);
		p->value = values_of(r->arena, p->layer);
		return;
	}
	p->value = values_of(r->arena, p->layer);
	if (p->layer->id == XL_L_DATA)
		read_data(r, p, n);
	else if (p->layer->id == XL_L_EXT)
		read_ext(r, p, n);
	else
		read_fields(r, p, n);
}

struct xl_packet *xl_packet_read(struct xl_reader *r, const struct xl_node *n)
{
	struct xl_packet *p = xl_arena_alloc(r->arena, sizeof(*p));

	p->cut = p->pad = p->min = p->slice_from = p->truncate = -1;
	p->loc = n->loc;
	if (n->kind != XL_YAML_SEQ || n->n == 0 || n->n > XL_LAYERS_MAX) {
		xl_reader_fault(r, n->loc, "packet: a list of 1 to %d layers wanted",
				XL_LAYERS_MAX);
		return NULL;
	}
	p->part = xl_arena_alloc(r->arena, n->n * sizeof(*p->part));
	p->n_parts = n->n;
	for (uint32_t i = 0; i < n->n; i++) {
		const struct xl_node *one = n->item[i];

		if (one->kind != XL_YAML_MAP || one->n != 1) {
			xl_reader_fault(r, one->loc,
					"packet: one layer wanted, as in 'udp: {sport: 1}'");
			p->n_parts = i;
			return NULL;
		}
		read_part(r, &p->part[i], one->key[0], one->item[0]);
	}
	if (!p->part[0].layer ||
	    (p->part[0].layer->id != XL_L_IPV4 && p->part[0].layer->id != XL_L_IPV6)) {
		xl_reader_fault(r, n->loc, "packet: the first layer is ipv4 or ipv6");
		return NULL;
	}
	return p;
}

static void read_slice(struct xl_reader *r, const struct xl_node *n, struct xl_packet *p)
{
	if (n->kind != XL_YAML_SEQ || n->n != 2 || !xl_int_read(n->item[0], &p->slice_from) ||
	    p->slice_from < 0 || p->slice_from > XL_PACKET_MAX) {
		xl_reader_fault(r, n->loc, "slice: [FROM, TO] in octets wanted, TO may be end");
		p->slice_from = -1;
		return;
	}
	if (p->slice_from % 8)
		xl_reader_fault(r, n->loc, "slice: FROM is a multiple of 8");
	if (xl_node_is(n->item[1], "end"))
		p->slice_to = INT64_MAX;
	else if (!xl_int_read(n->item[1], &p->slice_to) || p->slice_to < p->slice_from)
		xl_reader_fault(r, n->item[1]->loc, "slice: TO is octets not below FROM, or end");
}

void xl_packet_read_cuts(struct xl_reader *r, const struct xl_node *step, struct xl_packet *p)
{
	static const char *const keys[] = { "at", "hex", NULL };
	const struct xl_node *slice = xl_node_get(step, "slice"),
			     *append = xl_node_get(step, "append"),
			     *patch = xl_node_get(step, "patch");
	int64_t at;

	if (slice)
		read_slice(r, slice, p);
	read_size(r, step, "truncate", &p->truncate);
	if (append && !xl_hex_read(r->arena, append, &p->append))
		xl_reader_fault(r, append->loc, "append: an even number of hex digits wanted");
	if (!patch)
		return;
	if (patch->kind != XL_YAML_SEQ) {
		xl_reader_fault(r, patch->loc, "patch: a list of {at: N, hex: HEX} wanted");
		return;
	}
	p->patch = xl_arena_alloc(r->arena, patch->n * sizeof(*p->patch));
	for (uint32_t i = 0; i < patch->n; i++) {
		const struct xl_node *one = patch->item[i];
		struct xl_bytes hex;

		if (one->kind != XL_YAML_MAP || !only_keys(r, one, "patch", keys) ||
		    !xl_node_get(one, "at") || !read_size(r, one, "at", &at) ||
		    !xl_hex_read(r->arena, xl_node_get(one, "hex"), &hex))
			xl_reader_fault(r, one->loc, "patch: {at: N, hex: HEX} wanted");
		else
			p->patch[p->n_patches++] = (struct xl_patch){ (uint32_t)at, hex };
	}
}

const struct xl_value *xl_part_value(const struct xl_part *p, const char *field)
{
	int at = p->layer ? xl_field_index(p->layer, field) : -1;

	return at < 0 ? NULL : &p->value[at];
}
