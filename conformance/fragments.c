/* fragments.c - see fragments.h. */
#include "conformance/fragments.h"

#include <string.h>

#include "conformance/sums.h"
#include "ref/base/rd.h"

enum { HOP_OPTS = 0, ROUTING = 43, FRAGMENT = 44, DEST_OPTS = 60 };
enum { IP4_MF = 0x2000, IP4_OFF = 0x1fff, IP6_HEAD = 40, FRAG_HEAD = 8, IP4_HEAD = 20 };

static struct xl_piece piece4(const uint8_t *p, uint32_t len)
{
	struct xl_piece x = { .family = 4 };
	uint32_t ihl = (p[0] & 15u) * 4, total;

	if (len < IP4_HEAD || ihl < IP4_HEAD || ihl > len)
		return x;
	total = xl_get16(p + 2);
	if (total < ihl || total > len)
		return x;
	x.ok = true;
	x.more = xl_get16(p + 6) & IP4_MF;
	x.off = (xl_get16(p + 6) & IP4_OFF) * 8u;
	x.id = xl_get16(p + 4);
	x.proto = p[9];
	x.head_len = ihl;
	x.len = total - ihl;
	x.addrs = p + 12;
	return x;
}

static struct xl_piece piece6(const uint8_t *p, uint32_t len)
{
	struct xl_piece x = { .family = 6 };
	uint32_t at = IP6_HEAD;
	uint8_t nh;

	if (len < IP6_HEAD || xl_get16(p + 4) + (uint32_t)IP6_HEAD > len)
		return x;
	len = xl_get16(p + 4) + (uint32_t)IP6_HEAD;
	for (nh = p[6]; nh == HOP_OPTS || nh == ROUTING || nh == DEST_OPTS;
	     at += 8 + p[at + 1] * 8u) {
		if (at + 8 > len || at + 8 + p[at + 1] * 8u > len)
			return x;
		nh = p[at];
	}
	if (nh != FRAGMENT || at + FRAG_HEAD > len)
		return x;
	x.ok = true;
	x.proto = p[at];
	x.off = xl_get16(p + at + 2) & 0xfff8u;
	x.more = p[at + 3] & 1;
	x.id = xl_get32(p + at + 4);
	x.head_len = at + FRAG_HEAD;
	x.len = len - x.head_len;
	x.addrs = p + 8;
	return x;
}

struct xl_piece xl_piece_of(const uint8_t *p, uint32_t len)
{
	if (len && p[0] >> 4 == 4)
		return piece4(p, len);
	if (len && p[0] >> 4 == 6)
		return piece6(p, len);
	return (struct xl_piece){ .ok = false };
}

bool xl_piece_same(const struct xl_piece *a, const struct xl_piece *b)
{
	return a->ok && b->ok && a->family == b->family && a->id == b->id &&
	       (a->family == 6 || a->proto == b->proto) &&
	       memcmp(a->addrs, b->addrs, a->family == 4 ? 8 : 32) == 0;
}

/* Headers of fragments differ only in lengths, offset, more-fragments and checksum. */
static bool same_head(const uint8_t *a, const uint8_t *b, const struct xl_piece *x)
{
	for (uint32_t i = 0; i < x->head_len; i++) {
		bool is_free =
			x->family == 4
				? i == 2 || i == 3 || i == 6 || i == 7 || i == 10 || i == 11
				: i == 4 || i == 5 || i == x->head_len - 6 || i == x->head_len - 5;

		if (!is_free && a[i] != b[i])
			return false;
	}
	/* DF and the reserved bits stay (IPv4); the reserved bits of the Fragment header (IPv6) too. */
	return x->family == 4 ? (a[6] & 0xc0) == (b[6] & 0xc0)
			      : (a[x->head_len - 5] & 6) == (b[x->head_len - 5] & 6);
}

static const struct xl_sum head_sum = { .kind = XL_SUM_IPV4, .at = 10, .to = 20 };

static const char *check_piece(const struct xl_seen *s, const struct xl_piece *x, uint32_t max)
{
	struct xl_sum sum = head_sum;

	if (!x->ok)
		return "a packet without fragment fields among the fragments";
	if (s->len > max)
		return "a fragment is larger than allowed";
	if (s->len != x->head_len + x->len)
		return "octets behind the end of a fragment";
	if (x->more && x->len % 8)
		return "a fragment that is not the last is no multiple of 8 octets";
	sum.to = x->head_len;
	if (x->family == 4 && !xl_sum_holds(&sum, s->p, s->len))
		return "a fragment has a wrong IPv4 header checksum";
	return NULL;
}

/* Lengths, offset, more-fragments and checksum of the whole, which itself is `w` of a datagram. */
static void finish(uint8_t *whole, uint32_t len, const struct xl_piece *x, const struct xl_piece *w)
{
	struct xl_sum sum = head_sum;

	if (x->family == 6) {
		xl_put16(whole + 4, len - IP6_HEAD);
		xl_put16(whole + x->head_len - 6, w->off | (whole[x->head_len - 5] & 6u) | w->more);
		return;
	}
	sum.to = x->head_len;
	xl_put16(whole + 2, len);
	xl_put16(whole + 6, (xl_get16(whole + 6) & 0xc000u) | (w->more ? IP4_MF : 0u) | w->off / 8);
	(void)xl_sum_fill(&sum, whole, len);
}

const char *xl_fragments_join(const struct xl_seen *const *piece, size_t n,
			      const struct xl_want *want, uint8_t *whole, uint32_t *len)
{
	struct xl_piece first = { 0 }, w = xl_piece_of(want->bytes, want->len);
	const uint8_t *head = NULL;
	uint32_t at = w.off;
	bool is_done = false;

	if (n < want->frag_min)
		return "fewer fragments than there must be";
	for (size_t i = 0; i < n; i++) {
		struct xl_piece x = xl_piece_of(piece[i]->p, piece[i]->len);
		const char *wrong = check_piece(piece[i], &x, want->frag_max);

		if (wrong)
			return wrong;
		if (x.off == w.off && !head) {
			first = x;
			head = piece[i]->p;
		}
	}
	if (!head)
		return "no fragment where the first must begin";
	memcpy(whole, head, first.head_len);
	for (size_t used = 0; used < n;
	     used++) { /* the piece that goes on where the last one ended */
		const struct xl_piece *next = NULL;
		struct xl_piece x;
		size_t i;

		for (i = 0; i < n && !next; i++) {
			x = xl_piece_of(piece[i]->p, piece[i]->len);
			if (x.off == at && (x.len || n == 1))
				next = &x;
		}
		if (is_done)
			return "fragments behind the last one, or overlapping";
		if (!next)
			return "fragments overlap or leave a gap";
		if (!xl_piece_same(&first, &x) || first.head_len != x.head_len ||
		    !same_head(head, piece[i - 1]->p, &x))
			return "the fragments' headers differ";
		if (first.head_len + at - w.off + x.len > XL_WHOLE_MAX)
			return "the fragments make more than a packet can hold";
		if (w.more && !x.more)
			return "a fragment says it is the last, and more must follow";
		memcpy(whole + first.head_len + at - w.off, piece[i - 1]->p + x.head_len, x.len);
		at += x.len;
		is_done = w.more ? at >= w.off + w.len : !x.more;
	}
	if (!is_done)
		return "the last fragment is missing";
	*len = first.head_len + at - w.off;
	finish(whole, *len, &first, &w);
	return NULL;
}
