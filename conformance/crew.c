/* crew.c - see crew.h. */
#include "conformance/crew.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conformance/attach/attach.h"
#include "conformance/worker.h"
#include "ref/io/child.h"

#define SECOND INT64_C(1000000000)

enum {
	CASE_SECONDS = 3, /* a case may take; times --timeout-scale */
	CLOSE_SECONDS = 3,
	OPEN_SECONDS = 20, /* attaching may take: tables of 10^6 rows */
	HANGS_MAX = 5, /* in a row; then the rest of the job is not tried */
	DRAINED_MAX = 2 << 20, /* read behind a worker that has ended: more than a pipe holds */
	FRAME_ROOM = XL_FRAME_MAX + (int)sizeof(struct xl_frame),
};

static const uint32_t NO_CASE = UINT32_MAX;

static int64_t case_deadline(const struct xl_crew *c, uint32_t number)
{
	const struct xl_case *played = &c->plan->golden->cases[number];
	const struct xl_attach_row *row = xl_attach_named(c->plan->adapter->attachment);
	double ns = CASE_SECONDS * c->plan->timeout_scale * 1e9;

	for (uint16_t i = 0; i < played->n_turns && !row->has_virtual_time; i++)
		ns += (double)played->turn[i].after_ns;
	ns += (double)played->n_turns * c->plan->adapter->grace_ms * 1e6;
	return xl_clock_ns() + (int64_t)ns;
}

static void start(struct xl_crew *c, struct xl_slot *s, struct xl_job *j)
{
	struct xl_work w = { .adapter = c->plan->adapter,
			     .golden = c->plan->golden,
			     .config = j->config,
			     .number = j->number + j->next,
			     .n = j->n - j->next,
			     .in_flight = j->is_alone ? 1 : c->plan->in_flight,
			     .timeout_scale = c->plan->timeout_scale,
			     .scratch = c->plan->scratch,
			     .keeps_packets = c->plan->keeps_packets,
			     .stays = c->plan->keep != NULL,
			     .seed = 1 + j->repetition };
	uint8_t *buf = s->buf ? s->buf : malloc(FRAME_ROOM);

	*s = (struct xl_slot){
		.fd = -1, .talk_fd = -1, .exit_fd = -1, .job = j, .current = NO_CASE, .buf = buf
	};
	s->pid = buf ? xl_worker_start(&w, &s->fd, &s->talk_fd) : -1;
	s->deadline_ns = xl_clock_ns() + (int64_t)(OPEN_SECONDS * SECOND * c->plan->timeout_scale);
	if (s->pid > 0) {
		s->exit_fd = (int)syscall(SYS_pidfd_open, s->pid, 0);
		return;
	}
	s->pid = 0;
	for (; j->next < j->n; j->next++)
		xl_ledger_charge(c->ledger, j->number[j->next], "no worker could be started: %s",
				 strerror(errno));
}

/* What it has written by now. False: nothing was there. */
static bool read_talk(struct xl_crew *c, struct xl_slot *s)
{
	char text[4096];
	ssize_t n = s->talk_fd >= 0 ? read(s->talk_fd, text, sizeof text) : 0;

	if (n > 0) {
		xl_talk_add(&s->said, c->plan->adapter->name, &c->lines, text, (size_t)n, stderr);
	} else if (s->talk_fd >= 0 && (n == 0 || (errno != EINTR && errno != EAGAIN))) {
		close(s->talk_fd); /* nobody can write there any more */
		s->talk_fd = -1;
	}
	return n > 0;
}

/* All that is there by now. */
static void drain_talk(struct xl_crew *c, struct xl_slot *s)
{
	for (size_t n = 0; n < DRAINED_MAX && read_talk(c, s); n += 4096)
		;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Ends a worker and everything in its group; how it had ended in `how`. */
static void reap(struct xl_crew *c, struct xl_slot *s, char how[static 64])
{
	int status = 0;

	/* It may have ended by itself: then its own status is what it is known by. */
	if (waitpid(s->pid, &status, WNOHANG) == s->pid) {
		kill(-s->pid, SIGKILL);
	} else {
		kill(-s->pid, SIGKILL);
		kill(s->pid, SIGKILL);
		while (waitpid(s->pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	xl_child_status_text(status, how);
	drain_talk(c, s);
	xl_talk_end(&s->said, c->plan->adapter->name, &c->lines, stderr);
	close_fd(&s->fd);
	close_fd(&s->talk_fd);
	close_fd(&s->exit_fd);
	s->pid = 0;
}

/* The rest of a job whose implementation cannot be attached. */
static void give_up(struct xl_crew *c, struct xl_job *j, const char *why)
{
	for (; j->next < j->n; j->next++)
		xl_ledger_charge(c->ledger, j->number[j->next], "%s", why);
}

/* What a process wrote before it failed often says why. */
static void add_last_words(struct xl_crew *c, struct xl_slot *s, char *text, size_t cap)
{
	size_t used = strlen(text);
	const char *last;

	drain_talk(c, s);
	last = xl_talk_last(&s->said);
	if (*last && used < cap)
		snprintf(text + used, cap - used, "; it said last: %s", last);
}

/* The worker is gone; who pays, and does the job go on? */
static void after_death(struct xl_crew *c, struct xl_slot *s, const char *how)
{
	struct xl_job *j = s->job;
	char text[XL_MESSAGE_MAX + 128];
	const char *talk = s->talk[0] ? "; it said last: " : "";

	if (s->current != NO_CASE)
		xl_ledger_charge(c->ledger, s->current, "%s%s%s%s%s",
				 s->outside[0] ? s->outside : "it ended during the case: ",
				 s->outside[0] ? ": " : "", how, talk, s->talk);
	else if (!s->is_ready) {
		snprintf(text, sizeof text, "it ended while it was attached: %s%s%s", how, talk,
			 s->talk);
		if (!*talk)
			add_last_words(c, s, text, sizeof text);
		give_up(c, j, text);
	} else if (!s->has_ended && j->next == j->n) {
		snprintf(text, sizeof text,
			 "%s ended badly when it was closed (configuration %s): %s",
			 c->plan->adapter->name, c->plan->golden->config[j->config].name, how);
		xl_ledger_note(c->ledger, text);
	}
	j->is_alone =
		j->is_alone || s->current == NO_CASE; /* so that the one who did it is charged */
	s->current = NO_CASE;
	s->job = NULL;
	if (j->next < j->n)
		start(c, s, j);
}

static void on_deadline(struct xl_crew *c, struct xl_slot *s)
{
	struct xl_job *j = s->job;
	char how[64], text[160];
	bool was_playing = s->current != NO_CASE;

	reap(c, s, how);
	if (was_playing) {
		xl_ledger_charge(c->ledger, s->current, "it did not come back within %.1f s",
				 CASE_SECONDS * c->plan->timeout_scale);
		s->current = NO_CASE;
		if (++j->hangs >= HANGS_MAX) {
			snprintf(text, sizeof text,
				 "not played: the %d cases before did not come back either",
				 HANGS_MAX);
			give_up(c, j, text);
		}
	} else if (!s->is_ready) {
		give_up(c, j, "it could not be attached before the deadline");
	} else if (j->next < j->n && !j->is_alone) {
		j->is_alone = true; /* so that the one who did it is charged */
	} else if (j->next < j->n) {
		snprintf(text, sizeof text, "%.60s could not be attached again in time",
			 c->plan->adapter->name);
		xl_ledger_note(c->ledger, text);
	} else if (!c->has_hung_closing) {
		snprintf(text, sizeof text,
			 "%.60s did not close within %.1f s; no other instance is waited for",
			 c->plan->adapter->name, CLOSE_SECONDS * c->plan->timeout_scale);
		xl_ledger_note(c->ledger, text);
		c->has_hung_closing = true;
	}
	s->job = NULL;
	if (j->next < j->n)
		start(c, s, j);
}

/* ---- frames ---- */

static void copy_text(char *to, size_t cap, const uint8_t *p, size_t n)
{
	if (n >= cap)
		n = cap - 1;
	memcpy(to, p, n);
	to[n] = '\0';
}

/* Behind a case comes another, perhaps with an instance of its own, or the end of the worker. */
static int64_t next_deadline(const struct xl_crew *c, const struct xl_job *j)
{
	double seconds = j->next < j->n ? OPEN_SECONDS : c->has_hung_closing ? 0.1 : CLOSE_SECONDS;

	return xl_clock_ns() + (int64_t)(seconds * (double)SECOND * c->plan->timeout_scale);
}

/* False: the frame is not what may come now. */
static bool on_frame(struct xl_crew *c, struct xl_slot *s, const struct xl_frame *f,
		     const uint8_t *p)
{
	struct xl_job *j = s->job;
	static struct xl_report rep;
	char refused[XL_MESSAGE_MAX];

	switch ((enum xl_frame_kind)f->kind) {
	case XL_FRAME_READY:
		s->is_ready = true;
		if (!c->plan->adapter->version[0])
			copy_text(c->plan->adapter->version, sizeof c->plan->adapter->version, p,
				  f->len);
		xl_ledger_begin(c->ledger);
		return true;
	case XL_FRAME_REFUSED:
		copy_text(refused, sizeof refused, p, f->len);
		add_last_words(c, s, refused, sizeof refused);
		give_up(c, j, refused);
		return true;
	case XL_FRAME_BEGIN:
		if (s->current != NO_CASE || j->next >= j->n || f->number != j->number[j->next])
			return false;
		j->next++;
		s->current = f->number;
		s->talk[0] = '\0';
		s->deadline_ns = case_deadline(c, f->number);
		return true;
	case XL_FRAME_REPORT:
		if (f->number != s->current || !xl_report_read(&rep, p, f->len))
			return false;
		s->current = NO_CASE;
		j->hangs = 0;
		s->deadline_ns = next_deadline(c, j);
		if (rep.finding.verdict == XL_ERROR)
			add_last_words(c, s, rep.finding.message, sizeof rep.finding.message);
		else /* a process that went wrong is started anew, and may have spoken already */
			xl_talk_forget(&s->said);
		xl_ledger_report(c->ledger, f->number, &rep);
		xl_report_fini(&rep);
		return true;
	case XL_FRAME_OUTSIDE: copy_text(s->outside, sizeof s->outside, p, f->len); return true;
	case XL_FRAME_LOG: copy_text(s->talk, sizeof s->talk, p, f->len); return true;
	case XL_FRAME_END:
		s->has_ended = true;
		if (c->plan->keep)
			s->deadline_ns = INT64_MAX;
		return true;
	case XL_FRAME_COUNT: break;
	}
	return false;
}

/* Every whole frame in the buffer. */
static bool on_bytes(struct xl_crew *c, struct xl_slot *s)
{
	size_t at = 0;
	bool good = true;

	while (good && s->used - at >= sizeof(struct xl_frame)) {
		struct xl_frame f;

		memcpy(&f, s->buf + at, sizeof f);
		if (f.kind >= XL_FRAME_COUNT || f.len > XL_FRAME_MAX)
			return false;
		if (s->used - at < sizeof f + f.len)
			break;
		good = on_frame(c, s, &f, s->buf + at + sizeof f);
		at += sizeof f + f.len;
	}
	memmove(s->buf, s->buf + at, s->used - at);
	s->used -= at;
	return good;
}

static void end_worker(struct xl_crew *c, struct xl_slot *s)
{
	char how[64];

	reap(c, s, how);
	after_death(c, s, how);
}

static bool has_exited(const struct xl_slot *s)
{
	siginfo_t info = { .si_pid = 0 };

	return waitid(P_PID, (id_t)s->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid;
}

/* One read; what came in *n, 0: nothing yet, -1: nothing will come. False: not what a worker writes. */
static bool read_frames(struct xl_crew *c, struct xl_slot *s, ssize_t *n)
{
	*n = read(s->fd, s->buf + s->used, (size_t)FRAME_ROOM - s->used);
	if (*n <= 0) {
		*n = *n < 0 && (errno == EINTR || errno == EAGAIN) ? 0 : -1;
		return true;
	}
	s->used += (size_t)*n;
	if (on_bytes(c, s))
		return true;
	snprintf(s->outside, sizeof s->outside, "it wrote into the judge's pipe or memory");
	return false;
}

/* It is over when the worker is, not when its pipes close: what it left behind may hold them. */
static void on_exit_of(struct xl_crew *c, struct xl_slot *s)
{
	ssize_t n = 1;

	for (size_t all = 0; n > 0 && all<DRAINED_MAX; all += n> 0 ? (size_t)n : 0)
		if (!read_frames(c, s, &n))
			break;
	end_worker(c, s);
}

static void on_readable(struct xl_crew *c, struct xl_slot *s)
{
	ssize_t n;

	if (!read_frames(c, s, &n))
		end_worker(c, s);
	else if (n < 0)
		close_fd(
			&s->fd); /* it ends in a moment, with a status of its own, or its deadline passes */
}

/* ---- the loop ---- */

size_t xl_crew_fill(struct xl_crew *c, struct xl_jobs *jobs)
{
	size_t busy = 0, slots = c->plan->jobs < XL_CREW_MAX ? c->plan->jobs : XL_CREW_MAX;

	for (size_t i = 0; i < slots; i++) {
		struct xl_job *j;

		while (!c->slot[i].pid && (j = xl_jobs_next(jobs)))
			start(c, &c->slot[i], j);
		busy += c->slot[i].pid != 0 && !(c->plan->keep && c->slot[i].has_ended);
	}
	return busy;
}

/* Every process below one, with the command that looks around where it is. */
static void list_below(pid_t pid, unsigned depth)
{
	char path[64], line[4096], name[256] = "";
	char *at = line;
	FILE *in;
	size_t n;

	snprintf(path, sizeof path, "/proc/%ld/cmdline", (long)pid);
	in = fopen(path, "re");
	n = in ? fread(name, 1, sizeof name - 1, in) : 0;
	for (size_t i = 0; i + 1 < n; i++)
		if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f)
			name[i] = ' ';
	if (in)
		fclose(in);
	if (depth > 0)
		fprintf(stderr, "  nsenter -t %ld -n -m -p    # %s\n", (long)pid, name);
	snprintf(path, sizeof path, "/proc/%ld/task/%ld/children", (long)pid, (long)pid);
	in = fopen(path, "re");
	n = in ? fread(line, 1, sizeof line - 1, in) : 0;
	if (in)
		fclose(in);
	line[n] = '\0';
	for (pid_t child; depth < 8 && (child = (pid_t)strtol(at, &at, 10)) > 0;)
		list_below(child, depth + 1);
}

bool xl_crew_show(const struct xl_crew *c)
{
	bool stands = false;

	for (size_t i = 0; i < XL_CREW_MAX; i++) {
		if (!c->slot[i].pid)
			continue;
		fputs("it stands; to look around beside the judge, or beside the implementation:\n",
		      stderr);
		list_below(c->slot[i].pid, 0);
		fputs("Ctrl-C ends it, and nothing is left\n", stderr);
		stands = true;
	}
	return stands;
}

enum { FRAMES, TALK, EXIT, N_FDS }; /* of each worker */

void xl_crew_turn(struct xl_crew *c)
{
	struct pollfd fd[XL_CREW_MAX * N_FDS];
	struct xl_slot *of[XL_CREW_MAX];
	int64_t now = xl_clock_ns(), first = now + SECOND / 5;
	nfds_t n = 0;

	for (size_t i = 0; i < XL_CREW_MAX; i++) {
		struct xl_slot *s = &c->slot[i];

		if (!s->pid)
			continue;
		fd[n * N_FDS + FRAMES] = (struct pollfd){ .fd = s->fd, .events = POLLIN };
		fd[n * N_FDS + TALK] = (struct pollfd){ .fd = s->talk_fd, .events = POLLIN };
		fd[n * N_FDS + EXIT] = (struct pollfd){ .fd = s->exit_fd, .events = POLLIN };
		of[n++] = s;
		if (s->deadline_ns < first)
			first = s->deadline_ns;
	}
	if (poll(fd, n * N_FDS, first > now ? (int)((first - now) / 1000000) + 1 : 0) < 0)
		return;
	now = xl_clock_ns();
	for (nfds_t i = 0; i < n; i++) {
		if (fd[i * N_FDS + TALK].revents)
			(void)read_talk(c, of[i]);
		if (has_exited(of[i]))
			on_exit_of(c, of[i]);
		else if (fd[i * N_FDS + FRAMES].revents)
			on_readable(c, of[i]);
		else if (now >= of[i]->deadline_ns)
			on_deadline(c, of[i]);
	}
}

/* What left its worker's process group has become a child of ours when the worker ended
 * (PR_SET_CHILD_SUBREAPER). This process has no other children by now. Without /proc nobody names
 * them, and they live on. */
static void kill_strays(void)
{
	char path[64], line[4096];
	FILE *in;

	snprintf(path, sizeof path, "/proc/self/task/%ld/children", (long)getpid());
	for (int round = 0; round < 10; round++) { /* a stray's own children come to us in turn */
		bool had_one = false;
		char *at = line;
		size_t n;

		in = fopen(path, "re");
		n = in ? fread(line, 1, sizeof line - 1, in) : 0;
		if (in)
			fclose(in);
		line[n] = '\0';
		for (pid_t pid; (pid = (pid_t)strtol(at, &at, 10)) > 0; had_one = true) {
			kill(pid, SIGKILL);
			waitpid(pid, NULL, 0);
		}
		if (!had_one)
			return;
	}
}

void xl_crew_end(struct xl_crew *c)
{
	char how[64];

	for (size_t i = 0; i < XL_CREW_MAX; i++) {
		if (c->slot[i].pid)
			reap(c, &c->slot[i], how);
		free(c->slot[i].buf);
		c->slot[i].buf = NULL;
	}
	kill_strays();
}
