# SPDX-License-Identifier: GPL-2.0-or-later
"""A program of somebody else's (proxy, mail server, browser) under a directory of its own: started
in the foreground in a session of its own, waited for, stopped by pid, nothing left behind."""

import pathlib
import signal
import socket
import subprocess

import pytest

from lib import env as environment, procs

CLIENTS = environment.TOP / "conf" / "clients"
ADDRESS = "127.0.0.1:1344"  # the scanner's place in conf/clients, which a case replaces


def need(*programs):
    """Skips the case where a program is not installed; says which."""
    missing = [p for p in programs if not pathlib.Path(p).exists()]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")


def snippet(name, port, **replaced):
    """A configuration that doc/clients.md shows, with the scanner's port put in. `replaced`:
    further texts to change, each of which must be there."""
    text = (CLIENTS / name).read_text(encoding="utf-8").replace(ADDRESS, f"127.0.0.1:{port}")
    for old, new in replaced.items():
        old = old.replace("__", " ")
        assert old in text, f"{name} has no {old!r}"
        text = text.replace(old, new)
    return text


class Daemon:
    """Subclasses write their configuration and call spawn."""

    def __init__(self, env, name):
        self.env = env
        self.root = env.directory(name)
        self.process = None
        self.variables = {}  # of the environment, beside PATH and locale

    def write(self, name, text, mode=0o644):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)
        self.env.give(path)
        return path

    def directory(self, name):
        path = self.root / name
        path.mkdir()
        self.env.give(path)
        return path

    def spawn(self, *args, user=True, **more):
        """user: as the unprivileged one. Output goes to the file `output`."""
        args = [str(a) for a in args]
        if user and environment.is_root():
            who = self.env.user
            more.update(user=who.pw_uid, group=who.pw_gid, extra_groups=[])
        with open(self.root / "output", "ab") as output:
            self.process = subprocess.Popen(
                args, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=self.root,
                env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8",
                     "HOME": str(self.root), **self.variables}, start_new_session=True, **more)

    def wait_port(self, port, timeout=20):
        def answers():
            assert self.process.poll() is None, f"ended at its start: {self.describe()}"
            with socket.socket() as s:
                return s.connect_ex(("127.0.0.1", port)) == 0
        procs.wait_until(answers, timeout, self.describe)

    def stop(self, timeout=15, number=signal.SIGTERM):
        """Ends it by signal; then kills what is left of it, which is a failure."""
        if self.process is None:
            return
        process, self.process = self.process, None

        def left():
            return [] if process.poll() is None else procs.belonging(self.root, process.pid)
        procs.kill(process.pid, number)
        try:
            procs.wait_until(lambda: process.poll() is not None and not left(), timeout,
                             lambda: f"left: {[(s.pid, s.name) for s in left()]}")
        finally:
            for one in procs.belonging(self.root, process.pid):
                procs.kill(one.pid)
            process.kill()
            process.wait(10)

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, *_):
        self.stop()

    def logs(self):
        return [p for p in sorted(self.root.rglob("*")) if p.is_file() and
                (p.suffix == ".log" or p.name == "output")]

    def describe(self):
        """The ends of its logs, for messages of failed cases."""
        out = [f"--- {self.root.name}"]
        for path in self.logs():
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines()[-30:]
            out += [f"--- {path.name}"] + [line[:300] for line in lines]
        return "\n".join(out)
