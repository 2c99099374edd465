# SPDX-License-Identifier: GPL-2.0-or-later
# Shortcuts that make scans cheaper without changing a verdict: part of the engine's library.
engine_libengine_la_SOURCES += \
	engine/shortcuts.c engine/shortcuts.h \
	engine/jit.c engine/jit.h \
	engine/fixedtext.c engine/fixedtext.h engine/fixedset.c engine/fixedset.h \
	engine/huge.c engine/huge.h \
	engine/maps.c engine/maps.h \
	engine/layout.c engine/layout.h \
	engine/state.c engine/state.h \
	engine/anchors.c engine/anchors.h engine/anchorshead.c engine/anchorshead.h engine/anchorsfind.c engine/anchorsint.h engine/anchorsfilter.c engine/anchorsfilter.h engine/anchorsindex.c engine/anchorsindex.h engine/rarity_table.h \
	engine/proof.c engine/proof.h \
	engine/search.c engine/search.h engine/searchrun.c engine/searchrun.h \
	engine/settled.c engine/settled.h engine/tinybody.c engine/tinybody.h \
	engine/metanames.c engine/metanames.h engine/plainregex.c engine/plainregex.h \
	engine/untouched.c engine/untouched.h \
	engine/selfcheck.c engine/selfcheck.h
engine_libengine_la_CPPFLAGS += $(PCRE_CFLAGS)
engine_libengine_la_LIBADD += $(PCRE_LIBS)
