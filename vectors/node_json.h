/* node_json.h - a YAML node as JSON. */
#ifndef XL_VECTORS_NODE_JSON_H
#define XL_VECTORS_NODE_JSON_H

#include <stdbool.h>
#include <stdio.h>

#include "ref/io/yaml.h"

/* With keep_lines each scalar stands in the line it had in its file, so that who reads the JSON names the
 * right line in messages; otherwise all is one line. */
void xl_node_write_json(const struct xl_node *n, FILE *to, bool keep_lines);

#endif
