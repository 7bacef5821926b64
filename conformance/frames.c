/* frames.c - see frames.h. Both ends are the same program, so numbers travel as they lie in memory. */
#include "conformance/frames.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct head {
	uint8_t verdict;
	int16_t outcome;
	uint16_t turn, n_diffs, n_diffs_lost;
	uint32_t n_sent, n_got, n_left_out;
	int64_t took_ns;
	char message[XL_MESSAGE_MAX];
};

struct packet_head {
	uint16_t port;
	uint32_t len;
	int64_t at_ns;
};

static bool write_all(int fd, const void *p, size_t len)
{
	const uint8_t *at = p;

	while (len) {
		ssize_t n = write(fd, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

bool xl_frame_write(int fd, enum xl_frame_kind kind, uint32_t number, const void *p, size_t len)
{
	struct xl_frame f = { .kind = kind, .number = number, .len = (uint32_t)len };
	uint8_t small[512];

	if (len + sizeof f <= sizeof small) { /* in one piece */
		memcpy(small, &f, sizeof f);
		if (len)
			memcpy(small + sizeof f, p, len);
		return write_all(fd, small, sizeof f + len);
	}
	return write_all(fd, &f, sizeof f) && write_all(fd, p, len);
}

/* ---- the worker's side ---- */

static size_t put(uint8_t *to, size_t at, const void *p, size_t n)
{
	if (n)
		memcpy(to + at, p, n);
	return at + n;
}

static size_t size_of(const struct xl_seen *s, size_t n, size_t *kept)
{
	size_t bytes = 0;

	for (*kept = 0; *kept < n && *kept < XL_REPORT_PACKETS_MAX; ++*kept) {
		if (bytes + s[*kept].len > XL_REPORT_BYTES_MAX / 2)
			break;
		bytes += sizeof(struct packet_head) + s[*kept].len;
	}
	return bytes;
}

static size_t put_packets(uint8_t *to, size_t at, const struct xl_seen *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct packet_head h = { .port = s[i].port, .len = s[i].len, .at_ns = s[i].at_ns };

		at = put(to, at, &h, sizeof h);
		at = put(to, at, s[i].p, s[i].len);
	}
	return at;
}

bool xl_report_write(int fd, uint32_t number, const struct xl_played *played,
		     const struct xl_player *player, int64_t took_ns)
{
	const struct xl_finding *f = &played->finding;
	bool has_packets = player->keeps_packets || f->verdict == XL_FAIL ||
			   f->verdict == XL_ERROR || f->verdict == XL_WEAK;
	size_t n_sent = 0, n_got = 0, at = 0;
	size_t sent_size =
		size_of(player->turn.sent, has_packets ? player->turn.n_sent : 0, &n_sent);
	size_t got_size = size_of(player->turn.seen, has_packets ? player->turn.n_seen : 0, &n_got);
	struct head h = { .verdict = (uint8_t)f->verdict,
			  .outcome = f->outcome,
			  .turn = played->turn,
			  .n_diffs = f->diffs.n,
			  .n_diffs_lost = f->diffs.n_lost,
			  .n_sent = (uint32_t)n_sent,
			  .n_got = (uint32_t)n_got,
			  .n_left_out = (uint32_t)((has_packets ? player->turn.n_seen : 0) - n_got),
			  .took_ns = took_ns };
	size_t len = sizeof h + h.n_diffs * sizeof f->diffs.at[0] + sent_size + got_size;
	uint8_t *buf = malloc(len);
	bool good;

	if (!buf)
		return false;
	memcpy(h.message, f->message, sizeof h.message);
	at = put(buf, at, &h, sizeof h);
	at = put(buf, at, f->diffs.at, h.n_diffs * sizeof f->diffs.at[0]);
	at = put_packets(buf, at, player->turn.sent, n_sent);
	at = put_packets(buf, at, player->turn.seen, n_got);
	good = xl_frame_write(fd, XL_FRAME_REPORT, number, buf, at);
	free(buf);
	return good;
}

/* ---- the parent's side ---- */

struct cursor {
	const uint8_t *p;
	size_t left;
};

static bool take(struct cursor *c, void *to, size_t n)
{
	if (c->left < n)
		return false;
	if (n)
		memcpy(to, c->p, n);
	c->p += n;
	c->left -= n;
	return true;
}

static bool take_packets(struct cursor *c, struct xl_seen *s, uint32_t n, uint8_t **to)
{
	for (uint32_t i = 0; i < n; i++) {
		struct packet_head h;

		if (!take(c, &h, sizeof h) || h.len > c->left)
			return false;
		s[i] = (struct xl_seen){ .port = h.port, .len = h.len, .p = *to, .at_ns = h.at_ns };
		if (!take(c, *to, h.len))
			return false;
		*to += h.len;
	}
	return true;
}

static void end_texts(struct xl_finding *f)
{
	f->message[sizeof f->message - 1] = '\0';
	for (uint16_t i = 0; i < f->diffs.n; i++) {
		struct xl_diff *d = &f->diffs.at[i];

		d->name[sizeof d->name - 1] = '\0';
		d->want[sizeof d->want - 1] = '\0';
		d->got[sizeof d->got - 1] = '\0';
	}
}

bool xl_report_read(struct xl_report *r, const uint8_t *p, size_t n)
{
	struct cursor c = { .p = p, .left = n };
	struct head h;
	uint8_t *to;

	memset(r, 0, sizeof *r);
	if (!take(&c, &h, sizeof h) || h.verdict >= XL_JUDGED_COUNT || h.n_diffs > XL_DIFFS_MAX ||
	    h.n_sent > XL_REPORT_PACKETS_MAX || h.n_got > XL_REPORT_PACKETS_MAX)
		return false;
	r->finding.verdict = (enum xl_judged)h.verdict;
	r->finding.outcome = h.outcome;
	r->finding.diffs.n = h.n_diffs;
	r->finding.diffs.n_lost = h.n_diffs_lost;
	memcpy(r->finding.message, h.message, sizeof h.message);
	r->turn = h.turn;
	r->took_ns = h.took_ns;
	r->n_sent = h.n_sent;
	r->n_got = h.n_got;
	r->n_left_out = h.n_left_out;
	if (!take(&c, r->finding.diffs.at, h.n_diffs * sizeof r->finding.diffs.at[0]))
		return false;
	end_texts(&r->finding);
	r->sent = calloc(h.n_sent + 1u, sizeof *r->sent);
	r->got = calloc(h.n_got + 1u, sizeof *r->got);
	r->bytes = to = malloc(c.left + 1);
	if (r->sent && r->got && to && take_packets(&c, r->sent, h.n_sent, &to) &&
	    take_packets(&c, r->got, h.n_got, &to) && c.left == 0)
		return true;
	xl_report_fini(r);
	return false;
}

static size_t octets(const struct xl_seen *s, uint32_t n)
{
	size_t sum = 0;

	for (uint32_t i = 0; i < n; i++)
		sum += s[i].len;
	return sum;
}

static void copy_packets(struct xl_seen *to, const struct xl_seen *from, uint32_t n,
			 uint8_t **bytes)
{
	for (uint32_t i = 0; i < n; i++) {
		to[i] = from[i];
		to[i].p = *bytes;
		*bytes += put(*bytes, 0, from[i].p, from[i].len);
	}
}

bool xl_report_copy(struct xl_report *to, const struct xl_report *from)
{
	uint8_t *at;

	*to = *from;
	to->sent = calloc(from->n_sent + 1u, sizeof *to->sent);
	to->got = calloc(from->n_got + 1u, sizeof *to->got);
	to->bytes = at =
		malloc(octets(from->sent, from->n_sent) + octets(from->got, from->n_got) + 1);
	if (!to->sent || !to->got || !at) {
		xl_report_fini(to);
		return false;
	}
	copy_packets(to->sent, from->sent, from->n_sent, &at);
	copy_packets(to->got, from->got, from->n_got, &at);
	return true;
}

void xl_report_fini(struct xl_report *r)
{
	free(r->sent);
	free(r->got);
	free(r->bytes);
	r->sent = r->got = NULL;
	r->bytes = NULL;
	r->n_sent = r->n_got = 0;
}
