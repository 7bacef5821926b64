SRC_xio += ref/cmd/chain.c ref/cmd/cmd_translate.c ref/cmd/links.c ref/cmd/trace.c ref/cmd/cmd_explain.c
SRC_xio += ref/cmd/summary.c ref/cmd/live.c ref/cmd/tunnel.c ref/cmd/vnet.c
TEST_xio += ref/cmd/vnet_test.c
SCRIPT_TESTS += ref/cmd/translate.t ref/cmd/interrupt.t ref/cmd/live.t ref/cmd/tun.t ref/cmd/explain.t
