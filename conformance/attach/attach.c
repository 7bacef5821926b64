/* attach.c - see attach.h. */
#include "conformance/attach/attach.h"

#include <string.h>

#include "conformance/attach/process.h"

enum { DEVICE_MTU_MAX = 65535 };

static const struct xl_attach_row rows[] = {
	{ .name = "plugin",
	  .needs_plugin = true,
	  .has_virtual_time = true,
	  .open = xl_attach_plugin },
	{ .name = "pcap", .has_virtual_time = true, .is_by_version = true, .open = xl_attach_pcap },
	{ .name = "socket",
	  .is_by_version = true,
	  .in_flight = &xl_process_in_flight,
	  .open = xl_attach_socket },
	{ .name = "tun",
	  .is_by_version = true,
	  .is_one_device = true,
	  .has_mtu = true,
	  .is_namespaced = true,
	  .in_flight = &xl_process_in_flight,
	  .open = xl_attach_tun },
	/* Who reads one interface behind the other keeps no order among them: marks would say nothing. */
	{ .name = "link", .has_mtu = true, .is_namespaced = true, .open = xl_attach_link },
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
	return "plugin, pcap, socket, tun, link";
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

static bool is_too_much(const struct xl_golden_config *config, const struct xl_send *s)
{
	return s->bytes.len > config->port[s->port].mtu;
}

static bool is_nothing(const struct xl_golden_config *config, const struct xl_send *s)
{
	(void)config;
	return s->bytes.len == 0;
}

static bool any_send(const struct xl_golden_config *config, const struct xl_case *c,
		     bool (*is)(const struct xl_golden_config *, const struct xl_send *))
{
	for (uint16_t t = 0; t < c->n_turns; t++)
		for (uint16_t i = 0; i < c->turn[t].n_sends; i++)
			if (is(config, &c->turn[t].send[i]))
				return true;
	return false;
}

const char *xl_attach_cannot(const struct xl_attach_row *row, const struct xl_golden_config *config,
			     const struct xl_case *c)
{
	if (!row->needs_plugin && config->n_barriers < 2)
		return "the configuration names no barrier for each direction";
	if (!row->needs_plugin && config->n_barriers > XL_BARRIERS_MAX)
		return "the configuration names more barriers than can be waited for";
	if (row->is_by_version && !has_one_port_a_side(config))
		return "it has one interface a side, the configuration has others";
	if (row->is_one_device && config->port[0].mtu != config->port[1].mtu)
		return "it has one device for both sides, the configuration two MTUs";
	for (uint16_t i = 0; row->has_mtu && i < config->n_ports; i++)
		if (config->port[i].mtu > DEVICE_MTU_MAX)
			return "no device has an MTU above 65535";
	if (row->is_by_version && any_send(config, c, hides_its_side))
		return "it tells the side by the IP version, and a packet of the case has another "
		       "one";
	if (row->has_mtu && any_send(config, c, is_too_much))
		return "a packet of the case is larger than the MTU of the device it enters by";
	if (row->has_mtu && any_send(config, c, is_nothing))
		return "a packet of the case has no octets";
	return NULL;
}
