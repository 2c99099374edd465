# SPDX-License-Identifier: GPL-2.0-or-later
"""Concurrent clients that count every outcome."""

import collections
import re
import threading
import time

from lib import expect, icap, slowness


class Load:
    """N clients, each going through the jobs in turn (a job: function that makes a Request,
    and the words of expect.verdict that are right for it), until stop(). An exchange that
    breaks is counted as "lost", anything not right is kept with its description."""

    def __init__(self, port, jobs, clients=8, timeout=30, per_connection=10):
        self.port, self.jobs, self.timeout = port, jobs, slowness.scaled(timeout)
        self.per_connection = per_connection
        self.outcomes = collections.Counter()
        self.wrong, self.lost, self.slowest = [], [], 0.0
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._client, args=(i,), daemon=True)
                         for i in range(clients)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self._stop.set()
        for thread in self._threads:
            thread.join(self.timeout + 10)
            assert not thread.is_alive(), "a client hangs past its deadline"

    def total(self):
        with self._lock:
            return sum(self.outcomes.values())

    def wait_for(self, count, timeout=60):
        """Until `count` more exchanges have ended."""
        goal = self.total() + count
        deadline = time.monotonic() + slowness.scaled(timeout)
        while self.total() < goal:
            assert time.monotonic() < deadline, f"{self.total()} of {goal} exchanges: {self}"
            time.sleep(0.005)

    def says_why(self, *reasons):
        """Whatever was not right ended as an error with one of these reasons, and never as another verdict."""
        for text in self.wrong:
            reason = re.search(r"X-Epost-AV-Reason', b'([a-z-]+)'", text)
            assert "b'X-Epost-AV-Verdict', b'error'" in text and reason and reason[1] in reasons, text

    def _client(self, index):
        at = index
        while not self._stop.is_set():
            before = 0  # exchanges on this connection
            try:
                with icap.Connection(self.port, timeout=self.timeout) as connection:
                    for _ in range(self.per_connection):
                        if self._stop.is_set():
                            return
                        is_new = self._one(connection, *self.jobs[at % len(self.jobs)])
                        at += 1
                        before = 0 if is_new else before + 1
            except (icap.ConnectionLost, ConnectionRefusedError, ConnectionResetError,
                    TimeoutError) as e:
                with self._lock:
                    self.outcomes["lost"] += 1
                    self.lost.append(f"{time.monotonic():.3f} client {index}, after {before} on its connection: {e!r}")
                at += 1
            except AssertionError as e:
                with self._lock:
                    self.outcomes["wrong"] += 1
                    self.wrong.append(str(e))
                at += 1
            except icap.BadResponse as e:
                with self._lock:
                    self.outcomes["wrong"] += 1
                    self.wrong.append(repr(e))
                at += 1

    def _one(self, connection, make, right):
        """True if the connection is a new one afterwards."""
        request = make()
        response = connection.exchange(request)
        word = expect.verdict(request, response)
        assert word in right, f"{word} for {request.method} {request.service} " \
                              f"({len(request.body or b'')} bytes), right is {right}: " \
                              f"{expect.describe(response)}"
        with self._lock:
            self.outcomes[word] += 1
            self.slowest = max(self.slowest, response.seconds)
        if response["Connection"] != "close":
            return False
        connection.reopen()
        return True

    def __repr__(self):
        return f"<load {dict(self.outcomes)} slowest {self.slowest:.3f} s " \
               f"lost {self.lost[:3]} wrong {self.wrong[:3]}>"
