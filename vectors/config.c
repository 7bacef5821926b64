/* config.c - vectors/configs/NAME.yaml: a translator, who takes part, and the barrier packets. */
#include "vectors/compile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ref/io/conf.h"
#include "vectors/arith.h"
#include "vectors/node_json.h"

static void fault(struct xl_diags *d, bool *bad, struct xl_loc loc, const char *what)
{
	*bad = true;
	(void)xl_diag(d, XL_ERR_SYNTAX, loc, "%s", what);
}

/* ---- the translator ---- */

struct feature_list {
	struct xl_arena *a;
	const char **at;
	uint32_t n;
};

static void add_feature(void *to, const char *feature)
{
	struct feature_list *f = to;

	f->at = xl_arena_grow(f->a, f->at, f->n, sizeof(*f->at));
	f->at[f->n++] = xl_arena_str(f->a, feature, strlen(feature));
}

static int read_translator(struct xl_arena *a, const struct xl_node *n, struct xl_config *c,
			   struct xl_diags *d)
{
	struct feature_list features = { .a = a };
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);
	int err;

	if (!f)
		return xl_diag(d, XL_ERR_NOMEM, n->loc, "out of memory");
	xl_node_write_json(n, f, true);
	fclose(f);
	err = xl_conf_read_text(text, size, n->loc.file, &c->conf, d);
	free(text);
	if (err)
		return err;
	f = open_memstream(&text, &size);
	if (!f)
		return xl_diag(d, XL_ERR_NOMEM, n->loc, "out of memory");
	xl_conf_write_json(&c->conf, f);
	fclose(f);
	c->json = xl_arena_str(a, text, size);
	free(text);
	xl_conf_features(&c->conf, add_feature, &features);
	c->features = (struct xl_strs){ features.at, features.n };
	c->port = xl_arena_alloc(a, c->conf.n_ifaces * sizeof(*c->port));
	c->n_ports = (uint16_t)c->conf.n_ifaces;
	for (uint16_t i = 0; i < c->n_ports; i++) {
		struct xl_port *p = &c->port[i];

		memcpy(p->name, c->conf.iface[i].name, sizeof(p->name));
		p->side = c->conf.iface[i].side;
		p->mtu = c->conf.iface[i].mtu;
	}
	return 0;
}

static bool have_alike_ifaces(const struct xl_conf *x, const struct xl_conf *y)
{
	bool alike = x->n_ifaces == y->n_ifaces;

	for (size_t i = 0; alike && i < x->n_ifaces; i++)
		alike = x->iface[i].side == y->iface[i].side &&
			x->iface[i].mtu == y->iface[i].mtu &&
			strcmp(x->iface[i].name, y->iface[i].name) == 0 &&
			x->iface[i].has_filter == y->iface[i].has_filter &&
			!x->iface[i].n_routes == !y->iface[i].n_routes;
	return alike;
}

const char *xl_config_unlike(const struct xl_config *a, const struct xl_config *b)
{
	const struct xl_conf *x = &a->conf, *y = &b->conf;
	const struct {
		const char *setting;
		bool is_alike;
	} rows[] = {
		{ "role", x->role == y->role },
		{ "interfaces", have_alike_ifaces(x, y) },
		{ "address-spaces", x->n_spaces == y->n_spaces },
		{ "prefix6", x->space[0].has_prefix6 == y->space[0].has_prefix6 },
		{ "own", x->has_own4 == y->has_own4 && x->has_own6 == y->has_own6 },
		{ "rfc6791", !x->n_pool6791 == !y->n_pool6791 && x->rfc5837 == y->rfc5837 },
		{ "mtu.lowest-ipv6", x->lowest_ipv6_mtu == y->lowest_ipv6_mtu },
		{ "mtu.plateaus", x->n_plateaus == y->n_plateaus &&
					  memcmp(x->plateau, y->plateau,
						 x->n_plateaus * sizeof(x->plateau[0])) == 0 },
		{ "hairpinning", x->hairpinning == y->hairpinning },
		{ "udp-zero-checksum", x->udp_zero == y->udp_zero },
		{ "traffic-class", x->traffic_class == y->traffic_class },
		{ "tos", x->tos == y->tos },
		{ "icmp-errors", x->icmp_errors == y->icmp_errors &&
					 x->errors_per_second == y->errors_per_second },
		{ "filter", x->drop_local_source == y->drop_local_source &&
				    x->require_eam_source == y->require_eam_source },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!rows[i].is_alike)
			return rows[i].setting;
	return NULL;
}

/* ---- names ---- */

static void read_who(struct xl_who *w, const struct xl_node *key, const struct xl_node *n,
		     struct xl_diags *d, bool *bad)
{
	w->name = key->text;
	w->loc = key->loc;
	if (n->kind != XL_YAML_MAP || n->n == 0) {
		fault(d, bad, n->loc,
		      "names: NAME: {ipv4: ADDRESS, ipv6: ADDRESS} wanted, one may be left out");
		return;
	}
	for (uint32_t i = 0; i < n->n; i++) {
		const struct xl_node *v = n->item[i];
		bool is_text = v->kind == XL_YAML_SCALAR;

		if (strcmp(n->key[i]->text, "ipv4") == 0) {
			w->has4 = is_text && xl_ip4_parse(v->text, &w->ip4);
			if (!w->has4)
				fault(d, bad, v->loc, "ipv4: an IPv4 address wanted");
		} else if (strcmp(n->key[i]->text, "ipv6") == 0) {
			w->has6 = is_text && xl_ip6_parse(v->text, &w->ip6);
			if (!w->has6)
				fault(d, bad, v->loc, "ipv6: an IPv6 address wanted");
		} else {
			fault(d, bad, n->key[i]->loc, "names: allowed are ipv4 and ipv6");
		}
	}
}

static void read_names(struct xl_arena *a, const struct xl_node *n, struct xl_config *c,
		       struct xl_diags *d, bool *bad)
{
	struct xl_ip4 a4;
	struct xl_ip6 a6;

	if (n->kind != XL_YAML_MAP) {
		fault(d, bad, n->loc, "names: {NAME: {ipv4: ADDRESS, ipv6: ADDRESS}, ...} wanted");
		return;
	}
	c->who = xl_arena_alloc(a, n->n * sizeof(*c->who));
	for (uint32_t i = 0; i < n->n; i++) {
		if (xl_ip4_parse(n->key[i]->text, &a4) || xl_ip6_parse(n->key[i]->text, &a6))
			fault(d, bad, n->key[i]->loc,
			      "names: a name must not look like an address");
		read_who(&c->who[c->n_who++], n->key[i], n->item[i], d, bad);
	}
}

/* The two forms of a name are one host only if the translator maps one to the other. */
static void check_names(const struct xl_config *c, struct xl_diags *d, bool *bad)
{
	for (size_t i = 0; i < c->n_who; i++) {
		const struct xl_who *w = &c->who[i];

		if (w->has4 && w->has6 && !xl_arith_agree(&c->conf, w->ip4, w->ip6))
			*bad = xl_diag(d, XL_ERR_RANGE, w->loc,
				       "%s: the translator maps neither form to the other",
				       w->name) != 0;
	}
}

static int read_root(struct xl_arena *a, struct xl_config *c, struct xl_diags *d)
{
	static const char *const keys[] = { "title", "translator", "names", "barrier" };
	const struct xl_node *root = xl_tree_root(c->tree), *n;
	bool bad = false;

	c->loc = root->loc;
	if (root->kind != XL_YAML_MAP)
		return xl_diag(d, XL_ERR_SYNTAX, root->loc,
			       "a configuration has the keys title, translator, "
			       "names and barrier");
	for (uint32_t i = 0; i < root->n; i++) {
		bool known = false;

		for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++)
			known = known || strcmp(keys[k], root->key[i]->text) == 0;
		if (!known)
			fault(d, &bad, root->key[i]->loc,
			      "allowed are title, translator, names and barrier");
	}
	n = xl_node_get(root, "title");
	if (n && n->kind == XL_YAML_SCALAR && n->len)
		c->title = n->text;
	else
		fault(d, &bad, root->loc, "title: one line of text is required");
	n = xl_node_get(root, "translator");
	if (!n || n->kind != XL_YAML_MAP)
		fault(d, &bad, n ? n->loc : root->loc, "translator: a configuration is required");
	else if (read_translator(a, n, c, d))
		bad = true;
	n = xl_node_get(root, "names");
	if (n)
		read_names(a, n, c, d, &bad);
	if (!bad)
		check_names(c, d, &bad);
	c->barrier = xl_node_get(root, "barrier");
	return bad ? XL_ERR_SYNTAX : 0;
}

int xl_config_read(struct xl_arena *a, const char *path, const char *name, struct xl_config *c,
		   struct xl_diags *d)
{
	*c = (struct xl_config){ .name = name, .title = "", .json = "{}" };
	c->tree = xl_tree_read(path, d);
	c->is_faulty = !c->tree || read_root(a, c, d);
	return c->is_faulty ? XL_ERR_SYNTAX : 0;
}

int xl_config_read_text(struct xl_arena *a, const char *text, const char *name, struct xl_config *c,
			struct xl_diags *d)
{
	*c = (struct xl_config){ .name = name, .title = "", .json = "{}" };
	c->tree = xl_tree_read_text(text, strlen(text), name, d);
	c->is_faulty = !c->tree || read_root(a, c, d);
	return c->is_faulty ? XL_ERR_SYNTAX : 0;
}

void xl_config_fini(struct xl_config *c)
{
	xl_conf_fini(&c->conf);
	if (c->tree)
		xl_tree_free(c->tree);
	*c = (struct xl_config){ .name = NULL };
}

/* ---- barriers ---- */

static int port_named(const struct xl_config *c, const struct xl_node *n)
{
	for (uint16_t i = 0; n && n->kind == XL_YAML_SCALAR && i < c->n_ports; i++)
		if (strcmp(c->port[i].name, n->text) == 0)
			return i;
	return -1;
}

static struct xl_packet *barrier_packet(struct xl_reader *r, const struct xl_node *row,
					enum xl_side side)
{
	static const char payload[] = "xlatlab-barrier!00000000";
	const struct xl_layer *ip = xl_layer_at(side == XL_SIDE_V4 ? XL_L_IPV4 : XL_L_IPV6);
	struct xl_packet *p = xl_arena_alloc(r->arena, sizeof(*p));
	static const unsigned layers[3] = { XL_L_IPV4, XL_L_UDP, XL_L_DATA };

	*p = (struct xl_packet){ .n_parts = 3,
				 .loc = row->loc,
				 .cut = -1,
				 .pad = -1,
				 .min = -1,
				 .slice_from = -1,
				 .truncate = -1 };
	p->part = xl_arena_alloc(r->arena, 3 * sizeof(*p->part));
	for (int i = 0; i < 3; i++) {
		struct xl_part *part = &p->part[i];

		part->layer = i ? xl_layer_at(layers[i]) : ip;
		part->loc = row->loc;
		part->value =
			xl_arena_alloc(r->arena, part->layer->n_fields * sizeof(*part->value));
	}
	for (int i = 0; i < 2; i++) {
		const char *end = i ? "dst" : "src";
		int at = xl_field_index(ip, end);

		xl_value_read(r, ip, &ip->field[at], xl_node_get(row, end), &p->part[0].value[at]);
	}
	p->part[2].value[0] = (struct xl_value){ .kind = XL_V_BYTES, .is_given = true };
	p->part[2].value[0].bytes = (struct xl_bytes){ xl_arena_alloc(r->arena, 24), 24 };
	memcpy((void *)(uintptr_t)p->part[2].value[0].bytes.p, payload, 16);
	return p;
}

static int build_barrier(struct xl_arena *a, const struct xl_config *c, const struct xl_node *row,
			 struct xl_barrier *b, struct xl_diags *d)
{
	struct xl_reader r = {
		.arena = a, .d = d, .who = c->who, .n_who = c->n_who, .config = c->name
	};
	struct xl_resolver v = { .arena = a, .d = d, .hash = 0x2a5a5a5 };
	struct xl_builder build = { .arena = a, .d = d };
	int in = port_named(c, xl_node_get(row, "if")),
	    out = port_named(c, xl_node_get(row, "out"));
	struct xl_packet *sent, *want;
	struct xl_built bytes_in, bytes_out;

	if (row->kind != XL_YAML_MAP || row->n != 4 || in < 0 || out < 0 ||
	    !xl_node_get(row, "src") || !xl_node_get(row, "dst"))
		return xl_diag(
			d, XL_ERR_SYNTAX, row->loc,
			"barrier: {if: INTERFACE, src: NAME, dst: NAME, out: INTERFACE} wanted");
	sent = barrier_packet(&r, row, c->port[in].side);
	r.is_expected = true;
	want = barrier_packet(&r, row, c->port[out].side);
	if (r.has_fault)
		return XL_ERR_SYNTAX;
	xl_packet_resolve(&v, sent);
	v.sent = sent;
	/* Of the packet that comes out only addresses, ports and payload matter: what stands in other
	 * fields is for the cases to judge. */
	want->part[0].is_originated = true;
	xl_packet_resolve(&v, want);
	if (v.has_fault || !xl_packet_build(&build, sent, &bytes_in) ||
	    !xl_packet_build(&build, want, &bytes_out))
		return XL_ERR_SYNTAX;
	*b = (struct xl_barrier){ .port = (uint16_t)in,
				  .out_port = (uint16_t)out,
				  .in = { bytes_in.bytes, bytes_in.len },
				  .out = { bytes_out.bytes, bytes_out.len },
				  .mask = { bytes_out.mask, bytes_out.len } };
	return 0;
}

int xl_config_barriers(struct xl_arena *a, const struct xl_config *c, struct xl_golden_config *g,
		       struct xl_diags *d)
{
	const struct xl_node *n = c->barrier;
	struct xl_barrier *b;
	int err = 0;

	if (!n)
		return 0;
	if (n->kind != XL_YAML_SEQ)
		return xl_diag(d, XL_ERR_SYNTAX, n->loc,
			       "barrier: a list wanted, one row a direction");
	b = xl_arena_alloc(a, n->n * sizeof(*b));
	for (uint32_t i = 0; i < n->n; i++)
		if (build_barrier(a, c, n->item[i], &b[i], d))
			err = XL_ERR_SYNTAX;
	g->barrier = b;
	g->n_barriers = (uint16_t)n->n;
	return err;
}
