/* packet.h - a packet as case text states it, and as octets with a mask.
 *
 * xl_packet_read() turns the YAML list of layers into struct xl_packet, xl_packet_resolve() gives every
 * field left out the value that its row in the field table says, and xl_packet_build() makes octets, the
 * mask of what is compared, the checksums that range over free octets, and the predicates.
 */
#ifndef XL_VECTORS_PACKET_H
#define XL_VECTORS_PACKET_H

#include "ref/base/addr.h"
#include "ref/base/pkt.h"
#include "ref/io/yaml.h"
#include "vectors/arena.h"
#include "vectors/golden.h"
#include "vectors/layer.h"

enum xl_value_kind {
	XL_V_NONE, /* left out */
	XL_V_COMPUTED, /* left out, and depends on other octets */
	XL_V_NUMBER,
	XL_V_BYTES, /* addresses, options, data */
	XL_V_SAME, /* data: same */
	XL_V_ANY,
	XL_V_IN,
	XL_V_NOT,
	XL_V_RANGE,
	XL_V_BIND,
	XL_V_USE,
	XL_V_NOT_USE,
};

struct xl_value {
	uint8_t kind;
	bool is_given; /* in the text */
	uint64_t number;
	struct xl_bytes bytes;
	const char *name; /* BIND, USE, NOT_USE */
	const struct xl_value *list; /* IN, NOT, RANGE: NUMBER or BYTES each */
	uint32_t n_list;
	struct xl_loc loc;
};

struct xl_packet;

/* One layer. `what` tells apart the two that have no header of their own. */
struct xl_part {
	const struct xl_layer *layer; /* NULL: a quote */
	struct xl_value *value; /* one for each field of the layer */
	struct xl_packet *quote;
	struct xl_part *object; /* of an ext layer */
	uint32_t n_objects;
	bool is_originated;
	struct xl_loc loc;
};

struct xl_packet {
	struct xl_part *part;
	uint32_t n_parts;
	struct xl_loc loc;
	/* as a quote; -1: not given */
	bool is_sent; /* quote: sent */
	int64_t cut, pad, min;
	/* beside the layers; slice_from -1: none */
	int64_t slice_from, slice_to; /* slice_to INT64_MAX: end */
	int64_t truncate;
	struct xl_bytes append;
	struct xl_patch {
		uint32_t at;
		struct xl_bytes bytes;
	} * patch;
	uint32_t n_patches;
};

/* Names of a configuration: who takes part, in both families. */
struct xl_who {
	const char *name;
	bool has4, has6;
	struct xl_ip4 ip4;
	struct xl_ip6 ip6;
	struct xl_loc loc;
};

/* What the reader of packets needs to know, and what it learns. */
struct xl_reader {
	struct xl_arena *arena;
	struct xl_diags *d;
	const struct xl_who *who;
	size_t n_who;
	const char *config; /* its name, for messages */
	const struct xl_conf
		*conf; /* the translator's: to see which of its features a case meets */
	bool is_expected; /* any, in, quote: sent, ... are allowed */
	bool has_literal; /* set: an address was written out */
	bool meets_eam, meets_pool; /* set: an address that an explicit mapping, the pool covers */
	unsigned eam_traits; /* added: bits of enum xl_eam_trait of the mappings met */
	bool has_fault; /* set: something was added to d */
};

/* Reads a list of layers. NULL and a fault when it is none; faults inside are all reported. */
struct xl_packet *xl_packet_read(struct xl_reader *r, const struct xl_node *n);

/* Adds slice, truncate, append, patch from the keys beside `packet`. */
void xl_packet_read_cuts(struct xl_reader *r, const struct xl_node *step, struct xl_packet *p);

/* Notes which of r->conf's features the addresses of a participant meet; nothing for other words. */
void xl_reader_meet(struct xl_reader *r, const char *name);

/* Adds a fault and marks the reader. */
void xl_reader_fault(struct xl_reader *r, struct xl_loc loc, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* One value of a field. Public for configurations and tests. */
void xl_value_read(struct xl_reader *r, const struct xl_layer *l, const struct xl_field *f,
		   const struct xl_node *n, struct xl_value *v);

/* True when n is hex digits (an even number, blanks allowed); the octets are in *out. */
bool xl_hex_read(struct xl_arena *a, const struct xl_node *n, struct xl_bytes *out);

/* A number, also when quoted: a column of a repeat may serve as slug and as value. */
bool xl_int_read(const struct xl_node *n, int64_t *out);

/* {hex: "00ff"}, {len: N} or {len: N, fill: OCTET}. */
void xl_octets_read(struct xl_reader *r, const char *name, const struct xl_node *n,
		    struct xl_bytes *out);

/* ---- resolve ---- */

struct xl_resolver {
	struct xl_arena *arena;
	struct xl_diags *d;
	uint64_t hash; /* of the case id */
	const struct xl_packet *sent; /* resolved; NULL: this one is sent itself */
	bool has_fault;
};

void xl_packet_resolve(struct xl_resolver *r, struct xl_packet *p);

/* ---- build ---- */

struct xl_built {
	uint8_t *bytes, *mask;
	uint32_t len, min_len;
	struct xl_sum *sum;
	struct xl_pred *pred; /* of a packet that is sent: USE rows only */
	uint16_t n_sums, n_preds;
	bool is_malformed; /* the text forces something to be wrong, here or in what is quoted */
};

struct xl_builder {
	struct xl_arena *arena;
	struct xl_diags *d;
	const struct xl_built *sent; /* for quote: sent; NULL when this packet is sent itself */
	bool has_fault;
	size_t n_built, n_by_libnet; /* packets; those that libnet built too, to the same octets */
	void *work, *room; /* made by the first call */
};

/* Builds a resolved packet. False: faults were added. */
bool xl_packet_build(struct xl_builder *b, const struct xl_packet *p, struct xl_built *out);

/* The same octets by libnet, for packets that it can build; 0 when it cannot, else the length. */
size_t xl_libnet_build(const struct xl_packet *p, const uint8_t *own, size_t n, uint8_t *to,
		       size_t cap);

/* The value of a field by name; NULL when the layer has none. */
const struct xl_value *xl_part_value(const struct xl_part *p, const char *field);

#endif
