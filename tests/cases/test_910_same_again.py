# SPDX-License-Identifier: GPL-2.0-or-later
"""Many requests of every kind: processes, descriptors, memory and files are afterwards what they
were before. EPOST_SOAK=100000 sets the number of requests."""

import collections
import os
import pathlib

import pytest

from lib import icap, procs, samples
from lib.eicar import EICAR
from lib.load import Load

SOAK = int(os.environ.get("EPOST_SOAK", "20000"))
WARM = 600                     # requests before the first look
DESCRIPTORS = 3                # more in a process, for what is open just now
PRIVATE = 12 << 20             # bytes that a process may grow by
CLIENTS = 8


def jobs():
    zipped = next(p for p in samples.testfiles() if p.name == "clam.zip").read_bytes()
    locked = next(p for p in samples.testfiles() if p.name == "clam.impl.zip").read_bytes()
    return [(lambda: icap.respmod(EICAR, service="strict", preview=1024, allow="204"), ("infected",)),
            (lambda: icap.respmod(samples.unique(20000), service="strict", preview=0), ("clean",)),
            (lambda: icap.reqmod(zipped, service="mail"), ("infected",)),
            (lambda: icap.reqmod(samples.unique(300), service="mail", allow="204"), ("clean",)),
            (lambda: icap.respmod(locked, service="strict"), ("infected", "unscannable")),
            (lambda: icap.respmod(samples.unique(90000), service="web"), ("clean",)),
            (lambda: icap.respmod(b"known to the cache", service="web"), ("clean",))]


def private(pid):
    """Bytes that belong to this process alone, but not what it shares with its copies."""
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as f:
        return sum(int(line.split()[1]) * 1024 for line in f if line.startswith("Private_Dirty:"))


class Look:
    """Workers come and go: of them only the number is compared."""

    def __init__(self, server):
        self.names = collections.Counter(name for _, _, name in server.family())
        self.lasting = {}
        for pid, started, name in server.family():
            if name != "epostavs-worker":
                self.lasting[pid, started, name] = (len(os.listdir(f"/proc/{pid}/fd")), private(pid))
        self.files = sorted(p.name for p in server.run.iterdir())
        user = server.env.user.pw_uid
        self.shared = sorted(p.name for p in pathlib.Path("/dev/shm").glob(f"epostavs-{user}-*"))


def settled(server):
    wanted = int(server.settings["Workers"]) + 1

    def whole():
        names = collections.Counter(name for _, _, name in server.family())
        return names["epostavs-worker"] == wanted and names["epostavs-spare"] == 1 and \
            names["c-icap"] == server.children + 1 and not server.board().busy()
    procs.wait_until(whole, 60 * server.env.slow, lambda: f"{server.family()} {server.describe()}",
                     pause=0.1)
    return Look(server)


@pytest.mark.timeout(7200)
@pytest.mark.parametrize("count", [800, pytest.param(SOAK, marks=pytest.mark.heavy)])
def test_many_requests(make_server, count):
    server = make_server("many", children=2, workers=3).start()
    if server.env.preload:
        pytest.skip("a sanitizer keeps what was freed")
    with Load(server.port, jobs(), clients=CLIENTS, timeout=60 * server.env.slow) as load:
        load.wait_for(WARM, 600)
    before = settled(server)
    with Load(server.port, jobs(), clients=CLIENTS, timeout=60 * server.env.slow) as load:
        load.wait_for(count, 7000)
    assert not load.wrong and not load.lost, (load.wrong or load.lost)[0]
    after = settled(server)
    for key, (files, memory) in sorted(after.lasting.items()):
        print(f"{key[2]:16} {key[0]}: {before.lasting.get(key, (0, 0))[0]} to {files} descriptors, "
              f"{before.lasting.get(key, (0, 0))[1] >> 10} to {memory >> 10} KiB")
    assert after.names == before.names
    assert after.lasting.keys() == before.lasting.keys(), "a process was replaced"
    for key, (files, memory) in after.lasting.items():
        assert files <= before.lasting[key][0] + DESCRIPTORS, (key, before.lasting[key], files)
        assert memory <= before.lasting[key][1] + PRIVATE, (key, before.lasting[key], memory)
    assert after.files == before.files and after.shared == before.shared
    counters = server.board().counters
    assert counters["crashes"] == counters["timeouts"] == counters["errors"] == 0, counters
