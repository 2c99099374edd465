# SPDX-License-Identifier: GPL-2.0-or-later
# Fuzz target of the service's callbacks (see pipeline.mk for how to run one).
if FUZZERS
noinst_PROGRAMS += tests/fuzz/fuzz_service
tests_fuzz_fuzz_service_SOURCES = tests/fuzz/fuzz_service.c tests/fuzz/host.c tests/fuzz/host.h \
	tests/fuzz/service_case.c tests/fuzz/service_case.h $(EPOST_AV_SOURCES)
tests_fuzz_fuzz_service_CPPFLAGS = $(AM_CPPFLAGS) $(CRYPTO_CFLAGS)
tests_fuzz_fuzz_service_CFLAGS = $(AM_CFLAGS) $(CICAP_CFLAGS)
tests_fuzz_fuzz_service_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_service_LDADD = modules/epost_av/libservice.la $(CICAP_LIBS) $(CRYPTO_LIBS)
endif
