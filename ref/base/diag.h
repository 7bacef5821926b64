/* diag.h - our own failures: a bounded list of located messages that travels up to whoever prints.
 *
 * A function that can fail returns 0 or a negative enum xl_err and has added at least one line. A
 * reader goes on after a fault where it can, so that one run reports all of them. Protocol verdicts
 * (a packet dropped by rule) are not errors and never come this way.
 */
#ifndef XL_BASE_DIAG_H
#define XL_BASE_DIAG_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

enum xl_err {
	XL_ERR_SYNTAX = -1, /* a file or option is not what it must be */
	XL_ERR_IO = -2, /* the system refused: file, pipe, socket, memory mapping */
	XL_ERR_NOMEM = -3,
	XL_ERR_RANGE = -4, /* well-formed but outside what is allowed */
	XL_ERR_STATE = -5, /* a child died, a deadline passed, an interface broke its contract */
	XL_ERR_UNSUPPORTED = -6,
};

#define XL_MUST_CHECK __attribute__((warn_unused_result))
#define XL_PRINTF(fmt_at, args_at) __attribute__((format(printf, fmt_at, args_at)))

struct xl_loc {
	const char *file; /* NULL: no place to point at */
	uint32_t line, col; /* from 1; 0 when not known */
};

enum { XL_DIAG_MAX = 64, XL_DIAG_TEXT_MAX = 400 };

struct xl_diag {
	struct xl_loc loc; /* loc.file is copied into file[] below */
	char file[160];
	char text[XL_DIAG_TEXT_MAX];
};

struct xl_diags {
	size_t n; /* kept, at most XL_DIAG_MAX */
	size_t n_lost; /* came after the list was full; printing says how many */
	struct xl_diag at[XL_DIAG_MAX];
};

void xl_diags_init(struct xl_diags *d);

/* Adds one message and returns `code`, so that a caller can `return xl_diag(d, ERR, loc, ...)`.
 * d may be NULL (the message is then lost). The text has no file name, no newline, no final dot. */
int xl_diag(struct xl_diags *d, enum xl_err code, struct xl_loc loc, const char *fmt, ...)
	XL_PRINTF(4, 5);

/* No place to point at. */
#define XL_NOWHERE ((struct xl_loc){ .file = NULL })

/* Puts those from at[from] on, all of one file, into the order of their places; equal places stay as they came. */
void xl_diags_sort(struct xl_diags *d, size_t from);

/* Writes "file:line:col: text" lines to stdio stream `to` (a FILE *), leaving out what is unknown. */
void xl_diags_print(const struct xl_diags *d, void *to);

#endif
