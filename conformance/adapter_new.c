/* adapter_new.c - see adapter_new.h.
 *
 * A template is text in which @ is the adapter's name. A line with FILL IN is the author's.
 */
#include "conformance/adapter_new.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#define MARK "FILL IN"

/* clang-format off */
static const char yaml_head[] =
	"# What every key means: docs/adapters.md\n"
	"name: @\n";
static const char yaml_tail[] =
	"claims: [rfc6052, rfc7915]   # " MARK ": the RFCs it says it implements\n"
	"lacks: []                    # " MARK ": - {feature: hairpinning, why: \"1.4: manual page, section LIMITS\"}\n";

static const char *const attachment[] = {
	[XL_NEW_PLUGIN] = "attachment: plugin\nplugin: @.so\n",
	[XL_NEW_PCAP] = "attachment: pcap\n",
	[XL_NEW_SOCKET] = "attachment: socket\n",
	[XL_NEW_TUN] = "attachment: tun\n",
	[XL_NEW_LINK] = "attachment: link\n",
};

static const char run_head[] =
	"#!/bin/sh\n"
	"# What every verb must do: docs/adapters.md\n"
	"set -eu\n"
	"get() { \"$XLATLAB\" adapter get \"$config\" \"$1\"; }\n"
	"config=${2-}\n"
	"conf=${config%.json}.@.conf\n"
	"\n"
	"case ${1-} in\n"
	"probe)\n"
	"\tcommand -v @ >/dev/null || exit 3 # " MARK ": is it installed?\n"
	"\techo 0 # " MARK ": its version, such as $(@ --version)\n"
	"\t;;\n"
	"setup | teardown) ;;\n"
	"config)\n"
	"\taside=$(mktemp \"$conf.XXXXXX\")\n"
	"\t{\n"
	"\t\techo \"prefix $(get prefix6)\" # " MARK ": what it reads\n"
	"\t\techo \"ipv4-address $(get own.ipv4)\"\n"
	"\t\techo \"ipv6-address $(get own.ipv6)\"\n";
static const char run_tail[] =
	"\t\tget eamt | while read -r v4 v6 _; do echo \"map $v4 $v6\"; done\n"
	"\t} >\"$aside\"\n"
	"\tmv \"$aside\" \"$conf\"\n"
	"\t;;\n";

static const char *const run_device[] = {
	[XL_NEW_PLUGIN] = "",
	[XL_NEW_PCAP] = "",
	[XL_NEW_SOCKET] = "",
	[XL_NEW_TUN] = "\t\techo \"device $XLATLAB_TUN\"\n",
	[XL_NEW_LINK] = "\t\tfor link in $XLATLAB_LINKS; do echo \"link $link\"; done\n",
};

static const char *const run_start[] = {
	[XL_NEW_PLUGIN] = "",
	[XL_NEW_PCAP] = "start) exec @ -c \"$conf\" ;; # " MARK ": reads a capture on standard input, writes one on standard output\n",
	[XL_NEW_SOCKET] = "start) exec @ -c \"$conf\" ;; # " MARK ": a packet is a datagram on descriptor 3\n",
	[XL_NEW_TUN] = "start) exec @ -c \"$conf\" ;; # " MARK ": in the foreground\n",
	[XL_NEW_LINK] = "start) exec @ -c \"$conf\" ;; # " MARK ": in the foreground\n",
};

static const char run_end[] =
	"*) exit 64 ;;\n"
	"esac\n";

static const char plugin_c[] =
	"/* @ as a plugin: docs/adapters.md, plugin.h */\n"
	"#include <stdio.h>\n"
	"#include <stdlib.h>\n"
	"\n"
	"#include \"plugin.h\"\n"
	"\n"
	"struct instance {\n"
	"\tconst struct xl_host_v1 *host;\n"
	"};\n"
	"\n"
	"static void *open_one(const char *conf_json, const struct xl_host_v1 *host, char err[256])\n"
	"{\n"
	"\tstruct instance *self = malloc(sizeof *self);\n"
	"\n"
	"\t(void)conf_json, (void)host;\n"
	"\tsnprintf(err, 256, \"no translator yet\"); /* " MARK ": read conf_json; NULL and a reason when it is none */\n"
	"\tfree(self);\n"
	"\treturn NULL;\n"
	"}\n"
	"\n"
	"static void packet(void *self, uint16_t port, int64_t at_ns, uint8_t *data, size_t len, size_t cap)\n"
	"{\n"
	"\tconst struct instance *i = self;\n"
	"\n"
	"\t(void)at_ns, (void)cap;\n"
	"\ti->host->emit(i->host->host, port, data, len); /* " MARK ": translate */\n"
	"}\n"
	"\n"
	"static const char *version(void)\n"
	"{\n"
	"\treturn \"0\"; /* " MARK " */\n"
	"}\n"
	"\n"
	"__attribute__((visibility(\"default\"))) const struct xl_plugin_v1 *xl_plugin(void)\n"
	"{\n"
	"\tstatic const struct xl_plugin_v1 ops = { .abi = XL_PLUGIN_ABI_V1,\n"
	"\t\t\t\t\t\t .open = open_one,\n"
	"\t\t\t\t\t\t .packet = packet,\n"
	"\t\t\t\t\t\t .close = free,\n"
	"\t\t\t\t\t\t .version = version };\n"
	"\n"
	"\treturn &ops;\n"
	"}\n";
/* clang-format on */

enum { PARTS_MAX = 6 };

struct file {
	const char *name;
	mode_t mode;
	const char *part[PARTS_MAX + 1]; /* NULL: the end */
};

struct skeleton {
	const char *folder, *name;
	FILE *to;
	struct xl_diags *d;
};

static int failed(const struct skeleton *s, const char *path)
{
	return xl_diag(s->d, XL_ERR_IO, XL_NOWHERE, "%s: %s", path, strerror(errno));
}

/* Writes the parts, and lists the lines that are to be filled in. */
static void put_parts(const struct skeleton *s, const struct file *f, FILE *out)
{
	unsigned line = 1;

	for (const char *const *part = f->part; *part; part++)
		for (const char *p = *part; *p; p++) {
			if (*p == '@')
				fputs(s->name, out);
			else
				fputc(*p, out);
			line += *p == '\n';
			if (strncmp(p, MARK, sizeof MARK - 1) == 0)
				fprintf(s->to, "  %s/%s:%u\n", s->folder, f->name, line);
		}
}

static int put_file(const struct skeleton *s, const struct file *f)
{
	char path[PATH_MAX];
	FILE *out;
	bool good;

	if ((size_t)snprintf(path, sizeof path, "%s/%s", s->folder, f->name) >= sizeof path)
		return xl_diag(s->d, XL_ERR_IO, XL_NOWHERE, "%s: the name is too long", s->folder);
	out = fopen(path, "wex");
	if (!out)
		return failed(s, path);
	put_parts(s, f, out);
	good = !ferror(out);
	if (fclose(out) == EOF || !good || chmod(path, f->mode) < 0)
		return failed(s, path);
	return 0;
}

static bool is_name(const char *name)
{
	return *name && *name != '.' && *name != '-' &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._") ==
		       strlen(name);
}

static int put_files(const struct skeleton *s, enum xl_adapter_new kind)
{
	struct file yaml = { "adapter.yaml", 0644, { yaml_head, attachment[kind], yaml_tail } };
	struct file run = { "run",
			    0755,
			    { run_head, run_device[kind], run_tail, run_start[kind], run_end } };
	struct file plugin = { "plugin.c", 0644, { plugin_c } };
	int r = put_file(s, &yaml);

	if (r < 0)
		return r;
	return put_file(s, kind == XL_NEW_PLUGIN ? &plugin : &run);
}

int xl_adapter_new(const char *folder, enum xl_adapter_new kind, FILE *to, struct xl_diags *d)
{
	const char *slash = strrchr(folder, '/'), *name = slash ? slash + 1 : folder;
	const char *here = slash ? "" : "./";
	struct skeleton s = { .folder = folder, .name = name, .to = to, .d = d };
	int r;

	if (!is_name(name))
		return xl_diag(d, XL_ERR_SYNTAX, XL_NOWHERE,
			       "'%s' is no name: allowed are letters, digits, -, . and _", name);
	if (mkdir(folder, 0777) < 0)
		return failed(&s, folder);
	fputs("to be filled in:\n", to);
	r = put_files(&s, kind);
	if (r < 0)
		return r;
	if (kind == XL_NEW_PLUGIN)
		fprintf(to,
			"then: cc -shared -fPIC -I conformance -I /usr/local/include/xlatlab -o "
			"%s/%s.so "
			"%s/plugin.c\n",
			folder, name, folder);
	fprintf(to, "then: xlatlab adapter check %s%s\n", here, folder);
	return 0;
}
