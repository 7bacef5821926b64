/* map.c - see map.h.
 *
 * Order of a decision: what may not enter, what may not be forwarded at all, the address space and the
 * destination's mapping, native routes, the source's mapping and the rules about it, egress. Nothing here
 * allocates, and everything but the RFC 6791 choice is a function of the ask and the tables. A look-up is
 * one probe per prefix length in use, however many rows and spaces there are.
 */
#include "ref/map.h"

#include <string.h>

#include "ref/base/rd.h"
#include "ref/csum.h"
#include "ref/map_int.h"
#include "ref/rfc6052.h"

/* One address mapped to the other family: a4 or a6. */
struct mapped {
	struct xl_u128 a6;
	uint8_t a4[4];
	int match; /* length of the prefix that mapped it; -1: none did */
	bool is_by_eam, is_local, is_refused; /* refused: by RFC 6052 3.1 */
};

static const struct mapped unmapped = { .match = -1 };

/* ---- one address ---- */

static void use_eam(const struct xl_lpm_row *eam, int match, struct mapped *out)
{
	out->match = match;
	out->is_by_eam = true;
	out->is_local = eam->flags & XL_EAM_IS_LOCAL;
}

static inline void map_4to6(const struct xl_map *m, uint16_t space, const uint8_t *a4,
			    bool may_use_eam, struct mapped *out)
{
	const struct xl_map_space *s = &m->space[space];
	uint32_t a = xl_get32(a4);
	const struct xl_lpm_row *eam = may_use_eam ? xl_lpm_find4(&m->eam4, space, a) : NULL;

	*out = unmapped;
	if (eam) {
		out->a6 = xl_eam_to6(eam, a);
		use_eam(eam, eam->len4, out);
	} else if (s->has_prefix6) {
		out->a6 = xl_6052_embed(&s->prefix6, a);
		out->match = 0;
		out->is_refused = s->is_well_known && xl_ip4_is_non_global(a4);
	}
}

static inline void map_6to4(const struct xl_map *m, uint16_t space, const uint8_t *a6,
			    struct mapped *out)
{
	const struct xl_map_space *s = &m->space[space];
	struct xl_u128 a = xl_u128_of(a6);
	const struct xl_lpm_row *eam = xl_lpm_find6(&m->eam6, space, a);

	*out = unmapped;
	if (eam) {
		xl_put32(out->a4, xl_eam_to4(eam, a));
		use_eam(eam, eam->len6, out);
	} else if (s->has_prefix6 && xl_6052_covers(&s->prefix6, a)) {
		xl_put32(out->a4, xl_6052_extract(&s->prefix6, a));
		out->match = s->prefix6.len;
		out->is_refused = s->is_well_known && xl_ip4_is_non_global(out->a4);
	}
}

/* RFC 6791 5: an address of the pool, or else the translator's own. False: there is neither. */
static bool pool_source(struct xl_map *m, const uint8_t *src6, uint8_t out[static 4])
{
	struct xl_u128 a = xl_u128_of(src6);
	uint64_t pick;

	if (!m->n_pool) {
		memcpy(out, m->own4.b, 4);
		return m->has_own4;
	}
	if (m->pool_choice == XL_POOL_HASH)
		pick = (a.hi ^ a.lo * 0x9e3779b97f4a7c15u) * 0xd6e8feb86659fd93u >> 16;
	else
		pick = m->env.random ? m->env.random(m->env.ctx) : xl_rng_next(&m->rng);
	pick %= m->pool_addresses;
	for (size_t i = 0; i < m->n_pool; i++) {
		uint64_t size = (uint64_t)1 << (32 - m->pool[i].len);

		if (pick < size) {
			xl_put32(out, xl_get32(m->pool[i].addr.b) + (uint32_t)pick);
			return true;
		}
		pick -= size;
	}
	return false;
}

/* ---- the space ---- */

/* By ingress interface; of several, the one that claims the destination: the longest match of the spaces'
 * ipv4, or of their prefix6 and explicit mappings, then priority. -1: none does. */
static int space_of(const struct xl_map *m, const struct xl_ask *ask)
{
	const struct xl_map_iface *in = &m->iface[ask->port];
	const struct xl_lpm_row *r;

	if (in->is_sole)
		return in->space[0];
	r = ask->version == 4 ? xl_lpm_find4(&m->claim4, in->group, xl_get32(ask->dst))
			      : xl_lpm_find6(&m->claim6, in->group, xl_u128_of(ask->dst));
	return r ? r->value : -1;
}

/* ---- routes ---- */

/* The longest route of a space, those of interfaces that serve every space included; only IPv6 ones do. */
static const struct xl_lpm_row *route_to(const struct xl_map *m, uint8_t family, uint16_t space,
					 const uint8_t *dst)
{
	uint16_t shared = (uint16_t)m->n_spaces;
	const struct xl_lpm_row *own, *common;

	if (family == 4)
		return xl_lpm_find4(&m->route4, space, xl_get32(dst));
	own = xl_lpm_find6(&m->route6, space, xl_u128_of(dst));
	common = xl_lpm_find6(&m->route6, shared, xl_u128_of(dst));
	return !own || (common && common->len6 > own->len6) ? common : own;
}

/* RFC 7915 4.6, 5.6: is there a route of the packet's own family more specific than its mapping? */
static bool is_native(const struct xl_map *m, const struct xl_ask *ask, uint16_t space, int match,
		      struct xl_flow *f)
{
	const struct xl_lpm_row *r = route_to(m, ask->version, space, ask->dst);
	int len = !r ? -1 : ask->version == 4 ? r->len4 : r->len6;
	if (!r || !(r->flags & XL_ROUTE_IS_EXPLICIT) || len <= match)
		return false;
	memcpy(f->src, ask->src, ask->version == 4 ? 4 : 16);
	memcpy(f->dst, ask->dst, ask->version == 4 ? 4 : 16);
	f->act = XL_FLOW_NATIVE;
	f->egress = r->value;
	f->rule = ask->version == 4 ? XL_RULE_FORWARDED_NATIVELY_4 : XL_RULE_FORWARDED_NATIVELY_6;
	return true;
}

/* ---- the answer ---- */

static void refuse(struct xl_flow *f, uint16_t rule)
{
	f->act = XL_FLOW_REFUSE;
	f->rule = rule;
}

/* Its 32-bit words, added. */
static uint64_t sum_of_6(const uint8_t *address)
{
	struct xl_u128 a = xl_u128_of(address);

	return xl_halves(a.hi) + xl_halves(a.lo);
}

/* New minus old addresses in one's complement; 0, never 0xffff, for a neutral prefix. */
static uint16_t delta_of(uint64_t added, uint64_t taken)
{
	uint16_t sum = xl_fold(added + (uint16_t)~xl_fold(taken));

	return sum == 0xffff ? 0 : sum;
}

static inline void put_addresses(struct xl_flow *f, const struct mapped *src,
				 const struct mapped *dst, const uint8_t *old_src,
				 const uint8_t *old_dst, uint8_t old_version)
{
	if (old_version == 4) {
		xl_u128_put(src->a6, f->src);
		xl_u128_put(dst->a6, f->dst);
		f->delta = delta_of(sum_of_6(f->src) + sum_of_6(f->dst),
				    (uint64_t)xl_get32(old_src) + xl_get32(old_dst));
		f->rule = XL_RULE_TRANSLATED_4TO6;
	} else {
		memcpy(f->src, src->a4, 4);
		memcpy(f->dst, dst->a4, 4);
		f->delta = delta_of((uint64_t)xl_get32(f->src) + xl_get32(f->dst),
				    sum_of_6(old_src) + sum_of_6(old_dst));
		f->rule = XL_RULE_TRANSLATED_6TO4;
	}
	f->flags |= (src->is_by_eam ? XL_FLOW_SRC_EAM : 0) | (dst->is_by_eam ? XL_FLOW_DST_EAM : 0);
	f->act = XL_FLOW_TRANSLATE;
}

static inline void choose_egress(const struct xl_map *m, uint8_t family, struct xl_flow *f)
{
	const struct xl_map_space *s = &m->space[f->space];
	const struct xl_lpm_row *r;

	if (family == 4 ? m->has_explicit4 : m->has_explicit6) {
		r = route_to(m, family, f->space, f->dst);
		f->egress = r ? r->value : XL_NO_EGRESS;
	} else {
		f->egress = family == 4 ? s->egress4 : s->egress6;
	}
	if (f->egress == XL_NO_EGRESS)
		refuse(f, XL_RULE_NO_ROUTE);
}

/* ---- IPv4 to IPv6 ---- */

static bool may_enter_4(const struct xl_map *m, const struct xl_ask *ask, struct xl_flow *f)
{
	bool is_error = ask->q_src != NULL;

	if (m->iface[ask->port].has_filter &&
	    !xl_lpm_find4(&m->allow4, ask->port, xl_get32(ask->src)))
		refuse(f, XL_RULE_INGRESS_FILTERED);
	else if (!is_error && xl_ip4_is_martian(ask->src))
		refuse(f, XL_RULE_ILLEGAL_SOURCE_4);
	else if (xl_ip4_is_multicast(ask->dst))
		refuse(f, XL_RULE_MULTICAST_DESTINATION);
	else if (xl_ip4_is_martian(ask->dst))
		refuse(f, XL_RULE_ILLEGAL_DESTINATION_4);
	else
		return true;
	return false;
}

/* RFC 7757 4.2.1: simple hairpinning, which the second pass of intrinsic hairpinning obeys too. */
static bool is_simple(const struct xl_map *m, const struct xl_ask *ask)
{
	return ask->is_hairpin || m->hairpinning == XL_HAIRPIN_SIMPLE;
}

/* Rules 1 and 3: may an explicit mapping be used for the outer source? */
static bool may_use_eam_for_source(const struct xl_map *m, const struct xl_ask *ask)
{
	if (!is_simple(m, ask))
		return true;
	return ask->q_src && memcmp(ask->src, ask->q_dst, 4) != 0;
}

static void outer_4(const struct xl_map *m, const struct xl_ask *ask, struct xl_flow *f)
{
	struct mapped src, dst;
	int space;

	if (!ask->is_hairpin && !may_enter_4(m, ask, f))
		return;
	space = ask->is_hairpin ? ask->space : space_of(m, ask);
	if (space < 0) {
		refuse(f, XL_RULE_NO_MAPPING_DESTINATION);
		return;
	}
	f->space = (uint16_t)space;
	map_4to6(m, f->space, ask->dst, true, &dst);
	if (m->has_explicit4 && !ask->is_hairpin && is_native(m, ask, f->space, dst.match, f))
		return;
	map_4to6(m, f->space, ask->src, may_use_eam_for_source(m, ask), &src);
	if (dst.match < 0) {
		refuse(f, XL_RULE_NO_MAPPING_DESTINATION);
	} else if (m->require_eam_source && !ask->is_hairpin &&
		   !xl_lpm_find4(&m->eam4, f->space, xl_get32(ask->src))) {
		refuse(f, XL_RULE_NO_EAM_FOR_SOURCE);
	} else if (src.match < 0) {
		refuse(f, XL_RULE_NO_MAPPING_SOURCE);
	} else if (src.is_refused || dst.is_refused) {
		refuse(f, XL_RULE_NON_GLOBAL_IN_WELL_KNOWN);
	} else {
		put_addresses(f, &src, &dst, ask->src, ask->dst, 4);
		choose_egress(m, 6, f);
	}
}

/* ---- IPv6 to IPv4 ---- */

static bool may_enter_6(const struct xl_map *m, const struct xl_ask *ask, struct xl_flow *f)
{
	if (m->iface[ask->port].has_filter &&
	    !xl_lpm_find6(&m->allow6, ask->port, xl_u128_of(ask->src)))
		refuse(f, XL_RULE_INGRESS_FILTERED);
	else if (xl_ip6_is_martian(ask->src))
		refuse(f, XL_RULE_ILLEGAL_SOURCE_6);
	else if (xl_ip6_is_multicast(ask->dst))
		refuse(f, XL_RULE_MULTICAST_DESTINATION);
	else if (xl_ip6_is_martian(ask->dst))
		refuse(f, XL_RULE_ILLEGAL_DESTINATION_6);
	else
		return true;
	return false;
}

/* The source of a packet whose destination is fine. False: refused. */
static bool source_6(struct xl_map *m, const struct xl_ask *ask, struct mapped *src,
		     struct xl_flow *f)
{
	const struct xl_lpm_row *eam;
	bool is_usable;

	map_6to4(m, f->space, ask->src, src);
	if (src->is_refused) {
		refuse(f, XL_RULE_NON_GLOBAL_IN_WELL_KNOWN);
		return false;
	}
	if (m->drop_local_source && src->match >= 0) {
		eam = xl_lpm_find4(&m->eam4, f->space, xl_get32(src->a4));
		if (src->is_local || (eam && eam->flags & XL_EAM_IS_LOCAL)) {
			refuse(f, XL_RULE_LOCAL_SOURCE);
			return false;
		}
	}
	is_usable = src->match >= 0 && !xl_ip4_is_martian(src->a4);
	if (!is_usable && ask->q_src && pool_source(m, ask->src, src->a4)) {
		src->is_by_eam = false;
		f->flags |= XL_FLOW_SRC_POOL;
		return true;
	}
	if (!is_usable)
		refuse(f, src->match < 0 ? XL_RULE_NO_MAPPING_SOURCE : XL_RULE_ILLEGAL_SOURCE_6);
	return is_usable;
}

/* RFC 7757 4.2.2: condition set A, or B for an ICMP error. */
static bool is_hairpin(const struct xl_map *m, const struct xl_ask *ask, const struct mapped *dst,
		       uint16_t space)
{
	struct mapped of_b;
	const struct mapped *judged = dst;

	if (m->hairpinning != XL_HAIRPIN_INTRINSIC)
		return false;
	if (ask->q_src) {
		map_6to4(m, space, ask->q_src, &of_b);
		judged = &of_b;
	}
	return judged->match >= 0 && !judged->is_by_eam &&
	       xl_lpm_find4(&m->eam4, space, xl_get32(judged->a4));
}

static void outer_6(struct xl_map *m, const struct xl_ask *ask, struct xl_flow *f)
{
	struct mapped src, dst;
	int space;

	if (!may_enter_6(m, ask, f))
		return;
	space = space_of(m, ask);
	f->space = space >= 0 ? (uint16_t)space : m->iface[ask->port].space[0];
	if (space >= 0)
		map_6to4(m, f->space, ask->dst, &dst);
	else
		dst = unmapped;
	if (m->has_explicit6 && is_native(m, ask, f->space, dst.match, f))
		return;
	if (dst.match < 0)
		refuse(f, XL_RULE_NO_MAPPING_DESTINATION);
	else if (dst.is_refused)
		refuse(f, XL_RULE_NON_GLOBAL_IN_WELL_KNOWN);
	else if (xl_ip4_is_martian(dst.a4))
		refuse(f, XL_RULE_ILLEGAL_DESTINATION_6);
	else if (source_6(m, ask, &src, f)) {
		put_addresses(f, &src, &dst, ask->src, ask->dst, 6);
		if (is_hairpin(m, ask, &dst, f->space))
			f->flags |= XL_FLOW_HAIRPIN;
		else
			choose_egress(m, 4, f);
	}
}

void xl_map_outer(struct xl_map *m, const struct xl_ask *ask, struct xl_flow *f)
{
	memset(f, 0, sizeof(*f));
	if (ask->version == 4)
		outer_4(m, ask, f);
	else
		outer_6(m, ask, f);
}

void xl_map_quoted(struct xl_map *m, const struct xl_ask *ask, const struct xl_flow *outer,
		   struct xl_flow *f)
{
	struct mapped src, dst;

	memset(f, 0, sizeof(*f));
	f->space = outer->space;
	f->egress = outer->egress;
	if (ask->version == 4) {
		map_4to6(m, f->space, ask->q_src, true, &src);
		map_4to6(m, f->space, ask->q_dst, !is_simple(m, ask), &dst); /* rule 2 */
	} else {
		map_6to4(m, f->space, ask->q_src, &src);
		map_6to4(m, f->space, ask->q_dst, &dst);
	}
	if (src.match < 0 || dst.match < 0)
		refuse(f, XL_RULE_NO_MAPPING_QUOTED);
	else if (src.is_refused || dst.is_refused)
		refuse(f, XL_RULE_NON_GLOBAL_IN_WELL_KNOWN);
	else
		put_addresses(f, &src, &dst, ask->q_src, ask->q_dst, ask->version);
}

void xl_map_prefetch(const struct xl_map *m, const struct xl_ask *ask)
{
	const struct xl_map_iface *in = &m->iface[ask->port];

	if (!in->is_sole && ask->version == 4) {
		xl_lpm_prefetch4(&m->claim4, in->group, xl_get32(ask->dst));
	} else if (!in->is_sole) {
		xl_lpm_prefetch6(&m->claim6, in->group, xl_u128_of(ask->dst));
	} else if (ask->version == 4) {
		xl_lpm_prefetch4(&m->eam4, in->space[0], xl_get32(ask->src));
		xl_lpm_prefetch4(&m->eam4, in->space[0], xl_get32(ask->dst));
	} else {
		xl_lpm_prefetch6(&m->eam6, in->space[0], xl_u128_of(ask->src));
		xl_lpm_prefetch6(&m->eam6, in->space[0], xl_u128_of(ask->dst));
	}
}
