# SPDX-License-Identifier: GPL-2.0-or-later
"""Nothing is lost without being counted: many events at once, a killed monitor, a full disk, a
monitor that is away while requests go on."""

import json
import os
import signal
import socket
import sqlite3
import threading
import time

import pytest

from lib import env as environment, icap, monitorsink, procs, samples, slowness, smalldisk
from lib.monitor import transaction


def test_five_thousand_a_second(make_monitor):
    """For ten seconds over ten connections, as c-icap's children send them: all are kept."""
    with make_monitor("many") as monitor:
        table, each, rate, peers = monitorsink.fields(), 5000, 500, 10
        refused = []

        def child(number):
            sender = monitor.connect()
            sender.setblocking(False)
            sender.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 << 20)  # as the service does
            began = time.monotonic()
            for i in range(each):
                message = monitorsink.encode(
                    transaction(number * each + i, sha256=f"{number * each + i:064x}",
                                host=f"h{i % 900}.test", client=f"192.0.2.{i % 250}"), 0, table)
                try:
                    sender.send(message)
                except BlockingIOError:
                    refused.append(number)
                ahead = i / rate - (time.monotonic() - began)
                if ahead > 0.002:
                    time.sleep(ahead)
            sender.close()
        pids = []
        for number in range(peers):
            pid = os.fork()
            if pid == 0:
                child(number)
                os._exit(1 if refused else 0)
            pids.append(pid)
        began = time.monotonic()
        status = [os.waitpid(pid, 0)[1] for pid in pids]
        sent_in = time.monotonic() - began
        procs.wait_until(lambda: monitor.rows("SELECT count(*) FROM events WHERE kind=1")[0][0] ==
                         peers * each, 60,
                         lambda: monitor.metrics())
        assert not any(status), "a sender's socket was full"
        metrics = monitor.metrics()
        assert metrics["epost_events_dropped_total"] == metrics["epost_events_unstored_total"] == 0
        print(f"{peers * each} events in {sent_in:.1f} s, kept {time.monotonic() - began:.1f} s after the first")


def test_what_was_kept_stays_after_kill_9(make_monitor):
    monitor = make_monitor("killed")
    monitor.start()
    stop = threading.Event()

    def feed():
        i = 0
        while not stop.is_set():
            i += 1
            try:
                monitor.send(transaction(i))
            except OSError:
                return
            time.sleep(0.0005)
    thread = threading.Thread(target=feed)
    thread.start()
    seen = 0
    for _ in range(5):
        procs.wait_until(lambda: monitor.metrics()["epost_events_stored_total"] > seen + 100, 20,
                         monitor.describe)
        seen = monitor.metrics()["epost_events_stored_total"]
    procs.kill(monitor.process.pid, signal.SIGKILL)
    monitor.process.wait(slowness.scaled(10))
    stop.set()
    thread.join()
    monitor._sender.close()
    monitor._sender = None
    assert monitor.rows("SELECT count(*) FROM events")[0][0] >= seen
    assert monitor.rows("PRAGMA integrity_check") == [("ok",)]
    monitor.start()  # and it comes up again with them
    assert monitor.get("/api/v1/events?limit=1").json()["events"]


def test_a_full_disk_is_counted_and_shown(env, make_monitor):
    monitor = make_monitor("full", KeepSize="100M")
    place = monitor.root / "small"
    with smalldisk.make(place, 1500) as disk:
        if environment.is_root():
            os.chown(disk.seen, env.user.pw_uid, env.user.pw_gid)
        monitor.settings["Database"] = place / "events.db"
        path = monitor.config()
        monitor.spawn(*disk.enter, *env.as_user(monitor.program, "--config", path), user=False)
        monitor.wait_port(monitor.port)
        sent = 0

        def flood():
            nonlocal sent
            for _ in range(500):
                sent += 1
                monitor.send(transaction(sent, detail="x" * 300))
            time.sleep(0.2)

        def is_shown_as_full():
            return monitor.get("/readyz", token=False).status == 503 and "full" in monitor.get("/?lang=en").text
        while monitor.metrics()["epost_events_unstored_total"] == 0:
            assert sent < 40000
            flood()

        def counted():
            m = monitor.metrics()
            return m["epost_events_stored_total"] + m["epost_events_unstored_total"]
        procs.wait_until(lambda: counted() >= sent, 20, monitor.describe)
        status = monitor.get("/api/v1/status").json()
        assert status["events_lost"] > 0
        while not is_shown_as_full():  # a small event, such as the monitor's own, had room
            assert sent < 80000
            flood()
        disk.resize(64000)
        monitor.send(transaction(sent + 1))
        procs.wait_until(lambda: "[+] database" in monitor.get("/readyz?verbose", token=False).text, 10,
                         monitor.describe)
        monitor.stop()


def test_requests_go_on_without_it(make_server, make_monitor):
    """Stopped in the middle, then hung, then back: every request is answered, and logged, and what
    the monitor did not get is counted."""
    with make_monitor("away") as monitor:
        settings = {"LogFormat": "json", "Events": monitor.events}
        with make_server("goes-on", settings=settings, children=1) as server:
            def scans(count, mark):
                began = time.monotonic()
                for _ in range(count):
                    server.exchange(icap.respmod(samples.unique(), url=f"http://{mark}.test/"))
                return time.monotonic() - began

            def logged(mark):
                return [e for e in map(json.loads, server.text("epost_av.log").split("\n")[:-1])
                        if e.get("host") == f"{mark}.test"]
            scans(20, "there")
            procs.wait_until(lambda: monitor.metrics()["epost_events_received_total"] >= 20, 10,
                             monitor.describe)
            procs.stop(monitor.process.pid)
            hung = scans(20, "hung")
            os.kill(monitor.process.pid, signal.SIGCONT)
            monitor.stop()
            away = scans(20, "away")
            monitor.start()
            time.sleep(0.6)
            scans(20, "back")
            for mark in ("there", "hung", "away", "back"):
                procs.wait_until(lambda m=mark: len(logged(m)) == 20, 10, server.describe)
            procs.wait_until(lambda: monitor.metrics()["epost_events_missed_total"] >= 20, 10,
                             lambda: monitor.metrics())
            assert max(hung, away) < 20 * server.env.slow


def test_what_waits_for_the_database_is_not_found_yet(make_monitor):
    """The monitor's own event is there; what is sent comes behind it, and is waited for."""
    with make_monitor("waits") as monitor:
        with sqlite3.connect(monitor.database, isolation_level=None) as other:
            procs.wait_until(lambda: other.execute("SELECT count(*) FROM events").fetchone()[0] == 1,
                             20 * monitor.env.slow, monitor.describe)
            other.execute("BEGIN IMMEDIATE")
            monitor.send(transaction(1))
            procs.wait_until(lambda: monitor.metrics()["epost_events_received_total"] >= 1,
                             20 * monitor.env.slow, monitor.describe)
            with pytest.raises(AssertionError):
                monitor.wait_stored(0.2)
            assert not monitor.get("/api/v1/events?kind=transaction").json()["events"]
            other.execute("ROLLBACK")
        monitor.wait_stored()
        assert len(monitor.get("/api/v1/events?kind=transaction").json()["events"]) == 1


def test_a_damaged_database_is_put_aside(make_monitor):
    monitor = make_monitor("damaged")
    monitor.database.write_bytes(b"this is no database " * 5000)
    monitor.env.give(monitor.database)
    monitor.start()
    assert "put aside" in monitor.describe()
    monitor.send(transaction(1))
    monitor.wait_stored()
    assert list(monitor.state.glob("events.db.damaged-*"))
