/* cmd_conform.h - the subcommand that judges an implementation. */
#ifndef XL_CMD_CONFORM_H
#define XL_CMD_CONFORM_H

#include "conformance/results.h"

/* What `conform` needs from reports/, which lies above conformance/. May be NULL: results.jsonl and TAP are
 * then all there is. */
struct xl_conform_hooks {
	/* Writes the other renderings of the results into `dir`, which is there. */
	int (*render)(const struct xl_result_set *set, const char *dir, struct xl_diags *d);
};

int xl_cmd_conform(const struct xl_conform_hooks *hooks, int argc, char **argv);

#endif
