/* xlat_bench.c - what one packet costs.
 *
 *	xlat_bench MODE N        MODE: 4to6-hit 4to6-miss 6to4-hit 6to4-miss 4to6-slow 6to4-slow big burst
 *
 * Translates N times a 64-octet UDP packet and prints nanoseconds each. "miss" varies the destination so
 * that no decision is in the flow cache; "slow" forbids the fast path. scripts/bench counts instructions
 * by running this under callgrind, which collects inside xl_translate() only.
 *
 * "big" sends to random ones of 10^6 explicit mappings, one call each, "burst" 32 at a time. What a table
 * costs that no cache holds is printed in random reads: the difference to the same packets over 4096
 * mappings, by the time of one step of a pointer chase over as many octets as the table has.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ref/base/rd.h"
#include "ref/csum.h"
#include "ref/xlat_int.h"

enum { PACKET = 64, MISSES = 4096, BIG = 1000000, SMALL = 4096, BURST = 32, ROW = 32, ROUNDS = 5 };

static uint64_t n_out;

static void count(void *ctx, struct xl_pkt *p)
{
	(void)ctx;
	n_out += p->len != 0;
}

/* 10.0.0.0 and what follows, mapped one by one to 2001:db8:1:: and what follows. */
static bool add_eams(struct xl_conf_space *s, uint32_t n)
{
	if (!n)
		return true;
	s->eam = calloc(n, sizeof(*s->eam));
	if (!s->eam)
		return false;
	for (s->n_eams = 0; s->n_eams < n; s->n_eams++) {
		struct xl_conf_eam *e = &s->eam[s->n_eams];

		(void)xl_prefix6_parse("2001:db8:1::/128", &e->p6);
		xl_put32(e->p6.addr.b + 12, (uint32_t)s->n_eams);
		xl_put32(e->p4.addr.b, (10u << 24) + (uint32_t)s->n_eams);
		e->p4.len = 32;
	}
	return true;
}

static struct xlat *make(bool slow, uint32_t n_eams)
{
	static struct xl_diags d;
	struct xl_env env = { .emit = count };
	struct xl_conf c;
	struct xlat *x;

	xl_diags_init(&d);
	if (xl_conf_init(&c) < 0)
		return NULL;
	c.space[0].has_prefix6 = true;
	(void)xl_prefix6_parse("2001:db8:64::/96", &c.space[0].prefix6);
	c.seed = 1;
	x = add_eams(&c.space[0], n_eams) ? xl_new(&c, &env, &d) : NULL;
	if (x)
		x->slow_only = slow;
	else
		xl_diags_print(&d, stderr);
	xl_conf_fini(&c);
	return x;
}

static void put_address(uint8_t *p, const char *text)
{
	struct xl_ip4 a4;
	struct xl_ip6 a6;

	if (xl_ip4_parse(text, &a4))
		memcpy(p, a4.b, 4);
	else if (xl_ip6_parse(text, &a6))
		memcpy(p, a6.b, 16);
}

static void make_packet(uint8_t *p, bool is_4)
{
	static const uint8_t head4[12] = { 0x45, 0, 0, 64, 0x12, 0x34, 0, 0, 64, XL_PROTO_UDP };
	static const uint8_t head6[8] = { 0x60, 0, 0, 0, 0, 24, XL_PROTO_UDP, 64 };

	memset(p, 0x55, PACKET);
	if (is_4) {
		memcpy(p, head4, sizeof(head4));
		put_address(p + 12, "198.51.100.2");
		put_address(p + 16, "192.0.2.1");
		xl_put16(p + 10, (uint16_t)~xl_sum(p, 20));
		return;
	}
	memcpy(p, head6, sizeof(head6));
	put_address(p + 8, "2001:db8:64::c633:6402");
	put_address(p + 24, "2001:db8:64::c000:201");
}

/* The destination's low octets count up, and the header checksum with them. */
static void vary(uint8_t *p, bool is_4, unsigned i)
{
	if (!is_4) {
		xl_put16(p + 38, i % MISSES);
		return;
	}
	xl_put16(p + 18, i % MISSES);
	xl_put16(p + 10, 0);
	xl_put16(p + 10, (uint16_t)~xl_sum(p, 20));
}

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static uint32_t draw(uint64_t *state, uint32_t below)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((*state >> 33) * below >> 31);
}

struct burst {
	struct xl_pkt p[BURST], *at[BURST];
	struct xl_verdict v[BURST];
	uint8_t buf[BURST][XL_HEADROOM + PACKET + XL_TAILROOM];
};

static void fill(struct burst *b, const uint8_t *packet, uint32_t n_eams, uint64_t *state)
{
	for (size_t k = 0; k < BURST; k++) {
		uint8_t *to = b->buf[k] + XL_HEADROOM;

		b->at[k] = &b->p[k];
		b->p[k] = (struct xl_pkt){ .buf = b->buf[k],
					   .cap = sizeof(b->buf[k]),
					   .off = XL_HEADROOM,
					   .len = PACKET };
		memcpy(to, packet, PACKET);
		xl_put32(to + 16, (10u << 24) + draw(state, n_eams));
		xl_put16(to + 10, 0);
		xl_put16(to + 10, (uint16_t)~xl_sum(to, 20));
	}
}

/* Nanoseconds a packet to one of n_eams mapped destinations: the best of ROUNDS times n packets. */
static double run_eams(const uint8_t *packet, uint32_t n_eams, unsigned n, bool is_burst)
{
	static struct burst b;
	struct xlat *x = make(false, n_eams);
	uint64_t state = 1;
	double best = 0;

	if (!x)
		exit(1);
	for (unsigned round = 0; round < ROUNDS; round++) {
		double ns = now_ns();

		for (unsigned i = 0; i < n; i += BURST) {
			fill(&b, packet, n_eams, &state);
			if (is_burst)
				xl_translate_burst(x, b.at, b.v, BURST);
			for (size_t k = 0; k < BURST && !is_burst; k++)
				b.v[k] = xl_translate(x, &b.p[k]);
		}
		ns = now_ns() - ns;
		best = round == 0 || ns < best ? ns : best;
	}
	xl_free(x);
	return best / n;
}

/* Nanoseconds a step of one random cycle through n rows of ROW octets. */
static double chase(size_t n, unsigned steps)
{
	uint32_t(*row)[ROW / 4] = malloc(n * sizeof(*row));
	uint64_t state = 1;
	uint32_t at = 0;
	double best = 0;

	if (!row)
		exit(1);
	for (size_t i = 0; i < n; i++)
		row[i][0] = (uint32_t)i;
	for (size_t i = n - 1; i > 0; i--) { /* Sattolo's shuffle: a single cycle */
		uint32_t other = draw(&state, (uint32_t)i), kept = row[i][0];

		row[i][0] = row[other][0];
		row[other][0] = kept;
	}
	for (unsigned round = 0; round < ROUNDS; round++) {
		double ns = now_ns();

		for (unsigned i = 0; i < steps; i++)
			at = row[at][0];
		ns = now_ns() - ns;
		best = round == 0 || ns < best ? ns : best;
	}
	n_out += at == UINT32_MAX; /* the walk has a result */
	free(row);
	return best / steps;
}

static int run_big(const uint8_t *packet, unsigned n, bool is_burst)
{
	size_t rows = 1;
	double read, base, big;

	while (rows / 4 * 3 < BIG) /* as the table grows: lpm.c */
		rows *= 2;
	n = (n + BURST - 1) / BURST * BURST;
	read = chase(rows, n);
	base = run_eams(packet, SMALL, n, is_burst);
	big = run_eams(packet, BIG, n, is_burst);
	printf("%s %.1f ns = %.1f ns with %d mappings + %.2f random reads of %.1f ns (%zu MB)\n",
	       is_burst ? "burst" : "big", big, base, SMALL, (big - base) / read, read,
	       rows * ROW >> 20);
	return n_out == 2 * (uint64_t)ROUNDS * n ? 0 : 1;
}

int main(int argc, char **argv)
{
	static uint8_t buf[XL_HEADROOM + PACKET + XL_TAILROOM], packet[PACKET];
	const char *mode = argc == 3 ? argv[1] : "";
	unsigned n = argc == 3 ? (unsigned)strtoul(argv[2], NULL, 10) : 0;
	bool is_4 = strncmp(mode, "4to6", 4) == 0, misses = strstr(mode, "miss") != NULL;
	struct xlat *x;
	struct xl_pkt p = { .buf = buf,
			    .cap = sizeof(buf),
			    .off = XL_HEADROOM,
			    .len = PACKET,
			    .port = is_4 ? 0 : 1 };
	bool is_burst = strcmp(mode, "burst") == 0, is_big = is_burst || strcmp(mode, "big") == 0;
	double ns;

	if (!n || (!is_4 && !is_big && strncmp(mode, "6to4", 4) != 0)) {
		fprintf(stderr, "usage: xlat_bench {{4to6|6to4}-{hit|miss|slow}|big|burst} N\n");
		return 2;
	}
	make_packet(packet, is_4 || is_big);
	if (is_big)
		return run_big(packet, n, is_burst);
	x = make(strstr(mode, "slow") != NULL, 0);
	if (!x)
		return 1;
	ns = now_ns();
	for (unsigned i = 0; i < n; i++) {
		if (misses)
			vary(packet, is_4, i);
		memcpy(buf + XL_HEADROOM, packet, PACKET);
		(void)xl_translate(x, &p);
	}
	ns = now_ns() - ns;
	printf("%s %.1f ns, %llu of %u out\n", mode, ns / n, (unsigned long long)n_out, n);
	xl_free(x);
	return n_out == n ? 0 : 1;
}
