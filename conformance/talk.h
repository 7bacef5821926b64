/* talk.h - what an implementation writes to its standard output and error, for a user's terminal.
 *
 * Line by line behind the implementation's name, nothing but printable ASCII (\xNN for the rest), and
 * only so much of it: what a program under test writes drives no terminal and passes for no line of ours.
 */
#ifndef XL_TALK_H
#define XL_TALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { XL_TALK_LINE = 200, XL_TALK_LINES_MAX = 400 };

struct xl_talk { /* of one worker; all zero at first */
	char line[XL_TALK_LINE];
	size_t used;
	char last[XL_TALK_LINE + 1]; /* the last line that was whole; as it came, but text */
};

/* The next n octets; `lines` counts what was shown in the whole run. */
void xl_talk_add(struct xl_talk *t, const char *name, unsigned *lines, const char *p, size_t n,
		 FILE *to);

/* What it wrote last: the line that has begun, or the last whole one; "" when there is none, or none since
 * xl_talk_forget(). Lent until more is added. */
const char *xl_talk_last(struct xl_talk *t);
void xl_talk_forget(struct xl_talk *t);

/* No more will come: a line that has not ended is shown too. */
void xl_talk_end(struct xl_talk *t, const char *name, unsigned *lines, FILE *to);

#endif
