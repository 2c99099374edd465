# SPDX-License-Identifier: GPL-2.0-or-later
"""125: the scanner's program is replaced, as an upgrade does it, and c-icap's `reconfigure` hands
over to the new one: no request fails, the old scanner ends, and kasp finds the new one."""

import os
import shutil
import subprocess

import pytest

from lib import icap, procs, samples, slowness
from lib.eicar import EICAR
from lib.load import Load


def replace(path):
    """As dpkg does: the new file gets the name in one step."""
    fresh = path.with_suffix(".dpkg-new")
    shutil.copy(path, fresh)
    os.replace(fresh, path)


@pytest.fixture
def scanner(env):
    return shutil.copy(env.epostavs, env.directory("sbin") / "epostavs")


def jobs():
    return [(lambda: icap.respmod(samples.unique(9000)), ("clean",)),
            (lambda: icap.respmod(EICAR), ("infected",))]


@pytest.mark.timeout(600)
def test_no_request_fails(env, make_server, scanner):
    server = make_server(settings={"Scanner": scanner}, children=2)
    server.start()
    known = {0}  # 0: the board of one that has ended
    with Load(server.port, jobs(), per_connection=5) as load:
        for _ in range(2):  # the second one takes over from one that has taken over
            load.wait_for(50)
            old = server.board().supervisor
            known.add(old)
            children = set(server.children_pids())
            replace(scanner)
            server.command("reconfigure")
            procs.wait_until(lambda: len(set(server.children_pids()) - children) >= 2
                             and not set(server.children_pids()) & children,
                             90 * server.env.slow, server.describe)
            procs.wait_until(lambda: server.board().supervisor not in known and
                             server.socket.is_symlink(), 120 * server.env.slow, server.describe)
            load.wait_for(50)
    assert not load.lost and not load.wrong, load
    def of(pids):
        return [s for s in procs.belonging(server.root, server.pid) if s.pid in pids]
    assert of([server.board().supervisor]), "the board does not lead to the new scanner"
    procs.wait_until(lambda: not of(known), 60 * server.env.slow, lambda: f"left: {of(known)}")
    sample = server.root / "eicar"
    sample.write_bytes(EICAR)
    done = subprocess.run(env.as_user(env.kasp, "-q", "--socket", server.socket, sample),
                          capture_output=True, timeout=slowness.scaled(30), check=False)
    assert done.returncode == 1, done
    procs.wait_until(lambda: "leads to the new one" in server.text("server.log"), 20, server.describe)
    server.kill()
    for lock in server.run.glob("epostavs.sock.board.*.lock"):
        lock.unlink()  # of the new scanner, which was killed
    for name in ("epostavs.sock", "epostavs.sock.board"):
        assert (server.run / name).is_symlink()
    server.start()  # the links of an earlier life are no hindrance
    assert not server.socket.is_symlink()
