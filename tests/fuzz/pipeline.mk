# SPDX-License-Identifier: GPL-2.0-or-later
# Fuzz targets of the content pipeline. For instance:
#     ./configure --enable-fuzzers CC=clang-14 && make
#     tests/fuzz/make-seeds seeds && tests/fuzz/fuzz_mail seeds/mail
if FUZZERS
PIPELINE_FUZZ = tests/fuzz/pipeline.c tests/fuzz/pipeline.h tests/unit/engine.c tests/unit/engine.h
noinst_PROGRAMS += tests/fuzz/fuzz_encoding tests/fuzz/fuzz_upload tests/fuzz/fuzz_container \
	tests/fuzz/fuzz_mail tests/fuzz/fuzz_pdf tests/fuzz/fuzz_text \
	tests/fuzz/fuzz_carried tests/fuzz/fuzz_search
tests_fuzz_fuzz_search_SOURCES = tests/fuzz/fuzz_search.c
tests_fuzz_fuzz_search_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_search_LDADD = engine/libengine.la common/libcommon.la
tests_fuzz_fuzz_text_SOURCES = tests/fuzz/fuzz_text.c $(PIPELINE_FUZZ)
tests_fuzz_fuzz_text_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_text_LDADD = inspect/libinspect.la
tests_fuzz_fuzz_encoding_SOURCES = tests/fuzz/fuzz_encoding.c $(PIPELINE_FUZZ)
tests_fuzz_fuzz_encoding_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_encoding_LDADD = inspect/libinspect.la
tests_fuzz_fuzz_upload_SOURCES = tests/fuzz/fuzz_upload.c $(PIPELINE_FUZZ)
tests_fuzz_fuzz_upload_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_upload_LDADD = inspect/libinspect.la
tests_fuzz_fuzz_container_SOURCES = tests/fuzz/fuzz_container.c $(PIPELINE_FUZZ)
tests_fuzz_fuzz_container_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_container_LDADD = inspect/libinspect.la
tests_fuzz_fuzz_mail_SOURCES = tests/fuzz/fuzz_mail.c $(PIPELINE_FUZZ)
tests_fuzz_fuzz_mail_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_mail_LDADD = inspect/libinspect.la
tests_fuzz_fuzz_pdf_SOURCES = tests/fuzz/fuzz_pdf.c $(PIPELINE_FUZZ)
tests_fuzz_fuzz_pdf_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_pdf_LDADD = inspect/libinspect.la
tests_fuzz_fuzz_carried_SOURCES = tests/fuzz/fuzz_carried.c $(PIPELINE_FUZZ)
tests_fuzz_fuzz_carried_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_carried_LDADD = inspect/libinspect.la
endif
EXTRA_DIST += tests/fuzz/make-seeds tests/fuzz/container
# The fuzz targets are built by scripts/fuzz with clang, beside this build: see fuzz.mk.
EXTRA_DIST += tests/fuzz/make-seeds tests/fuzz/container tests/fuzz/fuzz.mk
