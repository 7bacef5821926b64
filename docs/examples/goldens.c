/* goldens.c - a golden suite with libpcap alone: its cases of kind "exact"; the others are counted.
 *
 *	goldens vectors/golden/SUITE in FILE.pcap	writes what is to be sent
 *	goldens vectors/golden/SUITE out FILE.pcap	writes what must come out
 *	goldens vectors/golden/SUITE check FILE.pcap	compares what came out, in any order
 */
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PACKETS_MAX = 1 << 16 };
static struct capture {
	struct pcap_pkthdr head[PACKETS_MAX];
	u_char *p[PACKETS_MAX], is_exact[PACKETS_MAX], is_taken[PACKETS_MAX];
	unsigned n;
} in, out, mask, came;

static int load(struct capture *c, const char *set, const char *kind)
{
	char path[4096], err[PCAP_ERRBUF_SIZE] = "link type is not RAW";
	struct pcap_pkthdr *h;
	const u_char *p;
	pcap_t *from;

	snprintf(path, sizeof(path), kind ? "%s.%s.pcap" : "%s", set, kind);
	from = pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, err);
	if (!from || pcap_datalink(from) != DLT_RAW)
		return fprintf(stderr, "%s: %s\n", path, err), 0;
	for (; c->n < PACKETS_MAX && pcap_next_ex(from, &h, &p) == 1; c->n++) {
		c->head[c->n] = *h;
		c->p[c->n] = memcpy(malloc(h->caplen + 1), p, h->caplen);
	}
	pcap_close(from);
	return 1;
}

/* The index has one case a line: "in":7 and "out":7 name its records. */
static int read_index(const char *set)
{
	static char line[1 << 20];
	unsigned left_out = 0, icmp = 0;
	FILE *f;

	snprintf(line, sizeof(line), "%s.json", set);
	f = fopen(line, "r");
	while (f && fgets(line, sizeof(line), f)) {
		int is_exact = strstr(line, ",\"kind\":\"exact\",") != NULL;

		left_out += !is_exact && strncmp(line, "{\"id\":", 6) == 0;
		icmp += is_exact && strstr(line, "{\"kind\":\"icmpv");
		for (char *at = line; is_exact && (at = strstr(at, "\"in\":")); at += 5)
			in.is_exact[strtoul(at + 5, NULL, 10) % PACKETS_MAX] = 1;
		for (char *at = line; is_exact && (at = strstr(at, "\"out\":")); at += 6)
			out.is_exact[strtoul(at + 6, NULL, 10) % PACKETS_MAX] = 1;
	}
	printf("left out: %u cases; ICMP checksum not verified: %u cases\n", left_out, icmp);
	return f != NULL;
}

/* Everything that is compared is the same, and a free IPv4 header checksum is right. */
static int fits(unsigned k, const u_char *p, unsigned len)
{
	const u_char *bits = mask.p[k];
	unsigned sum = 0;

	if (len != out.head[k].caplen)
		return 0;
	for (unsigned i = 0; i < len; i++)
		if ((p[i] ^ out.p[k][i]) & bits[i])
			return 0;
	if (len < 20 || p[0] >> 4 != 4 || bits[10] || bits[11])
		return 1;
	for (unsigned i = 0; i < (p[0] & 15u) * 4 && i < len; i += 2)
		sum += p[i] * 256u + p[i + 1];
	return (sum & 0xffff) + (sum >> 16) == 0xffff;
}

static int write_exact(const struct capture *c, const char *path)
{
	pcap_t *raw =
		pcap_open_dead_with_tstamp_precision(DLT_RAW, 1 << 18, PCAP_TSTAMP_PRECISION_NANO);
	pcap_dumper_t *to = pcap_dump_open(raw, path);

	for (unsigned i = 0; to && i < c->n; i++)
		if (c->is_exact[i])
			pcap_dump((u_char *)to, &c->head[i], c->p[i]);
	return to && pcap_dump_flush(to) == 0 ? 0 : 2; /* and the end of the program closes it */
}

static int check(void)
{
	unsigned n = 0, found = 0, i;

	for (unsigned k = 0; k < out.n; k++) {
		if (!out.is_exact[k])
			continue;
		for (i = 0; i < came.n; i++)
			if (!came.is_taken[i] && fits(k, came.p[i], came.head[i].caplen))
				break;
		n++;
		if (i == came.n)
			printf("record %u of out did not come\n", k);
		else
			came.is_taken[i] = 1, found++;
	}
	printf("%u of %u packets came, and %u that are not expected\n", found, n, came.n - found);
	return found != n || found != came.n;
}

int main(int argc, char **argv)
{
	if (argc != 4 || !load(&in, argv[1], "in") || !load(&out, argv[1], "out") ||
	    !load(&mask, argv[1], "mask") || mask.n != out.n || !read_index(argv[1]))
		return 2;
	if (strcmp(argv[2], "check") != 0)
		return write_exact(argv[2][0] == 'i' ? &in : &out, argv[3]);
	return load(&came, argv[3], NULL) ? check() : 2;
}
