/* case_reading.h - a case while it is read: shared by its head (case.c) and its steps (case_steps.c). */
#ifndef XL_VECTORS_CASE_READING_H
#define XL_VECTORS_CASE_READING_H

#include "vectors/compile.h"

enum { XL_CASE_TURNS_MAX = 64, XL_CASE_PACKETS_MAX = 256, XL_CASE_NEEDS_MAX = 32 };

struct xl_turn_text { /* of one turn: what was sent, as text and as octets */
	int64_t after_ns;
	struct xl_send send[XL_CASE_PACKETS_MAX];
	struct xl_packet *sent[XL_CASE_PACKETS_MAX];
	struct xl_built built[XL_CASE_PACKETS_MAX];
	uint16_t n_sends;
	struct xl_want want[XL_CASE_PACKETS_MAX]; /* of `expect` lines */
	uint16_t n_wants;
	bool has_expect, has_other; /* expect lines; one of the other three forms */
	struct xl_outcome *outcome;
	uint16_t n_outcomes;
	struct xl_loc loc;
};

struct xl_case_reading {
	const struct xl_case_reader *r;
	const struct xl_config *config;
	struct xl_reader packets;
	struct xl_builder *builder;
	uint64_t hash;
	const struct xl_node *node;
	struct xl_turn turn[XL_CASE_TURNS_MAX];
	struct xl_turn_text *now;
	uint16_t n_turns;
	bool has_fault, has_preds, has_alternatives;
	const char *need[XL_CASE_NEEDS_MAX];
	uint32_t n_needs;
	const char *bound[XL_CASE_NEEDS_MAX];
	uint32_t n_bound;
};

void xl_case_fault(struct xl_case_reading *g, struct xl_loc loc, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

enum xl_case_map { XL_MAP_CASE, XL_MAP_SEND, XL_MAP_WANT, XL_MAP_FRAGMENTS, XL_MAP_OUTCOME };

/* Every key of n that such a map may not have is a fault. */
void xl_case_check_keys(struct xl_case_reading *g, const struct xl_node *n, enum xl_case_map map);

/* Something that a translator must be able to do for this case; once each. */
void xl_case_need(struct xl_case_reading *g, const char *need);

/* Reads `steps` into g->turn. */
void xl_case_steps(struct xl_case_reading *g);

#endif
