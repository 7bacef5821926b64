/* pack.h - configurations and exact cases in one flat file that needs no library to read.
 *
 * A machine that is only emulated has no YAML parser and no capture library. The build machine packs
 * what a replay needs; the replayer on the other machine unpacks it. One function per structure walks
 * its fields in both directions, so the two sides cannot drift apart. Numbers are in network order.
 */
#ifndef XL_CROSS_PACK_H
#define XL_CROSS_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ref/conf.h"

struct xl_pack {
	bool is_writing, bad; /* bad: the end was overrun, or memory ran out; sticky */
	uint8_t *p;
	size_t at, len; /* writing: len grows */
};

/* Each moves one value between *v and the file, in the direction of k. */
void xl_pack_u8(struct xl_pack *k, uint8_t *v);
void xl_pack_u16(struct xl_pack *k, uint16_t *v);
void xl_pack_u32(struct xl_pack *k, uint32_t *v);
void xl_pack_bytes(struct xl_pack *k, void *p, size_t n);

/* n octets; reading sets *p into the file, which must stay. */
void xl_pack_blob(struct xl_pack *k, const uint8_t **p, uint32_t *n);

/* Reading allocates the arrays; release with xl_conf_fini(). */
void xl_pack_conf(struct xl_pack *k, struct xl_conf *c);

#endif
