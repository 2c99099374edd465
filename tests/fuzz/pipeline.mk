# SPDX-License-Identifier: GPL-2.0-or-later
# The fuzz targets are built by scripts/fuzz with clang, beside this build: see fuzz.mk.
EXTRA_DIST += tests/fuzz/make-seeds tests/fuzz/textseeds.py tests/fuzz/container tests/fuzz/fuzz.mk
