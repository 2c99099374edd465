# SPDX-License-Identifier: GPL-2.0-or-later
# epost-autoupdate and epost-mkmirror: what both share, then each program.
noinst_LTLIBRARIES += updater/libupdater.la
updater_libupdater_la_SOURCES = \
	updater/hex.c updater/hex.h \
	updater/iso8601.c updater/iso8601.h \
	updater/xml.c updater/xml.h \
	updater/index.c updater/index.h \
	updater/minisig.c updater/minisig.h \
	updater/result.c updater/result.h \
	updater/rng.c updater/rng.h \
	updater/backoff.c updater/backoff.h \
	updater/mirror.c updater/mirror.h \
	updater/urls.c updater/urls.h \
	updater/sources.c updater/sources.h \
	updater/state.c updater/state.h \
	updater/links.c updater/links.h \
	updater/cvd.c updater/cvd.h \
	updater/set.c updater/set.h \
	updater/record.c updater/record.h \
	updater/verify.c updater/verify.h
updater_libupdater_la_CPPFLAGS = $(AM_CPPFLAGS) $(CRYPTO_CFLAGS) $(XML_CFLAGS)
updater_libupdater_la_LIBADD = common/libcommon.la $(CRYPTO_LIBS) $(XML_LIBS)

# The steps of an update in the order in which they are done, then what they use.
sbin_PROGRAMS += epost-autoupdate
epost_autoupdate_SOURCES = updater/autoupdate.c \
	updater/update.c updater/update.h \
	updater/store.c updater/store.h \
	updater/orphans.c updater/orphans.h \
	updater/disk_space.c updater/disk_space.h \
	updater/poll.c updater/poll.h \
	updater/check.c updater/check.h \
	updater/manifest.c updater/manifest.h \
	updater/official.c updater/official.h \
	updater/thirdparty.c updater/thirdparty.h \
	updater/directory.c updater/directory.h \
	updater/fetch.c updater/fetch.h \
	updater/localdir.c updater/localdir.h \
	updater/resume.c updater/resume.h \
	updater/freshclam.c updater/freshclam.h \
	updater/content.c updater/content.h \
	updater/candidate.c updater/candidate.h \
	updater/build.c updater/generation_dir.c updater/generation_dir.h \
	updater/testload.c updater/testload.h \
 \
	updater/child.c updater/child.h \
	updater/serve.c updater/serve.h \
	updater/activate.c updater/activate.h \
	updater/reload.c updater/reload.h \
	updater/journal.c updater/journal.h \
	updater/announce.c updater/announce.h \
	updater/status.c updater/status.h \
	updater/settings.c updater/settings.h \
	updater/proxy.c updater/proxy.h \
	updater/owner.c updater/owner.h \
	updater/run.c updater/run.h
epost_autoupdate_CPPFLAGS = $(AM_CPPFLAGS) $(CURL_CFLAGS) $(CLAMAV_CFLAGS) $(CRYPTO_CFLAGS)
epost_autoupdate_CFLAGS = $(AM_CFLAGS) $(PIE_CFLAGS)
epost_autoupdate_LDFLAGS = $(AM_LDFLAGS) $(PIE_LDFLAGS)
epost_autoupdate_LDADD = updater/libupdater.la engine/libengine.la common/libcommon.la \
	$(CURL_LIBS) -lfreshclam

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/test_index tests/unit/test_minisig tests/unit/test_mirror \
	tests/unit/test_sources tests/unit/test_verify
tests_unit_test_index_SOURCES = tests/unit/test_index.c
tests_unit_test_index_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_index_LDADD = updater/libupdater.la $(CMOCKA_LIBS)
tests_unit_test_minisig_SOURCES = tests/unit/test_minisig.c
tests_unit_test_minisig_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_minisig_LDADD = updater/libupdater.la $(CMOCKA_LIBS)
tests_unit_test_mirror_SOURCES = tests/unit/test_mirror.c
tests_unit_test_mirror_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_mirror_LDADD = updater/libupdater.la $(CMOCKA_LIBS)
tests_unit_test_sources_SOURCES = tests/unit/test_sources.c
tests_unit_test_sources_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_sources_LDADD = updater/libupdater.la $(CMOCKA_LIBS)
tests_unit_test_verify_SOURCES = tests/unit/test_verify.c
tests_unit_test_verify_CPPFLAGS = $(UNIT_CPPFLAGS) $(CRYPTO_CFLAGS)
tests_unit_test_verify_LDADD = updater/libupdater.la $(CMOCKA_LIBS) $(CRYPTO_LIBS)
endif
EXTRA_DIST += tests/data/minisig

sbin_PROGRAMS += epost-mkmirror
epost_mkmirror_SOURCES = updater/mkmirror/mkmirror.c \
	updater/mkmirror/mirrordir.c updater/mkmirror/mirrordir.h \
	updater/mkmirror/objects.c updater/mkmirror/objects.h \
	updater/mkmirror/mkkey.c updater/mkmirror/mkkey.h
epost_mkmirror_CPPFLAGS = $(AM_CPPFLAGS) $(CRYPTO_CFLAGS)
epost_mkmirror_CFLAGS = $(AM_CFLAGS) $(PIE_CFLAGS)
epost_mkmirror_LDFLAGS = $(AM_LDFLAGS) $(PIE_LDFLAGS)
epost_mkmirror_LDADD = updater/libupdater.la common/libcommon.la

dist_man_MANS += doc/man/epost-autoupdate.8 doc/man/sources.xml.5

# Samples among the examples; conf/local.mk installs those that an administrator edits.
updaterexampledir = $(docdir)/examples
dist_updaterexample_DATA = conf/sources.xml
nodist_updaterexample_DATA = conf/epost-autoupdate.conf conf/cron/epost-autoupdate
systemdunitdir = $(prefix)/lib/systemd/system
dist_systemdunit_DATA = conf/systemd/epost-autoupdate.timer
nodist_systemdunit_DATA = conf/systemd/epost-autoupdate.service
EXTRA_DIST += conf/systemd/epost-autoupdate.service.in conf/cron/epost-autoupdate.in
CLEANFILES += conf/epost-autoupdate.conf conf/systemd/epost-autoupdate.service \
	conf/cron/epost-autoupdate

conf/epost-autoupdate.conf: epost-autoupdate$(EXEEXT)
	@$(MKDIR_P) conf
	$(AM_V_GEN)./epost-autoupdate --print-config > $@.tmp && mv $@.tmp $@
conf/systemd/epost-autoupdate.service: conf/systemd/epost-autoupdate.service.in Makefile
	@$(MKDIR_P) conf/systemd
	$(AM_V_GEN)$(epost_sed_places) $(srcdir)/conf/systemd/epost-autoupdate.service.in > $@.tmp && mv $@.tmp $@
conf/cron/epost-autoupdate: conf/cron/epost-autoupdate.in Makefile
	@$(MKDIR_P) conf/cron
	$(AM_V_GEN)$(epost_sed_places) $(srcdir)/conf/cron/epost-autoupdate.in > $@.tmp && mv $@.tmp $@
