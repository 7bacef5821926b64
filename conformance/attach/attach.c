/* attach.c - see attach.h. */
#include "conformance/attach/attach.h"

#include <string.h>

static const struct xl_attach_row rows[] = {
	{ "plugin", true, true, false, xl_attach_plugin },
	{ "pcap", false, true, true, xl_attach_pcap },
	{ "socket", false, false, true, xl_attach_socket },
};

const struct xl_attach_row *xl_attach_named(const char *name)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
	return NULL;
}

const char *xl_attach_names(void)
{
	return "plugin, pcap, socket";
}

static bool has_one_port_a_side(const struct xl_golden_config *config)
{
	return config->n_ports == 2 && config->port[0].side != config->port[1].side;
}

/* The receiver would take it for a packet of the other side, or for none. */
static bool hides_its_side(const struct xl_golden_config *config, const struct xl_send *s)
{
	return s->bytes.len == 0 || s->bytes.p[0] >> 4 != (int)config->port[s->port].side;
}

const char *xl_attach_cannot(const struct xl_attach_row *row, const struct xl_golden_config *config,
			     const struct xl_case *c)
{
	if (!row->is_by_version)
		return NULL;
	if (!has_one_port_a_side(config))
		return "it has one interface a side, the configuration has others";
	if (config->n_barriers < 2)
		return "the configuration names no barrier for each direction";
	for (uint16_t t = 0; t < c->n_turns; t++)
		for (uint16_t i = 0; i < c->turn[t].n_sends; i++)
			if (hides_its_side(config, &c->turn[t].send[i]))
				return "it tells the side by the IP version, and a packet of the "
				       "case has "
				       "another one";
	return NULL;
}
