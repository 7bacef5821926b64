/* process.c - see process.h. */
#include "conformance/attach/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ref/io/where.h"
#include "ref/io/yaml.h"

#define SECOND INT64_C(1000000000)

enum {
	SETTLE_SECONDS = 2,
	FIRST_SECONDS =
		15, /* the command may still be reading its configuration; the runner waits 20 */
	RETRY_MS = 5, /* before it is ready barriers are lost */
	GRACE_MS = 200,
};

static struct xl_process *of(const struct xl_box *b)
{
	union {
		const struct xl_box *in;
		struct xl_process *out;
	} u = { .in = b }; /* box is the first member; due() takes it as const */

	return u.out;
}

void xl_process_fault(struct xl_process *s, const char *text)
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

int64_t xl_process_deadline(const struct xl_process *s)
{
	int64_t seconds = s->has_settled ? SETTLE_SECONDS : FIRST_SECONDS;

	return xl_clock_ns() + (int64_t)((double)(seconds * SECOND) * s->to->timeout_scale);
}

void xl_process_env(struct xl_process *s, const char *text)
{
	size_t n = 0;

	while (s->env[n])
		n++;
	if (n < XL_PROCESS_ENV_MAX)
		s->env[n] = text;
}

/* ---- what comes out ---- */

uint16_t xl_process_port_of(const struct xl_process *s, const uint8_t *p, size_t n)
{
	uint8_t version = n ? p[0] >> 4 : 0;

	for (uint16_t i = 0; i < s->box.n_ports; i++)
		if ((int)s->box.port[i].side == version)
			return i;
	return 0; /* of no version: not what anybody wants, wherever it is shown */
}

void xl_process_take(struct xl_process *s, uint8_t *p, size_t n, uint16_t port)
{
	struct xl_pkt pkt = {
		.buf = p, .cap = (uint32_t)n, .len = (uint32_t)n, .port = port, .at_ns = s->now_ns
	};

	xl_hops_add(p, n, s->to->adapter->hops.after);
	if (s->is_in_flight)
		pkt.tag = xl_round_window(&s->round, port);
	if (!xl_round_takes(&s->round, p, n) && s->box.emit)
		s->box.emit(s->box.to, &pkt);
}

bool xl_process_wait(struct xl_process *s, int write_fd, int64_t deadline_ns)
{
	struct pollfd fd[2] = { { .fd = s->via->fd(s), .events = POLLIN },
				{ .fd = write_fd, .events = POLLOUT } };
	int64_t left = deadline_ns - xl_clock_ns();

	if (left <= 0 || s->fault[0])
		return false;
	if (poll(fd, 2, (int)(left / 1000000) + 1) < 0 && errno != EINTR) {
		xl_process_fault(s, strerror(errno));
		return false;
	}
	if (fd[0].revents)
		s->via->drain(s);
	return true;
}

/* ---- what goes in ---- */

void xl_process_write(struct xl_process *s, const uint8_t *p, size_t n)
{
	int64_t deadline = xl_process_deadline(s);

	while (n && !s->fault[0]) {
		ssize_t k = s->via->io == XL_CHILD_SOCKET ? send(s->child.in, p, n, MSG_NOSIGNAL)
							  : write(s->child.in, p, n);

		if (k > 0) {
			p += k;
			n -= (size_t)k;
		} else if (k < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS)) {
			if (!xl_process_wait(s, s->child.in, deadline))
				xl_process_fault(s, "it does not read what it is sent");
		} else if (k < 0 && errno != EINTR) {
			xl_process_fault(s, "it cannot be sent a packet");
		}
	}
}

/* Real time cannot be let pass but by waiting; what comes out meanwhile is taken. */
static void advance(struct xl_process *s, int64_t now_ns)
{
	int64_t until = xl_clock_ns() + (now_ns - s->now_ns);

	while (!s->via->has_virtual_time && xl_process_wait(s, -1, until)) {}
	s->now_ns = now_ns;
}

static void send_one(struct xl_process *s, uint8_t *p, size_t n, uint16_t port)
{
	xl_hops_add(p, n, s->to->adapter->hops.before);
	s->via->put(s, p, n, port);
}

/* ---- settling ---- */

static int send_mark(struct xl_process *s, struct xl_diags *d)
{
	const struct xl_golden_config *c = s->to->config;
	uint64_t number = xl_round_mark(&s->round);
	uint8_t packet[XL_BARRIER_MAX];

	for (uint16_t i = 0; i < c->n_barriers && !s->fault[0]; i++) {
		if (c->barrier[i].in.len > XL_BARRIER_MAX ||
		    !xl_barrier_make(&c->barrier[i], number + i, packet))
			return xl_diag(d, XL_ERR_STATE, XL_NOWHERE,
				       "the barrier of configuration %s is none", c->name);
		send_one(s, packet, c->barrier[i].in.len, c->barrier[i].port);
	}
	return 0;
}

static int send_barriers(struct xl_process *s, struct xl_diags *d)
{
	xl_round_begin(&s->round);
	return send_mark(s, d);
}

/* The fault since the last call, if any. One that the process may live through is then forgotten. */
static int report_fault(struct xl_process *s, struct xl_diags *d)
{
	int r;

	if (!s->fault[0])
		return 0;
	r = xl_diag(d, XL_ERR_STATE, XL_NOWHERE, "%s", s->fault);
	if (!s->is_dead)
		s->fault[0] = '\0';
	return r;
}

/* One round. With an interface that no barrier enters by a second one: the first may overtake what waits there,
 * but whoever has dealt with the first has looked at every interface before the second. */
static int rounds(const struct xl_process *s)
{
	return s->box.n_ports > s->to->config->n_barriers ? 2 : 1;
}

/* One with several workers may let a barrier overtake what came before it. */
static void await_overtaken(struct xl_process *s)
{
	int64_t until = xl_clock_ns() + s->to->adapter->grace_ms * INT64_C(1000000);

	while (s->to->adapter->grace_ms && xl_process_wait(s, -1, until)) {}
}

static int settle_now(struct xl_process *s, struct xl_diags *d)
{
	int64_t deadline;

	for (int i = rounds(s); i > 0 && !s->fault[0]; i--) {
		if (!s->is_in_flight && send_barriers(s, d) < 0)
			return XL_ERR_STATE;
		deadline = xl_process_deadline(s);
		while (!xl_round_is_back(&s->round) && !s->fault[0])
			if (!xl_process_wait(s, -1, deadline) && !xl_round_is_back(&s->round))
				xl_process_fault(s, "a barrier packet did not come back in time");
	}
	await_overtaken(s);
	if (!s->fault[0])
		s->via->drain(s); /* what came before the barrier, by another interface */
	s->is_in_flight = false;
	if (!xl_round_is_back(&s->round) || s->round.is_disordered)
		xl_round_forgive(&s->round);
	if (s->via->check && !s->fault[0])
		s->via->check(s);
	s->has_settled = true;
	return report_fault(s, d);
}

/* A device takes packets before anybody reads them: barriers go in until they come back. */
static int await_ready(struct xl_process *s, struct xl_diags *d)
{
	int64_t deadline = xl_process_deadline(s);

	do {
		int64_t retry = xl_clock_ns() + RETRY_MS * INT64_C(1000000);

		if (xl_child_wait(&s->child, 0))
			xl_process_fault(s, "it did not become ready");
		if (send_barriers(s, d) < 0)
			return XL_ERR_STATE;
		while (!xl_round_is_back(&s->round) && xl_process_wait(s, -1, retry)) {}
	} while (!xl_round_is_back(&s->round) && !s->fault[0] && xl_clock_ns() < deadline);
	if (!xl_round_is_back(&s->round))
		xl_process_fault(s, "no barrier packet came back: it did not become ready in time");
	xl_round_forgive(&s->round);
	if (s->via->check) /* what was lost before it was ready is no loss */
		s->via->check(s);
	s->has_settled = true;
	return report_fault(s, d);
}

/* ---- many cases in flight ---- */

static void mark(struct xl_box *b)
{
	struct xl_process *s = of(b);
	struct xl_diags d;

	xl_diags_init(&d);
	if (!s->is_in_flight)
		xl_round_begin(&s->round);
	s->is_in_flight = true;
	if (send_mark(s, &d) < 0)
		xl_process_fault(s, d.at[0].text);
}

static bool was_in_order(const struct xl_box *b)
{
	return !of(b)->round.is_disordered;
}

const struct xl_in_flight xl_process_in_flight = { mark, was_in_order };

/* ---- the box ---- */

static void box_input(struct xl_box *b, struct xl_pkt *p)
{
	struct xl_process *s = of(b);

	advance(s, p->at_ns);
	if (!s->fault[0])
		send_one(s, xl_pkt_data(p), p->len, p->port);
}

static int64_t box_due(const struct xl_box *b)
{
	(void)b; /* its timers are its own: they fire when a later packet comes, or in real time */
	return XL_NEVER;
}

static void box_run(struct xl_box *b, int64_t now_ns)
{
	(void)b;
	(void)now_ns;
}

static int box_settle(struct xl_box *b, int64_t now_ns, struct xl_diags *d)
{
	struct xl_process *s = of(b);

	advance(s, now_ns);
	return settle_now(s, d);
}

static struct xl_diags farewell; /* of instances of this process that were not stopped well */

const char *xl_attach_fault(void)
{
	return farewell.n ? farewell.at[0].text : NULL;
}

static void stop(struct xl_process *s)
{
	struct xl_adapter_place at = { .env = s->env, .netns_fd = s->netns_fd };

	if (farewell.n == 0)
		xl_diags_init(&farewell);
	if (s->has_started && xl_adapter_stop(s->to->adapter, s->config_path, &at,
					      s->to->timeout_scale, &farewell) < 0)
		fprintf(stderr, "%s\n", farewell.at[0].text);
}

static void box_free(struct xl_box *b)
{
	struct xl_process *s = of(b);

	stop(s);
	if (s->via->is_device && s->child.pid)
		kill(s->child.pid, SIGTERM); /* it has no input whose end would tell it */
	if (s->child.pid)
		(void)xl_child_stop(&s->child, GRACE_MS * INT64_C(1000000));
	if (s->via->close)
		s->via->close(s);
	free(s->state);
	free(s->buf);
	free(s);
}

static const struct xl_box_ops box_ops = { box_input, box_due, box_run, box_settle, box_free };

/* ---- starting ---- */

static bool put_json(const char *json, FILE *to)
{
	return fputs(json, to) != EOF;
}

static bool put_yaml(const char *json, FILE *to)
{
	struct xl_tree *t = xl_tree_read_text(json, strlen(json), "configuration", NULL);

	if (!t)
		return false;
	xl_yaml_write(xl_tree_root(t), to);
	xl_tree_free(t);
	return !ferror(to);
}

/* SCRATCH/<configuration>SUFFIX, the same for every worker: written aside, then renamed. */
static int write_form(char path[static PATH_MAX], const struct xl_process *s, const char *suffix,
		      bool (*put)(const char *json, FILE *to), struct xl_diags *d)
{
	const struct xl_golden_config *c = s->to->config;
	char aside[PATH_MAX], *text;
	FILE *to;
	bool good;
	int fd;

	snprintf(path, PATH_MAX, "%s/%s%s", s->to->scratch, c->name, suffix);
	if (s->to->is_again)
		return 0;
	if ((size_t)snprintf(aside, sizeof aside, "%s.XXXXXX", path) >= sizeof aside)
		return xl_diag(d, XL_ERR_IO, XL_NOWHERE, "%s: the name is too long",
			       s->to->scratch);
	text = xl_adapter_translator(s->to->adapter, c, d);
	if (!text)
		return XL_ERR_NOMEM;
	fd = mkostemp(aside,
		      O_CLOEXEC); /* no process id: in its namespace every worker has the same */
	to = fd >= 0 ? fdopen(fd, "w") : NULL;
	good = to && fchmod(fd, 0644) == 0 && put(text, to);
	if (to && fclose(to) == EOF)
		good = false;
	free(text);
	if (good && rename(aside, path) == 0)
		return 0;
	(void)xl_diag(d, XL_ERR_IO, XL_NOWHERE, "%s: %s", aside, strerror(errno));
	unlink(aside);
	return XL_ERR_IO;
}

/* As JSON and as YAML. They stay there, as a command line that somebody repeats by hand needs them. */
static int write_config(struct xl_process *s, struct xl_diags *d)
{
	int r = write_form(s->config_path, s, ".json", put_json, d);

	return r < 0 ? r : write_form(s->yaml_path, s, ".yaml", put_yaml, d);
}

/* The words of the command, {program}, {config} and {config-yaml} filled in; `run start CONFIG` without one. */
static void spell(const struct xl_process *s, const char *argv[static XL_ADAPTER_ARGS_MAX + 1],
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

		argv[n++] = strcmp(word, "{program}") == 0       ? program
			    : strcmp(word, "{config}") == 0      ? s->config_path
			    : strcmp(word, "{config-yaml}") == 0 ? s->yaml_path
								 : word;
	}
	argv[n] = NULL;
}

static int start(struct xl_process *s, struct xl_diags *d)
{
	const char *argv[XL_ADAPTER_ARGS_MAX + 1];
	char program[PATH_MAX], run[PATH_MAX];
	struct xl_child_spec spec = { .argv = argv,
				      .cwd = s->to->adapter->folder,
				      .io = s->via->io };
	struct xl_adapter_place at;
	int r;

	if (!xl_where_program(program))
		return xl_diag(d, XL_ERR_IO, XL_NOWHERE, "cannot tell where this program is");
	spell(s, argv, program, run);
	r = s->via->before ? s->via->before(s, d) : 0;
	at = (struct xl_adapter_place){ .env = s->env, .netns_fd = s->netns_fd };
	spec.env = at.env;
	spec.netns_fd = at.netns_fd;
	if (r == 0 && !s->to->is_again)
		r = xl_adapter_config(s->to->adapter, s->config_path, &at, s->to->timeout_scale, d);
	if (r == 0)
		r = xl_child_start(&s->child, &spec, d);
	s->has_started = r == 0;
	if (r == 0 && s->via->after)
		r = s->via->after(s, d);
	return r == 0 && s->via->is_device ? await_ready(s, d) : r;
}

int xl_process_open(const struct xl_transport *via, const struct xl_attach_to *to,
		    struct xl_box **box, struct xl_diags *d)
{
	struct xl_process *s = calloc(1, sizeof *s);
	int r;

	if (!s)
		return xl_diag(d, XL_ERR_NOMEM, XL_NOWHERE, "no memory left");
	s->box = (struct xl_box){ .ops = &box_ops,
				  .port = to->config->port,
				  .n_ports = to->config->n_ports };
	s->via = via;
	s->to = to;
	s->round.config = to->config;
	s->child.in = s->child.out = -1;
	s->state = calloc(1, via->state_bytes + 1);
	s->buf = malloc(XL_PACKET_MAX + 1);
	r = s->buf && s->state ? write_config(s, d)
			       : xl_diag(d, XL_ERR_NOMEM, XL_NOWHERE, "no memory left");
	if (r == 0)
		r = start(s, d);
	if (r < 0) {
		box_free(&s->box);
		return r;
	}
	*box = &s->box;
	return 0;
}
