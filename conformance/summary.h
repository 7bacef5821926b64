/* summary.h - results counted: by word, by RFC section and level of requirement, and what was not judged.
 *
 * What is counted is requirements, the sentences of an RFC, not cases: "RFC 7915 5.2: 18 of 19 MUST". A
 * requirement is judged when a case that covers it was. It is met when no such case failed or ended in an
 * error, known or not; a SHOULD also wants that none was weak. It is unsupported when all that cover it
 * are unsupported, or some are and the rest is of RFCs that are not claimed.
 */
#ifndef XL_SUMMARY_H
#define XL_SUMMARY_H

#include "conformance/results.h"

void xl_summary_count(const struct xl_result_set *s, size_t n[static XL_WORD_COUNT]);

enum { XL_SUMMARY_LEVELS = XL_REQ_PLAIN + 1, XL_SUMMARY_WHY_MAX = 4 };

struct xl_summary_level { /* requirements of one level */
	uint32_t judged, met; /* met of judged */
	uint32_t unsupported, skipped; /* not judged */
};

struct xl_summary_row { /* of one section */
	uint32_t rfc;
	const char *section; /* points into the result set */
	struct xl_summary_level level[XL_SUMMARY_LEVELS]; /* by enum xl_req_level */
	const char *why[XL_SUMMARY_WHY_MAX]; /* requirements were unsupported; the first reasons */
	uint8_t n_why;
};

struct xl_summary_reason { /* why cases were not judged */
	const char *text; /* points into the result set */
	enum xl_judged verdict; /* XL_UNSUPPORTED or XL_SKIP */
	size_t n_cases;
};

struct xl_summary {
	struct xl_summary_row *row; /* by RFC, then section as it is numbered */
	size_t n_rows;
	struct xl_summary_reason *reason; /* of cases; unsupported before skip, most cases first */
	size_t n_reasons;
};

/* The set must outlive the summary. 0, or XL_ERR_NOMEM with a line in d. */
XL_MUST_CHECK int xl_summary_make(struct xl_summary *m, const struct xl_result_set *s,
				  struct xl_diags *d);
void xl_summary_free(struct xl_summary *m);

/* "MUST", "SHOULD", "MAY", "plain" (an imperative without a keyword) */
const char *xl_summary_level_text(enum xl_req_level l);

/* The sum over the sections of one RFC, beginning at row `from`; *next: the first row of the next. */
struct xl_summary_row xl_summary_rfc(const struct xl_summary *m, size_t from, size_t *next);

/* "41 of 43 MUST, 3 of 3 SHOULD, 1 of 1 plain; unsupported: 2 MUST (lacks x: why)". */
void xl_summary_row_put(FILE *to, const struct xl_summary_row *row);

/* The short form: a line for each RFC, for the first sections where something is missed, and for the
 * reasons why most cases were not judged. */
void xl_summary_put(FILE *to, const struct xl_summary *m);

#endif
