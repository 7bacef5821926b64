/* conf.h - translator configurations in YAML or JSON: docs/configuration.md, in and out.
 *
 * One table of keys (path, type, where it goes, what is allowed, a sentence) drives the reader, its
 * messages, the writer, the JSON Schema and the list of feature paths.
 */
#ifndef XL_IO_CONF_H
#define XL_IO_CONF_H

#include <stdio.h>

#include "ref/conf.h"

/* Reads a file ("-": standard input), fills defaults, and checks it with xl_conf_check(). Every fault of
 * the file is reported in one run as `file:line:col: what: what is allowed`; only comparisons between
 * address spaces wait until each of these, and the interfaces it lists, is known. On failure *c is empty. */
XL_MUST_CHECK int xl_conf_read(const char *path, struct xl_conf *c, struct xl_diags *d);
XL_MUST_CHECK int xl_conf_read_text(const char *text, size_t n, const char *name, struct xl_conf *c,
				    struct xl_diags *d);

/* Writes the resolved configuration (every key, defaults too) as one line of JSON, without newline.
 * Reading it back gives the same configuration. */
void xl_conf_write_json(const struct xl_conf *c, FILE *to);

/* The feature paths that this configuration uses beyond a translator's minimum, such as
 * "hairpinning.simple", "prefix6./40", "mtu.lowest-ipv6", "interfaces.3", "address-spaces",
 * "mtu.different": what an adapter's `lacks` names. One call of `yield` each, sorted, no duplicates. */
void xl_conf_features(const struct xl_conf *c, void (*yield)(void *to, const char *feature),
		      void *to);

/* Whether `path` is such a feature or what features begin with: "hairpinning", "prefix6.", "interfaces.4". */
bool xl_conf_is_feature(const char *path);

/* Whether a feature is `path` or below it: "prefix6." covers "prefix6./40". */
bool xl_conf_feature_covers(const char *path, const char *feature);

/* The feature that is written most like `path`: for messages. */
const char *xl_conf_feature_near(const char *path);

/* What a row of eamt asks of a translator beyond one mapping; each is a feature. */
enum xl_eam_trait {
	XL_EAM_LOCAL = 1,
	XL_EAM_SUFFIX = 2, /* its suffixes differ in length (RFC 7757 3.3) */
	XL_EAM_OVERLAP4 = 4, /* its IPv4 prefix shares an address with another row's (3.3.1) */
	XL_EAM_OVERLAP6 = 8, /* its IPv6 prefix does, or with prefix6 (3.3.2) */
	XL_EAM_WELL_KNOWN = 16, /* its IPv6 prefix shares an address with 64:ff9b::/96 */
};

/* The traits of s->eam[row], as bits. */
unsigned xl_conf_eam_traits(const struct xl_conf_space *s, size_t row);

/* The feature of one trait, such as "eamt.suffix". */
const char *xl_conf_eam_feature(enum xl_eam_trait trait);

/* The JSON Schema of the format (docs/configuration.schema.json). */
void xl_conf_write_schema(FILE *to);

/* The table of every key in Markdown (docs/configuration.md). */
void xl_conf_write_keys(FILE *to);

#endif
