/* cmd.h - the subcommands that live in ref/cmd/. */
#ifndef XL_CMD_CMD_H
#define XL_CMD_CMD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ref/base/diag.h"
#include "ref/xlat.h"

int xl_cmd_translate(int argc, char **argv);

/* What `explain` needs from vectors/, which lies above ref/: packets from their text form, and names for
 * bits of a packet. Either may be NULL: the option is then refused, the bits are shown by number. */
struct xl_explain_hooks {
	/* The packet of `text` ("[ipv4: {src: ..., dst: ...}, udp: {}]"). 0 and *len, or a negative
	 * enum xl_err with a line in diags. */
	int (*build)(const char *text, uint8_t *buf, size_t cap, size_t *len, struct xl_diags *d);
	/* The field that the span lies in: its name, such as "ipv6.hlim", and, when the span is the
	 * whole field, its value as people write it, else "". False: no field holds it. */
	bool (*field)(const uint8_t *ip, size_t len, struct xl_span at, char name[static 64],
		      char value[static 128]);
};

int xl_cmd_explain(const struct xl_explain_hooks *hooks, int argc, char **argv);

#endif
