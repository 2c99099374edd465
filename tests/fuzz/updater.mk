# SPDX-License-Identifier: GPL-2.0-or-later
# Fuzz targets of what the updater reads; their inputs are in tests/fuzz/NAME/. `make check` replays
# the inputs with any compiler; configure --enable-fuzzers CC=clang-14 makes libFuzzer programs.
REPLAY_CPPFLAGS = $(AM_CPPFLAGS) $(XML_CFLAGS)
check_PROGRAMS += tests/fuzz/replay_index tests/fuzz/replay_sources
tests_fuzz_replay_index_SOURCES = tests/fuzz/replay.c tests/fuzz/fuzz_index.c
tests_fuzz_replay_index_CPPFLAGS = $(REPLAY_CPPFLAGS) -DREPLAY_DIRECTORY='"$(abs_top_srcdir)/tests/fuzz/index"'
tests_fuzz_replay_index_LDADD = updater/libupdater.la
tests_fuzz_replay_sources_SOURCES = tests/fuzz/replay.c tests/fuzz/fuzz_sources.c
tests_fuzz_replay_sources_CPPFLAGS = $(REPLAY_CPPFLAGS) -DREPLAY_DIRECTORY='"$(abs_top_srcdir)/tests/fuzz/sources"'
tests_fuzz_replay_sources_LDADD = updater/libupdater.la
EXTRA_DIST += tests/fuzz/index tests/fuzz/sources tests/fuzz/journal tests/fuzz/record tests/fuzz/settings tests/fuzz/policy
