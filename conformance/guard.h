/* guard.h - a packet buffer that tells when somebody writes outside of it.
 *
 * The octet behind the capacity begins a megabyte that may not be touched, and so may not the one before
 * the region; the octets before the headroom hold a pattern. For what the plugin ABI lends to foreign code.
 */
#ifndef XL_GUARD_H
#define XL_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct xl_guard {
	uint8_t *map;
	size_t map_len, room; /* room: octets between the two forbidden regions */
	uint8_t *data; /* of the last placing */
	size_t cap;
};

/* False: the system gave no memory. */
bool xl_guard_init(struct xl_guard *g);
void xl_guard_fini(struct xl_guard *g);

/* Room for len octets with XL_HEADROOM before and at least XL_TAILROOM behind; *cap counts from data on. */
uint8_t *xl_guard_place(struct xl_guard *g, size_t len, size_t *cap);

/* False: somebody wrote before the headroom. */
bool xl_guard_is_whole(const struct xl_guard *g);

/* 0: the address is in no forbidden region; > 0: so many octets behind the capacity, from 1; < 0: before
 * the region. */
ptrdiff_t xl_guard_outside(const struct xl_guard *g, const void *address);

#endif
