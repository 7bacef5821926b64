/* utf8.h - two questions about UTF-8, asked by whoever reads or writes text. */
#ifndef XL_IO_UTF8_H
#define XL_IO_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Length of the well-formed sequence at p (RFC 3629 4), of which n octets are there; 0: there is none. */
size_t xl_utf8_len(const uint8_t *p, size_t n);

/* The character that the well-formed sequence of len octets at p stands for. */
uint32_t xl_utf8_code(const uint8_t *p, size_t len);

#endif
