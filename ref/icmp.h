/* icmp.h - ICMPv4 <-> ICMPv6: RFC 7915 4.2, 4.3, 5.2, 5.3, as tables. */
#ifndef XL_ICMP_H
#define XL_ICMP_H

#include "ref/xlat_int.h"

enum xl_icmp_kind {
	XL_ICMP_DROP, /* the row's rule says why */
	XL_ICMP_ECHO,
	XL_ICMP_ERROR, /* quotes a packet; the second word becomes unused */
	XL_ICMP_ERROR_MTU, /* the same, with an MTU in the second word */
	XL_ICMP_ERROR_POINTER, /* with a pointer that a table translates */
	XL_ICMP_ERROR_NEXT_HEADER, /* with a pointer to the Next Header field */
};

struct xl_icmp_row {
	uint8_t type, code_first, code_last;
	uint8_t kind; /* enum xl_icmp_kind */
	uint8_t to_type, to_code;
	bool keeps_code; /* to_code does not count */
	uint16_t rule;
};

static inline bool xl_icmp_is_error_row(const struct xl_icmp_row *row)
{
	return row && row->kind >= XL_ICMP_ERROR;
}

/* The row for a message of the family `version`; there always is one. */
const struct xl_icmp_row *xl_icmp_row(uint8_t version, uint8_t type, uint8_t code);

/* Whether messages of this type are errors that must not be answered (Redirects included). */
bool xl_icmp_is_error_type(uint8_t version, uint8_t type);

/* Looks at the ICMP message of w->v, if it is one: sets w->icmp, and w->q when a packet is quoted.
 * XL_GO, or the rule why it cannot be translated. Changes nothing in the packet. */
uint16_t xl_icmp_look(struct xl_way *w);

/* Echo: type and checksum, in place. */
void xl_icmp_echo(struct xl_way *w);

/* Tells the trace what became of the first 8 octets, now at `icmp`. */
void xl_icmp_note(const struct xl_way *w, const uint8_t *icmp);

/* An error: builds the translated message in place, w->qf being the decision about the quoted packet.
 * XL_GO, and *l4 and *n are where it lies; or the rule that drops it. */
uint16_t xl_icmp_error(struct xl_way *w, uint8_t **l4, uint32_t *n);

/* The second word of the translated error: MTU, pointer or zero. False: the pointer has no
 * counterpart. */
bool xl_icmp_word(const struct xl_way *w, uint32_t *word);

#endif
