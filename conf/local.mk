# SPDX-License-Identifier: GPL-2.0-or-later
# Sample configuration, templates, units.

# The sample is made from the tables of directives (make update-sample) and kept with the places that
# ./configure decides as @NAME@; a unit test compares.
noinst_PROGRAMS += conf/make_sample
conf_make_sample_SOURCES = conf/make_sample.c
conf_make_sample_LDADD = modules/epost_av/libservice.la
EXTRA_DIST += conf/epost_av.conf.in
epost_sed_places = sed -e 's,@EPOST_STATEDIR@,$(localstatedir)/lib/epost-av,g' \
	-e 's,@EPOST_RUNDIR@,$(runstatedir)/epost-av,g' -e 's,@EPOST_SBINDIR@,$(sbindir),g' \
	-e 's,@EPOST_DATADIR@,$(datadir)/epost-av,g' -e 's,@EPOST_LOGDIR@,$(localstatedir)/log/epost-av,g' \
	-e 's,@EPOST_LIBEXECDIR@,$(pkglibexecdir),g' -e 's,@EPOST_CONFDIR@,$(confdir),g' -e 's,@EPOST_SYSCONFDIR@,$(sysconfdir),g' \
	-e 's,@EPOST_MONITORDIR@,$(runstatedir)/epost-monitord,g' \
	-e 's,@EPOST_MONITORSTATEDIR@,$(localstatedir)/lib/epost-monitord,g' \
	-e 's,@EPOST_MODULE@,$(epost_module),g' -e 's,[@]CICAP_MODULESDIR[@],$(CICAP_MODULESDIR),g' \
	-e 's,[@]EPOST_BUG_ADDRESS[@],$(EPOST_BUG_ADDRESS),g'
CLEANFILES += conf/epost_av.conf
conf/epost_av.conf: conf/epost_av.conf.in Makefile
	@$(MKDIR_P) conf
	$(AM_V_GEN)$(epost_sed_places) $(srcdir)/conf/epost_av.conf.in > $@.tmp && mv $@.tmp $@

# An administrator edits these. Install only what is missing, and put the new sample beside a file that
# differs from it; uninstall only what is as it was installed.
EPOST_CONFIG = conf/epost_av.conf conf/epost-autoupdate.conf $(srcdir)/conf/sources.xml \
	$(srcdir)/conf/exceptions
install-data-local: $(EPOST_CONFIG)
	$(MKDIR_P) "$(DESTDIR)$(confdir)"
	@for file in $(EPOST_CONFIG); do \
		to="$(DESTDIR)$(confdir)/`basename $$file`"; \
		if test ! -e "$$to"; then \
			echo "installing $$to"; $(INSTALL_DATA) "$$file" "$$to" || exit 1; \
		elif cmp -s "$$file" "$$to"; then rm -f "$$to.new"; \
		else \
			echo "$$to differs from the new sample: it is kept, the sample is $$to.new"; \
			$(INSTALL_DATA) "$$file" "$$to.new" || exit 1; \
		fi; \
	done
uninstall-local:
	@for file in $(EPOST_CONFIG); do \
		to="$(DESTDIR)$(confdir)/`basename $$file`"; \
		rm -f "$$to.new"; \
		if test ! -e "$$to"; then :; \
		elif cmp -s "$$file" "$$to"; then rm -f "$$to"; \
		else echo "$$to was edited: it is kept"; fi; \
	done
	-rmdir "$(DESTDIR)$(confdir)" 2>/dev/null

exampledir = $(docdir)/examples
dist_example_DATA = conf/exceptions
nodist_example_DATA = conf/c-icap.conf conf/logrotate/epost-av
EXTRA_DIST += conf/c-icap.conf.in conf/logrotate/epost-av.in
CLEANFILES += conf/c-icap.conf conf/logrotate/epost-av
conf/c-icap.conf: conf/c-icap.conf.in Makefile
	@$(MKDIR_P) conf
	$(AM_V_GEN)$(epost_sed_places) $(srcdir)/conf/c-icap.conf.in > $@.tmp && mv $@.tmp $@
conf/logrotate/epost-av: conf/logrotate/epost-av.in Makefile
	@$(MKDIR_P) conf/logrotate
	$(AM_V_GEN)$(epost_sed_places) $(srcdir)/conf/logrotate/epost-av.in > $@.tmp && mv $@.tmp $@

# Where a package does not install them: profiles of AppArmor, and a recipe for a container.
EXTRA_DIST += conf/container/Containerfile conf/container/start
apparmorexampledir = $(docdir)/examples/apparmor
dist_apparmorexample_DATA = conf/apparmor/usr.sbin.epostavs conf/apparmor/usr.sbin.epost-autoupdate

# c-icap's unit gets what the service needs; tmpfiles.d makes its directories at boot.
tmpfilesdir = $(prefix)/lib/tmpfiles.d
nodist_tmpfiles_DATA = conf/systemd/tmpfiles/epost-av.conf
dropindir = $(systemdunitdir)/c-icap.service.d
nodist_dropin_DATA = conf/systemd/c-icap.service.d/epost-av.conf
EXTRA_DIST += conf/systemd/epost-av.tmpfiles.in conf/systemd/c-icap-epost-av.conf.in
CLEANFILES += conf/systemd/tmpfiles/epost-av.conf conf/systemd/c-icap.service.d/epost-av.conf
conf/systemd/tmpfiles/epost-av.conf: conf/systemd/epost-av.tmpfiles.in Makefile
	@$(MKDIR_P) conf/systemd/tmpfiles
	$(AM_V_GEN)$(epost_sed_places) $(srcdir)/conf/systemd/epost-av.tmpfiles.in > $@.tmp && mv $@.tmp $@
conf/systemd/c-icap.service.d/epost-av.conf: conf/systemd/c-icap-epost-av.conf.in Makefile
	@$(MKDIR_P) conf/systemd/c-icap.service.d
	$(AM_V_GEN)$(epost_sed_places) $(srcdir)/conf/systemd/c-icap-epost-av.conf.in > $@.tmp && mv $@.tmp $@

update-sample: conf/make_sample
	./conf/make_sample > $(srcdir)/conf/epost_av.conf.in
	./conf/make_sample --man > directives.tmp
	sed -e '/directives begin/rdirectives.tmp' \
		-e '/directives begin/,/directives end/{/directives \(begin\|end\)/!d}' \
		$(srcdir)/doc/man/epost_av.conf.5.in > manual.tmp
	mv manual.tmp $(srcdir)/doc/man/epost_av.conf.5.in && rm -f directives.tmp
.PHONY: update-sample update-monitor-sample

starterdir = $(datadir)/epost-av/starter
dist_starter_DATA = conf/starter/README conf/starter/eicar.ndb conf/starter/testfiles.hsb
templatesendir = $(datadir)/epost-av/templates/en
dist_templatesen_DATA = conf/templates/en/blocked.html conf/templates/en/texts
templatesjadir = $(datadir)/epost-av/templates/ja
dist_templatesja_DATA = conf/templates/ja/blocked.html conf/templates/ja/texts

# The examples of doc/clients.md, which the cases of tests/cases/clients run.
clientsdir = $(docdir)/clients
dist_clients_DATA = conf/clients/haproxy.cfg conf/clients/postfix-main.cf \
	conf/clients/squid.conf conf/clients/squid-bump.conf conf/clients/squid-retry.conf \
	conf/clients/squid-no-cache.conf conf/clients/squid-store-id.conf \
	conf/clients/squid-store-id.pl conf/clients/squid-bump-setup.sh \
	conf/clients/squid-tls.conf conf/clients/c-icap-tls.conf
clientsrspamddir = $(docdir)/clients/rspamd
dist_clientsrspamd_DATA = conf/clients/rspamd/external_services.conf \
	conf/clients/rspamd/force_actions.conf conf/clients/rspamd/options.inc \
	conf/clients/rspamd/worker-proxy.inc

# Completion of bash: one file, by the name of each command.
completiondir = $(datadir)/bash-completion/completions
dist_completion_DATA = conf/completion/kasp
EPOST_COMPLETED = epostavs epost-autoupdate epost-mkmirror epost-monitord epost-av-allow epost-av-check \
	epost-av-enable epost-av-disable epost-av-migrate epost-quarantine epost-report
install-data-hook:
	cd "$(DESTDIR)$(completiondir)" && for name in $(EPOST_COMPLETED); do \
		rm -f $$name && $(LN_S) kasp $$name || exit 1; \
	done
	$(epost_link_documents)
uninstall-hook:
	-for name in $(EPOST_COMPLETED); do rm -f "$(DESTDIR)$(completiondir)/$$name"; done
