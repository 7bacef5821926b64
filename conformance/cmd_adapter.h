/* cmd_adapter.h - `xlatlab adapter`: help for those who write one. */
#ifndef XL_CMD_ADAPTER_H
#define XL_CMD_ADAPTER_H

int xl_cmd_adapter(int argc, char **argv);

#endif
