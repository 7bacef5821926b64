/* selftest_sums.c - see selftest_sums.h.
 *
 * Every kind of checksum stands in a packet of its own, left out of the mask, so that nothing but the
 * check of the sum itself can notice that one bit of it is wrong.
 */
#include "conformance/selftest_sums.h"

#include <string.h>

#include "conformance/judge.h"
#include "conformance/sums.h"
#include "ref/base/rd.h"

enum { IP4 = 20, IP6 = 40, QUOTE = 128, EXT_AT = IP4 + 8 + QUOTE, ROOM = EXT_AT + 12 };

static const struct xl_port ports[2] = { { "v4", XL_SIDE_V4, 1500 }, { "v6", XL_SIDE_V6, 1500 } };

struct scene {
	uint8_t p[ROOM], mask[ROOM];
	uint32_t len;
	struct xl_sum sum[2];
	uint16_t n_sums;
};

static void ip4(struct scene *s, uint8_t proto, uint32_t len)
{
	struct xl_sum head = { .kind = XL_SUM_IPV4, .at = 10, .to = IP4 };

	s->len = len;
	s->p[0] = 0x45;
	xl_put16(s->p + 2, len);
	s->p[8] = 64;
	s->p[9] = proto;
	xl_put32(s->p + 12, 0xc0000201);
	xl_put32(s->p + 16, 0xc0000202);
	(void)xl_sum_fill(&head, s->p, len);
}

static void ip6(struct scene *s, uint8_t proto, uint32_t len)
{
	s->len = len;
	s->p[0] = 0x60;
	xl_put16(s->p + 4, len - IP6);
	s->p[6] = proto;
	s->p[7] = 64;
	xl_put32(s->p + 8, 0x20010db8);
	s->p[23] = 1;
	xl_put32(s->p + 24, 0x20010db8);
	s->p[39] = 2;
}

/* The checksum of what IP carries, from its start to `to`. */
static void add_sum(struct scene *s, enum xl_sum_kind kind, uint32_t at, uint32_t to)
{
	bool is_ip4 = s->p[0] >> 4 == 4, has_pseudo = kind != XL_SUM_ICMPV4;

	s->sum[s->n_sums++] = (struct xl_sum){
		.kind = (uint8_t)kind,
		.addr_len = has_pseudo ? (is_ip4 ? 4 : 16) : 0,
		.proto = is_ip4 ? s->p[9] : s->p[6],
		.from = is_ip4 ? IP4 : IP6,
		.at = at,
		.to = to,
		.src = is_ip4 ? 12 : 8,
		.dst = is_ip4 ? 16 : 24,
		.len = to == UINT32_MAX ? 0 : s->len - (is_ip4 ? IP4 : IP6),
	};
}

static void set_ports(uint8_t *p)
{
	xl_put16(p, 2000);
	xl_put16(p + 2, 4000);
}

/* ---- one packet a kind ---- */

static void of_ipv4(struct scene *s)
{
	ip4(s, 253, IP4 + 4);
	s->sum[s->n_sums++] = (struct xl_sum){ .kind = XL_SUM_IPV4, .at = 10, .to = IP4 };
}

static void of_icmpv4(struct scene *s)
{
	ip4(s, 1, IP4 + 12);
	s->p[IP4] = 8;
	add_sum(s, XL_SUM_ICMPV4, IP4 + 2, UINT32_MAX);
}

static void of_icmpv6(struct scene *s)
{
	ip6(s, 58, IP6 + 12);
	s->p[IP6] = 128;
	add_sum(s, XL_SUM_ICMPV6, IP6 + 2, UINT32_MAX);
}

static void of_tcp(struct scene *s)
{
	ip6(s, 6, IP6 + 25);
	set_ports(s->p + IP6);
	s->p[IP6 + 12] = 0x50;
	s->p[IP6 + 13] = 0x10;
	add_sum(s, XL_SUM_TCP, IP6 + 16, UINT32_MAX);
}

static void of_udp(struct scene *s)
{
	ip4(s, 17, IP4 + 12);
	set_ports(s->p + IP4);
	xl_put16(s->p + IP4 + 4, 12);
	add_sum(s, XL_SUM_UDP, IP4 + 6, UINT32_MAX);
}

static void of_udplite(struct scene *s)
{
	ip6(s, 136, IP6 + 20);
	set_ports(s->p + IP6);
	add_sum(s, XL_SUM_UDPLITE, IP6 + 6, UINT32_MAX);
}

static void of_udplite_in_part(struct scene *s)
{
	ip6(s, 136, IP6 + 20);
	set_ports(s->p + IP6);
	xl_put16(s->p + IP6 + 4, 12);
	add_sum(s, XL_SUM_UDPLITE, IP6 + 6, IP6 + 12);
	memset(s->p + IP6 + 8, 0x5a, 12);
}

static void of_dccp(struct scene *s)
{
	ip6(s, 33, IP6 + 24);
	set_ports(s->p + IP6);
	s->p[IP6 + 4] = 4;
	s->p[IP6 + 8] = 2 << 1 | 1; /* DCCP-Data, long sequence numbers */
	add_sum(s, XL_SUM_DCCP, IP6 + 6, UINT32_MAX);
}

static void of_dccp_in_part(struct scene *s)
{
	of_dccp(s);
	s->n_sums = 0;
	s->p[IP6 + 5] = 1; /* the header alone */
	add_sum(s, XL_SUM_DCCP, IP6 + 6, IP6 + 16);
	memset(s->p + IP6 + 16, 0x5a, 8);
}

/* An extension structure (RFC 4884) with one object; the ICMPv4 checksum covers it too. */
static void of_ext(struct scene *s)
{
	static struct scene quote;
	uint8_t *ext = s->p + EXT_AT;

	memset(&quote, 0, sizeof quote);
	ip4(&quote, 17, IP4 + 8);
	set_ports(quote.p + IP4);
	xl_put16(quote.p + IP4 + 4, 8);
	ip4(s, 1, ROOM);
	s->p[IP4] = 3;
	s->p[IP4 + 1] = 1;
	s->p[IP4 + 5] = QUOTE / 4;
	memcpy(s->p + IP4 + 8, quote.p, quote.len);
	ext[0] = 0x20;
	xl_put16(ext + 4, 8);
	ext[6] = ext[7] = 1;
	s->sum[s->n_sums++] = (struct xl_sum){
		.kind = XL_SUM_EXT, .at = EXT_AT + 2, .from = EXT_AT, .to = UINT32_MAX
	};
	add_sum(s, XL_SUM_ICMPV4, IP4 + 2, UINT32_MAX);
}

/* ---- judging ---- */

static const struct row {
	const char *what;
	void (*set)(struct scene *);
} rows[] = {
	{ "ipv4", of_ipv4 },
	{ "icmpv4", of_icmpv4 },
	{ "icmpv6", of_icmpv6 },
	{ "tcp", of_tcp },
	{ "udp", of_udp },
	{ "udplite", of_udplite },
	{ "udplite that covers a part", of_udplite_in_part },
	{ "dccp", of_dccp },
	{ "dccp that covers a part", of_dccp_in_part },
	{ "ext", of_ext },
};

static enum xl_judged judged(const struct scene *s, const uint8_t *got, struct xl_finding *f)
{
	uint16_t port = s->p[0] >> 4 == 6;
	struct xl_want want = { .port = port,
				.n_sums = s->n_sums,
				.len = s->len,
				.min_len = s->len,
				.bytes = s->p,
				.mask = s->mask,
				.sum = s->sum };
	struct xl_outcome o = { .sane_max = -1, .n = 1, .want = &want };
	struct xl_turn turn = { .n_outcomes = 1, .outcome = &o };
	struct xl_seen seen = { .port = port, .len = s->len, .p = got };
	struct xl_binds binds = { .n = 0 };

	xl_judge(&turn, ports, 2, &seen, 1, &binds, f);
	return f->verdict;
}

/* The bits of its first checksum, one by one; the outer ones are made right again each time. NULL, or
 * what was judged wrongly. */
static const char *broken_everywhere(struct scene *s, struct xl_finding *f)
{
	for (uint16_t i = 0; i < s->n_sums; i++) {
		memset(s->mask + s->sum[i].at, 0, 2);
		(void)xl_sum_fill(&s->sum[i], s->p, s->len);
	}
	if (judged(s, s->p, f) != XL_PASS)
		return "the right checksum is refused";
	for (int bit = 0; bit < 16; bit++) {
		uint8_t got[ROOM];

		memcpy(got, s->p, s->len);
		got[s->sum[0].at + (uint32_t)bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
		for (uint16_t i = 1; i < s->n_sums; i++)
			(void)xl_sum_fill(&s->sum[i], got, s->len);
		if (judged(s, got, f) != XL_FAIL)
			return "a wrong checksum is accepted, or the comparers disagree";
	}
	return NULL;
}

int xl_selftest_sums(FILE *to, int before, int *failed)
{
	int n = (int)(sizeof rows / sizeof rows[0]);

	for (int i = 0; i < n; i++) {
		static struct scene s;
		static struct xl_finding f;
		const char *wrong;

		memset(&s, 0, sizeof s);
		memset(s.mask, 0xff, sizeof s.mask);
		rows[i].set(&s);
		wrong = broken_everywhere(&s, &f);
		*failed += wrong != NULL;
		fprintf(to, "%sok %d - checksum: %s\n", wrong ? "not " : "", before + i + 1,
			rows[i].what);
		if (wrong)
			fprintf(to, "# %s: %s %s\n", wrong, xl_judged_text(f.verdict), f.message);
	}
	return n;
}
