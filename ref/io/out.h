/* out.h - buffered output to a file or descriptor whose first failure is reported, once.
 *
 * A descriptor that turns out to be non-blocking is waited for. A full disk may show at a write, at a flush or only at close: whoever writes checks the result of
 * close and needs to check nothing else. Names the file in the message.
 */
#ifndef XL_IO_OUT_H
#define XL_IO_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ref/base/diag.h"

enum { XL_OUT_BUFFER = 65536 };

struct xl_out {
	int fd;
	bool has_failed;
	char name[160];
	struct xl_diags *d;
	size_t n;
	uint8_t buf[XL_OUT_BUFFER];
};

/* Makes the directory and those above it, where they are not there. */
XL_MUST_CHECK int xl_out_make_dir(const char *path, struct xl_diags *d);

/* Creates or truncates `path`; "-" is standard output. */
XL_MUST_CHECK int xl_out_open(struct xl_out *o, const char *path, struct xl_diags *d);

/* Takes a descriptor, which close() will close; `name` stands for it in messages. */
void xl_out_open_fd(struct xl_out *o, int fd, const char *name, struct xl_diags *d);

void xl_out_put(struct xl_out *o, const void *p, size_t n);
void xl_out_flush(struct xl_out *o);

/* Flushes and closes. 0, or XL_ERR_IO when anything since open failed. */
XL_MUST_CHECK int xl_out_close(struct xl_out *o);

#endif
