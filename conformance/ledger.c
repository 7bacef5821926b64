/* ledger.c - see ledger.h. */
#include "conformance/ledger.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct xl_ledger_first {
	struct xl_report *kept; /* NULL: it passed, and there is nothing more to say */
	unsigned n;
	uint8_t verdict;
};

void xl_ledger_begin(struct xl_ledger *l)
{
	const struct xl_results_head head = { .adapter = l->plan->adapter,
					      .golden = l->plan->golden,
					      .repro = l->plan->repro ? l->plan->repro : "",
					      .planned = (uint32_t)l->plan->n,
					      .is_strict = l->plan->is_strict };

	if (!l->has_run_line)
		xl_results_run(l->to, &head);
	l->has_run_line = true;
}

int xl_ledger_init(struct xl_ledger *l, const struct xl_run_plan *plan, struct xl_results *to,
		   struct xl_run_outcome *out)
{
	memset(out, 0, sizeof *out);
	out->tally.planned = (uint32_t)plan->n;
	*l = (struct xl_ledger){ .plan = plan, .to = to, .out = out };
	if (plan->repeat > 1)
		l->first = calloc(plan->golden->n_cases + 1, sizeof *l->first);
	if (plan->repeat > 1 && !l->first)
		return XL_ERR_NOMEM;
	if (plan->adapter->version[0])
		xl_ledger_begin(l);
	return 0;
}

static void count(struct xl_ledger *l, const struct xl_case_result *r)
{
	struct xl_tally *t = &l->out->tally;
	enum xl_judged v = r->report->finding.verdict;
	enum xl_expectedness x = r->expected;
	bool is_bad = xl_judged_is_bad(v, l->plan->is_strict);

	t->of[v]++;
	t->judged += v != XL_SKIP && v != XL_UNSUPPORTED;
	t->changed += x == XL_EXPECTED_CHANGED;
	t->xfail += is_bad && x == XL_EXPECTED_YES;
	t->xpass += !is_bad && x == XL_EXPECTED_NO;
	if (x == XL_EXPECTED_YES)
		return;
	if (v == XL_ERROR)
		l->out->errors++;
	else
		l->out->unexpected++;
}

static void write_result(struct xl_ledger *l, uint32_t number, const struct xl_report *rep)
{
	const struct xl_case *c = &l->plan->golden->cases[number];
	struct xl_case_result x = { .c = c, .report = rep };

	x.expectation = xl_expected_find(&l->plan->adapter->expected, c->id);
	x.expected = xl_expected_diff(x.expectation, &rep->finding, l->plan->is_strict);
	xl_ledger_begin(l);
	xl_results_case(l->to, l->plan->golden, &x);
	count(l, &x);
	l->done++;
}

/* No memory is no fault here: the verdict is known without it. */
static struct xl_report *keep(const struct xl_report *rep)
{
	struct xl_report *kept = rep->finding.verdict == XL_PASS ? NULL : malloc(sizeof *kept);

	if (kept && !xl_report_copy(kept, rep)) {
		free(kept);
		kept = NULL;
	}
	return kept;
}

static void forget(struct xl_ledger_first *f)
{
	if (f->kept)
		xl_report_fini(f->kept);
	free(f->kept);
	f->kept = NULL;
}

/* What came of a case that would have been played again. */
static void write_partial(struct xl_ledger *l, uint32_t number)
{
	const struct xl_ledger_first *f = &l->first[number];
	static const struct xl_report none;
	static struct xl_report rep;
	char *message = rep.finding.message;
	size_t used;

	rep = f->kept ? *f->kept : none;
	rep.finding.verdict = (enum xl_judged)f->verdict;
	used = strlen(message);
	snprintf(message + used, sizeof rep.finding.message - used, "%splayed %u of %u times",
		 used ? "; " : "", f->n, l->plan->repeat);
	write_result(l, number, &rep);
}

void xl_ledger_report(struct xl_ledger *l, uint32_t number, const struct xl_report *rep)
{
	struct xl_ledger_first *f = l->first ? &l->first[number] : NULL;
	static struct xl_report other;

	if (!f) {
		write_result(l, number, rep);
		return;
	}
	if (f->n == 0) {
		f->verdict = (uint8_t)rep->finding.verdict;
		f->kept = keep(rep);
	} else if (f->verdict != (uint8_t)rep->finding.verdict && f->verdict < XL_JUDGED_COUNT) {
		memset(&other, 0, sizeof other);
		other.finding.verdict = XL_ERROR;
		snprintf(other.finding.message, sizeof other.finding.message,
			 "verdicts differ between repetitions: first %s, then %s",
			 xl_judged_text((enum xl_judged)f->verdict),
			 xl_judged_text(rep->finding.verdict));
		write_result(l, number, &other);
		f->verdict = XL_JUDGED_COUNT; /* already written */
	}
	f->n++;
	if (f->n == l->plan->repeat && f->verdict != XL_JUDGED_COUNT)
		write_result(l, number, rep);
}

void xl_ledger_charge(struct xl_ledger *l, uint32_t number, const char *fmt, ...)
{
	static struct xl_report rep;
	va_list ap;

	memset(&rep, 0, sizeof rep);
	rep.finding.verdict = XL_ERROR;
	rep.finding.outcome = -1;
	va_start(ap, fmt);
	vsnprintf(rep.finding.message, sizeof rep.finding.message, fmt, ap);
	va_end(ap);
	xl_ledger_report(l, number, &rep);
}

void xl_ledger_note(struct xl_ledger *l, const char *text)
{
	xl_ledger_begin(l);
	xl_results_note(l->to, text);
	l->out->errors++;
	fprintf(stderr, "xlatlab conform: %s\n", text);
}

void xl_ledger_decline(struct xl_ledger *l, uint32_t number, enum xl_judged v, const char *why)
{
	static struct xl_report rep;

	memset(&rep, 0, sizeof rep);
	rep.finding.verdict = v;
	snprintf(rep.finding.message, sizeof rep.finding.message, "%s", why);
	write_result(l, number, &rep);
}

void xl_ledger_end(struct xl_ledger *l, bool was_interrupted)
{
	l->out->was_interrupted = was_interrupted;
	xl_ledger_begin(l);
	for (uint32_t i = 0; l->first && i < l->plan->golden->n_cases; i++) {
		struct xl_ledger_first *f = &l->first[i];

		if (f->n && f->n < l->plan->repeat && f->verdict != XL_JUDGED_COUNT)
			write_partial(l, i);
		forget(f);
	}
	xl_results_end(l->to, &l->out->tally, was_interrupted);
	free(l->first);
	l->first = NULL;
}
