/* guard.c - see guard.h. */
#include "conformance/guard.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ref/base/pkt.h"

enum { PATTERN = 0xa5, PATTERN_BYTES = 512, ALIGN = 8 };

static size_t page(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

/* Before and behind the room, a multiple of every page size: what runs off by a length field or by an
 * index of 16 bits must not reach memory of somebody else. */
static const size_t forbidden = (size_t)1 << 20;

bool xl_guard_init(struct xl_guard *g)
{
	size_t want = XL_PACKET_MAX + XL_HEADROOM + XL_TAILROOM + PATTERN_BYTES + ALIGN;

	*g = (struct xl_guard){ .room = (want + page() - 1) / page() * page() };
	g->map_len = g->room + 2 * forbidden;
	g->map = mmap(NULL, g->map_len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (g->map == MAP_FAILED) {
		g->map = NULL;
		return false;
	}
	return mprotect(g->map + forbidden, g->room, PROT_READ | PROT_WRITE) == 0;
}

void xl_guard_fini(struct xl_guard *g)
{
	if (g->map)
		(void)munmap(g->map, g->map_len);
	g->map = NULL;
}

uint8_t *xl_guard_place(struct xl_guard *g, size_t len, size_t *cap)
{
	uint8_t *end = g->map + forbidden + g->room;

	g->cap = (len + XL_TAILROOM + ALIGN - 1) / ALIGN * ALIGN;
	g->data = end - g->cap;
	memset(g->data - XL_HEADROOM - PATTERN_BYTES, PATTERN, PATTERN_BYTES);
	*cap = g->cap;
	return g->data;
}

bool xl_guard_is_whole(const struct xl_guard *g)
{
	const uint8_t *p = g->data - XL_HEADROOM - PATTERN_BYTES;

	for (size_t i = 0; i < PATTERN_BYTES; i++)
		if (p[i] != PATTERN)
			return false;
	return true;
}

ptrdiff_t xl_guard_outside(const struct xl_guard *g, const void *address)
{
	uintptr_t at = (uintptr_t)address, start = (uintptr_t)g->map;

	if (!g->map || at < start || at >= start + g->map_len)
		return 0;
	if (at < start + forbidden)
		return (ptrdiff_t)(at - start) - (ptrdiff_t)forbidden;
	if (at >= start + forbidden + g->room)
		return (ptrdiff_t)(at - (start + forbidden + g->room)) + 1;
	return 0;
}
