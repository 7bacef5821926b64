/* notice.h - signals for a program that waits in a blocking read() and nowhere else.
 *
 * Model: a handler notes the signal and makes the descriptor that is read non-blocking. If the read
 * sleeps already, the signal interrupts it (EINTR); if the signal comes in the moment before, the read
 * finds the descriptor non-blocking and does not fall asleep (EAGAIN). So nothing gets lost between a
 * look and the read, and the way of a packet has no poll() and no system call but read() and write().
 * xl_notice_take() makes the descriptor blocking again before it looks at what was noted.
 */
#ifndef XL_IO_NOTICE_H
#define XL_IO_NOTICE_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "ref/base/diag.h"

enum xl_notice {
	XL_NOTICE_STOP = 1, /* SIGINT, SIGTERM: the first; the next one ends the process */
	XL_NOTICE_COUNT = 2, /* SIGUSR1 */
	XL_NOTICE_RELOAD = 4, /* SIGHUP */
	XL_NOTICE_WAKE = 8, /* SIGALRM: time has come, or another thread is done */
};

/* From here on these signals interrupt read(fd); fd must be of our own opening, as O_NONBLOCK belongs to
 * all who share it. A signal that was ignored (nohup) stays so, but SIGALRM. Once at a time. */
XL_MUST_CHECK int xl_notice_open(int fd, struct xl_diags *d);

/* Gives the signals back as they were. */
void xl_notice_close(void);

extern volatile sig_atomic_t xl_notice_came; /* nonzero: call xl_notice_take() */

/* What came since the last call: bits of enum xl_notice. The same signal twice may be one. */
unsigned xl_notice_take(void);

/* XL_NOTICE_WAKE at that time of xl_clock_ns(), replacing the one before; XL_NEVER: none. */
void xl_notice_wake_at(int64_t due_ns);

#endif
