# SPDX-License-Identifier: GPL-2.0-or-later
"""Looks at processes and waits, always with a deadline."""

import os
import pathlib
import signal
import subprocess
import time

from lib import slowness


def wait_until(what, timeout, message, pause=0.01):
    """Calls what() until it is true, and returns that; a failed assertion after `timeout` seconds,
    which are longer on a machine that has other work."""
    began = time.monotonic()
    while True:
        value = what()
        if value:
            return value
        passed = time.monotonic() - began
        assert passed < slowness.scaled(timeout), \
            f"not within {passed:.1f} s: {message() if callable(message) else message}"
        time.sleep(pause)


class Stat:
    """/proc/PID/stat, or None of it when the process is gone."""

    def __init__(self, pid):
        with open(f"/proc/{pid}/stat", encoding="latin-1") as f:
            text = f.read()
        name, rest = text.split("(", 1)[1].rsplit(")", 1)
        fields = rest.split()
        self.pid, self.name, self.state = pid, name, fields[0]
        self.ppid, self.session, self.started = int(fields[1]), int(fields[3]), int(fields[19])
        self.cpu = int(fields[11]) + int(fields[12])  # clock ticks, user and system
        self.nice = int(fields[16])


def stat(pid):
    try:
        return Stat(pid)
    except (FileNotFoundError, ProcessLookupError):
        return None


def niceness(pid):
    """By how much the thread of lowest priority is below the tests' own; None when the process is gone."""
    try:
        return -os.nice(0) + max(int(pathlib.Path(f"/proc/{pid}/task/{task}/stat").read_text().rsplit(")", 1)[1].split()[16])
                   for task in os.listdir(f"/proc/{pid}/task"))
    except (FileNotFoundError, ProcessLookupError, ValueError):
        return None


def pids():
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _content(pid, name):
    try:
        with open(f"/proc/{pid}/{name}", "rb") as f:
            return f.read()
    except OSError:
        return b""


def belonging(directory, session=None):
    """Living processes that carry `directory` in their arguments or environment, or that are of that
    session. Those that are older than this one cannot be: they are not looked at."""
    mark, found = str(directory).encode(), []
    own = stat(os.getpid())
    for pid in pids():
        one = stat(pid)
        if one is None or one.pid == own.pid or one.started < own.started or one.state in "ZX":
            continue
        if (session and one.session == session) or mark in _content(pid, "cmdline") \
                or mark in _content(pid, "environ"):
            found.append(one)
    return found


def children(pid):
    """Its living children. The kernel's own list is quick enough to catch one that lives shortly."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
            candidates = [int(one) for one in f.read().split()]
    except (FileNotFoundError, ProcessLookupError):
        candidates = pids()
    return [s for s in map(stat, candidates) if s and s.ppid == pid and s.state not in "ZX"]


def gone(pid, started=None):
    one = stat(pid)
    return one is None or one.state in "ZX" or (started is not None and one.started != started)


def open_files(pid):
    """The paths of its open files, as far as it lives."""
    found = []
    try:
        for name in os.listdir(f"/proc/{pid}/fd"):
            try:
                found.append(os.readlink(f"/proc/{pid}/fd/{name}"))
            except FileNotFoundError:
                pass
    except (FileNotFoundError, ProcessLookupError):
        pass
    return found


def kill(pid, number=signal.SIGKILL):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def _stopped(pid):
    """All threads: until one of them has taken the signal, the others go on."""
    try:
        return all(pathlib.Path(f"/proc/{pid}/task/{task}/stat").read_text().rsplit(")", 1)[1].split()[0] in "TtZX"
                   for task in os.listdir(f"/proc/{pid}/task"))
    except (FileNotFoundError, ProcessLookupError):
        return True


def stop(*pids):
    """SIGSTOP, and back when it has effect. Not for processes that others continue."""
    for pid in pids:
        kill(pid, signal.SIGSTOP)
    wait_until(lambda: all(_stopped(pid) for pid in pids), 10, lambda: f"processes {pids} do not stop")


def run(*args, timeout=30, **more):
    """A command to its end, output captured as text."""
    return subprocess.run([str(a) for a in args], capture_output=True, text=True, timeout=slowness.scaled(timeout),
                          check=False, **more)
