/* rng.h - the one random generator: small, seedable, the same bytes on every machine.
 *
 * One seed a run, one stream for each named consumer, so that a draw in one place never shifts the
 * draws in another. xoshiro256** seeded by splitmix64; not for secrets.
 */
#ifndef XL_BASE_RNG_H
#define XL_BASE_RNG_H

#include <stdint.h>

struct xl_rng {
	uint64_t s[4];
};

/* FNV-1a, 64 bits, of a NUL-terminated name. */
uint64_t xl_hash_name(const char *name);

void xl_rng_init(struct xl_rng *r, uint64_t seed, const char *consumer);
uint64_t xl_rng_next(struct xl_rng *r);

/* Evenly distributed in [0, n); n > 0. */
uint32_t xl_rng_below(struct xl_rng *r, uint32_t n);

#endif
