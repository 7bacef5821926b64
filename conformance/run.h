/* run.h - judging many cases: shards, workers, deadlines, one writer of results. */
#ifndef XL_RUN_H
#define XL_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "conformance/adapter.h"
#include "conformance/results.h"

struct xl_run_plan {
	struct xl_adapter *adapter;
	const struct xl_golden *golden;
	const uint32_t *number; /* the cases selected, rising */
	size_t n;
	bool all_rfcs; /* judge RFCs that are not claimed, too */
	bool is_strict; /* `weak` is unexpected */
	unsigned jobs; /* workers at a time */
	unsigned in_flight; /* cases at a time in a worker, where the attachment can */
	unsigned repeat; /* how often each case is played; verdicts must agree */
	bool keeps_packets; /* of cases that passed, too */
	/* Called when all is judged and the implementation still stands, to show what came of it; then its processes are
	 * listed and it stands until a signal ends the run. NULL: it ends with the last case. */
	void (*keep)(void *ctx);
	void *keep_ctx;
	double timeout_scale;
	const char *repro; /* the command line that judges the same again */
	const char *scratch; /* an absolute directory for configurations */
};

struct xl_run_outcome {
	struct xl_tally tally;
	uint32_t unexpected; /* fail, xpass, changed; weak where strict */
	uint32_t errors; /* unexpected errors, and implementations that did not end well */
	bool was_interrupted;
};

/* Runs the plan; every result goes to `to`. Workers and all they started are gone when this returns.
 * 0, or a negative enum xl_err when the run itself could not go on (the results could not be
 * written). */
XL_MUST_CHECK int xl_run_cases(const struct xl_run_plan *plan, struct xl_results *to,
			       struct xl_run_outcome *out, struct xl_diags *d);

#endif
