/* pcapng.c - see pcapng.h. Little-endian on every machine. Source: draft-ietf-opsawg-pcapng. */
#include "ref/io/pcapng.h"

#include <stdlib.h>
#include <string.h>

#include "ref/io/linktype.h"
#include "ref/io/out.h"

enum {
	BLOCK_SECTION = 0x0a0d0d0a,
	BLOCK_INTERFACE = 1,
	BLOCK_PACKET = 6,
	OPTION_END = 0,
	OPTION_COMMENT = 1,
	OPTION_IF_NAME = 2,
	OPTION_USERAPPL = 4,
	OPTION_IF_TSRESOL = 9,
	COMMENT_MAX = 65532, /* the largest length whose padding still fits 16 bits */
};

struct xl_ng {
	uint32_t n_ifaces;
	struct xl_out out;
};

static void put16(struct xl_out *o, size_t v)
{
	xl_out_put(o, (const uint8_t[]){ (uint8_t)v, (uint8_t)(v >> 8) }, 2);
}

static void put32(struct xl_out *o, uint64_t v)
{
	put16(o, v & 0xffff);
	put16(o, v >> 16 & 0xffff);
}

static size_t padded(size_t n)
{
	return (n + 3) & ~(size_t)3;
}

/* Octets, and zeros up to a multiple of four. */
static void put_padded(struct xl_out *o, const void *p, size_t n)
{
	xl_out_put(o, p, n);
	xl_out_put(o, "\0\0\0", padded(n) - n);
}

static void put_option(struct xl_out *o, uint16_t code, const void *p, size_t n)
{
	put16(o, code);
	put16(o, n);
	put_padded(o, p, n);
}

struct xl_ng *xl_ng_open(const char *path, struct xl_diags *d)
{
	static const char program[] = "xlatlab " XL_VERSION;
	size_t n = 28 + 4 + padded(sizeof(program) - 1) + 4;
	struct xl_ng *w = malloc(sizeof(*w));

	if (!w) {
		(void)xl_diag(d, XL_ERR_NOMEM, (struct xl_loc){ .file = path }, "no memory");
		return NULL;
	}
	if (xl_out_open(&w->out, path, d) < 0) {
		free(w);
		return NULL;
	}
	w->n_ifaces = 0;
	put32(&w->out, BLOCK_SECTION);
	put32(&w->out, n);
	put32(&w->out, 0x1a2b3c4d);
	put16(&w->out, 1); /* version 1.0 */
	put16(&w->out, 0);
	put32(&w->out, UINT32_MAX); /* length of the section: not known */
	put32(&w->out, UINT32_MAX);
	put_option(&w->out, OPTION_USERAPPL, program, sizeof(program) - 1);
	put_option(&w->out, OPTION_END, NULL, 0);
	put32(&w->out, n);
	return w;
}

uint32_t xl_ng_iface(struct xl_ng *w, const char *name)
{
	size_t n_name = strnlen(name, 255);
	size_t n = 20 + 4 + padded(n_name) + 8 + 4;
	const uint8_t nanoseconds = 9;

	put32(&w->out, BLOCK_INTERFACE);
	put32(&w->out, n);
	put16(&w->out, XL_LINKTYPE_RAW);
	put16(&w->out, 0);
	put32(&w->out, 0); /* no snapshot length */
	put_option(&w->out, OPTION_IF_NAME, name, n_name);
	put_option(&w->out, OPTION_IF_TSRESOL, &nanoseconds, 1);
	put_option(&w->out, OPTION_END, NULL, 0);
	put32(&w->out, n);
	return w->n_ifaces++;
}

/* The length of text cut at `max` octets, but never inside a UTF-8 sequence. */
static size_t cut_text(const char *text, size_t max)
{
	size_t n = strnlen(text, max + 1);

	if (n <= max)
		return n;
	for (n = max; n > 0 && ((uint8_t)text[n] & 0xc0) == 0x80; n--)
		continue;
	return n;
}

void xl_ng_put(struct xl_ng *w, uint32_t iface, int64_t ts_ns, const uint8_t *ip, size_t len,
	       const char *comment)
{
	uint64_t ns = ts_ns < 0 ? 0 : (uint64_t)ts_ns;
	size_t n_comment = comment ? cut_text(comment, COMMENT_MAX) : 0;
	size_t n = 32 + padded(len) + (n_comment ? 4 + padded(n_comment) + 4 : 0);

	put32(&w->out, BLOCK_PACKET);
	put32(&w->out, n);
	put32(&w->out, iface);
	put32(&w->out, ns >> 32);
	put32(&w->out, ns & UINT32_MAX);
	put32(&w->out, len);
	put32(&w->out, len);
	put_padded(&w->out, ip, len);
	if (n_comment) {
		put_option(&w->out, OPTION_COMMENT, comment, n_comment);
		put_option(&w->out, OPTION_END, NULL, 0);
	}
	put32(&w->out, n);
}

int xl_ng_close(struct xl_ng *w)
{
	int r;

	if (!w)
		return XL_ERR_IO;
	r = xl_out_close(&w->out);
	free(w);
	return r;
}
