# SPDX-License-Identifier: GPL-2.0-or-later
"""The generation process is lost, and its replacement while it loads (an OOM killer does that):
the engine is loaded again until one serves, and never once more than needed."""

import os
import random
import signal
import time

from lib import expect, faults, icap, procs, samples
from lib.eicar import EICAR

GENERATION = "epostavs-gen"


def generation_processes(server):
    return faults.engine_processes(server, GENERATION, "epostavs")


def large_bases(server, count=150_000):
    """Signatures that take long enough to load to be caught at it."""
    made = random.Random(3)
    (server.bases / "large.hsb").write_text(
        "".join(f"{made.getrandbits(256):064x}:{1000 + n}:Test.Hash{n}:73\n"
                for n in range(count)), encoding="ascii")


def generation(server):
    return procs.wait_until(lambda: [s for s in generation_processes(server)
                                     if s.name == GENERATION], 20, server.describe)[0]


def ready(server, timeout=30):
    return procs.wait_until(lambda: (b := server.board()).state == "ready" and b,
                            timeout * server.env.slow, server.describe)


def test_replacement_killed_while_loading(make_server):
    """Nothing was loaded again; the board said ready; without workers every request was 503."""
    server = make_server(workers=2).start()
    loads = server.board().counters["reloads"]
    pipe = server.bases / "pipe.ndb"  # in which a load waits
    os.mkfifo(pipe)
    server.env.give(pipe)
    killed = faults.kill_engine(server)
    for last in (False, True):  # each replacement, as soon as it is there
        new = procs.wait_until(
            lambda: [s for s in generation_processes(server) if s.pid not in killed], 20,
            server.describe)[0]
        procs.kill(new.pid, signal.SIGSTOP)  # without the pipe it could be done before it is killed
        assert server.board().state != "ready", "ready without a process"
        if last:
            pipe.unlink()
        procs.kill(new.pid)
        killed.append(new.pid)
    board = ready(server)
    assert board.counters["reloads"] == loads + 1
    assert generation(server).pid not in killed
    old = {slot.pid for slot in board.slots}
    for pid in old:  # and it can fork
        procs.kill(pid)
    procs.wait_until(lambda: len({s.pid for s in server.board().slots} - old) >= 2, 20,
                     server.describe)
    expect.infected(server.exchange(icap.respmod(EICAR)))


def test_all_is_killed(make_server):
    """The generation process and every worker at once: a load comes at once, requests wait for it
    or fail, and none is called clean that was not scanned."""
    server = make_server(workers=2, settings={"Profile": "strict timeout=20"}).start()
    killed = [slot.pid for slot in server.board().slots]
    old = faults.kill_engine(server)
    for pid in killed:
        procs.kill(pid)
    # The board says ready until the supervisor has seen the deaths.
    procs.wait_until(lambda: all(procs.gone(pid) for pid in old + killed), 10, server.describe)
    procs.wait_until(lambda: generation(server).pid not in old, 20, server.describe)
    ready(server)
    expect.infected(server.exchange(icap.respmod(EICAR, service="strict")))
    request = icap.respmod(samples.unique())
    expect.clean(request, server.exchange(request))


def test_no_second_load_after_take_over(make_server):
    """The serving process is lost while its successor loads: that one serves, and is the last."""
    server = make_server(workers=2)
    large_bases(server)
    server.start()
    faults.settled(server)  # a worker that has just been forked would look like another generation
    old = generation(server)
    loads = server.board().counters["reloads"]
    server.touch()
    server.command("epost_av:reload")
    new = procs.wait_until(lambda: [s for s in generation_processes(server) if s.pid != old.pid],
                           20, server.describe)[0]
    procs.kill(old.pid)
    procs.wait_until(lambda: procs.gone(old.pid), 5, server.describe)
    ready(server)
    procs.wait_until(lambda: generation(server).pid == new.pid, 5, server.describe)
    with server.connect() as connection:  # longer than the pause before a retry
        for _ in range(30):
            one = icap.respmod(samples.unique())
            expect.clean(one, connection.exchange(one))
            time.sleep(0.1)
    assert server.board().counters["reloads"] == loads + 1
    # What has just been forked has its parent's name for a moment.
    procs.wait_until(lambda: [s.pid for s in generation_processes(server)] == [new.pid], 10,
                     server.describe)
