SRC_xlat += ref/conf.c ref/lpm.c ref/map.c ref/map_build.c ref/rfc6052.c
TEST_xlat += ref/conf_test.c ref/map_test.c ref/map_policy_test.c ref/lpm_test.c ref/map_random_test.c ref/map_space_test.c
SRC_xlat += ref/answer.c ref/csum.c ref/event.c ref/fast.c ref/frag.c ref/header.c ref/icmp.c ref/icmperr.c ref/icmpext.c
SRC_xlat += ref/l4.c ref/native.c ref/parse.c ref/xlat.c
TEST_xlat += ref/icmp_test.c ref/xlat_test.c
TEST_xlat += ref/robust_test.c ref/cache_test.c
SRC_programs += ref/bench/xlat_bench.c ref/bench/tun_bench.c

$(B)/bench/xlat_bench: $(B)/obj/ref/bench/xlat_bench.o $(B)/libxlat.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^

.PHONY: bench
bench: ## what one packet costs: nanoseconds, and instructions where valgrind is installed
	@$(MAKE) --no-print-directory BUILD=release $(RELEASE)/bench/xlat_bench
	@scripts/bench $(RELEASE)/bench/xlat_bench
	@$(MAKE) --no-print-directory bench-live

$(B)/bench/tun_bench: $(B)/obj/ref/bench/tun_bench.o $(B)/libxio.a $(B)/libxlat.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^

.PHONY: bench-live
bench-live: ## what translate --tun costs, against an echo on the same device, and TAYGA where it is installed
	@$(MAKE) --no-print-directory BUILD=release $(RELEASE)/bench/tun_bench $(RELEASE)/xlatlab
	@scripts/bench-live $(RELEASE)/xlatlab $(RELEASE)/bench/tun_bench
