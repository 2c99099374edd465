# SPDX-License-Identifier: GPL-2.0-or-later
"""Disguises: EICAR as some program in use takes it out, in classes with several spellings each.

A class is a function that yields spellings (name, body) or (name, body, differing HTTP facts);
nothing that a scanner trips over is stored. What must come out: not clean, and no error.
known_misses.txt lists spellings that are not found yet; it may only shrink.

    cd tests && python3 -m pytest cases/disguises
    cd tests/cases && python3 -m disguises PORT [PART...]    against a service that runs already
"""
