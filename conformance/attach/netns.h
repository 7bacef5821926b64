/* netns.h - namespaces that a live run has to itself.
 *
 * Network: nothing that could answer, forward or be disturbed. Processes: whoever is started inside dies
 * with the process that entered, also one that made itself a daemon. Nothing has a name in the file
 * system, so nothing is left behind, however the run ends.
 */
#ifndef XL_NETNS_H
#define XL_NETNS_H

#include <stdbool.h>

#include "ref/base/diag.h"

/* Moves the rest of the program into new network, mount and process namespaces, without root in a new user
 * namespace too. Returns 0 in a child that is process 1 there; the caller itself waits for that child, ends as it
 * ends and never returns. The child dies with it. A negative enum xl_err: the system refused, and d says what it
 * wants. */
XL_MUST_CHECK int xl_netns_enter(struct xl_diags *d);

/* Devices that are made in this network namespace from now on have no IPv6 of their own: the kernel says nothing on
 * them that was not asked for. */
void xl_netns_silence(void);

/* In such a namespace: ends every process but the caller. */
void xl_netns_kill_others(void);

#endif
