/* run_test.c - whatever an implementation does costs its own case and no other. */
#include "conformance/run.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conformance/tap.h"
#include "ref/base/rd.h"
#include "ref/base/tap.h"
#include "ref/io/child.h"
#include "ref/io/where.h"

enum { LEN = 29, N_CASES_MAX = 64 };

static const struct row {
	char what; /* of conformance/hostile.c */
	enum xl_judged want;
	const char *message; /* a part of it */
} rows[] = {
	{ 'e', XL_PASS, "" },
	{ 'c', XL_ERROR, "signal 6" },
	{ 'e', XL_PASS, "" },
	{ 'x', XL_ERROR, "exit status 0" },
	{ 'e', XL_PASS, "" },
	{ 'o', XL_ERROR, "octet 1 behind the capacity" },
	{ 'O', XL_ERROR, "octet 300001 behind the capacity" },
	{ 'u', XL_ERROR, "before the headroom" },
	{ 'f', XL_ERROR, "flood: 1000001 packets" },
	{ 'b', XL_FAIL, "extra" },
	{ 'l', XL_ERROR, "packet of length" },
	{ 'p', XL_ERROR, "on port 9; the limit is 1" },
	{ 'n', XL_ERROR, "at NULL" },
	{ 't', XL_ERROR, "timers never come to rest" },
	{ 'e', XL_ERROR,
	  "timers never come to rest" }, /* the same instance; nothing else can be said */
	{ 'k', XL_ERROR, "timers never come to rest" },
	{ 'c', XL_ERROR, "timers never come to rest" },
	{ 'e', XL_ERROR, "timers never come to rest" },
};

static const struct row quiet_rows[] = {
	{ 'k', XL_PASS, "" }, { 'w', XL_ERROR, "judge's pipe" },
	{ 'e', XL_PASS, "" }, { 'd', XL_ERROR, "" },
	{ 's', XL_PASS, "" }, { 'g', XL_ERROR, "signal 6" },
	{ 'e', XL_PASS, "" },
};

struct set { /* a golden set in memory: one case a row, echo expected */
	uint8_t bytes[N_CASES_MAX][LEN], mask[LEN];
	char id[N_CASES_MAX][32];
	struct xl_case cases[N_CASES_MAX];
	struct xl_turn turn[N_CASES_MAX];
	struct xl_send send[N_CASES_MAX];
	struct xl_outcome outcome[N_CASES_MAX];
	struct xl_want want[N_CASES_MAX];
	struct xl_golden_config config;
	struct xl_golden golden;
	uint32_t number[N_CASES_MAX];
	int interrupt_by; /* a signal */
	unsigned repeat; /* 0: each case once */
	const char *interrupt_at; /* the signal comes when the results hold this; NULL: never */
};

static const struct xl_port ports[2] = { { "v4", XL_SIDE_V4, 1500 }, { "v6", XL_SIDE_V6, 1500 } };

static void build(struct set *s, const struct row *row, size_t n, const char *json)
{
	static const uint8_t head[28] = { 0x45, 0,    0,    LEN,  0, 0, 0x40, 0, 64, 17,
					  0xb4, 0xcd, 192,  0,    2, 1, 192,  0, 2,  2,
					  0x07, 0xd0, 0x0f, 0xa0, 0, 9, 0,    0 };
	static const char *const suite[] = { "t" };
	const char *const *no_covers = NULL;

	memset(s, 0, sizeof *s);
	memset(s->mask, 0xff, LEN);
	s->config = (struct xl_golden_config){
		.name = "c", .title = "c", .json = json, .port = ports, .n_ports = 2
	};
	for (size_t i = 0; i < n; i++) {
		memcpy(s->bytes[i], head, sizeof head);
		s->bytes[i][28] = (uint8_t)row[i].what;
		snprintf(s->id[i], sizeof s->id[i], "t/%02zu-%c", i, row[i].what);
		s->send[i] = (struct xl_send){ .bytes = { s->bytes[i], LEN } };
		s->want[i] = (struct xl_want){
			.port = 1, .len = LEN, .min_len = LEN, .bytes = s->bytes[i], .mask = s->mask
		};
		s->outcome[i] = (struct xl_outcome){ .sane_max = -1, .n = 1, .want = &s->want[i] };
		s->turn[i] = (struct xl_turn){ .n_sends = 1,
					       .n_outcomes = 1,
					       .send = &s->send[i],
					       .outcome = &s->outcome[i] };
		s->cases[i] = (struct xl_case){ .id = s->id[i],
						.title = "",
						.interpretation = "",
						.n_turns = 1,
						.turn = &s->turn[i],
						.covers = { no_covers, 0 } };
		s->number[i] = (uint32_t)i;
	}
	s->golden = (struct xl_golden){ .version = "0",
					.suites = { suite, 1 },
					.config = &s->config,
					.n_configs = 1,
					.cases = s->cases,
					.n_cases = n };
}

static bool find_hostile(char out[static PATH_MAX])
{
	return xl_where_plugin(".", "../../hostile.so", out);
}

struct done {
	struct xl_run_outcome outcome;
	struct xl_result_set set;
	struct xl_adapter adapter;
};

static bool holds(const char *path, const char *text)
{
	char all[1 << 16];
	FILE *in = fopen(path, "re");
	size_t n = in ? fread(all, 1, sizeof all - 1, in) : 0;

	all[n] = '\0';
	return in && fclose(in) == 0 && strstr(all, text) != NULL;
}

/* A child that sends a signal to this process as soon as the results at `path` hold `text`. */
static void interrupt_when(const char *path, const char *text, int by)
{
	pid_t me = getpid();

	if (fork() != 0)
		return; /* the runner ends it with all its children */
	while (getppid() == me && !holds(path, text))
		usleep(1000);
	if (getppid() == me) /* or it may be another's number by now */
		kill(me, by);
	_exit(0);
}

static void run_set(struct done *done, const struct set *s, size_t n, unsigned jobs, double scale)
{
	static struct xl_diags d;
	static struct xl_results results;
	char path[] = "/tmp/run_test_XXXXXX";
	struct xl_run_plan plan = { .adapter = &done->adapter,
				    .golden = &s->golden,
				    .number = s->number,
				    .n = n,
				    .all_rfcs = true,
				    .jobs = jobs,
				    .repeat = s->repeat ? s->repeat : 1,
				    .timeout_scale = scale,
				    .repro = "xlatlab conform",
				    .scratch = "/tmp" };

	xl_diags_init(&d);
	memset(done, 0, sizeof *done);
	done->adapter.attachment = "plugin";
	snprintf(done->adapter.name, sizeof done->adapter.name, "hostile");
	if (!ok(find_hostile(done->adapter.plugin), "hostile.so is there"))
		return;
	close(mkstemp(path));
	ok(xl_results_open(&results, path, &d) == 0, "results open");
	if (s->interrupt_at)
		interrupt_when(path, s->interrupt_at, s->interrupt_by);
	is_int(xl_run_cases(&plan, &results, &done->outcome, &d), 0, "the run goes to its end");
	is_int(xl_results_close(&results, &d), 0, "results close");
	is_int(xl_results_read(&done->set, path, &d), 0, "results read back");
	xl_diags_print(&d, stderr);
	unlink(path);
}

/* Nothing an implementation says can leave its line or drive a terminal. */
static void check_tap(const struct xl_result_set *set)
{
	char *text = NULL;
	size_t n = 0, controls = 0, points = 0;
	FILE *to = open_memstream(&text, &n);

	xl_tap_write(to, set, NULL);
	fclose(to);
	for (size_t i = 0; i < n; i++)
		controls += ((unsigned char)text[i] < 0x20 && text[i] != '\n') || text[i] == 0x7f;
	for (const char *at = text; (at = strstr(at, "ok ")) != NULL; at++)
		points += at == text || at[-1] == '\n' || (at >= text + 4 && at[-5] == '\n');
	is_int(controls, 0, "no control character in the TAP");
	is_int(points, set->n, "one point a case");
	free(text);
}

/* Machines stall for seconds: no deadline may pass but that of what hangs. */
enum { PATIENT = 20 };

static void check_rows(const struct set *s, const struct row *row, size_t n)
{
	static struct done done;

	run_set(&done, s, n, 1, PATIENT);
	is_int(done.set.n, n, "every case has a line");
	ok(done.set.has_end, "and the run an end");
	for (size_t i = 0; i < n && i < done.set.n; i++) {
		const struct xl_result *r = &done.set.at[i];

		is_str(xl_judged_text(r->verdict), xl_judged_text(row[i].want), "%s: verdict",
		       r->id);
		if (!ok(strstr(r->message, row[i].message) != NULL, "%s: says '%s'", r->id,
			row[i].message))
			printf("# says '%s'\n", r->message);
	}
	check_tap(&done.set);
	xl_result_set_free(&done.set);
}

/* The runner finds in /proc who left his worker's group. */
static void no_child_is_left(const char *what)
{
	if (access("/proc/self/task", F_OK) == 0)
		ok(waitpid(-1, NULL, WNOHANG) < 0, "%s", what);
	else
		skip(what, "needs /proc");
}

static void test_costs_one_case(void)
{
	static struct set s;
	size_t n = sizeof rows / sizeof rows[0];

	build(&s, rows, n, "{}");
	check_rows(&s, rows, n);
	n = sizeof quiet_rows / sizeof quiet_rows[0];
	build(&s, quiet_rows, n, "{}");
	check_rows(&s, quiet_rows, n);
	no_child_is_left("no child is left, also none that left its group");
}

/* It holds the worker's end of every pipe; the worker itself has ended, and that is what counts. */
static void test_daemon(void)
{
	static const struct row two[] = { { 'K', XL_PASS, "" }, { 'e', XL_PASS, "" } };
	static struct set s;
	static struct done done;

	build(&s, two, 2, "{}");
	run_set(&done, &s, 2, 1, PATIENT);
	is_int(done.outcome.tally.of[XL_PASS], 2, "a plugin that leaves a daemon passes");
	is_int(done.outcome.errors, 0, "and ends well: a deadline would be an error");
	no_child_is_left("and the daemon is gone");
	xl_result_set_free(&done.set);
}

static void test_open(const char *json, const char *message)
{
	static const struct row two[] = { { 'e', XL_ERROR, "" }, { 'e', XL_ERROR, "" } };
	static struct set s;
	static struct done done;

	build(&s, two, 2, json);
	run_set(&done, &s, 2, 2, PATIENT);
	for (size_t i = 0; i < done.set.n; i++) {
		is_int(done.set.at[i].verdict, XL_ERROR, "%s: error", json);
		if (!ok(strstr(done.set.at[i].message, message) != NULL, "%s: says '%s'", json,
			message))
			printf("# says '%s'\n", done.set.at[i].message);
	}
	is_int(done.outcome.errors, 2, "%s: both count", json);
	xl_result_set_free(&done.set);
}

static size_t n_saying(const struct done *done, const char *text)
{
	size_t n = 0;

	for (size_t i = 0; i < done->set.n; i++)
		n += strstr(done->set.at[i].message, text) != NULL;
	return n;
}

/* What hangs is known by a deadline alone. So little patience as shows it: twice and four times as much where the
 * machine stalled and the others, or attaching, were late too. Never more than some seconds in all. */
static void test_hangs(void)
{
	struct row many[14];
	static struct set s;
	static struct done done;
	double scale = 0.1;

	for (size_t i = 0; i < 14; i++)
		many[i] = (struct row){ i == 1 ? 'e' : 'h', XL_ERROR, "" };
	build(&s, many, 14, "{}");
	for (;; scale *= 2) {
		run_set(&done, &s, 14, 1, scale);
		if (n_saying(&done, "not played") == 7 || scale > 0.3)
			break;
		xl_result_set_free(&done.set);
	}
	is_int(done.outcome.tally.of[XL_PASS], 1, "one behind one that hangs passes");
	is_int(done.outcome.tally.of[XL_ERROR], 13, "those that hang are errors");
	is_int(n_saying(&done, "did not come back within"), 6, "six did not come back");
	is_int(n_saying(&done, "not played"), 7, "those behind five in a row are not waited for");
	xl_result_set_free(&done.set);
}

/* Three processes hang in close(), one behind the other. */
static void test_hangs_closing(void)
{
	static const struct row one[] = { { 'q', XL_PASS, "" } };
	static struct set s;
	static struct done done;
	double scale = 0.3;

	build(&s, one, 1, "{}");
	s.repeat = 3;
	for (;; scale *= 4) {
		run_set(&done, &s, 1, 1, scale);
		if (done.outcome.tally.of[XL_PASS] || scale > 1)
			break;
		xl_result_set_free(&done.set);
	}
	is_int(done.outcome.tally.of[XL_PASS], 1,
	       "a plugin that hangs in close() was judged before");
	is_int(done.outcome.errors, 1, "and is an error once");
	is_int(done.set.n_notes, 1, "there is one note");
	if (done.set.n_notes)
		ok(strstr(done.set.note[0], "did not close within") != NULL, "that says so: %s",
		   done.set.note[0]);
	xl_result_set_free(&done.set);
}

static void test_interrupt(void)
{
	static const struct row three[] = { { 'e', XL_PASS, "" },
					    { 'h', XL_ERROR, "" },
					    { 'e', XL_PASS, "" } };
	static struct set s;
	static struct done done;

	build(&s, three, 3, "{}");
	s.interrupt_at = s.id[0];
	for (size_t i = 0; i < XL_STOP_SIGNALS; i++) {
		s.interrupt_by = xl_stop_signal[i];
		signal(s.interrupt_by, SIG_DFL); /* one that was ignored would stay so */
		run_set(&done, &s, 3, 1, PATIENT);
		ok(done.outcome.was_interrupted, "%s is noticed", strsignal(s.interrupt_by));
		is_int(done.set.n, 1, "what was judged before it is kept");
		ok(done.set.has_end && done.set.was_interrupted, "the end line says so");
		no_child_is_left("the worker that hung is gone");
		xl_result_set_free(&done.set);
	}
}

/* Killed or interrupted before anything is judged: what was run is known all the same. */
static void test_run_line(void)
{
	static const struct row one[] = { { 'h', XL_ERROR, "" } };
	static struct set s;
	static struct done done;

	build(&s, one, 1, "{}");
	s.interrupt_at = "hostile"; /* the name in that line */
	s.interrupt_by = SIGTERM;
	run_set(&done, &s, 1, 1, PATIENT);
	is_int(done.set.n, 0, "the run line is there before anything is judged");
	ok(done.set.iut && strcmp(done.set.iut, "hostile") == 0, "and names the implementation");
	xl_result_set_free(&done.set);
}

static void test_repeat(void)
{
	static const struct row two[] = { { 'e', XL_PASS, "" }, { 'b', XL_FAIL, "" } };
	static struct set s;
	struct done done = { .set = { .n = 0 } };
	static struct xl_diags d;
	static struct xl_results results;
	struct xl_run_plan plan = { .adapter = &done.adapter,
				    .golden = &s.golden,
				    .number = s.number,
				    .n = 2,
				    .all_rfcs = true,
				    .jobs = 2,
				    .repeat = 3,
				    .timeout_scale = PATIENT,
				    .repro = "xlatlab conform",
				    .scratch = "/tmp" };

	xl_diags_init(&d);
	build(&s, two, 2, "{}");
	done.adapter.attachment = "plugin";
	ok(find_hostile(done.adapter.plugin), "hostile.so is there");
	ok(xl_results_open(&results, "/dev/full", &d) == 0, "a full disk opens well");
	is_int(xl_run_cases(&plan, &results, &done.outcome, &d), 0, "the run stops");
	ok(xl_results_close(&results, &d) < 0, "and says that nothing could be written");
	is_int(d.n, 1, "in one message");
	ok(xl_results_open(&results, "/dev/null", &d) == 0, "results open");
	is_int(xl_run_cases(&plan, &results, &done.outcome, &d), 0, "three repetitions");
	is_int(done.outcome.tally.judged, 2, "are one result a case");
	is_int(done.outcome.tally.of[XL_PASS], 1, "with the verdict they agree on");
	is_int(xl_results_close(&results, &d), 0, "results close");
}

int main(void)
{
	test_costs_one_case();
	test_daemon();
	test_open("{\"crash-in-open\": 1}", "ended while it was attached");
	test_open("{\"refuse\": 1}", "no such thing here");
	test_hangs();
	test_hangs_closing();
	test_interrupt();
	test_run_line();
	test_repeat();
	return done();
}
