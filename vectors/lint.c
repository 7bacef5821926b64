/* lint.c - see lint.h. Each check is one function; each says what is wrong and where. */
#include "vectors/lint.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vectors/layers.h"

enum { UNTESTABLE_PERCENT_MAX = 15, SETTLED_PERCENT_MIN = 80 };

struct run {
	const struct xl_lint *l;
	int n;
};

static void fault(struct run *r, struct xl_loc loc, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void fault(struct run *r, struct xl_loc loc, const char *fmt, ...)
{
	char text[XL_DIAG_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	r->n++;
	(void)xl_diag(r->l->d, XL_ERR_SYNTAX, loc, "%s", text);
	if (r->l->on_faults)
		r->l->on_faults(r->l->d);
}

/* ---- cases ---- */

static void lint_covers(struct run *r)
{
	const struct xl_set *s = r->l->set;

	for (size_t i = 0; i < s->golden.n_cases; i++) {
		const struct xl_case *c = &s->golden.cases[i];

		for (uint32_t k = 0; s->text[i].has_missing_covers && k < c->covers.n; k++)
			if (!xl_req_find(&s->reqs, c->covers.at[k]))
				fault(r, s->text[i].loc, "%s: covers '%s', which is no requirement",
				      c->id, c->covers.at[k]);
	}
}

/* Ports and identifiers left out come from the case's hash. Two cases of one configuration that hash
 * alike could be taken for each other while packets of both are in flight. */
struct mark {
	uint32_t ports;
	uint16_t config;
	size_t at;
};

static int by_mark(const void *a, const void *b)
{
	const struct mark *x = a, *y = b;

	if (x->config != y->config)
		return x->config < y->config ? -1 : 1;
	return x->ports < y->ports ? -1 : x->ports > y->ports;
}

static void lint_marks(struct run *r)
{
	const struct xl_golden *g = &r->l->set->golden;
	struct mark *m = calloc(g->n_cases + 1, sizeof(*m));

	for (size_t i = 0; m && i < g->n_cases; i++)
		m[i] = (struct mark){ r->l->set->text[i].hash & 0xfffffff, g->cases[i].config, i };
	if (m && g->n_cases)
		qsort(m, g->n_cases, sizeof(*m), by_mark);
	for (size_t i = 1; m && i < g->n_cases; i++)
		if (by_mark(&m[i - 1], &m[i]) == 0)
			fault(r, r->l->set->text[m[i].at].loc,
			      "%s and %s get the same ports in configuration %s: rename the newer "
			      "one",
			      g->cases[m[i - 1].at].id, g->cases[m[i].at].id,
			      g->config[m[i].config].name);
	free(m);
}

static void lint_settled(struct run *r)
{
	static const char *const suites[] = { "rfc6052", "rfc7757", "rfc7915" };
	const struct xl_golden *g = &r->l->set->golden;

	for (size_t k = 0; k < sizeof(suites) / sizeof(suites[0]); k++) {
		size_t n = 0, settled = 0;
		struct xl_loc loc = { .file = suites[k] };

		for (size_t i = 0; i < g->n_cases; i++) {
			if (strcmp(g->suites.at[g->cases[i].suite], suites[k]) != 0)
				continue;
			if (n++ == 0)
				loc = (struct xl_loc){ r->l->set->text[i].loc.file, 1, 1 };
			settled += xl_case_is_settled(&g->cases[i]);
		}
		if (100 * settled < SETTLED_PERCENT_MIN * n)
			fault(r, loc,
			      "%s: %zu of %zu cases have one passing outcome without predicates: "
			      "at "
			      "least %d %% wanted",
			      suites[k], settled, n, SETTLED_PERCENT_MIN);
	}
}

/* A need that says more than that there is a translator with mappings: who has the feature has to do it. */
static bool has_feature(const struct xl_case *c)
{
	for (uint32_t i = 0; i < c->needs.n; i++) {
		const char *need = c->needs.at[i];

		if (strcmp(need, "virtual-time") != 0 && strncmp(need, "interfaces", 10) != 0 &&
		    strncmp(need, "eamt", 4) != 0)
			return true;
	}
	return false;
}

/* What is left open says why, and a SHOULD can be missed. */
static void lint_outcomes(struct run *r)
{
	const struct xl_golden *g = &r->l->set->golden;

	for (size_t i = 0; i < g->n_cases; i++) {
		const struct xl_case *c = &g->cases[i];
		bool is_open = false, is_strict = c->level != XL_REQ_MUST;

		for (uint32_t t = 0; t < c->n_turns; t++)
			for (uint32_t k = 0; k < c->turn[t].n_outcomes; k++) {
				enum xl_level level = c->turn[t].outcome[k].level;

				is_open = is_open || level == XL_LEVEL_INFO ||
					  (k && level == XL_LEVEL_MUST);
				is_strict = is_strict && level == XL_LEVEL_MUST;
			}
		if (is_open && c->interpretation[0] == '\0')
			fault(r, r->l->set->text[i].loc,
			      "%s: several outcomes pass or are open: an interpretation is to say "
			      "why",
			      c->id);
		if (is_strict && !is_open && !has_feature(c))
			fault(r, r->l->set->text[i].loc,
			      "%s: covers nothing above SHOULD, so missing it is to be weak",
			      c->id);
	}
}

/* The least octets of an ICMPv4 error that the translator made itself, told by its free TTL: RFC 792 asks for
 * header and 8 octets of the packet that it is about. 0: this is none. */
static uint32_t least_answer(const struct xl_want *w)
{
	uint32_t icmp, quote, header;

	if (w->len < 20 || w->bytes[0] >> 4 != 4 || w->bytes[9] != 1 || w->mask[8])
		return 0;
	icmp = (w->bytes[0] & 15u) * 4;
	quote = icmp + 8;
	if (w->len <= quote || !xl_icmp_is_error(&xl_layer_icmpv4, w->bytes[icmp]) ||
	    w->bytes[quote] >> 4 != 4)
		return 0;
	header = (w->bytes[quote] & 15u) * 4;
	return quote + (header < 20 ? 20 : header) + 8;
}

static bool is_met_by(const struct xl_want *w, const uint8_t *bytes, uint32_t n)
{
	if (w->min_len > n || w->len < n)
		return false;
	for (uint32_t i = 0; i < n; i++)
		if ((w->bytes[i] ^ bytes[i]) & w->mask[i])
			return false;
	return true;
}

static bool has_shorter(const struct xl_turn *t, const struct xl_want *w, uint32_t least)
{
	for (uint32_t k = 0; k < t->n_outcomes; k++)
		for (uint32_t i = 0; i < t->outcome[k].n; i++)
			if (is_met_by(&t->outcome[k].want[i], w->bytes, least))
				return true;
	return false;
}

/* To quote more than the least is a SHOULD (RFC 1812 4.3.2.3), so what is longer may not be asked for alone. */
static void lint_quotes(struct run *r)
{
	const struct xl_golden *g = &r->l->set->golden;

	for (size_t i = 0; i < g->n_cases; i++) {
		uint32_t least = 0;

		for (uint32_t t = 0; t < g->cases[i].n_turns && !least; t++) {
			const struct xl_turn *turn = &g->cases[i].turn[t];

			for (uint32_t k = 0; k < turn->n_outcomes && !least; k++)
				for (uint32_t n = 0; n < turn->outcome[k].n && !least; n++) {
					const struct xl_want *w = &turn->outcome[k].want[n];

					least = least_answer(w);
					if (w->min_len <= least || has_shorter(turn, w, least))
						least = 0;
				}
		}
		if (least)
			fault(r, r->l->set->text[i].loc,
			      "%s: an IPv4 answer has to quote the packet's header and 8 octets, "
			      "not all: "
			      "quote: {sent: true, min: ...}",
			      g->cases[i].id);
	}
}

/* ---- requirements ---- */

static size_t cases_of(const struct xl_golden *g, const char *id)
{
	size_t n = 0;

	for (size_t i = 0; i < g->n_cases; i++)
		for (uint32_t k = 0; k < g->cases[i].covers.n; k++)
			n += strcmp(g->cases[i].covers.at[k], id) == 0;
	return n;
}

/* What share of a document's sentences may be untestable: a file may ask for more than others, but not for
 * more than is agreed here for its document. */
static size_t untestable_limit(struct run *r, const struct xl_req_file *f)
{
	static const struct {
		uint32_t rfc;
		size_t percent;
	} more[] = { { 6052, 23 } };
	size_t allowed = UNTESTABLE_PERCENT_MAX;

	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++)
		if (more[i].rfc == f->rfc)
			allowed = more[i].percent;
	if (f->untestable_most > (int64_t)allowed) {
		fault(r, f->loc, "untestable: most: in RFC %" PRIu32 " at most %zu %% may be",
		      f->rfc, allowed);
		return allowed;
	}
	return f->untestable_most ? (size_t)f->untestable_most : UNTESTABLE_PERCENT_MAX;
}

/* A sentence counts once, however many rows its parts have. */
static void lint_untestable(struct run *r)
{
	const struct xl_reqs *q = &r->l->set->reqs;

	for (uint32_t k = 0; k < q->n_files; k++) {
		const struct xl_req_file *f = &q->file[k];
		size_t n = 0, un = 0, most = untestable_limit(r, f);

		for (size_t i = 0; i < q->n; i++) {
			n += q->row[i].file == k && !q->row[i].part_of;
			un += q->row[i].file == k && q->row[i].untestable;
		}
		if (f->untestable_most && 100 * un <= UNTESTABLE_PERCENT_MAX * n)
			fault(r, f->loc, "untestable: %zu of %zu rows need no limit of their own",
			      un, n);
		if (!f->is_partial && 100 * un > most * n)
			fault(r, f->loc, "%zu of %zu rows are untestable: at most %zu %% may be",
			      un, n, most);
	}
}

static void lint_requirements(struct run *r)
{
	const struct xl_set *s = r->l->set;
	const struct xl_reqs *q = &s->reqs;

	for (size_t i = 0; i < q->n; i++) {
		const struct xl_req *row = &q->row[i];
		size_t n = cases_of(&s->golden, row->row.id);

		if (row->untestable && n)
			fault(r, row->loc, "%s: untestable, yet %zu cases cover it", row->row.id,
			      n);
		if (!row->untestable && n == 0)
			fault(r, row->loc, "%s: no case covers this %s", row->row.id,
			      xl_req_level_text(row->row.level));
	}
	lint_untestable(r);
}

/* ---- goldens ---- */

static bool read_whole(const char *path, char **text, size_t *n)
{
	FILE *f = fopen(path, "rb");
	FILE *to = f ? open_memstream(text, n) : NULL;
	char part[65536];
	size_t got;

	if (!to) {
		if (f)
			fclose(f);
		return false;
	}
	while ((got = fread(part, 1, sizeof(part), f)) > 0)
		fwrite(part, 1, got, to);
	fclose(f);
	return fclose(to) == 0;
}

static bool is_same_file(const char *a, const char *b)
{
	char *x = NULL, *y = NULL;
	size_t nx, ny;
	bool same = read_whole(a, &x, &nx) && read_whole(b, &y, &ny) && nx == ny &&
		    memcmp(x, y, nx) == 0;

	free(x);
	free(y);
	return same;
}

static bool is_golden_file(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && (strcmp(dot, ".pcap") == 0 || strcmp(dot, ".json") == 0);
}

/* Every golden file of `have` is also in `want`, with the same octets; with `names_only`, only is there. */
static int compare_dirs(const char *have, const char *want, bool names_only, const char *what,
			struct xl_diags *d)
{
	DIR *dir = opendir(have);
	struct dirent *e;
	char a[4096 + 256], b[4096 + 256];
	int n = 0;

	if (!dir) {
		(void)xl_diag(d, XL_ERR_IO, (struct xl_loc){ .file = have }, "%s", strerror(errno));
		return 1;
	}
	while ((e = readdir(dir)) != NULL) {
		if (!is_golden_file(e->d_name))
			continue;
		snprintf(a, sizeof(a), "%s/%s", have, e->d_name);
		snprintf(b, sizeof(b), "%s/%s", want, e->d_name);
		if (names_only ? access(b, F_OK) == 0 : is_same_file(a, b))
			continue;
		n++;
		(void)xl_diag(d, XL_ERR_SYNTAX, (struct xl_loc){ .file = names_only ? a : b }, "%s",
			      what);
	}
	closedir(dir);
	return n;
}

static void remove_dir(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *e;
	char name[4096 + 256];

	while (dir && (e = readdir(dir)) != NULL) {
		snprintf(name, sizeof(name), "%s/%s", path, e->d_name);
		if (e->d_name[0] != '.')
			(void)unlink(name);
	}
	if (dir)
		closedir(dir);
	(void)rmdir(path);
}

int xl_golden_compare(const struct xl_golden *g, const char *dir, struct xl_diags *d)
{
	const char *tmp = getenv("TMPDIR");
	char scratch[4096];
	int n;

	snprintf(scratch, sizeof(scratch), "%s/xlatlab-golden-XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(scratch)) {
		(void)xl_diag(d, XL_ERR_IO, (struct xl_loc){ .file = scratch }, "%s",
			      strerror(errno));
		return 1;
	}
	if (xl_golden_write(g, scratch, d))
		n = 1;
	else
		n = compare_dirs(scratch, dir, false,
				 "not what the cases compile to: `make vectors`", d) +
		    compare_dirs(dir, scratch, true, "no suite compiles to this file", d);
	remove_dir(scratch);
	return n;
}

/* The newest entry of CHANGELOG, which is the first line that is a version alone, is that of VERSION. */
static void lint_changelog(struct run *r)
{
	char path[4096], *text = NULL;
	const char *version = r->l->set->golden.version;
	size_t n, len = strlen(version);

	snprintf(path, sizeof(path), "%s/CHANGELOG", r->l->golden_dir);
	if (!read_whole(path, &text, &n)) {
		fault(r, (struct xl_loc){ .file = path }, "%s", strerror(errno));
		return;
	}
	for (const char *p = text; p; p = strchr(p, '\n')) {
		p += *p == '\n';
		if (*p < '0' || *p > '9')
			continue;
		if (strncmp(p, version, len) != 0 || p[len] != '\n')
			break;
		free(text);
		return;
	}
	fault(r, (struct xl_loc){ path, 1, 1 }, "the newest entry is not that of version %s",
	      version);
	free(text);
}

int xl_lint_run(const struct xl_lint *l)
{
	struct run r = { l, 0 };

	lint_covers(&r);
	lint_marks(&r);
	lint_settled(&r);
	lint_outcomes(&r);
	lint_quotes(&r);
	lint_requirements(&r);
	r.n += xl_reqs_lint_keywords(&l->set->reqs, l->rfc_dir, l->d);
	if (l->on_faults)
		l->on_faults(l->d);
	if (l->golden_dir) {
		lint_changelog(&r);
		r.n += xl_golden_compare(&l->set->golden, l->golden_dir, l->d);
		if (l->on_faults)
			l->on_faults(l->d);
	}
	return r.n;
}
