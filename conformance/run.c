/* run.c - see run.h.
 *
 * The parent judges nothing and runs nothing foreign. It hands (configuration, shard) jobs to workers,
 * reads their frames, and when a worker crashes, exits, hangs or babbles it kills the worker's process
 * group, charges the case that was announced last, and starts another worker behind that case.
 */
#include "conformance/run.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "conformance/attach/attach.h"
#include "conformance/report.h"
#include "conformance/talk.h"
#include "conformance/worker.h"
#include "ref/io/child.h"

#define SECOND INT64_C(1000000000)

enum {
	SHARD_CASES = 100, /* about; a job larger than that is cut */
	CASE_SECONDS = 3, /* a case may take; times --timeout-scale */
	OPEN_SECONDS = 20, /* attaching may take: tables of 10^6 rows */
	HANGS_MAX = 5, /* in a row; then the rest of the job is not tried */
	SLOTS_MAX = 64,
	DRAINED_MAX = 2 << 20, /* read behind a worker that has ended: more than a pipe holds */
	FRAME_ROOM = XL_FRAME_MAX + (int)sizeof(struct xl_frame),
};

static const uint32_t NO_CASE = UINT32_MAX;

struct job {
	const uint32_t *number; /* cases of one configuration */
	size_t n, next; /* next: the first that was not begun */
	uint16_t config;
	unsigned repetition, hangs; /* hangs: in a row */
};

struct slot { /* one worker */
	pid_t pid; /* 0: free */
	int fd, talk_fd; /* its frames; its standard output and error */
	int exit_fd; /* readable when it has ended, whoever still holds its pipes; -1: not known */
	struct xl_talk said;
	struct job *job;
	uint32_t current; /* announced and not yet reported, or NO_CASE */
	int64_t deadline_ns;
	bool is_ready, has_ended;
	char outside[160]; /* what it said about its own fault */
	char talk[400]; /* last line of the implementation */
	uint8_t *buf;
	size_t used;
};

struct first { /* what earlier repetitions of a case gave */
	unsigned n;
	uint8_t verdict;
};

struct runner {
	const struct xl_run_plan *plan;
	struct xl_results *to;
	struct xl_run_outcome *out;
	struct job *job;
	size_t n_jobs, next_job;
	struct slot slot[SLOTS_MAX];
	uint32_t *sorted; /* admitted cases by configuration */
	struct first *first; /* by case number, when repeating */
	uint32_t done, planned;
	unsigned lines; /* of talk that were shown */
	bool has_run_line;
	int64_t started_ns, said_ns;
};

static volatile sig_atomic_t stop_signal;

static void on_stop(int sig)
{
	stop_signal = sig;
}

/* ---- results ---- */

static void ensure_run_line(struct runner *r)
{
	if (!r->has_run_line)
		xl_results_run(r->to, r->plan->adapter, r->plan->golden, r->planned);
	r->has_run_line = true;
}

static void count(struct runner *r, enum xl_judged v, enum xl_expectedness x)
{
	struct xl_tally *t = &r->out->tally;
	bool is_bad = v == XL_FAIL || v == XL_ERROR;

	t->of[v]++;
	t->judged += v != XL_SKIP && v != XL_UNSUPPORTED;
	t->changed += x == XL_EXPECTED_CHANGED;
	t->xfail += is_bad && x == XL_EXPECTED_YES;
	t->xpass += !is_bad && v != XL_WEAK && x == XL_EXPECTED_NO;
	if (x == XL_EXPECTED_YES)
		return;
	if (v == XL_ERROR)
		r->out->errors++;
	else
		r->out->unexpected++;
}

static void write_result(struct runner *r, uint32_t number, const struct xl_report *rep)
{
	const struct xl_case *c = &r->plan->golden->cases[number];
	struct xl_case_result x = { .c = c, .report = rep };

	x.expectation = xl_expected_find(&r->plan->adapter->expected, c->id);
	x.expected = xl_expected_diff(x.expectation, &rep->finding, r->plan->is_strict);
	ensure_run_line(r);
	xl_results_case(r->to, r->plan->golden, &x);
	count(r, rep->finding.verdict, x.expected);
	r->done++;
}

/* With --repeat: keeps the first report until the last one is there; they must agree. */
static void result(struct runner *r, uint32_t number, const struct xl_report *rep)
{
	struct first *f = r->first ? &r->first[number] : NULL;
	static struct xl_report other;

	if (!f) {
		write_result(r, number, rep);
		return;
	}
	if (f->n == 0) {
		f->verdict = (uint8_t)rep->finding.verdict;
	} else if (f->verdict != (uint8_t)rep->finding.verdict && f->verdict < XL_JUDGED_COUNT) {
		memset(&other, 0, sizeof other);
		other.finding.verdict = XL_ERROR;
		snprintf(other.finding.message, sizeof other.finding.message,
			 "verdicts differ between repetitions: first %s, then %s",
			 xl_judged_text((enum xl_judged)f->verdict),
			 xl_judged_text(rep->finding.verdict));
		write_result(r, number, &other);
		f->verdict = XL_JUDGED_COUNT; /* already written */
	}
	f->n++;
	if (f->n == r->plan->repeat && f->verdict != XL_JUDGED_COUNT)
		write_result(r, number, rep);
}

static void XL_PRINTF(3, 4) charge(struct runner *r, uint32_t number, const char *fmt, ...)
{
	static struct xl_report rep;
	va_list ap;

	memset(&rep, 0, sizeof rep);
	rep.finding.verdict = XL_ERROR;
	rep.finding.outcome = -1;
	va_start(ap, fmt);
	vsnprintf(rep.finding.message, sizeof rep.finding.message, fmt, ap);
	va_end(ap);
	result(r, number, &rep);
}

static void note(struct runner *r, const char *text)
{
	ensure_run_line(r);
	xl_results_note(r->to, text);
	fprintf(stderr, "xlatlab conform: %s\n", text);
}

/* ---- workers ---- */

static int64_t case_deadline(const struct runner *r, uint32_t number)
{
	const struct xl_case *c = &r->plan->golden->cases[number];
	const struct xl_attach_row *row = xl_attach_named(r->plan->adapter->attachment);
	double ns = CASE_SECONDS * r->plan->timeout_scale * 1e9;

	for (uint16_t i = 0; i < c->n_turns && !row->has_virtual_time; i++)
		ns += (double)c->turn[i].after_ns;
	return xl_clock_ns() + (int64_t)ns;
}

static void start(struct runner *r, struct slot *s, struct job *j)
{
	struct xl_work w = { .adapter = r->plan->adapter,
			     .golden = r->plan->golden,
			     .config = j->config,
			     .number = j->number + j->next,
			     .n = j->n - j->next,
			     .timeout_scale = r->plan->timeout_scale,
			     .scratch = r->plan->scratch,
			     .seed = 1 + j->repetition };
	uint8_t *buf = s->buf ? s->buf : malloc(FRAME_ROOM);

	*s = (struct slot){
		.fd = -1, .talk_fd = -1, .exit_fd = -1, .job = j, .current = NO_CASE, .buf = buf
	};
	s->pid = buf ? xl_worker_start(&w, &s->fd, &s->talk_fd) : -1;
	s->deadline_ns = xl_clock_ns() + (int64_t)(OPEN_SECONDS * SECOND * r->plan->timeout_scale);
	if (s->pid > 0) {
		s->exit_fd = (int)syscall(SYS_pidfd_open, s->pid, 0);
		return;
	}
	s->pid = 0;
	for (; j->next < j->n; j->next++)
		charge(r, j->number[j->next], "no worker could be started: %s", strerror(errno));
}

/* What it has written by now. False: nothing was there. */
static bool read_talk(struct runner *r, struct slot *s)
{
	char text[4096];
	ssize_t n = s->talk_fd >= 0 ? read(s->talk_fd, text, sizeof text) : 0;

	if (n > 0) {
		xl_talk_add(&s->said, r->plan->adapter->name, &r->lines, text, (size_t)n, stderr);
	} else if (s->talk_fd >= 0 && (n == 0 || (errno != EINTR && errno != EAGAIN))) {
		close(s->talk_fd); /* nobody can write there any more */
		s->talk_fd = -1;
	}
	return n > 0;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Ends a worker and everything in its group; how it had ended in `how`. */
static void reap(struct runner *r, struct slot *s, char how[static 64])
{
	int status = 0;

	/* It may have ended by itself: then its own status is what it is known by. */
	if (waitpid(s->pid, &status, WNOHANG) == s->pid) {
		kill(-s->pid, SIGKILL);
	} else {
		kill(-s->pid, SIGKILL);
		kill(s->pid, SIGKILL);
		while (waitpid(s->pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	xl_child_status_text(status, how);
	for (size_t n = 0; n < DRAINED_MAX && read_talk(r, s); n += 4096)
		;
	xl_talk_end(&s->said, r->plan->adapter->name, &r->lines, stderr);
	close_fd(&s->fd);
	close_fd(&s->talk_fd);
	close_fd(&s->exit_fd);
	s->pid = 0;
}

/* The rest of a job whose implementation cannot be attached. */
static void give_up(struct runner *r, struct job *j, const char *why)
{
	for (; j->next < j->n; j->next++)
		charge(r, j->number[j->next], "%s", why);
}

/* The worker is gone; who pays, and does the job go on? */
static void after_death(struct runner *r, struct slot *s, const char *how)
{
	struct job *j = s->job;
	char text[XL_MESSAGE_MAX + 128];
	const char *talk = s->talk[0] ? "; it said last: " : "";

	if (s->current != NO_CASE)
		charge(r, s->current, "%s%s%s%s%s",
		       s->outside[0] ? s->outside : "it ended during the case: ",
		       s->outside[0] ? ": " : "", how, talk, s->talk);
	else if (!s->is_ready) {
		snprintf(text, sizeof text, "it ended while it was attached: %s%s%s", how, talk,
			 s->talk);
		give_up(r, j, text);
	} else if (!s->has_ended && j->next == j->n) {
		snprintf(text, sizeof text,
			 "%s ended badly when it was closed (configuration %s): %s",
			 r->plan->adapter->name, r->plan->golden->config[j->config].name, how);
		note(r, text);
		r->out->errors++;
	}
	s->current = NO_CASE;
	s->job = NULL;
	if (j->next < j->n)
		start(r, s, j);
}

static void on_deadline(struct runner *r, struct slot *s)
{
	struct job *j = s->job;
	char how[64], text[160];
	bool was_playing = s->current != NO_CASE;

	reap(r, s, how);
	if (was_playing) {
		charge(r, s->current, "it did not come back within %.1f s",
		       CASE_SECONDS * r->plan->timeout_scale);
		s->current = NO_CASE;
		if (++j->hangs >= HANGS_MAX) {
			snprintf(text, sizeof text,
				 "not played: the %d cases before did not come back either",
				 HANGS_MAX);
			give_up(r, j, text);
		}
	} else if (!s->is_ready) {
		give_up(r, j, "it could not be attached before the deadline");
	} else {
		snprintf(text, sizeof text, "%.60s did not close before the deadline",
			 r->plan->adapter->name);
		note(r, text);
		r->out->errors++;
	}
	s->job = NULL;
	if (j->next < j->n)
		start(r, s, j);
}

/* ---- frames ---- */

static void copy_text(char *to, size_t cap, const uint8_t *p, size_t n)
{
	if (n >= cap)
		n = cap - 1;
	memcpy(to, p, n);
	to[n] = '\0';
}

/* False: the frame is not what may come now. */
static bool on_frame(struct runner *r, struct slot *s, const struct xl_frame *f, const uint8_t *p)
{
	struct job *j = s->job;
	static struct xl_report rep;

	switch ((enum xl_frame_kind)f->kind) {
	case XL_FRAME_READY:
		s->is_ready = true;
		if (!r->plan->adapter->version[0])
			copy_text(r->plan->adapter->version, sizeof r->plan->adapter->version, p,
				  f->len);
		return true;
	case XL_FRAME_REFUSED:
		copy_text(s->talk, sizeof s->talk, p, f->len);
		give_up(r, j, s->talk);
		return true;
	case XL_FRAME_BEGIN:
		if (s->current != NO_CASE || j->next >= j->n || f->number != j->number[j->next])
			return false;
		j->next++;
		s->current = f->number;
		s->talk[0] = '\0';
		s->deadline_ns = case_deadline(r, f->number);
		return true;
	case XL_FRAME_REPORT:
		if (f->number != s->current || !xl_report_read(&rep, p, f->len))
			return false;
		s->current = NO_CASE;
		j->hangs = 0;
		s->deadline_ns =
			xl_clock_ns() + (int64_t)(OPEN_SECONDS * SECOND * r->plan->timeout_scale);
		result(r, f->number, &rep);
		xl_report_fini(&rep);
		return true;
	case XL_FRAME_OUTSIDE: copy_text(s->outside, sizeof s->outside, p, f->len); return true;
	case XL_FRAME_LOG: copy_text(s->talk, sizeof s->talk, p, f->len); return true;
	case XL_FRAME_END: s->has_ended = true; return true;
	case XL_FRAME_COUNT: break;
	}
	return false;
}

/* Every whole frame in the buffer. */
static bool on_bytes(struct runner *r, struct slot *s)
{
	size_t at = 0;
	bool good = true;

	while (good && s->used - at >= sizeof(struct xl_frame)) {
		struct xl_frame f;

		memcpy(&f, s->buf + at, sizeof f);
		if (f.kind >= XL_FRAME_COUNT || f.len > XL_FRAME_MAX)
			return false;
		if (s->used - at < sizeof f + f.len)
			break;
		good = on_frame(r, s, &f, s->buf + at + sizeof f);
		at += sizeof f + f.len;
	}
	memmove(s->buf, s->buf + at, s->used - at);
	s->used -= at;
	return good;
}

static void end_worker(struct runner *r, struct slot *s)
{
	char how[64];

	reap(r, s, how);
	after_death(r, s, how);
}

static bool has_exited(const struct slot *s)
{
	siginfo_t info = { .si_pid = 0 };

	return waitid(P_PID, (id_t)s->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid;
}

/* One read; what came in *n, 0: nothing yet, -1: nothing will come. False: not what a worker writes. */
static bool read_frames(struct runner *r, struct slot *s, ssize_t *n)
{
	*n = read(s->fd, s->buf + s->used, (size_t)FRAME_ROOM - s->used);
	if (*n <= 0) {
		*n = *n < 0 && (errno == EINTR || errno == EAGAIN) ? 0 : -1;
		return true;
	}
	s->used += (size_t)*n;
	if (on_bytes(r, s))
		return true;
	snprintf(s->outside, sizeof s->outside, "it wrote into the judge's pipe or memory");
	return false;
}

/* It is over when the worker is, not when its pipes close: what it left behind may hold them. */
static void on_exit_of(struct runner *r, struct slot *s)
{
	ssize_t n = 1;

	for (size_t all = 0; n > 0 && all<DRAINED_MAX; all += n> 0 ? (size_t)n : 0)
		if (!read_frames(r, s, &n))
			break;
	end_worker(r, s);
}

static void on_readable(struct runner *r, struct slot *s)
{
	struct timespec wait = { .tv_nsec = 2000000 };
	ssize_t n;
	bool good = read_frames(r, s, &n);

	/* The pipe closes a moment before the process is a zombie. */
	for (int i = 0; i < 100 && n < 0 && !has_exited(s); i++)
		nanosleep(&wait, NULL);
	if (!good || n < 0)
		end_worker(r, s);
}

/* ---- the loop ---- */

static void progress(struct runner *r)
{
	int64_t now = xl_clock_ns();

	if (now - r->started_ns < 2 * SECOND || now - r->said_ns < SECOND / 5 ||
	    !isatty(STDERR_FILENO))
		return;
	r->said_ns = now;
	fprintf(stderr, "\r%" PRIu32 " of %" PRIu32 " cases", r->done, r->planned);
	if (r->done == r->planned)
		fputc('\n', stderr);
}

static struct job *next_job(struct runner *r)
{
	while (r->next_job < r->n_jobs && r->job[r->next_job].next == r->job[r->next_job].n)
		r->next_job++;
	return r->next_job < r->n_jobs ? &r->job[r->next_job++] : NULL;
}

static size_t fill_slots(struct runner *r)
{
	size_t busy = 0, jobs = r->plan->jobs < SLOTS_MAX ? r->plan->jobs : SLOTS_MAX;

	for (size_t i = 0; i < jobs; i++) {
		struct job *j;

		while (!r->slot[i].pid && (j = next_job(r)))
			start(r, &r->slot[i], j);
		busy += r->slot[i].pid != 0;
	}
	return busy;
}

enum { FRAMES, TALK, EXIT, N_FDS }; /* of each worker */

static void turn(struct runner *r)
{
	struct pollfd fd[SLOTS_MAX * N_FDS];
	struct slot *of[SLOTS_MAX];
	int64_t now = xl_clock_ns(), first = now + SECOND / 5;
	nfds_t n = 0;

	for (size_t i = 0; i < SLOTS_MAX; i++) {
		struct slot *s = &r->slot[i];

		if (!s->pid)
			continue;
		fd[n * N_FDS + FRAMES] = (struct pollfd){ .fd = s->fd, .events = POLLIN };
		fd[n * N_FDS + TALK] = (struct pollfd){ .fd = s->talk_fd, .events = POLLIN };
		fd[n * N_FDS + EXIT] = (struct pollfd){ .fd = s->exit_fd, .events = POLLIN };
		of[n++] = s;
		if (s->deadline_ns < first)
			first = s->deadline_ns;
	}
	if (poll(fd, n * N_FDS, first > now ? (int)((first - now) / 1000000) + 1 : 0) < 0)
		return;
	now = xl_clock_ns();
	for (nfds_t i = 0; i < n; i++) {
		if (fd[i * N_FDS + TALK].revents)
			(void)read_talk(r, of[i]);
		if (has_exited(of[i]))
			on_exit_of(r, of[i]);
		else if (fd[i * N_FDS + FRAMES].revents)
			on_readable(r, of[i]);
		else if (now >= of[i]->deadline_ns)
			on_deadline(r, of[i]);
	}
}

/* What left its worker's process group has become a child of ours when the worker ended
 * (PR_SET_CHILD_SUBREAPER). This process has no other children by now. */
static void kill_strays(void)
{
	char path[64], line[4096];
	FILE *in;

	snprintf(path, sizeof path, "/proc/self/task/%ld/children", (long)getpid());
	for (int round = 0; round < 10; round++) { /* a stray's own children come to us in turn */
		bool had_one = false;
		char *at = line;
		size_t n;

		in = fopen(path, "re");
		n = in ? fread(line, 1, sizeof line - 1, in) : 0;
		if (in)
			fclose(in);
		line[n] = '\0';
		for (pid_t pid; (pid = (pid_t)strtol(at, &at, 10)) > 0; had_one = true) {
			kill(pid, SIGKILL);
			waitpid(pid, NULL, 0);
		}
		if (!had_one)
			return;
	}
}

static void kill_all(struct runner *r)
{
	char how[64];

	for (size_t i = 0; i < SLOTS_MAX; i++)
		if (r->slot[i].pid)
			reap(r, &r->slot[i], how);
	kill_strays();
}

/* ---- planning ---- */

static void decline(struct runner *r, uint32_t number, enum xl_judged v, const char *why)
{
	static struct xl_report rep;

	memset(&rep, 0, sizeof rep);
	rep.finding.verdict = v;
	snprintf(rep.finding.message, sizeof rep.finding.message, "%s", why);
	write_result(r, number, &rep);
}

static int add_jobs(struct runner *r, uint16_t config, const uint32_t *number, size_t n)
{
	size_t shards = (n + SHARD_CASES - 1) / SHARD_CASES, at = 0;
	struct job *more;

	if (shards > r->plan->jobs)
		shards = r->plan->jobs;
	more = realloc(r->job, (r->n_jobs + shards * r->plan->repeat + 1) * sizeof *more);
	if (!more)
		return XL_ERR_NOMEM;
	r->job = more;
	for (size_t i = 0; i < shards; i++) {
		size_t share = (n - at) / (shards - i);

		for (unsigned k = 0; k < r->plan->repeat; k++)
			r->job[r->n_jobs++] = (struct job){
				.number = number + at, .n = share, .config = config, .repetition = k
			};
		at += share;
	}
	return 0;
}

static int plan_jobs(struct runner *r, struct xl_diags *d)
{
	const struct xl_run_plan *p = r->plan;
	const struct xl_golden *g = p->golden;
	size_t n = 0;

	r->sorted = calloc(p->n + 1, sizeof *r->sorted);
	if (p->repeat > 1)
		r->first = calloc(g->n_cases + 1, sizeof *r->first);
	if (!r->sorted || (p->repeat > 1 && !r->first))
		return xl_diag(d, XL_ERR_NOMEM, XL_NOWHERE, "no memory left");
	for (size_t k = 0; k < g->n_configs; k++) {
		size_t from = n;

		for (size_t i = 0; i < p->n; i++) {
			const struct xl_case *c = &g->cases[p->number[i]];
			char why[XL_MESSAGE_MAX];

			if (c->config == k && xl_adapter_admits(p->adapter, g, c, p->all_rfcs, why,
								sizeof why) == XL_PASS)
				r->sorted[n++] = p->number[i];
		}
		if (n > from && add_jobs(r, (uint16_t)k, r->sorted + from, n - from) < 0)
			return xl_diag(d, XL_ERR_NOMEM, XL_NOWHERE, "no memory left");
	}
	return 0;
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
			decline(r, p->number[i], v, why);
	}
}

static void watch_signals(struct sigaction old[static 2])
{
	struct sigaction a = { .sa_handler = on_stop };

	stop_signal = 0;
	sigaction(SIGINT, &a, &old[0]);
	sigaction(SIGTERM, &a, &old[1]);
	signal(SIGPIPE, SIG_IGN);
}

int xl_run_cases(const struct xl_run_plan *plan, struct xl_results *to, struct xl_run_outcome *out,
		 struct xl_diags *d)
{
	static struct runner r;
	struct sigaction old[2];
	int result_code;

	memset(&r, 0, sizeof r);
	memset(out, 0, sizeof *out);
	r.plan = plan;
	r.to = to;
	r.out = out;
	r.planned = (uint32_t)plan->n;
	r.started_ns = xl_clock_ns();
	out->tally.planned = r.planned;
	watch_signals(old);
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	result_code = plan_jobs(&r, d);
	while (result_code == 0 && !stop_signal && !to->has_failed && fill_slots(&r)) {
		turn(&r);
		progress(&r);
	}
	kill_all(&r);
	if (result_code == 0 && !stop_signal)
		decline_rest(&r);
	out->was_interrupted = stop_signal != 0;
	ensure_run_line(&r);
	xl_results_end(to, &out->tally, out->was_interrupted);
	sigaction(SIGINT, &old[0], NULL);
	sigaction(SIGTERM, &old[1], NULL);
	for (size_t i = 0; i < SLOTS_MAX; i++)
		free(r.slot[i].buf);
	free(r.job);
	free(r.sorted);
	free(r.first);
	return result_code;
}
