/* failure.h - what a failing case shows: the requirement, what differs, both packets, how to see it again. */
#ifndef XL_FAILURE_H
#define XL_FAILURE_H

#include <stdio.h>

#include "conformance/results.h"

/* A YAML block (TAP 14: indented by two, between --- and ...). All text is quoted as JSON does it, so
 * nothing an implementation sends can leave its line. */
void xl_failure_yaml(FILE *to, const struct xl_result *r, const char *repro, const char *captures);

/* True for results that a person has to look at: unexpected ones, and known failures. */
bool xl_failure_is(const struct xl_result *r);

/* Writes DIR/<id with dots for slashes>.pcapng for a result that has packets: what was sent, expected and
 * seen, each with a comment. */
XL_MUST_CHECK int xl_failure_capture(const struct xl_result *r, const char *dir,
				     struct xl_diags *d);

/* The file's name in DIR. Returns buf. */
char *xl_failure_file(const char *id, const char *dir, char buf[static PATH_MAX]);

#endif
