/* conf.c - defaults, release and cross-checks of a configuration: see conf.h. */
#include "ref/conf.h"

#include <stdlib.h>
#include <string.h>

#include "ref/rfc6052.h"

enum { MTU4_MIN = 68, MTU4_MAX = 65535, MTU6_MIN = 1280, MTU6_MAX = 65575 };

static void set_iface(struct xl_conf_iface *f, const char *name, enum xl_side side)
{
	memset(f, 0, sizeof(*f));
	memcpy(f->name, name, strlen(name));
	f->side = side;
	f->mtu = 1500;
}

int xl_conf_init(struct xl_conf *c)
{
	static const uint16_t plateau[] = { 65535, 32000, 17914, 8166, 4352, 2002,
					    1492,  1006,  508,   296,  68 }; /* RFC 1191 7.1 */

	memset(c, 0, sizeof(*c));
	c->iface = calloc(2, sizeof(*c->iface));
	c->space = calloc(1, sizeof(*c->space));
	if (!c->iface || !c->space) {
		free(c->iface);
		free(c->space);
		memset(c, 0, sizeof(*c));
		return XL_ERR_NOMEM;
	}
	set_iface(&c->iface[0], "v4", XL_SIDE_V4);
	set_iface(&c->iface[1], "v6", XL_SIDE_V6);
	c->n_ifaces = 2;
	c->n_spaces = 1;
	c->role = XL_ROLE_SIIT;
	c->pool_choice = XL_POOL_RANDOM;
	c->rfc5837 = true;
	c->lowest_ipv6_mtu = MTU6_MIN;
	memcpy(c->plateau, plateau, sizeof(plateau));
	c->n_plateaus = sizeof(plateau) / sizeof(plateau[0]);
	c->hairpinning = XL_HAIRPIN_INTRINSIC;
	c->udp_zero = XL_UDP_ZERO_DROP;
	c->traffic_class = c->tos = XL_TOS_COPY;
	c->icmp_errors = XL_ERRORS_SEND;
	c->errors_per_second = 0;
	c->flow_cache_lines = XL_FLOW_CACHE_LINES;
	return 0;
}

void xl_conf_fini(struct xl_conf *c)
{
	for (size_t i = 0; i < c->n_ifaces; i++) {
		free(c->iface[i].route);
		free(c->iface[i].allow4);
		free(c->iface[i].allow6);
	}
	for (size_t i = 0; i < c->n_spaces; i++) {
		free(c->space[i].eam);
		free(c->space[i].iface);
		free(c->space[i].ipv4);
	}
	free(c->iface);
	free(c->space);
	free(c->pool6791);
	free(c->file);
	memset(c, 0, sizeof(*c));
}

const char *xl_conf_refuse_prefix6(struct xl_prefix6 p)
{
	return xl_6052_refuse_prefix(p);
}

static const char *const no_host = "not an address that a host can have";

const char *xl_conf_refuse_host4(struct xl_ip4 a)
{
	return xl_ip4_is_martian(a.b) ? no_host : NULL;
}

const char *xl_conf_refuse_host6(struct xl_ip6 a)
{
	return xl_ip6_is_martian(a.b) ? no_host : NULL;
}

/* RFC 1812 5.3.7 */
static const struct xl_prefix4 hostless[] = { { { { 0 } }, 8 },
					      { { { 127 } }, 8 },
					      { { { 224 } }, 3 } };

enum { N_HOSTLESS = sizeof(hostless) / sizeof(hostless[0]) };

const char *xl_conf_refuse_hosts4(struct xl_prefix4 p)
{
	const char *why = xl_prefix4_refuse(p);

	for (size_t i = 0; !why && i < N_HOSTLESS; i++)
		if (xl_ip4_in(hostless[i].addr, p) || xl_ip4_in(p.addr, hostless[i]))
			why = "it holds addresses that a host cannot have";
	return why;
}

static bool has_no_host(struct xl_prefix4 p)
{
	for (size_t i = 0; i < N_HOSTLESS; i++)
		if (p.len >= hostless[i].len && xl_ip4_in(p.addr, hostless[i]))
			return true;
	return false;
}

/* ---- checks ---- */

struct check {
	const struct xl_conf *c;
	struct xl_diags *d;
	bool has_fault, has_shared_v6;
	bool is_partial; /* interfaces or spaces are not all known as they are meant */
	bool may_compare; /* spaces with each other: what they list is there */
};

#define FAULT(k, loc, ...) \
	((k)->has_fault = true, (void)xl_diag((k)->d, XL_ERR_RANGE, (loc), __VA_ARGS__))

static void check_prefix4(struct check *k, struct xl_loc loc, const char *what, struct xl_prefix4 p)
{
	const char *why = xl_prefix4_refuse(p);

	if (why)
		FAULT(k, loc, "%s: %s", what, why);
}

static void check_prefix6(struct check *k, struct xl_loc loc, const char *what, struct xl_prefix6 p)
{
	const char *why = xl_prefix6_refuse(p);

	if (why)
		FAULT(k, loc, "%s: %s", what, why);
}

static void check_iface_prefixes(struct check *k, const struct xl_conf_iface *f)
{
	for (size_t i = 0; i < f->n_routes; i++)
		if (f->route[i].family != f->side)
			FAULT(k, f->loc, "interface '%s' has a route of the other side", f->name);
		else if (f->side == XL_SIDE_V4)
			check_prefix4(k, f->loc, "a route", f->route[i].p4);
		else
			check_prefix6(k, f->loc, "a route", f->route[i].p6);
	for (size_t i = 0; i < f->n_allow4; i++)
		check_prefix4(k, f->loc, "filter.ingress", f->allow4[i]);
	for (size_t i = 0; i < f->n_allow6; i++)
		check_prefix6(k, f->loc, "filter.ingress", f->allow6[i]);
}

static void check_ifaces(struct check *k)
{
	const struct xl_conf *c = k->c;
	bool has_v4 = false, has_v6 = false;

	for (size_t i = 0; i < c->n_ifaces; i++) {
		const struct xl_conf_iface *f = &c->iface[i];
		uint32_t min = f->side == XL_SIDE_V4 ? MTU4_MIN : MTU6_MIN;
		uint32_t max = f->side == XL_SIDE_V4 ? MTU4_MAX : MTU6_MAX;

		has_v4 |= f->side == XL_SIDE_V4;
		has_v6 |= f->side == XL_SIDE_V6;
		if (k->is_partial && (f->name[0] == '\0' || !f->side))
			continue;
		if (f->side != XL_SIDE_V4 && f->side != XL_SIDE_V6) {
			FAULT(k, f->loc, "interface %zu has no side: v4 and v6 are allowed", i);
			has_v4 = has_v6 = true; /* what is missing would only follow */
			continue;
		}
		if (f->name[0] == '\0' || !memchr(f->name, '\0', sizeof(f->name))) {
			FAULT(k, f->loc, "interface %zu has no name of 1 to %d octets", i,
			      XL_IFACE_NAME_MAX - 1);
			continue;
		}
		if (f->mtu < min || f->mtu > max)
			FAULT(k, f->loc, "mtu %u of interface '%s': %u to %u is allowed", f->mtu,
			      f->name, min, max);
		for (size_t j = 0; j < i; j++)
			if (strncmp(f->name, c->iface[j].name, sizeof(f->name)) == 0)
				FAULT(k, f->loc, "two interfaces are named '%s'", f->name);
		check_iface_prefixes(k, f);
	}
	if (c->n_ifaces > XL_IFACES_MAX) {
		FAULT(k, XL_NOWHERE, "%zu interfaces: at most %d are allowed", c->n_ifaces,
		      XL_IFACES_MAX);
		k->may_compare = false;
	}
	if (k->is_partial)
		return;
	if (!has_v4 || !has_v6)
		FAULT(k, XL_NOWHERE, "interfaces: at least one of side v4 and one of side v6");
}

static void check_numbers(struct check *k)
{
	const struct xl_conf *c = k->c;

	if (c->lowest_ipv6_mtu < MTU6_MIN || c->lowest_ipv6_mtu > MTU6_MAX)
		FAULT(k, XL_NOWHERE, "mtu.lowest-ipv6 %u: %d to %d is allowed", c->lowest_ipv6_mtu,
		      MTU6_MIN, MTU6_MAX);
	if (c->n_plateaus == 0 || c->n_plateaus > XL_PLATEAUS_MAX)
		FAULT(k, XL_NOWHERE, "mtu.plateaus: 1 to %d numbers are allowed", XL_PLATEAUS_MAX);
	for (size_t i = 0; i < c->n_plateaus && i < XL_PLATEAUS_MAX; i++)
		if (c->plateau[i] < MTU4_MIN || (i && c->plateau[i] >= c->plateau[i - 1]))
			FAULT(k, XL_NOWHERE, "mtu.plateaus: %u: falling numbers from 65535 to 68",
			      c->plateau[i]);
	if (c->traffic_class > 255 || c->traffic_class < XL_TOS_COPY || c->tos > 255 ||
	    c->tos < XL_TOS_COPY)
		FAULT(k, XL_NOWHERE, "traffic-class and tos: copy, or 0 to 255");
	if (c->icmp_errors == XL_ERRORS_LIMITED && c->errors_per_second == 0)
		FAULT(k, XL_NOWHERE, "icmp-errors.rate-per-second: at least 1 (or off)");
	if (c->flow_cache_lines > XL_FLOW_CACHE_MAX)
		FAULT(k, XL_NOWHERE, "a flow cache of %u lines: 0 to %d are allowed",
		      c->flow_cache_lines, XL_FLOW_CACHE_MAX);
}

/* Is there an IPv6 interface that no space lists, and that so serves all of them? */
static bool has_shared_v6(const struct xl_conf *c)
{
	bool is_listed[XL_IFACES_MAX] = { false };

	for (size_t s = 0; s < c->n_spaces; s++)
		for (size_t i = 0; i < c->space[s].n_ifaces; i++)
			is_listed[c->space[s].iface[i]] = true;
	for (size_t f = 0; f < c->n_ifaces; f++)
		if (c->iface[f].side == XL_SIDE_V6 && !is_listed[f])
			return true;
	return false;
}

/* Is there an interface of a side by which a packet of either space may enter, at one priority? */
static bool collide(const struct check *k, const struct xl_conf_space *a,
		    const struct xl_conf_space *b, enum xl_side side)
{
	if (a->priority != b->priority)
		return false;
	if (side == XL_SIDE_V6 && k->has_shared_v6)
		return true;
	for (size_t i = 0; i < a->n_ifaces; i++)
		for (size_t j = 0; j < b->n_ifaces; j++)
			if (a->iface[i] == b->iface[j] && k->c->iface[a->iface[i]].side == side)
				return true;
	return false;
}

/* The two spaces share an IPv4 interface: do they claim the same destinations? */
static bool claim_same_ipv4(const struct xl_conf_space *a, const struct xl_conf_space *b)
{
	static const struct xl_prefix4 any;
	size_t n_a = a->n_ipv4 ? a->n_ipv4 : 1, n_b = b->n_ipv4 ? b->n_ipv4 : 1;

	for (size_t i = 0; i < n_a; i++)
		for (size_t j = 0; j < n_b; j++) {
			const struct xl_prefix4 *p = a->n_ipv4 ? &a->ipv4[i] : &any;
			const struct xl_prefix4 *q = b->n_ipv4 ? &b->ipv4[j] : &any;

			if (p->len == q->len && xl_ip4_eq(p->addr, q->addr))
				return true;
		}
	return false;
}

static void check_pair(struct check *k, size_t i, size_t j)
{
	const struct xl_conf_space *a = &k->c->space[i], *b = &k->c->space[j];

	if (a->id == b->id)
		FAULT(k, b->loc, "two address spaces have id %u (0 is the default one)", b->id);
	if (collide(k, a, b, XL_SIDE_V4) && claim_same_ipv4(a, b))
		FAULT(k, b->loc,
		      "address spaces %u and %u share an IPv4 interface and the same ipv4 "
		      "destinations: give them different ipv4 or priority",
		      a->id, b->id);
	if (a->has_prefix6 && b->has_prefix6 && a->prefix6.len == b->prefix6.len &&
	    xl_ip6_eq(a->prefix6.addr, b->prefix6.addr) && collide(k, a, b, XL_SIDE_V6))
		FAULT(k, b->loc,
		      "address spaces %u and %u share an IPv6 interface and prefix6: give them "
		      "different prefixes or priority",
		      a->id, b->id);
}

/* The translator's own addresses. */
static void check_own(struct check *k)
{
	const struct xl_conf *c = k->c;
	const char *why;

	if (c->has_own4 && xl_conf_refuse_host4(c->own4))
		FAULT(k, XL_NOWHERE, "own.ipv4: %s", no_host);
	if (c->has_own6 && xl_conf_refuse_host6(c->own6))
		FAULT(k, XL_NOWHERE, "own.ipv6: %s", no_host);
	for (size_t i = 0; i < c->n_pool6791; i++) {
		why = xl_conf_refuse_hosts4(c->pool6791[i]);
		if (why)
			FAULT(k, XL_NOWHERE, "rfc6791.ipv4: %s", why);
	}
}

static void check_space(struct check *k, const struct xl_conf_space *s)
{
	const char *why = s->has_prefix6 ? xl_prefix6_refuse(s->prefix6) : NULL;

	if (s->has_prefix6 && !why)
		why = xl_6052_refuse_prefix(s->prefix6);
	if (why)
		FAULT(k, s->loc, "prefix6: %s", why);
	for (size_t j = 0; j < s->n_ipv4; j++)
		check_prefix4(k, s->loc, "ipv4", s->ipv4[j]);
	for (size_t j = 0; j < s->n_ifaces; j++) {
		if (s->iface[j] >= k->c->n_ifaces) {
			FAULT(k, s->loc, "address space %u lists an interface that is none", s->id);
			k->may_compare = false;
		}
		for (size_t n = 0; n < j; n++)
			if (s->iface[n] == s->iface[j])
				FAULT(k, s->loc, "address space %u lists an interface twice",
				      s->id);
	}
}

static void check_spaces(struct check *k)
{
	const struct xl_conf *c = k->c;

	if (c->n_spaces == 0 || c->n_spaces >= UINT16_MAX) {
		FAULT(k, XL_NOWHERE, "1 to 65534 address spaces are allowed");
		k->may_compare = false;
	}
	for (size_t i = 0; i < c->n_spaces; i++)
		check_space(k, &c->space[i]);
	if (!k->may_compare)
		return;
	k->has_shared_v6 = has_shared_v6(c);
	for (size_t i = 1; i < c->n_spaces; i++)
		for (size_t j = 0; j < i; j++)
			check_pair(k, j, i);
}

/* ---- explicit mappings: one hash of row numbers a column ---- */

struct row {
	const struct xl_conf_eam *eam;
	size_t space;
};

struct seen {
	struct row *row;
	uint32_t *slot; /* number of a row + 1; 0: free */
	size_t mask;
};

static uint64_t hash_octets(const uint8_t *p, size_t n, uint64_t h)
{
	for (size_t i = 0; i < n; i += 4) {
		uint32_t w;

		memcpy(&w, p + i, 4);
		h = (h ^ w) * 0x9e3779b97f4a7c15u;
		h ^= h >> 29;
	}
	return h;
}

static bool is_same4(const struct row *a, const struct row *b)
{
	const struct xl_prefix4 *p = &a->eam->p4, *q = &b->eam->p4;

	return a->space == b->space && p->len == q->len && xl_ip4_eq(p->addr, q->addr);
}

/* In spaces of different priority there may be the same: it has an order. */
static bool is_same6(const struct check *k, const struct row *a, const struct row *b)
{
	const struct xl_prefix6 *p = &a->eam->p6, *q = &b->eam->p6;

	return k->c->space[a->space].priority == k->c->space[b->space].priority &&
	       p->len == q->len && xl_ip6_eq(p->addr, q->addr);
}

static void report_same(struct check *k, const struct row *a, const struct row *b, bool is_4)
{
	const struct xl_conf_eam *first = a->eam, *second = b->eam;
	char text[XL_PREFIX_TEXT_MAX];

	if (is_4)
		xl_prefix4_text(second->p4, text);
	else
		xl_prefix6_text(second->p6, text);
	if (a->space == b->space)
		FAULT(k, second->loc,
		      "%s is mapped twice, first at %u:%u: one row for each prefix (RFC 7757 5)",
		      text, first->loc.line, first->loc.col);
	else if (!is_4 && k->may_compare &&
		 collide(k, &k->c->space[a->space], &k->c->space[b->space], XL_SIDE_V6))
		FAULT(k, second->loc,
		      "%s is mapped at %u:%u in another address space that shares an IPv6 "
		      "interface: "
		      "give the spaces different priorities",
		      text, first->loc.line, first->loc.col);
}

static void check_column(struct check *k, struct seen *s, size_t n, bool is_4)
{
	memset(s->slot, 0, (s->mask + 1) * sizeof(*s->slot));
	for (uint32_t i = 0; i < n; i++) {
		const struct row *r = &s->row[i];
		const struct xl_conf_eam *e = r->eam;
		uint64_t order = is_4 ? r->space : (uint32_t)k->c->space[r->space].priority;
		uint64_t h = is_4 ? hash_octets(e->p4.addr.b, 4, order << 8 | e->p4.len)
				  : hash_octets(e->p6.addr.b, 16, order << 8 | e->p6.len);
		size_t at = (h >> 20) & s->mask;

		for (; s->slot[at]; at = (at + 1) & s->mask) {
			const struct row *old = &s->row[s->slot[at] - 1];

			if (is_4 ? is_same4(old, r) : is_same6(k, old, r))
				report_same(k, old, r, is_4);
		}
		s->slot[at] = i + 1;
	}
}

int xl_conf_check_eam(const struct xl_conf_eam *e, struct xl_diags *d)
{
	const char *why = xl_prefix4_refuse(e->p4);

	if (why)
		return xl_diag(d, XL_ERR_RANGE, e->loc, "the IPv4 prefix: %s", why);
	if (has_no_host(e->p4))
		return xl_diag(d, XL_ERR_RANGE, e->loc,
			       "the IPv4 prefix holds no address that a host can have: every "
			       "packet to or from it would be dropped");
	why = xl_prefix6_refuse(e->p6);
	if (why)
		return xl_diag(d, XL_ERR_RANGE, e->loc, "the IPv6 prefix: %s", why);
	if (32 - e->p4.len > 128 - e->p6.len)
		return xl_diag(d, XL_ERR_RANGE, e->loc,
			       "the IPv4 prefix has %d suffix bits and the IPv6 prefix %d: at most "
			       "as many are allowed (RFC 7757 3.2)",
			       32 - e->p4.len, 128 - e->p6.len);
	return 0;
}

static void check_eams(struct check *k)
{
	const struct xl_conf *c = k->c;
	struct seen s = { .mask = 15 };
	size_t n = 0, at = 0;

	for (size_t i = 0; i < c->n_spaces; i++)
		n += c->space[i].n_eams;
	while (s.mask + 1 < 2 * n)
		s.mask = 2 * s.mask + 1;
	s.slot = malloc((s.mask + 1) * sizeof(*s.slot));
	s.row = malloc((n + 1) * sizeof(*s.row));
	if (!s.slot || !s.row) {
		k->has_fault = true;
		xl_diag(k->d, XL_ERR_NOMEM, XL_NOWHERE, "out of memory");
		goto out;
	}
	for (size_t i = 0; i < c->n_spaces; i++)
		for (size_t j = 0; j < c->space[i].n_eams; j++) {
			const struct xl_conf_eam *e = &c->space[i].eam[j];

			k->has_fault |= xl_conf_check_eam(e, k->d) != 0;
			s.row[at++] = (struct row){ e, i };
		}
	check_column(k, &s, n, true);
	check_column(k, &s, n, false);
out:
	free(s.slot);
	free(s.row);
}

static int check(struct check k)
{
	check_ifaces(&k);
	check_numbers(&k);
	check_own(&k);
	check_spaces(&k);
	check_eams(&k);
	return k.has_fault ? XL_ERR_RANGE : 0;
}

int xl_conf_check(const struct xl_conf *c, struct xl_diags *d)
{
	return check((struct check){ .c = c, .d = d, .may_compare = true });
}

int xl_conf_check_partly(const struct xl_conf *c, struct xl_diags *d)
{
	return check((struct check){ .c = c, .d = d, .is_partial = true });
}
