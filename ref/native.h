/* native.h - forwarding without translation: RFC 7915 4.6 and 5.6, as a router does it. */
#ifndef XL_NATIVE_H
#define XL_NATIVE_H

#include "ref/xlat_int.h"

/* Forwards w's packet out of w->f.egress. Returns the rule that ends its way. */
uint16_t xl_native(struct xl_way *w);

#endif
