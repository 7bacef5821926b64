/* expected.c - see expected.h. */
#include "conformance/expected.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *xl_expectedness_text(enum xl_expectedness x)
{
	static const char *const text[] = { [XL_EXPECTED_YES] = "yes",
					    [XL_EXPECTED_NO] = "no",
					    [XL_EXPECTED_CHANGED] = "changed" };

	return text[x];
}

/* ---- reading ---- */

static int read_fields(struct xl_expectation *x, struct xl_tree *t, const struct xl_node *n,
		       struct xl_diags *d)
{
	const char **at;

	if (n->kind != XL_YAML_SEQ)
		return xl_diag(d, XL_ERR_SYNTAX, n->loc, "fields: must be a list of field names");
	at = xl_tree_alloc(t, (n->n + 1) * sizeof *at);
	if (!at)
		return xl_diag(d, XL_ERR_NOMEM, n->loc, "no memory left");
	for (uint32_t i = 0; i < n->n; i++)
		at[i] = n->item[i]->text ? n->item[i]->text : "";
	x->field = at;
	x->n_fields = n->n;
	return 0;
}

/* More globs of the row before: a copy of it for each. */
static int read_also(struct xl_expected *e, const struct xl_node *n, struct xl_diags *d)
{
	const struct xl_expectation row = e->at[e->n - 1];

	if (n && n->kind != XL_YAML_SEQ)
		return xl_diag(d, XL_ERR_SYNTAX, n->loc, "also: must be a list of case ids");
	for (uint32_t i = 0; n && i < n->n; i++) {
		const struct xl_node *glob = n->item[i];

		if (glob->kind != XL_YAML_SCALAR)
			return xl_diag(d, XL_ERR_SYNTAX, glob->loc, "also: must be a case id");
		e->at[e->n] = row;
		e->at[e->n].glob = glob->text;
		e->at[e->n++].loc = glob->loc;
	}
	return 0;
}

static int read_key(struct xl_expectation *x, struct xl_tree *t, const struct xl_node *key,
		    const struct xl_node *v, struct xl_diags *d)
{
	if (xl_node_is(key, "fields"))
		return read_fields(x, t, v, d);
	if (xl_node_is(key, "also"))
		return 0; /* when the row is whole */
	if (v->kind != XL_YAML_SCALAR)
		return xl_diag(d, XL_ERR_SYNTAX, v->loc, "%s: must be text", key->text);
	if (xl_node_is(key, "why"))
		x->why = v->text;
	else if (xl_node_is(key, "link"))
		x->link = v->text;
	else if (!xl_node_is(key, "verdict"))
		return xl_diag(d, XL_ERR_SYNTAX, key->loc,
			       "%s: unknown key: allowed are verdict, fields, why, link, also",
			       key->text);
	else if (!xl_judged_parse(v->text, &x->verdict) || x->verdict == XL_PASS ||
		 x->verdict == XL_SKIP || x->verdict == XL_UNSUPPORTED)
		return xl_diag(d, XL_ERR_SYNTAX, v->loc,
			       "verdict: %s: allowed are fail, weak, info, error", v->text);
	return 0;
}

static int read_row(struct xl_expectation *x, struct xl_tree *t, const struct xl_node *glob,
		    const struct xl_node *v, struct xl_diags *d)
{
	int r = 0;

	*x = (struct xl_expectation){ .glob = glob->text, .verdict = XL_PASS, .loc = glob->loc };
	if (v->kind != XL_YAML_MAP)
		return xl_diag(d, XL_ERR_SYNTAX, v->loc,
			       "%s: must be a mapping: {verdict: fail, fields: [...], why: ...}",
			       glob->text);
	for (uint32_t i = 0; i < v->n; i++) {
		int one = read_key(x, t, v->key[i], v->item[i], d);

		r = r ? r : one;
	}
	if (!r && x->verdict == XL_PASS)
		return xl_diag(d, XL_ERR_SYNTAX, glob->loc, "%s: verdict is missing", glob->text);
	if (!r && (!x->why || !*x->why))
		return xl_diag(d, XL_ERR_SYNTAX, glob->loc, "%s: why is missing", glob->text);
	if (!r && x->verdict == XL_FAIL && !x->n_fields)
		return xl_diag(d, XL_ERR_SYNTAX, glob->loc,
			       "%s: a failure names the fields that differ", glob->text);
	return r;
}

int xl_expected_read(struct xl_expected *e, const char *path, struct xl_diags *d)
{
	const struct xl_node *root;
	size_t n_globs = 1;
	int r = 0;

	*e = (struct xl_expected){ .tree = NULL };
	if (access(path, F_OK) < 0 && errno == ENOENT)
		return 0;
	e->tree = xl_tree_read(path, d);
	if (!e->tree)
		return XL_ERR_SYNTAX;
	root = xl_tree_root(e->tree);
	if (root->kind == XL_YAML_SCALAR && root->len == 0)
		return 0;
	if (root->kind != XL_YAML_MAP)
		return xl_diag(d, XL_ERR_SYNTAX, root->loc,
			       "must map case ids to what is expected of them");
	for (uint32_t i = 0; i < root->n; i++) {
		const struct xl_node *also = xl_node_get(root->item[i], "also");

		n_globs += 1 + (also ? also->n : 0);
	}
	e->at = calloc(n_globs, sizeof *e->at);
	if (!e->at)
		return xl_diag(d, XL_ERR_NOMEM, root->loc, "no memory left");
	for (uint32_t i = 0; i < root->n; i++) {
		int one = read_row(&e->at[e->n++], e->tree, root->key[i], root->item[i], d);

		if (one == 0)
			one = read_also(e, xl_node_get(root->item[i], "also"), d);
		r = r ? r : one;
	}
	return r;
}

void xl_expected_free(struct xl_expected *e)
{
	free(e->at);
	if (e->tree)
		xl_tree_free(e->tree);
	*e = (struct xl_expected){ .tree = NULL };
}

/* ---- comparing ---- */

const struct xl_expectation *xl_expected_find(const struct xl_expected *e, const char *id)
{
	for (size_t i = 0; i < e->n; i++)
		if (fnmatch(e->at[i].glob, id, 0) == 0)
			return &e->at[i];
	return NULL;
}

static bool is_of_suite(const char *glob, const char *id)
{
	size_t n = strcspn(id, "/") + 1;

	return strncmp(glob, id, n) == 0;
}

int xl_expected_check(const struct xl_expected *e, const struct xl_case *c, size_t n,
		      struct xl_diags *d)
{
	struct use {
		bool is_known, is_met,
			is_first; /* its suite is there; it matches; no earlier does */
	} *use = calloc(e->n + 1, sizeof *use);
	int r = use ? 0 : xl_diag(d, XL_ERR_NOMEM, XL_NOWHERE, "no memory left");

	for (size_t k = 0; use && k < n; k++) {
		bool is_taken = false;

		for (size_t i = 0; i < e->n; i++) {
			bool is_met = fnmatch(e->at[i].glob, c[k].id, 0) == 0;

			use[i].is_known |= is_of_suite(e->at[i].glob, c[k].id);
			use[i].is_met |= is_met;
			use[i].is_first |= is_met && !is_taken;
			is_taken |= is_met;
		}
	}
	for (size_t i = 0; use && i < e->n; i++)
		if (use[i].is_known && !use[i].is_first)
			r = xl_diag(d, XL_ERR_SYNTAX, e->at[i].loc, "%s: %s", e->at[i].glob,
				    use[i].is_met ? "rows before it take all its cases"
						  : "no case has such an id");
	free(use);
	return r;
}

static bool lists_field(const struct xl_expectation *e, const char *name)
{
	for (uint32_t i = 0; i < e->n_fields; i++)
		if (strcmp(e->field[i], name) == 0)
			return true;
	return false;
}

static bool has_diff(const struct xl_finding *f, const char *name)
{
	for (uint16_t i = 0; i < f->diffs.n; i++)
		if (strcmp(f->diffs.at[i].name, name) == 0)
			return true;
	return false;
}

/* Both sets of names are the same. What differs beyond those that are kept is not known. */
static bool same_fields(const struct xl_expectation *e, const struct xl_finding *f)
{
	if (f->diffs.n_lost)
		return false;
	for (uint16_t i = 0; i < f->diffs.n; i++)
		if (!lists_field(e, f->diffs.at[i].name))
			return false;
	for (uint32_t i = 0; i < e->n_fields; i++)
		if (!has_diff(f, e->field[i]))
			return false;
	return true;
}

bool xl_judged_is_bad(enum xl_judged verdict, bool is_strict)
{
	return verdict == XL_FAIL || verdict == XL_ERROR || (is_strict && verdict == XL_WEAK);
}

enum xl_expectedness xl_expected_diff(const struct xl_expectation *e, const struct xl_finding *f,
				      bool is_strict)
{
	bool is_good = !xl_judged_is_bad(f->verdict, is_strict);

	if (f->verdict == XL_SKIP || f->verdict == XL_UNSUPPORTED)
		return XL_EXPECTED_YES;
	if (!e)
		return is_good ? XL_EXPECTED_YES : XL_EXPECTED_NO;
	if (f->verdict == e->verdict)
		return e->n_fields == 0 || same_fields(e, f) ? XL_EXPECTED_YES
							     : XL_EXPECTED_CHANGED;
	return is_good ? XL_EXPECTED_NO : XL_EXPECTED_CHANGED;
}
