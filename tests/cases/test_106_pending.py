# SPDX-License-Identifier: GPL-2.0-or-later
"""A scan that outlasts its client: error: pending, once in the background, then the verdict."""

import hashlib
import os
import signal
import threading
import time

import pytest

from lib import env as environment, expect, faults, icap, procs, samples, slowness, wire
from lib.eicar import EICAR

SECONDS = 3   # about what slow_body() takes here


@pytest.fixture
def slow(make_server):
    """slow(name, seconds=…, **options): a server on which slow_body() takes so long."""
    def make(name, seconds=SECONDS, **options):
        # A second of this takes several on a machine that has other work.
        options["settings"] = {"MaxScanCpu": "3600", "MaxScanTime": "600", **options.get("settings", {})}
        server = make_server(name, bases=None, **options)
        environment.signatures(server.bases, environment.STARTER,
                               slow_ldb=faults.slow_signatures(int(seconds * 1000)))
        return server.start(30)
    return make


def short(server):
    """ms: of a client that does not wait for the end, but long enough for a worker to begin. Less than a third
    of SECONDS: a machine or a sanitizer that slows other things down need not slow the expressions."""
    return min(round(700 * server.env.slow), 1000)


def ask(server, body, deadline_ms=None, **more):
    """(verdict, reason) and the seconds it took."""
    deadline_ms, began = deadline_ms or short(server), time.monotonic()
    reply = wire.scan(server.socket, body, digest=True, deadline_ms=deadline_ms,
                      timeout=deadline_ms / 1000 + 20, **more)
    return (reply.verdict, reply.reason), time.monotonic() - began


def decided(server, body, seconds=60):
    """The first answer that is not pending, asked for again and again as a mail server does."""
    def now():
        answer, _ = ask(server, body)
        return answer if answer[1] != "pending" else None
    return procs.wait_until(now, seconds * server.env.slow, server.describe, pause=0.1)


PENDING, CLEAN = ("error", "pending"), ("clean", "none")
LIMIT, TIMEOUT = ("unscannable", "max-scan-time"), ("error", "timeout")


def test_pending_then_the_verdict(slow):
    """Out of time: pending. The same bytes: pending at once, one scan. Then the verdict."""
    server = slow("pending", workers=3)
    body = faults.slow_body()
    answer, took = ask(server, body)
    assert answer == PENDING and took < 2 * server.env.slow, (answer, took)
    pid = server.board().busy()[0].pid
    procs.stop(pid)  # its scan does not end meanwhile
    for _ in range(5):
        answer, took = ask(server, body, 40000)
        assert answer == PENDING and took < 20, (answer, took)
    assert [w.pid for w in server.board().busy()] == [pid], server.board().slots
    procs.kill(pid, signal.SIGCONT)
    assert decided(server, body) == CLEAN
    hits = server.board().counters["cache_hits"]
    assert ask(server, body)[0] == CLEAN
    assert server.board().counters["cache_hits"] == hits + 1
    procs.wait_until(lambda: not server.board().busy(), 5, server.describe)
    assert server.board().counters["timeouts"] == 1


def test_a_threat_is_found_in_the_background(slow):
    server = slow("threat", workers=3)
    (server.bases / "late.ndb").write_text(f"Test.Late:0:*:{b'late-threat'.hex()}\n",
                                           encoding="ascii")
    server.reload(40)
    # A zip of the slow one and the threat, in this order: libclamav goes from first to last.
    body = zipped([("slow.bin", faults.slow_body()), ("late.bin", b"a late-threat here")])
    assert ask(server, body)[0] == PENDING
    assert decided(server, body) == ("infected", "signature")


def zipped(members):
    import io
    import zipfile
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


def test_over_icap(slow):
    """The answer to a mail server: 503 with the reason in the log, and after a retry the verdict."""
    server = slow("icap", 6, workers=3, settings={"Profile": f"mail timeout={round(slowness.machine())}"})
    request = icap.respmod(faults.slow_body(), service="mail", allow="204")
    first = server.exchange(request)
    expect.failed(first)
    assert first.status == 503, first.status
    server.logged("profile=mail", "reason=pending", "action=fail")
    expect.failed(server.exchange(request))
    procs.wait_until(lambda: server.text("epost_av.log").count("reason=pending") == 2, 10, server.describe)

    def through():
        response = server.exchange(request)
        return response if response.status < 500 else None
    expect.clean(request, procs.wait_until(through, 60 * server.env.slow, server.describe,
                                           pause=0.2))


def test_large_bodies_in_a_sealed_file(slow):
    """Over 64 KiB a body is a memfd of the service's, sealed: its scan is kept, too."""
    server = slow("sealed", workers=3, settings={"Profile": f"mail timeout={round(slowness.machine())}"})
    request = icap.respmod(faults.slow_body() + b"\n" * 100000, service="mail", allow="204")
    expect.failed(server.exchange(request))
    server.logged("profile=mail", "reason=pending")


@pytest.mark.parametrize("seals", [False, True])
def test_what_its_sender_could_change_is_not_kept(slow, seals):
    """A file of another user: only sealed it may get into the cache, and only then it is kept."""
    server = slow("foreign", workers=3)
    if os.getuid() != 0 or server.env.user.pw_uid == 0:
        pytest.skip("needs two users")
    body = faults.slow_body() + b"\n" * 100000
    other = 12345

    def run(out):
        out.append(as_other(server, body, other, seals))
    (server.run).chmod(0o755)
    os.chmod(server.socket, 0o666)
    out = []
    thread = threading.Thread(target=run, args=(out,))
    thread.start()
    thread.join(slowness.scaled(60))
    assert out == ["error pending" if seals else "error timeout"], out


CLIENT = """
import fcntl, hashlib, os, sys
sys.path.insert(0, sys.argv[1])
from lib import wire
body = sys.stdin.buffer.read()
os.setgroups([]); os.setgid(int(sys.argv[3])); os.setuid(int(sys.argv[3]))
fd = os.memfd_create("body", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
os.write(fd, body)
if sys.argv[4] == "True":
    fcntl.fcntl(fd, 1033, 0x2 | 0x4 | 0x8)
message = wire.request(wire.SCAN, body, sha256=hashlib.sha256(body).digest(), inline=False,
                       flags=wire.BODY_FD, deadline_ms=int(sys.argv[5]))
reply = wire.exchange(sys.argv[2], message, [fd])
print(reply.verdict, reply.reason)
"""


def as_other(server, body, uid, seals):
    import pathlib
    import subprocess
    done = subprocess.run(["/usr/bin/python3", "-c", CLIENT,
                           str(pathlib.Path(__file__).parents[1]), str(server.socket), str(uid),
                           str(seals), str(short(server))], input=body, capture_output=True, timeout=slowness.scaled(60), check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().strip()


def test_without_a_cache_nothing_is_kept(slow):
    server = slow("cacheless", workers=3, settings={"CacheEntries": "0"})
    assert ask(server, faults.slow_body())[0] == TIMEOUT
    procs.wait_until(lambda: not server.board().busy(), 5, server.describe)
    assert ask(server, faults.slow_body(), flags=wire.NO_CACHE)[0] == TIMEOUT


def test_one_place_a_core(slow):
    """More than there are cores: the rest ends as timeout, and pages pass meanwhile."""
    cores = len(os.sched_getaffinity(0))
    server = slow("places", 10, workers=cores + 2, settings={"HeavyAfter": "0"})
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(
        ask(server, faults.slow_body(), 2000)[0])) for _ in range(cores + 2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(slowness.scaled(60))
    assert sorted(answers) == sorted([PENDING] * cores + [TIMEOUT] * 2), answers
    procs.wait_until(lambda: len(server.board().busy()) == cores, 5, server.describe)
    nice = [procs.niceness(w.pid) for w in server.board().busy()]
    assert min(nice) >= 10, nice  # also where HeavyAfter is off
    times = []
    for _ in range(20):
        request = icap.respmod(samples.unique(2000), service="mail")
        response = server.exchange(request)
        expect.clean(request, response)
        times.append(response.seconds)
    assert sorted(times)[10] < 0.25 * server.env.slow, sorted(times)


def test_background_scans_take_no_places_of_others(slow):
    """One worker and a scan in the background: others are scanned beside it."""
    server = slow("one-worker", 10, workers=1, settings={"HeavyAfter": "0"})
    assert ask(server, faults.slow_body())[0] == PENDING
    assert ask(server, EICAR, 5000)[0] == ("infected", "signature")
    assert ask(server, samples.unique(), 5000)[0] == CLEAN
    procs.wait_until(lambda: len(server.board().busy()) == 1, 10, server.describe)


def test_max_scan_time(slow):
    """libclamav does not look at the clock here: killed, unscannable, remembered, no crash."""
    seconds = round(2 * slowness.machine())
    server = slow("limit", 30, workers=3, settings={"MaxScanTime": seconds})
    body = faults.slow_body()
    answer, took = ask(server, body, 60000)
    assert answer == LIMIT and took < seconds + 5 * server.env.slow, (answer, took)
    assert ask(server, body, 40000)[0] == LIMIT
    counters = server.board().counters  # the second time it was not tried
    assert counters["crashes"] == 0 and counters["unscannable"] == 2 and counters["cache_hits"] == 1, counters
    server.reload(40)  # another generation: another chance
    assert ask(server, body, seconds * 400)[0] == PENDING


def test_max_scan_time_in_the_background(slow):
    seconds = round(2 * slowness.machine())
    server = slow("limit-later", 30, workers=3, settings={"MaxScanTime": seconds})
    body = faults.slow_body()
    assert ask(server, body, seconds * 400)[0] == PENDING
    assert decided(server, body, 15) == LIMIT
    assert server.board().counters["crashes"] == 0


def test_max_scan_time_is_the_policys_to_judge(slow):
    """Below the web profile's time by default, and blocked there."""
    server = slow("web", 30, workers=3, settings={"MaxScanTime": "1"})
    response = server.exchange(icap.respmod(faults.slow_body(), service="web"), timeout=30)
    server.logged("profile=web", "verdict=unscannable", "reason=max-scan-time", "action=block")
    assert "X-Infection-Found" in response.headers


def hang_up(server, body, after):
    """Asks and leaves before its time is over."""
    with wire.connect(server.socket) as s:
        wire.send(s, wire.request(wire.SCAN, body, sha256=hashlib.sha256(body).digest(),
                                  deadline_ms=60000))
        faults.busy_worker(server)
        after()


def test_a_client_that_hangs_up_ends_its_scan(slow):
    server = slow("hang-up", 10, workers=3)
    hang_up(server, faults.slow_body(), lambda: None)
    procs.wait_until(lambda: not server.board().busy(), 3, server.describe)


def test_but_not_that_of_others(slow):
    """One was told pending and will come again: the other's leaving does not end it."""
    server = slow("hang-up-others", workers=3)
    body = faults.slow_body()
    out = []
    other = threading.Thread(target=lambda: out.append(ask(server, body)[0]))

    def both():
        other.start()
        other.join(slowness.scaled(20))
    hang_up(server, body, both)
    assert out == [PENDING]
    assert ask(server, body)[0] in (PENDING, CLEAN)
    assert decided(server, body) == CLEAN


def test_a_crash_in_the_background_is_remembered(slow):
    server = slow("crash", 10, workers=3)
    body = faults.slow_body()
    assert ask(server, body)[0] == PENDING
    procs.kill(server.board().busy()[0].pid, signal.SIGKILL)
    assert decided(server, body, 10) == ("error", "crash-listed")
    assert server.board().counters["crashes"] == 1


def test_a_reload_ends_background_scans(slow):
    """Their verdict would be an old generation's: what is asked again is scanned by the new one."""
    server = slow("reload", 20, workers=3)
    body = faults.slow_body()
    assert ask(server, body)[0] == PENDING
    old = server.board().busy()[0].pid
    server.reload(40)
    procs.wait_until(lambda: procs.gone(old), 5 * server.env.slow, server.describe)
    assert ask(server, body)[0] == PENDING


def test_a_stop_does_not_wait_for_them(slow):
    server = slow("stop", 30, workers=3)
    assert ask(server, faults.slow_body())[0] == PENDING
    supervisor = server.board().supervisor
    procs.kill(supervisor, signal.SIGTERM)
    procs.wait_until(lambda: procs.gone(supervisor), 10 * server.env.slow, server.describe)
