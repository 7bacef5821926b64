/* pcapng_test.c - the pcapng writer, read back by our reader, by libpcap, and by tshark where it is. */
#include "ref/io/pcapng.h"

#include "ref/base/tap.h"
#include "ref/io/child.h"
#include "ref/io/pcapfile.h"

#include <pcap/pcap.h>
#include <stdlib.h>
#include <unistd.h>

static const uint8_t ip4[29] = { 0x45, 0,   0, 29, 0, 0, 0x40, 0, 64, 17, 0, 0, 192, 0,  2,
				 1,    192, 0, 2,  2, 0, 1,    0, 2,  0,  9, 0, 0,   'x' };
static const int64_t second = 1000000000;
static struct xl_diags diags;
static char path[64];

static void test_own_reader(void)
{
	struct xl_cap *c = xl_cap_open(path, &diags);
	struct xl_cap_packet p;

	for (uint32_t i = 0; i < 3; i++) {
		ok(xl_cap_next(c, &p) == XL_CAP_PACKET && p.iface == i % 2 &&
			   p.ts_ns == 1700000000123456789 + i && p.kind == XL_CAP_IP,
		   "packet %u: interface, time", i);
		is_mem(p.ip, p.len, ip4, sizeof(ip4), "packet %u: octets", i);
	}
	is_int(xl_cap_next(c, &p), XL_CAP_END, "the end");
	xl_cap_close(c);
}

/* libpcap 1.10 refuses a second interface of link type RAW, so this file has one. */
static void test_libpcap(void)
{
	char err[PCAP_ERRBUF_SIZE];
	pcap_t *p = pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, err);
	struct pcap_pkthdr *h;
	const u_char *data;

	if (!ok(p != NULL, "libpcap opens it"))
		return;
	for (int i = 0; i < 2; i++)
		ok(pcap_next_ex(p, &h, &data) == 1 && h->caplen == sizeof(ip4) &&
			   memcmp(data, ip4, sizeof(ip4)) == 0 && h->ts.tv_usec == 5 * i,
		   "libpcap reads packet %d", i);
	is_int(pcap_next_ex(p, &h, &data), PCAP_ERROR_BREAK, "libpcap is at the end");
	pcap_close(p);
}

static void test_tshark(void)
{
	struct xl_child_spec s = {
		.argv = (const char *const[]){ "tshark", "-r", path, "-T", "fields", "-e",
					       "frame.interface_name", "-e", "frame.comment", "-e",
					       "frame.time_epoch", "-e", "ip.dst", NULL },
		.stderr_path = "/dev/null"
	};
	char out[1024];
	int status;

	if (access("/usr/bin/tshark", X_OK) < 0) {
		skip("tshark", "not installed");
		return;
	}
	is_int(xl_child_capture(&s, xl_clock_ns() + 60 * second, out, sizeof(out), &status, &diags),
	       0, "tshark runs");
	is_int(status, 0, "tshark is content");
	is_str(out,
	       "v4\trfc7915/4.1/a: hop limit \xe2\x89\xa0 63\t1700000000.123456789\t192.0.2.2\n"
	       "v6\tsecond\t1700000000.123456790\t192.0.2.2\n"
	       "v4\t\t1700000000.123456791\t192.0.2.2\n",
	       "tshark shows interfaces, comments, times, packets");
}

static void test_long_comment(void)
{
	static char text[70000];
	struct xl_cap_packet p;
	struct xl_cap *c;
	struct xl_ng *w = xl_ng_open(path, &diags);

	memset(text, 'c', sizeof(text) - 1);
	memcpy(text + 65531, "\xe2\x89\xa0", 3); /* must not be cut in the middle */
	xl_ng_iface(w, "v4");
	xl_ng_put(w, 0, -5, ip4, sizeof(ip4), text);
	xl_ng_put(w, 0, 5, ip4, sizeof(ip4), "");
	is_int(xl_ng_close(w), 0, "a comment of 70,000 octets is written");
	c = xl_cap_open(path, &diags);
	ok(xl_cap_next(c, &p) == XL_CAP_PACKET && p.len == sizeof(ip4) && p.ts_ns == 0,
	   "and the packet is read back, its time not before 1970");
	ok(xl_cap_next(c, &p) == XL_CAP_PACKET && p.ts_ns == 5, "and the one behind it");
	is_int(xl_cap_next(c, &p), XL_CAP_END, "and the end");
	xl_cap_close(c);
}

int main(void)
{
	const char *dir = getenv("TMPDIR");
	struct xl_ng *w;

	snprintf(path, sizeof(path), "%s/pcapng.XXXXXX", dir ? dir : "/tmp");
	close(mkstemp(path));
	xl_diags_init(&diags);
	w = xl_ng_open(path, &diags);
	is_int(xl_ng_iface(w, "v4"), 0, "first interface");
	is_int(xl_ng_iface(w, "v6"), 1, "second interface");
	xl_ng_put(w, 0, 1700000000123456789, ip4, sizeof(ip4),
		  "rfc7915/4.1/a: hop limit \xe2\x89\xa0 63");
	xl_ng_put(w, 1, 1700000000123456790, ip4, sizeof(ip4), "second");
	xl_ng_put(w, 0, 1700000000123456791, ip4, sizeof(ip4), NULL);
	is_int(xl_ng_close(w), 0, "closed");
	test_own_reader();
	test_tshark();
	test_long_comment();
	test_libpcap();
	w = xl_ng_open("/dev/full", &diags);
	is_int(diags.n, 0, "no message so far");
	is_int(xl_ng_close(w), XL_ERR_IO, "a full disk shows at close");
	is_int(diags.n, 1, "with one message");
	unlink(path);
	return done();
}
