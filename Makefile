# SPDX-License-Identifier: Apache-2.0
# One flat Makefile. A room is a folder of pkg/: its archive, its tests and its
# place in the agent follow from the files that are there.

VERSION ?= $(or $(patsubst v%,%,$(shell git describe --tags --match 'v*' 2>/dev/null)),0.1.0)
PREFIX ?= /usr/local
SYSTEMD ?= auto
PYTHON ?= /usr/bin/python3
RUNS ?= 10000
SECONDS ?= 30
SIM_FLAVOUR ?= asan
INTEGRATION_FLAVOUR ?= asan

ifeq ($(origin CC),default)
CC := gcc
endif
ifeq ($(filter -j%,$(MAKEFLAGS)),)
MAKEFLAGS += -j$(shell nproc)
endif
MAKEFLAGS += --no-builtin-rules --no-print-directory
.SUFFIXES:
.DELETE_ON_ERROR:

# Flags

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wmissing-prototypes \
	-Wstrict-prototypes -Wswitch-enum -Wundef -Wvla -Wformat=2 -Wimplicit-fallthrough
WERROR ?= -Werror
LIBRARIES := libuv libcurl jansson hiredis openssl

SYSTEMD_FOUND := $(shell pkg-config --exists libsystemd 2>/dev/null && echo yes)
NOTIFY := $(if $(filter yes,$(if $(filter auto,$(SYSTEMD)),$(SYSTEMD_FOUND),$(SYSTEMD))),systemd,none)
ifeq ($(NOTIFY),systemd)
LIBRARIES += libsystemd
endif

LIB_CFLAGS := $(shell pkg-config --cflags $(LIBRARIES) 2>/dev/null)
LIB_LIBS := $(shell pkg-config --libs $(LIBRARIES) 2>/dev/null) -lm
CMOCKA_LIBS := $(shell pkg-config --libs cmocka 2>/dev/null)

C_FLAGS := -std=c11 -D_GNU_SOURCE -DREL_VERSION=\"$(VERSION)\" -Iinclude -I. \
	-include include/redis-election/base/banned.h $(LIB_CFLAGS) $(WARNINGS) $(WERROR)

SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

CC_release := $(CC)
FLAGS_release := -O2 -g -fPIE -fstack-protector-strong -fstack-clash-protection \
	-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
LINK_release := -pie -Wl,-z,relro,-z,now,-z,noexecstack,--as-needed \
	-Wl,--export-dynamic-symbol=_gnutls_global_init_skip

CC_asan := $(CC)
FLAGS_asan := -O1 -g $(SANITIZE)
LINK_asan := $(SANITIZE)

# For many seeds of the simulator: a fifth faster than release.
CC_fast := gcc
FLAGS_fast := -O3 -g -flto=auto -ffat-lto-objects
LINK_fast := -O3 -flto=auto

CC_cover := gcc
FLAGS_cover := -O0 -g --coverage
LINK_cover := --coverage

CC_fuzz := clang
FLAGS_fuzz := -O1 -g -fsanitize=fuzzer-no-link $(SANITIZE)
LINK_fuzz := -fsanitize=fuzzer $(SANITIZE)

FLAVOURS := release asan fast cover fuzz

# Files

NOT_CHOSEN := $(filter-out pkg/notify/$(NOTIFY).c,pkg/notify/systemd.c pkg/notify/none.c)
SOURCES := $(filter-out $(NOT_CHOSEN),$(wildcard pkg/*/*.c))
ROOMS := $(sort $(foreach source,$(SOURCES),$(word 2,$(subst /, ,$(source)))))
PURE_ROOMS := $(filter base config election role node metrics,$(ROOMS))
SIM_ROOMS := $(filter base election role node,$(ROOMS))
# A driver's test also needs what every driver stands on.
DRIVER_ROOMS := $(filter loop stream,$(ROOMS))

AGENT := $(wildcard cmd/redis-election/*.c)
SIM := $(wildcard test/sim/*.c)
UNITS := $(basename $(notdir $(wildcard test/unit/*_test.c)))
UNIT_SUPPORT := $(filter-out %_test.c,$(wildcard test/unit/*.c test/unit/*/*.c))
FUZZERS := $(basename $(notdir $(wildcard test/fuzz/*_fuzz.c)))

.PHONY: all help setup lint unit sim mutants integration kube-conformance fuzz bench demo test \
	docs format install clean cover FORCE

all: $(if $(AGENT),build/release/redis-election,$(ROOMS:%=build/release/lib%.a))

help:
	@echo 'make              build build/release/redis-election'
	@echo 'make setup        install what build and tests need (Debian)'
	@echo 'make test         setup, lint, unit, sim (short), integration: everything that is quick'
	@echo 'make lint         format, layers, purity, banned calls, second compiler, shellcheck'
	@echo 'make unit         unit tests under ASan and UBSan; UNIT=base_time_test for one'
	@echo 'make sim          simulator: schedules, then RUNS=$(RUNS) seeds, or SEED=;'
	@echo '                  SIM_FLAVOUR=asan|release|fast'
	@echo 'make mutants      safety rules broken one by one: the simulator must notice'
	@echo 'make integration  real Redis, real agents, API stand-in; KUBE=real, TESTS= for some'
	@echo 'make kube-conformance  stand-in and real API server alike; KUBE=both|standin|real'
	@echo 'make fuzz         every codec; SECONDS=$(SECONDS) for each'
	@echo 'make bench        failover, hand-over, footprint: figures, no verdict; BENCH=--help,'
	@echo '                  or BENCH="--scenario redis_kill_restart --n 3"'
	@echo 'make demo         three Redis, three agents, one dies: without Kubernetes'
	@echo 'make cover        line coverage of the unit tests and the simulator'
	@echo 'make format       clang-format over all C files'
	@echo 'make docs         what is generated in docs/ and README.md, from the program'
	@echo 'make install      DESTDIR= PREFIX=$(PREFIX)'
	@echo 'make clean'
	@echo
	@echo 'Variables: CC=gcc|clang VERSION=$(VERSION) SYSTEMD=auto|yes|no WERROR= V=1'

# Building

quiet = $(if $(V),,@echo '  $(1)  $(2)';)

define flavour
build/$(1)/flags: FORCE
	@mkdir -p $$(@D)
	@echo '$$(CC_$(1)) $$(C_FLAGS) $$(FLAGS_$(1)) $$(LINK_$(1)) $$(LIB_LIBS)' | cmp -s - $$@ || \
		echo '$$(CC_$(1)) $$(C_FLAGS) $$(FLAGS_$(1)) $$(LINK_$(1)) $$(LIB_LIBS)' >$$@

build/$(1)/%.o: %.c build/$(1)/flags
	@mkdir -p $$(@D)
	$$(call quiet,CC,$$@)$$(CC_$(1)) $$(C_FLAGS) $$(FLAGS_$(1)) $$(CFLAGS) -MMD -MP -c $$< -o $$@

build/$(1)/redis-election: $$(AGENT:%.c=build/$(1)/%.o) $$(ROOMS:%=build/$(1)/lib%.a)
	$$(call link,$(1),$$^,$$(LIB_LIBS))

build/$(1)/libverbs.a: $$(patsubst %.c,build/$(1)/%.o,$$(filter-out %/main.c,$$(AGENT)))
	$$(call archive,$$^)

build/$(1)/sim: $$(SIM:%.c=build/$(1)/%.o) $$(SIM_ROOMS:%=build/$(1)/lib%.a)
	$$(call link,$(1),$$^,)

build/$(1)/libunit-support.a: $$(UNIT_SUPPORT:%.c=build/$(1)/%.o)
	$$(call archive,$$^)

-include $$(patsubst %.c,build/$(1)/%.d,$$(SOURCES) $$(AGENT) $$(SIM) $$(UNIT_SUPPORT) \
	$$(UNITS:%=test/unit/%.c) $$(FUZZERS:%=test/fuzz/%.c))
endef

define link
	$(call quiet,LD,$@)$(CC_$(1)) $(LINK_$(1)) $(LDFLAGS) -o $@ \
		-Wl,--start-group $(2) -Wl,--end-group $(3)
endef

define archive
	$(call quiet,AR,$@)rm -f $@ && ar rcs $@ $(1)
endef

# $(1) flavour, $(2) room
define room
build/$(1)/lib$(2).a: $$(patsubst %.c,build/$(1)/%.o,$$(filter pkg/$(2)/%,$$(SOURCES)))
	$$(call archive,$$^)
endef

# The rooms that a test or fuzzer named ROOM_FILE links: those of no library, its
# own, and what drivers share; for the rooms above the drivers, all of them.
above = agent bootstrap cmd
room_of = $(firstword $(subst _, ,$(1)))
rooms_for = $(sort $(if $(filter $(above),$(call room_of,$(1))),$(ROOMS),\
	$(PURE_ROOMS) $(filter $(call room_of,$(1)),$(ROOMS)) \
	$(if $(filter $(PURE_ROOMS),$(call room_of,$(1))),,$(DRIVER_ROOMS))))
libs_for = $(if $(filter $(PURE_ROOMS),$(call room_of,$(1))),-lm,$(LIB_LIBS))

# $(1) flavour, $(2) test, $(3) folder, $(4) libraries
define program
build/$(1)/test/$(3)/$(2): build/$(1)/test/$(3)/$(2).o $$(patsubst %,build/$(1)/lib%.a,\
		$$(call rooms_for,$(2)) $$(if $$(UNIT_SUPPORT),unit-support) \
		$$(if $$(filter cmd,$$(call room_of,$(2))),verbs))
	$$(call link,$(1),$$^,$(4) $$(call libs_for,$(2)))
endef

$(foreach f,$(FLAVOURS),$(eval $(call flavour,$(f))))
$(foreach f,$(FLAVOURS),$(foreach r,$(ROOMS),$(eval $(call room,$(f),$(r)))))
$(foreach f,asan cover,$(foreach t,$(UNITS),\
	$(eval $(call program,$(f),$(t),unit,$$(CMOCKA_LIBS)))))
$(foreach t,$(FUZZERS),$(eval $(call program,fuzz,$(t),fuzz,)))

.SECONDARY:

# Checks

setup:
	@scripts/setup

lint: $(PURE_ROOMS:%=build/release/lib%.a) $(if $(AGENT),build/release/redis-election) \
		$(patsubst %.c,build/release/%.o,$(wildcard pkg/*/*_codec.c))
	@CC='$(CC)' LIB_LIBS='$(LIB_LIBS)' C_FLAGS='$(C_FLAGS)' $(PYTHON) test/lint/run

UNIT ?= $(UNITS)
unit: $(UNIT:%=build/asan/test/unit/%)
	@$(PYTHON) test/unit/run $^

# The schedules first, unless it is one seed that somebody wants to see.
sim: build/$(SIM_FLAVOUR)/sim
	@$(PYTHON) test/tally $(if $(SEED),,'$< test/sim/cases') \
		'$< --runs $(RUNS) $(if $(SEED),--seed $(SEED))'

mutants:
	@$(firstword $(wildcard test/sim/mutants test/sim/mutants.py test/mutants/run))

integration: build/$(INTEGRATION_FLAVOUR)/redis-election
	@REDIS_ELECTION='$(abspath $<)' KUBE='$(KUBE)' \
		$(PYTHON) -B test/run_pytest $(or $(TESTS),test/integration)

kube-conformance:
	@KUBE='$(or $(KUBE),both)' $(PYTHON) -B test/run_pytest test/conformance

fuzz: $(FUZZERS:%=build/fuzz/test/fuzz/%)
	@$(PYTHON) test/fuzz/run --seconds $(SECONDS) $^

# Before setup a fresh machine has no pkg-config to ask: make is called again after it.

bench:
	@scripts/setup
	@$(MAKE) build/release/redis-election
	@test/bench/bench $(BENCH)

demo:
	@scripts/setup
	@$(MAKE) build/release/redis-election
	@test/demo/demo

test:
	@scripts/setup
	@$(PYTHON) test/tally '$(MAKE) lint' '$(MAKE) unit' $(if $(SIM),'$(MAKE) sim RUNS=2000') \
		$(if $(wildcard test/integration),'$(MAKE) integration')

cover: $(UNITS:%=build/cover/test/unit/%) $(if $(SIM),build/cover/sim)
	@find build/cover -name '*.gcda' -delete
	@$(PYTHON) test/unit/run $(UNITS:%=build/cover/test/unit/%)
	@$(if $(SIM),build/cover/sim --runs 500,:)
	@$(PYTHON) test/cover build/cover

format:
	@test/lint/format --fix

docs: build/release/redis-election
	@docs/generate $<

# Installing

BINDIR = $(DESTDIR)$(PREFIX)/bin
SHAREDIR = $(DESTDIR)$(PREFIX)/share

install: build/release/redis-election
	install -D -m 755 $< $(BINDIR)/redis-election
	ln -sf redis-election $(BINDIR)/kubectl-redis_election
	$(foreach page,$(wildcard docs/man/*.1),\
		install -D -m 644 $(page) $(SHAREDIR)/man/man1/$(notdir $(page)) &&) true
	install -D -m 644 LICENSE $(SHAREDIR)/doc/redis-election/LICENSE

clean:
	rm -rf build
