/* summary.c - see summary.h. */
#include "ref/cmd/summary.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static int by_count(const void *a, const void *b)
{
	const uint64_t *const *x = a, *const *y = b;

	if (**x != **y)
		return **x < **y ? 1 : -1;
	return *x < *y ? -1 : 1;
}

void xl_summary_stage(const struct xl_stage *s)
{
	uint64_t counter[XL_RULE_COUNT];
	const uint64_t *row[XL_RULE_COUNT];
	uint64_t total = 0;
	size_t n = 0;

	for (size_t i = 0; i < 4; i++)
		total += s->n_by_act[i];
	fprintf(stderr, "%s: %" PRIu64 " packet%s", s->name, total, total == 1 ? "" : "s");
	for (uint8_t act = 0; act < 4; act++)
		if (s->n_by_act[act])
			fprintf(stderr, ", %" PRIu64 " %s", s->n_by_act[act], xl_act_text(act));
	putc('\n', stderr);
	for (size_t i = 0; i < XL_RULE_COUNT; i++) {
		counter[i] = xl_stage_count(s, (uint16_t)i);
		if (counter[i])
			row[n++] = &counter[i];
	}
	qsort(row, n, sizeof(row[0]), by_count);
	for (size_t i = 0; i < n; i++) {
		const struct xl_rule *rule = xl_rule((uint16_t)(row[i] - counter));

		fprintf(stderr, "%12" PRIu64 "  %-32s %s\n", *row[i], rule->name, rule->clause);
	}
}

void xl_summary_left_out(const char *in, uint64_t n, const char *what)
{
	if (n)
		fprintf(stderr, "%s: %" PRIu64 " not translated: %s\n", in, n, what);
}

void xl_summary_event(const struct xl_stage *s, const struct xl_event *e)
{
	fprintf(stderr, "%s: event %s (%s): %s\n", s->name, xl_rule(e->rule)->name,
		xl_rule(e->rule)->clause, e->text);
}
