# SPDX-License-Identifier: GPL-2.0-or-later
"""The benign corpus: everyday files and mails of named packages, none of which may be reported.

packages.txt names the packages, fetch.py brings and unpacks them into a cache outside the
repository, kinds.py says what kind a file is, pick.py chooses, letters.py and packed.py make
what packages do not have enough of (mails with attachments, archives of office files), send.py
asks a running service, explained.tsv lists what is rightly not clean, report.py judges.

    cd tests && python3 -m corpus            everything, through a server of its own
    cd tests && python3 -m corpus --port N   through a service that runs already
"""
