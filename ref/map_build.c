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

static int eam_insert(struct xl_map *m, const struct xl_lpm_row *r)
{
	int err = xl_lpm_insert(&m->eam4, r);

	if (err)
		return err;
	err = xl_lpm_insert(&m->eam6, r);
	if (err)
		xl_lpm_remove(&m->eam4, r);
	return err;
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
	if (32 - eam->p4.len > 128 - eam->p6.len)
		return xl_diag(d, XL_ERR_RANGE, eam->loc,
			       "the IPv4 prefix has more suffix bits than the IPv6 prefix: at most "
			       "as many are allowed (RFC 7757 3.2)");
	row = eam_row((uint16_t)space, eam);
	of4 = xl_lpm_exact(&m->eam4, &row);
	of6 = xl_lpm_exact(&m->eam6, &row);
	if (of6 && (of6->a4 != row.a4 || of6->len4 != row.len4))
		return xl_diag(d, XL_ERR_RANGE, eam->loc,
			       "the IPv6 prefix belongs to another explicit mapping: remove that "
			       "first (RFC 7757 5)");
	if (of4) {
		old = *of4;
		xl_lpm_remove(&m->eam6, &old);
		xl_lpm_remove(&m->eam4, &old);
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
	int space = find_space(m, space_id, d);
	const struct xl_lpm_row *of4;
	struct xl_lpm_row row;

	if (space < 0)
		return space;
	row = eam_row((uint16_t)space, eam);
	of4 = xl_lpm_exact(&m->eam4, &row);
	if (!of4 || of4->len6 != row.len6 || of4->a6.hi != row.a6.hi || of4->a6.lo != row.a6.lo)
		return xl_diag(d, XL_ERR_STATE, eam->loc, "there is no such explicit mapping");
	xl_lpm_remove(&m->eam4, &row);
	xl_lpm_remove(&m->eam6, &row);
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

static int build_spaces(struct xl_map *m, const struct xl_conf *c)
{
	size_t n_eams = 0;
	int err = 0;

	for (size_t i = 0; i < c->n_spaces; i++) {
		const struct xl_conf_space *from = &c->space[i];

		m->space[i] = (struct xl_map_space){
			.id = from->id,
			.priority = from->priority,
			.has_prefix6 = from->has_prefix6,
			.is_well_known = from->has_prefix6 && xl_6052_is_well_known(from->prefix6),
			.has_ipv4 = from->n_ipv4 > 0,
			.prefix6 = from->prefix6,
		};
		for (size_t k = 0; k < from->n_ipv4 && !err; k++)
			err = insert_prefix4(&m->ipv4, i, from->ipv4[k], 0, 0);
		n_eams += from->n_eams;
	}
	if (!err && n_eams)
		err = xl_lpm_reserve(&m->eam4, n_eams) || xl_lpm_reserve(&m->eam6, n_eams)
			      ? XL_ERR_NOMEM
			      : 0;
	for (size_t i = 0; i < c->n_spaces; i++)
		for (size_t k = 0; k < c->space[i].n_eams && !err; k++) {
			struct xl_lpm_row r = eam_row((uint16_t)i, &c->space[i].eam[k]);

			err = eam_insert(m, &r);
		}
	return err;
}

static bool lists_iface(const struct xl_conf_space *s, size_t iface)
{
	for (size_t i = 0; i < s->n_ifaces; i++)
		if (s->iface[i] == iface)
			return true;
	return false;
}

/* Which spaces a packet that enters by each interface may be in. */
static int build_membership(struct xl_map *m, const struct xl_conf *c)
{
	size_t at = c->n_spaces, total = c->n_spaces;
	uint16_t *list;

	for (size_t i = 0; i < c->n_spaces; i++)
		total += c->space[i].n_ifaces;
	list = m->space_list = alloc_array(m, total, sizeof(*list));
	if (!list)
		return XL_ERR_NOMEM;
	for (size_t i = 0; i < c->n_spaces; i++)
		list[i] = (uint16_t)i;
	for (size_t f = 0; f < c->n_ifaces; f++) {
		struct xl_map_iface *iface = &m->iface[f];

		iface->space = list + at;
		for (size_t i = 0; i < c->n_spaces; i++)
			if (lists_iface(&c->space[i], f)) {
				list[at++] = (uint16_t)i;
				iface->n_spaces++;
			}
		if (iface->n_spaces)
			continue;
		iface->space = list; /* space 0 alone, or all of them */
		iface->n_spaces = c->iface[f].side == XL_SIDE_V4 ? 1 : c->n_spaces;
	}
	return 0;
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
	err = build_spaces(m, c);
	if (!err)
		err = build_membership(m, c);
	if (!err)
		err = build_routes(m, c);
	return err ? err : build_filters(m, c);
}

static struct xl_lpm *const *tables(struct xl_map *m, struct xl_lpm *list[7])
{
	struct xl_lpm *const all[7] = { &m->eam4, &m->route4, &m->ipv4,  &m->allow4,
					&m->eam6, &m->route6, &m->allow6 };

	memcpy(list, all, sizeof(all));
	return list;
}

struct xl_map *xl_map_new(const struct xl_conf *conf, const struct xl_env *env, struct xl_diags *d)
{
	struct xl_lpm *table[7];
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
	for (size_t i = 0; i < 7; i++)
		xl_lpm_init(table[i], i < 4 ? 4 : 6, &m->env);
	if (build(m, conf)) {
		xl_diag(d, XL_ERR_NOMEM, XL_NOWHERE, "out of memory");
		xl_map_free(m);
		return NULL;
	}
	return m;
}

void xl_map_free(struct xl_map *m)
{
	struct xl_lpm *table[7];
	struct xl_env env;

	if (!m)
		return;
	tables(m, table);
	for (size_t i = 0; i < 7; i++)
		xl_lpm_fini(table[i]);
	xl_env_free(&m->env, m->space_list);
	xl_env_free(&m->env, m->pool);
	xl_env_free(&m->env, m->space);
	xl_env_free(&m->env, m->iface);
	env = m->env;
	xl_env_free(&env, m);
}
