# SPDX-License-Identifier: GPL-2.0-or-later
# Unit tests of the content pipeline, with tests/unit/engine.c in libclamav's place.
if HAVE_CMOCKA
PIPELINE_ENGINE = tests/unit/engine.c tests/unit/engine.h
PIPELINE_CPPFLAGS = $(UNIT_CPPFLAGS) $(ZLIB_CFLAGS) $(ARCHIVE_CFLAGS)
check_PROGRAMS += tests/unit/test_finding tests/unit/test_encoding tests/unit/test_upload \
	tests/unit/test_names tests/unit/test_archives tests/unit/test_unpack tests/unit/test_pdf \
	tests/unit/test_pages tests/unit/test_mailparts tests/unit/test_textview \
	tests/unit/test_textwindows tests/unit/test_sevendir
tests_unit_test_pages_SOURCES = tests/unit/test_pages.c $(PIPELINE_ENGINE)
tests_unit_test_pages_CPPFLAGS = $(PIPELINE_CPPFLAGS)
tests_unit_test_pages_LDADD = inspect/libinspect.la $(CMOCKA_LIBS)
tests_unit_test_textwindows_SOURCES = tests/unit/test_textwindows.c $(PIPELINE_ENGINE)
tests_unit_test_textwindows_CPPFLAGS = $(PIPELINE_CPPFLAGS)
tests_unit_test_textwindows_LDADD = inspect/libinspect.la $(CMOCKA_LIBS)
tests_unit_test_mailparts_SOURCES = tests/unit/test_mailparts.c $(PIPELINE_ENGINE)
tests_unit_test_mailparts_CPPFLAGS = $(PIPELINE_CPPFLAGS)
tests_unit_test_mailparts_LDADD = inspect/libinspect.la $(CMOCKA_LIBS)
tests_unit_test_sevendir_SOURCES = tests/unit/test_sevendir.c
tests_unit_test_sevendir_CPPFLAGS = $(PIPELINE_CPPFLAGS)
tests_unit_test_sevendir_LDADD = inspect/libinspect.la $(CMOCKA_LIBS)
tests_unit_test_textview_SOURCES = tests/unit/test_textview.c
tests_unit_test_textview_CPPFLAGS = $(PIPELINE_CPPFLAGS)
tests_unit_test_textview_LDADD = inspect/libinspect.la $(CMOCKA_LIBS)
tests_unit_test_finding_SOURCES = tests/unit/test_finding.c
tests_unit_test_finding_CPPFLAGS = $(PIPELINE_CPPFLAGS)
tests_unit_test_finding_LDADD = inspect/libinspect.la $(CMOCKA_LIBS)
tests_unit_test_encoding_SOURCES = tests/unit/test_encoding.c $(PIPELINE_ENGINE)
tests_unit_test_encoding_CPPFLAGS = $(PIPELINE_CPPFLAGS)
tests_unit_test_encoding_LDADD = inspect/libinspect.la $(ZLIB_LIBS) $(CMOCKA_LIBS)
tests_unit_test_upload_SOURCES = tests/unit/test_upload.c $(PIPELINE_ENGINE)
tests_unit_test_upload_CPPFLAGS = $(PIPELINE_CPPFLAGS)
tests_unit_test_upload_LDADD = inspect/libinspect.la $(CMOCKA_LIBS)
tests_unit_test_names_SOURCES = tests/unit/test_names.c
tests_unit_test_names_CPPFLAGS = $(PIPELINE_CPPFLAGS)
tests_unit_test_names_LDADD = inspect/libinspect.la $(CMOCKA_LIBS)
tests_unit_test_archives_SOURCES = tests/unit/test_archives.c $(PIPELINE_ENGINE)
tests_unit_test_archives_CPPFLAGS = $(PIPELINE_CPPFLAGS)
tests_unit_test_archives_LDADD = inspect/libinspect.la $(ZLIB_LIBS) $(CMOCKA_LIBS)
tests_unit_test_unpack_SOURCES = tests/unit/test_unpack.c $(PIPELINE_ENGINE)
tests_unit_test_unpack_CPPFLAGS = $(PIPELINE_CPPFLAGS)
tests_unit_test_pdf_SOURCES = tests/unit/test_pdf.c $(PIPELINE_ENGINE)
tests_unit_test_pdf_CPPFLAGS = $(PIPELINE_CPPFLAGS)
tests_unit_test_pdf_LDADD = inspect/libinspect.la $(ZLIB_LIBS) $(CMOCKA_LIBS)
tests_unit_test_unpack_LDADD = inspect/libinspect.la $(ARCHIVE_LIBS) $(CMOCKA_LIBS)
endif
