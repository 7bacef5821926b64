/* trace.c - see trace.h. */
#include "ref/cmd/trace.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ref/io/json.h"

enum { BITS_SHOWN = 64 };

enum item_kind { ITEM_NOTE, ITEM_EVENT, ITEM_BETWEEN, ITEM_SENT };

struct bits { /* a span and what was in it at the time */
	struct xl_span at;
	uint8_t n; /* octets held, the first bit of the span is the first bit of b[0] */
	uint8_t b[BITS_SHOWN];
};

struct item {
	uint8_t kind; /* enum item_kind */
	uint16_t rule;
	struct bits was, is;
	const char *interface; /* SENT */
	uint8_t *bytes; /* SENT, BETWEEN: the packet; EVENT: the text */
	size_t n_bytes;
};

struct xl_trace {
	FILE *to;
	bool is_json;
	const struct xl_explain_hooks *hooks;
	const char *stage, *interface;
	int64_t at_ns;
	uint64_t no;
	uint8_t *in;
	size_t n_in;
	struct item *item;
	size_t n_items, max_items;
};

struct xl_trace *xl_trace_new(FILE *to, bool is_json, const struct xl_explain_hooks *hooks)
{
	struct xl_trace *t = calloc(1, sizeof(*t));

	if (t) {
		t->to = to;
		t->is_json = is_json;
		t->hooks = hooks;
	}
	return t;
}

static void clear(struct xl_trace *t)
{
	for (size_t i = 0; i < t->n_items; i++)
		free(t->item[i].bytes);
	t->n_items = 0;
	free(t->in);
	t->in = NULL;
	t->n_in = 0;
	t->stage = t->interface = NULL;
}

void xl_trace_free(struct xl_trace *t)
{
	if (!t)
		return;
	clear(t);
	free(t->item);
	free(t);
}

void xl_trace_number(struct xl_trace *t, uint64_t no)
{
	t->no = no;
}

/* ---- collecting ---- */

static uint8_t *copy_bytes(const void *p, size_t n)
{
	uint8_t *copy = malloc(n ? n : 1);

	if (copy && n)
		memcpy(copy, p, n);
	return copy;
}

void xl_trace_begin(struct xl_trace *t, const char *stage, const char *interface,
		    const struct xl_pkt *in)
{
	clear(t);
	t->stage = stage;
	t->interface = interface;
	if (!in)
		return;
	t->at_ns = in->at_ns;
	t->in = copy_bytes(xl_pkt_data(in), in->len);
	t->n_in = t->in ? in->len : 0;
}

/* A new item, or NULL when there is no memory: the trace then lacks it. */
static struct item *add(struct xl_trace *t, enum item_kind kind, uint16_t rule)
{
	if (t->n_items == t->max_items) {
		size_t max = t->max_items ? 2 * t->max_items : 32;
		struct item *more = realloc(t->item, max * sizeof(*more));

		if (!more)
			return NULL;
		t->item = more;
		t->max_items = max;
	}
	t->item[t->n_items] = (struct item){ .kind = (uint8_t)kind, .rule = rule };
	return &t->item[t->n_items++];
}

static bool bit(const uint8_t *p, uint32_t at)
{
	return p[at / 8] >> (7 - at % 8) & 1;
}

static void take_bits(struct bits *to, const uint8_t *p, struct xl_span at)
{
	unsigned n = at.n_bits < 8 * BITS_SHOWN ? at.n_bits : 8 * BITS_SHOWN;

	to->at = at;
	if (!p)
		to->at.n_bits = 0;
	if (!p || !n)
		return;
	to->n = (uint8_t)((n + 7) / 8);
	/* flushed right, so that the hex digits are the number */
	for (unsigned i = 0; i < n; i++) {
		unsigned put = 8u * to->n - n + i;

		if (bit(p, at.at_bit + i))
			to->b[put / 8] |= (uint8_t)(1 << (7 - put % 8));
	}
}

static void add_packet(struct xl_trace *t, enum item_kind kind, uint16_t rule,
		       const char *interface, const struct xl_pkt *p)
{
	struct item *i = add(t, kind, rule);

	if (!i)
		return;
	i->interface = interface;
	i->bytes = copy_bytes(xl_pkt_data(p), p->len);
	i->n_bytes = i->bytes ? p->len : 0;
}

void xl_trace_note(struct xl_trace *t, const struct xl_note *n)
{
	struct item *i = add(t, ITEM_NOTE, n->rule);

	if (!i)
		return;
	/* what a translator keeps of the packet as it came need not reach further */
	if (n->was_at.at_bit + n->was_at.n_bits <= 8 * XL_HEADROOM)
		take_bits(&i->was, n->was, n->was_at);
	take_bits(&i->is, n->is, n->is_at);
	if (n->between)
		add_packet(t, ITEM_BETWEEN, n->rule, NULL, n->between);
}

void xl_trace_event(struct xl_trace *t, const struct xl_event *e)
{
	struct item *i = add(t, ITEM_EVENT, e->rule);

	if (i)
		i->bytes = copy_bytes(e->text, strlen(e->text) + 1);
}

void xl_trace_sent(struct xl_trace *t, const char *interface, const struct xl_pkt *out)
{
	add_packet(t, ITEM_SENT, 0, interface, out);
}

/* ---- words ---- */

char *xl_clause_text(const char *clause, char buf[static 64])
{
	unsigned rfc;
	int after = 0;

	if (sscanf(clause, "rfc%u-%n", &rfc, &after) == 1 && after)
		snprintf(buf, 64, "RFC %u %.*s", rfc, (int)strcspn(clause + after, "-"),
			 clause + after);
	else
		snprintf(buf, 64, "%s", clause);
	return buf;
}

struct shown { /* a span for people */
	char field[64], value[128 + 8];
};

/* The value is the one that the field had when the rule applied: it may have ended with another. */
static void show(const struct xl_trace *t, const struct bits *b, const uint8_t *ip, size_t len,
		 struct shown *s)
{
	size_t n = 0;

	s->value[0] = '\0';
	if (!ip || b->at.at_bit + b->at.n_bits > 8 * len || b->at.n_bits > 8 * b->n ||
	    !t->hooks->field(ip, len, b->at, b->b, s->field, s->value))
		snprintf(s->field, sizeof(s->field), "bits %" PRIu32 "-%" PRIu32, b->at.at_bit,
			 b->at.at_bit + b->at.n_bits - 1);
	if (s->value[0])
		return;
	n += (size_t)snprintf(s->value, sizeof(s->value), "0x");
	for (size_t i = 0; i < b->n && n + 6 < sizeof(s->value); i++)
		n += (size_t)snprintf(s->value + n, sizeof(s->value) - n, "%02x", b->b[i]);
	if (b->at.n_bits > 8 * b->n)
		snprintf(s->value + n, sizeof(s->value) - n, "...");
}

struct packets { /* that a note is about; a length of 0: none */
	const uint8_t *was, *is;
	size_t n_was, n_is;
};

/* What a note that is item `at` changed, and into what: the next packet made, or the last. */
static struct packets packets_of(const struct xl_trace *t, size_t at)
{
	struct packets p = { .was = t->in, .n_was = t->n_in };

	for (size_t k = 0; k < t->n_items; k++) {
		const struct item *i = &t->item[k];

		if (i->kind != ITEM_SENT && i->kind != ITEM_BETWEEN)
			continue;
		p.is = i->bytes;
		p.n_is = i->n_bytes;
		if (k > at)
			break;
		if (i->kind == ITEM_BETWEEN) {
			p.was = i->bytes;
			p.n_was = i->n_bytes;
		}
	}
	return p;
}

/* ---- text ---- */

static void print_bits(const struct xl_trace *t, const struct bits *b, const uint8_t *ip,
		       size_t len)
{
	struct shown s;

	if (!b->at.n_bits) {
		fputs("(nothing)", t->to);
		return;
	}
	show(t, b, ip, len, &s);
	fprintf(t->to, "%s %s", s.field, s.value);
}

/* One of several fields that the same rule changed: its sentence stands above. */
static bool goes_on(const struct xl_trace *t, size_t at)
{
	const struct item *i = &t->item[at];

	return at && i[-1].kind == ITEM_NOTE && i[-1].rule == i->rule && i->is.at.n_bits;
}

static void text_note(const struct xl_trace *t, size_t at)
{
	const struct item *i = &t->item[at];
	struct packets p = packets_of(t, at);
	const struct xl_rule *rule = xl_rule(i->rule);
	char clause[64];

	if (!goes_on(t, at))
		fprintf(t->to, "  %-15s %s: %s\n", xl_clause_text(rule->clause, clause), rule->name,
			rule->text);
	if (!i->was.at.n_bits && !i->is.at.n_bits)
		return;
	fprintf(t->to, "  %-15s ", "");
	print_bits(t, &i->was, p.was, p.n_was);
	fputs("  ->  ", t->to);
	print_bits(t, &i->is, p.is, p.n_is);
	putc('\n', t->to);
}

static void print_text(const struct xl_trace *t, const struct xl_verdict *v)
{
	char text[400];

	if (v)
		fprintf(t->to, "%s, into %s at %" PRId64 ".%09" PRId64 ": %s\n", t->stage,
			t->interface, t->at_ns / 1000000000, t->at_ns % 1000000000,
			t->hooks->summary(t->in, t->n_in, text, sizeof(text)));
	else
		fprintf(t->to, "%s, time passes\n", t->stage);
	for (size_t k = 0; k < t->n_items; k++) {
		const struct item *i = &t->item[k];

		if (i->kind == ITEM_NOTE)
			text_note(t, k);
		else if (i->kind == ITEM_EVENT)
			fprintf(t->to, "  event %s: %s\n", xl_rule(i->rule)->name,
				i->bytes ? (const char *)i->bytes : "");
		else if (i->kind == ITEM_BETWEEN)
			fprintf(t->to, "  between the two: %s\n",
				t->hooks->summary(i->bytes, i->n_bytes, text, sizeof(text)));
		else
			fprintf(t->to, "  out of %s: %s\n", i->interface,
				t->hooks->summary(i->bytes, i->n_bytes, text, sizeof(text)));
	}
	if (v) {
		char clause[64];
		const struct xl_rule *rule = xl_rule(v->rule);

		fprintf(t->to, "  => %s: %s (%s)\n", xl_act_text(v->act), rule->name,
			xl_clause_text(rule->clause, clause));
	}
}

/* ---- JSON ---- */

static void json_begin(const struct xl_trace *t, struct xl_json *j, const char *type)
{
	xl_json_init(j, t->to);
	xl_json_obj(j, NULL);
	xl_json_str(j, "type", type);
	xl_json_int(j, "input", (int64_t)t->no);
	xl_json_str(j, "stage", t->stage);
}

static void json_end(const struct xl_trace *t, struct xl_json *j)
{
	xl_json_obj_end(j);
	putc('\n', t->to);
}

static void json_rule(struct xl_json *j, uint16_t rule)
{
	char clause[64];

	xl_json_str(j, "rule", xl_rule(rule)->name);
	xl_json_str(j, "clause", xl_rule(rule)->clause);
	xl_json_str(j, "section", xl_clause_text(xl_rule(rule)->clause, clause));
}

static void json_bits(const struct xl_trace *t, struct xl_json *j, const char *key,
		      const struct bits *b, const uint8_t *ip, size_t len)
{
	struct shown s;

	if (!b->at.n_bits)
		return;
	show(t, b, ip, len, &s);
	xl_json_obj(j, key);
	xl_json_str(j, "field", s.field);
	xl_json_str(j, "text", s.value);
	xl_json_int(j, "at_bit", b->at.at_bit);
	xl_json_int(j, "n_bits", b->at.n_bits);
	xl_json_hex(j, "value", b->b, b->n);
	xl_json_obj_end(j);
}

static void json_item(const struct xl_trace *t, size_t at)
{
	static const char *const kinds[] = { "note", "event", "between", "sent" };
	const struct item *i = &t->item[at];
	struct packets p = packets_of(t, at);
	struct xl_json j;

	json_begin(t, &j, kinds[i->kind]);
	if (i->kind == ITEM_NOTE) {
		json_rule(&j, i->rule);
		json_bits(t, &j, "was", &i->was, p.was, p.n_was);
		json_bits(t, &j, "is", &i->is, p.is, p.n_is);
	} else if (i->kind == ITEM_EVENT) {
		json_rule(&j, i->rule);
		xl_json_str(&j, "text", i->bytes ? (const char *)i->bytes : "");
	} else {
		if (i->kind == ITEM_SENT)
			xl_json_str(&j, "if", i->interface);
		xl_json_hex(&j, "packet", i->bytes, i->n_bytes);
	}
	json_end(t, &j);
}

static void print_json(const struct xl_trace *t, const struct xl_verdict *v)
{
	struct xl_json j;

	if (v) {
		json_begin(t, &j, "packet");
		xl_json_str(&j, "if", t->interface);
		xl_json_int(&j, "at_ns", t->at_ns);
		xl_json_hex(&j, "packet", t->in, t->n_in);
		json_end(t, &j);
	}
	for (size_t i = 0; i < t->n_items; i++)
		json_item(t, i);
	if (v) {
		json_begin(t, &j, "verdict");
		xl_json_str(&j, "act", xl_act_text(v->act));
		json_rule(&j, v->rule);
		json_end(t, &j);
	}
}

void xl_trace_end(struct xl_trace *t, const struct xl_verdict *v)
{
	if (v || t->n_items) {
		if (t->is_json)
			print_json(t, v);
		else
			print_text(t, v);
	}
	clear(t);
}
