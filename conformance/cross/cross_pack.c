/* cross_pack.c - packs every configuration and exact case of a golden directory for replay.c.
 *
 *	cross_pack GOLDEN-DIR FILE
 */
#include <stdio.h>
#include <stdlib.h>

#include "conformance/cross/pack.h"
#include "ref/io/conf.h"
#include "vectors/golden.h"

#include <string.h>

static void pack_text(struct xl_pack *k, const char *text)
{
	const uint8_t *p = (const uint8_t *)text;
	uint32_t n = (uint32_t)strlen(text) + 1;

	xl_pack_blob(k, &p, &n);
}

static void pack_want(struct xl_pack *k, const struct xl_want *w)
{
	uint16_t port = w->port, n_sums = w->n_sums;
	uint32_t len = w->len;
	const uint8_t *bytes = w->bytes, *mask = w->mask;

	xl_pack_u16(k, &port);
	xl_pack_blob(k, &bytes, &len);
	xl_pack_blob(k, &mask, &len);
	xl_pack_u16(k, &n_sums);
	for (uint16_t i = 0; i < n_sums; i++) {
		struct xl_sum s = w->sum[i];

		xl_pack_u8(k, &s.addr_len);
		xl_pack_u8(k, &s.proto);
		xl_pack_u32(k, &s.from);
		xl_pack_u32(k, &s.to);
		xl_pack_u32(k, &s.src);
		xl_pack_u32(k, &s.dst);
	}
}

static void pack_case(struct xl_pack *k, const struct xl_case *c)
{
	uint16_t config = c->config, n_turns = c->n_turns;

	pack_text(k, c->id);
	xl_pack_u16(k, &config);
	xl_pack_u16(k, &n_turns);
	for (uint16_t t = 0; t < n_turns; t++) {
		const struct xl_turn *turn = &c->turn[t];
		const struct xl_outcome *o = &turn->outcome[0];
		uint16_t n_sends = turn->n_sends, n_wants = o->n;
		uint32_t after_ms = (uint32_t)((turn->after_ns + 999999) / 1000000);

		xl_pack_u32(k, &after_ms);
		xl_pack_u16(k, &n_sends);
		for (uint16_t i = 0; i < n_sends; i++) {
			uint16_t port = turn->send[i].port;
			const uint8_t *p = turn->send[i].bytes.p;
			uint32_t n = turn->send[i].bytes.len;

			xl_pack_u16(k, &port);
			xl_pack_blob(k, &p, &n);
		}
		xl_pack_u16(k, &n_wants);
		for (uint16_t i = 0; i < n_wants; i++)
			pack_want(k, &o->want[i]);
	}
}

static int pack_all(struct xl_pack *k, const struct xl_golden *g, struct xl_diags *d)
{
	uint32_t n_configs = (uint32_t)g->n_configs, n_exact = 0;

	xl_pack_u32(k, &n_configs);
	for (size_t i = 0; i < g->n_configs; i++) {
		struct xl_conf c;
		const char *json = g->config[i].json;
		int err = xl_conf_read_text(json, strlen(json), g->config[i].name, &c, d);

		if (err)
			return err;
		xl_pack_conf(k, &c);
		xl_conf_fini(&c);
	}
	for (size_t i = 0; i < g->n_cases; i++)
		n_exact += g->cases[i].kind == XL_CASE_EXACT;
	xl_pack_u32(k, &n_exact);
	for (size_t i = 0; i < g->n_cases; i++)
		if (g->cases[i].kind == XL_CASE_EXACT)
			pack_case(k, &g->cases[i]);
	return k->bad ? xl_diag(d, XL_ERR_NOMEM, XL_NOWHERE, "out of memory") : 0;
}

int main(int argc, char **argv)
{
	static struct xl_diags d;
	struct xl_pack k = { .is_writing = true };
	struct xl_golden *g;
	FILE *f = NULL;
	int status = 3;

	if (argc != 3) {
		fprintf(stderr, "usage: cross_pack GOLDEN-DIR FILE\n");
		return 2;
	}
	xl_diags_init(&d);
	g = xl_golden_open(argv[1], &d);
	if (!g || pack_all(&k, g, &d) != 0)
		goto out;
	f = fopen(argv[2], "wb");
	if (!f || fwrite(k.p, 1, k.at, f) != k.at || fclose(f) != 0)
		perror(argv[2]);
	else
		status = 0;
out:
	xl_diags_print(&d, stderr);
	if (g)
		xl_golden_close(g);
	free(k.p);
	return status;
}
