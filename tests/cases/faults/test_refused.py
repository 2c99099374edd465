# SPDX-License-Identifier: GPL-2.0-or-later
"""System calls that a container's seccomp filter refuses: the service serves with weaker
confinement, and the status board says which. Nothing may be lost."""

import os
import sys

import pytest

from lib import expect, icap, refuse, samples
from lib.eicar import EICAR
from lib.load import Load

JOBS = [(lambda: icap.respmod(EICAR, service="strict"), ("infected",)),
        (lambda: icap.respmod(samples.unique(20000), service="strict"), ("clean",))]


@pytest.mark.parametrize("names, absent",
                         [("chroot", "chroot"), ("unshare", "namespaces"), ("mount", "tmpfs"),
                          ("landlock_create_ruleset", "landlock")])
def test_refused(make_server, names, absent):
    if os.geteuid() != 0 or os.uname().machine not in refuse.NUMBERS:
        pytest.skip("needs root, to set a seccomp filter, on a machine whose numbers are listed")
    server = make_server(workers=2)
    server.enter = [sys.executable, refuse.__file__, names]
    server.start()
    with Load(server.port, JOBS, timeout=60 * server.env.slow) as load:
        load.wait_for(30, 90)
    assert not load.wrong and not load.lost, load
    assert absent not in server.board().sandbox.split(), server.board().sandbox
    zipped = next(p for p in samples.testfiles() if p.name == "clam.zip").read_bytes()
    expect.infected(server.exchange(icap.respmod(zipped, service="strict"), timeout=60),
                    "ClamAV-Test-File")
