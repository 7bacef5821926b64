/* chain.h - translators one behind the other, as `-c FIRST -c NEXT` asks for.
 *
 * A packet enters the first stage. What a stage sends by the interface the packet came in by (an answer,
 * a hairpinned packet) goes back the way it came; what it sends by any other interface goes on to the
 * next stage, into its first interface of that IP version; behind the last stage, and back before the
 * first, it leaves the chain. So 464XLAT is a CLAT, then a PLAT, and its other direction the PLAT, then
 * the CLAT. A packet that passes more than XL_CHAIN_HOPS stages goes round in a circle and is dropped,
 * counted in n_lost.
 */
#ifndef XL_CMD_CHAIN_H
#define XL_CMD_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ref/conf.h"
#include "ref/io/opts.h"
#include "ref/xlat.h"

/* The options of a command that runs a chain. Its structure of arguments, `type`, has members `config`
 * and `interface` (struct xl_opt_list), for xl_chain_open() and xl_chain_doors(). */
/* clang-format off */
#define XL_CHAIN_OPTS(type) \
	XL_OPT('c', "config", LIST, "CONFIG", type, config, \
	       "configuration of the translator; several are stages of a chain: what one sends on, " \
	       "the next receives", .is_required = true), \
	XL_OPT('i', "if", LIST, "[STAGE:]INTERFACE", type, interface, \
	       "where packets of this interface's IP version enter; default: the first interface of " \
	       "that side of the first stage; give it once for each version")
/* clang-format on */

enum {
	XL_CHAIN_HOPS = 64,
	XL_CHAIN_ROOM = 2048 /* behind a packet, for answers that are longer */
};

struct xl_chain;

struct xl_stage {
	char *name; /* of its configuration file; 2:FILE when another stage has the same file */
	struct xl_conf conf;
	struct xlat *x;
	uint64_t n_by_act[4]; /* verdicts by enum xl_act */
	/* private */
	uint64_t n_before[XL_RULE_COUNT]; /* what xl_chain_inherit() brought */
	struct xl_chain *chain;
	unsigned no; /* from 0 */
};

struct xl_chain_watch { /* each may be NULL, but for leave */
	void *ctx;
	/* When its configuration is read and its translator not built: may change it, or refuse. */
	int (*fit)(void *ctx, struct xl_stage *, struct xl_diags *);
	void (*leave)(void *ctx, const struct xl_stage *, struct xl_pkt *); /* out of the chain */
	void (*enter)(void *ctx, const struct xl_stage *,
		      const struct xl_pkt *); /* before a stage */
	void (*note)(void *ctx, const struct xl_stage *, const struct xl_note *);
	void (*sent)(void *ctx, const struct xl_stage *, const struct xl_pkt *); /* by a stage */
	void (*verdict)(void *ctx, const struct xl_stage *, struct xl_verdict);
	void (*event)(void *ctx, const struct xl_stage *, const struct xl_event *);
};

struct xl_chain_queue;

struct xl_chain {
	struct xl_stage *stage;
	size_t n_stages;
	uint64_t n_lost; /* packets that went round in a circle, or found no memory */
	struct xl_chain_watch watch;
	/* private */
	struct xl_chain_hop *head, **tail;
	struct xl_chain_hop *current;
	int64_t now_ns;
};

/* Reads every configuration (all faults of all files) and builds the translators. */
XL_MUST_CHECK int xl_chain_open(struct xl_chain *c, const struct xl_opt_list *configs,
				const struct xl_chain_watch *watch, struct xl_diags *d);
void xl_chain_close(struct xl_chain *c);

/* How often a rule was the verdict's reason: xl_counters() and what came before. */
uint64_t xl_stage_count(const struct xl_stage *s, uint16_t rule);

/* The counters go on where those of `before` ended: a chain of as many stages, whose place c takes. */
void xl_chain_inherit(struct xl_chain *c, const struct xl_chain *before);

/* Where packets of an IP version enter: `names` are "INTERFACE" or "STAGE:INTERFACE" (from 1), each for
 * the version of its side; for a version without one, the first interface of that side of stage 1. */
struct xl_chain_door {
	bool is_there;
	uint16_t stage, port;
};
XL_MUST_CHECK int xl_chain_doors(const struct xl_chain *c, const struct xl_opt_list *names,
				 struct xl_chain_door door[static 7], struct xl_diags *d);

/* One packet, in a buffer with XL_HEADROOM before it and XL_CHAIN_ROOM behind. All it causes leaves before
 * the call returns. p->at_ns must not go back. The verdict is that of the stage it entered. After
 * XL_RULE_OFFLOAD_TOO_BIG the packet is as it was, and is not counted as one: its segments are, when it is
 * cut and they are put in. */
struct xl_verdict xl_chain_input(struct xl_chain *c, const struct xl_chain_door *door,
				 struct xl_pkt *p);

int64_t xl_chain_due(const struct xl_chain *c);

/* Does all that is due by now_ns, each thing at its time. */
void xl_chain_run(struct xl_chain *c, int64_t now_ns);

#endif
