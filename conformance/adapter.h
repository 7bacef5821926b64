/* adapter.h - what is judged and how to reach it: a folder with adapter.yaml (docs/adapters.md). */
#ifndef XL_ADAPTER_H
#define XL_ADAPTER_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "conformance/attach/hops.h"
#include "conformance/expected.h"
#include "ref/base/diag.h"
#include "ref/io/yaml.h"
#include "vectors/arena.h"
#include "vectors/golden.h"

enum {
	XL_ADAPTER_NAME_MAX = 64,
	XL_ADAPTER_ARGS_MAX = 32,
	XL_VERSION_MAX = 128,
	XL_GRACE_MS_MAX = 2000
};

struct xl_lack { /* a feature the IUT says it has not */
	const char *feature, *why;
};

struct xl_adapter {
	char name[XL_ADAPTER_NAME_MAX];
	char folder[PATH_MAX];
	const char *data; /* lent: the directory that holds conformance/ */
	const char *attachment; /* a name of the table in attach/attach.h */
	char plugin[PATH_MAX]; /* resolved; "" when the attachment needs none */
	const char *command[XL_ADAPTER_ARGS_MAX + 1]; /* NULL-terminated; as written */
	bool has_run; /* an executable `run` with verbs is in the folder */
	bool is_fresh_per_case; /* it learns from packets: each case has an instance of its own */
	bool is_multi_queue; /* its TUN device has several queues */
	struct xl_hops hops; /* that its host adds */
	uint16_t grace_ms; /* after the barrier, for packets that were overtaken */
	char version[XL_VERSION_MAX]; /* filled by xl_adapter_probe(), or by the plugin */
	uint32_t *claims; /* RFC numbers */
	size_t n_claims;
	struct xl_lack *lacks;
	size_t n_lacks;
	struct xl_expected expected;
	struct xl_tree *tree; /* owns the texts */
};

/* The adapters in conformance/adapters of `data`, sorted; the arena's. */
struct xl_strs xl_adapter_names(struct xl_arena *a, const char *data, struct xl_diags *d);

/* `iut` is a name in conformance/adapters of `data`, which is lent, or a folder. Every fault is in d. */
XL_MUST_CHECK int xl_adapter_open(struct xl_adapter *a, const char *iut, const char *data,
				  struct xl_diags *d);
void xl_adapter_close(struct xl_adapter *a);

enum { XL_ADAPTER_NOT_INSTALLED = 3, XL_ADAPTER_UNKNOWN_VERB = 64 }; /* exit statuses of `run` */

/* Runs `run NAME`, a verb without arguments; what it prints in out. Its exit status, or a negative enum xl_err. */
XL_MUST_CHECK int xl_adapter_verb(const struct xl_adapter *a, const char *name,
				  double timeout_scale, char *out, size_t cap, struct xl_diags *d);

/* With a `run`: a random verb must exit with 64, `probe` with 0 and the version on standard output (3: the
 * IUT is not installed), `setup` with 0. Without: nothing to do. 0, or XL_ERR_STATE. */
XL_MUST_CHECK int xl_adapter_setup(struct xl_adapter *a, double timeout_scale, struct xl_diags *d);
XL_MUST_CHECK int xl_adapter_teardown(struct xl_adapter *a, double timeout_scale,
				      struct xl_diags *d);

struct xl_adapter_place { /* where a verb runs */
	const char *const *env; /* "NAME=value" in addition to ours, NULL-terminated; NULL: none */
	int netns_fd; /* network namespace; 0: ours */
};

/* `run config FILE`, where there is a `run` that knows the verb: makes of the neutral configuration what the IUT
 * reads. Once a configuration, before the first start. */
XL_MUST_CHECK int xl_adapter_config(const struct xl_adapter *a, const char *file,
				    const struct xl_adapter_place *at, double timeout_scale,
				    struct xl_diags *d);

/* `run stop FILE`, the same way: what SIGTERM alone does not end of an instance. Before it, once an instance. */
XL_MUST_CHECK int xl_adapter_stop(const struct xl_adapter *a, const char *file,
				  const struct xl_adapter_place *at, double timeout_scale,
				  struct xl_diags *d);

/* The configuration as the implementation is given it: without the rows of `eamt` that need a feature it
 * lacks, since it may refuse a table that has one; a case that meets such a row is not judged. One object
 * of JSON, allocated. NULL, told: no memory. */
char *xl_adapter_translator(const struct xl_adapter *a, const struct xl_golden_config *c,
			    struct xl_diags *d);

/* Why a case is not judged with this adapter, written to `why`: XL_UNSUPPORTED (lacks a feature that the
 * case needs), XL_SKIP (its suite's RFC is not claimed), or XL_PASS: it is judged. */
enum xl_judged xl_adapter_admits(const struct xl_adapter *a, const struct xl_golden *g,
				 const struct xl_case *c, bool all_rfcs, char *why, size_t cap);

#endif
