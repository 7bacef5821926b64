/* results.c - see results.h. */
#include "conformance/results.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ref/io/json.h"

static const char *level_text(enum xl_req_level l)
{
	static const char *const text[] = { [XL_REQ_MUST] = "must",
					    [XL_REQ_SHOULD] = "should",
					    [XL_REQ_MAY] = "may",
					    [XL_REQ_PLAIN] = "plain" };

	return text[l];
}

const char *xl_result_word(const struct xl_result *r)
{
	if (r->expected == XL_EXPECTED_CHANGED)
		return "changed";
	if (r->is_bad)
		return r->expected == XL_EXPECTED_YES ? "xfail" : xl_judged_text(r->verdict);
	return r->expected == XL_EXPECTED_NO ? "xpass" : xl_judged_text(r->verdict);
}

/* ---- writing ---- */

int xl_results_open(struct xl_results *r, const char *path, struct xl_diags *d)
{
	memset(r, 0, sizeof *r);
	snprintf(r->path, sizeof r->path, "%s", path);
	r->to = fopen(path, "we");
	if (!r->to)
		return xl_diag(d, XL_ERR_IO, XL_NOWHERE, "%s: %s", path, strerror(errno));
	return 0;
}

/* A line is whole or not there at all as far as the system lets us: one write for each. */
static void end_line(struct xl_results *r)
{
	fputc('\n', r->to);
	if (fflush(r->to) == EOF || ferror(r->to))
		r->has_failed = true;
	if (!r->has_failed)
		r->whole = ftell(r->to);
}

static void begin_line(struct xl_results *r, struct xl_json *j, const char *type)
{
	xl_json_init(j, r->to);
	xl_json_obj(j, NULL);
	xl_json_str(j, "type", type);
}

void xl_results_run(struct xl_results *r, const struct xl_adapter *a, const struct xl_golden *g,
		    bool is_strict, uint32_t planned)
{
	struct xl_json j;

	begin_line(r, &j, "run");
	xl_json_int(&j, "format", XL_RESULTS_FORMAT);
	xl_json_str(&j, "xlatlab", XL_VERSION);
	xl_json_str(&j, "vectors", g->version);
	xl_json_str(&j, "iut", a->name);
	xl_json_str(&j, "iut_version", a->version);
	xl_json_str(&j, "attachment", a->attachment);
	xl_json_str(&j, "level", is_strict ? "should" : "must");
	xl_json_int(&j, "planned", planned);
	xl_json_arr(&j, "claims");
	for (size_t i = 0; i < a->n_claims; i++)
		xl_json_int(&j, NULL, a->claims[i]);
	xl_json_arr_end(&j);
	xl_json_obj_end(&j);
	end_line(r);
}

static void write_requirements(struct xl_json *j, const struct xl_golden *g,
			       const struct xl_case *c)
{
	xl_json_arr(j, "requirements");
	for (uint32_t i = 0; i < c->covers.n; i++) {
		const struct xl_requirement *q = xl_golden_requirement(g, c->covers.at[i]);

		xl_json_obj(j, NULL);
		xl_json_str(j, "id", c->covers.at[i]);
		if (q) {
			xl_json_str(j, "level", level_text(q->level));
			xl_json_int(j, "rfc", q->rfc);
			xl_json_str(j, "section", q->section);
			xl_json_str(j, "text", q->text);
		}
		xl_json_obj_end(j);
	}
	xl_json_arr_end(j);
}

static void write_diffs(struct xl_json *j, const struct xl_diffs *d)
{
	xl_json_arr(j, "fields");
	for (uint16_t i = 0; i < d->n; i++) {
		const struct xl_diff *x = &d->at[i];

		xl_json_obj(j, NULL);
		xl_json_str(j, "name", x->name);
		xl_json_str(j, "expected", x->want);
		xl_json_str(j, "got", x->got);
		xl_json_int(j, "offset", x->at);
		if (x->want_no != XL_NO_PACKET)
			xl_json_int(j, "want_no", x->want_no);
		if (x->got_no != XL_NO_PACKET)
			xl_json_int(j, "got_no", x->got_no);
		xl_json_obj_end(j);
	}
	xl_json_arr_end(j);
	if (d->n_lost)
		xl_json_int(j, "fields_left_out", d->n_lost);
}

static const char *port_name(const struct xl_golden_config *config, uint16_t port)
{
	return port < config->n_ports ? config->port[port].name : "?";
}

static void write_packets(struct xl_json *j, const char *key, const struct xl_golden_config *config,
			  const struct xl_seen *s, uint32_t n)
{
	xl_json_arr(j, key);
	for (uint32_t i = 0; i < n; i++) {
		xl_json_obj(j, NULL);
		xl_json_str(j, "port", port_name(config, s[i].port));
		xl_json_int(j, "at_ns", s[i].at_ns);
		xl_json_hex(j, "hex", s[i].p, s[i].len);
		xl_json_obj_end(j);
	}
	xl_json_arr_end(j);
}

/* The outcome that the differences are against. */
static void write_wants(struct xl_json *j, const struct xl_golden_config *config,
			const struct xl_case *c, const struct xl_report *r)
{
	const struct xl_turn *t = r->turn < c->n_turns ? &c->turn[r->turn] : NULL;
	const struct xl_outcome *o =
		t && r->finding.outcome >= 0 && r->finding.outcome < t->n_outcomes
			? &t->outcome[r->finding.outcome]
			: NULL;

	xl_json_arr(j, "want");
	for (uint16_t i = 0; o && i < o->n; i++) {
		const struct xl_want *w = &o->want[i];

		xl_json_obj(j, NULL);
		xl_json_str(j, "port", port_name(config, w->port));
		xl_json_hex(j, "hex", w->bytes, w->len);
		xl_json_hex(j, "mask", w->mask, w->len);
		if (w->frag_max)
			xl_json_int(j, "fragments_max", w->frag_max);
		xl_json_obj_end(j);
	}
	xl_json_arr_end(j);
}

static void write_details(struct xl_json *j, const struct xl_golden *g,
			  const struct xl_case_result *x)
{
	const struct xl_golden_config *config = &g->config[x->c->config];
	const struct xl_report *r = x->report;

	write_requirements(j, g, x->c);
	if (x->c->interpretation && x->c->interpretation[0])
		xl_json_str(j, "interpretation", x->c->interpretation);
	xl_json_int(j, "turn", r->turn + 1);
	write_diffs(j, &r->finding.diffs);
	write_packets(j, "sent", config, r->sent, r->n_sent);
	write_wants(j, config, x->c, r);
	write_packets(j, "got", config, r->got, r->n_got);
	if (r->n_left_out)
		xl_json_int(j, "got_left_out", r->n_left_out);
}

void xl_results_case(struct xl_results *r, const struct xl_golden *g,
		     const struct xl_case_result *x)
{
	const struct xl_finding *f = &x->report->finding;
	struct xl_json j;

	begin_line(r, &j, "case");
	xl_json_str(&j, "id", x->c->id);
	xl_json_str(&j, "title", x->c->title);
	xl_json_str(&j, "config", g->config[x->c->config].name);
	xl_json_str(&j, "level", level_text(x->c->level));
	xl_json_arr(&j, "covers");
	for (uint32_t i = 0; i < x->c->covers.n; i++)
		xl_json_str(&j, NULL, x->c->covers.at[i]);
	xl_json_arr_end(&j);
	xl_json_str(&j, "verdict", xl_judged_text(f->verdict));
	xl_json_str(&j, "expected", xl_expectedness_text(x->expected));
	if (f->message[0])
		xl_json_str(&j, "message", f->message);
	if (x->expectation) {
		xl_json_str(&j, "why", x->expectation->why);
		if (x->expectation->link)
			xl_json_str(&j, "link", x->expectation->link);
	}
	if (f->verdict == XL_FAIL || f->verdict == XL_ERROR || f->verdict == XL_WEAK)
		write_details(&j, g, x);
	xl_json_int(&j, "ms", x->report->took_ns / 1000000);
	xl_json_obj_end(&j);
	end_line(r);
}

void xl_results_note(struct xl_results *r, const char *text)
{
	struct xl_json j;

	begin_line(r, &j, "note");
	xl_json_str(&j, "text", text);
	xl_json_obj_end(&j);
	end_line(r);
}

void xl_results_end(struct xl_results *r, const struct xl_tally *t, bool was_interrupted)
{
	struct xl_json j;

	begin_line(r, &j, "end");
	xl_json_bool(&j, "interrupted", was_interrupted);
	xl_json_int(&j, "judged", t->judged);
	for (unsigned i = 0; i < XL_JUDGED_COUNT; i++)
		xl_json_int(&j, xl_judged_text((enum xl_judged)i), t->of[i]);
	xl_json_int(&j, "xfail", t->xfail);
	xl_json_int(&j, "xpass", t->xpass);
	xl_json_int(&j, "changed", t->changed);
	xl_json_obj_end(&j);
	end_line(r);
}

int xl_results_close(struct xl_results *r, struct xl_diags *d)
{
	bool bad = r->has_failed;
	int why;

	if (r->to && fclose(r->to) == EOF)
		bad = true;
	r->to = NULL;
	if (!bad)
		return 0;
	why = errno;
	if (truncate(r->path, r->whole) < 0)
		why = errno;
	return xl_diag(d, XL_ERR_IO, XL_NOWHERE, "%s: the results could not be written: %s",
		       r->path, why ? strerror(why) : "output error");
}

/* ---- reading ---- */

static const char *text_of(const struct xl_node *n, const char *key)
{
	const struct xl_node *v = xl_node_get(n, key);

	return v && v->text ? v->text : "";
}

static bool parse_expected(const char *text, enum xl_expectedness *out)
{
	for (unsigned i = XL_EXPECTED_YES; i <= XL_EXPECTED_CHANGED; i++) {
		if (strcmp(xl_expectedness_text((enum xl_expectedness)i), text) == 0) {
			*out = (enum xl_expectedness)i;
			return true;
		}
	}
	return false;
}

static int add_case(struct xl_result_set *s, struct xl_tree *t, const struct xl_node *n,
		    struct xl_diags *d)
{
	struct xl_result x = { .tree = t,
			       .node = n,
			       .id = text_of(n, "id"),
			       .title = text_of(n, "title"),
			       .message = text_of(n, "message") };
	struct xl_result *more;

	if (!*x.id || !xl_judged_parse(text_of(n, "verdict"), &x.verdict) ||
	    !parse_expected(text_of(n, "expected"), &x.expected)) {
		xl_tree_free(t);
		return xl_diag(d, XL_ERR_SYNTAX, XL_NOWHERE,
			       "a case line without id, verdict or expected");
	}
	x.is_bad = xl_judged_is_bad(x.verdict, s->is_strict);
	if (s->n % 256 == 0) {
		more = realloc(s->at, (s->n + 256) * sizeof *more);
		if (!more) {
			xl_tree_free(t);
			return xl_diag(d, XL_ERR_NOMEM, XL_NOWHERE, "no memory left");
		}
		s->at = more;
	}
	s->at[s->n++] = x;
	return 0;
}

static int add_line(struct xl_result_set *s, const char *line, size_t len, const char *path,
		    struct xl_diags *d)
{
	struct xl_tree *t = xl_tree_read_text(line, len, path, d);
	const struct xl_node *root;
	const char *type;

	if (!t)
		return XL_ERR_SYNTAX;
	root = xl_tree_root(t);
	type = text_of(root, "type");
	if (strcmp(type, "case") == 0)
		return add_case(s, t, root, d);
	if (strcmp(type, "run") == 0 && !s->run) {
		s->run = t;
		s->is_strict = strcmp(text_of(root, "level"), "should") == 0;
		return 0;
	}
	if (strcmp(type, "end") == 0) {
		bool was = false;

		s->has_end = true;
		if (xl_node_bool(xl_node_get(root, "interrupted"), &was))
			s->was_interrupted = was;
	}
	xl_tree_free(t);
	return 0;
}

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct xl_result *)a)->id, ((const struct xl_result *)b)->id);
}

int xl_results_read(struct xl_result_set *s, const char *path, struct xl_diags *d)
{
	FILE *in = fopen(path, "re");
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;
	int r = 0;

	memset(s, 0, sizeof *s);
	if (!in)
		return xl_diag(d, XL_ERR_IO, XL_NOWHERE, "%s: %s", path, strerror(errno));
	while (r == 0 && (n = getline(&line, &cap, in)) > 0)
		if (line[n - 1] == '\n') /* otherwise the disk was full, or the run was killed */
			r = add_line(s, line, (size_t)n, path, d);
	if (ferror(in) && r == 0)
		r = xl_diag(d, XL_ERR_IO, XL_NOWHERE, "%s: %s", path, strerror(errno));
	free(line);
	fclose(in);
	if (r == 0 && s->n)
		qsort(s->at, s->n, sizeof *s->at, by_id);
	if (r < 0)
		xl_result_set_free(s);
	return r;
}

void xl_result_set_free(struct xl_result_set *s)
{
	for (size_t i = 0; i < s->n; i++)
		xl_tree_free(s->at[i].tree);
	free(s->at);
	if (s->run)
		xl_tree_free(s->run);
	memset(s, 0, sizeof *s);
}
