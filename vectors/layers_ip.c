/* layers_ip.c - field tables of IPv4, IPv6 and the headers that may stand between IP and a transport. */
#include "vectors/layers.h"

/* clang-format off */
/*             name        at   n  kind     fill      carry     dflt */
static const struct xl_field ipv4[] = {
	XL_FIELD("version",   0,  4, UINT,    COMPUTED, COMPUTED, 4),
	XL_FIELD("ihl",       4,  4, UINT,    COMPUTED, COMPUTED, 5),
	XL_FRESH("tos",       8,  8, UINT,    CONST,    CLASS,    0),
	XL_FIELD("len",      16, 16, UINT,    COMPUTED, COMPUTED, 0),
	XL_FRESH("id",       32, 16, UINT,    CONST,    FREE,     0x1234),
	XL_FIELD("rf",       48,  1, UINT,    CONST,    CONST,    0),
	XL_FRESH("df",       49,  1, UINT,    CONST,    CONST,    0),
	XL_FIELD("mf",       50,  1, UINT,    CONST,    CONST,    0),
	XL_FIELD("off",      51, 13, UINT,    CONST,    CONST,    0),
	XL_FRESH("ttl",      64,  8, UINT,    CONST,    HOP,      64),
	XL_FIELD("proto",    72,  8, UINT,    COMPUTED, COMPUTED, 0),
	XL_FIELD("sum",      80, 16, UINT,    COMPUTED, COMPUTED, 0),
	XL_FIELD("src",      96, 32, IP4,     REQUIRED, REQUIRED, 0),
	XL_FIELD("dst",     128, 32, IP4,     REQUIRED, REQUIRED, 0),
	XL_FIELD("options", 160,  0, OPTIONS, CONST,    CONST,    0),
};

static const struct xl_field ipv6[] = {
	XL_FIELD("version",   0,   4, UINT, COMPUTED, COMPUTED, 6),
	XL_FRESH("tc",        4,   8, UINT, CONST,    CLASS,    0),
	XL_FRESH("flow",     12,  20, UINT, CONST,    CONST,    0),
	XL_FIELD("len",      32,  16, UINT, COMPUTED, COMPUTED, 0),
	XL_FIELD("nh",       48,   8, UINT, COMPUTED, COMPUTED, 0),
	XL_FRESH("hlim",     56,   8, UINT, CONST,    HOP,      64),
	XL_FIELD("src",      64, 128, IP6,  REQUIRED, REQUIRED, 0),
	XL_FIELD("dst",     192, 128, IP6,  REQUIRED, REQUIRED, 0),
};

static const struct xl_field options6[] = {
	XL_FIELD("nh",       0, 8, UINT,    COMPUTED, COMPUTED, 0),
	XL_FIELD("hlen",     8, 8, UINT,    COMPUTED, COMPUTED, 0),
	XL_FIELD("options", 16, 0, OPTIONS, CONST,    CONST,    0),
};

static const struct xl_field routing[] = {
	XL_FIELD("nh",    0, 8, UINT,  COMPUTED, COMPUTED, 0),
	XL_FIELD("hlen",  8, 8, UINT,  COMPUTED, COMPUTED, 0),
	XL_FIELD("type", 16, 8, UINT,  CONST,    CONST,    0),
	XL_FIELD("left", 24, 8, UINT,  CONST,    CONST,    0),
	XL_FIELD("data", 32, 0, BYTES, CONST,    CONST,    0),
};

static const struct xl_field fragment[] = {
	XL_FIELD("nh",   0,  8, UINT, COMPUTED, COMPUTED, 0),
	XL_FIELD("rsv",  8,  8, UINT, CONST,    CONST,    0),
	XL_FIELD("off", 16, 13, UINT, CONST,    CONST,    0),
	XL_FIELD("res", 29,  2, UINT, CONST,    CONST,    0),
	XL_FIELD("m",   31,  1, UINT, CONST,    CONST,    0),
	XL_FIELD("id",  32, 32, UINT, CONST,    LOW16,    0x12345678),
};

static const struct xl_field ah[] = {
	XL_FIELD("nh",    0,  8, UINT,  COMPUTED, COMPUTED, 0),
	XL_FIELD("alen",  8,  8, UINT,  COMPUTED, COMPUTED, 0),
	XL_FIELD("rsv",  16, 16, UINT,  CONST,    SAME,     0),
	XL_FIELD("spi",  32, 32, UINT,  CONST,    SAME,     0x100),
	XL_FIELD("seq",  64, 32, UINT,  CONST,    SAME,     1),
	XL_FIELD("icv",  96,  0, BYTES, CONST,    SAME,     0),
};

static const struct xl_field esp[] = {
	XL_FIELD("spi",  0, 32, UINT, CONST, SAME, 0x100),
	XL_FIELD("seq", 32, 32, UINT, CONST, SAME, 1),
};
/* clang-format on */

const struct xl_layer xl_layer_ipv4 = XL_LAYER("ipv4", IPV4, ipv4, 20, 4, "rfc791-3.1");
const struct xl_layer xl_layer_ipv6 = XL_LAYER("ipv6", IPV6, ipv6, 40, 41, "rfc8200-3");
const struct xl_layer xl_layer_hopopts =
	XL_LAYER("hopopts", HOPOPTS, options6, 2, 0, "rfc8200-4.3");
const struct xl_layer xl_layer_destopts =
	XL_LAYER("destopts", DESTOPTS, options6, 2, 60, "rfc8200-4.6");
const struct xl_layer xl_layer_routing =
	XL_LAYER("routing", ROUTING, routing, 4, 43, "rfc8200-4.4");
const struct xl_layer xl_layer_fragment =
	XL_LAYER("fragment", FRAGMENT, fragment, 8, 44, "rfc8200-4.5");
const struct xl_layer xl_layer_ah = XL_LAYER("ah", AH, ah, 12, 51, "rfc4302-2");
const struct xl_layer xl_layer_esp = XL_LAYER("esp", ESP, esp, 8, 50, "rfc4303-2");
