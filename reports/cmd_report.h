/* cmd_report.h - the subcommand that renders results. */
#ifndef XL_CMD_REPORT_H
#define XL_CMD_REPORT_H

int xl_cmd_report(int argc, char **argv);

#endif
