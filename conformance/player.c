/* player.c - see player.h. */
#include "conformance/player.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/preds.h"
#include "conformance/sums.h"
#include "conformance/value.h"

#define DAY_NS (86400 * INT64_C(1000000000))

enum { RUNS_MAX = 100000 }; /* timers that may fire in one turn */

static void on_emit(void *to, struct xl_pkt *pkt)
{
	struct xl_player *p = to;

	if (p->turn.n_seen == XL_FLOOD_PACKETS || p->turn.used_bytes + pkt->len > XL_FLOOD_BYTES) {
		p->turn.n_lost++;
		return;
	}
	if (pkt->len)
		memcpy(p->turn.room + p->turn.used_bytes, xl_pkt_data(pkt), pkt->len);
	p->turn.seen[p->turn.n_seen++] = (struct xl_seen){ .port = pkt->port,
							   .len = pkt->len,
							   .p = p->turn.room + p->turn.used_bytes,
							   .at_ns = pkt->at_ns,
							   .tag = pkt->tag };
	p->turn.used_bytes += pkt->len;
}

static bool has_room(struct xl_traffic *t)
{
	if (!t->seen)
		t->seen = malloc(XL_FLOOD_PACKETS * sizeof *t->seen);
	if (!t->room)
		t->room = malloc(XL_FLOOD_BYTES);
	return t->seen && t->room;
}

static void free_traffic(struct xl_traffic *t)
{
	free(t->seen);
	free(t->room);
	free(t->sent);
	free(t->sent_room);
}

static void swap_traffic(struct xl_player *p)
{
	struct xl_traffic turn = p->turn;

	p->turn = p->aside;
	p->aside = turn;
}

bool xl_player_init(struct xl_player *p, struct xl_box *box, const struct xl_golden_config *config)
{
	*p = (struct xl_player){ .config = config };
	if (!has_room(&p->turn) || !xl_guard_init(&p->guard)) {
		xl_player_fini(p);
		return false;
	}
	xl_player_take(p, box);
	return true;
}

void xl_player_take(struct xl_player *p, struct xl_box *box)
{
	p->box = box;
	box->emit = on_emit;
	box->to = p;
}

void xl_player_fini(struct xl_player *p)
{
	free_traffic(&p->turn);
	free_traffic(&p->aside);
	xl_guard_fini(&p->guard);
	*p = (struct xl_player){ .box = NULL };
}

/* ---- sending ---- */

/* Writes the values of earlier packets into this one and computes the checksums over them anew. */
static const char *fill_uses(const struct xl_send *s, const struct xl_binds *binds, uint8_t *data)
{
	for (uint16_t i = 0; i < s->n_uses; i++) {
		const struct xl_use *u = &s->use[i];
		const struct xl_bind *b = xl_binds_get(binds, u->name);

		if (!b)
			return "a packet to send needs a value that was never bound";
		if (!xl_value_put(data, s->bytes.len, u->at_bit, u->n_bits, b->value))
			return "a bound value does not fit where it is used";
		for (uint16_t k = 0; k < u->n_sums; k++)
			if (!xl_sum_fill(&u->sum[k], data, s->bytes.len))
				return "a checksum does not fit where it is used";
	}
	return NULL;
}

static bool remember(struct xl_player *p, const struct xl_send *s, const uint8_t *data)
{
	struct xl_seen *x = &p->turn.sent[p->turn.n_sent];

	if (p->turn.sent_bytes + s->bytes.len > p->turn.cap_sent_bytes)
		return false;
	if (s->bytes.len)
		memcpy(p->turn.sent_room + p->turn.sent_bytes, data, s->bytes.len);
	*x = (struct xl_seen){ .port = s->port, .len = s->bytes.len, .at_ns = p->now_ns };
	x->p = p->turn.sent_room + p->turn.sent_bytes;
	p->turn.sent_bytes += s->bytes.len;
	p->turn.n_sent++;
	return true;
}

/* Room for all that a turn sends. */
static bool reserve(struct xl_player *p, const struct xl_turn *t)
{
	size_t bytes = 1;

	for (uint16_t i = 0; i < t->n_sends; i++)
		bytes += t->send[i].bytes.len;
	if (t->n_sends > p->turn.cap_sent || !p->turn.sent) {
		struct xl_seen *more = realloc(p->turn.sent, (t->n_sends + 1u) * sizeof *more);

		if (!more)
			return false;
		p->turn.sent = more;
		p->turn.cap_sent = t->n_sends;
	}
	if (bytes > p->turn.cap_sent_bytes) {
		uint8_t *more = realloc(p->turn.sent_room, bytes);

		if (!more)
			return false;
		p->turn.sent_room = more;
		p->turn.cap_sent_bytes = bytes;
	}
	return true;
}

static const char *send_one(struct xl_player *p, const struct xl_send *s,
			    const struct xl_binds *binds)
{
	size_t cap;
	uint8_t *data;
	struct xl_pkt pkt = { .port = s->port, .len = s->bytes.len, .at_ns = p->now_ns };
	const char *wrong;

	if (s->bytes.len > XL_PACKET_MAX)
		return "a packet to send is larger than any IP packet";
	data = xl_guard_place(&p->guard, s->bytes.len, &cap);
	if (s->bytes.len)
		memcpy(data, s->bytes.p, s->bytes.len);
	wrong = fill_uses(s, binds, data);
	if (wrong)
		return wrong;
	if (!remember(p, s, data))
		return "no memory left to send";
	pkt.buf = data - XL_HEADROOM;
	pkt.off = XL_HEADROOM;
	pkt.cap = (uint32_t)(XL_HEADROOM + cap);
	p->box->ops->input(p->box, &pkt);
	if (!xl_guard_is_whole(&p->guard))
		return "it wrote before the headroom of its packet buffer";
	return NULL;
}

const char *xl_player_send(struct xl_player *p, const struct xl_turn *t,
			   const struct xl_binds *binds)
{
	const char *wrong = NULL;

	p->turn.n_sent = p->turn.sent_bytes = 0;
	if (!reserve(p, t))
		return "no memory left to send";
	for (uint16_t i = 0; i < t->n_sends && !wrong; i++)
		wrong = send_one(p, &t->send[i], binds);
	return wrong;
}

void xl_player_forget(struct xl_player *p)
{
	p->turn.n_seen = p->turn.used_bytes = p->turn.n_lost = 0;
}

/* ---- time ---- */

static const char *pass_time(struct xl_player *p, int64_t until_ns)
{
	int64_t due;

	for (int i = 0; i < RUNS_MAX; i++) {
		due = p->box->ops->due(p->box);
		if (due > until_ns) {
			p->now_ns = until_ns;
			return NULL;
		}
		if (due > p->now_ns)
			p->now_ns = due;
		p->box->ops->run(p->box, p->now_ns);
	}
	return "its timers never come to rest: due() stays at or before now";
}

/* ---- turns ---- */

static void error_out(struct xl_finding *f, const char *text)
{
	memset(f, 0, sizeof *f);
	f->verdict = XL_ERROR;
	snprintf(f->message, sizeof f->message, "%s", text);
}

/* Time, packets, settling. False: the finding is already there. */
static bool stir(struct xl_player *p, const struct xl_turn *t, const struct xl_binds *binds,
		 struct xl_finding *f)
{
	struct xl_diags diags;
	const char *wrong;
	int settled;

	xl_player_forget(p);
	wrong = pass_time(p, p->now_ns + t->after_ns);
	if (!wrong)
		wrong = xl_player_send(p, t, binds);
	if (!wrong)
		wrong = pass_time(p, p->now_ns); /* what is due at once */
	if (wrong) {
		error_out(f, wrong);
		return false;
	}
	xl_diags_init(&diags);
	settled = p->box->ops->settle(p->box, p->now_ns, &diags);
	if (p->turn.n_lost) {
		error_out(f, "");
		snprintf(f->message, sizeof f->message,
			 "a flood: %zu packets or more came out in one turn (the limit is %d "
			 "packets or %d MB)",
			 p->turn.n_seen + p->turn.n_lost, XL_FLOOD_PACKETS, XL_FLOOD_BYTES >> 20);
		return false;
	}
	if (settled < 0) {
		error_out(f, diags.n ? diags.at[0].text : "it did not settle");
		return false;
	}
	return true;
}

static int rank(enum xl_judged v)
{
	static const int of[XL_JUDGED_COUNT] = {
		[XL_PASS] = 0, [XL_INFO] = 1, [XL_WEAK] = 2, [XL_FAIL] = 3, [XL_ERROR] = 4
	};

	return of[v];
}

void xl_play(struct xl_player *p, const struct xl_case *c, struct xl_played *out)
{
	struct xl_binds binds = { .n = 0 };
	bool is_aside = false; /* what the deciding turn sent and saw */

	memset(&out->finding, 0, sizeof out->finding);
	out->turn = 0;
	if (c->n_turns == 0)
		error_out(&out->finding, "the case has no turn: nothing would be judged");
	if (!p->is_real_time)
		p->now_ns = (p->now_ns / DAY_NS + 1) * DAY_NS;
	for (uint16_t i = 0; i < c->n_turns; i++) {
		static _Thread_local struct xl_finding f;

		if (stir(p, &c->turn[i], &binds, &f))
			xl_judge(&c->turn[i], p->config->port, p->config->n_ports, p->turn.seen,
				 p->turn.n_seen, &binds, &f);
		if (i == 0 || rank(f.verdict) > rank(out->finding.verdict) ||
		    out->finding.verdict == XL_PASS) {
			out->finding = f;
			out->turn = i;
			is_aside = false;
		}
		if (f.verdict == XL_FAIL || f.verdict == XL_ERROR)
			return;
		if (out->turn == i && f.verdict != XL_PASS && i + 1 < c->n_turns) {
			swap_traffic(p); /* the next turn has the other room */
			is_aside = true;
			if (has_room(&p->turn))
				continue;
			error_out(&out->finding, "no memory left");
			break;
		}
	}
	if (is_aside)
		swap_traffic(p);
}
