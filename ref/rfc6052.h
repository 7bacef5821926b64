/* rfc6052.h - IPv4-embedded IPv6 addresses, and the special addresses that no translator may pass on. */
#ifndef XL_RFC6052_H
#define XL_RFC6052_H

#include <stdbool.h>
#include <stdint.h>

#include "ref/base/addr.h"

/* NULL, or what forbids a prefix: its length, bits 64 to 71, the well-known prefix as other than /96
 * (RFC 6052 2.2). */
const char *xl_6052_refuse_prefix(struct xl_prefix6 p);

bool xl_6052_is_well_known(struct xl_prefix6 p);

/* RFC 6052 2.3. The prefix is one that xl_6052_refuse_prefix() accepts. */
void xl_6052_embed(const struct xl_prefix6 *p, const uint8_t a4[static 4], uint8_t a6[static 16]);

/* The same back, for an address inside the prefix. The u octet is skipped and the suffix ignored,
 * whatever they hold (RFC 6052 2.2, 2.3). */
void xl_6052_extract(const struct xl_prefix6 *p, const uint8_t a6[static 16], uint8_t a4[static 4]);

/* Listed in RFC 5735 section 3, hence not to be embedded in the well-known prefix (RFC 6052 3.1). */
bool xl_ip4_is_non_global(const uint8_t a[static 4]);

bool xl_ip4_is_multicast(const uint8_t a[static 4]);
bool xl_ip6_is_multicast(const uint8_t a[static 16]);

/* No host may have it as its address: RFC 1812 5.3.7 (networks 0 and 127, multicast, class E, limited
 * broadcast); RFC 4291 2.5.2, 2.5.3, 2.5.6, 2.7 (unspecified, loopback, link-local, multicast). */
bool xl_ip4_is_martian(const uint8_t a[static 4]);
bool xl_ip6_is_martian(const uint8_t a[static 16]);

#endif
