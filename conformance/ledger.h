/* ledger.h - the books of a run: what came of each case is counted against what was expected and
 * written once, however often the case was played.
 *
 * Everything a run reports goes through here, so that the tally, the exit status and the results that
 * were written cannot disagree. The `run` line is written as soon as the implementation's version is known:
 * at once, or when it is attached, and before anything else in any case. */
#ifndef XL_LEDGER_H
#define XL_LEDGER_H

#include "conformance/frames.h"
#include "conformance/run.h"

struct xl_ledger {
	const struct xl_run_plan *plan;
	struct xl_results *to;
	struct xl_run_outcome *out;
	struct xl_ledger_first *first; /* by case number, what earlier repetitions gave; or NULL */
	uint32_t done; /* cases written */
	bool has_run_line;
};

/* Opens the books; *out is cleared. The plan, `to` and `out` are kept, not owned. 0 or XL_ERR_NOMEM; to
 * be closed by xl_ledger_end in either case. */
XL_MUST_CHECK int xl_ledger_init(struct xl_ledger *l, const struct xl_run_plan *plan,
				 struct xl_results *to, struct xl_run_outcome *out);

/* The implementation is attached: its version will not become better known. Writes the run line, once. */
void xl_ledger_begin(struct xl_ledger *l);

/* One report of a case, by its number in the golden set. Where cases are repeated, it is written with the
 * last repetition; as an error as soon as two verdicts differ; when the run ends before that, as it came
 * the first time, with a word on how often it was played. */
void xl_ledger_report(struct xl_ledger *l, uint32_t number, const struct xl_report *rep);

/* The same for an error that is the implementation's: it crashed, hung, or could not be attached. */
void XL_PRINTF(3, 4) xl_ledger_charge(struct xl_ledger *l, uint32_t number, const char *fmt, ...);

/* A case that is not played at all, with the reason. */
void xl_ledger_decline(struct xl_ledger *l, uint32_t number, enum xl_judged v, const char *why);

/* An error that belongs to no case: to the results, to standard error, and into the exit status. */
void xl_ledger_note(struct xl_ledger *l, const char *text);

/* Writes what was not played often enough, and the tally, and frees what xl_ledger_init took. */
void xl_ledger_end(struct xl_ledger *l, bool was_interrupted);

#endif
