/* xlat_int.h - what the files of ref/ share: the translator, and one packet's way through it.
 *
 * A way is made for each call on the caller's stack: the packet, what parsing found in it, the address
 * decision, and what is to be traced. The steps are functions that take it and return the rule that
 * ends the packet's way, or XL_GO to go on.
 */
#ifndef XL_XLAT_INT_H
#define XL_XLAT_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "ref/base/rng.h"
#include "ref/map.h"
#include "ref/xlat.h"

enum { XL_GO = 0xffff }; /* no rule has ended the packet's way */

enum {
	XL_PROTO_HOPOPT = 0,
	XL_PROTO_ICMP4 = 1,
	XL_PROTO_IGMP = 2,
	XL_PROTO_TCP = 6,
	XL_PROTO_UDP = 17,
	XL_PROTO_DCCP = 33,
	XL_PROTO_ROUTING = 43,
	XL_PROTO_FRAGMENT = 44,
	XL_PROTO_AH = 51,
	XL_PROTO_ICMP6 = 58,
	XL_PROTO_DSTOPTS = 60,
	XL_PROTO_MOBILITY = 135,
	XL_PROTO_UDPLITE = 136,
	XL_PROTO_HIP = 139,
	XL_PROTO_SHIM6 = 140,
};

enum { XL_IP4_HEADER = 20, XL_IP6_HEADER = 40, XL_FRAG_HEADER = 8, XL_IP6_MTU_MIN = 1280 };
enum { XL_SNAPSHOT = 128, XL_SECOND_NS = 1000000000 };

struct xl_map;
struct xl_cache_line;

struct xl_iface {
	enum xl_side side;
	uint32_t mtu;
};

struct xlat {
	struct xl_conf conf; /* scalars only: every pointer in it is NULL */
	struct xl_env env;
	struct xl_map *map; /* every table that an address decision reads: map.c */
	struct xl_iface *iface;
	size_t n_ifaces;
	struct xl_rng rng; /* when env.random is NULL */
	uint32_t ip_id; /* IPv4 identification, a counter seeded at creation */
	uint32_t generation; /* of the tables, from 1: a change makes every cached decision stale */
	bool slow_only; /* traced, or a test: every packet goes the slow path */
	struct xl_cache_line *cache; /* conf.flow_cache_lines; NULL when that is 0 */
	int64_t bucket_at_ns; /* rate limit of own errors: when the bucket was last filled */
	int64_t bucket_ns; /* credit in it, as time */
	uint64_t counter[XL_RULE_COUNT];
};

/* What parsing found in one IP packet, outer or quoted. */
struct xl_view {
	uint8_t *p; /* its first octet */
	uint32_t have; /* octets of it that are there; for an outer packet == total */
	uint32_t total; /* octets of it as its header says */
	uint32_t l4; /* where the upper layer starts; <= have */
	uint32_t frag_at; /* where the IPv6 Fragment header starts; 0: none */
	uint32_t id; /* fragment identification */
	uint16_t frag_off; /* in octets */
	uint8_t version, tos, ttl;
	uint8_t proto; /* of the upper layer, as the packet says it */
	bool df, more;
	bool has_source_route; /* unexpired: RFC 7915 4.1 */
	uint32_t segments_left_at; /* offset of a Segments Left octet that is not zero; 0: none */
};

static inline bool xl_is_fragment(const struct xl_view *v)
{
	return v->more || v->frag_off;
}

static inline bool xl_is_first(const struct xl_view *v)
{
	return v->frag_off == 0;
}

struct xl_icmp_row;

struct xl_way {
	struct xlat *x;
	struct xl_pkt *p;
	struct xl_view v; /* the packet */
	struct xl_view q; /* the packet it quotes, when icmp says that it is an error */
	bool has_quote;
	bool q_has_length; /* a length attribute says so; else it is all that is left */
	uint32_t q_field; /* octets of the field that holds the quoted packet: RFC 4884 4 */
	uint8_t icmp_type; /* as it came, when icmp is set */
	const struct xl_icmp_row *icmp; /* how its ICMP message translates; NULL: no ICMP */
	uint8_t q6[32]; /* the quoted IPv6 packet's addresses, kept while it is rewritten */
	struct xl_flow f; /* the decision about the packet */
	struct xl_flow qf; /* and about the quoted one */
	uint32_t mtu4, mtu6; /* next hops' MTUs for RFC 7915 4.2 and 5.2 */
	bool is_cut6; /* leaves in IPv6 fragments, though it came whole */
	bool is_hairpin; /* second pass of RFC 7757 4.2.2 */
	uint16_t n_out;
	uint32_t answer_word; /* second word of the ICMP error that answers this packet */
	const uint8_t *was; /* traced: the first octets as they came; else NULL */
	uint8_t snapshot[XL_SNAPSHOT];
};

/* A random number from env, or from the seeded generator. */
uint64_t xl_random(struct xlat *x);

/* The next IPv4 identification: never the same twice in a row. */
static inline uint16_t xl_next_id(struct xlat *x)
{
	return (uint16_t)x->ip_id++;
}

/* Hands the packet to env.emit. */
void xl_way_emit(struct xl_way *w, struct xl_pkt *out);

/* Tells the trace that a rule applied. Costs one test when there is no trace. */
static inline void xl_way_note(const struct xl_way *w, uint16_t rule, struct xl_span was_at,
			       struct xl_span is_at, const uint8_t *is)
{
	struct xl_note note = { rule, w->was, is, was_at, is_at, NULL };

	if (w->was)
		w->x->env.note(w->x->env.ctx, &note);
}

#define XL_NO_SPAN ((struct xl_span){ 0, 0 })

static inline void xl_way_mark(const struct xl_way *w, uint16_t rule)
{
	xl_way_note(w, rule, XL_NO_SPAN, XL_NO_SPAN, NULL);
}

/* The same with the place of n octets at offset `was` in the upper layer as it came and `is` in the one
 * that is now at l4. */
void xl_way_note_l4(const struct xl_way *w, uint16_t rule, struct xl_span was, struct xl_span is,
		    const uint8_t *l4);

/* A system management event with the addresses and ports of the packet: RFC 7915 4.5, 5.1.1. */
void xl_way_event(const struct xl_way *w, uint16_t rule);

/* The slow path: it takes every packet. */
struct xl_verdict xl_translate_slow(struct xlat *x, struct xl_pkt *p);

#endif
