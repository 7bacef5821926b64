/* cmd_vectors.c - xlatlab vectors: build, check, show, lint and fmt. */
#include "vectors/cmd_vectors.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ref/io/opts.h"
#include "ref/io/where.h"
#include "vectors/fmt.h"
#include "vectors/lint.h"
#include "vectors/show.h"

struct tree { /* where things are when no option says so */
	char vectors[PATH_MAX], requirements[PATH_MAX];
};

static void find_tree(struct tree *t)
{
	xl_where_below("vectors", t->vectors);
	xl_where_below("conformance/requirements", t->requirements);
}

/* of exit statuses */
#define FAULT "a fault in a case, configuration or requirement (each is told with its place)"
#define NO_FILE "something could not be read or written"

struct build_args {
	const char *mine, *out, *vectors, *requirements;
	bool keep_going, list_left_out;
};

static void print_faults(struct xl_diags *d)
{
	xl_diags_print(d, stderr);
	xl_diags_init(d);
}

/* Of a set that was compiled, or not. */
static int exit_status(int err)
{
	if (err == 0)
		return XL_EXIT_OK;
	return err == XL_ERR_IO || err == XL_ERR_NOMEM ? XL_EXIT_FAILED : XL_EXIT_USAGE;
}

static int say(const struct xl_diags *d, int status)
{
	xl_diags_print(d, stderr);
	return status;
}

/* clang-format off */
static const struct xl_opt build_opts[] = {
	XL_OPT(0, "config", FILE, "MINE.yaml", struct build_args, mine,
	       "addresses and names of your own in place of ours"),
	XL_OPT('o', "out", FILE, "DIR", struct build_args, out,
	       "where the goldens go (vectors/golden; with --config build/golden-mine)"),
	XL_OPT(0, "vectors", FILE, "DIR", struct build_args, vectors,
	       "where cases/ and configs/ are (vectors)"),
	XL_OPT(0, "requirements", FILE, "DIR", struct build_args, requirements,
	       "where the requirements are (conformance/requirements)"),
	XL_OPT(0, "list-left-out", FLAG, NULL, struct build_args, list_left_out,
	       "with --config: list each case that is left out, and why"),
	XL_OPT(0, "keep-going", FLAG, NULL, struct build_args, keep_going,
	       "write the sound cases although others have faults; the exit status still says so"),
};
/* clang-format on */

static const struct xl_usage build_usage = {
	.name = "vectors build",
	.summary = "compiles the cases into goldens",
	.opt = build_opts,
	.n_opts = sizeof(build_opts) / sizeof(build_opts[0]),
	.text = "Exit status: 0 done, 2 wrong usage or " FAULT ", 3 " NO_FILE ".",
};

static int by_reason(const void *a, const void *b)
{
	const struct xl_left_out *x = a, *y = b;
	int order = strcmp(x->reason, y->reason);

	return order ? order : strcmp(x->id, y->id);
}

/* --config: how many cases were left out for each reason; the cases themselves to standard output. */
static void tell_left_out(struct xl_set *s, bool each)
{
	struct xl_left_out *at = s->left_out;
	size_t n = s->n_left_out;

	if (n == 0)
		return;
	qsort(at, n, sizeof(*at), by_reason);
	fprintf(stderr, "%zu cases left out%s\n", n, each ? "" : " (--list-left-out lists them)");
	for (size_t i = 0, first = 0; i < n; i++) {
		if (each)
			printf("%s\t%s%s%s\n", at[i].id, at[i].reason, at[i].detail[0] ? "\t" : "",
			       at[i].detail);
		if (i + 1 < n && strcmp(at[i].reason, at[i + 1].reason) == 0)
			continue;
		fprintf(stderr, "%6zu %s\n", i + 1 - first, at[i].reason);
		first = i + 1;
	}
}

static int cmd_build(int argc, char **argv)
{
	static struct xl_diags d;
	struct xl_set_from from;
	struct build_args a;
	struct tree tree;
	struct xl_set s;
	char out[PATH_MAX + 16];
	int status;

	find_tree(&tree);
	a = (struct build_args){ .vectors = tree.vectors, .requirements = tree.requirements };
	if (!xl_opts_parse(&build_usage, argc, argv, &a, &status))
		return status;
	xl_diags_init(&d);
	from = (struct xl_set_from){ a.vectors, a.requirements, a.mine, print_faults };
	if (a.out)
		snprintf(out, sizeof(out), "%s", a.out);
	else if (a.mine)
		snprintf(out, sizeof(out), "build/golden-mine");
	else
		snprintf(out, sizeof(out), "%s/golden", a.vectors);
	status = exit_status(xl_set_compile(&from, &s, &d));
	if (status == XL_EXIT_OK || (status == XL_EXIT_USAGE && a.keep_going)) {
		if (xl_golden_write(&s.golden, out, &d)) {
			xl_set_fini(&s);
			return say(&d, XL_EXIT_FAILED);
		}
		fprintf(stderr, "%zu cases in %s; libnet agrees on %zu of %zu packets\n",
			s.golden.n_cases, out, s.n_by_libnet, s.n_packets);
		tell_left_out(&s, a.list_left_out);
	}
	xl_set_fini(&s);
	return say(&d, status);
}

/* ---- check, lint, show: all compile first ---- */

struct set_args {
	const char *vectors, *requirements, *golden, *rfc_dir;
	struct xl_operands ids;
};

/* clang-format off */
#define SET_OPTS \
	XL_OPT(0, "vectors", FILE, "DIR", struct set_args, vectors, \
	       "where cases/, configs/ and golden/ are (vectors)"), \
	XL_OPT(0, "requirements", FILE, "DIR", struct set_args, requirements, \
	       "where the requirements are (conformance/requirements)")

static const struct xl_opt set_opts[] = { SET_OPTS };
static const struct xl_opt golden_opts[] = {
	SET_OPTS,
	XL_OPT(0, "golden", FILE, "DIR", struct set_args, golden,
	       "where the goldens are (golden/ beside the cases)"),
};
static const struct xl_opt lint_opts[] = {
	SET_OPTS,
	XL_OPT(0, "golden", FILE, "DIR", struct set_args, golden,
	       "where the goldens are (golden/ beside the cases)"),
	XL_OPT(0, "rfc-dir", FILE, "DIR", struct set_args, rfc_dir,
	       "directory with rfcNNNN.txt to count keywords in (the environment's RFC_DIR)"),
};
/* clang-format on */

static const struct xl_usage check_usage = {
	.name = "vectors check",
	.summary = "fails when the goldens are not what the cases compile to",
	.opt = golden_opts,
	.n_opts = sizeof(golden_opts) / sizeof(golden_opts[0]),
	.text = "Exit status: 0 the same octets, 1 they differ, 2 wrong usage or " FAULT
		", 3 " NO_FILE ".",
};

static const struct xl_usage lint_usage = {
	.name = "vectors lint",
	.summary = "holds cases, requirements, configurations and goldens against each other",
	.opt = lint_opts,
	.n_opts = sizeof(lint_opts) / sizeof(lint_opts[0]),
	.text = "Exit status: 0 no fault, 1 something does not fit, 2 wrong usage or " FAULT
		", 3 " NO_FILE ".",
};

static const struct xl_usage show_usage = {
	.name = "vectors show",
	.summary = "shows a case with its packets, or a requirement with its cases",
	.opt = set_opts,
	.n_opts = sizeof(set_opts) / sizeof(set_opts[0]),
	.operands = "ID ...",
	.min_operands = 1,
	.max_operands = 1000,
	.operands_at = offsetof(struct set_args, ids),
	.text = "Exit status: 0 shown, 2 wrong usage, an id that nothing has, or " FAULT
		", 3 " NO_FILE ".",
};

static const char *golden_dir(const struct set_args *a, char buf[static PATH_MAX + 16])
{
	snprintf(buf, PATH_MAX + 16, "%s/golden", a->vectors);
	return a->golden ? a->golden : buf;
}

static struct set_args default_args(struct tree *t)
{
	find_tree(t);
	return (struct set_args){ .vectors = t->vectors, .requirements = t->requirements };
}

static int compile(const struct set_args *a, struct xl_set *s, struct xl_diags *d)
{
	struct xl_set_from from = { a->vectors, a->requirements, NULL, print_faults };

	xl_diags_init(d);
	return xl_set_compile(&from, s, d);
}

static int cmd_check(int argc, char **argv)
{
	struct tree tree;
	struct set_args a = default_args(&tree);
	static struct xl_diags d;
	struct xl_set s;
	char dir[PATH_MAX + 16];
	int status;

	if (!xl_opts_parse(&check_usage, argc, argv, &a, &status))
		return status;
	status = exit_status(compile(&a, &s, &d));
	if (status == XL_EXIT_OK)
		status = xl_golden_compare(&s.golden, golden_dir(&a, dir), &d) ? XL_EXIT_FOUND
									       : XL_EXIT_OK;
	if (status == XL_EXIT_OK)
		fprintf(stderr, "%zu cases: the goldens are current\n", s.golden.n_cases);
	xl_set_fini(&s);
	return say(&d, status);
}

static int cmd_lint(int argc, char **argv)
{
	struct tree tree;
	struct set_args a = default_args(&tree);
	static struct xl_diags d;
	struct xl_set s;
	char dir[PATH_MAX + 16];
	int status, n;

	a.rfc_dir = getenv("RFC_DIR");
	if (!xl_opts_parse(&lint_usage, argc, argv, &a, &status))
		return status;
	status = exit_status(compile(&a, &s, &d));
	if (status == XL_EXIT_OK) {
		struct xl_lint l = { &s, golden_dir(&a, dir),
				     a.rfc_dir && a.rfc_dir[0] ? a.rfc_dir : NULL, &d,
				     print_faults };

		n = xl_lint_run(&l);
		status = n ? XL_EXIT_FOUND : XL_EXIT_OK;
		fprintf(stderr, "%zu cases, %zu requirements, %zu configurations: %d faults\n",
			s.golden.n_cases, s.reqs.n, s.n_configs, n);
	}
	xl_set_fini(&s);
	return say(&d, status);
}

static int cmd_show(int argc, char **argv)
{
	struct tree tree;
	struct set_args a = default_args(&tree);
	static struct xl_diags d;
	struct xl_set s;
	int status;

	if (!xl_opts_parse(&show_usage, argc, argv, &a, &status))
		return status;
	status = exit_status(compile(&a, &s, &d));
	for (int i = 0; i < a.ids.n && status != XL_EXIT_FAILED; i++)
		if (!xl_show(&s, a.ids.at[i], stdout)) {
			fprintf(stderr,
				"xlatlab vectors show: '%s' is neither a case nor a requirement; "
				"the nearest is '%s'\n",
				a.ids.at[i], xl_show_nearest(&s, a.ids.at[i]));
			status = XL_EXIT_USAGE;
		}
	xl_set_fini(&s);
	return say(&d, status);
}

/* ---- fmt ---- */

struct fmt_args {
	bool check;
	struct xl_operands files;
};

/* clang-format off */
static const struct xl_opt fmt_opts[] = {
	XL_OPT(0, "check", FLAG, NULL, struct fmt_args, check,
	       "write nothing; fail when a file is not in canonical form"),
};
/* clang-format on */

static const struct xl_usage fmt_usage = {
	.name = "vectors fmt",
	.summary = "lays out case files in their canonical form",
	.opt = fmt_opts,
	.n_opts = 1,
	.operands = "[FILE ...]",
	.max_operands = 100000,
	.operands_at = offsetof(struct fmt_args, files),
	.text = "Without files, all of vectors/cases.\n\n"
		"Exit status: 0 done, 1 with --check, a file is not in canonical form, 2 wrong "
		"usage or a file that is no list of cases, 3 a file could not be read or written.",
};

static char *read_text(const char *path, struct xl_diags *d)
{
	FILE *f = fopen(path, "rb"), *to;
	char part[65536], *text = NULL;
	size_t n, size;

	if (!f || !(to = open_memstream(&text, &size))) {
		(void)xl_diag(d, XL_ERR_IO, (struct xl_loc){ .file = path }, "%s", strerror(errno));
		if (f)
			fclose(f);
		return NULL;
	}
	while ((n = fread(part, 1, sizeof(part), f)) > 0)
		fwrite(part, 1, n, to);
	fclose(to);
	if (ferror(f)) { /* a directory opens */
		(void)xl_diag(d, XL_ERR_IO, (struct xl_loc){ .file = path }, "%s", strerror(errno));
		free(text);
		text = NULL;
	}
	fclose(f);
	return text;
}

static int fmt_file(const char *path, bool check, struct xl_diags *d)
{
	char *text = read_text(path, d), *to = text ? xl_fmt_text(text, path, d) : NULL;
	int status = XL_EXIT_OK;
	FILE *f;

	if (!to) {
		status = text ? XL_EXIT_USAGE : XL_EXIT_FAILED;
	} else if (strcmp(text, to) != 0 && check) {
		printf("%s: not in canonical form: xlatlab vectors fmt\n", path);
		status = XL_EXIT_FOUND;
	} else if (strcmp(text, to) != 0) {
		f = fopen(path, "wb");
		if (!f || fputs(to, f) < 0 || fclose(f)) {
			(void)xl_diag(d, XL_ERR_IO, (struct xl_loc){ .file = path }, "%s",
				      strerror(errno));
			status = XL_EXIT_FAILED;
		}
	}
	free(text);
	free(to);
	return status;
}

static int fmt_all(bool check, struct xl_diags *d)
{
	struct xl_arena a = { NULL };
	struct xl_strs suites;
	char cases[PATH_MAX];
	int status;

	xl_where_below("vectors/cases", cases);
	suites = xl_dir_list(&a, cases, true, d);
	status = suites.n ? XL_EXIT_OK : XL_EXIT_FAILED;

	for (uint32_t i = 0; i < suites.n; i++) {
		char *dir = xl_arena_printf(&a, "%s/%s", cases, suites.at[i]);
		struct xl_strs files = xl_dir_list(&a, dir, false, d);

		for (uint32_t k = 0; k < files.n; k++) {
			int one = fmt_file(xl_arena_printf(&a, "%s/%s.yaml", dir, files.at[k]),
					   check, d);

			status = one > status ? one : status;
		}
	}
	xl_arena_fini(&a);
	return status;
}

static int cmd_fmt(int argc, char **argv)
{
	struct fmt_args a = { .check = false };
	static struct xl_diags d;
	int status;

	if (!xl_opts_parse(&fmt_usage, argc, argv, &a, &status))
		return status;
	xl_diags_init(&d);
	if (a.files.n == 0)
		return say(&d, fmt_all(a.check, &d));
	for (int i = 0; i < a.files.n; i++) {
		int one = fmt_file(a.files.at[i], a.check, &d);

		status = i == 0 || one > status ? one : status;
	}
	return say(&d, status);
}

static const struct xl_cmd verbs[] = {
	{ "build", cmd_build, "compiles the cases into goldens" },
	{ "check", cmd_check, "fails when the goldens are not what the cases compile to" },
	{ "show", cmd_show, "shows a case with its packets, or a requirement with its cases" },
	{ "lint", cmd_lint,
	  "holds cases, requirements, configurations and goldens against each other" },
	{ "fmt", cmd_fmt, "lays out case files in their canonical form" },
};

int xl_cmd_vectors(int argc, char **argv)
{
	static const struct xl_cmds cmds = { "xlatlab vectors", "cases and goldens", verbs,
					     sizeof(verbs) / sizeof(verbs[0]) };

	return xl_cmds_run(&cmds, argc, argv);
}
