/* yaml.c - the pull interface of yaml.h over libfyaml's parser events.
 *
 * Model: libfyaml turns text into events; this file checks what every reader of ours relies on (one
 * document, scalar keys, no key twice in a map, bounded nesting, no anchors, aliases or tags) and gives
 * each event its place. A fault that leaves the meaning of the rest clear is reported and reading goes
 * on; the others end the stream. libfyaml documents are never built.
 */
#include "ref/io/yaml.h"

#include <errno.h>
#include <libfyaml.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ref/io/utf8.h"

enum { DEPTH_MAX = 64, QUADRATIC_MAX = 16, AHEAD_MAX = 1 << 20, FRONT_BYTES = 4 };
static const size_t FILE_BYTES_MAX = (size_t)1 << 30;

struct level { /* one open map or sequence */
	bool is_map, is_value_next;
	size_t first_key;
	size_t first_byte;
};

struct key { /* one key already seen in an open map */
	uint64_t hash;
	size_t at, len; /* its text, in key_text */
	uint32_t line, col;
};

struct xl_yaml {
	struct xl_diags *diags;
	char *name, *input;
	size_t n_input, n_fed,
		n_told; /* octets: given to the parser, by now and at its last event */
	unsigned n_front; /* octets on the first line that are ours */
	bool is_too_far; /* the parser wanted more than AHEAD_MAX without an event */
	struct fy_diag *fy_diag;
	struct fy_parser *parser;
	struct level level[DEPTH_MAX];
	unsigned depth, n_documents;
	bool is_over, has_failed, has_end; /* end: the parser came to it */
	struct xl_loc last; /* where the latest event was: implicit ones have no mark */
	char *text; /* the latest scalar, NUL-terminated */
	size_t text_cap;
	struct key *key;
	size_t n_keys, keys_cap;
	char *key_text;
	size_t n_key_text, key_text_cap;
};

static const struct xl_yaml_event end_event = { .kind = XL_YAML_END };

/* Makes room for `want` elements of `size` octets behind the pointer that lies at `slot`. */
static bool grow(void *slot, size_t *cap, size_t want, size_t size)
{
	size_t n = *cap ? *cap : 64;
	void *p;

	if (want <= *cap)
		return true;
	while (n < want)
		n *= 2;
	memcpy(&p, slot, sizeof(p));
	p = realloc(p, n * size);
	if (!p)
		return false;
	memcpy(slot, &p, sizeof(p));
	*cap = n;
	return true;
}

/* Reports a fault; a fatal one ends the stream. */
static void fault(struct xl_yaml *y, struct xl_loc loc, bool is_fatal, const char *what)
{
	xl_diag(y->diags, XL_ERR_SYNTAX, loc, "%s", what);
	y->has_failed = true;
	y->is_over |= is_fatal;
}

static void out_of_memory(struct xl_yaml *y)
{
	xl_diag(y->diags, XL_ERR_NOMEM, y->last, "out of memory");
	y->has_failed = y->is_over = true;
}

/* ---- opening ---- */

static char *read_all(FILE *f, size_t *n_out)
{
	size_t n = 0, cap = 0;
	char *buf = NULL;

	for (;;) {
		size_t got;

		if (n > FILE_BYTES_MAX || !grow(&buf, &cap, n + 65536, 1)) {
			errno = n > FILE_BYTES_MAX ? EFBIG : ENOMEM;
			break;
		}
		got = fread(buf + n, 1, cap - n, f);
		n += got;
		if (got == 0 && !ferror(f)) {
			*n_out = n;
			return buf;
		}
		if (ferror(f))
			break;
	}
	free(buf);
	return NULL;
}

static char *read_path(const char *path, size_t *n, struct xl_diags *d)
{
	bool is_stdin = strcmp(path, "-") == 0;
	FILE *f = is_stdin ? stdin : fopen(path, "re");
	char *text = f ? read_all(f, n) : NULL;

	if (!text)
		xl_diag(d, XL_ERR_IO, (struct xl_loc){ .file = path }, "cannot be read: %s",
			strerror(errno));
	if (f && !is_stdin)
		fclose(f);
	return text;
}

/* libfyaml ends a stream at octets it cannot read as if all were well: so they are looked for first. */
static bool is_text(const char *input, size_t n, struct xl_loc at, struct xl_diags *d)
{
	const uint8_t *p = (const uint8_t *)input, *end = p + n;

	for (at.line = at.col = 1; p < end; at.col++) {
		size_t len = *p < 0x80 ? 1 : xl_utf8_len(p, (size_t)(end - p));

		if (len == 0 || (*p < 0x20 && *p != '\t' && *p != '\n' && *p != '\r')) {
			xl_diag(d, XL_ERR_SYNTAX, at,
				"not YAML or JSON: octet 0x%02x: UTF-8 text is allowed", *p);
			return false;
		}
		if (*p == '\n') {
			at.line++;
			at.col = 0;
		}
		p += len;
	}
	return true;
}

/* What the parser reads next. It looks ahead to the end of each bracket that may be a key, at 350
 * octets of memory for one of input: so a bracket around a large file is put where no key can be, and for
 * the others there is an end. */
static ssize_t feed(void *user, void *buf, size_t n)
{
	struct xl_yaml *y = user;
	size_t left = y->n_input - y->n_fed;

	if (!y->n_fed && !y->n_front && left > AHEAD_MAX && n >= FRONT_BYTES &&
	    (*y->input == '[' || *y->input == '{')) {
		y->n_front = FRONT_BYTES;
		memcpy(buf, "--- ", FRONT_BYTES);
		return FRONT_BYTES;
	}
	y->is_too_far |= y->n_fed - y->n_told > AHEAD_MAX;
	if (y->is_too_far)
		return 0;
	n = n < left ? n : left;
	memcpy(buf, y->input + y->n_fed, n);
	y->n_fed += n;
	return (ssize_t)n;
}

/* Takes over `input`. */
static struct xl_yaml *open_input(char *input, size_t n, const char *name, struct xl_diags *d)
{
	struct xl_yaml *y = calloc(1, sizeof(*y));
	struct fy_diag_cfg diag_cfg;
	struct fy_parse_cfg cfg = {
		.search_path = "",
		.flags = FYPCF_QUIET | FYPCF_DISABLE_ACCELERATORS | FYPCF_DEFAULT_VERSION_1_2 |
			 FYPCF_JSON_NONE,
	};

	fy_diag_cfg_default(&diag_cfg);
	diag_cfg.fp = NULL;
	if (!y) {
		free(input);
		xl_diag(d, XL_ERR_NOMEM, XL_NOWHERE, "out of memory");
		return NULL;
	}
	y->diags = d;
	y->input = input;
	y->n_input = n;
	y->name = strdup(name);
	y->last = (struct xl_loc){ .file = y->name, .line = 1, .col = 1 };
	y->fy_diag = fy_diag_create(&diag_cfg);
	if (y->name && y->fy_diag && grow(&y->text, &y->text_cap, 1, 1)) {
		fy_diag_set_collect_errors(y->fy_diag, true);
		cfg.diag = y->fy_diag;
		y->parser = fy_parser_create(&cfg);
	}
	y->has_failed = y->is_over = y->name && !is_text(input, n, y->last, d);
	if (!y->parser || fy_parser_set_input_callback(y->parser, y, feed) != 0) {
		out_of_memory(y);
		xl_yaml_close(y);
		return NULL;
	}
	return y;
}

struct xl_yaml *xl_yaml_open(const char *path, struct xl_diags *d)
{
	size_t n = 0;
	char *text = read_path(path, &n, d);

	return text ? open_input(text, n, strcmp(path, "-") ? path : "<stdin>", d) : NULL;
}

struct xl_yaml *xl_yaml_open_text(const char *text, size_t n, const char *name, struct xl_diags *d)
{
	char *copy = malloc(n + 1);

	if (!copy) {
		xl_diag(d, XL_ERR_NOMEM, XL_NOWHERE, "out of memory");
		return NULL;
	}
	if (n)
		memcpy(copy, text, n);
	copy[n] = '\0';
	return open_input(copy, n, name, d);
}

void xl_yaml_close(struct xl_yaml *y)
{
	if (!y)
		return;
	fy_parser_destroy(y->parser);
	fy_diag_destroy(y->fy_diag);
	free(y->key_text);
	free(y->key);
	free(y->text);
	free(y->input);
	free(y->name);
	free(y);
}

bool xl_yaml_failed(const struct xl_yaml *y)
{
	return y->has_failed;
}

/* ---- keys ---- */

static uint64_t hash_bytes(const char *p, size_t n)
{
	uint64_t h = 0xcbf29ce484222325u; /* FNV-1a */

	for (size_t i = 0; i < n; i++)
		h = (h ^ (uint8_t)p[i]) * 0x100000001b3u;
	return h;
}

static void remember_key(struct xl_yaml *y, const struct xl_yaml_event *e)
{
	struct key *k;

	if (!grow(&y->key, &y->keys_cap, y->n_keys + 1, sizeof(*y->key)) ||
	    !grow(&y->key_text, &y->key_text_cap, y->n_key_text + e->len + 1, 1)) {
		out_of_memory(y);
		return;
	}
	k = &y->key[y->n_keys++];
	*k = (struct key){
		.hash = hash_bytes(e->text, e->len),
		.at = y->n_key_text,
		.len = e->len,
		.line = e->loc.line,
		.col = e->loc.col,
	};
	memcpy(y->key_text + k->at, e->text, e->len);
	y->n_key_text += e->len;
}

static void report_if_same(struct xl_yaml *y, const struct key *a, const struct key *b)
{
	if (a->hash != b->hash || a->len != b->len ||
	    memcmp(y->key_text + a->at, y->key_text + b->at, a->len) != 0)
		return;
	xl_diag(y->diags, XL_ERR_SYNTAX,
		(struct xl_loc){ .file = y->name, .line = b->line, .col = b->col },
		"key '%.*s' is given twice: the first is at %u:%u",
		(int)(b->len < 60 ? b->len : 60), y->key_text + b->at, a->line, a->col);
	y->has_failed = true;
}

static int by_hash(const void *pa, const void *pb)
{
	const struct key *a = pa, *b = pb;

	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	return a->at < b->at ? -1 : a->at > b->at;
}

/* At the end of a map: its keys are known, so compare and forget them. */
static void check_keys(struct xl_yaml *y, const struct level *l)
{
	struct key *k = y->key + l->first_key;
	size_t n = y->n_keys - l->first_key;

	if (n > QUADRATIC_MAX) {
		qsort(k, n, sizeof(*k), by_hash);
		for (size_t i = 1; i < n; i++)
			report_if_same(y, &k[i - 1], &k[i]);
	} else {
		for (size_t i = 1; i < n; i++)
			for (size_t j = i; j-- > 0;)
				if (k[j].hash == k[i].hash) {
					report_if_same(y, &k[j], &k[i]);
					break;
				}
	}
	y->n_keys = l->first_key;
	y->n_key_text = l->first_byte;
}

/* ---- events ---- */

static void syntax_fault(struct xl_yaml *y)
{
	void *it = NULL;
	const struct fy_diag_error *e = fy_diag_errors_iterate(y->fy_diag, &it);
	struct xl_loc loc = y->last;

	if (e && e->line > 0) {
		loc.line = (uint32_t)e->line;
		loc.col = e->column > 0 ? (uint32_t)e->column : 1;
		if (loc.line == 1 && loc.col > y->n_front)
			loc.col -= y->n_front;
	}
	xl_diag(y->diags, XL_ERR_SYNTAX, loc, "not YAML or JSON: %s",
		e && e->msg ? e->msg : "the parser gave no reason");
	y->has_failed = y->is_over = true;
}

static struct xl_loc place(struct xl_yaml *y, struct fy_event *e)
{
	const struct fy_mark *m = fy_event_start_mark(e);
	bool is_in_quotes = false;

	if (!m)
		return y->last;
	if (e->type == FYET_SCALAR) {
		enum fy_scalar_style style = fy_token_scalar_style(e->scalar.value);

		is_in_quotes = style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED;
	}

	y->last.line = (uint32_t)m->line + 1;
	y->last.col = (uint32_t)m->column + (is_in_quotes && m->column > 0 ? 0 : 1);
	if (y->last.line == 1 && y->last.col > y->n_front)
		y->last.col -= y->n_front;
	return y->last;
}

static void refuse_decoration(struct xl_yaml *y, struct fy_event *e)
{
	if (fy_event_get_anchor_token(e))
		fault(y, y->last, false, "anchors are not allowed: write the value out");
	if (fy_event_get_tag_token(e))
		fault(y, y->last, false, "tags are not allowed: quote a scalar to make it text");
}

/* A node begins: is it where a key must stand? Keeps account of key and value turns. */
static void take_place(struct xl_yaml *y, const struct xl_yaml_event *e)
{
	struct level *l = y->depth ? &y->level[y->depth - 1] : NULL;

	if (!l || !l->is_map)
		return;
	if (!l->is_value_next) {
		if (e->kind != XL_YAML_SCALAR)
			fault(y, e->loc, true, "a key must be a scalar");
		else
			remember_key(y, e);
	}
	l->is_value_next = !l->is_value_next;
}

static void open_level(struct xl_yaml *y, bool is_map)
{
	if (y->is_over)
		return;
	if (y->depth == DEPTH_MAX) {
		fault(y, y->last, true, "nested too deeply: at most 64 levels are allowed");
		return;
	}
	y->level[y->depth++] = (struct level){
		.is_map = is_map,
		.first_key = y->n_keys,
		.first_byte = y->n_key_text,
	};
}

static void close_level(struct xl_yaml *y)
{
	const struct level *l = &y->level[--y->depth];

	if (l->is_map)
		check_keys(y, l);
}

static void take_scalar(struct xl_yaml *y, struct fy_event *in, struct xl_yaml_event *e)
{
	size_t n = 0;
	const char *text = in->scalar.value ? fy_token_get_text(in->scalar.value, &n) : "";

	if (!text || !grow(&y->text, &y->text_cap, n + 1, 1)) {
		out_of_memory(y);
		return;
	}
	memcpy(y->text, text, n);
	y->text[n] = '\0';
	e->text = y->text;
	e->len = n;
	e->is_quoted = in->scalar.value && fy_token_scalar_style(in->scalar.value) != FYSS_PLAIN;
}

/* One libfyaml event into *e. False: it has no counterpart, or the stream is over. */
static bool take_event(struct xl_yaml *y, struct fy_event *in, struct xl_yaml_event *e)
{
	*e = (struct xl_yaml_event){ .loc = place(y, in) };
	switch (in->type) {
	case FYET_STREAM_END: y->has_end = true; return false;
	case FYET_DOCUMENT_START:
		if (++y->n_documents > 1)
			fault(y, e->loc, true, "a second document: one per file is allowed");
		return false;
	case FYET_ALIAS:
		fault(y, e->loc, true, "aliases are not allowed: write the value out");
		return false;
	case FYET_SCALAR:
		e->kind = XL_YAML_SCALAR;
		take_scalar(y, in, e);
		break;
	case FYET_MAPPING_START: e->kind = XL_YAML_MAP; break;
	case FYET_SEQUENCE_START: e->kind = XL_YAML_SEQ; break;
	case FYET_MAPPING_END: e->kind = XL_YAML_MAP_END; break;
	case FYET_SEQUENCE_END: e->kind = XL_YAML_SEQ_END; break;
	default: return false;
	}
	if (y->is_over)
		return false;
	if (e->kind == XL_YAML_MAP_END || e->kind == XL_YAML_SEQ_END) {
		close_level(y);
		return true;
	}
	refuse_decoration(y, in);
	take_place(y, e);
	if (e->kind != XL_YAML_SCALAR)
		open_level(y, e->kind == XL_YAML_MAP);
	return !y->is_over;
}

struct xl_yaml_event xl_yaml_next(struct xl_yaml *y)
{
	while (!y->is_over) {
		struct fy_event *in = fy_parser_parse(y->parser);
		struct xl_yaml_event e;
		bool is_ours;

		if (y->is_too_far) {
			fault(y, y->last, true,
			      "what follows does not end within 1 MB: allowed are smaller values "
			      "and inner brackets, or rows on lines of their own");
			if (in)
				fy_parser_event_free(y->parser, in);
			break;
		}
		if (!in) {
			if (fy_parser_get_stream_error(y->parser) || !y->has_end)
				syntax_fault(y);
			y->is_over = true;
			break;
		}
		y->n_told = y->n_fed;
		is_ours = take_event(y, in, &e);
		fy_parser_event_free(y->parser, in);
		if (is_ours)
			return e;
	}
	return end_event;
}
