/* hostile.c - a plugin for tests that does to the harness what the first octet of a packet's payload says:
 * behind an IPv4 or IPv6 header and 8 octets of UDP. 'e' is an honest echo to the other port.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conformance/plugin.h"

struct instance {
	const struct xl_host_v1 *host;
	int64_t due_ns;
	bool hangs_closing;
};

static void *hostile_open(const char *conf_json, const struct xl_host_v1 *host, char err[256])
{
	struct instance *i = calloc(1, sizeof *i);

	if (strstr(conf_json, "crash-in-open"))
		abort();
	if (strstr(conf_json, "refuse") || !i) {
		strcpy(err, "no such thing here");
		free(i);
		return NULL;
	}
	i->host = host;
	i->due_ns = INT64_MAX;
	return i;
}

static void flood(const struct instance *i, const uint8_t *data, size_t len, int n)
{
	for (int k = 0; k < n; k++)
		i->host->emit(i->host->host, 1, data, len);
}

static void leave_child(void)
{
	if (fork() == 0) {
		setpgid(0, 0); /* out of the group that is killed */
		sleep(3600);
		_exit(0);
	}
}

/* A daemon by the book; it keeps all that is open, and is not asked to end. */
static void leave_daemon(void)
{
	if (fork() != 0)
		return;
	setsid();
	signal(SIGTERM, SIG_IGN);
	if (fork() == 0)
		sleep(3600);
	_exit(0);
}

static void babble(void)
{
	char junk[64];

	memset(junk, 'x', sizeof junk);
	for (int fd = 3; fd < 256; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			(void)!write(fd, junk, sizeof junk);
}

static void close_all(void)
{
	for (int fd = 0; fd < 256; fd++)
		close(fd);
}

static void act(struct instance *i, char what, uint16_t port, uint8_t *data, size_t len, size_t cap)
{
	volatile uint8_t *p = data;
	void *host = i->host->host;

	switch (what) {
	case 'c': abort();
	case 'x': exit(0);
	case 'h':
		for (;;)
			pause();
	case 'q': i->hangs_closing = true; break;
	case 'o': p[cap] = 1; break;
	case 'O': p[cap + 300000] = 1; break;
	case 'u': p[-129] = 1; break;
	case 'f': flood(i, data, len, 1000000); break;
	case 'b': flood(i, data, len, 100); break;
	case 'l': i->host->emit(host, 1, data, SIZE_MAX / 2); break;
	case 'p': i->host->emit(host, 9, data, len); break;
	case 'n': i->host->emit(host, 1, NULL, 40); break;
	case 't': i->due_ns = 0; break;
	case 'k': leave_child(); break;
	case 'K': leave_daemon(); break;
	case 'w': babble(); break;
	case 'd': close_all(); break;
	case 's': (void)!write(STDOUT_FILENO, "not ok 1 - nonsense\n", 20); break;
	case 'g': i->host->log(host, "\x1b[31m<b>red</b> \xff\n"); abort();
	default: break;
	}
	i->host->emit(host, (uint16_t)(1 - port), data, len);
}

static void hostile_packet(void *self, uint16_t port, int64_t at_ns, uint8_t *data, size_t len,
			   size_t cap)
{
	size_t head = len && data[0] >> 4 == 6 ? 48 : 28;

	(void)at_ns;
	act(self, len > head ? (char)data[head] : 'e', port, data, len, cap);
}

static int64_t hostile_due(void *self)
{
	const struct instance *i = self;

	return i->due_ns;
}

static void hostile_advance(void *self, int64_t now_ns)
{
	(void)self;
	(void)now_ns;
}

static void hostile_close(void *self)
{
	const struct instance *i = self;

	while (i->hangs_closing)
		pause();
	free(self);
}

static const char *hostile_version(void)
{
	return "hostile 1";
}

__attribute__((visibility("default"))) const struct xl_plugin_v1 *xl_plugin(void)
{
	static const struct xl_plugin_v1 ops = { .abi = XL_PLUGIN_ABI_V1,
						 .open = hostile_open,
						 .packet = hostile_packet,
						 .due = hostile_due,
						 .advance = hostile_advance,
						 .close = hostile_close,
						 .version = hostile_version };

	return &ops;
}
