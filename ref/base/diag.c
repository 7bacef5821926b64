/* diag.c - see diag.h. */
#include "ref/base/diag.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

void xl_diags_init(struct xl_diags *d)
{
	d->n = 0;
	d->n_lost = 0;
}

int xl_diag(struct xl_diags *d, enum xl_err code, struct xl_loc loc, const char *fmt, ...)
{
	struct xl_diag *e;
	va_list ap;

	if (!d)
		return code;
	if (d->n == XL_DIAG_MAX) {
		d->n_lost++;
		return code;
	}
	e = &d->at[d->n++];
	e->loc = loc;
	e->file[0] = '\0';
	if (loc.file)
		snprintf(e->file, sizeof(e->file), "%s", loc.file);
	e->loc.file = loc.file ? e->file : NULL;
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	return code;
}

static bool is_behind(const struct xl_loc *a, const struct xl_loc *b)
{
	return a->line != b->line ? a->line > b->line : a->col > b->col;
}

void xl_diags_sort(struct xl_diags *d, size_t from)
{
	for (size_t i = from + 1; i < d->n; i++) {
		struct xl_diag one = d->at[i];
		size_t k = i;

		for (; k > from && is_behind(&d->at[k - 1].loc, &one.loc); k--)
			d->at[k] = d->at[k - 1];
		d->at[k] = one;
	}
	for (size_t i = from; i < d->n; i++) /* which points into the row itself */
		d->at[i].loc.file = d->at[i].file[0] ? d->at[i].file : NULL;
}

void xl_diags_print(const struct xl_diags *d, void *to)
{
	FILE *f = to;

	for (size_t i = 0; i < d->n; i++) {
		const struct xl_diag *e = &d->at[i];

		if (e->file[0])
			fprintf(f, "%s:", e->file);
		if (e->file[0] && e->loc.line)
			fprintf(f, "%u:%u:", e->loc.line, e->loc.col);
		fprintf(f, "%s%s\n", e->file[0] ? " " : "", e->text);
	}
	if (d->n_lost)
		fprintf(f, "... and %zu more\n", d->n_lost);
}
