/* pcapwrite.c - classic captures out: little-endian, nanoseconds, link type RAW; see pcapfile.h.
 *
 * The byte order is fixed so that golden files are the same on every machine.
 */
#include "ref/io/pcapfile.h"

#include <inttypes.h>
#include <stdlib.h>

#include "ref/io/linktype.h"
#include "ref/io/out.h"

struct xl_capw {
	bool flush_each;
	struct xl_out out;
};

static void put32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

void xl_cap_encode_header(uint8_t out[static XL_CAP_HEADER_BYTES])
{
	put32(out, 0xa1b23c4d);
	put32(out + 4, 4 << 16 | 2); /* version 2.4 */
	put32(out + 8, 0);
	put32(out + 12, 0);
	put32(out + 16, XL_CAP_RECORD_MAX);
	put32(out + 20, XL_LINKTYPE_RAW);
}

void xl_cap_encode_record(uint8_t out[static XL_CAP_RECORD_BYTES], int64_t ts_ns, size_t len)
{
	put32(out, (uint32_t)(ts_ns / 1000000000));
	put32(out + 4, (uint32_t)(ts_ns % 1000000000));
	put32(out + 8, (uint32_t)len);
	put32(out + 12, (uint32_t)len);
}

static struct xl_capw *start(struct xl_capw *w, bool flush_each)
{
	uint8_t header[XL_CAP_HEADER_BYTES];

	w->flush_each = flush_each;
	xl_cap_encode_header(header);
	xl_out_put(&w->out, header, sizeof(header));
	if (flush_each)
		xl_out_flush(&w->out);
	return w;
}

static struct xl_capw *alloc_writer(const char *name, struct xl_diags *d)
{
	struct xl_capw *w = malloc(sizeof(*w));

	if (!w)
		(void)xl_diag(d, XL_ERR_NOMEM, (struct xl_loc){ .file = name }, "no memory");
	return w;
}

struct xl_capw *xl_capw_open(const char *path, bool flush_each, struct xl_diags *d)
{
	struct xl_capw *w = alloc_writer(path, d);

	if (!w)
		return NULL;
	if (xl_out_open(&w->out, path, d) < 0) {
		free(w);
		return NULL;
	}
	return start(w, flush_each);
}

struct xl_capw *xl_capw_open_fd(int fd, const char *name, bool flush_each, struct xl_diags *d)
{
	struct xl_capw *w = alloc_writer(name, d);

	if (!w)
		return NULL;
	xl_out_open_fd(&w->out, fd, name, d);
	return start(w, flush_each);
}

int xl_capw_put(struct xl_capw *w, int64_t ts_ns, const uint8_t *ip, size_t len)
{
	uint8_t header[XL_CAP_RECORD_BYTES];

	if (ts_ns < 0 || ts_ns / 1000000000 > UINT32_MAX)
		return xl_diag(w->out.d, XL_ERR_RANGE, (struct xl_loc){ .file = w->out.name },
			       "time %" PRId64 " s: pcap holds 0 to 4294967295",
			       ts_ns / 1000000000);
	if (len > XL_CAP_RECORD_MAX)
		return xl_diag(w->out.d, XL_ERR_RANGE, (struct xl_loc){ .file = w->out.name },
			       "a packet of %zu octets: at most %d", len, XL_CAP_RECORD_MAX);
	xl_cap_encode_record(header, ts_ns, len);
	xl_out_put(&w->out, header, sizeof(header));
	xl_out_put(&w->out, ip, len);
	if (w->flush_each)
		xl_out_flush(&w->out);
	return w->out.has_failed ? XL_ERR_IO : 0;
}

int xl_capw_close(struct xl_capw *w)
{
	int r;

	if (!w)
		return XL_ERR_IO;
	r = xl_out_close(&w->out);
	free(w);
	return r;
}
