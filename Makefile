# rollcall: one non-recursive Makefile.
#
#   make            build/release/rollcall and build/release/rollcalld
#   make check      build, all tests, and again under ASan and UBSan
#   make demo       the main job, in front of your eyes
#   make deps       install what is missing (Debian, needs root)
#   VARIANT=release|asan|fuzz|cover chooses the tree below build/

VARIANT ?= release
B := build/$(VARIANT)
VERSION := 0.1.0

# ---- what the machine must have ----
PACKAGES := gcc make pkg-config libssh-dev libyang2-dev libsqlite3-dev libfyaml-dev libzstd-dev \
    libsodium-dev libpcre2-dev libjansson-dev libcurl4-openssl-dev libxml2-dev libsystemd-dev \
    uthash-dev libcmocka-dev bats clang clang-format libclang-rt-14-dev libyang2-tools sqlite3 openssl \
    openssh-server openssh-client frr python3 jq git procps tzdata
LIBRARIES := libssh libyang sqlite3 libfyaml libzstd libsodium libpcre2-8 jansson libcurl libxml-2.0 \
    libsystemd

# ---- compilers ----
CC := gcc
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wvla \
    -Wwrite-strings -Werror
HARDENING := -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection -fPIE \
    -fcf-protection=full
CFLAGS_release := -O2 -g $(HARDENING)
CFLAGS_asan := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
CFLAGS_cover := -O0 -g --coverage
CFLAGS_fuzz := -O1 -g -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all
LDFLAGS_release := -pie -Wl,-z,relro,-z,now -Wl,--as-needed
LDFLAGS_asan := -fsanitize=address,undefined
LDFLAGS_cover := --coverage
LDFLAGS_fuzz := -fsanitize=address,undefined
ifeq ($(VARIANT),fuzz)
CC := clang
endif
CPPFLAGS := -D_GNU_SOURCE -DROLLCALL_VERSION='"$(VERSION)"' -Idaemon -I.
CFLAGS = -std=c17 $(WARNINGS) $(CFLAGS_$(VARIANT))
LIB_CFLAGS := $(shell pkg-config --cflags $(LIBRARIES) 2>/dev/null)
LIB_LDLIBS := $(shell pkg-config --libs $(LIBRARIES) 2>/dev/null)

# ---- rooms: a folder is a static library; what follows it is what it may use (the arrows) ----
ROOMS := base ssh syntax drivers settings access diff store judge alert collect watch cli
ROOM_base := daemon/base
ROOM_ssh := drivers/ssh
ROOM_syntax := drivers/syntax
ROOM_drivers := drivers
ROOM_settings := daemon/settings
ROOM_access := daemon/access
ROOM_diff := daemon/diff
ROOM_store := daemon/store
ROOM_judge := daemon/judge
ROOM_alert := daemon/alert
ROOM_collect := daemon/collect
ROOM_watch := daemon/watch
ROOM_cli := daemon/cli

sources = $(wildcard $(ROOM_$1)/*.c)
objects = $(patsubst %.c,$(B)/%.o,$(call sources,$1))
archive = $(B)/lib/$1.a

ARCHIVES := $(foreach room,$(ROOMS),$(if $(call sources,$(room)),$(call archive,$(room))))
PROGRAMS := $(patsubst daemon/%.c,$(B)/%,$(wildcard daemon/rollcall.c daemon/rollcalld.c))

all: $(PROGRAMS)

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
# A unit test links the rooms named in its first line: /* rooms: base store */
UNIT_TESTS := $(patsubst tests/unit/%.c,$(B)/tests/unit/%,$(wildcard tests/unit/*_test.c))
rooms_of = $(shell sed -n '1s,.*rooms: *\(.*[^ ]\) *\*/.*,\1,p' $1)

.SECONDARY:
.SECONDEXPANSION:
$(B)/tests/unit/%_test: $(B)/tests/unit/%_test.o $$(foreach room,$$(call rooms_of,tests/unit/%_test.c),$$(call archive,$$(room)))
	$(LINK) -lcmocka $(LIB_LDLIBS)

unit-tests: $(UNIT_TESTS)

# The device simulator.
LABD := $(B)/tests/lab/labd
$(LABD): $(patsubst %.c,$(B)/%.o,$(wildcard tests/lab/*.c)) $(call archive,base)
	$(LINK) $(LIB_LDLIBS)

# One pull of the SSH driver, for tests/live.
PULL := $(B)/tests/live/pull
$(PULL): $(B)/tests/live/pull.o $(call archive,drivers) $(call archive,ssh) $(call archive,syntax) $(call archive,base)
	$(LINK) $(LIB_LDLIBS)

-include $(shell find $(B) -name '*.d' 2>/dev/null)

.PHONY: all unit-tests clean
clean:
	rm -rf build
