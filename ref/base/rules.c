/* rules.c - see rules.h. */
#include "ref/base/rules.h"

static const struct xl_rule rules[XL_RULE_COUNT] = {
#define XL_RULE(id, name, act, clause, text) [XL_RULE_##id] = { name, clause, text, act },
#include "ref/base/rules.def"
#undef XL_RULE
};

const struct xl_rule *xl_rule(uint16_t id)
{
	return &rules[id];
}

const char *xl_act_text(uint8_t act)
{
	static const char *const text[] = { "sent", "answered", "dropped", "held", "note" };

	return text[act];
}
