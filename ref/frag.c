/* frag.c - see frag.h.
 *
 * Pieces leave front to back, each header written over the tail of the piece before, which has gone by
 * then. Whoever takes a piece may write to the XL_TAILROOM octets behind it, where the next piece's
 * payload lies: these are kept aside meanwhile.
 */
#include "ref/frag.h"

#include <assert.h>

#include "ref/base/rd.h"

void xl_send_raw(struct xl_way *w, const uint8_t *at, uint32_t n)
{
	struct xl_pkt out = *w->p;

	out.off = (uint32_t)(at - out.buf);
	out.len = n;
	out.port = w->f.egress;
	xl_way_emit(w, &out);
}

void xl_send_piece(struct xl_way *w, const uint8_t *at, uint32_t n)
{
	uint8_t kept[XL_TAILROOM];
	struct xl_pkt out = *w->p;

	out.off = (uint32_t)(at - out.buf);
	out.len = n;
	out.cap = out.off + n + XL_TAILROOM;
	out.port = w->f.egress;
	memcpy(kept, out.buf + out.off + n, sizeof(kept));
	xl_way_emit(w, &out);
	memcpy(out.buf + out.off + n, kept, sizeof(kept));
}

void xl_piece_note(const struct xl_way *w, uint16_t rule, const uint8_t *at)
{
	static const struct xl_span in4[] = { { 16, 16 }, { 51, 13 }, { 50, 1 } };
	static const struct xl_span in6[] = { { 32, 16 }, { 336, 13 }, { 351, 1 } };
	const struct xl_span *field = at[0] >> 4 == 4 ? in4 : in6;

	for (size_t i = 0; i < sizeof(in4) / sizeof(in4[0]); i++)
		xl_way_note(w, rule, XL_NO_SPAN, field[i], at);
}

/* Writes the head of a piece at l4 and returns where it starts. */
static uint8_t *put_piece(const struct xl_way *w, const struct xl_head *head, uint8_t *l4)
{
	uint8_t *at = xl_head_put(head, l4);

	xl_piece_note(w, head->version == 6 ? XL_RULE_FRAGMENTED_6 : XL_RULE_FRAGMENTED_4, at);
	return at;
}

void xl_send(struct xl_way *w, struct xl_head *head, uint8_t *l4, uint32_t limit)
{
	uint32_t left = head->payload, piece;
	bool more = head->more;

	if (!limit || xl_head_size(head) + left <= limit) {
		xl_send_raw(w, xl_head_put(head, l4), xl_head_size(head) + left);
		return;
	}
	assert(head->frag_off + left <= 0xffff);
	head->is_fragment = true;
	piece = (limit - xl_head_size(head)) & ~7u;
	while (left > piece) {
		head->payload = piece;
		head->more = true;
		xl_send_piece(w, put_piece(w, head, l4), xl_head_size(head) + piece);
		l4 += piece;
		left -= piece;
		head->frag_off = (uint16_t)(head->frag_off + piece);
	}
	head->payload = left;
	head->more = more;
	xl_send_raw(w, put_piece(w, head, l4), xl_head_size(head) + left);
}
