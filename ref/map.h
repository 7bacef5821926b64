/* map.h - one address decision: all that depends only on where a packet came in and on its addresses.
 *
 * The question is pure data and the answer a pure function of it and of the tables, so the answer may
 * be cached: space, explicit mappings, prefix, non-global addresses, filters, native routes, hairpin,
 * egress and checksum delta are decided here, and nowhere else. Header rewriting happens in header.c.
 * Refusals come with a rule whose act says whether an ICMP error goes back: no-route (Type 3 Code 0,
 * Type 1 Code 0), no-mapping-* and non-global-in-well-known-prefix (3/13, 1/1: RFC 7915 4.4, 5.4).
 * Sources: RFC 6052, 7757, 6791, 7756 section 6, 2827, 7915 4.1, 4.6, 5.1, 5.6, 6.
 */
#ifndef XL_MAP_H
#define XL_MAP_H

#include <stdbool.h>
#include <stdint.h>

#include "ref/base/addr.h"
#include "ref/xlat.h"

enum xl_flow_act {
	XL_FLOW_TRANSLATE,
	XL_FLOW_NATIVE, /* forward untranslated out of `egress` */
	XL_FLOW_REFUSE, /* `rule` says why; whether an error goes back is the rule's business */
};

enum {
	XL_FLOW_HAIRPIN = 1, /* 6 to 4: translate back at once (RFC 7757 4.2.2), asking again */
	XL_FLOW_SRC_POOL =
		2, /* source came from the RFC 6791 pool, own address included: may be random, */
	/* so it is never cached */
	XL_FLOW_SRC_EAM = 4,
	XL_FLOW_DST_EAM = 8, /* which algorithm mapped it (else RFC 6052) */
};

struct xl_flow {
	uint8_t src[16], dst[16]; /* translated; IPv4 uses the first four octets */
	uint16_t sport, dport; /* of stateful roles */
	uint16_t delta; /* one's complement sum of new minus old addresses, to add to an L4 sum */
	uint16_t egress; /* interface index */
	uint16_t rule; /* enum xl_rule_id: how it was decided, or why it was refused */
	uint16_t space; /* index of the address space */
	uint8_t act; /* enum xl_flow_act */
	uint8_t flags;
};

/* What is asked. For an ICMP error the quoted packet's addresses take part in the decision. */
struct xl_ask {
	const uint8_t *src, *dst; /* of the packet asked about: 4 or 16 octets each */
	const uint8_t *q_src, *q_dst; /* of the packet an ICMP error quotes; NULL otherwise */
	uint16_t port; /* ingress interface */
	uint8_t version; /* 4 or 6, of the packet asked about */
	bool is_hairpin; /* second pass of RFC 7757 4.2.2 */
	uint16_t space; /* with is_hairpin: the space of the first pass */
};

/* The tables behind the decisions: address mappings, prefixes, routes and filters of every space. */
struct xl_map;

/* Checks the configuration with xl_conf_check() and builds the tables; copies what it needs of both.
 * NULL: the reasons are in diags. Without env.random the RFC 6791 choice has a generator of its own,
 * seeded by conf.seed. */
struct xl_map *xl_map_new(const struct xl_conf *conf, const struct xl_env *env, struct xl_diags *d);
void xl_map_free(struct xl_map *m);

/* The outer packet. Fills *f whatever happens. With XL_FLOW_HAIRPIN the answer is the IPv4 packet of
 * the first pass and has no egress: ask again with its addresses, version 4, is_hairpin and its space. */
void xl_map_outer(struct xl_map *m, const struct xl_ask *ask, struct xl_flow *f);

/* The packet quoted in an ICMP error, whose ask it is: maps q_src and q_dst in the space of `outer`.
 * No filter, TTL or route rule applies to it (RFC 7915 4.3, 5.3). An address that no rule maps refuses. */
void xl_map_quoted(struct xl_map *m, const struct xl_ask *ask, const struct xl_flow *outer,
		   struct xl_flow *f);

/* Fetches ahead the rows that xl_map_outer() will read for `ask`. */
void xl_map_prefetch(const struct xl_map *m, const struct xl_ask *ask);

/* xl_eam_add() and xl_eam_remove() of xlat.h. A row whose IPv4 prefix is there already replaces it; one
 * whose IPv6 prefix belongs to another IPv4 prefix is refused (RFC 7757 5), as is removing a row that is
 * not there. Every answer given before is stale afterwards. */
XL_MUST_CHECK int xl_map_eam_add(struct xl_map *m, uint32_t space_id, const struct xl_conf_eam *eam,
				 struct xl_diags *d);
XL_MUST_CHECK int xl_map_eam_remove(struct xl_map *m, uint32_t space_id,
				    const struct xl_conf_eam *eam, struct xl_diags *d);

#endif
