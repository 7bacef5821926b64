/* arith.c - see arith.h. One bit at a time: slow, and hard to get wrong. */
#include "vectors/arith.h"

#include <string.h>

static bool bit(const uint8_t *p, unsigned at)
{
	return p[at / 8] >> (7 - at % 8) & 1;
}

static void set_bit(uint8_t *p, unsigned at, bool v)
{
	uint8_t mask = (uint8_t)(0x80u >> at % 8);

	p[at / 8] = (uint8_t)(v ? p[at / 8] | mask : p[at / 8] & ~mask);
}

static bool is_length(uint8_t len)
{
	return len == 32 || len == 40 || len == 48 || len == 56 || len == 64 || len == 96;
}

/* Where bit i of the IPv4 address stands: the eight bits from 64 on are skipped. */
static unsigned place(uint8_t prefix_len, unsigned i)
{
	unsigned at = prefix_len + i;

	return prefix_len < 96 && at >= 64 ? at + 8 : at;
}

bool xl_arith_embed(struct xl_prefix6 p, struct xl_ip4 a, struct xl_ip6 *out)
{
	if (!is_length(p.len))
		return false;
	memset(out, 0, sizeof(*out));
	for (unsigned i = 0; i < p.len; i++)
		set_bit(out->b, i, bit(p.addr.b, i));
	for (unsigned i = 0; i < 32; i++)
		set_bit(out->b, place(p.len, i), bit(a.b, i));
	return true;
}

bool xl_arith_extract(struct xl_prefix6 p, struct xl_ip6 a, struct xl_ip4 *out)
{
	if (!is_length(p.len) || !xl_ip6_in(a, p))
		return false;
	for (unsigned i = 0; i < 32; i++)
		set_bit(out->b, i, bit(a.b, place(p.len, i)));
	return true;
}

bool xl_arith_eam_4to6(const struct xl_conf_eam *e, struct xl_ip4 a, struct xl_ip6 *out)
{
	if (!xl_ip4_in(a, e->p4))
		return false;
	memset(out, 0, sizeof(*out));
	for (unsigned i = 0; i < e->p6.len; i++)
		set_bit(out->b, i, bit(e->p6.addr.b, i));
	for (unsigned i = e->p4.len; i < 32; i++) {
		unsigned at = e->p6.len + i - e->p4.len;

		if (at > 127)
			return false; /* RFC 7757 3.2: the suffix must fit */
		set_bit(out->b, at, bit(a.b, i));
	}
	return true;
}

bool xl_arith_eam_6to4(const struct xl_conf_eam *e, struct xl_ip6 a, struct xl_ip4 *out)
{
	if (!xl_ip6_in(a, e->p6))
		return false;
	memset(out, 0, sizeof(*out));
	for (unsigned i = 0; i < e->p4.len; i++)
		set_bit(out->b, i, bit(e->p4.addr.b, i));
	for (unsigned i = e->p4.len; i < 32; i++) {
		unsigned at = e->p6.len + i - e->p4.len;

		set_bit(out->b, i, at < 128 && bit(a.b, at));
	}
	return true;
}

static bool space_4to6(const struct xl_conf_space *s, struct xl_ip4 a, struct xl_ip6 *out)
{
	const struct xl_conf_eam *best = NULL;

	for (size_t i = 0; i < s->n_eams; i++)
		if (xl_ip4_in(a, s->eam[i].p4) && (!best || s->eam[i].p4.len > best->p4.len))
			best = &s->eam[i];
	if (best)
		return xl_arith_eam_4to6(best, a, out);
	return s->has_prefix6 && xl_arith_embed(s->prefix6, a, out);
}

static bool space_6to4(const struct xl_conf_space *s, struct xl_ip6 a, struct xl_ip4 *out)
{
	const struct xl_conf_eam *best = NULL;

	for (size_t i = 0; i < s->n_eams; i++)
		if (xl_ip6_in(a, s->eam[i].p6) && (!best || s->eam[i].p6.len > best->p6.len))
			best = &s->eam[i];
	if (best)
		return xl_arith_eam_6to4(best, a, out);
	return s->has_prefix6 && xl_arith_extract(s->prefix6, a, out);
}

bool xl_arith_agree(const struct xl_conf *c, struct xl_ip4 a4, struct xl_ip6 a6)
{
	struct xl_ip4 got4;
	struct xl_ip6 got6;

	if (c->has_own4 && c->has_own6 && xl_ip4_eq(a4, c->own4) && xl_ip6_eq(a6, c->own6))
		return true;
	for (size_t i = 0; i < c->n_spaces; i++)
		if ((space_4to6(&c->space[i], a4, &got6) && xl_ip6_eq(got6, a6)) ||
		    (space_6to4(&c->space[i], a6, &got4) && xl_ip4_eq(got4, a4)))
			return true;
	return false;
}
