/* layers.h - shared by layers_*.c only: how a row of a field table is written. */
#ifndef XL_VECTORS_LAYERS_H
#define XL_VECTORS_LAYERS_H

#include "vectors/layer.h"

/* clang-format off */
#define XL_ROW(name_, at_, n_, kind_, fill_, carry_, dflt_, when_, fresh_) \
	{ .name = (name_), .at_bit = (at_), .n_bits = (n_), .kind = XL_F_##kind_, \
	  .fill = XL_FILL_##fill_, .carry = XL_CARRY_##carry_, .when = (when_), .dflt = (dflt_), \
	  .is_fresh = (fresh_) }
#define XL_FIELD(name, at, n, kind, fill, carry, dflt) \
	XL_ROW(name, at, n, kind, fill, carry, dflt, 0, false)
#define XL_FRESH(name, at, n, kind, fill, carry, dflt) \
	XL_ROW(name, at, n, kind, fill, carry, dflt, 0, true)
#define XL_SHAPED(name, at, n, kind, fill, carry, dflt, when) \
	XL_ROW(name, at, n, kind, fill, carry, dflt, when, false)
#define XL_LAYER(name_, id_, table_, min_, number_, clause_) \
	{ .name = (name_), .field = (table_), .n_fields = sizeof(table_) / sizeof((table_)[0]), \
	  .id = XL_L_##id_, .min_bytes = (min_), .number = (number_), .clause = (clause_) }
/* clang-format on */

extern const struct xl_layer xl_layer_ipv4, xl_layer_ipv6, xl_layer_hopopts, xl_layer_destopts,
	xl_layer_routing, xl_layer_fragment, xl_layer_ah, xl_layer_esp;
extern const struct xl_layer xl_layer_tcp, xl_layer_udp, xl_layer_udplite, xl_layer_dccp,
	xl_layer_sctp;
extern const struct xl_layer xl_layer_icmpv4, xl_layer_icmpv6, xl_layer_ext, xl_layer_object,
	xl_layer_data;

#endif
