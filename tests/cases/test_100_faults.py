# SPDX-License-Identifier: GPL-2.0-or-later
"""kill -9 and worse, of every process at the worst moment: no wrong verdict, nothing lost but
what the killed process held, service resumes by itself, nothing left behind."""

import ctypes
import os
import signal

import pytest

from lib import expect, faults, icap, procs, samples, wire
from lib.eicar import EICAR

PTRACE_ATTACH = 16
MAIL_SECONDS = 6  # what the mail profile gives a scan


def serves_again(server, timeout=15):
    """Right verdicts, both ways, within the time."""
    def right():
        try:
            found = server.exchange(icap.respmod(EICAR, service="strict"), timeout=5)
            request = icap.respmod(samples.unique())
            passed = server.exchange(request, timeout=5)
        except (icap.ConnectionLost, OSError):
            return False
        return "X-Infection-Found" in found.headers and expect.verdict(request, passed) == "clean"
    procs.wait_until(right, timeout * server.env.slow, server.describe, pause=0.05)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT],
                         ids=["kill", "segv", "abort"])
def test_worker_dies_while_it_scans(env, make_server, number):
    """Its own scan ends as error/crashed, not as clean; all others go on; it is replaced."""
    if env.preload and number != signal.SIGKILL:
        pytest.skip("the sanitizer takes the signal for a fault of the program")
    server = make_server(f"worker-{number}", workers=3).start()
    body = samples.unique(3000)
    with faults.frozen_workers(server):
        asked = faults.Background(server, icap.respmod(body, service="mail", allow="204"))
        victim = faults.caught(server)
        procs.kill(victim.pid, number)
        procs.kill(victim.pid, signal.SIGCONT)
        response = asked.result()
    expect.failed(response)
    serves_again(server)
    board = procs.wait_until(
        lambda: len((b := server.board()).slots) >= 3 and
        victim.pid not in [w.pid for w in b.slots] and b, 20, server.describe)
    assert board.counters["crashes"] == 1, board.counters


def test_worker_hangs(make_server):
    """A scan past its deadline is killed and answered in time; others are not held up."""
    server = make_server(workers=3).start()
    request = icap.respmod(samples.unique(3000), service="mail", allow="204")
    with faults.frozen_workers(server) as frozen:
        asked = faults.Background(server, request)
        victim = faults.caught(server)
        for pid in frozen:
            if pid != victim.pid:
                procs.kill(pid, signal.SIGCONT)
        for _ in range(20):
            expect.infected(server.exchange(icap.respmod(EICAR), timeout=5))
            one = icap.respmod(samples.unique())
            expect.clean(one, server.exchange(one, timeout=5))
        response = asked.result()
    expect.failed(response)
    assert response.seconds < MAIL_SECONDS + 5 * server.env.slow, response.seconds
    procs.wait_until(lambda: procs.gone(victim.pid), 5, server.describe)  # killed before the answer
    assert server.board().counters["timeouts"] == 1
    serves_again(server)


def test_all_workers_hang(make_server):
    """Even then every request is answered by its deadline, and service resumes."""
    server = make_server(workers=2, settings={"Profile": "web timeout=2"}).start()
    with faults.frozen_workers(server):
        asked = [faults.Background(server, icap.respmod(samples.unique(), service="web"))
                 for _ in range(6)]
        for one in asked:
            response = one.result()
            assert expect.verdict_of_unscanned(response) in ("failed", "passed")
    serves_again(server)


def test_supervisor_is_killed(make_server):
    """Another one takes over the engine and the workers; nothing is loaded; requests wait or fail,
    and none comes out clean that is not."""
    server = make_server(workers=2).start()
    procs.wait_until(lambda: len(server.board().slots) == 3, 10, server.describe)
    before = server.board()
    workers = [w.pid for w in before.slots]
    procs.kill(before.supervisor)
    serves_again(server)
    after = server.board()
    assert after.supervisor != before.supervisor and after.ready
    assert [w.pid for w in after.slots] == workers
    assert after.counters["reloads"] == before.counters["reloads"]
    assert int((server.run / "epostavs.pid").read_text()) == after.supervisor


def test_supervisor_is_killed_while_scans_run(make_server):
    server = make_server(workers=2).start()
    with faults.frozen_workers(server):
        asked = [faults.Background(server, icap.respmod(EICAR + b" " * i, service="strict"))
                 for i in range(4)]
        faults.caught(server)
        procs.kill(server.board().supervisor)
    for one in asked:
        response = one.result()
        word = "infected" if "X-Infection-Found" in response.headers else "failed"
        if word == "failed":
            expect.failed(response)
    serves_again(server)


def test_supervisor_hangs(make_server):
    """A stopped supervisor is continued by its guardian: requests wait, and none is lost."""
    server = make_server().start()
    supervisor = server.board().supervisor
    for _ in range(3):
        procs.kill(supervisor, signal.SIGSTOP)
        clean = icap.respmod(samples.unique())
        asked = [faults.Background(server, one) for one in (icap.respmod(EICAR), clean)]
        expect.infected(asked[0].result())
        expect.clean(clean, asked[1].result())
    assert server.board().supervisor == supervisor


@pytest.mark.heavy
def test_supervisor_hangs_for_long(make_server):
    """One that does no rounds, and is not stopped by a signal, is killed and replaced."""
    server = make_server().start()
    supervisor = server.board().supervisor
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.ptrace(PTRACE_ATTACH, supervisor, None, None) < 0:
        pytest.skip(f"no ptrace: {os.strerror(ctypes.get_errno())}")
    serves_again(server, 60)
    os.waitpid(supervisor, 0)  # a tracer is told too
    assert server.board().supervisor != supervisor


def test_supervisor_killed_again_and_again(make_server):
    """Back-off slows it down, nothing accumulates."""
    server = make_server().start()
    for _ in range(3):
        procs.kill(server.board().supervisor)
        serves_again(server, 30)

    def names():  # a process that is about to be another program has the name of c-icap for a moment
        return [one[2] for one in server.family()]
    procs.wait_until(lambda: names().count("c-icap") == 1 + server.children, 20, names)


def generation_pid(server):
    """The process that forks the workers."""
    found = faults.engine_processes(server, "epostavs-gen")
    return found[0].pid if found else None


def test_generation_process_is_killed(make_server):
    """Its copy takes its place, nothing is loaded; a worker that dies later is replaced."""
    server = make_server(workers=3).start()
    board = server.board()
    procs.wait_until(lambda: faults.engine_processes(server, "epostavs-spare"), 10,
                     server.describe)
    pid = procs.wait_until(lambda: generation_pid(server), 10, server.describe)
    procs.kill(pid)
    for _ in range(50):
        expect.infected(server.exchange(icap.respmod(EICAR), timeout=5))
        request = icap.respmod(samples.unique())
        expect.clean(request, server.exchange(request, timeout=5))
    procs.wait_until(lambda: generation_pid(server) not in (None, pid), 15, server.describe)
    after = server.board()
    assert after.supervisor == board.supervisor and after.state == "ready"
    assert after.counters["reloads"] == board.counters["reloads"]
    for worker in server.board().slots:
        procs.kill(worker.pid)
    serves_again(server)


def test_idle_workers_are_killed(make_server):
    server = make_server(workers=4).start()
    for worker in server.board().slots:
        procs.kill(worker.pid)
    serves_again(server)
    procs.wait_until(lambda: len(server.board().slots) >= 4, 10, server.describe)


def test_cicap_child_is_killed(make_server):
    """Only its own connections are lost; another takes its place; the scanner does not notice."""
    server = make_server(children=3).start()
    supervisor = server.board().supervisor
    victim = procs.wait_until(lambda: server.children_pids(), 10, server.describe)[0]
    procs.kill(victim)
    procs.wait_until(lambda: len(server.children_pids()) == 3 and
                     victim not in server.children_pids(), 15, server.describe)
    serves_again(server)
    assert server.board().supervisor == supervisor
    for _ in range(60):
        expect.infected(server.exchange(icap.respmod(EICAR)))


def test_cicap_master_is_killed(make_server):
    """kill -9 of the master: its children end by themselves or are told to; when all of c-icap
    is gone the scanner goes too, with its workers and its socket."""
    server = make_server(children=2).start()
    family = server.family()
    children = server.children_pids()
    supervisor = server.board().supervisor
    procs.kill(server.pid)
    server.process.wait(10 * server.env.slow)
    for pid in children:
        procs.kill(pid)
    procs.wait_until(lambda: procs.gone(supervisor), 10 * server.env.slow, server.describe)
    procs.wait_until(lambda: all(procs.gone(p, started) for p, started, _ in family),
                     10 * server.env.slow, lambda: f"left: {server.family()}")
    assert not server.socket.exists()


def test_scanner_cannot_be_started(make_server):
    """A wrong path: not ready, no 204, and a log line that says what to do."""
    server = make_server(settings={"Scanner": "/nonexistent/epostavs"})
    server.start(ready=False)
    response = server.exchange(icap.respmod(b"clean", allow="204", service="strict"), timeout=60)
    assert expect.verdict_of_unscanned(response) in ("failed", "blocked")
    procs.wait_until(lambda: "/nonexistent/epostavs" in
                     server.text("server.log") + server.text("stderr"), 20, server.describe)


def test_second_supervisor_is_kept_out(server):
    """The board's lock: another epostavs on the same socket refuses, and harms nothing."""
    before = server.board().supervisor
    done = procs.run(*server.env.as_user(server.env.epostavs, "--set", f"Bases={server.bases}",
                                         "--set", f"Socket={server.socket}"),
                     env=server.env.environ(), timeout=20)
    assert done.returncode != 0
    assert done.stderr.strip(), "it says nothing"
    assert server.board().supervisor == before
    assert wire.scan(server.socket, EICAR).verdict == "infected"


def test_no_temporary_files_after_kills(make_server):
    """Workers killed in the middle of unpacking leave nothing in /tmp, /dev/shm or /var/tmp."""
    server = make_server(workers=2)
    before = owned_files(server)
    server.start()
    big = next(p for p in samples.testfiles() if p.name == "clam_ISmsi_int.exe").read_bytes()
    for i in range(4):
        with faults.frozen_workers(server):
            body = big + bytes([i])
            asked = faults.Background(server, icap.respmod(body, service="strict"))
            procs.kill(faults.caught(server).pid)
            expect.verdict_of_unscanned(asked.result())
    serves_again(server)
    pid = server.board().supervisor
    server.stop()
    left = [p for p in owned_files(server) - before if str(pid) in p]
    assert not left, left


def owned_files(server):
    found = set()
    for directory in ("/tmp", "/dev/shm", "/var/tmp"):
        for name in os.listdir(directory):
            path = os.path.join(directory, name)
            try:
                if os.lstat(path).st_uid == server.env.user.pw_uid:
                    found.add(path)
            except FileNotFoundError:
                continue
    return found
