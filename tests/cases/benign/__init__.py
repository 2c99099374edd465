# SPDX-License-Identifier: GPL-2.0-or-later
"""Everyday bodies that must come out clean: small generated copies of what was once reported wrongly.

    cd tests && python3 -m pytest cases/benign
    cd tests/cases && python3 -m benign PORT [PART...]
"""
