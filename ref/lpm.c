/* lpm.c - see lpm.h.
 *
 * Linear probing between a load of 3/8 and 3/4; removal shifts the run behind the hole back, so there
 * are no tombstones and a table that changes for ever stays as fast as a new one.
 */
#include "ref/lpm.h"

#include <stdlib.h>
#include <string.h>

enum { MIN_CAP = 8, LENS_MAX = 129 };

struct xl_lpm_lens {
	uint32_t *count; /* rows of each length; NULL until the domain has one */
	uint8_t n; /* lengths in use, longest first */
	uint8_t len[LENS_MAX];
};

void *xl_env_alloc(const struct xl_env *env, size_t n)
{
	return env->alloc ? env->alloc(env->ctx, n) : malloc(n);
}

void xl_env_free(const struct xl_env *env, void *p)
{
	if (p && env->free)
		env->free(env->ctx, p);
	else if (p)
		free(p);
}

/* What was allocated begins up to a line before; the octet before the block says how far. */
void *xl_env_alloc_lines(const struct xl_env *env, size_t n)
{
	uint8_t *raw = xl_env_alloc(env, n + XL_LINE);
	size_t skip;

	if (!raw)
		return NULL;
	skip = XL_LINE - (uintptr_t)raw % XL_LINE;
	raw[skip - 1] = (uint8_t)skip;
	return raw + skip;
}

void xl_env_free_lines(const struct xl_env *env, void *p)
{
	uint8_t *at = p;

	if (at)
		xl_env_free(env, at - at[-1]);
}

/* ---- 128 bits ---- */

struct xl_u128 xl_u128_shl(struct xl_u128 v, unsigned n)
{
	if (n >= 128)
		return (struct xl_u128){ 0, 0 };
	if (n >= 64)
		return (struct xl_u128){ v.lo << (n - 64), 0 };
	if (n == 0)
		return v;
	return (struct xl_u128){ v.hi << n | v.lo >> (64 - n), v.lo << n };
}

struct xl_u128 xl_u128_shr(struct xl_u128 v, unsigned n)
{
	if (n >= 128)
		return (struct xl_u128){ 0, 0 };
	if (n >= 64)
		return (struct xl_u128){ 0, v.hi >> (n - 64) };
	if (n == 0)
		return v;
	return (struct xl_u128){ v.hi >> n, v.lo >> n | v.hi << (64 - n) };
}

struct xl_u128 xl_u128_mask(struct xl_u128 v, unsigned len)
{
	struct xl_u128 m = xl_u128_shl((struct xl_u128){ UINT64_MAX, UINT64_MAX }, 128 - len);

	return (struct xl_u128){ v.hi & m.hi, v.lo & m.lo };
}

static uint32_t mask4(uint32_t a, unsigned len)
{
	return len ? a & (UINT32_MAX << (32 - len)) : 0;
}

/* ---- keys ---- */

struct key {
	struct xl_u128 a;
	uint16_t domain;
	uint8_t len;
	uint32_t hash;
};

static uint64_t mix(uint64_t h)
{
	h ^= h >> 32;
	h *= 0xd6e8feb86659fd93u;
	h ^= h >> 32;
	h *= 0xd6e8feb86659fd93u;
	return h ^ h >> 32;
}

static struct key key_of(struct xl_u128 a, uint16_t domain, unsigned len)
{
	uint64_t h = mix(a.hi ^ ((uint64_t)domain << 8 | len) * 0x9e3779b97f4a7c15u);

	return (struct key){ a, domain, (uint8_t)len, (uint32_t)mix(h + a.lo) };
}

static struct key key_of_row(const struct xl_lpm *l, const struct xl_lpm_row *r)
{
	if (l->family == 4)
		return key_of((struct xl_u128){ 0, r->a4 }, r->domain, r->len4);
	return key_of(r->a6, r->domain, r->len6);
}

static bool has_key(const struct xl_lpm *l, const struct xl_lpm_row *r, const struct key *k)
{
	if (r->hash != k->hash || r->domain != k->domain)
		return false;
	if (l->family == 4)
		return r->len4 == k->len && r->a4 == (uint32_t)k->a.lo;
	return r->len6 == k->len && r->a6.hi == k->a.hi && r->a6.lo == k->a.lo;
}

static const struct xl_lpm_row *probe(const struct xl_lpm *l, const struct key *k)
{
	size_t mask = l->cap - 1;

	for (size_t i = k->hash & mask; l->row[i].is_used; i = (i + 1) & mask)
		if (has_key(l, &l->row[i], k))
			return &l->row[i];
	return NULL;
}

/* ---- lengths in use ---- */

static int lens_reserve(struct xl_lpm *l, uint16_t domain)
{
	size_t counts = (l->family == 4 ? 33 : 129) * sizeof(uint32_t);
	struct xl_lpm_lens *lens;

	if (domain >= l->n_domains) {
		size_t n = (size_t)domain + 1;

		if (n < 2 * l->n_domains)
			n = 2 * l->n_domains;
		lens = xl_env_alloc(l->env, n * sizeof(*lens));
		if (!lens)
			return XL_ERR_NOMEM;
		if (l->n_domains)
			memcpy(lens, l->lens, l->n_domains * sizeof(*lens));
		memset(lens + l->n_domains, 0, (n - l->n_domains) * sizeof(*lens));
		xl_env_free(l->env, l->lens);
		l->lens = lens;
		l->n_domains = n;
	}
	lens = &l->lens[domain];
	if (!lens->count) {
		lens->count = xl_env_alloc(l->env, counts);
		if (!lens->count)
			return XL_ERR_NOMEM;
		memset(lens->count, 0, counts);
	}
	return 0;
}

static void lens_add(struct xl_lpm_lens *lens, uint8_t len)
{
	size_t i = lens->n;

	if (lens->count[len]++ > 0)
		return;
	for (; i > 0 && lens->len[i - 1] < len; i--)
		lens->len[i] = lens->len[i - 1];
	lens->len[i] = len;
	lens->n++;
}

static void lens_drop(struct xl_lpm_lens *lens, uint8_t len)
{
	size_t i = 0;

	if (--lens->count[len] > 0)
		return;
	while (lens->len[i] != len)
		i++;
	lens->n--;
	memmove(lens->len + i, lens->len + i + 1, lens->n - i);
}

/* ---- the table ---- */

void xl_lpm_init(struct xl_lpm *l, uint8_t family, const struct xl_env *env)
{
	*l = (struct xl_lpm){ .env = env, .family = family };
}

void xl_lpm_fini(struct xl_lpm *l)
{
	for (size_t i = 0; i < l->n_domains; i++)
		xl_env_free(l->env, l->lens[i].count);
	xl_env_free(l->env, l->lens);
	xl_env_free_lines(l->env, l->row);
	*l = (struct xl_lpm){ .env = l->env, .family = l->family };
}

static void place(struct xl_lpm *l, const struct xl_lpm_row *r)
{
	size_t mask = l->cap - 1;
	size_t i = r->hash & mask;

	while (l->row[i].is_used)
		i = (i + 1) & mask;
	l->row[i] = *r;
}

int xl_lpm_reserve(struct xl_lpm *l, size_t n_rows)
{
	struct xl_lpm_row *old = l->row;
	size_t old_cap = l->cap, cap = l->cap ? l->cap : MIN_CAP;

	while (n_rows > cap / 4 * 3)
		cap *= 2;
	if (cap == old_cap)
		return 0;
	l->row = xl_env_alloc_lines(l->env, cap * sizeof(*l->row));
	if (!l->row) {
		l->row = old;
		return XL_ERR_NOMEM;
	}
	memset(l->row, 0, cap * sizeof(*l->row));
	l->cap = cap;
	for (size_t i = 0; i < old_cap; i++)
		if (old[i].is_used)
			place(l, &old[i]);
	xl_env_free_lines(l->env, old);
	return 0;
}

int xl_lpm_insert(struct xl_lpm *l, const struct xl_lpm_row *r)
{
	struct key k = key_of_row(l, r);
	struct xl_lpm_row row = *r;

	if (l->cap && probe(l, &k))
		return XL_ERR_STATE;
	if (lens_reserve(l, r->domain) || xl_lpm_reserve(l, l->n + 1))
		return XL_ERR_NOMEM;
	row.hash = k.hash;
	row.is_used = true;
	place(l, &row);
	l->n++;
	lens_add(&l->lens[r->domain], k.len);
	return 0;
}

const struct xl_lpm_row *xl_lpm_exact(const struct xl_lpm *l, const struct xl_lpm_row *r)
{
	struct key k = key_of_row(l, r);

	return l->cap ? probe(l, &k) : NULL;
}

bool xl_lpm_remove(struct xl_lpm *l, const struct xl_lpm_row *r)
{
	const struct xl_lpm_row *at = xl_lpm_exact(l, r);
	size_t mask = l->cap - 1, hole, i;

	if (!at)
		return false;
	lens_drop(&l->lens[r->domain], l->family == 4 ? r->len4 : r->len6);
	hole = (size_t)(at - l->row);
	for (i = (hole + 1) & mask; l->row[i].is_used; i = (i + 1) & mask) {
		size_t home = l->row[i].hash & mask;

		/* may the row at i move to the hole? only if its home is not behind the hole */
		if (((i - home) & mask) >= ((i - hole) & mask)) {
			l->row[hole] = l->row[i];
			hole = i;
		}
	}
	l->row[hole].is_used = false;
	l->n--;
	return true;
}

const struct xl_lpm_row *xl_lpm_search4(const struct xl_lpm *l, uint16_t domain, uint32_t a)
{
	const struct xl_lpm_lens *lens;

	if (domain >= l->n_domains)
		return NULL;
	lens = &l->lens[domain];
	for (size_t i = 0; i < lens->n; i++) {
		unsigned len = lens->len[i];
		struct key k = key_of((struct xl_u128){ 0, mask4(a, len) }, domain, len);
		const struct xl_lpm_row *r = probe(l, &k);

		if (r)
			return r;
	}
	return NULL;
}

const struct xl_lpm_row *xl_lpm_search6(const struct xl_lpm *l, uint16_t domain, struct xl_u128 a)
{
	const struct xl_lpm_lens *lens;

	if (domain >= l->n_domains)
		return NULL;
	lens = &l->lens[domain];
	for (size_t i = 0; i < lens->n; i++) {
		unsigned len = lens->len[i];
		struct key k = key_of(xl_u128_mask(a, len), domain, len);
		const struct xl_lpm_row *r = probe(l, &k);

		if (r)
			return r;
	}
	return NULL;
}

static void prefetch(const struct xl_lpm *l, const struct key *k)
{
	__builtin_prefetch(&l->row[k->hash & (l->cap - 1)]);
}

void xl_lpm_prefetch4(const struct xl_lpm *l, uint16_t domain, uint32_t a)
{
	if (domain < l->n_domains && l->lens[domain].n) {
		unsigned len = l->lens[domain].len[0];
		struct key k = key_of((struct xl_u128){ 0, mask4(a, len) }, domain, len);

		prefetch(l, &k);
	}
}

void xl_lpm_prefetch6(const struct xl_lpm *l, uint16_t domain, struct xl_u128 a)
{
	if (domain < l->n_domains && l->lens[domain].n) {
		unsigned len = l->lens[domain].len[0];
		struct key k = key_of(xl_u128_mask(a, len), domain, len);

		prefetch(l, &k);
	}
}
