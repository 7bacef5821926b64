SRC_xio += ref/cmd/chain.c ref/cmd/cmd_translate.c ref/cmd/links.c ref/cmd/trace.c ref/cmd/cmd_explain.c
SCRIPT_TESTS += ref/cmd/translate.t ref/cmd/interrupt.t ref/cmd/explain.t
