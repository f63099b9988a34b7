# minibox - see README.md; `make help` lists the targets.
#
# One Makefile for everything.  What is built goes to build/, nowhere else.
# Sources come from minibox/ORDER; libraries from pkg-config.

.DEFAULT_GOAL := all
SHELL := /bin/bash
BUILD ?= build
CC ?= cc

# ---- flags -----------------------------------------------------------------

WARN := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes
# -iquote, not -I: our linux/seccomp.h must not hide the kernel's.
CFLAGS_ALL := -std=gnu11 -D_GNU_SOURCE -O2 -g $(WARN) -iquote minibox \
              -ffile-prefix-map=$(CURDIR)/= -MMD -MP $(CFLAGS)

# minibox itself is linked statically where the system has all its libraries as
# archives (Debian, Ubuntu, Alpine): the start of a container is 10 % quicker
# without the dynamic loader.  The sanitizers need the shared ones.
SMALL_LIBS := jansson cap seccomp crypto z
LIBDIR := $(shell $(CC) -print-file-name=libc.a | xargs dirname)
has_archive = $(wildcard $(LIBDIR)/lib$(1).a)
STATIC := $(if $(SANITIZE),,$(if $(filter-out 6,$(words $(foreach l,c $(SMALL_LIBS),$(call has_archive,$(l))))),,-static))
LIBS := $(addprefix -l,$(SMALL_LIBS))
LIBS_LAYER := -larchive -lcap

# ---- sources ---------------------------------------------------------------

MODULES := $(shell awk '!/^\#/ && NF { print $$2 }' minibox/ORDER)
# These need libarchive, and are linked into minibox-layer alone.
LAYER_MODULES := image/walk image/untar image/entry image/layer image/mktar \
                 image/packfile image/layerpack
MODULE_C = $(wildcard $(addsuffix .c,$(addprefix minibox/,$(1))))
MAIN_C := $(call MODULE_C,$(filter-out $(LAYER_MODULES),$(MODULES))) \
          $(filter-out $(call MODULE_C,$(MODULES)),$(wildcard minibox/cli/*.c))
LAYER_C := $(call MODULE_C,$(LAYER_MODULES)) minibox/image/layer_main.c \
           $(call MODULE_C,base/error base/mem base/buf base/fs base/explain \
                           linux/chroot linux/caps)
INIT_C := $(call MODULE_C,base/error base/mem base/buf base/fs linux/spawn \
                          linux/init) minibox/linux/init_main.c
GEN_C := $(call MODULE_C,base/error base/mem base/buf base/explain linux/caps \
                         linux/syscalls linux/seccomp) \
         minibox/linux/seccomp_gen.c

objects = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
FILTER := $(BUILD)/gen/seccomp_default
PROGRAMS := $(BUILD)/minibox $(BUILD)/minibox-layer $(BUILD)/minibox-init

# ---- build -----------------------------------------------------------------

all: $(PROGRAMS) ## build minibox

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) $(SANITIZE) -c $< -o $@

# The default seccomp filter is made once, here, by libseccomp.
$(BUILD)/gen/seccomp_gen: $(call objects,$(GEN_C))
	@mkdir -p $(@D)
	$(CC) $(SANITIZE) $^ -lseccomp -lcap -o $@
$(FILTER).c: $(BUILD)/gen/seccomp_gen
	$< > $@.tmp && mv $@.tmp $@
$(FILTER).o: $(FILTER).c
	$(CC) $(CFLAGS_ALL) $(SANITIZE) -c $< -o $@

$(BUILD)/minibox: $(call objects,$(MAIN_C)) $(FILTER).o
	$(CC) $(SANITIZE) $(STATIC) $^ $(LIBS) -o $@
$(BUILD)/minibox-layer: $(call objects,$(LAYER_C))
	$(CC) $(SANITIZE) $^ $(LIBS_LAYER) -o $@
# Static, because it runs on the libraries of no image; never sanitized.
$(BUILD)/minibox-init: $(INIT_C)
	$(CC) $(filter-out -MMD -MP,$(CFLAGS_ALL)) -static $^ -o $@

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

# ---- the first commands of a newcomer --------------------------------------

deps: ## install what is missing (Debian, Ubuntu; others by their own names)
	@tests/deps

# With a make of its own, which sees the libraries that were just installed.
demo: deps ## see in a minute what a container is
	@$(MAKE) --no-print-directory all
	@tests/demo/run

# ---- tests -----------------------------------------------------------------

TEST_C := $(wildcard tests/minibox/*/test_*.c)
TESTS := $(patsubst tests/minibox/%.c,$(BUILD)/tests/%,$(TEST_C))
TEST_OBJECTS = $(filter-out %/cli/main.o,$(call objects,$(MAIN_C))) \
               $(call objects,$(call MODULE_C,$(LAYER_MODULES))) $(FILTER).o
TEST_LIBS := -larchive -lcheck_pic -lsubunit -lm -lrt -lpthread $(LIBS)

$(BUILD)/obj/tests/%.o: CFLAGS_ALL += -Itests/minibox
# All modules but main, as one archive, so that the tests link quickly.
$(BUILD)/libminibox.a: $(TEST_OBJECTS)
	rm -f $@ && ar rcs $@ $^
.SECONDARY: $(call objects,$(TEST_C))
$(BUILD)/tests/%: $(BUILD)/obj/tests/minibox/%.o $(BUILD)/libminibox.a
	@mkdir -p $(@D)
	$(CC) $(SANITIZE) $< -Wl,--whole-archive $(BUILD)/libminibox.a \
	    -Wl,--no-whole-archive $(TEST_LIBS) -o $@

tests: all $(TESTS)

check: deps ## everything that must hold; the same that CI runs
	@tests/check
check-fast: tests ## the inner loop: units and a few commands, half a minute
	@tests/check --fast
asan: ## build/asan: the same programs and tests with ASan and UBSan
	@$(MAKE) --no-print-directory BUILD=build/asan tests \
	    SANITIZE='-fsanitize=address,undefined -fno-omit-frame-pointer' \
	    CFLAGS='-O1 -Wno-error=format-truncation -Wno-error=maybe-uninitialized'

lint: ## style, layering, lengths, shell scripts
	@tests/lint
style: ## the numbers behind the style
	@tests/lint --style
bench: all ## start-up and build beside runc, crun, bubblewrap, docker, ...
	@tests/bench
fuzz: ## fuzz the parsers for a minute each (clang)
	@tests/fuzz/run

# ---- the rest --------------------------------------------------------------

clean: ## remove build/
	rm -rf $(BUILD)
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' \
	    Makefile

.PHONY: all deps demo tests check check-fast asan lint style bench fuzz clean help
