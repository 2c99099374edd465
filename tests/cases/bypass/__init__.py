# SPDX-License-Identifier: GPL-2.0-or-later
"""Wrappings of the EICAR test file, and of harmless files, that a scanner might not see through.

Each wrapping says who opens it and what must come out. The samples are made
when they are asked for, always the same bytes; nothing that a scanner trips
over is stored here.
"""
