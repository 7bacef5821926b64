/* arena.h - memory that is given back all at once. */
#ifndef XL_VECTORS_ARENA_H
#define XL_VECTORS_ARENA_H

#include <stddef.h>
#include <stdint.h>

struct xl_arena {
	struct xl_arena_block *block;
};

/* n zeroed octets, aligned for anything, valid until xl_arena_fini(). Never NULL: running out of memory
 * ends the program with a message (the compiler of cases has nothing to save by then). */
void *xl_arena_alloc(struct xl_arena *a, size_t n);
void *xl_arena_copy(struct xl_arena *a, const void *p, size_t n);
char *xl_arena_str(struct xl_arena *a, const char *text, size_t n);
char *xl_arena_printf(struct xl_arena *a, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void xl_arena_fini(struct xl_arena *a);

/* Room for one item more in an array that grows by doubling: `at` points to n items of `size`. */
void *xl_arena_grow(struct xl_arena *a, void *at, size_t n, size_t size);

#endif
