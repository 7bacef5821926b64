/* tap.h - what a unit test needs: numbered checks in TAP, a plan at the end, an exit status.
 *
 * A program that ran no check fails. Use:
 *	int main(void) { ...; ok(got == want, "what"); is_int(got, want, "row %s", row->what); return done(); }
 */
#ifndef XL_BASE_TAP_H
#define XL_BASE_TAP_H

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int tap_run, tap_bad;

__attribute__((format(printf, 2, 3), unused)) static bool ok(bool good, const char *fmt, ...)
{
	va_list ap;

	tap_run++;
	tap_bad += !good;
	printf("%sok %d - ", good ? "" : "not ", tap_run);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
	return good;
}

/* A check that cannot be made here: counted, and said with the reason. */
__attribute__((unused)) static void skip(const char *what, const char *why)
{
	printf("ok %d - %s # SKIP %s\n", ++tap_run, what, why);
}

#define is_int(got, want, ...) \
	do { \
		intmax_t tap_got = (intmax_t)(got), tap_want = (intmax_t)(want); \
		if (!ok(tap_got == tap_want, __VA_ARGS__)) \
			printf("#   got %" PRIdMAX " (0x%" PRIxMAX "), want %" PRIdMAX \
			       " (0x%" PRIxMAX ")  %s:%d\n", \
			       tap_got, (uintmax_t)tap_got, tap_want, (uintmax_t)tap_want, \
			       __FILE__, __LINE__); \
	} while (0)

#define is_str(got, want, ...) \
	do { \
		const char *tap_got = (got), *tap_want = (want); \
		if (!ok(tap_got && strcmp(tap_got, tap_want) == 0, __VA_ARGS__)) \
			printf("#   got  '%s'\n#   want '%s'  %s:%d\n", \
			       tap_got ? tap_got : "(null)", tap_want, __FILE__, __LINE__); \
	} while (0)

__attribute__((unused)) static void tap_hex(const char *what, const uint8_t *p, size_t n)
{
	printf("#   %s", what);
	for (size_t i = 0; i < n; i++)
		printf("%s%02x", i % 16 ? " " : "\n#     ", p[i]);
	putchar('\n');
}

#define is_mem(got, got_n, want, want_n, ...) \
	do { \
		size_t tap_gn = (got_n), tap_wn = (want_n); \
		if (!ok(tap_gn == tap_wn && memcmp((got), (want), tap_wn) == 0, __VA_ARGS__)) { \
			tap_hex("got", (got), tap_gn); \
			tap_hex("want", (want), tap_wn); \
			printf("#   %s:%d\n", __FILE__, __LINE__); \
		} \
	} while (0)

__attribute__((unused)) static int done(void)
{
	printf("1..%d\n", tap_run);
	if (tap_bad)
		fprintf(stderr, "# %d of %d checks failed\n", tap_bad, tap_run);
	return tap_bad || tap_run == 0;
}

#endif
