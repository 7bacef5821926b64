/* json.c - see json.h. */
#include "ref/io/json.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "ref/io/utf8.h"

void xl_json_init(struct xl_json *j, FILE *to)
{
	memset(j, 0, sizeof(*j));
	j->to = to;
}

/* What some readers take for the end of a line, or drop: controls, U+2028, U+2029, U+FFFE, U+FFFF. */
static bool is_escaped(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x2028 || code == 0x2029 ||
	       code == 0xfffe || code == 0xffff;
}

static void write_text(FILE *to, const char *text, size_t n)
{
	const uint8_t *p = (const uint8_t *)text;

	fputc('"', to);
	while (n > 0) {
		size_t len = xl_utf8_len(p, n);

		if (len == 0) {
			fputs("\xef\xbf\xbd", to); /* U+FFFD */
			len = 1;
		} else if (*p == '"' || *p == '\\') {
			fputc('\\', to);
			fputc(*p, to);
		} else if (is_escaped(xl_utf8_code(p, len))) {
			fprintf(to, "\\u%04x", (unsigned)xl_utf8_code(p, len));
		} else {
			fwrite(p, 1, len, to);
		}
		p += len;
		n -= len;
	}
	fputc('"', to);
}

/* Comma and key of the value that follows. */
static void begin(struct xl_json *j, const char *key)
{
	if (j->need_comma[j->depth])
		fputc(',', j->to);
	j->need_comma[j->depth] = true;
	if (key) {
		write_text(j->to, key, strlen(key));
		fputc(':', j->to);
	}
}

static void open_level(struct xl_json *j, const char *key, char bracket)
{
	begin(j, key);
	fputc(bracket, j->to);
	assert((size_t)j->depth + 1 < sizeof(j->need_comma));
	j->need_comma[++j->depth] = false;
}

static void close_level(struct xl_json *j, char bracket)
{
	assert(j->depth > 0);
	j->depth--;
	fputc(bracket, j->to);
}

void xl_json_obj(struct xl_json *j, const char *key)
{
	open_level(j, key, '{');
}

void xl_json_obj_end(struct xl_json *j)
{
	close_level(j, '}');
}

void xl_json_arr(struct xl_json *j, const char *key)
{
	open_level(j, key, '[');
}

void xl_json_arr_end(struct xl_json *j)
{
	close_level(j, ']');
}

void xl_json_str(struct xl_json *j, const char *key, const char *text)
{
	xl_json_strn(j, key, text, strlen(text));
}

void xl_json_strn(struct xl_json *j, const char *key, const char *text, size_t n)
{
	begin(j, key);
	write_text(j->to, text, n);
}

void xl_json_int(struct xl_json *j, const char *key, int64_t v)
{
	begin(j, key);
	fprintf(j->to, "%" PRId64, v);
}

void xl_json_bool(struct xl_json *j, const char *key, bool v)
{
	begin(j, key);
	fputs(v ? "true" : "false", j->to);
}

void xl_json_hex(struct xl_json *j, const char *key, const uint8_t *p, size_t n)
{
	begin(j, key);
	fputc('"', j->to);
	for (size_t i = 0; i < n; i++)
		fprintf(j->to, "%02x", p[i]);
	fputc('"', j->to);
}

void xl_json_raw(struct xl_json *j, const char *key, const char *json)
{
	begin(j, key);
	fputs(json, j->to);
}
