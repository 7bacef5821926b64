/* diff.c - see diff.h. */
#include "reports/diff.h"

#include <ctype.h>
#include <string.h>

#include "conformance/plain.h"

enum standing { GOOD, WEAK, BAD, OUT, ABSENT, N_STANDINGS };

enum kind {
	SAME,
	NEWLY_FAILING,
	CHANGED,
	WEAKER,
	UNJUDGED,
	FIXED,
	JUDGED,
	DECLARED,
	NEW,
	VANISHED,
	N_KINDS
};

static const struct {
	const char *title;
	bool is_worse;
} kinds[N_KINDS] = {
	[NEWLY_FAILING] = { "newly failing", true },
	[CHANGED] = { "failing in another way", false }, /* worse or not: is_harder() */
	[WEAKER] = { "weaker", true },
	[UNJUDGED] = { "no longer judged", true },
	[FIXED] = { "fixed", false },
	[JUDGED] = { "newly judged", false },
	[DECLARED] = { "failed, and is no longer judged", false },
	[NEW] = { "new", false },
	[VANISHED] = { "vanished", false }, /* worse when the new run was cut off */
};

static const uint8_t kind_of[N_STANDINGS][N_STANDINGS] = {
	/*             GOOD      WEAK      BAD            OUT       ABSENT */
	[GOOD] = { SAME, WEAKER, NEWLY_FAILING, UNJUDGED, VANISHED },
	[WEAK] = { FIXED, SAME, NEWLY_FAILING, UNJUDGED, VANISHED },
	[BAD] = { FIXED, FIXED, SAME, DECLARED, VANISHED }, /* BAD, BAD: by the way it fails */
	[OUT] = { JUDGED, JUDGED, NEWLY_FAILING, SAME, VANISHED },
	[ABSENT] = { NEW, NEW, NEW, NEW, SAME },
};

static enum standing standing_of(const struct xl_result *r)
{
	static const enum standing of[XL_JUDGED_COUNT] = {
		[XL_PASS] = GOOD, [XL_INFO] = GOOD, [XL_WEAK] = WEAK,       [XL_FAIL] = BAD,
		[XL_ERROR] = BAD, [XL_SKIP] = OUT,  [XL_UNSUPPORTED] = OUT,
	};

	return r ? of[r->verdict] : ABSENT;
}

/* ---- the way of failing ---- */

static bool has_field(const struct xl_result *r, const char *name)
{
	const struct xl_node *list = xl_node_get(r->node, "fields");

	for (uint32_t i = 0; i < xl_result_count(list); i++)
		if (strcmp(xl_result_text(list->item[i], "name"), name) == 0)
			return true;
	return false;
}

/* The first field that differs in `a` and not in `b`; NULL: none. */
static const char *other_field(const struct xl_result *a, const struct xl_result *b)
{
	const struct xl_node *list = xl_node_get(a->node, "fields");

	for (uint32_t i = 0; i < xl_result_count(list); i++)
		if (!has_field(b, xl_result_text(list->item[i], "name")))
			return xl_result_text(list->item[i], "name");
	return NULL;
}

/* Numbers (addresses, times, counts) do not make another error. */
static bool is_same_text(const char *a, const char *b)
{
	for (;; a++, b++) {
		while (isdigit((unsigned char)*a))
			a++;
		while (isdigit((unsigned char)*b))
			b++;
		if (*a != *b)
			return false;
		if (!*a)
			return true;
	}
}

static bool is_same_way(const struct xl_result *a, const struct xl_result *b)
{
	if (a->verdict != b->verdict)
		return false;
	if (a->verdict == XL_ERROR)
		return is_same_text(a->message, b->message);
	return !other_field(a, b) && !other_field(b, a);
}

static bool is_harder(const struct xl_result *was, const struct xl_result *is)
{
	if (was->verdict != is->verdict)
		return is->verdict == XL_ERROR;
	return is->verdict == XL_FAIL && other_field(is, was);
}

/* ---- pairs ---- */

struct pair {
	const struct xl_result *was, *is; /* one may be NULL */
};

/* The next pair of two sorted lists. False: both are at their end. */
static bool next_pair(const struct xl_result_set *was, const struct xl_result_set *is, size_t at[2],
		      struct pair *p)
{
	const struct xl_result *a = at[0] < was->n ? &was->at[at[0]] : NULL;
	const struct xl_result *b = at[1] < is->n ? &is->at[at[1]] : NULL;
	int order = !a ? 1 : !b ? -1 : strcmp(a->id, b->id);

	*p = (struct pair){ order <= 0 ? a : NULL, order >= 0 ? b : NULL };
	at[0] += p->was != NULL;
	at[1] += p->is != NULL;
	return a || b;
}

static enum kind kind(const struct pair *p)
{
	enum kind k = (enum kind)kind_of[standing_of(p->was)][standing_of(p->is)];

	if (k == SAME && standing_of(p->is) == BAD && !is_same_way(p->was, p->is))
		return CHANGED;
	return k;
}

static void put_pair(FILE *to, enum kind k, const struct pair *p)
{
	const struct xl_result *r = p->is ? p->is : p->was;
	const char *field = k == CHANGED ? other_field(p->is, p->was) : NULL;

	fputs("  ", to);
	xl_plain_put(to, r->id);
	fputs(": ", to);
	if (p->was && p->is)
		fprintf(to, "%s -> ", xl_judged_text(p->was->verdict));
	fputs(xl_judged_text(r->verdict), to);
	if (field) {
		fputs(", now also ", to);
		xl_plain_put(to, field);
	}
	if (*r->message) {
		fputs(": ", to);
		xl_plain_put(to, r->message);
	}
	fputc('\n', to);
}

static size_t put_kind(FILE *to, enum kind k, const struct xl_result_set *was,
		       const struct xl_result_set *is)
{
	size_t n = 0, at[2] = { 0, 0 };
	struct pair p;

	while (next_pair(was, is, at, &p)) {
		if (kind(&p) != k)
			continue;
		if (n++ == 0)
			fprintf(to, "%s:\n", kinds[k].title);
		put_pair(to, k, &p);
	}
	return n;
}

static bool is_worse(enum kind k, const struct pair *p, const struct xl_result_set *is)
{
	if (k == CHANGED)
		return is_harder(p->was, p->is);
	return kinds[k].is_worse || (k == VANISHED && xl_results_cut_off(is));
}

bool xl_diff_put(FILE *to, const struct xl_result_set *was, const struct xl_result_set *is)
{
	size_t n[N_KINDS] = { 0 }, at[2] = { 0, 0 }, worse = 0, all = 0;
	struct pair p;

	while (next_pair(was, is, at, &p)) {
		all++;
		worse += is_worse(kind(&p), &p, is);
	}
	for (int k = SAME + 1; k < N_KINDS; k++) {
		n[k] = put_kind(to, (enum kind)k, was, is);
		n[SAME] += n[k];
	}
	fprintf(to, "%zu cases: %zu as before", all, all - n[SAME]);
	for (int k = SAME + 1; k < N_KINDS; k++)
		if (n[k])
			fprintf(to, ", %zu %s", n[k], kinds[k].title);
	fprintf(to, "; %zu worse\n", worse);
	return worse > 0;
}
