/* utf8.h - one question about UTF-8, asked by the reader and the writer of text. */
#ifndef XL_IO_UTF8_H
#define XL_IO_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Length of the well-formed sequence at p (RFC 3629 4), of which n octets are there; 0: there is none. */
size_t xl_utf8_len(const uint8_t *p, size_t n);

#endif
