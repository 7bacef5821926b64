/* addr.c - see addr.h. */
#include "ref/base/addr.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool xl_ip4_parse(const char *text, struct xl_ip4 *out)
{
	struct xl_ip4 a;

	if (inet_pton(AF_INET, text, a.b) != 1)
		return false;
	*out = a;
	return true;
}

bool xl_ip6_parse(const char *text, struct xl_ip6 *out)
{
	struct xl_ip6 a;

	if (inet_pton(AF_INET6, text, a.b) != 1)
		return false;
	*out = a;
	return true;
}

char *xl_ip4_text(struct xl_ip4 a, char buf[static XL_IP4_TEXT_MAX])
{
	if (!inet_ntop(AF_INET, a.b, buf, XL_IP4_TEXT_MAX))
		buf[0] = '\0';
	return buf;
}

char *xl_ip6_text(struct xl_ip6 a, char buf[static XL_IP6_TEXT_MAX])
{
	if (!inet_ntop(AF_INET6, a.b, buf, XL_IP6_TEXT_MAX))
		buf[0] = '\0';
	return buf;
}

void xl_mask_bits(uint8_t *p, size_t n, unsigned len)
{
	for (size_t i = 0; i < n; i++) {
		unsigned keep = len > 8 * i ? len - (unsigned)(8 * i) : 0;

		if (keep < 8)
			p[i] = (uint8_t)(p[i] & (0xff00u >> keep));
	}
}

bool xl_bits_eq(const uint8_t *a, const uint8_t *b, unsigned len)
{
	unsigned whole = len / 8;
	unsigned rest = len % 8;

	if (memcmp(a, b, whole) != 0)
		return false;
	return rest == 0 || ((a[whole] ^ b[whole]) & (0xff00u >> rest) & 0xff) == 0;
}

/* Splits "ADDR/LEN" at the slash; the address goes to addr[], the length (or max) to *len. */
static const char *split_prefix(const char *text, char *addr, size_t cap, unsigned max,
				unsigned *len)
{
	const char *slash = strchr(text, '/');
	size_t n = slash ? (size_t)(slash - text) : strlen(text);
	unsigned value = 0;

	if (n == 0 || n >= cap)
		return "not an address or prefix";
	memcpy(addr, text, n);
	addr[n] = '\0';
	*len = max;
	if (!slash)
		return NULL;
	if (slash[1] == '\0')
		return "no prefix length behind the slash";
	for (const char *p = slash + 1; *p; p++) {
		if (*p < '0' || *p > '9')
			return "the prefix length is not a number";
		value = value * 10 + (unsigned)(*p - '0');
		if (value > max)
			return "the prefix length is larger than the address";
	}
	*len = value;
	return NULL;
}

static const char *const too_long = "the prefix length is larger than the address";
static const char *const host_bits = "host bits are set behind the prefix length";

const char *xl_prefix4_refuse(struct xl_prefix4 p)
{
	struct xl_ip4 masked = p.addr;

	if (p.len > 32)
		return too_long;
	xl_mask_bits(masked.b, 4, p.len);
	return xl_ip4_eq(masked, p.addr) ? NULL : host_bits;
}

const char *xl_prefix6_refuse(struct xl_prefix6 p)
{
	struct xl_ip6 masked = p.addr;

	if (p.len > 128)
		return too_long;
	xl_mask_bits(masked.b, 16, p.len);
	return xl_ip6_eq(masked, p.addr) ? NULL : host_bits;
}

const char *xl_prefix4_parse(const char *text, struct xl_prefix4 *out)
{
	char addr[XL_IP4_TEXT_MAX];
	struct xl_prefix4 p;
	unsigned len;
	const char *why = split_prefix(text, addr, sizeof(addr), 32, &len);

	if (why)
		return why;
	if (!xl_ip4_parse(addr, &p.addr))
		return "not an IPv4 address";
	p.len = (uint8_t)len;
	why = xl_prefix4_refuse(p);
	if (!why)
		*out = p;
	return why;
}

const char *xl_prefix6_parse(const char *text, struct xl_prefix6 *out)
{
	char addr[XL_IP6_TEXT_MAX];
	struct xl_prefix6 p;
	unsigned len;
	const char *why = split_prefix(text, addr, sizeof(addr), 128, &len);

	if (why)
		return why;
	if (!xl_ip6_parse(addr, &p.addr))
		return "not an IPv6 address";
	p.len = (uint8_t)len;
	why = xl_prefix6_refuse(p);
	if (!why)
		*out = p;
	return why;
}

char *xl_prefix4_text(struct xl_prefix4 p, char buf[static XL_PREFIX_TEXT_MAX])
{
	char addr[XL_IP4_TEXT_MAX];

	snprintf(buf, XL_PREFIX_TEXT_MAX, "%s/%u", xl_ip4_text(p.addr, addr), (unsigned)p.len);
	return buf;
}

char *xl_prefix6_text(struct xl_prefix6 p, char buf[static XL_PREFIX_TEXT_MAX])
{
	char addr[XL_IP6_TEXT_MAX];

	snprintf(buf, XL_PREFIX_TEXT_MAX, "%s/%u", xl_ip6_text(p.addr, addr), (unsigned)p.len);
	return buf;
}

bool xl_ip4_eq(struct xl_ip4 a, struct xl_ip4 b)
{
	return memcmp(a.b, b.b, sizeof(a.b)) == 0;
}

bool xl_ip6_eq(struct xl_ip6 a, struct xl_ip6 b)
{
	return memcmp(a.b, b.b, sizeof(a.b)) == 0;
}

bool xl_ip4_in(struct xl_ip4 a, struct xl_prefix4 p)
{
	return xl_bits_eq(a.b, p.addr.b, p.len);
}

bool xl_ip6_in(struct xl_ip6 a, struct xl_prefix6 p)
{
	return xl_bits_eq(a.b, p.addr.b, p.len);
}
