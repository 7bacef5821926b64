/* frag.h - a translated packet leaves: whole, or cut into fragments in place.
 *
 * RFC 7915 4.1 (IPv4 packets without DF), 5.1.1 (IPv6 packets of at most 1280 octets before a narrower
 * IPv4 link), RFC 791 2.3 for native forwarding.
 */
#ifndef XL_FRAG_H
#define XL_FRAG_H

#include "ref/header.h"
#include "ref/xlat_int.h"

/* Writes `head` before its payload at l4 and emits the packet out of `egress`; in pieces of at most
 * `limit` octets when it is longer than that. A limit of 0 is none. The last piece must not end beyond
 * what a datagram can hold (parse.h: xl_view_overruns). */
void xl_send(struct xl_way *w, struct xl_head *head, uint8_t *l4, uint32_t limit);

/* Emits n octets at `at` as they are; as a piece when more of the packet lies behind them. */
void xl_send_raw(struct xl_way *w, const uint8_t *at, uint32_t n);
void xl_send_piece(struct xl_way *w, const uint8_t *at, uint32_t n);

/* Tells the trace how long the piece at `at` is, where it goes, and whether more follow. */
void xl_piece_note(const struct xl_way *w, uint16_t rule, const uint8_t *at);

#endif
