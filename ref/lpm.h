/* lpm.h - longest-prefix match over prefixes of one family, with a row of data at each.
 *
 * One open-addressing hash of 32-byte rows and, for each domain (an address space, an interface), the
 * prefix lengths in use: a look-up is one probe per length in use, longest first. Insert and remove are
 * O(1), nothing is rebuilt. Used for explicit address mappings (RFC 7757), routes and filters.
 */
#ifndef XL_LPM_H
#define XL_LPM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ref/base/addr.h"
#include "ref/base/diag.h"
#include "ref/base/rd.h"
#include "ref/xlat.h"

/* Addresses as integers, most significant bit first: only for hashing, masking and shifting. */
struct xl_u128 {
	uint64_t hi, lo;
};

static inline struct xl_u128 xl_u128_of(const uint8_t b[static 16])
{
	return (struct xl_u128){ xl_get64(b), xl_get64(b + 8) };
}

static inline void xl_u128_put(struct xl_u128 v, uint8_t b[static 16])
{
	xl_put64(b, v.hi);
	xl_put64(b + 8, v.lo);
}

struct xl_u128 xl_u128_mask(struct xl_u128 v, unsigned len); /* keeps the first len bits */
struct xl_u128 xl_u128_shl(struct xl_u128 v, unsigned n); /* n 0..128 */
struct xl_u128 xl_u128_shr(struct xl_u128 v, unsigned n);

struct xl_lpm_row {
	struct xl_u128 a6; /* one of the two is the key, the other is data */
	uint32_t a4;
	uint32_t hash; /* the table's */
	uint16_t domain, value;
	uint8_t len6, len4, flags;
	bool is_used; /* the table's */
};

struct xl_lpm_lens; /* the lengths in use in one domain */

struct xl_lpm {
	const struct xl_env *env; /* for memory; outlives the table */
	uint8_t family; /* 4 or 6: which address is the key */
	struct xl_lpm_row *row;
	size_t cap, n; /* cap is zero or a power of two */
	struct xl_lpm_lens *lens;
	size_t n_domains;
};

void xl_lpm_init(struct xl_lpm *l, uint8_t family, const struct xl_env *env);
void xl_lpm_fini(struct xl_lpm *l);

/* Room for n_rows rows: the table does not grow before it holds them. */
XL_MUST_CHECK int xl_lpm_reserve(struct xl_lpm *l, size_t n_rows);

/* Copies *r in. XL_ERR_STATE when its key is already there, XL_ERR_NOMEM. */
XL_MUST_CHECK int xl_lpm_insert(struct xl_lpm *l, const struct xl_lpm_row *r);

/* The row with exactly the key of *r (domain, address, length), or NULL. Valid until the next change. */
const struct xl_lpm_row *xl_lpm_exact(const struct xl_lpm *l, const struct xl_lpm_row *r);

/* Removes it; false when it is not there. */
bool xl_lpm_remove(struct xl_lpm *l, const struct xl_lpm_row *r);

/* The row with the longest prefix of `a` in a domain, or NULL. */
const struct xl_lpm_row *xl_lpm_search4(const struct xl_lpm *l, uint16_t domain, uint32_t a);
const struct xl_lpm_row *xl_lpm_search6(const struct xl_lpm *l, uint16_t domain, struct xl_u128 a);

static inline const struct xl_lpm_row *xl_lpm_find4(const struct xl_lpm *l, uint16_t domain,
						    uint32_t a)
{
	return l->n ? xl_lpm_search4(l, domain, a) : NULL; /* most tables are empty */
}

static inline const struct xl_lpm_row *xl_lpm_find6(const struct xl_lpm *l, uint16_t domain,
						    struct xl_u128 a)
{
	return l->n ? xl_lpm_search6(l, domain, a) : NULL;
}

/* Fetches ahead what a look-up of `a` reads first. */
void xl_lpm_prefetch4(const struct xl_lpm *l, uint16_t domain, uint32_t a);
void xl_lpm_prefetch6(const struct xl_lpm *l, uint16_t domain, struct xl_u128 a);

/* Memory through env.alloc, or malloc. */
void *xl_env_alloc(const struct xl_env *env, size_t n);
void xl_env_free(const struct xl_env *env, void *p);

/* The same for tables that are read at random: starts on a boundary of XL_LINE octets, a line of the
 * processor's cache, so that no row of half a line or less lies in two. */
enum { XL_LINE = 64 };
void *xl_env_alloc_lines(const struct xl_env *env, size_t n);
void xl_env_free_lines(const struct xl_env *env, void *p);

#endif
