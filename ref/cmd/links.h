/* links.h - the interfaces of a translator as Ethernet links, each with one neighbour. */
#ifndef XL_CMD_LINKS_H
#define XL_CMD_LINKS_H

#include <stdint.h>

#include "ref/conf.h"
#include "ref/io/opts.h"

struct xl_links;

/* Each of `texts` is "INTERFACE=DEVICE,ADDRESS,NEXT-HOP": an interface of the configuration, a device of this network
 * namespace, our address on it and the neighbour's, of the family of the interface's side. NULL: every fault is
 * in d. */
struct xl_links *xl_links_open(const struct xl_opt_list *texts, const struct xl_conf *c,
			       struct xl_diags *d);
void xl_links_close(struct xl_links *l);

int xl_links_fd(const struct xl_links *l); /* readable when something came by any of them */

/* Asks every neighbour that has not told its address yet. True: there is none. */
bool xl_links_ask(struct xl_links *l);

/* Every IP packet that came, lent, with the number of its interface; questions of neighbours are answered. 0, or
 * XL_ERR_IO. */
XL_MUST_CHECK int xl_links_drain(struct xl_links *l,
				 void (*fn)(void *ctx, uint16_t port, const uint8_t *p, size_t n),
				 void *ctx, struct xl_diags *d);

/* One IP packet to the neighbour of an interface; dropped and counted while its address is not known, and
 * when the device refuses it. */
void xl_links_send(struct xl_links *l, uint16_t port, const uint8_t *p, size_t n);
uint64_t xl_links_lost(const struct xl_links *l);

#endif
