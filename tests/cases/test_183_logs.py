# SPDX-License-Identifier: GPL-2.0-or-later
"""183: what happened reaches the administrator: server.log whatever its DebugLevel, logs that are
rotated, a reload that says that nothing has changed, and how long a load has taken so far."""

import os
import re
import signal
import subprocess
import time

from lib import procs, slowness
from lib.eicar import EICAR
from lib.icap import respmod
from lib.server import Server


def settled(bases):
    """Waits until a change of a file would show in its times."""
    newest = max(path.stat().st_ctime for path in bases.iterdir())
    procs.wait_until(lambda: time.time() > newest + 4, 20, "the clock stands still")


def test_lines_do_not_depend_on_the_debug_level(env):
    with Server(env, "level0", settings={"Log": '""', "ScannerLog": '""'},
                cicap={"DebugLevel": 0}) as server:
        assert server.exchange(respmod(EICAR)).status in (200, 403)
        procs.wait_until(lambda: "verdict=infected" in server.text("server.log"), 20,
                         server.describe)
        procs.wait_until(lambda: re.search(r"epost_av: epostavs\[\d+\] info: generation \d+ serves",
                                           server.text("server.log")), 20, server.describe)


def test_the_directory_of_a_log_may_be_of_others(env):
    """/dev/stdout in a container: the directory is not ours, the file can be written."""
    server = Server(env, "given")
    directory = server.root / "theirs"
    directory.mkdir()
    log = directory / "epost_av.log"
    log.touch()
    env.give(log)
    directory.chmod(0o555)
    server.settings["Log"] = log
    with server:
        server.exchange(respmod(EICAR))
        procs.wait_until(lambda: "verdict=infected" in log.read_text(), 20, server.describe)
        assert "cannot write into" not in server.text("server.log") + server.text("stderr")


def test_errors_of_the_scanner_are_in_both_logs(env):
    """With a log of its own, server.log still has what went wrong."""
    with Server(env, "botherrors") as server:
        (server.bases / "broken.ndb").write_text("no signature\n", encoding="ascii")
        server.command("epost_av:reload")
        for name in ("server.log", "epostavs.log"):
            procs.wait_until(lambda n=name: "does not load" in server.text(n), 30, server.describe)


def test_a_scanner_that_cannot_start_says_why_in_the_server_log(env):
    server = Server(env, "nostart")
    server.settings["Socket"] = server.root / "missing" / "epostavs.sock"
    try:
        server.start(ready=False)
        procs.wait_until(lambda: "it said:" in server.text("server.log"), 30, server.describe)
        said = re.search("it said: (.*)", server.text("server.log"))[1]
        assert "missing" in said, said
    finally:
        server.kill()


def test_reopen_opens_the_logs_and_loads_nothing(env):
    with Server(env, "reopen") as server:
        server.exchange(respmod(EICAR))
        server.logged("verdict=infected")
        before = server.board().counters["reloads"]
        for name in ("epost_av.log", "epostavs.log"):
            os.rename(server.log / name, server.log / f"{name}.1")
        server.command("epost_av:reopen")
        procs.wait_until(lambda: "opened anew" in server.text("epostavs.log"), 20, server.describe)

        def children_write_there():
            server.exchange(respmod(b"fresh %d" % time.monotonic_ns()))
            return server.text("epost_av.log").count("verdict=clean") >= 8 and \
                not any(path.endswith("/epost_av.log.1") for pid in server.children_pids()
                        for path in procs.open_files(pid))
        procs.wait_until(children_write_there, 30, server.describe)
        old = (server.log / "epost_av.log.1").stat().st_size
        server.exchange(respmod(EICAR))
        server.logged("verdict=infected")
        assert (server.log / "epost_av.log.1").stat().st_size == old
        assert server.board().counters["reloads"] == before


def test_an_unchanged_set_is_not_loaded_again(env):
    with Server(env, "unchanged") as server:
        settled(server.bases)
        first = server.board().counters["reloads"]
        # The first load began when its files had just been written: one more may be due.
        server.command("epost_av:reload")
        procs.wait_until(lambda: server.board().counters["reloads"] > first or
                         "nothing has changed" in server.text("epostavs.log"), 30, server.describe)
        loaded = server.board().counters["reloads"]
        for _ in range(2):
            told = server.text("epostavs.log").count("nothing has changed")
            server.command("epost_av:reload")
            procs.wait_until(
                lambda n=told: server.text("epostavs.log").count("nothing has changed") > n, 20,
                server.describe)
        assert server.board().counters["reloads"] == loaded
        (server.bases / "more.ndb").write_text("Test.More:0:*:deadbeefdeadbeef\n", encoding="ascii")
        server.command("epost_av:reload")
        procs.wait_until(lambda: server.board().counters["reloads"] > loaded, 30, server.describe)


def test_options_says_how_long_it_has_been_loading(env):
    """The load waits in a pipe in place of a signature file."""
    server = Server(env, "loading")
    pipe = server.bases / "slow.ndb"
    os.mkfifo(pipe)
    env.give(pipe)
    try:
        server.start(ready=False)

        def told():
            return re.search(r"not ready \(loading, ([1-9]\d*) s so far\)",
                             str(server.options().headers.raw))
        procs.wait_until(told, 30, server.describe)
    finally:
        server.kill()


def test_the_name_of_the_socket_appears_when_it_takes_connections(env):
    """A process that waits for the name may connect at once: bind and listen come before the name."""
    directory = env.directory("socket-name")
    trace, socket = directory / "trace", directory / "s.sock"
    process = subprocess.Popen(
        env.as_user("strace", "-e", "trace=bind,listen,rename,renameat,renameat2", "-o", trace,
                    env.epostavs, "--foreground", "-s", f"Socket={socket}",
                    "-s", f"Bases={directory / 'none'}", "-s", "ScannerLog="),
        env=env.environ(), stderr=subprocess.DEVNULL)
    try:
        procs.wait_until(socket.exists, 30, "no socket")
    finally:
        for child in procs.children(process.pid):
            procs.kill(child.pid, signal.SIGTERM)
        process.wait(slowness.scaled(20))
    calls = [line for line in trace.read_text(encoding="utf-8").splitlines() if "s.sock" in line or
             line.startswith("listen")]
    kinds = [line.split("(")[0] for line in calls if "board" not in line and "lock" not in line]
    assert kinds[:2] == ["bind", "listen"], calls
    assert kinds[2].startswith("rename"), calls
    assert f'"{socket}"' not in calls[0], calls
