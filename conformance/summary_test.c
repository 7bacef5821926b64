/* summary_test.c - requirements counted by section and level. */
#include "conformance/summary.h"

#include <stdlib.h>
#include <unistd.h>

#include "ref/base/tap.h"

#define RUN "{\"type\":\"run\",\"schema_version\":1,\"iut\":\"x\"}\n"
#define ROW(id, level, rfc, section) \
	"{\"id\":\"" id "\",\"level\":\"" level "\",\"rfc\":" #rfc ",\"section\":\"" section "\"}"
#define CASE(id, verdict, rows) \
	"{\"type\":\"case\",\"id\":\"" id "\",\"verdict\":\"" verdict \
	"\",\"expected\":\"yes\",\"message\":\"lacks " verdict "\",\"requirements\":[" rows "]}\n"

static const struct {
	const char *what, *file, *want;
} rows[] = {
	{ "one that passes", CASE("a", "pass", ROW("r", "must", 7915, "5.2")),
	  "RFC 7915: 1 of 1 MUST\n" },
	{ "a case of two requirements",
	  CASE("a", "pass", ROW("r", "must", 7915, "5.2") "," ROW("s", "should", 7915, "5.2")),
	  "RFC 7915: 1 of 1 MUST, 1 of 1 SHOULD\n" },
	{ "two cases of one requirement, one fails",
	  CASE("a", "pass", ROW("r", "must", 7915, "5.2"))
		  CASE("b", "fail", ROW("r", "must", 7915, "5.2")),
	  "RFC 7915: 0 of 1 MUST\n  RFC 7915 5.2: 0 of 1 MUST\n" },
	{ "an error", CASE("a", "error", ROW("r", "may", 6052, "2.2")),
	  "RFC 6052: 0 of 1 MAY\n  RFC 6052 2.2: 0 of 1 MAY\n" },
	{ "weak misses the SHOULD and not the MUST",
	  CASE("a", "weak", ROW("r", "must", 7915, "5.2") "," ROW("s", "should", 7915, "5.2")),
	  "RFC 7915: 1 of 1 MUST, 0 of 1 SHOULD\n  RFC 7915 5.2: 1 of 1 MUST, 0 of 1 SHOULD\n" },
	{ "info misses nothing", CASE("a", "info", ROW("r", "should", 7915, "5.2")),
	  "RFC 7915: 1 of 1 SHOULD\n" },
	{ "unsupported is neither met nor missed",
	  CASE("a", "unsupported", ROW("r", "must", 7757, "4.2")),
	  "RFC 7757: nothing judged; unsupported: 1 MUST\n"
	  "unsupported: 1 case: lacks unsupported\n" },
	{ "unsupported in part is judged by the rest",
	  CASE("a", "unsupported", ROW("r", "must", 7757, "4.2"))
		  CASE("b", "pass", ROW("r", "must", 7757, "4.2"))
			  CASE("c", "unsupported", ROW("s", "plain", 7757, "4.2")),
	  "RFC 7757: 1 of 1 MUST; unsupported: 1 plain\n"
	  "unsupported: 2 cases: lacks unsupported\n" },
	{ "a section says why something is unsupported",
	  CASE("a", "unsupported", ROW("r", "must", 7757, "4.2"))
		  CASE("b", "fail", ROW("s", "must", 7757, "4.2")),
	  "RFC 7757: 0 of 1 MUST; unsupported: 1 MUST\n"
	  "  RFC 7757 4.2: 0 of 1 MUST; unsupported: 1 MUST (lacks unsupported)\n"
	  "unsupported: 1 case: lacks unsupported\n" },
	{ "what is not claimed is no line", CASE("a", "skip", ROW("r", "must", 7757, "4.2")),
	  "skip: 1 case: lacks skip\n" },
	{ "sections as they are numbered",
	  CASE("a", "fail",
	       ROW("a", "must", 7915, "4.10") "," ROW("b", "must", 7915, "4.9") "," ROW(
		       "c", "must", 7915, "10") "," ROW("d", "must", 6052, "9") "," ROW("e", "must",
											7915, "4")),
	  "RFC 6052: 0 of 1 MUST\n  RFC 6052 9: 0 of 1 MUST\n"
	  "RFC 7915: 0 of 4 MUST\n  RFC 7915 4: 0 of 1 MUST\n  RFC 7915 4.9: 0 of 1 MUST\n"
	  "  RFC 7915 4.10: 0 of 1 MUST\n  RFC 7915 10: 0 of 1 MUST\n" },
	{ "rows that are none",
	  CASE("a", "fail",
	       "{\"id\":\"r\"}," ROW("s", "perhaps", 7915, "1") "," ROW("t", "must", -1, "1") ",5"),
	  "" },
	{ "nothing", "", "" },
};

static void check(size_t i, const char *path)
{
	static struct xl_diags d;
	struct xl_result_set s;
	struct xl_summary m;
	char *got = NULL;
	size_t n = 0;
	FILE *to = fopen(path, "we");

	xl_diags_init(&d);
	if (!ok(to && fprintf(to, "%s%s", RUN, rows[i].file) > 0 && fclose(to) == 0, "file") ||
	    !ok(xl_results_read(&s, path, &d) == 0, "%s: read", rows[i].what)) {
		xl_diags_print(&d, stdout);
		return;
	}
	is_int(xl_summary_make(&m, &s, &d), 0, "%s: made", rows[i].what);
	to = open_memstream(&got, &n);
	xl_summary_put(to, &m);
	fclose(to);
	is_str(got, rows[i].want, "%s", rows[i].what);
	free(got);
	xl_summary_free(&m);
	xl_result_set_free(&s);
}

int main(void)
{
	char path[] = "/tmp/summary_test_XXXXXX";
	int fd = mkstemp(path);

	ok(fd >= 0 && close(fd) == 0, "a scratch file");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		check(i, path);
	unlink(path);
	return done();
}
