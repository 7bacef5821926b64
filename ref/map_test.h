/* map_test.h - what the tests of address decisions share: configurations by text, questions by text. */
#ifndef XL_MAP_TEST_H
#define XL_MAP_TEST_H

#include <stdlib.h>

#include "ref/base/rd.h"
#include "ref/base/tap.h"
#include "ref/map.h"

#define UNUSED __attribute__((unused))

static struct xl_diags diags;
static const struct xl_env env;

UNUSED static struct xl_ip4 ip4(const char *text)
{
	struct xl_ip4 a = { { 0 } };

	if (!xl_ip4_parse(text, &a))
		ok(false, "test address '%s'", text);
	return a;
}

UNUSED static struct xl_ip6 ip6(const char *text)
{
	struct xl_ip6 a = { { 0 } };

	if (!xl_ip6_parse(text, &a))
		ok(false, "test address '%s'", text);
	return a;
}

UNUSED static struct xl_prefix4 pfx4(const char *text)
{
	struct xl_prefix4 p = { .len = 0 };
	const char *why = xl_prefix4_parse(text, &p);

	if (why)
		ok(false, "test prefix '%s': %s", text, why);
	return p;
}

UNUSED static struct xl_prefix6 pfx6(const char *text)
{
	struct xl_prefix6 p = { .len = 0 };
	const char *why = xl_prefix6_parse(text, &p);

	if (why)
		ok(false, "test prefix '%s': %s", text, why);
	return p;
}

UNUSED static void add_eam(struct xl_conf *c, size_t space, const char *p4, const char *p6,
			   bool is_local)
{
	struct xl_conf_space *s = &c->space[space];

	s->eam = realloc(s->eam, (s->n_eams + 1) * sizeof(*s->eam));
	s->eam[s->n_eams++] = (struct xl_conf_eam){
		.p4 = pfx4(p4),
		.p6 = pfx6(p6),
		.is_local = is_local,
	};
}

UNUSED static void set_prefix6(struct xl_conf *c, size_t space, const char *p6)
{
	c->space[space].has_prefix6 = true;
	c->space[space].prefix6 = pfx6(p6);
}

UNUSED static void init(struct xl_conf *c)
{
	if (xl_conf_init(c))
		abort();
	c->has_own4 = c->has_own6 = true;
	c->own4 = ip4("192.0.2.254");
	c->own6 = ip6("2001:db8:ffff::1");
}

/* Builds and releases the configuration. */
UNUSED static struct xl_map *build(struct xl_conf *c)
{
	struct xl_map *m;

	xl_diags_init(&diags);
	m = xl_map_new(c, &env, &diags);
	if (!m)
		xl_diags_print(&diags, stdout);
	xl_conf_fini(c);
	return m;
}

struct question {
	const char *src, *dst, *q_src, *q_dst;
	uint16_t port;
	bool is_hairpin;
	uint16_t space;
};

UNUSED static int version_of(const char *text)
{
	return strchr(text, ':') ? 6 : 4;
}

UNUSED static void octets(const char *text, uint8_t b[16])
{
	memset(b, 0, 16);
	if (version_of(text) == 4)
		memcpy(b, ip4(text).b, 4);
	else
		memcpy(b, ip6(text).b, 16);
}

UNUSED static struct xl_flow ask(struct xl_map *m, const struct question *q, struct xl_flow *quoted)
{
	uint8_t b[4][16];
	struct xl_ask a = { .port = q->port, .is_hairpin = q->is_hairpin, .space = q->space };
	struct xl_flow f;

	a.version = (uint8_t)version_of(q->src);
	octets(q->src, b[0]);
	octets(q->dst, b[1]);
	a.src = b[0];
	a.dst = b[1];
	if (q->q_src) {
		octets(q->q_src, b[2]);
		octets(q->q_dst, b[3]);
		a.q_src = b[2];
		a.q_dst = b[3];
	}
	xl_map_outer(m, &a, &f);
	if (quoted)
		xl_map_quoted(m, &a, &f, quoted);
	return f;
}

UNUSED static void is_pair(const struct xl_flow *f, const char *src, const char *dst,
			   const char *what)
{
	uint8_t want[2][16];
	size_t n = version_of(src) == 4 ? 4 : 16;

	octets(src, want[0]);
	octets(dst, want[1]);
	is_int(f->act, XL_FLOW_TRANSLATE, "%s: translated (%s)", what, xl_rule(f->rule)->name);
	is_mem(f->src, n, want[0], n, "%s: source", what);
	is_mem(f->dst, n, want[1], n, "%s: destination", what);
}

/* RFC 7757 figure 1. */
UNUSED static void figure_1(struct xl_conf *c)
{
	init(c);
	set_prefix6(c, 0, "2001:db8:64::/96"); /* erratum: the figures' own prefix is forbidden */
	add_eam(c, 0, "192.0.2.1", "2001:db8:aaaa::", false);
	add_eam(c, 0, "192.0.2.2/32", "2001:db8:bbbb::b/128", false);
	add_eam(c, 0, "192.0.2.16/28", "2001:db8:cccc::/124", false);
	add_eam(c, 0, "192.0.2.128/26", "2001:db8:dddd::/64", false);
	add_eam(c, 0, "192.0.2.192/29", "2001:db8:eeee:8::/62", false);
	add_eam(c, 0, "192.0.2.224/31", "64:ff9b::/127", false);
	c->pool6791 = calloc(1, sizeof(*c->pool6791));
	c->pool6791[0] = pfx4("198.51.100.1");
	c->n_pool6791 = 1;
}

UNUSED static void set_ifaces(struct xl_conf *c, const char *const *name, size_t n)
{
	free(c->iface);
	c->iface = calloc(n, sizeof(*c->iface));
	c->n_ifaces = n;
	for (size_t i = 0; i < n; i++) {
		snprintf(c->iface[i].name, sizeof(c->iface[i].name), "%s", name[i]);
		c->iface[i].side = name[i][0] == '4' ? XL_SIDE_V4 : XL_SIDE_V6;
		c->iface[i].mtu = 1500;
	}
}

UNUSED static void add_space(struct xl_conf *c, uint32_t id, const char *prefix6, int32_t priority,
			     const uint16_t *iface, size_t n)
{
	struct xl_conf_space *s;

	c->space = realloc(c->space, (c->n_spaces + 1) * sizeof(*c->space));
	s = &c->space[c->n_spaces++];
	memset(s, 0, sizeof(*s));
	s->id = id;
	s->priority = priority;
	s->iface = calloc(n + 1, sizeof(*s->iface));
	memcpy(s->iface, iface, n * sizeof(*iface));
	s->n_ifaces = n;
	if (prefix6)
		set_prefix6(c, c->n_spaces - 1, prefix6);
}

UNUSED static void add_ipv4(struct xl_conf *c, size_t space, const char *prefix)
{
	struct xl_conf_space *s = &c->space[space];

	s->ipv4 = realloc(s->ipv4, (s->n_ipv4 + 1) * sizeof(*s->ipv4));
	s->ipv4[s->n_ipv4++] = pfx4(prefix);
}

UNUSED static void add_route(struct xl_conf *c, size_t iface, const char *prefix)
{
	struct xl_conf_iface *f = &c->iface[iface];
	struct xl_conf_route r = { .family = (uint8_t)version_of(prefix) };

	if (r.family == 4)
		r.p4 = pfx4(prefix);
	else
		r.p6 = pfx6(prefix);
	f->route = realloc(f->route, (f->n_routes + 1) * sizeof(*f->route));
	f->route[f->n_routes++] = r;
}

#endif
