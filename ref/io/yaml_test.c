/* yaml_test.c - places, refusals, every truncation, and JSON through the same parser. */
#include "ref/io/yaml.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ref/base/tap.h"

static const char sample[] = "# a comment\n"
			     "role: siit\n"
			     "interfaces: [{name: v4, mtu: 1500}, {name: \"v6\"}]\n"
			     "eamt:\n"
			     "  - {ipv4: 192.0.2.1, ipv6: '2001:db8::1'}\n"
			     "  - ipv4: 192.0.2.2\n"
			     "    ipv6: 2001:db8::2\n"
			     "text: |\n"
			     "  two\n"
			     "  lines\n"
			     "empty:\n"
			     "\"esc\\u0041\\ud83d\\ude00\": \"a\\x00b\"\n";

static struct xl_diags diags;

static struct xl_tree *read_text(const char *text, size_t n)
{
	xl_diags_init(&diags);
	return xl_tree_read_text(text, n, "t.yaml", &diags);
}

static const struct xl_node *root_of(struct xl_tree *t)
{
	return t ? xl_tree_root(t) : NULL;
}

static void test_tree(void)
{
	struct xl_tree *t = read_text(sample, sizeof(sample) - 1);
	const struct xl_node *root = root_of(t), *n;
	int64_t v = 0;

	if (!ok(root && root->kind == XL_YAML_MAP, "a map is read"))
		return;
	is_int(root->n, 6, "with its six pairs");
	ok(xl_node_is(root->key[0], "role"), "in the file's order");
	ok(xl_node_is(xl_node_get(root, "role"), "siit"), "a plain scalar");
	n = xl_node_get(root, "interfaces");
	is_int(n ? n->n : 0, 2, "a sequence in flow form");
	ok(n && xl_node_int(xl_node_get(n->item[0], "mtu"), &v) && v == 1500, "an integer");
	n = xl_node_get(n->item[1], "name");
	ok(n->is_quoted && n->loc.line == 3 && n->loc.col == 44, "a quoted scalar and its place");
	n = xl_node_get(root, "eamt");
	is_int(n->loc.line, 5, "a block sequence: its line");
	is_int(n->item[1]->loc.col, 5, "a block map: its column");
	ok(xl_node_is(xl_node_get(n->item[1], "ipv6"), "2001:db8::2"), "colons inside a scalar");
	ok(xl_node_is(xl_node_get(root, "text"), "two\nlines\n"), "a literal block");
	n = xl_node_get(root, "empty");
	ok(n && n->len == 0 && !n->is_quoted, "an empty value");
	n = xl_node_get(root, "escA\xf0\x9f\x98\x80");
	ok(n && n->len == 3 && memcmp(n->text, "a\0b", 4) == 0, "escapes, a NUL among them");
	ok(!xl_node_get(n, "x") && !xl_node_get(NULL, "x"), "no map has no key");
	is_str(n->loc.file, "t.yaml", "the file's name");
	xl_tree_free(t);
}

static void test_refused(void)
{
	static const struct {
		const char *what, *in, *want;
		unsigned line, col;
	} row[] = {
		{ "an unclosed sequence", "a: [1, 2", "not YAML or JSON: flow sequence", 2, 1 },
		{ "an unclosed string", "a: \"x", "not YAML or JSON: double-quoted", 1, 5 },
		{ "a tab as indentation", "\tx: 1", "not YAML or JSON: invalid tab", 1, 1 },
		{ "a map behind a map", "a: b: c", "not YAML or JSON: invalid nested", 1, 5 },
		{ "an anchor", "a: &x 1\n", "anchors are not allowed", 1, 7 },
		{ "an alias", "a: 1\nb: *x\n", "aliases are not allowed", 2, 5 },
		{ "a tag", "a: !!str 1\n", "tags are not allowed", 1, 10 },
		{ "a duplicate key", "a: 1\nb: 2\na: 3\n",
		  "key 'a' is given twice: the first is at 1:1", 3, 1 },
		{ "a duplicate key, quoted once", "{a: 1, \"a\": 3}",
		  "key 'a' is given twice: the first is at 1:2", 1, 8 },
		{ "a map as key", "{a: 1}: b\n", "a key must be a scalar", 1, 1 },
		{ "a sequence as key", "? [a]\n: b\n", "a key must be a scalar", 1, 3 },
		{ "a second document", "a: 1\n---\nb: 2\n", "a second document", 2, 1 },
		{ "octets that are no UTF-8", "a: 1\nb: \"\xff\xfe\"\n",
		  "not YAML or JSON: octet 0xff: UTF-8 text is allowed", 2, 5 },
		{ "UTF-16", "\xff\xfe:", "not YAML or JSON: octet 0xff", 1, 1 },
		{ "random octets", "\x83\xb3#", "not YAML or JSON: octet 0x83", 1, 1 },
		{ "a control", "a: \001\n", "not YAML or JSON: octet 0x01", 1, 4 },
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct xl_tree *t = read_text(row[i].in, strlen(row[i].in));
		const struct xl_diag *d = &diags.at[0];

		ok(!t, "%s is refused", row[i].what);
		if (!ok(diags.n == 1 && strncmp(d->text, row[i].want, strlen(row[i].want)) == 0,
			"%s: one message says so", row[i].what))
			xl_diags_print(&diags, stdout);
		is_int(d->loc.line, row[i].line, "%s: the line", row[i].what);
		if (row[i].col)
			is_int(d->loc.col, row[i].col, "%s: the column", row[i].what);
		xl_tree_free(t);
	}
}

/* A string literal cannot hold it in the middle of a row. */
static void test_nul(void)
{
	struct xl_tree *t = read_text("a: 1\n\0", 6);

	ok(!t && diags.n == 1 && diags.at[0].loc.line == 2, "a NUL is refused");
	xl_tree_free(t);
	t = read_text("\xef\xbb\xbf"
		      "a: 1\n",
		      8);
	ok(t && xl_node_is(xl_node_get(xl_tree_root(t), "a"), "1"), "a byte order mark is skipped");
	xl_tree_free(t);
}

static void test_many_duplicates(void)
{
	char text[4096];
	size_t n = 0;

	for (unsigned i = 0; i < 40; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "k%u: {x: 1, x: 2}\n", i);
	n += (size_t)snprintf(text + n, sizeof(text) - n, "k7: 1\n");
	ok(!read_text(text, n), "41 duplicate keys at two depths are refused");
	is_int(diags.n, 41, "each has its message");
	is_str(diags.at[40].text, "key 'k7' is given twice: the first is at 8:1",
	       "a large map is checked too");
}

static void test_depth(void)
{
	char text[200];

	for (unsigned depth = 64; depth <= 65; depth++) {
		struct xl_tree *t;

		memset(text, '[', depth);
		memset(text + depth, ']', depth);
		t = read_text(text, 2 * depth);
		ok((t != NULL) == (depth == 64), "%u levels: %s", depth,
		   depth == 64 ? "read" : "refused");
		xl_tree_free(t);
	}
	is_str(diags.at[0].text, "nested too deeply: at most 64 levels are allowed", "and why");
}

/* What the parser would have to hold all at once is refused before it hurts; a list is not that. */
static void test_size(void)
{
	static const struct {
		const char *what, *front, *unit, *want;
		size_t n;
	} row[] = {
		{ "brackets in brackets", "a: ", "[", "what follows does not end within 1 MB",
		  5000000 },
		{ "brackets from the start", "", "[", "what follows does not end within 1 MB",
		  5000000 },
		{ "spaced brackets", "[", "[a,\n", "what follows does not end within 1 MB",
		  2000000 },
		{ "a long bracket in one", "a: [[", "b, ", "what follows does not end within 1 MB",
		  1000000 },
		{ "a long scalar", "a: '", "bcde", "what follows does not end within 1 MB",
		  1000000 },
		{ "maps in maps", "a: ", "{a: ", "nested too deeply: at most 64 levels", 1000000 },
		{ "a long list of rows", "[", "{a: b}, ", NULL, 300000 },
		{ "a long list of lines", "", "- {a: b}\n", NULL, 300000 },
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		size_t n_unit = strlen(row[i].unit), n = strlen(row[i].front);
		char *text = malloc(n + row[i].n * n_unit + 1);
		struct xl_tree *t;

		memcpy(text, row[i].front, n);
		for (size_t k = 0; k < row[i].n; k++, n += n_unit)
			memcpy(text + n, row[i].unit, n_unit);
		if (*text == '[' && !row[i].want)
			text[n++] = ']';
		t = xl_tree_read_text(text, n, "c.yaml", (xl_diags_init(&diags), &diags));
		ok(row[i].want ? !t && diags.n == 1 &&
					 strstr(diags.at[0].text, row[i].want) == diags.at[0].text
			       : t && xl_tree_root(t)->n == row[i].n,
		   "%s: %s", row[i].what, row[i].want ? "refused" : "read");
		if (row[i].want && diags.n)
			is_int(diags.at[0].loc.line, 1, "%s: line", row[i].what);
		xl_tree_free(t);
		free(text);
	}
}

static void test_truncations(void)
{
	unsigned bad = 0;

	for (size_t n = 0; n < sizeof(sample) - 1; n++) {
		char *exact = malloc(n + 1); /* so that a sanitizer sees an overrun */
		struct xl_tree *t;

		memcpy(exact, sample, n);
		t = read_text(exact, n);
		free(exact);
		bad += (t != NULL) != (diags.n == 0); /* a tree or a reason, never both */
		xl_tree_free(t);
	}
	is_int(bad, 0, "each of %zu truncations gives a tree or a reason", sizeof(sample) - 1);
}

static void test_flips(void)
{
	char text[sizeof(sample)];
	unsigned bad = 0;

	for (size_t i = 0; i < sizeof(sample) - 1; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			struct xl_tree *t;

			memcpy(text, sample, sizeof(sample));
			text[i] = (char)(text[i] ^ (1 << bit));
			t = read_text(text, sizeof(text) - 1);
			bad += (t != NULL) != (diags.n == 0);
			xl_tree_free(t);
		}
	is_int(bad, 0, "each flipped bit gives a tree or a reason");
}

static void test_values(void)
{
	static const struct {
		const char *in;
		bool is_int;
		int64_t want;
	} row[] = {
		{ "0", true, 0 },
		{ "-12", true, -12 },
		{ "+7", true, 7 },
		{ "0xfF", true, 255 },
		{ "-0x10", true, -16 },
		{ "9223372036854775807", true, INT64_MAX },
		{ "-9223372036854775808", true, INT64_MIN },
		{ "9223372036854775808", false, 0 },
		{ "\"1\"", false, 0 },
		{ "1.5", false, 0 },
		{ "1a", false, 0 },
		{ "0x", false, 0 },
		{ "- 1", false, 0 },
		{ "~", false, 0 },
		{ "", false, 0 },
	};
	bool b = false;

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct xl_tree *t = read_text(row[i].in, strlen(row[i].in));
		int64_t v = 0;
		bool got = xl_node_int(root_of(t), &v);

		ok(got == row[i].is_int && v == row[i].want, "integer '%s': %s", row[i].in,
		   row[i].is_int ? "read" : "refused");
		xl_tree_free(t);
	}
	for (unsigned i = 0; i < 3; i++) {
		static const char *const text[] = { "true", "false", "\"true\"" };
		struct xl_tree *t = read_text(text[i], strlen(text[i]));
		bool got = xl_node_bool(root_of(t), &b);

		ok(got == (i < 2) && (i == 2 || b == (i == 0)), "bool %s", text[i]);
		xl_tree_free(t);
	}
}

static void test_json(void)
{
	static const char text[] = "{\"s\":\t\"\\u00e9\\ud83d\\ude00\\/\\n\",\r\n"
				   "\t\"n\": -1, \"t\": true, \"a\": [\t],\n\t\"o\": {}}\n";
	struct xl_tree *t = read_text(text, sizeof(text) - 1);
	const struct xl_node *root = root_of(t);
	int64_t v = 0;
	bool b = false;

	ok(root != NULL, "JSON with tabs and carriage returns is read");
	ok(xl_node_is(xl_node_get(root, "s"), "\xc3\xa9\xf0\x9f\x98\x80/\n"),
	   "JSON escapes, surrogate pairs too");
	ok(xl_node_int(xl_node_get(root, "n"), &v) && v == -1, "a JSON number");
	ok(xl_node_bool(xl_node_get(root, "t"), &b) && b, "a JSON true");
	ok(root && xl_node_get(root, "a")->kind == XL_YAML_SEQ && xl_node_get(root, "a")->n == 0,
	   "an empty array");
	ok(root && xl_node_get(root, "o")->kind == XL_YAML_MAP, "an empty object");
	xl_tree_free(t);
}

static void test_files(void)
{
	char path[] = "/tmp/xl_yaml_test.XXXXXX";
	int fd = mkstemp(path);
	struct xl_tree *t;

	if (!ok(fd >= 0, "a scratch file"))
		return;
	xl_diags_init(&diags);
	t = xl_tree_read(path, &diags);
	ok(t && xl_tree_root(t)->kind == XL_YAML_SCALAR && xl_tree_root(t)->len == 0,
	   "an empty file is an empty scalar");
	xl_tree_free(t);
	ok(write(fd, "a: [", 4) == 4, "written");
	t = xl_tree_read(path, &diags);
	ok(!t && diags.n == 1 && strcmp(diags.at[0].file, path) == 0, "a fault names the file");
	close(fd);
	unlink(path);
	xl_diags_init(&diags);
	ok(!xl_tree_read(path, &diags) && strstr(diags.at[0].text, "No such file"),
	   "a missing file");
	xl_diags_init(&diags);
	ok(!xl_tree_read("/tmp", &diags) && strstr(diags.at[0].text, "directory"), "a directory");
}

static void write_text(const struct xl_node *n, char *to, size_t cap)
{
	FILE *f = fmemopen(to, cap, "w");

	xl_yaml_write(n, f);
	fclose(f);
}

static void test_written(void)
{
	static const struct {
		const char *in, *want;
	} rows[] = {
		{ "{\"mtu\": 1500, \"side\": \"v4\"}", "mtu: 1500\nside: \"v4\"\n" },
		{ "[1, [2, [3]], {\"a\": {\"b\": 4}}]", "- 1\n- - 2\n  - - 3\n- a:\n    b: 4\n" },
		{ "{\"list\": [{\"x\": 1, \"ys\": [true]}], \"none\": [], \"no\": {}, \"nil\": "
		  "null}",
		  "list:\n  - x: 1\n    ys:\n      - true\nnone: []\n\"no\": {}\nnil: null\n" },
		{ "{\"a b\": \"q\\\"\\n\"}", "\"a b\": \"q\\\"\\u000a\"\n" },
		{ "[]", "[]" },
		{ "\"off\"", "\"off\"" },
	};
	char once[4096], twice[4096];

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct xl_tree *t = read_text(rows[i].in, strlen(rows[i].in));

		write_text(root_of(t), once, sizeof once);
		is_str(once, rows[i].want, "%s as YAML", rows[i].in);
		xl_tree_free(t);
		t = read_text(once, strlen(once));
		if (ok(t, "which is read")) {
			write_text(root_of(t), twice, sizeof twice);
			is_str(twice, once, "to the same");
			xl_tree_free(t);
		}
	}
}

static void test_arena(void)
{
	struct xl_tree *t = read_text("a", 1);
	unsigned char *p = xl_tree_alloc(t, 200000), *q = xl_tree_alloc(t, 3);

	ok(p && q && p[0] == 0 && p[199999] == 0, "memory that lives with the tree is zeroed");
	ok(xl_tree_alloc(t, SIZE_MAX) == NULL, "and bounded");
	xl_tree_free(t);
}

int main(void)
{
	test_tree();
	test_refused();
	test_nul();
	test_many_duplicates();
	test_depth();
	test_size();
	test_truncations();
	test_flips();
	test_values();
	test_json();
	test_files();
	test_written();
	test_arena();
	return done();
}
