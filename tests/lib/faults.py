# SPDX-License-Identifier: GPL-2.0-or-later
"""Faults, set without races: workers are stopped while idle, so that the next scan is caught
in one of them and stays there until the case decides."""

import contextlib
import os
import pathlib
import signal
import threading

from lib import icap, procs, samples


@contextlib.contextmanager
def frozen_workers(server, timeout=10):
    """Stops every worker while it is idle; continues those that still live at the end."""
    limit = timeout * server.env.slow
    wanted = int(server.settings["Workers"]) + 1  # one waits beyond those that may scan

    def all_idle():  # one that is still starting has no pid yet, and would not be stopped
        slots = server.board().slots
        return slots if len(slots) >= wanted and all(w.state == "idle" for w in slots) else None
    pids = [w.pid for w in procs.wait_until(all_idle, limit, server.describe)]
    try:
        procs.stop(*pids)
        yield pids
    finally:
        for pid in pids:
            procs.kill(pid, signal.SIGCONT)


def settled(server):
    """All processes are there, and no more than those: nothing is starting, nothing is about to end."""
    def whole():
        names = [name for _, _, name in server.family()]
        workers = len(server.board().slots)
        return (names.count("epostavs-guard"), names.count("epostavs"),
                names.count("epostavs-gen"), names.count("epostavs-spare"),
                names.count("c-icap")) == (1, 1, 1, 1, 1 + server.children) and \
            workers == names.count("epostavs-worker") == int(server.settings["Workers"]) + 1
    procs.wait_until(whole, 30 * server.env.slow,
                     lambda: f"{server.family()}\n{server.describe()}", pause=0.05)


def engine_processes(server, *names):
    """The processes of that name that hold an engine: "epostavs-gen", "epostavs-spare". One that
    has just been forked has its parent's name for a moment."""
    board = server.board()
    others = [board.supervisor] + [w.pid for w in board.slots]
    return [procs.stat(pid) for pid, _, name in server.family()
            if name in (names or ("epostavs-gen", "epostavs-spare", "epostavs"))
            and pid not in others and procs.stat(pid)]


def watched(pid):
    """The PIDs of the processes whose end this one is told of."""
    found = set()
    for info in pathlib.Path(f"/proc/{pid}/fdinfo").iterdir():
        with contextlib.suppress(FileNotFoundError):
            found |= {int(line.split()[1]) for line in info.read_text(encoding="ascii").splitlines()
                      if line.startswith("Pid:")}
    return found


def kill_engine(server):
    """The generation process and its copy, at once. Returns their PIDs. The supervisor knows the copy: it
    would wait for one that it has just asked for."""
    def both():
        found = [one.pid for one in engine_processes(server, "epostavs-gen", "epostavs-spare")]
        return found if len(found) == 2 and set(found) <= watched(server.board().supervisor) else None
    settled(server)
    pids = procs.wait_until(both, 20 * server.env.slow, server.describe)
    procs.stop(*pids)
    for pid in pids:
        procs.kill(pid)
    return pids


def caught(server, timeout=10):
    """The worker that has the scan now."""
    return procs.wait_until(lambda: server.board().busy(), timeout * server.env.slow,
                            server.describe)[0]


class Background:
    """One exchange in a thread; result() gives its response, or raises what it raised."""

    def __init__(self, server, request, timeout=60):
        self.limit = timeout * server.env.slow
        self._result, self._error = None, None
        self._thread = threading.Thread(target=self._run, args=(server.port, request), daemon=True)
        self._thread.start()

    def _run(self, port, request):
        try:
            self._result = icap.once(port, request, self.limit)
        except Exception as e:  # pylint: disable=broad-except  # handed to result()
            self._error = e

    def running(self):
        return self._thread.is_alive()

    def result(self):
        self._thread.join(self.limit + 5)
        assert not self._thread.is_alive(), "no answer by the deadline"
        if self._error:
            raise self._error
        return self._result


SLOW_MARK = "SLOW-SCAN-PLEASE"


def slow_signatures(count):
    """Signatures that find nothing and cost about a millisecond each, but only on
    slow_body()s: regular expressions that backtrack to libclamav's limit. Their fixed text is in
    the body: without it they would not be run."""
    return "".join(f"Test.Slow{i};Engine:81-255,Target:0;0&1;{SLOW_MARK.encode().hex()};"
                   f"0/(a+)+[x-z]{{1,{i + 1}}}b/\n" for i in range(count))


def slow_body():
    """Takes as long as slow_signatures() want; never the same twice."""
    return SLOW_MARK.encode() + b" " + b"a" * 400 + b" x b " + samples.unique()


def cpu_seconds(pid):
    """Processor time a process has used, 0 when it is gone."""
    one = procs.stat(pid)
    return one.cpu / os.sysconf("SC_CLK_TCK") if one else 0.0


def busy_worker(server, seconds=0.15, timeout=20):
    """A worker that is in the middle of scanning: it has worked that long since it began."""
    first = {}

    def found():
        for worker in server.board().busy():
            used = cpu_seconds(worker.pid)
            if used - first.setdefault((worker.pid, worker.since_ns), used) >= seconds:
                return worker
        return None
    return procs.wait_until(found, timeout * server.env.slow, server.describe)
