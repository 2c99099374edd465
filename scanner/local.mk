# epostavs, the resident scanner, and kasp, the command.

# The content pipeline: epostavs runs it in its sandboxed workers, tests run it as it is.
noinst_LTLIBRARIES += scanner/libinspect.la
scanner_libinspect_la_SOURCES = \
	scanner/inspect.c scanner/inspect.h scanner/inspection.h \
	scanner/claims.c scanner/claims.h \
	scanner/finding.c scanner/finding.h \
	scanner/budget.c scanner/budget.h \
	scanner/spool.c scanner/spool.h \
	scanner/seen.c scanner/seen.h \
	scanner/kind.c scanner/kind.h \
	scanner/locked.c scanner/locked.h \
	scanner/watch.c scanner/watch.h \
	scanner/ends.c scanner/ends.h \
	scanner/zip.c scanner/zip.h \
	scanner/archive.c scanner/archive.h \
	scanner/behind.c scanner/behind.h \
	scanner/container.c \
	scanner/decode.c scanner/decode.h \
	scanner/encoding.c \
	scanner/upload.c \
	scanner/field.c scanner/field.h \
	scanner/transfer.c scanner/transfer.h \
	scanner/names.c scanner/names.h \
	scanner/jsonb64.c \
	scanner/mail.c scanner/mail.h \
	scanner/trial.c scanner/trial.h \
	scanner/inlined.c \
	scanner/hidden.c \
	scanner/shown.c scanner/shown.h \
	scanner/embedded.c \
	scanner/cms.c \
	scanner/udf.c \
	scanner/rtf.c scanner/tnef.c scanner/onenote.c scanner/chm.c scanner/chm.h \
	scanner/listed.c scanner/listed.h scanner/egg.c scanner/egg.h scanner/dmg.c scanner/dmg.h \
	scanner/vba.c scanner/vba.h scanner/ole2.c scanner/olenative.c scanner/olenative.h \
	scanner/pdf.c scanner/pdfdict.c scanner/pdfdict.h \
	scanner/rar.c scanner/rar.h scanner/arj.c scanner/arj.h scanner/le.h
scanner_libinspect_la_CPPFLAGS = $(AM_CPPFLAGS) $(ARCHIVE_CFLAGS) $(GMIME_CFLAGS) $(UDFREAD_CFLAGS) \
	$(BROTLI_CFLAGS) $(ZSTD_CFLAGS) $(ZLIB_CFLAGS) $(CRYPTO_CFLAGS)
scanner_libinspect_la_LIBADD = common/libclam.la $(ARCHIVE_LIBS) $(GMIME_LIBS) $(UDFREAD_LIBS) \
	$(BROTLI_LIBS) $(ZSTD_LIBS) $(ZLIB_LIBS) $(CRYPTO_LIBS)

# What epostavs is made of, its main aside: unit tests link it too.
noinst_LTLIBRARIES += scanner/libscanner.la
scanner_libscanner_la_SOURCES = \
	scanner/log.c scanner/log.h scanner/clock.h \
	scanner/options.c scanner/options.h \
	scanner/supervisor.c scanner/supervisor.h \
	scanner/connections.c scanner/jobs.c scanner/background.c scanner/workers.c scanner/generations.c \
	scanner/drain.c scanner/control.c \
	scanner/boardwriter.c scanner/boardwriter.h \
	scanner/cache.c scanner/cache.h \
	scanner/channel.c scanner/channel.h \
	scanner/deadline.c scanner/deadline.h \
	scanner/memory.c scanner/memory.h \
	scanner/quarantine.c scanner/quarantine.h \
	scanner/queue.c scanner/queue.h \
	scanner/tempdir.c scanner/tempdir.h \
	scanner/generation.c scanner/generation.h \
	scanner/worker.c scanner/worker.h \
	scanner/request.c scanner/request.h \
	scanner/heavy.c scanner/heavy.h \
	scanner/sandbox.c scanner/sandbox.h scanner/seccomp.c scanner/landlock.c
scanner_libscanner_la_CPPFLAGS = $(AM_CPPFLAGS) $(CRYPTO_CFLAGS) $(SECCOMP_CFLAGS)
scanner_libscanner_la_LIBADD = scanner/libinspect.la common/libclam.la common/libcommon.la \
	$(CRYPTO_LIBS) $(SECCOMP_LIBS)

sbin_PROGRAMS += scanner/epostavs
scanner_epostavs_SOURCES = scanner/epostavs.c
scanner_epostavs_CFLAGS = $(AM_CFLAGS) $(PIE_CFLAGS)
scanner_epostavs_LDFLAGS = $(AM_LDFLAGS) $(PIE_LDFLAGS)
scanner_epostavs_LDADD = scanner/libscanner.la

bin_PROGRAMS += scanner/kasp
scanner_kasp_SOURCES = scanner/kasp.c scanner/kaspout.c scanner/kaspout.h
scanner_kasp_CFLAGS = $(AM_CFLAGS) $(PIE_CFLAGS)
scanner_kasp_LDFLAGS = $(AM_LDFLAGS) $(PIE_LDFLAGS)
scanner_kasp_LDADD = common/libcommon.la
