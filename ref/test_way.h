/* test_way.h - for the tests of ref/ that send whole packets: two hosts, and what must come out. */
#ifndef XL_TEST_WAY_H
#define XL_TEST_WAY_H

#include "ref/test_pkt.h"

UNUSED static const char A4[] = "198.51.100.2", A6[] = "2001:db8:64::c633:6402"; /* by the prefix */
UNUSED static const char B4[] = "192.0.2.33", B6[] = "2001:db8:aaaa::33"; /* by its mapping */

static struct bench *t;

UNUSED static struct ip v4(const char *src, const char *dst, uint8_t proto)
{
	return (struct ip){ src, dst, .version = 4, .ttl = 64, .proto = proto, .id = 0x1234 };
}

UNUSED static struct ip v6(const char *src, const char *dst, uint8_t proto)
{
	return (struct ip){ src, dst, .version = 6, .ttl = 63, .proto = proto };
}

/* Sends p (and frees it); wants exactly `want` (and frees it). */
UNUSED static void wants(const char *what, uint16_t port, struct bytes *p, struct bytes *want)
{
	input(t, port, p->b, p->n, 0);
	if (t->n_out != 1) {
		ok(false, "%s: %zu packets, %s", what, t->n_out, xl_rule(t->v.rule)->name);
	} else {
		if (want->b[0] >> 4 == 4 && !(want->b[4] | want->b[5]))
			take_id(want, &t->out[0]);
		is_mem(t->out[0].b, t->out[0].n, want->b, want->n, "%s", what);
	}
	free(p);
	free(want);
}

UNUSED static void refused(const char *what, uint16_t port, struct bytes *p, uint16_t rule,
			   size_t n_out)
{
	input(t, port, p->b, p->n, 0);
	ok(t->v.rule == rule && t->n_out == n_out, "%s", what);
	if (t->v.rule != rule || t->n_out != n_out)
		printf("#   got %s and %zu packets\n", xl_rule(t->v.rule)->name, t->n_out);
	free(p);
}

UNUSED static const uint8_t udp[32] = "\x07\xd0\x0f\xa0\x00\x0d\0\0hello";
UNUSED static const uint8_t tcp[] = "\x07\xd0\x0f\xa0\0\0\0\1\0\0\0\2\x50\x18\x10\0\0\0\0\0data";
UNUSED static const uint8_t echo[] = "\x08\0\0\0\0\7\0\1ping";

/* An ICMP error with 8 octets of header at `icmp` about the packet q, of which n octets are quoted, and
 * `ext` behind them. */
UNUSED static struct bytes *error(const struct ip *ip, const char *icmp, const struct bytes *q,
				  size_t n, const char *ext, size_t n_ext)
{
	uint8_t l4[2100] = { 0 };

	memcpy(l4, icmp, 8);
	memcpy(l4 + 8, q->b, n < q->n ? n : q->n);
	if (n_ext)
		memcpy(l4 + 8 + n, ext, n_ext);
	return packet(ip, 2, l4, 8 + n + n_ext);
}

#endif
