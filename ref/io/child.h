/* child.h - a command in a process group of its own, on pipes or on a datagram socket, with deadlines.
 *
 * Whatever the command starts dies with it: the whole group is killed before its leader is reaped, and
 * the leader is killed by the kernel should we die first. Nothing waits for ever. Our ends of pipes and
 * socket are non-blocking and close-on-exec. Writing to a command that has ended gives EPIPE: callers
 * ignore SIGPIPE.
 */
#ifndef XL_IO_CHILD_H
#define XL_IO_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "ref/base/diag.h"
#include "ref/io/wait.h" /* deadlines are given in its clock */

enum xl_child_io {
	XL_CHILD_NONE, /* standard input is empty; standard output goes where standard error goes */
	XL_CHILD_PIPES, /* standard input and output are pipes */
	XL_CHILD_SOCKET, /* AF_UNIX, SOCK_SEQPACKET, at XL_CHILD_SOCKET_FD; the rest as with NONE */
};

enum { XL_CHILD_SOCKET_FD = 3 };

struct xl_child_spec {
	const char *const *argv; /* NULL-terminated; argv[0] without a slash is looked up in PATH */
	const char *const *env; /* "NAME=value" in addition to ours, NULL-terminated; NULL: none */
	const char *cwd; /* NULL: ours */
	const char *stderr_path; /* appended to; NULL: ours */
	enum xl_child_io io;
	int netns_fd; /* the network namespace it runs in; 0: ours */
};

struct xl_child {
	pid_t pid; /* 0: none, or reaped */
	int in, out; /* we write to in and read from out; the same socket with SOCKET; -1: none */
	int status; /* as of waitpid(), once it has ended */
};

/* 0 once the command runs: a program that is not there is an error here (XL_ERR_IO). */
XL_MUST_CHECK int xl_child_start(struct xl_child *c, const struct xl_child_spec *s,
				 struct xl_diags *d);

/* True when the command has ended by the deadline; c->status then says how. What else its group does
 * goes on until xl_child_stop(). */
bool xl_child_wait(struct xl_child *c, int64_t deadline_ns);

/* Closes our ends, gives the command grace_ns to end by itself and as long again after SIGTERM, then
 * kills its group, and reaps it. Returns c->status. Calling it again does nothing. */
int xl_child_stop(struct xl_child *c, int64_t grace_ns);

/* Runs a command to its end with standard output into out (at most cap - 1 octets, NUL-terminated; what
 * is more is read and dropped). 0: *status is set; XL_ERR_STATE: the deadline passed, all was killed. */
XL_MUST_CHECK int xl_child_capture(const struct xl_child_spec *s, int64_t deadline_ns, char *out,
				   size_t cap, int *status, struct xl_diags *d);

/* "exit status 3", "killed by signal 11 (Segmentation fault)". Returns buf. */
char *xl_child_status_text(int status, char buf[static 64]);

#endif
