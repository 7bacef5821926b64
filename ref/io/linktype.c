/* linktype.c - see linktype.h. Sources: the registry of link-layer header types at tcpdump.org,
 * IEEE 802.1Q, and the headers' descriptions there. */
#include "ref/io/linktype.h"

#include <pcap/pcap.h>

#include "ref/base/rd.h"

enum { ETHERTYPE_IPV4 = 0x0800, ETHERTYPE_IPV6 = 0x86dd };

/* Each finder leaves the reader at the IP header and returns the family, 0 when it is something else. */
typedef uint8_t find_fn(struct xl_rd *r);

static uint8_t by_ethertype(struct xl_rd *r, uint16_t type)
{
	/* 802.1Q, 802.1ad and the tags in use before it, as many as there are */
	while (!r->bad && (type == 0x8100 || type == 0x88a8 || type == 0x9100)) {
		xl_rd_skip(r, 2);
		type = xl_rd_u16(r);
	}
	return type == ETHERTYPE_IPV4 ? 4 : type == ETHERTYPE_IPV6 ? 6 : 0;
}

static uint8_t find_raw(struct xl_rd *r)
{
	uint8_t version = xl_rd_left(r) ? r->p[0] >> 4 : 0;

	return version == 4 || version == 6 ? version : 0;
}

static uint8_t find_ipv4(struct xl_rd *r)
{
	return xl_rd_left(r) ? 4 : 0;
}

static uint8_t find_ipv6(struct xl_rd *r)
{
	return xl_rd_left(r) ? 6 : 0;
}

static uint8_t find_ethernet(struct xl_rd *r)
{
	xl_rd_skip(r, 12);
	return by_ethertype(r, xl_rd_u16(r));
}

static uint8_t find_sll(struct xl_rd *r)
{
	xl_rd_skip(r, 14);
	return by_ethertype(r, xl_rd_u16(r));
}

static uint8_t find_sll2(struct xl_rd *r)
{
	uint16_t type = xl_rd_u16(r);

	xl_rd_skip(r, 18);
	return by_ethertype(r, type);
}

/* The AF_ numbers of the systems that write this link type: 2 everywhere for IPv4; for IPv6 10 on
 * Linux, 24 on NetBSD and OpenBSD, 28 on FreeBSD, 30 on Darwin. */
static uint8_t by_address_family(uint32_t af)
{
	return af == 2 ? 4 : af == 10 || af == 24 || af == 28 || af == 30 ? 6 : 0;
}

static uint8_t find_loop(struct xl_rd *r)
{
	return by_address_family(xl_rd_u32(r));
}

/* In the byte order of the machine that captured, which need not be that of the file. */
static uint8_t find_null(struct xl_rd *r)
{
	uint32_t af = xl_rd_u32(r);
	uint8_t family = by_address_family(af);

	return family ? family : by_address_family(__builtin_bswap32(af));
}

static const struct {
	uint32_t linktype;
	const char *name;
	find_fn *find;
	bool can_pad;
} table[] = { { XL_LINKTYPE_RAW, "RAW", find_raw, false },
	      { 12, "RAW", find_raw, false }, /* DLT_RAW as some writers put it, unmapped */
	      { 14, "RAW", find_raw, false }, /* the same on OpenBSD */
#define ROW(number, name, find, can_pad) { number, name, find, can_pad },
	      XL_LINKTYPES(ROW)
#undef ROW
};

enum { N_TABLE = sizeof(table) / sizeof(table[0]) };

bool xl_linktype_is_known(uint32_t linktype)
{
	for (size_t i = 0; i < N_TABLE; i++)
		if (table[i].linktype == linktype)
			return true;
	return false;
}

const char *xl_linktype_name(uint32_t linktype)
{
	const char *name;

	for (size_t i = 0; i < N_TABLE; i++)
		if (table[i].linktype == linktype)
			return table[i].name;
	name = linktype <= INT32_MAX ? pcap_datalink_val_to_name((int)linktype) : NULL;
	return name ? name : "?";
}

const char *xl_linktype_allowed(void)
{
#define NUMBERED(number, name, find, can_pad) ", " name " (" #number ")"
	return "RAW (101)" XL_LINKTYPES(NUMBERED);
#undef NUMBERED
}

/* The length the IP header states, 0 when it states none (a jumbogram, an offloaded segment). */
static size_t stated_length(uint8_t family, const struct xl_rd *r)
{
	size_t n = xl_rd_left(r);
	size_t payload;

	if (family == 4)
		return n >= 20 ? xl_get16(r->p + 2) : 0;
	if (n < 40)
		return 0;
	payload = xl_get16(r->p + 4);
	return payload || r->p[6] == 59 ? 40 + payload : 0;
}

bool xl_linktype_find_ip(uint32_t linktype, const uint8_t *frame, size_t n, struct xl_ip_at *at)
{
	struct xl_rd r = xl_rd_init(frame, n);
	size_t stated;

	for (size_t i = 0; i < N_TABLE; i++) {
		if (table[i].linktype != linktype)
			continue;
		at->family = table[i].find(&r);
		if (r.bad || !at->family)
			return false;
		at->ip = r.p;
		at->len = (uint32_t)xl_rd_left(&r);
		stated = table[i].can_pad ? stated_length(at->family, &r) : 0;
		at->is_whole = stated && stated <= at->len;
		if (at->is_whole && stated >= 20)
			at->len = (uint32_t)stated;
		return true;
	}
	return false;
}
