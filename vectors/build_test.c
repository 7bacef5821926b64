/* build_test.c - the builder against octets made by hand: each layer, computed fields, forced ones, cuts. */
#include "vectors/explain.h"
#include "vectors/packet.h"

#include "ref/base/tap.h"

static struct xl_diags diags;

/* clang-format off */
static const struct row {
	const char *what, *in, *want; /* want: hex */
} rows[] = {
	{ "udp over ipv4",
	  "[ipv4: {src: 192.0.2.1, dst: 198.51.100.2}, udp: {sport: 1000, dport: 2000}, d"
	  "ata: hello]",
	  "450000211234000040117c61c0000201c633640203e807d0000dc41268656c6c6f" },
	{ "udp over ipv6",
	  "[ipv6: {src: \"2001:db8::1\", dst: \"2001:db8::2\"}, udp: {sport: 1000, dport: 200"
	  "0}, data: hello]",
	  "60000000000d114020010db800000000000000000000000120010db8000000000000000000000002"
	  "03e807d0000d54d568656c6c6f" },
	{ "traffic class, flow label",
	  "[ipv6: {src: \"2001:db8::1\", dst: \"2001:db8::2\", tc: 0xb8, flow: 0x12345, hlim:"
	  " 9}, udp: {sport: 1000, dport: 2000}]",
	  "6b8123450008110920010db800000000000000000000000120010db8000000000000000000000002"
	  "03e807d0000898b1" },
	{ "tcp with options",
	  "[ipv4: {src: 192.0.2.1, dst: 198.51.100.2}, tcp: {sport: 1000, dport: 2000, fl"
	  "ags: S, options: [020405b4, \"0103 03\"]}]",
	  "450000301234000040067c5dc0000201c633640203e807d00000000100000000700220006c2f0000"
	  "020405b401030300" },
	{ "ipv4 options padded",
	  "[ipv4: {src: 192.0.2.1, dst: 198.51.100.2, options: \"070704 00000000\"}, udp: {"
	  "sport: 1000, dport: 2000}]",
	  "470000241234000040116f57c0000201c6336402070704000000000003e807d0000807ef" },
	{ "forced checksum and length",
	  "[ipv4: {src: 192.0.2.1, dst: 198.51.100.2, len: 9, sum: 0x1111}, udp: {sport: "
	  "1000, dport: 2000, sum: 0, len: 3}]",
	  "450000091234000040111111c0000201c633640203e807d000030000" },
	{ "echo over icmpv4",
	  "[ipv4: {src: 192.0.2.1, dst: 198.51.100.2}, icmpv4: {type: 8, id: 7, seq: 9}, "
	  "data: {hex: \"0102\"}]",
	  "4500001e1234000040017c74c0000201c63364020800f6ed000700090102" },
	{ "echo over icmpv6",
	  "[ipv6: {src: \"2001:db8::1\", dst: \"2001:db8::2\"}, icmpv6: {type: 128, id: 7, se"
	  "q: 9}, data: {len: 3}]",
	  "60000000000b3a4020010db800000000000000000000000120010db8000000000000000000000002"
	  "8000223400070009000102" },
	{ "packet too big",
	  "[ipv6: {src: \"2001:db8::1\", dst: \"2001:db8::2\"}, icmpv6: {type: 2, mtu: 1400},"
	  " quote: {packet: [ipv6: {src: \"2001:db8::2\", dst: \"2001:db8::1\"}, udp: {sport:"
	  " 1000, dport: 2000}, data: xxxxxxxxxxxxxxxxxxxx], cut: 52}]",
	  "60000000003c3a4020010db800000000000000000000000120010db8000000000000000000000002"
	  "0200ef300000057860000000001c114020010db800000000000000000000000220010db800000000"
	  "000000000000000103e807d0001ce3d478787878" },
	{ "rfc 4884 in icmpv4",
	  "[ipv4: {src: 192.0.2.1, dst: 198.51.100.2}, icmpv4: {type: 3, code: 4, mtu: 13"
	  "00}, quote: {packet: [ipv4: {src: 198.51.100.2, dst: 192.0.2.1}, udp: {sport: "
	  "1000, dport: 2000}, data: y], pad: 128}, ext: [{class: 1, type: 1, data: \"0001"
	  "0203\"}]]",
	  "450000a81234000040017beac0000201c63364020304e419002005144500001d1234000040117c65"
	  "c6336402c000020103e807d000098eec790000000000000000000000000000000000000000000000"
	  "00000000000000000000000000000000000000000000000000000000000000000000000000000000"
	  "0000000000000000000000000000000000000000000000000000000000000000000000002000dcf2"
	  "0008010100010203" },
	{ "hop-by-hop and destination options",
	  "[ipv6: {src: \"2001:db8::1\", dst: \"2001:db8::2\"}, hopopts: {}, destopts: {optio"
	  "ns: \"0502 0000\"}, udp: {sport: 1000, dport: 2000}]",
	  "600000000018004020010db800000000000000000000000120010db8000000000000000000000002"
	  "3c00010400000000110005020000010003e807d0000898b1" },
	{ "routing header, final destination in the sum",
	  "[ipv6: {src: \"2001:db8::1\", dst: \"2001:db8::2\"}, routing: {left: 1, data: \"000"
	  "0000020010db8000000000000000000000003\"}, udp: {sport: 1000, dport: 2000}]",
	  "6000000000202b4020010db800000000000000000000000120010db8000000000000000000000002"
	  "110200010000000020010db800000000000000000000000303e807d0000898b0" },
	{ "fragment layer",
	  "[ipv6: {src: \"2001:db8::1\", dst: \"2001:db8::2\"}, fragment: {m: 1, off: 3, nh: "
	  "17, id: 5}, data: {hex: \"0001020304050607\"}]",
	  "6000000000102c4020010db800000000000000000000000120010db8000000000000000000000002"
	  "11000019000000050001020304050607" },
	{ "no next header",
	  "[ipv6: {src: \"2001:db8::1\", dst: \"2001:db8::2\"}, destopts: {}]",
	  "6000000000083c4020010db800000000000000000000000120010db8000000000000000000000002"
	  "3b00010400000000" },
	{ "ah",
	  "[ipv4: {src: 192.0.2.1, dst: 198.51.100.2}, ah: {}, udp: {sport: 1000, dport: "
	  "2000}]",
	  "450000341234000040337c2cc0000201c63364021104000000000100000000010000000000000000"
	  "0000000003e807d0000807ef" },
	{ "esp",
	  "[ipv6: {src: \"2001:db8::1\", dst: \"2001:db8::2\"}, esp: {spi: 3}, data: {hex: ff"
	  "ff}]",
	  "60000000000a324020010db800000000000000000000000120010db8000000000000000000000002"
	  "0000000300000001ffff" },
	{ "udp-lite covering its header",
	  "[ipv4: {src: 192.0.2.1, dst: 198.51.100.2}, udplite: {sport: 1000, dport: 2000"
	  ", cov: 8}, data: abc]",
	  "4500001f1234000040887becc0000201c633640203e807d000080775616263" },
	{ "dccp",
	  "[ipv4: {src: 192.0.2.1, dst: 198.51.100.2}, dccp: {sport: 1000, dport: 2000}]",
	  "450000241234000040217c4ec0000201c633640203e807d00400fedd0500000000000001" },
	{ "sctp",
	  "[ipv6: {src: \"2001:db8::1\", dst: \"2001:db8::2\"}, sctp: {sport: 1000, dport: 20"
	  "00}, data: {hex: 0e000004}]",
	  "600000000010844020010db800000000000000000000000120010db8000000000000000000000002"
	  "03e807d000000001536f9ca80e000004" },
	{ "udp sum 0 is sent as 0xffff",
	  "[ipv4: {src: 192.0.2.1, dst: 198.51.100.2}, udp: {sport: 1000, dport: 2000}, d"
	  "ata: {hex: \"07eb\"}]",
	  "4500001e1234000040117c64c0000201c633640203e807d0000affff07eb" },
	{ "source route, final destination in the sum",
	  "[ipv4: {src: 192.0.2.1, dst: 198.51.100.2, options: \"830704cb007109\"}, udp: {s"
	  "port: 1000, dport: 2000}]",
	  "47000024123400004011e91ac0000201c6336402830704cb0071090003e807d00008f61a" },
	{ "slice of ipv4: the first",
	  "{packet: [ipv4: {src: 192.0.2.1, dst: 198.51.100.2}, udp: {sport: 1000, dport:"
	  " 2000}, data: {len: 32}], slice: [0, 16]}",
	  "450000241234200040115c5ec0000201c633640203e807d0002816ae0001020304050607" },
	{ "slice of ipv4: the last",
	  "{packet: [ipv4: {src: 192.0.2.1, dst: 198.51.100.2}, udp: {sport: 1000, dport:"
	  " 2000}, data: {len: 32}], slice: [16, end]}",
	  "4500002c1234000240117c54c0000201c633640208090a0b0c0d0e0f101112131415161718191a1b"
	  "1c1d1e1f" },
	{ "slice of ipv6: a middle one",
	  "{packet: [ipv6: {src: \"2001:db8::1\", dst: \"2001:db8::2\"}, fragment: {id: 6}, u"
	  "dp: {sport: 1000, dport: 2000}, data: {len: 32}], slice: [8, 24]}",
	  "6000000000182c4020010db800000000000000000000000120010db8000000000000000000000002"
	  "1100000900000006000102030405060708090a0b0c0d0e0f" },
	{ "append, truncate, patch in this order",
	  "{packet: [ipv4: {src: 192.0.2.1, dst: 198.51.100.2, proto: 253}, data: {hex: \""
	  "00010203040506\"}], append: \"aabb\", truncate: 29, patch: [{at: 0, hex: \"55\"}]}",
	  "5500001b1234000040fd7b7bc0000201c633640200010203040506aabb" },
};
/* clang-format on */

static size_t from_hex(const char *hex, uint8_t *to)
{
	size_t n = strlen(hex) / 2;

	for (size_t i = 0; i < n; i++) {
		unsigned v = 0;

		sscanf(hex + 2 * i, "%2x", &v);
		to[i] = (uint8_t)v;
	}
	return n;
}

static void test_octets(void)
{
	static uint8_t got[4096], want[4096];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n = 0, n_want = from_hex(rows[i].want, want);

		xl_diags_init(&diags);
		is_int(xl_packet_from_text(rows[i].in, got, sizeof(got), &n, &diags), 0,
		       "%s: builds", rows[i].what);
		is_mem(got, n, want, n_want, "%s", rows[i].what);
		if (diags.n)
			printf("# %s\n", diags.at[0].text);
	}
}

/* What is built is also taken apart: every layer named comes back, and the cells tile the packet. */
static void test_decode(void)
{
	static uint8_t p[4096];
	struct xl_cell cell[XL_CELLS_MAX];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n = from_hex(rows[i].want, p), n_cells = xl_decode(p, n, cell, XL_CELLS_MAX);
		uint32_t at = 0;
		bool good = n_cells > 0;

		for (size_t k = 0; k < n_cells; k++) {
			good = good && cell[k].at_bit == at && cell[k].n_bits > 0;
			at += cell[k].n_bits;
		}
		ok(good && at == 8 * n, "%s: cells tile", rows[i].what);
	}
}

int main(void)
{
	test_octets();
	test_decode();
	return done();
}
