/* compile.h - case text and configurations become the golden set in memory.
 *
 *	configs/NAME.yaml and cases/SUITE/TOPIC.yaml  ->  struct xl_golden  ->  golden_write.c
 *
 * Every fault of every file is reported in one run.
 */
#ifndef XL_VECTORS_COMPILE_H
#define XL_VECTORS_COMPILE_H

#include "ref/base/diag.h"
#include "ref/conf.h"
#include "ref/io/yaml.h"
#include "vectors/arena.h"
#include "vectors/golden.h"
#include "vectors/packet.h"
#include "vectors/req.h"

/* A file of vectors/configs. */
struct xl_config {
	const char *name, *title;
	struct xl_loc loc;
	struct xl_conf conf; /* released by xl_set_fini() */
	const char *json;
	struct xl_strs features;
	struct xl_port *port;
	uint16_t n_ports;
	struct xl_who *who;
	size_t n_who;
	const struct xl_node *barrier; /* built by the set */
	bool is_faulty; /* its cases cannot be read, which is no fault of theirs */
	struct xl_tree *tree;
};

/* --config: a case that cannot be played to the user's translator. */
struct xl_left_out {
	const char *id, *reason;
	const char *detail; /* "", or more about this case */
};

/* What the lint wants to know of a case beyond its golden form. */
struct xl_case_text {
	struct xl_loc loc;
	uint64_t hash;
	bool has_missing_covers;
	struct xl_left_out left_out; /* filled where it is */
};

struct xl_set {
	struct xl_arena arena;
	struct xl_golden golden;
	struct xl_config *config; /* all that were read; the user's own is the last */
	size_t n_configs;
	struct xl_case_text *text; /* parallel to golden.cases */
	struct xl_reqs reqs;
	struct xl_tree **tree; /* case files */
	size_t n_trees;
	size_t n_packets, n_by_libnet; /* built; built by libnet too, to the same octets */
	struct xl_left_out *left_out;
	size_t n_left_out;
};

struct xl_set_from {
	const char *vectors; /* directory with cases/ and configs/ */
	const char *requirements; /* conformance/requirements */
	const char *mine; /* a configuration that replaces one of the same names; NULL: none */
	/* Called after each file with faults, so that a long list need not fit into d. NULL: they stay. */
	void (*on_faults)(struct xl_diags *d);
};

/* 0, or the faults are in d: XL_ERR_IO when there is nothing to compile, another when something is
 * wrong with it. The set has to be released in either case. */
XL_MUST_CHECK int xl_set_compile(const struct xl_set_from *from, struct xl_set *s,
				 struct xl_diags *d);
void xl_set_fini(struct xl_set *s);

/* ---- parts, for each other and for tests ---- */

XL_MUST_CHECK int xl_config_read(struct xl_arena *a, const char *path, const char *name,
				 struct xl_config *c, struct xl_diags *d);
XL_MUST_CHECK int xl_config_read_text(struct xl_arena *a, const char *text, const char *name,
				      struct xl_config *c, struct xl_diags *d);
void xl_config_fini(struct xl_config *c);

/* NULL when the two translators differ in addresses only, so that a case for one can be played to the
 * other under other addresses; otherwise the first setting that differs. */
const char *xl_config_unlike(const struct xl_config *a, const struct xl_config *b);

/* Builds the packets of the barrier rows. */
XL_MUST_CHECK int xl_config_barriers(struct xl_arena *a, const struct xl_config *c,
				     struct xl_golden_config *g, struct xl_diags *d);

/* The rows of `repeat`, $names replaced, as cases of their own; a case without repeat yields itself.
 * Faults go to d; those rows are left out. */
uint32_t xl_case_expand(struct xl_tree *t, const struct xl_node *c, const struct xl_node ***rows,
			struct xl_diags *d);

struct xl_case_reader {
	struct xl_arena *arena;
	struct xl_diags *d;
	const struct xl_config *config; /* all of them, sorted by name */
	size_t n_configs;
	const char *suite; /* directory of the file */
	struct xl_builder *builder; /* its buffers serve all cases */
	const struct xl_config *mine; /* --config: what takes the place of configurations like it */
};

enum xl_case_read { XL_CASE_GOOD, XL_CASE_FAULTY, XL_CASE_LEFT_OUT };

/* One expanded case. */
enum xl_case_read xl_case_read(const struct xl_case_reader *r, const struct xl_node *n,
			       struct xl_case *c, struct xl_case_text *text);

/* In each turn one outcome is a pass, and it is octets under a mask (docs/cases.md). What is weak or info beside
 * it costs nothing: to leave it out would be to fail who only misses a SHOULD. */
bool xl_case_is_settled(const struct xl_case *c);

/* Whether a key is among the words of `allowed`, between single blanks. */
bool xl_key_is_known(const char *key, const char *allowed);

/* Names of the regular files NAME.yaml and of the directories in a directory, sorted. */
struct xl_strs xl_dir_list(struct xl_arena *a, const char *dir, bool want_dirs, struct xl_diags *d);

/* For a directory whose list is empty but must not be: adds "no WHAT here", unless it could not be read
 * at all, which xl_dir_list() has said. XL_ERR_IO. */
int xl_dir_empty(const char *dir, const char *what, struct xl_diags *d);

/* Writes golden files into a directory, all of them or none (batch.h, sealed by the manifest); a set whose
 * octets would be the same is not touched. */
XL_MUST_CHECK int xl_golden_write(const struct xl_golden *g, const char *dir, struct xl_diags *d);

#endif
