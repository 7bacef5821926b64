/* event.c - system management events as a line of text: RFC 7915 4.5, 5.1.1.
 *
 *	198.51.100.2 > 192.0.2.33 ports 2000 > 4000
 */
#include "ref/base/rd.h"
#include "ref/parse.h"
#include "ref/xlat_int.h"

struct text {
	char *p, *end; /* end: where the NUL goes at the latest */
};

static void put(struct text *t, const char *s)
{
	while (*s && t->p < t->end)
		*t->p++ = *s++;
}

static void put_number(struct text *t, uint32_t n)
{
	char digits[11], *d = digits + sizeof(digits);

	*--d = '\0';
	do
		*--d = (char)('0' + n % 10);
	while (n /= 10);
	put(t, d);
}

static void put_address(struct text *t, struct xl_rd *r, uint8_t version)
{
	char buf[XL_IP6_TEXT_MAX];

	put(t, version == 4 ? xl_ip4_text(xl_rd_ip4(r), buf) : xl_ip6_text(xl_rd_ip6(r), buf));
}

static void put_ports(struct text *t, const struct xl_view *v)
{
	const uint8_t *l4 = v->p + v->l4;

	if (v->proto != XL_PROTO_UDP || !xl_is_first(v) || v->have - v->l4 < 4) {
		put(t, " next header ");
		put_number(t, v->proto);
		return;
	}
	put(t, " ports ");
	put_number(t, xl_get16(l4));
	put(t, " > ");
	put_number(t, xl_get16(l4 + 2));
}

void xl_way_event(const struct xl_way *w, uint16_t rule)
{
	const struct xl_env *env = &w->x->env;
	char line[200];
	struct text t = { line, line + sizeof(line) - 1 };
	struct xl_event event = { rule, w->p->at_ns, line };
	struct xl_rd r = xl_rd_init(xl_view_src(&w->v), w->v.version == 4 ? 8 : 32);

	if (!env->event)
		return;
	put_address(&t, &r, w->v.version);
	put(&t, " > ");
	put_address(&t, &r, w->v.version);
	put_ports(&t, &w->v);
	*t.p = '\0';
	env->event(env->ctx, &event);
}
