/* plain.c - see plain.h. */
#include "conformance/plain.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "ref/io/utf8.h"

static const struct range {
	uint32_t first, last;
	bool is_space;
} not_plain[] = {
	{ 0x09, 0x0d, true }, /* tab, line feed, vertical tab, form feed, carriage return */
	{ 0x00, 0x1f, false },     { 0x85, 0x85, true }, /* next line */
	{ 0x7f, 0x9f, false },     { 0x200e, 0x200f, false }, /* direction marks */
	{ 0x2028, 0x2029, true }, /* line and paragraph separator */
	{ 0x202a, 0x202e, false }, /* direction embeddings and overrides */
	{ 0x2066, 0x2069, false }, /* direction isolates */
	{ 0xfdd0, 0xfdef, false }, /* noncharacters */
	{ 0xfeff, 0xfeff, false }, /* byte order mark */
};

static const char *instead_of(uint32_t code)
{
	static const char unknown[] = "\xef\xbf\xbd"; /* U+FFFD */

	for (size_t i = 0; i < sizeof not_plain / sizeof not_plain[0]; i++)
		if (code >= not_plain[i].first && code <= not_plain[i].last)
			return not_plain[i].is_space ? " " : unknown;
	return (code & 0xfffe) == 0xfffe ? unknown : NULL;
}

size_t xl_plain_next(const char *text, char out[static XL_PLAIN_MAX])
{
	const uint8_t *p = (const uint8_t *)text;
	size_t len = xl_utf8_len(p, strnlen(text, 4));
	const char *other = len ? instead_of(xl_utf8_code(p, len)) : "\xef\xbf\xbd";

	if (!*text)
		return 0;
	if (other) {
		strcpy(out, other);
		return len ? len : 1;
	}
	memcpy(out, text, len);
	out[len] = '\0';
	return len;
}

void xl_plain_put(FILE *to, const char *text)
{
	char one[XL_PLAIN_MAX];

	for (size_t n; (n = xl_plain_next(text, one)) > 0; text += n)
		fputs(one, to);
}
