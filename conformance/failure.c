/* failure.c - see failure.h. */
#include "conformance/failure.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/plain.h"
#include "ref/io/json.h"
#include "ref/io/pcapng.h"
#include "vectors/layer.h"

enum { SUMMARY_MAX = 300, HEX_OCTETS_MAX = 1500 };

static void quote(FILE *to, const char *text)
{
	struct xl_json j;

	xl_json_init(&j, to);
	xl_json_str(&j, NULL, text);
}

bool xl_failure_is(const struct xl_result *r)
{
	return r->expected != XL_EXPECTED_YES || r->is_bad;
}

/* Octets of a string of hex digits; the caller frees. NULL: no memory. */
static uint8_t *unhex(const char *hex, size_t *n)
{
	size_t len = strlen(hex);
	uint8_t *p = malloc(len / 2 + 1);

	*n = 0;
	for (size_t i = 0; p && i + 1 < len; i += 2) {
		char two[3] = { hex[i], hex[i + 1], 0 };

		p[(*n)++] = (uint8_t)strtoul(two, NULL, 16);
	}
	return p;
}

/* ---- text ---- */

static void show_requirements(FILE *to, const struct xl_node *list)
{
	if (xl_result_count(list))
		fputs("  requirements:\n", to);
	for (uint32_t i = 0; i < xl_result_count(list); i++) {
		const struct xl_node *q = list->item[i];
		char text[1200];

		snprintf(text, sizeof text, "%s (RFC %s section %s, %s): %s",
			 xl_result_text(q, "id"), xl_result_text(q, "rfc"),
			 xl_result_text(q, "section"), xl_result_text(q, "level"),
			 xl_result_text(q, "text"));
		fputs("    - ", to);
		quote(to, text);
		fputc('\n', to);
	}
}

static void show_key(FILE *to, const char *lead, const char *key, const char *text)
{
	fprintf(to, "    %s%s: ", lead, key);
	quote(to, text);
	fputc('\n', to);
}

/* Which packet of those that came out differs is said where there are several, counted from 1. */
static void show_fields(FILE *to, const struct xl_node *list, const struct xl_node *got)
{
	if (xl_result_count(list))
		fputs("  differs:\n", to);
	for (uint32_t i = 0; i < xl_result_count(list); i++) {
		const struct xl_node *f = list->item[i];

		show_key(to, "- ", "field", xl_result_text(f, "name"));
		show_key(to, "  ", "expected", xl_result_text(f, "expected"));
		show_key(to, "  ", "got", xl_result_text(f, "got"));
		fprintf(to, "      offset: %" PRId64 "\n", xl_result_int(f, "offset", 0));
		if (xl_result_count(got) > 1 && xl_node_get(f, "got_no"))
			fprintf(to, "      packet: %" PRId64 "\n",
				xl_result_int(f, "got_no", 0) + 1);
	}
}

/* Long packets are cut: the capture has all of them, and readers of TAP have limits. */
static void show_hex(FILE *to, const char *key, const char *hex)
{
	char text[2 * HEX_OCTETS_MAX + 64];
	size_t len = strlen(hex);

	snprintf(text, sizeof text, "%.*s%s", 2 * HEX_OCTETS_MAX, hex,
		 len > 2 * HEX_OCTETS_MAX ? "... (cut; the capture has it whole)" : "");
	show_key(to, "  ", key, text);
}

static void show_packet(FILE *to, const struct xl_node *packet)
{
	char summary[SUMMARY_MAX];
	size_t n;
	uint8_t *p = unhex(xl_result_text(packet, "hex"), &n);

	show_key(to, "- ", "if", xl_result_text(packet, "port"));
	show_key(to, "  ", "packet", p ? xl_packet_summary(p, n, summary, sizeof summary) : "");
	show_hex(to, "hex", xl_result_text(packet, "hex"));
	if (xl_node_get(packet, "mask") && strspn(xl_result_text(packet, "mask"), "f") < n * 2)
		show_hex(to, "compared", xl_result_text(packet, "mask"));
	free(p);
}

static void show_packets(FILE *to, const char *name, const struct xl_node *list)
{
	if (!list)
		return;
	fprintf(to, "  %s:%s\n", name, xl_result_count(list) ? "" : " \"nothing\"");
	for (uint32_t i = 0; i < xl_result_count(list); i++)
		show_packet(to, list->item[i]);
}

static void show_line(FILE *to, const char *key, const char *text)
{
	if (!*text)
		return;
	fprintf(to, "  %s: ", key);
	quote(to, text);
	fputc('\n', to);
}

/* Whether it is one line as it is; what a file says may be anything. */
static bool is_plain(const char *text)
{
	char one[XL_PLAIN_MAX];

	for (size_t n; (n = xl_plain_next(text, one)) > 0; text += n)
		if (strncmp(text, one, n) != 0 || strlen(one) != n)
			return false;
	return true;
}

/* To be pasted from the page: bare where YAML allows it, else as a block, in which nothing is escaped. */
static void show_repro(FILE *to, const char *repro, const char *id)
{
	static const char bare[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				   "/._-=+,~@ ";
	size_t size = strlen(repro) + strlen(id) + 16;
	char *text = malloc(size);

	if (!text)
		return;
	snprintf(text, size, "%s --select %s", repro, id);
	if (!is_plain(text) || *text == ' ')
		show_line(to, "repro", text);
	else if (strspn(text, bare) < strlen(text) || strspn(text, "-=,~@") > 0)
		fprintf(to, "  repro: |\n    %s\n", text);
	else
		fprintf(to, "  repro: %s\n", text);
	free(text);
}

void xl_failure_yaml(FILE *to, const struct xl_result *r, const char *repro, const char *captures)
{
	const struct xl_node *n = r->node;
	char path[PATH_MAX];

	fputs("  ---\n", to);
	show_line(to, "message", r->message);
	show_line(to, "title", r->title);
	fprintf(to, "  verdict: %s\n", xl_word_text(xl_result_word(r)));
	show_line(to, "config", xl_result_text(n, "config"));
	show_requirements(to, xl_node_get(n, "requirements"));
	show_line(to, "interpretation", xl_result_text(n, "interpretation"));
	show_line(to, "known", xl_result_text(n, "why"));
	show_line(to, "link", xl_result_text(n, "link"));
	if (xl_node_get(n, "turn"))
		fprintf(to, "  turn: %" PRId64 "\n", xl_result_int(n, "turn", 0));
	show_fields(to, xl_node_get(n, "fields"), xl_node_get(n, "got"));
	show_packets(to, "sent", xl_node_get(n, "sent"));
	show_packets(to, "expected", xl_node_get(n, "want"));
	show_packets(to, "got", xl_node_get(n, "got"));
	if (captures && xl_node_get(n, "sent"))
		show_line(to, "capture", xl_failure_file(r->id, captures, path));
	show_repro(to, repro, r->id);
	fputs("  ...\n", to);
}

/* ---- capture ---- */

char *xl_failure_file(const char *id, const char *dir, char buf[static PATH_MAX])
{
	size_t from;

	snprintf(buf, PATH_MAX, "%s/", dir);
	from = strlen(buf);
	snprintf(buf + from, PATH_MAX - from, "%s.pcapng", id);
	for (char *c = buf + from; *c; c++)
		if (!isalnum((unsigned char)*c) && *c != '.' && *c != '-' && *c != '_')
			*c = '.';
	return buf;
}

struct capture {
	struct xl_ng *to;
	const char *id;
	const char *name[64]; /* of interfaces */
	uint32_t n_names;
};

static uint32_t iface_of(const struct capture *c, const char *name)
{
	for (uint32_t i = 0; i < c->n_names; i++)
		if (strcmp(c->name[i], name) == 0)
			return i;
	return 0;
}

static void name_ifaces(struct capture *c, const struct xl_node *list)
{
	for (uint32_t i = 0; i < xl_result_count(list) && c->n_names < 64; i++) {
		const char *name = xl_result_text(list->item[i], "port");
		uint32_t at = iface_of(c, name);

		if (c->n_names && strcmp(c->name[at], name) == 0)
			continue;
		c->name[c->n_names++] = name;
		(void)xl_ng_iface(c->to, name);
	}
}

static void put_packets(struct capture *c, const struct xl_node *list, const char *what,
			const char *message, int64_t at_ns)
{
	for (uint32_t i = 0; i < xl_result_count(list); i++) {
		const struct xl_node *packet = list->item[i];
		char comment[XL_MESSAGE_MAX + 300];
		size_t n;
		uint8_t *p = unhex(xl_result_text(packet, "hex"), &n);

		snprintf(comment, sizeof comment, "%s: %s%s%s", c->id, what, *message ? ": " : "",
			 message);
		if (p)
			xl_ng_put(c->to, iface_of(c, xl_result_text(packet, "port")),
				  xl_result_int(packet, "at_ns", at_ns), p, n, comment);
		free(p);
	}
}

int xl_failure_capture(const struct xl_result *r, const char *dir, struct xl_diags *d)
{
	const struct xl_node *sent = xl_node_get(r->node, "sent");
	const struct xl_node *want = xl_node_get(r->node, "want");
	const struct xl_node *got = xl_node_get(r->node, "got");
	char path[PATH_MAX];
	struct capture c = { .id = r->id };
	int64_t at_ns = xl_result_count(sent) ? xl_result_int(sent->item[0], "at_ns", 0) : 0;

	if (!xl_result_count(sent) && !xl_result_count(want) && !xl_result_count(got))
		return 0;
	c.to = xl_ng_open(xl_failure_file(r->id, dir, path), d);
	if (!c.to)
		return XL_ERR_IO;
	name_ifaces(&c, sent);
	name_ifaces(&c, want);
	name_ifaces(&c, got);
	put_packets(&c, sent, "sent", "", at_ns);
	put_packets(&c, want, "expected", "", at_ns);
	put_packets(&c, got, "got", r->message, at_ns);
	return xl_ng_close(c.to);
}
