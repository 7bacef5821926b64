/* map_space_test.c - which of 10^4 address spaces takes a packet, against a list searched from end to end. */
#include "ref/base/rng.h"
#include "ref/map_test.h"

enum { N_SPACES = 10000, N_ASKS = 300, N_MOVES = 3000, EAMS = 2, NO_SPACE = -1 };
enum { IF_4A, IF_4B, IF_6, IF_6A, IF_6B, IF_4, N_IFACES }; /* IF_6 and IF_4 are in no list */

static struct xl_rng rng;

/* Few bits set, so that prefixes nest and meet. */
static void random_octets(uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(xl_rng_next(&rng) & xl_rng_next(&rng) & xl_rng_next(&rng));
	p[0] = n == 4 ? 64 : 0x20;
	if (n == 16)
		p[8] = 0;
}

static struct xl_prefix6 random_prefix6(void)
{
	static const uint8_t length[] = { 32, 40, 48, 56, 64, 96 };
	struct xl_prefix6 p = { .len = length[xl_rng_below(&rng, 6)] };

	random_octets(p.addr.b, 16);
	xl_mask_bits(p.addr.b, 16, p.len);
	return p;
}

/* A mapping of 64.0.0.0/8's k-th address, unlike any other of the space. */
static struct xl_conf_eam random_eam(const struct xl_conf_space *s, uint32_t k)
{
	struct xl_conf_eam e = { .p4.len = 32 };
	bool is_new;

	xl_put32(e.p4.addr.b, (64u << 24) + k);
	do {
		e.p6 = random_prefix6();
		is_new = true;
		for (size_t i = 0; i < s->n_eams; i++)
			is_new &= e.p6.len != s->eam[i].p6.len ||
				  !xl_ip6_eq(e.p6.addr, s->eam[i].p6.addr);
	} while (!is_new);
	return e;
}

/* Every space has a priority of its own: then any prefix may meet any other. */
static void fill_space(struct xl_conf_space *s, uint32_t i)
{
	static const uint16_t lists[4][4] = {
		{ IF_4A, IF_6A }, { IF_4A, IF_4B, IF_6A, IF_6B }, { IF_4B, IF_6B }, { IF_4B }
	};
	static const size_t n_lists[4] = { 2, 4, 2, 1 };
	unsigned which = xl_rng_below(&rng, 4);

	memset(s, 0, sizeof(*s));
	s->id = i;
	s->priority = (int32_t)(i * 7919 % N_SPACES) - N_SPACES / 2;
	s->has_prefix6 = xl_rng_below(&rng, 4) != 0;
	s->prefix6 = random_prefix6();
	s->eam = calloc(EAMS, sizeof(*s->eam));
	for (uint32_t k = 0; k < EAMS; k++) {
		s->eam[k] = random_eam(s, k);
		s->n_eams++;
	}
	if (i == 0)
		return;
	s->n_ifaces = n_lists[which];
	s->iface = calloc(s->n_ifaces, sizeof(*s->iface));
	memcpy(s->iface, lists[which], s->n_ifaces * sizeof(*s->iface));
	s->n_ipv4 = xl_rng_below(&rng, 3) + (i % 64 != 0);
	s->ipv4 = calloc(s->n_ipv4 + 1, sizeof(*s->ipv4));
	for (size_t k = 0; k < s->n_ipv4; k++) {
		s->ipv4[k].len = (uint8_t)(8 + xl_rng_below(&rng, 25));
		random_octets(s->ipv4[k].addr.b, 4);
		xl_mask_bits(s->ipv4[k].addr.b, 4, s->ipv4[k].len);
	}
}

static bool is_in(const struct xl_conf *c, size_t space, uint16_t port)
{
	const struct xl_conf_space *s = &c->space[space];

	if (port == IF_6 || (port == IF_4 && space == 0))
		return true;
	for (size_t i = 0; i < s->n_ifaces; i++)
		if (s->iface[i] == port)
			return true;
	return false;
}

static int match4(const struct xl_conf_space *s, const uint8_t *dst)
{
	int len = s->n_ipv4 ? -1 : 0;

	for (size_t i = 0; i < s->n_ipv4; i++)
		if (s->ipv4[i].len > len && xl_bits_eq(dst, s->ipv4[i].addr.b, s->ipv4[i].len))
			len = s->ipv4[i].len;
	return len;
}

static int match6(const struct xl_conf_space *s, const uint8_t *dst)
{
	int len = -1;

	if (s->has_prefix6 && xl_bits_eq(dst, s->prefix6.addr.b, s->prefix6.len))
		len = s->prefix6.len;
	for (size_t i = 0; i < s->n_eams; i++)
		if (s->eam[i].p6.len > len &&
		    xl_bits_eq(dst, s->eam[i].p6.addr.b, s->eam[i].p6.len))
			len = s->eam[i].p6.len;
	return len;
}

/* docs/configuration.md: the longest match, then the larger priority. */
static int linear(const struct xl_conf *c, uint16_t port, const uint8_t *dst)
{
	bool is_4 = c->iface[port].side == XL_SIDE_V4;
	int best = NO_SPACE, best_len = -1;

	for (size_t i = 0; i < c->n_spaces; i++) {
		const struct xl_conf_space *s = &c->space[i];
		int len;

		if (!is_in(c, i, port))
			continue;
		len = is_4 ? match4(s, dst) : match6(s, dst);
		if (len > best_len ||
		    (len >= 0 && len == best_len && s->priority > c->space[best].priority)) {
			best = (int)i;
			best_len = len;
		}
	}
	return best;
}

/* An address that some space claims, more often than one that none does. */
static void random_destination(const struct xl_conf *c, bool is_4, uint8_t *dst)
{
	const struct xl_conf_space *s = &c->space[xl_rng_below(&rng, (uint32_t)c->n_spaces)];
	const struct xl_prefix6 *p = xl_rng_below(&rng, 2) ? &s->eam[0].p6 : &s->prefix6;

	random_octets(dst, is_4 ? 4 : 16);
	dst[0] += is_4 && xl_rng_below(&rng, 4) == 0; /* what only 0.0.0.0/0 matches */
	if (!is_4 && xl_rng_below(&rng, 8))
		for (size_t i = 0; i < p->len / 8u; i++)
			dst[i] = p->addr.b[i];
}

static void compare(struct xl_map *m, const struct xl_conf *c, const char *what)
{
	unsigned n_bad = 0, n_none = 0;

	for (unsigned i = 0; i < N_ASKS; i++) {
		uint16_t port = (uint16_t)xl_rng_below(&rng, N_IFACES);
		bool is_4 = c->iface[port].side == XL_SIDE_V4;
		uint8_t src[16], dst[16];
		struct xl_ask q = { .src = src, .dst = dst, .port = port, .version = is_4 ? 4 : 6 };
		struct xl_flow f;
		int want;

		random_octets(src, is_4 ? 4 : 16);
		random_destination(c, is_4, dst);
		want = linear(c, port, dst);
		xl_map_outer(m, &q, &f);
		n_none += want == NO_SPACE;
		n_bad += want == NO_SPACE ? f.rule != XL_RULE_NO_MAPPING_DESTINATION
					  : f.space != want;
	}
	is_int(n_bad, 0, "%s: %u of %d claimed by no space", what, n_none, N_ASKS);
	ok(n_none > 0 && n_none < N_ASKS / 2, "%s: both happened", what);
}

/* Mappings come, go and move, in spaces that fight for the same prefixes. */
static void change(struct xl_map *m, struct xl_conf *c)
{
	unsigned n_bad = 0, n_removed = 0, n_added = 0;

	xl_diags_init(&diags);
	for (unsigned i = 0; i < N_MOVES; i++) {
		struct xl_conf_space *s = &c->space[xl_rng_below(&rng, N_SPACES)];

		if (s->n_eams == EAMS && xl_rng_below(&rng, 2)) {
			n_bad += xl_map_eam_remove(m, s->id, &s->eam[--s->n_eams], &diags) != 0;
			n_removed++;
			continue;
		}
		if (s->n_eams == EAMS)
			s->n_eams--; /* its address moves to another place */
		s->eam[s->n_eams] = random_eam(s, EAMS - 1);
		n_bad += xl_map_eam_add(m, s->id, &s->eam[s->n_eams++], &diags) != 0;
		n_added++;
	}
	is_int(n_bad, 0, "%u mappings came, %u went", n_added, n_removed);
}

/* Two spaces claim one prefix; the one with the larger priority gives it up and takes it again. */
static void test_heir(void)
{
	static const char *const name[] = { "4", "6" };
	static const uint16_t in_4[] = { 0 };
	struct question q = { "2001:db8::192.0.2.1", "2001:db8:1::9", .port = 1 };
	struct xl_conf_eam eam = { .p4 = pfx4("10.0.0.9"), .p6 = pfx6("2001:db8:1::9") };
	struct xl_conf c;
	struct xl_map *m;

	init(&c);
	set_ifaces(&c, name, 2);
	add_space(&c, 1, "2001:db8::/96", 3, in_4, 1);
	c.space[1].n_ipv4 = 0;
	add_space(&c, 2, "2001:db8::/96", 5, in_4, 1);
	add_eam(&c, 1, "10.0.0.9", "2001:db8:1::9", false);
	add_eam(&c, 2, "10.0.0.9", "2001:db8:1::9", false);
	m = build(&c);
	xl_diags_init(&diags);
	is_int(ask(m, &q, NULL).space, 2, "the larger priority has it");
	is_int(xl_map_eam_remove(m, 2, &eam, &diags), 0, "and gives it up");
	is_int(ask(m, &q, NULL).space, 1, "the other has it");
	is_int(xl_map_eam_add(m, 2, &eam, &diags), 0, "it is taken again");
	is_int(ask(m, &q, NULL).space, 2, "by the larger priority");
	is_int(xl_map_eam_remove(m, 1, &eam, &diags), 0, "the other gives it up");
	is_int(ask(m, &q, NULL).space, 2, "which changes nothing");
	is_int(xl_map_eam_remove(m, 2, &eam, &diags), 0, "nobody has it");
	is_int(ask(m, &q, NULL).rule, XL_RULE_NO_MAPPING_DESTINATION, "any more");
	xl_map_free(m);
}

/* One space alone on an IPv4 interface takes what its ipv4 says, and everything when it says nothing. */
static void test_sole(void)
{
	static const char *const name[] = { "4", "6", "4a" };
	static const uint16_t in_4a[] = { 2 };
	struct question q = { "198.51.100.2", "192.0.2.1", .port = 2 };
	struct xl_conf c;
	struct xl_map *m;

	for (unsigned has_ipv4 = 0; has_ipv4 < 2; has_ipv4++) {
		init(&c);
		set_ifaces(&c, name, 3);
		add_space(&c, 1, "2001:db8::/96", 0, in_4a, 1);
		if (has_ipv4)
			add_ipv4(&c, 1, "10.0.0.0/8");
		m = build(&c);
		is_int(ask(m, &q, NULL).rule,
		       has_ipv4 ? XL_RULE_NO_MAPPING_DESTINATION : XL_RULE_TRANSLATED_4TO6,
		       "a space alone, %s ipv4", has_ipv4 ? "with" : "without");
		xl_map_free(m);
	}
}

static size_t allocations_left;

static void *poor_alloc(void *ctx, size_t n)
{
	(void)ctx;
	return allocations_left ? allocations_left--, malloc(n) : NULL;
}

static void poor_free(void *ctx, void *p)
{
	(void)ctx;
	free(p);
}

/* A mapping for which there is no memory claims nothing: its address stays in the prefix of another. */
static void test_no_memory(size_t allocations)
{
	static const char *const name[] = { "4", "6" };
	static const uint16_t in_4[] = { 0 };
	const struct xl_env poor = { .alloc = poor_alloc, .free = poor_free };
	struct question q = { "2001:db8::192.0.2.1", .port = 1 };
	struct xl_conf c;
	struct xl_map *m;
	bool is_refused = false;

	init(&c);
	set_ifaces(&c, name, 2);
	add_space(&c, 1, "2001:db8::/96", 3, in_4, 1);
	add_space(&c, 2, "2001:db8:2::/96", 5, in_4, 1);
	xl_diags_init(&diags);
	allocations_left = SIZE_MAX;
	m = xl_map_new(&c, &poor, &diags);
	allocations_left = allocations;
	for (uint32_t i = 1; m && i < 200 && !is_refused; i++) {
		struct xl_conf_eam eam = { .p4 = pfx4("10.0.0.0"),
					   .p6 = pfx6("2001:db8::10.0.0.0") };
		char dst[XL_IP6_TEXT_MAX];

		eam.p4.addr.b[3] = eam.p6.addr.b[15] = (uint8_t)i;
		is_refused = xl_map_eam_add(m, 2, &eam, &diags) == XL_ERR_NOMEM;
		q.dst = xl_ip6_text(eam.p6.addr, dst);
		if (is_refused)
			is_int(ask(m, &q, NULL).space, 1, "no memory after %zu allocations",
			       allocations);
	}
	ok(is_refused, "there was none in the end");
	xl_map_free(m);
	xl_conf_fini(&c);
}

int main(void)
{
	static const char *const name[N_IFACES] = { "4a", "4b", "6", "6a", "6b", "4" };
	struct xl_conf c;
	struct xl_map *m;

	xl_rng_init(&rng, 6052, "map_space_test");
	test_heir();
	test_sole();
	for (size_t n = 0; n < 10; n++)
		test_no_memory(n);
	init(&c);
	set_ifaces(&c, name, N_IFACES);
	c.space = realloc(c.space, N_SPACES * sizeof(*c.space));
	for (uint32_t i = 0; i < N_SPACES; i++)
		fill_space(&c.space[i], i);
	c.n_spaces = N_SPACES;
	xl_diags_init(&diags);
	m = xl_map_new(&c, &env, &diags);
	if (!m)
		xl_diags_print(&diags, stdout);
	if (ok(m, "%d address spaces", N_SPACES)) {
		compare(m, &c, "as configured");
		change(m, &c);
		compare(m, &c, "after the changes");
	}
	xl_map_free(m);
	xl_conf_fini(&c);
	return done();
}
