/* adapter.c - see adapter.h. */
#include "conformance/adapter.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conformance/attach/attach.h"
#include "ref/io/child.h"
#include "ref/io/conf.h"
#include "ref/io/where.h"
#include "vectors/compile.h"

/* ---- reading adapter.yaml ---- */

/* An RFC without a row of requirements would be claimed in vain. Where there are no rows at all, nothing is
 * known. */
static int check_claim(const struct xl_adapter *a, unsigned rfc, struct xl_loc loc,
		       struct xl_diags *d)
{
	char path[PATH_MAX + 64], all[400] = "";
	struct xl_arena arena = { NULL };
	struct xl_diags none;
	struct xl_strs known;
	size_t used = 0;

	snprintf(path, sizeof path, "%s/conformance/requirements", a->data);
	if (access(path, F_OK) < 0)
		return 0;
	xl_diags_init(&none);
	known = xl_dir_list(&arena, path, false, &none);
	for (uint32_t i = 0; i < known.n; i++) {
		unsigned number;

		if (sscanf(known.at[i], "rfc%u", &number) != 1)
			continue;
		if (number == rfc)
			rfc = 0;
		if (used < sizeof all)
			used += (size_t)snprintf(all + used, sizeof all - used, "%srfc%u",
						 used ? ", " : "", number);
	}
	xl_arena_fini(&arena);
	return rfc ? xl_diag(d, XL_ERR_SYNTAX, loc,
			     "claims: rfc%u: no case is about it; allowed are %s", rfc, all)
		   : 0;
}

static int read_claims(struct xl_adapter *a, const struct xl_node *n, struct xl_diags *d)
{
	if (n->kind != XL_YAML_SEQ)
		return xl_diag(d, XL_ERR_SYNTAX, n->loc,
			       "claims: must be a list such as [rfc7915]");
	a->claims = calloc(n->n + 1, sizeof *a->claims);
	if (!a->claims)
		return xl_diag(d, XL_ERR_NOMEM, n->loc, "no memory left");
	for (uint32_t i = 0; i < n->n; i++) {
		const char *text = n->item[i]->text ? n->item[i]->text : "";
		unsigned rfc;
		char rest;

		if (sscanf(text, "rfc%u%c", &rfc, &rest) != 1)
			return xl_diag(d, XL_ERR_SYNTAX, n->item[i]->loc,
				       "claims: '%s': allowed is rfc and a number", text);
		if (check_claim(a, rfc, n->item[i]->loc, d) < 0)
			return XL_ERR_SYNTAX;
		a->claims[a->n_claims++] = rfc;
	}
	return 0;
}

static int read_lack(struct xl_lack *l, const struct xl_node *n, struct xl_diags *d)
{
	const struct xl_node *feature = xl_node_get(n, "feature"), *why = xl_node_get(n, "why");

	if (n->kind != XL_YAML_MAP || !feature || !feature->text || !why || !why->text)
		return xl_diag(d, XL_ERR_SYNTAX, n->loc,
			       "lacks: each is {feature: hairpinning.simple, why: 'version and its "
			       "documentation'}");
	if (!xl_conf_is_feature(feature->text) && !xl_node_is(feature, "virtual-time"))
		return xl_diag(d, XL_ERR_SYNTAX, feature->loc,
			       "lacks: %s: no case needs such a feature; the nearest is %s "
			       "(docs/adapters.md, \"Features\")",
			       feature->text, xl_conf_feature_near(feature->text));
	*l = (struct xl_lack){ .feature = feature->text, .why = why->text };
	return 0;
}

static int read_lacks(struct xl_adapter *a, const struct xl_node *n, struct xl_diags *d)
{
	if (n->kind != XL_YAML_SEQ)
		return xl_diag(d, XL_ERR_SYNTAX, n->loc, "lacks: must be a list");
	a->lacks = calloc(n->n + 1, sizeof *a->lacks);
	if (!a->lacks)
		return xl_diag(d, XL_ERR_NOMEM, n->loc, "no memory left");
	for (uint32_t i = 0; i < n->n; i++) {
		int r = read_lack(&a->lacks[a->n_lacks], n->item[i], d);

		if (r < 0)
			return r;
		a->n_lacks++;
	}
	return 0;
}

static int read_command(struct xl_adapter *a, const struct xl_node *n, struct xl_diags *d)
{
	if (n->kind != XL_YAML_SEQ || n->n == 0 || n->n > XL_ADAPTER_ARGS_MAX)
		return xl_diag(d, XL_ERR_SYNTAX, n->loc, "command: must be a list of 1 to %d words",
			       XL_ADAPTER_ARGS_MAX);
	for (uint32_t i = 0; i < n->n; i++) {
		if (!n->item[i]->text)
			return xl_diag(d, XL_ERR_SYNTAX, n->item[i]->loc, "command: must be text");
		a->command[i] = n->item[i]->text;
	}
	return 0;
}

static int read_plugin(struct xl_adapter *a, const struct xl_node *n, struct xl_diags *d)
{
	if (!xl_where_plugin(a->folder, n->text, a->plugin))
		return xl_diag(
			d, XL_ERR_IO, n->loc,
			"plugin: %s is neither beside this file nor beside the program nor in "
			"its lib/xlatlab",
			n->text);
	return 0;
}

static int read_fresh(struct xl_adapter *a, const struct xl_node *n, struct xl_diags *d)
{
	a->is_fresh_per_case = xl_node_is(n, "case");
	if (a->is_fresh_per_case || xl_node_is(n, "configuration"))
		return 0;
	return xl_diag(d, XL_ERR_SYNTAX, n->loc, "fresh: %s: allowed are case, configuration",
		       n->text);
}

static int read_device(struct xl_adapter *a, const struct xl_node *n, struct xl_diags *d)
{
	a->is_multi_queue = xl_node_is(n, "multi-queue");
	if (a->is_multi_queue || xl_node_is(n, "single-queue"))
		return 0;
	return xl_diag(d, XL_ERR_SYNTAX, n->loc,
		       "device: %s: allowed are single-queue, multi-queue", n->text);
}

static int read_number(const struct xl_node *key, const struct xl_node *v, uint16_t max,
		       uint16_t *to, struct xl_diags *d)
{
	int64_t n;

	if (v->kind != XL_YAML_SCALAR || !xl_node_int(v, &n) || n < 0 || n > max)
		return xl_diag(d, XL_ERR_SYNTAX, v->loc, "%s: %s: allowed is 0 to %u", key->text,
			       v->text ? v->text : "no number", max);
	*to = (uint16_t)n;
	return 0;
}

static int read_hops(struct xl_adapter *a, const struct xl_node *n, struct xl_diags *d)
{
	if (n->kind != XL_YAML_MAP)
		return xl_diag(d, XL_ERR_SYNTAX, n->loc,
			       "extra-hops: must be a mapping: {before: 1, after: 1}");
	for (uint32_t i = 0; i < n->n; i++) {
		bool is_before = xl_node_is(n->key[i], "before");
		uint16_t hops;

		if (!is_before && !xl_node_is(n->key[i], "after"))
			return xl_diag(d, XL_ERR_SYNTAX, n->key[i]->loc,
				       "extra-hops: %s: unknown key: allowed are before, after",
				       n->key[i]->text);
		if (read_number(n->key[i], n->item[i], XL_HOPS_MAX, &hops, d) < 0)
			return XL_ERR_SYNTAX;
		*(is_before ? &a->hops.before : &a->hops.after) = (uint8_t)hops;
	}
	return 0;
}

static int read_key(struct xl_adapter *a, const struct xl_node *key, const struct xl_node *v,
		    struct xl_diags *d)
{
	if (xl_node_is(key, "claims"))
		return read_claims(a, v, d);
	if (xl_node_is(key, "lacks"))
		return read_lacks(a, v, d);
	if (xl_node_is(key, "command"))
		return read_command(a, v, d);
	if (xl_node_is(key, "extra-hops"))
		return read_hops(a, v, d);
	if (xl_node_is(key, "grace-ms"))
		return read_number(key, v, XL_GRACE_MS_MAX, &a->grace_ms, d);
	if (v->kind != XL_YAML_SCALAR)
		return xl_diag(d, XL_ERR_SYNTAX, v->loc, "%s: must be text", key->text);
	if (xl_node_is(key, "name")) {
		snprintf(a->name, sizeof a->name, "%s", v->text);
		return 0;
	}
	if (xl_node_is(key, "plugin"))
		return read_plugin(a, v, d);
	if (xl_node_is(key, "fresh"))
		return read_fresh(a, v, d);
	if (xl_node_is(key, "device"))
		return read_device(a, v, d);
	if (!xl_node_is(key, "attachment"))
		return xl_diag(d, XL_ERR_SYNTAX, key->loc,
			       "%s: unknown key: allowed are name, attachment, plugin, command, "
			       "fresh, device, extra-hops, grace-ms, claims, lacks",
			       key->text);
	a->attachment = v->text;
	if (!xl_attach_named(v->text))
		return xl_diag(d, XL_ERR_SYNTAX, v->loc, "attachment: %s: allowed are %s", v->text,
			       xl_attach_names());
	return 0;
}

static int read_yaml(struct xl_adapter *a, const char *path, struct xl_diags *d)
{
	const struct xl_node *root;
	const struct xl_attach_row *row;
	int r = 0;

	a->tree = xl_tree_read(path, d);
	if (!a->tree)
		return XL_ERR_SYNTAX;
	root = xl_tree_root(a->tree);
	if (root->kind != XL_YAML_MAP)
		return xl_diag(d, XL_ERR_SYNTAX, root->loc, "must be a mapping");
	for (uint32_t i = 0; i < root->n; i++) {
		int one = read_key(a, root->key[i], root->item[i], d);

		r = r ? r : one;
	}
	if (r)
		return r;
	if (!a->name[0] || !a->attachment || !a->n_claims)
		return xl_diag(d, XL_ERR_SYNTAX, root->loc,
			       "name, attachment and claims are required");
	row = xl_attach_named(a->attachment);
	if (row->needs_plugin && (a->grace_ms || a->hops.before || a->hops.after))
		return xl_diag(d, XL_ERR_SYNTAX, root->loc,
			       "extra-hops and grace-ms are for a host between: a plugin has none");
	if (a->is_multi_queue && strcmp(a->attachment, "tun") != 0)
		return xl_diag(d, XL_ERR_SYNTAX, root->loc, "device: only attachment tun has one");
	if (row->needs_plugin && !a->plugin[0])
		return xl_diag(d, XL_ERR_SYNTAX, root->loc, "plugin is required");
	if (!row->needs_plugin && !a->command[0] && !a->has_run)
		return xl_diag(d, XL_ERR_SYNTAX, root->loc,
			       "command, or an executable `run` in the folder, is required");
	return 0;
}

/* ---- opening ---- */

static bool is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

struct xl_strs xl_adapter_names(struct xl_arena *a, const char *data, struct xl_diags *d)
{
	char *dir = xl_arena_printf(a, "%s/conformance/adapters", data);
	struct xl_strs all = xl_dir_list(a, dir, true, d);
	const char **name = xl_arena_alloc(a, (all.n + 1) * sizeof *name);
	uint32_t n = 0;

	for (uint32_t i = 0; i < all.n; i++)
		if (access(xl_arena_printf(a, "%s/%s/adapter.yaml", dir, all.at[i]), R_OK) == 0)
			name[n++] = all.at[i];
	return (struct xl_strs){ name, n };
}

static void say_missing(const char *iut, const char *data, struct xl_diags *d)
{
	struct xl_arena a = { NULL };
	struct xl_strs names = xl_adapter_names(&a, data, NULL);
	char *all = xl_arena_printf(&a, "%s", names.n ? names.at[0] : "none");

	for (uint32_t i = 1; i < names.n; i++)
		all = xl_arena_printf(&a, "%s, %s", all, names.at[i]);
	(void)xl_diag(d, XL_ERR_IO, XL_NOWHERE,
		      "no adapter '%s': allowed are a folder with adapter.yaml and the names in "
		      "%s/conformance/adapters: %s",
		      iut, data, all);
	xl_arena_fini(&a);
}

int xl_adapter_open(struct xl_adapter *a, const char *iut, const char *data, struct xl_diags *d)
{
	char path[PATH_MAX];

	*a = (struct xl_adapter){ .data = data };
	if (strchr(iut, '/') || strcmp(iut, ".") == 0 || strcmp(iut, "..") == 0)
		snprintf(path, sizeof path, "%s", iut);
	else
		snprintf(path, sizeof path, "%s/conformance/adapters/%s", data, iut);
	if (!is_folder(path) && is_folder(iut))
		snprintf(path, sizeof path, "%s", iut);
	if (!is_folder(path) || !realpath(path, a->folder)) {
		say_missing(iut, data, d);
		return XL_ERR_IO;
	}
	if ((size_t)snprintf(path, sizeof path, "%s/run", a->folder) < sizeof path)
		a->has_run = access(path, X_OK) == 0;
	if ((size_t)snprintf(path, sizeof path, "%s/adapter.yaml", a->folder) >= sizeof path ||
	    access(path, F_OK) < 0) {
		say_missing(iut, data, d);
		return XL_ERR_IO;
	}
	if (read_yaml(a, path, d) < 0)
		return XL_ERR_SYNTAX;
	snprintf(path, sizeof path, "%.*s/expected.yaml", PATH_MAX - 20, a->folder);
	return xl_expected_read(&a->expected, path, d);
}

void xl_adapter_close(struct xl_adapter *a)
{
	xl_expected_free(&a->expected);
	free(a->claims);
	free(a->lacks);
	if (a->tree)
		xl_tree_free(a->tree);
	*a = (struct xl_adapter){ .attachment = NULL };
}

/* ---- verbs ---- */

enum { VERB_SECONDS = 30 };

struct verb {
	const char *name, *arg; /* arg: NULL when there is none */
	struct xl_adapter_place at;
	double scale; /* of its deadline */
};

/* Runs `run VERB`; its output in out. The exit status, or a negative enum xl_err. */
static int run_verb(const struct xl_adapter *a, const struct verb *v, char *out, size_t cap,
		    struct xl_diags *d)
{
	char path[PATH_MAX];
	const char *argv[] = { path, v->name, v->arg, NULL };
	struct xl_child_spec spec = { .argv = argv,
				      .cwd = a->folder,
				      .env = v->at.env,
				      .io = XL_CHILD_PIPES,
				      .netns_fd = v->at.netns_fd };
	int64_t deadline = xl_clock_ns() + (int64_t)(VERB_SECONDS * v->scale * 1e9);
	int status, r;

	snprintf(path, sizeof path, "%.*s/run", PATH_MAX - 8, a->folder);
	r = xl_child_capture(&spec, deadline, out, cap, &status, d);
	if (r < 0)
		return r;
	if (!WIFEXITED(status)) {
		char text[64];

		return xl_diag(d, XL_ERR_STATE, XL_NOWHERE, "%s %s: %s", path, v->name,
			       xl_child_status_text(status, text));
	}
	return WEXITSTATUS(status);
}

int xl_adapter_verb(const struct xl_adapter *a, const char *name, double scale, char *out,
		    size_t cap, struct xl_diags *d)
{
	return run_verb(a, &(struct verb){ .name = name, .scale = scale }, out, cap, d);
}

static int check_honest(const struct xl_adapter *a, double scale, struct xl_diags *d)
{
	char name[40], out[64];
	int r;

	snprintf(name, sizeof name, "no-such-verb-%08x",
		 (unsigned)(xl_clock_ns() ^ (int64_t)getpid() << 16));
	r = xl_adapter_verb(a, name, scale, out, sizeof out, d);
	if (r < 0)
		return r;
	if (r != XL_ADAPTER_UNKNOWN_VERB)
		return xl_diag(d, XL_ERR_STATE, XL_NOWHERE,
			       "%s/run says %d to a verb that does not exist; it must exit with %d",
			       a->folder, r, XL_ADAPTER_UNKNOWN_VERB);
	return 0;
}

int xl_adapter_setup(struct xl_adapter *a, double scale, struct xl_diags *d)
{
	char out[XL_VERSION_MAX];
	int r;

	if (!a->has_run)
		return 0;
	r = check_honest(a, scale, d);
	if (r < 0)
		return r;
	r = xl_adapter_verb(a, "probe", scale, out, sizeof out, d);
	if (r < 0)
		return r;
	if (r == XL_ADAPTER_NOT_INSTALLED)
		return xl_diag(d, XL_ERR_STATE, XL_NOWHERE, "%s is not installed", a->name);
	if (r != 0)
		return xl_diag(d, XL_ERR_STATE, XL_NOWHERE,
			       "%s: probe exits with %d; 0 and 3 are allowed", a->name, r);
	snprintf(a->version, sizeof a->version, "%.*s", (int)strcspn(out, "\n"), out);
	r = xl_adapter_verb(a, "setup", scale, out, sizeof out, d);
	if (r > 0)
		return xl_diag(d, XL_ERR_STATE, XL_NOWHERE, "%s: setup exits with %d", a->name, r);
	return r;
}

int xl_adapter_teardown(struct xl_adapter *a, double scale, struct xl_diags *d)
{
	char out[64];
	int r;

	if (!a->has_run)
		return 0;
	r = xl_adapter_verb(a, "teardown", scale, out, sizeof out, d);
	if (r > 0)
		return xl_diag(d, XL_ERR_STATE, XL_NOWHERE, "%s: teardown exits with %d", a->name,
			       r);
	return r;
}

int xl_adapter_config(const struct xl_adapter *a, const char *file,
		      const struct xl_adapter_place *at, double scale, struct xl_diags *d)
{
	struct verb v = { .name = "config", .arg = file, .at = *at, .scale = scale };
	char out[64];
	int r;

	if (!a->has_run || a->command[0])
		return 0;
	r = run_verb(a, &v, out, sizeof out, d);
	if (r > 0 && r != XL_ADAPTER_UNKNOWN_VERB)
		return xl_diag(d, XL_ERR_STATE, XL_NOWHERE, "%s: config exits with %d", a->name, r);
	return r == XL_ADAPTER_UNKNOWN_VERB ? 0 : r;
}

int xl_adapter_stop(const struct xl_adapter *a, const char *file, const struct xl_adapter_place *at,
		    double scale, struct xl_diags *d)
{
	struct verb v = { .name = "stop", .arg = file, .at = *at, .scale = scale };
	static bool has_none; /* a process knows one adapter */
	char out[64];
	int r;

	if (!a->has_run || a->command[0] || has_none)
		return 0;
	r = run_verb(a, &v, out, sizeof out, d);
	has_none = r == XL_ADAPTER_UNKNOWN_VERB;
	if (r > 0 && !has_none)
		return xl_diag(d, XL_ERR_STATE, XL_NOWHERE, "the verb stop exits with %d", r);
	return has_none ? 0 : r;
}

/* ---- which cases are judged ---- */

static const struct xl_lack *find_lack(const struct xl_adapter *a, struct xl_strs features)
{
	for (uint32_t i = 0; i < features.n; i++)
		for (size_t k = 0; k < a->n_lacks; k++)
			if (xl_conf_feature_covers(a->lacks[k].feature, features.at[i]))
				return &a->lacks[k];
	return NULL;
}

static const struct xl_lack *find_lack_of(const struct xl_adapter *a, unsigned eam_traits)
{
	const struct xl_lack *lack = NULL;

	for (unsigned t = XL_EAM_LOCAL; t <= XL_EAM_WELL_KNOWN && !lack; t <<= 1) {
		const char *feature = xl_conf_eam_feature(t);

		if (eam_traits & t)
			lack = find_lack(a, (struct xl_strs){ &feature, 1 });
	}
	return lack;
}

/* Whether a row was left out. Which rows overlap is seen in the whole table. */
static bool leave_out_rows(const struct xl_adapter *a, struct xl_conf_space *s)
{
	bool *is_out = calloc(s->n_eams + 1, sizeof *is_out);
	size_t n = 0;

	for (size_t i = 0; is_out && i < s->n_eams; i++)
		is_out[i] = find_lack_of(a, xl_conf_eam_traits(s, i));
	for (size_t i = 0; is_out && i < s->n_eams; i++)
		if (!is_out[i])
			s->eam[n++] = s->eam[i];
	free(is_out);
	if (!is_out || n == s->n_eams)
		return false;
	s->n_eams = n;
	return true;
}

char *xl_adapter_translator(const struct xl_adapter *a, const struct xl_golden_config *c,
			    struct xl_diags *d)
{
	char *json = strdup(c->json), *less = NULL;
	struct xl_conf conf;
	size_t size;
	bool is_less = false;
	FILE *to;

	if (json && find_lack(a, c->features) &&
	    xl_conf_read_text(json, strlen(json), c->name, &conf, d) == 0) {
		for (size_t i = 0; i < conf.n_spaces; i++)
			is_less |= leave_out_rows(a, &conf.space[i]);
		to = is_less ? open_memstream(&less, &size) : NULL;
		if (to) {
			xl_conf_write_json(&conf, to);
			fclose(to);
		}
		xl_conf_fini(&conf);
	}
	if (!json)
		(void)xl_diag(d, XL_ERR_NOMEM, XL_NOWHERE, "no memory left");
	if (!less)
		return json;
	free(json);
	return less;
}

static bool claims(const struct xl_adapter *a, uint32_t rfc)
{
	for (size_t i = 0; i < a->n_claims; i++)
		if (a->claims[i] == rfc)
			return true;
	return false;
}

/* A suite named after an RFC is judged when that RFC is claimed: what it takes from other RFCs (a
 * router's duties, the form of ICMP) belongs to it. Other suites: when one RFC that the case covers is. */
static bool is_claimed(const struct xl_adapter *a, const struct xl_golden *g,
		       const struct xl_case *c)
{
	unsigned rfc;

	if (sscanf(g->suites.at[c->suite], "rfc%u", &rfc) == 1)
		return claims(a, rfc);
	for (uint32_t i = 0; i < c->covers.n; i++) {
		const struct xl_requirement *r = xl_golden_requirement(g, c->covers.at[i]);

		if (r && claims(a, r->rfc))
			return true;
	}
	return c->covers.n == 0;
}

enum xl_judged xl_adapter_admits(const struct xl_adapter *a, const struct xl_golden *g,
				 const struct xl_case *c, bool all_rfcs, char *why, size_t cap)
{
	const struct xl_golden_config *config = &g->config[c->config];
	const struct xl_lack *lack = find_lack(a, c->needs);
	const char *cannot;

	if (!all_rfcs && !is_claimed(a, g, c)) {
		snprintf(why, cap, "no RFC is claimed that suite %s is about",
			 g->suites.at[c->suite]);
		return XL_SKIP;
	}
	if (lack) {
		snprintf(why, cap, "lacks %s: %s", lack->feature, lack->why);
		return XL_UNSUPPORTED;
	}
	cannot = xl_hops_cannot(a->hops, c);
	if (cannot) {
		snprintf(why, cap, "extra-hops: %s", cannot);
		return XL_UNSUPPORTED;
	}
	cannot = xl_attach_cannot(xl_attach_named(a->attachment), config, c);
	if (cannot) {
		snprintf(why, cap, "attachment %s: %s", a->attachment, cannot);
		return XL_UNSUPPORTED;
	}
	return XL_PASS;
}
