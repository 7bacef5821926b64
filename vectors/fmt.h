/* fmt.h - the canonical text of case files. */
#ifndef XL_VECTORS_FMT_H
#define XL_VECTORS_FMT_H

#include "ref/base/diag.h"

/* The canonical form of a case file: keys of a case in one order (id title covers config needs
 * interpretation repeat steps), one blank line between cases, no blanks at line ends, one newline at the
 * end. Comments stay with what they stand before. The new text (malloc'ed) reads as the same tree; NULL
 * and a fault in d when the file cannot be read or a case does not begin with "- " in column 1. */
char *xl_fmt_text(const char *text, const char *name, struct xl_diags *d);

#endif
