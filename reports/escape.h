/* escape.h - text of foreign origin inside XML and Markdown: it can be read and does nothing.
 *
 * Both take away what conformance/plain.h takes away (controls, malformed UTF-8, noncharacters, which XML 1.0
 * section 2.2 forbids), and then what would be markup.
 */
#ifndef XL_REPORTS_ESCAPE_H
#define XL_REPORTS_ESCAPE_H

#include <stdio.h>

/* As character data or an attribute's value in either kind of quotes; one line. */
void xl_escape_xml(FILE *to, const char *text);

/* The same for character data of several lines. */
void xl_escape_xml_lines(FILE *to, const char *text);

/* As text of GitHub Flavored Markdown, also in a cell of a table; one line. */
void xl_escape_markdown(FILE *to, const char *text);

/* "<https://...>" when the text is an address of the web and nothing else, otherwise as text. */
void xl_escape_markdown_link(FILE *to, const char *text);

/* What a file may be called after a name: letters, digits, dash, underscore and dot, never empty, no dot at
 * the beginning; cut to 63. Returns buf. */
char *xl_escape_file_name(const char *name, char buf[static 64]);

#endif
