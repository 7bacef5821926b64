/* trace.h - what a translator did to one packet, for people (text) or programs (a line of JSON each).
 *
 * Between begin and end the notes, events and packets sent are collected; end prints them, because the
 * name of a field in the new packet is known only when that packet is complete. A line of JSON has a
 * "type": packet, note, event, between, sent or verdict. A packet that is translated back at once (RFC
 * 7757 4.2.2) has a "between": the notes before it tell how it was made, those after what became of it.
 */
#ifndef XL_CMD_TRACE_H
#define XL_CMD_TRACE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "ref/cmd/cmd.h"
#include "ref/xlat.h"

struct xl_trace;

/* NULL: no memory. */
struct xl_trace *xl_trace_new(FILE *to, bool is_json, const struct xl_explain_hooks *hooks);
void xl_trace_free(struct xl_trace *t);

/* The number of the packet that came in from outside, from 1, which JSON lines carry as "input". */
void xl_trace_number(struct xl_trace *t, uint64_t no);

/* `stage` names the translator, `interface` where the packet enters; both must live until end. */
void xl_trace_begin(struct xl_trace *t, const char *stage, const char *interface,
		    const struct xl_pkt *in);
void xl_trace_note(struct xl_trace *t, const struct xl_note *n);
void xl_trace_event(struct xl_trace *t, const struct xl_event *e);
void xl_trace_sent(struct xl_trace *t, const char *interface, const struct xl_pkt *out);

/* v is NULL when it was time that passed, without a packet; nothing is then printed if nothing
 * happened. */
void xl_trace_end(struct xl_trace *t, const struct xl_verdict *v);

/* "RFC 7915 4.1" from the clause "rfc7915-4.1-hop-limit"; the clause itself when it is of another form.
 * Returns buf. */
char *xl_clause_text(const char *clause, char buf[static 64]);

#endif
