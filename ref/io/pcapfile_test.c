/* pcapfile_test.c - captures read and written: formats, byte orders, link types, every kind of fault.
 *
 * Files are made here octet by octet; what we write is read back by libpcap as well.
 */
#include "ref/io/pcapfile.h"

#include "ref/base/tap.h"

#include <fcntl.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct file { /* being made */
	bool is_big_endian;
	size_t n;
	uint8_t b[400000];
};

static struct file file;
static struct xl_diags diags;
static char path[64];

static const uint8_t ip4[28] = { 0x45, 0, 0,   28, 0, 0, 0x40, 0, 64, 17, 0, 0, 192, 0,
				 2,    1, 192, 0,  2, 2, 0,    1, 0,  2,  0, 8, 0,   0 };

static void put(struct file *f, const void *p, size_t n)
{
	memcpy(f->b + f->n, p, n);
	f->n += n;
}

static void num(struct file *f, size_t bytes, uint64_t v)
{
	for (size_t i = 0; i < bytes; i++)
		f->b[f->n++] = (uint8_t)(v >> 8 * (f->is_big_endian ? bytes - 1 - i : i));
}

static void begin(struct file *f, bool is_big_endian)
{
	f->n = 0;
	f->is_big_endian = is_big_endian;
}

static void classic(struct file *f, bool is_big_endian, uint32_t magic, uint32_t linktype)
{
	begin(f, is_big_endian);
	num(f, 4, magic);
	num(f, 2, 2);
	num(f, 2, 4);
	num(f, 4, 0);
	num(f, 4, 0);
	num(f, 4, 65535);
	num(f, 4, linktype);
}

static void record(struct file *f, uint32_t s, uint32_t frac, const void *p, uint32_t n,
		   uint32_t orig)
{
	num(f, 4, s);
	num(f, 4, frac);
	num(f, 4, n);
	num(f, 4, orig);
	put(f, p, n);
}

static size_t block(struct file *f, uint32_t type)
{
	size_t at = f->n;

	num(f, 4, type);
	num(f, 4, 0);
	return at;
}

static void block_end(struct file *f, size_t at)
{
	size_t end;

	while ((f->n - at) % 4)
		f->b[f->n++] = 0;
	end = f->n;
	f->n = at + 4;
	num(f, 4, end + 4 - at);
	f->n = end;
	num(f, 4, end + 4 - at);
}

static void section(struct file *f)
{
	size_t at = block(f, 0x0a0d0d0a);

	num(f, 4, 0x1a2b3c4d);
	num(f, 2, 1);
	num(f, 2, 0);
	num(f, 8, UINT64_MAX);
	block_end(f, at);
}

/* tsresol < 0: no option. */
static void interface(struct file *f, uint16_t linktype, int tsresol, int64_t tsoffset)
{
	size_t at = block(f, 1);

	num(f, 2, linktype);
	num(f, 2, 0);
	num(f, 4, 0);
	num(f, 2, 2); /* if_name, so that an option stands before the one looked for */
	num(f, 2, 3);
	put(f, "if0", 4);
	if (tsresol >= 0) {
		num(f, 2, 9);
		num(f, 2, 1);
		num(f, 1, (uint64_t)tsresol);
		put(f, "\0\0", 3);
	}
	if (tsoffset) {
		num(f, 2, 14);
		num(f, 2, 8);
		num(f, 8, (uint64_t)tsoffset);
	}
	num(f, 4, 0);
	block_end(f, at);
}

static void enhanced(struct file *f, uint32_t iface, uint64_t ticks, const void *p, uint32_t n,
		     uint32_t orig)
{
	size_t at = block(f, 6);

	num(f, 4, iface);
	num(f, 4, ticks >> 32);
	num(f, 4, ticks & 0xffffffff);
	num(f, 4, n);
	num(f, 4, orig);
	put(f, p, n);
	block_end(f, at);
}

static struct xl_cap *open_bytes(const uint8_t *p, size_t n)
{
	FILE *f = fopen(path, "wb");

	if (!f || fwrite(p, 1, n, f) != n || fclose(f))
		exit(99);
	xl_diags_init(&diags);
	return xl_cap_open(path, &diags);
}

/* Reads to the end; the last packet is in *p (its octets are gone). Returns the last result. */
static int read_all(const uint8_t *b, size_t n, struct xl_cap_packet *p, int *packets)
{
	struct xl_cap *c = open_bytes(b, n);
	int r;

	for (*packets = 0; (r = xl_cap_next(c, p)) == XL_CAP_PACKET; (*packets)++)
		continue;
	ok(xl_cap_next(c, p) == r && diags.n == (r < 0), "goes on saying so, one message");
	xl_cap_close(c);
	return r;
}

static void test_classic(void)
{
	static const struct {
		const char *what;
		bool is_big_endian;
		uint32_t magic;
		int64_t want_ns;
	} row[] = {
		{ "microseconds, little-endian", false, 0xa1b2c3d4, 1700000000000123000 },
		{ "microseconds, big-endian", true, 0xa1b2c3d4, 1700000000000123000 },
		{ "nanoseconds, little-endian", false, 0xa1b23c4d, 1700000000000000123 },
		{ "nanoseconds, big-endian", true, 0xa1b23c4d, 1700000000000000123 },
	};
	struct xl_cap_packet p;

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct xl_cap *c;

		classic(&file, row[i].is_big_endian, row[i].magic, 101);
		record(&file, 1700000000, 123, ip4, sizeof(ip4), sizeof(ip4));
		c = open_bytes(file.b, file.n);
		is_int(xl_cap_next(c, &p), XL_CAP_PACKET, "%s: a packet", row[i].what);
		is_int(p.ts_ns, row[i].want_ns, "%s: its time", row[i].what);
		ok(p.kind == XL_CAP_IP && p.family == 4 && p.at == 24, "%s: its kind and place",
		   row[i].what);
		is_mem(p.ip, p.len, ip4, sizeof(ip4), "%s: its octets", row[i].what);
		is_int(xl_cap_next(c, &p), XL_CAP_END, "%s: the end", row[i].what);
		xl_cap_close(c);
	}
}

static void test_linktypes(void)
{
	static const struct {
		const char *what;
		uint32_t linktype;
		size_t n;
		const char *link; /* octets before IP */
		size_t n_pad;
		enum xl_cap_kind want;
	} row[] = {
		{ "raw", 101, 0, "", 0, XL_CAP_IP },
		{ "raw, 12", 12, 0, "", 0, XL_CAP_IP },
		{ "raw, 14", 14, 0, "", 0, XL_CAP_IP },
		{ "IPv4 only", 228, 0, "", 0, XL_CAP_IP },
		{ "Ethernet, padded", 1, 14, "\1\2\3\4\5\6\1\2\3\4\5\6\x08\0", 18, XL_CAP_IP },
		{ "Ethernet, two tags", 1, 22,
		  "\1\2\3\4\5\6\1\2\3\4\5\6\x88\xa8\0\1\x81\0\0\2\x08\0", 10, XL_CAP_IP },
		{ "Ethernet, ARP", 1, 14, "\1\2\3\4\5\6\1\2\3\4\5\6\x08\6", 18, XL_CAP_NOT_IP },
		{ "cooked", 113, 16, "\0\0\0\1\0\6\1\2\3\4\5\6\0\0\x08\0", 0, XL_CAP_IP },
		{ "cooked, version 2", 276, 20, "\x08\0\0\0\0\0\0\1\0\1\0\6\1\2\3\4\5\6\0\0", 4,
		  XL_CAP_IP },
		{ "BSD loopback, big-endian host", 0, 4, "\0\0\0\2", 0, XL_CAP_IP },
		{ "BSD loopback, little-endian host", 0, 4, "\2\0\0\0", 0, XL_CAP_IP },
		{ "OpenBSD loopback", 108, 4, "\0\0\0\2", 0, XL_CAP_IP },
		{ "OpenBSD loopback, other family", 108, 4, "\2\0\0\0", 0, XL_CAP_NOT_IP },
	};
	static const uint8_t pad[64];
	uint8_t frame[128];
	struct xl_cap_packet p;

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		size_t n = row[i].n + sizeof(ip4) + row[i].n_pad;
		struct xl_cap *c;

		memcpy(frame, row[i].link, row[i].n);
		memcpy(frame + row[i].n, ip4, sizeof(ip4));
		memcpy(frame + row[i].n + sizeof(ip4), pad, row[i].n_pad);
		classic(&file, false, 0xa1b2c3d4, row[i].linktype);
		record(&file, 1, 0, frame, (uint32_t)n, (uint32_t)n);
		c = open_bytes(file.b, file.n);
		ok(xl_cap_next(c, &p) == XL_CAP_PACKET && p.kind == row[i].want, "%s: kind",
		   row[i].what);
		if (row[i].want == XL_CAP_IP)
			is_mem(p.ip, p.len, ip4, sizeof(ip4), "%s: the packet", row[i].what);
		is_mem(p.frame, p.frame_len, frame, n, "%s: the frame", row[i].what);
		xl_cap_close(c);
		for (size_t k = 0; k < row[i].n; k++) {
			int packets;

			file.n = 24;
			record(&file, 1, 0, frame, (uint32_t)k, (uint32_t)k);
			ok(read_all(file.b, file.n, &p, &packets) == XL_CAP_END && packets == 1 &&
				   p.kind == XL_CAP_NOT_IP,
			   "%s: %zu octets of a frame are no packet", row[i].what, k);
		}
	}
}

/* A snapshot length cut the packet, or only the padding behind it. */
static void test_snaplen(void)
{
	struct xl_cap_packet p;
	uint8_t frame[64] = "\1\2\3\4\5\6\1\2\3\4\5\6\x08\0";
	int packets;

	memcpy(frame + 14, ip4, sizeof(ip4));
	classic(&file, false, 0xa1b2c3d4, 101);
	record(&file, 1, 0, ip4, 20, sizeof(ip4));
	ok(read_all(file.b, file.n, &p, &packets) == XL_CAP_END && p.kind == XL_CAP_CUT,
	   "raw packet cut by the snapshot length");
	classic(&file, false, 0xa1b2c3d4, 1);
	record(&file, 1, 0, frame, 34, 60);
	ok(read_all(file.b, file.n, &p, &packets) == XL_CAP_END && p.kind == XL_CAP_CUT,
	   "Ethernet frame cut inside the packet");
	classic(&file, false, 0xa1b2c3d4, 1);
	record(&file, 1, 0, frame, 46, 60);
	ok(read_all(file.b, file.n, &p, &packets) == XL_CAP_END && p.kind == XL_CAP_IP &&
		   p.len == 28,
	   "Ethernet frame cut inside its padding");
}

static void test_ng(bool is_big_endian)
{
	static const struct {
		int tsresol;
		int64_t tsoffset;
		uint64_t ticks;
		int64_t want_ns;
	} row[] = {
		{ -1, 0, 1700000000000123, 1700000000000123000 },
		{ 9, 0, 1700000000000000123, 1700000000000000123 },
		{ 0, 0, 17, 17000000000 },
		{ 12, 0, 5000000000999, 5000000000 },
		{ 25, 0, 10000000000000000000u, 1000 },
		{ 9, 1700000000, 5, 1700000000000000005 },
		{ 9, -1, 1500000000, 500000000 },
		{ 0x80 | 10, 0, 1536, 1500000000 },
		{ 0x80 | 40, 0, UINT64_C(3) << 39, 1500000000 },
		{ 0x80 | 64, 0, UINT64_C(1) << 63, 500000000 },
		{ 0x80 | 127, 0, UINT64_MAX, 0 },
	};
	struct xl_cap_packet p;
	uint8_t frame[60] = "\1\2\3\4\5\6\1\2\3\4\5\6\x08\0";
	struct xl_cap *c;
	size_t at;

	memcpy(frame + 14, ip4, sizeof(ip4));
	begin(&file, is_big_endian);
	section(&file);
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		interface(&file, i % 2 ? 101 : 1, row[i].tsresol, row[i].tsoffset);
	at = block(&file, 0x0bad); /* a custom block: skipped */
	file.n += 200000;
	block_end(&file, at);
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		enhanced(&file, (uint32_t)i, row[i].ticks, i % 2 ? ip4 : frame, i % 2 ? 28 : 60,
			 i % 2 ? 28 : 60);
	section(&file); /* a second section starts its interfaces afresh */
	interface(&file, 101, -1, 0);
	at = block(&file, 3);
	num(&file, 4, sizeof(ip4));
	put(&file, ip4, sizeof(ip4));
	block_end(&file, at);
	at = block(&file, 2);
	num(&file, 2, 0);
	num(&file, 2, 0);
	num(&file, 8, is_big_endian ? 7000000 : UINT64_C(7000000) << 32);
	num(&file, 4, sizeof(ip4));
	num(&file, 4, sizeof(ip4));
	put(&file, ip4, sizeof(ip4));
	block_end(&file, at);

	c = open_bytes(file.b, file.n);
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		is_int(xl_cap_next(c, &p), XL_CAP_PACKET, "pcapng packet %zu", i);
		is_int(p.ts_ns, row[i].want_ns, "its time, resolution 0x%x", row[i].tsresol & 0xff);
		ok(p.iface == i && p.kind == XL_CAP_IP, "its interface and kind");
		is_mem(p.ip, p.len, ip4, sizeof(ip4), "its octets");
	}
	ok(xl_cap_next(c, &p) == XL_CAP_PACKET && p.len == 28 && p.linktype == 101,
	   "simple packet block of a second section");
	ok(xl_cap_next(c, &p) == XL_CAP_PACKET && p.len == 28 && p.ts_ns == 7000000000,
	   "obsolete packet block");
	is_int(xl_cap_next(c, &p), XL_CAP_END, "pcapng ends");
	is_int(diags.n, 0, "without a message");
	xl_cap_close(c);
}

/* Changes one 32-bit word of a good file and wants a message with the octet. */
static void test_faults(void)
{
	static const struct {
		const char *what;
		bool is_ng;
		size_t at;
		uint32_t value;
		const char *want;
	} row[] = {
		{ "no magic number", false, 0, 0x21646e65, "at octet 0: starts with 65 6e 64 21" },
		{ "pcap version 3", false, 4, 3, "at octet 4: pcap version 3.0" },
		{ "unknown link type", false, 20, 105,
		  "at octet 20: link type 105 (IEEE802_11): allowed are RAW (101), IPV4" },
		{ "record of 2 GB", false, 32, 0x80000000,
		  "at octet 32: a record of 2147483648 octets: at most 262144" },
		{ "record of 4 GB", false, 32, 0xffffffff, "at octet 32: a record of 4294967295" },
		{ "record longer than the file", false, 32, 29,
		  "at octet 24: the file ends inside a record: 44 of 45 octets" },
		{ "no byte-order magic", true, 8, 0, "at octet 8: no byte-order magic" },
		{ "block shorter than its frame", true, 4, 8, "at octet 4: a block of 8 octets" },
		{ "block of odd length", true, 4, 30, "at octet 4: a block of 30 octets" },
		{ "block of 2 GB", true, 32, 0x80000000, "a block of 2147483648 octets: at most" },
		{ "pcapng version 9", true, 12, 9, "at octet 12: pcapng version 9.0" },
		{ "lengths of a block differ", true, 24, 32, "at octet 24: a block's two lengths" },
		{ "unknown link type of an interface", true, 36, 105, "link type 105" },
		{ "option past its block", true, 44, 0xfff00002, "an option of 65520 octets" },
		{ "interface not described", true, 76, 1, "interface 1 is not described" },
		{ "packet longer than its block", true, 88, 29,
		  "a packet of 29 octets in a block" },
		{ "packet of 4 GB", true, 88, UINT32_MAX, "a packet of 4294967295 octets" },
		{ "time after 2262", true, 80, 0x7fffffff, "after the year 2262" },
	};
	struct xl_cap_packet p;
	int packets;

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		size_t n;

		if (row[i].is_ng) {
			begin(&file, false);
			section(&file); /* 28 octets */
			interface(&file, 101, 6, 0); /* 28..68 */
			enhanced(&file, 0, 1, ip4, sizeof(ip4), sizeof(ip4));
		} else {
			classic(&file, false, 0xa1b2c3d4, 101);
			record(&file, 1, 0, ip4, sizeof(ip4), sizeof(ip4));
		}
		n = file.n;
		file.n = row[i].at;
		num(&file, 4, row[i].value);
		file.n = n;
		is_int(read_all(file.b, n, &p, &packets), XL_ERR_SYNTAX, "refused: %s",
		       row[i].what);
		ok(packets == 0 && diags.n == 1 && strstr(diags.at[0].text, row[i].want) &&
			   strcmp(diags.at[0].file, path) == 0,
		   "says '%s'", diags.n ? diags.at[0].text : "nothing");
	}
	is_int(read_all(file.b, 0, &p, &packets), XL_ERR_SYNTAX, "refused: zero-byte file");
	ok(strstr(diags.at[0].text, "at octet 0: the file is empty"), "and says so");
}

/* Every prefix of a good file: the packets that are whole, then a message unless it ends between
 * records. Every octet of it changed: no crash (this runs under the sanitizers too). */
static void test_damage(bool is_ng)
{
	size_t ends[4], n_ends = 0, total;
	struct xl_cap_packet p;
	bool good = true;
	int packets;

	if (is_ng) {
		begin(&file, false);
		section(&file);
		ends[n_ends++] = file.n;
		interface(&file, 101, 9, 0);
		ends[n_ends++] = file.n;
		enhanced(&file, 0, 1, ip4, sizeof(ip4), sizeof(ip4));
		ends[n_ends++] = file.n;
	} else {
		classic(&file, false, 0xa1b2c3d4, 101);
		ends[n_ends++] = file.n;
		record(&file, 1, 0, ip4, sizeof(ip4), sizeof(ip4));
		ends[n_ends++] = file.n;
	}
	total = file.n;
	for (size_t n = 0; n < total; n++) {
		struct xl_cap *c = open_bytes(file.b, n);
		bool is_between = false;
		int r = xl_cap_next(c, &p);

		for (size_t i = 0; i < n_ends; i++)
			is_between |= n == ends[i];
		good &= is_between ? r == XL_CAP_END && diags.n == 0
				   : r == XL_ERR_SYNTAX && diags.n == 1;
		xl_cap_close(c);
	}
	ok(good, "%s: each of %zu prefixes", is_ng ? "pcapng" : "pcap", total);
	for (size_t n = 0; n < total; n++) {
		static const uint8_t flips[] = { 0x01, 0x80, 0xff };

		for (size_t k = 0; k < sizeof(flips); k++) {
			struct xl_cap *c;

			file.b[n] ^= flips[k];
			c = open_bytes(file.b, total);
			for (packets = 0; packets < 9 && xl_cap_next(c, &p) == XL_CAP_PACKET;
			     packets++)
				good &= p.frame_len <= sizeof(ip4);
			good &= packets <= 1;
			xl_cap_close(c);
			file.b[n] ^= flips[k];
		}
	}
	ok(good, "%s: each octet changed", is_ng ? "pcapng" : "pcap");
}

/* A non-blocking pipe fed octet by octet yields the packet exactly when its last octet is there. */
static void test_trickle(bool is_ng)
{
	struct xl_cap_packet p;
	struct xl_cap *c;
	int fd[2], early = 0, r = 0;

	if (is_ng) {
		begin(&file, true);
		section(&file);
		interface(&file, 101, 9, 0);
		enhanced(&file, 0, 1, ip4, sizeof(ip4), sizeof(ip4));
	} else {
		classic(&file, true, 0xa1b2c3d4, 101);
		record(&file, 1, 0, ip4, sizeof(ip4), sizeof(ip4));
	}
	xl_diags_init(&diags);
	if (pipe2(fd, O_NONBLOCK))
		exit(99);
	c = xl_cap_open_fd(fd[0], "pipe", &diags);
	for (size_t i = 0; i < file.n; i++) {
		early += r != XL_CAP_AGAIN && i > 0;
		if (write(fd[1], file.b + i, 1) != 1)
			exit(99);
		r = xl_cap_next(c, &p);
	}
	ok(early == 0 && r == XL_CAP_PACKET && p.len == sizeof(ip4),
	   "%s octet by octet through a pipe", is_ng ? "pcapng" : "pcap");
	is_int(xl_cap_next(c, &p), XL_CAP_AGAIN, "then nothing yet");
	close(fd[1]);
	is_int(xl_cap_next(c, &p), XL_CAP_END, "then the end");
	xl_cap_close(c);
}

/* Starting waits for the header and for nothing behind it; a stop comes after what is there whole. */
static void test_start(bool is_ng, int flags)
{
	const char *what = is_ng ? "pcapng" : "pcap";
	struct xl_cap_packet p;
	struct xl_cap *c;
	size_t n_header;
	int fd[2], stop[2], r = 0;

	if (is_ng) {
		begin(&file, true);
		section(&file);
		n_header = file.n;
		interface(&file, 101, 9, 0);
		enhanced(&file, 0, 1, ip4, sizeof(ip4), sizeof(ip4));
	} else {
		classic(&file, true, 0xa1b2c3d4, 101);
		n_header = file.n;
		record(&file, 1, 0, ip4, sizeof(ip4), sizeof(ip4));
	}
	xl_diags_init(&diags);
	if (pipe2(fd, flags) || pipe(stop))
		exit(99);
	c = xl_cap_open_fd(fd[0], "pipe", &diags);
	for (size_t i = 0; i < n_header; i++) {
		if (flags & O_NONBLOCK)
			r |= xl_cap_start(c) != XL_CAP_AGAIN;
		(void)!write(fd[1], file.b + i, 1);
	}
	is_int(r, 0, "%s: no start before the header is whole", what);
	is_int(xl_cap_start(c), 0, "%s: nothing behind the header is waited for", what);
	(void)!write(fd[1], file.b + n_header, file.n - n_header);
	(void)!write(fd[1], file.b + n_header, 10);
	ok(xl_cap_next(c, &p) == XL_CAP_PACKET && p.len == sizeof(ip4), "%s: the packet", what);
	xl_cap_stop_on(c, stop[0]);
	(void)!write(stop[1], "", 1);
	is_int(xl_cap_next(c, &p), XL_CAP_STOPPED, "%s: stopped inside the next", what);
	is_int(xl_cap_next(c, &p), XL_CAP_STOPPED, "%s: and it stays so", what);
	xl_cap_close(c);
	close(fd[1]);
	c = open_bytes(file.b, file.n);
	is_int(xl_cap_start(c), 0, "%s: a file starts", what);
	xl_cap_stop_on(c, stop[0]);
	ok(xl_cap_next(c, &p) == XL_CAP_PACKET && p.len == sizeof(ip4) &&
		   memcmp(p.ip, ip4, sizeof(ip4)) == 0,
	   "%s: what starting read is not lost", what);
	xl_cap_close(c);
	c = open_bytes(file.b, file.n - 4);
	ok(xl_cap_start(c) == XL_ERR_SYNTAX && diags.n == 1, "%s: a faulty first record", what);
	xl_cap_close(c);
	close(stop[0]);
	close(stop[1]);
}

static void test_writer(void)
{
	struct xl_capw *w;
	struct pcap_pkthdr *h;
	const u_char *data;
	char err[PCAP_ERRBUF_SIZE];
	pcap_t *p;

	xl_diags_init(&diags);
	w = xl_capw_open(path, false, &diags);
	is_int(xl_capw_put(w, 1700000000123456789, ip4, sizeof(ip4)), 0, "written");
	is_int(xl_capw_put(w, 0, ip4, 0), 0, "an empty packet written");
	is_int(xl_capw_put(w, -1, ip4, 1), XL_ERR_RANGE, "a time before 1970 refused");
	is_int(xl_capw_put(w, INT64_C(4294967296) * 1000000000, ip4, 1), XL_ERR_RANGE,
	       "a time after 2106 refused");
	is_int(xl_capw_close(w), 0, "closed");
	p = pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, err);
	if (!ok(p != NULL, "libpcap opens it"))
		return;
	is_int(pcap_datalink(p), DLT_RAW, "libpcap reads the link type");
	ok(pcap_next_ex(p, &h, &data) == 1 && h->ts.tv_sec == 1700000000 &&
		   h->ts.tv_usec == 123456789 && h->caplen == 28 && h->len == 28 &&
		   memcmp(data, ip4, 28) == 0,
	   "libpcap reads the packet and its nanoseconds");
	ok(pcap_next_ex(p, &h, &data) == 1 && h->caplen == 0, "libpcap reads the empty one");
	is_int(pcap_next_ex(p, &h, &data), PCAP_ERROR_BREAK, "libpcap is at the end");
	pcap_close(p);
}

/* /dev/full takes everything and has room for nothing. */
static void test_full_disk(void)
{
	static const char *const when[] = { "at the first packet", "at close" };

	for (int flush_each = 1; flush_each >= 0; flush_each--) {
		struct xl_capw *w;
		int put_result;

		xl_diags_init(&diags);
		w = xl_capw_open("/dev/full", flush_each, &diags);
		put_result = xl_capw_put(w, 1, ip4, sizeof(ip4));
		is_int(put_result, flush_each ? XL_ERR_IO : 0, "full disk: put");
		(void)!xl_capw_put(w, 1, ip4, sizeof(ip4));
		is_int(xl_capw_close(w), XL_ERR_IO, "full disk: close tells");
		ok(diags.n == 1 && strstr(diags.at[0].text, "No space left") &&
			   strcmp(diags.at[0].file, "/dev/full") == 0,
		   "full disk: one message, %s", when[!flush_each]);
	}
	xl_diags_init(&diags);
	ok(!xl_capw_open("/nonexistent/x.pcap", false, &diags) && diags.n == 1,
	   "a file that cannot be created: one message");
	ok(!xl_cap_open("/nonexistent/x.pcap", &diags) && diags.n == 2,
	   "a file that is not there: one message");
}

int main(void)
{
	const char *dir = getenv("TMPDIR");

	snprintf(path, sizeof(path), "%s/pcapfile.XXXXXX", dir ? dir : "/tmp");
	close(mkstemp(path));
	test_classic();
	test_linktypes();
	test_snaplen();
	test_ng(false);
	test_ng(true);
	test_faults();
	test_damage(false);
	test_damage(true);
	test_trickle(false);
	test_trickle(true);
	for (int is_ng = 0; is_ng < 2; is_ng++) {
		test_start(is_ng, 0);
		test_start(is_ng, O_NONBLOCK);
	}
	test_writer();
	test_full_disk();
	unlink(path);
	return done();
}
