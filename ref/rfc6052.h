/* rfc6052.h - IPv4-embedded IPv6 addresses, and the special addresses that no translator may pass on. */
#ifndef XL_RFC6052_H
#define XL_RFC6052_H

#include <stdbool.h>
#include <stdint.h>

#include "ref/base/addr.h"
#include "ref/lpm.h"

#define XL_6052_BEHIND_U 0x00ffffffffffffffu /* of an address's lower half */

/* NULL, or what forbids a prefix: its length, bits 64 to 71, the well-known prefix as other than /96
 * (RFC 6052 2.2). */
const char *xl_6052_refuse_prefix(struct xl_prefix6 p);

bool xl_6052_is_well_known(struct xl_prefix6 p);

/* A prefix made ready: where the 32 bits go is two shifts, around the octet u. */
struct xl_6052 {
	struct xl_u128 a, mask;
	uint8_t right, left; /* of the bits before u, and of those behind it */
	uint8_t len;
};

/* The prefix is one that xl_6052_refuse_prefix() accepts. */
struct xl_6052 xl_6052_ready(struct xl_prefix6 p);

static inline bool xl_6052_covers(const struct xl_6052 *p, struct xl_u128 a6)
{
	return (a6.hi & p->mask.hi) == p->a.hi && (a6.lo & p->mask.lo) == p->a.lo;
}

/* RFC 6052 2.3: u and the suffix are zero. */
static inline struct xl_u128 xl_6052_embed(const struct xl_6052 *p, uint32_t a4)
{
	return (struct xl_u128){ p->a.hi | (uint64_t)a4 >> p->right,
				 p->a.lo | ((uint64_t)a4 << p->left & XL_6052_BEHIND_U) };
}

/* The same back, for an address that the prefix covers. The u octet is skipped and the suffix ignored,
 * whatever they hold (RFC 6052 2.2, 2.3). */
static inline uint32_t xl_6052_extract(const struct xl_6052 *p, struct xl_u128 a6)
{
	return (uint32_t)(a6.hi << p->right) | (uint32_t)((a6.lo & XL_6052_BEHIND_U) >> p->left);
}

/* Listed in RFC 5735 section 3, hence not to be embedded in the well-known prefix (RFC 6052 3.1). */
bool xl_ip4_is_non_global(const uint8_t a[static 4]);

static inline bool xl_ip4_is_multicast(const uint8_t a[static 4])
{
	return a[0] >> 4 == 0xe;
}

static inline bool xl_ip6_is_multicast(const uint8_t a[static 16])
{
	return a[0] == 0xff;
}

/* No host may have it as its address: RFC 1812 5.3.7 (networks 0 and 127, multicast, class E, limited
 * broadcast); RFC 4291 2.5.2, 2.5.3, 2.5.6, 2.7 (unspecified, loopback, link-local, multicast). */
static inline bool xl_ip4_is_martian(const uint8_t a[static 4])
{
	return a[0] == 0 || a[0] == 127 || a[0] >= 224;
}

static inline bool xl_ip6_is_martian(const uint8_t a[static 16])
{
	struct xl_u128 v = xl_u128_of(a);
	bool is_unspecified_or_loopback = v.hi == 0 && v.lo <= 1;

	return is_unspecified_or_loopback || a[0] == 0xff || v.hi >> 54 == 0xfe80 >> 6;
}

#endif
