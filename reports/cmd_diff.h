/* cmd_diff.h - the subcommand that compares two runs. */
#ifndef XL_CMD_DIFF_H
#define XL_CMD_DIFF_H

int xl_cmd_diff(int argc, char **argv);

#endif
