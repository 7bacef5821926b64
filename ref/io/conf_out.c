/* conf_out.c - what is printed of configurations: resolved JSON, features, JSON Schema, key list. */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ref/io/conf.h"
#include "ref/io/conf_keys.h"
#include "ref/io/json.h"
#include "ref/io/opts.h"

/* ---- resolved JSON ---- */

static const char *word_of(const char *key, int value)
{
	for (const struct xl_conf_key *k = xl_conf_keys; k->name; k++)
		if (strcmp(k->name, key) == 0)
			for (const struct xl_conf_word *w = k->word; w->name; w++)
				if (w->value == value)
					return w->name;
	return "";
}

static void write_prefix4(struct xl_json *j, const char *key, struct xl_prefix4 p)
{
	char text[XL_PREFIX_TEXT_MAX];

	xl_json_str(j, key, xl_prefix4_text(p, text));
}

static void write_prefix6(struct xl_json *j, const char *key, struct xl_prefix6 p)
{
	char text[XL_PREFIX_TEXT_MAX];

	xl_json_str(j, key, xl_prefix6_text(p, text));
}

static void write_list4(struct xl_json *j, const char *key, const struct xl_prefix4 *p, size_t n)
{
	xl_json_arr(j, key);
	for (size_t i = 0; i < n; i++)
		write_prefix4(j, NULL, p[i]);
	xl_json_arr_end(j);
}

static void write_ifaces(struct xl_json *j, const struct xl_conf *c)
{
	xl_json_arr(j, "interfaces");
	for (size_t i = 0; i < c->n_ifaces; i++) {
		const struct xl_conf_iface *f = &c->iface[i];

		xl_json_obj(j, NULL);
		xl_json_str(j, "name", f->name);
		xl_json_str(j, "side", f->side == XL_SIDE_V4 ? "v4" : "v6");
		xl_json_int(j, "mtu", f->mtu);
		xl_json_arr(j, "routes");
		for (size_t k = 0; k < f->n_routes; k++)
			if (f->route[k].family == 4)
				write_prefix4(j, NULL, f->route[k].p4);
			else
				write_prefix6(j, NULL, f->route[k].p6);
		xl_json_arr_end(j);
		xl_json_obj_end(j);
	}
	xl_json_arr_end(j);
}

static void write_eamt(struct xl_json *j, const struct xl_conf_space *s)
{
	xl_json_arr(j, "eamt");
	for (size_t i = 0; i < s->n_eams; i++) {
		xl_json_obj(j, NULL);
		write_prefix4(j, "ipv4", s->eam[i].p4);
		write_prefix6(j, "ipv6", s->eam[i].p6);
		xl_json_bool(j, "local", s->eam[i].is_local);
		xl_json_obj_end(j);
	}
	xl_json_arr_end(j);
}

static void write_own(struct xl_json *j, const struct xl_conf *c)
{
	char text[XL_IP6_TEXT_MAX];

	xl_json_obj(j, "own");
	if (c->has_own4)
		xl_json_str(j, "ipv4", xl_ip4_text(c->own4, text));
	if (c->has_own6)
		xl_json_str(j, "ipv6", xl_ip6_text(c->own6, text));
	xl_json_obj_end(j);
}

static void write_filter(struct xl_json *j, const struct xl_conf *c)
{
	xl_json_obj(j, "filter");
	xl_json_bool(j, "drop-local-source", c->drop_local_source);
	xl_json_bool(j, "require-eam-source", c->require_eam_source);
	xl_json_arr(j, "ingress");
	for (size_t i = 0; i < c->n_ifaces; i++) {
		const struct xl_conf_iface *f = &c->iface[i];

		if (!f->has_filter)
			continue;
		xl_json_obj(j, NULL);
		xl_json_str(j, "interface", f->name);
		xl_json_arr(j, "allow");
		for (size_t k = 0; k < f->n_allow4; k++)
			write_prefix4(j, NULL, f->allow4[k]);
		for (size_t k = 0; k < f->n_allow6; k++)
			write_prefix6(j, NULL, f->allow6[k]);
		xl_json_arr_end(j);
		xl_json_obj_end(j);
	}
	xl_json_arr_end(j);
	xl_json_obj_end(j);
}

static void write_spaces(struct xl_json *j, const struct xl_conf *c)
{
	xl_json_arr(j, "address-spaces");
	for (size_t i = 1; i < c->n_spaces; i++) {
		const struct xl_conf_space *s = &c->space[i];

		xl_json_obj(j, NULL);
		xl_json_int(j, "id", s->id);
		if (s->has_prefix6)
			write_prefix6(j, "prefix6", s->prefix6);
		write_eamt(j, s);
		xl_json_arr(j, "interfaces");
		for (size_t k = 0; k < s->n_ifaces; k++)
			xl_json_str(j, NULL, c->iface[s->iface[k]].name);
		xl_json_arr_end(j);
		write_list4(j, "ipv4", s->ipv4, s->n_ipv4);
		xl_json_int(j, "priority", s->priority);
		xl_json_obj_end(j);
	}
	xl_json_arr_end(j);
}

static void write_copy_or_set(struct xl_json *j, const char *key, int value)
{
	if (value == XL_TOS_COPY) {
		xl_json_str(j, key, "copy");
		return;
	}
	xl_json_obj(j, key);
	xl_json_int(j, "set", value);
	xl_json_obj_end(j);
}

static void write_mtu(struct xl_json *j, const struct xl_conf *c)
{
	xl_json_obj(j, "mtu");
	xl_json_int(j, "lowest-ipv6", c->lowest_ipv6_mtu);
	xl_json_arr(j, "plateaus");
	for (size_t i = 0; i < c->n_plateaus; i++)
		xl_json_int(j, NULL, c->plateau[i]);
	xl_json_arr_end(j);
	xl_json_obj_end(j);
}

void xl_conf_write_json(const struct xl_conf *c, FILE *to)
{
	struct xl_json j;

	xl_json_init(&j, to);
	xl_json_obj(&j, NULL);
	xl_json_str(&j, "role", word_of("role", (int)c->role));
	xl_json_int(&j, "seed", (int64_t)c->seed);
	write_ifaces(&j, c);
	if (c->space[0].has_prefix6)
		write_prefix6(&j, "prefix6", c->space[0].prefix6);
	write_eamt(&j, &c->space[0]);
	write_own(&j, c);
	xl_json_obj(&j, "rfc6791");
	write_list4(&j, "ipv4", c->pool6791, c->n_pool6791);
	xl_json_str(&j, "choice", c->pool_choice == XL_POOL_RANDOM ? "random" : "hash");
	xl_json_bool(&j, "rfc5837", c->rfc5837);
	xl_json_obj_end(&j);
	write_mtu(&j, c);
	xl_json_str(&j, "hairpinning", word_of("hairpinning", (int)c->hairpinning));
	xl_json_str(&j, "udp-zero-checksum", word_of("udp-zero-checksum", (int)c->udp_zero));
	write_copy_or_set(&j, "traffic-class", c->traffic_class);
	write_copy_or_set(&j, "tos", c->tos);
	if (c->icmp_errors == XL_ERRORS_LIMITED) {
		xl_json_obj(&j, "icmp-errors");
		xl_json_int(&j, "rate-per-second", c->errors_per_second);
		xl_json_obj_end(&j);
	} else {
		xl_json_str(&j, "icmp-errors", word_of("icmp-errors", (int)c->icmp_errors));
	}
	write_filter(&j, c);
	write_spaces(&j, c);
	xl_json_obj_end(&j);
}

/* ---- features ---- */

/* Every path that may come of a configuration, without the number of "interfaces.3". */
static const char *const feature_paths[] = {
	"address-spaces",
	"address-spaces.ipv4",
	"eamt",
	"eamt.local",
	"eamt.overlap.ipv4",
	"eamt.overlap.ipv6",
	"eamt.suffix",
	"eamt.well-known",
	"filter.drop-local-source",
	"filter.ingress",
	"filter.require-eam-source",
	"hairpinning.intrinsic", /* the default one: cases say that they need it */
	"hairpinning.off",
	"hairpinning.simple",
	"icmp-errors.off",
	"icmp-errors.rate-per-second",
	"interfaces.",
	"interfaces.routes",
	"mtu.different",
	"mtu.lowest-ipv6",
	"mtu.plateaus",
	"own.ipv4.none",
	"prefix6./32",
	"prefix6./40",
	"prefix6./48",
	"prefix6./56",
	"prefix6./64",
	"prefix6.local-use",
	"prefix6.none",
	"rfc6791.choice",
	"rfc6791.ipv4",
	"tos.set",
	"traffic-class.set",
	"udp-zero-checksum.compute",
};

bool xl_conf_feature_covers(const char *path, const char *feature)
{
	size_t n = strlen(path);

	return n && strncmp(path, feature, n) == 0 &&
	       (feature[n] == '\0' || feature[n] == '.' || feature[n] == '/' || path[n - 1] == '.');
}

bool xl_conf_is_feature(const char *path)
{
	static const char many[] = "interfaces.";
	size_t n = strlen(many);

	if (strncmp(path, many, n) == 0 && path[n])
		return strcmp(path + n, "routes") == 0 ||
		       strspn(path + n, "0123456789") == strlen(path + n);
	for (size_t i = 0; i < sizeof feature_paths / sizeof feature_paths[0]; i++)
		if (xl_conf_feature_covers(path, feature_paths[i]))
			return true;
	return false;
}

const char *xl_conf_feature_near(const char *path)
{
	const char *nearest = feature_paths[0];

	for (size_t i = 1; i < sizeof feature_paths / sizeof feature_paths[0]; i++)
		if (xl_edit_distance(path, feature_paths[i]) < xl_edit_distance(path, nearest))
			nearest = feature_paths[i];
	return nearest;
}

struct features {
	char name[64][40];
	size_t n;
};

XL_PRINTF(2, 3) static void uses(struct features *f, const char *fmt, ...)
{
	char name[40];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(name, sizeof(name), fmt, ap);
	va_end(ap);
	assert(xl_conf_is_feature(name)); /* or no adapter may say that it lacks it */
	for (size_t i = 0; i < f->n; i++)
		if (strcmp(f->name[i], name) == 0)
			return;
	if (f->n < 64)
		memcpy(f->name[f->n++], name, sizeof(name));
}

static void iface_features(const struct xl_conf *c, struct features *f)
{
	if (c->n_ifaces > 2)
		uses(f, "interfaces.%zu", c->n_ifaces);
	for (size_t i = 0; i < c->n_ifaces; i++) {
		if (c->iface[i].n_routes)
			uses(f, "interfaces.routes");
		if (c->iface[i].has_filter)
			uses(f, "filter.ingress");
		if (c->iface[i].mtu != c->iface[0].mtu)
			uses(f, "mtu.different");
	}
}

static bool overlap6(struct xl_prefix6 a, struct xl_prefix6 b)
{
	return xl_bits_eq(a.addr.b, b.addr.b, a.len < b.len ? a.len : b.len);
}

static bool overlap4(struct xl_prefix4 a, struct xl_prefix4 b)
{
	return xl_bits_eq(a.addr.b, b.addr.b, a.len < b.len ? a.len : b.len);
}

static const struct xl_prefix6 well_known = { { { 0x00, 0x64, 0xff, 0x9b } }, 96 };
static const struct xl_prefix6 local_use = { { { 0x00, 0x64, 0xff, 0x9b, 0, 1 } }, 48 };

unsigned xl_conf_eam_traits(const struct xl_conf_space *s, size_t row)
{
	const struct xl_conf_eam *e = &s->eam[row];
	unsigned traits = e->is_local ? XL_EAM_LOCAL : 0;

	if (32 - e->p4.len != 128 - e->p6.len)
		traits |= XL_EAM_SUFFIX;
	if (overlap6(e->p6, well_known))
		traits |= XL_EAM_WELL_KNOWN;
	if (s->has_prefix6 && overlap6(e->p6, s->prefix6))
		traits |= XL_EAM_OVERLAP6;
	for (size_t i = 0; i < s->n_eams; i++) {
		if (i != row && overlap4(e->p4, s->eam[i].p4))
			traits |= XL_EAM_OVERLAP4;
		if (i != row && overlap6(e->p6, s->eam[i].p6))
			traits |= XL_EAM_OVERLAP6;
	}
	return traits;
}

const char *xl_conf_eam_feature(enum xl_eam_trait trait)
{
	switch (trait) {
	case XL_EAM_LOCAL: return "eamt.local";
	case XL_EAM_SUFFIX: return "eamt.suffix";
	case XL_EAM_OVERLAP4: return "eamt.overlap.ipv4";
	case XL_EAM_OVERLAP6: return "eamt.overlap.ipv6";
	case XL_EAM_WELL_KNOWN: return "eamt.well-known";
	}
	return "eamt";
}

static void eam_features(const struct xl_conf_space *s, struct features *f)
{
	unsigned traits = 0;

	for (size_t i = 0; i < s->n_eams; i++)
		traits |= xl_conf_eam_traits(s, i);
	if (s->n_eams)
		uses(f, "eamt");
	for (unsigned t = XL_EAM_LOCAL; t <= XL_EAM_WELL_KNOWN; t <<= 1)
		if (traits & t)
			uses(f, "%s", xl_conf_eam_feature(t));
}

static void space_features(const struct xl_conf *c, struct features *f)
{
	if (c->n_spaces > 1)
		uses(f, "address-spaces");
	for (size_t i = 0; i < c->n_spaces; i++) {
		const struct xl_conf_space *s = &c->space[i];

		if (s->has_prefix6 && s->prefix6.len != 96)
			uses(f, "prefix6./%u", (unsigned)s->prefix6.len);
		if (s->has_prefix6 && s->prefix6.len >= local_use.len &&
		    overlap6(s->prefix6, local_use))
			uses(f, "prefix6.local-use");
		eam_features(s, f);
		if (s->n_ipv4)
			uses(f, "address-spaces.ipv4");
	}
	if (!c->space[0].has_prefix6 && c->n_spaces == 1)
		uses(f, "prefix6.none");
}

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

void xl_conf_features(const struct xl_conf *c, void (*yield)(void *to, const char *feature),
		      void *to)
{
	struct features f = { .n = 0 };
	struct xl_conf dflt;

	iface_features(c, &f);
	space_features(c, &f);
	if (c->has_own6 && !c->has_own4)
		uses(&f, "own.ipv4.none");
	if (c->hairpinning != XL_HAIRPIN_INTRINSIC)
		uses(&f, "hairpinning.%s", word_of("hairpinning", (int)c->hairpinning));
	if (c->udp_zero == XL_UDP_ZERO_COMPUTE)
		uses(&f, "udp-zero-checksum.compute");
	if (c->traffic_class != XL_TOS_COPY)
		uses(&f, "traffic-class.set");
	if (c->tos != XL_TOS_COPY)
		uses(&f, "tos.set");
	if (c->icmp_errors != XL_ERRORS_SEND)
		uses(&f, "icmp-errors.%s",
		     c->icmp_errors == XL_ERRORS_OFF ? "off" : "rate-per-second");
	if (c->n_pool6791)
		uses(&f, "rfc6791.ipv4");
	if (c->pool_choice == XL_POOL_HASH)
		uses(&f, "rfc6791.choice");
	if (c->drop_local_source)
		uses(&f, "filter.drop-local-source");
	if (c->require_eam_source)
		uses(&f, "filter.require-eam-source");
	if (xl_conf_init(&dflt) == 0) {
		if (c->lowest_ipv6_mtu != dflt.lowest_ipv6_mtu)
			uses(&f, "mtu.lowest-ipv6");
		if (c->n_plateaus != dflt.n_plateaus ||
		    memcmp(c->plateau, dflt.plateau, c->n_plateaus * sizeof(*c->plateau)) != 0)
			uses(&f, "mtu.plateaus");
		xl_conf_fini(&dflt);
	}
	qsort(f.name, f.n, sizeof(f.name[0]), by_text);
	for (size_t i = 0; i < f.n; i++)
		yield(to, f.name[i]);
}

/* ---- JSON Schema ---- */

static void indent(FILE *to, unsigned depth)
{
	fprintf(to, "\n%*s", (int)(2 * depth), "");
}

static void write_text(FILE *to, const char *text)
{
	struct xl_json j;

	xl_json_init(&j, to);
	xl_json_str(&j, NULL, text);
}

static void schema_of_map(FILE *to, const struct xl_conf_key *keys, unsigned depth);

static void schema_of_scalar(FILE *to, const struct xl_conf_key *k)
{
	if (k->schema) {
		fputs(k->schema, to);
	} else if (k->word) {
		fputs("\"enum\":[", to);
		for (const struct xl_conf_word *w = k->word; w->name; w++) {
			fputs(w == k->word ? "" : ",", to);
			write_text(to, w->name);
		}
		fputc(']', to);
	} else {
		fprintf(to, "\"type\":\"integer\",\"minimum\":%" PRId64 ",\"maximum\":%" PRId64,
			k->min, k->max);
	}
}

static void schema_of_key(FILE *to, const struct xl_conf_key *k, unsigned depth)
{
	indent(to, depth);
	write_text(to, k->name);
	fputs(":{\"description\":", to);
	write_text(to, k->doc);
	fputc(',', to);
	if (k->begin) {
		fputs("\"type\":\"array\",\"items\":{", to);
		if (k->schema)
			fprintf(to, "%s,", k->schema);
		schema_of_map(to, k->sub, depth + 1);
		fputc('}', to);
	} else if (k->sub && k->set) {
		fputs("\"oneOf\":[{", to);
		schema_of_scalar(to, k);
		fputs("},{", to);
		schema_of_map(to, k->sub, depth + 1);
		fputs("}]", to);
	} else if (k->sub) {
		schema_of_map(to, k->sub, depth + 1);
	} else if (k->is_list) {
		fputs("\"type\":\"array\",\"items\":{", to);
		schema_of_scalar(to, k);
		fputc('}', to);
	} else {
		schema_of_scalar(to, k);
	}
	fputc('}', to);
}

static void schema_of_map(FILE *to, const struct xl_conf_key *keys, unsigned depth)
{
	const char *comma = "";

	fputs("\"type\":\"object\",\"additionalProperties\":false,\"required\":[", to);
	for (const struct xl_conf_key *k = keys; k->name; k++)
		if (k->is_required) {
			fputs(comma, to);
			write_text(to, k->name);
			comma = ",";
		}
	fputs("],\"properties\":{", to);
	for (const struct xl_conf_key *k = keys; k->name; k++) {
		schema_of_key(to, k, depth + 1);
		if (k[1].name)
			fputc(',', to);
	}
	indent(to, depth);
	fputc('}', to);
}

void xl_conf_write_schema(FILE *to)
{
	const char *comma = "";

	fputs("{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\n"
	      "\"title\":\"xlatlab translator configuration\",\n",
	      to);
	fputs("\"anyOf\":[", to);
	for (const struct xl_conf_key *k = xl_conf_keys; k->name; k++)
		if (k->is_mapping) {
			fprintf(to, "%s{\"required\":[", comma);
			write_text(to, k->name);
			fputs("]}", to);
			comma = ",";
		}
	fputs("],\n", to);
	schema_of_map(to, xl_conf_keys, 0);
	fputs("}\n", to);
}

/* ---- the list of keys in docs/configuration.md ---- */

static void list_keys(FILE *to, const struct xl_conf_key *keys, const char *path)
{
	char here[100], allowed[200];

	for (const struct xl_conf_key *k = keys; k->name; k++) {
		snprintf(here, sizeof(here), "%s%s%s", path, k->name, k->begin ? "[]" : "");
		fprintf(to, "| `%s` | %s%s | %s | %s%s%s%s |\n", here, xl_conf_allowed(k, allowed),
			k->is_list ? " (a list)" : "",
			k->is_required ? "required"
			: k->dflt      ? k->dflt
				       : "",
			k->doc, k->source ? " (" : "", k->source ? k->source : "",
			k->source ? ")" : "");
		snprintf(here, sizeof(here), "%s%s%s.", path, k->name, k->begin ? "[]" : "");
		/* the rows of a space's eamt are those of the default space's */
		if (k->sub && !(k->begin && *path))
			list_keys(to, k->sub, here);
		else if (k->sub && strcmp(k->name, "eamt") != 0)
			list_keys(to, k->sub, here);
	}
}

void xl_conf_write_keys(FILE *to)
{
	fputs("| key | allowed | default | meaning |\n| --- | --- | --- | --- |\n", to);
	list_keys(to, xl_conf_keys, "");
}
