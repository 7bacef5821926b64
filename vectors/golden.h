/* golden.h - compiled cases in memory: what the builder writes and the judge reads.
 *
 * The golden set is the program: the runner never sees case text. docs/golden.md describes the files.
 * xl_golden_open() maps them; every pointer below points into memory that lives until
 * xl_golden_close().
 */
#ifndef XL_VECTORS_GOLDEN_H
#define XL_VECTORS_GOLDEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ref/base/box.h"
#include "ref/base/diag.h"

enum xl_level { XL_LEVEL_MUST, XL_LEVEL_WEAK, XL_LEVEL_INFO }; /* of an outcome */
enum xl_req_level { XL_REQ_MUST, XL_REQ_SHOULD, XL_REQ_MAY, XL_REQ_PLAIN }; /* of a requirement */
enum xl_case_kind { XL_CASE_EXACT, XL_CASE_ALTERNATIVES, XL_CASE_LIVE };

struct xl_strs {
	const char *const *at;
	uint32_t n;
};

struct xl_bytes {
	const uint8_t *p;
	uint32_t len;
};

enum xl_sum_kind {
	XL_SUM_IPV4,
	XL_SUM_ICMPV4,
	XL_SUM_ICMPV6,
	XL_SUM_TCP,
	XL_SUM_UDP,
	XL_SUM_UDPLITE,
	XL_SUM_DCCP,
	XL_SUM_EXT, /* RFC 4884 extension structure */
};

/* A checksum at octet `at` over [from, to), to == UINT32_MAX: the end of the packet. Pseudo-header: the
 * two addresses of addr_len octets (0: none) at src and dst, proto, and the length of the range, or len when
 * that is not 0 (a checksum that covers a part: RFC 3828 3.2, RFC 4340 9.1). */
struct xl_sum {
	uint8_t kind, addr_len, proto;
	uint32_t at, from, to, src, dst, len;
};

enum xl_pred_kind {
	XL_PRED_IN,
	XL_PRED_NOT,
	XL_PRED_RANGE,
	XL_PRED_BIND,
	XL_PRED_USE,
	XL_PRED_NOT_USE,
	XL_PRED_LEN,
};

struct xl_pred {
	uint8_t kind;
	uint16_t n_bits;
	uint32_t at_bit, base; /* base: LEN */
	const char *name; /* BIND, USE, NOT_USE */
	const struct xl_bytes *value; /* IN: n values; NOT: one; RANGE: lo, hi */
	uint32_t n_values;
};

struct xl_want {
	uint16_t port, n_sums, n_preds;
	uint32_t len;
	uint32_t min_len; /* == len unless the packet may end early */
	uint32_t frag_max, frag_min; /* frag_max > 0: comes as fragments */
	const uint8_t *bytes, *mask; /* len octets each */
	const struct xl_sum *sum;
	const struct xl_pred *pred;
	bool is_malformed; /* on purpose: a length, version, checksum or header is not what it should be */
};

struct xl_outcome {
	enum xl_level level;
	bool is_ordered;
	int32_t sane_max; /* >= 0: no wants; at most so many packets, each well-formed. Otherwise -1 */
	uint16_t n; /* the WHOLE set on all ports; 0 is silence */
	const struct xl_want *want;
	const char *note;
};

struct xl_use {
	const char *name;
	uint32_t at_bit;
	uint16_t n_bits, n_sums;
	const struct xl_sum *sum;
};

struct xl_send {
	uint16_t port, n_uses;
	bool is_malformed; /* as in a want */
	struct xl_bytes bytes;
	const struct xl_use *use;
};

struct xl_turn {
	int64_t after_ns; /* time that passes before its sends */
	uint16_t n_sends, n_outcomes;
	const struct xl_send *send;
	const struct xl_outcome *outcome;
};

struct xl_case {
	const char *id, *title, *interpretation; /* interpretation: "" when there is none */
	enum xl_case_kind kind;
	enum xl_req_level level;
	uint16_t suite, config, n_turns; /* indices into struct xl_golden */
	bool is_fixed; /* literal addresses: not re-addressed */
	const struct xl_turn *turn;
	struct xl_strs covers, needs;
};

struct xl_barrier {
	uint16_t port, out_port;
	struct xl_bytes in, out, mask;
};

struct xl_golden_config {
	const char *name, *title,
		*json; /* json: the resolved translator configuration, one object */
	struct xl_strs features;
	const struct xl_port *port;
	uint16_t n_ports, n_barriers;
	const struct xl_barrier *barrier;
};

struct xl_requirement {
	const char *id, *section, *text;
	uint32_t rfc;
	enum xl_req_level level;
};

struct xl_golden {
	const char *version;
	struct xl_strs suites;
	const struct xl_golden_config *config;
	size_t n_configs;
	const struct xl_case *cases; /* sorted by id */
	size_t n_cases;
	const struct xl_requirement *requirement; /* sorted by id; those that a case covers */
	size_t n_requirements;
};

/* Opens a golden directory. NULL: every fault is in d, with the file's name. Nothing in the files is
 * trusted: record numbers, offsets and lengths are checked here, so that the judge need not. */
struct xl_golden *xl_golden_open(const char *dir, struct xl_diags *d);

/* The same with the cases of the suites alone for which is_needed(ctx, name) says so; the files of others
 * are not looked at. A case's id begins with the name of its suite and a slash. */
struct xl_golden *xl_golden_open_some(const char *dir,
				      bool (*is_needed)(const void *ctx, const char *suite),
				      const void *ctx, struct xl_diags *d);
void xl_golden_close(struct xl_golden *g);

/* By id; NULL when there is none. */
const struct xl_case *xl_golden_case(const struct xl_golden *g, const char *id);
const struct xl_requirement *xl_golden_requirement(const struct xl_golden *g, const char *id);

#endif
