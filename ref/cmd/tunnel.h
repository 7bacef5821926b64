/* tunnel.h - `xlatlab translate --tun`: live, with both sides on one TUN device. */
#ifndef XL_CMD_TUNNEL_H
#define XL_CMD_TUNNEL_H

#include "ref/base/diag.h"
#include "ref/io/opts.h"

struct xl_tunnel_args {
	const struct xl_opt_list *config, *interface;
	const char *device;
	bool is_quiet, has_no_offload;
};

/* Runs until SIGINT or SIGTERM. An exit status. */
int xl_tunnel_run(const struct xl_tunnel_args *a, struct xl_diags *d);

#endif
