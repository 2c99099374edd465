# SPDX-License-Identifier: GPL-2.0-or-later
"""Descriptors, PIDs, memory, space for temporary files and Bases run out or go.

What may be lost: requests that cannot be taken fail, with an error and never as clean. When there
is room again the service is whole again by itself."""

import contextlib
import os
import pathlib
import random
import shutil
import zipfile

import pytest

from lib import expect, faults, icap, procs, samples, smalldisk
from lib.eicar import EICAR
from lib.load import Load

JOBS = [(lambda: icap.respmod(EICAR, service="strict"), ("infected",)),
        (lambda: icap.respmod(samples.unique(), service="strict"), ("clean",))]


@contextlib.contextmanager
def limited(env, pid, what, value):
    """A soft limit of a running process of the unprivileged user, as it was afterwards."""
    def prlimit(*words):
        done = procs.run(*env.as_user("prlimit", f"--pid={pid}", *words), env=env.environ())
        if done.returncode != 0:
            pytest.skip(f"no prlimit: {done.stderr.strip()}")
        return done.stdout.strip()
    before = prlimit(f"--{what}", "--noheadings", "--output=SOFT", "--raw")
    prlimit(f"--{what}={value}:")
    try:
        yield
    finally:
        if not procs.gone(pid):
            procs.run(*env.as_user("prlimit", f"--pid={pid}", f"--{what}={before}:"), env=env.environ())


def not_clean(server, body=EICAR):
    """One exchange that must not come out as clean; it may break."""
    try:
        response = server.exchange(icap.respmod(body, service="strict"), timeout=60)
    except (icap.ConnectionLost, OSError):
        return None
    assert response.status != 204, response
    if response.status == 200:
        assert response.http.raw.startswith(b"HTTP/1.1 403"), response.http.raw
    return response


def right_again(server, timeout=60):
    def right():
        try:
            clean = icap.respmod(samples.unique(), service="strict")
            return "X-Infection-Found" in server.exchange(
                icap.respmod(EICAR, service="strict"), timeout=10).headers and \
                expect.verdict(clean, server.exchange(clean, timeout=10)) == "clean"
        except (icap.ConnectionLost, OSError):
            return False
    procs.wait_until(right, timeout * server.env.slow, server.describe, pause=0.05)


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def first_free(pid):
    """The number that its next descriptor would have."""
    used = {int(name) for name in os.listdir(f"/proc/{pid}/fd")}
    return next(number for number in range(len(used) + 1) if number not in used)


def test_no_descriptors(make_server):
    """The supervisor cannot take connections: they wait in the kernel, and none is lost."""
    server = make_server(settings={"Profile": "strict timeout=60"}).start()
    faults.settled(server)  # from then on it needs no descriptor but for connections
    supervisor = server.board().supervisor
    with limited(server.env, supervisor, "nofile", first_free(supervisor)):
        asked = [faults.Background(server, icap.respmod(EICAR, service="strict"))
                 for _ in range(6)]
        procs.wait_until(lambda: "cannot take a connection" in server.text("epostavs.log"),
                         20 * server.env.slow, server.describe)
    for one in asked:
        expect.infected(one.result())
    assert server.board().supervisor == supervisor


def test_no_pids(make_server):
    """The generation process cannot fork: workers that live serve, and later there are more. What a
    killed one scanned is lost, nothing else."""
    server = make_server(workers=2, settings={"Profile": "strict timeout=60"}).start()
    faults.settled(server)
    pid = faults.engine_processes(server, "epostavs-gen")[0].pid
    with limited(server.env, pid, "nproc", 1):
        killed = server.board().slots[0].pid
        with Load(server.port, JOBS, timeout=60 * server.env.slow) as load:
            load.wait_for(10, 60)
            procs.kill(killed)
            procs.wait_until(lambda: killed not in [slot.pid for slot in server.board().slots], 20,
                             server.describe)
            load.wait_for(30, 60)
        assert not load.lost and len(load.wrong) <= 1, load
        load.says_why("crashed")
    procs.wait_until(lambda: len(server.board().slots) == 3, 60 * server.env.slow, server.describe)
    right_again(server)


def test_no_memory_in_the_supervisor(make_server):
    """Requests that it cannot note fail; nothing else happens to it."""
    server = make_server().start()
    if server.env.preload:
        pytest.skip("a sanitizer ends a process that has no memory")
    supervisor = server.board().supervisor
    with limited(server.env, supervisor, "data", 4096):
        for _ in range(20):
            not_clean(server)
    right_again(server)
    assert not procs.gone(supervisor)


def data_of(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.split("VmData:")[1].split()[0]) << 10


def room_of(pid, left):
    """The limit that leaves a process no new descriptor, not even those it gives back, or no memory."""
    if left == "no memory":
        return "data", data_of(pid) + 4096
    highest = max(map(int, os.listdir(f"/proc/{pid}/fd")))
    return "nofile", highest + 1 if left == "no new descriptor" else highest - 6


@pytest.mark.parametrize("left", ["no new descriptor", "no descriptor given back", "no memory"])
def test_nothing_left_for_children_of_cicap(make_server, left):
    """Without descriptors a child ends, without memory it may crash; c-icap's master starts others. What
    is lost was under way in them: it breaks, or ends as an error that says so, and is never clean."""
    server = make_server(workers=2).start()
    if server.env.preload and left == "no memory":
        pytest.skip("a sanitizer ends a process that has no memory")
    faults.settled(server)
    with Load(server.port, JOBS, timeout=60 * server.env.slow) as load:
        load.wait_for(20, 60)
        with contextlib.ExitStack() as stack:
            for pid in server.children_pids():
                stack.enter_context(limited(server.env, pid, *room_of(pid, left)))
            load.wait_for(100, 90)
    load.says_why("unavailable", "io")
    assert len(load.lost) + len(load.wrong) <= 2 * 8, load
    right_again(server)
    server.kill()  # c-icap's master, told to end while a child does so by itself, may wait for it for ever


def test_no_room_for_temporary_files(make_server):
    """A worker that cannot unpack says so: it is not clean."""
    server = make_server(settings={"TempSize": "64M"}, workers=2).start()
    path = server.root / "big.zip"
    noise = random.Random(1).randbytes(1 << 20)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("one.bin", b"".join(noise[:4096] + noise[i:i + 64] for i in range(20000)))
        archive.writestr("two.com", EICAR)
    with Load(server.port, JOBS, timeout=60 * server.env.slow) as load:
        load.wait_for(10, 60)
        response = server.exchange(icap.respmod(path.read_bytes(), service="strict"), timeout=60)
        load.wait_for(20, 60)
    word = response["X-Epost-AV-Verdict"]
    assert word in ("infected", "unscannable", "error"), expect.describe(response)
    assert not load.wrong and not load.lost, load
    right_again(server)


def test_spool_is_full(make_server, env):
    """c-icap cannot keep a large body: the request fails, small ones do not."""
    place = env.directory("spool")
    place.rmdir()
    with smalldisk.make(place, 256) as disk:
        os.chmod(disk.seen, 0o1777)
        server = make_server(settings={"Spool": place})
        server.enter = disk.enter
        server.start()
        body = samples.incompressible(40 << 20, 3) + EICAR
        with Load(server.port, JOBS, timeout=60 * server.env.slow) as load:
            load.wait_for(10, 60)
            response = not_clean(server, body)
            load.wait_for(20, 60)
        assert response is not None, server.describe()
        assert not load.wrong and not load.lost, load
        right_again(server)


def test_disk_is_full(make_server, env):
    """The disk of the logs and of the run directory: lines are lost, and no verdict. When there is
    room again lines are written again."""
    place = env.directory("disk")
    place.rmdir()
    with smalldisk.make(place, 4096) as disk:
        os.chmod(disk.seen, 0o1777)
        server = make_server(settings={"Spool": place, "Log": place / "epost_av.log",
                                       "ScannerLog": place / "epostavs.log"})
        server.enter = disk.enter
        server.start()
        stuffing = disk.seen / "stuffing"
        with Load(server.port, JOBS, timeout=60 * server.env.slow) as load:
            load.wait_for(10, 60)
            with contextlib.suppress(OSError):
                with open(stuffing, "wb", buffering=0) as f:
                    while f.write(bytes(65536)):
                        pass
            load.wait_for(40, 60)
            server.reload(60)
            procs.kill(server.board().supervisor)
            load.wait_for(20, 60)
            stuffing.unlink()
            before = (disk.seen / "epost_av.log").stat().st_size
            load.wait_for(10, 60)
        assert not load.wrong and not load.lost, load
        procs.wait_until(lambda: (disk.seen / "epost_av.log").stat().st_size > before, 20, server.describe)
        right_again(server)


def test_bases_go(make_server):
    """A serving scanner goes on without its files; a reload fails; when all is killed requests
    fail; when the files are back all is well by itself."""
    server = make_server(workers=2).start()
    away = server.root / "away"
    failures = server.board().counters["reload_failures"]
    with Load(server.port, JOBS, timeout=60 * server.env.slow) as load:
        load.wait_for(10, 60)
        shutil.move(server.bases, away)
        server.command("epost_av:reload")
        procs.wait_until(lambda: server.board().counters["reload_failures"] > failures,
                         60 * server.env.slow, server.describe)
        load.wait_for(20, 60)
    assert not load.wrong and not load.lost, load
    killed = faults.kill_engine(server) + [slot.pid for slot in server.board().slots]
    for pid in killed:
        procs.kill(pid)
    procs.wait_until(lambda: server.board().state == "failed", 60 * server.env.slow,
                     server.describe)
    assert not_clean(server)
    shutil.move(away, server.bases)
    right_again(server, 90)


def test_load_with_few_descriptors_each(make_server):
    """Under eight clients the supervisor may have few descriptors: a wait, and nothing is lost."""
    server = make_server(settings={"Profile": "strict timeout=60"}).start()
    faults.settled(server)  # from then on it needs no descriptor but for connections
    supervisor = server.board().supervisor
    with limited(server.env, supervisor, "nofile", descriptors(supervisor) + 3):
        with Load(server.port, JOBS, timeout=60) as load:
            load.wait_for(150, 100)
    assert not load.wrong and not load.lost, load
    right_again(server)
