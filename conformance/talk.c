/* talk.c - see talk.h. */
#include "conformance/talk.h"

#include <string.h>

static void show_text(const char *p, size_t n, FILE *to)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];

		if (c == '\t')
			fputc(' ', to);
		else if (c < 0x20 || c > 0x7e)
			fprintf(to, "\\x%02x", c);
		else
			fputc(c, to);
	}
}

static void keep(struct xl_talk *t)
{
	if (!t->used)
		return; /* an empty line says nothing */
	memcpy(t->last, t->line, t->used);
	t->last[t->used] = '\0';
}

const char *xl_talk_last(struct xl_talk *t)
{
	keep(t);
	return t->last;
}

void xl_talk_forget(struct xl_talk *t)
{
	t->last[0] = '\0';
}

static void show_line(struct xl_talk *t, const char *name, unsigned *lines, FILE *to)
{
	if (*lines < XL_TALK_LINES_MAX) {
		show_text(name, strlen(name), to);
		fputs(": ", to);
		show_text(t->line, t->used, to);
		fputc('\n', to);
	} else if (*lines == XL_TALK_LINES_MAX) {
		show_text(name, strlen(name), to);
		fputs(": (it writes more; not shown)\n", to);
	}
	if (*lines <= XL_TALK_LINES_MAX)
		(*lines)++;
	keep(t);
	t->used = 0;
}

void xl_talk_add(struct xl_talk *t, const char *name, unsigned *lines, const char *p, size_t n,
		 FILE *to)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i] != '\n')
			t->line[t->used++] = p[i];
		if (p[i] == '\n' || t->used == sizeof t->line)
			show_line(t, name, lines, to);
	}
}

void xl_talk_end(struct xl_talk *t, const char *name, unsigned *lines, FILE *to)
{
	if (t->used)
		show_line(t, name, lines, to);
}
