# SPDX-License-Identifier: GPL-2.0-or-later
# Unit tests of the event record and of what observes the service.
if HAVE_CMOCKA
check_PROGRAMS += tests/unit/test_event tests/unit/test_eventlog tests/unit/test_boardwatch
tests_unit_test_event_SOURCES = tests/unit/test_event.c
tests_unit_test_event_CPPFLAGS = $(UNIT_CPPFLAGS) -DTOP_SRCDIR='"$(abs_top_srcdir)"'
tests_unit_test_event_LDADD = common/libcommon.la $(CMOCKA_LIBS)
tests_unit_test_eventlog_SOURCES = tests/unit/test_eventlog.c
tests_unit_test_eventlog_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_eventlog_LDADD = common/libcommon.la $(CMOCKA_LIBS)
tests_unit_test_boardwatch_SOURCES = tests/unit/test_boardwatch.c
tests_unit_test_boardwatch_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_boardwatch_LDADD = common/libcommon.la $(CMOCKA_LIBS)
if OPERATE
check_PROGRAMS += tests/unit/test_operate
tests_unit_test_operate_SOURCES = tests/unit/test_operate.c tests/unit/scratch.h
tests_unit_test_operate_CPPFLAGS = $(UNIT_CPPFLAGS) $(CRYPTO_CFLAGS) -DTOP_SRCDIR='"$(abs_top_srcdir)"'
tests_unit_test_operate_LDADD = operate/liboperate.la $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test_notify
tests_unit_test_notify_SOURCES = tests/unit/test_notify.c
tests_unit_test_notify_CPPFLAGS = $(UNIT_CPPFLAGS) $(CRYPTO_CFLAGS)
tests_unit_test_notify_LDADD = operate/liboperate.la $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test_seal
tests_unit_test_seal_SOURCES = tests/unit/test_seal.c tests/unit/scratch.h
tests_unit_test_seal_CPPFLAGS = $(UNIT_CPPFLAGS) $(CRYPTO_CFLAGS)
tests_unit_test_seal_LDADD = operate/liboperate.la $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test_pruning
tests_unit_test_pruning_SOURCES = tests/unit/test_pruning.c tests/unit/scratch.h
tests_unit_test_pruning_CPPFLAGS = $(UNIT_CPPFLAGS) $(CRYPTO_CFLAGS)
tests_unit_test_pruning_LDADD = operate/liboperate.la $(CMOCKA_LIBS)
endif
endif
