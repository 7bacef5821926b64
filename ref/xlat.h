/* xlat.h - libxlat: a single-threaded IPv4/IPv6 translator without I/O, clock or globals.
 *
 *	struct xlat *x = xl_new(&conf, &env, &diags);
 *	struct xl_verdict v = xl_translate(x, &pkt);      // calls env.emit 0..n times before it returns
 *	xl_run(x, now);                                   // when xl_due(x) <= now
 *	xl_free(x);
 *
 * One packet goes in at an interface, at a time; zero or more come out, each with an interface. What
 * happened is a verdict whose rule is one row of rules.def: reason, counter, trace id and RFC clause at
 * once. Nothing is dropped without one. Not thread-safe; instances share nothing.
 */
#ifndef XL_XLAT_H
#define XL_XLAT_H

#include <stddef.h>
#include <stdint.h>

#include "ref/base/diag.h"
#include "ref/base/pkt.h"
#include "ref/base/rules.h"
#include "ref/conf.h"

struct xl_verdict {
	uint8_t act, n_out;
	uint16_t rule;
}; /* act: enum xl_act; n_out stops counting at 255 */

/* Where a field lies: bits from the start of the packet it is in. n_bits 0: nothing there. */
struct xl_span {
	uint32_t at_bit;
	uint16_t n_bits;
};

/* One rule applied. was/is point at the packet before and after; either may be NULL. `between` comes with
 * the rule of a hairpin (RFC 7757 4.2.2): the whole IPv4 packet that is then translated back, which
 * leaves nowhere; later notes are about that one. All lent. */
struct xl_note {
	uint16_t rule;
	const uint8_t *was, *is;
	struct xl_span was_at, is_at;
	const struct xl_pkt *between;
};

/* A system management event: RFC 7915 4.5 (zero UDP checksum), 5.1.1 (dropped and logged). The text
 * names the addresses and ports; what happened is the rule's to say. Lent. */
struct xl_event {
	uint16_t rule;
	int64_t at_ns;
	const char *text;
};

/* No callback may call a function that changes the same translator (xl_translate, xl_run, xl_eam_add,
 * xl_eam_remove, xl_free): what it was called from is not done. Other translators are free to use. */
struct xl_env {
	void *ctx; /* first argument of every callback */
	/* Required. The packet is lent, with whatever room is left around it (pkt.h); its buf[0, cap) may
	 * be written over. More of the same input may follow. */
	void (*emit)(void *ctx, struct xl_pkt *out);
	uint64_t (*random)(void *ctx); /* NULL: a generator seeded by conf.seed */
	void (*note)(void *ctx,
		     const struct xl_note *note); /* NULL: no trace, and no cost of one */
	void (*event)(void *ctx, const struct xl_event *event); /* NULL: only counted */
	void *(*alloc)(void *ctx, size_t n); /* NULL: malloc; both or neither */
	void (*free)(void *ctx, void *p);
};

struct xlat;

/* Builds the tables. Copies conf and env. NULL: the reasons are in diags. */
struct xlat *xl_new(const struct xl_conf *conf, const struct xl_env *env, struct xl_diags *diags);
void xl_free(struct xlat *x);

/* Translates one packet in the caller's buffer (pkt.h says how much room it needs around the packet).
 * p->at_ns must not go back. After the call the buffer's content is undefined, but for a super-packet that
 * must be cut first (XL_RULE_OFFLOAD_TOO_BIG): it is as it was. */
struct xl_verdict xl_translate(struct xlat *x, struct xl_pkt *p);

/* The same for n packets at one time, in order, with the table look-ups fetched ahead. */
void xl_translate_burst(struct xlat *x, struct xl_pkt *const p[], struct xl_verdict v[], size_t n);

/* Time passes: the earliest time at which xl_run() has something to do (XL_NEVER if none), and doing
 * all that is due at now_ns. */
int64_t xl_due(const struct xlat *x);
void xl_run(struct xlat *x, int64_t now_ns);

/* How often each rule was the verdict's reason, indexed by enum xl_rule_id; XL_RULE_COUNT numbers. */
const uint64_t *xl_counters(const struct xlat *x);

/* Adds, replaces or removes one EAM of a space at run time (an address moves); O(1). 0, or a negative
 * enum xl_err with a line in diags. */
XL_MUST_CHECK int xl_eam_add(struct xlat *x, uint32_t space_id, const struct xl_conf_eam *eam,
			     struct xl_diags *d);
XL_MUST_CHECK int xl_eam_remove(struct xlat *x, uint32_t space_id, const struct xl_conf_eam *eam,
				struct xl_diags *d);

#endif
