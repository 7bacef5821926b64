/* jobs.c - see jobs.h. */
#include "conformance/jobs.h"

#include <stdlib.h>

enum { SHARD_CASES = 100 }; /* about; a job larger than that is cut */

static int add_config(struct xl_jobs *jobs, const struct xl_run_plan *plan, uint16_t config,
		      const uint32_t *number, size_t n)
{
	size_t shards = (n + SHARD_CASES - 1) / SHARD_CASES, at = 0;
	struct xl_job *more;

	if (shards > plan->jobs)
		shards = plan->jobs;
	more = realloc(jobs->job, (jobs->n + shards * plan->repeat + 1) * sizeof *more);
	if (!more)
		return XL_ERR_NOMEM;
	jobs->job = more;
	for (size_t i = 0; i < shards; i++) {
		size_t share = (n - at) / (shards - i);

		for (unsigned k = 0; k < plan->repeat; k++)
			jobs->job[jobs->n++] = (struct xl_job){
				.number = number + at, .n = share, .config = config, .repetition = k
			};
		at += share;
	}
	return 0;
}

int xl_jobs_plan(struct xl_jobs *jobs, const struct xl_run_plan *plan)
{
	const struct xl_golden *g = plan->golden;
	size_t n = 0;

	*jobs = (struct xl_jobs){ .sorted = calloc(plan->n + 1, sizeof *jobs->sorted) };
	if (!jobs->sorted)
		return XL_ERR_NOMEM;
	for (size_t k = 0; k < g->n_configs; k++) {
		size_t from = n;

		for (size_t i = 0; i < plan->n; i++) {
			const struct xl_case *c = &g->cases[plan->number[i]];
			char why[XL_MESSAGE_MAX];

			if (c->config == k && xl_adapter_admits(plan->adapter, g, c, plan->all_rfcs,
								why, sizeof why) == XL_PASS)
				jobs->sorted[n++] = plan->number[i];
		}
		if (n > from &&
		    add_config(jobs, plan, (uint16_t)k, jobs->sorted + from, n - from) < 0)
			return XL_ERR_NOMEM;
	}
	return 0;
}

struct xl_job *xl_jobs_next(struct xl_jobs *jobs)
{
	while (jobs->next < jobs->n && jobs->job[jobs->next].next == jobs->job[jobs->next].n)
		jobs->next++;
	return jobs->next < jobs->n ? &jobs->job[jobs->next++] : NULL;
}

void xl_jobs_fini(struct xl_jobs *jobs)
{
	free(jobs->job);
	free(jobs->sorted);
	*jobs = (struct xl_jobs){ 0 };
}
