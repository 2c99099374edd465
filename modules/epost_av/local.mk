# SPDX-License-Identifier: GPL-2.0-or-later
# The c-icap service. The files that do not need c-icap are a library, for the unit tests.
noinst_LTLIBRARIES += modules/epost_av/libservice.la
modules_epost_av_libservice_la_SOURCES = \
	modules/epost_av/asker.c modules/epost_av/asker.h \
	modules/epost_av/body.c modules/epost_av/body.h \
	modules/epost_av/disposition.c modules/epost_av/disposition.h \
	modules/epost_av/envelope.c modules/epost_av/envelope.h \
	modules/epost_av/exceptions.c modules/epost_av/exceptions.h \
	modules/epost_av/handover.c modules/epost_av/handover.h \
	modules/epost_av/heritage.c modules/epost_av/heritage.h \
	modules/epost_av/host.c modules/epost_av/host.h \
	modules/epost_av/judge.c modules/epost_av/judge.h \
	modules/epost_av/launch.c modules/epost_av/launch.h \
	modules/epost_av/stopped.c modules/epost_av/stopped.h \
	modules/epost_av/magic.c modules/epost_av/magic.h \
	modules/epost_av/page.c modules/epost_av/page.h \
	modules/epost_av/places.c modules/epost_av/places.h \
	modules/epost_av/pieces.c modules/epost_av/pieces.h \
	modules/epost_av/policy.c modules/epost_av/policy.h \
	modules/epost_av/network.c modules/epost_av/network.h \
	modules/epost_av/rules.c modules/epost_av/rules.h \
	modules/epost_av/range.c modules/epost_av/range.h \
	modules/epost_av/settings.c modules/epost_av/settings.h \
	modules/epost_av/spawn.c modules/epost_av/spawn.h \
	modules/epost_av/stream.c modules/epost_av/stream.h \
	modules/epost_av/conf_location.c modules/epost_av/conf_location.h \
	modules/epost_av/words.c modules/epost_av/words.h
modules_epost_av_libservice_la_CPPFLAGS = $(AM_CPPFLAGS) $(CRYPTO_CFLAGS)
modules_epost_av_libservice_la_LIBADD = common/libcommon.la $(CRYPTO_LIBS)

EPOST_AV_SOURCES = \
	modules/epost_av/arguments.c modules/epost_av/arguments.h \
	modules/epost_av/compat.h \
	modules/epost_av/headers.c modules/epost_av/fields.c modules/epost_av/fields.h modules/epost_av/headers.h \
	modules/epost_av/intake.c modules/epost_av/intake.h \
	modules/epost_av/istag.c modules/epost_av/istag.h \
	modules/epost_av/log.c modules/epost_av/log.h \
	modules/epost_av/verdict_headers.c modules/epost_av/verdict_headers.h \
	modules/epost_av/exempt.c modules/epost_av/exempt.h \
	modules/epost_av/memberrules.c modules/epost_av/memberrules.h \
	modules/epost_av/preview.c modules/epost_av/preview.h \
	modules/epost_av/quarantine.c modules/epost_av/quarantine.h \
	modules/epost_av/record.c modules/epost_av/record.h \
	modules/epost_av/respond.c modules/epost_av/respond.h \
	modules/epost_av/scan.c modules/epost_av/scan.h \
	modules/epost_av/service.c \
	modules/epost_av/state.c modules/epost_av/state.h \
	modules/epost_av/stats.c modules/epost_av/stats.h \
	modules/epost_av/tell.c modules/epost_av/tell.h \
	modules/epost_av/transaction.c modules/epost_av/transaction.h

modules_LTLIBRARIES = modules/epost_av/epost_av.la
modules_epost_av_epost_av_la_SOURCES = $(EPOST_AV_SOURCES)
modules_epost_av_epost_av_la_CPPFLAGS = $(AM_CPPFLAGS) $(CRYPTO_CFLAGS)
modules_epost_av_epost_av_la_CFLAGS = $(AM_CFLAGS) $(CICAP_CFLAGS)
modules_epost_av_epost_av_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -shared
modules_epost_av_epost_av_la_LIBADD = modules/epost_av/libservice.la

# epost-av-check asks it about the configuration and the kernel; it has the module's own tables.
pkglibexec_PROGRAMS = modules/epost_av/checkconf
modules_epost_av_checkconf_SOURCES = modules/epost_av/checkconf.c
modules_epost_av_checkconf_CFLAGS = $(AM_CFLAGS) $(PIE_CFLAGS)
modules_epost_av_checkconf_LDFLAGS = $(AM_LDFLAGS) $(PIE_LDFLAGS)
modules_epost_av_checkconf_LDADD = modules/epost_av/libservice.la
