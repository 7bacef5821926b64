/* results_read.c - results.jsonl back in memory, for renderers; see results.h.
 *
 * The file is data from elsewhere: a line that is cut off, is no object, or lacks what its type must have is
 * one message with file, line and column, and nothing is rendered from a file like that.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/results.h"

const char *xl_word_text(enum xl_word w)
{
	static const char *const text[] = {
		[XL_WORD_PASS] = "pass",   [XL_WORD_WEAK] = "weak",
		[XL_WORD_INFO] = "info",   [XL_WORD_FAIL] = "fail",
		[XL_WORD_ERROR] = "error", [XL_WORD_XFAIL] = "xfail",
		[XL_WORD_XPASS] = "xpass", [XL_WORD_CHANGED] = "changed",
		[XL_WORD_SKIP] = "skip",   [XL_WORD_UNSUPPORTED] = "unsupported",
	};

	return text[w];
}

enum xl_word xl_result_word(const struct xl_result *r)
{
	static const enum xl_word of[XL_JUDGED_COUNT] = {
		[XL_PASS] = XL_WORD_PASS,   [XL_FAIL] = XL_WORD_FAIL,
		[XL_WEAK] = XL_WORD_WEAK,   [XL_INFO] = XL_WORD_INFO,
		[XL_SKIP] = XL_WORD_SKIP,   [XL_UNSUPPORTED] = XL_WORD_UNSUPPORTED,
		[XL_ERROR] = XL_WORD_ERROR,
	};

	if (r->expected == XL_EXPECTED_CHANGED)
		return XL_WORD_CHANGED;
	if (r->is_bad)
		return r->expected == XL_EXPECTED_YES ? XL_WORD_XFAIL : of[r->verdict];
	return r->expected == XL_EXPECTED_NO ? XL_WORD_XPASS : of[r->verdict];
}

/* ---- members ---- */

const char *xl_result_text(const struct xl_node *n, const char *key)
{
	const struct xl_node *v = xl_node_get(n, key);

	return v && v->kind == XL_YAML_SCALAR && v->text ? v->text : "";
}

int64_t xl_result_int(const struct xl_node *n, const char *key, int64_t otherwise)
{
	int64_t v;

	return xl_node_int(xl_node_get(n, key), &v) ? v : otherwise;
}

uint32_t xl_result_count(const struct xl_node *list)
{
	return list && list->kind == XL_YAML_SEQ ? list->n : 0;
}

/* ---- lines ---- */

struct source {
	struct xl_result_set *set;
	const char *path;
	uint32_t line;
	struct xl_diags *d;
};

static int refuse(const struct source *in, const struct xl_node *at, const char *text)
{
	struct xl_loc loc = { .file = in->path, .line = in->line, .col = at ? at->loc.col : 1 };

	return xl_diag(in->d, XL_ERR_SYNTAX, loc, "%s", text);
}

/* Room for one more of `size` octets behind n; NULL: no memory, which is then said. */
static void *grow(void *at, size_t n, size_t size, struct xl_diags *d)
{
	void *more = n % 256 ? at : realloc(at, (n + 256) * size);

	if (!more)
		(void)xl_diag(d, XL_ERR_NOMEM, XL_NOWHERE, "no memory left");
	return more;
}

static int read_run(const struct source *in, const struct xl_node *n)
{
	struct xl_result_set *s = in->set;
	const struct xl_node *version = xl_node_get(n, "schema_version");
	int64_t v;

	if (s->iut)
		return refuse(in, NULL, "a second run line: one file holds one run");
	if (!xl_node_int(version, &v) || v != XL_RESULTS_SCHEMA)
		return refuse(in, version, "schema_version: allowed is 1");
	s->iut = xl_result_text(n, "iut");
	s->iut_version = xl_result_text(n, "iut_version");
	s->attachment = xl_result_text(n, "attachment");
	s->vectors = xl_result_text(n, "vectors");
	s->xlatlab = xl_result_text(n, "xlatlab");
	s->is_strict = strcmp(xl_result_text(n, "level"), "should") == 0;
	s->started = xl_result_text(n, "started");
	s->repro = xl_result_text(n, "repro");
	if (!*s->iut)
		return refuse(in, xl_node_get(n, "iut"), "iut: the run line must name it");
	return 0;
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

static int read_case(const struct source *in, const struct xl_node *n)
{
	struct xl_result x = { .node = n,
			       .line = in->line,
			       .id = xl_result_text(n, "id"),
			       .title = xl_result_text(n, "title"),
			       .message = xl_result_text(n, "message") };
	struct xl_result *more;

	if (!*x.id)
		return refuse(in, xl_node_get(n, "id"), "id: a case line must have one");
	if (!xl_judged_parse(xl_result_text(n, "verdict"), &x.verdict))
		return refuse(
			in, xl_node_get(n, "verdict"),
			"verdict: allowed are pass, fail, weak, info, unsupported, skip, error");
	if (!parse_expected(xl_result_text(n, "expected"), &x.expected))
		return refuse(in, xl_node_get(n, "expected"),
			      "expected: allowed are yes, no, changed");
	x.is_bad = xl_judged_is_bad(x.verdict, in->set->is_strict);
	more = grow(in->set->at, in->set->n, sizeof *more, in->d);
	if (!more)
		return XL_ERR_NOMEM;
	in->set->at = more;
	more[in->set->n++] = x;
	return 0;
}

static int read_note(const struct source *in, const struct xl_node *n)
{
	struct xl_result_set *s = in->set;
	char **more = grow(s->note, s->n_notes, sizeof *more, in->d);

	if (!more)
		return XL_ERR_NOMEM;
	s->note = more;
	more[s->n_notes] = strdup(xl_result_text(n, "text"));
	if (!more[s->n_notes])
		return xl_diag(in->d, XL_ERR_NOMEM, XL_NOWHERE, "no memory left");
	s->n_notes++;
	return 0;
}

static int read_end(const struct source *in, const struct xl_node *n)
{
	bool was = false;

	if (!xl_node_bool(xl_node_get(n, "interrupted"), &was))
		return refuse(in, xl_node_get(n, "interrupted"),
			      "interrupted: allowed are true, false");
	in->set->has_end = true;
	in->set->was_interrupted = was;
	return 0;
}

static const struct {
	const char *type;
	int (*read)(const struct source *in, const struct xl_node *n);
} types[] = {
	{ "run", read_run }, { "case", read_case }, { "note", read_note }, { "end", read_end }
};

static int read_typed(const struct source *in, struct xl_tree *t)
{
	const struct xl_node *root = xl_tree_root(t), *type = xl_node_get(root, "type");

	if (root->kind != XL_YAML_MAP)
		return refuse(in, root, "not an object: each line is one");
	if (!in->set->iut && !xl_node_is(type, "run"))
		return refuse(in, type, "the first line must be of type run");
	if (in->set->has_end)
		return refuse(in, NULL, "a line behind the end line");
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (xl_node_is(type, types[i].type))
			return types[i].read(in, root);
	return refuse(in, type, "type: allowed are run, case, note, end");
}

/* Who keeps pointing into a line's tree keeps the tree. */
static void keep(struct xl_result_set *s, struct xl_tree *t)
{
	if (s->n && s->at[s->n - 1].node == xl_tree_root(t))
		s->at[s->n - 1].tree = t;
	else if (s->iut && !s->tree)
		s->tree = t;
	else
		xl_tree_free(t);
}

static int read_line(const struct source *in, const char *line, size_t len)
{
	static struct xl_diags faults;
	struct xl_tree *t;
	int r;

	if (line[len - 1] != '\n')
		return refuse(
			in, NULL,
			"the line is cut off: the disk was full, or the run was killed; what is "
			"before it can be used without it");
	xl_diags_init(&faults);
	t = xl_tree_read_text(line, len - 1, in->path, &faults);
	if (!t) {
		struct xl_loc loc = faults.at[0].loc;

		loc.file = in->path;
		loc.line = in->line;
		return xl_diag(in->d, XL_ERR_SYNTAX, loc, "%s", faults.at[0].text);
	}
	r = read_typed(in, t);
	if (r == 0)
		keep(in->set, t);
	else
		xl_tree_free(t);
	return r;
}

static int by_id(const void *a, const void *b)
{
	const struct xl_result *x = a, *y = b;
	int r = strcmp(x->id, y->id);

	return r ? r : (x->line > y->line) - (x->line < y->line);
}

static int sort(struct source *in)
{
	struct xl_result_set *s = in->set;

	if (s->n)
		qsort(s->at, s->n, sizeof *s->at, by_id);
	for (size_t i = 1; i < s->n; i++) {
		in->line = s->at[i].line;
		if (strcmp(s->at[i].id, s->at[i - 1].id) == 0)
			return refuse(in, xl_node_get(s->at[i].node, "id"),
				      "a second line for this case");
	}
	return 0;
}

int xl_results_read(struct xl_result_set *s, const char *path, struct xl_diags *d)
{
	struct source in = { .set = s, .path = path, .d = d };
	FILE *from = fopen(path, "re");
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;
	int r = 0;

	memset(s, 0, sizeof *s);
	if (!from)
		return xl_diag(d, XL_ERR_IO, XL_NOWHERE, "%s: %s", path, strerror(errno));
	while (r == 0 && (n = getline(&line, &cap, from)) > 0) {
		in.line++;
		r = read_line(&in, line, (size_t)n);
	}
	if (r == 0 && ferror(from))
		r = xl_diag(d, XL_ERR_IO, XL_NOWHERE, "%s: %s", path, strerror(errno));
	free(line);
	fclose(from);
	in.line = in.line ? in.line : 1;
	if (r == 0 && !s->iut)
		r = refuse(&in, NULL, "nothing is in it: the first line must be of type run");
	if (r == 0)
		r = sort(&in);
	if (r < 0)
		xl_result_set_free(s);
	return r;
}

void xl_result_set_free(struct xl_result_set *s)
{
	for (size_t i = 0; i < s->n; i++)
		xl_tree_free(s->at[i].tree);
	for (size_t i = 0; i < s->n_notes; i++)
		free(s->note[i]);
	free(s->at);
	free(s->note);
	xl_tree_free(s->tree);
	memset(s, 0, sizeof *s);
}

bool xl_results_cut_off(const struct xl_result_set *s)
{
	return !s->has_end || s->was_interrupted;
}
