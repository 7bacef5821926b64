/* golden_write.c - the set in memory becomes files: docs/golden.md. Same set, same octets. */
#include "vectors/compile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ref/io/json.h"
#include "ref/io/pcapfile.h"
#include "vectors/batch.h"

enum file_kind { IN_PCAP, OUT_PCAP, MASK_PCAP, SUITE_JSON, N_FILES };

struct out {
	FILE *f[N_FILES];
	char *text[N_FILES];
	size_t size[N_FILES];
	uint32_t n_in, n_out;
	struct xl_json j;
};

/* ---- records ---- */

static void put_record(FILE *f, int64_t at_ns, const uint8_t *p, size_t n)
{
	uint8_t head[XL_CAP_RECORD_BYTES];

	xl_cap_encode_record(head, at_ns, n);
	fwrite(head, 1, sizeof(head), f);
	fwrite(p, 1, n, f);
}

static void start_capture(FILE *f)
{
	uint8_t head[XL_CAP_HEADER_BYTES];

	xl_cap_encode_header(head);
	fwrite(head, 1, sizeof(head), f);
}

/* ---- JSON ---- */

static void put_strs(struct xl_json *j, const char *key, struct xl_strs s)
{
	xl_json_arr(j, key);
	for (uint32_t i = 0; i < s.n; i++)
		xl_json_str(j, NULL, s.at[i]);
	xl_json_arr_end(j);
}

static void put_sums(struct xl_json *j, const struct xl_sum *sum, uint16_t n)
{
	static const char *const kinds[] = { "ipv4", "icmpv4",  "icmpv6", "tcp",
					     "udp",  "udplite", "dccp",   "ext" };

	if (n == 0)
		return;
	xl_json_arr(j, "sums");
	for (uint16_t i = 0; i < n; i++) {
		const struct xl_sum *s = &sum[i];

		xl_json_obj(j, NULL);
		xl_json_str(j, "kind", kinds[s->kind]);
		xl_json_int(j, "at", s->at);
		xl_json_int(j, "from", s->from);
		if (s->to == UINT32_MAX)
			xl_json_raw(j, "to", "null");
		else
			xl_json_int(j, "to", s->to);
		if (s->addr_len) {
			xl_json_obj(j, "pseudo");
			xl_json_int(j, "src", s->src);
			xl_json_int(j, "dst", s->dst);
			xl_json_int(j, "n", s->addr_len);
			xl_json_int(j, "proto", s->proto);
			if (s->len)
				xl_json_int(j, "len", s->len);
			xl_json_obj_end(j);
		}
		xl_json_obj_end(j);
	}
	xl_json_arr_end(j);
}

static void put_pred(struct xl_json *j, const struct xl_pred *p)
{
	static const char *const kinds[] = {
		"in", "not", "range", "bind", "use", "not-use", "len"
	};

	xl_json_obj(j, NULL);
	xl_json_str(j, "kind", kinds[p->kind]);
	xl_json_int(j, "at_bit", p->at_bit);
	xl_json_int(j, "n_bits", p->n_bits);
	if (p->kind == XL_PRED_IN || p->kind == XL_PRED_NOT) {
		xl_json_arr(j, "values");
		for (uint32_t i = 0; i < p->n_values; i++)
			xl_json_hex(j, NULL, p->value[i].p, p->value[i].len);
		xl_json_arr_end(j);
	} else if (p->kind == XL_PRED_RANGE) {
		xl_json_hex(j, "lo", p->value[0].p, p->value[0].len);
		xl_json_hex(j, "hi", p->value[1].p, p->value[1].len);
	} else if (p->kind == XL_PRED_LEN) {
		xl_json_int(j, "base", p->base);
	} else {
		xl_json_str(j, "name", p->name);
	}
	xl_json_obj_end(j);
}

static void put_want(struct out *o, const struct xl_want *w, int64_t at_ns)
{
	struct xl_json *j = &o->j;

	put_record(o->f[OUT_PCAP], at_ns, w->bytes, w->len);
	put_record(o->f[MASK_PCAP], at_ns, w->mask, w->len);
	xl_json_obj(j, NULL);
	xl_json_int(j, "port", w->port);
	xl_json_int(j, "out", o->n_out++);
	if (w->is_malformed)
		xl_json_bool(j, "malformed", true);
	put_sums(j, w->sum, w->n_sums);
	if (w->n_preds) {
		xl_json_arr(j, "preds");
		for (uint16_t i = 0; i < w->n_preds; i++)
			put_pred(j, &w->pred[i]);
		xl_json_arr_end(j);
	}
	if (w->min_len != w->len)
		xl_json_int(j, "min_len", w->min_len);
	if (w->frag_max) {
		xl_json_obj(j, "fragments");
		xl_json_int(j, "max", w->frag_max);
		xl_json_int(j, "min", w->frag_min);
		xl_json_obj_end(j);
	}
	xl_json_obj_end(j);
}

static void put_outcome(struct out *o, const struct xl_outcome *c, int64_t at_ns)
{
	static const char *const levels[] = { "must", "weak", "info" };
	struct xl_json *j = &o->j;

	xl_json_obj(j, NULL);
	xl_json_str(j, "level", levels[c->level]);
	xl_json_str(j, "note", c->note);
	xl_json_bool(j, "ordered", c->is_ordered);
	if (c->sane_max < 0)
		xl_json_raw(j, "sane_max", "null");
	else
		xl_json_int(j, "sane_max", c->sane_max);
	xl_json_arr(j, "wants");
	for (uint16_t i = 0; i < c->n; i++)
		put_want(o, &c->want[i], at_ns);
	xl_json_arr_end(j);
	xl_json_obj_end(j);
}

static void put_send(struct out *o, const struct xl_send *s, int64_t at_ns)
{
	struct xl_json *j = &o->j;

	put_record(o->f[IN_PCAP], at_ns, s->bytes.p, s->bytes.len);
	xl_json_obj(j, NULL);
	xl_json_int(j, "port", s->port);
	xl_json_int(j, "in", o->n_in++);
	if (s->is_malformed)
		xl_json_bool(j, "malformed", true);
	if (s->n_uses) {
		xl_json_arr(j, "uses");
		for (uint16_t i = 0; i < s->n_uses; i++) {
			xl_json_obj(j, NULL);
			xl_json_str(j, "name", s->use[i].name);
			xl_json_int(j, "at_bit", s->use[i].at_bit);
			xl_json_int(j, "n_bits", s->use[i].n_bits);
			put_sums(j, s->use[i].sum, s->use[i].n_sums);
			xl_json_obj_end(j);
		}
		xl_json_arr_end(j);
	}
	xl_json_obj_end(j);
}

static void put_turns(struct out *o, const struct xl_case *c)
{
	struct xl_json *j = &o->j;
	int64_t at_ns = 0;

	xl_json_arr(j, "turns");
	for (uint16_t i = 0; i < c->n_turns; i++) {
		const struct xl_turn *t = &c->turn[i];

		at_ns += t->after_ns;
		xl_json_obj(j, NULL);
		xl_json_int(j, "after_ns", t->after_ns);
		xl_json_arr(j, "sends");
		for (uint16_t k = 0; k < t->n_sends; k++)
			put_send(o, &t->send[k], at_ns);
		xl_json_arr_end(j);
		xl_json_arr(j, "outcomes");
		for (uint16_t k = 0; k < t->n_outcomes; k++)
			put_outcome(o, &t->outcome[k], at_ns);
		xl_json_arr_end(j);
		xl_json_obj_end(j);
	}
	xl_json_arr_end(j);
}

static void put_case(struct out *o, const struct xl_golden *g, const struct xl_case *c)
{
	static const char *const kinds[] = { "exact", "alternatives", "live" };
	static const char *const levels[] = { "must", "should", "may", "plain" };
	struct xl_json *j = &o->j;

	xl_json_init(j, o->f[SUITE_JSON]);
	xl_json_obj(j, NULL);
	xl_json_str(j, "id", c->id);
	xl_json_str(j, "title", c->title);
	xl_json_str(j, "kind", kinds[c->kind]);
	xl_json_str(j, "level", levels[c->level]);
	xl_json_str(j, "config", g->config[c->config].name);
	put_strs(j, "covers", c->covers);
	put_strs(j, "needs", c->needs);
	xl_json_bool(j, "fixed", c->is_fixed);
	if (c->interpretation[0])
		xl_json_str(j, "interpretation", c->interpretation);
	put_turns(o, c);
	xl_json_obj_end(j);
}

/* ---- files ---- */

static void put_cases(struct out *o, const struct xl_golden *g, uint16_t suite)
{
	bool is_first = true;

	start_capture(o->f[IN_PCAP]);
	start_capture(o->f[OUT_PCAP]);
	start_capture(o->f[MASK_PCAP]);
	fprintf(o->f[SUITE_JSON], "{\"suite\": \"%s\", \"cases\": [\n", g->suites.at[suite]);
	for (size_t i = 0; i < g->n_cases; i++) {
		if (g->cases[i].suite != suite)
			continue;
		if (!is_first)
			fputs(",\n", o->f[SUITE_JSON]);
		is_first = false;
		put_case(o, g, &g->cases[i]);
	}
	fputs("\n]}\n", o->f[SUITE_JSON]);
}

static int write_suite(const struct xl_golden *g, uint16_t suite, struct xl_batch *b)
{
	static const char *const ends[N_FILES] = { "in.pcap", "out.pcap", "mask.pcap", "json" };
	struct out o = { .n_in = 0 };
	char name[256];
	bool good = true;
	int err = 0;

	for (int i = 0; i < N_FILES && good; i++) {
		o.f[i] = open_memstream(&o.text[i], &o.size[i]);
		good = o.f[i] != NULL;
	}
	if (good)
		put_cases(&o, g, suite);
	for (int i = 0; i < N_FILES && o.f[i]; i++)
		good = fclose(o.f[i]) == 0 && good;
	if (!good)
		err = xl_diag(b->d, XL_ERR_NOMEM, XL_NOWHERE, "out of memory");
	for (int i = 0; i < N_FILES; i++) {
		snprintf(name, sizeof(name), "%s.%s", g->suites.at[suite], ends[i]);
		if (!err)
			err = xl_batch_add(b, name, o.text[i], o.size[i]);
		free(o.text[i]);
	}
	return err;
}

static void put_config(FILE *f, const struct xl_golden_config *c)
{
	struct xl_json j;

	xl_json_init(&j, f);
	xl_json_obj(&j, NULL);
	xl_json_str(&j, "title", c->title);
	xl_json_raw(&j, "translator", c->json);
	put_strs(&j, "features", c->features);
	xl_json_arr(&j, "ports");
	for (uint16_t i = 0; i < c->n_ports; i++) {
		xl_json_obj(&j, NULL);
		xl_json_str(&j, "name", c->port[i].name);
		xl_json_int(&j, "side", c->port[i].side);
		xl_json_int(&j, "mtu", c->port[i].mtu);
		xl_json_obj_end(&j);
	}
	xl_json_arr_end(&j);
	xl_json_arr(&j, "barriers");
	for (uint16_t i = 0; i < c->n_barriers; i++) {
		const struct xl_barrier *b = &c->barrier[i];

		xl_json_obj(&j, NULL);
		xl_json_int(&j, "port", b->port);
		xl_json_int(&j, "out_port", b->out_port);
		xl_json_hex(&j, "in", b->in.p, b->in.len);
		xl_json_hex(&j, "out", b->out.p, b->out.len);
		xl_json_hex(&j, "mask", b->mask.p, b->mask.len);
		xl_json_obj_end(&j);
	}
	xl_json_arr_end(&j);
	xl_json_obj_end(&j);
}

static void put_requirement(FILE *f, const struct xl_requirement *r)
{
	static const char *const levels[] = { "must", "should", "may", "plain" };
	struct xl_json j;

	xl_json_init(&j, f);
	xl_json_obj(&j, NULL);
	xl_json_str(&j, "level", levels[r->level]);
	xl_json_int(&j, "rfc", r->rfc);
	xl_json_str(&j, "section", r->section);
	xl_json_str(&j, "text", r->text);
	xl_json_obj_end(&j);
}

static void put_suite(FILE *f, const struct xl_golden *g, uint16_t suite)
{
	uint32_t n[3] = { 0 }, settled = 0;
	struct xl_json j;

	for (size_t i = 0; i < g->n_cases; i++) {
		if (g->cases[i].suite != suite)
			continue;
		n[g->cases[i].kind]++;
		settled += xl_case_is_settled(&g->cases[i]);
	}
	xl_json_init(&j, f);
	xl_json_obj(&j, NULL);
	xl_json_str(&j, "name", g->suites.at[suite]);
	xl_json_int(&j, "cases", n[0] + n[1] + n[2]);
	xl_json_int(&j, "exact", n[XL_CASE_EXACT]);
	xl_json_int(&j, "alternatives", n[XL_CASE_ALTERNATIVES]);
	xl_json_int(&j, "live", n[XL_CASE_LIVE]);
	xl_json_int(&j, "settled", settled);
	xl_json_obj_end(&j);
}

/* The text, to be freed; NULL: no memory. */
static char *print_manifest(const struct xl_golden *g, size_t *size)
{
	char *text = NULL;
	FILE *f = open_memstream(&text, size);

	if (!f)
		return NULL;
	fprintf(f, "{\"format\": 1, \"version\": \"%s\",\n\"suites\": [", g->version);
	for (uint16_t i = 0; i < g->suites.n; i++) {
		fputs(i ? ",\n" : "\n", f);
		put_suite(f, g, i);
	}
	fputs("\n],\n\"configs\": {", f);
	for (size_t i = 0; i < g->n_configs; i++) {
		fprintf(f, "%s\n\"%s\": ", i ? "," : "", g->config[i].name);
		put_config(f, &g->config[i]);
	}
	fputs("\n},\n\"requirements\": {", f);
	for (size_t i = 0; i < g->n_requirements; i++) {
		fprintf(f, "%s\n\"%s\": ", i ? "," : "", g->requirement[i].id);
		put_requirement(f, &g->requirement[i]);
	}
	fputs("\n}}\n", f);
	if (fclose(f) == 0)
		return text;
	free(text);
	return NULL;
}

int xl_golden_write(const struct xl_golden *g, const char *dir, struct xl_diags *d)
{
	size_t size;
	char *manifest = print_manifest(g, &size);
	struct xl_batch b;
	int err;

	if (!manifest)
		return xl_diag(d, XL_ERR_NOMEM, XL_NOWHERE, "out of memory");
	err = xl_batch_begin(&b, dir, d);
	if (!err) {
		for (uint16_t i = 0; i < g->suites.n && !err; i++)
			err = write_suite(g, i, &b);
		err = xl_batch_end(&b, err, "manifest.json", manifest, size);
	}
	free(manifest);
	return err;
}
