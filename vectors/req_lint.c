/* req_lint.c - do the rows account for every keyword of RFC 2119 that a document uses?
 *
 * Rows are held against the committed counts of their section, and the counts against the text itself
 * where it is at hand. Sections are found by their headings in the left margin; page breaks, the table of
 * contents and the paragraph that quotes RFC 2119 do not count.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vectors/req.h"

enum { SECTION_MAX = 24 };

static const struct { /* longer ones first: "MUST NOT" is one keyword */
	const char *word;
	uint8_t level;
} keywords[] = {
	{ "MUST NOT", XL_REQ_MUST },      { "MUST", XL_REQ_MUST },
	{ "SHALL NOT", XL_REQ_MUST },     { "SHALL", XL_REQ_MUST },
	{ "REQUIRED", XL_REQ_MUST },      { "SHOULD NOT", XL_REQ_SHOULD },
	{ "SHOULD", XL_REQ_SHOULD },      { "NOT RECOMMENDED", XL_REQ_SHOULD },
	{ "RECOMMENDED", XL_REQ_SHOULD }, { "MAY", XL_REQ_MAY },
	{ "OPTIONAL", XL_REQ_MAY },
};

/* ---- rows against counts ---- */

static const struct xl_req_count *count_of(const struct xl_req_file *f, const char *section)
{
	for (uint32_t i = 0; i < f->n_counts; i++)
		if (strcmp(f->count[i].section, section) == 0)
			return &f->count[i];
	return NULL;
}

static int64_t rows_of(const struct xl_reqs *r, uint32_t file, const char *section, int level)
{
	int64_t n = 0;

	for (size_t i = 0; i < r->n; i++)
		if (r->row[i].file == file && (int)r->row[i].row.level == level &&
		    strcmp(r->row[i].row.section, section) == 0)
			n += r->row[i].keywords;
	return n;
}

static int lint_rows(const struct xl_reqs *r, uint32_t file, struct xl_diags *d)
{
	const struct xl_req_file *f = &r->file[file];
	int n = 0;

	for (uint32_t i = 0; i < f->n_counts; i++)
		for (int level = 0; level < XL_REQ_PLAIN; level++) {
			int64_t have = rows_of(r, file, f->count[i].section, level);

			if (have == f->count[i].n[level])
				continue;
			n++;
			(void)xl_diag(d, XL_ERR_SYNTAX,
				      (struct xl_loc){ f->path, f->count[i].loc.line,
						       f->count[i].loc.col },
				      "section %s: rows account for %" PRId64
				      " keywords of level %s, counted "
				      "are %" PRId64,
				      f->count[i].section, have,
				      xl_req_level_text((enum xl_req_level)level),
				      f->count[i].n[level]);
		}
	for (size_t i = 0; i < r->n && !f->is_partial; i++)
		if (r->row[i].file == file && r->row[i].keywords &&
		    r->row[i].row.level != XL_REQ_PLAIN && !count_of(f, r->row[i].row.section)) {
			n++;
			(void)xl_diag(d, XL_ERR_SYNTAX, r->row[i].loc,
				      "section %s has no row under keywords",
				      r->row[i].row.section);
		}
	return n;
}

/* ---- counts against the text ---- */

struct text {
	const struct xl_req_file *f;
	struct xl_diags *d;
	char section[SECTION_MAX]; /* the one being read; "" before the first */
	char *body; /* its words, single blanks between */
	size_t used, cap;
	bool *is_seen; /* parallel to f->count */
	char (*heading)[SECTION_MAX]; /* every section there is */
	size_t n_headings, heading_room;
	int n_faults;
};

static bool is_boundary(const char *body, const char *at, size_t len)
{
	return (at == body || !isalnum((unsigned char)at[-1])) && !isalnum((unsigned char)at[len]);
}

static void count_keywords(const char *body, int64_t n[XL_REQ_PLAIN])
{
	for (const char *p = body; *p;) {
		size_t skip = 1;

		for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
			size_t len = strlen(keywords[i].word);

			if (strncmp(p, keywords[i].word, len) == 0 && is_boundary(body, p, len)) {
				n[keywords[i].level]++;
				skip = len;
				break;
			}
		}
		p += skip;
	}
}

/* The sentence that says how keywords are to be read uses all of them; it ends with the reference. */
static void cut_boilerplate(char *body)
{
	char *from = strstr(body, "key words \"MUST\""), *to;

	if (!from)
		from = strstr(body, "key words MUST,");
	to = from ? strchr(from, '[') : NULL;
	for (; from && from < to; from++)
		*from = 'x';
}

static void end_section(struct text *t)
{
	int64_t n[XL_REQ_PLAIN] = { 0 };
	const struct xl_req_count *c = count_of(t->f, t->section);
	struct xl_loc loc = { t->f->path, c ? c->loc.line : 1, c ? c->loc.col : 1 };

	if (t->section[0] && t->body && (c || !t->f->is_partial)) {
		cut_boilerplate(t->body);
		count_keywords(t->body, n);
		if (c)
			t->is_seen[c - t->f->count] = true;
		for (int level = 0; level < XL_REQ_PLAIN; level++) {
			int64_t have = c ? c->n[level] : 0;

			if (n[level] == have)
				continue;
			t->n_faults++;
			(void)xl_diag(t->d, XL_ERR_SYNTAX, loc,
				      "section %s: the text has %" PRId64
				      " keywords of level %s, not %" PRId64,
				      t->section, n[level],
				      xl_req_level_text((enum xl_req_level)level), have);
		}
	}
	t->used = 0;
	if (t->body)
		t->body[0] = '\0';
}

/* "4.1.  Title", "5  Title", "Appendix A.  Title", "B.1.  Title" in the left margin, and no contents line. */
static bool heading(const char *line, char section[static SECTION_MAX])
{
	const char *p = strncmp(line, "Appendix ", 9) == 0 ? line + 9 : line;
	size_t n = 0;

	if (!isdigit((unsigned char)*p) &&
	    !(*p >= 'A' && *p <= 'F' && (p[1] == '.' || p[1] == ':')))
		return false;
	while ((isalnum((unsigned char)p[n]) || p[n] == '.') && n + 1 < SECTION_MAX)
		n++;
	if (p[n] != ':' && (p[n] != ' ' || strstr(p, ". . .") || strstr(p, "....") ||
			    (p[n + 1] != ' ' && p == line && !isupper((unsigned char)p[n + 1]))))
		return false;
	memcpy(section, p, n);
	section[n] = '\0';
	if (n && section[n - 1] == '.')
		section[n - 1] = '\0';
	return section[0] != '\0' && strspn(section, "0123456789.ABCDEF") == strlen(section);
}

static bool is_page_break(const char *line)
{
	return strchr(line, '\f') || (strncmp(line, "RFC ", 4) == 0 && strstr(line, "   ")) ||
	       (strstr(line, "[Page ") && line[0] != ' ');
}

static void add_line(struct text *t, const char *line)
{
	size_t len = strlen(line);

	if (t->used + len + 2 > t->cap) {
		char *more = realloc(t->body, 2 * t->cap + len + 2);

		if (!more)
			return;
		t->cap = 2 * t->cap + len + 2;
		t->body = more;
	}
	for (const char *p = line; *p; p++) {
		bool is_blank = isspace((unsigned char)*p);

		if (!is_blank)
			t->body[t->used++] = *p;
		else if (t->used && t->body[t->used - 1] != ' ')
			t->body[t->used++] = ' ';
	}
	t->body[t->used] = '\0';
}

static void add_heading(struct text *t)
{
	if (t->n_headings == t->heading_room) {
		size_t room = 2 * t->heading_room + 16;
		char(*more)[SECTION_MAX] = realloc(t->heading, room * sizeof(*more));

		if (!more)
			return;
		t->heading = more;
		t->heading_room = room;
	}
	memcpy(t->heading[t->n_headings++], t->section, SECTION_MAX);
}

static void lint_sections(struct text *t, const struct xl_reqs *r, uint32_t file)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct xl_req *q = &r->row[i];
		size_t k = 0;

		if (q->file != file)
			continue;
		while (k < t->n_headings && strcmp(t->heading[k], q->row.section) != 0)
			k++;
		if (k < t->n_headings)
			continue;
		t->n_faults++;
		(void)xl_diag(t->d, XL_ERR_SYNTAX, q->loc,
			      "section %s: the text has no such section", q->row.section);
	}
}

static int lint_text(const struct xl_reqs *r, uint32_t file, const char *rfc_dir,
		     struct xl_diags *d)
{
	const struct xl_req_file *f = &r->file[file];
	struct text t = { .f = f, .d = d };
	char path[4096], line[1024], section[SECTION_MAX];
	FILE *in;

	snprintf(path, sizeof(path), "%s/rfc%u.txt", rfc_dir, f->rfc);
	in = fopen(path, "r");
	if (!in) {
		(void)xl_diag(d, XL_ERR_IO, (struct xl_loc){ .file = path }, "%s", strerror(errno));
		return 1;
	}
	t.is_seen = calloc(f->n_counts + 1, sizeof(*t.is_seen));
	while (t.is_seen && fgets(line, sizeof(line), in)) {
		if (is_page_break(line))
			continue;
		if (heading(line, section)) {
			end_section(&t);
			memcpy(t.section, section, sizeof(section));
			add_heading(&t);
		}
		add_line(&t, line);
	}
	end_section(&t);
	for (uint32_t i = 0; t.is_seen && i < f->n_counts; i++) {
		if (t.is_seen[i])
			continue;
		t.n_faults++;
		(void)xl_diag(d, XL_ERR_SYNTAX,
			      (struct xl_loc){ f->path, f->count[i].loc.line, f->count[i].loc.col },
			      "section %s: the text has no such section", f->count[i].section);
	}
	lint_sections(&t, r, file);
	free(t.heading);
	free(t.is_seen);
	free(t.body);
	fclose(in);
	return t.n_faults;
}

/* The documents that have to be there whole, and the sections of others that have to be counted, whatever
 * their files say. */
static int lint_partial(const struct xl_req_file *f, struct xl_diags *d)
{
	static const struct {
		uint32_t rfc;
		const char *section; /* NULL: all */
	} wanted[] = {
		{ 6052, NULL }, { 6791, NULL }, { 7756, "6" }, { 7757, NULL }, { 7915, NULL }
	};

	for (size_t i = 0; f->is_partial && i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		const char *section = wanted[i].section;

		if (f->rfc != wanted[i].rfc || (section && count_of(f, section)))
			continue;
		if (section)
			(void)xl_diag(d, XL_ERR_SYNTAX, f->loc,
				      "keywords: section %s of RFC %" PRIu32 " is to be counted",
				      section, f->rfc);
		else
			(void)xl_diag(d, XL_ERR_SYNTAX, f->loc,
				      "partial: RFC %" PRIu32 " is to be there whole", f->rfc);
		return 1;
	}
	return 0;
}

int xl_reqs_lint_keywords(const struct xl_reqs *r, const char *rfc_dir, struct xl_diags *d)
{
	int n = 0;

	for (uint32_t i = 0; i < r->n_files; i++) {
		n += lint_partial(&r->file[i], d);
		if (r->file[i].is_partial && r->file[i].n_counts == 0)
			continue;
		n += lint_rows(r, i, d);
		if (rfc_dir)
			n += lint_text(r, i, rfc_dir, d);
	}
	return n;
}
