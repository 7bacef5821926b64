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
	xl_way_mark(w, head->version == 6 ? XL_RULE_FRAGMENTED_6 : XL_RULE_FRAGMENTED_4);
	while (left > piece) {
		head->payload = piece;
		head->more = true;
		xl_send_piece(w, xl_head_put(head, l4), xl_head_size(head) + piece);
		l4 += piece;
		left -= piece;
		head->frag_off = (uint16_t)(head->frag_off + piece);
	}
	head->payload = left;
	head->more = more;
	xl_send_raw(w, xl_head_put(head, l4), xl_head_size(head) + left);
}
