/* adapter_check.c - see adapter_check.h. */
#include "conformance/adapter_check.h"

#include <fnmatch.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conformance/adapter.h"
#include "conformance/adapter_left.h"
#include "conformance/attach/attach.h"
#include "conformance/plain.h"
#include "conformance/results.h"
#include "conformance/run.h"
#include "ref/io/opts.h"
#include "ref/io/out.h"
#include "ref/io/wait.h"

struct check {
	const struct xl_adapter_check *of;
	struct xl_adapter adapter;
	struct xl_golden *golden;
	struct xl_left left;
	struct xl_diags d;
	char scratch[PATH_MAX], tmp[PATH_MAX];
	unsigned n, faults;
	bool cannot_go_on; /* for a reason that is none of the adapter's */
};

/* ---- telling ---- */

/* A point; `fix` (printf) is told when it is not good. Returns good. */
__attribute__((format(printf, 4, 5))) static bool point(struct check *c, bool good,
							const char *what, const char *fix, ...)
{
	char text[2 * XL_DIAG_TEXT_MAX];
	va_list args;

	fprintf(c->of->to, "%sok %u - %s\n", good ? "" : "not ", ++c->n, what);
	fflush(c->of->to); /* what the implementation says goes to standard error, in between */
	if (good)
		return true;
	c->faults++;
	va_start(args, fix);
	vsnprintf(text, sizeof text, fix, args);
	va_end(args);
	fputs("#   ", c->of->to);
	xl_plain_put(c->of->to, text);
	fputc('\n', c->of->to);
	xl_diags_init(&c->d);
	return false;
}

/* Good when nothing was reported since; each message is told, and forgotten. */
static bool point_of_diags(struct check *c, const char *what, const char *fix)
{
	bool good = c->d.n == 0;

	fprintf(c->of->to, "%sok %u - %s\n", good ? "" : "not ", ++c->n, what);
	for (size_t i = 0; i < c->d.n; i++) {
		const struct xl_diag *one = &c->d.at[i];

		fputs("#   ", c->of->to);
		if (one->file[0])
			fprintf(c->of->to, "%s:%u:%u: ", one->file, one->loc.line, one->loc.col);
		xl_plain_put(c->of->to, one->text);
		fputc('\n', c->of->to);
	}
	if (!good)
		fprintf(c->of->to, "#   fix: %s\n", fix);
	c->faults += !good;
	fflush(c->of->to);
	xl_diags_init(&c->d);
	return good;
}

static const char *reason(const struct check *c, const char *otherwise)
{
	return c->d.n ? c->d.at[0].text : otherwise;
}

/* ---- what it says ---- */

/* `lacks` says since when and where it is written: a version has a digit. */
static void check_lacks(struct check *c)
{
	for (size_t i = 0; i < c->adapter.n_lacks; i++) {
		const struct xl_lack *l = &c->adapter.lacks[i];

		if (strcspn(l->why, "0123456789") == strlen(l->why))
			(void)xl_diag(&c->d, XL_ERR_SYNTAX, XL_NOWHERE, "lacks %s: \"%s\"",
				      l->feature, l->why);
	}
	point_of_diags(c, "what it lacks is said of a version",
		       "say in `why` of which version it is true and where that is written: "
		       "\"1.4: manual page, section LIMITS\"");
}

static bool matches_any(const struct check *c, const char *glob)
{
	for (size_t i = 0; i < c->golden->n_cases; i++)
		if (fnmatch(glob, c->golden->cases[i].id, 0) == 0)
			return true;
	return false;
}

static void check_expected(struct check *c)
{
	const struct xl_expected *e = &c->adapter.expected;

	for (size_t i = 0; i < e->n; i++)
		if (!matches_any(c, e->at[i].glob))
			(void)xl_diag(&c->d, XL_ERR_SYNTAX, e->at[i].loc, "no case is called %s",
				      e->at[i].glob);
	point_of_diags(c, "expected.yaml names cases that exist",
		       "take the names from `xlatlab conform --list`, or remove the row");
}

static bool open_adapter(struct check *c)
{
	char path[PATH_MAX];
	int r = xl_adapter_open(&c->adapter, c->of->iut, c->of->data, &c->d);

	if (r == XL_ERR_IO) {
		xl_diags_print(&c->d, stderr);
		c->cannot_go_on = true;
		return false;
	}
	if (!point_of_diags(c, "adapter.yaml can be read, and so can expected.yaml",
			    "docs/adapters.md, \"adapter.yaml\", has every key"))
		return false;
	snprintf(path, sizeof path, "%.*s/run", PATH_MAX - 8, c->adapter.folder);
	point(c, c->adapter.has_run || access(path, F_OK) < 0, "`run` can be run",
	      "fix: chmod +x %s", path);
	return true;
}

/* ---- verbs ---- */

static bool check_random(struct check *c)
{
	char name[48], out[64];
	int r;

	snprintf(name, sizeof name, "no-such-verb-%08llx",
		 (unsigned long long)xl_clock_ns() & 0xffffffff);
	r = xl_adapter_verb(&c->adapter, name, c->of->timeout_scale, out, sizeof out, &c->d);
	return point(c, r == XL_ADAPTER_UNKNOWN_VERB, "a verb that does not exist exits with 64",
		     "`run %s`: %s %d; fix: end its case with `*) exit 64 ;;`", name,
		     reason(c, "it exits with"), r);
}

/* False: there is nothing to try. */
static bool check_probe(struct check *c)
{
	char out[4 * XL_VERSION_MAX];
	size_t line, n = strlen(c->adapter.name);
	int r = xl_adapter_verb(&c->adapter, "probe", c->of->timeout_scale, out, sizeof out, &c->d);

	if (r == XL_ADAPTER_NOT_INSTALLED) {
		c->cannot_go_on = true;
		return point(
			c, false, "probe: it is installed",
			"`run probe` exits with 3: it is not installed; nothing more was tried");
	}
	if (!point(c, r == 0, "probe exits with 0", "%s %d; fix: 0 and the version, or 3",
		   reason(c, "it exits with"), r))
		return false;
	line = strcspn(out, "\n");
	point(c, line > 0 && line < XL_VERSION_MAX && out[line + (out[line] != '\0')] == '\0',
	      "probe prints one line", "it prints \"%.80s\"; fix: the version, in one line", out);
	point(c, strncmp(out, c->adapter.name, n) != 0 || out[n] != ' ',
	      "which is the version alone", "it prints \"%.80s\"; fix: leave the name out", out);
	snprintf(c->adapter.version, sizeof c->adapter.version, "%.*s", (int)line, out);
	return true;
}

static bool check_verb(struct check *c, const char *name)
{
	char out[64], what[64];
	int r = xl_adapter_verb(&c->adapter, name, c->of->timeout_scale, out, sizeof out, &c->d);

	snprintf(what, sizeof what, "%s exits with 0", name);
	return point(c, r == 0, what,
		     "%s %d; fix: what fails, or `%s) ;;` when there is nothing to do",
		     reason(c, "it exits with"), r, name);
}

/* ---- instances ---- */

/* The first case that would be judged. False: there is none. */
static bool choose(const struct check *c, uint32_t *number)
{
	char why[XL_MESSAGE_MAX];

	for (size_t i = 0; i < c->golden->n_cases; i++)
		if (xl_adapter_admits(&c->adapter, c->golden, &c->golden->cases[i], false, why,
				      sizeof why) == XL_PASS) {
			*number = (uint32_t)i;
			return true;
		}
	return false;
}

/* Plays the case to some instances, one behind the other. The worst verdict, and what was said of it. */
static enum xl_judged play(struct check *c, const struct xl_golden *g, uint32_t number,
			   unsigned instances, char message[static XL_MESSAGE_MAX])
{
	struct xl_run_plan plan = { .adapter = &c->adapter,
				    .golden = g,
				    .number = &number,
				    .n = 1,
				    .jobs = 1,
				    .in_flight = 1,
				    .repeat = instances,
				    .timeout_scale = c->of->timeout_scale,
				    .repro = "xlatlab adapter check",
				    .scratch = c->scratch };
	static struct xl_run_outcome outcome;
	static struct xl_results results;
	struct xl_result_set set = { .n = 0 };
	enum xl_judged verdict = XL_ERROR;
	char path[PATH_MAX];

	snprintf(path, sizeof path, "%.*s/results.jsonl", PATH_MAX - 20, c->scratch);
	snprintf(message, XL_MESSAGE_MAX, "nothing was judged");
	if (xl_results_open(&results, path, &c->d) == 0 &&
	    xl_run_cases(&plan, &results, &outcome, &c->d) == 0 &&
	    xl_results_close(&results, &c->d) == 0 && xl_results_read(&set, path, &c->d) == 0) {
		if (set.n) {
			verdict = set.at[0].verdict;
			snprintf(message, XL_MESSAGE_MAX, "%s", set.at[0].message);
		}
		for (size_t i = 0; i < set.n_notes; i++) {
			verdict = XL_ERROR;
			snprintf(message, XL_MESSAGE_MAX, "%s", set.note[i]);
		}
		xl_result_set_free(&set);
	}
	c->cannot_go_on |= outcome.was_interrupted;
	return verdict;
}

/* Whether the message says that nobody may make namespaces here: no fault of the adapter. */
static bool is_refused_here(const char *message)
{
	return strstr(message, "a live run needs") != NULL;
}

static void check_instances(struct check *c, uint32_t number)
{
	char message[XL_MESSAGE_MAX], what[2 * XL_MESSAGE_MAX];
	const struct xl_case *k = &c->golden->cases[number];
	enum xl_judged v = play(c, c->golden, number, 2, message);

	c->cannot_go_on |= is_refused_here(message);
	snprintf(what, sizeof what,
		 "it starts, gets packets across both ways, and stops, twice (%s: %s)", k->id,
		 xl_judged_text(v));
	point(c, v != XL_ERROR, what, "%s; fix: `xlatlab conform --iut %s --explain %s` shows more",
	      message, c->of->iut, k->id);
}

/* Nobody can make anything of a configuration that is an empty list. */
static void check_impossible(struct check *c, uint32_t number)
{
	const struct xl_case *k = &c->golden->cases[number];
	struct xl_golden g = *c->golden;
	struct xl_golden_config *config = calloc(g.n_configs, sizeof *config);
	char message[XL_MESSAGE_MAX];
	enum xl_judged v;

	if (!config)
		return;
	memcpy(config, g.config, g.n_configs * sizeof *config);
	config[k->config].json = "[]";
	config[k->config].features.n = 0;
	g.config = config;
	v = play(c, &g, number, 1, message);
	point(c, v == XL_ERROR, "it does not start with a configuration that is none (`[]`)",
	      "it translates all the same; fix: let it read CONFIG, docs/configuration.md, and end "
	      "when something in it is not understood");
	point(c,
	      v != XL_ERROR || (!strstr(message, "in time") && !strstr(message, "deadline") &&
				!strstr(message, "did not come back")),
	      "but ends", "%s; fix: let it exit with a status other than 0", message);
	free(config);
}

/* ---- the whole ---- */

static void check_left(struct check *c, struct xl_left *l)
{
	(void)xl_left_find(l, &c->d);
	point_of_diags(c, "nothing is left: no process, device, namespace, file",
		       "end it and remove it in `stop` or `teardown`; files belong beside CONFIG");
}

static void check_running(struct check *c)
{
	uint32_t number = 0;
	bool has_case = choose(c, &number), is_set_up = true;

	if (c->adapter.has_run) {
		check_random(c);
		if (!check_probe(c))
			return;
		is_set_up = check_verb(c, "setup");
	}
	point(c, has_case, "there are cases for it",
	      "fix: `claims` and `lacks` leave no case; `xlatlab conform --iut %s` says why",
	      c->of->iut);
	if (has_case && is_set_up)
		check_instances(c, number);
	if (has_case && is_set_up && !c->cannot_go_on)
		check_impossible(c, number);
	if (c->adapter.has_run) {
		check_verb(c, "teardown");
		if (check_verb(c, "setup"))
			check_verb(c, "teardown");
	}
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

static bool make_scratch(struct check *c)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(c->scratch, sizeof c->scratch, "%.*s/xlatlab-check-XXXXXX", PATH_MAX - 40,
		 tmp && *tmp ? tmp : "/tmp");
	if (!mkdtemp(c->scratch)) {
		perror(c->scratch);
		return false;
	}
	snprintf(c->tmp, sizeof c->tmp, "%.*s/tmp", PATH_MAX - 8, c->scratch);
	return xl_out_make_dir(c->tmp, &c->d) == 0;
}

/* Lines of a skeleton that nobody has filled in yet. */
static void tell_open_lines(const struct check *c, const char *name)
{
	char path[PATH_MAX], line[400];
	unsigned n = 0;
	FILE *in;

	snprintf(path, sizeof path, "%.*s/%s", PATH_MAX - 40, c->adapter.folder, name);
	in = fopen(path, "re");
	while (in && fgets(line, sizeof line, in)) {
		n++;
		if (strstr(line, "FILL IN"))
			fprintf(c->of->to, "# %s:%u: still to be filled in\n", name, n);
	}
	if (in)
		fclose(in);
}

static void check_all(struct check *c)
{
	char golden[PATH_MAX + 32];

	if (!open_adapter(c))
		return;
	snprintf(golden, sizeof golden, "%s/vectors/golden", c->of->data);
	c->golden = xl_golden_open(golden, &c->d);
	if (!c->golden || !make_scratch(c)) {
		xl_diags_print(&c->d, stderr);
		c->cannot_go_on = true;
		return;
	}
	check_lacks(c);
	check_expected(c);
	xl_left_begin(&c->left, c->adapter.folder, c->tmp);
	check_running(c);
	check_left(c, &c->left);
	xl_left_end(&c->left);
}

int xl_adapter_check(const struct xl_adapter_check *of)
{
	static struct check c;

	memset(&c, 0, sizeof c);
	c.of = of;
	xl_diags_init(&c.d);
	check_all(&c);
	if (c.n == 0)
		return c.golden ? XL_EXIT_FAILED : XL_EXIT_USAGE;
	fprintf(of->to, "1..%u\n", c.n);
	tell_open_lines(&c, "adapter.yaml");
	tell_open_lines(&c, "run");
	tell_open_lines(&c, "plugin.c");
	if (c.scratch[0])
		nftw(c.scratch, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	if (c.golden)
		xl_golden_close(c.golden);
	xl_adapter_close(&c.adapter);
	if (c.cannot_go_on)
		return XL_EXIT_FAILED;
	return c.faults ? XL_EXIT_FOUND : XL_EXIT_OK;
}
