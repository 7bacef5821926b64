/* plugin.c - an implementation in a shared object, by the C ABI of conformance/plugin.h, as a box.
 *
 * Runs in a worker process, so that it may crash. What it breaks of the contract is remembered and
 * makes the turn an error when it settles: garbage ports and lengths, packets outside of a call.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/adapter.h"
#include "conformance/attach/attach.h"
#include "conformance/plugin.h"

struct plugin_box {
	struct xl_box box;
	void *so;
	const struct xl_plugin_v1 *ops;
	void *self;
	struct xl_host_v1 host;
	const struct xl_attach_to *to;
	bool is_inside; /* of packet() or advance(): may emit */
	int64_t now_ns;
	char fault[200];
	char version[XL_VERSION_MAX];
};

static struct plugin_box *of(const struct xl_box *b)
{
	union {
		const struct xl_box *in;
		struct plugin_box *out;
	} u = { .in = b }; /* box is the first member; due() takes it as const */

	return u.out;
}

/* ---- what the plugin calls ---- */

static void refuse(struct plugin_box *p, const char *what, unsigned long long n,
		   unsigned long long limit)
{
	if (!p->fault[0])
		snprintf(p->fault, sizeof p->fault, "the plugin emitted %s %llu; the limit is %llu",
			 what, n, limit);
}

static void on_emit(void *host, uint16_t port, const uint8_t *data, size_t len)
{
	struct plugin_box *p = host;
	struct xl_pkt pkt = { .port = port, .at_ns = p->now_ns };
	union {
		const uint8_t *in;
		uint8_t *out;
	} u = { .in = data }; /* lent further; who takes it here only reads */

	if (!p->is_inside)
		snprintf(p->fault, sizeof p->fault,
			 "the plugin emitted a packet outside of packet() and advance()");
	else if (port >= p->box.n_ports)
		refuse(p, "on port", port, p->box.n_ports - 1ull);
	else if (len > XL_PACKET_MAX)
		refuse(p, "a packet of length", len, XL_PACKET_MAX);
	else if (len && !data)
		snprintf(p->fault, sizeof p->fault, "the plugin emitted a packet at NULL");
	else {
		pkt.buf = u.out;
		pkt.cap = pkt.len = (uint32_t)len;
		p->box.emit(p->box.to, &pkt);
	}
}

static void on_log(void *host, const char *text)
{
	struct plugin_box *p = host;

	if (p->to->log && text)
		p->to->log(p->to->ctx, text);
}

/* ---- the box ---- */

static void box_input(struct xl_box *b, struct xl_pkt *pkt)
{
	struct plugin_box *p = of(b);

	p->now_ns = pkt->at_ns;
	p->is_inside = true;
	p->ops->packet(p->self, pkt->port, pkt->at_ns, xl_pkt_data(pkt), pkt->len,
		       pkt->cap - pkt->off);
	p->is_inside = false;
}

static int64_t box_due(const struct xl_box *b)
{
	const struct plugin_box *p = of(b);

	return p->ops->due && p->ops->advance ? p->ops->due(p->self) : XL_NEVER;
}

static void box_run(struct xl_box *b, int64_t now_ns)
{
	struct plugin_box *p = of(b);

	p->now_ns = now_ns;
	p->is_inside = true;
	p->ops->advance(p->self, now_ns);
	p->is_inside = false;
}

static int box_settle(struct xl_box *b, int64_t now_ns, struct xl_diags *d)
{
	struct plugin_box *p = of(b);
	int r = 0;

	(void)now_ns; /* all has happened when a call returns */
	if (p->fault[0])
		r = xl_diag(d, XL_ERR_STATE, XL_NOWHERE, "%s", p->fault);
	p->fault[0] = '\0';
	return r;
}

static void box_free(struct xl_box *b)
{
	struct plugin_box *p = of(b);

	if (p->self && p->ops->close)
		p->ops->close(p->self);
	if (p->so)
		dlclose(p->so);
	free(p);
}

static const struct xl_box_ops box_ops = { box_input, box_due, box_run, box_settle, box_free };

const char *xl_attach_version(const struct xl_box *b)
{
	return b->ops == &box_ops ? of(b)->version : "";
}

/* ---- opening ---- */

static int load(struct plugin_box *p, const char *path, struct xl_diags *d)
{
	union { /* POSIX lets a function's address be a void pointer; ISO C does not convert it */
		void *address;
		const struct xl_plugin_v1 *(*entry)(void);
	} u;

	p->so = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!p->so)
		return xl_diag(d, XL_ERR_IO, XL_NOWHERE, "cannot load the plugin: %s", dlerror());
	u.address = dlsym(p->so, "xl_plugin");
	if (!u.address)
		return xl_diag(d, XL_ERR_STATE, XL_NOWHERE, "%s has no function xl_plugin", path);
	p->ops = u.entry();
	if (!p->ops || p->ops->abi != XL_PLUGIN_ABI_V1)
		return xl_diag(d, XL_ERR_STATE, XL_NOWHERE,
			       "%s speaks version %u of the plugin interface; allowed is %u", path,
			       p->ops ? p->ops->abi : 0, XL_PLUGIN_ABI_V1);
	if (!p->ops->open || !p->ops->packet || !p->ops->close)
		return xl_diag(d, XL_ERR_STATE, XL_NOWHERE,
			       "%s lacks one of the functions open, packet, close", path);
	if (p->ops->version)
		snprintf(p->version, sizeof p->version, "%s", p->ops->version());
	return 0;
}

int xl_attach_plugin(const struct xl_attach_to *to, struct xl_box **box, struct xl_diags *d)
{
	struct plugin_box *p = calloc(1, sizeof *p);
	char err[256] = "";
	int r;

	if (!p)
		return xl_diag(d, XL_ERR_NOMEM, XL_NOWHERE, "no memory left");
	p->box = (struct xl_box){ .ops = &box_ops,
				  .port = to->config->port,
				  .n_ports = to->config->n_ports };
	p->to = to;
	p->host = (struct xl_host_v1){
		.abi = XL_PLUGIN_ABI_V1, .seed = to->seed, .host = p, .emit = on_emit, .log = on_log
	};
	r = load(p, to->adapter->plugin, d);
	if (r == 0) {
		char *text = xl_adapter_translator(to->adapter, to->config, d);

		if (text)
			p->self = p->ops->open(text, &p->host, err);
		free(text);
		err[sizeof err - 1] = '\0';
		if (!text)
			r = XL_ERR_NOMEM;
		else if (!p->self)
			r = xl_diag(d, XL_ERR_STATE, XL_NOWHERE,
				    "the plugin refuses configuration %s: %s", to->config->name,
				    err[0] ? err : "(no reason given)");
	}
	if (r < 0) {
		box_free(&p->box);
		return r;
	}
	*box = &p->box;
	return 0;
}
