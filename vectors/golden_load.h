/* golden_load.h - what the readers of golden files share: the set being loaded, values of JSON with their faults.
 *
 * Every function that finds something wrong adds a fault and goes on with a value that is safe to use.
 */
#ifndef XL_VECTORS_GOLDEN_LOAD_H
#define XL_VECTORS_GOLDEN_LOAD_H

#include "ref/io/yaml.h"
#include "vectors/arena.h"
#include "vectors/golden.h"

enum { XL_LOAD_CAPTURES = 3 };

struct xl_capture {
	const uint8_t *map;
	size_t size;
	struct xl_bytes *record;
	uint32_t n;
};

struct xl_load_file { /* of the memory that the set points into */
	struct xl_capture cap[XL_LOAD_CAPTURES];
	struct xl_tree *tree;
};

struct xl_open_golden {
	struct xl_golden g; /* first: what the caller holds */
	struct xl_arena arena;
	struct xl_load_file *file; /* the manifest, then one for each suite */
	size_t n_files;
};

struct xl_load {
	struct xl_open_golden *o;
	struct xl_arena *a;
	struct xl_diags *d;
	struct xl_load_file *file;
	const struct xl_golden_config *config; /* of the case being read */
	uint16_t suite;
	bool has_fault;
	struct xl_case *at;
	size_t n;
};

void xl_load_fault(struct xl_load *l, struct xl_loc loc, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* ---- a member of an object, which must be there ---- */

const struct xl_node *xl_load_member(struct xl_load *l, const struct xl_node *map, const char *key,
				     enum xl_yaml_kind kind);
const char *xl_load_text(struct xl_load *l, const struct xl_node *map, const char *key);
/* A number in [0, max]. */
uint32_t xl_load_number(struct xl_load *l, const struct xl_node *map, const char *key,
			uint64_t max);
bool xl_load_bool(struct xl_load *l, const struct xl_node *map, const char *key);
/* Its index in words, which end with NULL. */
int xl_load_word(struct xl_load *l, const struct xl_node *map, const char *key,
		 const char *const *words);
struct xl_strs xl_load_strings(struct xl_load *l, const struct xl_node *map, const char *key);
struct xl_bytes xl_load_hex_node(struct xl_load *l, const struct xl_node *n);
struct xl_bytes xl_load_hex(struct xl_load *l, const struct xl_node *map, const char *key);
/* An array of objects: zeroed room for as many, and how many. NULL when n is NULL. */
void *xl_load_objects(struct xl_load *l, const struct xl_node *n, size_t size, uint16_t *count);
/* Maps and indexes the three captures of a suite into l->file. */
void xl_load_captures(struct xl_load *l, const char *dir, const char *suite);
/* The tree of a file whose root is an object, kept in l->file; NULL after a fault. */
struct xl_tree *xl_load_json(struct xl_load *l, const char *path);
/* Reads manifest.json of dir: suites, configurations, requirements. */
void xl_load_manifest(struct xl_load *l, const char *dir);

#endif
