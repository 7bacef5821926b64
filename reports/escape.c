/* escape.c - see escape.h. */
#include "reports/escape.h"

#include <stdbool.h>
#include <string.h>

#include "conformance/plain.h"

struct entity {
	char c;
	const char *text;
};

static const struct entity entities[] = {
	{ '&', "&amp;" }, { '<', "&lt;" }, { '>', "&gt;" }, { '"', "&quot;" }, { '\'', "&#39;" },
};

static const char *entity_of(char c, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (entities[i].c == c)
			return entities[i].text;
	return NULL;
}

static void put_xml(FILE *to, const char *text, char kept)
{
	char one[XL_PLAIN_MAX];

	for (size_t n; (n = xl_plain_next(text, one)) > 0; text += n) {
		const char *e = entity_of(*one, sizeof entities / sizeof entities[0]);

		if (kept && *text == kept)
			fputc(kept, to);
		else
			fputs(e ? e : one, to);
	}
}

void xl_escape_xml(FILE *to, const char *text)
{
	put_xml(to, text, 0);
}

void xl_escape_xml_lines(FILE *to, const char *text)
{
	put_xml(to, text, '\n');
}

/* Angle brackets and ampersands as entities, other punctuation that can mean something behind a
 * backslash (CommonMark 2.4). A colon too, or a bare address would become a link. */
void xl_escape_markdown(FILE *to, const char *text)
{
	char one[XL_PLAIN_MAX];

	for (size_t n; (n = xl_plain_next(text, one)) > 0; text += n) {
		const char *e = entity_of(*one, 3);

		if (e) {
			fputs(e, to);
			continue;
		}
		if (strchr("\\`*_{}[]()#!|~$^@", *one) || (*one == ':' && text[n] == '/'))
			fputc('\\', to);
		fputs(one, to);
	}
}

void xl_escape_markdown_link(FILE *to, const char *text)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
		"-._~:/?#@!$&'*+,;=%";
	bool is_web = strncmp(text, "https://", 8) == 0 || strncmp(text, "http://", 7) == 0;

	if (is_web && strspn(text, allowed) == strlen(text))
		fprintf(to, "<%s>", text);
	else
		xl_escape_markdown(to, text);
}

char *xl_escape_file_name(const char *name, char buf[static 64])
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-_.";
	size_t n = 0;

	for (; name[n] && n < 63; n++)
		buf[n] = strchr(allowed, name[n]) && !(n == 0 && name[n] == '.') ? name[n] : '-';
	if (n == 0)
		buf[n++] = '-';
	buf[n] = '\0';
	return buf;
}
