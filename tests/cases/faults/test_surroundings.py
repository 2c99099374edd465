# SPDX-License-Identifier: GPL-2.0-or-later
"""A read-only root (but /tmp), and a small /dev/shm from which nothing can be run: nothing may be lost."""

import os
import subprocess

import pytest

from lib import expect, icap, procs, samples
from lib.eicar import EICAR
from lib.load import Load

JOBS = [(lambda: icap.respmod(EICAR, service="strict"), ("infected",)),
        (lambda: icap.respmod(samples.incompressible(300000, 7) + samples.unique(),
                              service="strict"), ("clean",))]
SMALL_SHM = 'mount -t tmpfs -o size=64m,noexec,nosuid,mode=1777 shm /dev/shm'
READ_ONLY = 'mount --bind /tmp /tmp && mount -o remount,ro,bind / && ! touch /var/test 2>/dev/null'


def inside(server, script):
    """The server's commands run in a mount namespace that the script has changed."""
    if os.geteuid() != 0:
        pytest.skip("needs root, to mount")
    done = subprocess.run(["unshare", "--mount", "sh", "-c", script, "sh", server.root], check=False,
                          capture_output=True, text=True, timeout=20)
    if done.returncode != 0:
        pytest.skip(f"cannot mount: {done.stderr.strip()}")
    server.enter = ["unshare", "--mount", "sh", "-c", f'root=$1; shift; set -- "$root" "$@"; '
                    f'({script}) && shift && exec "$@"', "sh", str(server.root)]
    return server


@pytest.mark.parametrize("script", [SMALL_SHM, READ_ONLY], ids=["small-shm", "read-only-root"])
def test_it_serves(make_server, script):
    server = inside(make_server(workers=3), script).start()
    with Load(server.port, JOBS, timeout=60 * server.env.slow) as load:
        load.wait_for(60, 90)
        server.reload(60)
        procs.kill(server.board().supervisor)
        load.wait_for(30, 90)
    assert not load.wrong and not load.lost, load
    zipped = next(p for p in samples.testfiles() if p.name == "clam.zip").read_bytes()
    expect.infected(server.exchange(icap.respmod(zipped, service="strict"), timeout=60),
                    "ClamAV-Test-File")
