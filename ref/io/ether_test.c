/* ether_test.c - questions and answers between two neighbours, and what is none of either. */
#include "ref/io/ether.h"

#include <stdlib.h>
#include <string.h>

#include "ref/base/rd.h"
#include "ref/base/tap.h"

static struct xl_ether end_of(uint8_t last, bool is_ip6)
{
	uint8_t other = (uint8_t)(3 - last);

	return (struct xl_ether){ .mac = { 2, 0, 0, 0, 0, last },
				  .is_ip6 = is_ip6,
				  .own4 = { { 169, 254, 1, last } },
				  .next4 = { { 169, 254, 1, other } },
				  .own6 = { { 0xfe, 0x80, [15] = last } },
				  .next6 = { { 0xfe, 0x80, [15] = other } } };
}

/* Written out from RFC 826 and RFC 4861 4.3, 4.4; the checksums by hand. */
static void test_bytes(void)
{
	static const uint8_t arp[] = { 255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0,   1,   8, 6,
				       0,   1,   8,   0,   6,   4,   0, 1, 2, 0, 0,   0,   0, 1,
				       169, 254, 1,   1,   0,   0,   0, 0, 0, 0, 169, 254, 1, 2 };
	static const uint8_t ns_head[] = { 0x33, 0x33, 0xff, 0,    0, 2, 2, 0, 0,  0,  0,
					   1,    0x86, 0xdd, 0x60, 0, 0, 0, 0, 32, 58, 255 };
	struct xl_ether a = end_of(1, false), b = end_of(1, true);
	uint8_t say[XL_ETHER_SAY_MAX];

	is_int(xl_ether_ask(&a, say), sizeof arp, "an ARP request has 42 octets");
	ok(memcmp(say, arp, sizeof arp) == 0, "and asks everybody for the neighbour");
	is_int(xl_ether_ask(&b, say), 14 + 40 + 32, "a solicitation has 86");
	ok(memcmp(say, ns_head, sizeof ns_head) == 0, "and goes to the solicited-node group");
	/* fe80::1 ff02::1:ff00:2 length 32, next header 58; 135 0, target fe80::2, option 1 1 0200 0000 0001 */
	is_int(xl_get16(say + 14 + 42), 0x7a97, "its checksum");
}

static void test_talk(bool is_ip6)
{
	const char *by = is_ip6 ? "Neighbor Discovery" : "ARP";
	struct xl_ether a = end_of(1, is_ip6), b = end_of(2, is_ip6);
	uint8_t say[XL_ETHER_SAY_MAX];
	size_t n = xl_ether_ask(&a, say);
	struct xl_ether_in in, back;
	uint8_t head[XL_ETHER_HEAD];

	is_int(xl_ether_in(&b, say, n, &in), XL_ETHER_SAY, "%s: the neighbour answers", by);
	ok(!b.has_peer, "%s: and takes no question for an answer", by);
	is_int(xl_ether_in(&a, in.say, in.say_len, &back), XL_ETHER_LINK,
	       "%s: the answer is said on the link", by);
	ok(a.has_peer && memcmp(a.peer, b.mac, 6) == 0, "%s: and tells the address", by);
	xl_ether_head(&a, head);
	ok(memcmp(head, b.mac, 6) == 0 && memcmp(head + 6, a.mac, 6) == 0 &&
		   xl_get16(head + 12) == (is_ip6 ? 0x86dd : 0x0800),
	   "%s: frames go there", by);
	b.own4.b[3] = b.own6.b[15] = 9;
	is_int(xl_ether_in(&b, say, n, &in), XL_ETHER_LINK, "%s: not asked for, it is silent", by);
	b.answers_all = true;
	is_int(xl_ether_in(&b, say, n, &in), XL_ETHER_SAY, "%s: unless all is behind it", by);
	b.next4.b[3] = b.next6.b[15] = 2;
	is_int(xl_ether_in(&b, say, n, &in), XL_ETHER_LINK,
	       "%s: but never for the neighbour itself", by);
}

/* Cut at every octet and with every octet damaged: nothing is read behind the end (asan), and no address is learnt
 * from half an answer. */
static void test_damage(bool is_ip6)
{
	struct xl_ether a = end_of(1, is_ip6), b = end_of(2, is_ip6);
	uint8_t say[XL_ETHER_SAY_MAX];
	struct xl_ether_in in, out;
	size_t n = xl_ether_ask(&a, say), learnt = 0;

	(void)xl_ether_in(&b, say, n, &in);
	for (size_t i = 0; i < in.say_len; i++) {
		uint8_t *cut = malloc(i + 1);

		memcpy(cut, in.say, i);
		(void)xl_ether_in(&a, cut, i, &out);
		learnt += a.has_peer;
		free(cut);
	}
	is_int(learnt, 0, "nothing is learnt from an answer that is cut");
	for (size_t i = 0; i < in.say_len; i++) {
		struct xl_ether fresh = end_of(1, is_ip6);

		in.say[i] ^= 0xff;
		(void)xl_ether_in(&fresh, in.say, in.say_len, &out);
		in.say[i] ^= 0xff;
	}
	ok(true, "no damaged octet does harm");
}

static void test_kinds(void)
{
	/* clang-format off */
	static const struct row {
		const char *what;
		enum xl_ether_kind want;
		size_t len; /* of the packet told */
		uint8_t frame[86];
		size_t n;
	} rows[] = {
		{ "an IPv4 packet for us", XL_ETHER_PACKET, 20,
		  { 2, 0, 0, 0, 0, 1, 9, 9, 9, 9, 9, 9, 8, 0, 0x45, 0, 0, 20, [22] = 64, 17, [30] = 10, 0, 0, 1 }, 34 },
		{ "the same, padded", XL_ETHER_PACKET, 20,
		  { 2, 0, 0, 0, 0, 1, 9, 9, 9, 9, 9, 9, 8, 0, 0x45, 0, 0, 20, [22] = 64, 17, [30] = 10, 0, 0, 1 }, 60 },
		{ "the same, longer than padding explains", XL_ETHER_PACKET, 47,
		  { 2, 0, 0, 0, 0, 1, 9, 9, 9, 9, 9, 9, 8, 0, 0x45, 0, 0, 20, [22] = 64, 17, [30] = 10, 0, 0, 1 }, 61 },
		{ "the same for another", XL_ETHER_OTHER, 20,
		  { 2, 0, 0, 0, 0, 7, 9, 9, 9, 9, 9, 9, 8, 0, 0x45, 0, 0, 20, [22] = 64, 17, [30] = 10, 0, 0, 1 }, 34 },
		{ "IGMP to a group of the link", XL_ETHER_LINK, 0,
		  { 1, 0, 94, 0, 0, 22, 9, 9, 9, 9, 9, 9, 8, 0, 0x45, 0, 0, 28, [22] = 1, 2, [30] = 224, 0, 0, 22 }, 42 },
		{ "IGMP to a group beyond it", XL_ETHER_OTHER, 28,
		  { 1, 0, 94, 1, 0, 22, 9, 9, 9, 9, 9, 9, 8, 0, 0x45, 0, 0, 28, [22] = 1, 2, [30] = 224, 0, 1, 22 }, 42 },
		{ "UDP to a group, no service of the link", XL_ETHER_OTHER, 28,
		  { 1, 0, 94, 0, 0, 9, 9, 9, 9, 9, 9, 9, 8, 0, 0x45, 0, 0, 28, [22] = 1, 17, [30] = 224, 0, 0, 9,
		    2, 8, 2, 8 }, 42 },
		{ "mDNS", XL_ETHER_LINK, 0,
		  { 1, 0, 94, 0, 0, 251, 9, 9, 9, 9, 9, 9, 8, 0, 0x45, 0, 0, 28, [22] = 255, 17, [30] = 224, 0, 0, 251,
		    0x14, 0xe9, 0x14, 0xe9 }, 42 },
		{ "a router solicitation", XL_ETHER_LINK, 0,
		  { 0x33, 0x33, 0, 0, 0, 2, 9, 9, 9, 9, 9, 9, 0x86, 0xdd, 0x60, 0, 0, 0, 0, 8, 58, 255,
		    [38] = 0xff, 2, [53] = 2, 133 }, 62 },
		{ "the same from behind a router", XL_ETHER_OTHER, 48,
		  { 0x33, 0x33, 0, 0, 0, 2, 9, 9, 9, 9, 9, 9, 0x86, 0xdd, 0x60, 0, 0, 0, 0, 8, 58, 254,
		    [38] = 0xff, 2, [53] = 2, 133 }, 62 },
		{ "an echo request for us", XL_ETHER_PACKET, 48,
		  { 2, 0, 0, 0, 0, 1, 9, 9, 9, 9, 9, 9, 0x86, 0xdd, 0x60, 0, 0, 0, 0, 8, 58, 255, [54] = 128 }, 62 },
		{ "an MLD report behind its router alert", XL_ETHER_LINK, 0,
		  { 0x33, 0x33, 0, 0, 0, 22, 9, 9, 9, 9, 9, 9, 0x86, 0xdd, 0x60, 0, 0, 0, 0, 16, 0, 1,
		    [38] = 0xff, 2, [53] = 22, 58, 0, 5, 2, 0, 0, 1, 0, 143 }, 70 },
		{ "another protocol", XL_ETHER_OTHER, 6, { 2, 0, 0, 0, 0, 1, 9, 9, 9, 9, 9, 9, 0x88, 0xcc }, 20 },
		{ "less than a header", XL_ETHER_OTHER, 0, { 2 }, 5 },
	};
	/* clang-format on */

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct xl_ether a = end_of(1, true);
		struct xl_ether_in in;
		enum xl_ether_kind kind = xl_ether_in(&a, rows[i].frame, rows[i].n, &in);

		is_int(kind, rows[i].want, "%s", rows[i].what);
		if (kind != XL_ETHER_LINK)
			is_int(in.len, rows[i].len, "%s: octets", rows[i].what);
	}
}

int main(void)
{
	test_bytes();
	test_talk(false);
	test_talk(true);
	test_damage(false);
	test_damage(true);
	test_kinds();
	return done();
}
