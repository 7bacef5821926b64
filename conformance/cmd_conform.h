/* cmd_conform.h - the subcommand that judges an implementation. */
#ifndef XL_CMD_CONFORM_H
#define XL_CMD_CONFORM_H

int xl_cmd_conform(int argc, char **argv);

#endif
