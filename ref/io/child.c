/* child.c - see child.h. */
#include "ref/io/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

/* ---- starting ---- */

struct ends { /* of everything that connects us and the child; -1: none */
	int in[2], out[2]; /* [0] is read from, [1] written to; SOCKET: in[1] is ours, in[0] its */
	int report[2]; /* the errno of a failed exec */
};

static void close_pair(int fd[2])
{
	for (int i = 0; i < 2; i++) {
		if (fd[i] >= 0)
			close(fd[i]);
		fd[i] = -1;
	}
}

static bool open_ends(struct ends *e, enum xl_child_io io)
{
	*e = (struct ends){ { -1, -1 }, { -1, -1 }, { -1, -1 } };
	if (pipe2(e->report, O_CLOEXEC) < 0)
		return false;
	if (io == XL_CHILD_PIPES)
		return pipe2(e->in, O_CLOEXEC) == 0 && pipe2(e->out, O_CLOEXEC) == 0;
	if (io == XL_CHILD_SOCKET)
		return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, e->in) == 0;
	return true;
}

/* In the child: descriptors 0, 1, 2 (and 3) as the spec wants them; everything above is closed by
 * exec. False: errno says why. */
static bool connect_child(const struct xl_child_spec *s, const struct ends *e)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int err = s->stderr_path
			  ? open(s->stderr_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666)
			  : STDERR_FILENO;
	bool is_piped = s->io == XL_CHILD_PIPES;

	if (null < 0 || err < 0)
		return false;
	if (dup2(is_piped ? e->in[0] : null, STDIN_FILENO) < 0 ||
	    dup2(is_piped ? e->out[1] : err, STDOUT_FILENO) < 0 || dup2(err, STDERR_FILENO) < 0)
		return false;
	if (s->io != XL_CHILD_SOCKET)
		return true;
	if (e->in[0] == XL_CHILD_SOCKET_FD)
		return fcntl(XL_CHILD_SOCKET_FD, F_SETFD, 0) == 0;
	return dup2(e->in[0], XL_CHILD_SOCKET_FD) >= 0;
}

__attribute__((noreturn)) static void become(const struct xl_child_spec *s, struct ends *e,
					     char *const *argv, pid_t parent)
{
	sigset_t none;
	int report = fcntl(e->report[1], F_DUPFD_CLOEXEC, 10); /* out of the way of 0 to 3 */
	int why;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent) /* died before the line above */
		_exit(127);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	for (size_t i = 0; i < XL_STOP_SIGNALS; i++)
		signal(xl_stop_signal[i], SIG_DFL);
	for (size_t i = 0; s->env && s->env[i]; i++) {
		char *copy = strdup(s->env[i]);

		if (copy)
			putenv(copy);
	}
	/* none of ours, and none that we inherited ourselves; a kernel too old for it leaves the latter */
	(void)close_range(s->io == XL_CHILD_SOCKET ? XL_CHILD_SOCKET_FD + 1 : 3, ~0u,
			  CLOSE_RANGE_CLOEXEC);
	if ((!s->netns_fd || setns(s->netns_fd, CLONE_NEWNET) == 0) && connect_child(s, e) &&
	    (!s->cwd || chdir(s->cwd) == 0))
		execvp(argv[0], argv);
	why = errno;
	(void)!write(report, &why, sizeof(why));
	_exit(127);
}

/* The argument list execvp() wants: its type has no const. NULL: no memory. */
static char **copy_argv(const char *const *argv)
{
	size_t n = 0;
	char **copy;

	while (argv[n])
		n++;
	copy = malloc((n + 1) * sizeof(*copy));
	if (copy)
		memcpy(copy, argv, (n + 1) * sizeof(*copy));
	return copy;
}

/* Our side after fork(): keeps our ends, and learns whether the program could be started. */
static int adopt(struct xl_child *c, const struct xl_child_spec *s, struct ends *e)
{
	int why = 0;
	ssize_t n;

	setpgid(c->pid, c->pid); /* the child does the same: whoever is first */
	close(e->report[1]);
	e->report[1] = -1;
	do
		n = read(e->report[0], &why, sizeof(why));
	while (n < 0 && errno == EINTR);
	if (n > 0) {
		while (waitpid(c->pid, &c->status, 0) < 0 && errno == EINTR)
			continue;
		c->pid = 0;
		errno = why;
		return XL_ERR_IO;
	}
	if (s->io == XL_CHILD_NONE)
		return 0;
	c->in = e->in[1];
	c->out = s->io == XL_CHILD_SOCKET ? c->in : e->out[0];
	e->in[1] = e->out[0] = -1;
	fcntl(c->in, F_SETFL, fcntl(c->in, F_GETFL) | O_NONBLOCK);
	fcntl(c->out, F_SETFL, fcntl(c->out, F_GETFL) | O_NONBLOCK);
	return 0;
}

int xl_child_start(struct xl_child *c, const struct xl_child_spec *s, struct xl_diags *d)
{
	char **argv = copy_argv(s->argv);
	pid_t parent = getpid();
	struct ends e = { { -1, -1 }, { -1, -1 }, { -1, -1 } };
	int r = XL_ERR_IO;

	*c = (struct xl_child){ .in = -1, .out = -1 };
	if (argv && open_ends(&e, s->io)) {
		fflush(NULL); /* or the child could write our buffered output once more */
		c->pid = fork();
		if (c->pid == 0)
			become(s, &e, argv, parent);
		if (c->pid > 0)
			r = adopt(c, s, &e);
		else
			c->pid = 0;
	}
	if (r < 0)
		(void)xl_diag(d, XL_ERR_IO, XL_NOWHERE, "cannot start %s: %s", s->argv[0],
			      strerror(errno));
	close_pair(e.in);
	close_pair(e.out);
	close_pair(e.report);
	free(argv);
	return r;
}

/* ---- ending ---- */

/* True when the leader has ended; it stays unreaped, so that its id and group stay ours. */
static bool has_ended(struct xl_child *c)
{
	siginfo_t info = { .si_pid = 0 };

	if (waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ||
	    info.si_pid != c->pid)
		return false;
	c->status = info.si_code == CLD_EXITED ? W_EXITCODE(info.si_status, 0)
					       : W_EXITCODE(0, info.si_status);
	return true;
}

bool xl_child_wait(struct xl_child *c, int64_t deadline_ns)
{
	int fd;

	if (!c->pid || has_ended(c))
		return true;
	fd = pidfd_open(c->pid, 0);
	while (!has_ended(c) && xl_clock_ns() < deadline_ns) {
		if (fd >= 0) {
			(void)!xl_wait(fd, POLLIN, -1, deadline_ns);
		} else { /* a kernel or sandbox without pidfd */
			struct timespec pause = { .tv_nsec = 2000000 };

			nanosleep(&pause, NULL);
		}
	}
	if (fd >= 0)
		close(fd);
	return has_ended(c);
}

int xl_child_stop(struct xl_child *c, int64_t grace_ns)
{
	if (c->out >= 0 && c->out != c->in)
		close(c->out);
	if (c->in >= 0)
		close(c->in);
	c->in = c->out = -1;
	if (!c->pid)
		return c->status;
	if (!xl_child_wait(c, xl_clock_ns() + grace_ns)) {
		kill(-c->pid, SIGTERM);
		(void)xl_child_wait(c, xl_clock_ns() + grace_ns);
	}
	kill(-c->pid, SIGKILL);
	while (waitpid(c->pid, &c->status, 0) < 0 && errno == EINTR)
		continue;
	c->pid = 0;
	return c->status;
}

/* ---- conveniences ---- */

int xl_child_capture(const struct xl_child_spec *s, int64_t deadline_ns, char *out, size_t cap,
		     int *status, struct xl_diags *d)
{
	struct xl_child_spec piped = *s;
	struct xl_child c;
	size_t n = 0;
	char more[4096];
	int ready = 0;

	out[0] = '\0';
	piped.io = XL_CHILD_PIPES;
	if (xl_child_start(&c, &piped, d) < 0)
		return XL_ERR_IO;
	close(c.in);
	c.in = -1;
	while ((ready = xl_wait(c.out, POLLIN, -1, deadline_ns)) == XL_WAIT_READY) {
		ssize_t got = read(c.out, more, sizeof(more));
		size_t keep;

		if (got < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (got <= 0)
			break;
		keep = (size_t)got < cap - 1 - n ? (size_t)got : cap - 1 - n;
		memcpy(out + n, more, keep);
		n += keep;
	}
	out[n] = '\0';
	if (ready == XL_WAIT_READY && xl_child_wait(&c, deadline_ns)) {
		*status = xl_child_stop(&c, 0);
		return 0;
	}
	*status = xl_child_stop(&c, 0);
	return xl_diag(d, XL_ERR_STATE, XL_NOWHERE, "%s did not end in time", s->argv[0]);
}

char *xl_child_status_text(int status, char buf[static 64])
{
	if (WIFEXITED(status))
		snprintf(buf, 64, "exit status %d", WEXITSTATUS(status));
	else
		snprintf(buf, 64, "killed by signal %d (%s)", WTERMSIG(status),
			 strsignal(WTERMSIG(status)));
	return buf;
}
