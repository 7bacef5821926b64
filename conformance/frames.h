/* frames.h - how a worker tells its parent what happened: frames on a pipe.
 *
 * The worker has run foreign code, so the parent takes nothing on trust: every number in a frame is
 * checked, every text is cut at its end, and what the golden set says is taken from the golden set.
 */
#ifndef XL_FRAMES_H
#define XL_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conformance/player.h"

enum xl_frame_kind {
	XL_FRAME_READY, /* the implementation is attached; its version */
	XL_FRAME_REFUSED, /* it could not be; a message */
	XL_FRAME_BEGIN, /* the case of that number starts now */
	XL_FRAME_REPORT, /* how it ended */
	XL_FRAME_OUTSIDE, /* the implementation wrote outside of its packet buffer; a message */
	XL_FRAME_LOG, /* a line of talk */
	XL_FRAME_END, /* all played, the implementation is closed */
	XL_FRAME_COUNT
};

enum { XL_FRAME_MAX = 1 << 20, XL_REPORT_PACKETS_MAX = 64, XL_REPORT_BYTES_MAX = 512 << 10 };

struct xl_frame {
	uint32_t kind, number, len; /* number: of the case in the golden set; len octets follow */
};

/* Writes a whole frame; async-signal-safe. False: the parent is gone. */
bool xl_frame_write(int fd, enum xl_frame_kind kind, uint32_t number, const void *p, size_t len);

/* A case as it ended. */
struct xl_report {
	struct xl_finding finding;
	uint16_t turn;
	int64_t took_ns;
	uint32_t n_sent, n_got, n_left_out; /* left out: got, but too many to keep */
	struct xl_seen *sent, *got; /* point into bytes */
	uint8_t *bytes;
};

bool xl_report_write(int fd, uint32_t number, const struct xl_played *played,
		     const struct xl_player *player, int64_t took_ns);

/* False when the frame is damaged; *r is then empty. */
bool xl_report_read(struct xl_report *r, const uint8_t *p, size_t n);
/* A copy that outlives the other; false: no memory, *to is then empty. */
bool xl_report_copy(struct xl_report *to, const struct xl_report *from);
void xl_report_fini(struct xl_report *r);

#endif
