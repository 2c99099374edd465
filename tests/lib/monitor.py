# SPDX-License-Identifier: GPL-2.0-or-later
"""epost-monitord under a directory of its own, fed with events over its socket, asked over HTTP."""

import base64
import http.client
import json
import os
import pathlib
import shutil
import socket
import sqlite3
import time

from lib import env as environment, monitorsink, procs
from lib.daemon import Daemon, need

TOKEN = "test-token-0123456789abcdef"
BASIC = "Basic " + base64.b64encode(f"anybody:{TOKEN}".encode()).decode()


class Answer:
    def __init__(self, response):
        self.status, self.headers = response.status, response.headers
        self.raw = response.read()
        self.text = self.raw.decode("utf-8")

    def json(self):
        return json.loads(self.text)


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("localhost", timeout=timeout)
        self._path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Monitor(Daemon):
    """settings: directives. board: the scanner's."""

    def __init__(self, env, name="monitor", board=None, **settings):
        super().__init__(env, name)
        self.program = env.lib / "epost-monitord"
        if not self.program.exists():
            built = env.build / "operate" / "epost-monitord"
            need(built)
            shutil.copy(built, self.program)
        self.run, self.state = self.directory("run"), self.directory("state")
        self.port = environment.free_port()
        self.events = self.run / "events.sock"
        self.database = self.state / "events.db"
        token = self.write("token", TOKEN + "\n", 0o600)
        self.settings = {"Events": self.events, "Database": self.database,
                         "Board": board or self.run / "none.board",
                         "Listen": f"127.0.0.1:{self.port}", "Socket": self.run / "http.sock",
                         "TokenFile": token, "Node": "monitor-test", **settings}
        self._table = monitorsink.fields()
        self._sender, self._last = None, None

    def config(self):
        lines = [f"{name} {value}" for name, value in self.settings.items() if value is not None]
        return self.write("monitord.conf", "\n".join(lines) + "\n")

    def start(self, ready=True):
        path = self.config()
        # At its end the process is confined: LeakSanitizer may not look through it then.
        self.variables = {"ASAN_OPTIONS": "detect_leaks=0"} if self.env.preload else {}
        self.spawn(self.program, "--config", path)
        if ready:
            self.wait_port(self.port, 20 * self.env.slow)
            # Its own event, that it has started, is among the cases' events, or before them: not between.
            procs.wait_until(self._has_begun, 20 * self.env.slow, self.describe)
        return self

    def _has_begun(self):
        metrics = self.metrics()
        return metrics["epost_events_stored_total"] + metrics["epost_events_unstored_total"]

    def stop(self, timeout=15, **more):
        if self._sender:
            self._sender.close()
            self._sender = None
        super().stop(timeout * self.env.slow, **more)

    # ------------------------------------------------------------ events

    def connect(self):
        sender = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        sender.connect(str(self.events))
        return sender

    def send(self, *events, lost=0):
        """Sends events: dictionaries."""
        self._sender = self._sender or self.connect()
        for event in events:
            message = monitorsink.encode(event, lost, self._table)
            self._sender.send(message)
            if event.get("verdict") != "clean":  # these are counted, but not kept
                self._last = message

    def wait_stored(self, timeout=10):
        """Until the last event that was sent, and so every one before it, is in the database. A
        number of rows would not do: the monitor has events of its own."""
        procs.wait_until(lambda: self.rows("SELECT 1 FROM events WHERE record=?", self._last),
                         timeout * self.env.slow, self.describe)

    def rows(self, sql, *values):
        with sqlite3.connect(f"file:{self.database}?mode=ro", uri=True) as db:
            return db.execute(sql, values).fetchall()

    # ------------------------------------------------------------ HTTP

    def get(self, path, *, token=True, host=None, method="GET", local=False, headers=None,
            timeout=10):
        timeout *= self.env.slow
        connection = _UnixConnection(self.run / "http.sock", timeout) if local else \
            http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        sent = {"Host": host or f"127.0.0.1:{self.port}", **(headers or {})}
        if token is True and not local:
            sent["Authorization"] = BASIC
        elif token and token is not True:
            sent["Authorization"] = token
        try:
            connection.request(method, path, headers=sent)
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def metrics(self, accept="text/plain"):
        """{name{labels}: value}."""
        out = {}
        for line in self.get("/metrics", token=False, headers={"Accept": accept}).text.splitlines():
            if line and not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                out[name] = float(value)
        return out


def transaction(number=1, **more):
    """An event as the service sends it."""
    return {"time": int(time.time() * 1000), "event": "transaction", "node": "gate",
            "id": f"65f0c2a1-1b3c-{number:x}", "client": "192.0.2.9", "service": "avscan",
            "profile": "web", "icap": "RESPMOD", "method": "GET",
            "url": f"http://host.test/{number}/a.exe", "host": "host.test", "name": "a.exe",
            "size": 68, "verdict": "infected", "reason": "signature", "action": "block",
            "threat": "Eicar-Test", "generation": 7, "scan_ms": 20000, "queued_ms": 300,
            "ms": 30000, **more}
