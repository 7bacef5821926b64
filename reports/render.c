/* render.c - see render.h. */
#include "reports/render.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "conformance/tap.h"
#include "ref/io/out.h"
#include "reports/escape.h"

/* clang-format off */
const struct xl_rendering xl_renderings[] = {
	{ "results.tap", true, xl_render_tap },
	{ "badge.json", true, xl_render_badge },
	{ "junit.xml", false, xl_render_junit },
	{ "summary.md", false, xl_render_markdown },
};
/* clang-format on */
const size_t xl_n_renderings = sizeof xl_renderings / sizeof xl_renderings[0];

int xl_render_tap(FILE *to, const struct xl_render_input *in, size_t n, struct xl_diags *d)
{
	(void)d;
	for (size_t i = 0; i < n; i++)
		xl_tap_write(to, &in[i].set, in[i].captures[0] ? in[i].captures : NULL);
	return 0;
}

static int write_file(const struct xl_rendering *row, const struct xl_render_input *in, size_t n,
		      const char *dir, struct xl_diags *d)
{
	char path[PATH_MAX + 32];
	FILE *to;
	bool bad;
	int r;

	snprintf(path, sizeof path, "%s/%s", dir, row->file);
	to = fopen(path, "we");
	if (!to)
		return xl_diag(d, XL_ERR_IO, XL_NOWHERE, "%s: %s", path, strerror(errno));
	r = row->write(to, in, n, d);
	bad = ferror(to);
	bad |= fclose(to) == EOF;
	if (r == 0 && bad)
		r = xl_diag(d, XL_ERR_IO, XL_NOWHERE, "%s: %s", path,
			    errno ? strerror(errno) : "output error");
	return r;
}

/* dir/NAME; where several runs have one name, dir/NAME-2 and so on. */
static int name_folder(const struct xl_render_input *in, size_t i, const char *dir, char *folder,
		       size_t cap)
{
	char name[64], other[64];
	unsigned same = 1;

	xl_escape_file_name(in[i].set.iut, name);
	for (size_t k = 0; k < i; k++)
		same += strcasecmp(xl_escape_file_name(in[k].set.iut, other), name) == 0;
	return same == 1 ? snprintf(folder, cap, "%s/%s", dir, name)
			 : snprintf(folder, cap, "%s/%s-%u", dir, name, same);
}

static int write_each(const struct xl_rendering *row, const struct xl_render_input *in, size_t n,
		      const char *dir, struct xl_diags *d)
{
	char folder[PATH_MAX];
	int r = 0;

	if (n == 1)
		return write_file(row, in, 1, dir, d);
	for (size_t i = 0; i < n && r == 0; i++) {
		if (name_folder(in, i, dir, folder, sizeof folder) >= (int)sizeof folder)
			return xl_diag(d, XL_ERR_IO, XL_NOWHERE, "%s: the name is too long", dir);
		r = xl_out_make_dir(folder, d);
		if (r == 0)
			r = write_file(row, in + i, 1, folder, d);
	}
	return r;
}

int xl_render_all(const struct xl_render_input *in, size_t n, const char *dir, struct xl_diags *d)
{
	int r = xl_out_make_dir(dir, d);

	for (size_t i = 0; i < xl_n_renderings && r == 0; i++)
		r = xl_renderings[i].is_for_each ? write_each(&xl_renderings[i], in, n, dir, d)
						 : write_file(&xl_renderings[i], in, n, dir, d);
	return r;
}

int xl_render_beside(const struct xl_result_set *set, const char *dir, struct xl_diags *d)
{
	static struct xl_render_input in;

	in.set = *set; /* lent */
	snprintf(in.captures, sizeof in.captures, "%s/failures", dir);
	return xl_render_all(&in, 1, dir, d);
}

int xl_render_read(struct xl_render_input *in, const char *operand, struct xl_diags *d)
{
	char path[PATH_MAX];
	struct stat st;
	bool is_dir = stat(operand, &st) == 0 && S_ISDIR(st.st_mode);
	size_t n = is_dir ? strlen(operand) : 0;
	const char *slash = strrchr(operand, '/');

	if (!is_dir && slash)
		n = (size_t)(slash - operand);
	if (snprintf(path, sizeof path, "%s%s", operand, is_dir ? "/results.jsonl" : "") >=
	    (int)sizeof path)
		return xl_diag(d, XL_ERR_IO, XL_NOWHERE, "%s: the name is too long", operand);
	snprintf(in->captures, sizeof in->captures, "%.*s%sfailures", (int)n, operand,
		 n || slash ? "/" : "");
	if (stat(in->captures, &st) < 0 || !S_ISDIR(st.st_mode))
		in->captures[0] = '\0';
	return xl_results_read(&in->set, path, d);
}
