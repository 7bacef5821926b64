/* xlat.c - a translator's life, and the slow path that every packet can take.
 *
 * The order of the questions is a router's: is it a packet at all; where does it go (one address
 * decision, map.h); may it go on (source routes, hop limit); does it fit; and only then is anything
 * written. So an error can quote the packet as it came. The exception is a packet that is translated
 * back at once (RFC 7757 4.2.2): what the first pass wrote over is kept aside until the second is sure.
 *
 * When there is no trace, fast.c tries its ordinary shape first and gives the same octets.
 */
#include "ref/xlat.h"

#include "ref/answer.h"
#include "ref/base/rd.h"
#include "ref/fast.h"
#include "ref/frag.h"
#include "ref/icmp.h"
#include "ref/l4.h"
#include "ref/lpm.h"
#include "ref/native.h"
#include "ref/parse.h"

enum { NO_MTU = 0xffff }; /* of a link that a hairpinned packet never sees: what IPv4 can say */

uint64_t xl_random(struct xlat *x)
{
	return x->env.random ? x->env.random(x->env.ctx) : xl_rng_next(&x->rng);
}

void xl_way_emit(struct xl_way *w, struct xl_pkt *out)
{
	w->n_out++;
	w->x->env.emit(w->x->env.ctx, out);
}

/* ---- one pass ---- */

/* What only translation minds: a packet forwarded natively may have it. */
static bool forbids_only_translation(uint16_t rule)
{
	return rule == XL_RULE_FRAGMENT_OF_EXTENSION || rule == XL_RULE_IP6_EXTENSION_TRUNCATED;
}

static struct xl_ask make_ask(const struct xl_way *w, uint16_t space)
{
	return (struct xl_ask){
		.src = xl_view_src(&w->v),
		.dst = xl_view_dst(&w->v),
		.q_src = w->has_quote ? xl_view_src(&w->q) : NULL,
		.q_dst = w->has_quote ? xl_view_dst(&w->q) : NULL,
		.port = w->p->port,
		.version = w->v.version,
		.is_hairpin = w->is_hairpin,
		.space = space,
	};
}

/* What a router looks at before it forwards; and the end of a fragment, which whoever reassembles would
 * refuse, and which cutting it again could not say. */
static uint16_t check_forwarding(const struct xl_way *w)
{
	const struct xl_view *v = &w->v;

	if (v->has_source_route)
		return XL_RULE_SOURCE_ROUTE;
	if (v->ttl <= 1 && !w->is_hairpin)
		return v->version == 4 ? XL_RULE_TTL_EXPIRED : XL_RULE_HOP_LIMIT_EXPIRED;
	if (v->segments_left_at)
		return XL_RULE_SEGMENTS_LEFT;
	return xl_view_overruns(v) ? XL_RULE_FRAGMENT_OVERRUN : XL_GO;
}

/* RFC 7915 4 and 4.1. An ICMP error is cut to 1280 octets, which fit everywhere. */
static uint16_t fit_4to6(struct xl_way *w, uint32_t *limit)
{
	const struct xl_view *v = &w->v;
	uint32_t mtu = w->x->iface[w->f.egress].mtu, lowest = w->x->conf.lowest_ipv6_mtu;
	uint32_t growth = xl_is_fragment(v) ? 28 : 20;

	if (xl_icmp_is_error_row(w->icmp))
		return XL_GO;
	if (v->df) {
		w->answer_word = mtu - growth;
		return v->l4 + xl_l4_wire_payload(w) + growth > mtu ? XL_RULE_TOO_BIG_4 : XL_GO;
	}
	if (mtu < lowest)
		lowest = mtu;
	if (XL_IP4_HEADER + growth + xl_l4_wire_payload(w) > lowest)
		*limit = lowest;
	return XL_GO;
}

/* Of the IPv4 link that a packet from IPv6 leaves by. */
static uint32_t egress_mtu4(const struct xl_way *w)
{
	return w->f.flags & XL_FLOW_HAIRPIN ? NO_MTU : w->x->iface[w->f.egress].mtu;
}

/* RFC 7915 1.4 and 5.1.1, for an IPv4 packet with n octets behind its header. */
static uint16_t fit_6to4(struct xl_way *w, uint32_t n, uint32_t *limit)
{
	uint32_t mtu = egress_mtu4(w);

	if (XL_IP4_HEADER + n <= mtu)
		return XL_GO;
	if (w->v.total > XL_IP6_MTU_MIN) {
		w->answer_word = mtu + 20 < XL_IP6_MTU_MIN ? XL_IP6_MTU_MIN : mtu + 20;
		return XL_RULE_TOO_BIG_6;
	}
	*limit = mtu;
	return XL_GO;
}

static uint16_t fit(struct xl_way *w, uint32_t *limit)
{
	uint16_t end;

	*limit = 0;
	if (w->v.version == 4)
		end = fit_4to6(w, limit);
	else if (xl_icmp_is_error_row(w->icmp))
		return XL_GO; /* once its new size is known */
	else
		end = fit_6to4(w, xl_l4_wire_payload(w), limit);
	if (end == XL_GO && w->p->gso_bytes &&
	    (*limit || XL_IP4_HEADER + xl_view_payload(&w->v) > NO_MTU))
		return XL_RULE_OFFLOAD_TOO_BIG;
	return end;
}

static uint16_t translate_error(struct xl_way *w, const struct xl_ask *ask, struct xl_head *head,
				uint8_t **l4, uint32_t *limit)
{
	struct xlat *x = w->x;
	bool to6 = w->v.version == 4;
	uint32_t ingress = x->iface[w->p->port].mtu, n;
	uint16_t end;

	w->mtu4 = !to6 ? egress_mtu4(w) : w->is_hairpin ? NO_MTU : ingress;
	w->mtu6 = to6 ? x->iface[w->f.egress].mtu : ingress;
	xl_map_quoted(x->map, ask, &w->f, &w->qf);
	if (w->qf.act == XL_FLOW_REFUSE)
		return w->qf.rule;
	end = xl_icmp_error(w, l4, &n);
	if (end != XL_GO)
		return end;
	xl_head_resize(head, n);
	return to6 ? XL_GO : fit_6to4(w, n, limit);
}

/* The octets that the first of two passes in place writes to: the IPv4 header it puts before the upper
 * layer, and this one's checksum. The second writes nothing else before it is sure. (An ICMP error changes
 * more, but nobody answers it.) */
struct aside {
	uint8_t *at, bytes[XL_IP4_HEADER + 20];
	size_t n;
};

static void set_aside(struct aside *a, const struct xl_view *v)
{
	uint32_t from = v->l4 - XL_IP4_HEADER;
	uint32_t to = v->l4 + 20 < v->have ? v->l4 + 20 : v->have;

	a->at = v->p + from;
	a->n = to - from;
	memcpy(a->bytes, a->at, a->n);
}

static uint16_t second_pass(struct xl_way *first, uint8_t *at, uint32_t n);

static void trace_header(struct xl_way *w, struct xl_head *head)
{
	uint8_t header[XL_IP6_HEADER + XL_FRAG_HEADER];

	if (!w->was)
		return;
	xl_head_put(head, header + xl_head_size(head));
	xl_head_note(w, head, header);
}

/* Which algorithm mapped the addresses. */
static void trace_mapping(const struct xl_way *w)
{
	uint8_t flags = w->f.flags;

	xl_way_mark(w, flags & XL_FLOW_SRC_POOL  ? XL_RULE_SOURCE_BY_POOL
		       : flags & XL_FLOW_SRC_EAM ? XL_RULE_SOURCE_BY_EAM
						 : XL_RULE_SOURCE_BY_PREFIX);
	xl_way_mark(w, flags & XL_FLOW_DST_EAM ? XL_RULE_DESTINATION_BY_EAM
					       : XL_RULE_DESTINATION_BY_PREFIX);
}

static uint16_t translate(struct xl_way *w, const struct xl_ask *ask)
{
	uint8_t *l4 = w->v.p + w->v.l4, *at;
	struct aside aside;
	struct xl_head head = xl_head_translate(w->x, &w->v, &w->f);
	uint32_t limit;
	uint16_t end = fit(w, &limit);

	trace_mapping(w);
	if (end != XL_GO)
		return end;
	if (!w->is_hairpin)
		head.ttl--;
	if (limit && head.version == 6)
		head.is_fragment = w->is_cut6 = true;
	set_aside(&aside, &w->v); /* wanted only when a second pass fails */
	if (xl_icmp_is_error_row(w->icmp)) {
		end = translate_error(w, ask, &head, &l4, &limit);
		if (end != XL_GO)
			return end;
	} else if (w->icmp) {
		xl_icmp_echo(w);
	} else {
		xl_l4_update(w);
	}
	trace_header(w, &head);
	if (w->f.flags & XL_FLOW_HAIRPIN) {
		at = xl_head_put(&head, l4);
		end = second_pass(w, at, xl_head_size(&head) + head.payload);
		if (end != XL_RULE_TRANSLATED_HAIRPIN)
			memcpy(aside.at, aside.bytes, aside.n);
		return end;
	}
	if (limit) {
		xl_l4_finish(w);
		head.df = false;
	}
	xl_send(w, &head, l4, limit);
	return w->v.version == 4 ? XL_RULE_TRANSLATED_4TO6 : XL_RULE_TRANSLATED_6TO4;
}

/* One packet, one direction. Returns the rule that ends its way. */
static uint16_t pass(struct xl_way *w, uint8_t version, uint16_t space)
{
	uint8_t *p = xl_pkt_data(w->p);
	struct xl_ask ask;
	uint16_t end;

	if (w->x->env.note) {
		memcpy(w->snapshot, p, w->p->len < XL_SNAPSHOT ? w->p->len : XL_SNAPSHOT);
		w->was = w->snapshot;
	}
	end = xl_parse(p, w->p->len, version, XL_PARSE_OUTER, &w->v);
	if (end != XL_GO && end != XL_RULE_IP4_CUT_SHORT && !forbids_only_translation(end))
		return end;
	if (end == XL_GO)
		end = xl_icmp_look(w);
	else if (end == XL_RULE_IP4_CUT_SHORT)
		(void)xl_icmp_look(w); /* whether it may be answered */
	ask = make_ask(w, space);
	xl_map_outer(w->x->map, &ask, &w->f);
	if (w->f.act == XL_FLOW_REFUSE)
		return w->f.rule;
	if (end == XL_RULE_IP4_CUT_SHORT)
		return end;
	if (w->f.act == XL_FLOW_NATIVE)
		return xl_native(w);
	if (end == XL_GO)
		end = check_forwarding(w);
	if (end == XL_GO && !w->icmp)
		end = xl_l4_check(w);
	return end == XL_GO ? translate(w, &ask) : end;
}

/* ---- back to IPv6 at once ---- */

/* RFC 7757 4.2.2: back to IPv6 before anyone has seen the IPv4 packet of n octets at `at`. */
static uint16_t second_pass(struct xl_way *first, uint8_t *at, uint32_t n)
{
	struct xl_pkt p = *first->p;
	struct xl_way w = { .x = first->x, .p = &p, .is_hairpin = true };
	struct xl_note note = { .rule = XL_RULE_HAIRPINNED, .between = &p };
	uint16_t end;

	p.off = (uint32_t)(at - p.buf);
	p.len = n;
	if (first->was)
		w.x->env.note(w.x->env.ctx, &note);
	end = pass(&w, 4, first->f.space);
	first->n_out = (uint16_t)(first->n_out + w.n_out);
	if (end == XL_RULE_TRANSLATED_4TO6)
		return XL_RULE_TRANSLATED_HAIRPIN;
	if (end == XL_RULE_TOO_BIG_4) { /* to an IPv6 sender about an IPv6 link */
		first->answer_word = w.x->iface[w.f.egress].mtu;
		return XL_RULE_TOO_BIG_6;
	}
	return end;
}

/* ---- the call ---- */

static bool has_event(uint16_t rule)
{
	return rule == XL_RULE_UDP_ZERO_DROPPED || rule == XL_RULE_UDP_ZERO_FRAGMENT ||
	       rule == XL_RULE_FRAGMENT_OF_EXTENSION;
}

static struct xl_verdict finish(struct xl_way *w, uint16_t rule)
{
	uint8_t act = xl_rule(rule)->act;

	xl_way_mark(w, rule);
	if (has_event(rule))
		xl_way_event(w, rule);
	if (rule == XL_RULE_SEGMENTS_LEFT)
		w->answer_word = w->v.segments_left_at;
	else if (rule == XL_RULE_IP4_CUT_SHORT)
		w->answer_word = 2u << 24; /* the pointer: RFC 792 */
	else if (rule != XL_RULE_TOO_BIG_4 && rule != XL_RULE_TOO_BIG_6)
		w->answer_word = 0;
	else if (w->v.version == 4)
		w->answer_word &= 0xffff; /* RFC 1191 4: the upper half is unused */
	if (act == XL_ACT_ANSWERED && !xl_answer(w, rule))
		act = XL_ACT_DROPPED;
	w->x->counter[rule]++;
	return (struct xl_verdict){ act, (uint8_t)(w->n_out < 0xff ? w->n_out : 0xff), rule };
}

struct xl_verdict xl_translate_slow(struct xlat *x, struct xl_pkt *p)
{
	struct xl_way w = { .x = x, .p = p };

	if (p->port >= x->n_ifaces)
		return finish(&w, XL_RULE_NO_INTERFACE);
	return finish(&w, pass(&w, (uint8_t)x->iface[p->port].side, 0));
}

struct xl_verdict xl_translate(struct xlat *x, struct xl_pkt *p)
{
	if (x->slow_only || p->port >= x->n_ifaces)
		return xl_translate_slow(x, p);
	if (x->iface[p->port].side == XL_SIDE_V4) {
		if (xl_fast_4to6(x, p))
			return (struct xl_verdict){ XL_ACT_SENT, 1, XL_RULE_TRANSLATED_4TO6 };
	} else if (xl_fast_6to4(x, p)) {
		return (struct xl_verdict){ XL_ACT_SENT, 1, XL_RULE_TRANSLATED_6TO4 };
	}
	return xl_translate_slow(x, p);
}

/* What xl_map_outer() will read for a packet that the flow cache may not know. */
static void prefetch(const struct xlat *x, const struct xl_pkt *p)
{
	const uint8_t *h = xl_pkt_data(p);
	bool is_4 = x->iface[p->port].side == XL_SIDE_V4;
	struct xl_ask ask = {
		.src = h + (is_4 ? 12 : 8),
		.dst = h + (is_4 ? 16 : 24),
		.port = p->port,
		.version = is_4 ? 4 : 6,
	};

	if (p->len >= (is_4 ? XL_IP4_HEADER : XL_IP6_HEADER))
		xl_map_prefetch(x->map, &ask);
}

void xl_translate_burst(struct xlat *x, struct xl_pkt *const p[], struct xl_verdict v[], size_t n)
{
	enum { AHEAD = 32 };

	for (size_t from = 0; from < n; from += AHEAD) {
		size_t to = n - from < AHEAD ? n : from + AHEAD;

		for (size_t i = from; i < to; i++)
			if (p[i]->port < x->n_ifaces)
				prefetch(x, p[i]);
		for (size_t i = from; i < to; i++)
			v[i] = xl_translate(x, p[i]);
	}
}

/* ---- life ---- */

/* Takes what it needs of a configuration that xl_map_new() has found good. */
static bool copy_conf(struct xlat *x, const struct xl_conf *conf)
{
	size_t cache_bytes = conf->flow_cache_lines * sizeof(*x->cache);

	x->iface = xl_env_alloc(&x->env, conf->n_ifaces * sizeof(*x->iface));
	if (cache_bytes)
		x->cache = xl_env_alloc_lines(&x->env, cache_bytes);
	if (!x->iface || (cache_bytes && !x->cache))
		return false;
	if (cache_bytes)
		memset(x->cache, 0, cache_bytes);
	x->conf = *conf;
	x->conf.iface = NULL;
	x->conf.space = NULL;
	x->conf.pool6791 = NULL;
	for (size_t i = 0; i < conf->n_ifaces; i++)
		x->iface[i] = (struct xl_iface){ conf->iface[i].side, conf->iface[i].mtu };
	x->n_ifaces = conf->n_ifaces;
	xl_rng_init(&x->rng, conf->seed, "translator");
	x->ip_id = (uint32_t)xl_rng_next(&x->rng);
	return true;
}

struct xlat *xl_new(const struct xl_conf *conf, const struct xl_env *env, struct xl_diags *diags)
{
	struct xlat *x = xl_env_alloc(env, sizeof(*x));

	if (!x) {
		(void)xl_diag(diags, XL_ERR_NOMEM, XL_NOWHERE, "out of memory");
		return NULL;
	}
	memset(x, 0, sizeof(*x));
	x->env = *env;
	x->generation = 1;
	x->slow_only = env->note != NULL;
	x->bucket_ns = XL_SECOND_NS;
	x->bucket_at_ns = INT64_MIN;
	x->map = xl_map_new(conf, &x->env, diags);
	if (!x->map) {
		xl_free(x);
		return NULL;
	}
	if (!copy_conf(x, conf)) {
		(void)xl_diag(diags, XL_ERR_NOMEM, XL_NOWHERE, "out of memory");
		xl_free(x);
		return NULL;
	}
	return x;
}

void xl_free(struct xlat *x)
{
	struct xl_env e;

	if (!x)
		return;
	e = x->env;
	xl_map_free(x->map);
	xl_env_free(&e, x->iface);
	xl_env_free_lines(&e, x->cache);
	xl_env_free(&e, x);
}

/* A stateless translator holds nothing that time could change. */
int64_t xl_due(const struct xlat *x)
{
	(void)x;
	return XL_NEVER;
}

void xl_run(struct xlat *x, int64_t now_ns)
{
	(void)x;
	(void)now_ns;
}

const uint64_t *xl_counters(const struct xlat *x)
{
	return x->counter;
}

int xl_eam_add(struct xlat *x, uint32_t space_id, const struct xl_conf_eam *eam, struct xl_diags *d)
{
	x->generation++;
	return xl_map_eam_add(x->map, space_id, eam, d);
}

int xl_eam_remove(struct xlat *x, uint32_t space_id, const struct xl_conf_eam *eam,
		  struct xl_diags *d)
{
	x->generation++;
	return xl_map_eam_remove(x->map, space_id, eam, d);
}
