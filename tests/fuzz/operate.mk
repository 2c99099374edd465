# SPDX-License-Identifier: GPL-2.0-or-later
# Fuzz targets of the event record and of the monitor's HTTP; their inputs are in tests/fuzz/NAME/.
# `make check` replays the inputs with any compiler (see updater.mk).
check_PROGRAMS += tests/fuzz/replay_event
tests_fuzz_replay_event_SOURCES = tests/fuzz/replay.c tests/fuzz/fuzz_event.c
tests_fuzz_replay_event_CPPFLAGS = $(AM_CPPFLAGS) -DREPLAY_DIRECTORY='"$(abs_top_srcdir)/tests/fuzz/event"'
tests_fuzz_replay_event_LDADD = common/libcommon.la
if OPERATE
check_PROGRAMS += tests/fuzz/replay_route
tests_fuzz_replay_route_SOURCES = tests/fuzz/replay.c tests/fuzz/fuzz_route.c
tests_fuzz_replay_route_CPPFLAGS = $(AM_CPPFLAGS) -DREPLAY_DIRECTORY='"$(abs_top_srcdir)/tests/fuzz/route"'
tests_fuzz_replay_route_LDADD = operate/liboperate.la
check_PROGRAMS += tests/fuzz/replay_notify
tests_fuzz_replay_notify_SOURCES = tests/fuzz/replay.c tests/fuzz/fuzz_notify.c
tests_fuzz_replay_notify_CPPFLAGS = $(AM_CPPFLAGS) -DREPLAY_DIRECTORY='"$(abs_top_srcdir)/tests/fuzz/notify"'
tests_fuzz_replay_notify_LDADD = operate/liboperate.la
endif
EXTRA_DIST += tests/fuzz/event tests/fuzz/route tests/fuzz/notify
