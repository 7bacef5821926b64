/* process.h - an implementation that is a process, as a box: what all transports of packets to one share.
 *
 * Nothing tells that a packet was dropped but a barrier behind it, so settling sends one in each direction and
 * waits until they are back. Whatever the process does wrong is a fault: the case in play becomes an error.
 */
#ifndef XL_PROCESS_H
#define XL_PROCESS_H

#include <limits.h>

#include "conformance/adapter.h"
#include "conformance/attach/attach.h"
#include "conformance/attach/barrier.h"
#include "ref/io/child.h"

enum { XL_PROCESS_ENV_MAX = 16 };

struct xl_process;

struct xl_transport {
	size_t state_bytes; /* of `state` below, zeroed */
	enum xl_child_io io;
	bool has_virtual_time; /* packets carry their time; otherwise waiting costs real time */
	bool is_device; /* there when a barrier is back, not when the command runs */
	int (*before)(struct xl_process *,
		      struct xl_diags *); /* the command starts; NULL: nothing */
	int (*after)(struct xl_process *, struct xl_diags *); /* it has started; NULL: nothing */
	void (*put)(struct xl_process *, const uint8_t *p, size_t n, uint16_t port);
	int (*fd)(const struct xl_process *); /* readable when a packet came */
	void (*drain)(struct xl_process *); /* all that came to xl_process_take(); never waits */
	void (*check)(
		struct xl_process *); /* has anything been lost since the last call? A fault once
						  * it has settled before. NULL: nothing can be lost */
	void (*close)(struct xl_process *); /* after the command has ended; NULL: nothing */
};

struct xl_process {
	struct xl_box box;
	const struct xl_transport *via;
	void *state; /* the transport's own */
	const struct xl_attach_to *to;
	struct xl_child child;
	struct xl_round round;
	char config_path[PATH_MAX]; /* what the command reads: JSON */
	char yaml_path[PATH_MAX]; /* the same, as YAML */
	const char *env[XL_PROCESS_ENV_MAX + 1]; /* for the command; `before` adds to it */
	int netns_fd; /* where the command runs, set by `before`; 0: where we are */
	uint8_t *buf; /* XL_PACKET_MAX + 1 octets */
	char fault[XL_MESSAGE_MAX]; /* the first since the last settling; "": none */
	bool has_started, is_dead, has_settled;
	bool is_in_flight; /* marks of this round have been sent */
	int64_t now_ns;
};

/* The box, its command started. 0 or a negative enum xl_err. */
XL_MUST_CHECK int xl_process_open(const struct xl_transport *via, const struct xl_attach_to *to,
				  struct xl_box **box, struct xl_diags *d);

/* What transports call. take(): p is one packet that came by `port`. */
void xl_process_take(struct xl_process *s, uint8_t *p, size_t n, uint16_t port);
void xl_process_fault(struct xl_process *s, const char *text);
uint16_t xl_process_port_of(const struct xl_process *s, const uint8_t *p,
			    size_t n); /* by IP version */

/* Waits until there is room to write at `write_fd` (-1: no matter) or something to read, which is taken: who only
 * writes may wait for ever for one that waits to be read. False: the deadline passed, or a fault. */
bool xl_process_wait(struct xl_process *s, int write_fd, int64_t deadline_ns);

/* Of a box that is such a process (attach.h). */
extern const struct xl_in_flight xl_process_in_flight;

/* When packets that were just sent must be back. */
int64_t xl_process_deadline(const struct xl_process *s);

/* Adds "NAME=value" (it must live as long as the box) to what the command finds in its environment. */
void xl_process_env(struct xl_process *s, const char *text);

/* To the command's standard input or socket, waiting for room where it must. */
void xl_process_write(struct xl_process *s, const uint8_t *p, size_t n);

#endif
