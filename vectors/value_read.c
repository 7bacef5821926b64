/* value_read.c - one field's value out of case text: number, flags, address, octets, or a predicate. */
#include "vectors/packet.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "ref/conf.h"
#include "ref/io/conf.h"

enum { DATA_MAX = 65535 };

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool xl_hex_read(struct xl_arena *a, const struct xl_node *n, struct xl_bytes *out)
{
	uint8_t *to;
	uint32_t digits = 0;

	if (!n || n->kind != XL_YAML_SCALAR)
		return false;
	to = xl_arena_alloc(a, n->len / 2 + 1);
	for (size_t i = 0; i < n->len; i++) {
		int v = hex_digit(n->text[i]);

		if (n->text[i] == ' ' && digits % 2 == 0)
			continue;
		if (v < 0)
			return false;
		to[digits / 2] = (uint8_t)(to[digits / 2] << 4 | v);
		digits++;
	}
	*out = (struct xl_bytes){ to, digits / 2 };
	return digits % 2 == 0;
}

static const struct xl_who *who_is(const struct xl_reader *r, const char *name)
{
	for (size_t i = 0; i < r->n_who; i++)
		if (strcmp(r->who[i].name, name) == 0)
			return &r->who[i];
	return NULL;
}

/* Notes which features of the configuration an address meets. */
static void note_address(struct xl_reader *r, bool is4, const uint8_t *a)
{
	for (size_t i = 0; i < r->conf->n_spaces; i++) {
		const struct xl_conf_space *s = &r->conf->space[i];

		for (size_t k = 0; k < s->n_eams; k++) {
			const struct xl_conf_eam *e = &s->eam[k];

			if (is4 ? !xl_bits_eq(a, e->p4.addr.b, e->p4.len)
				: !xl_bits_eq(a, e->p6.addr.b, e->p6.len))
				continue;
			r->meets_eam = true;
			r->eam_traits |= xl_conf_eam_traits(s, k);
		}
	}
	for (size_t i = 0; i < r->conf->n_pool6791 && is4 && !r->meets_pool; i++)
		r->meets_pool =
			xl_bits_eq(a, r->conf->pool6791[i].addr.b, r->conf->pool6791[i].len);
}

void xl_reader_meet(struct xl_reader *r, const char *name)
{
	const struct xl_who *who = who_is(r, name);

	if (who && who->has4)
		note_address(r, true, who->ip4.b);
	if (who && who->has6)
		note_address(r, false, who->ip6.b);
}

static void read_address(struct xl_reader *r, const struct xl_field *f, const struct xl_node *n,
			 struct xl_value *v)
{
	bool is4 = f->kind == XL_F_IP4;
	const struct xl_who *who = who_is(r, n->text);
	struct xl_ip4 a4;
	struct xl_ip6 a6;

	if (who && (is4 ? who->has4 : who->has6)) {
		if (is4)
			v->bytes = (struct xl_bytes){ who->ip4.b, 4 };
		else
			v->bytes = (struct xl_bytes){ who->ip6.b, 16 };
	} else if (who) {
		xl_reader_fault(r, n->loc, "%s: %s has no %s form in configuration %s", f->name,
				n->text, is4 ? "ipv4" : "ipv6", r->config);
	} else if (is4 && xl_ip4_parse(n->text, &a4)) {
		v->bytes = (struct xl_bytes){ xl_arena_copy(r->arena, a4.b, 4), 4 };
		r->has_literal = true;
	} else if (!is4 && xl_ip6_parse(n->text, &a6)) {
		v->bytes = (struct xl_bytes){ xl_arena_copy(r->arena, a6.b, 16), 16 };
		r->has_literal = true;
	} else {
		xl_reader_fault(r, n->loc,
				"%s: '%s' is neither a name of configuration %s nor an %s address",
				f->name, n->text, r->config, is4 ? "IPv4" : "IPv6");
	}
	if (v->bytes.p && r->conf)
		note_address(r, is4, v->bytes.p);
	v->kind = XL_V_BYTES;
}

bool xl_int_read(const struct xl_node *n, int64_t *out)
{
	struct xl_node plain = *n;

	plain.is_quoted = false;
	return n->kind == XL_YAML_SCALAR && xl_node_int(&plain, out);
}

static void read_number(struct xl_reader *r, const struct xl_field *f, const struct xl_node *n,
			struct xl_value *v)
{
	uint64_t max = f->n_bits >= 64 ? UINT64_MAX : ((uint64_t)1 << f->n_bits) - 1;
	int64_t i;

	v->kind = XL_V_NUMBER;
	if (!xl_int_read(n, &i) || i < 0)
		xl_reader_fault(r, n->loc, "%s: '%s' is no number: decimal or 0x hex is", f->name,
				n->text);
	else if ((uint64_t)i > max)
		xl_reader_fault(r, n->loc,
				"%s: %s is too large: at most %" PRIu64 " fits its %d bits",
				f->name, n->text, max, f->n_bits);
	else
		v->number = (uint64_t)i;
}

static void read_flags(struct xl_reader *r, const struct xl_field *f, const struct xl_node *n,
		       struct xl_value *v)
{
	static const char letters[] = "FSRPAUEC";
	int64_t i;

	if (xl_int_read(n, &i)) {
		read_number(r, f, n, v);
		return;
	}
	v->kind = XL_V_NUMBER;
	for (const char *c = n->text; *c; c++) {
		const char *at = strchr(letters, *c);

		if (!at) {
			xl_reader_fault(r, n->loc, "%s: '%s': a number or letters of %s", f->name,
					n->text, letters);
			return;
		}
		v->number |= 1u << (at - letters);
	}
}

/* IPv4 and TCP options end in zeros up to 4 octets (RFC 791 3.1, RFC 9293 3.1), IPv6 options in PadN or
 * Pad1 up to 8 (RFC 8200 4.2). */
static void pad_options(struct xl_arena *a, const struct xl_layer *l, struct xl_bytes *b)
{
	bool is6 = l->id == XL_L_HOPOPTS || l->id == XL_L_DESTOPTS;
	uint32_t unit = is6 ? 8 : 4, over = (l->min_bytes + b->len) % unit,
		 pad = over ? unit - over : 0;
	uint8_t *to;

	if (pad == 0)
		return;
	to = xl_arena_alloc(a, b->len + pad);
	if (b->len)
		memcpy(to, b->p, b->len);
	if (is6 && pad >= 2) {
		to[b->len] = 1;
		to[b->len + 1] = (uint8_t)(pad - 2);
	}
	*b = (struct xl_bytes){ to, b->len + pad };
}

void xl_octets_read(struct xl_reader *r, const char *name, const struct xl_node *n,
		    struct xl_bytes *out)
{
	const struct xl_node *hex = xl_node_get(n, "hex"), *len = xl_node_get(n, "len"),
			     *fill = xl_node_get(n, "fill");
	int64_t octets, octet = -1;
	uint8_t *to;

	if (hex && n->n == 1) {
		if (!xl_hex_read(r->arena, hex, out))
			xl_reader_fault(r, hex->loc, "%s: hex: an even number of hex digits wanted",
					name);
		return;
	}
	if (!len || n->n != 1u + (fill != NULL)) {
		xl_reader_fault(r, n->loc,
				"%s: {hex: \"00ff\"}, {len: N} or {len: N, fill: N} wanted", name);
		return;
	}
	if (!xl_int_read(len, &octets) || octets < 0 || octets > DATA_MAX ||
	    (fill && (!xl_int_read(fill, &octet) || octet < 0 || octet > 255))) {
		xl_reader_fault(r, n->loc, "%s: len is 0..%d, fill 0..255", name, DATA_MAX);
		return;
	}
	to = xl_arena_alloc(r->arena, (size_t)octets + 1);
	for (int64_t i = 0; i < octets; i++)
		to[i] = (uint8_t)(octet < 0 ? i : octet);
	*out = (struct xl_bytes){ to, (uint32_t)octets };
}

static void read_tail(struct xl_reader *r, const struct xl_layer *l, const struct xl_field *f,
		      const struct xl_node *n, struct xl_value *v)
{
	struct xl_bytes all = { NULL, 0 };

	v->kind = XL_V_BYTES;
	if (n->kind == XL_YAML_SEQ && f->kind == XL_F_OPTIONS) {
		for (uint32_t i = 0; i < n->n; i++) {
			struct xl_bytes one;
			uint8_t *to;

			if (!xl_hex_read(r->arena, n->item[i], &one)) {
				xl_reader_fault(r, n->item[i]->loc, "%s: an item is hex digits",
						f->name);
				continue;
			}
			to = xl_arena_alloc(r->arena, all.len + one.len);
			if (all.len)
				memcpy(to, all.p, all.len);
			if (one.len)
				memcpy(to + all.len, one.p, one.len);
			all = (struct xl_bytes){ to, all.len + one.len };
		}
	} else if (n->kind == XL_YAML_MAP && f->kind == XL_F_BYTES) {
		xl_octets_read(r, f->name, n, &all);
	} else if (!xl_hex_read(r->arena, n, &all)) {
		xl_reader_fault(r, n->loc, "%s: hex digits%s wanted, an even number of them",
				f->name, f->kind == XL_F_OPTIONS ? " or a list of such" : "");
		return;
	}
	if (f->kind == XL_F_OPTIONS)
		pad_options(r->arena, l, &all);
	v->bytes = all;
}

static void read_plain(struct xl_reader *r, const struct xl_layer *l, const struct xl_field *f,
		       const struct xl_node *n, struct xl_value *v)
{
	if (f->n_bits == 0) {
		read_tail(r, l, f, n, v);
		return;
	}
	if (n->kind != XL_YAML_SCALAR) {
		xl_reader_fault(r, n->loc, "%s: one value wanted", f->name);
		return;
	}
	switch (f->kind) {
	case XL_F_IP4:
	case XL_F_IP6: read_address(r, f, n, v); break;
	case XL_F_FLAGS: read_flags(r, f, n, v); break;
	default: read_number(r, f, n, v); break;
	}
}

static void read_list(struct xl_reader *r, const struct xl_layer *l, const struct xl_field *f,
		      const struct xl_node *const *item, uint32_t n, struct xl_value *v)
{
	struct xl_value *list = xl_arena_alloc(r->arena, n * sizeof(*list));

	for (uint32_t i = 0; i < n; i++) {
		list[i].loc = item[i]->loc;
		read_plain(r, l, f, item[i], &list[i]);
	}
	v->list = list;
	v->n_list = n;
}

static void read_predicate(struct xl_reader *r, const struct xl_layer *l, const struct xl_field *f,
			   const struct xl_node *n, struct xl_value *v)
{
	const struct xl_node *lo = xl_node_get(n, "min"), *hi = xl_node_get(n, "max");
	const char *key = n->n ? n->key[0]->text : "";

	if (lo && hi && n->n == 2) {
		v->kind = XL_V_RANGE;
		read_list(r, l, f, (const struct xl_node *const[]){ lo, hi }, 2, v);
		if (f->kind == XL_F_UINT && v->list[0].number > v->list[1].number)
			xl_reader_fault(r, n->loc, "%s: min is larger than max", f->name);
	} else if (n->n == 1 && strcmp(key, "in") == 0 && n->item[0]->kind == XL_YAML_SEQ &&
		   n->item[0]->n > 0) {
		v->kind = XL_V_IN;
		read_list(r, l, f, n->item[0]->item, n->item[0]->n, v);
	} else if (n->n == 1 && strcmp(key, "not") == 0) {
		v->kind = XL_V_NOT;
		read_list(r, l, f, n->item, 1, v);
	} else if (n->n == 1 && n->item[0]->kind == XL_YAML_SCALAR && n->item[0]->len > 0 &&
		   (strcmp(key, "bind") == 0 || strcmp(key, "use") == 0 ||
		    strcmp(key, "not-use") == 0)) {
		v->kind = key[0] == 'b' ? XL_V_BIND : key[0] == 'u' ? XL_V_USE : XL_V_NOT_USE;
		v->name = xl_arena_str(r->arena, n->item[0]->text, n->item[0]->len);
	} else {
		xl_reader_fault(
			r, n->loc,
			"%s: {in: [...]}, {not: X}, {min: A, max: B}, {bind: NAME}, {use: NAME} "
			"or {not-use: NAME} wanted",
			f->name);
		return;
	}
	if (f->n_bits == 0)
		xl_reader_fault(r, n->loc,
				"%s: no predicate can stand here: its length is not fixed",
				f->name);
	if (!r->is_expected && v->kind != XL_V_USE)
		xl_reader_fault(r, n->loc,
				"%s: a packet that is sent has one value: {use: NAME} is the "
				"only form allowed here",
				f->name);
}

void xl_value_read(struct xl_reader *r, const struct xl_layer *l, const struct xl_field *f,
		   const struct xl_node *n, struct xl_value *v)
{
	v->is_given = true;
	v->loc = n->loc;
	v->kind =
		XL_V_NUMBER; /* so that a fault above is not followed by one about a missing value */
	if (n->kind == XL_YAML_MAP && (f->n_bits || f->kind != XL_F_BYTES)) {
		read_predicate(r, l, f, n, v);
	} else if (n->kind == XL_YAML_SCALAR && !n->is_quoted && strcmp(n->text, "any") == 0) {
		v->kind = XL_V_ANY;
		if (!r->is_expected)
			xl_reader_fault(r, n->loc, "%s: any: a packet that is sent has one value",
					f->name);
		else if (f->n_bits == 0)
			xl_reader_fault(r, n->loc, "%s: any: its length is not fixed", f->name);
	} else {
		read_plain(r, l, f, n, v);
	}
}
