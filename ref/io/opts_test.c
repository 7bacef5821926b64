/* opts_test.c - parsing, messages, help and completion of option tables; tables of commands. */
#include "ref/io/opts.h"

#include "ref/base/tap.h"

#include <stdlib.h>
#include <unistd.h>

struct args {
	bool quiet, json;
	const char *out;
	int64_t jobs;
	double scale;
	int level;
	struct xl_opt_list config;
	struct xl_operands rest;
};

/* clang-format off */
static const struct xl_opt table[] = {
	XL_OPT('c', "config", LIST, "CONFIG", struct args, config, "configuration", .is_required = true),
	XL_OPT('q', "quiet", FLAG, NULL, struct args, quiet, "no talk"),
	XL_OPT(0, "json", FLAG, NULL, struct args, json, "lines of JSON"),
	XL_OPT('o', "out", FILE, "FILE", struct args, out, "where to; default: standard output",
	       .is_once = true),
	XL_OPT('j', "jobs", INT, "N", struct args, jobs, "how many at once", .min = 1, .max = 64),
	XL_OPT(0, "timeout-scale", REAL, "X", struct args, scale, "stretches deadlines", .max = 1000,
	       .is_above_min = true),
	XL_OPT(0, "level", CHOICE, "must|should|may", struct args, level, "what counts"),
};
/* clang-format on */

static const struct xl_usage usage = {
	.name = "try",
	.summary = "tries the options",
	.opt = table,
	.n_opts = sizeof(table) / sizeof(table[0]),
	.operands = "[ID ...]",
	.max_operands = 2,
	.operands_at = offsetof(struct args, rest),
	.text = "One paragraph.\n\n.Another that starts with a dot.",
};

/* Parses the words of `line`; stdout and stderr go to `said`. */
static bool parse(const char *line, struct args *a, int *status, char said[static 4096])
{
	static char words[256];
	static char *argv[32] = { "try" };
	int argc = 1, keep[2] = { dup(1), dup(2) };
	FILE *f = tmpfile();
	bool go;

	snprintf(words, sizeof(words), "%s", line);
	for (char *w = strtok(words, " "); w; w = strtok(NULL, " "))
		argv[argc++] = w;
	memset(a, 0, sizeof(*a));
	fflush(stdout);
	dup2(fileno(f), 1);
	dup2(fileno(f), 2);
	go = xl_opts_parse(&usage, argc, argv, a, status);
	fflush(stdout);
	dup2(keep[0], 1);
	dup2(keep[1], 2);
	close(keep[0]);
	close(keep[1]);
	rewind(f);
	said[fread(said, 1, 4095, f)] = '\0';
	fclose(f);
	return go;
}

static void test_accepted(void)
{
	struct args a;
	char said[4096];
	int status;

	ok(parse("-c a.yaml -cb.yaml --config=c.yaml x -qj4 --timeout-scale 2.5 --level=should "
		 "--out f y",
		 &a, &status, said) &&
		   status == 0,
	   "every form of option is read");
	is_int(a.config.n, 3, "a list keeps every value");
	is_str(a.config.at[0], "a.yaml", "in order: first");
	is_str(a.config.at[1], "b.yaml", "in order: attached to the letter");
	is_str(a.config.at[2], "c.yaml", "in order: attached with =");
	ok(a.quiet && !a.json, "joined flags");
	is_int(a.jobs, 4, "value joined behind a flag");
	ok(a.scale > 2.4 && a.scale < 2.6, "real number");
	is_int(a.level, 1, "word of a choice");
	is_str(a.out, "f", "file");
	is_int(a.rest.n, 2, "operands between options");
	is_str(a.rest.at[1], "y", "operands in order");
	ok(parse("-c a --js", &a, &status, said) && a.json, "a unique beginning is enough");
	ok(parse("-c a -- -q", &a, &status, said) && !a.quiet && a.rest.n == 1,
	   "-- ends the options");
	ok(parse("-c -", &a, &status, said) && a.config.n == 1, "- is a value");
	ok(parse("-c a -j 0x10", &a, &status, said) && a.jobs == 16, "hexadecimal");
}

static void test_refused(void)
{
	static const struct {
		const char *what, *in, *want;
	} row[] = {
		{ "required option missing", "x", "-c CONFIG is missing" },
		{ "unknown long option", "-c a --cofnig b", "did you mean --config?" },
		{ "unknown far-off option", "-c a --zebra-crossing", "unknown option" },
		{ "unknown letter", "-c a -z", "unknown option -z" },
		{ "no value", "-c", "-c needs a value: CONFIG" },
		{ "value for a flag", "-c a --quiet=1", "takes no value" },
		{ "number too large", "-c a -j 65", "from 1 to 64" },
		{ "number too small", "-c a -j 0", "from 1 to 64" },
		{ "number beyond 64 bits", "-c a -j 99999999999999999999", "from 1 to 64" },
		{ "number with a tail", "-c a -j 4x", "from 1 to 64" },
		{ "empty number", "-c a --jobs=", "from 1 to 64" },
		{ "not a number", "-c a --timeout-scale nan",
		  "a number greater than 0, up to 1000" },
		{ "the limit that is left out", "-c a --timeout-scale 0",
		  "greater than 0, up to 1000" },
		{ "a value that replaces another", "-c a -o f --out=g", "-o g: a second one" },
		{ "word not among the choice", "-c a --level shall",
		  "allowed are must|should|may" },
		{ "beginning of a word", "-c a --level mus", "allowed are must|should|may" },
		{ "too many operands", "-c a x y z", "'z' is too much" },
	};
	struct args a;
	char said[4096];
	int status;

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		bool go = parse(row[i].in, &a, &status, said);

		if (!ok(!go && status == 2 && strstr(said, row[i].want), "refused: %s",
			row[i].what))
			printf("#   status %d, said '%s'\n", status, said);
	}
}

static void test_help(void)
{
	struct args a;
	char said[4096];
	int status;

	ok(!parse("-j 999 --help", &a, &status, said) && status == 0, "--help wins over faults");
	ok(!parse("--he", &a, &status, said) && status == 0, "and may be shortened");
	ok(strstr(said, "usage: xlatlab try -c CONFIG ... [-q] [--json] [-o FILE] [-j N]"),
	   "usage line");
	for (size_t i = 0; i < usage.n_opts; i++)
		ok(strstr(said, table[i].help), "help tells of --%s", table[i].name);
	ok(!parse("--help=man", &a, &status, said) && strstr(said, "\\fB\\-\\-timeout\\-scale\\fR"),
	   "man fragment escapes hyphens");
	ok(strstr(said, "\n\\&.Another"), "man fragment shields a leading dot");
	ok(!parse("--help=bash", &a, &status, said) &&
		   strstr(said, "try|--level|words|must|should|may\n"),
	   "completion fragment has the words");
}

static void test_distance(void)
{
	static const struct {
		const char *a, *b;
		int want;
	} row[] = {
		{ "conform", "conform", 0 },    { "confrom", "conform", 1 }, { "", "abc", 3 },
		{ "translat", "translate", 1 }, { "vector", "vectors", 1 },  { "sim", "map", 3 },
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		is_int(xl_edit_distance(row[i].a, row[i].b), row[i].want, "distance '%s' '%s'",
		       row[i].a, row[i].b);
}

int main(void)
{
	test_accepted();
	test_refused();
	test_help();
	test_distance();
	return done();
}
