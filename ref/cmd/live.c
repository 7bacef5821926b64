/* live.c - see live.h. */
#include "ref/cmd/live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- configurations ---- */

static void free_set(struct xl_live_set *set)
{
	if (set)
		xl_chain_close(&set->chain);
	free(set);
}

static struct xl_live_set *read_set(const struct xl_live *l, struct xl_diags *d)
{
	struct xl_live_set *set = calloc(1, sizeof(*set));

	if (!set) {
		(void)xl_diag(d, XL_ERR_NOMEM, XL_NOWHERE, "no memory");
		return NULL;
	}
	if (xl_chain_open(&set->chain, l->config, &l->watch, d) < 0) {
		free(set);
		return NULL;
	}
	if (xl_chain_doors(&set->chain, l->interface, set->door, d) < 0) {
		free_set(set);
		return NULL;
	}
	return set;
}

static bool has_limits(const struct xl_chain *c)
{
	for (size_t i = 0; i < c->n_stages; i++)
		if (c->stage[i].conf.icmp_errors == XL_ERRORS_LIMITED)
			return true;
	return false;
}

/* The one in force goes; the counters add up. */
static int bring_into_force(struct xl_live *l, struct xl_live_set *set, struct xl_diags *d)
{
	int r = l->adopt(l->watch.ctx, set, d);

	if (r < 0) {
		free_set(set);
		return r;
	}
	if (l->now)
		xl_chain_inherit(&set->chain, &l->now->chain);
	free_set(l->now);
	l->now = set;
	l->has_limits = has_limits(&set->chain);
	xl_live_rearm(l, xl_chain_due(&set->chain));
	return 0;
}

/* ---- reading it again ---- */

static void *read_again(void *at)
{
	struct xl_live *l = at;

	l->next = read_set(l, &l->next_diags);
	atomic_store(&l->is_read, true);
	pthread_kill(l->self, SIGALRM);
	return NULL;
}

static bool has_standard_input(const struct xl_opt_list *config)
{
	for (size_t i = 0; i < config->n; i++)
		if (strcmp(config->at[i], "-") == 0)
			return true;
	return false;
}

static void start_reading(struct xl_live *l)
{
	sigset_t all, before;
	int error;

	l->is_wanted = false;
	if (has_standard_input(l->config)) {
		fprintf(stderr, "%s: SIGHUP: standard input cannot be read again\n", l->name);
		return;
	}
	xl_diags_init(&l->next_diags);
	atomic_store(&l->is_read, false);
	sigfillset(&all); /* signals are this thread's */
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&l->reader, NULL, read_again, l);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	l->is_reading = error == 0;
	if (error)
		fprintf(stderr, "%s: SIGHUP: no thread to read with: %s\n", l->name,
			strerror(error));
}

static void finish_reading(struct xl_live *l)
{
	struct xl_live_set *set;

	pthread_join(l->reader, NULL);
	l->is_reading = false;
	set = l->next;
	l->next = NULL;
	if (!set || bring_into_force(l, set, &l->next_diags) < 0) {
		xl_diags_print(&l->next_diags, stderr);
		fprintf(stderr,
			"%s: SIGHUP: the new configuration is refused: the one before stays in "
			"force\n",
			l->name);
	} else if (!l->is_quiet) {
		fprintf(stderr, "%s: SIGHUP: the new configuration is in force\n", l->name);
	}
}

/* ---- the calls ---- */

void xl_live_rearm(struct xl_live *l, int64_t due_ns)
{
	l->due_ns = due_ns;
	xl_notice_wake_at(due_ns);
}

int xl_live_open(struct xl_live *l, struct xl_diags *d)
{
	struct xl_live_set *set;

	l->self = pthread_self();
	l->now_ns = xl_clock_ns();
	l->due_ns = XL_NEVER;
	set = read_set(l, d);
	return set ? bring_into_force(l, set, d) : XL_ERR_SYNTAX;
}

void xl_live_close(struct xl_live *l)
{
	if (l->is_reading) {
		pthread_join(l->reader, NULL);
		free_set(l->next);
	}
	free_set(l->now);
	l->now = l->next = NULL;
	l->is_reading = false;
}

bool xl_live_attend(struct xl_live *l)
{
	unsigned came = xl_notice_take();

	if (came & XL_NOTICE_STOP)
		return false;
	if (came & XL_NOTICE_COUNT)
		l->count(l->watch.ctx);
	if (came & XL_NOTICE_RELOAD)
		l->is_wanted = true;
	if (l->is_reading && atomic_load(&l->is_read))
		finish_reading(l);
	if (l->is_wanted && !l->is_reading)
		start_reading(l);
	if (l->due_ns != XL_NEVER) {
		xl_chain_run(&l->now->chain, xl_live_time(l));
		xl_live_rearm(l, xl_chain_due(&l->now->chain));
	}
	return true;
}
