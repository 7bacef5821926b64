/* wait.c - see wait.h. */
#include "ref/io/wait.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

const int xl_stop_signal[XL_STOP_SIGNALS] = { SIGINT, SIGTERM, SIGHUP };

static struct sigaction before[XL_STOP_SIGNALS];
static int stop_pipe[2] = { -1, -1 };

int64_t xl_clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* What poll() may wait: up to the deadline, rounded up so that it is not called in a ring. */
static int poll_ms(int64_t deadline_ns)
{
	int64_t left = deadline_ns - xl_clock_ns();

	if (left <= 0)
		return 0;
	return left > INT64_C(3600000000000) ? 3600000 : (int)((left + 999999) / 1000000);
}

int xl_wait(int fd, short events, int stop_fd, int64_t deadline_ns)
{
	struct pollfd p[2] = { { .fd = fd, .events = events },
			       { .fd = stop_fd, .events = POLLIN } };

	for (;;) {
		int n = poll(p, 2, poll_ms(deadline_ns));

		if (n > 0)
			return p[1].revents ? XL_WAIT_STOPPED : XL_WAIT_READY;
		if (n < 0 && errno != EINTR)
			return XL_ERR_IO;
		if (xl_clock_ns() >= deadline_ns)
			return XL_WAIT_LATE;
	}
}

/* ---- being told to stop ---- */

static void on_stop(int signal_no)
{
	int saved = errno;

	(void)signal_no;
	(void)!write(stop_pipe[1], "", 1);
	for (size_t i = 0; i < XL_STOP_SIGNALS; i++)
		signal(xl_stop_signal[i], SIG_DFL);
	errno = saved;
}

int xl_stop_open(struct xl_diags *d)
{
	struct sigaction a = { .sa_handler = on_stop, .sa_flags = SA_RESTART };

	if (pipe2(stop_pipe, O_CLOEXEC | O_NONBLOCK) < 0)
		return xl_diag(d, XL_ERR_IO, XL_NOWHERE, "no pipe to be stopped by: %s",
			       strerror(errno));
	sigemptyset(&a.sa_mask);
	for (size_t i = 0; i < XL_STOP_SIGNALS; i++)
		sigaddset(&a.sa_mask, xl_stop_signal[i]);
	for (size_t i = 0; i < XL_STOP_SIGNALS; i++) {
		sigaction(xl_stop_signal[i], NULL, &before[i]);
		if (before[i].sa_handler != SIG_IGN)
			sigaction(xl_stop_signal[i], &a, NULL);
	}
	return stop_pipe[0];
}

void xl_stop_close(void)
{
	if (stop_pipe[0] < 0)
		return;
	for (size_t i = 0; i < XL_STOP_SIGNALS; i++)
		sigaction(xl_stop_signal[i], &before[i], NULL);
	for (size_t i = 0; i < 2; i++) {
		close(stop_pipe[i]);
		stop_pipe[i] = -1;
	}
}
