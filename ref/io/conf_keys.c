/* conf_keys.c - every key of a translator configuration: what it may hold, where that goes, why.
 *
 * A new key is a row here and a line in conf_out.c; documentation and schema follow.
 */
#include "ref/io/conf_keys.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const no_memory = "out of memory";

/* ---- scalars ---- */

static bool scan_int(const struct xl_yaml_event *e, int64_t *v)
{
	struct xl_node n = {
		.kind = XL_YAML_SCALAR, .text = e->text, .len = e->len, .is_quoted = e->is_quoted
	};

	return xl_node_int(&n, v);
}

static void store_int(void *base, const struct xl_conf_key *k, int64_t v)
{
	char *p = (char *)base + k->at;
	uint8_t u8 = (uint8_t)v;
	uint16_t u16 = (uint16_t)v;
	uint32_t u32 = (uint32_t)v;
	const void *from = k->n_octets == 1   ? (void *)&u8
			   : k->n_octets == 2 ? (void *)&u16
			   : k->n_octets == 4 ? (void *)&u32
					      : (void *)&v;

	memcpy(p, from, k->n_octets);
}

static void mark_present(void *base, const struct xl_conf_key *k)
{
	if (k->n_at)
		*((bool *)base + k->n_at) = true;
}

static const char *set_int(struct xl_conf_reader *r, const struct xl_conf_key *k, void *base,
			   const struct xl_yaml_event *e)
{
	int64_t v;

	(void)r;
	if (!scan_int(e, &v))
		return "not a number";
	if (v < k->min || v > k->max)
		return "out of range";
	store_int(base, k, v);
	return NULL;
}

static const char *set_mtu(struct xl_conf_reader *r, const struct xl_conf_key *k, void *base,
			   const struct xl_yaml_event *e)
{
	const char *why = set_int(r, k, base, e);

	if (!why)
		mark_present(base, k);
	return why;
}

static const char *set_rate(struct xl_conf_reader *r, const struct xl_conf_key *k, void *base,
			    const struct xl_yaml_event *e)
{
	const char *why = set_int(r, k, base, e);

	if (!why)
		r->c->icmp_errors = XL_ERRORS_LIMITED;
	return why;
}

static const char *set_bool(struct xl_conf_reader *r, const struct xl_conf_key *k, void *base,
			    const struct xl_yaml_event *e)
{
	bool is_true = strcmp(e->text, "true") == 0;

	(void)r;
	if (e->is_quoted || (!is_true && strcmp(e->text, "false") != 0))
		return "neither true nor false";
	*((bool *)base + k->at) = is_true;
	return NULL;
}

static const char *set_drop_local(struct xl_conf_reader *r, const struct xl_conf_key *k, void *base,
				  const struct xl_yaml_event *e)
{
	r->has_drop_local = true;
	return set_bool(r, k, base, e);
}

static const char *set_word(struct xl_conf_reader *r, const struct xl_conf_key *k, void *base,
			    const struct xl_yaml_event *e)
{
	(void)r;
	for (const struct xl_conf_word *w = k->word; w->name; w++)
		if (strcmp(e->text, w->name) == 0) {
			store_int(base, k, w->value);
			return NULL;
		}
	return "unknown";
}

static const char *set_name(struct xl_conf_reader *r, const struct xl_conf_key *k, void *base,
			    const struct xl_yaml_event *e)
{
	(void)r;
	if (e->len == 0 || e->len >= XL_IFACE_NAME_MAX || strlen(e->text) != e->len)
		return "not a name";
	memcpy((char *)base + k->at, e->text, e->len + 1);
	return NULL;
}

static const char *set_ip4(struct xl_conf_reader *r, const struct xl_conf_key *k, void *base,
			   const struct xl_yaml_event *e)
{
	struct xl_ip4 a;

	(void)r;
	if (!xl_ip4_parse(e->text, &a))
		return "not an IPv4 address";
	if (xl_conf_refuse_host4(a))
		return xl_conf_refuse_host4(a);
	memcpy((char *)base + k->at, &a, sizeof(a));
	mark_present(base, k);
	return NULL;
}

static const char *set_ip6(struct xl_conf_reader *r, const struct xl_conf_key *k, void *base,
			   const struct xl_yaml_event *e)
{
	struct xl_ip6 a;

	(void)r;
	if (!xl_ip6_parse(e->text, &a))
		return "not an IPv6 address";
	if (xl_conf_refuse_host6(a))
		return xl_conf_refuse_host6(a);
	memcpy((char *)base + k->at, &a, sizeof(a));
	mark_present(base, k);
	return NULL;
}

static const char *set_translation_prefix(struct xl_conf_reader *r, const struct xl_conf_key *k,
					  void *base, const struct xl_yaml_event *e)
{
	struct xl_prefix6 p;
	const char *why = xl_prefix6_parse(e->text, &p);

	(void)r;
	if (!why)
		why = xl_conf_refuse_prefix6(p);
	if (why)
		return why;
	memcpy((char *)base + k->at, &p, sizeof(p));
	mark_present(base, k);
	return NULL;
}

static const char *set_prefix4(struct xl_conf_reader *r, const struct xl_conf_key *k, void *base,
			       const struct xl_yaml_event *e)
{
	struct xl_prefix4 p;
	const char *why = xl_prefix4_parse(e->text, &p);

	(void)r;
	if (!why)
		memcpy((char *)base + k->at, &p, sizeof(p));
	return why;
}

static const char *set_prefix6(struct xl_conf_reader *r, const struct xl_conf_key *k, void *base,
			       const struct xl_yaml_event *e)
{
	struct xl_prefix6 p;
	const char *why = xl_prefix6_parse(e->text, &p);

	(void)r;
	if (!why)
		memcpy((char *)base + k->at, &p, sizeof(p));
	return why;
}

/* ---- lists ---- */

/* Appends *item to the array whose pointer and count are at k->at and k->n_at of base. */
static const char *append(void *base, size_t at, size_t n_at, const void *item, size_t size)
{
	void *array;
	size_t n;

	memcpy(&array, (char *)base + at, sizeof(array));
	memcpy(&n, (char *)base + n_at, sizeof(n));
	array = realloc(array, (n + 1) * size);
	if (!array)
		return no_memory;
	memcpy((char *)array + n * size, item, size);
	n++;
	memcpy((char *)base + at, &array, sizeof(array));
	memcpy((char *)base + n_at, &n, sizeof(n));
	return NULL;
}

static const char *add_prefix4(struct xl_conf_reader *r, const struct xl_conf_key *k, void *base,
			       const struct xl_yaml_event *e)
{
	struct xl_prefix4 p;
	const char *why = xl_prefix4_parse(e->text, &p);

	(void)r;
	return why ? why : append(base, k->at, k->n_at, &p, sizeof(p));
}

/* Addresses that packets are to come from. */
static const char *add_hosts4(struct xl_conf_reader *r, const struct xl_conf_key *k, void *base,
			      const struct xl_yaml_event *e)
{
	struct xl_prefix4 p;
	const char *why = xl_prefix4_parse(e->text, &p);

	(void)r;
	if (!why)
		why = xl_conf_refuse_hosts4(p);
	return why ? why : append(base, k->at, k->n_at, &p, sizeof(p));
}

static const char *add_route(struct xl_conf_reader *r, const struct xl_conf_key *k, void *base,
			     const struct xl_yaml_event *e)
{
	struct xl_conf_route route = { .family = strchr(e->text, ':') ? 6 : 4 };
	const char *why = route.family == 6 ? xl_prefix6_parse(e->text, &route.p6)
					    : xl_prefix4_parse(e->text, &route.p4);

	(void)r;
	return why ? why : append(base, k->at, k->n_at, &route, sizeof(route));
}

static const char *add_allow(struct xl_conf_reader *r, const struct xl_conf_key *k, void *base,
			     const struct xl_yaml_event *e)
{
	struct xl_conf_ref *ref = base;
	struct xl_prefix4 p4;
	struct xl_prefix6 p6;
	const char *why;

	(void)r;
	(void)k;
	if (strchr(e->text, ':')) {
		why = xl_prefix6_parse(e->text, &p6);
		return why ? why
			   : append(ref, offsetof(struct xl_conf_ref, allow6),
				    offsetof(struct xl_conf_ref, n_allow6), &p6, sizeof(p6));
	}
	why = xl_prefix4_parse(e->text, &p4);
	return why ? why
		   : append(ref, offsetof(struct xl_conf_ref, allow4),
			    offsetof(struct xl_conf_ref, n_allow4), &p4, sizeof(p4));
}

static const char *add_plateau(struct xl_conf_reader *r, const struct xl_conf_key *k, void *base,
			       const struct xl_yaml_event *e)
{
	struct xl_conf *c = base;
	int64_t v;

	(void)r;
	if (!scan_int(e, &v))
		return "not a number";
	if (v < k->min || v > k->max)
		return "out of range";
	if (c->n_plateaus == XL_PLATEAUS_MAX)
		return "too many: 16 at most";
	if (c->n_plateaus && v >= c->plateau[c->n_plateaus - 1])
		return "not smaller than the one before";
	c->plateau[c->n_plateaus++] = (uint16_t)v;
	return NULL;
}

static const char *add_member(struct xl_conf_reader *r, const struct xl_conf_key *k, void *base,
			      const struct xl_yaml_event *e)
{
	struct xl_conf_ref ref = { .loc = e->loc, .space = r->space };

	(void)k;
	(void)base;
	ref.loc.file = r->c->file;
	if (e->len == 0 || e->len >= XL_IFACE_NAME_MAX)
		return "not a name";
	memcpy(ref.name, e->text, e->len + 1);
	return append(r, offsetof(struct xl_conf_reader, ref),
		      offsetof(struct xl_conf_reader, n_refs), &ref, sizeof(ref));
}

/* ---- rows ---- */

static void *begin_iface(struct xl_conf_reader *r, struct xl_loc loc)
{
	const struct xl_conf_iface fresh = { .mtu = 1500, .loc = loc };
	struct xl_conf *c = r->c;

	if (!r->has_interfaces)
		c->n_ifaces = 0; /* the defaults own no memory */
	r->has_interfaces = true;
	if (append(c, offsetof(struct xl_conf, iface), offsetof(struct xl_conf, n_ifaces), &fresh,
		   sizeof(fresh)))
		return NULL;
	return &c->iface[c->n_ifaces - 1];
}

static void end_iface(struct xl_conf_reader *r, bool has_fault)
{
	const struct xl_conf_iface *f = &r->c->iface[r->c->n_ifaces - 1];

	r->has_bad_frame |= has_fault && (f->name[0] == '\0' || !f->side);
}

static void *begin_eam(struct xl_conf_reader *r, struct xl_loc loc)
{
	struct xl_conf_space *s = &r->c->space[r->space];

	if (s->n_eams == r->eam_cap) {
		size_t cap = r->eam_cap ? 2 * r->eam_cap : 16;
		struct xl_conf_eam *p = realloc(s->eam, cap * sizeof(*p));

		if (!p)
			return NULL;
		s->eam = p;
		r->eam_cap = cap;
	}
	s->eam[s->n_eams] = (struct xl_conf_eam){ .loc = loc };
	return &s->eam[s->n_eams++];
}

static void end_eam(struct xl_conf_reader *r, bool has_fault)
{
	if (has_fault)
		r->c->space[r->space].n_eams--;
}

static void *begin_space(struct xl_conf_reader *r, struct xl_loc loc)
{
	const struct xl_conf_space fresh = { .loc = loc };
	struct xl_conf *c = r->c;

	if (append(c, offsetof(struct xl_conf, space), offsetof(struct xl_conf, n_spaces), &fresh,
		   sizeof(fresh)))
		return NULL;
	r->space = c->n_spaces - 1;
	r->eam_cap = 0;
	return &c->space[r->space];
}

static void end_space(struct xl_conf_reader *r, bool has_fault)
{
	r->has_bad_frame |= has_fault;
	r->space = 0;
	r->eam_cap = r->c->space[0].n_eams; /* exact: growing it again is safe */
}

static void *begin_ingress(struct xl_conf_reader *r, struct xl_loc loc)
{
	const struct xl_conf_ref fresh = { .loc = loc, .space = SIZE_MAX };

	if (append(r, offsetof(struct xl_conf_reader, ref), offsetof(struct xl_conf_reader, n_refs),
		   &fresh, sizeof(fresh)))
		return NULL;
	return &r->ref[r->n_refs - 1];
}

/* ---- the table ---- */

/* clang-format off */
#define CONF(member)  .at = offsetof(struct xl_conf, member)
#define SPACE(member) .at = offsetof(struct xl_conf_space, member)
#define IFACE(member) .at = offsetof(struct xl_conf_iface, member)
#define EAM(member)   .at = offsetof(struct xl_conf_eam, member)
#define END           { .name = NULL }

#define IPV4        "\"type\":\"string\",\"format\":\"ipv4\""
#define IPV6        "\"type\":\"string\",\"format\":\"ipv6\""
#define PREFIX4     "\"type\":\"string\",\"pattern\":\"^[0-9.]+(/[0-9]+)?$\""
#define PREFIX6     "\"type\":\"string\",\"pattern\":\"^[0-9A-Fa-f:.]+(/[0-9]+)?$\""
#define PREFIX      "\"type\":\"string\",\"pattern\":\"^[0-9A-Fa-f:.]+(/[0-9]+)?$\""
#define NAME        "\"type\":\"string\",\"minLength\":1,\"maxLength\":15"
/* what is allowed depends on the side */
#define OF_SIDE     "\"if\":{\"required\":[\"side\"]," \
		    "\"properties\":{\"side\":{\"const\":\"v4\"}}}," \
		    "\"then\":{\"properties\":{\"mtu\":{\"maximum\":65535}," \
		    "\"routes\":{\"items\":{\"pattern\":\"^[0-9.]+(/[0-9]+)?$\"}}}}," \
		    "\"else\":{\"properties\":{\"mtu\":{\"minimum\":1280}," \
		    "\"routes\":{\"items\":{\"pattern\":\":\"}}}}"
#define BOOLEAN     "\"type\":\"boolean\""

static const struct xl_conf_word roles[] = {
	{ "siit", XL_ROLE_SIIT }, { NULL, 0 } };
static const struct xl_conf_word sides[] = {
	{ "v4", XL_SIDE_V4 }, { "v6", XL_SIDE_V6 }, { NULL, 0 } };
static const struct xl_conf_word choices[] = {
	{ "random", XL_POOL_RANDOM }, { "hash", XL_POOL_HASH }, { NULL, 0 } };
static const struct xl_conf_word hairpins[] = {
	{ "off", XL_HAIRPIN_OFF }, { "simple", XL_HAIRPIN_SIMPLE },
	{ "intrinsic", XL_HAIRPIN_INTRINSIC }, { NULL, 0 } };
static const struct xl_conf_word udp_zeros[] = {
	{ "drop", XL_UDP_ZERO_DROP }, { "compute", XL_UDP_ZERO_COMPUTE }, { NULL, 0 } };
static const struct xl_conf_word copies[] = {
	{ "copy", XL_TOS_COPY }, { NULL, 0 } };
static const struct xl_conf_word errors[] = {
	{ "send", XL_ERRORS_SEND }, { "off", XL_ERRORS_OFF }, { NULL, 0 } };

static const struct xl_conf_key iface_keys[] = {
	{ "name", set_name, IFACE(name), .is_required = true, .allowed = "1 to 15 characters",
	  .schema = NAME,
	  .doc = "What filters, address spaces, cases and log lines call it." },
	{ "side", set_word, IFACE(side), .is_required = true, .n_octets = sizeof(enum xl_side),
	  .word = sides,
	  .doc = "Which protocol it speaks." },
	{ "mtu", set_mtu, IFACE(mtu), .n_at = offsetof(struct xl_conf_iface, is_mtu_given),
	  .n_octets = 4, .min = 68, .max = 65575, .dflt = "1500",
	  .source = "RFC 7915 4, 5",
	  .allowed = "a number from 68 to 65535 on side v4 and from 1280 to 65575 on side v6",
	  .doc = "Largest packet that leaves by it." },
	{ "routes", add_route, IFACE(route), .n_at = offsetof(struct xl_conf_iface, n_routes),
	  .is_list = true, .allowed = "prefixes of the side's family", .schema = PREFIX,
	  .dflt = "one default route", .source = "RFC 7915 4.6, 5.6",
	  .doc = "What is reached through it. The longest match inside the address space is the "
	         "way out; a route more specific than the mapping of the destination means that "
	         "the packet is forwarded untranslated." },
	END
};

static const struct xl_conf_key eam_keys[] = {
	{ "ipv4", set_prefix4, EAM(p4), .is_required = true, .allowed = "an IPv4 address or prefix",
	  .schema = PREFIX4, .source = "RFC 7757 3.2",
	  .doc = "Without a length it is one address." },
	{ "ipv6", set_prefix6, EAM(p6), .is_required = true, .allowed = "an IPv6 address or prefix",
	  .schema = PREFIX6, .source = "RFC 7757 3.2",
	  .doc = "Has at least as many suffix bits as the IPv4 prefix." },
	{ "local", set_bool, EAM(is_local), .allowed = "true or false", .schema = BOOLEAN,
	  .dflt = "false", .source = "RFC 7756 6",
	  .doc = "A service address of this edge relay itself." },
	END
};

static const struct xl_conf_key own_keys[] = {
	{ "ipv4", set_ip4, CONF(own4), .n_at = offsetof(struct xl_conf, has_own4),
	  .allowed = "an IPv4 address", .schema = IPV4, .dflt = "none", .source = "RFC 7915 4.4",
	  .doc = "Source of ICMPv4 errors; without it none are sent." },
	{ "ipv6", set_ip6, CONF(own6), .n_at = offsetof(struct xl_conf, has_own6),
	  .allowed = "an IPv6 address", .schema = IPV6, .dflt = "none", .source = "RFC 7915 5.4",
	  .doc = "Source of ICMPv6 errors; without it none are sent." },
	END
};

static const struct xl_conf_key rfc6791_keys[] = {
	{ "ipv4", add_hosts4, CONF(pool6791), .n_at = offsetof(struct xl_conf, n_pool6791),
	  .is_list = true, .allowed = "IPv4 addresses or prefixes", .schema = PREFIX4,
	  .dflt = "[] (then own.ipv4 is used)", .source = "RFC 6791 5",
	  .doc = "Stand for the source of an ICMPv6 error that has no IPv4 form." },
	{ "choice", set_word, CONF(pool_choice), .n_octets = sizeof(enum xl_pool_choice),
	  .word = choices, .dflt = "random", .source = "RFC 6791 5",
	  .doc = "A random address, or always the same for one IPv6 source." },
	{ "rfc5837", set_bool, CONF(rfc5837), .allowed = "true or false", .schema = BOOLEAN,
	  .dflt = "true", .source = "RFC 6791 4",
	  .doc = "Append the IPv6 source to such an error as Interface Information." },
	END
};

static const struct xl_conf_key mtu_keys[] = {
	{ "lowest-ipv6", set_int, CONF(lowest_ipv6_mtu), .n_octets = 4, .min = 1280, .max = 65575,
	  .dflt = "1280", .source = "RFC 7915 4.1",
	  .doc = "Smallest MTU of the IPv6 network: IPv4 packets without DF are fragmented to "
	         "fit it." },
	{ "plateaus", add_plateau, CONF(plateau), .n_at = offsetof(struct xl_conf, n_plateaus),
	  .is_list = true, .is_filled = true, .min = 68, .max = 65535,
	  .dflt = "65535 32000 17914 8166 4352 2002 1492 1006 508 296 68",
	  .source = "RFC 7915 4.2, RFC 1191 7",
	  .doc = "At most 16 falling values, for a Fragmentation Needed whose MTU field is zero." },
	END
};

static const struct xl_conf_key tc_keys[] = {
	{ "set", set_int, CONF(traffic_class), .is_required = true, .n_octets = sizeof(int),
	  .min = 0, .max = 255, .source = "RFC 7915 4.1",
	  .doc = "Every translated packet gets this traffic class, all eight bits." },
	END
};

static const struct xl_conf_key tos_keys[] = {
	{ "set", set_int, CONF(tos), .is_required = true, .n_octets = sizeof(int), .min = 0,
	  .max = 255, .source = "RFC 7915 5.1",
	  .doc = "Every translated packet gets this type of service, all eight bits." },
	END
};

static const struct xl_conf_key error_keys[] = {
	{ "rate-per-second", set_rate, CONF(errors_per_second), .is_required = true, .n_octets = 4,
	  .min = 1, .max = 1000000000, .source = "RFC 4443 2.4(f)",
	  .doc = "At most this many errors a second, with a burst of one second's worth." },
	END
};

static const struct xl_conf_key ingress_keys[] = {
	{ "interface", set_name, .at = offsetof(struct xl_conf_ref, name), .is_required = true,
	  .allowed = "the name of an interface", .schema = NAME,
	  .doc = "Where the rule applies. Interfaces without a rule let every source in." },
	{ "allow", add_allow, .is_list = true, .is_required = true,
	  .allowed = "prefixes of the interface's side", .schema = PREFIX, .source = "RFC 2827",
	  .doc = "Sources that may enter; all others are dropped." },
	END
};

static const struct xl_conf_key filter_keys[] = {
	{ "drop-local-source", set_drop_local, CONF(drop_local_source), .allowed = "true or false",
	  .schema = BOOLEAN, .dflt = "true when an EAM is local", .source = "RFC 7756 6",
	  .doc = "Drop IPv6 packets whose source is a local service address, before or after "
	         "translation." },
	{ "require-eam-source", set_bool, CONF(require_eam_source), .allowed = "true or false",
	  .schema = BOOLEAN, .dflt = "false", .source = "RFC 7756 6",
	  .doc = "Drop IPv4 packets whose source no EAM covers." },
	{ "ingress", .sub = ingress_keys, .begin = begin_ingress, .source = "RFC 2827",
	  .dflt = "[]",
	  .doc = "Ingress filters." },
	END
};

static const struct xl_conf_key space_keys[] = {
	{ "id", set_int, SPACE(id), .is_required = true, .n_octets = 4, .min = 1, .max = UINT32_MAX,
	  .doc = "Its number; 0 is the default space." },
	{ "prefix6", set_translation_prefix, SPACE(prefix6), .is_of_space = true,
	  .is_mapping = true, .n_at = offsetof(struct xl_conf_space, has_prefix6),
	  .allowed = "an IPv6 prefix of length 32, 40, 48, 56, 64 or 96", .schema = PREFIX6,
	  .dflt = "none", .source = "RFC 6052 2.2",
	  .doc = "Its translation prefix." },
	{ "eamt", .sub = eam_keys, .begin = begin_eam, .end = end_eam, .is_mapping = true,
	  .dflt = "[]", .source = "RFC 7757 3.1",
	  .doc = "Its explicit mappings." },
	{ "interfaces", add_member, .is_list = true, .allowed = "names of interfaces",
	  .schema = NAME, .dflt = "[]",
	  .doc = "Who belongs to it. An IPv6 interface that no space lists serves all of them." },
	{ "ipv4", add_prefix4, SPACE(ipv4), .n_at = offsetof(struct xl_conf_space, n_ipv4),
	  .is_list = true, .allowed = "IPv4 prefixes", .schema = PREFIX4, .dflt = "[0.0.0.0/0]",
	  .doc = "Its IPv4 destinations: they tell spaces apart that share an IPv4 interface." },
	{ "priority", set_int, SPACE(priority), .n_octets = 4, .min = INT32_MIN, .max = INT32_MAX,
	  .dflt = "0",
	  .doc = "Of equally long matches the space with the larger priority is taken." },
	END
};

const struct xl_conf_key xl_conf_keys[] = {
	{ "role", set_word, CONF(role), .n_octets = sizeof(enum xl_role), .word = roles,
	  .dflt = "siit", .source = "RFC 7915",
	  .doc = "What the translator is. CLAT, border relay and edge relay are `siit` with "
	         "other settings." },
	{ "seed", set_int, CONF(seed), .n_octets = 8, .min = 0, .max = INT64_MAX, .dflt = "0",
	  .doc = "Of IPv4 identification and every random choice: the same seed and packets "
	         "give the same octets." },
	{ "interfaces", .sub = iface_keys, .begin = begin_iface, .end = end_iface, .is_frame = true,
	  .schema = OF_SIDE, .dflt = "v4 and v6 with MTU 1500",
	  .doc = "Where packets enter and leave." },
	{ "prefix6", set_translation_prefix, SPACE(prefix6), .is_of_space = true,
	  .is_mapping = true, .n_at = offsetof(struct xl_conf_space, has_prefix6),
	  .allowed = "an IPv6 prefix of length 32, 40, 48, 56, 64 or 96", .schema = PREFIX6,
	  .dflt = "none", .source = "RFC 6052 2.2",
	  .doc = "The translation prefix. 64:ff9b::/96 refuses non-global IPv4 addresses (RFC "
	         "6052 3.1)." },
	{ "eamt", .sub = eam_keys, .begin = begin_eam, .end = end_eam, .is_mapping = true,
	  .dflt = "[]", .source = "RFC 7757 3.1",
	  .doc = "Explicit address mappings: the longest match goes before prefix6." },
	{ "own", .sub = own_keys, .source = "RFC 7915 4.4, 5.4",
	  .doc = "The translator's own addresses, as which it sends ICMP errors. It is no host: "
	         "a packet sent to one of them is treated like any other." },
	{ "rfc6791", .sub = rfc6791_keys, .source = "RFC 6791",
	  .doc = "Sources of ICMPv6 errors that have no IPv4 form." },
	{ "mtu", .sub = mtu_keys, .source = "RFC 7915 4",
	  .doc = "Packet sizes beyond those of the interfaces." },
	{ "hairpinning", set_word, CONF(hairpinning), .n_octets = sizeof(enum xl_hairpinning),
	  .word = hairpins, .dflt = "intrinsic", .source = "RFC 7757 4.2",
	  .doc = "How two IPv6 hosts talk through the translator." },
	{ "udp-zero-checksum", set_word, CONF(udp_zero), .n_octets = sizeof(enum xl_udp_zero),
	  .word = udp_zeros, .dflt = "drop", .source = "RFC 7915 4.5",
	  .doc = "What happens to an IPv4 UDP packet without a checksum." },
	{ "traffic-class", set_word, CONF(traffic_class), .n_octets = sizeof(int), .word = copies,
	  .sub = tc_keys, .dflt = "copy", .source = "RFC 7915 4.1",
	  .doc = "Of IPv6 packets: from the type of service, or a value." },
	{ "tos", set_word, CONF(tos), .n_octets = sizeof(int), .word = copies, .sub = tos_keys,
	  .dflt = "copy", .source = "RFC 7915 5.1",
	  .doc = "Of IPv4 packets: from the traffic class, or a value." },
	{ "icmp-errors", set_word, CONF(icmp_errors), .n_octets = sizeof(enum xl_icmp_errors),
	  .word = errors, .sub = error_keys, .dflt = "send", .source = "RFC 7915 4.4, 5.4",
	  .doc = "Whether the translator tells a sender why a packet was dropped." },
	{ "filter", .sub = filter_keys, .source = "RFC 7756 6, RFC 2827",
	  .doc = "What is dropped although it could be translated." },
	{ "address-spaces", .sub = space_keys, .begin = begin_space, .is_mapping = true,
	  .end = end_space, .is_frame = true, .dflt = "[]",
	  .doc = "More spaces than the default one: the same IPv4 addresses several times, told "
	         "apart by interface." },
	END
};
/* clang-format on */

const char *xl_conf_allowed(const struct xl_conf_key *k, char buf[static 200])
{
	size_t n = 0;

	if (k->allowed)
		return k->allowed;
	buf[0] = '\0';
	if (k->word) {
		for (const struct xl_conf_word *w = k->word; w->name && n < 180; w++)
			n += (size_t)snprintf(buf + n, 200 - n, "%s%s", w == k->word ? "" : " or ",
					      w->name);
		if (k->sub)
			snprintf(buf + n, 200 - n, " or a map with the key %s", k->sub->name);
	} else if (k->begin) {
		return "a list of maps";
	} else if (k->sub) {
		return "a map";
	} else {
		snprintf(buf, 200, "%s from %" PRId64 " to %" PRId64,
			 k->is_list ? "numbers" : "a number", k->min, k->max);
	}
	return buf;
}
