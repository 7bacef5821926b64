/* rules.h - everything that can happen to a packet, one row each (rules.def).
 *
 * A row is the reason of a verdict, the id of a trace note, a counter, and the link to the requirement
 * (its clause is an id in conformance/requirements/). A verdict's reason is the last rule applied.
 */
#ifndef XL_BASE_RULES_H
#define XL_BASE_RULES_H

#include <stdint.h>

enum xl_act { XL_ACT_SENT, XL_ACT_ANSWERED, XL_ACT_DROPPED, XL_ACT_HELD, XL_ACT_NOTE };

struct xl_rule {
	const char *name; /* lower case with dashes, unique: what counters and traces print */
	const char *clause; /* requirement id, e.g. "rfc7915-4.1-hop-limit" */
	const char *text; /* one sentence for people */
	uint8_t act; /* what a packet whose reason this is comes to; XL_ACT_NOTE: trace only */
};

enum xl_rule_id {
#define XL_RULE(id, name, act, clause, text) XL_RULE_##id,
#include "ref/base/rules.def"
#undef XL_RULE
	XL_RULE_COUNT
};

/* The row of a rule; `id` < XL_RULE_COUNT. */
const struct xl_rule *xl_rule(uint16_t id);

/* "sent", "answered", "dropped", "held", "note". */
const char *xl_act_text(uint8_t act);

#endif
