/* attach.c - see attach.h. */
#include "conformance/attach/attach.h"

#include <string.h>

static const struct xl_attach_row rows[] = {
	{ .name = "plugin",
	  .needs_plugin = true,
	  .has_virtual_time = true,
	  .open = xl_attach_plugin },
	{ .name = "pcap", .has_virtual_time = true, .is_by_version = true, .open = xl_attach_pcap },
	{ .name = "socket", .is_by_version = true, .open = xl_attach_socket },
	{ .name = "tun",
	  .is_by_version = true,
	  .is_one_device = true,
	  .is_namespaced = true,
	  .open = xl_attach_tun },
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
	return "plugin, pcap, socket, tun";
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

static bool sends_too_much(const struct xl_golden_config *config, const struct xl_case *c)
{
	for (uint16_t t = 0; t < c->n_turns; t++)
		for (uint16_t i = 0; i < c->turn[t].n_sends; i++)
			if (c->turn[t].send[i].bytes.len >
			    config->port[c->turn[t].send[i].port].mtu)
				return true;
	return false;
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
	if (row->is_one_device && config->port[0].mtu != config->port[1].mtu)
		return "it has one device for both sides, the configuration two MTUs";
	for (uint16_t t = 0; t < c->n_turns; t++)
		for (uint16_t i = 0; i < c->turn[t].n_sends; i++)
			if (hides_its_side(config, &c->turn[t].send[i]))
				return "it tells the side by the IP version, and a packet of the "
				       "case has "
				       "another one";
	if (row->is_one_device && sends_too_much(config, c))
		return "a packet of the case is larger than the MTU of the device it enters by";
	return NULL;
}
