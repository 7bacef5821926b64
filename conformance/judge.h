/* judge.h - what came out of one turn, held against what may come out: a verdict and its reasons.
 *
 * A turn has acceptable outcomes in order of preference, and each outcome is the whole set of packets
 * on all ports. The first outcome that what was seen fits decides. Each pair of wanted and seen packet is
 * compared twice, by decoding (cmp_fields.h) and by position (cmp_mask.h); where the two disagree, the
 * verdict is `error`: one of them, or the golden set, is wrong, and nobody can say which.
 */
#ifndef XL_JUDGE_H
#define XL_JUDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ref/base/box.h"
#include "vectors/golden.h"

enum xl_judged { /* the raw verdict of a case; xfail and xpass are views of it (expected.h) */
		 XL_PASS,
		 XL_FAIL,
		 XL_WEAK,
		 XL_INFO,
		 XL_UNSUPPORTED,
		 XL_SKIP,
		 XL_ERROR,
		 XL_JUDGED_COUNT
};

/* "pass", "fail", ... */
const char *xl_judged_text(enum xl_judged v);
/* False when the text is none of them. */
bool xl_judged_parse(const char *text, enum xl_judged *out);

struct xl_seen { /* one packet that came out; lent */
	uint16_t port;
	uint32_t len;
	const uint8_t *p;
	int64_t at_ns;
	uint32_t tag; /* as it came with the packet (attach.h); of no matter to the judge */
};

/* ---- values a translator chose, by name (bind, use) ---- */

enum { XL_BINDS_MAX = 16, XL_VALUE_BYTES = 16 };

struct xl_bind {
	const char *name; /* lent by the golden set */
	uint16_t n_bits;
	uint8_t value[XL_VALUE_BYTES]; /* right-aligned */
};

struct xl_binds {
	uint8_t n;
	struct xl_bind at[XL_BINDS_MAX];
};

/* ---- why a turn failed ---- */

enum { XL_DIFFS_MAX = 32, XL_DIFF_NAME_MAX = 64, XL_DIFF_VALUE_MAX = 96, XL_MESSAGE_MAX = 400 };

enum { XL_NO_PACKET = -1 };

/* One difference. Beside fields of packets ("ipv6.hlim", "quote.udp.sport") the name may be "port",
 * "len", "missing" (a wanted packet), "extra" (a packet nobody wanted), "order", "fragments", or that of
 * a rule of well-formedness ("sane"). */
struct xl_diff {
	char name[XL_DIFF_NAME_MAX];
	char want[XL_DIFF_VALUE_MAX], got[XL_DIFF_VALUE_MAX];
	uint32_t at; /* octet in the packet that was seen */
	int16_t want_no, got_no; /* XL_NO_PACKET: none */
};

struct xl_diffs {
	uint16_t n; /* kept */
	uint16_t n_lost;
	struct xl_diff at[XL_DIFFS_MAX];
};

void xl_diff_add(struct xl_diffs *d, const char *name, uint32_t at, const char *want,
		 const char *got);

struct xl_finding {
	enum xl_judged verdict; /* pass, weak, info, fail or error */
	int16_t outcome; /* which one fitted, or which one the differences are against */
	char message[XL_MESSAGE_MAX]; /* one line; empty with pass */
	struct xl_diffs diffs;
};

/* Judges a turn. `ports` name the ports in messages. Binds of the outcome that fitted are added to
 * *binds; on failure they are unchanged. */
void xl_judge(const struct xl_turn *turn, const struct xl_port *ports, uint16_t n_ports,
	      const struct xl_seen *seen, size_t n_seen, struct xl_binds *binds,
	      struct xl_finding *f);

/* One wanted packet against one seen packet, both comparers and the predicates; differences are
 * added to *d (NULL: only the answer). `agree` turns false when the comparers contradict each other. */
bool xl_judge_pair(const struct xl_want *w, const struct xl_seen *s, struct xl_binds *binds,
		   struct xl_diffs *d, bool *agree);

#endif
