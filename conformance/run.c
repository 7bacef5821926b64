/* run.c - see run.h: the loop, its progress line, and the signals that end it.
 *
 * The parent judges nothing and runs nothing foreign: jobs.h cuts the cases into jobs, crew.h has workers
 * do them, ledger.h keeps what came of each case.
 */
#include "conformance/run.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "conformance/crew.h"
#include "conformance/jobs.h"
#include "conformance/ledger.h"
#include "ref/io/child.h"

#define SECOND INT64_C(1000000000)

struct runner {
	const struct xl_run_plan *plan;
	struct xl_ledger ledger;
	struct xl_jobs jobs;
	struct xl_crew crew;
	int64_t started_ns, said_ns;
};

static volatile sig_atomic_t stop_signal;

static void on_stop(int sig)
{
	stop_signal = sig;
}

static void progress(struct runner *r)
{
	int64_t now = xl_clock_ns();

	if (now - r->started_ns < 2 * SECOND || now - r->said_ns < SECOND / 5 ||
	    !isatty(STDERR_FILENO))
		return;
	r->said_ns = now;
	fprintf(stderr, "\r%" PRIu32 " of %zu cases", r->ledger.done, r->plan->n);
	if (r->ledger.done == r->plan->n)
		fputc('\n', stderr);
}

/* Behind the jobs, as what is declined has no line before the version is known. */
static void decline_rest(struct runner *r)
{
	const struct xl_run_plan *p = r->plan;

	for (size_t i = 0; i < p->n; i++) {
		const struct xl_case *c = &p->golden->cases[p->number[i]];
		char why[XL_MESSAGE_MAX];
		enum xl_judged v =
			xl_adapter_admits(p->adapter, p->golden, c, p->all_rfcs, why, sizeof why);

		if (v != XL_PASS)
			xl_ledger_decline(&r->ledger, p->number[i], v, why);
	}
}

/* What was ignored (nohup) stays so. */
static void watch_signals(struct sigaction old[static XL_STOP_SIGNALS])
{
	struct sigaction a = { .sa_handler = on_stop };

	stop_signal = 0;
	for (size_t i = 0; i < XL_STOP_SIGNALS; i++) {
		sigaction(xl_stop_signal[i], NULL, &old[i]);
		if (old[i].sa_handler != SIG_IGN)
			sigaction(xl_stop_signal[i], &a, NULL);
	}
	signal(SIGPIPE, SIG_IGN);
}

static void keep_standing(struct runner *r)
{
	if (stop_signal)
		return;
	r->plan->keep(r->plan->keep_ctx);
	if (!xl_crew_show(&r->crew))
		return;
	while (!stop_signal)
		xl_crew_turn(&r->crew);
}

int xl_run_cases(const struct xl_run_plan *plan, struct xl_results *to, struct xl_run_outcome *out,
		 struct xl_diags *d)
{
	static struct runner r;
	struct sigaction old[XL_STOP_SIGNALS];
	int result_code;

	memset(&r, 0, sizeof r);
	r.plan = plan;
	r.crew.plan = plan;
	r.crew.ledger = &r.ledger;
	r.started_ns = xl_clock_ns();
	watch_signals(old);
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	result_code = xl_ledger_init(&r.ledger, plan, to, out);
	if (result_code == 0)
		result_code = xl_jobs_plan(&r.jobs, plan);
	if (result_code < 0)
		(void)xl_diag(d, result_code, XL_NOWHERE, "no memory left");
	while (result_code == 0 && !stop_signal && !to->has_failed &&
	       xl_crew_fill(&r.crew, &r.jobs)) {
		xl_crew_turn(&r.crew);
		progress(&r);
	}
	if (!plan->keep)
		xl_crew_end(&r.crew);
	if (result_code == 0 && !stop_signal)
		decline_rest(&r);
	xl_ledger_end(&r.ledger, stop_signal != 0);
	if (plan->keep)
		keep_standing(&r);
	xl_crew_end(&r.crew);
	xl_jobs_fini(&r.jobs);
	for (size_t i = 0; i < XL_STOP_SIGNALS; i++)
		sigaction(xl_stop_signal[i], &old[i], NULL);
	return result_code;
}
