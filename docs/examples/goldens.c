/* goldens.c - the golden captures with libpcap alone: reads in, out and mask, compares what was received.
 *
 *	goldens vectors/golden/SUITE [RECEIVED.pcap]
 */
#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>

static pcap_t *open_capture(const char *set, const char *kind)
{
	char path[4096], err[PCAP_ERRBUF_SIZE];
	pcap_t *p;

	snprintf(path, sizeof(path), kind ? "%s.%s.pcap" : "%s", set, kind);
	p = pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, err);
	if (!p)
		fprintf(stderr, "%s\n", err);
	return p;
}

static int fits(const struct pcap_pkthdr *h, const u_char *want, const u_char *mask,
		const struct pcap_pkthdr *got_h, const u_char *got)
{
	if (h->caplen != got_h->caplen)
		return 0;
	for (unsigned i = 0; i < h->caplen; i++)
		if ((want[i] ^ got[i]) & mask[i])
			return 0;
	return 1;
}

int main(int argc, char **argv)
{
	pcap_t *in = argc > 1 ? open_capture(argv[1], "in") : NULL;
	pcap_t *out = argc > 1 ? open_capture(argv[1], "out") : NULL;
	pcap_t *mask = argc > 1 ? open_capture(argv[1], "mask") : NULL;
	pcap_t *got = argc > 2 ? open_capture(argv[2], NULL) : NULL;
	struct pcap_pkthdr *h, *mask_h, *got_h;
	const u_char *want, *bits, *p;
	unsigned n_in = 0, n_out = 0, n_bad = 0;

	if (!in || !out || !mask || (argc > 2 && !got) || pcap_datalink(out) != DLT_RAW)
		return 2;
	while (pcap_next_ex(in, &h, &p) == 1)
		n_in++;
	for (; pcap_next_ex(out, &h, &want) == 1; n_out++) {
		if (pcap_next_ex(mask, &mask_h, &bits) != 1 || mask_h->caplen != h->caplen)
			return printf("record %u of mask does not fit\n", n_out), 1;
		if (got && (pcap_next_ex(got, &got_h, &p) != 1 || !fits(h, want, bits, got_h, p)))
			n_bad++, printf("record %u differs\n", n_out);
	}
	printf("%u packets to send, %u to expect, %u differ\n", n_in, n_out, n_bad);
	return n_bad > 0;
}
