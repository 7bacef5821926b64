/* pcapng.h - writing pcapng: named interfaces, nanoseconds, and a comment beside each packet.
 *
 * For what people open in an analyser: a failing case with its id and what was wrong, a packet's journey.
 */
#ifndef XL_IO_PCAPNG_H
#define XL_IO_PCAPNG_H

#include <stddef.h>
#include <stdint.h>

#include "ref/base/diag.h"

struct xl_ng;

/* "-" is standard output. NULL: the reason is in d, which must outlive the writer. */
struct xl_ng *xl_ng_open(const char *path, struct xl_diags *d);

/* Describes an interface of link type RAW and returns its number, from 0. All interfaces first. */
uint32_t xl_ng_iface(struct xl_ng *w, const char *name);

/* One packet of an interface; comment may be NULL, is UTF-8, and is cut at 65,532 octets. Times before
 * 1970 are written as 1970. Failure shows at close. */
void xl_ng_put(struct xl_ng *w, uint32_t iface, int64_t ts_ns, const uint8_t *ip, size_t len,
	       const char *comment);

/* Flushes, closes and frees. 0, or XL_ERR_IO when anything since open failed. NULL is an error. */
XL_MUST_CHECK int xl_ng_close(struct xl_ng *w);

#endif
