/* map_int.h - the tables of one translator's address decisions: made in map_build.c, read in map.c. */
#ifndef XL_MAP_INT_H
#define XL_MAP_INT_H

#include "ref/base/rng.h"
#include "ref/lpm.h"
#include "ref/map.h"

enum { XL_EAM_IS_LOCAL = 1, XL_ROUTE_IS_EXPLICIT = 1 }; /* xl_lpm_row.flags */

struct xl_map_space {
	uint32_t id;
	int32_t priority;
	bool has_prefix6, is_well_known, has_ipv4;
	struct xl_prefix6 prefix6;
};

struct xl_map_iface {
	bool has_filter;
	const uint16_t *space; /* the spaces a packet that enters here may be in */
	size_t n_spaces;
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
	uint16_t *space_list; /* what iface[].space points into */
	/* The domain of a table is a space, or an interface for the filters. Routes of IPv6 interfaces
	 * that serve all spaces are in the domain n_spaces. */
	struct xl_lpm eam4, eam6, route4, route6, ipv4, allow4, allow6;
};

/* RFC 7757 3.3 with one row: the suffix moves from behind one prefix to behind the other. */
struct xl_u128 xl_eam_to6(const struct xl_lpm_row *eam, uint32_t a4);
uint32_t xl_eam_to4(const struct xl_lpm_row *eam, struct xl_u128 a6);

#endif
