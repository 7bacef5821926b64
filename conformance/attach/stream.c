/* stream.c - an implementation behind a descriptor, as a box: `pcap` and `socket`.
 *
 * pcap: a command reads a capture of link type RAW on its standard input and writes one on its standard
 * output, each packet flushed; time is that of the records, and it does all that is due before handling a
 * later record. socket: one packet a datagram on descriptor 3, in real time. Neither has ports: a
 * packet's side is its IP version. Nothing tells that a packet was dropped but a barrier behind it, so
 * settling sends one in each direction and waits until they are back.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "conformance/adapter.h"
#include "conformance/attach/attach.h"
#include "conformance/attach/barrier.h"
#include "ref/io/child.h"
#include "ref/io/pcapfile.h"
#include "ref/io/where.h"

#define SECOND INT64_C(1000000000)

enum {
	SETTLE_SECONDS = 2,
	FIRST_SECONDS = 20, /* the command may still be reading its configuration */
	GRACE_MS = 200,
	BARRIER_MAX = 256,
};

struct stream {
	struct xl_box box;
	struct xl_child child;
	bool is_socket;
	const struct xl_attach_to *to;
	struct xl_cap *in; /* pcap: what comes out of the command */
	struct xl_diags diags; /* of `in` */
	uint64_t number; /* of the last barrier */
	uint8_t *buf; /* socket: one datagram */
	char config_path[PATH_MAX];
	char fault[XL_MESSAGE_MAX];
	bool is_dead, has_settled;
	int64_t now_ns;
};

static struct stream *of(const struct xl_box *b)
{
	union {
		const struct xl_box *in;
		struct stream *out;
	} u = { .in = b }; /* box is the first member; due() takes it as const */

	return u.out;
}

static void fault(struct stream *s, const char *text)
{
	char how[64];

	if (s->fault[0])
		return;
	if (xl_child_wait(&s->child, xl_clock_ns() + SECOND / 10)) {
		s->is_dead = true;
		snprintf(s->fault, sizeof s->fault, "%s: it has ended: %s", text,
			 xl_child_status_text(s->child.status, how));
	} else {
		snprintf(s->fault, sizeof s->fault, "%s", text);
	}
}

static int64_t settle_deadline(const struct stream *s)
{
	int64_t seconds = s->has_settled ? SETTLE_SECONDS : FIRST_SECONDS;

	return xl_clock_ns() + (int64_t)((double)(seconds * SECOND) * s->to->timeout_scale);
}

/* ---- what comes out ---- */

static uint16_t port_of(const struct stream *s, const uint8_t *p, size_t n)
{
	uint8_t version = n ? p[0] >> 4 : 0;

	for (uint16_t i = 0; i < s->box.n_ports; i++)
		if ((int)s->box.port[i].side == version)
			return i;
	return 0; /* of no version: not what anybody wants, wherever it is shown */
}

/* Bits of `back` are the barriers of this round that have come back. */
static void take(struct stream *s, uint8_t *p, size_t n, uint64_t first, unsigned *back)
{
	struct xl_pkt pkt = {
		.buf = p, .cap = (uint32_t)n, .len = (uint32_t)n, .at_ns = s->now_ns
	};
	uint64_t number;

	if (xl_barrier_is(p, n, &number)) { /* one of an earlier round may be late */
		if (number >= first && number - first < s->to->config->n_barriers)
			*back |= 1u << (number - first);
		return;
	}
	pkt.port = port_of(s, p, n);
	s->box.emit(s->box.to, &pkt);
}

/* Everything that can be read now. */
static void drain_pcap(struct stream *s, uint64_t first, unsigned *back)
{
	struct xl_cap_packet c;
	int got;

	while ((got = xl_cap_next(s->in, &c)) == XL_CAP_PACKET) {
		if (c.frame_len > XL_PACKET_MAX) {
			fault(s, "it wrote a packet larger than any IP packet");
			return;
		}
		memcpy(s->buf, c.frame, c.frame_len);
		take(s, s->buf, c.frame_len, first, back);
	}
	if (got == XL_CAP_END)
		fault(s, "it closed its output");
	else if (got < 0)
		fault(s, s->diags.n ? s->diags.at[0].text : "its output is no capture");
}

static void drain_socket(struct stream *s, uint64_t first, unsigned *back)
{
	ssize_t n;

	for (;;) {
		n = recv(s->child.out, s->buf, XL_PACKET_MAX + 1, MSG_DONTWAIT | MSG_TRUNC);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return;
		if (n <= 0) {
			fault(s, n == 0 ? "it closed the socket" : strerror(errno));
			return;
		}
		if (n > XL_PACKET_MAX) {
			fault(s, "it sent a datagram larger than any IP packet");
			return;
		}
		take(s, s->buf, (size_t)n, first, back);
	}
}

static void drain(struct stream *s, uint64_t first, unsigned *back)
{
	if (s->fault[0])
		return;
	if (s->is_socket)
		drain_socket(s, first, back);
	else
		drain_pcap(s, first, back);
}

/* Waits for room to write, or anything to read, which is taken: who only writes may wait for ever for
 * one that waits to be read. False: the deadline passed. */
static bool wait_for(struct stream *s, bool to_write, int64_t deadline_ns, uint64_t first,
		     unsigned *back)
{
	struct pollfd fd[2] = { { .fd = s->child.out, .events = POLLIN },
				{ .fd = to_write ? s->child.in : -1, .events = POLLOUT } };
	int64_t left = deadline_ns - xl_clock_ns();

	if (left <= 0)
		return false;
	if (poll(fd, 2, (int)(left / 1000000) + 1) < 0 && errno != EINTR) {
		fault(s, strerror(errno));
		return false;
	}
	if (fd[0].revents)
		drain(s, first, back);
	return true;
}

/* ---- what goes in ---- */

static void put_bytes(struct stream *s, const uint8_t *p, size_t n, uint64_t first, unsigned *back)
{
	int64_t deadline = settle_deadline(s);

	while (n && !s->fault[0]) {
		ssize_t k = s->is_socket ? send(s->child.in, p, n, MSG_NOSIGNAL)
					 : write(s->child.in, p, n);

		if (k > 0) {
			p += k;
			n -= (size_t)k;
		} else if (k < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS)) {
			if (!wait_for(s, true, deadline, first, back))
				fault(s, "it does not read what it is sent");
		} else if (k < 0 && errno != EINTR) {
			fault(s, "it cannot be sent a packet");
		}
	}
}

/* Real time cannot be let pass but by waiting; what comes out meanwhile is taken. */
static void advance(struct stream *s, int64_t now_ns, uint64_t first, unsigned *back)
{
	int64_t until = xl_clock_ns() + (now_ns - s->now_ns);

	while (s->is_socket && !s->fault[0] && wait_for(s, false, until, first, back)) {}
	s->now_ns = now_ns;
}

static void put_packet(struct stream *s, const uint8_t *p, size_t n, uint64_t first, unsigned *back)
{
	uint8_t head[XL_CAP_RECORD_BYTES];

	if (!s->is_socket) {
		xl_cap_encode_record(head, s->now_ns, n);
		put_bytes(s, head, sizeof head, first, back);
	}
	put_bytes(s, p, n, first, back);
}

/* ---- the box ---- */

static void box_input(struct xl_box *b, struct xl_pkt *p)
{
	struct stream *s = of(b);
	unsigned back = 0;

	advance(s, p->at_ns, UINT64_MAX, &back);
	put_packet(s, xl_pkt_data(p), p->len, UINT64_MAX, &back);
}

static int64_t box_due(const struct xl_box *b)
{
	(void)b; /* its timers are its own: they fire when a later record comes, or in real time */
	return XL_NEVER;
}

static void box_run(struct xl_box *b, int64_t now_ns)
{
	(void)b;
	(void)now_ns;
}

static int settle_now(struct stream *s, struct xl_diags *d)
{
	const struct xl_golden_config *c = s->to->config;
	uint64_t first = s->number + 1;
	unsigned back = 0, all = (1u << c->n_barriers) - 1;
	uint8_t packet[BARRIER_MAX];
	int64_t deadline;

	for (uint16_t i = 0; i < c->n_barriers && !s->fault[0]; i++) {
		if (c->barrier[i].in.len > BARRIER_MAX ||
		    !xl_barrier_make(&c->barrier[i], ++s->number, packet))
			return xl_diag(d, XL_ERR_STATE, XL_NOWHERE,
				       "the barrier of configuration %s is none", c->name);
		put_packet(s, packet, c->barrier[i].in.len, first, &back);
	}
	deadline = settle_deadline(s);
	while (back != all && !s->fault[0])
		if (!wait_for(s, false, deadline, first, &back) && back != all)
			fault(s, "a barrier packet did not come back in time");
	s->has_settled = true;
	if (s->fault[0]) {
		int r = xl_diag(d, XL_ERR_STATE, XL_NOWHERE, "%s", s->fault);

		if (!s->is_dead)
			s->fault[0] = '\0';
		return r;
	}
	return 0;
}

static int box_settle(struct xl_box *b, int64_t now_ns, struct xl_diags *d)
{
	struct stream *s = of(b);
	unsigned back = 0;

	advance(s, now_ns, UINT64_MAX, &back);
	return settle_now(s, d);
}

static void box_free(struct xl_box *b)
{
	struct stream *s = of(b);

	if (s->in)
		xl_cap_close(s->in);
	if (s->child.pid)
		(void)xl_child_stop(&s->child, GRACE_MS * INT64_C(1000000));
	free(s->buf);
	free(s);
}

static const struct xl_box_ops box_ops = { box_input, box_due, box_run, box_settle, box_free };

/* ---- starting ---- */

/* SCRATCH/<configuration>.json, the same for every worker: written aside, then renamed. It stays there, as
 * a command line that somebody repeats by hand needs it. */
static int write_config(struct stream *s, struct xl_diags *d)
{
	const struct xl_golden_config *c = s->to->config;
	char aside[PATH_MAX];
	FILE *to;
	bool good;

	snprintf(s->config_path, sizeof s->config_path, "%s/%s.json", s->to->scratch, c->name);
	if ((size_t)snprintf(aside, sizeof aside, "%s.%ld", s->config_path, (long)getpid()) >=
	    sizeof aside)
		return xl_diag(d, XL_ERR_IO, XL_NOWHERE, "%s: the name is too long",
			       s->to->scratch);
	to = fopen(aside, "we");
	good = to && fputs(c->json, to) != EOF;
	if (to && fclose(to) == EOF)
		good = false;
	if (good && rename(aside, s->config_path) == 0)
		return 0;
	(void)xl_diag(d, XL_ERR_IO, XL_NOWHERE, "%s: %s", aside, strerror(errno));
	unlink(aside);
	return XL_ERR_IO;
}

/* The words of the command, {program} and {config} filled in; `run start CONFIG` without one. */
static void spell(const struct stream *s, const char *argv[static XL_ADAPTER_ARGS_MAX + 1],
		  char program[static PATH_MAX], char run[static PATH_MAX])
{
	const struct xl_adapter *a = s->to->adapter;
	size_t n = 0;

	if (!a->command[0]) {
		snprintf(run, PATH_MAX, "%.*s/run", PATH_MAX - 8, a->folder);
		argv[n++] = run;
		argv[n++] = "start";
		argv[n++] = s->config_path;
	}
	for (size_t i = 0; a->command[i]; i++) {
		const char *word = a->command[i];

		argv[n++] = strcmp(word, "{program}") == 0  ? program
			    : strcmp(word, "{config}") == 0 ? s->config_path
							    : word;
	}
	argv[n] = NULL;
}

static int start(struct stream *s, struct xl_diags *d)
{
	const char *argv[XL_ADAPTER_ARGS_MAX + 1];
	char program[PATH_MAX], run[PATH_MAX];
	struct xl_child_spec spec = { .argv = argv,
				      .cwd = s->to->adapter->folder,
				      .io = s->is_socket ? XL_CHILD_SOCKET : XL_CHILD_PIPES };
	uint8_t head[XL_CAP_HEADER_BYTES];
	unsigned back = 0;
	int r;

	if (!xl_where_program(program))
		return xl_diag(d, XL_ERR_IO, XL_NOWHERE, "cannot tell where this program is");
	spell(s, argv, program, run);
	r = xl_child_start(&s->child, &spec, d);
	if (r < 0 || s->is_socket)
		return r;
	s->in = xl_cap_open_fd(dup(s->child.out), s->to->adapter->name, &s->diags);
	if (!s->in)
		return xl_diag(d, XL_ERR_IO, XL_NOWHERE, "cannot read what it writes");
	xl_cap_encode_header(head);
	put_bytes(s, head, sizeof head, UINT64_MAX, &back);
	return 0;
}

static int open_stream(const struct xl_attach_to *to, bool is_socket, struct xl_box **box,
		       struct xl_diags *d)
{
	struct stream *s = calloc(1, sizeof *s);
	int r;

	if (!s)
		return xl_diag(d, XL_ERR_NOMEM, XL_NOWHERE, "no memory left");
	s->box = (struct xl_box){ .ops = &box_ops,
				  .port = to->config->port,
				  .n_ports = to->config->n_ports };
	s->to = to;
	s->is_socket = is_socket;
	s->child.in = s->child.out = -1;
	xl_diags_init(&s->diags);
	s->buf = malloc(XL_PACKET_MAX + 1);
	r = s->buf ? write_config(s, d) : xl_diag(d, XL_ERR_NOMEM, XL_NOWHERE, "no memory left");
	if (r == 0)
		r = start(s, d);
	if (r < 0) {
		box_free(&s->box);
		return r;
	}
	*box = &s->box;
	return 0;
}

int xl_attach_pcap(const struct xl_attach_to *to, struct xl_box **box, struct xl_diags *d)
{
	return open_stream(to, false, box, d);
}

int xl_attach_socket(const struct xl_attach_to *to, struct xl_box **box, struct xl_diags *d)
{
	return open_stream(to, true, box, d);
}
