/* notice_test.c - signals that interrupt a blocking read, whenever they come. */
#include "ref/io/notice.h"

#include "ref/base/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ref/base/box.h"
#include "ref/io/wait.h"

static struct xl_diags diags;
static int fd[2];

/* What the read that a signal ended was told. */
static unsigned read_notice(void)
{
	char c;
	ssize_t n = read(fd[0], &c, 1);

	if (n >= 0 || (errno != EINTR && errno != EAGAIN) || !xl_notice_came)
		return 0;
	return xl_notice_take();
}

static bool is_blocking(void)
{
	return !(fcntl(fd[0], F_GETFL) & O_NONBLOCK);
}

static void test_each(void)
{
	static const struct {
		int signal_no;
		unsigned want;
	} rows[] = {
		{ SIGINT, XL_NOTICE_STOP },   { SIGTERM, XL_NOTICE_STOP },
		{ SIGUSR1, XL_NOTICE_COUNT }, { SIGHUP, XL_NOTICE_RELOAD },
		{ SIGALRM, XL_NOTICE_WAKE },
	};
	struct sigaction now;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		signal(rows[i].signal_no, SIG_DFL);
		is_int(xl_notice_open(fd[0], &diags), 0, "open");
		is_int(xl_notice_came, 0, "nothing came yet");
		raise(rows[i].signal_no);
		is_int(read_notice(), rows[i].want, strsignal(rows[i].signal_no));
		ok(is_blocking(), "reading blocks again");
		is_int(xl_notice_take(), 0, "and is told once");
		xl_notice_close();
		sigaction(rows[i].signal_no, NULL, &now);
		ok(now.sa_handler == SIG_DFL, "given back");
	}
}

static void test_together(void)
{
	is_int(xl_notice_open(fd[0], &diags), 0, "open");
	raise(SIGUSR1);
	raise(SIGHUP);
	raise(SIGUSR1);
	is_int(read_notice(), XL_NOTICE_COUNT | XL_NOTICE_RELOAD, "several at once");
	xl_notice_wake_at(xl_clock_ns() + 1000000);
	is_int(read_notice(), XL_NOTICE_WAKE, "a time that comes");
	xl_notice_wake_at(xl_clock_ns() - 1000000);
	is_int(read_notice(), XL_NOTICE_WAKE, "a time that is past");
	xl_notice_wake_at(xl_clock_ns() + INT64_C(3600000000000));
	xl_notice_wake_at(XL_NEVER);
	xl_notice_close();
	ok(is_blocking(), "left as it was");
}

static void test_second_stop(void)
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		if (xl_notice_open(fd[0], &diags) < 0)
			_exit(99);
		raise(SIGINT);
		raise(SIGTERM);
		_exit(98);
	}
	waitpid(pid, &status, 0);
	ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM, "the second signal to stop ends it");
}

static void test_ignored(void)
{
	struct sigaction now;

	signal(SIGHUP, SIG_IGN);
	is_int(xl_notice_open(fd[0], &diags), 0, "open");
	sigaction(SIGHUP, NULL, &now);
	ok(now.sa_handler == SIG_IGN, "a signal that is ignored stays so");
	xl_notice_close();
	signal(SIGHUP, SIG_DFL);
}

/* Signals from another thread, each sent when the one before has been told: one that fell between a look
 * and the read would stop both for ever. */
enum { SIGNALS = 1000 };
static atomic_int told, is_over;
static pthread_t reader;

static void *send_all(void *unused)
{
	(void)unused;
	for (int i = 0; i < SIGNALS; i++) {
		int64_t deadline_ns = xl_clock_ns() + INT64_C(60000000000);

		for (; atomic_load(&told) < i && !atomic_load(&is_over); sched_yield()) {
			if (xl_clock_ns() > deadline_ns) {
				atomic_store(&is_over, 1);
				close(fd[1]); /* so that the read ends after all */
			}
		}
		if (atomic_load(&is_over))
			return NULL;
		pthread_kill(reader, SIGUSR1);
	}
	return NULL;
}

static void test_race(void)
{
	pthread_t sender;
	int n = 0;

	reader = pthread_self();
	is_int(xl_notice_open(fd[0], &diags), 0, "open");
	is_int(pthread_create(&sender, NULL, send_all, NULL), 0, "a second thread");
	while (n < SIGNALS && !atomic_load(&is_over))
		if (read_notice() & XL_NOTICE_COUNT)
			atomic_store(&told, ++n);
	atomic_store(&is_over, 1);
	pthread_join(sender, NULL);
	is_int(n, SIGNALS, "no signal was lost on the way into a read");
	xl_notice_close();
}

int main(void)
{
	xl_diags_init(&diags);
	if (pipe(fd))
		return 99;
	is_int(xl_notice_open(-1, &diags), XL_ERR_IO, "no descriptor");
	is_int(diags.n, 1, "said");
	test_each();
	test_together();
	test_second_stop();
	test_ignored();
	test_race();
	return done();
}
