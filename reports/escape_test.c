/* escape_test.c - text that wants to be markup. */
#include "reports/escape.h"

#include <stdlib.h>

#include "ref/base/tap.h"

#define FFFD "\xef\xbf\xbd"

typedef void escape_fn(FILE *to, const char *text);

static const struct {
	escape_fn *escape;
	const char *text, *want;
} rows[] = {
	{ xl_escape_xml, "", "" },
	{ xl_escape_xml, "a-b \xc3\xa9", "a-b \xc3\xa9" },
	{ xl_escape_xml, "]]>", "]]&gt;" },
	{ xl_escape_xml, "<script>", "&lt;script&gt;" },
	{ xl_escape_xml, "\"'&amp;", "&quot;&#39;&amp;amp;" },
	{ xl_escape_xml, "a\nb\tc\r", "a b c " },
	{ xl_escape_xml, "\x01\x08\x0e\x1f\x7f", FFFD FFFD FFFD FFFD FFFD },
	{ xl_escape_xml, "\xff\xc3(\xef\xbf\xbe\xef\xbf\xbf", FFFD FFFD "(" FFFD FFFD },
	{ xl_escape_xml_lines, "a\n<b>\n\x02", "a\n&lt;b&gt;\n" FFFD },
	{ xl_escape_markdown, "rfc7915/4.1/ttl-1", "rfc7915/4.1/ttl-1" },
	{ xl_escape_markdown, "expected 63, got 64", "expected 63, got 64" },
	{ xl_escape_markdown, "a|b", "a\\|b" },
	{ xl_escape_markdown, "`x` *y* _z_ ~s~", "\\`x\\` \\*y\\* \\_z\\_ \\~s\\~" },
	{ xl_escape_markdown, "<script>", "&lt;script&gt;" },
	{ xl_escape_markdown, "&lt;", "&amp;lt;" },
	{ xl_escape_markdown, "[a](javascript:b)", "\\[a\\]\\(javascript:b\\)" },
	{ xl_escape_markdown, "![i](x)", "\\!\\[i\\]\\(x\\)" },
	{ xl_escape_markdown, "https://x.example", "https\\://x.example" },
	{ xl_escape_markdown, "# h\n\n- l\n> q", "\\# h  - l &gt; q" },
	{ xl_escape_markdown, "a\\|b\\", "a\\\\\\|b\\\\" },
	{ xl_escape_markdown, "\x1b[2J\x00", FFFD "\\[2J" },
	{ xl_escape_markdown_link, "https://example.org/a?b=1&c#d",
	  "<https://example.org/a?b=1&c#d>" },
	{ xl_escape_markdown_link, "http://example.org", "<http://example.org>" },
	{ xl_escape_markdown_link, "javascript:a", "javascript:a" },
	{ xl_escape_markdown_link, "https://a><script>", "https\\://a&gt;&lt;script&gt;" },
	{ xl_escape_markdown_link, "https://a b", "https\\://a b" },
	{ xl_escape_markdown_link, "https://a\n|b", "https\\://a \\|b" },
	{ xl_escape_markdown_link, "", "" },
};

static const struct {
	const char *name, *want;
} names[] = {
	{ "tayga", "tayga" },
	{ "ref-tun_2.0", "ref-tun_2.0" },
	{ "", "-" },
	{ "..", "-." },
	{ "../../etc/passwd", "-.-..-etc-passwd" },
	{ "a/b\nc", "a-b-c" },
	{ "\xc3\xa9", "--" },
	{ ".hidden", "-hidden" },
	{ "0123456789012345678901234567890123456789012345678901234567890123456789",
	  "012345678901234567890123456789012345678901234567890123456789012" },
};

int main(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char *got = NULL;
		size_t n = 0;
		FILE *to = open_memstream(&got, &n);

		rows[i].escape(to, rows[i].text);
		fclose(to);
		is_str(got, rows[i].want, "row %zu", i);
		free(got);
	}
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		char buf[64];

		is_str(xl_escape_file_name(names[i].name, buf), names[i].want, "file name %zu", i);
	}
	return done();
}
