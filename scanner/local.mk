# SPDX-License-Identifier: GPL-2.0-or-later
# epostavs, the resident scanner, and kasp, the command.

# The one file in C++, in a library of its own: who links it is linked as C.
noinst_LTLIBRARIES += inspect/libpdfqpdf.la
inspect_libpdfqpdf_la_SOURCES = inspect/formats/pdfqpdf.cc inspect/formats/pdfqpdf.h
inspect_libpdfqpdf_la_CPPFLAGS = $(AM_CPPFLAGS) $(QPDF_CFLAGS)

# The content pipeline: epostavs runs it in its sandboxed workers, tests run it as it is.
noinst_LTLIBRARIES += inspect/libinspect.la
inspect_libinspect_la_SOURCES = \
	inspect/inspect.c inspect/inspect.h inspect/inspection.c inspect/inspection.h \
	inspect/claims.c inspect/claims.h \
	inspect/finding.c inspect/finding.h \
	inspect/budget.c inspect/budget.h \
	inspect/buffer.c inspect/buffer.h \
	inspect/seen.c inspect/seen.h inspect/splitfile.c inspect/splitfile.h inspect/recall.c inspect/recall.h \
	inspect/journal.c inspect/journal.h inspect/remembered.c inspect/remembered.h \
	inspect/marks.h inspect/formats.def inspect/kind.c inspect/kind.h inspect/kindof.c inspect/kindof.h \
	inspect/encrypted.c inspect/encrypted.h inspect/tiny.h \
	inspect/macros.c inspect/macros.h \
	inspect/pgpform.c inspect/pgpform.h \
	inspect/watch.c inspect/watch.h inspect/coverage.c inspect/coverage.h inspect/followups.c inspect/followups.h \
	inspect/trailing.c inspect/trailing.h \
	inspect/formats/zip.c inspect/formats/zip.h \
	inspect/formats/archive.c inspect/formats/archive.h \
	inspect/formats/zipread.c inspect/formats/zipread.h inspect/formats/zipopen.c inspect/formats/zipspans.c inspect/formats/zipspans.h inspect/formats/zipopen.h inspect/formats/zipwrap.c inspect/formats/zipwrap.h \
	inspect/formats/forks.c inspect/formats/forks.h inspect/formats/ziprecords.h inspect/formats/ole2records.h inspect/formats/gitpack.c inspect/formats/be.h \
	inspect/formats/gitbinary.c inspect/formats/gitbinary.h inspect/formats/httpmessage.c inspect/formats/httpmessage.h \
	inspect/formats/gitlines.c inspect/formats/gitlines.h inspect/formats/volume.c inspect/formats/volume.h \
	inspect/formats/bplist.c inspect/formats/szdd.c inspect/formats/androidbackup.c inspect/formats/nar.c \
	inspect/formats/cabodd.c inspect/formats/cabodd.h inspect/formats/eltorito.c inspect/pgpclear.c \
	inspect/formats/pyinstaller.c inspect/formats/pyinstaller.h inspect/formats/asar.c inspect/formats/asar.h \
	inspect/formats/lzw.c inspect/formats/oldstream.c inspect/formats/lzw.h \
	inspect/formats/tar.c inspect/formats/tar.h inspect/formats/taropen.c inspect/formats/closed.c inspect/formats/closed.h inspect/formats/xzopen.c inspect/formats/rarepacker.c inspect/formats/rarepacker.h \
	inspect/lzmahead.c inspect/lzmahead.h inspect/appended.c inspect/appended.h inspect/carried.c inspect/carriedcpio.c inspect/carried.h \
	inspect/formats/container.c inspect/formats/stream.c inspect/formats/sevenzip.c inspect/formats/sevenzip.h \
	inspect/formats/sevendir.c inspect/formats/sevendir.h inspect/formats/sevenfolder.c \
	inspect/decode.c inspect/decode.h inspect/window.c inspect/window.h \
	inspect/encoding.c inspect/awschunked.c \
	inspect/upload.c inspect/uploadpart.c inspect/uploadpart.h \
	inspect/boundaries.c inspect/boundaries.h \
	inspect/field.c inspect/field.h \
	inspect/transfer.c inspect/transfer.h \
	inspect/names.c inspect/names.h inspect/unknown.c inspect/unknown.h \
	inspect/formats/jsonb64.c inspect/formats/formfields.c \
	inspect/formats/xmlfiles.c inspect/formats/activemime.c \
	inspect/formats/mail.c inspect/formats/mail.h inspect/formats/mailturns.c inspect/formats/mailturns.h \
	inspect/formats/mailhead.c inspect/formats/mailhead.h \
	inspect/formats/mailparts.c inspect/formats/mailparts.h \
	inspect/trial.c inspect/trial.h \
	inspect/formats/inlined.c \
	inspect/retype.c \
	inspect/active_content.c inspect/active_content.h \
	inspect/formats/embedded.c inspect/formats/embeddedfile.c inspect/formats/embeddedfile.h \
	inspect/formats/embeddedsmall.c inspect/formats/embeddedsmall.h \
	inspect/formats/datauri.c inspect/formats/datauri.h inspect/formats/textruns.c inspect/formats/textruns.h \
	inspect/textview.c inspect/textview.h inspect/scripttext.c inspect/scripttext.h \
	inspect/formats/cardfields.c inspect/formats/cardfields.h \
	inspect/formats/embedpacked.c inspect/formats/embedpacked.h \
	inspect/formats/embedwindows.c inspect/formats/embedwindows.h \
	inspect/textwindows.c inspect/textwindows.h \
	inspect/xzwalk.c inspect/xzwalk.h \
	inspect/xmlentities.c inspect/xmlentities.h inspect/looks.c inspect/looks.h \
	inspect/formats/cms.c inspect/formats/cms.h inspect/formats/pgp.c inspect/formats/pgp.h \
	inspect/formats/udf.c \
	inspect/formats/rtf.c inspect/formats/tnef.c inspect/formats/onenote.c inspect/formats/chm.c inspect/formats/chm.h \
	inspect/listed.c inspect/formats/egg.c inspect/formats/egg.h inspect/formats/dmg.c inspect/formats/dmg.h \
	inspect/formats/vba.c inspect/formats/vba.h inspect/formats/ole2.c inspect/formats/ole2read.c inspect/formats/ole2read.h inspect/formats/olenative.c inspect/formats/olenative.h \
	inspect/formats/pdf.c inspect/formats/pdfdict.c inspect/formats/pdfdict.h \
	inspect/formats/pdfindex.c inspect/formats/pdftoken.c inspect/formats/pdftoken.h \
	inspect/formats/pdfstream.c inspect/formats/pdfstream.h \
	inspect/formats/pdffilter.c inspect/formats/pdffilter.h inspect/formats/pdfpredict.c \
	inspect/formats/pdfcrypt.c inspect/formats/pdfcrypt.h \
	inspect/formats/rar.c inspect/formats/rar.h inspect/formats/arj.c inspect/formats/arj.h inspect/le.h
inspect_libinspect_la_CPPFLAGS = $(AM_CPPFLAGS) $(ARCHIVE_CFLAGS) $(GMIME_CFLAGS) $(UDFREAD_CFLAGS) $(MAGIC_CFLAGS) \
	$(BROTLI_CFLAGS) $(ZSTD_CFLAGS) $(LZMA_CFLAGS) $(ZLIB_CFLAGS) $(CRYPTO_CFLAGS) $(XML_CFLAGS)
inspect_libinspect_la_LIBADD = inspect/libpdfqpdf.la engine/libengine.la $(ARCHIVE_LIBS) $(GMIME_LIBS) $(UDFREAD_LIBS) $(MAGIC_LIBS) \
	$(BROTLI_LIBS) $(ZSTD_LIBS) $(LZMA_LIBS) $(ZLIB_LIBS) $(CRYPTO_LIBS) $(QPDF_LIBS) $(XML_LIBS) -lstdc++

# What epostavs is made of, its main aside: unit tests link it too.
noinst_LTLIBRARIES += scanner/libscanner.la
scanner_libscanner_la_SOURCES = \
	scanner/log.c scanner/log.h common/clock.h \
	scanner/options.c scanner/options.h \
	scanner/state.h scanner/supervisor.c scanner/supervisor.h scanner/reaping.c scanner/reaping.h \
	scanner/guardian.c scanner/guardian.h scanner/inherit.c scanner/inherit.h \
	scanner/generations.c scanner/generations.h scanner/drain.c scanner/drain.h scanner/places.c scanner/places.h \
	scanner/clients.c scanner/clients.h scanner/control.c scanner/control.h scanner/workers.c scanner/workers.h \
	scanner/heavies.c scanner/heavies.h scanner/background.c scanner/background.h \
	scanner/dispatch.c scanner/dispatch.h scanner/submit.c scanner/submit.h scanner/outcomes.c scanner/outcomes.h \
	scanner/jobs.c scanner/jobs.h scanner/slots.c scanner/slots.h scanner/engines.c scanner/engines.h \
	scanner/spare.c scanner/spare.h scanner/connections.c scanner/connections.h scanner/estate.c scanner/estate.h \
	scanner/parking.c scanner/parking.h scanner/ending.c scanner/ending.h scanner/loop.c scanner/loop.h \
	scanner/pace.c scanner/pace.h \
	scanner/source.h \
	scanner/boardwriter.c scanner/boardwriter.h \
	scanner/cache.c scanner/cache.h \
	scanner/channel.c scanner/channel.h \
	scanner/deadline.c scanner/deadline.h \
 scanner/allowance.c scanner/allowance.h \
	scanner/crashlist.c scanner/crashlist.h \
	scanner/queue.c scanner/queue.h scanner/peers.c scanner/peers.h \
	scanner/tempdir.c scanner/tempdir.h \
	scanner/engine_process.c scanner/engine_process.h \
	scanner/worker.c scanner/worker.h \
	scanner/request.c scanner/request.h \
	scanner/heavy.c scanner/heavy.h scanner/cpulimit.c scanner/cpulimit.h \
	scanner/turns.c scanner/turns.h scanner/worn.c scanner/worn.h \
	scanner/shared.h scanner/confinement.c scanner/confinement.h \
	scanner/sandbox.c scanner/sandbox.h \
	scanner/seccomp.c scanner/seccomp.h scanner/landlock.c scanner/landlock.h
scanner_libscanner_la_CPPFLAGS = $(AM_CPPFLAGS) $(CRYPTO_CFLAGS) $(SECCOMP_CFLAGS)
scanner_libscanner_la_LIBADD = inspect/libinspect.la engine/libengine.la common/libcommon.la \
	$(CRYPTO_LIBS) $(SECCOMP_LIBS)

sbin_PROGRAMS += scanner/epostavs
scanner_epostavs_SOURCES = scanner/epostavs.c
scanner_epostavs_CFLAGS = $(AM_CFLAGS) $(PIE_CFLAGS)
scanner_epostavs_LDFLAGS = $(AM_LDFLAGS) $(PIE_LDFLAGS)
scanner_epostavs_LDADD = scanner/libscanner.la

bin_PROGRAMS += kasp/kasp
kasp_kasp_SOURCES = kasp/kasp.c kasp/kaspout.c kasp/kaspout.h kasp/walk.c kasp/walk.h
kasp_kasp_CFLAGS = $(AM_CFLAGS) $(PIE_CFLAGS)
kasp_kasp_LDFLAGS = $(AM_LDFLAGS) $(PIE_LDFLAGS)
kasp_kasp_LDADD = common/libcommon.la
