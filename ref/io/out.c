/* out.c - see out.h. */
#include "ref/io/out.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ref/base/box.h"
#include "ref/io/wait.h"

static void fail(struct xl_out *o, const char *verb, int error)
{
	if (!o->has_failed)
		(void)xl_diag(o->d, XL_ERR_IO, (struct xl_loc){ .file = o->name }, "cannot %s: %s",
			      verb, strerror(error));
	o->has_failed = true;
}

void xl_out_open_fd(struct xl_out *o, int fd, const char *name, struct xl_diags *d)
{
	o->fd = fd;
	o->has_failed = false;
	o->d = d;
	o->n = 0;
	snprintf(o->name, sizeof(o->name), "%s", name);
}

int xl_out_open(struct xl_out *o, const char *path, struct xl_diags *d)
{
	bool is_stdout = strcmp(path, "-") == 0;
	int fd = is_stdout ? STDOUT_FILENO
			   : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	xl_out_open_fd(o, fd, is_stdout ? "standard output" : path, d);
	if (fd >= 0)
		return 0;
	fail(o, "create", errno);
	return XL_ERR_IO;
}

static void write_all(struct xl_out *o, const uint8_t *p, size_t n)
{
	while (n && !o->has_failed) {
		ssize_t done = write(o->fd, p, n);

		if (done < 0 && (errno == EINTR ||
				 (errno == EAGAIN && xl_wait(o->fd, POLLOUT, -1, XL_NEVER) > 0)))
			continue;
		if (done < 0) {
			fail(o, "write", errno);
			return;
		}
		p += done;
		n -= (size_t)done;
	}
}

void xl_out_flush(struct xl_out *o)
{
	write_all(o, o->buf, o->n);
	o->n = 0;
}

void xl_out_put(struct xl_out *o, const void *p, size_t n)
{
	if (n > sizeof(o->buf) - o->n)
		xl_out_flush(o);
	if (n > sizeof(o->buf)) {
		write_all(o, p, n);
	} else if (n) {
		memcpy(o->buf + o->n, p, n);
		o->n += n;
	}
}

int xl_out_close(struct xl_out *o)
{
	if (o->fd < 0)
		return XL_ERR_IO;
	xl_out_flush(o);
	if (close(o->fd) < 0)
		fail(o, "close", errno);
	o->fd = -1;
	return o->has_failed ? XL_ERR_IO : 0;
}

int xl_out_make_dir(const char *path, struct xl_diags *d)
{
	char part[PATH_MAX];
	struct stat st;

	if (snprintf(part, sizeof part, "%s", path) >= (int)sizeof part)
		return xl_diag(d, XL_ERR_IO, XL_NOWHERE, "%s: %s", path, strerror(ENAMETOOLONG));
	for (char *c = part + (*part == '/');; c++) {
		char was = *c;

		if (was != '/' && was != '\0')
			continue;
		*c = '\0';
		if (mkdir(part, 0777) < 0 && errno != EEXIST)
			return xl_diag(d, XL_ERR_IO, XL_NOWHERE, "%s: %s", part, strerror(errno));
		*c = was;
		if (!was)
			break;
	}
	if (stat(path, &st) == 0 && !S_ISDIR(st.st_mode))
		return xl_diag(d, XL_ERR_IO, XL_NOWHERE, "%s: %s", path, strerror(ENOTDIR));
	return 0;
}
