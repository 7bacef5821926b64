/* golden_test.c - a small set compiled, written, read back, and read again after every damage. */
#include "vectors/compile.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ref/base/tap.h"
#include "vectors/lint.h"

static struct xl_diags diags;
static char root[256];

static const char config[] = "title: small\n"
			     "translator: {prefix6: 2001:db8:64::/96, eamt: [{ipv4: 192.0.2.33/32, "
			     "ipv6: \"2001:db8::33/128\"}],\n"
			     "  own: {ipv4: 192.0.2.254, ipv6: \"2001:db8::1\"}}\n"
			     "names: {h4: {ipv4: 198.51.100.2, ipv6: \"2001:db8:64::c633:6402\"}, "
			     "h6: {ipv4: 192.0.2.33, ipv6: "
			     "\"2001:db8::33\"}, own: {ipv4: 192.0.2.254, ipv6: \"2001:db8::1\"}}\n"
			     "barrier: [{if: v4, src: h4, dst: h6, out: v6}]\n";

static const char cases[] = "- {id: t/1/udp, title: a, covers: [rfc1-1-x], config: small, steps: "
			    "[send: {if: v4, packet: [ipv4: {src: "
			    "h4, dst: h6}, udp: {}, data: x]}, expect: {if: v6, packet: [ipv6: "
			    "{src: h4, dst: h6}, udp: {}, data: "
			    "same]}]}\n"
			    "- {id: t/1/live, title: b, covers: [rfc1-1-x], config: small, "
			    "interpretation: two, steps: [send: {if: "
			    "v6, packet: [ipv6: {src: h6, dst: h4}, udp: {}]}, outcomes: [{level: "
			    "must, packets: [{if: v4, packet: "
			    "[ipv4: {src: h6, dst: h4, id: {bind: i}, ttl: {in: [62, 63]}}, udp: "
			    "{sport: {min: 1, max: 9}}]}]}, "
			    "{level: weak, note: n, packets: [{if: v6, packet: [ipv6: {src: own, "
			    "dst: h6, originated: true}, icmpv6: "
			    "{type: 1, code: 0}, quote: {sent: true, min: 8}]}]}], wait: 2s, send: "
			    "{if: v6, packet: [ipv6: {src: h6, "
			    "dst: h4}, udp: {dport: {use: i}}]}, expect-nothing: ]}\n";

static const char requirements[] =
	"rfc: 1\ntitle: t\nkeywords: {\"1\": {must: 1}}\n"
	"requirements: [{id: rfc1-1-x, section: \"1\", level: must, text: x}]\n";

static const char *const files[] = { "golden/t.in.pcap", "golden/t.out.pcap", "golden/t.mask.pcap",
				     "golden/t.json", "golden/manifest.json" };
enum { N_FILES = sizeof(files) / sizeof(files[0]) };

static void put(const char *path, const char *text, size_t n)
{
	char name[512];
	FILE *f;

	snprintf(name, sizeof(name), "%s/%s", root, path);
	f = fopen(name, "wb");
	if (f) {
		fwrite(text, 1, n, f);
		fclose(f);
	}
}

static char *get(const char *path, size_t *n)
{
	char name[512], *text = calloc(1, 1 << 20);
	FILE *f;

	snprintf(name, sizeof(name), "%s/%s", root, path);
	f = fopen(name, "rb");
	*n = f ? fread(text, 1, 1 << 20, f) : 0;
	if (f)
		fclose(f);
	return text;
}

static void make_tree(void)
{
	static const char *const dirs[] = { "v", "v/configs", "v/cases", "v/cases/t", "req" };
	char name[512];

	snprintf(root, sizeof(root), "%s/xlatlab-golden-test-XXXXXX",
		 getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	ok(mkdtemp(root) != NULL, "a scratch directory");
	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		snprintf(name, sizeof(name), "%s/%s", root, dirs[i]);
		ok(mkdir(name, 0777) == 0, "%s", dirs[i]);
	}
	put("v/configs/small.yaml", config, strlen(config));
	/* `steps` in flow style would be a map of equal keys; one step a line is the form of a case. */
	put("req/rfc1.yaml", requirements, strlen(requirements));
}

/* The flow text above with each step an item of its own. */
static void put_cases(void)
{
	static const char *const marks[] = { ", expect: {", ", outcomes: [",
					     ", wait: ", ", send: {", ", expect-nothing: " };
	static char text[8192];
	size_t n = 0;

	for (const char *p = cases; *p;) {
		size_t skip = 0;

		if (strncmp(p, "steps: [send: ", 14) == 0) {
			n += (size_t)sprintf(text + n, "steps: [{send: ");
			p += 14;
			continue;
		}
		for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
			if (strncmp(p, marks[i], strlen(marks[i])) == 0)
				skip = 2;
		if (skip) {
			n += (size_t)sprintf(text + n, "}, {");
			p += skip;
			continue;
		}
		if (strncmp(p, "]}\n", 3) == 0) {
			n += (size_t)sprintf(text + n, "}]}\n");
			p += 3;
			continue;
		}
		text[n++] = *p++;
	}
	put("v/cases/t/a.yaml", text, n);
}

static int compile(struct xl_set *s)
{
	char vectors[512], req[512];
	struct xl_set_from from = { .vectors = vectors, .requirements = req };

	snprintf(vectors, sizeof(vectors), "%s/v", root);
	snprintf(req, sizeof(req), "%s/req", root);
	xl_diags_init(&diags);
	return xl_set_compile(&from, s, &diags);
}

static bool is_same_want(const struct xl_want *a, const struct xl_want *b)
{
	bool same = a->port == b->port && a->len == b->len && a->min_len == b->min_len &&
		    memcmp(a->bytes, b->bytes, a->len) == 0 &&
		    memcmp(a->mask, b->mask, a->len) == 0 && a->n_sums == b->n_sums &&
		    a->n_preds == b->n_preds;

	for (uint16_t i = 0; same && i < a->n_sums; i++)
		same = a->sum[i].kind == b->sum[i].kind && a->sum[i].at == b->sum[i].at &&
		       a->sum[i].from == b->sum[i].from && a->sum[i].to == b->sum[i].to &&
		       a->sum[i].src == b->sum[i].src && a->sum[i].dst == b->sum[i].dst;
	for (uint16_t i = 0; same && i < a->n_preds; i++)
		same = a->pred[i].kind == b->pred[i].kind &&
		       a->pred[i].at_bit == b->pred[i].at_bit &&
		       a->pred[i].n_values == b->pred[i].n_values &&
		       a->pred[i].base == b->pred[i].base &&
		       strcmp(a->pred[i].name, b->pred[i].name) == 0;
	return same;
}

static void compare(const struct xl_golden *a, const struct xl_golden *b)
{
	is_int(a->n_cases, b->n_cases, "as many cases");
	for (size_t i = 0; i < a->n_cases; i++) {
		const struct xl_case *x = &a->cases[i], *y = &b->cases[i];

		ok(strcmp(x->id, y->id) == 0 && x->kind == y->kind && x->level == y->level &&
			   x->n_turns == y->n_turns && x->is_fixed == y->is_fixed &&
			   x->needs.n == y->needs.n &&
			   strcmp(x->interpretation, y->interpretation) == 0,
		   "%s: the case", x->id);
		for (uint16_t t = 0; t < x->n_turns; t++) {
			const struct xl_turn *u = &x->turn[t], *v = &y->turn[t];

			ok(u->after_ns == v->after_ns && u->n_sends == v->n_sends &&
				   u->n_outcomes == v->n_outcomes &&
				   u->send[0].n_uses == v->send[0].n_uses,
			   "%s: turn %d", x->id, t);
			for (uint16_t o = 0; o < u->n_outcomes; o++) {
				ok(u->outcome[o].n == v->outcome[o].n &&
					   u->outcome[o].level == v->outcome[o].level,
				   "outcome %d", o);
				for (uint16_t w = 0; w < u->outcome[o].n; w++)
					ok(is_same_want(&u->outcome[o].want[w],
							&v->outcome[o].want[w]),
					   "want %d", w);
			}
		}
	}
}

/* The live case: what its packets must look like in memory. */
static void test_rows(const struct xl_golden *g)
{
	const struct xl_case *c = xl_golden_case(g, "t/1/live");
	const struct xl_want *w = c ? &c->turn[0].outcome[0].want[0] : NULL;

	ok(c && c->kind == XL_CASE_LIVE && c->n_turns == 2, "a live case of two turns");
	if (!c)
		return;
	is_int(c->turn[1].after_ns, 2000000000, "two seconds pass");
	is_int(w->n_preds, 3, "bind, in and range");
	is_int(w->n_sums, 2, "header checksum and UDP checksum over free octets");
	is_int(w->mask[4] | w->mask[5] | w->mask[8] | w->mask[10] | w->mask[11], 0,
	       "none compared by mask");
	is_int(w->mask[9], 0xff, "the protocol is");
	w = &c->turn[0].outcome[1].want[0];
	is_int(w->min_len, 40 + 8 + 8, "an error may quote 8 octets");
	is_int(w->pred[w->n_preds - 1].kind, XL_PRED_LEN, "its length is what comes");
	is_int(w->mask[4] | w->mask[5], 0, "so the length is not compared");
	is_int(w->sum[0].to, UINT32_MAX, "its checksum goes to the end");
	is_int(c->turn[1].send[0].n_uses, 1, "a bound value is sent");
	is_int(c->turn[1].send[0].use[0].n_sums, 1, "with the checksum over it");
	is_int(c->turn[1].outcome[0].n, 0, "and nothing comes");
	c = xl_golden_case(g, "t/1/udp");
	ok(c && c->kind == XL_CASE_EXACT && c->level == XL_REQ_MUST && !c->is_fixed,
	   "an exact case");
	ok(xl_golden_requirement(g, "rfc1-1-x") && !xl_golden_requirement(g, "rfc1-1-y"),
	   "requirements");
}

static void test_manifest(void)
{
	size_t n;
	char *text = get("golden/manifest.json", &n);

	ok(strstr(text, "\"cases\":2,\"exact\":1,\"alternatives\":0,\"live\":1,\"settled\":1}") !=
		   NULL,
	   "the manifest counts the cases of the suite, and which are settled");
	free(text);
}

static bool opens(const char *dir)
{
	struct xl_golden *g;

	xl_diags_init(&diags);
	g = xl_golden_open(dir, &diags);
	xl_golden_close(g);
	return g != NULL;
}

/* Each file cut at each length and with each octet changed: opening never crashes, a cut is refused, and a
 * refusal has a reason. The file is damaged in place: thousands of new ones would take seconds. */
static void test_damage(const char *dir)
{
	for (size_t i = 0; i < N_FILES; i++) {
		size_t n, accepted = 0, silent = 0, lost = 0;
		char *text = get(files[i], &n), name[512];
		int fd;

		snprintf(name, sizeof(name), "%s/%s", root, files[i]);
		fd = open(name, O_RDWR);
		for (size_t at = 0; at < n; at++) {
			char octet = (char)(text[at] ^ 0x15);

			lost += pwrite(fd, &octet, 1, (off_t)at) != 1;
			silent += !opens(dir) && diags.n == 0;
			lost += pwrite(fd, &text[at], 1, (off_t)at) != 1;
		}
		is_int(silent, 0, "%s: every refusal has a reason", files[i]);
		ok(opens(dir), "%s: whole again", files[i]);
		for (size_t cut = n - 2; cut-- > 0;) { /* the last newline of JSON may go */
			lost += ftruncate(fd, (off_t)cut) != 0;
			accepted += opens(dir);
		}
		is_int(accepted, 0, "%s: no cut file is accepted", files[i]);
		is_int(lost, 0, "%s: every damage was done", files[i]);
		close(fd);
		put(files[i], text, n);
		ok(opens(dir), "%s: whole again", files[i]);
		free(text);
	}
}

/* ---- writing that does not come to its end ---- */

/* How many of the files hold these texts. */
static int n_alike(char *text[static N_FILES], const size_t n[static N_FILES])
{
	int alike = 0;

	for (int i = 0; i < N_FILES; i++) {
		size_t have_n;
		char *have = get(files[i], &have_n);

		alike += have_n == n[i] && memcmp(have, text[i], n[i]) == 0;
		free(have);
	}
	return alike;
}

static int n_parts(void)
{
	char name[512];
	int n = 0;

	for (int i = 0; i < N_FILES; i++) {
		snprintf(name, sizeof(name), "%s/%s.part", root, files[i]);
		n += access(name, F_OK) == 0;
	}
	return n;
}

/* Sends a writer a signal at its k-th entry to or return from the system, and waits for its end. True: it
 * came to its end before. */
static bool signalled_at(const struct xl_golden *g, const char *dir, int k, int sig)
{
	int status = 0;
	bool is_late;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0)
			raise(SIGSTOP);
		_exit(xl_golden_write(g, dir, &diags) ? 1 : 0);
	}
	waitpid(pid, &status, 0);
	for (int i = 0; i < k && WIFSTOPPED(status); i++) {
		(void)ptrace(PTRACE_SYSCALL, pid, NULL, NULL);
		waitpid(pid, &status, 0);
	}
	is_late = !WIFSTOPPED(status);
	for (int pass_on = 0; WIFSTOPPED(status); waitpid(pid, &status, 0)) {
		if (pass_on++ == 0)
			kill(pid, sig);
		(void)ptrace(PTRACE_CONT, pid, NULL, WSTOPSIG(status) == sig ? sig : 0);
	}
	return is_late;
}

/* Whenever a writer is stopped, what is found is the old set or the new one; when it is killed, it may also
 * be none that opens. */
static void test_interrupted(const struct xl_golden *g, const char *dir, int sig)
{
	char *old[N_FILES], *new[N_FILES];
	size_t old_n[N_FILES], new_n[N_FILES];
	struct xl_golden other = *g;
	int mixed = 0, n_old = 0, n_new = 0, n_none = 0, with_parts = 0, unhealed = 0;

	other.version = "another";
	other.n_cases--;
	ok(xl_golden_write(&other, dir, &diags) == 0, "another set of the same suite");
	for (int i = 0; i < N_FILES; i++)
		new[i] = get(files[i], &new_n[i]);
	ok(xl_golden_write(g, dir, &diags) == 0, "the set");
	for (int i = 0; i < N_FILES; i++)
		old[i] = get(files[i], &old_n[i]);
	is_int(n_alike(new, new_n), 0, "no file of which is the same");
	for (int k = 0; k < 10000 && !signalled_at(&other, dir, k, sig); k++) {
		with_parts += n_parts() != 0;
		if (n_alike(old, old_n) == N_FILES)
			n_old++;
		else if (n_alike(new, new_n) == N_FILES)
			n_new++;
		else if (!opens(dir) && strstr(diags.at[0].file, "manifest.json") &&
			 strstr(diags.at[0].text, "make vectors"))
			n_none++;
		else
			mixed++;
		unhealed += xl_golden_write(g, dir, &diags) != 0 ||
			    n_alike(old, old_n) != N_FILES || n_parts() != 0;
	}
	is_int(mixed, 0, "signal %d at whatever call to the system leaves no mixed set", sig);
	is_int(unhealed, 0, "and the next writer makes all whole");
	ok(n_old > 5 && n_new, "the old set and the new one were seen");
	ok((n_none > 0) == (sig == SIGKILL), "and none at all after SIGKILL alone");
	ok((with_parts > 0) == (sig == SIGKILL), "which alone leaves parts");
	for (int i = 0; i < N_FILES; i++) {
		free(old[i]);
		free(new[i]);
	}
}

static bool is_not_t(const void *ctx, const char *suite)
{
	(void)ctx;
	return strcmp(suite, "t") != 0;
}

static void test_missing(const char *dir)
{
	size_t n;
	char *text = get("golden/t.out.pcap", &n), name[512];
	struct xl_golden *g;

	snprintf(name, sizeof(name), "%s/golden/t.out.pcap", root);
	ok(unlink(name) == 0, "a file of suite t is gone");
	ok(!opens(dir), "the set does not open");
	is_int(diags.n, 1, "one message");
	ok(strstr(diags.at[0].file, "t.out.pcap") && strstr(diags.at[0].text, "`make vectors`"),
	   "that names the file and says what makes it");
	g = xl_golden_open_some(dir, is_not_t, NULL, &diags);
	ok(g && g->n_cases == 0, "without suite t it opens");
	xl_golden_close(g);
	put("golden/t.out.pcap", text, n);
	free(text);
}

int main(void)
{
	char dir[512], command[600];
	struct xl_golden *back;
	struct xl_set s, twice;
	size_t n1, n2;
	char *a, *b;

	make_tree();
	put_cases();
	snprintf(dir, sizeof(dir), "%s/golden", root);
	is_int(compile(&s), 0, "compiles");
	xl_diags_print(&diags, stdout);
	is_int(xl_golden_write(&s.golden, dir, &diags), 0, "writes");
	back = xl_golden_open(dir, &diags);
	xl_diags_print(&diags, stdout);
	if (ok(back != NULL, "opens")) {
		compare(&s.golden, back);
		test_rows(back);
		test_manifest();
	}
	xl_golden_close(back);
	a = get("golden/t.json", &n1);
	is_int(compile(&twice), 0, "compiles again");
	is_int(xl_golden_compare(&twice.golden, dir, &diags), 0, "to the same octets");
	is_int(xl_golden_write(&twice.golden, dir, &diags), 0, "writes again");
	b = get("golden/t.json", &n2);
	ok(n1 == n2 && memcmp(a, b, n1) == 0, "the same file");
	put("golden/u.json", "{}", 2);
	is_int(xl_golden_compare(&twice.golden, dir, &diags), 1, "a file of no suite is found");
	snprintf(command, sizeof(command), "%s/u.json", dir);
	ok(unlink(command) == 0, "and removed");
	put("golden/t.out.pcap", "x", 1);
	is_int(xl_golden_compare(&twice.golden, dir, &diags), 1, "a stale file is found");
	is_int(xl_golden_write(&twice.golden, dir, &diags), 0, "and written anew");
	test_damage(dir);
	test_missing(dir);
	test_interrupted(&s.golden, dir, SIGTERM);
	test_interrupted(&s.golden, dir, SIGKILL);
	free(a);
	free(b);
	xl_set_fini(&s);
	xl_set_fini(&twice);
	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	ok(system(command) == 0, "cleans up");
	return done();
}
