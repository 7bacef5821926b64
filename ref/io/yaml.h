/* yaml.h - YAML (and JSON, which is read by the same parser) with file:line:col for every fault.
 *
 * Two ways to read one file. The pull interface yields one event at a time and never builds a document,
 * so a configuration with 10^6 mappings reads in constant memory per row; conf.c uses it. The tree holds
 * a whole small file (a case file, a requirements file) in one arena; vectors/ uses it. Anchors, aliases
 * and tags are refused, so are more than 64 levels, values and inner brackets of more than 1 MB; duplicate
 * keys are reported with both places. libfyaml does the parsing.
 */
#ifndef XL_IO_YAML_H
#define XL_IO_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "ref/base/diag.h"

/* ---- pull ---- */

enum xl_yaml_kind {
	XL_YAML_END,
	XL_YAML_SCALAR,
	XL_YAML_MAP,
	XL_YAML_MAP_END,
	XL_YAML_SEQ,
	XL_YAML_SEQ_END
};

struct xl_yaml_event {
	enum xl_yaml_kind kind;
	struct xl_loc loc;
	const char *text; /* scalar: NUL-terminated, valid until the next call */
	size_t len;
	bool is_quoted; /* a quoted scalar is text even if it looks like a number or null */
};

struct xl_yaml;

/* Opens a file ("-" is standard input) or n octets of memory (copied; `name` stands for the file in
 * messages). NULL: the reason is in d. */
struct xl_yaml *xl_yaml_open(const char *path, struct xl_diags *d);
struct xl_yaml *xl_yaml_open_text(const char *text, size_t n, const char *name, struct xl_diags *d);
void xl_yaml_close(struct xl_yaml *y);

/* The next event; XL_YAML_END at the end of the one document and after a syntax error, which is then in
 * the diags given to open (xl_yaml_failed() is true). */
struct xl_yaml_event xl_yaml_next(struct xl_yaml *y);
bool xl_yaml_failed(const struct xl_yaml *y);

/* ---- tree ---- */

struct xl_node {
	enum xl_yaml_kind kind; /* SCALAR, MAP or SEQ */
	struct xl_loc loc;
	const char *text; /* scalar */
	size_t len;
	bool is_quoted;
	uint32_t n; /* MAP: pairs, SEQ: items */
	const struct xl_node *const *item; /* SEQ: n values; MAP: n values, in the file's order */
	const struct xl_node *const *key; /* MAP: n scalars */
};

struct xl_tree;

/* Reads one whole document. NULL: every syntax fault and duplicate key is in d. An empty file is a
 * SCALAR of length 0. */
struct xl_tree *xl_tree_read(const char *path, struct xl_diags *d);
struct xl_tree *xl_tree_read_text(const char *text, size_t n, const char *name, struct xl_diags *d);
const struct xl_node *xl_tree_root(const struct xl_tree *t);
void xl_tree_free(struct xl_tree *t);

/* The value of a key in a MAP, or NULL (also when n is NULL or no MAP). */
const struct xl_node *xl_node_get(const struct xl_node *n, const char *key);

/* Writes a tree in block style, a row a line; what was quoted is quoted again, but for keys that are
 * plain words. Reading it gives the same values. */
void xl_yaml_write(const struct xl_node *n, FILE *to);

/* Memory that lives as long as the tree, zeroed: for nodes derived from it (expanded repeats). NULL
 * when there is none left. */
void *xl_tree_alloc(struct xl_tree *t, size_t n);

/* Scalars as values; false when the text is not one. Integers: decimal or 0x hex, optional sign. */
bool xl_node_int(const struct xl_node *n, int64_t *out);
bool xl_node_bool(const struct xl_node *n, bool *out); /* true, false */
bool xl_node_is(const struct xl_node *n,
		const char *text); /* unquoted or quoted scalar equal to text */

#endif
