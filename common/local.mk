# SPDX-License-Identifier: GPL-2.0-or-later
# The code that the programs share; it knows none of them.
noinst_LTLIBRARIES += common/libcommon.la
common_libcommon_la_SOURCES = \
	common/err.c common/err.h \
	common/base64.c common/base64.h \
	common/buf.c common/buf.h \
	common/text.c common/text.h common/find.c common/find.h \
	common/verdict.c common/verdict.h \
	common/value.c common/value.h \
	common/hex.c common/hex.h common/writeall.c common/writeall.h \
	common/directive.c common/directive.h \
	common/wire.c common/wire.h \
	common/facts.c common/facts.h \
	common/members.c common/members.h \
	common/message.c common/message.h \
	common/client.c common/client.h \
	common/board.c common/board.h common/lockfile.c common/lockfile.h \
	common/bases.c common/bases.h \
	common/oldplace.c common/oldplace.h \
	common/event.c common/event.h \
	common/eventtext.c common/eventtext.h \
	common/eventdoc.c common/eventdoc.h \
	common/eventwire.c common/eventwire.h \
	common/eventsend.c common/eventsend.h \
	common/control.c common/control.h \
	common/keepwire.c common/keepwire.h \
	common/eventlog.c common/eventlog.h common/procstate.c common/procstate.h \
	common/boardwatch.c common/meminfo.c common/meminfo.h common/peer.c common/peer.h common/descriptors.c common/descriptors.h common/boardwatch.h \
	common/scannerconf.c common/scannerconf.h
common_libcommon_la_CPPFLAGS = $(AM_CPPFLAGS) $(CRYPTO_CFLAGS)
common_libcommon_la_LIBADD = $(CRYPTO_LIBS)

# The engine: only for programs that scan or test-load, never for the service.
noinst_LTLIBRARIES += engine/libengine.la
engine_libengine_la_SOURCES = \
	engine/clam.c engine/clam.h engine/clamint.h engine/clamfields.h engine/layerkinds.h \
	engine/clamscan.c engine/clamlog.c engine/clamlog.h engine/clamtime.c engine/clamtime.h \
	engine/clamsigs.c engine/clamwords.c engine/clamwords.h
engine_libengine_la_CPPFLAGS = $(AM_CPPFLAGS) $(CLAMAV_CFLAGS) $(ZLIB_CFLAGS)
engine_libengine_la_LIBADD = common/libcommon.la $(CLAMAV_LIBS) $(ZLIB_LIBS)
