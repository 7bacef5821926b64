/* netns.c - see netns.h. */
#include "conformance/attach/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static int refused(struct xl_diags *d, const char *what)
{
	return xl_diag(d, XL_ERR_IO, XL_NOWHERE,
		       "%s: %s: a live run needs root, or a system that lets users make namespaces "
		       "(`unshare -Urn` tells)",
		       what, strerror(errno));
}

static bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool good = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return good;
}

/* The caller is root in a user namespace of its own. */
static int become_root(struct xl_diags *d)
{
	unsigned uid = geteuid(), gid = getegid();
	char map[64];

	if (unshare(CLONE_NEWUSER) < 0)
		return refused(d, "user namespace");
	snprintf(map, sizeof map, "0 %u 1", uid);
	if (!write_file("/proc/self/uid_map", map) || !write_file("/proc/self/setgroups", "deny"))
		return refused(d, "user namespace");
	snprintf(map, sizeof map, "0 %u 1", gid);
	return write_file("/proc/self/gid_map", map) ? 0 : refused(d, "user namespace");
}

/* Ends as the child ends, so that whoever waits for this process sees what became of it. */
__attribute__((noreturn)) static void mirror(pid_t child)
{
	static const struct rlimit no_core = { 0, 0 };
	int status = 0;

	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		continue;
	setrlimit(RLIMIT_CORE, &no_core);
	if (WIFSIGNALED(status)) {
		signal(WTERMSIG(status), SIG_DFL);
		raise(WTERMSIG(status));
	}
	_exit(WEXITSTATUS(status));
}

/* The child's own /proc, or tools in it would see the processes outside. What is mounted here must not show there: in a
 * chroot "/" is no mount, but what lies at /proc is one. */
static int settle_in(struct xl_diags *d)
{
	if ((mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 &&
	     mount(NULL, "/proc", NULL, MS_REC | MS_PRIVATE, NULL) < 0) ||
	    mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
		return refused(d, "/proc of the namespace");
	return 0;
}

int xl_netns_enter(struct xl_diags *d)
{
	int alive[2]; /* nobody ever writes; hung up when the caller is gone */
	pid_t child;

	if (geteuid() != 0 && become_root(d) < 0)
		return XL_ERR_IO;
	if (unshare(CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID) < 0)
		return refused(d, "namespaces");
	if (pipe2(alive, O_CLOEXEC) < 0)
		return refused(d, "pipe");
	fflush(NULL);
	child = fork();
	if (child < 0)
		return refused(d, "fork");
	if (child > 0)
		mirror(child);
	close(alive[1]);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	fcntl(alive[0], F_SETFL, O_NONBLOCK);
	if (read(alive[0], &(char){ 0 }, 1) == 0) /* died before the line above prctl */
		_exit(1);
	close(alive[0]);
	return settle_in(d);
}

void xl_netns_silence(void)
{
	/* A kernel without IPv6 has no such file, and nothing to switch off. */
	(void)!write_file("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
}

void xl_netns_kill_others(void)
{
	if (getpid() != 1)
		return; /* not in one: others are none of ours */
	kill(-1, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		continue;
}
