# xlatlab: the one entry point. `make help` lists the targets.
#
# One non-recursive graph: each directory's module.mk lists its sources (SRC_<module>) and tests
# (TEST_<module>); this file turns the lists into libraries, in link order, and programs.

.DEFAULT_GOAL := all
.SUFFIXES:
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules
SHELL := /bin/bash

VERSION := 0.1.0
BUILD ?= debug
CC := $(if $(filter default,$(origin CC)),gcc,$(CC))
PREFIX ?= /usr/local
DESTDIR ?=
IUT ?= ref
SELECT ?=
V ?=
Q := $(if $(V),,@)

KINDS := debug release asan coverage
$(if $(filter $(BUILD),$(KINDS)),,$(error BUILD=$(BUILD): allowed are $(KINDS)))

comma := ,
# where a kind of build by the compiler in use goes: build/debug, build/release-clang
build_of = build/$(1)$(addprefix -,$(filter-out gcc,$(notdir $(CC))))
B := $(call build_of,$(BUILD))
RELEASE := $(call build_of,release)

WARN := -Wall -Wextra -Wshadow -Wconversion -Wcast-qual -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef
CFLAGS_debug := -O1 -g
CFLAGS_release := -O2 -g -DNDEBUG
CFLAGS_asan := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -Wno-conversion
CFLAGS_coverage := -O0 -g --coverage
LDFLAGS_asan := -fsanitize=address,undefined
LDFLAGS_coverage := --coverage
CPPFLAGS += -I. -D_GNU_SOURCE -DXL_VERSION='"$(VERSION)"'
ALL_CFLAGS := -std=c17 -fPIC -fvisibility=hidden $(WARN) $(CFLAGS_$(BUILD)) $(CFLAGS)
ALL_LDFLAGS := $(LDFLAGS_$(BUILD)) $(LDFLAGS)

# ---- modules, lowest first: a module may use those before it (scripts/lint-includes holds this) ----
MODULES := xlat xio vec judge report
LIBS_xlat :=
LIBS_xio := -lpcap -lfyaml
LIBS_vec := -lnet
LIBS_judge := -ldl
LIBS_report :=
LIBS := $(foreach m,$(MODULES),$(LIBS_$(m)))

include ref/base/module.mk ref/module.mk ref/io/module.mk ref/cmd/module.mk
include vectors/module.mk conformance/module.mk reports/module.mk docs/module.mk

obj = $(patsubst %.c,$(B)/obj/%.o,$(1))
archive = $(B)/lib$(1).a
# the archives of a module and of everything below it, highest first
below = $(foreach m,$(call reverse,$(call upto,$(1))),$(call archive,$(m)))
upto = $(wordlist 1,$(call index,$(1)),$(MODULES))
index = $(words $(call before,$(1),$(MODULES)) x)
before = $(if $(filter $(1),$(firstword $(2))),,$(firstword $(2)) $(if $(2),$(call before,$(1),$(wordlist 2,$(words $(2)),$(2)))))
reverse = $(if $(1),$(call reverse,$(wordlist 2,$(words $(1)),$(1))) $(firstword $(1)))

SRC_programs += conformance/cross/replay.c conformance/cross/pack.c conformance/cross/cross_pack.c
ALL_SRC := $(foreach m,$(MODULES),$(SRC_$(m)) $(TEST_$(m))) $(SRC_main) $(SRC_programs)
TESTS := $(foreach m,$(MODULES),$(patsubst %.c,$(B)/test/%,$(TEST_$(m))))

$(B)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(if $(V),,@echo "  CC      $<" >&2)
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) $(if $(filter %_test.c,$<),-Wno-conversion) -MMD -MP -c $< -o $@

define module_rules
$(call archive,$(1)): $(call obj,$(SRC_$(1)))
	@rm -f $$@
	$(Q)ar rcsD $$@ $$^
$(patsubst %.c,$(B)/test/%,$(TEST_$(1))): $(B)/test/%: $(B)/obj/%.o $(call below,$(1))
	@mkdir -p $$(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $$@ $$< -Wl,--start-group $(call below,$(1)) -Wl,--end-group $(foreach m,$(call upto,$(1)),$(LIBS_$(m)))
endef
$(foreach m,$(MODULES),$(eval $(call module_rules,$(m))))

$(B)/xlatlab: $(call obj,$(SRC_main)) $(call below,$(lastword $(MODULES)))
	$(if $(V),,@echo "  LINK    $@" >&2)
	$(Q)$(CC) $(ALL_LDFLAGS) -rdynamic -o $@ $(call obj,$(SRC_main)) -Wl,--start-group $(call below,$(lastword $(MODULES))) -Wl,--end-group $(LIBS)

# The reference as a plugin: the same library behind the C ABI of conformance/plugin.h.
$(B)/ref.so: $(call obj,$(SRC_refso)) $(call archive,xio) $(call archive,xlat)
	$(Q)$(CC) $(ALL_LDFLAGS) -shared -o $@ $(call obj,$(SRC_refso)) $(call archive,xio) $(call archive,xlat) $(LIBS_xio)

-include $(patsubst %.c,$(B)/obj/%.d,$(ALL_SRC) $(SRC_refso))

.PHONY: all
all: need-deps $(B)/xlatlab $(B)/ref.so ## build xlatlab and the reference plugin (BUILD=debug|release|asan|coverage, CC=gcc|clang)

.PHONY: programs
programs: $(B)/xlatlab $(B)/ref.so $(TESTS) $(EXTRA_PROGRAMS)

# ---- dependencies ----
.PHONY: deps need-deps
deps: ## install what building and testing need (apt-get, as root or through sudo)
	@scripts/deps build test
need-deps:
	@scripts/deps build
deps-%: ## install what the adapter conformance/adapters/% needs: make deps-tayga
	@scripts/deps adapter=$*

# ---- tests ----
.PHONY: test
test: ## run every unit test and self-test (TAP through prove)
	@scripts/deps build test
	@$(MAKE) --no-print-directory programs
	@BUILD_DIR=$(B) VERSION=$(VERSION) prove -j2 --exec '' $(TESTS) $(SCRIPT_TESTS)

# What would read /proc. A system that makes no mount namespaces has nothing to show.
PROC_TESTS := $(B)/test/ref/io/child_test $(B)/test/conformance/run_test ref/cmd/translate.t docs/help.t
.PHONY: test-without-proc
test-without-proc: programs ## tests of what reads /proc, where it is not mounted
	@if scripts/without-proc true; then \
		BUILD_DIR=$(B) VERSION=$(VERSION) scripts/without-proc prove -j2 --exec '' $(PROC_TESTS); \
	else echo 'no right to make a mount namespace: not run'; fi

.PHONY: conformance
conformance: ## judge an implementation: IUT=ref, IUT=./my/folder, SELECT=rfc7915/4.2; stdout is TAP alone
	@scripts/deps build 'adapter=$(IUT)' >&2
	@$(MAKE) --no-print-directory BUILD=release $(RELEASE)/xlatlab $(RELEASE)/ref.so >&2
	@$(RELEASE)/xlatlab conform --iut '$(IUT)' $(if $(SELECT),--select '$(SELECT)') $(CONFORM_FLAGS)

RESULTS ?= $(patsubst %/results.jsonl,%,$(wildcard build/results/*/results.jsonl))
REPORT ?= build/report
.PHONY: report
report: all ## JUnit XML, Markdown, TAP and badges of RESULTS (all of build/results) in REPORT=build/report
	@$(if $(RESULTS),$(B)/xlatlab report $(RESULTS) -o $(REPORT),echo 'no results in build/results: make conformance, or RESULTS=' >&2; exit 3)

.PHONY: vectors
vectors: all ## compile vectors/cases into vectors/golden
	@$(B)/xlatlab vectors build
.PHONY: vectors-check
vectors-check: all ## fail when vectors/golden is not what the cases compile to, byte for byte
	@$(B)/xlatlab vectors check

.PHONY: clean
clean: ## remove build/
	rm -rf build

.PHONY: help
help: ## list the targets
	@sed -n 's/^\([a-z][a-z%-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | sort | while IFS=$$'\t' read -r t d; do printf '  %-14s %s\n' "$$t" "$$d"; done

# ---- house ----
C_FILES = $(shell git ls-files '*.c' '*.h')
SH_FILES = $(shell git ls-files scripts .ci conformance/adapters docs/ci | xargs -r grep -l -m1 '^\#!.*sh')
TIDY_SRC = $(filter-out %_test.c,$(ALL_SRC) $(SRC_refso))

.PHONY: fmt fmt-check lint lint-c lint-cases lint-shell lint-includes
fmt: ## reformat the C sources and the cases
	@scripts/deps lint
	@clang-format -i $(C_FILES)
	@$(B)/xlatlab vectors fmt
fmt-check: all ## fail when a C source or a case file is not in its canonical form
	@scripts/deps lint
	@clang-format --dry-run -Werror $(C_FILES)
	@$(B)/xlatlab vectors fmt --check

lint: lint-includes lint-shell lint-cases lint-c ## clang-tidy, the case lint, shellcheck, the include order
lint-c:
	@scripts/deps lint
	@scripts/tidy $(TIDY_SRC)

.PHONY: analyze
analyze: ## clang's path-sensitive analyzer over the C sources (minutes)
	@scripts/deps lint
	@TIDY_CHECKS='-*,clang-analyzer-*,-clang-analyzer-valist.Uninitialized,-clang-analyzer-security.insecureAPI.*,-clang-analyzer-optin.performance.Padding' scripts/tidy $(TIDY_SRC)
lint-cases: all
	@$(B)/xlatlab vectors lint
lint-shell:
	@scripts/deps lint
	@shellcheck $(SH_FILES)
lint-includes:
	@scripts/lint-includes $(C_FILES)

.PHONY: coverage
coverage: GCOV = $(patsubst gcc%,gcov%,$(notdir $(CC)))
coverage: C = $(call build_of,coverage)
coverage: ## line and branch coverage of tests and cases: build/coverage/html/index.html
	$(if $(filter gcc%,$(notdir $(CC))),,$(error coverage is counted by gcov: allowed are CC=gcc and gcc-N))
	@scripts/deps build test coverage
	@$(MAKE) --no-print-directory BUILD=coverage all programs
	@find $(C) -name '*.gcda' -delete
	@$(MAKE) --no-print-directory BUILD=coverage test >&2
	@$(C)/xlatlab conform --iut ref --out $(C)/results >/dev/null
	@lcov -q --gcov-tool $(GCOV) --capture -d $(C)/obj -o $(C)/all.info --rc lcov_branch_coverage=1
	@lcov -q --remove $(C)/all.info '*_test.c' '/usr/*' -o $(C)/cov.info --rc lcov_branch_coverage=1
	@genhtml -q $(C)/cov.info -o $(C)/html --branch-coverage
	@lcov --summary $(C)/cov.info --rc lcov_branch_coverage=1

.PHONY: valgrind
valgrind: all ## the unit tests of ref/ under valgrind
	@scripts/deps build check
	@$(MAKE) --no-print-directory programs
	@prove -j2 --exec 'valgrind -q --error-exitcode=9 --leak-check=full' $(patsubst %.c,$(B)/test/%,$(TEST_xlat))

# What test-cross runs: made with CC=<machine>-linux-gnu-gcc LDFLAGS=-static, needs libc alone.
CROSS_TESTS := $(patsubst %.c,$(B)/test/%,$(TEST_xlat))
.PHONY: cross-programs
cross-programs: $(CROSS_TESTS) $(B)/replay
$(B)/replay: $(call obj,conformance/cross/replay.c conformance/cross/pack.c) $(call archive,xlat)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^
$(B)/cross_pack: $(call obj,conformance/cross/cross_pack.c conformance/cross/pack.c) $(call below,vec)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS_xio) $(LIBS_vec)

.PHONY: test-cross
test-cross: ## ref/, its unit tests and the exact goldens on s390x (big-endian) and arm64, in qemu user mode
	@scripts/deps build cross
	@scripts/test-cross
