/* cmd_adapter.c - `xlatlab adapter`: what an adapter's `run` may call, and help for those who write one. */
#include "conformance/cmd_adapter.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/adapter_check.h"
#include "conformance/adapter_new.h"
#include "ref/io/opts.h"
#include "ref/io/where.h"
#include "ref/io/yaml.h"

/* ---- get ---- */

struct get_args {
	struct xl_operands words;
};

static const struct xl_usage get_usage = {
	.name = "adapter get",
	.summary = "prints a value of a configuration",
	.operands = "CONFIG PATH",
	.min_operands = 2,
	.max_operands = 2,
	.operands_at = offsetof(struct get_args, words),
	.text = "CONFIG is the file that the verbs `config`, `start` and `stop` of an adapter are "
		"given, or the YAML beside it. PATH is a key, or keys and list positions (from 0) "
		"with dots between: own.ipv4, "
		"interfaces.0.mtu.\n\n"
		"A scalar is one line. A list is a line for each item; an item that is a mapping "
		"is its "
		"scalars in order, with a space between. What is not there, or null, is no line: a "
		"shell script reads `$(xlatlab adapter get \"$2\" prefix6)` and tests for "
		"emptiness.",
};

static const struct xl_node *step(const struct xl_node *n, const char *word, size_t len)
{
	char key[64], *end;
	unsigned long i;

	if (len >= sizeof key)
		return NULL;
	memcpy(key, word, len);
	key[len] = '\0';
	if (n->kind != XL_YAML_SEQ)
		return xl_node_get(n, key);
	i = strtoul(key, &end, 10);
	return len && !*end && i < n->n ? n->item[i] : NULL;
}

static const struct xl_node *find(const struct xl_node *n, const char *path)
{
	while (n && *path) {
		size_t len = strcspn(path, ".");

		n = step(n, path, len);
		path += len + (path[len] == '.');
	}
	return n;
}

static bool is_null(const struct xl_node *n)
{
	return n->kind == XL_YAML_SCALAR && !n->is_quoted && xl_node_is(n, "null");
}

static void print_row(const struct xl_node *n)
{
	const char *gap = "";

	if (n->kind == XL_YAML_SCALAR) {
		printf("%s", n->text);
	} else {
		for (uint32_t i = 0; i < n->n; i++)
			if (n->item[i]->kind == XL_YAML_SCALAR) {
				printf("%s%s", gap, n->item[i]->text);
				gap = " ";
			}
	}
	putchar('\n');
}

static int cmd_get(int argc, char **argv)
{
	static struct xl_diags d;
	struct get_args a = { .words = { .n = 0 } };
	const struct xl_node *n;
	struct xl_tree *t;
	int status;

	if (!xl_opts_parse(&get_usage, argc, argv, &a, &status))
		return status;
	xl_diags_init(&d);
	t = xl_tree_read(a.words.at[0], &d);
	if (!t) {
		xl_diags_print(&d, stderr);
		return XL_EXIT_FAILED;
	}
	n = find(xl_tree_root(t), a.words.at[1]);
	if (n && n->kind == XL_YAML_SEQ) {
		for (uint32_t i = 0; i < n->n; i++)
			print_row(n->item[i]);
	} else if (n && !is_null(n)) {
		print_row(n);
	}
	xl_tree_free(t);
	return XL_EXIT_OK;
}

/* ---- check ---- */

struct check_args {
	struct xl_operands words;
	double timeout_scale;
};

static const struct xl_opt check_options[] = {
	XL_OPT(0, "timeout-scale", REAL, "X", struct check_args, timeout_scale,
	       "multiply every deadline; default: 1", .min = 0, .max = 1000),
};

static const struct xl_usage check_usage = {
	.name = "adapter check",
	.summary = "tries an adapter out and says what to fix",
	.opt = check_options,
	.n_opts = sizeof check_options / sizeof check_options[0],
	.operands = "NAME|FOLDER",
	.min_operands = 1,
	.max_operands = 1,
	.operands_at = offsetof(struct check_args, words),
	.text = "Reads adapter.yaml and expected.yaml, calls every verb and one that does not "
		"exist, starts "
		"and stops the implementation twice, gives it a configuration that is none, and "
		"looks at "
		"what is left: processes, network devices, named namespaces, files in the folder "
		"and "
		"in TMPDIR. One TAP point each on standard output, with what to fix.\n\n"
		"Exit status: 0 nothing to fix, 1 something is to be fixed, 2 wrong usage or no "
		"such "
		"adapter, 3 the implementation is not installed, the system lets nobody try it, or "
		"interrupted.",
};

static int cmd_check(int argc, char **argv)
{
	struct check_args a = { .timeout_scale = 1 };
	struct xl_adapter_check c = { .to = stdout };
	char data[PATH_MAX], program[PATH_MAX];
	int status;

	if (!xl_opts_parse(&check_usage, argc, argv, &a, &status))
		return status;
	if (!(a.timeout_scale > 0))
		return xl_opts_refuse(&check_usage,
				      "--timeout-scale: allowed is a number greater than 0");
	if (!xl_where_data(data)) {
		fputs("xlatlab adapter check: no cases found: set XLATLAB_DATA to the directory "
		      "that "
		      "holds vectors/ and conformance/\n",
		      stderr);
		return XL_EXIT_FAILED;
	}
	c.iut = a.words.at[0];
	c.data = data;
	c.timeout_scale = a.timeout_scale;
	if (xl_where_program(program))
		setenv("XLATLAB", program, 1); /* for what adapters run */
	return xl_adapter_check(&c);
}

/* ---- new ---- */

struct new_args {
	struct xl_operands words;
	int attachment;
};

static const struct xl_opt new_options[] = {
	XL_OPT('a', "attachment", CHOICE, XL_ADAPTER_NEW_WORDS, struct new_args, attachment,
	       "how packets reach the implementation", .is_required = true),
};

static const struct xl_usage new_usage = {
	.name = "adapter new",
	.summary = "writes the skeleton of an adapter",
	.opt = new_options,
	.n_opts = sizeof new_options / sizeof new_options[0],
	.operands = "FOLDER",
	.min_operands = 1,
	.max_operands = 1,
	.operands_at = offsetof(struct new_args, words),
	.text = "Makes the folder, whose last part is the adapter's name, with adapter.yaml and "
		"`run` (with "
		"`plugin`: plugin.c), and lists the lines that are to be filled in. `xlatlab "
		"adapter "
		"check FOLDER` then says what is wrong still.",
};

static int cmd_new(int argc, char **argv)
{
	static struct xl_diags d;
	struct new_args a = { .attachment = 0 };
	int status;

	if (!xl_opts_parse(&new_usage, argc, argv, &a, &status))
		return status;
	xl_diags_init(&d);
	if (xl_adapter_new(a.words.at[0], (enum xl_adapter_new)a.attachment, stdout, &d) == 0)
		return XL_EXIT_OK;
	xl_diags_print(&d, stderr);
	return XL_EXIT_FAILED;
}

/* ---- the command ---- */

/* clang-format off */
static const struct xl_cmd verbs[] = {
	{ "new", cmd_new, "write the skeleton of an adapter" },
	{ "check", cmd_check, "try an adapter out, say what to fix" },
	{ "get", cmd_get, "print a value of a configuration" },
};
/* clang-format on */

int xl_cmd_adapter(int argc, char **argv)
{
	static const struct xl_cmds table = {
		.prefix = "xlatlab adapter",
		.summary = "help for writing an adapter",
		.cmd = verbs,
		.n_cmds = sizeof(verbs) / sizeof(verbs[0]),
	};

	return xl_cmds_run(&table, argc, argv);
}
