/* worker.c - see worker.h. */
#include "conformance/worker.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "conformance/attach/attach.h"
#include "conformance/attach/netns.h"
#include "conformance/flight.h"
#include "conformance/frames.h"
#include "ref/io/child.h"

enum { SIGNAL_STACK_BYTES = 64 << 10, LOG_LINES_MAX = 200, FD_MAX = 1024 };

/* What the handler of a fault needs; there is one worker in a process. */
static struct xl_player player;
static int report_fd = -1;
static uint32_t current;
static unsigned log_lines;

/* ---- faults ---- */

static size_t add_text(char *to, size_t at, const char *text)
{
	while (*text)
		to[at++] = *text++;
	return at;
}

static size_t add_number(char *to, size_t at, size_t n)
{
	char digits[24];
	size_t k = 0;

	do
		digits[k++] = (char)('0' + n % 10);
	while (n /= 10);
	while (k)
		to[at++] = digits[--k];
	return at;
}

/* Only async-signal-safe calls; then the signal does what it always does. */
static void on_fault(int sig, siginfo_t *info, void *context)
{
	ptrdiff_t outside = xl_guard_outside(&player.guard, info->si_addr);
	char text[128];
	size_t n = 0;

	(void)context;
	if (outside > 0) {
		n = add_text(text, n, "it touched the octet ");
		n = add_number(text, n, (size_t)outside);
		n = add_text(text, n, " behind the capacity of its packet buffer");
	} else if (outside < 0) {
		n = add_text(text, n, "it touched memory before its packet buffer");
	}
	if (n)
		(void)xl_frame_write(report_fd, XL_FRAME_OUTSIDE, current, text, n);
	signal(sig, SIG_DFL);
	raise(sig);
}

static void catch_faults(void)
{
	static uint8_t stack[SIGNAL_STACK_BYTES];
	stack_t alt = { .ss_sp = stack, .ss_size = sizeof stack };
	struct sigaction a = { .sa_sigaction = on_fault,
			       .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER };

	sigaltstack(&alt, NULL);
	sigaction(SIGSEGV, &a, NULL);
	sigaction(SIGBUS, &a, NULL);
}

static void on_log(void *ctx, const char *text)
{
	size_t n = strnlen(text, 400);

	(void)ctx;
	if (log_lines++ < LOG_LINES_MAX)
		(void)xl_frame_write(report_fd, XL_FRAME_LOG, current, text, n);
}

/* ---- playing ---- */

/* The box, or NULL: the parent is told why. */
static struct xl_box *attach(const struct xl_attach_row *row, const struct xl_attach_to *to)
{
	struct xl_diags diags;
	struct xl_box *box;
	const char *why;

	xl_diags_init(&diags);
	if (row->open(to, &box, &diags) == 0)
		return box;
	why = diags.n ? diags.at[0].text : "cannot be attached";
	(void)xl_frame_write(report_fd, XL_FRAME_REFUSED, 0, why, strlen(why));
	return NULL;
}

/* A process that did wrong is ended; the next case has a fresh one. A plugin lives in this very process: what it
 * did is not undone by opening it again. False: there is none. */
static bool attach_again(const struct xl_attach_row *row, struct xl_attach_to *to)
{
	struct xl_box *box;

	to->is_again = true;
	player.box->ops->free(player.box);
	player.box = NULL;
	if (xl_attach_fault()) {
		(void)xl_frame_write(report_fd, XL_FRAME_REFUSED, 0, xl_attach_fault(),
				     strlen(xl_attach_fault()));
		return false;
	}
	box = attach(row, to);
	if (box)
		xl_player_take(&player, box);
	return box != NULL;
}

/* False: the parent is gone. */
static bool begin(uint32_t number)
{
	current = number;
	log_lines = 0;
	return xl_frame_write(report_fd, XL_FRAME_BEGIN, number, NULL, 0);
}

/* Each alone. False: nothing more can be played. */
static bool play_alone(const struct xl_work *w, const struct xl_attach_row *row,
		       struct xl_attach_to *to, size_t from, size_t until)
{
	static struct xl_played played;
	bool is_spent;

	for (size_t i = from; i < until; i++) {
		int64_t started = xl_clock_ns();

		if (!begin(w->number[i]))
			return false;
		xl_play(&player, &w->golden->cases[current], &played);
		if (!xl_report_write(report_fd, current, &played, &player, xl_clock_ns() - started))
			return false;
		is_spent = w->adapter->is_fresh_per_case || played.finding.verdict == XL_ERROR;
		if (is_spent && !row->needs_plugin && i + 1 < w->n && !attach_again(row, to))
			return false;
	}
	return true;
}

/* All at once, announced and reported only when each of them passed: the parent charges nobody for what happens
 * before. Otherwise what they get is what they get alone. */
static bool play_together(const struct xl_work *w, const struct xl_attach_row *row,
			  struct xl_attach_to *to, size_t from, size_t until)
{
	static struct xl_played played;
	int16_t outcome[XL_FLIGHT_MAX];
	int64_t started = xl_clock_ns(), took_ns;
	enum xl_flight f = xl_flight_play(&player, row->in_flight, w->golden, w->number + from,
					  until - from, outcome);

	if (f == XL_FLIGHT_LOST && !attach_again(row, to))
		return false;
	if (f != XL_FLIGHT_PASSED)
		return play_alone(w, row, to, from, until);
	took_ns = (xl_clock_ns() - started) / (int64_t)(until - from);
	memset(&played, 0, sizeof played);
	played.finding.verdict = XL_PASS;
	for (size_t i = from; i < until; i++) {
		played.finding.outcome = outcome[i - from];
		if (!begin(w->number[i]) ||
		    !xl_report_write(report_fd, current, &played, &player, took_ns))
			return false;
	}
	return true;
}

static void play_all(const struct xl_work *w, const struct xl_attach_row *row,
		     struct xl_attach_to *to)
{
	size_t most = w->in_flight;
	bool goes_on = true;

	if (!most || !row->in_flight || w->adapter->is_fresh_per_case || w->keeps_packets)
		most = 1;
	for (size_t i = 0, n; i < w->n && goes_on; i += n) {
		n = xl_flight_size(w->golden, w->number + i, w->n - i < most ? w->n - i : most,
				   &w->adapter->expected);
		goes_on = n > 1 ? play_together(w, row, to, i, i + n)
				: play_alone(w, row, to, i, i + n);
	}
}

static int work(const struct xl_work *w)
{
	struct xl_attach_to to = { .adapter = w->adapter,
				   .config = &w->golden->config[w->config],
				   .timeout_scale = w->timeout_scale,
				   .seed = w->seed,
				   .scratch = w->scratch,
				   .log = on_log };
	const struct xl_attach_row *row = xl_attach_named(w->adapter->attachment);
	struct xl_diags diags;
	struct xl_box *box;
	const char *version;

	xl_diags_init(&diags);
	if (row->is_namespaced && xl_netns_enter(&diags) < 0) {
		(void)xl_frame_write(report_fd, XL_FRAME_REFUSED, 0, diags.at[0].text,
				     strlen(diags.at[0].text));
		return 1;
	}
	box = attach(row, &to);
	if (!box)
		return 1;
	if (!xl_player_init(&player, box, to.config))
		return 1;
	player.keeps_packets = w->keeps_packets;
	player.is_real_time = !row->has_virtual_time;
	catch_faults();
	version = xl_attach_version(box);
	(void)xl_frame_write(report_fd, XL_FRAME_READY, 0, version, strlen(version));
	play_all(w, row, &to);
	if (w->stays && player.box) {
		(void)xl_frame_write(report_fd, XL_FRAME_END, 0, NULL, 0);
		for (;;)
			pause();
	}
	if (player.box)
		player.box->ops->free(player.box);
	xl_player_fini(&player);
	if (xl_attach_fault()) /* it said why */
		return 1;
	(void)xl_frame_write(report_fd, XL_FRAME_END, 0, NULL, 0);
	return 0;
}

/* ---- the process ---- */

/* Foreign code finds nothing open that is ours but standard error and the pipe of reports: no results, no
 * captures, no pipes of other workers. Its output must not get between the lines of ours either. */
static void isolate(void)
{
	struct rlimit no_core = { 0, 0 };
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (null >= 0)
		dup2(null, STDIN_FILENO);
	dup2(STDERR_FILENO, STDOUT_FILENO);
	for (int fd = STDERR_FILENO + 1; fd < FD_MAX; fd++)
		if (fd != report_fd)
			close(fd);
	setrlimit(RLIMIT_CORE, &no_core);
	signal(SIGINT, SIG_IGN); /* the parent decides when we end */
	signal(SIGHUP, SIG_IGN);
	signal(SIGTERM, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
}

static void become_worker(const struct xl_work *w, pid_t parent, int frames, int talk)
{
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	report_fd = fcntl(frames, F_DUPFD_CLOEXEC, 100);
	if (report_fd < 0 || dup2(talk, STDERR_FILENO) < 0)
		_exit(1);
	isolate();
	_exit(work(w));
}

pid_t xl_worker_start(const struct xl_work *w, int *fd, int *talk_fd)
{
	int frames[2], talk[2];
	pid_t pid, parent = getpid();

	if (pipe2(frames, O_CLOEXEC) < 0)
		return -1;
	if (pipe2(talk, O_CLOEXEC) < 0) {
		close(frames[0]);
		close(frames[1]);
		return -1;
	}
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		become_worker(w, parent, frames[1], talk[1]);
	close(frames[1]);
	close(talk[1]);
	if (pid < 0) {
		close(frames[0]);
		close(talk[0]);
		return -1;
	}
	setpgid(pid, pid); /* the child does the same: whoever is first */
	fcntl(frames[0], F_SETFL, O_NONBLOCK);
	fcntl(talk[0], F_SETFL, O_NONBLOCK);
	*fd = frames[0];
	*talk_fd = talk[0];
	return pid;
}
