# warmpath: build, run, test, measure. `make help` lists the targets.

SAN ?=
V ?= 0
CC := gcc
PY := /usr/bin/python3

# Objects of each variant stand side by side under build/.
comma := ,
VARIANT := $(or $(STAGE),$(if $(SAN),$(subst $(comma),-,$(SAN)),release))
B := build/$(VARIANT)

# Stages of `make tuned`: a gateway that counts where it goes, and one that is
# compiled for what was counted, as a whole. Of faults others have warned.
STAGE ?=
COUNTED := build/counted
TUNED := build/tuned
STAGE_counted := -fprofile-generate -fprofile-update=atomic
STAGE_tuned := -fprofile-use -fprofile-partial-training -flto=auto -w

LLHTTP := /usr/share/llhttp
# Of a sanitizer's report the lines of the stack are read, no variables.
OPT := $(if $(SAN),-O1 -fno-omit-frame-pointer -g1,-O2 -g $(STAGE_$(STAGE)))
SANFLAGS := $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all)
WARN := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wwrite-strings -Wundef -Wvla -Wformat=2 \
	-Wno-format-nonliteral -Wno-missing-field-initializers
DEFS := -D_GNU_SOURCE -DLLHTTP_STRICT_MODE=1 -DOPENSSL_API_COMPAT=0x10100000L
VERSION := $(shell cat VERSION)
COMMIT := $(shell git describe --always --dirty --abbrev=12 2>/dev/null || echo unknown)
CPPFLAGS := -I. -I/usr/share/include/llhttp $(DEFS)
CFLAGS := -std=gnu11 $(OPT) $(WARN) $(SANFLAGS) -fno-strict-aliasing -pthread
# Tables of addresses are read-only once it runs.
LDFLAGS := $(if $(SAN),$(SANFLAGS),-Wl,-z,relro,-z,now) -pthread \
	$(if $(STAGE),$(OPT))
LDLIBS := -levent_core -levent_extra -levent_openssl -levent_pthreads \
	-lssl -lcrypto -lnghttp2 -ljansson -lfyaml -lyaml -lzmq -lxxhash -lz \
	-lcares -lresolv -lm

Q := $(if $(filter 1,$(V)),,@)
# As many jobs as cores, unless whoever called make has said how many.
JOBS = $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(shell nproc))

COMMON_SRC := $(shell find common -name '*.c' | sort)
ROUTER_SRC := $(filter-out router/main.c,$(shell find router -name '*.c' 2>/dev/null | sort))
SIM_SRC := $(filter-out tools/sim/main.c,$(wildcard tools/sim/*.c))
BENCH_SRC := $(filter-out tools/bench/main.c,$(wildcard tools/bench/*.c))
UNIT_SRC := $(shell find tests/unit -name '*_test.c' 2>/dev/null | sort)
FUZZ_SRC := $(filter-out tests/fuzz/replay.c,$(wildcard tests/fuzz/*.c))
MICRO_SRC := $(wildcard tests/bench/*.c)
PARITY_SRC := $(wildcard tests/parity/*.c)
LAB_SRC := $(filter-out tests/lab/main.c,$(wildcard tests/lab/*.c))

obj = $(patsubst %.c,$(B)/%.o,$(1))
LLHTTP_OBJ := $(patsubst %,$(B)/llhttp/%.o,llhttp api http)

PROGRAMS := $(if $(wildcard router/main.c),$(B)/warmpath) \
	$(if $(wildcard tools/sim/main.c),$(B)/warmpath-sim) \
	$(if $(wildcard tools/bench/main.c),$(B)/warmpath-bench)
UNIT := $(patsubst tests/unit/%.c,$(B)/unit/%,$(UNIT_SRC))
REPLAY := $(patsubst tests/fuzz/%.c,$(B)/replay/%,$(FUZZ_SRC))
MICRO := $(patsubst tests/bench/%.c,$(B)/micro/%,$(MICRO_SRC))
PARITY := $(patsubst tests/parity/%.c,$(B)/parity/%,$(PARITY_SRC))
SCENARIO := $(if $(wildcard tests/scenario/runner.c),$(B)/scenario/runner)

.PHONY: all help deps run test check bench parity fuzz lint format clean tests
.DEFAULT_GOAL := all

all: $(PROGRAMS)

help:
	@echo 'make                  build warmpath, warmpath-sim and warmpath-bench'
	@echo 'make run              show the main job on four simulated workers'
	@echo 'make run CONFIG=F     run the gateway on the fleet that F names'
	@echo 'make test             build and pass every test; SAN=address,undefined'
	@echo '                      or SAN=thread does so under that sanitizer'
	@echo 'make tuned            the gateway that packages have: compiled for what a'
	@echo '                      load has passed through; in build/tuned'
	@echo 'make bench            measure, as ratios within one run; ONLY=NAME,'
	@echo '                      BENCH_ARGS="--full --json FILE"'
	@echo 'make lab              routing policies on simulated fleets, beside those'
	@echo '                      of others; QUICK=1, ONLY=LOAD,..., LAB_ARGS='
	@echo 'make parity           token ids beside the reference library; ONLY=NAME,'
	@echo '                      PARITY_ARGS="--strings 1000000 --seed 2"'
	@echo 'make fuzz T=NAME      fuzz one target for SECONDS (default 600)'
	@echo 'make soak MINUTES=10  mixed faults beside good clients; SEED=N for the same again'
	@echo 'make churn            a minute of reloads, certificate changes and upgrades'
	@echo '                      under load; CHURN_ARGS="--rate 500 --streams 200"'
	@echo 'make man              manual pages and completion, in build/release/man'
	@echo 'make deb              Debian packages, in build/release/deb'
	@echo 'make image-test       build the container image with buildah, and try it'
	@echo 'make readme           write the README'\''s table of models anew'
	@echo 'make pictures         take the README'\''s pictures anew, in a browser'
	@echo 'make lint             layers, sizes and style'
	@echo 'make format           clang-format over the tree'
	@echo 'make clean            remove build/'

# What apt must have brought before anything can be built.
deps:
	@tools/deps.sh $(DEPS_FOR)

$(B)/libcommon.a: $(call obj,$(COMMON_SRC)) $(LLHTTP_OBJ)
$(B)/librouter.a: $(call obj,$(ROUTER_SRC))
$(B)/libsim.a: $(call obj,$(SIM_SRC))
$(B)/libbench.a: $(call obj,$(BENCH_SRC))
$(B)/liblab.a: $(call obj,$(LAB_SRC))
$(B)/%.a:
	@echo '  AR      $@'
	@mkdir -p $(@D)
	$(Q)rm -f $@ && gcc-ar rcs $@ $^

# Counts fit the sources that were counted: what changes is trained anew.
ifeq ($(STAGE),tuned)
TRAINED := $(B)/trained
$(TRAINED): $(COUNTED)/warmpath tools/tune/train.py
	@echo '  TRAIN   $<'
	$(Q)$(PY) tools/tune/train.py $(COUNTED) build/release $(B)
	@touch $@
$(COUNTED)/warmpath: .FORCE
	@$(MAKE) --no-print-directory STAGE=counted $@
endif

# What requests pass through is inlined further than the rest.
SERVING := $(foreach x,api decision fleet index net policy prompt proxy \
	tenant upstream,$(filter router/$(x)/%,$(ROUTER_SRC)))
SERVING += $(filter-out common/token/load_%,$(COMMON_SRC))
$(if $(SAN),,$(call obj,$(SERVING))): CFLAGS += -O3
# Tests take longer to compile than to run.
$(B)/tests/unit/%.o: CFLAGS += -O0 -g1

$(B)/%.o: %.c $(TRAINED)
	@echo '  CC      $<'
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(B)/llhttp/%.o: $(LLHTTP)/%.c $(TRAINED)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) -std=gnu11 -g $(OPT) $(SANFLAGS) -w -c $< -o $@

# The version is a fact of one file, so only that file is built again, and
# only when it has changed.
$(B)/router/version.o: VERSION $(B)/version.txt
$(B)/router/version.o: CPPFLAGS += -DWARMPATH_VERSION='"$(VERSION)"' -DWARMPATH_COMMIT='"$(COMMIT)"'
.PHONY: .FORCE
$(B)/version.txt: .FORCE
	@mkdir -p $(B)
	@echo '$(VERSION) $(COMMIT)' | cmp -s - $@ || echo '$(VERSION) $(COMMIT)' > $@

# The admin page's files are read by the assembler.
$(B)/router/admin/page.o build/fuzz/obj/router/admin/page.o: $(wildcard router/admin/page/*)
$(B)/router/admin/page.o: CFLAGS += -fno-lto

LIBS := $(B)/librouter.a $(B)/libsim.a $(B)/libbench.a $(B)/libcommon.a
# Put in its place when it is whole: one that runs it meanwhile sees the old.
define link
	@echo '  LD      $@'
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@.new $(filter %.o,$^) $(filter %.a,$^) $(LDLIBS)
	$(Q)mv -f $@.new $@
endef
$(B)/unit/%: LDLIBS := -lcmocka $(LDLIBS)
$(B)/micro/%: LDLIBS := -lmsgpackc $(LDLIBS)

$(B)/warmpath: $(B)/router/main.o $(B)/librouter.a $(B)/libcommon.a
	$(link)
$(B)/warmpath-sim: $(B)/tools/sim/main.o $(B)/libsim.a $(B)/libcommon.a
	$(link)
$(B)/warmpath-bench: $(B)/tools/bench/main.o $(B)/libbench.a $(B)/libcommon.a
	$(link)
$(B)/unit/%: $(B)/tests/unit/%.o $(LIBS)
	$(link)
$(B)/replay/%: $(B)/tests/fuzz/%.o $(B)/tests/fuzz/replay.o $(LIBS)
	$(link)
$(B)/scenario/runner: $(call obj,$(wildcard tests/scenario/*.c)) $(LIBS)
	$(link)
$(B)/unit/lab/%: $(B)/tests/unit/lab/%.o $(B)/liblab.a $(LIBS)
	$(link)
$(B)/lab/lab: $(B)/tests/lab/main.o $(B)/liblab.a $(B)/librouter.a $(B)/libcommon.a
	$(link)
$(B)/micro/%: $(B)/tests/bench/%.o $(LIBS)
	$(link)

$(B)/bench/token: $(B)/tests/bench/token/encode.o $(B)/libcommon.a
	$(link)

$(B)/parity/%: $(B)/tests/parity/%.o $(B)/libcommon.a
	$(link)

# The gateway that is deployed and measured, in build/tuned.
.PHONY: tuned
tuned: build/release/warmpath-sim build/release/warmpath-bench
	@$(MAKE) $(JOBS) --no-print-directory STAGE=tuned $(TUNED)/warmpath

tests: all $(UNIT) $(REPLAY) $(SCENARIO) $(PARITY)

CONFIG ?=
run: deps
	@$(MAKE) $(JOBS) --no-print-directory all
	@if [ -n '$(CONFIG)' ]; then exec $(B)/warmpath --config '$(CONFIG)'; \
	else exec $(PY) tools/demo/demo.py --build $(B); fi

test:
	@$(MAKE) --no-print-directory deps DEPS_FOR=test
	@$(if $(SAN),,tools/unpack.sh prometheus prometheus promtool)
	@tools/unpack.sh dnsmasq-base dnsmasq
	@$(MAKE) $(JOBS) --no-print-directory tests
	@BUILD=$(B) SAN=$(SAN) $(PY) tests/run.py $(ONLY)

bench:
	@$(MAKE) --no-print-directory deps DEPS_FOR=bench
	@$(MAKE) $(JOBS) --no-print-directory all micro $(B)/bench/token tuned
	@$(PY) tests/bench/run.py --build $(B) --gateway $(TUNED)/warmpath $(BENCH_ARGS) $(ONLY)
.PHONY: micro
micro: $(MICRO)

# Puts what the test data gives into the README's table of models.
.PHONY: readme
readme:
	@$(MAKE) $(JOBS) --no-print-directory tests
	@BUILD=$(B) $(PY) tests/e2e/models_table.py --write

# The README's, taken of simulated fleets: the live page and a board.
.PHONY: pictures
pictures:
	@$(MAKE) --no-print-directory deps DEPS_FOR=pictures
	@tools/unpack.sh prometheus prometheus promtool
	@$(MAKE) $(JOBS) --no-print-directory all
	@BUILD=$(B) $(PY) tests/e2e/board_picture.py docs
	@BUILD=$(B) WARMPATH_PICTURE=docs/page.png $(PY) -m pytest -q \
		-p no:cacheprovider tests/e2e/page_browser_test.py -k faults

# Manual pages and bash's completion, of what the programs say.
.PHONY: man
man: $(B)/man/warmpath.1
$(B)/man/warmpath.1: tools/manual/manual.py $(B)/warmpath $(B)/warmpath-sim
	@echo '  MAN     $(@D)'
	$(Q)$(PY) tools/manual/manual.py $(B) $(@D)

# Debian packages, in build/release/deb.
.PHONY: deb
deb:
	@$(MAKE) --no-print-directory deps DEPS_FOR=deb
	@$(MAKE) $(JOBS) --no-print-directory all man tuned
	@GATEWAY=$(CURDIR)/$(TUNED)/warmpath deploy/debian/build.sh $(B)

# The container image, built without a registry and run; minutes, and root.
.PHONY: image-test
image-test:
	@$(MAKE) --no-print-directory deps DEPS_FOR=image
	@$(MAKE) $(JOBS) --no-print-directory all
	@BUILD=$(B) $(PY) -m pytest -q -rP -p no:cacheprovider tests/e2e/image.py

# Fetches the library from PyPI the first time.
parity:
	@$(MAKE) --no-print-directory deps DEPS_FOR=parity
	@$(MAKE) $(JOBS) --no-print-directory $(PARITY)
	@$(PY) tests/parity/parity.py --build $(B) $(PARITY_ARGS) $(ONLY)

# Faults of every kind, for as long as one likes.
MINUTES ?= 10
SEED ?=
.PHONY: soak
soak:
	@$(MAKE) --no-print-directory deps DEPS_FOR=test
	@$(MAKE) $(JOBS) --no-print-directory all
	@BUILD=$(B) SAN=$(SAN) $(PY) tests/e2e/soak.py --minutes $(MINUTES) $(if $(SEED),--seed $(SEED))

# Reloads, certificate changes and upgrades under load, and then a drain.
.PHONY: churn
churn:
	@$(MAKE) --no-print-directory deps DEPS_FOR=test
	@$(MAKE) $(JOBS) --no-print-directory all
	@BUILD=$(B) SAN=$(SAN) $(PY) tests/e2e/churn.py $(CHURN_ARGS)

# Policies on fleets in virtual time. QUICK=1 takes a minute.
TRACES ?= $(or $(WARMPATH_TESTDATA),../shared/testdata)/traces
LAB = $(B)/lab/lab --traces $(TRACES) $(if $(QUICK),--quick) \
	$(if $(ONLY),--only $(ONLY)) $(LAB_ARGS)
.PHONY: lab
lab:
	@$(MAKE) $(JOBS) --no-print-directory $(B)/lab/lab
	@$(LAB)
ifeq ($(QUICK)$(LAB_ARGS),)
	@$(LAB) --workers 32 --seeds 1 --at-knee
	@$(LAB) --workers 128 --seeds 1 --at-knee
endif

# Coverage-guided, with the corpus that the tests replay as its seed.
T ?=
SECONDS ?= 600
FUZZ_CC := clang-14
FUZZ_FLAGS := -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
fuzz:
	@test -n '$(T)' || { echo 'make fuzz T=NAME, one of: $(notdir $(basename $(FUZZ_SRC)))'; exit 2; }
	@$(MAKE) --no-print-directory deps DEPS_FOR=fuzz
	@$(MAKE) --no-print-directory build/fuzz/$(T)
	@mkdir -p tests/fuzz/corpus/$(T) build/fuzz/found
	build/fuzz/$(T) -max_total_time=$(SECONDS) -timeout=10 -rss_limit_mb=2048 \
		-artifact_prefix=build/fuzz/found/$(T)- $(FUZZ_ARGS) build/fuzz/corpus-$(T) tests/fuzz/corpus/$(T)
fobj = $(patsubst %.c,build/fuzz/obj/%.o,$(1))
build/fuzz/obj/%.o: %.c
	@mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(CPPFLAGS) -std=gnu11 -g -O1 $(FUZZ_FLAGS) -pthread -w -MMD -MP -c $< -o $@
build/fuzz/obj/llhttp/%.o: $(LLHTTP)/%.c
	@mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(CPPFLAGS) -std=gnu11 -g -O1 $(FUZZ_FLAGS) -w -c $< -o $@
build/fuzz/libwarmpath.a: $(call fobj,$(COMMON_SRC) $(ROUTER_SRC)) $(patsubst %,build/fuzz/obj/llhttp/%.o,llhttp api http)
	@rm -f $@ && ar rcs $@ $^
build/fuzz/%: build/fuzz/obj/tests/fuzz/%.o build/fuzz/libwarmpath.a
	@mkdir -p $@-dir && rmdir $@-dir && mkdir -p build/fuzz/corpus-$*
	$(FUZZ_CC) -fsanitize=fuzzer,address,undefined -pthread -o $@ $^ $(LDLIBS)
.PRECIOUS: build/fuzz/obj/%.o $(B)/%.o

lint:
	@$(PY) tests/lint/lint.py

format:
	@git ls-files '*.c' '*.h' | xargs clang-format-14 -i

clean:
	rm -rf build

-include $(shell find $(B) build/fuzz/obj -type f -name '*.d' 2>/dev/null)
