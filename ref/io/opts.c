/* opts.c - see opts.h. */
#include "ref/io/opts.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define PROGRAM "xlatlab"

int xl_opts_refuse(const struct xl_usage *u, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, PROGRAM " %s: ", u->name);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\n(" PROGRAM " %s --help lists what is allowed)\n", u->name);
	return XL_EXIT_USAGE;
}

/* ---- what is shown ---- */

static bool takes_value(const struct xl_opt *o)
{
	return o->kind != XL_OPT_FLAG;
}

/* "-c, --config CONFIG", in plain text or with roff fonts. */
static void spell(FILE *to, const struct xl_opt *o, bool roff)
{
	if (o->letter)
		fprintf(to, roff ? "\\fB\\-%c\\fR" : "-%c", o->letter);
	if (o->letter && o->name)
		fputs(", ", to);
	if (o->name) {
		fputs(roff ? "\\fB\\-\\-" : "--", to);
		for (const char *c = o->name; *c; c++)
			fputs(roff && *c == '-' ? "\\-" : (char[]){ *c, 0 }, to);
		fputs(roff ? "\\fR" : "", to);
	}
	if (takes_value(o))
		fprintf(to, roff ? " \\fI%s\\fR" : " %s", o->value);
}

/* The shortest name, for messages and the usage line. */
static const char *short_name(const struct xl_opt *o, char buf[static 64])
{
	if (o->letter)
		snprintf(buf, 64, "-%c", o->letter);
	else
		snprintf(buf, 64, "--%s", o->name);
	return buf;
}

static void show_usage_line(FILE *to, const struct xl_usage *u)
{
	char name[64], piece[160];
	size_t col = (size_t)fprintf(to, "usage: " PROGRAM " %s", u->name);
	size_t indent = col + 1;

	for (size_t i = 0; i <= u->n_opts; i++) {
		const struct xl_opt *o = i < u->n_opts ? &u->opt[i] : NULL;

		if (!o && !u->operands)
			break;
		if (!o)
			snprintf(piece, sizeof(piece), "%s", u->operands);
		else
			snprintf(piece, sizeof(piece), "%s%s%s%s%s%s", o->is_required ? "" : "[",
				 short_name(o, name), takes_value(o) ? " " : "",
				 takes_value(o) ? o->value : "", o->is_required ? "" : "]",
				 o->kind == XL_OPT_LIST ? " ..." : "");
		if (col + 1 + strlen(piece) > 100) {
			fprintf(to, "\n%*s", (int)indent - 1, "");
			col = indent - 1;
		}
		col += (size_t)fprintf(to, " %s", piece);
	}
	putc('\n', to);
}

/* Words of `text` between the columns; a blank line stays one. */
static void wrap(FILE *to, const char *text, size_t indent, size_t width)
{
	size_t col = indent;

	while (*text) {
		size_t n = strcspn(text, " \n");
		bool is_paragraph = text[0] == '\n' && text[1] == '\n';

		if (n == 0) {
			text += is_paragraph ? 2 : 1;
			if (is_paragraph) {
				fprintf(to, "\n\n%*s", (int)indent, "");
				col = indent;
			}
			continue;
		}
		if (col > indent && col + 1 + n > width) {
			fprintf(to, "\n%*s", (int)indent, "");
			col = indent;
		}
		col += (size_t)fprintf(to, "%s%.*s", col > indent ? " " : "", (int)n, text);
		text += n;
	}
	putc('\n', to);
}

static void show_help(FILE *to, const struct xl_usage *u)
{
	show_usage_line(to, u);
	fputs("\n  ", to);
	wrap(to, u->summary, 2, 100);
	if (u->n_opts)
		putc('\n', to);
	for (size_t i = 0; i < u->n_opts; i++) {
		char *spelt = NULL;
		size_t n = 0;
		FILE *f = open_memstream(&spelt, &n);

		if (!f)
			return;
		spell(f, &u->opt[i], false);
		fclose(f);
		fprintf(to, "  %-26s", spelt);
		if (n > 25)
			fprintf(to, "\n%*s", 28, "");
		free(spelt);
		wrap(to, u->opt[i].help, 28, 100);
	}
	if (u->text) {
		fputs("\n  ", to);
		wrap(to, u->text, 2, 100);
	}
}

/* Text for roff: backslashes and hyphens are characters, a leading dot or quote is no request. */
static void roff(FILE *to, const char *text)
{
	bool at_start = true;

	for (; *text; text++) {
		if (at_start && (*text == '.' || *text == '\''))
			fputs("\\&", to);
		at_start = *text == '\n';
		if (text[0] == '\n' && text[1] == '\n') {
			fputs("\n.PP", to);
			continue;
		}
		fputs(*text == '\\' ? "\\e" : *text == '-' ? "\\-" : (char[]){ *text, 0 }, to);
	}
	putc('\n', to);
}

static void show_man(FILE *to, const struct xl_usage *u)
{
	fprintf(to, ".SS \"" PROGRAM " %s%s%s\"\n", u->name, u->operands ? " " : "",
		u->operands ? u->operands : "");
	roff(to, u->summary);
	for (size_t i = 0; i < u->n_opts; i++) {
		fputs(".TP\n", to);
		spell(to, &u->opt[i], true);
		putc('\n', to);
		roff(to, u->opt[i].help);
	}
	if (u->text) {
		fputs(".PP\n", to);
		roff(to, u->text);
	}
}

/* One line for each option: command|spelling|kind|words. docs/completion/ holds the reader. */
static void show_bash(FILE *to, const struct xl_usage *u)
{
	static const char *const kinds[] = {
		"flag", "text", "file", "text", "text", "words", "file"
	};
	char letter[3] = "-?";

	fprintf(to, "%s|--help|flag|\n", u->name);
	for (size_t i = 0; i < u->n_opts; i++) {
		const struct xl_opt *o = &u->opt[i];
		const char *words = o->kind == XL_OPT_CHOICE ? o->value : "";
		const char *kind = o->completes ? o->completes : kinds[o->kind];

		letter[1] = o->letter;
		if (o->letter)
			fprintf(to, "%s|%s|%s|%s\n", u->name, letter, kind, words);
		if (o->name)
			fprintf(to, "%s|--%s|%s|%s\n", u->name, o->name, kind, words);
	}
}

/* ---- parsing ---- */

/* The index of `word` among the words of "a|b|c"; -1 when it is none. */
static int choice_index(const char *words, const char *word)
{
	size_t len = strlen(word);

	for (int i = 0;; i++) {
		size_t n = strcspn(words, "|");

		if (n == len && memcmp(words, word, n) == 0)
			return i;
		if (!words[n])
			return -1;
		words += n + 1;
	}
}

static bool is_in_range(const struct xl_opt *o, double r)
{
	return (o->is_above_min ? r > (double)o->min : r >= (double)o->min) && r <= (double)o->max;
}

static bool store_number(const struct xl_usage *u, const struct xl_opt *o, const char *value,
			 void *at)
{
	char name[64], *end = NULL;
	bool is_int = o->kind == XL_OPT_INT;
	bool is_hex = is_int && strncmp(value, "0x", 2) == 0;
	int64_t i = 0;
	double r = 0;

	errno = 0;
	if (is_int)
		i = strtoll(value, &end, is_hex ? 16 : 10);
	else
		r = strtod(value, &end);
	if (end == value || *end || errno ||
	    (is_int ? i < o->min || i > o->max : !is_in_range(o, r))) {
		xl_opts_refuse(u, "%s %s: allowed is a%s number %s %" PRId64 "%s to %" PRId64,
			       short_name(o, name), value, is_int ? " whole" : "",
			       o->is_above_min ? "greater than" : "from", o->min,
			       o->is_above_min ? ", up" : "", o->max);
		return false;
	}
	if (is_int)
		*(int64_t *)at = i;
	else
		*(double *)at = r;
	return true;
}

static bool store(const struct xl_usage *u, const struct xl_opt *o, const char *value, void *into)
{
	void *at = (char *)into + o->at;
	char name[64];

	switch (o->kind) {
	case XL_OPT_FLAG: *(bool *)at = true; return true;
	case XL_OPT_TEXT:
	case XL_OPT_FILE: *(const char **)at = value; return true;
	case XL_OPT_INT:
	case XL_OPT_REAL: return store_number(u, o, value, at);
	case XL_OPT_CHOICE:
		*(int *)at = choice_index(o->value, value);
		if (*(int *)at >= 0)
			return true;
		xl_opts_refuse(u, "%s %s: allowed are %s", short_name(o, name), value, o->value);
		return false;
	case XL_OPT_LIST: {
		struct xl_opt_list *l = at;

		if (l->n < XL_OPT_LIST_MAX) {
			l->at[l->n++] = value;
			return true;
		}
		xl_opts_refuse(u, "%s: at most %d of them", short_name(o, name), XL_OPT_LIST_MAX);
		return false;
	}
	}
	return false;
}

/* The option with this letter, or NULL. */
static const struct xl_opt *by_letter(const struct xl_usage *u, char letter)
{
	for (size_t i = 0; i < u->n_opts; i++)
		if (letter && u->opt[i].letter == letter)
			return &u->opt[i];
	return NULL;
}

static int refuse_unknown(const struct xl_usage *u, const char *word, const struct xl_opt *nearest)
{
	char all[2048] = "--help";
	size_t used = strlen(all);

	if (nearest && xl_is_near(word, nearest->name))
		return xl_opts_refuse(u, "unknown option --%s: did you mean --%s?", word,
				      nearest->name);
	for (size_t i = 0; i < u->n_opts && used < sizeof(all); i++)
		if (u->opt[i].name)
			used += (size_t)snprintf(all + used, sizeof(all) - used, " --%s",
						 u->opt[i].name);
	return xl_opts_refuse(u, "unknown option --%s: allowed are %s", word, all);
}

/* The option with this long name, or with the one name it begins; NULL and a message otherwise. */
static const struct xl_opt *by_name(const struct xl_usage *u, const char *name, size_t n)
{
	const struct xl_opt *found = NULL, *nearest = NULL, *second = NULL;
	char word[64];

	snprintf(word, sizeof(word), "%.*s", (int)n, name);
	for (size_t i = 0; i < u->n_opts; i++) {
		const struct xl_opt *o = &u->opt[i];

		if (!o->name)
			continue;
		if (strlen(o->name) == n && memcmp(o->name, name, n) == 0)
			return o;
		if (n && strncmp(o->name, name, n) == 0) {
			second = found;
			found = o;
		}
		if (!nearest ||
		    xl_edit_distance(word, o->name) < xl_edit_distance(word, nearest->name))
			nearest = o;
	}
	if (found && !second)
		return found;
	if (second)
		xl_opts_refuse(u, "--%.*s can be --%s or --%s", (int)n, name, second->name,
			       found->name);
	else
		refuse_unknown(u, word, nearest);
	return NULL;
}

struct scan {
	const struct xl_usage *u;
	void *into;
	int argc, next; /* next: index of the argument after this one */
	char **argv;
	uint64_t seen; /* bit i: option i was given */
};

/* One option with its value, which is `attached` or the next argument. */
static bool take(struct scan *s, const struct xl_opt *o, const char *attached)
{
	uint64_t bit = UINT64_C(1) << (o - s->u->opt);
	bool is_again = s->seen & bit;
	char name[64];

	s->seen |= bit;
	if (!takes_value(o))
		return store(s->u, o, NULL, s->into);
	if (!attached && s->next < s->argc)
		attached = s->argv[s->next++];
	if (!attached) {
		xl_opts_refuse(s->u, "%s needs a value: %s", short_name(o, name), o->value);
		return false;
	}
	if (is_again && o->is_once) {
		xl_opts_refuse(s->u, "%s %s: a second one: allowed is one", short_name(o, name),
			       attached);
		return false;
	}
	return store(s->u, o, attached, s->into);
}

static bool take_long(struct scan *s, const char *arg)
{
	size_t n = strcspn(arg, "=");
	const struct xl_opt *o = by_name(s->u, arg, n);

	if (!o)
		return false;
	if (arg[n] && !takes_value(o)) {
		xl_opts_refuse(s->u, "--%s takes no value", o->name);
		return false;
	}
	return take(s, o, arg[n] ? arg + n + 1 : NULL);
}

static bool take_letters(struct scan *s, const char *arg)
{
	while (*arg) {
		const struct xl_opt *o = by_letter(s->u, *arg++);

		if (!o) {
			xl_opts_refuse(s->u, "unknown option -%c", arg[-1]);
			return false;
		}
		if (takes_value(o))
			return take(s, o, *arg ? arg : NULL);
		if (!take(s, o, NULL))
			return false;
	}
	return true;
}

static bool check_complete(const struct scan *s, int n_operands)
{
	const struct xl_usage *u = s->u;
	char name[64];

	for (size_t i = 0; i < u->n_opts; i++) {
		if (u->opt[i].is_required && !(s->seen >> i & 1)) {
			xl_opts_refuse(u, "%s %s is missing: %s", short_name(&u->opt[i], name),
				       u->opt[i].value, u->opt[i].help);
			return false;
		}
	}
	if (n_operands > (u->operands ? u->max_operands : 0)) {
		xl_opts_refuse(u, "'%s' is too much: allowed %s%s",
			       s->argv[u->operands ? u->max_operands : 0],
			       u->operands ? "is " : "are options only",
			       u->operands ? u->operands : "");
		return false;
	}
	if (u->operands && n_operands < u->min_operands) {
		xl_opts_refuse(u, "%s is missing", u->operands);
		return false;
	}
	return true;
}

bool xl_is_short_for(const char *word, const char *name)
{
	size_t n = strlen(word);

	return n > 2 && strncmp(word, name, n) == 0;
}

static bool is_help(const struct xl_usage *u, const char *arg)
{
	const char *typed;
	size_t n;

	if (strcmp(arg, "-h") == 0)
		return !by_letter(u, 'h');
	if (!xl_is_short_for(arg, "--help"))
		return false;
	typed = arg + 2;
	n = strlen(typed);
	for (size_t i = 0; i < u->n_opts; i++)
		if (u->opt[i].name && strncmp(u->opt[i].name, typed, n) == 0)
			return false;
	return true;
}

/* --help and its forms; they win over everything else on the line. */
static bool wants_help(const struct xl_usage *u, int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (is_help(u, argv[i]))
			show_help(stdout, u);
		else if (strcmp(argv[i], "--help=man") == 0)
			show_man(stdout, u);
		else if (strcmp(argv[i], "--help=bash") == 0)
			show_bash(stdout, u);
		else
			continue;
		return true;
	}
	return false;
}

bool xl_opts_parse(const struct xl_usage *u, int argc, char **argv, void *into, int *status)
{
	struct scan s = { .u = u, .into = into, .argc = argc, .argv = argv, .next = 1 };
	int n_operands = 0;
	bool is_past_options = false;

	assert(u->n_opts <= XL_OPTS_MAX);
	*status = XL_EXIT_OK;
	if (wants_help(u, argc, argv))
		return false;
	*status = XL_EXIT_USAGE;
	while (s.next < argc) {
		char *arg = argv[s.next++];

		if (is_past_options || arg[0] != '-' || !arg[1]) {
			argv[n_operands++] = arg;
		} else if (strcmp(arg, "--") == 0) {
			is_past_options = true;
		} else if (!(arg[1] == '-' ? take_long(&s, arg + 2) : take_letters(&s, arg + 1))) {
			return false;
		}
	}
	if (!check_complete(&s, n_operands))
		return false;
	if (u->operands)
		*(struct xl_operands *)((char *)into + u->operands_at) =
			(struct xl_operands){ n_operands, argv };
	*status = XL_EXIT_OK;
	return true;
}

/* ---- tables of commands ---- */

unsigned xl_edit_distance(const char *a, const char *b)
{
	enum { MAX = 63 };
	size_t na = strnlen(a, MAX), nb = strnlen(b, MAX);
	unsigned row[3][MAX + 1]; /* two before, one before, this */

	for (size_t j = 0; j <= nb; j++)
		row[1][j] = (unsigned)j;
	for (size_t i = 1; i <= na; i++) {
		row[2][0] = (unsigned)i;
		for (size_t j = 1; j <= nb; j++) {
			unsigned best = row[1][j - 1] + (a[i - 1] != b[j - 1]);

			if (row[1][j] + 1 < best)
				best = row[1][j] + 1;
			if (row[2][j - 1] + 1 < best)
				best = row[2][j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    row[0][j - 2] + 1 < best)
				best = row[0][j - 2] + 1;
			row[2][j] = best;
		}
		memcpy(row[0], row[1], sizeof(row[0]));
		memcpy(row[1], row[2], sizeof(row[1]));
	}
	return row[1][nb];
}

bool xl_is_near(const char *word, const char *name)
{
	size_t wrong = xl_edit_distance(word, name);

	return wrong <= 3 && 3 * wrong <= strlen(word) + 1;
}

static void list_commands(FILE *to, const struct xl_cmds *c)
{
	fprintf(to, "usage: %s COMMAND ...\n\n  %s\n\n", c->prefix, c->summary);
	for (size_t i = 0; i < c->n_cmds; i++)
		fprintf(to, "  %-12s %s\n", c->cmd[i].name, c->cmd[i].summary);
	fprintf(to, "\n%s COMMAND --help tells more.\n", c->prefix);
}

static int all_commands(const struct xl_cmds *c, const char *help)
{
	const char *sub = strchr(c->prefix, ' ');
	int worst = 0;

	if (strcmp(help, "--help=bash") == 0) {
		printf("%s|--help|flag|\n", sub ? sub + 1 : "");
		if (!sub)
			puts("|--version|flag|");
		for (size_t i = 0; i < c->n_cmds; i++)
			printf("%s|%s|command|\n", sub ? sub + 1 : "", c->cmd[i].name);
	}
	for (size_t i = 0; i < c->n_cmds; i++) {
		char name[64], option[32];
		char *argv[] = { name, option, NULL };
		int status;

		snprintf(name, sizeof(name), "%s", c->cmd[i].name);
		snprintf(option, sizeof(option), "%s", help);
		status = c->cmd[i].run(2, argv);
		if (status > worst)
			worst = status;
	}
	return worst;
}

int xl_cmds_run(const struct xl_cmds *c, int argc, char **argv)
{
	const struct xl_cmd *nearest = NULL;
	const char *word = argc > 1 ? argv[1] : "";

	if (xl_is_short_for(word, "--help") || strcmp(word, "-h") == 0 ||
	    strcmp(word, "help") == 0) {
		list_commands(stdout, c);
		return XL_EXIT_OK;
	}
	if (strncmp(word, "--help=", 7) == 0)
		return all_commands(c, word);
	for (size_t i = 0; i < c->n_cmds; i++) {
		if (strcmp(c->cmd[i].name, word) == 0)
			return c->cmd[i].run(argc - 1, argv + 1);
		if (!nearest ||
		    xl_edit_distance(c->cmd[i].name, word) < xl_edit_distance(nearest->name, word))
			nearest = &c->cmd[i];
	}
	if (!*word) {
		list_commands(stderr, c);
	} else if (nearest && xl_is_near(word, nearest->name)) {
		fprintf(stderr, "%s: unknown command '%s': did you mean '%s'?\n", c->prefix, word,
			nearest->name);
	} else {
		fprintf(stderr, "%s: unknown command '%s': allowed are", c->prefix, word);
		for (size_t i = 0; i < c->n_cmds; i++)
			fprintf(stderr, "%s %s", i ? "," : "", c->cmd[i].name);
		putc('\n', stderr);
	}
	return XL_EXIT_USAGE;
}
