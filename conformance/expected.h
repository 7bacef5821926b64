/* expected.h - failures that are known: which case, how it fails, why.
 *
 * expected.yaml maps a case id (or a glob over the rows of a table) to what is expected:
 *
 *	rfc7915/4.2/unreachable/net*: {verdict: fail, fields: [icmpv6.code], why: "...", link: "https://..."}
 *
 * `also` lists more globs of a row. A failure in another way than the one written down is `changed`; a pass is unexpected too.
 */
#ifndef XL_EXPECTED_H
#define XL_EXPECTED_H

#include <stdbool.h>

#include "conformance/judge.h"
#include "ref/base/diag.h"
#include "ref/io/yaml.h"

enum xl_expectedness { XL_EXPECTED_YES, XL_EXPECTED_NO, XL_EXPECTED_CHANGED };

struct xl_expectation {
	const char *glob;
	enum xl_judged verdict;
	const char *const *field;
	uint32_t n_fields;
	const char *why, *link; /* link may be NULL */
	struct xl_loc loc;
};

struct xl_expected {
	struct xl_tree *tree;
	struct xl_expectation *at;
	size_t n;
};

/* A file that is not there is an empty list. */
XL_MUST_CHECK int xl_expected_read(struct xl_expected *e, const char *path, struct xl_diags *d);
void xl_expected_free(struct xl_expected *e);

/* Each row must be the first to match some case of the n; one of a suite without a case among them is left alone.
 * 0, or XL_ERR_SYNTAX with every idle row in d. */
XL_MUST_CHECK int xl_expected_check(const struct xl_expected *e, const struct xl_case *c, size_t n,
				    struct xl_diags *d);

/* The first row whose glob matches, or NULL. `*` matches any text, slashes too. */
const struct xl_expectation *xl_expected_find(const struct xl_expected *e, const char *id);

/* Whether a verdict is a failure. With is_strict, `weak` is one. */
bool xl_judged_is_bad(enum xl_judged verdict, bool is_strict);

/* What happened, held against the row (NULL: nothing but success is expected). */
enum xl_expectedness xl_expected_diff(const struct xl_expectation *e, const struct xl_finding *f,
				      bool is_strict);

const char *xl_expectedness_text(enum xl_expectedness x);

#endif
