/* plugin.c - the reference translator behind the C ABI of conformance/plugin.h: build/<kind>/ref.so.
 *
 * Here alone does conformance/ touch libxlat. The judge loads this object as it would any other.
 */
#include "conformance/plugin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ref/io/conf.h"
#include "ref/xlat.h"

struct instance {
	struct xlat *x;
	const struct xl_host_v1 *host;
};

static void on_emit(void *ctx, struct xl_pkt *out)
{
	const struct instance *i = ctx;

	i->host->emit(i->host->host, out->port, xl_pkt_data(out), out->len);
}

static void on_event(void *ctx, const struct xl_event *e)
{
	const struct instance *i = ctx;

	if (i->host->log)
		i->host->log(i->host->host, e->text);
}

static void *ref_open(const char *conf_json, const struct xl_host_v1 *host, char err[256])
{
	struct instance *i = calloc(1, sizeof *i);
	struct xl_env env = { .ctx = i, .emit = on_emit, .event = on_event };
	struct xl_diags diags;
	struct xl_conf conf;

	xl_diags_init(&diags);
	if (i &&
	    xl_conf_read_text(conf_json, strlen(conf_json), "configuration", &conf, &diags) == 0) {
		i->host = host;
		conf.seed ^= host->seed;
		i->x = xl_new(&conf, &env, &diags);
		xl_conf_fini(&conf);
		if (i->x)
			return i;
	}
	snprintf(err, 256, "%.255s", diags.n ? diags.at[0].text : "no memory left");
	free(i);
	return NULL;
}

static void ref_packet(void *self, uint16_t port, int64_t at_ns, uint8_t *data, size_t len,
		       size_t cap)
{
	const struct instance *i = self;
	struct xl_pkt p = { .buf = data - XL_HEADROOM,
			    .cap = (uint32_t)(XL_HEADROOM + cap),
			    .off = XL_HEADROOM,
			    .len = (uint32_t)len,
			    .port = port,
			    .at_ns = at_ns };

	(void)xl_translate(i->x, &p);
}

static int64_t ref_due(void *self)
{
	const struct instance *i = self;

	return xl_due(i->x);
}

static void ref_advance(void *self, int64_t now_ns)
{
	const struct instance *i = self;

	xl_run(i->x, now_ns);
}

static void ref_close(void *self)
{
	struct instance *i = self;

	xl_free(i->x);
	free(i);
}

static const char *ref_version(void)
{
	return "xlatlab " XL_VERSION;
}

__attribute__((visibility("default"))) const struct xl_plugin_v1 *xl_plugin(void)
{
	static const struct xl_plugin_v1 ops = { .abi = XL_PLUGIN_ABI_V1,
						 .open = ref_open,
						 .packet = ref_packet,
						 .due = ref_due,
						 .advance = ref_advance,
						 .close = ref_close,
						 .version = ref_version };

	return &ops;
}
