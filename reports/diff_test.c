/* diff_test.c - two runs, each way a case can go. */
#include "reports/diff.h"

#include <stdlib.h>
#include <unistd.h>

#include "ref/base/tap.h"

#define RUN "{\"type\":\"run\",\"schema_version\":1,\"iut\":\"x\"}\n"
#define END "{\"type\":\"end\",\"interrupted\":false}\n"
#define FIELD(name) "{\"name\":\"" name "\"}"
#define CASE(id, verdict, message, fields) \
	"{\"type\":\"case\",\"id\":\"" id "\",\"verdict\":\"" verdict \
	"\",\"expected\":\"yes\",\"message\":\"" message "\",\"fields\":[" fields "]}\n"
#define A(verdict) CASE("a", verdict, "", "")
#define FAIL(fields) CASE("a", "fail", "", fields)
#define ERROR(message) CASE("a", "error", message, "")

static const struct {
	const char *was, *is;
	const char *want; /* the title above the case; "": nothing is said */
	bool is_worse;
} rows[] = {
	{ A("pass") END, A("pass") END, "", false },
	{ A("pass") END, A("info") END, "", false },
	{ A("weak") END, A("weak") END, "", false },
	{ A("skip") END, A("unsupported") END, "", false },
	{ END, END, "", false },
	{ A("pass") END, A("fail") END, "newly failing", true },
	{ A("pass") END, A("error") END, "newly failing", true },
	{ A("weak") END, A("fail") END, "newly failing", true },
	{ A("skip") END, A("fail") END, "newly failing", true },
	{ A("unsupported") END, A("error") END, "newly failing", true },
	{ A("pass") END, A("weak") END, "weaker", true },
	{ A("info") END, A("weak") END, "weaker", true },
	{ A("weak") END, A("pass") END, "fixed", false },
	{ A("fail") END, A("pass") END, "fixed", false },
	{ A("error") END, A("weak") END, "fixed", false },
	{ A("pass") END, A("unsupported") END, "no longer judged", true },
	{ A("weak") END, A("skip") END, "no longer judged", true },
	{ A("fail") END, A("unsupported") END, "failed, and is no longer judged", false },
	{ A("skip") END, A("pass") END, "newly judged", false },
	{ END, A("pass") END, "new", false },
	{ END, A("fail") END, "new", false },
	{ A("pass") END, END, "vanished", false },
	{ A("pass") END, "", "vanished", true }, /* cut off: nobody knows how it would have ended */
	{ A("pass"), A("pass") END, "", false },
	{ FAIL(FIELD("f")) END, FAIL(FIELD("f")) END, "", false },
	{ FAIL(FIELD("f") "," FIELD("g")) END, FAIL(FIELD("g") "," FIELD("f")) END, "", false },
	{ FAIL(FIELD("f")) END, FAIL(FIELD("g")) END, "failing in another way", true },
	{ FAIL(FIELD("f")) END, FAIL(FIELD("f") "," FIELD("g")) END, "failing in another way",
	  true },
	{ FAIL(FIELD("f") "," FIELD("g")) END, FAIL(FIELD("f")) END, "failing in another way",
	  false },
	{ FAIL(FIELD("f")) END, ERROR("signal 11") END, "failing in another way", true },
	{ ERROR("signal 11") END, FAIL(FIELD("f")) END, "failing in another way", false },
	{ ERROR("after 1.25 s") END, ERROR("after 10.2 s") END, "", false },
	{ ERROR("it hung") END, ERROR("it ended") END, "failing in another way", false },
};

static bool load(struct xl_result_set *s, const char *path, const char *lines)
{
	static struct xl_diags d;
	FILE *to = fopen(path, "we");
	bool good = to && fprintf(to, "%s%s", RUN, lines) > 0;

	xl_diags_init(&d);
	if (to)
		good &= fclose(to) == 0;
	good = good && xl_results_read(s, path, &d) == 0;
	xl_diags_print(&d, stdout);
	return good;
}

static void check(size_t i, const char *path)
{
	struct xl_result_set was, is;
	char *got = NULL, title[64];
	size_t n = 0;
	FILE *to = open_memstream(&got, &n);
	bool is_worse;

	if (!ok(load(&was, path, rows[i].was) && load(&is, path, rows[i].is), "row %zu: read", i))
		return;
	is_worse = xl_diff_put(to, &was, &is);
	fclose(to);
	is_int(is_worse, rows[i].is_worse, "row %zu: worse", i);
	snprintf(title, sizeof title, "%s:\n  a: ", rows[i].want);
	if (!ok(*rows[i].want ? strncmp(got, title, strlen(title)) == 0 : !strchr(got, '\n')[1],
		"row %zu: %s", i, *rows[i].want ? rows[i].want : "nothing to tell"))
		printf("# got %s\n", got);
	free(got);
	xl_result_set_free(&was);
	xl_result_set_free(&is);
}

/* Several at once, kind by kind; text of foreign origin stays in its line. */
static void test_whole(const char *path)
{
	struct xl_result_set was, is;
	char *got = NULL;
	size_t n = 0;
	FILE *to = open_memstream(&got, &n);

	ok(load(&was, path,
		CASE("a", "pass", "", "") CASE("b", "fail", "m", FIELD("f"))
			CASE("c", "pass", "", "") CASE("d", "fail", "", FIELD("f"))
				CASE("f", "pass", "", "") END) &&
		   load(&is, path,
			CASE("e", "pass", "", "") CASE("d", "fail", "x\\ny\\u001b", FIELD("g"))
				CASE("c", "pass", "", "") CASE("b", "pass", "", "")
					CASE("a", "error", "signal 11", "") END),
	   "two runs");
	ok(xl_diff_put(to, &was, &is), "are worse");
	fclose(to);
	is_str(got,
	       "newly failing:\n  a: pass -> error: signal 11\n"
	       "failing in another way:\n  d: fail -> fail, now also g: x y\xef\xbf\xbd\n"
	       "fixed:\n  b: fail -> pass\n"
	       "new:\n  e: pass\n"
	       "vanished:\n  f: pass\n"
	       "6 cases: 1 as before, 1 newly failing, 1 failing in another way, 1 fixed, 1 new, "
	       "1 vanished; 2 worse\n",
	       "kind by kind");
	free(got);
	xl_result_set_free(&was);
	xl_result_set_free(&is);
}

int main(void)
{
	char path[] = "/tmp/diff_test_XXXXXX";
	int fd = mkstemp(path);

	ok(fd >= 0 && close(fd) == 0, "a scratch file");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		check(i, path);
	test_whole(path);
	unlink(path);
	return done();
}
