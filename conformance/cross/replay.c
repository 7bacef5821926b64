/* replay.c - plays packed exact cases to the reference and compares each bit; TAP on stdout.
 *
 *	replay FILE
 *
 * Needs nothing but libxlat and pack.c, so it runs wherever a cross compiler and an emulator do. It is
 * not the judge: one outcome a turn, bytes under a mask and checksums, no predicates.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/cross/pack.h"
#include "ref/base/rd.h"
#include "ref/base/tap.h"
#include "ref/xlat.h"

enum { OUT_MAX = 64, OUT_BYTES_MAX = 65600 };

struct out {
	uint16_t port;
	uint32_t len;
	bool is_taken;
	uint8_t bytes[OUT_BYTES_MAX];
};

static struct out outs[OUT_MAX];
static size_t n_outs;
static uint8_t lent[XL_HEADROOM + XL_PACKET_MAX + XL_TAILROOM];

static void on_emit(void *ctx, struct xl_pkt *p)
{
	(void)ctx;
	if (n_outs < OUT_MAX && p->len <= OUT_BYTES_MAX) {
		outs[n_outs].port = p->port;
		outs[n_outs].len = p->len;
		outs[n_outs].is_taken = false;
		memcpy(outs[n_outs].bytes, xl_pkt_data(p), p->len);
	}
	n_outs++;
}

static uint64_t sum16(const uint8_t *p, size_t n)
{
	uint64_t s = 0;

	for (size_t i = 0; i + 1 < n; i += 2)
		s += xl_get16(p + i);
	return n % 2 ? s + ((uint64_t)p[n - 1] << 8) : s;
}

/* One checksum row against a packet; the row is read from k in any case. */
static bool sum_holds(struct xl_pack *k, const struct out *o)
{
	uint8_t addr_len = 0, proto = 0;
	uint32_t from = 0, to = 0, src = 0, dst = 0;
	uint64_t s;

	xl_pack_u8(k, &addr_len);
	xl_pack_u8(k, &proto);
	xl_pack_u32(k, &from);
	xl_pack_u32(k, &to);
	xl_pack_u32(k, &src);
	xl_pack_u32(k, &dst);
	to = to < o->len ? to : o->len;
	if (from > to || src + addr_len > o->len || dst + addr_len > o->len)
		return false;
	s = sum16(o->bytes + from, to - from);
	if (addr_len)
		s += sum16(o->bytes + src, addr_len) + sum16(o->bytes + dst, addr_len) + proto +
		     (to - from);
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return s == 0xffff;
}

static bool bytes_match(const struct out *o, const uint8_t *want, const uint8_t *mask, uint32_t len)
{
	if (o->len != len)
		return false;
	for (uint32_t i = 0; i < len; i++)
		if ((o->bytes[i] ^ want[i]) & mask[i])
			return false;
	return true;
}

/* Reads one want and takes the first packet that fits it. */
static bool want_met(struct xl_pack *k)
{
	uint16_t port = 0, n_sums = 0;
	uint32_t len = 0, mask_len = 0;
	const uint8_t *bytes, *mask;
	size_t sums_at, after = 0;
	bool met = false;

	xl_pack_u16(k, &port);
	xl_pack_blob(k, &bytes, &len);
	xl_pack_blob(k, &mask, &mask_len);
	xl_pack_u16(k, &n_sums);
	sums_at = k->at;
	for (size_t i = 0; i <= n_outs && !met; i++) {
		/* the last round matches nothing: it only moves behind the rows */
		static const struct out nothing;
		const struct out *o = i < n_outs ? &outs[i] : &nothing;
		bool good = i < n_outs && !o->is_taken && o->port == port &&
			    bytes_match(o, bytes, mask, len);

		k->at = sums_at;
		for (uint16_t s = 0; s < n_sums; s++)
			good &= sum_holds(k, o);
		after = k->at;
		met = good;
		if (met)
			outs[i].is_taken = true;
	}
	k->at = after;
	return met;
}

static bool turn_passes(struct xl_pack *k, struct xlat *x, int64_t *now)
{
	uint16_t n_sends = 0, n_wants = 0;
	uint32_t after_ms = 0;
	bool pass = true;

	n_outs = 0;
	xl_pack_u32(k, &after_ms);
	*now += INT64_C(1000000) * after_ms;
	xl_run(x, *now);
	xl_pack_u16(k, &n_sends);
	for (uint16_t i = 0; i < n_sends; i++) {
		struct xl_pkt p = {
			.buf = lent, .cap = sizeof(lent), .off = XL_HEADROOM, .at_ns = ++*now
		};
		const uint8_t *bytes;

		xl_pack_u16(k, &p.port);
		xl_pack_blob(k, &bytes, &p.len);
		if (p.len <= XL_PACKET_MAX) {
			memcpy(lent + XL_HEADROOM, bytes, p.len);
			(void)xl_translate(x, &p);
		}
	}
	xl_pack_u16(k, &n_wants);
	for (uint16_t i = 0; i < n_wants; i++)
		pass &= want_met(k);
	return pass && n_outs == n_wants;
}

static void replay(struct xl_pack *k)
{
	static struct xl_diags d;
	uint32_t n_configs = 0, n_cases = 0;
	struct xlat **x;
	int64_t now = 0;

	xl_diags_init(&d);
	xl_pack_u32(k, &n_configs);
	x = calloc(n_configs ? n_configs : 1, sizeof(struct xlat *));
	for (uint32_t i = 0; x && i < n_configs; i++) {
		struct xl_env env = { .emit = on_emit };
		struct xl_conf c;

		xl_pack_conf(k, &c);
		x[i] = xl_new(&c, &env, &d);
		ok(x[i] != NULL, "configuration %u is accepted", i);
		xl_conf_fini(&c);
	}
	xl_pack_u32(k, &n_cases);
	for (uint32_t i = 0; x && i < n_cases && !k->bad; i++) {
		const uint8_t *id;
		uint32_t id_len = 0;
		uint16_t config = 0, n_turns = 0;
		bool pass = true;

		xl_pack_blob(k, &id, &id_len);
		xl_pack_u16(k, &config);
		xl_pack_u16(k, &n_turns);
		now += INT64_C(86400000000000); /* a day: whatever a case left behind has expired */
		for (uint16_t t = 0; t < n_turns; t++)
			pass &= config < n_configs && x[config] && turn_passes(k, x[config], &now);
		ok(pass && !k->bad, "%s", (const char *)id);
	}
	ok(!k->bad && n_cases > 0, "the file held what it promised");
	for (uint32_t i = 0; x && i < n_configs; i++)
		xl_free(x[i]);
	free(x);
	xl_diags_print(&d, stderr);
}

int main(int argc, char **argv)
{
	struct xl_pack k = { .is_writing = false };
	FILE *f = argc == 2 ? fopen(argv[1], "rb") : NULL;
	long n;

	if (!f || fseek(f, 0, SEEK_END) != 0 || (n = ftell(f)) <= 0 || fseek(f, 0, SEEK_SET) != 0) {
		fprintf(stderr, "usage: replay FILE\n");
		return 2;
	}
	k.len = (size_t)n;
	k.p = malloc(k.len);
	if (!k.p || fread(k.p, 1, k.len, f) != k.len) {
		perror(argv[1]);
		return 3;
	}
	fclose(f);
	replay(&k);
	free(k.p);
	return done();
}
