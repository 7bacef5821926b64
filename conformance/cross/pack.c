/* pack.c - see pack.h. */
#include "conformance/cross/pack.h"

#include <stdlib.h>
#include <string.h>

#include "ref/base/rd.h"

void xl_pack_bytes(struct xl_pack *k, void *p, size_t n)
{
	if (k->is_writing && !k->bad && k->at + n > k->len) {
		size_t len = 2 * (k->at + n);
		uint8_t *more = realloc(k->p, len);

		k->bad = more == NULL;
		if (more) {
			k->p = more;
			k->len = len;
		}
	}
	if (k->bad || k->len - k->at < n) {
		k->bad = true;
		if (!k->is_writing)
			memset(p, 0, n);
		return;
	}
	if (n && k->is_writing)
		memcpy(k->p + k->at, p, n);
	else if (n)
		memcpy(p, k->p + k->at, n);
	k->at += n;
}

void xl_pack_u8(struct xl_pack *k, uint8_t *v)
{
	xl_pack_bytes(k, v, 1);
}

void xl_pack_u16(struct xl_pack *k, uint16_t *v)
{
	uint8_t b[2];

	xl_put16(b, *v);
	xl_pack_bytes(k, b, 2);
	*v = xl_get16(b);
}

void xl_pack_u32(struct xl_pack *k, uint32_t *v)
{
	uint8_t b[4];

	xl_put32(b, *v);
	xl_pack_bytes(k, b, 4);
	*v = xl_get32(b);
}

void xl_pack_blob(struct xl_pack *k, const uint8_t **p, uint32_t *n)
{
	xl_pack_u32(k, n);
	if (k->is_writing) {
		uint8_t *copy = malloc(*n ? *n : 1);

		k->bad |= copy == NULL;
		if (copy && *n)
			memcpy(copy, *p, *n);
		if (copy)
			xl_pack_bytes(k, copy, *n);
		free(copy);
		return;
	}
	if (k->bad || k->len - k->at < *n) {
		k->bad = true;
		*n = 0;
	}
	*p = k->p + k->at;
	k->at += *n;
}

static void pack_bool(struct xl_pack *k, bool *v)
{
	uint8_t b = *v;

	xl_pack_u8(k, &b);
	*v = b != 0;
}

static void pack_int(struct xl_pack *k, int *v)
{
	uint32_t u = (uint32_t)*v;

	xl_pack_u32(k, &u);
	*v = (int)u;
}

/* The number of rows, and when reading the rows themselves, zeroed. A count that the file cannot hold
 * is refused before anything is allocated. */
static void *pack_rows(struct xl_pack *k, void *rows, size_t *n, size_t row_bytes)
{
	uint32_t count = (uint32_t)*n;

	xl_pack_u32(k, &count);
	if (k->is_writing)
		return rows;
	if (k->bad || count > k->len - k->at) {
		k->bad = true;
		count = 0;
	}
	*n = count;
	rows = count ? calloc(count, row_bytes) : NULL;
	if (count && !rows) {
		k->bad = true;
		*n = 0;
	}
	return rows;
}

static void pack_prefix4(struct xl_pack *k, struct xl_prefix4 *p)
{
	xl_pack_bytes(k, p->addr.b, 4);
	xl_pack_u8(k, &p->len);
}

static void pack_prefix6(struct xl_pack *k, struct xl_prefix6 *p)
{
	xl_pack_bytes(k, p->addr.b, 16);
	xl_pack_u8(k, &p->len);
}

static void pack_prefixes4(struct xl_pack *k, struct xl_prefix4 **p, size_t *n)
{
	*p = pack_rows(k, *p, n, sizeof(**p));
	for (size_t i = 0; i < *n; i++)
		pack_prefix4(k, &(*p)[i]);
}

static void pack_iface(struct xl_pack *k, struct xl_conf_iface *f)
{
	uint8_t side = (uint8_t)f->side;

	xl_pack_bytes(k, f->name, sizeof(f->name));
	xl_pack_u8(k, &side);
	f->side = side == XL_SIDE_V4 ? XL_SIDE_V4 : XL_SIDE_V6;
	xl_pack_u32(k, &f->mtu);
	f->route = pack_rows(k, f->route, &f->n_routes, sizeof(*f->route));
	for (size_t i = 0; i < f->n_routes; i++) {
		xl_pack_u8(k, &f->route[i].family);
		if (f->route[i].family == 4)
			pack_prefix4(k, &f->route[i].p4);
		else
			pack_prefix6(k, &f->route[i].p6);
	}
	pack_prefixes4(k, &f->allow4, &f->n_allow4);
	f->allow6 = pack_rows(k, f->allow6, &f->n_allow6, sizeof(*f->allow6));
	for (size_t i = 0; i < f->n_allow6; i++)
		pack_prefix6(k, &f->allow6[i]);
	pack_bool(k, &f->has_filter);
}

static void pack_space(struct xl_pack *k, struct xl_conf_space *s)
{
	uint32_t priority = (uint32_t)s->priority;

	xl_pack_u32(k, &s->id);
	pack_bool(k, &s->has_prefix6);
	pack_prefix6(k, &s->prefix6);
	s->eam = pack_rows(k, s->eam, &s->n_eams, sizeof(*s->eam));
	for (size_t i = 0; i < s->n_eams; i++) {
		pack_prefix4(k, &s->eam[i].p4);
		pack_prefix6(k, &s->eam[i].p6);
		pack_bool(k, &s->eam[i].is_local);
	}
	s->iface = pack_rows(k, s->iface, &s->n_ifaces, sizeof(*s->iface));
	for (size_t i = 0; i < s->n_ifaces; i++)
		xl_pack_u16(k, &s->iface[i]);
	pack_prefixes4(k, &s->ipv4, &s->n_ipv4);
	xl_pack_u32(k, &priority);
	s->priority = (int32_t)priority;
}

#define PACK_ENUM(k, field) \
	do { \
		uint8_t pack_v = (uint8_t)(field); \
		xl_pack_u8(k, &pack_v); \
		(field) = pack_v; \
	} while (0)

void xl_pack_conf(struct xl_pack *k, struct xl_conf *c)
{
	uint32_t hi = (uint32_t)(c->seed >> 32), lo = (uint32_t)c->seed;

	if (!k->is_writing)
		memset(c, 0, sizeof(*c));
	PACK_ENUM(k, c->role);
	xl_pack_u32(k, &hi);
	xl_pack_u32(k, &lo);
	c->seed = (uint64_t)hi << 32 | lo;
	c->iface = pack_rows(k, c->iface, &c->n_ifaces, sizeof(*c->iface));
	for (size_t i = 0; i < c->n_ifaces; i++)
		pack_iface(k, &c->iface[i]);
	c->space = pack_rows(k, c->space, &c->n_spaces, sizeof(*c->space));
	for (size_t i = 0; i < c->n_spaces; i++)
		pack_space(k, &c->space[i]);
	pack_bool(k, &c->has_own4);
	pack_bool(k, &c->has_own6);
	xl_pack_bytes(k, c->own4.b, 4);
	xl_pack_bytes(k, c->own6.b, 16);
	pack_prefixes4(k, &c->pool6791, &c->n_pool6791);
	PACK_ENUM(k, c->pool_choice);
	pack_bool(k, &c->rfc5837);
	xl_pack_u32(k, &c->lowest_ipv6_mtu);
	for (size_t i = 0; i < XL_PLATEAUS_MAX; i++)
		xl_pack_u16(k, &c->plateau[i]);
	uint32_t n_plateaus = (uint32_t)c->n_plateaus;

	xl_pack_u32(k, &n_plateaus);
	c->n_plateaus = n_plateaus <= XL_PLATEAUS_MAX ? n_plateaus : 0;
	PACK_ENUM(k, c->hairpinning);
	PACK_ENUM(k, c->udp_zero);
	pack_int(k, &c->traffic_class);
	pack_int(k, &c->tos);
	PACK_ENUM(k, c->icmp_errors);
	xl_pack_u32(k, &c->errors_per_second);
	pack_bool(k, &c->drop_local_source);
	pack_bool(k, &c->require_eam_source);
}
