/* live.h - a translator that runs until it is told to stop: signals, time, and its configuration anew.
 *
 *	xl_notice_open(fd, d);             // signals interrupt the read from here on
 *	xl_live_open(&live, d);            // reads the configuration
 *	while (read a packet, or be interrupted) {
 *		xl_chain_input(&live.now->chain, &live.now->door[version], &p);   // p.at_ns: xl_live_time()
 *		xl_live_arm(&live);
 *		if (xl_notice_came && !xl_live_attend(&live))
 *			break;
 *	}
 *	xl_live_close(&live);
 *
 * SIGHUP: another thread reads the files and builds the new translator, while this one goes on with the
 * old; when it is done, one takes the other's place between two packets. A file with a fault changes
 * nothing. The clock is read only where a packet's time can matter.
 */
#ifndef XL_CMD_LIVE_H
#define XL_CMD_LIVE_H

#include <pthread.h>
#include <stdatomic.h>

#include "ref/cmd/chain.h"
#include "ref/io/notice.h"
#include "ref/io/wait.h"

struct xl_live_set { /* what a configuration comes to */
	struct xl_chain chain;
	struct xl_chain_door door[7];
};

struct xl_live {
	/* set by the caller */
	const char *name; /* of the device, for messages */
	bool is_quiet;
	const struct xl_opt_list *config, *interface;
	struct xl_chain_watch watch; /* fit is called by the other thread */
	/* Before a configuration comes into force: the device follows it, or it stays out. */
	int (*adopt)(void *ctx, const struct xl_live_set *, struct xl_diags *);
	void (*count)(void *ctx); /* SIGUSR1 */
	/* filled in */
	struct xl_live_set *now;
	/* private */
	struct xl_live_set *next; /* NULL: it has a fault */
	struct xl_diags next_diags;
	pthread_t reader, self;
	atomic_bool is_read;
	bool is_reading, is_wanted;
	bool has_limits; /* of rates: each packet's time counts */
	int64_t now_ns, due_ns;
};

/* Reads the configuration, and brings it into force. */
XL_MUST_CHECK int xl_live_open(struct xl_live *l, struct xl_diags *d);
void xl_live_close(struct xl_live *l);

/* Does what signals asked for, and what time has brought. False: to be stopped. */
bool xl_live_attend(struct xl_live *l);

/* The time of a packet that is here now. */
static inline int64_t xl_live_time(struct xl_live *l)
{
	if (l->has_limits || l->due_ns != XL_NEVER)
		l->now_ns = xl_clock_ns();
	return l->now_ns;
}

void xl_live_rearm(struct xl_live *l, int64_t due_ns);

/* After a packet: when something is due, although none may come, it is done in time. */
static inline void xl_live_arm(struct xl_live *l)
{
	int64_t due_ns = xl_chain_due(&l->now->chain);

	if (due_ns != l->due_ns)
		xl_live_rearm(l, due_ns);
}

#endif
