/* layers_l4.c - field tables of the transports. */
#include "vectors/layers.h"

/* clang-format off */
/*             name       at   n  kind     fill      carry     dflt */
static const struct xl_field tcp[] = {
	XL_FIELD("sport",     0, 16, UINT,    PORT,     SAME,     0),
	XL_FIELD("dport",    16, 16, UINT,    PORT,     SAME,     14),
	XL_FIELD("seq",      32, 32, UINT,    CONST,    SAME,     1),
	XL_FIELD("ack",      64, 32, UINT,    CONST,    SAME,     0),
	XL_FIELD("doff",     96,  4, UINT,    COMPUTED, COMPUTED, 5),
	XL_FIELD("res",     100,  4, UINT,    CONST,    SAME,     0),
	XL_FIELD("flags",   104,  8, FLAGS,   CONST,    SAME,     0x10),
	XL_FIELD("win",     112, 16, UINT,    CONST,    SAME,     8192),
	XL_FIELD("sum",     128, 16, UINT,    COMPUTED, COMPUTED, 0),
	XL_FIELD("urg",     144, 16, UINT,    CONST,    SAME,     0),
	XL_FIELD("options", 160,  0, OPTIONS, CONST,    SAME,     0),
};

static const struct xl_field udp[] = {
	XL_FIELD("sport",  0, 16, UINT, PORT,     SAME,     0),
	XL_FIELD("dport", 16, 16, UINT, PORT,     SAME,     14),
	XL_FIELD("len",   32, 16, UINT, COMPUTED, COMPUTED, 0),
	XL_FIELD("sum",   48, 16, UINT, COMPUTED, COMPUTED, 0),
};

static const struct xl_field udplite[] = {
	XL_FIELD("sport",  0, 16, UINT, PORT,     SAME,     0),
	XL_FIELD("dport", 16, 16, UINT, PORT,     SAME,     14),
	XL_FIELD("cov",   32, 16, UINT, CONST,    SAME,     0),
	XL_FIELD("sum",   48, 16, UINT, COMPUTED, COMPUTED, 0),
};

static const struct xl_field dccp[] = {
	XL_FIELD("sport",  0, 16, UINT, PORT,     SAME,     0),
	XL_FIELD("dport", 16, 16, UINT, PORT,     SAME,     14),
	XL_FIELD("doff",  32,  8, UINT, COMPUTED, SAME,     4),
	XL_FIELD("ccval", 40,  4, UINT, CONST,    SAME,     0),
	XL_FIELD("cscov", 44,  4, UINT, CONST,    SAME,     0),
	XL_FIELD("sum",   48, 16, UINT, COMPUTED, COMPUTED, 0),
	XL_FIELD("res",   64,  3, UINT, CONST,    SAME,     0),
	XL_FIELD("type",  67,  4, UINT, CONST,    SAME,     2),
	XL_FIELD("x",     71,  1, UINT, CONST,    SAME,     1),
	XL_FIELD("rsv",   72,  8, UINT, CONST,    SAME,     0),
	XL_FIELD("seq",   80, 48, UINT, CONST,    SAME,     1),
};

static const struct xl_field sctp[] = {
	XL_FIELD("sport",  0, 16, UINT, PORT,     SAME,     0),
	XL_FIELD("dport", 16, 16, UINT, PORT,     SAME,     14),
	XL_FIELD("vtag",  32, 32, UINT, CONST,    SAME,     1),
	XL_FIELD("sum",   64, 32, UINT, COMPUTED, COMPUTED, 0),
};
/* clang-format on */

const struct xl_layer xl_layer_tcp = XL_LAYER("tcp", TCP, tcp, 20, 6, "rfc9293-3.1");
const struct xl_layer xl_layer_udp = XL_LAYER("udp", UDP, udp, 8, 17, "rfc768");
const struct xl_layer xl_layer_udplite =
	XL_LAYER("udplite", UDPLITE, udplite, 8, 136, "rfc3828-3.1");
const struct xl_layer xl_layer_dccp = XL_LAYER("dccp", DCCP, dccp, 16, 33, "rfc4340-5.1");
const struct xl_layer xl_layer_sctp = XL_LAYER("sctp", SCTP, sctp, 12, 132, "rfc9260-3.1");
