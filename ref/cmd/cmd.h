/* cmd.h - the subcommands that live in ref/cmd/. */
#ifndef XL_CMD_CMD_H
#define XL_CMD_CMD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ref/base/diag.h"
#include "ref/xlat.h"

int xl_cmd_translate(int argc, char **argv);

/* What `explain` needs from vectors/, which lies above ref/: packets from their text form and in a line of
 * words, and names for bits of a packet. */
struct xl_explain_hooks {
	/* The packet of `text` ("[ipv4: {src: ..., dst: ...}, udp: {}]"). 0 and *len, or a negative
	 * enum xl_err with a line in diags. */
	int (*build)(const char *text, uint8_t *buf, size_t cap, size_t *len, struct xl_diags *d);
	/* The packet, any octets, in a line: layers, addresses, fragment, ICMP type and code. Returns
	 * buf. */
	char *(*summary)(const uint8_t *ip, size_t len, char *buf, size_t cap);
	/* The field that the span lies in: its name, such as "ipv6.hlim", and, when the span is the
	 * whole field, what `bits` (the number, in whole octets) is in it as people write it, else "".
	 * False: no field holds it. */
	bool (*field)(const uint8_t *ip, size_t len, struct xl_span at, const uint8_t *bits,
		      char name[static 64], char value[static 128]);
};

int xl_cmd_explain(const struct xl_explain_hooks *hooks, int argc, char **argv);

#endif
