# SPDX-License-Identifier: GPL-2.0-or-later
# The command by which an administrator sets up the service.

# One script under two names: it puts the Include line in, or takes it out.
sbin_SCRIPTS = operate/epost-av-enable operate/epost-av-disable
EXTRA_DIST += operate/epost-av-enable.in
CLEANFILES += operate/epost-av-enable operate/epost-av-disable
operate/epost-av-enable: operate/epost-av-enable.in Makefile
	@$(MKDIR_P) operate
	$(AM_V_GEN)$(epost_sed_places) $(srcdir)/operate/epost-av-enable.in > $@.tmp && \
		chmod +x $@.tmp && mv $@.tmp $@
operate/epost-av-disable: operate/epost-av-enable
	$(AM_V_GEN)cp -p operate/epost-av-enable $@
# The check of the installation, before c-icap starts and whenever somebody asks.
sbin_SCRIPTS += operate/epost-av-check
EXTRA_DIST += operate/epost-av-check.in
CLEANFILES += operate/epost-av-check
operate/epost-av-check: operate/epost-av-check.in Makefile
	@$(MKDIR_P) operate
	$(AM_V_GEN)$(epost_sed_places) $(srcdir)/operate/epost-av-check.in > $@.tmp && \
		chmod +x $@.tmp && mv $@.tmp $@
dist_man_MANS += doc/man/epost-av-check.8 doc/man/epost-av-enable.8 doc/man/epost-av-disable.8
# Another service's configuration, read and written as ours.
sbin_PROGRAMS += operate/epost-av-migrate
operate_epost_av_migrate_SOURCES = operate/migrate.c \
	operate/migration.c operate/migration.h \
	operate/migraterows.c operate/migraterows.h \
	operate/migratetake.c operate/migratetake.h \
	operate/migratesquid.c operate/migratesquid.h \
	operate/migratefile.c operate/migratefile.h \
	operate/regexglob.c operate/regexglob.h
operate_epost_av_migrate_CFLAGS = $(AM_CFLAGS) $(PIE_CFLAGS)
operate_epost_av_migrate_LDFLAGS = $(AM_LDFLAGS) $(PIE_LDFLAGS)
operate_epost_av_migrate_LDADD = common/libcommon.la
dist_man_MANS += doc/man/epost-av-migrate.8
# Tells the service that Debian's freshclam has news; an administrator enables it.
dist_systemdunit_DATA += conf/systemd/epost-av-freshclam.path conf/systemd/epost-av-freshclam.service
# The monitor: built on common/ only, never with libclamav.
if OPERATE
noinst_LTLIBRARIES += operate/liboperate.la
operate_liboperate_la_SOURCES = \
	operate/conf.c operate/conf.h \
	operate/backlog.c operate/backlog.h \
	operate/metrics.c operate/metrics.h \
	operate/exposition.c operate/exposition.h \
	operate/schema.c operate/schema.h \
	operate/classify.c operate/classify.h \
	operate/store.c operate/store.h \
	operate/find.c operate/find.h \
	operate/listener.c operate/listener.h \
	operate/chunks.c operate/chunks.h operate/derive.c operate/derive.h \
	operate/bech32.c operate/bech32.h operate/agehead.c operate/agehead.h \
	operate/seal.c operate/seal.h operate/vault.c operate/vault.h operate/vaultput.c operate/vaultparts.h \
	operate/keeper.c operate/keeper.h \
	operate/allow.c operate/allow.h operate/deed.c operate/deed.h \
	operate/digest.c operate/digest.h operate/copy.c operate/copy.h operate/copyprint.c operate/copyprint.h operate/mailout.c operate/mailout.h \
	operate/receive.c operate/receive.h \
	operate/trustedfile.c operate/trustedfile.h \
	operate/notifyrules.c operate/notifyrules.h operate/notifyline.c operate/notifyline.h \
	operate/notifymatch.c operate/notifymatch.h operate/notifyslot.c operate/notifyslot.h \
	operate/notifytext.c operate/notifytext.h operate/notifyfeed.c operate/notifyfeed.h \
	operate/writer.c operate/writer.h \
	operate/monitor.c operate/monitor.h \
	operate/summary.c operate/summary.h \
	operate/access.c operate/access.h \
	operate/request.c operate/request.h operate/route.c operate/route.h \
	operate/answers.h operate/searchquery.c \
	operate/words.c operate/words.h \
	operate/html.c operate/html.h operate/style.c \
	operate/chart.c operate/chart.h \
	operate/statuspage.c operate/eventspage.c operate/api.c operate/health.c
operate_liboperate_la_CPPFLAGS = $(AM_CPPFLAGS) $(CRYPTO_CFLAGS) $(SQLITE_CFLAGS)
operate_liboperate_la_LIBADD = common/libcommon.la $(CRYPTO_LIBS) $(SQLITE_LIBS) -lpthread

sbin_PROGRAMS += operate/epost-monitord
operate_epost_monitord_SOURCES = operate/monitord.c \
	operate/web.c operate/web.h \
	operate/notifier.c operate/notifier.h operate/notifyguard.c operate/notifyguard.h operate/notifyweb.c operate/notifyweb.h \
	operate/notifyprogram.c operate/notifyprogram.h \
	operate/confine.c operate/confine.h
operate_epost_monitord_CPPFLAGS = $(AM_CPPFLAGS) $(SECCOMP_CFLAGS) $(MICROHTTPD_CFLAGS) $(CURL_CFLAGS)
operate_epost_monitord_CFLAGS = $(AM_CFLAGS) $(PIE_CFLAGS)
operate_epost_monitord_LDFLAGS = $(AM_LDFLAGS) $(PIE_LDFLAGS)
operate_epost_monitord_LDADD = operate/liboperate.la $(SECCOMP_LIBS) $(MICROHTTPD_LIBS) $(CURL_LIBS)

sbin_PROGRAMS += operate/epost-quarantine
operate_epost_quarantine_SOURCES = operate/quarantine.c
operate_epost_quarantine_CPPFLAGS = $(AM_CPPFLAGS)
operate_epost_quarantine_CFLAGS = $(AM_CFLAGS) $(PIE_CFLAGS)
operate_epost_quarantine_LDFLAGS = $(AM_LDFLAGS) $(PIE_LDFLAGS)
operate_epost_quarantine_LDADD = operate/liboperate.la
dist_man_MANS += doc/man/epost-quarantine.8

sbin_PROGRAMS += operate/epost-av-allow
operate_epost_av_allow_SOURCES = operate/avallow.c
operate_epost_av_allow_CPPFLAGS = $(AM_CPPFLAGS)
operate_epost_av_allow_CFLAGS = $(AM_CFLAGS) $(PIE_CFLAGS)
operate_epost_av_allow_LDFLAGS = $(AM_LDFLAGS) $(PIE_LDFLAGS)
operate_epost_av_allow_LDADD = operate/liboperate.la
dist_man_MANS += doc/man/epost-av-allow.8

sbin_PROGRAMS += operate/epost-report
operate_epost_report_SOURCES = operate/report.c
operate_epost_report_CPPFLAGS = $(AM_CPPFLAGS)
operate_epost_report_CFLAGS = $(AM_CFLAGS) $(PIE_CFLAGS)
operate_epost_report_LDFLAGS = $(AM_LDFLAGS) $(PIE_LDFLAGS)
operate_epost_report_LDADD = operate/liboperate.la
dist_man_MANS += doc/man/epost-report.8

# The unit, the sample of the configuration, and what Prometheus and Grafana take.
nodist_systemdunit_DATA += conf/systemd/epost-monitord.service
CLEANFILES += conf/systemd/epost-monitord.service conf/epost-monitord.conf
conf/systemd/epost-monitord.service: conf/systemd/epost-monitord.service.in Makefile
	@$(MKDIR_P) conf/systemd
	$(AM_V_GEN)$(epost_sed_places) $(srcdir)/conf/systemd/epost-monitord.service.in > $@.tmp && mv $@.tmp $@
EPOST_CONFIG += conf/epost-monitord.conf $(srcdir)/conf/notifications
conf/epost-monitord.conf: conf/epost-monitord.conf.in Makefile
	@$(MKDIR_P) conf
	$(AM_V_GEN)$(epost_sed_places) $(srcdir)/conf/epost-monitord.conf.in > $@.tmp && mv $@.tmp $@
monitoringdir = $(docdir)/monitoring
dist_monitoring_DATA = conf/monitoring/alerts.yml conf/monitoring/prometheus.yml \
	conf/monitoring/grafana-dashboard.json
man_MANS += doc/man/epost-monitord.8
EXTRA_DIST += doc/man/epost-monitord.8.in
CLEANFILES += doc/man/epost-monitord.8
doc/man/epost-monitord.8: doc/man/epost-monitord.8.in Makefile
	@$(MKDIR_P) doc/man
	$(AM_V_GEN)$(epost_sed_places) $(srcdir)/doc/man/epost-monitord.8.in > $@.tmp && mv $@.tmp $@

# The sample and the manual's list are made from the table of directives, as those of the service are.
noinst_PROGRAMS += operate/make_conf
operate_make_conf_SOURCES = operate/make_conf.c
operate_make_conf_LDADD = operate/liboperate.la
update-monitor-sample: operate/make_conf
	./operate/make_conf > $(srcdir)/conf/epost-monitord.conf.in
	./operate/make_conf --man > directives.tmp
	sed -e '/directives begin/rdirectives.tmp' \
		-e '/directives begin/,/directives end/{/directives \(begin\|end\)/!d}' \
		$(srcdir)/doc/man/epost-monitord.8.in > manual.tmp
	mv manual.tmp $(srcdir)/doc/man/epost-monitord.8.in && rm -f directives.tmp
endif
EXTRA_DIST += conf/systemd/epost-monitord.service.in conf/epost-monitord.conf.in conf/notifications
