/* wait_test.c - waiting for a descriptor, for a deadline, and for a signal that says stop. */
#include "ref/io/wait.h"

#include "ref/base/tap.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ref/base/box.h"

static struct xl_diags diags;

static void test_wait(void)
{
	int fd[2], stop[2];

	if (pipe(fd) || pipe(stop))
		_exit(99);
	is_int(xl_wait(fd[0], POLLIN, -1, 0), XL_WAIT_LATE, "nothing to read: only looked");
	is_int(xl_wait(fd[0], POLLIN, stop[0], xl_clock_ns() + 2000000), XL_WAIT_LATE,
	       "a deadline passes");
	is_int(xl_wait(fd[1], POLLOUT, stop[0], XL_NEVER), XL_WAIT_READY, "room to write");
	(void)!write(fd[1], "", 1);
	is_int(xl_wait(fd[0], POLLIN, stop[0], XL_NEVER), XL_WAIT_READY, "something to read");
	is_int(xl_wait(fd[0], POLLIN, stop[0], 0), XL_WAIT_READY, "seen by looking, too");
	(void)!write(stop[1], "", 1);
	is_int(xl_wait(fd[0], POLLIN, stop[0], XL_NEVER), XL_WAIT_STOPPED,
	       "stop goes before something to read");
	is_int(xl_wait(fd[0], POLLIN, stop[0], 0), XL_WAIT_STOPPED, "and stays");
	close(stop[0]);
	close(stop[1]);
	(void)!read(fd[0], stop, 1);
	close(fd[1]);
	is_int(xl_wait(fd[0], POLLIN, -1, XL_NEVER), XL_WAIT_READY, "hung up");
	close(fd[0]);
}

/* Each signal stops a wait that has nothing else to end it, and leaves no handler behind. */
static void test_signals(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction now;
	int fd;

	for (size_t i = 0; i < 3; i++) {
		signal(signals[i], SIG_DFL);
		xl_diags_init(&diags);
		fd = xl_stop_open(&diags);
		is_int(xl_wait(-1, 0, fd, 0), XL_WAIT_LATE, "no signal yet");
		raise(signals[i]);
		is_int(xl_wait(-1, 0, fd, XL_NEVER), XL_WAIT_STOPPED, strsignal(signals[i]));
		xl_stop_close();
		sigaction(signals[i], NULL, &now);
		ok(now.sa_handler == SIG_DFL, "given back");
		ok(fcntl(fd, F_GETFD) < 0, "closed");
	}
	signal(SIGINT, SIG_IGN);
	fd = xl_stop_open(&diags);
	raise(SIGINT);
	is_int(xl_wait(-1, 0, fd, 0), XL_WAIT_LATE, "a signal that was ignored stays so");
	xl_stop_close();
	xl_stop_close();
	sigaction(SIGINT, NULL, &now);
	ok(now.sa_handler == SIG_IGN, "afterwards, too");
	signal(SIGINT, SIG_DFL);
}

/* The second signal ends a process whatever it does; the two may differ. */
static void test_second_signal(void)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		signal(SIGINT, SIG_DFL);
		if (xl_stop_open(&diags) < 0)
			_exit(98);
		raise(SIGINT);
		raise(SIGTERM);
		_exit(99);
	}
	waitpid(pid, &status, 0);
	ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM, "the second signal kills");
}

int main(void)
{
	test_wait();
	test_signals();
	test_second_signal();
	return done();
}
