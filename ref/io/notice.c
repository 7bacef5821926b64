/* notice.c - see notice.h. */
#include "ref/io/notice.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/time.h>

#include "ref/base/box.h"
#include "ref/io/wait.h"

static const struct {
	int signal_no;
	unsigned notice;
} row[] = {
	{ SIGINT, XL_NOTICE_STOP },   { SIGTERM, XL_NOTICE_STOP }, { SIGUSR1, XL_NOTICE_COUNT },
	{ SIGHUP, XL_NOTICE_RELOAD }, { SIGALRM, XL_NOTICE_WAKE },
};

enum { ROWS = sizeof(row) / sizeof(row[0]) };

volatile sig_atomic_t xl_notice_came;
static volatile sig_atomic_t came[ROWS];
static struct sigaction before[ROWS];
static int read_fd = -1, blocking;

static void on_signal(int signal_no)
{
	int saved = errno;

	for (size_t i = 0; i < ROWS; i++)
		if (row[i].signal_no == signal_no)
			came[i] = 1;
	for (size_t i = 0; i < ROWS && (signal_no == SIGINT || signal_no == SIGTERM); i++)
		if (row[i].notice == XL_NOTICE_STOP)
			signal(row[i].signal_no, SIG_DFL);
	xl_notice_came = 1;
	(void)fcntl(read_fd, F_SETFL, blocking | O_NONBLOCK);
	errno = saved;
}

int xl_notice_open(int fd, struct xl_diags *d)
{
	struct sigaction a = { .sa_handler = on_signal };

	blocking = fcntl(fd, F_GETFL);
	if (blocking < 0)
		return xl_diag(d, XL_ERR_IO, XL_NOWHERE, "nothing to be interrupted in: %s",
			       strerror(errno));
	read_fd = fd;
	xl_notice_came = 0;
	sigemptyset(&a.sa_mask);
	for (size_t i = 0; i < ROWS; i++)
		sigaddset(&a.sa_mask, row[i].signal_no);
	for (size_t i = 0; i < ROWS; i++) {
		came[i] = 0;
		sigaction(row[i].signal_no, NULL, &before[i]);
		if (before[i].sa_handler != SIG_IGN || row[i].notice == XL_NOTICE_WAKE)
			sigaction(row[i].signal_no, &a, NULL);
	}
	return 0;
}

void xl_notice_close(void)
{
	if (read_fd < 0)
		return;
	xl_notice_wake_at(XL_NEVER);
	for (size_t i = 0; i < ROWS; i++)
		sigaction(row[i].signal_no, &before[i], NULL);
	(void)fcntl(read_fd, F_SETFL, blocking);
	read_fd = -1;
}

unsigned xl_notice_take(void)
{
	unsigned taken = 0;

	/* In this order: a signal that comes between makes it non-blocking with xl_notice_came set, or is
	 * taken below. */
	xl_notice_came = 0;
	(void)fcntl(read_fd, F_SETFL, blocking);
	for (size_t i = 0; i < ROWS; i++) {
		if (came[i]) {
			came[i] = 0;
			taken |= row[i].notice;
		}
	}
	return taken;
}

void xl_notice_wake_at(int64_t due_ns)
{
	struct itimerval t = { .it_value = { 0, 0 } };

	if (due_ns != XL_NEVER) {
		int64_t left_us = (due_ns - xl_clock_ns() + 999) / 1000;

		if (left_us < 1)
			left_us = 1; /* zero would be never */
		t.it_value.tv_sec = (time_t)(left_us / 1000000);
		t.it_value.tv_usec = (suseconds_t)(left_us % 1000000);
	}
	(void)setitimer(ITIMER_REAL, &t, NULL);
}
