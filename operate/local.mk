# SPDX-License-Identifier: GPL-2.0-or-later
# What an administrator runs to set up the service.

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
dist_man_MANS += doc/man/epost-av-enable.8 doc/man/epost-av-disable.8
