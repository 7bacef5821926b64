SRC_main += conformance/main.c
SRC_judge += conformance/judge.c conformance/cmp_fields.c conformance/cmp_mask.c conformance/preds.c
SRC_judge += conformance/fragments.c conformance/sane.c conformance/sums.c conformance/value.c
SRC_judge += conformance/player.c conformance/flight.c conformance/guard.c conformance/worker.c conformance/frames.c
SRC_judge += conformance/run.c conformance/crew.c conformance/jobs.c conformance/ledger.c
SRC_judge += conformance/results.c conformance/tap.c conformance/failure.c
SRC_judge += conformance/results_read.c conformance/plain.c conformance/summary.c
SRC_judge += conformance/talk.c conformance/adapter.c conformance/expected.c conformance/select.c
SRC_judge += conformance/selftest.c conformance/selftest_hand.c conformance/selftest_sums.c conformance/cmd_conform.c conformance/cmd_adapter.c conformance/adapter_check.c conformance/adapter_left.c conformance/adapter_new.c conformance/explain_case.c
SRC_judge += conformance/attach/attach.c conformance/attach/plugin.c conformance/attach/process.c
SRC_judge += conformance/attach/pcap.c conformance/attach/socket.c conformance/attach/tun.c conformance/attach/link.c
SRC_judge += conformance/attach/netns.c conformance/attach/barrier.c conformance/attach/hops.c
SRC_refso += conformance/adapters/ref/plugin.c
TEST_judge += conformance/cmp_test.c conformance/select_test.c conformance/judge_test.c
TEST_judge += conformance/fragments_test.c conformance/player_test.c conformance/flight_test.c
TEST_judge += conformance/attach/barrier_test.c conformance/attach/process_test.c conformance/attach/hops_test.c
TEST_judge += conformance/results_test.c conformance/summary_test.c conformance/ledger_test.c conformance/run_test.c conformance/talk_test.c conformance/expected_test.c
SCRIPT_TESTS += conformance/conform.t conformance/adapter.t conformance/live.t conformance/flight.t conformance/tayga.t conformance/selftest.t

# A plugin that misbehaves on demand, for the tests; the example of docs/examples as a plugin.
SRC_programs += conformance/hostile.c docs/examples/plugin-minimal/plugin.c
EXTRA_PROGRAMS += $(B)/hostile.so $(B)/plugin-minimal.so
$(B)/hostile.so: $(B)/obj/conformance/hostile.o
	$(Q)$(CC) $(ALL_LDFLAGS) -shared -o $@ $<
$(B)/plugin-minimal.so: $(B)/obj/docs/examples/plugin-minimal/plugin.o
	$(Q)$(CC) $(ALL_LDFLAGS) -shared -o $@ $<
$(B)/test/conformance/run_test: | $(B)/hostile.so
