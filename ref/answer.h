/* answer.h - ICMP errors that the translator originates itself: RFC 792, 1812 4.3, 4443, 7915 4.4, 5.4. */
#ifndef XL_ANSWER_H
#define XL_ANSWER_H

#include "ref/xlat_int.h"

/* Sends the sender of w's packet the error that belongs to `rule`, in its own family and out of the
 * interface it came by, unless an exemption, the rate limit or the configuration forbids it: then the
 * trace says which, and the result is false. The packet must still be as it came; it is used up. */
bool xl_answer(struct xl_way *w, uint16_t rule);

#endif
