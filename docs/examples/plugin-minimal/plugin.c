/* plugin.c - a toy translator as a plugin: UDP from IPv4 to IPv6 by 2001:db8:64::/96, and nothing else. */
#include <stdlib.h>
#include <string.h>

#include "conformance/plugin.h"

static const unsigned char prefix[12] = { 0x20, 0x01, 0x0d, 0xb8, 0, 0x64 };

static void *toy_open(const char *conf_json, const struct xl_host_v1 *host, char err[256])
{
	const struct xl_host_v1 **self = malloc(sizeof *self);

	(void)conf_json; /* an honest one reads it: docs/configuration.md */
	if (self)
		*self = host;
	else
		strcpy(err, "no memory");
	return self;
}

static void toy_packet(void *self, uint16_t port, int64_t at_ns, uint8_t *in, size_t len,
		       size_t cap)
{
	const struct xl_host_v1 *host = *(const struct xl_host_v1 *const *)self;
	uint8_t out[1500];
	unsigned long sum = 0;

	(void)port, (void)at_ns, (void)cap;
	if (len < 28 || len > 1480 || in[0] != 0x45 || in[9] != 17 || in[8] < 2)
		return; /* only UDP without options that may live on */
	memset(out, 0, 40);
	out[0] = (uint8_t)(0x60 | in[1] >> 4);
	out[1] = (uint8_t)(in[1] << 4);
	memcpy(out + 4, (uint8_t[]){ (uint8_t)((len - 20) >> 8), (uint8_t)(len - 20), 17 }, 3);
	out[7] = (uint8_t)(in[8] - 1);
	for (int i = 0; i < 2; i++) { /* source, then destination: RFC 6052 2.2 */
		memcpy(out + 8 + 16 * i, prefix, 12);
		memcpy(out + 20 + 16 * i, in + 12 + 4 * i, 4);
	}
	memcpy(out + 40, in + 20, len - 20);
	for (int i = 0; i < 12; i += 2) /* the prefix joins the pseudo-header twice */
		sum += 2ul * (unsigned long)(prefix[i] << 8 | prefix[i + 1]);
	sum = (unsigned long)(out[46] << 8 | out[47]) + 0xfffful * 4 - sum;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	memcpy(out + 46, (uint8_t[]){ (uint8_t)(sum >> 8), (uint8_t)sum }, 2);
	host->emit(host->host, 1, out, len + 20);
}

__attribute__((visibility("default"))) const struct xl_plugin_v1 *xl_plugin(void)
{
	static const struct xl_plugin_v1 toy = {
		.abi = XL_PLUGIN_ABI_V1, .open = toy_open, .packet = toy_packet, .close = free
	};

	return &toy;
}
