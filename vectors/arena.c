#include "vectors/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 256 * 1024 };

struct xl_arena_block {
	struct xl_arena_block *next;
	size_t used, cap;
	alignas(16) uint8_t at[];
};

void *xl_arena_alloc(struct xl_arena *a, size_t n)
{
	struct xl_arena_block *b = a->block;
	size_t need = (n + 15) & ~(size_t)15;
	void *p;

	if (!b || b->cap - b->used < need) {
		size_t cap = need > BLOCK_BYTES ? need : BLOCK_BYTES;

		b = calloc(1, sizeof(*b) + cap);
		if (!b) {
			fprintf(stderr, "xlatlab: out of memory\n");
			exit(3);
		}
		b->cap = cap;
		b->next = a->block;
		a->block = b;
	}
	p = b->at + b->used;
	b->used += need;
	return p;
}

void *xl_arena_copy(struct xl_arena *a, const void *p, size_t n)
{
	void *to = xl_arena_alloc(a, n);

	if (n)
		memcpy(to, p, n);
	return to;
}

char *xl_arena_str(struct xl_arena *a, const char *text, size_t n)
{
	char *to = xl_arena_alloc(a, n + 1);

	if (n)
		memcpy(to, text, n);
	return to;
}

char *xl_arena_printf(struct xl_arena *a, const char *fmt, ...)
{
	va_list ap;
	char *to;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	to = xl_arena_alloc(a, (size_t)n + 1);
	va_start(ap, fmt);
	vsnprintf(to, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return to;
}

void *xl_arena_grow(struct xl_arena *a, void *at, size_t n, size_t size)
{
	void *to;

	if (n & (n - 1) || (n == 0 && at))
		return at; /* capacities are powers of two */
	to = xl_arena_alloc(a, (n ? 2 * n : 1) * size);
	if (n)
		memcpy(to, at, n * size);
	return to;
}

void xl_arena_fini(struct xl_arena *a)
{
	while (a->block) {
		struct xl_arena_block *next = a->block->next;

		free(a->block);
		a->block = next;
	}
}
