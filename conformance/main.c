/* main.c - the program: one row a subcommand. The file that drives a subcommand lies in the room it
 * drives; this one only knows their names, and how the man page and the completion are put together.
 */
#include <stdio.h>
#include <string.h>

#include "conformance/cmd_adapter.h"
#include "conformance/cmd_conform.h"
#include "ref/cmd/cmd.h"
#include "ref/io/opts.h"
#include "reports/cmd_diff.h"
#include "reports/cmd_report.h"
#include "reports/render.h"
#include "vectors/cmd_vectors.h"
#include "vectors/explain.h"

static bool field(const uint8_t *ip, size_t len, struct xl_span at, const uint8_t *bits,
		  char name[static 64], char value[static 128])
{
	return xl_field_with(ip, len, (struct xl_bits){ at.at_bit, at.n_bits, bits }, name, value);
}

static int explain(int argc, char **argv)
{
	static const struct xl_explain_hooks hooks = { .build = xl_packet_from_text,
						       .summary = xl_packet_summary,
						       .field = field };

	return xl_cmd_explain(&hooks, argc, argv);
}

static int conform(int argc, char **argv)
{
	static const struct xl_conform_hooks hooks = { .render = xl_render_beside };

	return xl_cmd_conform(&hooks, argc, argv);
}

/* clang-format off */
static const struct xl_cmd commands[] = {
	{ "translate", xl_cmd_translate, "translate a capture between IPv4 and IPv6" },
	{ "explain", explain, "show every rule applied to a packet: before, after, RFC section" },
	{ "conform", conform, "judge an implementation by the golden cases" },
	{ "adapter", xl_cmd_adapter, "help for writing an adapter" },
	{ "report", xl_cmd_report, "render results: JUnit XML, TAP, Markdown, a badge" },
	{ "diff", xl_cmd_diff, "compare two runs: what was fixed, what fails newly" },
	{ "vectors", xl_cmd_vectors, "compile, check, show and lint the cases" },
};
/* clang-format on */

int main(int argc, char **argv)
{
	static const struct xl_cmds table = {
		.prefix = "xlatlab",
		.summary = "a conformance laboratory for IPv4/IPv6 translators",
		.cmd = commands,
		.n_cmds = sizeof(commands) / sizeof(commands[0]),
	};

	int status;

	if (argc == 2 && (xl_is_short_for(argv[1], "--version") || strcmp(argv[1], "-V") == 0)) {
		puts("xlatlab " XL_VERSION);
		return XL_EXIT_OK;
	}
	status = xl_cmds_run(&table, argc, argv);
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	perror("xlatlab: standard output"); /* a full disk must not look like success */
	return XL_EXIT_FAILED;
}
