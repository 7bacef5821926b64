/* cmd_vectors.h - the subcommand `xlatlab vectors`. */
#ifndef XL_VECTORS_CMD_VECTORS_H
#define XL_VECTORS_CMD_VECTORS_H

/* argv[0] is "vectors". Returns the exit status. */
int xl_cmd_vectors(int argc, char **argv);

#endif
