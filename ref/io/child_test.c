/* child_test.c - child processes: pipes, socket, deadlines, and that nothing is left behind. */
#include "ref/io/child.h"

#include "ref/base/tap.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SECOND = 1000000000 };

static struct xl_diags diags;

#define SH(script) ((const char *const[]){ "sh", "-c", script, NULL })

static int64_t in(int64_t ns)
{
	return xl_clock_ns() + ns;
}

static void test_pipes(void)
{
	struct xl_child_spec s = { .argv = SH("cat"), .io = XL_CHILD_PIPES };
	struct xl_child c;
	char buf[16] = "";

	xl_diags_init(&diags);
	if (!ok(xl_child_start(&c, &s, &diags) == 0, "cat starts"))
		return;
	is_int(read(c.out, buf, sizeof(buf)), -1, "our end does not block");
	is_int(write(c.in, "hello", 5), 5, "written");
	is_int(xl_wait(c.out, POLLIN, -1, in(60 * (int64_t)SECOND)), 1, "ready to be read");
	is_int(read(c.out, buf, sizeof(buf)), 5, "read back");
	is_str(buf, "hello", "the same octets");
	is_int(xl_wait(c.out, POLLIN, -1, in(SECOND / 100)), 0, "a deadline passes");
	is_int(xl_child_stop(&c, 60 * (int64_t)SECOND), 0,
	       "ends by itself when its input is closed");
	is_int(xl_child_stop(&c, 0), 0, "stopping twice is nothing");
}

static void test_socket(void)
{
	struct xl_child_spec s = {
		.argv = (const char *const[]){ "perl", "-e",
					       "open S, '+<&=3' or die; recv S, $m, "
					       "99999, 0; send S, length $m, 0; "
					       "exit 7",
					       NULL },
		.io = XL_CHILD_SOCKET
	};
	static uint8_t big[65575];
	struct xl_child c;
	char buf[16] = "";

	if (!ok(xl_child_start(&c, &s, &diags) == 0, "socket child starts"))
		return;
	is_int(send(c.in, big, sizeof(big), MSG_NOSIGNAL), sizeof(big),
	       "the longest packet is one datagram");
	ok(xl_wait(c.out, POLLIN, -1, in(60 * (int64_t)SECOND)) == 1 &&
		   recv(c.out, buf, sizeof(buf), 0) == 5,
	   "answer received");
	is_str(buf, "65575", "the datagram arrived whole");
	ok(xl_child_wait(&c, in(60 * (int64_t)SECOND)) && WEXITSTATUS(c.status) == 7,
	   "exit status seen before reaping");
	is_int(WEXITSTATUS(xl_child_stop(&c, 0)), 7, "and after");
}

static bool has_proc(void)
{
	return access("/proc/self/stat", R_OK) == 0;
}

/* A zombie is dead: reaping it is init's business. */
static bool is_alive(pid_t pid)
{
	char path[64], state[256] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "r");
	if (!f)
		return false;
	if (!fgets(state, sizeof(state), f))
		state[0] = '\0';
	fclose(f);
	return state[0] && !strstr(state, ") Z ");
}

/* The group: a grandchild that ignores SIGTERM and outlives its parent must go too. */
static void test_group(void)
{
	struct xl_child_spec s = { .argv = SH("trap '' TERM; sleep 600 & echo $!; wait"),
				   .io = XL_CHILD_PIPES };
	struct xl_child c;
	char buf[32] = "";
	int64_t until;
	pid_t grandchild;

	if (!ok(xl_child_start(&c, &s, &diags) == 0, "a stubborn child starts"))
		return;
	ok(xl_wait(c.out, POLLIN, -1, in(60 * (int64_t)SECOND)) == 1 &&
		   read(c.out, buf, sizeof(buf) - 1) > 0,
	   "its own child runs");
	grandchild = atoi(buf);
	ok(!xl_child_wait(&c, in(SECOND / 50)), "it does not end in time");
	is_int(WTERMSIG(xl_child_stop(&c, SECOND / 20)), SIGKILL, "it is killed");
	until = in(60 * (int64_t)SECOND); /* it would sleep for ten times as long */
	while (is_alive(grandchild) && xl_clock_ns() < until)
		usleep(1000);
	if (has_proc())
		ok(!is_alive(grandchild), "so is the grandchild");
	else
		skip("so is the grandchild", "needs /proc to tell a zombie");
}

static void test_capture(void)
{
	static const struct {
		const char *what, *script, *want;
		int result, status;
	} row[] = {
		{ "output and status", "echo hi; exit 3", "hi\n", 0, 3 << 8 },
		{ "no input", "cat", "", 0, 0 },
		{ "more than fits is cut", "echo 0123456789; exit 0", "0123456", 0, 0 },
		{ "a megabyte is drained", "head -c 1000000 /dev/zero | tr '\\0' x", "xxxxxxx", 0,
		  0 },
		{ "a hanging one is killed", "echo ab; sleep 600", "ab\n", XL_ERR_STATE, SIGKILL },
		{ "a background process that holds the pipe", "sleep 600 & echo ab", "ab\n",
		  XL_ERR_STATE, 0 },
	};
	char out[8], text[64];
	int status;

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct xl_child_spec s = { .argv = SH(row[i].script) };
		int64_t ns = row[i].result ? SECOND / 5 : 60 * (int64_t)SECOND;
		int result;

		do { /* on a machine that stalls, nothing may have been said when the deadline passes */
			xl_diags_init(&diags);
			result = xl_child_capture(&s, in(ns), out, sizeof(out), &status, &diags);
			ns *= 4;
		} while (row[i].result && out[0] == '\0' && ns < 100 * (int64_t)SECOND);
		is_int(result, row[i].result, "capture: %s", row[i].what);
		is_str(out, row[i].want, "capture: %s: output", row[i].what);
		is_int(diags.n, row[i].result != 0, "capture: %s: messages", row[i].what);
		if (row[i].result == 0)
			is_int(status, row[i].status, "capture: %s: status", row[i].what);
	}
	is_str(xl_child_status_text(3 << 8, text), "exit status 3", "status as text");
	is_str(xl_child_status_text(SIGSEGV, text), "killed by signal 11 (Segmentation fault)",
	       "signal as text");
}

static void test_environment(void)
{
	struct xl_child_spec s = { .argv = SH("echo $XL_A$XL_B; pwd"),
				   .env = (const char *const[]){ "XL_A=1", "XL_B=2", NULL },
				   .cwd = "/" };
	char out[64];
	int status;

	is_int(xl_child_capture(&s, in(60 * (int64_t)SECOND), out, sizeof(out), &status, &diags), 0,
	       "a script with environment and directory");
	is_str(out, "12\n/\n", "which arrive");
	s.argv = SH("ls /proc/self/fd | wc -l"); /* one of them is that of ls */
	if (!has_proc())
		skip("no descriptor but 0, 1, 2", "needs /proc to count them");
	else if (ok(xl_child_capture(&s, in(60 * (int64_t)SECOND), out, sizeof(out), &status,
				     &diags) == 0,
		    "a script that counts descriptors"))
		is_str(out, "4\n", "no descriptor but 0, 1, 2");
	xl_diags_init(&diags);
	s = (struct xl_child_spec){ .argv = (const char *const[]){ "/nonexistent/x", NULL } };
	is_int(xl_child_capture(&s, in(60 * (int64_t)SECOND), out, sizeof(out), &status, &diags),
	       XL_ERR_IO, "a program that is not there");
	ok(diags.n == 1 && strstr(diags.at[0].text, "cannot start /nonexistent/x: No such file"),
	   "is said once");
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	test_pipes();
	test_socket();
	test_group();
	test_capture();
	test_environment();
	ok(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD,
	   "no child, not even a zombie, is left");
	return done();
}
