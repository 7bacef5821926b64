/* select.c - see select.h. */
#include "conformance/select.h"

#include <fnmatch.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What ids begin with ends where a part of them does: at a slash, or at the dot of a section. */
static bool is_prefix(const char *pattern, const char *id)
{
	size_t n = strlen(pattern);

	return n && strncmp(pattern, id, n) == 0 &&
	       (id[n] == '/' || id[n] == '.' || pattern[n - 1] == '/');
}

/* A whole id means that case alone, although others may begin like it. */
static bool matches(const struct xl_golden *g, const char *pattern, const char *id)
{
	if (strcmp(pattern, id) == 0)
		return true;
	if (strpbrk(pattern, "*?["))
		return fnmatch(pattern, id, 0) == 0;
	return is_prefix(pattern, id) && !xl_golden_case(g, pattern);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_meant(const struct xl_golden *g, const struct xl_selection *s, const char *id)
{
	if (s->id && (!s->n_ids || !bsearch(&id, s->id, s->n_ids, sizeof *s->id, compare)))
		return false;
	if (!s->pattern || s->pattern->n == 0)
		return true;
	for (size_t i = 0; i < s->pattern->n; i++)
		if (matches(g, s->pattern->at[i], id))
			return true;
	return false;
}

/* Whether the n octets that a pattern begins with, or all of it, may be those of a case of the suite. */
static bool is_suite_of(const char *suite, const char *text, size_t n)
{
	size_t len = strlen(suite);

	if (!text[n] && n < len)
		return false;
	return strncmp(text, suite, n < len ? n : len) == 0 && (n <= len || text[len] == '/');
}

bool xl_select_needs(const void *selection, const char *suite)
{
	const struct xl_selection *s = selection;
	bool is_needed = !s->id;

	for (size_t i = 0; i < s->n_ids && !is_needed; i++)
		is_needed = is_suite_of(suite, s->id[i], strlen(s->id[i]));
	if (!is_needed || !s->pattern || s->pattern->n == 0)
		return is_needed;
	for (size_t i = 0; i < s->pattern->n; i++)
		if (is_suite_of(suite, s->pattern->at[i], strcspn(s->pattern->at[i], "*?[\\")))
			return true;
	return false;
}

size_t xl_select(const struct xl_golden *g, const struct xl_selection *s, uint32_t *out)
{
	size_t n = 0, seen = 0;

	for (size_t i = 0; i < g->n_cases; i++) {
		if (!is_meant(g, s, g->cases[i].id))
			continue;
		if (s->n_shards < 2 || seen % s->n_shards == s->shard - 1)
			out[n++] = (uint32_t)i;
		seen++;
	}
	return n;
}

static bool is_met(const struct xl_golden *g, const char *pattern)
{
	for (size_t i = 0; i < g->n_cases; i++)
		if (matches(g, pattern, g->cases[i].id))
			return true;
	return false;
}

const char *xl_select_idle(const struct xl_golden *g, const struct xl_selection *s)
{
	for (size_t i = 0; s->pattern && i < s->pattern->n; i++)
		if (!is_met(g, s->pattern->at[i]))
			return s->pattern->at[i];
	return NULL;
}

bool xl_select_shard(struct xl_selection *s, const char *text)
{
	char rest;

	return sscanf(text, "%" SCNu32 "/%" SCNu32 "%c", &s->shard, &s->n_shards, &rest) == 2 &&
	       s->shard >= 1 && s->shard <= s->n_shards;
}
