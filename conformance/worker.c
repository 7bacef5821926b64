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

static void play_all(const struct xl_work *w, const struct xl_attach_row *row,
		     struct xl_attach_to *to)
{
	static struct xl_played played;
	bool is_spent;

	for (size_t i = 0; i < w->n; i++) {
		int64_t started = xl_clock_ns();

		current = w->number[i];
		log_lines = 0;
		if (!xl_frame_write(report_fd, XL_FRAME_BEGIN, current, NULL, 0))
			return;
		xl_play(&player, &w->golden->cases[current], &played);
		if (!xl_report_write(report_fd, current, &played, &player, xl_clock_ns() - started))
			return;
		is_spent = w->adapter->is_fresh_per_case || played.finding.verdict == XL_ERROR;
		if (is_spent && !row->needs_plugin && i + 1 < w->n && !attach_again(row, to))
			return;
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
