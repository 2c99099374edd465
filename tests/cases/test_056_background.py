# SPDX-License-Identifier: GPL-2.0-or-later
"""epostavs in the background, without c-icap: it notices the end of its children, so that it can
reload again and again (it once kept every ended generation, and the fifth reload never came)."""

import os
import shutil
import signal
import subprocess

import pytest

from lib import board, env as environment, procs, slowness
from lib.env import signatures

RELOADS = 8


@pytest.fixture
def scanner(env):
    directory = env.directory("background")
    signatures(directory / "Bases", environment.STARTER)
    pid_file = directory / "epostavs.pid"
    settings = {"Bases": directory / "Bases", "Socket": directory / "s.sock", "Workers": 2,
                "ScannerLog": directory / "epostavs.log"}
    options = [f"--set={name}={value}" for name, value in settings.items()]
    subprocess.run(env.as_user(env.epostavs, f"--pid-file={pid_file}", *options), check=True,
                   timeout=slowness.scaled(20), env=env.environ(), stdin=subprocess.DEVNULL)
    procs.wait_until(pid_file.exists, 5, "no pid file")
    pid = int(pid_file.read_text())
    yield directory, pid
    if not procs.gone(pid):
        os.kill(pid, signal.SIGTERM)
    procs.wait_until(lambda: procs.gone(pid), 15, "it does not stop")
    shutil.rmtree(directory)


def test_it_reloads_again_and_again(scanner):
    directory, pid = scanner
    for n in range(1, RELOADS + 1):
        procs.wait_until(lambda: board.read(directory / "s.sock.board").counters["reloads"] >= n, 90,
                         f"load {n} did not come")
        os.kill(pid, signal.SIGHUP)
