# SPDX-License-Identifier: GPL-2.0-or-later
# Unit tests (cmocka): one program a file, tests/unit/test_NAME.c.
if HAVE_CMOCKA
UNIT_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) -DTEST_SRCDIR='"$(abs_top_srcdir)/tests"'

check_PROGRAMS += tests/unit/test_common
tests_unit_test_common_SOURCES = tests/unit/test_common.c
tests_unit_test_common_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_common_LDADD = common/libcommon.la $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_find
tests_unit_test_find_SOURCES = tests/unit/test_find.c
tests_unit_test_find_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_find_LDADD = common/libcommon.la $(CMOCKA_LIBS)

# Of the engine: with libclamav itself.
check_PROGRAMS += tests/unit/test_shortcuts
tests_unit_test_shortcuts_SOURCES = tests/unit/test_shortcuts.c
tests_unit_test_shortcuts_CPPFLAGS = $(UNIT_CPPFLAGS) $(PCRE_CFLAGS)
tests_unit_test_shortcuts_LDADD = scanner/libscanner.la $(PCRE_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test_metanames
tests_unit_test_metanames_SOURCES = tests/unit/test_metanames.c
tests_unit_test_metanames_CPPFLAGS = $(UNIT_CPPFLAGS) $(PCRE_CFLAGS)
tests_unit_test_metanames_LDADD = engine/libengine.la common/libcommon.la $(PCRE_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test_search
tests_unit_test_search_SOURCES = tests/unit/test_search.c
tests_unit_test_search_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_search_LDADD = engine/libengine.la common/libcommon.la $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_tables tests/unit/test_scanboard tests/unit/test_request
tests_unit_test_tables_SOURCES = tests/unit/test_tables.c
tests_unit_test_tables_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_tables_LDADD = scanner/libscanner.la $(CMOCKA_LIBS)
tests_unit_test_scanboard_SOURCES = tests/unit/test_scanboard.c
tests_unit_test_scanboard_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_scanboard_LDADD = scanner/libscanner.la $(CMOCKA_LIBS)
tests_unit_test_request_SOURCES = tests/unit/test_request.c
tests_unit_test_request_CPPFLAGS = $(UNIT_CPPFLAGS) $(CRYPTO_CFLAGS)
tests_unit_test_request_LDADD = scanner/libscanner.la $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_spare
tests_unit_test_spare_SOURCES = tests/unit/test_spare.c
tests_unit_test_spare_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_spare_LDADD = scanner/libscanner.la $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test_memory
tests_unit_test_memory_SOURCES = tests/unit/test_memory.c tests/unit/scratch.h
tests_unit_test_memory_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_memory_LDADD = scanner/libscanner.la $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test_takeover tests/unit/test_workers
tests_unit_test_workers_SOURCES = tests/unit/test_workers.c
tests_unit_test_workers_CPPFLAGS = $(UNIT_CPPFLAGS) $(CRYPTO_CFLAGS)
tests_unit_test_workers_LDADD = scanner/libscanner.la $(CMOCKA_LIBS)
tests_unit_test_takeover_SOURCES = tests/unit/test_takeover.c
tests_unit_test_takeover_CPPFLAGS = $(UNIT_CPPFLAGS) $(CRYPTO_CFLAGS)
tests_unit_test_takeover_LDADD = scanner/libscanner.la $(CMOCKA_LIBS)
# The scan's callbacks alone, with a double of libclamav.
check_PROGRAMS += tests/unit/test_layers
tests_unit_test_layers_SOURCES = tests/unit/test_layers.c engine/clamscan.c engine/clamtime.c engine/clamwords.c
tests_unit_test_layers_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_layers_LDADD = common/libcommon.la $(CMOCKA_LIBS)

# Of the service.
SERVICE_TESTS = tests/unit/test_policy tests/unit/test_settings tests/unit/test_body \
	tests/unit/test_page tests/unit/test_exceptions tests/unit/test_judge tests/unit/test_pieces \
	tests/unit/test_disposition tests/unit/test_rules tests/unit/test_asker \
	tests/unit/test_stream
check_PROGRAMS += $(SERVICE_TESTS)
tests_unit_test_policy_SOURCES = tests/unit/test_policy.c
tests_unit_test_policy_CPPFLAGS = $(UNIT_CPPFLAGS) $(CRYPTO_CFLAGS)
tests_unit_test_policy_LDADD = modules/epost_av/libservice.la $(CRYPTO_LIBS) $(CMOCKA_LIBS)
tests_unit_test_settings_SOURCES = tests/unit/test_settings.c
tests_unit_test_settings_CPPFLAGS = $(UNIT_CPPFLAGS) $(CRYPTO_CFLAGS)
tests_unit_test_settings_LDADD = modules/epost_av/libservice.la $(CRYPTO_LIBS) $(CMOCKA_LIBS)
tests_unit_test_body_SOURCES = tests/unit/test_body.c
tests_unit_test_body_CPPFLAGS = $(UNIT_CPPFLAGS) $(CRYPTO_CFLAGS)
tests_unit_test_body_LDADD = modules/epost_av/libservice.la $(CRYPTO_LIBS) $(CMOCKA_LIBS)
tests_unit_test_page_SOURCES = tests/unit/test_page.c
tests_unit_test_page_CPPFLAGS = $(UNIT_CPPFLAGS) $(CRYPTO_CFLAGS)
tests_unit_test_page_LDADD = modules/epost_av/libservice.la $(CRYPTO_LIBS) $(CMOCKA_LIBS)
tests_unit_test_exceptions_SOURCES = tests/unit/test_exceptions.c
tests_unit_test_exceptions_CPPFLAGS = $(UNIT_CPPFLAGS) $(CRYPTO_CFLAGS)
tests_unit_test_exceptions_LDADD = modules/epost_av/libservice.la $(CRYPTO_LIBS) $(CMOCKA_LIBS)
tests_unit_test_pieces_SOURCES = tests/unit/test_pieces.c
tests_unit_test_pieces_CPPFLAGS = $(UNIT_CPPFLAGS) $(CRYPTO_CFLAGS)
tests_unit_test_pieces_LDADD = modules/epost_av/libservice.la $(CRYPTO_LIBS) $(CMOCKA_LIBS)
tests_unit_test_stream_SOURCES = tests/unit/test_stream.c
tests_unit_test_stream_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_stream_LDADD = modules/epost_av/libservice.la common/libcommon.la $(CMOCKA_LIBS)
tests_unit_test_disposition_SOURCES = tests/unit/test_disposition.c
tests_unit_test_disposition_CPPFLAGS = $(UNIT_CPPFLAGS) $(CRYPTO_CFLAGS)
tests_unit_test_disposition_LDADD = modules/epost_av/libservice.la $(CRYPTO_LIBS) $(CMOCKA_LIBS)
tests_unit_test_rules_SOURCES = tests/unit/test_rules.c
tests_unit_test_rules_CPPFLAGS = $(UNIT_CPPFLAGS) $(CRYPTO_CFLAGS)
tests_unit_test_rules_LDADD = modules/epost_av/libservice.la $(CRYPTO_LIBS) $(CMOCKA_LIBS)
tests_unit_test_asker_SOURCES = tests/unit/test_asker.c
tests_unit_test_asker_CPPFLAGS = $(UNIT_CPPFLAGS) $(CRYPTO_CFLAGS)
tests_unit_test_asker_LDADD = modules/epost_av/libservice.la $(CRYPTO_LIBS) $(CMOCKA_LIBS)
tests_unit_test_judge_SOURCES = tests/unit/test_judge.c
tests_unit_test_judge_CPPFLAGS = $(UNIT_CPPFLAGS) $(CRYPTO_CFLAGS)
tests_unit_test_judge_LDADD = modules/epost_av/libservice.la $(CRYPTO_LIBS) $(CMOCKA_LIBS)

# The service's callbacks, driven without c-icap and without a scanner (also by a fuzz target).
SERVICE_HOST = tests/fuzz/host.c tests/fuzz/host.h tests/fuzz/service_case.c \
	tests/fuzz/service_case.h $(EPOST_AV_SOURCES)
check_PROGRAMS += tests/unit/test_callbacks tests/unit/test_counters
tests_unit_test_counters_SOURCES = tests/unit/test_counters.c $(SERVICE_HOST)
tests_unit_test_counters_CPPFLAGS = $(UNIT_CPPFLAGS) $(CRYPTO_CFLAGS)
tests_unit_test_counters_CFLAGS = $(AM_CFLAGS) $(CICAP_CFLAGS)
tests_unit_test_counters_LDADD = modules/epost_av/libservice.la $(CICAP_LIBS) $(CRYPTO_LIBS) \
	$(CMOCKA_LIBS)
tests_unit_test_callbacks_SOURCES = tests/unit/test_callbacks.c $(SERVICE_HOST)
tests_unit_test_callbacks_CPPFLAGS = $(UNIT_CPPFLAGS) $(CRYPTO_CFLAGS)
tests_unit_test_callbacks_CFLAGS = $(AM_CFLAGS) $(CICAP_CFLAGS)
tests_unit_test_callbacks_LDADD = modules/epost_av/libservice.la $(CICAP_LIBS) $(CRYPTO_LIBS) \
	$(CMOCKA_LIBS)
endif

# Developers' tools.
noinst_PROGRAMS += tests/tools/inspect-file tests/tools/compare-shortcuts
tests_tools_inspect_file_SOURCES = tests/tools/inspect-file.c
tests_tools_inspect_file_LDADD = inspect/libinspect.la
tests_tools_compare_shortcuts_SOURCES = tests/tools/compare-shortcuts.c
tests_tools_compare_shortcuts_LDADD = engine/libengine.la common/libcommon.la

# Measurements (see tests/bench/): built on request, make tests/bench/icapload tests/bench/engine.
EXTRA_PROGRAMS += tests/bench/icapload tests/bench/engine tests/bench/scanlatency
tests_bench_icapload_SOURCES = tests/bench/icapload.c
tests_bench_engine_SOURCES = tests/bench/engine.c
tests_bench_engine_LDADD = engine/libengine.la common/libcommon.la
tests_bench_scanlatency_SOURCES = tests/bench/scanlatency.c
tests_bench_scanlatency_CPPFLAGS = $(AM_CPPFLAGS) $(CRYPTO_CFLAGS)
tests_bench_scanlatency_LDADD = inspect/libinspect.la

# End-to-end cases (pytest, run by scripts/test).
EXTRA_DIST += tests/conftest.py tests/pytest.ini tests/sanitized tests/cases tests/lib tests/data \
	tests/package tests/corpus tests/differential tests/bench tests/fuzz scripts .ci/run
dist-hook:
	find $(distdir) -name __pycache__ -prune -exec rm -rf {} +

include tests/unit/operate.mk
include tests/unit/pipeline.mk
include tests/fuzz/pipeline.mk
include tests/fuzz/updater.mk
include tests/fuzz/operate.mk
