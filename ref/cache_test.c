/* cache_test.c - decisions that are remembered: the same packets come out with and without a memory, and
 * nothing is remembered beyond a change of the tables. */
#include "ref/base/rng.h"
#include "ref/fast.h"
#include "ref/test_way.h"

static const uint32_t sizes[] = { 0, 1, 256 }; /* of the flow cache, in lines */

enum { N_SIZES = sizeof(sizes) / sizeof(sizes[0]) };

static const char HOST4[] = "192.0.2.77", HOST6[] = "2001:db8:64::192.0.2.77"; /* by the prefix */
static const char MAPPED6[] = "2001:db8:cccc::77", MOVED6[] = "2001:db8:dddd::77"; /* by EAMs */

static struct xl_conf_eam eam_of(const char *p4, const char *p6)
{
	struct xl_conf_eam e;

	memset(&e, 0, sizeof(e));
	if (xl_prefix4_parse(p4, &e.p4) || xl_prefix6_parse(p6, &e.p6))
		ok(false, "test mapping %s %s", p4, p6);
	return e;
}

static void add(const char *p4, const char *p6)
{
	struct xl_conf_eam e = eam_of(p4, p6);
	struct xl_diags d;

	xl_diags_init(&d);
	is_int(xl_eam_add(t->x, 0, &e, &d), 0, "%s becomes %s", p4, p6);
}

static void drop(const char *p4, const char *p6)
{
	struct xl_conf_eam e = eam_of(p4, p6);
	struct xl_diags d;

	xl_diags_init(&d);
	is_int(xl_eam_remove(t->x, 0, &e, &d), 0, "%s is no longer %s", p4, p6);
}

/* A packet between two addresses comes out between two others, twice: decided, and remembered. */
static void goes(const char *what, const char *src, const char *dst, const char *new_src,
		 const char *new_dst)
{
	bool is_4 = !strchr(src, ':');

	for (unsigned again = 0; again < 2; again++) {
		struct ip in = is_4 ? v4(src, dst, 17) : v6(src, dst, 17);
		struct ip out = is_4 ? v6(new_src, new_dst, 17) : v4(new_src, new_dst, 17);

		in.ttl = 64;
		out.ttl = 63;
		out.id = 0;
		wants(what, is_4 ? 0 : 1, packet(&in, 6, udp, 13), packet(&out, 6, udp, 13));
	}
}

static void goes_nowhere(const char *what, const char *src, const char *dst, uint16_t rule)
{
	struct ip in = v6(src, dst, 17);

	refused(what, 1, packet(&in, 6, udp, 13), rule, 1);
}

/* The tables change under a flow that is remembered. */
static void test_changes(const struct xl_conf *c)
{
	t = bench_new(c, false);
	goes("to the prefix", A4, HOST4, A6, HOST6);
	goes("from the prefix", HOST6, A6, HOST4, A4);
	add(HOST4, MAPPED6);
	goes("a new mapping goes before what was remembered", A4, HOST4, A6, MAPPED6);
	goes("as source too", HOST4, A4, MAPPED6, A6);
	goes("and back", MAPPED6, A6, HOST4, A4);
	add(HOST4, MOVED6);
	goes("the host has moved", A4, HOST4, A6, MOVED6);
	goes("and back from there", MOVED6, A6, HOST4, A4);
	goes_nowhere("no longer from its old place", MAPPED6, A6, XL_RULE_NO_MAPPING_SOURCE);
	drop(HOST4, MOVED6);
	goes("the prefix has it again", A4, HOST4, A6, HOST6);
	goes_nowhere("not from the removed place", MOVED6, A6, XL_RULE_NO_MAPPING_SOURCE);
	add("203.0.113.9", A6);
	goes("an address inside the prefix is mapped", HOST6, A6, HOST4, "203.0.113.9");
	drop("203.0.113.9", A6);
	goes("and is not", HOST6, A6, HOST4, A4);
	bench_free(t);
}

static void put_random_packet(struct xl_rng *rng, struct bytes *p, bool is_4)
{
	static const char *const host4[] = { "198.51.100.2", "192.0.2.33", "192.0.2.140" };
	static const char *const host6[] = { "2001:db8:64::198.51.100.2", "2001:db8:aaaa::33",
					     "2001:db8:bbbb::c" };
	struct ip i = is_4 ? v4(host4[xl_rng_below(rng, 3)], host4[xl_rng_below(rng, 3)], 17)
			   : v6(host6[xl_rng_below(rng, 3)], host6[xl_rng_below(rng, 3)], 17);
	struct bytes *made;
	uint8_t l4[32];

	memcpy(l4, udp, sizeof(l4));
	made = packet(&i, 6, l4, sizeof(l4));
	made->b[is_4 ? 19 : 39] ^= (uint8_t)xl_rng_below(rng, 4); /* the neighbours */
	if (is_4) {
		xl_put16(made->b + 10, 0);
		xl_put16(made->b + 10, ~plain_sum(made->b, 20, 0) & 0xffff);
	}
	memcpy(p->b, made->b, made->n);
	p->n = made->n;
	free(made);
}

static bool is_same_out(const struct bench *a, const struct bench *b)
{
	if (a->v.rule != b->v.rule || a->n_out != b->n_out)
		return false;
	for (size_t i = 0; i < a->n_out; i++)
		if (a->out[i].n != b->out[i].n || a->out[i].port != b->out[i].port ||
		    memcmp(a->out[i].b, b->out[i].b, a->out[i].n) != 0)
			return false;
	return true;
}

/* Both directions and two ingress interfaces of different spaces in turn, few addresses: lines are hit,
 * shared and fought for. Everything as the slow path has it. */
static void test_random(const struct xl_conf *c)
{
	static struct bytes p;
	struct bench *slow = bench_new(c, false);
	struct xl_rng rng;
	unsigned n_bad = 0, n_sent = 0, n_filled = 0;

	t = bench_new(c, false);
	slow->x->slow_only = true;
	xl_rng_init(&rng, c->flow_cache_lines, "cache_test");
	for (unsigned i = 0; i < 4000; i++) {
		uint16_t port = (uint16_t)xl_rng_below(&rng, 3);

		put_random_packet(&rng, &p, port != 1);
		input(t, port, p.b, p.n, 0);
		input(slow, port, p.b, p.n, 0);
		n_bad += !is_same_out(t, slow);
		n_sent += t->v.act == XL_ACT_SENT;
	}
	for (uint32_t i = 0; i < c->flow_cache_lines; i++)
		n_filled += t->x->cache[i].generation != 0;
	is_int(n_bad, 0, "%u lines: as without a memory", c->flow_cache_lines);
	ok(n_sent > 2000, "%u packets were translated", n_sent);
	ok(n_filled >= c->flow_cache_lines / 10 + (c->flow_cache_lines != 0),
	   "%u of the lines were used", n_filled);
	bench_free(slow);
	bench_free(t);
}

/* A third interface, of another space where the same addresses have other places. */
static void add_tenant(struct xl_conf *c)
{
	static const char name[] = "tap";

	c->iface = realloc(c->iface, 3 * sizeof(*c->iface));
	c->space = realloc(c->space, 2 * sizeof(*c->space));
	c->iface[2] = c->iface[0];
	memcpy(c->iface[2].name, name, sizeof(name));
	c->n_ifaces = 3;
	memset(&c->space[1], 0, sizeof(c->space[1]));
	c->space[1].id = 1;
	c->space[1].iface = calloc(1, sizeof(uint16_t));
	c->space[1].iface[0] = 2;
	c->space[1].n_ifaces = 1;
	c->space[1].has_prefix6 = true;
	if (xl_prefix6_parse("2001:db8:a41::/96", &c->space[1].prefix6))
		abort();
	c->n_spaces = 2;
}

int main(void)
{
	struct xl_conf c;

	bench_conf(&c);
	add_tenant(&c);
	for (size_t i = 0; i < N_SIZES; i++) {
		c.flow_cache_lines = sizes[i];
		test_changes(&c);
		test_random(&c);
	}
	xl_conf_fini(&c);
	return done();
}
