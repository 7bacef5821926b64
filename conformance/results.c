/* results.c - see results.h. */
#include "conformance/results.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>
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

void xl_results_run(struct xl_results *r, const struct xl_results_head *h)
{
	char started[32] = "";
	time_t now = time(NULL);
	struct tm tm;
	const struct xl_adapter *a = h->adapter;
	struct xl_json j;

	if (gmtime_r(&now, &tm))
		strftime(started, sizeof started, "%Y-%m-%dT%H:%M:%SZ", &tm);
	begin_line(r, &j, "run");
	xl_json_int(&j, "schema_version", XL_RESULTS_SCHEMA);
	xl_json_str(&j, "xlatlab", XL_VERSION);
	xl_json_str(&j, "vectors", h->golden->version);
	xl_json_str(&j, "iut", a->name);
	xl_json_str(&j, "iut_version", a->version);
	xl_json_str(&j, "attachment", a->attachment);
	xl_json_str(&j, "level", h->is_strict ? "should" : "must");
	xl_json_str(&j, "started", started);
	xl_json_str(&j, "repro", h->repro);
	xl_json_int(&j, "planned", h->planned);
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

static void write_details(struct xl_json *j, const struct xl_golden_config *config,
			  const struct xl_case_result *x)
{
	const struct xl_report *r = x->report;

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
	bool has_more = f->verdict == XL_FAIL || f->verdict == XL_ERROR || f->verdict == XL_WEAK ||
			f->verdict == XL_INFO;
	struct xl_json j;

	begin_line(r, &j, "case");
	xl_json_str(&j, "id", x->c->id);
	xl_json_str(&j, "title", x->c->title);
	xl_json_str(&j, "config", g->config[x->c->config].name);
	xl_json_str(&j, "level", level_text(x->c->level));
	write_requirements(&j, g, x->c);
	xl_json_str(&j, "verdict", xl_judged_text(f->verdict));
	xl_json_str(&j, "expected", xl_expectedness_text(x->expected));
	if (f->message[0])
		xl_json_str(&j, "message", f->message);
	if (x->expectation) {
		xl_json_str(&j, "why", x->expectation->why);
		if (x->expectation->link)
			xl_json_str(&j, "link", x->expectation->link);
	}
	if (has_more && x->c->interpretation && x->c->interpretation[0])
		xl_json_str(&j, "interpretation", x->c->interpretation);
	if ((has_more && f->verdict != XL_INFO) || x->report->n_sent || x->report->n_got)
		write_details(&j, &g->config[x->c->config], x);
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
