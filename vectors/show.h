/* show.h - a case or a requirement for people. */
#ifndef XL_VECTORS_SHOW_H
#define XL_VECTORS_SHOW_H

#include <stdbool.h>
#include <stdio.h>

#include "vectors/compile.h"

/* Prints a case (title, requirements, every packet decoded and as hex) or a requirement (its text and its
 * cases). False: there is neither of that id. */
bool xl_show(const struct xl_set *s, const char *id, FILE *to);

/* The id of a case or requirement that is written most like `id`: for messages. "": there is none. */
const char *xl_show_nearest(const struct xl_set *s, const char *id);

#endif
