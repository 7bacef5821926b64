/* map_build.c - from a configuration to the tables of map_int.h, and changes to them at run time. */
#include <string.h>

#include "ref/base/rd.h"
#include "ref/map_int.h"
#include "ref/rfc6052.h"

/* ---- explicit address mappings ---- */

struct xl_u128 xl_eam_to6(const struct xl_lpm_row *eam, uint32_t a4)
{
	uint64_t suffix = eam->len4 < 32 ? (uint64_t)a4 << (32 + eam->len4) : 0;
	struct xl_u128 moved = xl_u128_shr((struct xl_u128){ suffix, 0 }, eam->len6);

	return (struct xl_u128){ eam->a6.hi | moved.hi, eam->a6.lo | moved.lo };
}

uint32_t xl_eam_to4(const struct xl_lpm_row *eam, struct xl_u128 a6)
{
	uint64_t suffix = xl_u128_shl(a6, eam->len6).hi >> 32;

	return eam->a4 | (uint32_t)(suffix >> eam->len4);
}

static struct xl_lpm_row eam_row(uint16_t space, const struct xl_conf_eam *e)
{
	return (struct xl_lpm_row){
		.a6 = xl_u128_of(e->p6.addr.b),
		.a4 = xl_get32(e->p4.addr.b),
		.domain = space,
		.len6 = e->p6.len,
		.len4 = e->p4.len,
		.flags = e->is_local ? XL_EAM_IS_LOCAL : 0,
	};
}

/* ---- which space takes a destination ---- */

static bool goes_before(const struct xl_map *m, uint16_t a, uint16_t b)
{
	int32_t of_a = m->space[a].priority, of_b = m->space[b].priority;

	return of_a > of_b || (of_a == of_b && a < b);
}

/* r has domain, prefix and space; the caller's copy changes. Without memory nothing has. */
static int claim(struct xl_map *m, struct xl_lpm *l, struct xl_lpm_row r)
{
	const struct xl_lpm_row *old = xl_lpm_exact(l, &r);

	if (l == &m->claim6)
		r.a4 = old ? old->a4 + 1 : 1;
	if (old && goes_before(m, old->value, r.value))
		r.value = old->value;
	if (old) /* its slot is free then, so that the insertion cannot fail */
		xl_lpm_remove(l, &r);
	return xl_lpm_insert(l, &r);
}

static bool claims(const struct xl_map *m, uint16_t space, const struct xl_lpm_row *r)
{
	const struct xl_map_space *s = &m->space[space];
	struct xl_lpm_row eam = { .a6 = r->a6, .len6 = r->len6, .domain = space };

	if (s->has_prefix6 && s->prefix6.len == r->len6 && xl_6052_covers(&s->prefix6, r->a6))
		return true;
	return xl_lpm_exact(&m->eam6, &eam) != NULL;
}

/* Of a prefix that several spaces claim the next in order is searched for, one space after the other. */
static void unclaim6(struct xl_map *m, struct xl_lpm_row r)
{
	const struct xl_lpm_row old = *xl_lpm_exact(&m->claim6, &r);
	const uint16_t *space = r.domain ? m->iface[r.domain - 1].space : m->space_list;
	size_t n = r.domain ? m->iface[r.domain - 1].n_spaces : m->n_spaces;
	bool has_heir = false;

	xl_lpm_remove(&m->claim6, &r);
	if (old.a4 == 1)
		return;
	r.a4 = old.a4 - 1;
	if (old.value != r.value) {
		r.value = old.value;
		n = 0;
	}
	for (size_t i = 0; i < n; i++)
		if (claims(m, space[i], &r) && (!has_heir || goes_before(m, space[i], r.value))) {
			r.value = space[i];
			has_heir = true;
		}
	(void)!xl_lpm_insert(&m->claim6, &r); /* into the slot that has become free */
}

/* The claim of a space to an IPv6 prefix in each of its groups, or in none. */
static int claim_in_groups(struct xl_map *m, uint16_t space, struct xl_u128 a6, uint8_t len6)
{
	const struct xl_map_space *s = &m->space[space];
	struct xl_lpm_row r = { .a6 = a6, .len6 = len6, .value = space };

	for (size_t i = 0; i < s->n_groups6; i++) {
		r.domain = s->group6[i];
		if (!claim(m, &m->claim6, r))
			continue;
		while (i--) {
			r.domain = s->group6[i];
			unclaim6(m, r);
		}
		return XL_ERR_NOMEM;
	}
	return 0;
}

static void unclaim_in_groups(struct xl_map *m, const struct xl_lpm_row *eam)
{
	const struct xl_map_space *s = &m->space[eam->domain];

	for (size_t i = 0; i < s->n_groups6; i++)
		unclaim6(m, (struct xl_lpm_row){
				    .a6 = eam->a6,
				    .len6 = eam->len6,
				    .domain = s->group6[i],
				    .value = eam->domain,
			    });
}

/* ---- changes ---- */

static int eam_insert(struct xl_map *m, const struct xl_lpm_row *r)
{
	int err = xl_lpm_insert(&m->eam4, r);

	if (err)
		return err;
	err = claim_in_groups(m, r->domain, r->a6, r->len6);
	if (!err) {
		err = xl_lpm_insert(&m->eam6, r);
		if (err)
			unclaim_in_groups(m, r);
	}
	if (err)
		xl_lpm_remove(&m->eam4, r);
	return err;
}

static void eam_remove(struct xl_map *m, const struct xl_lpm_row *r)
{
	xl_lpm_remove(&m->eam4, r);
	xl_lpm_remove(&m->eam6, r);
	unclaim_in_groups(m, r);
}

static int find_space(const struct xl_map *m, uint32_t id, struct xl_diags *d)
{
	for (size_t i = 0; i < m->n_spaces; i++)
		if (m->space[i].id == id)
			return (int)i;
	return xl_diag(d, XL_ERR_RANGE, XL_NOWHERE, "there is no address space %u", id);
}

int xl_map_eam_add(struct xl_map *m, uint32_t space_id, const struct xl_conf_eam *eam,
		   struct xl_diags *d)
{
	int space = find_space(m, space_id, d), err;
	const struct xl_lpm_row *of4, *of6;
	struct xl_lpm_row row, old;

	if (space < 0)
		return space;
	err = xl_conf_check_eam(eam, d);
	if (err)
		return err;
	row = eam_row((uint16_t)space, eam);
	of4 = xl_lpm_exact(&m->eam4, &row);
	of6 = xl_lpm_exact(&m->eam6, &row);
	if (of6 && (of6->a4 != row.a4 || of6->len4 != row.len4))
		return xl_diag(d, XL_ERR_RANGE, eam->loc,
			       "the IPv6 prefix belongs to another explicit mapping: remove that "
			       "first (RFC 7757 5)");
	if (of4) {
		old = *of4;
		eam_remove(m, &old);
	}
	err = eam_insert(m, &row);
	if (err && of4) /* its slots are still free, so this cannot fail */
		(void)!eam_insert(m, &old);
	if (err)
		return xl_diag(d, XL_ERR_NOMEM, eam->loc, "out of memory");
	return 0;
}

int xl_map_eam_remove(struct xl_map *m, uint32_t space_id, const struct xl_conf_eam *eam,
		      struct xl_diags *d)
{
	int space = find_space(m, space_id, d), err;
	const struct xl_lpm_row *of4;
	struct xl_lpm_row row;

	if (space < 0)
		return space;
	err = xl_conf_check_eam(eam, d);
	if (err)
		return err;
	row = eam_row((uint16_t)space, eam);
	of4 = xl_lpm_exact(&m->eam4, &row);
	if (!of4 || of4->len6 != row.len6 || of4->a6.hi != row.a6.hi || of4->a6.lo != row.a6.lo)
		return xl_diag(d, XL_ERR_STATE, eam->loc, "there is no such explicit mapping");
	eam_remove(m, &row);
	return 0;
}

/* ---- building ---- */

static void *alloc_array(struct xl_map *m, size_t n, size_t size)
{
	void *p = xl_env_alloc(&m->env, n * size + 1);

	return p ? memset(p, 0, n * size + 1) : NULL;
}

static int insert_prefix4(struct xl_lpm *l, size_t domain, struct xl_prefix4 p, size_t value,
			  uint8_t flags)
{
	struct xl_lpm_row r = {
		.a4 = xl_get32(p.addr.b),
		.len4 = p.len,
		.domain = (uint16_t)domain,
		.value = (uint16_t)value,
		.flags = flags,
	};
	int err = xl_lpm_insert(l, &r);

	return err == XL_ERR_STATE ? 0 : err; /* the first of two equal ones counts */
}

static int insert_prefix6(struct xl_lpm *l, size_t domain, struct xl_prefix6 p, size_t value,
			  uint8_t flags)
{
	struct xl_lpm_row r = {
		.a6 = xl_u128_of(p.addr.b),
		.len6 = p.len,
		.domain = (uint16_t)domain,
		.value = (uint16_t)value,
		.flags = flags,
	};
	int err = xl_lpm_insert(l, &r);

	return err == XL_ERR_STATE ? 0 : err;
}

/* The spaces of each interface in rising order, by counting; those that no space lists come to nothing. */
static void build_lists(struct xl_map *m, const struct xl_conf *c)
{
	uint16_t *list = m->space_list;
	size_t at = c->n_spaces;

	for (size_t i = 0; i < c->n_spaces; i++) {
		list[i] = (uint16_t)i;
		for (size_t k = 0; k < c->space[i].n_ifaces; k++)
			m->iface[c->space[i].iface[k]].n_spaces++;
	}
	for (size_t f = 0; f < c->n_ifaces; f++) {
		m->iface[f].space = list + at;
		at += m->iface[f].n_spaces;
		m->iface[f].n_spaces = 0;
	}
	for (size_t i = 0; i < c->n_spaces; i++)
		for (size_t k = 0; k < c->space[i].n_ifaces; k++) {
			struct xl_map_iface *iface = &m->iface[c->space[i].iface[k]];

			list[(size_t)(iface->space - list) + iface->n_spaces++] = (uint16_t)i;
		}
}

/* The groups in which each space may be chosen by an IPv6 destination. */
static void build_groups(struct xl_map *m, const struct xl_conf *c, bool has_shared)
{
	uint16_t *at = m->group_list;

	for (size_t i = 0; i < c->n_spaces; i++) {
		const struct xl_conf_space *from = &c->space[i];

		m->space[i].group6 = at;
		if (has_shared && c->n_spaces > 1)
			*at++ = 0;
		for (size_t k = 0; k < from->n_ifaces; k++) {
			uint16_t f = from->iface[k];

			if (c->iface[f].side == XL_SIDE_V6 && !m->iface[f].is_sole)
				*at++ = m->iface[f].group;
		}
		m->space[i].n_groups6 = (size_t)(at - m->space[i].group6);
	}
}

/* Which spaces a packet that enters by each interface may be in, and which interfaces have the same. */
static int build_membership(struct xl_map *m, const struct xl_conf *c)
{
	size_t total = c->n_spaces;
	bool has_shared = false;

	for (size_t i = 0; i < c->n_spaces; i++)
		total += c->space[i].n_ifaces;
	m->space_list = alloc_array(m, total, sizeof(*m->space_list));
	m->group_list = alloc_array(m, total, sizeof(*m->group_list));
	if (!m->space_list || !m->group_list)
		return XL_ERR_NOMEM;
	build_lists(m, c);
	for (size_t f = 0; f < c->n_ifaces; f++) {
		struct xl_map_iface *iface = &m->iface[f];
		bool is_4 = c->iface[f].side == XL_SIDE_V4;

		iface->group = (uint16_t)(f + 1);
		if (!iface->n_spaces) { /* unlisted: space 0 alone, or all of them */
			iface->space = m->space_list;
			iface->n_spaces = is_4 ? 1 : c->n_spaces;
			iface->group = is_4 ? iface->group : 0;
			has_shared |= !is_4;
		}
		iface->is_sole =
			iface->n_spaces == 1 && !(is_4 && c->space[iface->space[0]].n_ipv4);
	}
	build_groups(m, c, has_shared);
	return 0;
}

/* The ipv4 of a space, which an IPv4 interface shares with others. */
static int claim_ipv4(struct xl_map *m, const struct xl_conf *c, uint16_t group, uint16_t space)
{
	const struct xl_conf_space *from = &c->space[space];
	struct xl_lpm_row r = { .domain = group, .value = space };
	int err = 0;

	if (!from->n_ipv4)
		return claim(m, &m->claim4, r); /* 0.0.0.0/0 */
	for (size_t i = 0; i < from->n_ipv4 && !err; i++) {
		r.a4 = xl_get32(from->ipv4[i].addr.b);
		r.len4 = from->ipv4[i].len;
		err = claim(m, &m->claim4, r);
	}
	return err;
}

static int build_claims4(struct xl_map *m, const struct xl_conf *c)
{
	int err = 0;

	for (size_t f = 0; f < c->n_ifaces; f++) {
		const struct xl_map_iface *iface = &m->iface[f];

		if (c->iface[f].side != XL_SIDE_V4 || iface->is_sole)
			continue;
		for (size_t i = 0; i < iface->n_spaces && !err; i++)
			err = claim_ipv4(m, c, iface->group, iface->space[i]);
	}
	return err;
}

static int build_space(struct xl_map *m, const struct xl_conf *c, uint16_t space)
{
	const struct xl_conf_space *from = &c->space[space];
	int err = 0;

	if (from->has_prefix6)
		err = claim_in_groups(m, space, xl_u128_of(from->prefix6.addr.b),
				      from->prefix6.len);
	for (size_t k = 0; k < from->n_eams && !err; k++) {
		struct xl_lpm_row r = eam_row(space, &from->eam[k]);

		err = eam_insert(m, &r);
	}
	return err;
}

static int build_spaces(struct xl_map *m, const struct xl_conf *c)
{
	size_t n_eams = 0;
	int err = 0;

	for (size_t i = 0; i < c->n_spaces; i++) {
		const struct xl_conf_space *from = &c->space[i];
		struct xl_map_space *s = &m->space[i];

		s->id = from->id;
		s->priority = from->priority;
		s->has_prefix6 = from->has_prefix6;
		if (from->has_prefix6) {
			s->is_well_known = xl_6052_is_well_known(from->prefix6);
			s->prefix6 = xl_6052_ready(from->prefix6);
		}
		n_eams += from->n_eams;
	}
	if (n_eams && (xl_lpm_reserve(&m->eam4, n_eams) || xl_lpm_reserve(&m->eam6, n_eams)))
		return XL_ERR_NOMEM;
	for (size_t i = 0; i < c->n_spaces && !err; i++)
		err = build_space(m, c, (uint16_t)i);
	return err;
}

/* An interface's routes, or its default route where it has none, into one domain. */
static int build_routes_in(struct xl_map *m, const struct xl_conf_iface *iface, size_t f,
			   size_t domain, bool is_explicit)
{
	static const struct xl_prefix4 any4;
	static const struct xl_prefix6 any6;
	int err = 0;

	if (iface->n_routes && iface->side == XL_SIDE_V4)
		m->has_explicit4 = true;
	else if (iface->n_routes)
		m->has_explicit6 = true;
	for (size_t i = 0; i < iface->n_routes && is_explicit && !err; i++)
		err = iface->route[i].family == 4
			      ? insert_prefix4(&m->route4, domain, iface->route[i].p4, f,
					       XL_ROUTE_IS_EXPLICIT)
			      : insert_prefix6(&m->route6, domain, iface->route[i].p6, f,
					       XL_ROUTE_IS_EXPLICIT);
	if (is_explicit || iface->n_routes)
		return err;
	return iface->side == XL_SIDE_V4 ? insert_prefix4(&m->route4, domain, any4, f, 0)
					 : insert_prefix6(&m->route6, domain, any6, f, 0);
}

/* Explicit routes of all interfaces first, so that one to 0/0 goes before a default. */
static int build_routes(struct xl_map *m, const struct xl_conf *c)
{
	for (unsigned pass = 0; pass < 2; pass++)
		for (size_t f = 0; f < c->n_ifaces; f++) {
			const struct xl_map_iface *iface = &m->iface[f];
			bool is_shared =
				c->iface[f].side == XL_SIDE_V6 && iface->space == m->space_list;
			size_t n = is_shared ? 1 : iface->n_spaces;

			for (size_t i = 0; i < n; i++) {
				size_t domain = is_shared ? c->n_spaces : iface->space[i];
				int err = build_routes_in(m, &c->iface[f], f, domain, pass == 0);

				if (err)
					return err;
			}
		}
	return 0;
}

/* The default route of a space, or else the one that all of them share. */
static uint16_t default_egress(const struct xl_map *m, const struct xl_lpm *routes, size_t space)
{
	struct xl_lpm_row key = { .domain = (uint16_t)space };
	const struct xl_lpm_row *r = xl_lpm_exact(routes, &key);

	key.domain = (uint16_t)m->n_spaces;
	if (!r)
		r = xl_lpm_exact(routes, &key);
	return r ? r->value : XL_NO_EGRESS;
}

static void build_egress(struct xl_map *m)
{
	for (size_t i = 0; i < m->n_spaces; i++) {
		m->space[i].egress4 = default_egress(m, &m->route4, i);
		m->space[i].egress6 = default_egress(m, &m->route6, i);
	}
}

static int build_filters(struct xl_map *m, const struct xl_conf *c)
{
	int err = 0;

	for (size_t f = 0; f < c->n_ifaces; f++) {
		const struct xl_conf_iface *iface = &c->iface[f];

		m->iface[f].has_filter = iface->has_filter;
		for (size_t i = 0; i < iface->n_allow4 && !err; i++)
			err = insert_prefix4(&m->allow4, f, iface->allow4[i], 0, 0);
		for (size_t i = 0; i < iface->n_allow6 && !err; i++)
			err = insert_prefix6(&m->allow6, f, iface->allow6[i], 0, 0);
	}
	return err;
}

static int build(struct xl_map *m, const struct xl_conf *c)
{
	int err;

	m->n_ifaces = c->n_ifaces;
	m->n_spaces = c->n_spaces;
	m->n_pool = c->n_pool6791;
	m->iface = alloc_array(m, c->n_ifaces, sizeof(*m->iface));
	m->space = alloc_array(m, c->n_spaces, sizeof(*m->space));
	m->pool = alloc_array(m, c->n_pool6791, sizeof(*m->pool));
	if (!m->iface || !m->space || !m->pool)
		return XL_ERR_NOMEM;
	for (size_t i = 0; i < c->n_pool6791; i++) {
		m->pool[i] = c->pool6791[i];
		m->pool_addresses += (uint64_t)1 << (32 - m->pool[i].len);
	}
	err = build_membership(m, c);
	if (!err)
		err = build_spaces(m, c);
	if (!err)
		err = build_claims4(m, c);
	if (!err)
		err = build_routes(m, c);
	build_egress(m);
	return err ? err : build_filters(m, c);
}

enum { N_TABLES = 8, N_TABLES_4 = 4 }; /* those with IPv4 keys first */

static void tables(struct xl_map *m, struct xl_lpm *list[N_TABLES])
{
	struct xl_lpm *const all[N_TABLES] = { &m->eam4, &m->route4, &m->allow4, &m->claim4,
					       &m->eam6, &m->route6, &m->allow6, &m->claim6 };

	memcpy(list, all, sizeof(all));
}

struct xl_map *xl_map_new(const struct xl_conf *conf, const struct xl_env *env, struct xl_diags *d)
{
	struct xl_lpm *table[N_TABLES];
	struct xl_map *m;

	if (xl_conf_check(conf, d))
		return NULL;
	m = xl_env_alloc(env, sizeof(*m));
	if (!m) {
		xl_diag(d, XL_ERR_NOMEM, XL_NOWHERE, "out of memory");
		return NULL;
	}
	memset(m, 0, sizeof(*m));
	m->env = *env;
	m->hairpinning = conf->hairpinning;
	m->drop_local_source = conf->drop_local_source;
	m->require_eam_source = conf->require_eam_source;
	m->has_own4 = conf->has_own4;
	m->own4 = conf->own4;
	m->pool_choice = conf->pool_choice;
	xl_rng_init(&m->rng, conf->seed, "rfc6791");
	tables(m, table);
	for (size_t i = 0; i < N_TABLES; i++)
		xl_lpm_init(table[i], i < N_TABLES_4 ? 4 : 6, &m->env);
	if (build(m, conf)) {
		xl_diag(d, XL_ERR_NOMEM, XL_NOWHERE, "out of memory");
		xl_map_free(m);
		return NULL;
	}
	return m;
}

void xl_map_free(struct xl_map *m)
{
	struct xl_lpm *table[N_TABLES];
	struct xl_env env;

	if (!m)
		return;
	tables(m, table);
	for (size_t i = 0; i < N_TABLES; i++)
		xl_lpm_fini(table[i]);
	xl_env_free(&m->env, m->space_list);
	xl_env_free(&m->env, m->group_list);
	xl_env_free(&m->env, m->pool);
	xl_env_free(&m->env, m->space);
	xl_env_free(&m->env, m->iface);
	env = m->env;
	xl_env_free(&env, m);
}
