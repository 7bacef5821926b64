/* map_random_test.c - random tables and addresses: every decision against a list searched bit by bit. */
#include "ref/map.h"

#include <stdlib.h>

#include "ref/base/rng.h"
#include "ref/base/tap.h"

enum { EAMS_MAX = 24, ROUNDS = 300, PACKETS = 120 };

static struct xl_rng rng;

static unsigned bit_of(const uint8_t *p, unsigned i)
{
	return p[i / 8] >> (7 - i % 8) & 1;
}

static void put_bit(uint8_t *p, unsigned i, unsigned v)
{
	p[i / 8] = (uint8_t)((p[i / 8] & ~(0x80u >> i % 8)) | (v ? 0x80u >> i % 8 : 0));
}

static bool has_prefix(const uint8_t *a, const uint8_t *p, unsigned len)
{
	for (unsigned i = 0; i < len; i++)
		if (bit_of(a, i) != bit_of(p, i))
			return false;
	return true;
}

/* RFC 7757 3.3.1 and RFC 6052 2.3; false: nothing maps it. */
static bool naive_to6(const struct xl_conf_space *s, const uint8_t *a4, bool may_use_eam,
		      uint8_t *out)
{
	const struct xl_conf_eam *best = NULL;

	memset(out, 0, 16);
	for (size_t i = 0; i < s->n_eams && may_use_eam; i++)
		if (has_prefix(a4, s->eam[i].p4.addr.b, s->eam[i].p4.len) &&
		    (!best || s->eam[i].p4.len > best->p4.len))
			best = &s->eam[i];
	if (best) {
		for (unsigned i = 0; i < best->p6.len; i++)
			put_bit(out, i, bit_of(best->p6.addr.b, i));
		for (unsigned i = best->p4.len; i < 32; i++)
			put_bit(out, best->p6.len + i - best->p4.len, bit_of(a4, i));
		return true;
	}
	if (!s->has_prefix6)
		return false;
	for (unsigned i = 0; i < s->prefix6.len; i++)
		put_bit(out, i, bit_of(s->prefix6.addr.b, i));
	for (unsigned i = 0, at = s->prefix6.len; i < 32; i++, at++) {
		if (at == 64)
			at = 72; /* the octet u */
		put_bit(out, at, bit_of(a4, i));
	}
	return true;
}

/* RFC 7757 3.3.2 and RFC 6052 2.3. */
static bool naive_to4(const struct xl_conf_space *s, const uint8_t *a6, bool *is_by_eam,
		      uint8_t *out)
{
	const struct xl_conf_eam *best = NULL;

	memset(out, 0, 4);
	for (size_t i = 0; i < s->n_eams; i++)
		if (has_prefix(a6, s->eam[i].p6.addr.b, s->eam[i].p6.len) &&
		    (!best || s->eam[i].p6.len > best->p6.len))
			best = &s->eam[i];
	*is_by_eam = best != NULL;
	if (best) {
		for (unsigned i = 0; i < best->p4.len; i++)
			put_bit(out, i, bit_of(best->p4.addr.b, i));
		for (unsigned i = best->p4.len; i < 32; i++)
			put_bit(out, i, bit_of(a6, best->p6.len + i - best->p4.len));
		return true;
	}
	if (!s->has_prefix6 || !has_prefix(a6, s->prefix6.addr.b, s->prefix6.len))
		return false;
	for (unsigned i = 0, at = s->prefix6.len; i < 32; i++, at++) {
		if (at == 64)
			at = 72;
		put_bit(out, i, bit_of(a6, at));
	}
	return true;
}

/* Few bits set, so that prefixes nest; first octets that no rule about special addresses forbids. */
static void random_octets(uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(xl_rng_next(&rng) & xl_rng_next(&rng) & xl_rng_next(&rng));
	p[0] = n == 4 ? (uint8_t)(64 | (p[0] & 0x3e)) : 0x20;
}

static void random_conf(struct xl_conf *c)
{
	static const uint8_t length[] = { 32, 40, 48, 56, 64, 96 };
	struct xl_conf_space *s = &c->space[0];
	unsigned n = xl_rng_below(&rng, EAMS_MAX);

	s->has_prefix6 = xl_rng_below(&rng, 5) != 0;
	if (s->has_prefix6) {
		s->prefix6.len = length[xl_rng_below(&rng, 6)];
		random_octets(s->prefix6.addr.b, 16);
		s->prefix6.addr.b[8] = 0;
		xl_mask_bits(s->prefix6.addr.b, 16, s->prefix6.len);
	}
	s->eam = calloc(EAMS_MAX, sizeof(*s->eam));
	for (unsigned i = 0; i < n; i++) {
		struct xl_conf_eam *e = &s->eam[s->n_eams];
		bool is_twin = false;

		e->p4.len = (uint8_t)(2 + xl_rng_below(&rng, 31)); /* keeps the first bits legal */
		e->p6.len = (uint8_t)(8 + xl_rng_below(&rng, 89u + e->p4.len));
		random_octets(e->p4.addr.b, 4);
		random_octets(e->p6.addr.b, 16);
		xl_mask_bits(e->p4.addr.b, 4, e->p4.len);
		xl_mask_bits(e->p6.addr.b, 16, e->p6.len);
		for (size_t k = 0; k < s->n_eams; k++)
			is_twin |= (e->p4.len == s->eam[k].p4.len &&
				    xl_ip4_eq(e->p4.addr, s->eam[k].p4.addr)) ||
				   (e->p6.len == s->eam[k].p6.len &&
				    xl_ip6_eq(e->p6.addr, s->eam[k].p6.addr));
		s->n_eams += !is_twin;
	}
	c->hairpinning = (enum xl_hairpinning)xl_rng_below(&rng, 3);
}

/* An address near one that the table knows: inside a row or the prefix, with random bits behind. */
static void random_address(const struct xl_conf_space *s, uint8_t *p, size_t n)
{
	const struct xl_conf_eam *e = NULL;
	uint8_t a4[4];

	random_octets(p, n);
	if (n == 16 && s->has_prefix6 && xl_rng_below(&rng, 3) == 0) {
		random_address(s, a4, 4); /* what a row covers, by the prefix: may be a hairpin */
		naive_to6(s, a4, false, p);
		return;
	}
	if (s->n_eams && xl_rng_below(&rng, 4))
		e = &s->eam[xl_rng_below(&rng, (uint32_t)s->n_eams)];
	if (n == 4) {
		for (unsigned i = 0; e && i < e->p4.len; i++)
			put_bit(p, i, bit_of(e->p4.addr.b, i));
		return;
	}
	for (unsigned i = 0; e && i < e->p6.len; i++)
		put_bit(p, i, bit_of(e->p6.addr.b, i));
	for (unsigned i = 0; !e && s->has_prefix6 && i < s->prefix6.len; i++)
		put_bit(p, i, bit_of(s->prefix6.addr.b, i));
}

static bool is_legal4(const uint8_t *a)
{
	return a[0] != 0 && a[0] != 127 && a[0] < 224;
}

struct tally {
	unsigned n_translated, n_refused, n_hairpins, n_wrong;
};

static void check_4(struct xl_map *m, const struct xl_conf *c, struct tally *t)
{
	const struct xl_conf_space *s = &c->space[0];
	uint8_t src[4], dst[4], want_src[16], want_dst[16];
	struct xl_ask ask = { .src = src, .dst = dst, .version = 4 };
	struct xl_flow f;
	bool is_mapped;

	random_address(s, src, 4);
	random_address(s, dst, 4);
	is_mapped = naive_to6(s, src, c->hairpinning != XL_HAIRPIN_SIMPLE, want_src);
	is_mapped &= naive_to6(s, dst, true, want_dst);
	xl_map_outer(m, &ask, &f);
	t->n_wrong += is_mapped != (f.act == XL_FLOW_TRANSLATE);
	if (is_mapped)
		t->n_wrong += memcmp(f.src, want_src, 16) != 0 || memcmp(f.dst, want_dst, 16) != 0;
	t->n_translated += is_mapped;
	t->n_refused += !is_mapped;
}

static void check_6(struct xl_map *m, const struct xl_conf *c, struct tally *t)
{
	const struct xl_conf_space *s = &c->space[0];
	uint8_t src[16], dst[16], want_src[4], want_dst[4];
	struct xl_ask ask = { .src = src, .dst = dst, .version = 6, .port = 1 };
	struct xl_flow f;
	bool is_src_eam, is_dst_eam, is_mapped, is_found = false, is_hairpin;

	random_address(s, src, 16);
	random_address(s, dst, 16);
	is_mapped = naive_to4(s, src, &is_src_eam, want_src);
	is_mapped &= naive_to4(s, dst, &is_dst_eam, want_dst);
	is_mapped &= is_legal4(want_src) && is_legal4(want_dst);
	for (size_t i = 0; i < s->n_eams; i++)
		is_found |= has_prefix(want_dst, s->eam[i].p4.addr.b, s->eam[i].p4.len);
	is_hairpin = c->hairpinning == XL_HAIRPIN_INTRINSIC && !is_dst_eam && is_found;
	xl_map_outer(m, &ask, &f);
	t->n_wrong += is_mapped != (f.act == XL_FLOW_TRANSLATE);
	if (is_mapped) {
		t->n_wrong += memcmp(f.src, want_src, 4) != 0 || memcmp(f.dst, want_dst, 4) != 0;
		t->n_wrong += is_hairpin != !!(f.flags & XL_FLOW_HAIRPIN);
		t->n_wrong += is_src_eam != !!(f.flags & XL_FLOW_SRC_EAM);
		t->n_wrong += is_dst_eam != !!(f.flags & XL_FLOW_DST_EAM);
		t->n_hairpins += is_hairpin;
	}
	t->n_translated += is_mapped;
	t->n_refused += !is_mapped;
}

int main(void)
{
	static const struct xl_env env;
	static struct xl_diags diags;
	struct tally t4 = { 0 }, t6 = { 0 };

	xl_rng_init(&rng, 7757, "map_random_test");
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct xl_conf c;
		struct xl_map *m;

		if (xl_conf_init(&c))
			abort();
		random_conf(&c);
		xl_diags_init(&diags);
		m = xl_map_new(&c, &env, &diags);
		if (!m) {
			ok(false, "round %u: %s", round, diags.at[0].text);
			xl_conf_fini(&c);
			continue;
		}
		for (unsigned i = 0; i < PACKETS; i++) {
			check_4(m, &c, &t4);
			check_6(m, &c, &t6);
		}
		xl_map_free(m);
		xl_conf_fini(&c);
	}
	is_int(t4.n_wrong, 0, "IPv4 to IPv6: %u translated, %u refused", t4.n_translated,
	       t4.n_refused);
	is_int(t6.n_wrong, 0, "IPv6 to IPv4: %u translated, %u refused, %u hairpinned",
	       t6.n_translated, t6.n_refused, t6.n_hairpins);
	ok(t4.n_translated > 5000 && t4.n_refused > 1000 && t6.n_translated > 5000 &&
		   t6.n_refused > 1000 && t6.n_hairpins > 200,
	   "all of these happened often");
	return done();
}
