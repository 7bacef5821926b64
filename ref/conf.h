/* conf.h - the configuration of one translator, as plain data.
 *
 * ref/io/conf.c fills it from YAML or JSON (docs/configuration.md describes every key); a program may
 * as well fill it by hand. All arrays belong to the structure and are released by xl_conf_fini(). The
 * translator copies what it needs, so the structure may go as soon as xl_new() has returned.
 */
#ifndef XL_CONF_H
#define XL_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ref/base/addr.h"
#include "ref/base/box.h"
#include "ref/base/diag.h"

enum xl_role { XL_ROLE_SIIT };
enum xl_hairpinning { XL_HAIRPIN_OFF, XL_HAIRPIN_SIMPLE, XL_HAIRPIN_INTRINSIC }; /* RFC 7757 4.2 */
enum xl_udp_zero { XL_UDP_ZERO_DROP, XL_UDP_ZERO_COMPUTE }; /* RFC 7915 4.5 */
enum xl_pool_choice { XL_POOL_RANDOM, XL_POOL_HASH }; /* RFC 6791 5 */
enum xl_icmp_errors { XL_ERRORS_SEND, XL_ERRORS_OFF, XL_ERRORS_LIMITED }; /* RFC 7915 4.4, 5.4 */

enum { XL_IFACE_NAME_MAX = 16, XL_IFACES_MAX = 1024, XL_PLATEAUS_MAX = 16, XL_TOS_COPY = -1 };
enum { XL_FLOW_CACHE_LINES = 256, XL_FLOW_CACHE_MAX = 65536 };

struct xl_conf_route { /* a native route of an interface: RFC 7915 4.6, 5.6 */
	uint8_t family; /* 4 or 6 */
	union {
		struct xl_prefix4 p4;
		struct xl_prefix6 p6;
	};
};

struct xl_conf_iface {
	char name[XL_IFACE_NAME_MAX];
	enum xl_side side;
	uint32_t mtu; /* v4: 68..65535, v6: 1280..65575 */
	bool is_mtu_given; /* else it is the default, or what the device has */
	struct xl_conf_route *route; /* of the side's family; none is one default route */
	size_t n_routes;
	struct xl_prefix4 *allow4; /* filter.ingress rows of this interface (RFC 2827); */
	size_t n_allow4; /* has_filter and no row: nothing may enter */
	struct xl_prefix6 *allow6;
	size_t n_allow6;
	bool has_filter;
	struct xl_loc loc;
};

struct xl_conf_eam {
	struct xl_prefix4 p4;
	struct xl_prefix6 p6;
	bool is_local;
	struct xl_loc loc;
};

/* One address space: the default one has id 0, is always space[0], and holds every interface that no
 * other space lists. IPv6-side interfaces that no space lists serve all spaces. */
struct xl_conf_space {
	uint32_t id;
	bool has_prefix6;
	struct xl_prefix6 prefix6;
	struct xl_conf_eam *eam;
	size_t n_eams;
	uint16_t *iface; /* indices; empty for space[0] */
	size_t n_ifaces;
	struct xl_prefix4 *ipv4; /* IPv4 destinations of this space, for interfaces in several; */
	size_t n_ipv4; /* none listed: 0.0.0.0/0 */
	int32_t priority; /* among equally long matches the larger wins */
	struct xl_loc loc;
};

struct xl_conf {
	char *file; /* what eam[].loc and space[].loc name; NULL when filled by hand */
	enum xl_role role;
	uint64_t seed; /* of IPv4 identification and of every random choice */
	struct xl_conf_iface *iface;
	size_t n_ifaces;
	struct xl_conf_space *space;
	size_t n_spaces; /* >= 1 */
	bool has_own4, has_own6; /* source of ICMP errors the translator originates */
	struct xl_ip4 own4;
	struct xl_ip6 own6;
	struct xl_prefix4 *pool6791;
	size_t n_pool6791;
	enum xl_pool_choice pool_choice;
	bool rfc5837; /* RFC 6791 4: append the ICMPv6 source as Interface Information */
	uint32_t lowest_ipv6_mtu; /* >= 1280 */
	uint16_t plateau[XL_PLATEAUS_MAX]; /* RFC 1191 7, falling */
	size_t n_plateaus;
	enum xl_hairpinning hairpinning;
	enum xl_udp_zero udp_zero;
	int traffic_class, tos; /* XL_TOS_COPY, or 0..255 to set: RFC 7915 4.1, 5.1 */
	enum xl_icmp_errors icmp_errors;
	uint32_t errors_per_second; /* with XL_ERRORS_LIMITED; token bucket, burst of one second */
	bool drop_local_source; /* RFC 7756 6, second rule; default: true when an EAM is local */
	bool require_eam_source; /* RFC 7756 6, first rule: IPv4 sources need an EAM */
	/* How many address decisions are remembered, in 64 octets each: 0 to XL_FLOW_CACHE_MAX. It changes
	 * speed and memory and no packet, so no configuration file says it: whoever makes many
	 * translators sets 0, and each of them decides anew for every packet. */
	uint32_t flow_cache_lines;
};

/* Every default of docs/configuration.md: interfaces v4 and v6 with 1500, one empty space. Returns 0 or
 * XL_ERR_NOMEM. */
XL_MUST_CHECK int xl_conf_init(struct xl_conf *c);
void xl_conf_fini(struct xl_conf *c);

/* For readers: NULL, or what forbids a translation prefix (RFC 6052 2.2) or an own address. */
const char *xl_conf_refuse_prefix6(struct xl_prefix6 p);
const char *xl_conf_refuse_host4(struct xl_ip4 a);
const char *xl_conf_refuse_host6(struct xl_ip6 a);

/* The same for a prefix each of whose addresses a host must be able to have: RFC 6791 3.2. */
const char *xl_conf_refuse_hosts4(struct xl_prefix4 p);

/* One explicit mapping: whole prefixes, of which the IPv4 one lies not wholly where no host does, RFC 7757
 * 3.2 suffix lengths. 0, or XL_ERR_RANGE with a line. */
XL_MUST_CHECK int xl_conf_check_eam(const struct xl_conf_eam *e, struct xl_diags *d);

/* What one key alone cannot tell: RFC 6052 lengths, RFC 7757 3.2 suffix lengths, bits 64..71, duplicate
 * rows, spaces that share an interface and a match at the same priority; and every prefix and number, which
 * a program may have filled by hand. Adds a line a fault. */
XL_MUST_CHECK int xl_conf_check(const struct xl_conf *c, struct xl_diags *d);

/* The same when a reader could not take every interface or space as it was meant (each has said why):
 * leaves out what would only follow from that, comparisons between spaces among it. */
XL_MUST_CHECK int xl_conf_check_partly(const struct xl_conf *c, struct xl_diags *d);

#endif
