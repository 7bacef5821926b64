/* cmd_translate.c - `xlatlab translate`: a capture in, the translated capture out. (Live: tunnel.h.)
 *
 * Time is that of the capture, so a run can be repeated; what is due between two packets is done at its
 * time, and what is still due behind the last one within a day. Captures whose times step back are
 * translated as if the clock had stood still, and their times are kept. With --socket the packets are
 * datagrams and time is real. Reading from a pipe, each packet is written out before the next is read:
 * so this command can be judged like any other program that translates on its standard input and output.
 * SIGINT, SIGTERM or SIGHUP ends the input where it is: what was read until then is treated as all there is.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ref/cmd/chain.h"
#include "ref/cmd/cmd.h"
#include "ref/cmd/links.h"
#include "ref/cmd/summary.h"
#include "ref/cmd/tunnel.h"
#include "ref/io/linktype.h"
#include "ref/io/pcapfile.h"
#include "ref/io/wait.h"

#define ASK_NS INT64_C(100000000) /* between questions for a neighbour */

static const int64_t tail_ns = INT64_C(86400) * 1000000000; /* after the last packet */

struct args {
	struct xl_opt_list config, interface, link;
	const char *in, *out, *tun;
	int64_t socket;
	bool quiet, no_offload;
};

static const struct xl_opt options[] = {
	XL_CHAIN_OPTS(struct args),
	XL_OPT('r', "read", FILE, "IN.pcap", struct args, in,
	       "the capture to translate, pcap or pcapng; default: standard input",
	       .is_once = true),
	XL_OPT('w', "write", FILE, "OUT.pcap", struct args, out,
	       "where the translated packets go; default: standard output", .is_once = true),
	XL_OPT(0, "socket", INT, "FD", struct args, socket,
	       "instead of captures: one IP packet a datagram on this inherited socket, in real "
	       "time",
	       .min = 0, .max = 1023),
	XL_OPT(0, "link", LIST, "INTERFACE=DEVICE,ADDRESS,NEXT-HOP", struct args, link,
	       "instead of captures: this interface is an Ethernet device, in real time; once "
	       "for each interface"),
	XL_OPT('t', "tun", TEXT, "DEVICE", struct args, tun,
	       "instead of captures: live, on this TUN device, which is made if it is not there"),
	XL_OPT(0, "no-offload", FLAG, NULL, struct args, no_offload,
	       "with --tun: every segment a packet of its own, with its checksums made"),
	XL_OPT('q', "quiet", FLAG, NULL, struct args, quiet, "no events and no summary"),
};

static const struct xl_usage usage = {
	.name = "translate",
	.summary = "translates a capture (or packets on a socket, or live) between IPv4 and IPv6",
	.opt = options,
	.n_opts = sizeof(options) / sizeof(options[0]),
	.text = "Reads the link types " XL_LINKTYPE_NAMES
		"; VLAN tags are skipped. Writes pcap of link type RAW with nanoseconds. A "
		"packet enters by the side of its IP version, and what comes out keeps its time. "
		"Packets that the snapshot length cut, and frames without an IP packet, are not "
		"translated but counted. Standard error tells how many packets came to what, by "
		"rule, with the clause of the RFC.\n\n"
		"In a chain, what a stage sends back by the interface the packet came in by (an "
		"ICMP error, a hairpinned packet) goes back the way it came. 464XLAT is -c "
		"clat.yaml -c plat.yaml; the other direction is -c plat.yaml -c clat.yaml, or "
		"--if 2:v4.\n\n"
		"OUT.pcap is created, or emptied, when the input's header is there and is that "
		"of a capture that can be read; a file's first packet, too, is looked at before. "
		"SIGINT, SIGTERM and SIGHUP end the input: what was read by then is translated "
		"and written, and the summary is printed; a second signal ends it where it "
		"is.\n\n"
		"Live, with --tun: the device is made (and goes at the end), or, if there is one "
		"of that name, attached to (and stays). It is set up; addresses and routes are "
		"the system's: route both sides' destinations to it. All interfaces have its MTU; "
		"one that the configuration gives is set. SIGINT and SIGTERM end it in order, "
		"SIGUSR1 prints the counters so far, and SIGHUP reads the configuration again "
		"while packets go on: from one packet to the next the new one is in force, or, if "
		"it has a fault, which is printed, the old one stays. The counters go on. It "
		"takes root, or CAP_NET_ADMIN.\n\n"
		"Exit status: 0 translated (whatever the verdicts were), 2 wrong usage or "
		"configuration, 3 a capture could not be read or written, or interrupted; a device "
		"that cannot be had, or went.",
};

struct run {
	struct args a;
	struct xl_chain chain;
	struct xl_chain_door door[7];
	struct xl_capw *w;
	struct xl_links *links;
	int64_t last_ns, stamp_ns; /* stamp: what goes out now; a packet keeps its own time */
	bool is_stamped;
	bool has_failed; /* output */
	bool was_interrupted;
	int stop_fd;
	uint64_t n_not_ip, n_cut, n_long, n_no_door;
	struct xl_diags d;
	uint8_t buf[XL_HEADROOM + XL_PACKET_MAX + XL_CHAIN_ROOM];
};

/* ---- what leaves ---- */

static void write_packet(void *ctx, const struct xl_stage *s, struct xl_pkt *p)
{
	struct run *r = ctx;

	(void)s;
	if (xl_capw_put(r->w, r->is_stamped ? r->stamp_ns : p->at_ns, xl_pkt_data(p), p->len) < 0)
		r->has_failed = true;
}

static void send_packet(void *ctx, const struct xl_stage *s, struct xl_pkt *p)
{
	struct run *r = ctx;
	int fd = (int)r->a.socket;
	ssize_t n;

	(void)s;
	do
		n = send(fd, xl_pkt_data(p), p->len, MSG_NOSIGNAL);
	while (n < 0 && errno == EAGAIN && xl_wait(fd, POLLOUT, -1, XL_NEVER) > 0);
	if (n >= 0 || r->has_failed)
		return;
	(void)xl_diag(&r->d, XL_ERR_IO, XL_NOWHERE, "--socket %" PRId64 ": cannot send: %s",
		      r->a.socket, strerror(errno));
	r->has_failed = true;
}

static void send_on_link(void *ctx, const struct xl_stage *s, struct xl_pkt *p)
{
	struct run *r = ctx;

	(void)s;
	xl_links_send(r->links, p->port, xl_pkt_data(p), p->len);
}

static void print_event(void *ctx, const struct xl_stage *s, const struct xl_event *e)
{
	const struct run *r = ctx;

	if (!r->a.quiet)
		xl_summary_event(s, e);
}

/* ---- the summary ---- */

static void print_summary(const struct run *r)
{
	const char *in = strcmp(r->a.in, "-") == 0 ? "standard input" : r->a.in;

	/* what was not even tried is said also when the summary is not wanted */
	xl_summary_left_out(in, r->n_not_ip, "no IP packet in the frame");
	xl_summary_left_out(in, r->n_cut, "cut by the capture's snapshot length");
	xl_summary_left_out(in, r->n_long, "longer than an IP packet can be");
	xl_summary_left_out(in, r->n_no_door, "no interface for this IP version");
	if (r->links)
		xl_summary_left_out(in, xl_links_lost(r->links), "could not be put on their link");
	xl_summary_left_out(in, r->chain.n_lost, "went round in a circle between the stages");
	if (r->a.quiet)
		return;
	for (size_t i = 0; i < r->chain.n_stages; i++)
		xl_summary_stage(&r->chain.stage[i]);
}

/* ---- packets in ---- */

static void translate_one(struct run *r, const uint8_t *ip, uint32_t len, uint8_t family,
			  int64_t at_ns)
{
	struct xl_pkt p = {
		.buf = r->buf, .cap = sizeof(r->buf), .off = XL_HEADROOM, .len = len, .at_ns = at_ns
	};

	if (!r->door[family].is_there) {
		r->n_no_door++;
		return;
	}
	if (ip != xl_pkt_data(&p))
		memcpy(xl_pkt_data(&p), ip, len);
	(void)xl_chain_input(&r->chain, &r->door[family], &p);
}

static void translate_record(struct run *r, const struct xl_cap_packet *c)
{
	if (c->kind == XL_CAP_NOT_IP) {
		r->n_not_ip++;
	} else if (c->kind == XL_CAP_CUT) {
		r->n_cut++;
	} else if (c->len > XL_PACKET_MAX) {
		r->n_long++;
	} else {
		if (c->ts_ns > r->last_ns)
			r->last_ns = c->ts_ns;
		r->is_stamped = false;
		xl_chain_run(&r->chain, r->last_ns);
		r->is_stamped = true;
		r->stamp_ns = c->ts_ns;
		translate_one(r, c->ip, c->len, c->family, r->last_ns);
	}
}

static int translate_capture(struct run *r, struct xl_cap *in)
{
	struct xl_cap_packet c;
	int got = XL_ERR_IO;

	r->last_ns = INT64_MIN;
	while (!r->has_failed && (got = xl_cap_next(in, &c)) == XL_CAP_PACKET)
		translate_record(r, &c);
	r->is_stamped = false;
	if ((got == XL_CAP_END || got == XL_CAP_STOPPED) && r->last_ns != INT64_MIN &&
	    r->last_ns < INT64_MAX - tail_ns)
		xl_chain_run(&r->chain, r->last_ns + tail_ns);
	return got;
}

static bool is_same_file(int in_fd, const char *out)
{
	struct stat a, b;

	return fstat(in_fd, &a) == 0 && stat(out, &b) == 0 && S_ISREG(a.st_mode) &&
	       a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* From the input's header to the output's last octet. As xl_cap_next() ends. */
static int copy_translated(struct run *r, struct xl_cap *in)
{
	struct stat st;
	bool is_file = fstat(xl_cap_fd(in), &st) == 0 && S_ISREG(st.st_mode);
	int got = xl_cap_start(in);

	if (got == 0) {
		r->w = xl_capw_open(r->a.out, !is_file, &r->d);
		got = r->w ? translate_capture(r, in) : XL_ERR_IO;
	}
	print_summary(r);
	r->was_interrupted = got == XL_CAP_STOPPED;
	if (r->w && (xl_capw_close(r->w) < 0 || r->has_failed))
		got = XL_ERR_IO;
	return got;
}

static int run_captures(struct run *r)
{
	struct xl_cap *in;
	int got;

	if (strcmp(r->a.out, "-") == 0 && isatty(STDOUT_FILENO))
		return xl_opts_refuse(&usage,
				      "standard output is a terminal: -w FILE says where to");
	if (strcmp(r->a.in, "-") == 0 && isatty(STDIN_FILENO))
		return xl_opts_refuse(&usage, "standard input is a terminal: -r FILE says what");
	in = xl_cap_open(r->a.in, &r->d);
	if (!in)
		return XL_EXIT_FAILED;
	if (is_same_file(xl_cap_fd(in), r->a.out)) {
		xl_cap_close(in);
		return xl_opts_refuse(&usage, "-w %s is the capture that is read", r->a.out);
	}
	xl_cap_stop_on(in, r->stop_fd);
	got = copy_translated(r, in);
	xl_cap_close(in);
	return got == XL_CAP_END ? XL_EXIT_OK : XL_EXIT_FAILED;
}

/* Until the peer goes, or a signal comes. */
static int run_socket(struct run *r)
{
	uint8_t *at = r->buf + XL_HEADROOM;
	int fd = (int)r->a.socket;

	while (!r->has_failed) {
		int64_t due = xl_chain_due(&r->chain);
		int ready = xl_wait(fd, POLLIN, r->stop_fd, due);
		int64_t now_ns = xl_clock_ns();
		ssize_t n;

		xl_chain_run(&r->chain, now_ns);
		r->was_interrupted = ready == XL_WAIT_STOPPED;
		if (r->was_interrupted)
			break;
		if (ready == XL_WAIT_LATE)
			continue;
		n = recv(fd, at, XL_PACKET_MAX + 1, 0);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < 0)
			(void)xl_diag(&r->d, XL_ERR_IO, XL_NOWHERE,
				      "--socket %d: cannot receive: %s", fd, strerror(errno));
		if (n <= 0)
			break;
		if (n > XL_PACKET_MAX)
			r->n_long++;
		else if (at[0] >> 4 != 4 && at[0] >> 4 != 6)
			r->n_not_ip++;
		else
			translate_one(r, at, (uint32_t)n, at[0] >> 4, now_ns);
	}
	print_summary(r);
	return r->d.n || r->was_interrupted ? XL_EXIT_FAILED : XL_EXIT_OK;
}

static void on_link_packet(void *ctx, uint16_t port, const uint8_t *packet, size_t n)
{
	struct run *r = ctx;
	struct xl_chain_door door = { .is_there = true, .port = port };
	struct xl_pkt p = { .buf = r->buf,
			    .cap = sizeof r->buf,
			    .off = XL_HEADROOM,
			    .len = (uint32_t)n,
			    .at_ns = r->last_ns };

	if (n == 0 || n > XL_PACKET_MAX) {
		r->n_long += n > 0;
		return;
	}
	memcpy(xl_pkt_data(&p), packet, n);
	(void)xl_chain_input(&r->chain, &door, &p);
}

/* Until a signal comes. Neighbours are asked until they answer. */
static int run_links(struct run *r)
{
	bool are_known = false;
	int ready = 0;

	while (ready != XL_WAIT_STOPPED && r->d.n == 0) {
		int64_t due = xl_chain_due(&r->chain), ask;

		if (!are_known)
			are_known = xl_links_ask(r->links);
		ask = are_known ? XL_NEVER : xl_clock_ns() + ASK_NS;
		ready = xl_wait(xl_links_fd(r->links), POLLIN, r->stop_fd, due < ask ? due : ask);
		r->last_ns = xl_clock_ns();
		xl_chain_run(&r->chain, r->last_ns);
		if (ready >= 0 && ready != XL_WAIT_STOPPED && ready != XL_WAIT_LATE)
			(void)!xl_links_drain(r->links, on_link_packet, r, &r->d);
	}
	print_summary(r);
	return r->d.n ? XL_EXIT_FAILED : XL_EXIT_OK;
}

static int run(struct run *r)
{
	int status = XL_EXIT_FAILED;

	signal(SIGPIPE, SIG_IGN); /* a reader that goes is a fault like a full disk */
	r->stop_fd = xl_stop_open(&r->d);
	if (r->stop_fd >= 0)
		status = r->links           ? run_links(r)
			 : r->a.socket >= 0 ? run_socket(r)
					    : run_captures(r);
	xl_stop_close();
	if (r->was_interrupted)
		fputs("xlatlab translate: interrupted; what was read before is translated\n",
		      stderr);
	return status;
}

/* Packets come from one place and go to one. */
static bool settle_ends(struct run *r, int *status)
{
	struct args *a = &r->a;

	if ((a->in || a->out) + (a->socket >= 0) + (a->link.n > 0) + (a->tun != NULL) > 1) {
		*status = xl_opts_refuse(&usage, "packets come from one place: allowed is one of "
						 "-r and -w, --socket, --link and --tun");
	} else if (a->no_offload && !a->tun) {
		*status = xl_opts_refuse(&usage, "--no-offload goes with --tun");
	} else if (a->tun && a->config.n > 1) {
		*status = xl_opts_refuse(&usage,
					 "--tun %s is both sides of one translator: "
					 "allowed is one -c",
					 a->tun);
	} else {
		a->in = a->in ? a->in : "-";
		a->out = a->out ? a->out : "-";
		return true;
	}
	return false;
}

static int run_tun(struct run *r)
{
	struct xl_tunnel_args a = {
		.config = &r->a.config,
		.interface = &r->a.interface,
		.device = r->a.tun,
		.is_quiet = r->a.quiet,
		.has_no_offload = r->a.no_offload,
	};

	return xl_tunnel_run(&a, &r->d);
}

int xl_cmd_translate(int argc, char **argv)
{
	struct run *r = calloc(1, sizeof(*r));
	struct xl_chain_watch watch = { .ctx = r, .event = print_event };
	int status = XL_EXIT_FAILED;

	if (!r)
		return XL_EXIT_FAILED;
	xl_diags_init(&r->d);
	r->a = (struct args){ .socket = -1 };
	if (!xl_opts_parse(&usage, argc, argv, &r->a, &status) || !settle_ends(r, &status))
		goto out;
	if (r->a.tun) {
		status = run_tun(r);
		goto out;
	}
	watch.leave = r->a.link.n ? send_on_link : r->a.socket >= 0 ? send_packet : write_packet;
	status = XL_EXIT_USAGE;
	if (xl_chain_open(&r->chain, &r->a.config, &watch, &r->d) < 0)
		goto out;
	if (r->a.link.n)
		r->links = xl_links_open(&r->a.link, &r->chain.stage[0].conf, &r->d);
	if (r->d.n == 0 && xl_chain_doors(&r->chain, &r->a.interface, r->door, &r->d) == 0)
		status = run(r);
	xl_links_close(r->links);
	xl_chain_close(&r->chain);
out:
	xl_diags_print(&r->d, stderr);
	free(r);
	return status;
}
