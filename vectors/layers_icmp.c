/* layers_icmp.c - field tables of ICMPv4, ICMPv6, RFC 4884 extensions and plain data; the list of all.
 *
 * The second word of an ICMP header is read by type and code (xl_icmp_shape). Whatever the reading, its
 * rows tile the 32 bits, so that a compared packet has no bit without a name.
 */
#include "vectors/layers.h"

#include <string.h>

#define QUERY XL_SHAPE_QUERY
#define ERROR XL_SHAPE_ERROR
#define MTU XL_SHAPE_MTU
#define POINTER XL_SHAPE_POINTER
#define OTHER XL_SHAPE_OTHER

/* clang-format off */
/*              name        at   n  kind  fill      carry     dflt when */
static const struct xl_field icmpv4[] = {
	XL_FIELD ("type",      0,  8, UINT, REQUIRED, REQUIRED, 0),
	XL_FIELD ("code",      8,  8, UINT, CONST,    REQUIRED, 0),
	XL_FIELD ("sum",      16, 16, UINT, COMPUTED, COMPUTED, 0),
	XL_SHAPED("id",       32, 16, UINT, TAG,      SAME,     0,  QUERY),
	XL_SHAPED("seq",      48, 16, UINT, TAG,      SAME,     16, QUERY),
	XL_SHAPED("unused",   32,  8, UINT, CONST,    CONST,    0,  ERROR | MTU),
	XL_SHAPED("pointer",  32,  8, UINT, CONST,    REQUIRED, 0,  POINTER),
	XL_SHAPED("length",   40,  8, UINT, COMPUTED, COMPUTED, 0,  ERROR | MTU | POINTER),
	XL_SHAPED("mtu",      48, 16, UINT, CONST,    REQUIRED, 0,  MTU),
	XL_SHAPED("unused2",  48, 16, UINT, CONST,    CONST,    0,  ERROR | POINTER),
	XL_SHAPED("rest",     32, 32, UINT, CONST,    CONST,    0,  OTHER),
};

static const struct xl_field icmpv6[] = {
	XL_FIELD ("type",      0,  8, UINT, REQUIRED, REQUIRED, 0),
	XL_FIELD ("code",      8,  8, UINT, CONST,    REQUIRED, 0),
	XL_FIELD ("sum",      16, 16, UINT, COMPUTED, COMPUTED, 0),
	XL_SHAPED("id",       32, 16, UINT, TAG,      SAME,     0,  QUERY),
	XL_SHAPED("seq",      48, 16, UINT, TAG,      SAME,     16, QUERY),
	XL_SHAPED("length",   32,  8, UINT, COMPUTED, COMPUTED, 0,  ERROR),
	XL_SHAPED("unused",   40, 24, UINT, CONST,    CONST,    0,  ERROR),
	XL_SHAPED("mtu",      32, 32, UINT, CONST,    REQUIRED, 0,  MTU),
	XL_SHAPED("pointer",  32, 32, UINT, CONST,    REQUIRED, 0,  POINTER),
	XL_SHAPED("rest",     32, 32, UINT, CONST,    CONST,    0,  OTHER),
};

static const struct xl_field ext[] = {
	XL_FIELD("version",  0,  4, UINT, CONST,    CONST,    2),
	XL_FIELD("rsv",      4, 12, UINT, CONST,    CONST,    0),
	XL_FIELD("sum",     16, 16, UINT, COMPUTED, COMPUTED, 0),
};

static const struct xl_field object[] = {
	XL_FIELD("len",    0, 16, UINT,  COMPUTED, COMPUTED, 0),
	XL_FIELD("class", 16,  8, UINT,  REQUIRED, REQUIRED, 0),
	XL_FIELD("type",  24,  8, UINT,  CONST,    CONST,    0),
	XL_FIELD("data",  32,  0, BYTES, CONST,    CONST,    0),
};

static const struct xl_field data[] = {
	XL_FIELD("data", 0, 0, BYTES, CONST, CONST, 0),
};
/* clang-format on */

const struct xl_layer xl_layer_icmpv4 = XL_LAYER("icmpv4", ICMPV4, icmpv4, 8, 1, "rfc792");
const struct xl_layer xl_layer_icmpv6 = XL_LAYER("icmpv6", ICMPV6, icmpv6, 8, 58, "rfc4443-2.1");
const struct xl_layer xl_layer_ext = XL_LAYER("ext", EXT, ext, 4, XL_NO_NUMBER, "rfc4884-7");
const struct xl_layer xl_layer_object =
	XL_LAYER("object", OBJECT, object, 4, XL_NO_NUMBER, "rfc4884-7.1");
const struct xl_layer xl_layer_data = XL_LAYER("data", DATA, data, 0, XL_NO_NUMBER, "");

static const struct xl_layer *const all[XL_L_COUNT] = {
	[XL_L_IPV4] = &xl_layer_ipv4,       [XL_L_IPV6] = &xl_layer_ipv6,
	[XL_L_HOPOPTS] = &xl_layer_hopopts, [XL_L_DESTOPTS] = &xl_layer_destopts,
	[XL_L_ROUTING] = &xl_layer_routing, [XL_L_FRAGMENT] = &xl_layer_fragment,
	[XL_L_AH] = &xl_layer_ah,           [XL_L_ESP] = &xl_layer_esp,
	[XL_L_TCP] = &xl_layer_tcp,         [XL_L_UDP] = &xl_layer_udp,
	[XL_L_UDPLITE] = &xl_layer_udplite, [XL_L_DCCP] = &xl_layer_dccp,
	[XL_L_SCTP] = &xl_layer_sctp,       [XL_L_ICMPV4] = &xl_layer_icmpv4,
	[XL_L_ICMPV6] = &xl_layer_icmpv6,   [XL_L_EXT] = &xl_layer_ext,
	[XL_L_OBJECT] = &xl_layer_object,   [XL_L_DATA] = &xl_layer_data,
};

const struct xl_layer *xl_layer_at(unsigned id)
{
	return id < XL_L_COUNT ? all[id] : NULL;
}

const struct xl_layer *xl_layer_named(const char *name)
{
	for (unsigned i = 0; i < XL_L_COUNT; i++)
		if (strcmp(all[i]->name, name) == 0)
			return all[i];
	return NULL;
}

const struct xl_layer *xl_layer_numbered(uint8_t number)
{
	for (unsigned i = 0; i < XL_L_COUNT; i++)
		if (all[i]->number == number)
			return all[i];
	return NULL;
}

int xl_field_index(const struct xl_layer *l, const char *name)
{
	for (int i = 0; i < l->n_fields; i++)
		if (strcmp(l->field[i].name, name) == 0)
			return i;
	return -1;
}

bool xl_icmp_is_error(const struct xl_layer *l, uint64_t type)
{
	if (l->id == XL_L_ICMPV6)
		return type < 128; /* RFC 4443 2.1 */
	return l->id == XL_L_ICMPV4 && (type == 3 || type == 4 || type == 5 || type == 11 ||
					type == 12); /* RFC 1122 3.2.2 */
}

uint8_t xl_icmp_shape(const struct xl_layer *l, uint64_t type, uint64_t code)
{
	if (l->id == XL_L_ICMPV4) {
		switch (type) {
		case 3: return code == 4 ? XL_SHAPE_MTU : XL_SHAPE_ERROR; /* RFC 1191 4 */
		case 11: return XL_SHAPE_ERROR;
		case 12: return XL_SHAPE_POINTER;
		case 0:
		case 8:
		case 13:
		case 14:
		case 15:
		case 16:
		case 17:
		case 18: return XL_SHAPE_QUERY;
		default: return XL_SHAPE_OTHER;
		}
	}
	if (l->id == XL_L_ICMPV6) {
		switch (type) {
		case 1:
		case 3: return XL_SHAPE_ERROR;
		case 2: return XL_SHAPE_MTU;
		case 4: return XL_SHAPE_POINTER;
		case 128:
		case 129: return XL_SHAPE_QUERY;
		default: return XL_SHAPE_OTHER;
		}
	}
	return 0;
}
