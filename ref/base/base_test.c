/* base_test.c - addresses, cursors, diagnostics, the generator. */
#include "ref/base/addr.h"
#include "ref/base/diag.h"
#include "ref/base/rd.h"
#include "ref/base/rng.h"
#include "ref/base/tap.h"

#include <stdlib.h>

static void test_prefixes(void)
{
	static const struct {
		const char *in, *want;
	} row4[] = {
		{ "192.0.2.0/24", "192.0.2.0/24" },
		{ "192.0.2.1", "192.0.2.1/32" },
		{ "0.0.0.0/0", "0.0.0.0/0" },
		{ "192.0.2.1/24", NULL },
		{ "192.0.2.0/33", NULL },
		{ "192.0.2.0/", NULL },
		{ "192.0.2/24", NULL },
		{ "192.0.2.0/2 4", NULL },
		{ "", NULL },
		{ "300.1.2.3", NULL },
		{ "192.0.2.0/4294967296", NULL },
	};
	static const struct {
		const char *in, *want;
	} row6[] = {
		{ "2001:db8::/32", "2001:db8::/32" },
		{ "::1", "::1/128" },
		{ "::/0", "::/0" },
		{ "2001:db8::1/127", NULL },
		{ "2001:db8::/129", NULL },
		{ "::g", NULL },
		{ "/64", NULL },
	};
	char buf[XL_PREFIX_TEXT_MAX];

	for (size_t i = 0; i < sizeof(row4) / sizeof(row4[0]); i++) {
		struct xl_prefix4 p;
		const char *why = xl_prefix4_parse(row4[i].in, &p);

		if (row4[i].want && !why)
			is_str(xl_prefix4_text(p, buf), row4[i].want, "prefix4 '%s'", row4[i].in);
		else
			ok(!row4[i].want && why, "prefix4 '%s' refused: %s", row4[i].in,
			   why ? why : "no");
	}
	for (size_t i = 0; i < sizeof(row6) / sizeof(row6[0]); i++) {
		struct xl_prefix6 p;
		const char *why = xl_prefix6_parse(row6[i].in, &p);

		if (row6[i].want && !why)
			is_str(xl_prefix6_text(p, buf), row6[i].want, "prefix6 '%s'", row6[i].in);
		else
			ok(!row6[i].want && why, "prefix6 '%s' refused: %s", row6[i].in,
			   why ? why : "no");
	}
}

static void test_bits(void)
{
	uint8_t a[4] = { 0xff, 0xff, 0xff, 0xff };
	const uint8_t b[2] = { 0xf0, 0x80 }, c[2] = { 0xf0, 0x8f };

	xl_mask_bits(a, 4, 13);
	ok(a[0] == 0xff && a[1] == 0xf8 && a[2] == 0 && a[3] == 0, "mask of 13 bits");
	ok(xl_bits_eq(b, c, 12) && !xl_bits_eq(b, c, 13) && xl_bits_eq(b, c, 0),
	   "bits equal up to 12");
}

static void test_cursor(void)
{
	const uint8_t in[7] = { 1, 2, 3, 4, 5, 6, 7 };
	uint8_t out[4];
	struct xl_wr w = xl_wr_init(out, sizeof(out));

	for (size_t n = 0; n <= sizeof(in); n++) {
		struct xl_rd r = xl_rd_init(in, n);
		uint32_t sum = xl_rd_u8(&r) + xl_rd_u16(&r);

		(void)xl_rd_u32(&r);
		ok(r.bad == (n < 7), "reader of %zu octets: bad after an overrun only", n);
		(void)sum;
		ok(!r.bad || xl_rd_u8(&r) == 0, "a bad reader of %zu yields zero", n);
	}
	xl_wr_u16(&w, 0x0102);
	xl_wr_u16(&w, 0);
	xl_wr_patch16(&w, 2, 0x0304);
	ok(!w.bad && memcmp(out, "\1\2\3\4", 4) == 0, "writer fills and patches");
	xl_wr_u8(&w, 5);
	ok(w.bad && xl_wr_len(&w) == 4, "writer refuses to overrun");
}

static void test_diags(void)
{
	static const struct xl_loc place[] = {
		{ "b", 9, 9 }, { "a", 14, 62 }, { "a", 13, 1 }, { "a", 14, 6 }, { "a", 13, 1 }
	};
	static const char *const sorted[] = { "0", "2", "4", "3", "1" };
	struct xl_diags *d = malloc(sizeof(*d));
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	xl_diags_init(d);
	is_int(xl_diag(d, XL_ERR_SYNTAX, (struct xl_loc){ "a.yaml", 3, 7 }, "bad %s", "key"),
	       XL_ERR_SYNTAX, "code passed on");
	for (int i = 0; i < XL_DIAG_MAX + 1; i++)
		(void)xl_diag(d, XL_ERR_IO, XL_NOWHERE, "x");
	xl_diags_print(d, f);
	fclose(f);
	ok(strncmp(text, "a.yaml:3:7: bad key\nx\n", 22) == 0, "printed as file:line:col: text");
	ok(strstr(text, "... and 2 more") != NULL, "what did not fit is counted");
	free(text);
	xl_diags_init(d);
	for (size_t i = 0; i < sizeof(place) / sizeof(place[0]); i++)
		(void)xl_diag(d, XL_ERR_SYNTAX, place[i], "%zu", i);
	xl_diags_sort(d, 1);
	for (size_t i = 0; i < sizeof(place) / sizeof(place[0]); i++) {
		is_str(d->at[i].text, sorted[i], "sorted: %zu", i);
		ok(d->at[i].loc.file == d->at[i].file, "and its file is its own");
	}
	free(d);
}

static void test_rng(void)
{
	struct xl_rng a, b, c;
	bool in_range = true;

	xl_rng_init(&a, 1, "x");
	xl_rng_init(&b, 1, "x");
	xl_rng_init(&c, 1, "y");
	is_int(xl_rng_next(&a), xl_rng_next(&b), "same seed and consumer, same draw");
	ok(xl_rng_next(&a) != xl_rng_next(&c), "another consumer, another stream");
	for (int i = 0; i < 1000; i++)
		in_range &= xl_rng_below(&a, 7) < 7;
	ok(in_range, "below(7) stays below 7");
}

int main(void)
{
	test_prefixes();
	test_bits();
	test_cursor();
	test_diags();
	test_rng();
	return done();
}
