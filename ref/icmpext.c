/* icmpext.c - see icmpext.h. */
#include "ref/icmpext.h"

#include <string.h>

#include "ref/base/rd.h"
#include "ref/csum.h"

enum {
	STRUCTURE_HEADER = 4, /* version, reserved, checksum: RFC 4884 7 */
	STRUCTURE_VERSION = 2,
	OBJECT_HEADER = 4, /* length, class, C-Type: RFC 4884 8 */
	OBJECT_BYTES = 24,
	CLASS_INTERFACE = 2, /* RFC 5837 4 */
	C_TYPE_ARRIVAL_ADDRESS = 0x04, /* role 0 (arrived upon), IP address present: RFC 5837 4.1 */
	AFI_IP6 = 2,
};

uint32_t xl_interface_info_bytes(const uint8_t *at, uint32_t have)
{
	uint32_t n;

	if (!have)
		return STRUCTURE_HEADER + OBJECT_BYTES;
	if (have < STRUCTURE_HEADER || at[0] >> 4 != STRUCTURE_VERSION)
		return 0;
	for (uint32_t i = STRUCTURE_HEADER; i < have; i += n) {
		n = have - i < OBJECT_HEADER ? 0 : xl_get16(at + i);
		if (n < OBJECT_HEADER || n % 4 || n > have - i)
			return 0;
	}
	return OBJECT_BYTES;
}

void xl_interface_info_append(uint8_t *at, uint32_t have, const uint8_t ip6[static 16])
{
	uint8_t *object = at + (have ? have : STRUCTURE_HEADER);
	uint16_t csum;

	if (!have)
		xl_put32(at, (uint32_t)STRUCTURE_VERSION << 28);
	xl_put16(object, OBJECT_BYTES);
	object[2] = CLASS_INTERFACE;
	object[3] = C_TYPE_ARRIVAL_ADDRESS;
	xl_put16(object + 4, AFI_IP6);
	xl_put16(object + 6, 0);
	memcpy(object + 8, ip6, 16);
	csum = xl_get16(at + 2);
	if (!have)
		xl_put16(at + 2, (uint16_t)~xl_sum(at, STRUCTURE_HEADER + OBJECT_BYTES));
	else if (csum) /* zero says that there is none: RFC 4884 7 */
		xl_put16(at + 2, xl_csum_add(csum, xl_sum(object, OBJECT_BYTES)));
}
