/* linktype.h - finding the IP packet inside a captured frame.
 *
 * Numbers are those written in capture files (LINKTYPE_*), not the host's DLT_*. One table row a link
 * type. Frames of link layers that pad (Ethernet's 46 octets) are cut to the length IP states; packets
 * of the raw types are passed on exactly as captured, whatever their length fields say.
 */
#ifndef XL_IO_LINKTYPE_H
#define XL_IO_LINKTYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { XL_LINKTYPE_RAW = 101 };

struct xl_ip_at {
	const uint8_t *ip;
	uint32_t len;
	uint8_t family; /* 4 or 6, as the link layer says, or the version field where it says nothing */
	bool is_whole; /* as long as its length field says; only link layers that pad know */
};

/* Every link type but RAW (XL_LINKTYPE_RAW): number, name, what finds the packet, whether its frames are padded. */
/* clang-format off */
#define XL_LINKTYPES(X) \
	X(228, "IPV4", find_ipv4, false) \
	X(229, "IPV6", find_ipv6, false) \
	X(1, "EN10MB", find_ethernet, true) \
	X(113, "LINUX_SLL", find_sll, true) \
	X(276, "LINUX_SLL2", find_sll2, true) \
	X(0, "NULL", find_null, false) \
	X(108, "LOOP", find_loop, false)

#define XL_LINKTYPE_NAME_(number, name, find, can_pad) ", " name
/* clang-format on */

/* "RAW, IPV4, ...": a string literal, for help. */
#define XL_LINKTYPE_NAMES "RAW" XL_LINKTYPES(XL_LINKTYPE_NAME_)

bool xl_linktype_is_known(uint32_t linktype);

/* "EN10MB" or, of one that is not known here, the name libpcap has for it or "?". Constant. */
const char *xl_linktype_name(uint32_t linktype);

/* "RAW, EN10MB, ...": what is allowed, for messages. */
const char *xl_linktype_allowed(void);

/* False: the frame holds no IP packet. */
bool xl_linktype_find_ip(uint32_t linktype, const uint8_t *frame, size_t n, struct xl_ip_at *at);

#endif
