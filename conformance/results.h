/* results.h - results.jsonl, the only source of every rendering: one JSON object a line.
 *
 *	{"type": "run", ...}    first
 *	{"type": "case", ...}   one for each case, in the order they ended
 *	{"type": "note", ...}   what happened beside cases
 *	{"type": "end", ...}    last: counts; without it the run was cut off
 *
 * Written by the parent process alone, each line as soon as it is known, so that what was judged stays
 * judged whatever comes later. docs/results.md lists the keys.
 */
#ifndef XL_RESULTS_H
#define XL_RESULTS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "conformance/adapter.h"
#include "conformance/report.h"

enum { XL_RESULTS_FORMAT = 1 };

/* ---- writing ---- */

struct xl_results {
	FILE *to;
	char path[PATH_MAX];
	long whole; /* octets of whole lines that have been written */
	bool has_failed; /* said once; nothing more is written, and a torn line is taken back */
};

struct xl_tally {
	uint32_t of[XL_JUDGED_COUNT]; /* by raw verdict */
	uint32_t xfail, xpass, changed; /* among them, by what was expected */
	uint32_t planned, judged; /* judged: neither unsupported nor skip */
};

XL_MUST_CHECK int xl_results_open(struct xl_results *r, const char *path, struct xl_diags *d);

void xl_results_run(struct xl_results *r, const struct xl_adapter *a, const struct xl_golden *g,
		    bool is_strict, uint32_t planned);

struct xl_case_result {
	const struct xl_case *c;
	const struct xl_report *report;
	enum xl_expectedness expected;
	const struct xl_expectation *expectation; /* may be NULL */
};

void xl_results_case(struct xl_results *r, const struct xl_golden *g,
		     const struct xl_case_result *x);
void xl_results_note(struct xl_results *r, const char *text);
void xl_results_end(struct xl_results *r, const struct xl_tally *t, bool was_interrupted);

/* 0, or XL_ERR_IO when anything could not be written (a full disk), with one message. */
XL_MUST_CHECK int xl_results_close(struct xl_results *r, struct xl_diags *d);

/* ---- reading ---- */

struct xl_result { /* one case line */
	struct xl_tree *tree; /* owns all below */
	const struct xl_node *node;
	const char *id, *title, *message;
	enum xl_judged verdict;
	enum xl_expectedness expected;
	bool is_bad; /* a failure at the run's level, whether it was expected or not */
};

struct xl_result_set {
	struct xl_tree *run; /* the run line; NULL when there is none */
	struct xl_result *at; /* sorted by id */
	size_t n;
	bool is_strict; /* the run's level: `weak` is a failure */
	bool has_end, was_interrupted;
};

XL_MUST_CHECK int xl_results_read(struct xl_result_set *s, const char *path, struct xl_diags *d);
void xl_result_set_free(struct xl_result_set *s);

/* What people are told: "pass", "fail", "xfail", "xpass", "changed", ... */
const char *xl_result_word(const struct xl_result *r);

#endif
