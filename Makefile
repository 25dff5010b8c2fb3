# rollcall: one non-recursive Makefile.
#
#   make            build/release/rollcall and build/release/rollcalld
#   make check      build, all tests, and again under ASan and UBSan
#   make demo       the main job, in front of your eyes
#   make lint       format, arrows between rooms, models, and all of it by clang
#   make fuzz       each fuzzer for SECONDS=10
#   make cover      every branch of the store and of the differ is taken by a test
#   make bench      what reading configs costs, a collection beside a bare SSH client, a history
#                   beside git
#   make deps       install what is missing (Debian, needs root); check and demo do it themselves
#   make install uninstall   with PREFIX=/usr/local and DESTDIR=
#   VARIANT=release|asan|clang|fuzz|cover chooses the tree below build/

VARIANT ?= release
B := build/$(VARIANT)
VERSION := 0.1.0

# ---- what the machine must have ----
PACKAGES := gcc make pkg-config libssh-dev libyang2-dev libsqlite3-dev libfyaml-dev libzstd-dev \
    libsodium-dev libpcre2-dev libjansson-dev libcurl4-openssl-dev libxml2-dev libsystemd-dev \
    uthash-dev libnetconf2-dev libssl-dev libcmocka-dev bats clang clang-format libclang-rt-14-dev libyang2-tools sqlite3 openssl \
    openssh-server openssh-client netconfd gcovr python3-ncclient frr python3 jq git procps tzdata
LIBRARIES := libssh libssl libcrypto libyang sqlite3 libfyaml libzstd libsodium libpcre2-8 jansson libcurl libxml-2.0 \
    libsystemd

# ---- compilers ----
CC := gcc
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wvla \
    -Wwrite-strings -Werror
HARDENING := -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection -fPIE \
    -fcf-protection=full
CFLAGS_release := -O2 -g $(HARDENING)
CFLAGS_clang := -O1 $(HARDENING)
CFLAGS_asan := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
CFLAGS_cover := -O0 -g --coverage
CFLAGS_fuzz := -O1 -g -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all
LDFLAGS_release := -pie -Wl,-z,relro,-z,now -Wl,--as-needed
LDFLAGS_clang := $(LDFLAGS_release)
LDFLAGS_asan := -fsanitize=address,undefined
LDFLAGS_cover := --coverage
LDFLAGS_fuzz := -fsanitize=address,undefined
ifneq ($(filter fuzz clang,$(VARIANT)),)
CC := clang
endif
CPPFLAGS := -D_GNU_SOURCE -DROLLCALL_VERSION='"$(VERSION)"' -Idaemon -I.
CFLAGS = -std=c17 $(WARNINGS) $(CFLAGS_$(VARIANT))
LIB_CFLAGS := $(shell pkg-config --cflags $(LIBRARIES) 2>/dev/null)
LIB_LDLIBS := $(shell pkg-config --libs $(LIBRARIES) 2>/dev/null)

# ---- rooms: a folder is a static library; what follows it is what it may use (the arrows) ----
ROOMS := base ssh netconf exec file data syntax drivers settings access diff evidence store judge alert collect transfer watch cli
ROOM_base := daemon/base
ROOM_ssh := drivers/ssh
ROOM_netconf := drivers/netconf
ROOM_exec := drivers/exec
ROOM_file := drivers/file
ROOM_data := drivers/data
ROOM_syntax := drivers/syntax
ROOM_drivers := drivers
ROOM_settings := daemon/settings
ROOM_access := daemon/access
ROOM_diff := daemon/diff
ROOM_evidence := daemon/evidence
ROOM_store := daemon/store
ROOM_judge := daemon/judge
ROOM_alert := daemon/alert
ROOM_collect := daemon/collect
ROOM_transfer := daemon/transfer
ROOM_watch := daemon/watch
ROOM_cli := daemon/cli

sources = $(wildcard $(ROOM_$1)/*.c)
objects = $(patsubst %.c,$(B)/%.o,$(call sources,$1))
archive = $(B)/lib/$1.a

ARCHIVES := $(foreach room,$(ROOMS),$(if $(call sources,$(room)),$(call archive,$(room))))
PROGRAMS := $(patsubst daemon/%.c,$(B)/%,$(wildcard daemon/rollcall.c daemon/rollcalld.c))

all: $(PROGRAMS) $(B)/rollcall-platforms.7

# The manual of platforms is made of their profiles; the settings named here are not there.
$(B)/rollcall-platforms.7: $(B)/rollcall
	@$< --settings $(B)/none/rollcall.yaml platforms --manual > $@.new
	@mv $@.new $@

# Archives before what they use; the group lets rooms side by side find each other.
LINK = @echo '  link    $@'; $(CC) $(CFLAGS) $(LDFLAGS_$(VARIANT)) -o $@ $(filter %.o,$^) \
    -Wl,--start-group $(filter %.a,$^) -Wl,--end-group

$(B)/rollcall $(B)/rollcalld: $(B)/%: $(B)/daemon/%.o $(ARCHIVES)
	$(LINK) $(LIB_LDLIBS)

define ROOM_RULE
$(call archive,$1): $(call objects,$1) $(if $(filter base,$1),$(B)/embedded.o)
	@mkdir -p $$(@D)
	@rm -f $$@
	@ar rcs $$@ $$(filter %.o,$$^)
endef
$(foreach room,$(ROOMS),$(eval $(call ROOM_RULE,$(room))))

$(B)/%.o: %.c
	@mkdir -p $(@D)
	@echo '  cc      $@'
	@$(CC) $(CPPFLAGS) $(CFLAGS) $(LIB_CFLAGS) -MMD -MP -c -o $@ $<

# ---- files compiled in (base/embed.h) ----
EMBEDDED := $(sort $(wildcard models/*.yang models/*.yaml models/mappings/*.yaml \
    drivers/platforms/*.yaml daemon/store/*.sql etc/rollcall.yaml))

$(B)/embedded.S: $(EMBEDDED) Makefile tools/embed.sh
	@mkdir -p $(@D)
	@sh tools/embed.sh $(EMBEDDED) > $@

$(B)/embedded.o: $(B)/embedded.S
	@$(CC) -c -I. -o $@ $<

# ---- tests ----
# A program below tests/ links the rooms named in its first line: /* rooms: base store */, and data
# with syntax, evidence with store.
rooms_named = $(shell sed -n '1s,.*rooms: *\(.*[^ ]\) *\*/.*,\1,p' $1)
with_data = $1 $(if $(filter syntax,$1),data) $(if $(filter store,$1),evidence)
rooms_of = $(call with_data,$(call rooms_named,$1))
wraps_named = $(shell sed -n '2s,.*wraps: *\(.*[^ ]\) *\*/.*,\1,p' $1)
programs_in = $(patsubst %.c,$(B)/%,$(wildcard $1))
UNIT_TESTS := $(call programs_in,tests/unit/*_test.c)
LIVE_TOOLS := $(call programs_in,tests/live/*.c)
BENCHES := $(call programs_in,tests/bench/*.c)
FUZZERS := $(call programs_in,tests/fuzz/*_fuzz.c)
COUNTING_TESTS := $(call programs_in,tests/fuzz/*_test.c)
SEEDS := $(B)/tests/fuzz/seeds
LABD := $(B)/tests/lab/labd
NCSERVER := $(B)/tests/lab/netconf/ncserver

.SECONDARY:
.SECONDEXPANSION:
$(UNIT_TESTS) $(LIVE_TOOLS) $(BENCHES) $(FUZZERS) $(COUNTING_TESTS) $(SEEDS): $(B)/%: $(B)/%.o \
    $$(foreach room,$$(call rooms_of,$$*.c),$$(call archive,$$(room)))
	$(LINK) $(LIB_LDLIBS) $(LDLIBS) $(foreach name,$(call wraps_named,$*.c),-Wl,--wrap=$(name))
$(UNIT_TESTS): LDLIBS := -lcmocka
$(FUZZERS): LDLIBS := -fsanitize=fuzzer
# These count what our code does, by the calls that a build for fuzzing makes.
$(COUNTING_TESTS): LDLIBS := -Wl,--wrap=memchr,--wrap=memrchr,--wrap=memmem
# The other side of our tests, never ours.
$(B)/tests/bench/netconf_bench: LDLIBS := -lnetconf2

# The device simulator.
$(LABD): $(patsubst %.c,$(B)/%.o,$(wildcard tests/lab/*.c)) $(call archive,base)
	$(LINK) $(LIB_LDLIBS)
# A NETCONF server with nothing behind it.
$(NCSERVER): $(patsubst %.c,$(B)/%.o,$(wildcard tests/lab/netconf/*.c)) $(call archive,base)
	$(LINK) $(LIB_LDLIBS) -lnetconf2

unit-tests: $(UNIT_TESTS)
everything: all $(UNIT_TESTS) $(LIVE_TOOLS) $(BENCHES) $(LABD) $(NCSERVER)

# A second make, because what pkg-config says is known only once the packages are there.
AGAIN := $(MAKE) --no-print-directory
PARALLEL = $(AGAIN) $(if $(findstring -j,$(MAKEFLAGS)),,-j$$(nproc))
check: deps
	+@$(PARALLEL) VARIANT=release everything
	+@$(PARALLEL) VARIANT=asan everything
	+@$(PARALLEL) VARIANT=fuzz device-fuzzers
	@tests/run.sh release asan fuzz

test: everything
	@tests/run.sh $(VARIANT)

# What documents show is what the program prints: write it anew, then read the difference.
update-expected: all
	python3 tests/examples.py --update $(B) README.md

lint: deps
	clang-format --dry-run -Werror $$(find daemon drivers tests -name '*.[ch]')
	sh tools/lint-arrows.sh
	yanglint -p models $$(grep -l '^module' models/*.yang)
	+@$(PARALLEL) VARIANT=clang everything

fuzz: deps
	+@$(AGAIN) VARIANT=fuzz fuzzers
	@mkdir -p build/fuzz/seeds && build/fuzz/tests/fuzz/seeds build/fuzz/seeds
	@tests/fuzz/run.sh $(or $(SECONDS),10) $(patsubst $(B)/%,build/fuzz/%,$(FUZZERS))
fuzzers: $(FUZZERS) $(SEEDS)
# Those of what a device sends run for some seconds in each `make check`.
device-fuzzers: $(patsubst %,$(B)/tests/fuzz/%_fuzz,netconf library data mapping profile indented \
    braces set edit keyvalue xml json fields words evidence) $(COUNTING_TESTS) $(SEEDS)

# The programs that go into the store or the differ; what they leave out is not covered.
COVERING = $(foreach test,$(wildcard tests/unit/*_test.c),$(if $(filter store diff,$(call \
    rooms_named,$(test))),build/cover/$(test:.c=)))
cover: deps
	+@$(PARALLEL) VARIANT=cover $(COVERING)
	@sh tools/cover.sh build/cover $(COVERING)

bench: deps
	+@$(PARALLEL) everything
	@$(B)/tests/bench/reading_bench
	@tests/bench/run.sh
	@tests/bench/netconf.sh
	@$(B)/tests/bench/history_bench

demo: deps
	+@$(PARALLEL) all $(LABD)
	@tests/demo/demo.sh

# ---- the machine ----
deps:
	@sh tools/deps.sh install $(PACKAGES)

deps-check:
	@sh tools/deps.sh check $(PACKAGES)

install: all
	@PREFIX='$(PREFIX)' DESTDIR='$(DESTDIR)' sh tools/install.sh install $(B)

uninstall:
	@PREFIX='$(PREFIX)' DESTDIR='$(DESTDIR)' sh tools/install.sh uninstall $(B)

clean:
	rm -rf build

-include $(shell find $(B) -name '*.d' 2>/dev/null)

.PHONY: all everything unit-tests check test update-expected lint fuzz fuzzers device-fuzzers bench cover demo deps deps-check install \
    uninstall clean
