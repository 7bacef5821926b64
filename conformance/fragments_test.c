/* fragments_test.c - what is a fragment, which belong together, and what a set of them makes. */
#include "conformance/fragments.h"

#include "conformance/sums.h"
#include "ref/base/rd.h"
#include "ref/base/tap.h"

enum { IP4 = 20, IP6 = 40, FRAG = 8, DATA = 40, ROOM = IP6 + FRAG + 2 * DATA, N_MAX = 4 };

static const struct xl_sum head_sum = { .kind = XL_SUM_IPV4, .at = 10, .to = IP4 };

struct scene { /* one datagram in pieces */
	uint8_t octets[N_MAX][ROOM];
	struct xl_seen seen[N_MAX];
	const struct xl_seen *piece[N_MAX];
	size_t n;
	uint32_t head; /* octets before the payload of each */
	bool is_ip4;
};

static void sum_head(uint8_t *p)
{
	(void)xl_sum_fill(&head_sum, p, IP4);
}

/* Octets [from, to) of a payload that counts up. */
static void add(struct scene *s, uint32_t from, uint32_t to, bool more)
{
	uint8_t *p = s->octets[s->n];
	uint32_t len = s->head + to - from;

	if (s->is_ip4) {
		p[0] = 0x45;
		xl_put16(p + 2, len);
		xl_put16(p + 4, 7);
		xl_put16(p + 6, from / 8 | (more ? 0x2000u : 0));
		p[8] = 64;
		p[9] = 17;
		xl_put32(p + 12, 0xc0000201);
		xl_put32(p + 16, 0xc0000202);
		sum_head(p);
	} else {
		p[0] = 0x60;
		xl_put16(p + 4, len - IP6);
		p[6] = 44;
		p[7] = 64;
		p[23] = 1;
		p[39] = 2;
		p[IP6] = 17;
		xl_put16(p + IP6 + 2, from | more);
		xl_put32(p + IP6 + 4, 7);
	}
	for (uint32_t i = from; i < to; i++)
		p[s->head + i - from] = (uint8_t)i;
	s->seen[s->n] = (struct xl_seen){ .len = len, .p = p };
	s->piece[s->n] = &s->seen[s->n];
	s->n++;
}

static void start(struct scene *s, bool is_ip4)
{
	memset(s, 0, sizeof *s);
	s->is_ip4 = is_ip4;
	s->head = is_ip4 ? IP4 : IP6 + FRAG;
}

static void both(struct scene *s)
{
	add(s, 0, 24, true);
	add(s, 24, DATA, false);
}

static void reversed(struct scene *s)
{
	add(s, 24, DATA, false);
	add(s, 0, 24, true);
}

static void gap(struct scene *s)
{
	add(s, 0, 16, true);
	add(s, 24, DATA, false);
}

static void overlap(struct scene *s)
{
	add(s, 0, 24, true);
	add(s, 16, DATA, false);
}

static void twice(struct scene *s)
{
	both(s);
	add(s, 24, DATA, false);
}

static void no_first(struct scene *s)
{
	add(s, 24, DATA, false);
}

static void no_last(struct scene *s)
{
	add(s, 0, 24, true);
}

static void not_eights(struct scene *s)
{
	add(s, 0, 20, true);
	add(s, 24, DATA, false);
}

static void other_id(struct scene *s)
{
	both(s);
	s->octets[1][s->is_ip4 ? 5 : IP6 + 7]++;
	if (s->is_ip4)
		sum_head(s->octets[1]);
}

static void other_hop(struct scene *s)
{
	both(s);
	s->octets[1][s->is_ip4 ? 8 : 7]--;
	if (s->is_ip4)
		sum_head(s->octets[1]);
}

static void padded(struct scene *s)
{
	both(s);
	s->seen[1].len++;
}

static void too_large(struct scene *s)
{
	add(s, 0, 2 * DATA, false);
}

static void no_fragment(struct scene *s)
{
	both(s);
	s->octets[1][0] = 0;
}

static const struct row {
	const char *what;
	void (*make)(struct scene *);
	const char *wrong; /* a part of what it says; NULL: they make the whole */
} rows[] = {
	{ "two", both, NULL },
	{ "two, the last first", reversed, NULL },
	{ "a gap", gap, "leave a gap" },
	{ "an overlap", overlap, "overlap" },
	{ "one of them twice", twice, "behind the last one" },
	{ "without the first", no_first, "no fragment where the first must begin" },
	{ "without the last", no_last, "the last fragment is missing" },
	{ "20 octets before another", not_eights, "no multiple of 8" },
	{ "two identifications", other_id, "headers differ" },
	{ "two hop limits", other_hop, "headers differ" },
	{ "an octet behind the end", padded, "octets behind the end" },
	{ "one larger than allowed", too_large, "larger than allowed" },
	{ "one that is no fragment", no_fragment, "without fragment fields" },
};

static void check_whole(const struct scene *s, const uint8_t *whole, uint32_t len, const char *what)
{
	struct scene want;

	start(&want, s->is_ip4);
	add(&want, 0, DATA, false);
	is_int(len, want.seen[0].len, "%s: length of the whole", what);
	ok(memcmp(whole, want.octets[0], want.seen[0].len) == 0, "%s: each octet of it", what);
}

/* The pieces of `s` for a want of the octets [from, to) of the payload. */
static const char *join_part(const struct scene *s, struct xl_want want, uint32_t from, uint32_t to,
			     bool more, uint8_t *whole, uint32_t *len)
{
	struct scene w;

	start(&w, s->is_ip4);
	add(&w, from, to, more);
	want.bytes = w.octets[0];
	want.len = w.seen[0].len;
	return xl_fragments_join(s->piece, s->n, &want, whole, len);
}

static const char *join(const struct scene *s, uint32_t max, uint32_t min, uint8_t *whole,
			uint32_t *len)
{
	return join_part(s, (struct xl_want){ .frag_max = max, .frag_min = min }, 0, DATA, false,
			 whole, len);
}

/* A fragment that is cut further: its pieces begin where it did, and more follow if more did. */
static void test_part(bool is_ip4)
{
	static const struct {
		const char *what;
		uint32_t from, cut, to;
		bool more;
		const char *wrong;
	} parts[] = {
		{ "the part itself", 16, 24, 40, true, NULL },
		{ "a part from 0 on", 0, 24, 40, true, "where the first must begin" },
		{ "a part that ends the datagram", 16, 24, 40, false, "and more must follow" },
		{ "a part without its end", 16, 24, 32, true, "the last fragment is missing" },
		{ "a part that goes beyond", 16, 24, 48, true, NULL }, /* another length */
	};
	static uint8_t whole[XL_WHOLE_MAX];
	static struct scene s, want;

	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		const char *said;
		uint32_t len = 0;

		start(&s, is_ip4);
		add(&s, parts[i].from, parts[i].cut, true);
		add(&s, parts[i].cut, parts[i].to, parts[i].more);
		said = join_part(&s, (struct xl_want){ .frag_max = 100, .frag_min = 2 }, 16, 40,
				 true, whole, &len);
		ok(parts[i].wrong ? said && strstr(said, parts[i].wrong) : !said, "IPv%c: %s",
		   is_ip4 ? '4' : '6', parts[i].what);
		if (said)
			continue;
		start(&want, is_ip4);
		add(&want, parts[i].from, parts[i].to, true);
		is_int(len, want.seen[0].len, "its length");
		ok(memcmp(whole, want.octets[0], len) == 0, "each octet of it");
	}
}

static void test_join(bool is_ip4)
{
	static uint8_t whole[XL_WHOLE_MAX];
	static struct scene s;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct row *r = &rows[i];
		const char *said;
		uint32_t len = 0;

		start(&s, is_ip4);
		r->make(&s);
		said = join(&s, s.head + DATA, 1, whole, &len);
		if (!ok(r->wrong ? said && strstr(said, r->wrong) : !said, "IPv%c: %s",
			is_ip4 ? '4' : '6', r->what))
			printf("# says '%s'\n", said ? said : "(it is whole)");
		if (!r->wrong)
			check_whole(&s, whole, len, r->what);
	}
}

static void test_least(void)
{
	static uint8_t whole[XL_WHOLE_MAX];
	static struct scene s;
	uint32_t len;

	start(&s, true);
	both(&s);
	ok(!join(&s, 100, 2, whole, &len), "two are two at least");
	is_str(join(&s, 100, 3, whole, &len), "fewer fragments than there must be",
	       "and not three");
	s.octets[1][10] ^= 1;
	is_str(join(&s, 100, 2, whole, &len), "a fragment has a wrong IPv4 header checksum",
	       "each header's checksum counts");
}

/* DF stays with each piece (RFC 791); the two reserved bits of the Fragment header (RFC 8200 4.5) too. */
static void test_kept_bits(void)
{
	static uint8_t whole[XL_WHOLE_MAX];
	static struct scene s;
	uint32_t len;

	start(&s, false);
	both(&s);
	s.octets[0][IP6 + 3] |= 4;
	is_str(join(&s, 100, 2, whole, &len), "the fragments' headers differ",
	       "reserved bits in one piece");
	s.octets[1][IP6 + 3] |= 4;
	ok(!join(&s, 100, 2, whole, &len), "in both");
	is_int(whole[IP6 + 3], 4, "are in the whole");
	start(&s, true);
	both(&s);
	s.octets[0][6] |= 0x40;
	sum_head(s.octets[0]);
	is_str(join(&s, 100, 2, whole, &len), "the fragments' headers differ", "DF in one piece");
}

static void test_pieces(void)
{
	static struct scene s;
	struct xl_piece a, b;

	for (int family = 4; family <= 6; family += 2) {
		start(&s, family == 4);
		both(&s);
		a = xl_piece_of(s.octets[0], s.seen[0].len);
		b = xl_piece_of(s.octets[1], s.seen[1].len);
		ok(a.ok && a.more && a.off == 0 && a.len == 24 && a.id == 7, "IPv%d: first",
		   family);
		ok(b.ok && !b.more && b.off == 24 && b.len == 16, "IPv%d: last", family);
		ok(xl_piece_same(&a, &b), "IPv%d: of one datagram", family);
		s.octets[1][family == 4 ? 15 : 23] ^= 4;
		b = xl_piece_of(s.octets[1], s.seen[1].len);
		ok(!xl_piece_same(&a, &b), "IPv%d: not with another source", family);
		for (uint32_t n = 0; n < s.seen[0].len; n++)
			if (xl_piece_of(s.octets[0], n).ok)
				ok(false, "IPv%d: cut to %u octets it is none", family, n);
	}
	/* The protocol is part of the key with IPv4 alone (RFC 791; RFC 8200 4.5). */
	b = a = xl_piece_of(s.octets[0], s.seen[0].len);
	b.proto = 6;
	ok(xl_piece_same(&a, &b), "IPv6: another next header");
	a.family = b.family = 4;
	ok(!xl_piece_same(&a, &b), "IPv4: another protocol");
}

int main(void)
{
	test_join(true);
	test_join(false);
	test_part(true);
	test_part(false);
	test_least();
	test_kept_bits();
	test_pieces();
	return done();
}
