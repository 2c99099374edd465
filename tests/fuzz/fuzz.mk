# SPDX-License-Identifier: GPL-2.0-or-later
# Builds the fuzz targets, and nothing else; called by scripts/fuzz:
#     make -f tests/fuzz/fuzz.mk OUT=DIR CONFIGURED=DIR MODE=fuzz|cover
# Each source is compiled once, by clang, into the archive of its directory, and one program is
# linked for each area: a target fuzz_NAME is a link to it, and its name says which target runs.
# CONFIGURED is a build directory after ./configure, with any compiler: config.h and the libraries
# are taken from it.
TOP := $(abspath $(dir $(lastword $(MAKEFILE_LIST)))/../..)
CLANG ?= clang-14
MODE ?= fuzz
O := $(OUT)/$(MODE)
include $(OUT)/libraries.mk

# A target of an area is listed here; its source is tests/fuzz/fuzz_NAME.c.
TARGETS_pipeline := carried container encoding mail names pdf sevenzip text trailing upload views
TARGETS_engine := search
TARGETS_scanner := connections control event message request wire
TARGETS_service := exceptions page policy rules service settings
TARGETS_updater := cvd fetch index journal minisig record sources state urls
TARGETS_operate := notify route
AREAS := pipeline engine scanner service updater operate

# Mains, and what only they use.
NOT := scanner/epostavs.c updater/autoupdate.c modules/epost_av/checkconf.c \
	$(addprefix operate/,avallow.c make_conf.c migrate.c monitord.c quarantine.c report.c web.c confine.c)
sources = $(filter-out $(NOT),$(patsubst $(TOP)/%,%,$(wildcard $(addprefix $(TOP)/,$(addsuffix /*.c,$(1))))))
SOURCES_common := $(call sources,common)
SOURCES_engine := $(call sources,engine)
SOURCES_inspect := $(call sources,inspect inspect/formats) inspect/formats/pdfqpdf.cc
SOURCES_scanner := $(call sources,scanner)
SOURCES_modules := $(call sources,modules/epost_av)
SOURCES_updater := $(call sources,updater)
SOURCES_operate := $(call sources,operate)
ARCHIVES := common engine inspect scanner modules updater operate

# What an area's program is linked from, beside its targets. tests/unit/engine.c stands in for libclamav.
HELP_pipeline := tests/fuzz/pipeline.c tests/unit/engine.c
NEEDS_pipeline := inspect engine common
NEEDS_engine := engine common
HELP_scanner := tests/fuzz/live.c tests/fuzz/place.c tests/fuzz/pair.c scanner/epostavs.c
NEEDS_scanner := scanner inspect engine common
HELP_service := tests/fuzz/host.c tests/fuzz/service_case.c tests/fuzz/place.c
NEEDS_service := modules common
HELP_updater := tests/fuzz/place.c
NEEDS_updater := updater engine common
NEEDS_operate := operate common
LIBS_common := $(CRYPTO_LIBS)
LIBS_engine := $(CLAMAV_LIBS) $(ZLIB_LIBS) $(PCRE_LIBS)
LIBS_inspect := $(ARCHIVE_LIBS) $(GMIME_LIBS) $(UDFREAD_LIBS) $(BROTLI_LIBS) $(ZSTD_LIBS) $(LZMA_LIBS) $(QPDF_LIBS) \
	$(XML_LIBS) $(MAGIC_LIBS) -lstdc++
LIBS_scanner := $(SECCOMP_LIBS)
LIBS_modules := $(CICAP_LIBS)
LIBS_updater := $(CURL_LIBS) $(XML_LIBS) -lfreshclam
LIBS_operate := $(SQLITE_LIBS) $(CURL_LIBS)

FLAGS_fuzz := -DEPOST_SANITIZED=1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined -gline-tables-only
LINK_fuzz := -fsanitize=fuzzer,address,undefined -fuse-ld=lld
FLAGS_cover := -fsanitize=fuzzer-no-link -fprofile-instr-generate -fcoverage-mapping
LINK_cover := -fsanitize=fuzzer -fprofile-instr-generate -fuse-ld=lld
DEFINES := -include $(CONFIGURED)/config.h -DFUZZING \
	-DEPOST_SYSCONFDIR='"/etc"' -DEPOST_CONFDIR='"/etc/epost-av"' -DEPOST_LOGDIR='"/var/log/epost-av"' \
	-DEPOST_RUNDIR='"/run/epost-av"' -DEPOST_MONITORDIR='"/run/epost-monitord"' \
	-DEPOST_MONITORSTATEDIR='"/var/lib/epost-monitord"' -DEPOST_STATEDIR='"/var/lib/epost-av"' \
	-DEPOST_SBINDIR='"/usr/sbin"' -DEPOST_DATADIR='"/usr/share/epost-av"' -DEPOST_MODULE='"epost_av.so"' -DTEST_SRCDIR='"$(TOP)/tests"'
FLAGS := -O1 -fno-omit-frame-pointer $(FLAGS_$(MODE)) $(DEFINES) -I$(TOP) -I$(CONFIGURED) $(INCLUDES) -MMD -MP

all: $(foreach a,$(AREAS),$(addprefix $(O)/fuzz_,$(TARGETS_$(a))))
.PHONY: all
.DELETE_ON_ERROR:

$(O)/%.o: $(TOP)/%.c $(OUT)/libraries.mk
	@mkdir -p $(@D)
	@$(CLANG) -std=gnu11 $(FLAGS) $(RENAME) -c $< -o $@
$(O)/%.o: $(TOP)/%.cc $(OUT)/libraries.mk
	@mkdir -p $(@D)
	@$(CLANG) -std=c++17 $(FLAGS) $(if $(filter fuzz,$(MODE)),-fno-sanitize=vptr) -c $< -o $@
# libqpdf hides the type information of its own classes, which the check "vptr" takes for others.
# Each target's function gets the target's name.
$(O)/scanner/epostavs.o: RENAME = -Dmain=epostavs_main
$(O)/tests/fuzz/fuzz_%.o: RENAME = -DLLVMFuzzerTestOneInput=$(basename $(@F))_run

objects = $(patsubst %.cc,%.o,$(patsubst %.c,%.o,$(addprefix $(O)/,$(1))))
define archive
$(O)/$(1).a: $(call objects,$(SOURCES_$(1)))
	@rm -f $$@ && ar crs $$@ $$^
endef
$(foreach a,$(ARCHIVES),$(eval $(call archive,$(a))))

define area
$(O)/choose_$(1).o: $(TOP)/tests/fuzz/choose.c $(TOP)/tests/fuzz/fuzz.mk $(OUT)/libraries.mk
	@$(CLANG) -std=gnu11 $(FLAGS) '-DTARGETS=$(foreach t,$(TARGETS_$(1)),TARGET($(t)))' -c $$< -o $$@
$(O)/all_$(1): $(O)/choose_$(1).o \
		$(call objects,$(foreach t,$(TARGETS_$(1)),tests/fuzz/fuzz_$(t).c) $(HELP_$(1))) \
		$(foreach n,$(NEEDS_$(1)),$(O)/$(n).a)
	@$(CLANG) $(LINK_$(MODE)) $$^ $(foreach n,$(NEEDS_$(1)),$(LIBS_$(n))) -lpthread -lm -o $$@
$(addprefix $(O)/fuzz_,$(TARGETS_$(1))): $(O)/all_$(1)
	@ln -sf all_$(1) $$@
endef
$(foreach a,$(AREAS),$(eval $(call area,$(a))))
-include $(shell find $(O) -name '*.d' 2>/dev/null)
