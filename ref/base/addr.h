/* addr.h - IPv4 and IPv6 addresses and prefixes as values, and their text forms.
 *
 * The two families are distinct types made of octets in network order, so that neither a host-order
 * integer nor the other family can be passed by mistake. Nothing here knows how one family maps to
 * the other: that is what is being judged, and it is done once in ref/ and once, independently, in
 * vectors/arith.c.
 */
#ifndef XL_BASE_ADDR_H
#define XL_BASE_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct xl_ip4 {
	uint8_t b[4];
};
struct xl_ip6 {
	uint8_t b[16];
};

struct xl_prefix4 {
	struct xl_ip4 addr;
	uint8_t len;
}; /* len 0..32, host bits zero */
struct xl_prefix6 {
	struct xl_ip6 addr;
	uint8_t len;
}; /* len 0..128, host bits zero */

enum {
	XL_IP4_TEXT_MAX = 16, /* "255.255.255.255" and its NUL */
	XL_IP6_TEXT_MAX = 46, /* longest form of RFC 4291 2.2 and its NUL */
	XL_PREFIX_TEXT_MAX = 50,
};

/* Text to address, as inet_pton() reads it. False on anything else; *out is then unchanged. */
bool xl_ip4_parse(const char *text, struct xl_ip4 *out);
bool xl_ip6_parse(const char *text, struct xl_ip6 *out);

/* Address to text, RFC 5952 form for IPv6. Returns buf. */
char *xl_ip4_text(struct xl_ip4 a, char buf[static XL_IP4_TEXT_MAX]);
char *xl_ip6_text(struct xl_ip6 a, char buf[static XL_IP6_TEXT_MAX]);

/* "ADDR/LEN" or "ADDR" (then the length is 32 or 128: RFC 7757 3.2). NULL when it parsed, otherwise
 * a constant string that says what was wrong ("host bits are set" among others). */
const char *xl_prefix4_parse(const char *text, struct xl_prefix4 *out);
const char *xl_prefix6_parse(const char *text, struct xl_prefix6 *out);

/* NULL, or what forbids a prefix that a program filled by hand: its length, or host bits. */
const char *xl_prefix4_refuse(struct xl_prefix4 p);
const char *xl_prefix6_refuse(struct xl_prefix6 p);

char *xl_prefix4_text(struct xl_prefix4 p, char buf[static XL_PREFIX_TEXT_MAX]);
char *xl_prefix6_text(struct xl_prefix6 p, char buf[static XL_PREFIX_TEXT_MAX]);

bool xl_ip4_eq(struct xl_ip4 a, struct xl_ip4 b);
bool xl_ip6_eq(struct xl_ip6 a, struct xl_ip6 b);
bool xl_ip4_in(struct xl_ip4 a, struct xl_prefix4 p);
bool xl_ip6_in(struct xl_ip6 a, struct xl_prefix6 p);

/* Clears the bits behind the first `len` of the n octets at p. */
void xl_mask_bits(uint8_t *p, size_t n, unsigned len);

/* True when the first `len` bits at a and b are the same. */
bool xl_bits_eq(const uint8_t *a, const uint8_t *b, unsigned len);

#endif
