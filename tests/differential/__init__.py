# SPDX-License-Identifier: GPL-2.0-or-later
"""Differential tests: random archives, documents, mails, uploads and pages with EICAR inside. What
a real program takes out of a body must not be called clean.

    scripts/differential --minutes N [--seed S] [--kind K]

shapes.py makes bodies from a seed and a number, judges.py (with resident.py, judges.js and form.php)
asks the programs, scan.py asks the
content pipeline (inspect-file), __main__.py compares. `--plant` adds bodies that only a judge of
our own opens: each of them must come out as a miss, or the comparison itself does not work.
"""
