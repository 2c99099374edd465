# SPDX-License-Identifier: GPL-2.0-or-later
"""Writers of the container formats, with knobs for what no well-behaved writer does."""
