/* tun_bench.c - what scripts/bench-live runs beside a translator on a TUN device.
 *
 *	tun_bench echo DEVICE [offload]       reads a packet and writes it back, for ever
 *	tun_bench flood DEVICE MS SIZE 4|6    puts UDP packets of SIZE octets on the device for so long
 */
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ref/base/rd.h"
#include "ref/csum.h"
#include "ref/io/tun.h"
#include "ref/io/wait.h"

enum { BATCH = 64, MOST = 1500 };

static int echo(const char *device, bool has_offload)
{
	static uint8_t buf[65536];
	struct xl_diags d;
	struct xl_tun tun;

	xl_diags_init(&d);
	if (xl_tun_open(&tun, device, has_offload, &d) < 0 || xl_tun_up(&tun, &d) < 0) {
		xl_diags_print(&d, stderr);
		return 3;
	}
	fputs("echoing\n", stderr);
	for (;;) {
		ssize_t n = read(tun.fd, buf, sizeof(buf));

		if (n > 0 && write(tun.fd, buf, (size_t)n) < 0)
			return 3;
	}
}

/* From 192.0.2.1 to 198.51.100.2, or from there back; IPv6 as scripts/bench-live maps them. */
static void make_packet(uint8_t *p, uint32_t size, bool is_4)
{
	static const char *const ends4[] = { "192.0.2.1", "198.51.100.2" };
	static const char *const ends6[] = { "2001:db8:b::2", "2001:db8:64::c000:201" };
	uint32_t header = is_4 ? 20 : 40, n = size - header, n_addr = is_4 ? 4 : 16;
	uint8_t *addresses = p + (is_4 ? 12 : 8), *udp = p + header;

	for (uint32_t i = 0; i < 2; i++)
		inet_pton(is_4 ? AF_INET : AF_INET6, (is_4 ? ends4 : ends6)[i],
			  addresses + i * n_addr);
	if (is_4) {
		memcpy(p, (uint8_t[]){ 0x45, 0, 0, 0, 0, 1, 0x40, 0, 64, 17, 0, 0 }, 12);
		xl_put16(p + 2, (uint16_t)size);
		xl_put16(p + 10, (uint16_t)~xl_sum(p, 20));
	} else {
		memcpy(p, (uint8_t[]){ 0x60, 0, 0, 0, 0, 0, 17, 64 }, 8);
		xl_put16(p + 4, (uint16_t)n);
	}
	xl_put16(udp, 4000);
	xl_put16(udp + 2, 5000);
	xl_put16(udp + 4, (uint16_t)n);
	xl_put16(udp + 6,
		 (uint16_t)~xl_fold((uint64_t)xl_sum(udp, n) +
				    xl_sum_pseudo(addresses, addresses + n_addr, n_addr, n, 17)));
}

static int flood(const char *device, int64_t ms, uint32_t size, bool is_4)
{
	static uint8_t packet[MOST];
	static struct mmsghdr batch[BATCH];
	struct sockaddr_ll to = { .sll_family = AF_PACKET,
				  .sll_ifindex = (int)if_nametoindex(device),
				  .sll_protocol = htons(is_4 ? ETH_P_IP : ETH_P_IPV6) };
	struct iovec iov = { packet, size };
	int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0), yes = 1;
	int64_t end_ns = xl_clock_ns() + ms * 1000000;

	if (fd < 0 || !to.sll_ifindex) {
		perror(device);
		return 3;
	}
	(void)setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &yes, sizeof(yes));
	make_packet(packet, size, is_4);
	for (size_t i = 0; i < BATCH; i++)
		batch[i].msg_hdr = (struct msghdr){
			.msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = &iov, .msg_iovlen = 1
		};
	while (xl_clock_ns() < end_ns)
		(void)!sendmmsg(fd, batch, BATCH, 0); /* a full device drops: that is its limit */
	close(fd);
	return 0;
}

int main(int argc, char **argv)
{
	if ((argc == 3 || argc == 4) && strcmp(argv[1], "echo") == 0)
		return echo(argv[2], argc == 4);
	if (argc == 6 && strcmp(argv[1], "flood") == 0) {
		uint32_t size = (uint32_t)strtoul(argv[4], NULL, 10);

		if (size >= 64 && size <= MOST)
			return flood(argv[2], strtol(argv[3], NULL, 10), size, argv[5][0] == '4');
	}
	fputs("usage: tun_bench echo DEVICE [offload] | flood DEVICE MS SIZE 4|6\n", stderr);
	return 2;
}
