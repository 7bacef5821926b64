# Man page and completion are made from the program's own option tables; then installation.

$(B)/xlatlab.1: docs/man/xlatlab.1.in $(B)/xlatlab
	$(Q)$(B)/xlatlab --help=man >$@.commands
	$(Q)sed -e '/^@COMMANDS@$$/{r $@.commands' -e 'd}' -e 's/@VERSION@/$(VERSION)/' $< >$@
	@rm -f $@.commands

$(B)/xlatlab.bash: docs/completion/xlatlab.bash.in $(B)/xlatlab
	$(Q)$(B)/xlatlab --help=bash >$@.table
	$(Q)sed -e '/^@TABLE@$$/{r $@.table' -e 'd}' $< >$@
	@rm -f $@.table

EXTRA_PROGRAMS += $(B)/xlatlab.1 $(B)/xlatlab.bash
SCRIPT_TESTS += docs/adapters.t docs/help.t docs/make.t docs/results.t

# What the installed program reads; the rest of the tree is not needed.
SHARED_FROM := vectors/golden vectors/configs vectors/cases vectors/README.md vectors/LICENSE conformance/adapters \
	conformance/requirements
# What its messages and the man page refer to.
DOCS := README.md LICENSE $(wildcard docs/*.md docs/*.json) $(shell find $(wildcard docs/examples docs/ci) -type f ! -name '*.t')
ROOT = $(DESTDIR)$(PREFIX)
SHARED = $(shell find $(wildcard $(SHARED_FROM)) -type f ! -name '.*' ! -name '*.[ch]' ! -name '*.mk' ! -name '*.t')
INSTALL_BUILD := $(if $(filter command line environment,$(origin BUILD)),$(BUILD),release)

.PHONY: install install-files
install: ## install under DESTDIR and PREFIX (/usr/local): program, plugin, header, man page, completion, data, docs
	@$(MAKE) --no-print-directory BUILD=$(INSTALL_BUILD) install-files
install-files: all $(B)/xlatlab.1 $(B)/xlatlab.bash
	@install -D -m 755 $(B)/xlatlab '$(ROOT)/bin/xlatlab'
	@install -D -m 755 $(B)/ref.so '$(ROOT)/lib/xlatlab/ref.so'
	@install -D -m 644 conformance/plugin.h '$(ROOT)/include/xlatlab/plugin.h'
	@install -D -m 644 $(B)/xlatlab.1 '$(ROOT)/share/man/man1/xlatlab.1'
	@install -D -m 644 $(B)/xlatlab.bash '$(ROOT)/share/bash-completion/completions/xlatlab'
	@for f in $(SHARED); do \
		mode=644; [ ! -x $$f ] || mode=755; \
		install -D -m $$mode $$f '$(ROOT)'/share/xlatlab/$$f || exit 1; \
	done
	@for f in $(DOCS); do install -D -m 644 $$f '$(ROOT)'/share/doc/xlatlab/$$f || exit 1; done

.PHONY: docs
docs: $(B)/test/ref/io/conf_test ## rewrite what docs/ holds of the configuration's keys
	@$< --write
