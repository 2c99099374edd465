# SPDX-License-Identifier: GPL-2.0-or-later
"""The real c-icap with the built module, under a directory of its own.

Starts as an unprivileged user on a free port, waits until it serves, stops by
pid, and asserts afterwards that no process, socket or temporary file is left
and that no sanitizer complained.
"""

import os
import pathlib
import re
import signal
import subprocess
import time

from lib import board, env as environment, icap, procs

ALIASES = {"avscan": "allow204=on&force=on&sizelimit=off&mode=simple", "virus_scan": "",
           "squidclamav": "", "web": "profile=web", "mail": "profile=mail",
           "strict": "profile=strict"}
CICAP = os.environ.get("EPOST_CICAP", "c-icap")  # another version, that the build is for
COMPLAINT = re.compile(r"AddressSanitizer|LeakSanitizer|runtime error:|UndefinedBehavior")


class Server:
    """bases: "starter", None (there is none yet), or a directory or link to serve.
    settings: epost_av.NAME directives. cicap: c-icap's own directives."""

    def __init__(self, env, name="server", *, bases="starter", children=2, threads=10,
                 settings=None, aliases=None, cicap=None, workers=4):
        self.env, self.children, self.threads = env, children, threads
        self.root = env.directory(name)
        self.run, self.log, self.etc = (self._directory(n) for n in ("run", "log", "etc"))
        self.bases = self.root / "Bases"
        if bases == "starter":
            environment.signatures(self.bases, environment.STARTER)
        elif bases is not None:
            self.bases = pathlib.Path(bases)
        self.socket = self.run / "epostavs.sock"
        self.settings = {"Bases": self.bases, "Socket": self.socket, "Scanner": env.epostavs,
                         "ScannerPid": self.run / "epostavs.pid", "Workers": workers,
                         "ScannerLog": self.log / "epostavs.log", "Log": self.log / "epost_av.log",
                         "Templates": env.lib / "templates", "Spool": self.run,
                         **(settings or {})}
        self.aliases = dict(ALIASES, **(aliases or {}))
        self.cicap = cicap or {}
        self.pid_file, self.ctl = self.run / "c-icap.pid", self.run / "c-icap.ctl"
        self.port = None
        self.process = None
        self.pid = None  # of c-icap's master
        self.enter = []  # words before the command: a namespace (smalldisk)

    def _directory(self, name):
        path = self.root / name
        path.mkdir()
        self.env.give(path)
        return path

    # ------------------------------------------------------------ configuration

    def write_exceptions(self, text):
        """(Re)writes etc/exceptions and has the setting name it."""
        path = self.settings["Exceptions"] = self.etc / "exceptions"
        path.write_text(text, encoding="utf-8")
        path.chmod(0o644)

    def write_config(self):
        """(Re)writes etc/c-icap.conf from settings, aliases and cicap."""
        own = {"PidFile": self.pid_file, "CommandsSocket": self.ctl, "Timeout": 30,
               "MaxKeepAliveRequests": 1000, "KeepAliveTimeout": 60,
               "StartServers": self.children, "MaxServers": self.children,
               "MinSpareThreads": 1, "MaxSpareThreads": 1000,
               "ThreadsPerChild": self.threads, "MaxRequestsPerChild": 0,
               "Port": f"127.0.0.1:{self.port}", "ServerAdmin": "postmaster@example.test",
               "ServerName": "icap.example.test", "TmpDir": self.run, "MaxMemObject": 131072,
               "DebugLevel": 1, "Pipelining": "on", "SupportBuggyClients": "off",
               "LoadMagicFile": "/etc/c-icap/c-icap.magic",
               "RemoteProxyUsers": "off", "ServerLog": self.log / "server.log",
               "AccessLog": self.log / "access.log", **self.cicap}
        lines = [f"{name} {value}" for name, value in own.items()]
        lines.append(f"Service epost_av {self.env.module}")
        lines += [f"ServiceAlias {name} epost_av" + (f"?{arguments}" if arguments else "")
                  for name, arguments in self.aliases.items()]
        lines += [f"epost_av.{name} {value}" for name, value in self.settings.items()]
        path = self.etc / "c-icap.conf"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        path.chmod(0o644)
        return path

    # ------------------------------------------------------------ start and stop

    def spawn(self, *options):
        """Starts c-icap (with further options) and returns at once."""
        self.port = self.port or environment.free_port()
        config = self.write_config()
        with open(self.log / "stderr", "ab") as err:
            self.process = subprocess.Popen(
                [*self.enter, *self.env.as_user(CICAP, "-N", *options, "-f", config)],
                stdin=subprocess.DEVNULL,
                stdout=err, stderr=err, env=self.env.environ(), cwd=self.root,
                start_new_session=True)
        self.pid = self.process.pid
        return self

    def start(self, timeout=None, ready=True):
        """Starts and waits until OPTIONS says that it serves (or, with ready=False, until
        it answers at all)."""
        self.spawn()
        limit = (timeout or 20) * self.env.slow
        procs.wait_until(lambda: self._answers(ready), limit, self.describe)
        return self

    def serves(self, ready=True):
        """Whether OPTIONS is answered: 200, or with ready=False anything."""
        try:
            status = self.options(timeout=5).status
        except (OSError, icap.ConnectionLost):
            return False
        return status == 200 or not ready

    def _answers(self, ready):
        assert self.process.poll() is None, f"c-icap ended: {self.describe()}"
        return self.serves(ready)

    def wait_ready(self, timeout=20):
        procs.wait_until(lambda: self._answers(True), timeout * self.env.slow, self.describe)

    def _await_reaping(self):
        """c-icap 0.5.10 ignores SIGTERM for ever if it comes between the end of a child that a
        reconfigure told to leave and the second in which the master looks for ended children
        (doc/faults.md)."""
        deadline = time.monotonic() + 3 * self.env.slow
        while any(s and s.ppid == self.pid and s.state == "Z" for s in map(procs.stat, procs.pids())) \
                and time.monotonic() < deadline:
            time.sleep(0.02)

    def _wake(self):
        """c-icap looks at the signal when it has waited a second for a command, or when one comes."""
        try:
            fd = os.open(self.ctl, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            return
        try:
            os.write(fd, b"nothing")
        except OSError:
            pass
        finally:
            os.close(fd)

    def stop(self, timeout=15):
        """Stops by SIGTERM to the master, then checks that nothing is left."""
        if self.process is None:
            return
        known = self.family()
        told = self.process.poll() is None  # else it ended by itself, or the case killed it
        self._await_reaping()
        procs.kill(self.pid, signal.SIGTERM)
        self._wake()
        try:
            self.process.wait(timeout * self.env.slow)
            left = self._left(known, timeout * self.env.slow)
            assert not left, f"left behind: {left}\n{self.describe()}"
            if told:
                self._files_left()
            self.check_sanitizers()
        finally:
            self.kill()

    def kill(self):
        """The hard end; leaves nothing running whatever happened."""
        if self.process is None:
            return
        session = self.process.pid
        self.process.kill()
        self.process.wait(10)

        def left():
            found = procs.belonging(self.root, session)
            for one in found:
                procs.kill(one.pid)
            return found
        procs.wait_until(lambda: not left(), 10, lambda: f"cannot be killed: {left()}")
        self.process = None

    def family(self):
        """Every process of this server: [(pid, start time, name)]."""
        return [(s.pid, s.started, s.name) for s in procs.belonging(self.root, self.pid)]

    def _left(self, known, timeout):
        def who():
            return [k for k in known if not procs.gone(k[0], k[1])] + \
                   [(s.pid, s.name) for s in procs.belonging(self.root, self.pid)]
        deadline = time.monotonic() + timeout
        while who() and time.monotonic() < deadline:
            time.sleep(0.02)
        return who()

    def _files_left(self):
        """c-icap leaves its control pipe, epostavs its board (readers map it over restarts)."""
        allowed = {"c-icap.ctl", "epostavs.sock.board"}
        left = {p.name for p in self.run.iterdir()} - allowed
        assert not left, f"left in run/: {sorted(left)}"

    def check_sanitizers(self):
        for path in sorted(self.log.iterdir()):
            text = path.read_text(encoding="utf-8", errors="replace")
            found = COMPLAINT.search(text)
            assert not found, f"{path.name}: {text[max(0, found.start() - 300):][:6000]}"

    def __enter__(self):
        try:
            return self.start() if self.process is None else self
        except BaseException:
            self.kill()  # a server that did not start leaves nothing behind
            raise

    def __exit__(self, kind, *_):
        if kind is None:
            self.stop()
        else:
            self.kill()

    # ------------------------------------------------------------ use

    def connect(self, timeout=20):
        return icap.Connection(self.port, timeout=timeout * self.env.slow)

    def exchange(self, request, timeout=20):
        return icap.once(self.port, request, timeout * self.env.slow)

    def options(self, service="avscan", timeout=20):
        with icap.Connection(self.port, timeout=timeout * self.env.slow) as connection:
            return connection.options(service)

    def board(self):
        """The board now; c-icap may answer before epostavs has made it."""
        path = pathlib.Path(f"{self.socket}.board")
        procs.wait_until(lambda: path.exists() and path.stat().st_size >= board.SIZE, 10 * self.env.slow,
                         lambda: f"no board: {self.text('epostavs.log')} {self.text('stderr')}")
        return board.read(path)

    def command(self, text, timeout=10):
        """Writes a command into c-icap's control pipe (whose own commands take no newline)."""
        def opened():
            try:
                return os.open(self.ctl, os.O_WRONLY | os.O_NONBLOCK)
            except OSError:
                return None
        fd = procs.wait_until(opened, timeout, f"nobody reads {self.ctl}")
        try:
            os.write(fd, text.encode())
        finally:
            os.close(fd)

    def touch(self):
        """The signatures count as changed: an unchanged set is not loaded again."""
        for path in self.bases.iterdir():
            os.utime(path)

    def reload(self, timeout=20):
        """epost_av:reload, then waits until another generation serves. Returns its board."""
        before = self.board()
        self.touch()
        self.command("epost_av:reload")

        def taken_over():
            now = self.board()
            return now if now.counters["reloads"] > before.counters["reloads"] else None
        return procs.wait_until(taken_over, timeout * self.env.slow, self.describe)

    def children_pids(self):
        """c-icap's own children (not the scanner)."""
        return [s.pid for s in procs.children(self.pid) if s.name == "c-icap"]

    def text(self, name):
        path = self.log / name
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def logged(self, *texts, timeout=10):
        """The transaction's line that holds all these texts (it is written behind the answer)."""
        def line():
            return [one for one in self.text("epost_av.log").splitlines()
                    if all(text in one for text in texts)]
        return procs.wait_until(line, timeout * self.env.slow,
                                lambda: f"no line with {texts}: {self.describe()}")[-1]

    def describe(self):
        """Logs' ends and the board, for messages of failed cases."""
        out = [f"--- {self.root.name} port {self.port}"]
        try:
            b = board.read(f"{self.socket}.board")
            out.append(f"board: {b.state} generation {b.generation} queued {b.queued} error "
                       f"{b.error!r} {b.counters} {b.slots}")
        except (OSError, ValueError) as e:
            out.append(f"board: {e}")
        for path in sorted(self.log.iterdir()):
            lines = [one for one in self.text(path.name).splitlines()
                     if "Options check of epost_av" not in one][-12:]
            out += [f"--- {path.name}"] + [line[:300] for line in lines]
        return "\n".join(out)
