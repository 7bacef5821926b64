/* cmd_explain.c - `xlatlab explain`: every rule applied to a packet, with before, after and the RFC. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ref/cmd/chain.h"
#include "ref/cmd/cmd.h"
#include "ref/cmd/trace.h"
#include "ref/io/pcapfile.h"
#include "ref/io/wait.h"

struct args {
	struct xl_opt_list config, interface, packet;
	const char *in;
	int64_t count;
	bool json;
};

static const struct xl_opt options[] = {
	XL_CHAIN_OPTS(struct args),
	XL_OPT('r', "read", FILE, "IN.pcap", struct args, in,
	       "the capture whose packets are explained; - is standard input", .is_once = true),
	XL_OPT('p', "packet", LIST, "LAYERS", struct args, packet,
	       "a packet written as in a case: '[ipv4: {src: 192.0.2.1, dst: 192.0.2.2}, udp: {}, "
	       "data: hello]'; may be given several times"),
	XL_OPT('n', "count", INT, "N", struct args, count, "at most so many packets of the capture",
	       .min = 1, .max = INT64_MAX),
	XL_OPT(0, "json", FLAG, NULL, struct args, json,
	       "one line of JSON for each packet, note, event, packet sent and verdict"),
};

static const struct xl_usage usage = {
	.name = "explain",
	.summary = "shows every rule applied to a packet: before, after, RFC section",
	.opt = options,
	.n_opts = sizeof(options) / sizeof(options[0]),
	.text = "For each stage a packet passes: where it enters, then for each rule the section "
		"of the RFC, the rule's name and sentence, and the field before and after, then "
		"what is sent, then the verdict with its reason.\n\n"
		"A line of --json has a type (packet, note, event, between, sent, verdict), input "
		"(the number of the packet that came from outside, from 1) and stage. packet has "
		"if, at_ns and packet; note, event and verdict have rule, clause and section; a "
		"note may have was and is, each with field, text, at_bit, n_bits and value; sent "
		"has if and packet; between, the IPv4 packet of a hairpin, has packet; verdict has "
		"act.\n\n"
		"SIGINT, SIGTERM and SIGHUP end the input. Exit status: 0 explained, 2 wrong "
		"usage, "
		"configuration or packet, 3 a capture could not be read, or interrupted.",
};

struct run {
	struct args a;
	struct xl_chain chain;
	struct xl_chain_door door[7];
	struct xl_trace *trace;
	int64_t last_ns;
	uint64_t n_seen;
	struct xl_diags d;
	uint8_t buf[XL_HEADROOM + XL_PACKET_MAX + XL_CHAIN_ROOM];
};

/* ---- what the chain tells ---- */

static void on_leave(void *ctx, const struct xl_stage *s, struct xl_pkt *p)
{
	(void)ctx; /* on_sent has shown it */
	(void)s;
	(void)p;
}

static void on_enter(void *ctx, const struct xl_stage *s, const struct xl_pkt *p)
{
	struct run *r = ctx;

	xl_trace_begin(r->trace, s->name, s->conf.iface[p->port].name, p);
}

static void on_note(void *ctx, const struct xl_stage *s, const struct xl_note *n)
{
	struct run *r = ctx;

	(void)s;
	xl_trace_note(r->trace, n);
}

static void on_event(void *ctx, const struct xl_stage *s, const struct xl_event *e)
{
	struct run *r = ctx;

	(void)s;
	xl_trace_event(r->trace, e);
}

static void on_sent(void *ctx, const struct xl_stage *s, const struct xl_pkt *p)
{
	struct run *r = ctx;

	xl_trace_sent(r->trace, s->conf.iface[p->port].name, p);
}

static void on_verdict(void *ctx, const struct xl_stage *s, struct xl_verdict v)
{
	struct run *r = ctx;

	(void)s;
	xl_trace_end(r->trace, &v);
}

/* ---- packets in ---- */

static void explain(struct run *r, size_t len, uint8_t family, int64_t at_ns)
{
	struct xl_pkt p = {
		.buf = r->buf, .cap = sizeof(r->buf), .off = XL_HEADROOM, .len = (uint32_t)len
	};

	xl_trace_number(r->trace, ++r->n_seen);
	if (at_ns > r->last_ns)
		r->last_ns = at_ns;
	p.at_ns = r->last_ns;
	if (!r->a.json)
		printf("%spacket %llu\n", r->n_seen > 1 ? "\n" : "", (unsigned long long)r->n_seen);
	if (!r->door[family].is_there) {
		fprintf(stderr, "packet %llu: no interface for this IP version\n",
			(unsigned long long)r->n_seen);
		return;
	}
	xl_trace_begin(r->trace, r->chain.stage[0].name, "", NULL);
	xl_chain_run(&r->chain, p.at_ns);
	xl_trace_end(r->trace, NULL);
	(void)xl_chain_input(&r->chain, &r->door[family], &p);
}

static int explain_capture(struct run *r, int stop_fd)
{
	struct xl_cap *in = xl_cap_open(r->a.in, &r->d);
	struct xl_cap_packet c;
	int got = XL_CAP_END;
	uint64_t n_left_out = 0;

	if (!in)
		return XL_EXIT_FAILED;
	xl_cap_stop_on(in, stop_fd);
	for (int64_t n = 0; n < r->a.count && (got = xl_cap_next(in, &c)) == XL_CAP_PACKET; n++) {
		if (c.kind == XL_CAP_IP && c.len <= XL_PACKET_MAX) {
			memcpy(r->buf + XL_HEADROOM, c.ip, c.len);
			explain(r, c.len, c.family, c.ts_ns);
		} else {
			n_left_out++;
		}
	}
	if (n_left_out)
		fprintf(stderr, "%s: %llu frames hold no whole IP packet\n", r->a.in,
			(unsigned long long)n_left_out);
	xl_cap_close(in);
	if (got == XL_CAP_STOPPED)
		fputs("xlatlab explain: interrupted; what was read before is explained\n", stderr);
	return got < 0 || got == XL_CAP_STOPPED ? XL_EXIT_FAILED : XL_EXIT_OK;
}

static int explain_text(struct run *r, const struct xl_explain_hooks *hooks, const char *text)
{
	uint8_t *at = r->buf + XL_HEADROOM;
	size_t len = 0;

	if (hooks->build(text, at, XL_PACKET_MAX, &len, &r->d) < 0)
		return XL_EXIT_USAGE;
	if (len == 0 || (at[0] >> 4 != 4 && at[0] >> 4 != 6)) {
		(void)xl_diag(
			&r->d, XL_ERR_RANGE, XL_NOWHERE,
			"--packet: neither IPv4 nor IPv6: the first layer decides where it enters");
		return XL_EXIT_USAGE;
	}
	explain(r, len, at[0] >> 4, 0);
	return XL_EXIT_OK;
}

static int run(struct run *r, const struct xl_explain_hooks *hooks)
{
	int status = XL_EXIT_OK, stop_fd;

	if (!r->a.packet.n == !r->a.in)
		return xl_opts_refuse(&usage, "one of -r IN.pcap and --packet LAYERS is wanted");
	if (r->a.in) {
		stop_fd = xl_stop_open(&r->d);
		status = stop_fd < 0 ? XL_EXIT_FAILED : explain_capture(r, stop_fd);
		xl_stop_close();
		return status;
	}
	for (size_t i = 0; i < r->a.packet.n && status == XL_EXIT_OK; i++)
		status = explain_text(r, hooks, r->a.packet.at[i]);
	return status;
}

int xl_cmd_explain(const struct xl_explain_hooks *hooks, int argc, char **argv)
{
	struct run *r = calloc(1, sizeof(*r));
	const struct xl_chain_watch watch = { .ctx = r,
					      .leave = on_leave,
					      .enter = on_enter,
					      .note = on_note,
					      .sent = on_sent,
					      .verdict = on_verdict,
					      .event = on_event };
	int status = XL_EXIT_FAILED;

	if (!r)
		return XL_EXIT_FAILED;
	xl_diags_init(&r->d);
	r->a.count = INT64_MAX;
	if (!xl_opts_parse(&usage, argc, argv, &r->a, &status))
		goto out;
	r->trace = xl_trace_new(stdout, r->a.json, hooks);
	status = XL_EXIT_USAGE;
	if (!r->trace || xl_chain_open(&r->chain, &r->a.config, &watch, &r->d) < 0)
		goto out;
	if (xl_chain_doors(&r->chain, &r->a.interface, r->door, &r->d) == 0)
		status = run(r, hooks);
	xl_chain_close(&r->chain);
out:
	xl_diags_print(&r->d, stderr);
	xl_trace_free(r->trace);
	free(r);
	return status;
}
