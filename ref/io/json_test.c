/* json_test.c - what the writer writes, and that yaml.h reads the same back. */
#include "ref/io/json.h"

#include <stdlib.h>

#include "ref/base/tap.h"
#include "ref/io/yaml.h"

static void test_layout(void)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	struct xl_json j;

	xl_json_init(&j, f);
	xl_json_obj(&j, NULL);
	xl_json_str(&j, "s", "x");
	xl_json_int(&j, "i", INT64_MIN);
	xl_json_arr(&j, "a");
	xl_json_bool(&j, NULL, true);
	xl_json_obj(&j, NULL);
	xl_json_obj_end(&j);
	xl_json_raw(&j, NULL, "[1]");
	xl_json_arr_end(&j);
	xl_json_hex(&j, "h", (const uint8_t *)"\x00\xab", 2);
	xl_json_obj_end(&j);
	fclose(f);
	is_str(text, "{\"s\":\"x\",\"i\":-9223372036854775808,\"a\":[true,{},[1]],\"h\":\"00ab\"}",
	       "commas, keys and nesting");
	free(text);
}

static void test_text(void)
{
	static const struct {
		const char *what, *in;
		size_t n;
		const char *want;
	} row[] = {
		{ "quote and backslash", "a\"b\\", 4, "\"a\\\"b\\\\\"" },
		{ "controls", "\n\0\x7f", 3, "\"\\u000a\\u0000\\u007f\"" },
		{ "other controls, line separators, noncharacters",
		  "\xc2\x80\xc2\x9f\xe2\x80\xa8\xe2\x80\xa9\xef\xbf\xbe\xef\xbf\xbf", 16,
		  "\"\\u0080\\u009f\\u2028\\u2029\\ufffe\\uffff\"" },
		{ "their neighbours", "\xc2\xa0\xe2\x80\xa7\xe2\x80\xaa\xef\xbf\xbd", 11,
		  "\"\xc2\xa0\xe2\x80\xa7\xe2\x80\xaa\xef\xbf\xbd\"" },
		{ "UTF-8 of 2, 3, 4 octets", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 9,
		  "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"" },
		{ "a lone continuation", "\x80", 1, "\"\xef\xbf\xbd\"" },
		{ "an overlong slash", "\xc0\xaf", 2, "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "a surrogate", "\xed\xa0\x80", 3, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "a sequence cut short", "a\xe2\x82", 3, "\"a\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "above U+10FFFF", "\xf4\x90\x80\x80", 4,
		  "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "nothing", "", 0, "\"\"" },
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		char *text = NULL;
		size_t n = 0;
		FILE *f = open_memstream(&text, &n);
		struct xl_json j;
		struct xl_diags d;
		struct xl_tree *t;

		xl_json_init(&j, f);
		xl_json_strn(&j, NULL, row[i].in, row[i].n);
		fclose(f);
		is_str(text, row[i].want, "%s", row[i].what);
		xl_diags_init(&d);
		t = xl_tree_read_text(text, n, "t.json", &d);
		ok(t != NULL, "%s: reads back", row[i].what);
		if (t && !strstr(text, "\xef\xbf\xbd"))
			is_mem((const uint8_t *)xl_tree_root(t)->text, xl_tree_root(t)->len,
			       (const uint8_t *)row[i].in, row[i].n, "%s: the same", row[i].what);
		xl_tree_free(t);
		free(text);
	}
}

int main(void)
{
	test_layout();
	test_text();
	return done();
}
