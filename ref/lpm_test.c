/* lpm_test.c - longest match against a naive list, under change, at a million rows. */
#include "ref/lpm.h"

#include <stdlib.h>
#include <time.h>

#include "ref/base/rng.h"
#include "ref/base/tap.h"
#include "ref/map_int.h"

static const struct xl_env env;
static struct xl_rng rng;

enum { NAIVE_MAX = 400, DOMAINS = 3 };

struct naive {
	struct xl_lpm_row row[NAIVE_MAX];
	size_t n;
};

static unsigned len_of(const struct xl_lpm_row *r, unsigned family)
{
	return family == 4 ? r->len4 : r->len6;
}

static bool covers(const struct xl_lpm_row *r, unsigned family, uint16_t domain, uint32_t a4,
		   struct xl_u128 a6)
{
	struct xl_u128 m;

	if (r->domain != domain)
		return false;
	if (family == 4)
		return r->len4 == 0 || (a4 ^ r->a4) >> (32 - r->len4) == 0;
	m = xl_u128_mask(a6, r->len6);
	return m.hi == r->a6.hi && m.lo == r->a6.lo;
}

static const struct xl_lpm_row *naive_find(const struct naive *l, unsigned family, uint16_t domain,
					   uint32_t a4, struct xl_u128 a6)
{
	const struct xl_lpm_row *best = NULL;

	for (size_t i = 0; i < l->n; i++)
		if (covers(&l->row[i], family, domain, a4, a6) &&
		    (!best || len_of(&l->row[i], family) > len_of(best, family)))
			best = &l->row[i];
	return best;
}

/* Few distinct bits, so that prefixes nest and meet; both ends of every length. */
static struct xl_lpm_row random_row(void)
{
	struct xl_lpm_row r = { .domain = (uint16_t)xl_rng_below(&rng, DOMAINS) };
	uint64_t bits = xl_rng_next(&rng) & xl_rng_next(&rng);

	/* the default route only now and then, or nothing would ever miss */
	r.len4 = (uint8_t)(xl_rng_below(&rng, 1000) ? 1 + xl_rng_below(&rng, 32) : 0);
	r.len6 = (uint8_t)(xl_rng_below(&rng, 1000) ? 1 + xl_rng_below(&rng, 128) : 0);
	r.a4 = r.len4 ? (uint32_t)bits & UINT32_MAX << (32 - r.len4) : 0;
	r.a6 = xl_u128_mask((struct xl_u128){ bits, bits << 7 }, r.len6);
	r.value = (uint16_t)xl_rng_next(&rng);
	return r;
}

static bool same(const struct xl_lpm_row *a, const struct xl_lpm_row *b)
{
	return (!a && !b) || (a && b && a->value == b->value && a->domain == b->domain &&
			      a->len4 == b->len4 && a->len6 == b->len6);
}

static void test_against_naive(uint8_t family)
{
	static struct naive naive;
	struct xl_lpm l;
	unsigned bad = 0, found = 0, n_in = 0, n_out = 0;

	naive.n = 0;
	xl_lpm_init(&l, family, &env);
	for (unsigned i = 0; i < 20000; i++) {
		struct xl_lpm_row r = random_row();
		const struct xl_lpm_row *a, *b;

		if (naive.n == NAIVE_MAX || (naive.n && xl_rng_below(&rng, 5) == 0)) {
			size_t at = xl_rng_below(&rng, (uint32_t)naive.n);

			bad += !xl_lpm_remove(&l, &naive.row[at]);
			bad += xl_lpm_remove(&l, &naive.row[at]);
			naive.row[at] = naive.row[--naive.n];
			n_out++;
		} else if (!xl_lpm_exact(&l, &r)) {
			bad += xl_lpm_insert(&l, &r) != 0;
			bad += xl_lpm_insert(&l, &r) != XL_ERR_STATE;
			naive.row[naive.n++] = r;
			n_in++;
		}
		bad += l.n != naive.n;
		r = random_row();
		a = family == 4 ? xl_lpm_find4(&l, r.domain, r.a4)
				: xl_lpm_find6(&l, r.domain, r.a6);
		b = naive_find(&naive, family, r.domain, r.a4, r.a6);
		bad += !same(a, b);
		found += b != NULL;
	}
	is_int(bad, 0, "IPv%u: %u inserts, %u removals, %u hits, as a naive list does it", family,
	       n_in, n_out, found);
	ok(found > 1000 && found < 19900, "IPv%u: both hits and misses", family);
	while (naive.n)
		bad += !xl_lpm_remove(&l, &naive.row[--naive.n]);
	ok(bad == 0 && l.n == 0, "IPv%u: empty at the end", family);
	xl_lpm_fini(&l);
}

static void test_empty(void)
{
	struct xl_lpm l;
	struct xl_lpm_row r = { .domain = 5 };

	xl_lpm_init(&l, 4, &env);
	ok(!xl_lpm_find4(&l, 0, 1) && !xl_lpm_exact(&l, &r) && !xl_lpm_remove(&l, &r),
	   "an empty table has nothing and costs nothing");
	is_int(xl_lpm_insert(&l, &r), 0, "a default route in domain 5");
	ok(xl_lpm_find4(&l, 5, 0xffffffff) && !xl_lpm_find4(&l, 4, 0) && !xl_lpm_find4(&l, 6, 0) &&
		   !xl_lpm_find4(&l, 60000, 0),
	   "is there alone");
	xl_lpm_fini(&l);
}

static void *crooked_alloc(void *ctx, size_t n)
{
	size_t *skip = ctx;
	uint8_t *p = malloc(n + 64);

	return p ? p + *skip : NULL;
}

static void crooked_free(void *ctx, void *p)
{
	size_t *skip = ctx;

	free((uint8_t *)p - *skip);
}

/* Wherever an allocation begins, no row lies in two lines of the processor's cache. */
static void test_lines(void)
{
	size_t skip;
	const struct xl_env crooked = { .ctx = &skip,
					.alloc = crooked_alloc,
					.free = crooked_free };
	const struct xl_lpm_row r = { .a4 = 0x0a000000, .len4 = 8 };
	unsigned n_bad = 0;

	for (skip = 0; skip <= 48; skip += 16) {
		struct xl_lpm l;

		xl_lpm_init(&l, 4, &crooked);
		n_bad += xl_lpm_insert(&l, &r) != 0;
		n_bad += (uintptr_t)l.row % XL_LINE != 0;
		xl_lpm_fini(&l);
	}
	is_int(n_bad, 0, "rows start on a line");
}

static size_t left;

static void *few(void *ctx, size_t n)
{
	(void)ctx;
	return left-- ? malloc(n) : NULL;
}

static void few_free(void *ctx, void *p)
{
	(void)ctx;
	free(p);
}

static void test_no_memory(void)
{
	const struct xl_env poor = { .alloc = few, .free = few_free };
	unsigned bad = 0;

	for (size_t n = 0; n < 12; n++) {
		struct xl_lpm l;
		size_t done_rows = 0;

		left = n;
		xl_lpm_init(&l, 6, &poor);
		for (unsigned i = 0; i < 50; i++) {
			struct xl_lpm_row r = { .a6 = { (uint64_t)i << 32, 0 },
						.len6 = 40,
						.domain = (uint16_t)(i / 10) };
			int err = xl_lpm_insert(&l, &r);

			bad += err != 0 && err != XL_ERR_NOMEM;
			done_rows += err == 0;
			if (err) {
				left = 0;
				break;
			}
		}
		bad += l.n != done_rows;
		xl_lpm_fini(&l);
	}
	is_int(bad, 0, "without memory an insert fails and the table stays whole");
}

static double cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void test_million(void)
{
	enum { N = 1000000 };
	struct xl_lpm l4, l6;
	unsigned bad = 0;
	double start = cpu_seconds(), t;

	xl_lpm_init(&l4, 4, &env);
	xl_lpm_init(&l6, 6, &env);
	for (uint32_t i = 0; i < N; i++) {
		struct xl_lpm_row r = {
			.a4 = 0x0a000000 + i,
			.len4 = 32,
			.a6 = { 0x20010db800000000 + i, i * 7 },
			.len6 = 128,
			.value = (uint16_t)i,
		};

		bad += xl_lpm_insert(&l4, &r) || xl_lpm_insert(&l6, &r);
	}
	t = cpu_seconds();
	printf("# 10^6 rows in both tables: %.0f ns each, %zu octets each\n", (t - start) * 1e9 / N,
	       (l4.cap + l6.cap) * sizeof(*l4.row) / N);
	start = t;
	for (uint32_t i = 0; i < N; i++) {
		uint32_t k = i * 7919 % N;
		const struct xl_lpm_row *a = xl_lpm_find4(&l4, 0, 0x0a000000 + k);
		const struct xl_lpm_row *b =
			xl_lpm_find6(&l6, 0, (struct xl_u128){ 0x20010db800000000 + k, k * 7 });

		bad += !a || !b || a->value != (uint16_t)k || b->value != (uint16_t)k;
	}
	printf("# one look-up in each: %.0f ns\n", (cpu_seconds() - start) * 1e9 / N);
	is_int(bad, 0, "10^6 rows are there");
	ok((l4.cap + l6.cap) * sizeof(*l4.row) <= (size_t)171 * N, "in at most 171 octets each");
	start = cpu_seconds();
	for (uint32_t i = 0; i < N; i++) {
		struct xl_lpm_row r = { .a4 = 0x0a000000 + i, .len4 = 32 };

		bad += !xl_lpm_remove(&l4, &r);
	}
	printf("# one removal: %.0f ns\n", (cpu_seconds() - start) * 1e9 / N);
	ok(bad == 0 && l4.n == 0 && !xl_lpm_find4(&l4, 0, 0x0a000000), "and can be removed");
	xl_lpm_fini(&l4);
	xl_lpm_fini(&l6);
}

/* RFC 7757 3.3, bit by bit, for every pair of lengths that 3.2 allows. */
static void test_suffixes(void)
{
	unsigned bad = 0, n = 0;

	for (unsigned len4 = 0; len4 <= 32; len4++)
		for (unsigned len6 = 0; len6 <= 96 + len4; len6++, n++) {
			struct xl_lpm_row eam = { .len4 = (uint8_t)len4, .len6 = (uint8_t)len6 };
			uint32_t a4 = (uint32_t)xl_rng_next(&rng);
			uint8_t want[16] = { 0 }, got[16];
			struct xl_u128 a6;

			eam.a4 = len4 ? a4 & UINT32_MAX << (32 - len4) : 0;
			eam.a6 = xl_u128_mask((struct xl_u128){ xl_rng_next(&rng),
								xl_rng_next(&rng) },
					      len6);
			xl_u128_put(eam.a6, want);
			for (unsigned i = len4; i < 32; i++)
				if (a4 >> (31 - i) & 1)
					want[(len6 + i - len4) / 8] |=
						(uint8_t)(0x80 >> (len6 + i - len4) % 8);
			a6 = xl_eam_to6(&eam, a4);
			xl_u128_put(a6, got);
			bad += memcmp(got, want, 16) != 0;
			bad += xl_eam_to4(&eam, a6) != a4;
		}
	is_int(bad, 0, "%u pairs of lengths: the suffix moves there and back", n);
}

int main(void)
{
	xl_rng_init(&rng, 42, "lpm_test");
	test_empty();
	test_lines();
	test_against_naive(4);
	test_against_naive(6);
	test_no_memory();
	test_suffixes();
	test_million();
	return done();
}
