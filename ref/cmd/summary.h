/* summary.h - what `translate` tells on standard error about packets and what became of them. */
#ifndef XL_CMD_SUMMARY_H
#define XL_CMD_SUMMARY_H

#include <stdint.h>

#include "ref/cmd/chain.h"

/* How many packets came to a stage, what became of them, and by which rule. */
void xl_summary_stage(const struct xl_stage *s);

/* "in: n not translated: what"; nothing for none. */
void xl_summary_left_out(const char *in, uint64_t n, const char *what);

void xl_summary_event(const struct xl_stage *s, const struct xl_event *e);

#endif
