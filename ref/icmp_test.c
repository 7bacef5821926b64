/* icmp_test.c - ICMP errors and what they quote: RFC 7915 4.2, 4.3, 5.2, 5.3 and RFC 4884. */
#include "ref/icmp.h"
#include "ref/test_way.h"

struct error_row {
	const char *what;
	const char *icmp4, *icmp6; /* 8 octets each; NULL: dropped */
	uint16_t rule;
};

/* clang-format off */
static const struct error_row errors_4to6[] = {
	{ "net unreachable", "\3\0\0\0\0\0\0\0", "\1\0\0\0\0\0\0\0", 0 },
	{ "protocol unreachable", "\3\2\0\0\0\0\0\0", "\4\1\0\0\0\0\0\6", 0 },
	{ "port unreachable", "\3\3\0\0\0\0\0\0", "\1\4\0\0\0\0\0\0", 0 },
	{ "MTU 1400", "\3\4\0\0\0\0\5\x78", "\2\0\0\0\0\0\5\x8c", 0 },
	{ "MTU 67", "\3\4\0\0\0\0\0\x43", "\2\0\0\0\0\0\5\0", 0 },
	{ "MTU 65535 bounded by the next hop", "\3\4\0\0\0\0\xff\xff", "\2\0\0\0\0\0\5\xdc", 0 },
	{ "administratively prohibited", "\3\x0d\0\0\0\0\0\0", "\1\1\0\0\0\0\0\0", 0 },
	{ "host precedence", "\3\x0e\0\0\0\0\0\0", NULL, XL_RULE_ICMP4_HOST_PRECEDENCE },
	{ "time exceeded", "\x0b\1\0\0\0\0\0\0", "\3\1\0\0\0\0\0\0", 0 },
	{ "pointer to protocol", "\x0c\0\0\0\x09\0\0\0", "\4\0\0\0\0\0\0\6", 0 },
	{ "pointer to identification", "\x0c\0\0\0\4\0\0\0", NULL, XL_RULE_ICMP4_POINTER_UNKNOWN },
	{ "redirect", "\5\1\0\0\0\0\0\0", NULL, XL_RULE_ICMP4_REDIRECT },
};
static const struct error_row errors_6to4[] = {
	{ "no route", "\3\1\0\0\0\0\0\0", "\1\0\0\0\0\0\0\0", 0 },
	{ "prohibited", "\3\x0a\0\0\0\0\0\0", "\1\1\0\0\0\0\0\0", 0 },
	{ "MTU 1300", "\3\4\0\0\0\0\5\0", "\2\0\0\0\0\0\5\x14", 0 },
	{ "MTU 2^32-1", "\3\4\0\0\0\0\5\xc8", "\2\0\0\0\xff\xff\xff\xff", 0 },
	{ "MTU 0 is not 0", "\3\4\0\0\0\0\0\x44", "\2\0\0\0\0\0\0\0", 0 },
	{ "hop limit", "\x0b\0\0\0\0\0\0\0", "\3\0\0\0\0\0\0\0", 0 },
	{ "pointer to hop limit", "\x0c\0\0\0\x08\0\0\0", "\4\0\0\0\0\0\0\7", 0 },
	{ "pointer to flow label", NULL, "\4\0\0\0\0\0\0\2", XL_RULE_ICMP6_POINTER_UNKNOWN },
	{ "next header", "\3\2\0\0\0\0\0\0", "\4\1\0\0\0\0\0\6", 0 },
	{ "unknown error", NULL, "\x64\0\0\0\0\0\0\0", XL_RULE_ICMP6_UNKNOWN_ERROR },
};
/* clang-format on */

/* From the IPv4 host A about a packet that B sent; and the other way round. */
static void test_error_tables(void)
{
	struct ip o4 = v4(A4, B4, 1), o6 = v6(A6, B6, 58);
	struct ip i4 = v4(B4, A4, 17), i6 = v6(B6, A6, 17);
	struct bytes *q4, *q6;

	i4.ttl = i6.ttl = 1;
	i4.id = 0;
	i4.flags_off = 0x4000; /* longer than 1260 */
	i4.claims = i6.claims = 1300;
	q4 = packet(&i4, 6, udp, 16);
	q6 = packet(&i6, 6, udp, 16);
	for (size_t i = 0; i < sizeof(errors_4to6) / sizeof(errors_4to6[0]); i++) {
		const struct error_row *r = &errors_4to6[i];
		struct bytes *p = error(&o4, r->icmp4, q4, 36, NULL, 0);

		if (r->icmp6)
			wants(r->what, 0, p, error(&o6, r->icmp6, q6, 56, NULL, 0));
		else
			refused(r->what, 0, p, r->rule, 0);
	}
	free(q4);
	free(q6);
}

static void test_error_tables_6to4(void)
{
	struct ip o4 = v4(B4, A4, 1), o6 = v6(B6, A6, 58);
	struct ip i4 = v4(A4, B4, 17), i6 = v6(A6, B6, 17);
	struct bytes *q4, *q6;

	o6.ttl = 65;
	o4.id = i4.id = 0;
	i4.ttl = i6.ttl = 1;
	i4.flags_off = 0x4000;
	i4.claims = i6.claims = 1300;
	q4 = packet(&i4, 6, udp, 16);
	q6 = packet(&i6, 6, udp, 16);
	for (size_t i = 0; i < sizeof(errors_6to4) / sizeof(errors_6to4[0]); i++) {
		const struct error_row *r = &errors_6to4[i];
		struct bytes *p = error(&o6, r->icmp6, q6, 56, NULL, 0), *want;

		if (!r->icmp4) {
			refused(r->what, 1, p, r->rule, 0);
			continue;
		}
		/* the identification of the quoted packet is free as well */
		input(t, 1, p->b, p->n, 0);
		want = error(&o4, r->icmp4, q4, 36, NULL, 0);
		if (t->n_out == 1 && t->out[0].n == want->n) {
			uint8_t *icmp = want->b + 20;

			take_id(want, &t->out[0]);
			memcpy(icmp + 8 + 4, t->out[0].b + 28 + 4, 2);
			xl_put16(icmp + 18, 0);
			xl_put16(icmp + 18, ~plain_sum(icmp + 8, 20, 0) & 0xffff);
			xl_put16(icmp + 2, 0);
			xl_put16(icmp + 2, ~plain_sum(icmp, want->n - 20, 0) & 0xffff);
			is_mem(t->out[0].b, t->out[0].n, want->b, want->n, "%s", r->what);
		} else {
			ok(false, "%s: %zu out, %s", r->what, t->n_out, xl_rule(t->v.rule)->name);
		}
		free(p);
		free(want);
	}
	free(q4);
	free(q6);
}

static void test_quotes(void)
{
	struct ip o4 = v4(A4, B4, 1), o6 = v6(A6, B6, 58);
	struct ip i4 = v4(B4, A4, 17), i6 = v6(B6, A6, 17);
	struct bytes *q4, *q6, *p;
	static const char ext[] = "\x20\0\xdf\xef\0\4\1\1\0\0\0\0";
	static uint8_t data[600] = "\x07\xd0\x0f\xa0\0\x20\0\0";

	i6.ttl = 64; /* a quoted packet's is kept */
	q4 = packet(&i4, 6, udp, 8);
	q6 = packet(&i6, 6, udp, 8);
	wants("extension, quote padded to 128", 0,
	      error(&o4, "\x0b\0\0\0\0\x20\0\0", q4, 128, ext, 8),
	      error(&o6, "\3\0\0\0\x10\0\0\0", q6, 128, ext, 8));
	wants("short field before an extension is padded", 0,
	      error(&o4, "\x0b\0\0\0\0\7\0\0", q4, 28, ext, 8),
	      error(&o6, "\3\0\0\0\x10\0\0\0", q6, 128, ext, 8));
	wants("no extension in a Packet Too Big", 0,
	      error(&o4, "\3\4\0\0\0\x20\5\x78", q4, 128, ext, 8),
	      error(&o6, "\2\0\0\0\0\0\5\x8c", q6, 48, NULL, 0));
	free(q4);
	free(q6);
	q4 = packet(&i4, 6, data, 512);
	q6 = packet(&i6, 6, data, 512);
	wants("field of 132 becomes 152", 0, error(&o4, "\x0b\0\0\0\0\x21\0\0", q4, 132, ext, 12),
	      error(&o6, "\3\0\0\0\x13\0\0\0", q6, 152, ext, 12));
	wants("quote without a length attribute", 0,
	      error(&o4, "\x0b\0\0\0\0\0\0\0", q4, 500, NULL, 0),
	      error(&o6, "\3\0\0\0\0\0\0\0", q6, 520, NULL, 0));
	p = error(&o4, "\x0b\0\0\0\0\0\0\0", q4, 28, NULL, 0);
	p->b[22] ^= 1;
	input(t, 0, p->b, p->n, 0);
	is_int(plain_sum(t->out[0].b + 40, t->out[0].n - 40,
			 plain_sum(t->out[0].b + 8, 32, 58 + (uint32_t)t->out[0].n - 40)),
	       0xfeff, "a wrong checksum stays as wrong");
	free(p);
	free(q4);
	free(q6);
	i4.proto = 1;
	q4 = packet(&i4, 2, (const uint8_t *)"\3\0\0\0\0\0\0\0", 8);
	refused("an error about an error", 0, error(&o4, "\x0b\0\0\0\0\0\0\0", q4, 28, NULL, 0),
		XL_RULE_QUOTE4_NESTED, 0);
	free(q4);
	ok(xl_icmp_is_error_type(6, 137) && !xl_icmp_is_error_type(6, 136),
	   "no error about a redirect either (RFC 4443 2.4(e.2))");
	i6.proto = 58;
	q4 = packet(&i4, 2, echo, 12);
	q6 = packet(&i6, 2, (const uint8_t *)"\x80\0\0\0\0\7\0\1ping", 12);
	wants("an error about an echo", 0, error(&o4, "\x0b\0\0\0\0\0\0\0", q4, 32, NULL, 0),
	      error(&o6, "\3\0\0\0\0\0\0\0", q6, 52, NULL, 0));
	free(q4);
	free(q6);
}

/* RFC 7915 4.2, RFC 1191 7.1: the plateau below the datagram of a router that left the MTU empty. */
static void test_plateau(struct xl_conf *c)
{
	static const struct {
		uint16_t total;
		const char *icmp6;
	} row[] = {
		{ 1400, "\2\0\0\0\0\0\5\x14" }, /* 1280, and 20 for the longer header */
		{ 1281, "\2\0\0\0\0\0\5\x14" },
		{ 1280, "\2\0\0\0\0\0\5\0" }, /* none is below: the least IPv6 MTU */
	};
	static const uint16_t plateau[] = { 65535, 1280, 68 };
	struct ip o4 = v4(A4, B4, 1), o6 = v6(A6, B6, 58);
	struct ip i4 = v4(B4, A4, 17), i6 = v6(B6, A6, 17);

	memcpy(c->plateau, plateau, sizeof(plateau));
	c->n_plateaus = 3;
	t = bench_new(c, false);
	i4.ttl = i6.ttl = 1;
	i4.id = 0;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct bytes *q4, *q6;

		i4.claims = i6.claims = row[i].total - 36u;
		i4.flags_off = 0x4000;
		q4 = packet(&i4, 6, udp, 16);
		q6 = packet(&i6, 6, udp, 16);
		wants("an empty MTU", 0, error(&o4, "\3\4\0\0\0\0\0\0", q4, 36, NULL, 0),
		      error(&o6, row[i].icmp6, q6, 56, NULL, 0));
		free(q4);
		free(q6);
	}
	bench_free(t);
}

/* What a length attribute may say, and what the other family can. */
static void test_length_attribute(void)
{
	struct ip o4 = v4(A4, B4, 1), o6 = v6(A6, B6, 58), i4 = v4(B4, A4, 17);
	struct ip i6 = v6(B6, A6, 17), from = v6(B6, A6, 58), about = v6(A6, B6, 17);
	static const uint8_t data[1200] = "\x07\xd0\x0f\xa0\x04\xb0\0\0";
	struct bytes *q4, *q6, *p;

	i6.ttl = 64;
	q4 = packet(&i4, 6, udp, 13);
	q6 = packet(&i6, 6, udp, 13);
	wants("a length below a header's is none", 0,
	      error(&o4, "\x0b\0\0\0\0\4\0\0", q4, 33, NULL, 0),
	      error(&o6, "\3\0\0\0\0\0\0\0", q6, 53, NULL, 0));
	free(q4);
	free(q6);
	q6 = packet(&about, 6, data, 1200);
	p = error(&from, "\3\0\0\0\x83\0\0\0", q6, 1048, NULL, 0);
	input(t, 1, p->b, p->n, 0);
	is_int(t->n_out ? t->out[0].b[20 + 5] : 0, 255, "131 double words are 255 words at most");
	is_int(t->n_out ? t->out[0].n : 0, 20 + 8 + 1020, "which there are");
	free(p);
	free(q6);
}

/* A traced translator says what it leaves out. */
static void test_cuts(void)
{
	static const struct {
		const char *what, *icmp4;
		size_t n_quote, n_ext;
		uint16_t rule, too;
	} row[] = {
		{ "what fits", "\x0b\0\0\0\0\x20\0\0", 128, 12, XL_RULE_COUNT, XL_RULE_COUNT },
		{ "a long quote", "\x0b\0\0\0\0\xff\0\0", 1020, 220, XL_RULE_QUOTE_CUT_6,
		  XL_RULE_COUNT },
		{ "a long extension", "\x0b\0\0\0\0\x20\0\0", 128, 1110, XL_RULE_EXTENSION_CUT_6,
		  XL_RULE_QUOTE_CUT_6 },
		{ "a type without", "\3\4\0\0\0\x20\5\x78", 128, 12, XL_RULE_EXTENSION_DROPPED,
		  XL_RULE_COUNT },
	};
	static const uint16_t rules[] = { XL_RULE_QUOTE_CUT_6, XL_RULE_EXTENSION_CUT_6,
					  XL_RULE_EXTENSION_DROPPED };
	static const uint8_t data[1200] = "\x07\xd0\x0f\xa0\x04\xb0\0\0";
	static const char ext[1200] = "\x20";
	struct ip o4 = v4(A4, B4, 1), i4 = v4(B4, A4, 17);
	struct bytes *q4 = packet(&i4, 6, data, 1200);

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct bytes *p = error(&o4, row[i].icmp4, q4, row[i].n_quote, ext, row[i].n_ext);

		memset(t->rules, 0, sizeof(t->rules));
		input(t, 0, p->b, p->n, 0);
		is_int(t->v.rule, XL_RULE_TRANSLATED_4TO6, "%s passes", row[i].what);
		if (row[i].rule != XL_RULE_EXTENSION_DROPPED)
			ok(t->out[0].b[44] >= 128 / 8, "%s: 128 octets at least", row[i].what);
		for (size_t k = 0; k < sizeof(rules) / sizeof(rules[0]); k++)
			is_int(t->rules[rules[k]],
			       rules[k] == row[i].rule || rules[k] == row[i].too, "%s: %s",
			       row[i].what, xl_rule(rules[k])->name);
		free(p);
	}
	free(q4);
}

int main(void)
{
	struct xl_conf c;

	bench_conf(&c);
	t = bench_new(&c, false);
	test_error_tables();
	test_error_tables_6to4();
	test_quotes();
	test_length_attribute();
	bench_free(t);
	t = bench_new(&c, true);
	test_cuts();
	bench_free(t);
	test_plateau(&c);
	xl_conf_fini(&c);
	return done();
}
