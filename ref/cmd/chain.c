/* chain.c - see chain.h.
 *
 * A translator lends what it emits until emit returns and must not be called from there, so packets
 * between stages wait as copies in a queue. With one stage nothing is ever copied.
 */
#include "ref/cmd/chain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ref/io/conf.h"

struct xl_chain_hop { /* a packet on its way into a stage */
	struct xl_chain_hop *next;
	unsigned stage, n_hops;
	bool is_forward; /* from the first stage towards the last */
	struct xl_pkt p;
	uint8_t buf[];
};

static bool find_port(const struct xl_stage *s, enum xl_side side, uint16_t *port)
{
	for (size_t i = 0; i < s->conf.n_ifaces; i++) {
		if (s->conf.iface[i].side == side) {
			*port = (uint16_t)i;
			return true;
		}
	}
	return false;
}

/* ---- between stages ---- */

static void enqueue(struct xl_chain *c, unsigned stage, bool is_forward, const struct xl_pkt *p)
{
	unsigned n_hops = c->current ? c->current->n_hops + 1 : 1;
	size_t cap = XL_HEADROOM + p->len + XL_CHAIN_ROOM;
	struct xl_chain_hop *h = n_hops <= XL_CHAIN_HOPS ? calloc(1, sizeof(*h) + cap) : NULL;
	uint8_t version = p->len ? xl_pkt_data(p)[0] >> 4 : 0;

	if (!h ||
	    !find_port(&c->stage[stage], version == 4 ? XL_SIDE_V4 : XL_SIDE_V6, &h->p.port)) {
		free(h);
		c->n_lost++;
		return;
	}
	h->stage = stage;
	h->n_hops = n_hops;
	h->is_forward = is_forward;
	h->p = (struct xl_pkt){ .buf = h->buf,
				.cap = (uint32_t)cap,
				.off = XL_HEADROOM,
				.len = p->len,
				.port = h->p.port,
				.tag = p->tag };
	memcpy(xl_pkt_data(&h->p), xl_pkt_data(p), p->len);
	*c->tail = h;
	c->tail = &h->next;
}

static void on_emit(void *ctx, struct xl_pkt *p)
{
	struct xl_stage *s = ctx;
	struct xl_chain *c = s->chain;
	/* What comes without a packet in hand (time has passed) goes on. */
	bool came_forward = !c->current || c->current->is_forward;
	bool goes_back = c->current && p->port == c->current->p.port;
	bool is_forward = goes_back ? !came_forward : came_forward;

	p->at_ns = c->now_ns;
	if (c->watch.sent)
		c->watch.sent(c->watch.ctx, s, p);
	if (is_forward ? s->no + 1 == c->n_stages : s->no == 0)
		c->watch.leave(c->watch.ctx, s, p);
	else
		enqueue(c, is_forward ? s->no + 1 : s->no - 1, is_forward, p);
}

static struct xl_verdict translate(struct xl_chain *c, struct xl_chain_hop *h, struct xl_pkt *p)
{
	struct xl_stage *s = &c->stage[h->stage];
	struct xl_verdict v;

	c->current = h;
	if (c->watch.enter)
		c->watch.enter(c->watch.ctx, s, p);
	v = xl_translate(s->x, p);
	c->current = NULL;
	if (v.act < sizeof(s->n_by_act) / sizeof(s->n_by_act[0]) &&
	    v.rule != XL_RULE_OFFLOAD_TOO_BIG)
		s->n_by_act[v.act]++;
	if (c->watch.verdict)
		c->watch.verdict(c->watch.ctx, s, v);
	return v;
}

static void drain(struct xl_chain *c)
{
	while (c->head) {
		struct xl_chain_hop *h = c->head;

		c->head = h->next;
		if (!c->head)
			c->tail = &c->head;
		h->p.at_ns = c->now_ns;
		(void)translate(c, h, &h->p);
		free(h);
	}
}

struct xl_verdict xl_chain_input(struct xl_chain *c, const struct xl_chain_door *door,
				 struct xl_pkt *p)
{
	/* A door of the last stage of several faces the other way. */
	struct xl_chain_hop entry = { .stage = door->stage,
				      .is_forward =
					      c->n_stages == 1 || door->stage + 1u < c->n_stages };
	struct xl_verdict v;

	c->now_ns = p->at_ns;
	p->port = entry.p.port = door->port;
	v = translate(c, &entry, p);
	drain(c);
	return v;
}

/* ---- time ---- */

int64_t xl_chain_due(const struct xl_chain *c)
{
	int64_t first = XL_NEVER;

	for (size_t i = 0; i < c->n_stages; i++) {
		int64_t due = xl_due(c->stage[i].x);

		if (due < first)
			first = due;
	}
	return first;
}

void xl_chain_run(struct xl_chain *c, int64_t now_ns)
{
	int64_t due;

	while ((due = xl_chain_due(c)) <= now_ns && due != XL_NEVER) {
		if (due > c->now_ns)
			c->now_ns = due;
		for (size_t i = 0; i < c->n_stages; i++)
			if (xl_due(c->stage[i].x) <= c->now_ns)
				xl_run(c->stage[i].x, c->now_ns);
		drain(c);
	}
	if (now_ns > c->now_ns)
		c->now_ns = now_ns;
}

/* ---- trace ---- */

static void on_note(void *ctx, const struct xl_note *n)
{
	struct xl_stage *s = ctx;

	s->chain->watch.note(s->chain->watch.ctx, s, n);
}

static void on_event(void *ctx, const struct xl_event *e)
{
	struct xl_stage *s = ctx;

	s->chain->watch.event(s->chain->watch.ctx, s, e);
}

/* ---- opening and closing ---- */

/* To be freed. NULL: no memory. */
static char *name_of(const struct xl_opt_list *configs, size_t no)
{
	const char *file = configs->at[no];
	char *name = NULL;
	size_t n = 0;

	for (size_t i = 0; i < configs->n; i++)
		n += strcmp(configs->at[i], file) == 0;
	if (n == 1)
		return strdup(file);
	return asprintf(&name, "%zu:%s", no + 1, file) < 0 ? NULL : name;
}

int xl_chain_open(struct xl_chain *c, const struct xl_opt_list *configs,
		  const struct xl_chain_watch *watch, struct xl_diags *d)
{
	int r = 0;

	*c = (struct xl_chain){ .n_stages = configs->n, .watch = *watch, .now_ns = INT64_MIN };
	c->tail = &c->head;
	c->stage = calloc(configs->n, sizeof(*c->stage));
	if (!c->stage)
		return xl_diag(d, XL_ERR_NOMEM, XL_NOWHERE, "no memory");
	for (size_t i = 0; i < configs->n; i++) {
		struct xl_stage *s = &c->stage[i];
		int fault;

		s->name = name_of(configs, i);
		s->chain = c;
		s->no = (unsigned)i;
		fault = s->name ? xl_conf_read(configs->at[i], &s->conf, d)
				: xl_diag(d, XL_ERR_NOMEM, XL_NOWHERE, "no memory");
		if (fault == 0 && watch->fit)
			fault = watch->fit(watch->ctx, s, d);
		r = r ? r : fault;
	}
	for (size_t i = 0; r == 0 && i < configs->n; i++) {
		struct xl_env env = { .ctx = &c->stage[i],
				      .emit = on_emit,
				      .note = watch->note ? on_note : NULL,
				      .event = watch->event ? on_event : NULL };

		c->stage[i].x = xl_new(&c->stage[i].conf, &env, d);
		if (!c->stage[i].x)
			r = XL_ERR_RANGE;
	}
	if (r < 0)
		xl_chain_close(c);
	return r;
}

void xl_chain_close(struct xl_chain *c)
{
	for (size_t i = 0; i < c->n_stages; i++) {
		if (c->stage[i].x)
			xl_free(c->stage[i].x);
		free(c->stage[i].name);
		xl_conf_fini(&c->stage[i].conf);
	}
	free(c->stage);
	c->stage = NULL;
	c->n_stages = 0;
}

/* ---- counters ---- */

uint64_t xl_stage_count(const struct xl_stage *s, uint16_t rule)
{
	return s->n_before[rule] + xl_counters(s->x)[rule];
}

void xl_chain_inherit(struct xl_chain *c, const struct xl_chain *before)
{
	c->n_lost += before->n_lost;
	for (size_t i = 0; i < c->n_stages; i++) {
		struct xl_stage *s = &c->stage[i];
		const struct xl_stage *was = &before->stage[i];

		for (size_t act = 0; act < sizeof(s->n_by_act) / sizeof(s->n_by_act[0]); act++)
			s->n_by_act[act] += was->n_by_act[act];
		for (size_t rule = 0; rule < XL_RULE_COUNT; rule++)
			s->n_before[rule] += xl_stage_count(was, (uint16_t)rule);
	}
}

/* ---- doors ---- */

static bool is_door(const struct xl_chain *c, const char *name, struct xl_chain_door *door)
{
	const char *colon = strchr(name, ':');
	char *end = NULL;
	unsigned long only = colon ? strtoul(name, &end, 10) : 0;

	if (colon && end == colon)
		name = colon + 1;
	else
		only = 0;
	for (size_t s = 0; s < c->n_stages; s++) {
		const struct xl_conf *conf = &c->stage[s].conf;

		for (size_t i = 0; i < conf->n_ifaces && (!only || only == s + 1); i++) {
			if (strcmp(conf->iface[i].name, name) != 0)
				continue;
			*door = (struct xl_chain_door){ true, (uint16_t)s, (uint16_t)i };
			return true;
		}
	}
	return false;
}

/* "a, b, c" of every interface there is. */
static void list_doors(const struct xl_chain *c, char *buf, size_t cap)
{
	size_t n = 0;

	buf[0] = '\0';
	for (size_t s = 0; s < c->n_stages; s++)
		for (size_t i = 0; i < c->stage[s].conf.n_ifaces && n + 32 < cap; i++)
			n += (size_t)snprintf(buf + n, cap - n, "%s%zu:%s", n ? ", " : "", s + 1,
					      c->stage[s].conf.iface[i].name);
}

int xl_chain_doors(const struct xl_chain *c, const struct xl_opt_list *names,
		   struct xl_chain_door door[static 7], struct xl_diags *d)
{
	bool is_given[7] = { false };

	memset(door, 0, 7 * sizeof(*door));
	for (enum xl_side side = XL_SIDE_V4; side <= XL_SIDE_V6; side += 2)
		door[side].is_there = find_port(&c->stage[0], side, &door[side].port);
	for (size_t i = 0; i < names->n; i++) {
		struct xl_chain_door found;
		enum xl_side side;
		char allowed[256];

		if (!is_door(c, names->at[i], &found)) {
			list_doors(c, allowed, sizeof(allowed));
			return xl_diag(d, XL_ERR_RANGE, XL_NOWHERE,
				       "--if %s: no such interface: allowed are %s", names->at[i],
				       allowed);
		}
		side = c->stage[found.stage].conf.iface[found.port].side;
		if (is_given[side])
			return xl_diag(d, XL_ERR_RANGE, XL_NOWHERE,
				       "--if %s: a second interface for IPv%d: allowed is one",
				       names->at[i], (int)side);
		is_given[side] = true;
		door[side] = found;
	}
	return 0;
}
