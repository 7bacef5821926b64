/* req.h - conformance/requirements/rfcNNNN.yaml: every normative sentence, as rows. */
#ifndef XL_VECTORS_REQ_H
#define XL_VECTORS_REQ_H

#include "ref/base/diag.h"
#include "vectors/arena.h"
#include "vectors/golden.h"

struct xl_req {
	struct xl_requirement row;
	const char *untestable; /* NULL: a case can observe it */
	const char *
		part_of; /* the row of the sentence whose part this is, which gives it its level; or NULL */
	int64_t keywords;
	uint32_t file; /* index in xl_reqs.file */
	struct xl_loc loc;
};

struct xl_req_count { /* how often a section uses keywords of a level */
	const char *section;
	int64_t n[XL_REQ_PLAIN]; /* must, should, may */
	struct xl_loc loc;
};

struct xl_req_file {
	const char *path, *title;
	uint32_t rfc;
	struct xl_req_count *count;
	uint32_t n_counts;
	bool is_partial; /* lists only what binds a translator; keywords are counted where count says */
	int64_t untestable_most; /* percent of its rows, where the limit for all does not do; 0: it does */
	struct xl_loc loc;
};

struct xl_reqs {
	struct xl_req *row; /* sorted by id */
	size_t n;
	struct xl_req_file *file;
	size_t n_files;
};

/* Reads every rfc*.yaml of a directory. 0, or the faults are in d (what could be read is there). */
XL_MUST_CHECK int xl_reqs_read(struct xl_arena *a, const char *dir, struct xl_reqs *r,
			       struct xl_diags *d);

const struct xl_req *xl_req_find(const struct xl_reqs *r, const char *id);
const char *xl_req_level_text(enum xl_req_level l);

/* Holds the rows against the counts of their sections, and the counts against rfc_dir/rfcNNNN.txt unless
 * rfc_dir is NULL. The number of faults added. */
int xl_reqs_lint_keywords(const struct xl_reqs *r, const char *rfc_dir, struct xl_diags *d);

#endif
