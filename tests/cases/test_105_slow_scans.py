# SPDX-License-Identifier: GPL-2.0-or-later
"""Scans that take seconds: what crashes in them is remembered, the same bytes are scanned once,
light ones pass them, deadlines end them."""

import os
import time

import pytest

from lib import env as environment, expect, faults, icap, procs, samples, wire
from lib.eicar import EICAR

SECONDS = 3  # about what slow_body() takes here


@pytest.fixture
def slow(make_server):
    """slow(name, **options): a server on which slow_body() takes so many seconds."""
    def make(name, seconds=SECONDS, **options):
        # These signatures are slow by their expressions, which the shortcuts make cheap.
        options["settings"] = {"Shortcuts": "none", "MaxScanCpu": "3600", **options.get("settings", {})}
        server = make_server(name, bases=None, **options)
        environment.signatures(server.bases, environment.STARTER,
                               slow_ldb=faults.slow_signatures(seconds * 1000))
        return server.start(30)
    return make


def test_what_crashed_a_worker_is_not_tried_again(slow):
    server = slow("quarantine", workers=3)
    body = faults.slow_body()
    asked = faults.Background(server, icap.respmod(body, service="mail", allow="204"))
    procs.kill(faults.busy_worker(server).pid)
    expect.failed(asked.result())
    same = {"name": b"file.bin", "type": b"application/octet-stream"}  # the claims of the request
    reply = wire.scan(server.socket, body, digest=True, **same)
    assert (reply.verdict, reply.reason) == ("error", "crash-listed"), reply
    reply = wire.scan(server.socket, body, **same)  # also when the sender knows no digest
    assert (reply.verdict, reply.reason) == ("error", "crash-listed"), reply
    expect.failed(server.exchange(icap.respmod(body, service="mail", allow="204")))
    assert server.board().counters["crashes"] == 1


def test_a_reload_gives_it_another_chance(slow):
    server = slow("second-chance", workers=2)
    body = faults.slow_body()
    asked = faults.Background(server, icap.respmod(body, service="mail", allow="204"))
    procs.kill(faults.busy_worker(server).pid)
    expect.failed(asked.result())
    server.reload(40)
    reply = wire.scan(server.socket, body, digest=True, deadline_ms=60000, timeout=70)
    assert reply.verdict == "clean", reply


def test_the_same_bytes_are_scanned_once(slow):
    """Concurrent requests for the same bytes share one scan, and its crash is nobody's clean."""
    server = slow("single-flight", workers=6)
    body = faults.slow_body()
    request = icap.respmod(body, service="web")
    asked = [faults.Background(server, request) for _ in range(8)]
    faults.busy_worker(server)
    assert len(server.board().busy()) == 1, server.board().slots
    for one in asked:
        expect.clean(request, one.result())
    counters = server.board().counters
    assert counters["cache_hits"] >= 7 and counters["heavy"] <= 1, counters


def test_a_shared_scan_that_crashes_fails_for_all(slow):
    server = slow("shared-crash", workers=6)
    request = icap.respmod(faults.slow_body(), service="mail", allow="204")
    asked = [faults.Background(server, request) for _ in range(4)]
    procs.kill(faults.busy_worker(server).pid)
    for one in asked:
        expect.failed(one.result())


def test_one_client_less_does_not_end_a_shared_scan(slow):
    server = slow("one-less", workers=4)
    request = icap.respmod(faults.slow_body(), service="web")
    with server.connect() as leaving:
        leaving.start()
        leaving.send(request.stages()[0])
        faults.busy_worker(server)
        staying = faults.Background(server, request)
        procs.wait_until(lambda: server.board().busy(), 5, server.describe)
        time.sleep(0.2)  # the second must have joined before the first leaves
    expect.clean(request, staying.result())


def test_light_before_heavy(slow):
    """While heavy scans hold every core and more, each at a lower priority, pages pass."""
    more = os.cpu_count() + 2
    server = slow("light-heavy", workers=more + 6, settings={"HeavyAfter": "100ms"})
    heavy = [faults.Background(server, icap.respmod(faults.slow_body(), service="web"), 120)
             for _ in range(more)]
    procs.wait_until(
        lambda: sum(w.state == "heavy" for w in server.board().slots) >= more - 1, 30 * server.env.slow,
        server.describe)
    nice = [procs.niceness(w.pid) for w in server.board().slots if w.state == "heavy"]
    assert nice and min(nice) >= 5, nice
    times = []
    for _ in range(40):
        request = icap.respmod(samples.unique(2000), service="web")
        response = server.exchange(request)
        expect.clean(request, response)
        times.append(response.seconds)
    assert sorted(times)[20] < 0.25 * server.env.slow, sorted(times)
    for one in heavy:
        assert one.result().status == 200
    procs.wait_until(lambda: all(procs.niceness(w.pid) in (0, None) for w in server.board().slots if w.state == "idle"),
                     10 * server.env.slow, server.describe)


def test_a_worker_serves_again_after_a_heavy_scan(slow):
    """At the ordinary priority, and as the same process: it keeps what it remembers."""
    server = slow("serves-again", workers=3, settings={"HeavyAfter": "100ms"})
    pids = []
    for number in range(3):
        asked = faults.Background(server, icap.respmod(faults.slow_body() + b"%d" % number, service="web"), 120)
        worker = procs.wait_until(lambda: next((w for w in server.board().slots if w.state == "heavy"), None),
                                  60 * server.env.slow, server.describe)
        pids.append(worker.pid)
        assert procs.niceness(worker.pid) > 0
        assert asked.result().status == 200
        procs.wait_until(lambda: not server.board().busy(), 10 * server.env.slow, server.describe)
        assert procs.niceness(worker.pid) == 0
    assert len(set(pids)) == 1, pids
    assert server.board().counters["heavy"] == 3


def test_a_small_pool_full_of_heavy_scans(slow):
    """All workers are heavy: more are started, so that a page need not wait for them."""
    server = slow("full-of-heavy", workers=2, settings={"HeavyAfter": "100ms"})
    heavy = [faults.Background(server, icap.respmod(faults.slow_body(), service="web"), 120)
             for _ in range(2)]
    procs.wait_until(lambda: sum(w.state == "heavy" for w in server.board().slots) >= 2,
                     30 * server.env.slow, server.describe)
    request = icap.respmod(samples.unique(2000), service="web")
    response = server.exchange(request)
    expect.clean(request, response)
    assert any(one.running() for one in heavy), "the heavy ones had ended already"
    for one in heavy:
        one.result()


def test_the_deadline_of_the_profile(slow):
    """Over its profile's time a scan is killed: answered in time, and not as clean."""
    server = slow("deadline", 30, workers=2, settings={"Profile": "mail timeout=1"})
    response = server.exchange(icap.respmod(faults.slow_body(), service="mail", allow="204"))
    expect.failed(response)
    assert response.seconds < 10 * server.env.slow, response.seconds
    assert server.board().counters["timeouts"] == 1
    expect.infected(server.exchange(icap.respmod(EICAR)))


def test_the_deadline_counts_in_the_queue(slow):
    """More scans than workers: those that wait too long are told so in time."""
    server = slow("queue", 30, workers=1, threads=20, settings={"Profile": "mail timeout=1", "HeavyAfter": "0"})
    # If each had its second from when a worker takes it, the last one would have to wait for a dozen.
    asked = [faults.Background(server, icap.respmod(faults.slow_body(), service="mail"))
             for _ in range(12)]
    for one in asked:
        response = one.result()
        expect.failed(response)
        assert response.seconds < 6 * server.env.slow, response.seconds


def test_a_full_queue_says_busy(slow):
    server = slow("busy", workers=1, settings={"Queue": "2", "HeavyAfter": "0"})
    asked = [faults.Background(server, icap.respmod(faults.slow_body(), service="mail"))
             for _ in range(8)]
    responses = [one.result() for one in asked]
    busy = [r for r in responses if r.status == 503]
    assert busy, [r.status for r in responses]
    for response in responses:
        if response.status >= 500:
            expect.failed(response)
    expect.infected(server.exchange(icap.respmod(EICAR)))


def test_reload_while_a_scan_runs(slow):
    """The old generation finishes what it has, the new one serves meanwhile, and the old one
    goes when it is done."""
    server = slow("drain", workers=2)
    request = icap.respmod(faults.slow_body(), service="web")
    asked = faults.Background(server, request)
    victim = faults.busy_worker(server)
    server.reload(40)
    expect.infected(server.exchange(icap.respmod(EICAR)))
    expect.clean(request, asked.result())

    def all_new():
        board = server.board()
        return {w.generation for w in board.slots} == {board.generation}
    procs.wait_until(lambda: procs.gone(victim.pid) and all_new(), 20 * server.env.slow,
                     server.describe)
