/* pcap.c - a command that reads a capture of link type RAW on its standard input and writes one on its standard
 * output, each packet flushed. Time is that of the records, and it does all that is due before handling a
 * later record. A packet's side is its IP version.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "conformance/attach/process.h"
#include "ref/io/linktype.h"
#include "ref/io/pcapfile.h"

struct state {
	struct xl_cap *in; /* what comes out of the command */
	struct xl_diags diags; /* of `in` */
};

static int after(struct xl_process *s, struct xl_diags *d)
{
	struct state *t = s->state;
	uint8_t head[XL_CAP_HEADER_BYTES];

	xl_diags_init(&t->diags);
	t->in = xl_cap_open_fd(dup(s->child.out), s->to->adapter->name, &t->diags);
	if (!t->in)
		return xl_diag(d, XL_ERR_IO, XL_NOWHERE, "cannot read what it writes");
	xl_cap_encode_header(head);
	xl_process_write(s, head, sizeof head);
	return 0;
}

static void put(struct xl_process *s, const uint8_t *p, size_t n, uint16_t port)
{
	uint8_t head[XL_CAP_RECORD_BYTES];

	(void)port;
	xl_cap_encode_record(head, s->now_ns, n);
	xl_process_write(s, head, sizeof head);
	xl_process_write(s, p, n);
}

static int fd(const struct xl_process *s)
{
	return s->child.out;
}

static void wrong_link(struct xl_process *s, uint32_t linktype)
{
	char text[120];

	snprintf(text, sizeof text,
		 "it writes a capture of link type %s (%" PRIu32 "); it must be RAW",
		 xl_linktype_name(linktype), linktype);
	xl_process_fault(s, text);
}

static void drain(struct xl_process *s)
{
	struct state *t = s->state;
	struct xl_cap_packet c;
	int got;

	while ((got = xl_cap_next(t->in, &c)) == XL_CAP_PACKET) {
		if (c.linktype != XL_LINKTYPE_RAW) {
			wrong_link(s, c.linktype);
			return;
		}
		if (c.frame_len > XL_PACKET_MAX) {
			xl_process_fault(s, "it wrote a packet larger than any IP packet");
			return;
		}
		memcpy(s->buf, c.frame, c.frame_len);
		xl_process_take(s, s->buf, c.frame_len, xl_process_port_of(s, s->buf, c.frame_len));
	}
	if (got == XL_CAP_END)
		xl_process_fault(s, "it closed its output");
	else if (got < 0)
		xl_process_fault(s, t->diags.n ? t->diags.at[0].text : "its output is no capture");
}

static void close_state(struct xl_process *s)
{
	struct state *t = s->state;

	if (t->in)
		xl_cap_close(t->in);
}

static const struct xl_transport transport = { .state_bytes = sizeof(struct state),
					       .io = XL_CHILD_PIPES,
					       .has_virtual_time = true,
					       .after = after,
					       .put = put,
					       .fd = fd,
					       .drain = drain,
					       .close = close_state };

int xl_attach_pcap(const struct xl_attach_to *to, struct xl_box **box, struct xl_diags *d)
{
	return xl_process_open(&transport, to, box, d);
}
