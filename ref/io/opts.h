/* opts.h - a command's options as one table: parsing, --help, the man page and bash completion.
 *
 *	static const struct xl_opt opts[] = {
 *		XL_OPT('c', "config", LIST, "CONFIG", struct args, config,
 *		       "translator configuration; several are stages of a chain", .is_required = true),
 *		...
 *	};
 *	static const struct xl_usage usage = { "translate", "translates a capture", opts, N, ... };
 *	struct args a = { defaults };
 *	int status;
 *
 *	if (!xl_opts_parse(&usage, argc, argv, &a, &status))
 *		return status;          // --help was printed (0), or a message was (2)
 *
 * Long options are --name VALUE or --name=VALUE and may be shortened while unambiguous; short ones are
 * -c VALUE or -cVALUE; flags can be joined (-qv); `--` ends options; `-` is an operand. Every message
 * says what was allowed. `--help=man` and `--help=bash` print the fragments the man page and the
 * completion are made of, so neither knows any option by itself.
 */
#ifndef XL_IO_OPTS_H
#define XL_IO_OPTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { XL_EXIT_OK = 0, XL_EXIT_FOUND = 1, XL_EXIT_USAGE = 2, XL_EXIT_FAILED = 3 };

enum xl_opt_kind { /* and the type at the offset */
		   XL_OPT_FLAG, /* bool */
		   XL_OPT_TEXT, /* const char *, points into argv */
		   XL_OPT_FILE, /* the same, completed as a file name */
		   XL_OPT_INT, /* int64_t in [min, max]; decimal or 0x hex */
		   XL_OPT_REAL, /* double in [min, max], or (min, max] */
		   XL_OPT_CHOICE, /* int: index of the word in `value`, "must|should|may" */
		   XL_OPT_LIST, /* struct xl_opt_list: every value, in order; completed as file names */
};

enum { XL_OPT_LIST_MAX = 64 };

struct xl_opt_list {
	size_t n;
	const char *at[XL_OPT_LIST_MAX];
};

struct xl_opt {
	char letter; /* 0: none */
	const char *name; /* NULL: none */
	enum xl_opt_kind kind;
	const char *value; /* what help calls the value; the words of a CHOICE; NULL for a FLAG */
	size_t at; /* offset in the command's structure of arguments */
	const char *help; /* a sentence without capital and dot; says the default */
	int64_t min, max; /* INT, REAL */
	bool is_above_min; /* REAL: min itself is refused */
	bool is_required;
	bool is_once; /* a second value is refused; of the others the last one counts */
	const char *
		completes; /* what bash completes it as, where the kind does not say: docs/completion */
};

/* One row: letter, name, kind without XL_OPT_, value, structure and member, help, then further fields
 * such as `.min = 1, .max = 64` or `.is_required = true`. */
/* clang-format off */
#define XL_OPT(letter_, name_, kind_, value_, type_, member_, help_, ...) \
	{ .letter = (letter_), .name = (name_), .kind = XL_OPT_##kind_, .value = (value_), \
	  .at = offsetof(type_, member_), .help = (help_), __VA_ARGS__ }
/* clang-format on */

struct xl_operands { /* what is no option, in order; points into argv */
	int n;
	char **at;
};

enum { XL_OPTS_MAX = 64 }; /* rows of one table */

struct xl_usage {
	const char *name; /* "translate", "vectors build" */
	const char *summary; /* one line, as in the list of commands */
	const struct xl_opt *opt;
	size_t n_opts;
	const char
		*operands; /* how usage shows them ("TOPOLOGY", "[ID ...]"); NULL: none allowed */
	int min_operands, max_operands;
	size_t operands_at; /* offset of a struct xl_operands */
	const char *text; /* paragraphs for help and man page, blank line between; NULL: none */
};

/* Fills *into (its defaults already there). False: nothing more to do, *status is the exit status.
 * Operands are moved to the front of argv. */
bool xl_opts_parse(const struct xl_usage *u, int argc, char **argv, void *into, int *status);

/* Whether `word` is the long option `name` ("--help"), or as much of it as is left when it is shortened. */
bool xl_is_short_for(const char *word, const char *name);

/* "xlatlab NAME: " and the message on stderr, then how to get help; returns XL_EXIT_USAGE. */
int xl_opts_refuse(const struct xl_usage *u, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* ---- tables of commands: the program's own, and the verbs of a command such as `vectors` ---- */

struct xl_cmd {
	const char *name;
	int (*run)(int argc, char **argv); /* argv[0] is the command's name */
	const char *summary; /* one line */
};

struct xl_cmds {
	const char *prefix; /* "xlatlab", "xlatlab vectors" */
	const char *summary;
	const struct xl_cmd *cmd;
	size_t n_cmds;
};

/* Runs the command that argv[1] names. An unknown one is answered with one that is near, or with all.
 * --help lists the table; --help=man and --help=bash go through all commands. */
int xl_cmds_run(const struct xl_cmds *c, int argc, char **argv);

/* The number of insertions, deletions, replacements and swaps of neighbours that turn a into b; texts
 * longer than 63 octets are compared by their first 63. */
unsigned xl_edit_distance(const char *a, const char *b);

/* Whether `word` may be meant for `name`: a third of its octets wrong at most, and never more than 3. */
bool xl_is_near(const char *word, const char *name);

#endif
