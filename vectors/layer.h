/* layer.h - the layers of a packet as tables: one row a field.
 *
 * The same rows build packets from case text, take received ones apart, print them, and tell the lint
 * what a case may say. ref/ has no part in this: a wrong row here must not be wrong there too.
 *
 * A layer has a fixed part, tiled without gaps by its fields, and perhaps a tail (options, data), the one
 * field with n_bits == 0. ICMP's second word has several readings; `when` names those a row belongs to.
 */
#ifndef XL_VECTORS_LAYER_H
#define XL_VECTORS_LAYER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum xl_field_kind {
	XL_F_UINT, /* decimal or hex number */
	XL_F_FLAGS, /* number or letters of FSRPAUEC */
	XL_F_IP4,
	XL_F_IP6,
	XL_F_BYTES, /* hex */
	XL_F_OPTIONS, /* hex or a list of hex, padded as the layer wants */
};

enum xl_fill { /* a field left out in a packet that is sent */
	       XL_FILL_CONST, /* dflt */
	       XL_FILL_REQUIRED,
	       XL_FILL_COMPUTED, /* lengths, checksums, numbers of the next layer */
	       XL_FILL_PORT, /* 14 bits of the case's hash from bit dflt on, in 49152..65535 */
	       XL_FILL_TAG, /* 16 bits of the case's hash from bit dflt on */
};

enum xl_carry { /* a field left out in a packet that is expected */
		XL_CARRY_CONST, /* dflt */
		XL_CARRY_REQUIRED,
		XL_CARRY_COMPUTED,
		XL_CARRY_SAME, /* the field of that name in the packet sent */
		XL_CARRY_CLASS, /* tos or tc of the packet sent */
		XL_CARRY_HOP, /* ttl or hlim of the packet sent, minus one; in a quote: as sent */
		XL_CARRY_FREE, /* not compared */
		XL_CARRY_LOW16, /* low 16 bits of the identification sent */
};

struct xl_field {
	const char *name;
	uint16_t at_bit, n_bits; /* from the start of the layer; n_bits 0: the tail */
	uint8_t kind, fill, carry;
	uint8_t when; /* readings of an ICMP header, enum xl_shape; 0: always */
	uint32_t dflt;
	bool is_fresh; /* free when the translator originated the packet */
};

enum xl_shape { /* readings of the second word of ICMP, by type and code */
		XL_SHAPE_QUERY = 1, /* id, seq */
		XL_SHAPE_ERROR = 2, /* RFC 4884 length */
		XL_SHAPE_MTU = 4,
		XL_SHAPE_POINTER = 8,
		XL_SHAPE_OTHER = 16,
};

enum xl_layer_id {
	XL_L_IPV4,
	XL_L_IPV6,
	XL_L_HOPOPTS,
	XL_L_DESTOPTS,
	XL_L_ROUTING,
	XL_L_FRAGMENT,
	XL_L_AH,
	XL_L_ESP,
	XL_L_TCP,
	XL_L_UDP,
	XL_L_UDPLITE,
	XL_L_DCCP,
	XL_L_SCTP,
	XL_L_ICMPV4,
	XL_L_ICMPV6,
	XL_L_EXT, /* header of an RFC 4884 extension structure */
	XL_L_OBJECT, /* one object in it */
	XL_L_DATA,
	XL_L_COUNT,
};

enum {
	XL_NO_NUMBER = 0xffff,
	XL_LAYER_FIELDS_MAX = 24,
	XL_LAYERS_MAX = 32, /* in one packet, quotes not counted */
	XL_QUOTE_DEPTH_MAX = 3,
};

struct xl_layer {
	const char *name;
	const struct xl_field *field;
	uint8_t n_fields, id;
	uint16_t min_bytes; /* the fixed part */
	uint16_t number; /* IP protocol number, or XL_NO_NUMBER */
	const char *clause; /* where the format is defined */
};

const struct xl_layer *xl_layer_at(unsigned id); /* by enum xl_layer_id */

/* By name; NULL when there is none. */
const struct xl_layer *xl_layer_named(const char *name);

/* The layer with that IP protocol number, NULL when unknown. */
const struct xl_layer *xl_layer_numbered(uint8_t number);

/* Index of a field in the layer, or -1. */
int xl_field_index(const struct xl_layer *l, const char *name);

/* How the second word of an ICMP header reads; 0 for layers other than ICMP. */
uint8_t xl_icmp_shape(const struct xl_layer *l, uint64_t type, uint64_t code);
bool xl_icmp_is_error(const struct xl_layer *l, uint64_t type);

/* ---- taking packets apart ---- */

/* Where one field lies in one packet. */
struct xl_cell {
	const struct xl_layer *layer;
	const struct xl_field *field;
	uint8_t layer_no; /* counted from the outside, over quotes too */
	uint8_t depth; /* 0: the packet itself; 1: what it quotes; ... */
	uint32_t at_bit, n_bits;
};

/* Takes p[0, n) apart, outermost layer by IP version. The cells tile the packet: they are in order, do not
 * overlap and leave no bit out; what cannot be read as a layer (a header cut short, an unknown version,
 * octets behind the IP length) is `data`. Returns their number; when max is too small the last cell
 * is data up to the end. Safe on any input. */
size_t xl_decode(const uint8_t *p, size_t n, struct xl_cell cell[], size_t max);

enum { XL_CELLS_MAX = 512, XL_CELL_NAME_MAX = 64, XL_CELL_VALUE_MAX = 128 };

/* "ipv4.ttl", "quote.udp.sport"; a layer that occurs again has its number: "destopts2.options". */
char *xl_cell_name(const struct xl_cell *cells, size_t at, char buf[static XL_CELL_NAME_MAX]);

/* The value as people write it: number, address, flags, hex (cut with "..." when long). */
char *xl_cell_value(const struct xl_cell *c, const uint8_t *p, char buf[static XL_CELL_VALUE_MAX]);

/* A number of at most 64 bits, most significant first. */
uint64_t xl_bits_get(const uint8_t *p, uint32_t at_bit, uint32_t n_bits);
void xl_bits_put(uint8_t *p, uint32_t at_bit, uint32_t n_bits, uint64_t v);

/* ---- text ---- */

/* One line: "IPv4 198.51.100.2 > 192.0.2.33 ttl 64 UDP 2000 > 4000, 33 octets". Returns buf. */
char *xl_packet_summary(const uint8_t *p, size_t n, char *buf, size_t cap);

/* "  ipv4.ttl = 64", one line a cell, each led by `indent`. `to` is a FILE *. */
void xl_packet_print(const uint8_t *p, size_t n, const char *indent, void *to);

#endif
