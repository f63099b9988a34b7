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
SMALL_LIBS := jansson cap seccomp crypto z zstd m
LIBDIR := $(shell $(CC) -print-file-name=libc.a | xargs dirname)
has_archive = $(wildcard $(LIBDIR)/lib$(1).a)
missing = $(filter-out $(foreach l,$(1),$(if $(call has_archive,$(l)),$(l))),$(1))
STATIC := $(if $(SANITIZE)$(call missing,c $(SMALL_LIBS)),,-static)
LIBS := $(addprefix -l,$(SMALL_LIBS))
LIBS_LAYER := -larchive -lcap
LIBS_HTTP := -lcurl -ljansson -lcap

# ---- sources ---------------------------------------------------------------

MODULES := $(shell awk '!/^\#/ && NF { print $$2 }' minibox/ORDER)
# These need libarchive, and are linked into minibox-layer alone.
LAYER_MODULES := image/walk image/untar image/entry image/layer image/mktar \
                 image/packfile image/layerpack
# OWN (tests/mybox sets it) has MODULE.c=FILE for each module that comes from a
# student.  In a handout some modules have no source: they are in solved.a.
OWN ?=
own = $(or $(patsubst $(1)=%,%,$(filter $(1)=%,$(OWN))),$(1))
MODULE_C = $(foreach f,$(1:%=minibox/%.c),$(or $(wildcard $(f)),\
                                               $(if $(filter $(f)=%,$(OWN)),$(f))))
SOLVED := $(wildcard minibox/solved.a)
MAIN_C := $(call MODULE_C,$(filter-out $(LAYER_MODULES),$(MODULES))) \
          $(filter-out $(call MODULE_C,$(MODULES)),$(wildcard minibox/cli/*.c))
LAYER_C := $(call MODULE_C,$(LAYER_MODULES)) minibox/image/layer_main.c \
           $(call MODULE_C,base/error base/mem base/buf base/fs base/explain \
                           linux/chroot linux/caps)
HTTP_C := $(call MODULE_C,base/error base/mem base/buf base/fs base/explain \
                          linux/caps) \
          minibox/image/http_main.c
INIT_C := $(call MODULE_C,base/error base/mem base/buf base/fs linux/spawn \
                          linux/init) minibox/linux/init_main.c
GEN_C := $(call MODULE_C,base/error base/mem base/buf base/explain linux/caps \
                         linux/syscalls linux/seccomp) \
         minibox/linux/seccomp_gen.c

objects = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
FILTER := $(BUILD)/gen/seccomp_default
# The init of a QEMU guest.
GUEST_C := $(call MODULE_C,base/error base/mem base/buf base/fs linux/spawn \
                           linux/init) minibox/vm/guest_main.c
PROGRAMS := $(addprefix $(BUILD)/,minibox minibox-layer minibox-http \
                                  minibox-init minibox-guest)

# ---- build -----------------------------------------------------------------

all: $(PROGRAMS) ## build minibox

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) $(SANITIZE) -c $< -o $@
define own_rule
$(BUILD)/obj/$(patsubst %.c,%.o,$(word 1,$(1))): $(word 2,$(1))
	@mkdir -p $$(@D)
	$$(CC) $$(filter-out -Werror,$$(CFLAGS_ALL)) -c $$< -o $$@
endef
$(foreach pair,$(OWN),$(eval $(call own_rule,$(subst =, ,$(pair)))))

# The default seccomp filter is made once, here, by libseccomp.
$(BUILD)/gen/seccomp_gen: $(call objects,$(GEN_C)) $(SOLVED)
	@mkdir -p $(@D)
	$(CC) $(SANITIZE) $^ -lseccomp -lcap -o $@
$(FILTER).c: $(BUILD)/gen/seccomp_gen
	$< > $@.tmp && mv $@.tmp $@
$(FILTER).o: $(FILTER).c
	$(CC) $(CFLAGS_ALL) $(SANITIZE) -c $< -o $@

$(BUILD)/obj/minibox/cli/layerspage.o: minibox/cli/layers.html
$(BUILD)/minibox: $(call objects,$(MAIN_C)) $(FILTER).o $(SOLVED)
	$(CC) $(SANITIZE) $(STATIC) $^ $(LIBS) -o $@
$(BUILD)/minibox-layer: $(call objects,$(LAYER_C)) $(SOLVED)
	$(CC) $(SANITIZE) $^ $(LIBS_LAYER) -o $@
$(BUILD)/minibox-http: $(call objects,$(HTTP_C)) $(SOLVED)
	$(CC) $(SANITIZE) $^ $(LIBS_HTTP) -o $@
# Static, because it runs on the libraries of no image; never sanitized.
$(BUILD)/minibox-init: $(foreach f,$(INIT_C),$(call own,$(f))) $(SOLVED)
	@mkdir -p $(@D)
	$(CC) $(filter-out -MMD -MP -Werror,$(CFLAGS_ALL)) -static $^ -o $@

$(BUILD)/minibox-guest: $(GUEST_C) $(SOLVED)
	@mkdir -p $(@D)
	$(CC) $(filter-out -MMD -MP,$(CFLAGS_ALL)) -static $^ -lpthread -o $@

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

# ---- the first commands of a newcomer --------------------------------------

deps: ## install what is missing (Debian, Ubuntu; others by their own names)
	@tests/deps

# With a make of its own, which sees the libraries that were just installed.
demo: deps ## see in a minute what a container is
	@$(MAKE) --no-print-directory all
	@tests/demo/run

# ---- the course -------------------------------------------------------------

# make grade [EX=05] [SEED=7f3a] [LAB=vm] [DIR=...] [ARGS='--format=json']
GRADE = $(BUILD)/grade $(if $(SEED),--seed $(SEED)) $(if $(LAB),--lab $(LAB)) \
        $(if $(DIR),--dir $(DIR)) $(ARGS) $(EX)
# The very first time, what is missing to build gets installed (and the make
# below sees the libraries that were just installed).
first-grader:
	@tests/deps --build
	@echo 'building the grader, once; V=1 shows how'
	@$(MAKE) --no-print-directory $(if $(V),,-s) grader
# Who wants to see points need not see how the grader is built; V=1 shows it.
ifneq ($(if $(V),,$(filter grade watch hint progress first-grader,\
                           $(MAKECMDGOALS))),)
.SILENT:
endif
READY := $(if $(wildcard $(BUILD)/grade),grader,first-grader)
grade: $(READY) ## grade your exercises: make grade, make grade EX=05
	@$(GRADE) || [ $$? = 1 ] # 1: not all points, which is no mistake
watch: $(READY) ## grade whenever you save: make watch EX=05
	@$(GRADE) --watch
hint: $(READY) ## the next hint for the first step that fails: make hint EX=05
	@$(GRADE) --hint
progress: $(READY) ## what is done, and what is next
	@$(GRADE) --progress
skeletons: ## cut the exercises anew out of the modules (keeps your work aside)
	@tests/skeleton write
skeleton: ## an exercise with the steps below K solved: EX=05 FROM=3
	@tests/skeleton write "$(EX)" "$(FROM)"
mybox: all grader ## minibox, made with the exercises that you have finished
	@tests/mybox $(DIR)
handout: grader ## the archive that an instructor gives out
	@tests/handout
mutants: grader ## how many small bugs do the suites catch?
	@tests/mutants

# The grader: the judge and its suites.  It runs no student code, and it is
# static, because it goes along into the guest.
EXERCISES := $(patsubst tests/%/suite.c,%,$(wildcard tests/[0-9][0-9]-*/suite.c))
GRADER_C := $(filter-out %/act.c %/report_main.c %/test_report.c, \
                         $(wildcard tests/grader/*.c)) \
            $(EXERCISES:%=tests/%/suite.c)
# What a student's file is linked with: the act, and all of minibox but the
# modules that the exercise is about.
PARTS := $(foreach e,$(EXERCISES),$(BUILD)/grader/$(e)/worker.o \
                                  $(BUILD)/grader/$(e)/act.o \
                                  $(BUILD)/grader/$(e)/minibox.a)
GRADER_LIBS := -lcheck_pic -lsubunit -lm -lrt -lpthread $(LIBS)

grader: $(BUILD)/grade $(BUILD)/minibox-guest $(PARTS) $(BUILD)/grader/include
$(BUILD)/obj/tests/%.o: CFLAGS_ALL += -iquote tests
$(BUILD)/obj/tests/grader/report_html.o: tests/grader/gradebook.html
$(BUILD)/grade: $(call objects,$(GRADER_C)) $(BUILD)/libminibox.a
	$(CC) $(SANITIZE) $(if $(SANITIZE),,-static) $^ $(GRADER_LIBS) -o $@
$(BUILD)/report: $(call objects,$(wildcard tests/grader/report_*.c)) \
                 $(BUILD)/libminibox.a
	$(CC) $(SANITIZE) $^ $(LIBS) -o $@
$(BUILD)/grader/%/worker.o: $(BUILD)/obj/tests/%/worker.o
	@mkdir -p $(@D) && cp $< $@
$(BUILD)/grader/%/act.o: $(BUILD)/obj/tests/grader/act.o
	@mkdir -p $(@D) && cp $< $@
$(BUILD)/grader/%/minibox.a: $(BUILD)/libminibox.a tests/%/steps
	@mkdir -p $(@D) && cp $< $@.tmp
	@ar d $@.tmp $$(cut -f1 tests/$*/steps | sort -u | sed 's|.*/||; s|$$|.o|')
	@mv $@.tmp $@
$(BUILD)/grader/include: $(wildcard minibox/*/*.h)
	@rm -rf $@ && mkdir -p $@
	@cd minibox && cp --parents */*.h ../$@ 2>/dev/null || \
	    cp --parents */*.h $(abspath $@)
	@touch $@

# ---- tests -----------------------------------------------------------------

TEST_C := $(wildcard tests/minibox/*/test_*.c)
TESTS := $(patsubst tests/minibox/%.c,$(BUILD)/tests/%,$(TEST_C))
TEST_OBJECTS = $(filter-out %/cli/main.o,$(call objects,$(MAIN_C))) \
               $(call objects,$(call MODULE_C,$(LAYER_MODULES))) $(FILTER).o
TEST_LIBS := -larchive -lcheck_pic -lsubunit -lm -lrt -lpthread $(LIBS)

$(BUILD)/obj/tests/%.o: CFLAGS_ALL += -Itests/minibox
# All modules but main, as one archive, so that the tests link quickly.
$(BUILD)/libminibox.a: $(TEST_OBJECTS) $(SOLVED)
	@rm -f $@
	ar rcs $@ $(filter %.o,$^)
	@if [ "$(SOLVED)" ]; then \
	    printf 'open %s\naddlib %s\nsave\nend\n' $@ $(SOLVED) | ar -M; fi
.SECONDARY:
$(BUILD)/tests/%: $(BUILD)/obj/tests/minibox/%.o $(BUILD)/libminibox.a
	@mkdir -p $(@D)
	$(CC) $(SANITIZE) $< -Wl,--whole-archive $(BUILD)/libminibox.a \
	    -Wl,--no-whole-archive $(TEST_LIBS) -o $@

# For scripts: a command in a guest.
$(BUILD)/run_guest: $(BUILD)/obj/tests/vm/run_guest.o $(BUILD)/libminibox.a
	$(CC) $(SANITIZE) $^ $(LIBS) -o $@
# What tests/words/run asks.
$(BUILD)/words: $(BUILD)/obj/tests/words/words.o $(BUILD)/libminibox.a
	$(CC) $(SANITIZE) $^ $(LIBS) -o $@
# Suites that tests/guest runs in a guest, which has no libraries.
GUEST_TESTS := $(if $(SANITIZE),,$(BUILD)/guest/linux/test_cgroup)
$(BUILD)/guest/%: $(BUILD)/obj/tests/minibox/%.o $(BUILD)/libminibox.a
	@mkdir -p $(@D)
	$(CC) -static $^ -lcheck_pic -lsubunit -lm -lrt -lpthread -o $@

tests: all $(TESTS) $(GUEST_TESTS) $(BUILD)/run_guest $(BUILD)/words

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

# ---- installing --------------------------------------------------------------

# The programs look for each other beside themselves, so they stay together;
# what is in bin/ is a link.
PREFIX ?= /usr/local
TO := $(DESTDIR)$(PREFIX)
COMPLETION := $(TO)/share/bash-completion/completions/minibox
MANUAL := $(TO)/share/man/man1/minibox.1

install: all ## put minibox into PREFIX (/usr/local), below DESTDIR
	install -d $(TO)/bin $(TO)/libexec/minibox $(dir $(COMPLETION) $(MANUAL))
	install $(PROGRAMS) $(TO)/libexec/minibox
	ln -sf ../libexec/minibox/minibox $(TO)/bin/minibox
	$(BUILD)/minibox completion bash >$(COMPLETION)
	$(BUILD)/minibox manual >$(MANUAL)
uninstall: ## and take it away again
	rm -rf $(TO)/libexec/minibox $(TO)/bin/minibox $(COMPLETION) $(MANUAL)

# ---- the rest --------------------------------------------------------------

clean: ## remove build/
	rm -rf $(BUILD)
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' \
	    Makefile

.PHONY: all deps demo tests check check-fast asan lint style bench fuzz clean help \
        install uninstall \
        grade watch hint progress skeletons skeleton mybox handout mutants grader \
        first-grader
