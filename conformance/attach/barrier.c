/* barrier.c - see barrier.h. */
#include "conformance/attach/barrier.h"

#include <string.h>

#include "conformance/sums.h"
#include "ref/base/rd.h"

static const char mark[16] = "xlatlab-barrier!";

enum { NUMBER_AT = 16, UDP = 17, UDP_HEAD = 8, IP4_HEAD = 20, IP6_HEAD = 40 };

bool xl_barrier_is(const uint8_t *p, size_t n, uint64_t *number)
{
	const uint8_t *payload;

	if (n < UDP_HEAD + XL_BARRIER_PAYLOAD)
		return false;
	payload = p + n - XL_BARRIER_PAYLOAD;
	if (memcmp(payload, mark, sizeof mark) != 0)
		return false;
	*number = (uint64_t)xl_get32(payload + NUMBER_AT) << 32 | xl_get32(payload + NUMBER_AT + 4);
	return true;
}

bool xl_barrier_make(const struct xl_barrier *b, uint64_t number, uint8_t *to)
{
	uint32_t n = b->in.len;
	bool is_ip4 = n && b->in.p[0] >> 4 == 4;
	uint32_t head = is_ip4 ? (b->in.p[0] & 15u) * 4 : IP6_HEAD;
	struct xl_sum sum = { .kind = XL_SUM_UDP,
			      .addr_len = is_ip4 ? 4 : 16,
			      .proto = UDP,
			      .at = head + 6,
			      .from = head,
			      .to = UINT32_MAX,
			      .src = is_ip4 ? 12 : 8,
			      .dst = is_ip4 ? 16 : 24 };
	uint64_t was;

	if (n < head + UDP_HEAD + XL_BARRIER_PAYLOAD || !xl_barrier_is(b->in.p, n, &was))
		return false;
	memcpy(to, b->in.p, n);
	xl_put32(to + n - XL_BARRIER_PAYLOAD + NUMBER_AT, (uint32_t)(number >> 32));
	xl_put32(to + n - XL_BARRIER_PAYLOAD + NUMBER_AT + 4, (uint32_t)number);
	return xl_sum_fill(&sum, to, n);
}

void xl_round_begin(struct xl_round *r)
{
	r->first = r->next;
	r->n_marks = 0;
	memset(r->back, 0, sizeof r->back);
	r->is_disordered = false;
}

uint64_t xl_round_mark(struct xl_round *r)
{
	uint64_t number = r->next;

	r->next += r->config->n_barriers;
	r->n_marks++;
	return number;
}

uint16_t xl_round_window(const struct xl_round *r, uint16_t port)
{
	uint32_t window = XL_NO_WINDOW;

	for (uint16_t i = 0; i < r->config->n_barriers; i++)
		if (r->config->barrier[i].out_port == port && r->back[i] < window)
			window = r->back[i];
	return (uint16_t)window;
}

bool xl_round_takes(struct xl_round *r, const uint8_t *p, size_t n)
{
	uint64_t number;
	uint32_t k, i;

	if (!xl_barrier_is(p, n, &number))
		return false;
	if (number < r->strict)
		return true;
	if (number < r->first || number >= r->next)
		return false;
	k = (uint32_t)((number - r->first) / r->config->n_barriers);
	i = (uint32_t)((number - r->first) % r->config->n_barriers);
	if (k < r->back[i])
		return r->is_disordered; /* a second time, unless it was overtaken */
	if (k > r->back[i])
		r->is_disordered = true;
	r->back[i] = k + 1;
	return true;
}

void xl_round_forgive(struct xl_round *r)
{
	r->strict = r->next;
}

bool xl_round_is_back(const struct xl_round *r)
{
	for (uint16_t i = 0; i < r->config->n_barriers; i++)
		if (r->back[i] < r->n_marks)
			return false;
	return true;
}
