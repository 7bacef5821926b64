/* plugin.h - the C ABI by which a translator in a shared object is judged. Version 1, frozen.
 *
 * This header stands alone: copy it, or include it from where `make install` put it. A plugin exports
 *
 *	const struct xl_plugin_v1 *xl_plugin(void);
 *
 * and is loaded with dlopen() in a child process, so that a crash costs one case and no more. All calls
 * come from one thread. Time is virtual: nanoseconds from an arbitrary start, never going back; the
 * plugin must not read a clock. Port numbers are indices of `interfaces` in the configuration.
 */
#ifndef XL_PLUGIN_H
#define XL_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define XL_PLUGIN_ABI_V1 1u

/* What the host offers. Valid for as long as the instance is open. */
struct xl_host_v1 {
	uint32_t abi; /* XL_PLUGIN_ABI_V1 */
	uint64_t seed; /* of all randomness, so that a run can be repeated */
	void *host; /* first argument of the callbacks */
	/* A packet leaves by `port`: len octets of IP at `data`, copied before the call returns. May be
	 * called only inside packet() and advance(), any number of times. */
	void (*emit)(void *host, uint16_t port, const uint8_t *data, size_t len);
	/* One line of talk for whoever reads a failing case; no newline. Optional to use. */
	void (*log)(void *host, const char *text);
};

struct xl_plugin_v1 {
	uint32_t abi; /* XL_PLUGIN_ABI_V1 */
	/* Makes an instance from a configuration: one JSON object (docs/configuration.md), NUL-terminated.
	 * NULL when it cannot be; err then holds a message, NUL-terminated. */
	void *(*open)(const char *conf_json, const struct xl_host_v1 *host, char err[256]);
	/* One packet in at `port` at `at_ns`: len octets at `data`. The plugin may write to data[0, cap)
	 * until it returns; cap >= len. Headroom: at least 128 octets before data may be written too. */
	void (*packet)(void *self, uint16_t port, int64_t at_ns, uint8_t *data, size_t len,
		       size_t cap);
	/* When something will happen without a packet, INT64_MAX for never. NULL: never. */
	int64_t (*due)(void *self);
	/* Time is now now_ns: do all that is due by then. NULL: nothing ever is. */
	void (*advance)(void *self, int64_t now_ns);
	void (*close)(void *self);
	/* The implementation's name and version, constant. */
	const char *(*version)(void);
};

/* The one exported symbol. */
const struct xl_plugin_v1 *xl_plugin(void);

#ifdef __cplusplus
}
#endif

#endif
