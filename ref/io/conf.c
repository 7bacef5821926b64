/* conf.c - reads a translator configuration: see conf.h.
 *
 * The key table (conf_keys.c) is walked along with the events, so a file of 10^6 mappings is never held
 * as a document. A fault is reported and its value skipped; reading goes on, and what the file says as a
 * whole is checked last, when every interface is known.
 */
#include "ref/io/conf.h"

#include <stdlib.h>
#include <string.h>

#include "ref/io/conf_keys.h"

enum { LIST_TEXT = 300 };

static void fault(struct xl_conf_reader *r, struct xl_loc loc, const char *what,
		  const char *allowed)
{
	r->n_faults++;
	xl_diag(r->diags, XL_ERR_SYNTAX, loc, "%s: %s", what, allowed);
}

/* Reads on to the end of the node that began with e. */
static void skip(struct xl_conf_reader *r, struct xl_yaml_event e)
{
	unsigned depth = 0;

	for (;; e = xl_yaml_next(r->yaml)) {
		if (e.kind == XL_YAML_MAP || e.kind == XL_YAML_SEQ)
			depth++;
		if (e.kind == XL_YAML_MAP_END || e.kind == XL_YAML_SEQ_END)
			depth--;
		if (depth == 0 || e.kind == XL_YAML_END)
			return;
	}
}

static void value_fault(struct xl_conf_reader *r, const struct xl_conf_key *k,
			const struct xl_yaml_event *e, const char *why)
{
	char what[LIST_TEXT], buf[200];

	if (e->kind == XL_YAML_SCALAR && e->len == 0)
		snprintf(what, sizeof(what), "%s has no value", k->name);
	else if (e->kind == XL_YAML_SCALAR)
		snprintf(what, sizeof(what), "%s '%.60s': %s", k->name, e->text, why);
	else
		snprintf(what, sizeof(what), "%s is %s", k->name,
			 e->kind == XL_YAML_MAP ? "a map" : "a list");
	snprintf(buf, sizeof(buf), "%s", xl_conf_allowed(k, (char[200]){ 0 }));
	r->n_faults++;
	xl_diag(r->diags, XL_ERR_SYNTAX, e->loc, "%s: allowed is %s", what, buf);
}

static void set_scalar(struct xl_conf_reader *r, const struct xl_conf_key *k, void *base,
		       const struct xl_yaml_event *e)
{
	const char *why = strlen(e->text) == e->len ? k->set(r, k, base, e) : "holds a NUL";

	if (why)
		value_fault(r, k, e, why);
}

static void read_list(struct xl_conf_reader *r, const struct xl_conf_key *k, void *base,
		      struct xl_loc loc)
{
	struct xl_yaml_event e = xl_yaml_next(r->yaml);
	char what[LIST_TEXT], allowed[200];

	if (e.kind == XL_YAML_SEQ_END && k->is_filled) {
		snprintf(what, sizeof(what), "%s is an empty list", k->name);
		snprintf(allowed, sizeof(allowed), "allowed are %.180s",
			 xl_conf_allowed(k, (char[200]){ 0 }));
		fault(r, loc, what, allowed);
		return;
	}
	if (k->n_at) /* what the file says replaces a default list */
		memset((char *)base + k->n_at, 0, sizeof(size_t));
	for (;; e = xl_yaml_next(r->yaml)) {
		if (e.kind == XL_YAML_SEQ_END || e.kind == XL_YAML_END)
			return;
		if (e.kind == XL_YAML_SCALAR) {
			set_scalar(r, k, base, &e);
		} else {
			value_fault(r, k, &e, "");
			skip(r, e);
		}
	}
}

static void read_map(struct xl_conf_reader *r, const struct xl_conf_key *keys, void *base,
		     struct xl_loc loc);

static void read_rows(struct xl_conf_reader *r, const struct xl_conf_key *k)
{
	for (;;) {
		struct xl_yaml_event e = xl_yaml_next(r->yaml);
		size_t n_faults = r->n_faults;
		void *row;

		if (e.kind == XL_YAML_SEQ_END || e.kind == XL_YAML_END)
			return;
		if (e.kind != XL_YAML_MAP) {
			value_fault(r, k, &e, "not a map");
			skip(r, e);
			r->has_bad_frame |= k->is_frame;
			continue;
		}
		e.loc.file = r->c->file;
		row = k->begin(r, e.loc);
		if (!row) {
			fault(r, e.loc, k->name, "out of memory");
			skip(r, e);
			continue;
		}
		read_map(r, k->sub, row, e.loc);
		if (k->end)
			k->end(r, r->n_faults != n_faults);
	}
}

static void read_value(struct xl_conf_reader *r, const struct xl_conf_key *k, void *base)
{
	struct xl_yaml_event e = xl_yaml_next(r->yaml);

	if (e.kind == XL_YAML_SEQ && k->is_list)
		read_list(r, k, base, e.loc);
	else if (e.kind == XL_YAML_SEQ && k->begin)
		read_rows(r, k);
	else if (e.kind == XL_YAML_MAP && k->sub && !k->begin)
		read_map(r, k->sub, base, e.loc);
	else if (e.kind == XL_YAML_SCALAR && k->set && !k->is_list)
		set_scalar(r, k, base, &e);
	else if (e.kind != XL_YAML_END) {
		value_fault(r, k, &e, "not a list or map");
		skip(r, e);
		r->has_bad_frame |= k->is_frame;
	}
}

/* The names of keys[], after "allowed are ". */
static const char *list_names(const struct xl_conf_key *keys, char buf[static LIST_TEXT])
{
	size_t n = (size_t)snprintf(buf, LIST_TEXT, "allowed are ");

	for (const struct xl_conf_key *k = keys; k->name && n < LIST_TEXT; k++)
		n += (size_t)snprintf(buf + n, LIST_TEXT - n, "%s%s", k == keys ? "" : ", ",
				      k->name);
	return buf;
}

static const struct xl_conf_key *find_key(const struct xl_conf_key *keys, const char *name)
{
	for (; keys->name; keys++)
		if (strcmp(keys->name, name) == 0)
			return keys;
	return NULL;
}

static void read_map(struct xl_conf_reader *r, const struct xl_conf_key *keys, void *base,
		     struct xl_loc loc)
{
	char what[LIST_TEXT], allowed[LIST_TEXT];
	uint32_t seen = 0; /* by row of keys[]: no table has more than 32 */
	size_t n_faults;

	for (;;) {
		struct xl_yaml_event e = xl_yaml_next(r->yaml);
		const struct xl_conf_key *k;

		if (e.kind != XL_YAML_SCALAR) {
			r->is_complete = e.kind == XL_YAML_MAP_END;
			break;
		}
		k = find_key(keys, e.text);
		if (!k) {
			snprintf(what, sizeof(what), "unknown key '%.60s'", e.text);
			fault(r, e.loc, what, list_names(keys, allowed));
			r->has_bad_mapping |= find_key(keys, "prefix6") != NULL;
			skip(r, xl_yaml_next(r->yaml));
			continue;
		}
		seen |= UINT32_C(1) << (k - keys);
		n_faults = r->n_faults;
		read_value(r, k, k->is_of_space ? &r->c->space[r->space] : base);
		r->has_bad_mapping |= k->is_mapping && r->n_faults != n_faults;
	}
	for (const struct xl_conf_key *k = keys; k->name; k++)
		if (k->is_required && !(seen & UINT32_C(1) << (k - keys)) && r->is_complete) {
			snprintf(what, sizeof(what), "no %s", k->name);
			fault(r, loc, what, "it must be given");
		}
}

/* ---- the file as a whole ---- */

static int find_iface(const struct xl_conf *c, const char *name)
{
	for (size_t i = 0; i < c->n_ifaces; i++)
		if (strcmp(c->iface[i].name, name) == 0)
			return (int)i;
	return -1;
}

static void *grown(void *array, size_t n, size_t size)
{
	return realloc(array, (n ? n : 1) * size);
}

/* Moves the prefixes of a filter row to its interface. */
static void take_filter(struct xl_conf_reader *r, const struct xl_conf_ref *ref, size_t at)
{
	struct xl_conf_iface *f = &r->c->iface[at];
	struct xl_prefix4 *p4 = grown(f->allow4, f->n_allow4 + ref->n_allow4, sizeof(*p4));
	struct xl_prefix6 *p6 = grown(f->allow6, f->n_allow6 + ref->n_allow6, sizeof(*p6));

	f->allow4 = p4 ? p4 : f->allow4;
	f->allow6 = p6 ? p6 : f->allow6;
	if (!p4 || !p6) {
		fault(r, ref->loc, "ingress", "out of memory");
		return;
	}
	if (f->side == XL_SIDE_V4 ? ref->n_allow6 : ref->n_allow4)
		fault(r, ref->loc, "allow holds prefixes of the other side",
		      "allowed are prefixes of the interface's side");
	f->has_filter = true;
	if (ref->n_allow4)
		memcpy(p4 + f->n_allow4, ref->allow4, ref->n_allow4 * sizeof(*p4));
	if (ref->n_allow6)
		memcpy(p6 + f->n_allow6, ref->allow6, ref->n_allow6 * sizeof(*p6));
	f->n_allow4 += ref->n_allow4;
	f->n_allow6 += ref->n_allow6;
}

static void take_member(struct xl_conf_reader *r, const struct xl_conf_ref *ref, size_t at)
{
	struct xl_conf_space *s = &r->c->space[ref->space];
	uint16_t *p = grown(s->iface, s->n_ifaces + 1, sizeof(*p));

	if (!p) {
		fault(r, ref->loc, "interfaces", "out of memory");
		return;
	}
	s->iface = p;
	s->iface[s->n_ifaces++] = (uint16_t)at;
}

/* Names of interfaces may stand before the interfaces: they are looked up when all are read. */
static void resolve_names(struct xl_conf_reader *r)
{
	for (size_t i = 0; i < r->n_refs; i++) {
		const struct xl_conf_ref *ref = &r->ref[i];
		int at = find_iface(r->c, ref->name);
		char what[60], names[LIST_TEXT];
		size_t n = (size_t)snprintf(names, sizeof(names), "there are ");

		if (at >= 0 && ref->space == SIZE_MAX) {
			take_filter(r, ref, (size_t)at);
		} else if (at >= 0) {
			take_member(r, ref, (size_t)at);
		} else if (ref->name[0]) {
			for (size_t k = 0; k < r->c->n_ifaces && n < sizeof(names); k++)
				n += (size_t)snprintf(names + n, sizeof(names) - n, "%s%s",
						      k ? ", " : "", r->c->iface[k].name);
			snprintf(what, sizeof(what), "no interface is named '%s'", ref->name);
			fault(r, ref->loc, what, names);
			r->has_bad_frame |= ref->space != SIZE_MAX;
		}
	}
}

static bool has_local_eam(const struct xl_conf *c)
{
	for (size_t i = 0; i < c->n_spaces; i++)
		for (size_t k = 0; k < c->space[i].n_eams; k++)
			if (c->space[i].eam[k].is_local)
				return true;
	return false;
}

static const char mapping_wanted[] =
	"prefix6, eamt or an address space with one of them must be given";

/* A translator that can translate nothing is a mistake, not a configuration. */
static void check_mapping(struct xl_conf_reader *r)
{
	for (size_t i = 0; i < r->c->n_spaces; i++)
		if (r->c->space[i].has_prefix6 || r->c->space[i].n_eams)
			return;
	if (!r->has_bad_mapping)
		fault(r, r->loc, "nothing says what to translate to", mapping_wanted);
}

static void read_document(struct xl_conf_reader *r)
{
	struct xl_yaml_event e = xl_yaml_next(r->yaml);

	r->loc = e.loc;
	if (e.kind == XL_YAML_MAP)
		read_map(r, xl_conf_keys, r->c, e.loc);
	else if (e.kind == XL_YAML_END && !xl_yaml_failed(r->yaml))
		fault(r, (struct xl_loc){ .file = r->c->file, .line = 1, .col = 1 }, "nothing here",
		      mapping_wanted);
	else if (e.kind == XL_YAML_SCALAR && e.len == 0)
		fault(r, e.loc, "nothing here", mapping_wanted);
	else if (e.kind != XL_YAML_END)
		fault(r, e.loc, "a configuration is a map",
		      "key: value lines, see docs/configuration.md");
	while (e.kind != XL_YAML_END)
		e = xl_yaml_next(r->yaml);
	if (xl_yaml_failed(r->yaml))
		r->n_faults++;
}

static int read_yaml(struct xl_yaml *y, const char *name, struct xl_conf *c, struct xl_diags *d)
{
	struct xl_conf_reader r = { .yaml = y, .diags = d, .c = c };
	size_t n_before = d ? d->n : 0;

	memset(c, 0, sizeof(*c));
	if (!y)
		return XL_ERR_IO;
	if (xl_conf_init(c) || !(c->file = strdup(name))) {
		xl_diag(d, XL_ERR_NOMEM, XL_NOWHERE, "out of memory");
		r.n_faults++;
	} else {
		read_document(&r);
		if (r.is_complete) {
			check_mapping(&r);
			resolve_names(&r);
		}
		if (!r.has_drop_local)
			c->drop_local_source = has_local_eam(c);
		if (r.is_complete &&
		    (r.has_bad_frame ? xl_conf_check_partly(c, d) : xl_conf_check(c, d)))
			r.n_faults++;
	}
	xl_yaml_close(y);
	for (size_t i = 0; i < r.n_refs; i++) {
		free(r.ref[i].allow4);
		free(r.ref[i].allow6);
	}
	free(r.ref);
	if (!r.n_faults)
		return 0;
	if (d)
		xl_diags_sort(d, n_before);
	xl_conf_fini(c);
	return XL_ERR_SYNTAX;
}

int xl_conf_read(const char *path, struct xl_conf *c, struct xl_diags *d)
{
	return read_yaml(xl_yaml_open(path, d), strcmp(path, "-") ? path : "<stdin>", c, d);
}

int xl_conf_read_text(const char *text, size_t n, const char *name, struct xl_conf *c,
		      struct xl_diags *d)
{
	return read_yaml(xl_yaml_open_text(text, n, name, d), name, c, d);
}
