/* map_int.h - the tables of one translator's address decisions: made in map_build.c, read in map.c. */
#ifndef XL_MAP_INT_H
#define XL_MAP_INT_H

#include "ref/base/rng.h"
#include "ref/lpm.h"
#include "ref/map.h"
#include "ref/rfc6052.h"

enum { XL_EAM_IS_LOCAL = 1, XL_ROUTE_IS_EXPLICIT = 1 }; /* xl_lpm_row.flags */
enum { XL_NO_EGRESS = 0xffff };

struct xl_map_space {
	uint32_t id;
	int32_t priority;
	bool has_prefix6, is_well_known;
	struct xl_6052 prefix6;
	uint16_t egress4,
		egress6; /* while no interface of the side has routes; XL_NO_EGRESS: none */
	const uint16_t *group6; /* the groups of IPv6 interfaces that have it among their spaces */
	size_t n_groups6;
};

struct xl_map_iface {
	bool has_filter;
	bool is_sole; /* space[0] takes every packet */
	const uint16_t *space; /* the spaces a packet that enters here may be in */
	size_t n_spaces;
	uint16_t group; /* unless is_sole: the domain of its claims */
};

struct xl_map {
	struct xl_env env;
	struct xl_rng rng;
	enum xl_hairpinning hairpinning;
	bool drop_local_source, require_eam_source, has_own4;
	bool has_explicit4, has_explicit6; /* routes, which may go before a mapping */
	struct xl_ip4 own4;
	struct xl_prefix4 *pool; /* RFC 6791 */
	size_t n_pool;
	uint64_t pool_addresses;
	enum xl_pool_choice pool_choice;
	struct xl_map_iface *iface;
	struct xl_map_space *space;
	size_t n_ifaces, n_spaces;
	uint16_t *space_list, *group_list; /* what iface[].space and space[].group6 point into */
	/* The domain of a table is a space, or an interface for the filters. Routes of IPv6 interfaces
	 * that serve all spaces are in the domain n_spaces. */
	struct xl_lpm eam4, eam6, route4, route6, allow4, allow6;
	/* Which space takes a destination, where there is a choice: the domain is a group, that is one
	 * interface (its index + 1) or all the IPv6 interfaces that serve every space (0). A row's value
	 * is the space that goes before the others with the same prefix. Rows of claim4 are the spaces'
	 * ipv4; those of claim6 are their prefix6 and EAMs, and a4 counts the spaces' claims. */
	struct xl_lpm claim4, claim6;
};

/* RFC 7757 3.3 with one row: the suffix moves from behind one prefix to behind the other. */
struct xl_u128 xl_eam_to6(const struct xl_lpm_row *eam, uint32_t a4);
uint32_t xl_eam_to4(const struct xl_lpm_row *eam, struct xl_u128 a6);

#endif
