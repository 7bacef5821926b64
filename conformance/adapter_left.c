/* adapter_left.c - see adapter_left.h. */
#include "conformance/adapter_left.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ref/io/wait.h"
#include "vectors/compile.h"

#define MARK "XLATLAB_CHECK"

enum { DEPTH_MAX = 8, THINGS_MAX = 4096, ENVIRONMENT_MAX = 1 << 20 };

struct list {
	struct xl_arena *a;
	const char *at[THINGS_MAX];
	uint32_t n;
};

static void add(struct list *l, const char *kind, const char *dir, const char *name)
{
	if (l->n < THINGS_MAX)

		l->at[l->n++] = xl_arena_printf(l->a, "%s %s%s", kind, dir, name);
}

/* Everything below a directory; it need not be there. */
static void add_files(struct list *l, const char *dir, int depth)
{
	DIR *in = opendir(dir);
	struct dirent *e;
	struct stat st;

	while (in && (e = readdir(in))) {
		char *path;

		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		path = xl_arena_printf(l->a, "%s/%s", dir, e->d_name);
		add(l, "file", "", path);
		if (depth < DEPTH_MAX && lstat(path, &st) == 0 && S_ISDIR(st.st_mode))
			add_files(l, path, depth + 1);
	}
	if (in)
		closedir(in);
}

static void add_names(struct list *l, const char *kind, const char *dir)
{
	DIR *in = opendir(dir);
	struct dirent *e;

	while (in && (e = readdir(in)))
		if (e->d_name[0] != '.')
			add(l, kind, dir, e->d_name);
	if (in)
		closedir(in);
}

static void add_devices(struct list *l)
{
	struct if_nameindex *all = if_nameindex();

	for (struct if_nameindex *i = all; i && i->if_index; i++)
		add(l, "device", "", i->if_name);
	if (all)
		if_freenameindex(all);
}

static void look(struct xl_left *l, struct list *to)
{
	to->a = &l->arena;
	add_files(to, l->folder, 0);
	add_files(to, l->tmp, 0);
	add_devices(to);
	add_names(to, "namespace", "/run/netns/");
}

static bool is_in(struct xl_strs all, const char *text)
{
	for (uint32_t i = 0; i < all.n; i++)
		if (strcmp(all.at[i], text) == 0)
			return true;
	return false;
}

/* ---- processes ---- */

static size_t read_all(const char *path, char *to, size_t cap)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t n = 0;
	ssize_t k;

	while (fd >= 0 && n < cap - 1 && (k = read(fd, to + n, cap - 1 - n)) > 0)
		n += (size_t)k;
	if (fd >= 0)
		close(fd);
	to[n] = '\0';
	return n;
}

static bool is_marked(const char *environment, size_t n, const char *mark)
{
	for (size_t i = 0; i < n; i += strlen(environment + i) + 1)
		if (strcmp(environment + i, mark) == 0)
			return true;
	return false;
}

static size_t find_processes(const char *mark, struct xl_diags *d)
{
	DIR *in = opendir("/proc");
	char *environment = malloc(ENVIRONMENT_MAX), path[PATH_MAX], name[64];
	struct dirent *e;
	size_t found = 0;

	while (in && environment && (e = readdir(in))) {
		if (!isdigit((unsigned char)e->d_name[0]) || atol(e->d_name) == (long)getpid())
			continue;
		snprintf(path, sizeof path, "/proc/%.20s/environ", e->d_name);
		if (!is_marked(environment, read_all(path, environment, ENVIRONMENT_MAX), mark))
			continue;
		snprintf(path, sizeof path, "/proc/%.20s/comm", e->d_name);
		read_all(path, name, sizeof name);
		name[strcspn(name, "\n")] = '\0';
		found++;
		(void)xl_diag(d, XL_ERR_STATE, XL_NOWHERE, "process %.20s (%s)", e->d_name, name);
	}
	if (in)
		closedir(in);
	free(environment);
	return found;
}

/* ---- the whole ---- */

void xl_left_begin(struct xl_left *l, const char *folder, const char *tmp)
{
	static struct list things;

	*l = (struct xl_left){ .folder = folder, .tmp = tmp };
	things.n = 0;
	look(l, &things);
	l->before.at = xl_arena_copy(&l->arena, things.at, (things.n + 1) * sizeof *things.at);
	l->before.n = things.n;
	snprintf(l->mark, sizeof l->mark, MARK "=%ld-%lld", (long)getpid(),
		 (long long)xl_clock_ns());
	setenv(MARK, strchr(l->mark, '=') + 1, 1);
	setenv("TMPDIR", tmp, 1);
}

size_t xl_left_find(struct xl_left *l, struct xl_diags *d)
{
	static struct list now;
	size_t found = find_processes(l->mark, d);

	now.n = 0;
	look(l, &now);
	for (uint32_t i = 0; i < now.n; i++)
		if (!is_in(l->before, now.at[i])) {
			found++;
			(void)xl_diag(d, XL_ERR_STATE, XL_NOWHERE, "%s", now.at[i]);
		}
	return found;
}

void xl_left_end(struct xl_left *l)
{
	unsetenv(MARK);
	xl_arena_fini(&l->arena);
}
