/* wait.h - the monotonic clock, waiting for a descriptor until a deadline, and being told to stop.
 *
 * Model: a signal handler writes one octet into a pipe, and whoever waits for input waits for that pipe
 * too. No signal can get lost between a test and the wait, and nothing waits in a place that does not
 * look. The first signal asks a command to end in order; the next one ends the process as if nobody had
 * listened, so that a command that is stuck (in writing, say) can always be ended.
 */
#ifndef XL_IO_WAIT_H
#define XL_IO_WAIT_H

#include <stdint.h>

#include "ref/base/diag.h"

enum xl_wait { /* or XL_ERR_IO: poll failed */
	       XL_WAIT_LATE = 0, /* the deadline passed */
	       XL_WAIT_READY = 1, /* an event holds, or the other end hung up */
	       XL_WAIT_STOPPED =
		       2, /* stop_fd can be read: told first when an event holds as well */
};

/* Nanoseconds of CLOCK_MONOTONIC, what deadlines are given in. */
int64_t xl_clock_ns(void);

/* Waits until one of `events` (POLLIN, POLLOUT) holds for fd, stop_fd can be read, or deadline_ns is
 * past; a deadline of 0 only looks, XL_NEVER is none. stop_fd -1: nobody can stop it. */
XL_MUST_CHECK int xl_wait(int fd, short events, int stop_fd, int64_t deadline_ns);

/* What asks a command to end: SIGINT, SIGTERM, SIGHUP (its terminal went). */
enum { XL_STOP_SIGNALS = 3 };
extern const int xl_stop_signal[XL_STOP_SIGNALS];

/* From here on the first of them makes the descriptor that is returned readable, for good, and
 * gives them all back their default action. A signal that was ignored (nohup) stays so. XL_ERR_IO:
 * the reason is in d. Once at a time: signals belong to the process. */
XL_MUST_CHECK int xl_stop_open(struct xl_diags *d);

/* Gives the signals back as they were, and closes the descriptor. */
void xl_stop_close(void);

#endif
