/* plain.h - text of foreign origin (a name, a version, a message, a log) for people to read.
 *
 * What an implementation or a file says may hold anything. Here it becomes one line without controls,
 * malformed UTF-8, noncharacters or marks that turn the direction of writing: tabs and line ends are
 * spaces, the rest is U+FFFD. What such text may not say in a format (XML, Markdown) is that format's affair.
 */
#ifndef XL_PLAIN_H
#define XL_PLAIN_H

#include <stddef.h>
#include <stdio.h>

enum { XL_PLAIN_MAX = 8 };

/* The next character, NUL-terminated. Returns how many octets of `text` it stands for; 0 at the end. */
size_t xl_plain_next(const char *text, char out[static XL_PLAIN_MAX]);

void xl_plain_put(FILE *to, const char *text);

#endif
