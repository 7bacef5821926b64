/* explain_test.c - packets from one line of text, and the names of their bits. */
#include "vectors/explain.h"

#include "ref/base/tap.h"

static struct xl_diags diags;

static void test_build(void)
{
	static const uint8_t want[] = { 0x45, 0,   0, 21, 0x12, 0x34, 0, 0, 64, 253, 0,
					0,    192, 0, 2,  1,    192,  0, 2, 2,  'x' };
	static const struct {
		const char *what, *in;
	} refused[] = {
		{ "no list", "hello" },
		{ "no packet beside a slice", "{slice: [0, 8]}" },
		{ "an unknown layer", "[ipv5: {}]" },
		{ "a name without a configuration", "[ipv4: {src: h4, dst: 192.0.2.2}, data: x]" },
		{ "no source", "[ipv4: {dst: 192.0.2.2}, data: x]" },
		{ "what only an expectation may say",
		  "[ipv4: {src: any, dst: 192.0.2.2}, data: x]" },
		{ "broken YAML", "[ipv4: {src" },
		{ "more than there is room for",
		  "[ipv4: {src: 192.0.2.1, dst: 192.0.2.2}, data: {len: 200}]" },
	};
	static uint8_t buf[128];
	size_t n = 0;

	xl_diags_init(&diags);
	is_int(xl_packet_from_text(
		       "[ipv4: {src: 192.0.2.1, dst: 192.0.2.2, proto: 253, sum: 0}, data: x]", buf,
		       sizeof(buf), &n, &diags),
	       0, "a list of layers");
	is_mem(buf, n, want, sizeof(want), "its octets");
	is_int(xl_packet_from_text(
		       "{packet: [ipv4: {src: 192.0.2.1, dst: 192.0.2.2, proto: 253, sum: 0}, "
		       "data: x], truncate: 20}",
		       buf, sizeof(buf), &n, &diags),
	       0, "a mapping with a cut");
	is_mem(buf, n, want, 20, "its octets");
	is_int(diags.n, 0, "no message");
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		xl_diags_init(&diags);
		ok(xl_packet_from_text(refused[i].in, buf, sizeof(buf), &n, &diags) < 0 &&
			   diags.n > 0,
		   "refused: %s: %s", refused[i].what, diags.n ? diags.at[0].text : "silence");
	}
}

static void test_names(void)
{
	static const uint8_t ip[] = { 0x45, 0, 0,   28, 0, 0, 0x40, 0, 63, 17, 0, 0, 192, 0,
				      2,    1, 192, 0,  2, 2, 0,    1, 0,  2,  0, 8, 0,   0 };
	static const struct {
		uint32_t at_bit, n_bits;
		const char *name, *value;
	} row[] = {
		{ 64, 8, "ipv4.ttl", "63" }, { 96, 32, "ipv4.src", "192.0.2.1" },
		{ 49, 1, "ipv4.df", "1" },   { 160, 16, "udp.sport", "1" },
		{ 96, 16, "ipv4.src", "" },  { 0, 16, NULL, NULL },
		{ 220, 8, NULL, NULL },      { 9999, 1, NULL, NULL },
	};
	char name[XL_CELL_NAME_MAX], value[XL_CELL_VALUE_MAX];

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		bool found = xl_field_at(ip, sizeof(ip), row[i].at_bit, row[i].n_bits, name, value);

		ok(found == (row[i].name != NULL), "%u bits at %u: %s", row[i].n_bits,
		   row[i].at_bit, row[i].name ? "a field" : "none");
		if (found && row[i].name) {
			is_str(name, row[i].name, "its name");
			is_str(value, row[i].value, "its value");
		}
	}
}

/* As what came to be another value before the packet was complete. */
static void test_other_values(void)
{
	static const uint8_t ip[28] = { 0x45, 0, 0,   28, 0, 0, 0, 0, 63, 17, 0, 0, 192, 0,
					2,    1, 192, 0,  2, 2, 0, 1, 0,  2,  0, 8, 0,   0 };
	static const struct {
		uint32_t at_bit, n_bits;
		uint8_t value[4];
		const char *text;
	} row[] = {
		{ 64, 8, { 200 }, "200" },
		{ 16, 16, { 5, 220 }, "1500" },
		{ 80, 16, { 0xab, 0xcd }, "0xabcd" },
		{ 128, 32, { 198, 51, 100, 7 }, "198.51.100.7" },
		{ 49, 1, { 1 }, "1" },
		{ 51, 13, { 0x1f, 0xff }, "8191" },
		{ 128, 16, { 1, 2 }, "" },
	};
	char name[XL_CELL_NAME_MAX], value[XL_CELL_VALUE_MAX];

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct xl_bits b = { row[i].at_bit, row[i].n_bits, row[i].value };

		ok(xl_field_with(ip, sizeof(ip), b, name, value), "%u bits at %u", b.n_bits,
		   b.at_bit);
		is_str(value, row[i].text, "as people write it");
	}
}

int main(void)
{
	test_build();
	test_other_values();
	test_names();
	return done();
}
