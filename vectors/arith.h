/* arith.h - the judge's own address arithmetic: RFC 6052 and RFC 7757, bit by bit as the texts say it.
 *
 * It only holds the two forms of a name in a configuration against each other. No expectation of a case
 * is computed with it, and ref/ shares nothing with it.
 */
#ifndef XL_VECTORS_ARITH_H
#define XL_VECTORS_ARITH_H

#include <stdbool.h>

#include "ref/base/addr.h"
#include "ref/conf.h"

/* RFC 6052 2.2: the IPv4 address behind a prefix of 32, 40, 48, 56, 64 or 96 bits, bits 64 to 71 left out.
 * False: another length. */
bool xl_arith_embed(struct xl_prefix6 p, struct xl_ip4 a, struct xl_ip6 *out);
bool xl_arith_extract(struct xl_prefix6 p, struct xl_ip6 a, struct xl_ip4 *out);

/* RFC 7757 3.3: the bits behind the prefix of one side go behind the prefix of the other. False: the
 * address is not in the row's prefix. */
bool xl_arith_eam_4to6(const struct xl_conf_eam *e, struct xl_ip4 a, struct xl_ip6 *out);
bool xl_arith_eam_6to4(const struct xl_conf_eam *e, struct xl_ip6 a, struct xl_ip4 *out);

/* True when some space of the configuration maps one form to the other, or both are its own address. */
bool xl_arith_agree(const struct xl_conf *c, struct xl_ip4 a4, struct xl_ip6 a6);

#endif
