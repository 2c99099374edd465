# SPDX-License-Identifier: GPL-2.0-or-later
# Manuals.
dist_man_MANS += doc/man/epost-mkmirror.8 doc/man/epostavs.8 doc/man/kasp.1
dist_doc_DATA = doc/architecture.md doc/clients.md doc/comparison.md doc/content.md doc/measurements.md doc/operate.md

# The places that ./configure decides stand in it as @NAME@.
man_MANS = doc/man/epost_av.conf.5
EXTRA_DIST += doc/man/epost_av.conf.5.in
CLEANFILES += doc/man/epost_av.conf.5
doc/man/epost_av.conf.5: doc/man/epost_av.conf.5.in Makefile
	@$(MKDIR_P) doc/man
	$(AM_V_GEN)$(epost_sed_places) $(srcdir)/doc/man/epost_av.conf.5.in > $@.tmp && mv $@.tmp $@
