/* pcapfile.h - captures in and out: pcap (classic) and pcapng.
 *
 * Reading accepts classic files of micro- or nanoseconds and pcapng with any number of interfaces, in
 * both byte orders, from a file, a pipe or a non-blocking descriptor. Every fault is one message with
 * the file's name and the octet it lies at. Writing makes classic nanosecond files of link type RAW.
 */
#ifndef XL_IO_PCAPFILE_H
#define XL_IO_PCAPFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ref/base/diag.h"

enum {
	XL_CAP_RECORD_MAX = 262144, /* octets of one captured frame, as libpcap has it */
	XL_CAP_HEADER_BYTES = 24, /* of a classic file */
	XL_CAP_RECORD_BYTES = 16, /* header of a classic record */
};

enum xl_cap_kind {
	XL_CAP_IP, /* ip, len and family are set */
	XL_CAP_NOT_IP, /* ARP, LLDP ...; raw octets whose version field is neither 4 nor 6 */
	XL_CAP_CUT, /* the capture's snapshot length cut the packet; what there is of it is set */
};

struct xl_cap_packet { /* valid until the next call for the same capture */
	enum xl_cap_kind kind;
	uint8_t family; /* 4 or 6: the link layer's word, or the version field where it has none */
	const uint8_t *ip; /* NULL with XL_CAP_NOT_IP */
	uint32_t len;
	const uint8_t *frame; /* all that was captured, also when it is no IP: what a reader */
	uint32_t frame_len; /* of golden files and masks wants */
	uint32_t orig_len; /* of the frame on the wire */
	uint32_t linktype, iface;
	int64_t ts_ns;
	uint64_t at; /* offset of the record in the file */
};

enum xl_cap_got { /* further than these: a negative enum xl_err, its line is in the diags */
		  XL_CAP_END = 0,
		  XL_CAP_PACKET = 1,
		  XL_CAP_AGAIN = 2, /* a non-blocking descriptor has no whole record yet */
		  XL_CAP_STOPPED = 3, /* xl_cap_stop_on(): asked to stop where it had to wait */
};

struct xl_cap;

/* "-" is standard input. NULL: the reason is in d, which must outlive the capture. The file's header is
 * read by xl_cap_start() or the first xl_cap_next(), so that opening never waits for a writer. Reading
 * waits for input, whatever kind of file it is: there is no XL_CAP_AGAIN. */
struct xl_cap *xl_cap_open(const char *path, struct xl_diags *d);

/* Takes over a descriptor; `name` stands for it in messages. Reading waits unless it is non-blocking. */
struct xl_cap *xl_cap_open_fd(int fd, const char *name, struct xl_diags *d);

/* From here on reading also waits for stop_fd (wait.h), and ends with XL_CAP_STOPPED instead of asking
 * for more input when it can be read. Records that were read whole are given out before. */
void xl_cap_stop_on(struct xl_cap *c, int stop_fd);

/* Reads the file's header, and its first record as far as that takes no waiting: so one can open an
 * output when the input is known to be a capture, and a pipe's before its first packet. 0: accepted;
 * XL_CAP_AGAIN, XL_CAP_STOPPED or a negative enum xl_err as from xl_cap_next(). */
XL_MUST_CHECK int xl_cap_start(struct xl_cap *c);

/* The next record. After the end, a stop or a fault it goes on saying so; a fault is reported once. */
XL_MUST_CHECK int xl_cap_next(struct xl_cap *c, struct xl_cap_packet *p);

int xl_cap_fd(const struct xl_cap *c);
void xl_cap_close(struct xl_cap *c); /* NULL is nothing */

/* ---- writing ---- */

struct xl_capw;

/* "-" is standard output. With flush_each, each packet is written out before put() returns. */
struct xl_capw *xl_capw_open(const char *path, bool flush_each, struct xl_diags *d);
struct xl_capw *xl_capw_open_fd(int fd, const char *name, bool flush_each, struct xl_diags *d);

/* One packet. 0, or XL_ERR_IO when this or an earlier one could not be written (reported once), or
 * XL_ERR_RANGE when the time is before 1970 or after 2106, which the format cannot hold. */
XL_MUST_CHECK int xl_capw_put(struct xl_capw *w, int64_t ts_ns, const uint8_t *ip, size_t len);

/* Flushes, closes and frees. 0, or XL_ERR_IO when anything since open failed. NULL is an error. */
XL_MUST_CHECK int xl_capw_close(struct xl_capw *w);

/* The same bytes for those who write elsewhere (memory, a non-blocking pipe). */
void xl_cap_encode_header(uint8_t out[static XL_CAP_HEADER_BYTES]);
void xl_cap_encode_record(uint8_t out[static XL_CAP_RECORD_BYTES], int64_t ts_ns, size_t len);

#endif
