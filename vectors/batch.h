/* batch.h - files of one directory that are replaced together or not at all.
 *
 * Each is written beside the old one as NAME.part. When all are whole, the seal (the file that readers
 * open first) is taken away, the others are renamed, and the seal last: who reads finds the old files,
 * the new ones, or no seal, whatever ended the writer. A signal that would stop the program waits until
 * the parts are in place or gone. One writer at a time is assumed.
 */
#ifndef XL_VECTORS_BATCH_H
#define XL_VECTORS_BATCH_H

#include <signal.h>
#include <stdbool.h>

#include "ref/base/diag.h"
#include "vectors/arena.h"

struct xl_batch {
	const char *dir;
	struct xl_diags *d;
	struct xl_arena arena;
	const char **name; /* written as parts */
	size_t n;
	sigset_t signals; /* blocked before */
	bool has_made_dir;
};

/* Makes `dir` where it is missing. 0, or XL_ERR_IO and nothing to end. */
XL_MUST_CHECK int xl_batch_begin(struct xl_batch *b, const char *dir, struct xl_diags *d);

/* One file; nothing is written where the octets would be the same. */
XL_MUST_CHECK int xl_batch_add(struct xl_batch *b, const char *name, const char *text, size_t n);

/* With err == 0 adds the seal and puts all in place; otherwise, and when that fails, takes the parts away.
 * Returns err, or its own. A signal that waited acts before this returns. */
XL_MUST_CHECK int xl_batch_end(struct xl_batch *b, int err, const char *seal, const char *text,
			       size_t n);

#endif
