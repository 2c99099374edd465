# SPDX-License-Identifier: GPL-2.0-or-later
"""188: where the kernel refuses a part of the sandbox, the log says what is missing and what it
means, and nothing is scanned without what RequireSandbox wants."""

import os
import sys

import pytest

from lib import expect, icap, procs, refuse, samples
from lib.eicar import EICAR


@pytest.fixture
def weaker(make_server):
    """weaker(names, **settings): a server on a kernel that refuses these, started, maybe not ready."""
    if os.geteuid() != 0 or os.uname().machine not in refuse.NUMBERS:
        pytest.skip("needs root, to set a seccomp filter, on a machine whose numbers are listed")

    def make(names, ready=True, **settings):
        server = make_server(settings=settings)
        server.enter = [sys.executable, refuse.__file__, ",".join(names)]
        return server.start(60, ready=ready)
    return make


def warnings(server):
    return [line for line in server.text("epostavs.log").splitlines() if "weaker confinement" in line]


def failed(server, words):
    """The board says why: it is not "loading" for ever."""
    procs.wait_until(lambda: server.board().state == "failed", 60 * server.env.slow, server.describe)
    assert words in server.board().error, server.describe()
    response = server.exchange(icap.respmod(EICAR, service="strict"))
    assert b"EICAR" not in (response.body or b""), response.body


def serves(server):
    expect.infected(server.exchange(icap.respmod(EICAR, service="strict")))
    request = icap.respmod(samples.unique())
    expect.clean(request, server.exchange(request))


def test_without_seccomp_nothing_is_scanned(weaker):
    server = weaker(["seccomp"], ready=False)
    failed(server, "no seccomp (")
    assert "RequireSandbox none lets them scan all the same" in server.board().error


def test_without_seccomp_where_that_is_wanted(weaker):
    server = weaker(["seccomp"], RequireSandbox="none")
    serves(server)
    assert "seccomp" not in server.board().sandbox
    assert any("no seccomp: a worker that content has taken over may use every system call" in line
               for line in warnings(server)), server.describe()


def test_without_namespaces_and_landlock(weaker):
    server = weaker(["unshare", "landlock_create_ruleset"])
    serves(server)
    said = "\n".join(warnings(server))
    for words in ("no namespaces:", "no tmpfs:", "no chroot:", "no landlock:"):
        assert words in said, server.describe()
    assert "no seccomp" not in said


def test_all_is_wanted(weaker):
    failed(weaker(["unshare"], ready=False, RequireSandbox="all"), "no namespaces; RequireSandbox seccomp")


def test_nothing_is_missing(make_server):
    server = make_server().start()
    for word in ("seccomp", "namespaces", "tmpfs", "landlock"):
        if word not in server.board().sandbox:
            pytest.skip(f"this kernel has no {word}")
    assert warnings(server) == []
