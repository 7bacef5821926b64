/* jobs.h - cutting a run into jobs: cases of one configuration, about a hundred, for one worker. */
#ifndef XL_JOBS_H
#define XL_JOBS_H

#include "conformance/run.h"

struct xl_job {
	const uint32_t *number; /* cases of one configuration, rising */
	size_t n, next; /* next: the first that was not begun */
	uint16_t config;
	unsigned repetition, hangs; /* hangs: in a row */
	bool is_alone; /* a worker ended with many cases in flight: from now on one at a time */
};

struct xl_jobs {
	struct xl_job *job;
	size_t n, next;
	uint32_t *sorted; /* admitted cases by configuration; the jobs point here */
};

/* The jobs of every case the adapter admits, each `repeat` times, by configuration. 0 or XL_ERR_NOMEM;
 * to be freed by xl_jobs_fini in either case. */
XL_MUST_CHECK int xl_jobs_plan(struct xl_jobs *jobs, const struct xl_run_plan *plan);

/* The next job with cases left to begin, to be taken by a worker; NULL: there is none. */
struct xl_job *xl_jobs_next(struct xl_jobs *jobs);

void xl_jobs_fini(struct xl_jobs *jobs);

#endif
