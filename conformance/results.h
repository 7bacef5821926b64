/* results.h - results.jsonl, the only source of every rendering: one JSON object a line.
 *
 *	{"type": "run", ...}    first
 *	{"type": "case", ...}   one for each case, in the order they ended
 *	{"type": "note", ...}   what happened beside cases
 *	{"type": "end", ...}    last: counts; without it the run was cut off
 *
 * Written by the parent process alone, each line as soon as it is known, so that what was judged stays
 * judged whatever comes later. docs/results.schema.json lists the keys.
 */
#ifndef XL_RESULTS_H
#define XL_RESULTS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "conformance/adapter.h"
#include "conformance/frames.h"

enum { XL_RESULTS_SCHEMA = 1 }; /* schema_version of docs/results.schema.json */

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

struct xl_results_head { /* what the run line says; nothing is NULL */
	const struct xl_adapter *adapter;
	const struct xl_golden *golden;
	const char *repro; /* judges the same again; "--select ID" can be added to it */
	uint32_t planned;
	bool is_strict; /* `weak` is a failure */
};

void xl_results_run(struct xl_results *r, const struct xl_results_head *h);

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
	uint32_t line;
	enum xl_judged verdict;
	enum xl_expectedness expected;
	bool is_bad; /* a failure at the run's level, whether it was expected or not */
};

struct xl_result_set {
	struct xl_tree *tree; /* of the run line; owns the texts here */
	const char *iut, *iut_version, *attachment, *vectors, *xlatlab, *started,
		*repro; /* or "" */
	struct xl_result *at; /* sorted by id */
	size_t n;
	bool is_strict; /* the run's level: `weak` is a failure */
	char **note;
	size_t n_notes;
	bool has_end, was_interrupted;
};

/* Every line is held against what it must be; the first that is not is one message with its place, and
 * nothing is read. A file without an end line is read as far as it goes. Texts are as they were
 * written: nothing in them may be trusted (plain.h). */
XL_MUST_CHECK int xl_results_read(struct xl_result_set *s, const char *path, struct xl_diags *d);
void xl_result_set_free(struct xl_result_set *s);

/* Not all that was planned is there: interrupted, killed, or the disk was full. */
bool xl_results_cut_off(const struct xl_result_set *s);

/* Members of a line. Texts: "" when there is none. */
const char *xl_result_text(const struct xl_node *n, const char *key);
int64_t xl_result_int(const struct xl_node *n, const char *key, int64_t otherwise);
/* Items of a list; 0 when there is none. */
uint32_t xl_result_count(const struct xl_node *list);

enum xl_word { /* what people are told of a case: the verdict, and what was expected */
	       XL_WORD_PASS,
	       XL_WORD_WEAK,
	       XL_WORD_INFO,
	       XL_WORD_FAIL,
	       XL_WORD_ERROR,
	       XL_WORD_XFAIL,
	       XL_WORD_XPASS,
	       XL_WORD_CHANGED,
	       XL_WORD_UNSUPPORTED,
	       XL_WORD_SKIP,
	       XL_WORD_COUNT
};

enum xl_word xl_result_word(const struct xl_result *r);
const char *xl_word_text(enum xl_word w); /* "pass", "xfail", ... */

#endif
