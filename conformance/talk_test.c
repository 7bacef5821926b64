/* talk_test.c - foreign output cannot drive a terminal, forge a line of ours, or go on for ever. */
#include "conformance/talk.h"

#include <stdlib.h>
#include <string.h>

#include "ref/base/tap.h"

static const struct row {
	const char *what, *in, *want;
} rows[] = {
	{ "a line", "hello\n", "x: hello\n" },
	{ "two lines", "a\nb\n", "x: a\nx: b\n" },
	{ "a line that does not end", "a", "x: a\n" },
	{ "nothing", "", "" },
	{ "an escape sequence", "\x1b[31mred\n", "x: \\x1b[31mred\n" },
	{ "back to the start of the line", "a\rxlatlab\n", "x: a\\x0dxlatlab\n" },
	{ "octets beyond ASCII", "\x9b\xff\n", "x: \\x9b\\xff\n" },
};

static char *shown(const char *in, unsigned times)
{
	struct xl_talk t = { .used = 0 };
	unsigned lines = 0;
	char *text = NULL;
	size_t n = 0;
	FILE *to = open_memstream(&text, &n);

	for (unsigned i = 0; i < times; i++)
		xl_talk_add(&t, "x", &lines, in, strlen(in), to);
	xl_talk_end(&t, "x", &lines, to);
	fclose(to);
	return text;
}

static void test_last(void)
{
	static const struct {
		const char *in, *want;
	} rows_last[] = { { "", "" },           { "one\n", "one" },  { "one\ntwo\n", "two" },
			  { "one\n\n", "one" }, { "one\ntw", "tw" }, { "\n", "" } };

	for (size_t i = 0; i < sizeof rows_last / sizeof rows_last[0]; i++) {
		struct xl_talk t = { .used = 0 };
		unsigned lines = XL_TALK_LINES_MAX + 1; /* nothing is shown */

		xl_talk_add(&t, "x", &lines, rows_last[i].in, strlen(rows_last[i].in), stderr);
		is_str(xl_talk_last(&t), rows_last[i].want, "the last line of row %zu", i);
		xl_talk_forget(&t);
		if (!t.used)
			is_str(xl_talk_last(&t), "", "is forgotten");
	}
}

int main(void)
{
	char *text;

	test_last();

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		text = shown(rows[i].in, 1);
		is_str(text, rows[i].want, "%s", rows[i].what);
		free(text);
	}
	text = shown("again and again\n", 100000);
	ok(strlen(text) < XL_TALK_LINES_MAX * 32, "a flood is cut");
	ok(strstr(text, "not shown") != NULL, "and says so");
	free(text);
	text = shown("no end ", 100);
	ok(strchr(text, '\n') - text < XL_TALK_LINE + 8,
	   "a line without an end is cut into several");
	free(text);
	return done();
}
