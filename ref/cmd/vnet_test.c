/* vnet_test.c - offload headers and segments, against what RFC 791, 8200, 768 and 9293 say of each field. */
#include "ref/cmd/vnet.h"

#include <stdlib.h>

#include "ref/base/tap.h"

enum { MSS = 100, CAP = XL_HEADROOM + 4096 };
enum { FIN = 0x01, PSH = 0x08, ACK = 0x10, CWR = 0x80 };
enum { TCP = 6, UDP = 17 };
enum { CSUM = 1, TCPV4 = 1, TCPV6 = 4, UDP_L4 = 5, ECN = 0x80 };

struct super { /* a packet with its header, and where things are */
	uint8_t buf[CAP];
	uint8_t header[XL_VNET_BYTES];
	uint32_t len, l4, data;
	unsigned version, proto;
};

static void put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static unsigned get16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

/* RFC 1071, as simply as it can be written. */
static uint32_t words(uint32_t sum, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sum += (uint32_t)p[i] << (i % 2 ? 0 : 8);
	return sum;
}

static unsigned folded(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static uint32_t pseudo(const uint8_t *ip, unsigned proto, uint32_t n)
{
	return words(n + proto, ip[0] >> 4 == 4 ? ip + 12 : ip + 8, ip[0] >> 4 == 4 ? 8 : 32);
}

static void native16(uint8_t *at, uint16_t v)
{
	memcpy(at, &v, 2);
}

/* TCP with 12 octets of options, or UDP, and n octets of payload; the checksum half made. */
static void make(struct super *s, unsigned version, unsigned proto, uint32_t n, unsigned flags)
{
	uint8_t *ip = s->buf + XL_HEADROOM, *l4;
	unsigned csum_at = proto == TCP ? 16 : 6;

	memset(s, 0, sizeof(*s));
	s->version = version;
	s->proto = proto;
	s->l4 = version == 4 ? 20 : 40;
	s->data = s->l4 + (proto == TCP ? 32 : 8);
	s->len = s->data + n;
	l4 = ip + s->l4;
	if (version == 4) {
		memcpy(ip, (uint8_t[]){ 0x45, 2, 0,   0, 0xff, 0xff, 0x40, 0,  64,  (uint8_t)proto,
					0,    0, 192, 0, 2,    1,    198,  51, 100, 2 },
		       20);
		put16(ip + 2, s->len);
		put16(ip + 10, ~folded(words(0, ip, 20)));
	} else {
		memcpy(ip,
		       (uint8_t[]){ 0x60, 0x20, 0, 0, 0, 0, (uint8_t)proto, 64, 0x20, 1, 0xd,
				    0xb8 },
		       12);
		put16(ip + 4, s->len - 40);
		ip[23] = 1;
		memcpy(ip + 24, ip + 8, 16);
		ip[39] = 2;
	}
	put16(l4, 4000);
	put16(l4 + 2, 80);
	if (proto == TCP) {
		memcpy(l4 + 4,
		       (uint8_t[]){ 0xff, 0xff, 0xff, 0xf0, 0, 0, 0, 7, 0x80, (uint8_t)flags, 1,
				    0 },
		       12);
		memset(l4 + 20, 1, 12);
	} else {
		put16(l4 + 4, 8 + n);
	}
	for (uint32_t i = 0; i < n; i++)
		ip[s->data + i] = (uint8_t)(i * 7 + i / 251);
	put16(l4 + csum_at, folded(pseudo(ip, proto, s->len - s->l4)));
	s->header[0] = CSUM;
	s->header[1] = proto == UDP ? UDP_L4 : version == 4 ? TCPV4 : TCPV6;
	native16(s->header + 2, (uint16_t)s->data);
	native16(s->header + 4, MSS);
	native16(s->header + 6, (uint16_t)s->l4);
	native16(s->header + 8, (uint16_t)csum_at);
}

static struct xl_pkt packet(struct super *s, uint32_t len)
{
	return (struct xl_pkt){ .buf = s->buf, .cap = CAP, .off = XL_HEADROOM, .len = len };
}

/* ---- segments ---- */

struct seen {
	struct super *of;
	uint32_t n, at;
	unsigned flags;
};

static void check_segment(void *ctx, struct xl_pkt *p)
{
	struct seen *seen = ctx;
	const struct super *s = seen->of;
	const uint8_t *ip = xl_pkt_data(p), *l4 = ip + s->l4, *was = s->buf + XL_HEADROOM;
	uint32_t n = s->len - s->data - seen->at < MSS ? s->len - s->data - seen->at : MSS;
	bool is_last = seen->at + n == s->len - s->data;
	char each[64];

	snprintf(each, sizeof(each), "IPv%u %s, segment %u", s->version,
		 s->proto == TCP ? "TCP" : "UDP", seen->n);
	is_int(p->len, s->data + n, "%s: length", each);
	ok(p->gso_bytes == 0 && !p->csum_is_partial && p->off >= XL_HEADROOM, "%s: a whole packet",
	   each);
	if (s->version == 4) {
		is_int(get16(ip + 2), p->len, "%s: total length", each);
		is_int(get16(ip + 4), (0xffff + seen->n) & 0xffff, "%s: identification", each);
		is_int(folded(words(0, ip, 20)), 0xffff, "%s: header checksum", each);
	} else {
		is_int(get16(ip + 4), p->len - 40, "%s: payload length", each);
	}
	is_int(folded(words(pseudo(ip, s->proto, p->len - s->l4), l4, p->len - s->l4)), 0xffff,
	       "%s: checksum", each);
	if (s->proto == TCP) {
		is_int((uint32_t)get16(l4 + 4) << 16 | get16(l4 + 6), 0xfffffff0u + seen->at,
		       "%s: sequence number", each);
		is_int(l4[13],
		       (seen->flags & ~(unsigned)(FIN | PSH | CWR)) |
			       (is_last ? seen->flags & (FIN | PSH) : 0) |
			       (seen->at ? 0 : seen->flags & CWR),
		       "%s: flags", each);
		ok(memcmp(l4 + 8, was + s->l4 + 8, 5) == 0 &&
			   memcmp(l4 + 18, was + s->l4 + 18, 14) == 0,
		   "%s: acknowledgment, offset and options", each);
	} else {
		is_int(get16(l4 + 4), 8 + n, "%s: length of UDP", each);
	}
	is_mem(ip + s->data, n, was + s->data + seen->at, n, "%s: payload", each);
	seen->n++;
	seen->at += n;
}

static void test_split(void)
{
	static uint8_t room[CAP];
	static struct super s;
	static const unsigned flags[] = { ACK, ACK | PSH | FIN, ACK | CWR | PSH };

	for (unsigned version = 4; version <= 6; version += 2) {
		for (size_t i = 0; i < 4; i++) {
			struct seen seen = { .of = &s, .flags = i < 3 ? flags[i] : 0 };
			struct xl_vnet_cut cut = { room, sizeof(room), &seen, check_segment };
			struct xl_pkt p;
			bool ecn;

			make(&s, version, i < 3 ? TCP : UDP, 250 + 25 * (uint32_t)i, seen.flags);
			s.header[1] |= seen.flags & CWR ? ECN : 0;
			p = packet(&s, s.len);
			ok(xl_vnet_read(s.header, &p, &ecn), "accepted");
			ok(p.gso_bytes == MSS && p.csum_is_partial && ecn == (i == 2),
			   "what it is");
			is_int(xl_vnet_wire_bytes(&p), s.data + MSS, "largest segment");
			xl_vnet_split(&p, &cut);
			is_int(seen.n, 3 + (i == 3), "all segments"); /* 250, 275, 300, 325 */
			is_int(seen.at, s.len - s.data, "nothing left");
		}
	}
}

/* ---- headers ---- */

static void test_write(void)
{
	static struct super s;

	for (unsigned version = 4; version <= 6; version += 2) {
		for (unsigned proto = TCP; proto <= UDP; proto += UDP - TCP) {
			uint8_t header[XL_VNET_BYTES];
			struct xl_pkt p;
			bool ecn;

			make(&s, version, proto, 300, ACK);
			p = packet(&s, s.len);
			ok(xl_vnet_read(s.header, &p, &ecn), "accepted");
			xl_vnet_write(header, &p, ecn);
			is_mem(header, sizeof(header), s.header, sizeof(header),
			       "IPv%u, protocol %u: there and back", version, proto);
			s.header[1] |= ECN;
			xl_vnet_write(header, &p, true);
			is_int(header[1], s.header[1] & (proto == TCP ? 0xff : 0x7f),
			       "ECN is of TCP");
			p.gso_bytes = 0;
			xl_vnet_write(header, &p, true);
			ok(header[0] == CSUM && header[1] == 0 &&
				   !memcmp(header + 2, "\0\0\0\0", 4) &&
				   !memcmp(header + 6, s.header + 6, 4),
			   "one segment: only its checksum is to be made");
			p.csum_is_partial = false;
			xl_vnet_write(header, &p, true);
			ok(!memcmp(header, (uint8_t[XL_VNET_BYTES]){ 0 }, sizeof(header)),
			   "whole: nothing");
			ok(xl_vnet_is_plain(header) && !xl_vnet_is_plain(s.header),
			   "plain is what needs nothing");
		}
	}
}

static bool reads(struct super *s, struct xl_pkt *p)
{
	bool ecn;

	*p = packet(s, s->len);
	return xl_vnet_read(s->header, p, &ecn);
}

/* A header that contradicts its packet is nobody's to send on. */
static void test_odd(void)
{
	static struct super s;
	struct xl_pkt p;

	for (unsigned type = 0; type < 128; type++) {
		make(&s, 4, TCP, 300, ACK);
		s.header[1] = (uint8_t)type;
		is_int(reads(&s, &p), type == TCPV4 || type == 0, "IPv4 TCP as type %u", type);
		make(&s, 6, UDP, 300, 0);
		s.header[1] = (uint8_t)type;
		is_int(reads(&s, &p), type == UDP_L4 || type == 0, "IPv6 UDP as type %u", type);
	}
	make(&s, 4, TCP, 300, ACK);
	native16(s.header + 4, 0);
	ok(!reads(&s, &p), "segments of nothing");
	make(&s, 4, TCP, 300, ACK);
	s.header[0] = 0;
	ok(!reads(&s, &p), "segments with one checksum");
	make(&s, 4, TCP, 300, ACK);
	native16(s.header + 6, 0xfff0);
	ok(!reads(&s, &p), "a checksum behind the packet");
	make(&s, 4, TCP, MSS, ACK);
	ok(reads(&s, &p) && p.gso_bytes == 0 && p.csum_is_partial,
	   "one segment is no super-packet");
	make(&s, 4, TCP, 300, ACK);
	s.buf[XL_HEADROOM + s.l4 + 12] = 0x40;
	ok(!reads(&s, &p), "a TCP header that is too short");
	s.buf[XL_HEADROOM + s.l4 + 12] = 0xf0;
	make(&s, 6, TCP, 300, ACK);
	s.buf[XL_HEADROOM + 6] = 44;
	ok(!reads(&s, &p), "segments of a fragment");
}

/* What is neither TCP nor UDP where the header says has its checksum made here: RFC 1071. */
static void test_finish(void)
{
	static struct super s;
	struct xl_pkt p;

	make(&s, 6, UDP, 11, 0);
	s.header[1] = 0;
	s.buf[XL_HEADROOM + 6] = 132;
	ok(reads(&s, &p) && !p.csum_is_partial, "a protocol nobody here knows");
	is_int(folded(words(pseudo(s.buf + XL_HEADROOM, UDP, s.len - s.l4),
			    s.buf + XL_HEADROOM + s.l4, s.len - s.l4)),
	       0xffff, "its checksum is finished");
}

/* Every truncation of the packet, in memory that ends where the packet does. */
static void test_truncated(void)
{
	static const struct {
		unsigned version, proto;
	} rows[] = { { 4, TCP }, { 4, UDP }, { 6, TCP }, { 6, UDP } };
	static struct super s;

	for (size_t i = 0; i < 4; i++) {
		unsigned n_bad = 0;

		make(&s, rows[i].version, rows[i].proto, 300, ACK);
		for (uint32_t n = 0; n < s.len; n++) {
			uint8_t *exact = malloc(XL_HEADROOM + n + 1);
			struct xl_pkt p = {
				.buf = exact, .cap = XL_HEADROOM + n, .off = XL_HEADROOM, .len = n
			};
			bool ecn;

			if (!exact)
				exit(99);
			memcpy(exact, s.buf, XL_HEADROOM + n);
			exact = realloc(exact, XL_HEADROOM + (n ? n : 1));
			p.buf = exact;
			n_bad += xl_vnet_read(s.header, &p, &ecn);
			free(exact);
		}
		is_int(n_bad, 0, "IPv%u, protocol %u: no truncation is taken for a super-packet",
		       rows[i].version, rows[i].proto);
	}
}

int main(void)
{
	test_split();
	test_write();
	test_odd();
	test_finish();
	test_truncated();
	return done();
}
