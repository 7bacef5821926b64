/* explain_case.c - see explain_case.h. */
#include "conformance/explain_case.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ref/io/child.h"
#include "ref/io/pcapfile.h"

#define CAPTURE "explain.pcap"

enum { TRACE_MAX = 4 << 20, SECONDS = 30 };

static int write_config(const struct xl_golden_config *c, const char *path, struct xl_diags *d)
{
	FILE *to = fopen(path, "we");
	bool good = to && fputs(c->json, to) != EOF;

	if (to && fclose(to) == EOF)
		good = false;
	return good ? 0 : xl_diag(d, XL_ERR_IO, XL_NOWHERE, "%s: %s", path, strerror(errno));
}

static int write_send(const struct xl_send *s, int64_t at_ns, const char *path, struct xl_diags *d)
{
	struct xl_capw *w = xl_capw_open(path, false, d);
	int r = w ? xl_capw_put(w, at_ns, s->bytes.p, s->bytes.len) : XL_ERR_IO;
	int closed = w ? xl_capw_close(w) : 0;

	return r < 0 ? r : closed;
}

/* `in`: the directory of the files, whose names the trace shows. */
static int trace(const char *const *argv, const char *in, char *text, FILE *to, struct xl_diags *d)
{
	struct xl_child_spec spec = { .argv = argv, .cwd = in, .io = XL_CHILD_PIPES };
	int status = 0;
	int r = xl_child_capture(&spec, xl_clock_ns() + SECONDS * INT64_C(1000000000), text,
				 TRACE_MAX, &status, d);

	if (r < 0)
		return r;
	fputs(text, to);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return xl_diag(d, XL_ERR_STATE, XL_NOWHERE, "the reference could not be traced");
	return 0;
}

int xl_explain_case(const char *program, const struct xl_golden *g, const struct xl_case *c,
		    const char *scratch, FILE *to, struct xl_diags *d)
{
	const struct xl_golden_config *config = &g->config[c->config];
	char name[128], json[PATH_MAX], pcap[PATH_MAX];
	char *text = malloc(TRACE_MAX);
	int64_t at_ns = 0;
	int r = XL_ERR_NOMEM;

	snprintf(name, sizeof name, "%s.json", config->name);
	snprintf(json, sizeof json, "%s/%s", scratch, name);
	snprintf(pcap, sizeof pcap, "%s/" CAPTURE, scratch);
	if (text)
		r = write_config(config, json, d);
	for (uint16_t t = 0; t < c->n_turns && r == 0; t++) {
		at_ns += c->turn[t].after_ns;
		for (uint16_t i = 0; i < c->turn[t].n_sends && r == 0; i++) {
			const struct xl_send *s = &c->turn[t].send[i];
			const char *argv[] = { program, "explain", "-c", name,
					       "-r",    CAPTURE,   "-i", config->port[s->port].name,
					       NULL };

			fprintf(to, "turn %u, packet %u into %s:\n", t + 1u, i + 1u,
				config->port[s->port].name);
			r = write_send(s, at_ns, pcap, d);
			if (r == 0)
				r = trace(argv, scratch, text, to, d);
			fputc('\n', to);
		}
	}
	unlink(json);
	unlink(pcap);
	free(text);
	return r;
}
