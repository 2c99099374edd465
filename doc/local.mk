# SPDX-License-Identifier: GPL-2.0-or-later
# Manuals.
dist_man_MANS += doc/man/epost-mkmirror.8 doc/man/epostavs.8 doc/man/kasp.1
dist_doc_DATA = doc/access.md doc/architecture.md doc/clients.md doc/comparison.md doc/content.md \
	doc/faults.md doc/features.md doc/fuzzing.md doc/index.md doc/measurements.md doc/migrate.md \
	doc/mirror-format.md doc/missed.md doc/operate.md doc/upstream.md
dist_doc_DATA += README.md README.ja.md NEWS COPYING SECURITY.md CONTRIBUTING.md doc/block-page.png
EXTRA_DIST += doc/upstream

# Installed, all documents are in one directory, with the clients' files below it: their links follow.
epost_link_documents = for file in "$(DESTDIR)$(docdir)"/*.md; do \
		sed -e 's,](doc/,](,g' -e 's,](\.\./conf/clients),](clients),g' -e 's,](\.\./\([A-Z]\),](\1,g' \
			"$$file" > "$$file.tmp" && cat "$$file.tmp" > "$$file" && rm "$$file.tmp" || exit 1; \
	done

# The places that ./configure decides stand in it as @NAME@.
man_MANS = doc/man/epost_av.conf.5
EXTRA_DIST += doc/man/epost_av.conf.5.in
CLEANFILES += doc/man/epost_av.conf.5
doc/man/epost_av.conf.5: doc/man/epost_av.conf.5.in Makefile
	@$(MKDIR_P) doc/man
	$(AM_V_GEN)$(epost_sed_places) $(srcdir)/doc/man/epost_av.conf.5.in > $@.tmp && mv $@.tmp $@

# The schema of the events and the tables of doc/events.md are made from the table of fields
# (make update-events) and kept; a unit test compares.
noinst_PROGRAMS += doc/make_events
doc_make_events_SOURCES = doc/make_events.c
doc_make_events_LDADD = common/libcommon.la
dist_doc_DATA += doc/events.md doc/events.schema.json doc/monitoring.md doc/notifications.md doc/privacy.md doc/quarantine.md
update-events: doc/make_events
	./doc/make_events --schema > $(srcdir)/doc/events.schema.json
	./doc/make_events --tables > events.tmp
	sed -e '/<!-- tables begin/revents.tmp' \
		-e '/<!-- tables begin/,/<!-- tables end/{/<!-- tables \(begin\|end\)/!d}' \
		$(srcdir)/doc/events.md > events.md.tmp
	mv events.md.tmp $(srcdir)/doc/events.md && rm -f events.tmp
.PHONY: update-events
