/* rng.c - see rng.h. */
#include "ref/base/rng.h"

uint64_t xl_hash_name(const char *name)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (; *name; name++) {
		h ^= (uint8_t)*name;
		h *= 0x100000001b3u;
	}
	return h;
}

static uint64_t splitmix(uint64_t *x)
{
	uint64_t z = (*x += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static uint64_t rotl(uint64_t v, int k)
{
	return (v << k) | (v >> (64 - k));
}

void xl_rng_init(struct xl_rng *r, uint64_t seed, const char *consumer)
{
	uint64_t x = seed ^ xl_hash_name(consumer);

	for (int i = 0; i < 4; i++)
		r->s[i] = splitmix(&x);
}

uint64_t xl_rng_next(struct xl_rng *r)
{
	uint64_t *s = r->s;
	uint64_t out = rotl(s[1] * 5, 7) * 9;
	uint64_t t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotl(s[3], 45);
	return out;
}

uint32_t xl_rng_below(struct xl_rng *r, uint32_t n)
{
	uint32_t limit = UINT32_MAX - UINT32_MAX % n;
	uint32_t v;

	do
		v = (uint32_t)(xl_rng_next(r) >> 32);
	while (v >= limit);
	return v % n;
}
