/* pcapfile.c - reading captures; see pcapfile.h. Writing is in pcapwrite.c and pcapng.c.
 *
 * The formats are read here and not by libpcap, for three things it does not give: the octet at which a
 * file is faulty, pcapng files with several interfaces (refused when their link types differ, and also
 * when two are RAW), and reading from a non-blocking pipe. libpcap names link types (linktype.c) and
 * checks what we write (pcapfile_test.c).
 *
 * Model: a window buf[start, end) over the file that need(n) fills. A record is consumed only when it
 * is there whole, so that a call that had to give up for want of input can simply be made again. The
 * one place that waits is wait_for_input(): before each read, for input or for being told to stop.
 * Sources: draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng.
 */
#include "ref/io/pcapfile.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ref/base/box.h"
#include "ref/io/linktype.h"
#include "ref/io/wait.h"

enum {
	WINDOW = 131072, /* to begin with */
	BLOCK_MAX = 16 << 20, /* of pcapng blocks that are read; others are skipped at any length */
	BLOCK_SECTION = 0x0a0d0d0a,
	BLOCK_INTERFACE = 1,
	BLOCK_OBSOLETE_PACKET = 2,
	BLOCK_SIMPLE_PACKET = 3,
	BLOCK_ENHANCED_PACKET = 6,
	OPTION_END = 0,
	OPTION_TSRESOL = 9,
	OPTION_TSOFFSET = 14,
	INTERFACES_MAX = 65536,
};

enum need { NEED_OK, NEED_AGAIN, NEED_STOPPED, NEED_END, NEED_FAILED };

struct iface { /* of a pcapng section, or the one of a classic file */
	uint32_t linktype, snaplen;
	uint8_t tsresol; /* as in the option: power of ten, or of two with the top bit */
	int64_t tsoffset_s;
};

struct xl_cap {
	int fd, stop_fd;
	bool is_waiting; /* for input, instead of XL_CAP_AGAIN */
	bool is_starting, has_header; /* once the header is there, starting waits for nothing */
	bool has_first; /* a record that xl_cap_start() found */
	struct xl_cap_packet first;
	char name[160];
	struct xl_diags *d;
	uint8_t *buf;
	size_t cap, start, end;
	uint64_t at; /* offset of buf[start] in the file */
	uint64_t skip; /* octets to drop before anything else */
	bool is_eof, is_big_endian;
	int result; /* XL_CAP_PACKET while there is hope, then what next() goes on returning */
	int (*next)(struct xl_cap *, struct xl_cap_packet *);
	struct iface *iface;
	size_t n_ifaces, max_ifaces;
	int64_t last_ts_ns;
};

static int fault(struct xl_cap *c, uint64_t at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static int fault(struct xl_cap *c, uint64_t at, const char *fmt, ...)
{
	char text[XL_DIAG_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return xl_diag(c->d, XL_ERR_SYNTAX, (struct xl_loc){ .file = c->name },
		       "at octet %" PRIu64 ": %s", at, text);
}

/* ---- the window ---- */

static bool make_room(struct xl_cap *c, size_t n)
{
	uint8_t *bigger;

	if (c->start) {
		memmove(c->buf, c->buf + c->start, c->end - c->start);
		c->end -= c->start;
		c->start = 0;
	}
	if (n <= c->cap)
		return true;
	bigger = realloc(c->buf, n);
	if (!bigger)
		return false;
	c->buf = bigger;
	c->cap = n;
	return true;
}

/* NEED_OK: read() will not block, or is to say itself that it would. */
static enum need wait_for_input(struct xl_cap *c)
{
	bool is_looking = c->is_starting && c->has_header;

	if (!c->is_waiting && c->stop_fd < 0 && !is_looking)
		return NEED_OK;
	switch (xl_wait(c->fd, POLLIN, c->stop_fd, c->is_waiting && !is_looking ? XL_NEVER : 0)) {
	case XL_WAIT_READY: return NEED_OK;
	case XL_WAIT_LATE: return NEED_AGAIN;
	case XL_WAIT_STOPPED: return NEED_STOPPED;
	default:
		(void)xl_diag(c->d, XL_ERR_IO, (struct xl_loc){ .file = c->name },
			      "cannot be waited for: %s", strerror(errno));
		return NEED_FAILED;
	}
}

/* At least n octets from c->start on. NEED_END: the file ended before. */
static enum need need(struct xl_cap *c, size_t n)
{
	while (c->end - c->start < n) {
		enum need why;
		ssize_t got;

		if (c->is_eof)
			return NEED_END;
		if ((c->cap - c->start < n || c->end == c->cap) && !make_room(c, n)) {
			(void)xl_diag(c->d, XL_ERR_NOMEM, (struct xl_loc){ .file = c->name },
				      "no memory for a record of %zu octets", n);
			return NEED_FAILED;
		}
		why = wait_for_input(c);
		if (why)
			return why;
		got = read(c->fd, c->buf + c->end, c->cap - c->end);
		if (got < 0 && (errno == EINTR || (errno == EAGAIN && c->is_waiting)))
			continue;
		if (got < 0 && errno == EAGAIN)
			return NEED_AGAIN;
		if (got < 0) {
			(void)xl_diag(c->d, XL_ERR_IO, (struct xl_loc){ .file = c->name },
				      "cannot read: %s", strerror(errno));
			return NEED_FAILED;
		}
		c->is_eof = got == 0;
		c->end += (size_t)got;
	}
	return NEED_OK;
}

static void consume(struct xl_cap *c, size_t n)
{
	c->start += n;
	c->at += n;
}

/* What next() returns when need() was not satisfied while reading `what` of `n` octets. */
static int stop(struct xl_cap *c, enum need why, const char *what, uint64_t n)
{
	size_t left = c->end - c->start;

	if (why == NEED_AGAIN)
		return XL_CAP_AGAIN;
	if (why == NEED_STOPPED)
		return XL_CAP_STOPPED;
	if (why == NEED_FAILED)
		return XL_ERR_IO;
	return fault(c, c->at, "the file ends inside %s: %zu of %" PRIu64 " octets are there", what,
		     left, n);
}

/* Drops c->skip octets. */
static enum need skip(struct xl_cap *c)
{
	while (c->skip) {
		enum need why = need(c, 1);
		size_t n = c->end - c->start;

		if (why)
			return why;
		if (n > c->skip)
			n = (size_t)c->skip;
		consume(c, n);
		c->skip -= n;
	}
	return NEED_OK;
}

static uint32_t u32(const struct xl_cap *c, const uint8_t *p)
{
	return c->is_big_endian
		       ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]
		       : (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static uint16_t u16(const struct xl_cap *c, const uint8_t *p)
{
	return (uint16_t)(c->is_big_endian ? p[0] << 8 | p[1] : p[1] << 8 | p[0]);
}

/* ---- a frame, whatever format it came in ---- */

static void find_packet(struct xl_cap_packet *p)
{
	struct xl_ip_at at;

	p->kind = XL_CAP_NOT_IP;
	p->ip = NULL;
	p->len = 0;
	p->family = 0;
	if (!xl_linktype_find_ip(p->linktype, p->frame, p->frame_len, &at))
		return;
	p->kind = p->frame_len < p->orig_len && !at.is_whole ? XL_CAP_CUT : XL_CAP_IP;
	p->ip = at.ip;
	p->len = at.len;
	p->family = at.family;
}

static int check_linktype(struct xl_cap *c, uint64_t at, uint32_t linktype)
{
	if (xl_linktype_is_known(linktype))
		return 0;
	return fault(c, at, "link type %" PRIu32 " (%s): allowed are %s", linktype,
		     xl_linktype_name(linktype), xl_linktype_allowed());
}

/* ---- classic ---- */

static int classic_next(struct xl_cap *c, struct xl_cap_packet *p)
{
	enum need why = need(c, XL_CAP_RECORD_BYTES);
	const uint8_t *h = c->buf + c->start;
	uint32_t len;

	if (why == NEED_END && c->start == c->end)
		return XL_CAP_END;
	if (why)
		return stop(c, why, "a record's header", XL_CAP_RECORD_BYTES);
	len = u32(c, h + 8);
	if (len > XL_CAP_RECORD_MAX)
		return fault(c, c->at + 8, "a record of %" PRIu32 " octets: at most %d are allowed",
			     len, XL_CAP_RECORD_MAX);
	why = need(c, XL_CAP_RECORD_BYTES + len);
	if (why)
		return stop(c, why, "a record", XL_CAP_RECORD_BYTES + len);
	h = c->buf + c->start; /* the window may have moved */
	p->ts_ns = (int64_t)u32(c, h) * 1000000000 +
		   (int64_t)u32(c, h + 4) * (c->iface->tsresol == 9 ? 1 : 1000);
	p->frame = h + XL_CAP_RECORD_BYTES;
	p->frame_len = len;
	p->orig_len = u32(c, h + 12);
	p->linktype = c->iface->linktype;
	p->iface = 0;
	p->at = c->at;
	consume(c, XL_CAP_RECORD_BYTES + len);
	return XL_CAP_PACKET;
}

static struct iface *add_iface(struct xl_cap *c)
{
	struct iface *more;
	size_t max = c->max_ifaces ? 2 * c->max_ifaces : 4;

	if (c->n_ifaces == c->max_ifaces) {
		more = realloc(c->iface, max * sizeof(*more));
		if (!more) {
			(void)xl_diag(c->d, XL_ERR_NOMEM, (struct xl_loc){ .file = c->name },
				      "no memory for %zu interfaces", max);
			return NULL;
		}
		c->iface = more;
		c->max_ifaces = max;
	}
	more = &c->iface[c->n_ifaces++];
	*more = (struct iface){ .tsresol = 6 };
	return more;
}

static int classic_start(struct xl_cap *c, bool is_nano)
{
	enum need why = need(c, XL_CAP_HEADER_BYTES);
	const uint8_t *h = c->buf + c->start;
	struct iface *f;
	int r;

	if (why)
		return stop(c, why, "its header", XL_CAP_HEADER_BYTES);
	if (u16(c, h + 4) != 2)
		return fault(c, c->at + 4, "pcap version %u.%u: allowed is 2.x", u16(c, h + 4),
			     u16(c, h + 6));
	f = add_iface(c);
	if (!f)
		return XL_ERR_NOMEM;
	f->linktype = u32(c, h + 20) & 0x03ffffff; /* above: length of frame check sequences */
	f->tsresol = is_nano ? 9 : 6;
	r = check_linktype(c, c->at + 20, f->linktype);
	if (r)
		return r;
	consume(c, XL_CAP_HEADER_BYTES);
	c->has_header = true;
	c->next = classic_next;
	return XL_CAP_PACKET;
}

/* ---- pcapng ---- */

/* Ticks of the interface's clock as nanoseconds; false when 64 bits cannot hold them. */
static bool ticks_to_ns(const struct iface *f, uint64_t ticks, int64_t *ns)
{
	unsigned power = f->tsresol & 0x7f;
	uint64_t whole = 0, part = ticks, unit = 1; /* seconds; ticks; ticks a second */
	int64_t s;

	if (f->tsresol & 0x80) {
		if (power < 64) {
			whole = ticks >> power;
			part = ticks & ((UINT64_C(1) << power) - 1);
		}
		if (power > 34) { /* what is finer than a nanosecond does not matter */
			part = power < 98 ? part >> (power - 34) : 0;
			power = 34;
		}
		part = part * 1000000000 >> power;
	} else if (power <= 19) {
		for (unsigned i = 0; i < power; i++)
			unit *= 10;
		whole = ticks / unit;
		part = ticks % unit;
		for (; power < 9; power++)
			part *= 10;
		for (; power > 9; power--)
			part /= 10;
	} else {
		for (; power > 9; power--)
			part /= 10;
	}
	if (whole > INT64_MAX || __builtin_add_overflow((int64_t)whole, f->tsoffset_s, &s) ||
	    __builtin_mul_overflow(s, INT64_C(1000000000), &s))
		return false;
	return !__builtin_add_overflow(s, (int64_t)part, ns);
}

static int read_section(struct xl_cap *c, const uint8_t *b, size_t n)
{
	if (n < 28)
		return fault(c, c->at, "a section header of %zu octets: at least 28", n);
	if (u16(c, b + 12) != 1)
		return fault(c, c->at + 12, "pcapng version %u.%u: allowed is 1.x", u16(c, b + 12),
			     u16(c, b + 14));
	c->n_ifaces = 0;
	c->has_header = true;
	return 0;
}

static int read_interface(struct xl_cap *c, const uint8_t *b, size_t n)
{
	struct iface *f;
	size_t at = 16;

	if (n < 20)
		return fault(c, c->at, "an interface description of %zu octets: at least 20", n);
	if (c->n_ifaces == INTERFACES_MAX)
		return fault(c, c->at, "more than %d interfaces", INTERFACES_MAX);
	f = add_iface(c);
	if (!f)
		return XL_ERR_NOMEM;
	f->linktype = u16(c, b + 8);
	f->snaplen = u32(c, b + 12);
	while (n - 4 - at >= 4) {
		uint16_t code = u16(c, b + at), len = u16(c, b + at + 2);

		if (code == OPTION_END)
			break;
		if (len > n - 4 - at - 4)
			return fault(c, c->at + at, "an option of %u octets runs past its block",
				     len);
		if (code == OPTION_TSRESOL && len == 1)
			f->tsresol = b[at + 4];
		if (code == OPTION_TSOFFSET && len == 8)
			f->tsoffset_s =
				(int64_t)((uint64_t)u32(c, b + at + (c->is_big_endian ? 4 : 8))
						  << 32 |
					  u32(c, b + at + (c->is_big_endian ? 8 : 4)));
		at += 4 + ((len + 3u) & ~3u);
		if (at > n - 4)
			break;
	}
	return 0;
}

/* The three kinds of packet blocks: where the fields lie in each. */
static int read_packet(struct xl_cap *c, uint32_t type, const uint8_t *b, size_t n,
		       struct xl_cap_packet *p)
{
	bool is_simple = type == BLOCK_SIMPLE_PACKET;
	size_t data = is_simple ? 12 : 28;
	const struct iface *f;

	if (n < data + 4)
		return fault(c, c->at, "a packet block of %zu octets: at least %zu", n, data + 4);
	p->iface = is_simple ? 0 : type == BLOCK_OBSOLETE_PACKET ? u16(c, b + 8) : u32(c, b + 8);
	if (p->iface >= c->n_ifaces)
		return fault(c, c->at + 8, "interface %" PRIu32 " is not described", p->iface);
	f = &c->iface[p->iface];
	p->linktype = f->linktype;
	p->orig_len = u32(c, b + data - 4);
	p->frame_len = is_simple ? p->orig_len : u32(c, b + 20);
	if (is_simple && f->snaplen && p->frame_len > f->snaplen)
		p->frame_len = f->snaplen;
	if (p->frame_len > n - data - 4 || p->frame_len > XL_CAP_RECORD_MAX)
		return fault(c, c->at + (is_simple ? 8 : 20),
			     "a packet of %" PRIu32 " octets in a block with room for %zu",
			     p->frame_len, n - data - 4);
	p->ts_ns = c->last_ts_ns;
	if (!is_simple &&
	    !ticks_to_ns(f, (uint64_t)u32(c, b + 12) << 32 | u32(c, b + 16), &p->ts_ns))
		return fault(c, c->at + 12, "a time after the year 2262 or before 1677");
	p->frame = b + data;
	p->at = c->at;
	return check_linktype(c, c->at, f->linktype);
}

/* The block at the window's start: its type and length, and its byte order when it begins a section.
 * XL_CAP_PACKET, or what next() returns. */
static int block_header(struct xl_cap *c, uint32_t *type, uint32_t *len)
{
	enum need why = need(c, 12);
	const uint8_t *b = c->buf + c->start;

	if (why == NEED_END && c->start == c->end)
		return XL_CAP_END;
	if (why)
		return stop(c, why, "a block's header", 12);
	*type = u32(c, b);
	if (*type == BLOCK_SECTION) {
		c->is_big_endian = b[8] == 0x1a;
		if (u32(c, b + 8) != 0x1a2b3c4d)
			return fault(c, c->at + 8, "no byte-order magic of pcapng");
	}
	*len = u32(c, b + 4);
	if (*len < 12 || *len % 4)
		return fault(c, c->at + 4,
			     "a block of %" PRIu32 " octets: allowed are multiples of 4 from 12 on",
			     *len);
	return XL_CAP_PACKET;
}

static bool is_read(uint32_t type)
{
	return type == BLOCK_SECTION || type == BLOCK_INTERFACE || type == BLOCK_OBSOLETE_PACKET ||
	       type == BLOCK_SIMPLE_PACKET || type == BLOCK_ENHANCED_PACKET;
}

static int ng_next(struct xl_cap *c, struct xl_cap_packet *p)
{
	for (;;) {
		enum need why = skip(c);
		uint32_t type = 0, len = 0;
		const uint8_t *b;
		int r;

		if (why)
			return stop(c, why, "a block", c->skip);
		r = block_header(c, &type, &len);
		if (r != XL_CAP_PACKET)
			return r;
		if (!is_read(type)) {
			c->skip = len;
			continue;
		}
		if (len > BLOCK_MAX)
			return fault(c, c->at + 4,
				     "a block of %" PRIu32 " octets: at most %d are allowed", len,
				     BLOCK_MAX);
		why = need(c, len);
		if (why)
			return stop(c, why, "a block", len);
		b = c->buf + c->start;
		if (u32(c, b + len - 4) != len)
			return fault(c, c->at + len - 4,
				     "a block's two lengths differ: %" PRIu32 " and %" PRIu32, len,
				     u32(c, b + len - 4));
		r = type == BLOCK_SECTION     ? read_section(c, b, len)
		    : type == BLOCK_INTERFACE ? read_interface(c, b, len)
					      : read_packet(c, type, b, len, p);
		if (r)
			return r;
		consume(c, len);
		if (type != BLOCK_SECTION && type != BLOCK_INTERFACE)
			return XL_CAP_PACKET;
	}
}

/* ---- either ---- */

static const struct {
	uint8_t magic[4];
	bool is_big_endian, is_nano;
} classic[] = {
	{ { 0xd4, 0xc3, 0xb2, 0xa1 }, false, false },
	{ { 0xa1, 0xb2, 0xc3, 0xd4 }, true, false },
	{ { 0x4d, 0x3c, 0xb2, 0xa1 }, false, true },
	{ { 0xa1, 0xb2, 0x3c, 0x4d }, true, true },
};

/* Looks at the file's first octets and hands over to the format's own next(). */
static int first_next(struct xl_cap *c, struct xl_cap_packet *p)
{
	enum need why = need(c, 4);
	const uint8_t *h = c->buf + c->start;
	int r;

	if (why == NEED_END && c->start == c->end)
		return fault(c, 0, "the file is empty: not even a capture's header");
	if (why)
		return stop(c, why, "its magic number", 4);
	if (memcmp(h, (const uint8_t[]){ 0x0a, 0x0d, 0x0d, 0x0a }, 4) == 0) {
		c->next = ng_next;
		return ng_next(c, p);
	}
	for (size_t i = 0; i < sizeof(classic) / sizeof(classic[0]); i++) {
		if (memcmp(h, classic[i].magic, 4) != 0)
			continue;
		c->is_big_endian = classic[i].is_big_endian;
		r = classic_start(c, classic[i].is_nano);
		return r == XL_CAP_PACKET ? classic_next(c, p) : r;
	}
	return fault(c, 0, "starts with %02x %02x %02x %02x: allowed are pcap and pcapng", h[0],
		     h[1], h[2], h[3]);
}

int xl_cap_next(struct xl_cap *c, struct xl_cap_packet *p)
{
	int r;

	if (c->has_first) {
		c->has_first = false;
		*p = c->first;
		return XL_CAP_PACKET;
	}
	if (c->result != XL_CAP_PACKET)
		return c->result;
	r = c->next(c, p);
	if (r == XL_CAP_PACKET) {
		c->last_ts_ns = p->ts_ns;
		find_packet(p);
	} else if (r != XL_CAP_AGAIN) {
		c->result = r;
	}
	return r;
}

int xl_cap_start(struct xl_cap *c)
{
	int r;

	c->is_starting = true;
	r = xl_cap_next(c, &c->first);
	c->is_starting = false;
	c->has_first = r == XL_CAP_PACKET;
	return r >= 0 && c->has_header ? 0 : r;
}

void xl_cap_stop_on(struct xl_cap *c, int stop_fd)
{
	c->stop_fd = stop_fd;
}

struct xl_cap *xl_cap_open_fd(int fd, const char *name, struct xl_diags *d)
{
	struct xl_cap *c = calloc(1, sizeof(*c));

	if (c)
		c->buf = malloc(WINDOW);
	if (!c || !c->buf) {
		(void)xl_diag(d, XL_ERR_NOMEM, (struct xl_loc){ .file = name }, "no memory");
		free(c);
		close(fd);
		return NULL;
	}
	c->fd = fd;
	c->stop_fd = -1;
	c->is_waiting = !(fcntl(fd, F_GETFL) & O_NONBLOCK);
	snprintf(c->name, sizeof(c->name), "%s", name);
	c->d = d;
	c->cap = WINDOW;
	c->result = XL_CAP_PACKET;
	c->next = first_next;
	return c;
}

struct xl_cap *xl_cap_open(const char *path, struct xl_diags *d)
{
	bool is_stdin = strcmp(path, "-") == 0;
	/* non-blocking for a named pipe, whose open() would wait for its writer */
	int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct xl_cap *c;

	if (fd < 0) {
		(void)xl_diag(d, XL_ERR_IO, (struct xl_loc){ .file = path }, "cannot open: %s",
			      strerror(errno));
		return NULL;
	}
	c = xl_cap_open_fd(fd, is_stdin ? "standard input" : path, d);
	if (c)
		c->is_waiting = true;
	return c;
}

int xl_cap_fd(const struct xl_cap *c)
{
	return c->fd;
}

void xl_cap_close(struct xl_cap *c)
{
	if (!c)
		return;
	close(c->fd);
	free(c->buf);
	free(c->iface);
	free(c);
}
