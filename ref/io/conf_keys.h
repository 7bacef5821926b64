/* conf_keys.h - the key table of translator configurations, shared by its reader (conf.c), its rows
 * (conf_keys.c) and what is printed from it (conf_out.c). */
#ifndef XL_IO_CONF_KEYS_H
#define XL_IO_CONF_KEYS_H

#include "ref/conf.h"
#include "ref/io/yaml.h"

struct xl_conf_ref { /* an interface named somewhere: resolved when all are known */
	char name[XL_IFACE_NAME_MAX];
	struct xl_loc loc;
	size_t space; /* it belongs to, or SIZE_MAX: a filter row, in allow* */
	struct xl_prefix4 *allow4;
	struct xl_prefix6 *allow6;
	size_t n_allow4, n_allow6;
};

struct xl_conf_reader {
	struct xl_yaml *yaml;
	struct xl_diags *diags;
	struct xl_conf *c;
	size_t n_faults;
	bool has_interfaces, has_drop_local;
	bool has_bad_frame; /* interfaces or spaces are not all as they are meant */
	bool has_bad_mapping; /* what was to say how to translate has a fault of its own */
	bool is_complete; /* the text went on to its end */
	struct xl_loc loc; /* where the configuration begins */
	size_t space, eam_cap; /* the space whose keys are being read */
	struct xl_conf_ref *ref;
	size_t n_refs;
};

struct xl_conf_word {
	const char *name;
	int value;
};

/* One key. Exactly one of these kinds: a scalar (`set`), a list of scalars (`set` and is_list), a map
 * (`sub`), rows of maps (`sub` and `begin`), or a scalar or map (`set` and `sub`). */
struct xl_conf_key {
	const char *name;
	/* Takes one scalar; returns NULL, or what is wrong with it. */
	const char *(*set)(struct xl_conf_reader *r, const struct xl_conf_key *k, void *base,
			   const struct xl_yaml_event *e);
	bool is_list, is_required, is_of_space; /* of_space: base is the space, also at the top */
	bool is_filled; /* a list with at least one value */
	bool is_frame; /* rows that others name or are compared with: a lost one hides faults */
	bool is_mapping; /* without one of these keys nothing can be translated */
	const struct xl_conf_key *sub; /* ends with a row without name */
	void *(*begin)(struct xl_conf_reader *r, struct xl_loc loc); /* NULL: no memory */
	void (*end)(struct xl_conf_reader *r, bool has_fault); /* may take a faulty row back */
	size_t at, n_at; /* offsets in base of the value and of its count or presence */
	uint8_t n_octets; /* of an integer or of a list's element */
	int64_t min, max;
	const struct xl_conf_word *word; /* ends with a row without name */
	const char *allowed; /* in messages and documentation; from min and max or word when NULL */
	const char *dflt, *source, *doc;
	/* JSON Schema of the scalar, when neither min and max nor word give it; of a row, in addition */
	const char *schema;
};

extern const struct xl_conf_key xl_conf_keys[];

/* "a number from 1 to 2", "one of a, b", or k->allowed. Returns buf. */
const char *xl_conf_allowed(const struct xl_conf_key *k, char buf[static 200]);

#endif
