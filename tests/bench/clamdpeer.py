# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's clamd, asked by INSTREAM, as squidclamav, clamsmtp, rspamd and many others do: it gets the
body and nothing that was said about it."""

import shutil
import signal
import socket
import struct
import subprocess
import time

from lib import procs

PROGRAM = shutil.which("clamd", path="/usr/sbin:/usr/bin")


class Clamd:
    """limits: its own directives."""

    def __init__(self, env, bases, limits):
        self.env, self.bases, self.limits = env, bases, limits
        self.root = env.directory("clamd")
        self.socket = self.root / "socket"
        self.process = None

    def start(self, timeout=180):
        config = self.root / "clamd.conf"
        own = {"LocalSocket": self.socket, "DatabaseDirectory": self.bases, "Foreground": "yes",
               "TemporaryDirectory": self.root, "StreamMaxLength": "200M", "MaxThreads": 4, **self.limits}
        config.write_text("".join(f"{name} {value}\n" for name, value in own.items()))
        config.chmod(0o644)
        with open(self.root / "log", "wb") as log:
            self.process = subprocess.Popen([*self.env.as_user(PROGRAM, "-c", str(config))], stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, cwd=self.root, start_new_session=True)
        procs.wait_until(self._answers, timeout, lambda: (self.root / "log").read_text())
        return self

    def _answers(self):
        assert self.process.poll() is None, (self.root / "log").read_text()
        try:
            return self._exchange(b"zPING\0", 10) == b"PONG\0"
        except OSError:
            return False

    def _exchange(self, request, timeout):
        with socket.socket(socket.AF_UNIX) as one:
            one.settimeout(timeout)
            one.connect(str(self.socket))
            try:
                one.sendall(request)
            except BrokenPipeError:
                pass  # over its limit: the answer says so
            answer, end = b"", time.monotonic() + timeout
            while not answer.endswith(b"\0") and time.monotonic() < end:
                piece = one.recv(4096)
                if not piece:
                    break
                answer += piece
            return answer

    def ask(self, body, timeout=120):
        """found, passed or error"""
        pieces = [body[i:i + 65536] for i in range(0, len(body), 65536)]
        try:
            answer = self._exchange(b"zINSTREAM\0" + b"".join(struct.pack(">I", len(p)) + p for p in pieces) +
                                    bytes(4), timeout)
        except OSError:
            return "error"
        return "found" if answer.endswith(b" FOUND\0") else "passed" if answer.endswith(b" OK\0") else "error"

    def stop(self):
        procs.kill(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
