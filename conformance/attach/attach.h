/* attach.h - how packets reach an implementation: one row for each way, each makes a box. */
#ifndef XL_ATTACH_H
#define XL_ATTACH_H

#include <stdbool.h>
#include <stdint.h>

#include "conformance/guard.h"
#include "ref/base/box.h"
#include "vectors/golden.h"

struct xl_adapter;

struct xl_attach_to { /* lent until the box is freed */
	const struct xl_adapter *adapter;
	const struct xl_golden_config *config;
	double timeout_scale;
	uint64_t seed;
	bool is_again; /* this process had such a box before: what lasts is there already */
	const char *scratch; /* an absolute directory for files the implementation reads */
	/* One line of talk of the implementation; may be NULL. */
	void (*log)(void *ctx, const char *text);
	void *ctx;
};

/* How cases are told apart that are sent before any of them has had its effect. Between two settlings, tag of a
 * packet that comes out says between which marks (from 0) it came out of its port, XL_NO_WINDOW (barrier.h) where
 * that cannot be said. */
struct xl_in_flight {
	void (*mark)(struct xl_box *); /* behind what was sent for one case */
	bool (*was_in_order)(
		const struct xl_box *); /* once it has settled: did all marks come as sent? */
};

struct xl_attach_row {
	const char *name;
	bool needs_plugin; /* a shared object; otherwise a command */
	bool has_virtual_time; /* time can be let pass; otherwise waiting costs real time */
	bool is_by_version; /* no ports: the side is the IP version, so two of them, one a side */
	bool is_one_device; /* for both sides: one MTU */
	bool has_mtu; /* devices: nothing larger than the MTU goes in */
	bool is_namespaced; /* the worker moves into namespaces of its own first */
	const struct xl_in_flight *in_flight; /* NULL: one case at a time */
	int (*open)(const struct xl_attach_to *, struct xl_box **, struct xl_diags *);
};

/* NULL: there is none. */
const struct xl_attach_row *xl_attach_named(const char *name);
const char *xl_attach_names(void); /* "plugin, pcap, socket, tun, link" */

/* Why a case cannot be carried by such an attachment, or NULL. Known before a run. */
const char *xl_attach_cannot(const struct xl_attach_row *row, const struct xl_golden_config *config,
			     const struct xl_case *c);

int xl_attach_plugin(const struct xl_attach_to *to, struct xl_box **box, struct xl_diags *d);
int xl_attach_pcap(const struct xl_attach_to *to, struct xl_box **box, struct xl_diags *d);
int xl_attach_socket(const struct xl_attach_to *to, struct xl_box **box, struct xl_diags *d);
int xl_attach_link(const struct xl_attach_to *to, struct xl_box **box, struct xl_diags *d);
int xl_attach_tun(const struct xl_attach_to *to, struct xl_box **box, struct xl_diags *d);

/* Why an instance that this process had did not end well, or NULL. */
const char *xl_attach_fault(void);

/* The version a plugin says it has; "" with others. Lent by the box. */
const char *xl_attach_version(const struct xl_box *box);

#endif
