/* golden_load.c - captures mapped and indexed; values out of JSON that nobody vouches for. */
#include "vectors/golden_load.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PCAP_HEAD = 24, RECORD_HEAD = 16, LINK_RAW = 101, COUNT_MAX = 65535 };

void xl_load_fault(struct xl_load *l, struct xl_loc loc, const char *fmt, ...)
{
	char text[XL_DIAG_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	l->has_fault = true;
	(void)xl_diag(l->d, XL_ERR_SYNTAX, loc, "%s", text);
}

static void cannot_open(struct xl_load *l, const char *path)
{
	xl_load_fault(l, (struct xl_loc){ .file = path }, "%s%s", strerror(errno),
		      errno == ENOENT ? ": `make vectors` or `xlatlab vectors build` makes it"
				      : "");
}

/* ---- captures ---- */

static uint32_t le32(const uint8_t *p)
{
	return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static bool map_file(struct xl_load *l, const char *path, struct xl_capture *c)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *map;

	if (fd < 0 || fstat(fd, &st)) {
		cannot_open(l, path);
		if (fd >= 0)
			close(fd);
		return false;
	}
	map = st.st_size > 0 ? mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0)
			     : MAP_FAILED;
	close(fd);
	if (map == MAP_FAILED) {
		xl_load_fault(l, (struct xl_loc){ .file = path }, "%s",
			      st.st_size > 0 ? strerror(errno) : "the file is empty");
		return false;
	}
	c->map = map;
	c->size = (size_t)st.st_size;
	return true;
}

static void index_records(struct xl_load *l, const char *path, struct xl_capture *c)
{
	static const uint8_t magic[4] = { 0x4d, 0x3c, 0xb2, 0xa1 }; /* nanoseconds, little-endian */
	struct xl_loc loc = { .file = path };
	size_t at = PCAP_HEAD;

	if (c->size < PCAP_HEAD || memcmp(c->map, magic, 4) != 0 || le32(c->map + 20) != LINK_RAW) {
		xl_load_fault(l, loc, "not a nanosecond pcap file of link type RAW");
		return;
	}
	while (at < c->size) {
		uint32_t len = c->size - at >= RECORD_HEAD ? le32(c->map + at + 8) : UINT32_MAX;

		if (len > c->size - at - RECORD_HEAD || le32(c->map + at + 12) != len) {
			xl_load_fault(l, loc,
				      "record %" PRIu32
				      " at octet %zu: cut short or longer than the file",
				      c->n, at);
			return;
		}
		c->record = xl_arena_grow(l->a, c->record, c->n, sizeof(*c->record));
		c->record[c->n++] = (struct xl_bytes){ c->map + at + RECORD_HEAD, len };
		at += RECORD_HEAD + len;
	}
}

void xl_load_captures(struct xl_load *l, const char *dir, const char *suite)
{
	static const char *const ends[XL_LOAD_CAPTURES] = { "in", "out", "mask" };
	struct xl_capture *c = l->file->cap;

	for (int i = 0; i < XL_LOAD_CAPTURES; i++) {
		char *path = xl_arena_printf(l->a, "%s/%s.%s.pcap", dir, suite, ends[i]);

		if (!map_file(l, path, &c[i]))
			return;
		index_records(l, path, &c[i]);
	}
	if (l->has_fault)
		return;
	for (uint32_t i = 0; i < c[1].n || i < c[2].n; i++)
		if (c[1].n != c[2].n || c[1].record[i].len != c[2].record[i].len) {
			xl_load_fault(l, (struct xl_loc){ .file = dir },
				      "%s: out and mask differ at record %" PRIu32, suite, i);
			return;
		}
}

/* ---- values ---- */

const struct xl_node *xl_load_member(struct xl_load *l, const struct xl_node *map, const char *key,
				     enum xl_yaml_kind kind)
{
	const struct xl_node *n = xl_node_get(map, key);

	if (n && n->kind == kind)
		return n;
	xl_load_fault(l, n ? n->loc : map->loc, "%s: %s wanted", key,
		      kind == XL_YAML_SCALAR ? "a value"
		      : kind == XL_YAML_SEQ  ? "an array"
					     : "an object");
	return NULL;
}

const char *xl_load_text(struct xl_load *l, const struct xl_node *map, const char *key)
{
	const struct xl_node *n = xl_load_member(l, map, key, XL_YAML_SCALAR);

	return n ? n->text : "";
}

/* A number in [0, max]. */
uint32_t xl_load_number(struct xl_load *l, const struct xl_node *map, const char *key, uint64_t max)
{
	const struct xl_node *n = xl_load_member(l, map, key, XL_YAML_SCALAR);
	int64_t v;

	if (!n)
		return 0;
	if (n->is_quoted || !xl_node_int(n, &v) || v < 0 || (uint64_t)v > max) {
		xl_load_fault(l, n->loc, "%s: a number from 0 to %" PRIu64 " wanted", key, max);
		return 0;
	}
	return (uint32_t)v;
}

bool xl_load_bool(struct xl_load *l, const struct xl_node *map, const char *key)
{
	const struct xl_node *n = xl_load_member(l, map, key, XL_YAML_SCALAR);
	bool v = false;

	if (n && !xl_node_bool(n, &v))
		xl_load_fault(l, n->loc, "%s: true or false wanted", key);
	return v;
}

int xl_load_word(struct xl_load *l, const struct xl_node *map, const char *key,
		 const char *const *words)
{
	const struct xl_node *n = xl_load_member(l, map, key, XL_YAML_SCALAR);

	for (int i = 0; n && words[i]; i++)
		if (strcmp(words[i], n->text) == 0)
			return i;
	if (n)
		xl_load_fault(l, n->loc, "%s: '%s' is not allowed here", key, n->text);
	return 0;
}

struct xl_strs xl_load_strings(struct xl_load *l, const struct xl_node *map, const char *key)
{
	const struct xl_node *n = xl_load_member(l, map, key, XL_YAML_SEQ);
	const char **at = n ? xl_arena_alloc(l->a, n->n * sizeof(*at)) : NULL;

	for (uint32_t i = 0; n && i < n->n; i++) {
		at[i] = n->item[i]->text;
		if (n->item[i]->kind != XL_YAML_SCALAR) {
			xl_load_fault(l, n->item[i]->loc, "%s: an array of texts wanted", key);
			at[i] = "";
		}
	}
	return (struct xl_strs){ at, n ? n->n : 0 };
}

struct xl_bytes xl_load_hex_node(struct xl_load *l, const struct xl_node *n)
{
	uint8_t *to;

	if (!n || n->kind != XL_YAML_SCALAR || n->len % 2 ||
	    strspn(n->text, "0123456789abcdef") != n->len) {
		if (n)
			xl_load_fault(l, n->loc, "hex digits wanted");
		return (struct xl_bytes){ NULL, 0 };
	}
	to = xl_arena_alloc(l->a, n->len / 2);
	for (size_t i = 0; i < n->len; i++) {
		char c = n->text[i];

		to[i / 2] = (uint8_t)(to[i / 2] << 4 | (c <= '9' ? c - '0' : c - 'a' + 10));
	}
	return (struct xl_bytes){ to, (uint32_t)(n->len / 2) };
}

struct xl_bytes xl_load_hex(struct xl_load *l, const struct xl_node *map, const char *key)
{
	return xl_load_hex_node(l, xl_load_member(l, map, key, XL_YAML_SCALAR));
}

/* An array of at most COUNT_MAX objects, allocated; *n says how many. */
void *xl_load_objects(struct xl_load *l, const struct xl_node *n, size_t size, uint16_t *count)
{
	*count = 0;
	if (!n)
		return NULL;
	if (n->kind != XL_YAML_SEQ || n->n > COUNT_MAX) {
		xl_load_fault(l, n->loc, "an array of at most %d objects wanted", COUNT_MAX);
		return NULL;
	}
	for (uint32_t i = 0; i < n->n; i++)
		if (n->item[i]->kind != XL_YAML_MAP) {
			xl_load_fault(l, n->item[i]->loc, "an object wanted");
			return NULL;
		}
	*count = (uint16_t)n->n;
	return xl_arena_alloc(l->a, n->n * size);
}

struct xl_tree *xl_load_json(struct xl_load *l, const char *path)
{
	struct xl_tree *t;

	if (access(path, R_OK)) {
		cannot_open(l, path);
		return NULL;
	}
	t = xl_tree_read(path, l->d);
	if (!t) {
		l->has_fault = true;
		return NULL;
	}
	l->file->tree = t;
	if (xl_tree_root(t)->kind == XL_YAML_MAP)
		return t;
	xl_load_fault(l, xl_tree_root(t)->loc, "a JSON object wanted");
	return NULL;
}
