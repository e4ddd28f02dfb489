# botops. `make help` lists what it can do.
CC      ?= cc
PREFIX  ?= /usr/local
VERSION := 0.1.0
comma   := ,

# B: where things are built. SAN=address,undefined or SAN=thread builds with sanitizers, beside.
# TESTING=1 compiles the crash points in.
B  ?= build$(if $(SAN),/san-$(firstword $(subst $(comma), ,$(SAN))))$(if $(TESTING),/testing)
ROOMS := base data io cel store workflow engine connect chat serve cli
PKGS  := libuv libmicrohttpd libcurl libcrypto sqlite3 yaml-0.1 libpcre2-8

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 \
        -Wundef -Wvla -Wcast-qual -Wwrite-strings -Wimplicit-fallthrough -Wpointer-arith
HARD := -fstack-protector-strong -fPIE -fvisibility=hidden $(if $(SAN),,-D_FORTIFY_SOURCE=2)
CFLAGS ?= -O2 -g
ALL_CFLAGS  = -std=gnu17 $(WARN) $(HARD) -Werror $(CFLAGS) $(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer)
ALL_LDFLAGS = -pie -Wl,-z,relro,-z,now,--as-needed $(LDFLAGS) $(if $(SAN),-fsanitize=$(SAN))
CPPFLAGS   += -Isrc -Itests -D_GNU_SOURCE -DBOTOPS_VERSION='"$(VERSION)"' $(if $(TESTING),-DCRASH_POINTS) \
              $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
LDLIBS     += $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lpthread -lm -ldl

# Every src/ROOM/*.c belongs to the room and every tests/ROOM/test_*.c is a test of it: no lists to
# keep. A room's test is linked with that room and those below it only, as tools/layers has them.
lib    = $(B)/lib/$(1).a
objs   = $(patsubst %.c,$(B)/%.o,$(sort $(wildcard src/$(1)/*.c)))
tests  = $(patsubst %.c,$(B)/%,$(sort $(wildcard tests/$(1)/test_*.c)))
# What the tests of a room share stands in tests/ROOM/ under other names.
shared = $(patsubst %.c,$(B)/%.o,$(filter-out tests/$(1)/test_%,$(sort $(wildcard tests/$(1)/*.c))))
below  = $(shell tools/layers --below $(1))
TESTS := $(foreach r,$(ROOMS),$(call tests,$(r)))

all: $(B)/botops $(B)/botops-shim

define room
$(call lib,$(1)): $(call objs,$(1))
	@mkdir -p $$(@D); rm -f $$@
	@$$(AR) rcs $$@ $$^
$(call tests,$(1)): $(B)/%: $(B)/%.o $(call shared,$(1)) $(foreach l,$(1) $(call below,$(1)),$(call lib,$(l)))
	@mkdir -p $$(@D)
	@$$(CC) $$(ALL_LDFLAGS) -o $$@ $$(filter %.o,$$^) -Wl,--start-group $$(filter %.a,$$^) -Wl,--end-group $$(LDLIBS) -lcmocka
test-$(1): $(call tests,$(1))
	@CMOCKA_MESSAGE_OUTPUT=TAP prove -j2 --exec '' $$(call tests,$(1))
.PHONY: test-$(1)
endef
$(foreach r,$(ROOMS),$(eval $(call room,$(r))))
test-io test-serve: $(B)/botops-shim

$(B)/botops: $(foreach r,$(ROOMS),$(call lib,$(r)))
	@echo "  LD    $@"
	@$(CC) $(ALL_LDFLAGS) -o $@ -Wl,--whole-archive $(call lib,cli) -Wl,--no-whole-archive -Wl,--start-group $^ -Wl,--end-group $(LDLIBS)

# The chaos programs judge from outside: no room is linked into them.
CHAOS   := $(B)/tests/chaos
HARNESS := $(addprefix $(CHAOS)/,storm pour checker damage)
$(CHAOS)/storm:   $(addprefix $(CHAOS)/,storm.o load.o http.o server.o record.o place.o tell.o)
$(CHAOS)/pour:    $(addprefix $(CHAOS)/,pour.o tell.o)
$(CHAOS)/checker: $(addprefix $(CHAOS)/,checker.o judge.o evidence.o judge_history.o judge_output.o place.o tell.o)
$(CHAOS)/damage:  $(addprefix $(CHAOS)/,damage.o judge.o evidence.o judge_history.o judge_output.o place.o tell.o)
$(HARNESS):
	@$(CC) $(ALL_LDFLAGS) -o $@ $^ -lcrypto -lsqlite3 -lpthread

# The shim is static and has no sanitizer: it must start fast and outlive everything. Where it brings
# its own start-up (x86_64, aarch64) it goes without the C library's, which costs more than all it does.
SHIM_BARE := $(if $(filter x86_64 aarch64,$(shell uname -m)),-ffreestanding -nostdlib -fno-stack-protector -fno-pie -no-pie -Wl$(comma)--build-id=none -Wl$(comma)-z$(comma)noseparate-code)
$(B)/botops-shim: $(sort $(wildcard src/shim/*.c src/shim/*.h)) src/io/starting.h
	@mkdir -p $(@D)
	@echo "  LD    $@"
	@$(CC) -std=gnu17 $(WARN) -Werror -O2 -g -static $(SHIM_BARE) -D_GNU_SOURCE $(if $(TESTING),-DCRASH_POINTS) -Isrc -o $@ $(filter %.c,$^)

$(B)/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC    $<"
	@$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# --- running and testing: these install what is missing first ---

setup-run:
	@tools/setup run
setup-test:
	@tools/setup test

# Sub-makes, so that pkg-config sees what the set-up has just installed.
run: setup-run
	@$(MAKE) --no-print-directory -s all
	@tools/run

test: setup-test
	@$(MAKE) --no-print-directory -s all test-programs
	@tools/test

test-programs: $(TESTS) $(B)/botops $(B)/botops-shim cel-data
	@$(MAKE) --no-print-directory -s TESTING=1 all chaos
chaos: $(HARNESS)
cel-data: build/cel-conformance.json
build/cel-conformance.json: tests/cel/conformance.mjs package-lock.json
	@mkdir -p build
	@node tests/cel/conformance.mjs $@
# Ends in "N passed, N failed, N excluded"; what is excluded, and why, is in tests/cel/excluded.txt.
cel-conformance: setup-test
	@$(MAKE) --no-print-directory -s $(B)/tests/cel/test_conformance cel-data
	@$(B)/tests/cel/test_conformance >$(B)/cel-conformance.txt 2>&1; end=$$?; \
	  sed -n 's/^# //p' $(B)/cel-conformance.txt; exit $$end

check-asan: setup-test
	@$(MAKE) --no-print-directory -s SAN=address,undefined unit
check-tsan: setup-test
	@$(MAKE) --no-print-directory -s SAN=thread unit
unit: $(TESTS) $(B)/botops-shim cel-data
	@BOTOPS_SHIM=$(CURDIR)/$(B)/botops-shim tools/run-tests $(TESTS)

test-nightly: setup-test
	@$(MAKE) --no-print-directory -s all test-programs
	@NIGHTLY=1 tools/test

bench: setup-test
	@$(MAKE) --no-print-directory -s all
	@bench/run

FUZZ_SECONDS ?= 60
FUZZERS := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
fuzz: setup-test
	@for f in $(FUZZERS); do tools/fuzz $$f $(FUZZ_SECONDS) || exit 1; done

lint: setup-test
	tools/layers
	tools/lint

install: all
	install -D -m 755 $(B)/botops $(DESTDIR)$(PREFIX)/bin/botops
	install -D -m 755 $(B)/botops-shim $(DESTDIR)$(PREFIX)/libexec/botops-shim
	install -D -m 644 docs/botops.1 $(DESTDIR)$(PREFIX)/share/man/man1/botops.1
	install -d $(DESTDIR)$(PREFIX)/lib/systemd/system
	sed 's|/usr/bin/botops|$(PREFIX)/bin/botops|' tools/botops.service > $(DESTDIR)$(PREFIX)/lib/systemd/system/botops.service

help:
	@sed -n 's/^#: //p' Makefile
#: make             builds build/botops and build/botops-shim
#: make run         installs what is missing, builds, starts the quick start and opens the chat
#: make test        the same set-up, then every test; ends in "N passed, N failed"
#: make test-ROOM   only the unit tests of one room, for example test-cel
#: make cel-conformance  the suites of cel-spec alone; ends in "N passed, N failed, N excluded"
#: make test-nightly  the long chaos runs
#: make check-asan  unit tests under AddressSanitizer and UBSan
#: make check-tsan  unit tests under ThreadSanitizer
#: make fuzz        every fuzz target for FUZZ_SECONDS (60)
#: make lint        clang-format, clang-tidy, cppcheck, and who may include whom
#: make bench       measures beside bare probes; writes build/bench.json
#: make install     to PREFIX (/usr/local)
#: make clean       removes build/

clean:
	rm -rf build
.PHONY: all run test test-programs chaos cel-data cel-conformance check-asan check-tsan unit test-nightly bench fuzz lint install help clean setup-run setup-test
.SECONDARY:
-include $(foreach r,$(ROOMS),$(patsubst %.o,%.d,$(call objs,$(r)) $(call shared,$(r)))) $(TESTS:=.d) $(wildcard $(CHAOS)/*.d)
