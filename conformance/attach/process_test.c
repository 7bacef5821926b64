/* process_test.c - settling by barriers, over a transport whose losses are scripted. */
#include "conformance/attach/process.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ref/base/tap.h"

enum { UDP = 8, LEN = 20 + UDP + XL_BARRIER_PAYLOAD, QUEUE = 16, READS_BEFORE = 3 };

#define PATIENCE (60 * INT64_C(1000000000)) /* machines stall for seconds */

static uint8_t in[LEN] = { 0x45, 0, 0, LEN, 0, 0, 0x40, 0,    64,   17,   0,    0, 192,
			   0,    2, 1, 192, 0, 2, 2,    0x07, 0xd0, 0x0f, 0xa0, 0, UDP + 24 };
static const struct xl_port ports[2] = { { "v4", XL_SIDE_V4, 1500 }, { "v6", XL_SIDE_V6, 1500 } };
static const struct xl_barrier barrier[2] = { { .in = { in, LEN } },
					      { .in = { in, LEN }, .port = 1 } };
static const struct xl_golden_config config = { .name = "process-test",
						.json = "{}",
						.port = ports,
						.n_ports = 2,
						.barrier = barrier,
						.n_barriers = 2 };

/* What the transport does with packet number i of those put since the last reset. */
static struct script {
	const char *fate; /* a letter a packet: . back, x lost, l late: it comes with the next,
			   * o overtaken: it comes when what came behind it has been seen */
	bool dies, fails_check;
	unsigned n_put, n_seen, n_closed;
	unsigned tag[QUEUE]; /* of what was seen */
} script;

struct loop { /* the transport's own: what was put comes back */
	int fd[2]; /* an octet a packet */
	uint8_t packet[QUEUE][LEN];
	size_t n;
	uint8_t overtaken[LEN];
	unsigned wait; /* until `overtaken` comes: times something is read; 0: there is none */
};

static struct loop *loop_of(const struct xl_process *s)
{
	return s->state;
}

static int before(struct xl_process *s, struct xl_diags *d)
{
	struct loop *l = loop_of(s);

	return pipe2(l->fd, O_NONBLOCK) == 0 ? 0 : xl_diag(d, XL_ERR_IO, XL_NOWHERE, "no pipe");
}

static void put(struct xl_process *s, const uint8_t *p, size_t n, uint16_t port)
{
	struct loop *l = loop_of(s);
	char fate = script.fate[0] ? *script.fate++ : '.';

	(void)port;
	script.n_put++;
	if (script.dies && !xl_child_wait(&s->child, xl_clock_ns() + PATIENCE))
		puts("# the child lives on");
	if (fate == 'o') {
		memcpy(l->overtaken, p, n);
		l->wait = READS_BEFORE;
		return;
	}
	if (fate == 'x' || n != LEN || l->n == QUEUE)
		return;
	memcpy(l->packet[l->n++], p, LEN);
	if (fate != 'l' && write(l->fd[1], "", 1) != 1)
		xl_process_fault(s, "the pipe is full");
}

static int fd(const struct xl_process *s)
{
	return loop_of(s)->fd[0];
}

static void drain(struct xl_process *s)
{
	struct loop *l = loop_of(s);
	char octets[QUEUE];

	if (read(l->fd[0], octets, sizeof octets) < 0)
		return;
	for (size_t i = 0; i < l->n; i++)
		xl_process_take(s, l->packet[i], LEN, 0);
	l->n = 0;
	if (l->wait && --l->wait == 0)
		memcpy(l->packet[l->n++], l->overtaken, LEN);
	if ((l->wait || l->n) && write(l->fd[1], "", 1) != 1)
		xl_process_fault(s, "the pipe is full");
}

static void check(struct xl_process *s)
{
	if (script.fails_check)
		xl_process_fault(s, "a packet was lost");
}

static void shut(struct xl_process *s)
{
	script.n_closed++;
	close(loop_of(s)->fd[0]);
	close(loop_of(s)->fd[1]);
}

static struct xl_transport transport = { .state_bytes = sizeof(struct loop),
					 .io = XL_CHILD_NONE,
					 .before = before,
					 .put = put,
					 .fd = fd,
					 .drain = drain,
					 .check = check,
					 .close = shut };

/* ---- scenes ---- */

static struct xl_adapter adapter = { .folder = "/", .command = { "sleep", "1000" } };
static char scratch[] = "/tmp/process_test_XXXXXX";
static struct xl_attach_to to = {
	.adapter = &adapter, .config = &config, .timeout_scale = 30, .scratch = scratch
};
static struct xl_diags d;

static void on_emit(void *ctx, struct xl_pkt *p)
{
	(void)ctx;
	if (script.n_seen < QUEUE)
		script.tag[script.n_seen] = p->tag;
	script.n_seen++;
}

static struct xl_box *open_box(const char *fate)
{
	struct xl_box *box = NULL;

	script = (struct script){ .fate = fate };
	xl_diags_init(&d);
	if (!ok(xl_process_open(&transport, &to, &box, &d) == 0, "the box opens")) {
		xl_diags_print(&d, stdout);
		exit(done());
	}
	box->emit = on_emit;
	return box;
}

static void send_packet(struct xl_box *box)
{
	uint8_t room[LEN] = { 0x45 };
	struct xl_pkt p = { .buf = room, .cap = LEN, .len = LEN };

	box->ops->input(box, &p);
}

static bool settles(struct xl_box *box)
{
	xl_diags_init(&d);
	return box->ops->settle(box, 0, &d) == 0;
}

static void test_settles(void)
{
	struct xl_box *box = open_box("");

	send_packet(box);
	ok(settles(box), "it settles");
	is_int(script.n_put, 3, "by a barrier in each direction");
	is_int(script.n_seen, 1, "and shows the packet, no barrier");
	ok(settles(box), "it settles again");
	is_int(script.n_seen, 1, "nothing more came");
	box->ops->free(box);
	is_int(script.n_closed, 1, "the transport is closed once");
}

static void test_lost(void)
{
	struct xl_box *box = open_box("");

	ok(settles(box), "it settles");
	to.timeout_scale = 0.05;
	script.fate = ".x";
	ok(!settles(box), "one barrier of two is not enough");
	is_str(d.at[0].text, "a barrier packet did not come back in time", "and is missed");
	to.timeout_scale = 30;
	script.fate = "";
	ok(settles(box), "the next round is its own");
	to.timeout_scale = 0.05;
	script.fate = "lx";
	ok(!settles(box), "a late barrier is lost to its round");
	to.timeout_scale = 30;
	script.fate = "";
	script.n_seen = 0;
	ok(settles(box), "when it comes in the next");
	is_int(script.n_seen, 0, "it is no packet of the case");
	script.fails_check = true;
	ok(!settles(box), "what the transport lost");
	is_str(d.at[0].text, "a packet was lost", "is a fault");
	box->ops->free(box);
}

static void test_grace(void)
{
	struct xl_box *box = open_box("o");

	send_packet(box);
	ok(settles(box), "it settles");
	is_int(script.n_seen, 0, "a packet that was overtaken by the barriers is not seen");
	box->ops->free(box);
	adapter.grace_ms = XL_GRACE_MS_MAX;
	box = open_box("o");
	send_packet(box);
	ok(settles(box), "it settles");
	is_int(script.n_seen, 1, "with grace it is");
	box->ops->free(box);
	adapter.grace_ms = 0;
}

static void test_in_flight(void)
{
	struct xl_box *box = open_box("");
	unsigned tags;

	send_packet(box);
	xl_process_in_flight.mark(box);
	xl_process_in_flight.mark(box);
	send_packet(box);
	send_packet(box);
	xl_process_in_flight.mark(box);
	ok(settles(box), "three cases settle at once");
	ok(xl_process_in_flight.was_in_order(box), "in order");
	is_int(script.n_put, 9, "each behind a barrier a direction");
	tags = script.tag[0] * 100 + script.tag[1] * 10 + script.tag[2];
	is_int(script.n_seen * 1000 + tags, 3022, "a packet of the first, none, two of the third");
	script.n_seen = 0;
	script.fate = "..l";
	xl_process_in_flight.mark(box);
	xl_process_in_flight.mark(box);
	ok(settles(box), "what is late in the pipe is in order");
	send_packet(box);
	ok(settles(box), "one alone settles as ever");
	is_int(script.n_seen * 10 + script.tag[0], 10, "and has no window");
	script.fate = "x";
	xl_process_in_flight.mark(box);
	xl_process_in_flight.mark(box);
	ok(settles(box), "a barrier lost before another of its direction is not waited for");
	ok(!xl_process_in_flight.was_in_order(box), "and there is no order");
	ok(settles(box), "the next round is its own");
	box->ops->free(box);
}

static void test_dead(void)
{
	struct xl_box *box;

	adapter.command[0] = "false";
	adapter.command[1] = NULL;
	box = open_box("xx");
	script.dies = true;
	to.timeout_scale = 0.05;
	ok(!settles(box), "a command that ended does not settle");
	is_str(d.at[0].text,
	       "a barrier packet did not come back in time: it has ended: exit status 1",
	       "and how it ended is told");
	ok(!settles(box), "nor does it the next time");
	to.timeout_scale = 30;
	box->ops->free(box);
	adapter.command[0] = "/nowhere/translator";
	box = NULL;
	xl_diags_init(&d);
	ok(xl_process_open(&transport, &to, &box, &d) < 0 && !box, "a command that is not there");
	ok(d.n && strstr(d.at[0].text, "/nowhere/translator") != NULL, "is named");
	adapter.command[0] = "sleep";
	adapter.command[1] = "1000";
}

static void test_device(void)
{
	struct xl_box *box;

	transport.is_device = true;
	box = open_box("xxx.x");
	ok(script.n_put > 4 && script.n_put % 2 == 0, "barriers go in until they come back: %u",
	   script.n_put);
	box->ops->free(box);
	transport.is_device = false;
}

static void test_ports(void)
{
	static const struct row {
		uint8_t first;
		size_t n;
		uint16_t port;
	} rows[] = {
		{ 0x45, 20, 0 }, { 0x60, 40, 1 }, { 0x60, 1, 1 }, { 0x50, 20, 0 }, { 0x60, 0, 0 }
	};
	struct xl_process s = { .box = { .port = ports, .n_ports = 2 } };

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		is_int(xl_process_port_of(&s, &rows[i].first, rows[i].n), rows[i].port,
		       "port of %zu octets that begin with %02x", rows[i].n, rows[i].first);
}

int main(void)
{
	char path[64];

	memcpy(in + LEN - XL_BARRIER_PAYLOAD, "xlatlab-barrier!", 16);
	if (!mkdtemp(scratch))
		return 1;
	test_settles();
	test_lost();
	test_in_flight();
	test_grace();
	test_dead();
	test_device();
	test_ports();
	snprintf(path, sizeof path, "%s/process-test.json", scratch);
	ok(access(path, R_OK) == 0, "the configuration is where the command finds it");
	unlink(path);
	snprintf(path, sizeof path, "%s/process-test.yaml", scratch);
	ok(unlink(path) == 0, "also as YAML");
	ok(rmdir(scratch) == 0, "and nothing else was left");
	return done();
}
