/* icmpext.h - ICMP extension structures: RFC 4884 7, RFC 5837 4. */
#ifndef XL_ICMPEXT_H
#define XL_ICMPEXT_H

#include <stdint.h>

enum {
	XL_EXTENDED_MIN =
		128, /* octets of the quoted packet's field before an extension: RFC 4884 4 */
};

/* Octets that appending an Interface Information object takes, behind an extension structure of `have`
 * octets at `at` or with a new one when there is none. 0: what is there is no structure of version 2 made
 * of whole objects, so that nobody could find what stands behind it. */
uint32_t xl_interface_info_bytes(const uint8_t *at, uint32_t have);

/* Appends one with an IPv6 address; xl_interface_info_bytes() was not 0. */
void xl_interface_info_append(uint8_t *at, uint32_t have, const uint8_t ip6[static 16]);

#endif
