/* json.h - writing JSON: one value after another to a stdio stream, commas and escapes done.
 *
 * Strings may hold any octets; what is not valid UTF-8 is written as U+FFFD; controls and what some readers
 * take for the end of a line as \uXXXX. JSON is read with yaml.h.
 */
#ifndef XL_IO_JSON_H
#define XL_IO_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct xl_json {
	FILE *to;
	uint8_t depth;
	bool need_comma[32];
};

void xl_json_init(struct xl_json *j, FILE *to);

/* `key` is NULL inside an array and at the top. */
void xl_json_obj(struct xl_json *j, const char *key);
void xl_json_obj_end(struct xl_json *j);
void xl_json_arr(struct xl_json *j, const char *key);
void xl_json_arr_end(struct xl_json *j);
void xl_json_str(struct xl_json *j, const char *key, const char *text);
void xl_json_strn(struct xl_json *j, const char *key, const char *text, size_t n);
void xl_json_int(struct xl_json *j, const char *key, int64_t v);
void xl_json_bool(struct xl_json *j, const char *key, bool v);
void xl_json_hex(struct xl_json *j, const char *key, const uint8_t *p,
		 size_t n); /* a string of hex digits */
void xl_json_raw(struct xl_json *j, const char *key, const char *json); /* already JSON */

#endif
