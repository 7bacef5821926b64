/* batch.c - see batch.h. */
#include "vectors/batch.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ref/io/wait.h"

static int refuse(const struct xl_batch *b, const char *path)
{
	return xl_diag(b->d, XL_ERR_IO, (struct xl_loc){ .file = path }, "%s", strerror(errno));
}

int xl_batch_begin(struct xl_batch *b, const char *dir, struct xl_diags *d)
{
	sigset_t set;

	*b = (struct xl_batch){ .dir = dir, .d = d };
	b->has_made_dir = mkdir(dir, 0777) == 0;
	if (!b->has_made_dir && errno != EEXIST)
		return refuse(b, dir);
	sigemptyset(&set);
	for (int i = 0; i < XL_STOP_SIGNALS; i++)
		sigaddset(&set, xl_stop_signal[i]);
	sigprocmask(SIG_BLOCK, &set, &b->signals);
	return 0;
}

static bool is_same(const char *path, const char *text, size_t n)
{
	FILE *f = fopen(path, "rb");
	char *have = f ? malloc(n + 1) : NULL;
	bool same = have && fread(have, 1, n + 1, f) == n && memcmp(have, text, n) == 0;

	free(have);
	if (f)
		fclose(f);
	return same;
}

static bool must_stop(void)
{
	sigset_t pending;
	bool must = false;

	sigpending(&pending);
	for (int i = 0; i < XL_STOP_SIGNALS; i++)
		must = must || sigismember(&pending, xl_stop_signal[i]);
	return must;
}

static const char *path_of(struct xl_batch *b, const char *name, const char *end)
{
	return xl_arena_printf(&b->arena, "%s/%s%s", b->dir, name, end);
}

static int write_part(struct xl_batch *b, const char *name, const char *text, size_t n)
{
	const char *part = path_of(b, name, ".part");
	FILE *f = fopen(part, "wb");
	bool good = f && fwrite(text, 1, n, f) == n;
	int err = errno;

	b->name = xl_arena_grow(&b->arena, b->name, b->n, sizeof(*b->name));
	b->name[b->n++] = xl_arena_printf(&b->arena, "%s", name);
	if (f && fclose(f) && good) {
		good = false;
		err = errno;
	}
	errno = err;
	return good ? 0 : refuse(b, path_of(b, name, ""));
}

int xl_batch_add(struct xl_batch *b, const char *name, const char *text, size_t n)
{
	if (must_stop())
		return xl_diag(b->d, XL_ERR_STATE, (struct xl_loc){ .file = b->dir },
			       "interrupted: the files are as they were");
	if (!is_same(path_of(b, name, ""), text, n))
		return write_part(b, name, text, n);
	(void)unlink(path_of(b, name, ".part")); /* of a run that was killed */
	return 0;
}

/* The parts to their places, the last of them being the seal. */
static int put_in_place(struct xl_batch *b)
{
	const char *seal = path_of(b, b->name[b->n - 1], "");

	if (b->n > 1 && unlink(seal) && errno != ENOENT)
		return refuse(b, seal);
	for (size_t i = 0; i < b->n; i++) {
		const char *path = path_of(b, b->name[i], "");

		if (rename(path_of(b, b->name[i], ".part"), path))
			return refuse(b, path);
	}
	return 0;
}

int xl_batch_end(struct xl_batch *b, int err, const char *seal, const char *text, size_t n)
{
	if (!err)
		err = b->n ? write_part(b, seal, text, n) : xl_batch_add(b, seal, text, n);
	if (!err && b->n)
		err = put_in_place(b);
	for (size_t i = 0; i < b->n && err; i++)
		(void)unlink(path_of(b, b->name[i], ".part"));
	if (err && b->has_made_dir)
		(void)rmdir(b->dir);
	xl_arena_fini(&b->arena);
	sigprocmask(SIG_SETMASK, &b->signals, NULL);
	return err;
}
