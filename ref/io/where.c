/* where.c - see where.h. */
#include "ref/io/where.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

/* Where /proc is not mounted: the name that execve() was given. */
static bool program_by_name(char out[static PATH_MAX])
{
	const char *name = (const char *)getauxval(AT_EXECFN);

	return name && realpath(name, out);
}

bool xl_where_program(char out[static PATH_MAX])
{
	ssize_t n = readlink("/proc/self/exe", out, PATH_MAX - 1);

	if (n < 0)
		return program_by_name(out);
	out[n] = '\0';
	return true;
}

static bool join(char out[static PATH_MAX], const char *dir, const char *name)
{
	int n = snprintf(out, PATH_MAX, "%s/%s", dir, name);

	return n > 0 && n < PATH_MAX;
}

static bool holds_data(const char *dir)
{
	char path[PATH_MAX];

	return join(path, dir, "conformance/adapters") && access(path, F_OK) == 0;
}

static bool program_dir(char out[static PATH_MAX])
{
	char *slash;

	if (!xl_where_program(out))
		return false;
	slash = strrchr(out, '/');
	if (slash)
		*slash = '\0';
	return slash != NULL;
}

static bool canonical(const char *dir, const char *below, char out[static PATH_MAX])
{
	char path[PATH_MAX];

	return join(path, dir, below) && realpath(path, out);
}

bool xl_where_data(char out[static PATH_MAX])
{
	static const char *const below[] = { "../..", "../../..", "../share/xlatlab" };
	const char *given = getenv("XLATLAB_DATA");
	char dir[PATH_MAX];

	if (given && *given)
		return realpath(given, out) != NULL;
	if (holds_data(".") && realpath(".", out))
		return true;
	if (!program_dir(dir))
		return false;
	for (size_t i = 0; i < sizeof below / sizeof below[0]; i++)
		if (canonical(dir, below[i], out) && holds_data(out))
			return true;
	return false;
}

void xl_where_below(const char *name, char out[static PATH_MAX])
{
	char dir[PATH_MAX], here[PATH_MAX];

	if (!xl_where_data(dir) || (realpath(".", here) && strcmp(dir, here) == 0) ||
	    !join(out, dir, name))
		snprintf(out, PATH_MAX, "%s", name);
}

bool xl_where_plugin(const char *folder, const char *name, char out[static PATH_MAX])
{
	char dir[PATH_MAX], lib[PATH_MAX];

	if (name[0] == '/')
		return realpath(name, out) != NULL;
	if (canonical(folder, name, out))
		return true;
	if (!program_dir(dir))
		return false;
	return canonical(dir, name, out) ||
	       (join(lib, "../lib/xlatlab", name) && canonical(dir, lib, out)) ||
	       (join(lib, "..", name) && canonical(dir, lib, out));
}
