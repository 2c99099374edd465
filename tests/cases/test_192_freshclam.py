# SPDX-License-Identifier: GPL-2.0-or-later
"""192: the scanner on the directory that Debian's freshclam keeps: its hook, and our systemd unit."""

import os
import pathlib
import re
import shutil
import subprocess

import pytest

from lib import env as environment, expect, icap, mirrors, procs, slowness
from lib.eicar import EICAR
from lib.server import Server

TOP = pathlib.Path(__file__).resolve().parents[2]
CVDS = pathlib.Path(os.environ.get("EPOST_TESTDATA", TOP.parent / "shared/testdata")) / "clamav-cvd"


@pytest.fixture
def origin(tmp_path):
    """A server as ClamAV's, with one small database."""
    if not CVDS.is_dir():
        pytest.skip("the small CVDs are not there")
    if shutil.which("freshclam") is None:
        pytest.skip("Debian's package clamav-freshclam is not installed")
    directory = tmp_path / "origin"
    directory.mkdir()
    server = mirrors.FaultyServer(directory)
    server.publish = lambda version: shutil.copy(CVDS / f"test-{version}.cvd", directory / "test.cvd")
    server.publish(1)
    yield server
    server.stop()


def freshclam(env, server, url, hook):
    """Runs the real program once, as the user of c-icap."""
    config = server.etc / "freshclam.conf"
    config.write_text(f"DatabaseDirectory {server.bases}\nDatabaseOwner {env.user.pw_name}\n"
                      f"DatabaseMirror {url}\nDNSDatabaseInfo no\nScriptedUpdates no\nMaxAttempts 1\n"
                      "ExcludeDatabase main\nExcludeDatabase daily\nExcludeDatabase bytecode\n"
                      f"ExtraDatabase test\nTestDatabases yes\nOnUpdateExecute {hook}\n", encoding="ascii")
    config.chmod(0o644)
    return subprocess.run(env.as_user("freshclam", f"--config-file={config}", "--stdout", "--no-dns"), cwd=server.root,
                          env=env.environ(), capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture
def served(env):
    """A server on a directory as freshclam keeps it; EICAR's signature is the operator's own."""
    server = Server(env, "freshclam")
    env.give(server.bases)
    server.start()
    yield server
    server.stop()


def versions(server, before):
    """Of the databases, when one more reload is over."""
    def over():
        now = server.board()
        return now if now.counters["reloads"] > before.counters["reloads"] else None
    return procs.wait_until(over, 60 * server.env.slow, server.describe).versions


def test_its_hook_reloads(env, served, origin):
    hook = f"/bin/sh -c 'echo epost_av:reload >{served.ctl}'"
    for version in (1, 2):
        origin.publish(version)
        before = served.board()
        done = freshclam(env, served, origin.url, hook)
        assert done.returncode == 0, done.stdout + done.stderr
        assert versions(served, before) == f"test {version}", done.stdout
    expect.infected(served.exchange(icap.respmod(EICAR)))
    # Nothing newer: the hook is not run.
    before = served.board()
    assert "up-to-date" in freshclam(env, served, origin.url, hook).stdout
    assert served.board().counters["reloads"] == before.counters["reloads"]


def test_the_unit_reloads(env, served, origin):
    """Its command, with the pipe of this case. It does nothing where the pipe is not there."""
    unit = (TOP / "conf/systemd/epost-av-freshclam.service").read_text(encoding="ascii")
    command = re.search("(?m)^ExecStart=/bin/sh -c '(.*)'$", unit)[1]
    assert command.count("/run/c-icap/c-icap.ctl") == 2
    assert freshclam(env, served, origin.url, "/bin/true").returncode == 0
    before = served.board()
    subprocess.run(env.as_user("sh", "-c", command.replace("/run/c-icap/c-icap.ctl", str(served.ctl))),
                   check=True, timeout=slowness.scaled(30))
    assert "test" in versions(served, before)
    subprocess.run(["sh", "-c", command.replace("/run/c-icap/c-icap.ctl", str(served.run / "none"))],
                   check=True, timeout=slowness.scaled(30))
    assert not (served.run / "none").exists()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not there")
def test_systemd_takes_the_units():
    units = [TOP / "conf/systemd" / f"epost-av-freshclam.{kind}" for kind in ("path", "service")]
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True,
                          timeout=slowness.scaled(60), check=False)
    ours = [line for line in done.stderr.splitlines() if "epost-av-freshclam" in line]
    assert not ours, done.stderr
