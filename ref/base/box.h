/* box.h - a thing with ports through which packets pass in time.
 *
 * The reference, a plugin, a child process on a pipe, a live device, a chain of translators, a
 * simulator node and a whole topology are all boxes. Whoever drives one gives it packets with a time,
 * lets time pass with run(), and receives what comes out through emit.
 */
#ifndef XL_BASE_BOX_H
#define XL_BASE_BOX_H

#include <limits.h>
#include <stdint.h>

#include "ref/base/diag.h"
#include "ref/base/pkt.h"

enum xl_side { XL_SIDE_V4 = 4, XL_SIDE_V6 = 6 };

#define XL_NEVER INT64_MAX /* due(): nothing waits for time to pass */

struct xl_box;

struct xl_port {
	char name[16];
	enum xl_side side;
	uint32_t mtu;
};

struct xl_box_ops {
	void (*input)(struct xl_box *, struct xl_pkt *); /* lent; p->port is the ingress */
	int64_t (*due)(const struct xl_box *); /* next time run() has work, or XL_NEVER */
	void (*run)(struct xl_box *, int64_t now_ns);
	/* Returns when all that was sent has had its effect: nothing to do for a synchronous box, a
	 * barrier's round trip for a process or a live device. 0 or a negative enum xl_err. */
	int (*settle)(struct xl_box *, int64_t now_ns, struct xl_diags *);
	void (*free)(struct xl_box *);
};

struct xl_box {
	const struct xl_box_ops *ops;
	const struct xl_port *port;
	uint16_t n_ports;
	void (*emit)(void *to,
		     struct xl_pkt *); /* set by the driver before the first input; lent */
	void *to;
};

#endif
