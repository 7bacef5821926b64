/* crew.h - the workers of a run: slots, their frames and their deadlines.
 *
 * Nothing foreign runs in this process. A worker gets a job, and its frames (frames.h) are read here; when
 * it crashes, exits, hangs or babbles, its process group is killed, the case announced last is charged,
 * and another worker starts behind that case.
 */
#ifndef XL_CREW_H
#define XL_CREW_H

#include <sys/types.h>

#include "conformance/jobs.h"
#include "conformance/ledger.h"
#include "conformance/talk.h"

enum { XL_CREW_MAX = 64 }; /* workers at a time */

struct xl_slot { /* one worker */
	pid_t pid; /* 0: free */
	int fd, talk_fd; /* its frames; its standard output and error */
	int exit_fd; /* readable when it has ended, whoever still holds its pipes; -1: not known */
	struct xl_talk said;
	struct xl_job *job;
	uint32_t current; /* announced and not yet reported, or NO_CASE */
	int64_t deadline_ns;
	bool is_ready, has_ended;
	char outside[160]; /* what it said about its own fault */
	char talk[400]; /* last line of the implementation */
	uint8_t *buf;
	size_t used;
};

struct xl_crew {
	const struct xl_run_plan *plan;
	struct xl_ledger *ledger;
	unsigned lines; /* of talk that were shown */
	bool has_hung_closing; /* one did: no other is waited for */
	struct xl_slot slot[XL_CREW_MAX];
};

/* Gives every free slot (plan->jobs of them) its next job. How many workers are busy; 0: all is done. */
size_t xl_crew_fill(struct xl_crew *c, struct xl_jobs *jobs);

/* Waits, a fifth of a second at most, for anything of any worker and deals with it. */
void xl_crew_turn(struct xl_crew *c);

/* Lists on standard error the processes of the workers that stayed; false: none did. */
bool xl_crew_show(const struct xl_crew *c);

/* Ends every worker and whatever left its group, and frees the slots. This process must have no other
 * children and must be their subreaper. */
void xl_crew_end(struct xl_crew *c);

#endif
