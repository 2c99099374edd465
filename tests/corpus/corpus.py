# SPDX-License-Identifier: GPL-2.0-or-later
"""The whole corpus, in the order in which it is sent."""

from corpus import fetch, letters, packed, pick


def items(share=1.0, found=None):
    found = found or fetch.fetch()
    files = pick.pick(found, share)
    return files + list(packed.made(files, share)) + list(letters.made(files, share)) + \
        list(letters.real(found, share))
