/* adapter_new.h - skeletons of adapters. */
#ifndef XL_ADAPTER_NEW_H
#define XL_ADAPTER_NEW_H

#include <stdio.h>

#include "ref/base/diag.h"

#define XL_ADAPTER_NEW_WORDS "plugin|pcap|socket|tun|link"

enum xl_adapter_new { /* in the order of the words */
		      XL_NEW_PLUGIN,
		      XL_NEW_PCAP,
		      XL_NEW_SOCKET,
		      XL_NEW_TUN,
		      XL_NEW_LINK,
};

/* Makes `folder`, which must not be there; its last part is the adapter's name (letters, digits, - and .). What is to be
 * done next goes to `to`. 0, or a negative enum xl_err. */
XL_MUST_CHECK int xl_adapter_new(const char *folder, enum xl_adapter_new kind, FILE *to,
				 struct xl_diags *d);

#endif
