/* where.h - where the program finds its data: cases, adapters, plugins.
 *
 * In this order: $XLATLAB_DATA; the working directory, when it holds vectors/ and conformance/; the source
 * tree the program was built in (build/KIND/xlatlab); <prefix>/share/xlatlab.
 */
#ifndef XL_IO_WHERE_H
#define XL_IO_WHERE_H

#include <limits.h>
#include <stdbool.h>

/* The directory that holds vectors/ and conformance/. False: none of the four is there. */
bool xl_where_data(char out[static PATH_MAX]);

/* What to call `name` of that directory: as it is in the working directory, and also when no data was
 * found, so that the message about what is missing names it; else with the directory. */
void xl_where_below(const char *name, char out[static PATH_MAX]);

/* The running program: as /proc has it, without /proc as it was called, seen from the working directory
 * (which this program never leaves). False: it cannot be told. */
bool xl_where_program(char out[static PATH_MAX]);

/* A shared object named in an adapter: beside adapter.yaml, beside the program, in <prefix>/lib/xlatlab;
 * an absolute name stands for itself. */
bool xl_where_plugin(const char *folder, const char *name, char out[static PATH_MAX]);

#endif
