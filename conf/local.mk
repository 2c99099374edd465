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
	-e 's,@EPOST_DATADIR@,$(datadir)/epost-av,g'
CLEANFILES += conf/epost_av.conf
conf/epost_av.conf: conf/epost_av.conf.in Makefile
	@$(MKDIR_P) conf
	$(AM_V_GEN)$(epost_sed_places) $(srcdir)/conf/epost_av.conf.in > $@.tmp && mv $@.tmp $@

# An administrator edits these. Install only what is missing, and put the new sample beside a file that
# differs from it; uninstall only what is as it was installed.
EPOST_CONFIG = conf/epost_av.conf conf/epost-autoupdate.conf $(srcdir)/conf/sources.xml
install-data-local: $(EPOST_CONFIG)
	$(MKDIR_P) "$(DESTDIR)$(sysconfdir)"
	@for file in $(EPOST_CONFIG); do \
		to="$(DESTDIR)$(sysconfdir)/`basename $$file`"; \
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
		to="$(DESTDIR)$(sysconfdir)/`basename $$file`"; \
		rm -f "$$to.new"; \
		if test ! -e "$$to"; then :; \
		elif cmp -s "$$file" "$$to"; then rm -f "$$to"; \
		else echo "$$to was edited: it is kept"; fi; \
	done

exampledir = $(docdir)/examples
dist_example_DATA = conf/c-icap.conf conf/exceptions

update-sample: conf/make_sample
	./conf/make_sample > $(srcdir)/conf/epost_av.conf.in
	./conf/make_sample --man > directives.tmp
	sed -e '/directives begin/rdirectives.tmp' \
		-e '/directives begin/,/directives end/{/directives \(begin\|end\)/!d}' \
		$(srcdir)/doc/man/epost_av.conf.5.in > manual.tmp
	mv manual.tmp $(srcdir)/doc/man/epost_av.conf.5.in && rm -f directives.tmp
.PHONY: update-sample

starterdir = $(datadir)/epost-av/starter
dist_starter_DATA = conf/starter/README conf/starter/eicar.ndb conf/starter/testfiles.hsb
templatesendir = $(datadir)/epost-av/templates/en
dist_templatesen_DATA = conf/templates/en/blocked.html conf/templates/en/texts
templatesjadir = $(datadir)/epost-av/templates/ja
dist_templatesja_DATA = conf/templates/ja/blocked.html conf/templates/ja/texts

# What doc/clients.md shows, and the cases of tests/cases/clients run.
clientsdir = $(docdir)/clients
dist_clients_DATA = conf/clients/haproxy.cfg conf/clients/postfix-main.cf \
	conf/clients/squid.conf conf/clients/squid-bump.conf conf/clients/squid-retry.conf
clientsrspamddir = $(docdir)/clients/rspamd
dist_clientsrspamd_DATA = conf/clients/rspamd/external_services.conf \
	conf/clients/rspamd/force_actions.conf conf/clients/rspamd/options.inc \
	conf/clients/rspamd/worker-proxy.inc
