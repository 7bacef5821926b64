/* cmd_adapter.c - `xlatlab adapter`: what an adapter's `run` may call, and help for those who write one. */
#include "conformance/cmd_adapter.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ref/io/opts.h"
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

/* ---- the command ---- */

/* clang-format off */
static const struct xl_cmd verbs[] = {
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
