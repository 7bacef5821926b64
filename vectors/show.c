/* show.c - see show.h. */
#include "vectors/show.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "ref/io/opts.h"

static void put_hex(FILE *to, const uint8_t *p, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		fprintf(to, "%s%02x", i % 16 ? " " : i ? "\n        " : "        ", p[i]);
	fputs("\n", to);
}

static void put_packet(FILE *to, const uint8_t *p, uint32_t n)
{
	char line[512];

	fprintf(to, "%s\n", xl_packet_summary(p, n, line, sizeof(line)));
	xl_packet_print(p, n, "        ", to);
	put_hex(to, p, n);
}

/* Fields with a bit that is not compared. */
static void put_free(FILE *to, const struct xl_want *w)
{
	struct xl_cell cell[XL_CELLS_MAX];
	size_t n = xl_decode(w->bytes, w->len, cell, XL_CELLS_MAX);
	char name[XL_CELL_NAME_MAX];
	bool any = false;

	for (size_t i = 0; i < n; i++)
		for (uint32_t b = cell[i].at_bit; b < cell[i].at_bit + cell[i].n_bits; b++)
			if (!(w->mask[b / 8] >> (7 - b % 8) & 1)) {
				fprintf(to, "%s %s", any ? "" : "        not compared by mask:",
					xl_cell_name(cell, i, name));
				any = true;
				break;
			}
	if (any)
		fputs("\n", to);
	if (w->n_sums || w->n_preds)
		fprintf(to, "        %u checksums verified by range, %u predicates\n", w->n_sums,
			w->n_preds);
	if (w->min_len != w->len)
		fprintf(to, "        may end early, not before octet %" PRIu32 "\n", w->min_len);
	if (w->frag_max)
		fprintf(to,
			"        comes in at least %" PRIu32 " fragments of at most %" PRIu32
			" octets\n",
			w->frag_min, w->frag_max);
}

static void put_outcome(const struct xl_golden_config *g, const struct xl_outcome *o, FILE *to)
{
	static const char *const levels[] = { "must", "weak", "info" };

	fprintf(to, "  outcome (%s)%s%s:", levels[o->level], o->note[0] ? " " : "", o->note);
	if (o->sane_max >= 0)
		fprintf(to, " at most %" PRId32 " packets, each well-formed\n", o->sane_max);
	else
		fputs(o->n ? "\n" : " nothing\n", to);
	for (uint16_t i = 0; i < o->n; i++) {
		fprintf(to, "    %s: ", g->port[o->want[i].port].name);
		put_packet(to, o->want[i].bytes, o->want[i].len);
		put_free(to, &o->want[i]);
	}
}

static void show_case(const struct xl_set *s, const struct xl_case *c, FILE *to)
{
	static const char *const kinds[] = { "exact", "alternatives", "live" };
	const struct xl_golden_config *g = &s->golden.config[c->config];
	const struct xl_loc *loc = &s->text[c - s->golden.cases].loc;

	fprintf(to, "%s\n  %s\n  %s:%" PRIu32 ", configuration %s, %s%s\n", c->id, c->title,
		loc->file, loc->line, g->name, kinds[c->kind],
		c->is_fixed ? ", literal addresses" : "");
	for (uint32_t i = 0; i < c->covers.n; i++) {
		const struct xl_req *r = xl_req_find(&s->reqs, c->covers.at[i]);

		fprintf(to, "  covers %s: %s\n", c->covers.at[i], r ? r->row.text : "(unknown)");
	}
	for (uint32_t i = 0; i < c->needs.n; i++)
		fprintf(to, "  needs %s\n", c->needs.at[i]);
	if (c->interpretation[0])
		fprintf(to, "  interpretation: %s\n", c->interpretation);
	for (uint16_t i = 0; i < c->n_turns; i++) {
		const struct xl_turn *t = &c->turn[i];

		if (t->after_ns)
			fprintf(to, "  after %" PRId64 " ns\n", t->after_ns);
		for (uint16_t k = 0; k < t->n_sends; k++) {
			fprintf(to, "  send\n    %s: ", g->port[t->send[k].port].name);
			put_packet(to, t->send[k].bytes.p, t->send[k].bytes.len);
		}
		for (uint16_t k = 0; k < t->n_outcomes; k++)
			put_outcome(g, &t->outcome[k], to);
	}
}

static void show_requirement(const struct xl_set *s, const struct xl_req *r, FILE *to)
{
	fprintf(to, "%s\n  RFC %" PRIu32 " section %s, %s\n  %s\n", r->row.id, r->row.rfc,
		r->row.section, xl_req_level_text(r->row.level), r->row.text);
	if (r->untestable)
		fprintf(to, "  untestable: %s\n", r->untestable);
	for (size_t i = 0; i < s->golden.n_cases; i++)
		for (uint32_t k = 0; k < s->golden.cases[i].covers.n; k++)
			if (strcmp(s->golden.cases[i].covers.at[k], r->row.id) == 0)
				fprintf(to, "  case %s\n", s->golden.cases[i].id);
}

bool xl_show(const struct xl_set *s, const char *id, FILE *to)
{
	const struct xl_case *c = xl_golden_case(&s->golden, id);
	const struct xl_req *r = xl_req_find(&s->reqs, id);

	if (c)
		show_case(s, c, to);
	if (r)
		show_requirement(s, r, to);
	return c || r;
}

const char *xl_show_nearest(const struct xl_set *s, const char *id)
{
	const char *nearest = "";
	unsigned least = UINT_MAX;

	for (size_t i = 0; i < s->golden.n_cases + s->reqs.n; i++) {
		size_t n = s->golden.n_cases;
		const char *one = i < n ? s->golden.cases[i].id : s->reqs.row[i - n].row.id;
		unsigned wrong = xl_edit_distance(id, one);

		if (wrong >= least)
			continue;
		least = wrong;
		nearest = one;
	}
	return nearest;
}
