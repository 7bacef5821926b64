/* cmd_conform.c - `xlatlab conform`: judges an implementation, prints TAP, leaves results.jsonl. */
#include "conformance/cmd_conform.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conformance/attach/attach.h"
#include "conformance/explain_case.h"
#include "conformance/failure.h"
#include "conformance/flight.h"
#include "conformance/run.h"
#include "conformance/select.h"
#include "conformance/selftest.h"
#include "conformance/summary.h"
#include "conformance/tap.h"
#include "ref/io/out.h"
#include "ref/io/wait.h"
#include "ref/io/where.h"
#include "vectors/compile.h"

struct args {
	const char *iut, *out, *golden, *shard, *explain;
	struct xl_opt_list select;
	int level;
	bool keep, all, failed, list, list_adapters, self_test;
	int64_t jobs, repeat, in_flight;
	double timeout_scale;
};

static const struct xl_opt options[] = {
	XL_OPT('u', "iut", FILE, "NAME|FOLDER", struct args, iut,
	       "what is judged: an adapter of conformance/adapters, or a folder with adapter.yaml; "
	       "default: ref",
	       .completes = "adapter"),
	XL_OPT(0, "list-adapters", FLAG, NULL, struct args, list_adapters,
	       "list the names that --iut knows"),
	XL_OPT('s', "select", LIST, "GLOB|PREFIX", struct args, select,
	       "only these cases; several may be given", .completes = "case"),
	XL_OPT(0, "level", CHOICE, "must|should|may", struct args, level,
	       "from `should` on, a missed SHOULD (weak) is a failure; default: must"),
	XL_OPT(0, "all", FLAG, NULL, struct args, all, "judge RFCs that are not claimed, too"),
	XL_OPT(0, "failed", FLAG, NULL, struct args, failed,
	       "only what failed according to the results in --out"),
	XL_OPT(0, "list", FLAG, NULL, struct args, list, "list the cases instead of judging"),
	XL_OPT(0, "explain", TEXT, "CASE", struct args, explain,
	       "one case: the reference's trace beside what the implementation did",
	       .completes = "case"),
	XL_OPT('o', "out", FILE, "DIR", struct args, out,
	       "where results go; default: build/results/NAME"),
	XL_OPT(0, "golden", FILE, "DIR", struct args, golden,
	       "another golden set, such as one made by `vectors build --config`"),
	XL_OPT('j', "jobs", INT, "N", struct args, jobs,
	       "workers at a time; default: one a processor", .min = 1, .max = 64),
	XL_OPT(0, "shard", TEXT, "I/N", struct args, shard, "only the I-th of N parts"),
	XL_OPT(0, "in-flight", INT, "N", struct args, in_flight,
	       "live: play up to N cases at a time to a worker's implementation, alone again "
	       "unless "
	       "all of them pass; default: 32",
	       .min = 1, .max = XL_FLIGHT_MAX),
	XL_OPT(0, "repeat", INT, "N", struct args, repeat,
	       "play each case N times; the verdicts must agree; default: 1", .min = 1,
	       .max = 1000),
	XL_OPT(0, "timeout-scale", REAL, "X", struct args, timeout_scale,
	       "multiply every deadline; default: 1", .max = 1000, .is_above_min = true),
	XL_OPT(0, "keep", FLAG, NULL, struct args, keep,
	       "live: leave the implementation standing behind the last case, and say how to look "
	       "around; the cases must be of one configuration"),
	XL_OPT(0, "self-test", FLAG, NULL, struct args, self_test,
	       "judge the judge: flip every compared bit of the golden set"),
};

static const struct xl_usage usage = {
	.name = "conform",
	.summary = "judges an implementation by the golden cases",
	.opt = options,
	.n_opts = sizeof options / sizeof options[0],
	.text = "Plays the golden set to an implementation under test and judges every packet that "
		"comes out. TAP 14 goes to standard output, rendered from DIR/results.jsonl, and a "
		"summary by RFC to standard error. DIR also gets junit.xml, summary.md, badge.json "
		"and results.tap, as by `xlatlab report`; captures of failing cases go to "
		"DIR/failures.\n\n"
		"A --select that is a whole id means that case alone; otherwise it is a glob, or "
		"what ids begin with, up to a slash or a dot. Each has to mean a case.\n\n"
		"Exit status: 0 all as expected (with --failed also: nothing had failed), 1 "
		"something unexpected (failed, or passed though "
		"listed as a known failure, or failed in another way), 2 wrong usage, 3 an error "
		"of "
		"harness or adapter, an implementation that is not installed, crashed or hung, "
		"nothing judged, or interrupted.",
};

struct session {
	bool is_rendered;
	struct args a;
	const struct xl_conform_hooks *hooks;
	struct xl_diags d;
	char data[PATH_MAX], out[PATH_MAX], program[PATH_MAX];
	struct xl_golden *golden;
	struct xl_adapter adapter;
	struct xl_selection selection;
	const char **id; /* of the selection: what failed last time, in `last` */
	struct xl_result_set last;
	uint32_t *number;
	size_t n;
};

static int fail(const struct session *s, int status)
{
	if (s->d.n && !s->d.at[0].file[0])
		fputs("xlatlab conform: ", stderr);
	xl_diags_print(&s->d, stderr);
	return status;
}

/* ---- opening ---- */

static int find_data(struct session *s)
{
	if (xl_where_data(s->data))
		return 0;
	if (!s->a.golden)
		return xl_diag(&s->d, XL_ERR_IO, XL_NOWHERE,
			       "no cases found: set XLATLAB_DATA to the directory that holds "
			       "vectors/ and conformance/, or run it there");
	snprintf(s->data, sizeof s->data, ".");
	return 0;
}

/* The suites that the selection may need, and the numbers of what it means. */
static int open_golden(struct session *s)
{
	char dir[PATH_MAX + 32];

	snprintf(dir, sizeof dir, "%s/vectors/golden", s->data);
	s->golden = xl_golden_open_some(s->a.golden ? s->a.golden : dir, xl_select_needs,
					&s->selection, &s->d);
	if (!s->golden)
		return XL_ERR_IO;
	s->number = calloc(s->golden->n_cases + 1, sizeof *s->number);
	if (!s->number)
		return xl_diag(&s->d, XL_ERR_NOMEM, XL_NOWHERE, "no memory left");
	s->n = xl_select(s->golden, &s->selection, s->number);
	return 0;
}

/* What one case is explained with goes below: the results of a whole run stay. */
static void name_out(struct session *s)
{
	const char *below = s->a.explain ? "/explain" : "";

	if (s->a.out)
		snprintf(s->out, sizeof s->out, "%s%s", s->a.out, below);
	else
		snprintf(s->out, sizeof s->out, "build/results/%s%s", s->adapter.name, below);
}

/* ---- selecting ---- */

static int select_failed(struct session *s)
{
	char path[PATH_MAX + 32];

	snprintf(path, sizeof path, "%s/results.jsonl", s->out);
	if (access(path, F_OK) < 0)
		return xl_diag(
			&s->d, XL_ERR_IO, XL_NOWHERE,
			"--failed: %s: %s: a run without it comes first, with the same --out", path,
			strerror(errno));
	if (xl_results_read(&s->last, path, &s->d) < 0)
		return XL_ERR_IO;
	s->id = calloc(s->last.n + 1, sizeof *s->id);
	if (!s->id)
		return xl_diag(&s->d, XL_ERR_NOMEM, XL_NOWHERE, "no memory left");
	s->selection.id = s->id;
	for (size_t i = 0; i < s->last.n; i++)
		if (s->last.at[i].expected != XL_EXPECTED_YES)
			s->id[s->selection.n_ids++] = s->last.at[i].id;
	return 0;
}

/* What is meant, before any case is looked at. > 0: an exit status, told; < 0: an error. */
static int choose(struct session *s)
{
	s->selection = (struct xl_selection){ .pattern = &s->a.select, .shard = 1, .n_shards = 1 };
	if (s->a.shard && !xl_select_shard(&s->selection, s->a.shard))
		return xl_opts_refuse(&usage, "--shard %s: allowed is I/N with I from 1 to N",
				      s->a.shard);
	if (s->a.explain)
		s->selection = (struct xl_selection){ .id = &s->a.explain, .n_ids = 1 };
	else if (s->a.failed && !s->a.self_test) /* no implementation's results could be meant */
		return select_failed(s);
	return 0;
}

static int list(const struct session *s)
{
	for (size_t i = 0; i < s->n; i++)
		printf("%s\t%s\n", s->golden->cases[s->number[i]].id,
		       s->golden->cases[s->number[i]].title);
	return fflush(stdout) == EOF ? XL_EXIT_FAILED : XL_EXIT_OK;
}

/* ---- rendering ---- */

/* A word that a shell reads as this text. */
static void put_word(FILE *to, const char *text)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+:,";

	if (*text && strspn(text, plain) == strlen(text)) {
		fputs(text, to);
		return;
	}
	fputc('\'', to);
	for (; *text; text++)
		fputs(*text == '\'' ? "'\\''" : (const char[]){ *text, '\0' }, to);
	fputc('\'', to);
}

static void put_option(FILE *to, const char *name, const char *value)
{
	fprintf(to, " --%s ", name);
	put_word(to, value);
}

/* As it is called from here; one without a slash would be looked for in PATH. */
static void put_program(FILE *to, const char *program)
{
	char cwd[PATH_MAX];
	size_t n = getcwd(cwd, sizeof cwd) ? strlen(cwd) : 0;

	if (n > 1 && strncmp(program, cwd, n) == 0 && program[n] == '/') {
		program += n + 1;
		if (!strchr(program, '/'))
			fputs("./", to);
	}
	put_word(to, program);
}

/* The command line that judges the same again, leaving the results of this run where they are. */
static void put_repro(const struct session *s, FILE *to)
{
	const char *data = getenv("XLATLAB_DATA");
	char out[PATH_MAX + 8];

	if (data && *data) {
		fputs("XLATLAB_DATA=", to);
		put_word(to, data);
		fputc(' ', to);
	}
	put_program(to, s->program);
	fputs(" conform", to);
	put_option(to, "iut", s->a.iut);
	if (s->a.golden)
		put_option(to, "golden", s->a.golden);
	if (s->a.all)
		fputs(" --all", to);
	if (s->a.level)
		fprintf(to, " --level=%s", s->a.level == 1 ? "should" : "may");
	if (s->a.repeat > 1)
		fprintf(to, " --repeat=%" PRId64, s->a.repeat);
	if (s->a.timeout_scale < 1 || s->a.timeout_scale > 1)
		fprintf(to, " --timeout-scale=%g", s->a.timeout_scale);
	snprintf(out, sizeof out, "%s%s", s->out, s->a.explain ? "" : "/repro");
	put_option(to, "out", out);
}

/* The caller frees. NULL: no memory. */
static char *spell_repro(const struct session *s)
{
	char *text = NULL;
	size_t n;
	FILE *to = open_memstream(&text, &n);

	if (!to)
		return NULL;
	put_repro(s, to);
	return fclose(to) == 0 ? text : NULL;
}

/* By RFC and level, on standard error: standard output is TAP. */
static int summarize(struct session *s, const struct xl_result_set *set)
{
	struct xl_summary sum;

	if (xl_summary_make(&sum, set, &s->d) < 0)
		return XL_ERR_NOMEM;
	xl_summary_put(stderr, &sum);
	xl_summary_free(&sum);
	return 0;
}

/* Captures of a run before are none of this one's. */
static void remove_captures(const char *dir)
{
	DIR *in = opendir(dir);
	struct dirent *e;
	char path[2 * PATH_MAX];

	while (in && (e = readdir(in))) {
		const char *dot = strrchr(e->d_name, '.');

		snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
		if (dot && strcmp(dot, ".pcapng") == 0)
			unlink(path);
	}
	if (in)
		closedir(in);
}

/* On a disk that is full, captures of failing cases and the renderings in files are left out: what was
 * judged is told all the same. */
static int render(struct session *s, const char *path, bool is_disk_full)
{
	struct xl_result_set set;
	char captures[PATH_MAX + 16];
	bool has_dir = false;
	int r = 0;

	if (xl_results_read(&set, path, &s->d) < 0)
		return XL_ERR_IO;
	snprintf(captures, sizeof captures, "%s/failures", s->out);
	remove_captures(captures);
	for (size_t i = 0; i < set.n && r == 0 && !is_disk_full; i++) {
		if (!xl_failure_is(&set.at[i]))
			continue;
		if (!has_dir)
			r = xl_out_make_dir(captures, &s->d);
		has_dir = true;
		if (r == 0)
			r = xl_failure_capture(&set.at[i], captures, &s->d);
	}
	xl_tap_write(stdout, &set, captures);
	if (fflush(stdout) == EOF && r == 0)
		r = xl_diag(&s->d, XL_ERR_IO, XL_NOWHERE, "standard output: %s", strerror(errno));
	if (r == 0)
		r = summarize(s, &set);
	if (r == 0 && !is_disk_full && s->hooks)
		r = s->hooks->render(&set, s->out, &s->d);
	xl_result_set_free(&set);
	return r;
}

/* While TAP is printed: nothing is judged any more, and whoever reads may have stopped reading. A second
 * signal ends the process where it is. Only async-signal-safe calls. */
static void on_stop(int sig)
{
	static const char bail[] = "\nBail out! interrupted\n";

	(void)sig;
	(void)!write(STDOUT_FILENO, bail, sizeof bail - 1);
	_exit(XL_EXIT_FAILED);
}

static void bail_out_on_signals(void)
{
	struct sigaction a = { .sa_handler = on_stop, .sa_flags = (int)SA_RESETHAND }, old;

	for (size_t i = 0; i < XL_STOP_SIGNALS; i++) {
		sigaction(xl_stop_signal[i], NULL, &old);
		if (old.sa_handler != SIG_IGN)
			sigaction(xl_stop_signal[i], &a, NULL);
	}
}

/* ---- judging ---- */

static int exit_status(struct session *s, const struct xl_run_outcome *o)
{
	if (o->was_interrupted) {
		fputs("xlatlab conform: interrupted; what was judged is in the results\n", stderr);
		return XL_EXIT_FAILED;
	}
	if (o->tally.judged == 0) {
		fprintf(stderr, "xlatlab conform: nothing was judged (%zu cases selected)\n", s->n);
		return XL_EXIT_FAILED;
	}
	if (o->errors)
		return XL_EXIT_FAILED;
	return o->unexpected ? XL_EXIT_FOUND : XL_EXIT_OK;
}

static unsigned processors(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : n > 64 ? 64 : (unsigned)n;
}

/* What came of it, before the implementation that still stands is looked at. */
static void show_kept(void *ctx)
{
	struct session *s = ctx;
	char path[PATH_MAX + 32];

	snprintf(path, sizeof path, "%s/results.jsonl", s->out);
	s->is_rendered = render(s, path, false) == 0;
}

/* Why nothing can be kept standing, or NULL. */
static const char *cannot_keep(const struct session *s)
{
	if (!xl_attach_named(s->adapter.attachment)->is_namespaced)
		return "only a live implementation (tun, link) can be looked at";
	for (size_t i = 1; i < s->n; i++)
		if (s->golden->cases[s->number[i]].config != s->golden->cases[s->number[0]].config)
			return "the cases are of several configurations; --select those of one";
	return NULL;
}

static int judge(struct session *s)
{
	struct xl_run_plan plan = { .adapter = &s->adapter,
				    .golden = s->golden,
				    .number = s->number,
				    .n = s->n,
				    .all_rfcs = s->a.all,
				    .is_strict = s->a.level > 0,
				    .jobs = s->a.jobs ? (unsigned)s->a.jobs : processors(),
				    .in_flight = (unsigned)s->a.in_flight,
				    .repeat = (unsigned)s->a.repeat,
				    .keeps_packets = s->a.explain != NULL,
				    .timeout_scale = s->a.timeout_scale };
	static struct xl_run_outcome outcome;
	static struct xl_results results;
	char path[PATH_MAX + 32], scratch[PATH_MAX];
	char *repro;
	int r, closed;

	snprintf(path, sizeof path, "%s/results.jsonl", s->out);
	if (xl_out_make_dir(s->out, &s->d) < 0 || xl_results_open(&results, path, &s->d) < 0)
		return fail(s, XL_EXIT_FAILED);
	if (s->a.keep) {
		plan.keep = show_kept;
		plan.keep_ctx = s;
		plan.jobs = plan.repeat = 1;
	}
	plan.repro = repro = spell_repro(s);
	plan.scratch = realpath(s->out, scratch) ? scratch : "/tmp";
	r = xl_adapter_setup(&s->adapter, s->a.timeout_scale, &s->d);
	if (r == 0) {
		r = xl_run_cases(&plan, &results, &outcome, &s->d);
		if (xl_adapter_teardown(&s->adapter, s->a.timeout_scale, &s->d) < 0)
			r = XL_ERR_STATE;
	}
	closed = xl_results_close(&results, &s->d);
	free(repro);
	if (!s->is_rendered)
		bail_out_on_signals();
	if (outcome.tally.planned && !s->is_rendered && render(s, path, closed < 0) < 0)
		r = XL_ERR_IO;
	if (r < 0 || closed < 0)
		return fail(s, XL_EXIT_FAILED);
	return exit_status(s, &outcome);
}

/* One case: what the reference does, rule by rule, then what the implementation did. */
static int explain(struct session *s)
{
	const struct xl_case *c = s->n ? &s->golden->cases[s->number[0]] : NULL;
	char scratch[PATH_MAX];

	if (!c)
		return xl_opts_refuse(&usage, "--explain %s: no case has this id", s->a.explain);
	if (xl_out_make_dir(s->out, &s->d) < 0 || !realpath(s->out, scratch))
		return fail(s, XL_EXIT_FAILED);
	printf("# %s: %s\n\n# What the reference does:\n", c->id, c->title);
	if (xl_explain_case(s->program, s->golden, c, scratch, stdout, &s->d) < 0)
		return fail(s, XL_EXIT_FAILED);
	printf("# What %s did:\n", s->adapter.name);
	fflush(stdout);
	return judge(s);
}

/* The results of the run before hold no failure. */
static int nothing_failed(const struct session *s)
{
	bool is_whole = !xl_results_cut_off(&s->last);

	fprintf(stderr, "xlatlab conform: --failed: nothing failed in %s/results.jsonl%s\n", s->out,
		is_whole ? "" : ", but that run was cut off");
	if (is_whole && !s->a.list)
		puts("TAP version 13\n1..0 # SKIP nothing failed");
	return is_whole ? XL_EXIT_OK : XL_EXIT_FAILED;
}

static int run_selected(struct session *s)
{
	const char *idle;
	int r = choose(s);

	if (r > 0)
		return r;
	if (r == 0 && s->id && s->selection.n_ids == 0)
		return nothing_failed(s);
	if (r < 0 || open_golden(s) < 0)
		return fail(s, XL_EXIT_FAILED);
	idle = s->selection.id ? NULL : xl_select_idle(s->golden, &s->selection);
	if (idle)
		return xl_opts_refuse(&usage, "--select %s: no case is meant by it", idle);
	if (s->a.explain && !s->a.self_test)
		return explain(s);
	if (s->n == 0) {
		fprintf(stderr, "xlatlab conform: no case is selected, nothing was %s\n",
			s->a.self_test ? "tested" : "judged");
		return XL_EXIT_FAILED;
	}
	if (s->a.self_test)
		return xl_selftest(s->golden, s->number, s->n, stdout) ? XL_EXIT_FOUND : XL_EXIT_OK;
	if (s->a.list)
		return list(s);
	if (!s->a.golden && xl_expected_check(&s->adapter.expected, s->golden->cases,
					      s->golden->n_cases, &s->d) < 0)
		return fail(s, XL_EXIT_FAILED);
	if (s->a.keep && cannot_keep(s))
		return xl_opts_refuse(&usage, "--keep: %s", cannot_keep(s));
	return judge(s);
}

static int list_adapters(struct session *s)
{
	struct xl_arena a = { NULL };
	struct xl_strs names = xl_adapter_names(&a, s->data, &s->d);

	for (uint32_t i = 0; i < names.n; i++)
		puts(names.at[i]);
	xl_arena_fini(&a);
	return s->d.n ? fail(s, XL_EXIT_FAILED) : XL_EXIT_OK;
}

static int run(struct session *s)
{
	int r;

	if (find_data(s) < 0)
		return fail(s, XL_EXIT_FAILED);
	if (s->a.list_adapters)
		return list_adapters(s);
	if (s->a.self_test)
		return run_selected(s);
	r = xl_adapter_open(&s->adapter, s->a.iut, s->data, &s->d);
	if (r <
	    0) /* one that is not there was misspelt; one that is broken is an error of the adapter */
		return fail(s, r == XL_ERR_IO ? XL_EXIT_USAGE : XL_EXIT_FAILED);
	name_out(s);
	if (!xl_where_program(s->program))
		snprintf(s->program, sizeof s->program, "xlatlab");
	setenv("XLATLAB", s->program, 1); /* for what adapters run */
	return run_selected(s);
}

int xl_cmd_conform(const struct xl_conform_hooks *hooks, int argc, char **argv)
{
	static struct session s;
	int status;

	memset(&s, 0, sizeof s);
	s.hooks = hooks;
	s.a = (struct args){
		.iut = "ref", .repeat = 1, .timeout_scale = 1, .in_flight = XL_FLIGHT_DEFAULT
	};
	xl_diags_init(&s.d);
	if (!xl_opts_parse(&usage, argc, argv, &s.a, &status))
		return status;
	status = run(&s);
	xl_adapter_close(&s.adapter);
	free(s.number);
	free(s.id);
	xl_result_set_free(&s.last);
	if (s.golden)
		xl_golden_close(s.golden);
	return status;
}
