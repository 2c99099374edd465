# SPDX-License-Identifier: GPL-2.0-or-later
"""scripts/run, as the README tells an operator to use it."""

import os
import time

import pytest

from lib import env as environment, icap, procs, slowness
from lib.eicar import EICAR, EICAR_NAME


@pytest.fixture
def run(env):
    """run(options…) under a root of its own; stops it behind the case."""
    if env.preload:
        pytest.skip("runs what is built plainly")
    root = env.directory("run") / "root"
    port = environment.free_port()
    command = [environment.TOP / "scripts" / "run", "--root", root]
    environ = {k: v for k, v in os.environ.items() if not k.startswith("EPOST_")}

    def call(*options):
        return procs.run(*command, *(options or ("--port", port)), timeout=300,
                         env={**environ, "EPOST_BUILD": str(env.build)})
    call.root, call.port, call.environ = root, port, environ
    yield call
    done = call("--stop")
    left = procs.belonging(root)
    for one in left:
        procs.kill(one.pid)
    assert done.returncode == 0 and not left, (done, [(s.pid, s.name) for s in left])


def test_run_shows_both_verdicts(run):
    done = run()
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert any("c-icap-client" in s and "letter.txt" in s and s.endswith("clean") for s in lines)
    assert any("c-icap-client" in s and EICAR_NAME in s for s in lines)
    assert "[letter] nResult = 1 ()" in lines
    assert any(s.startswith("[eicar] nResult = ") and EICAR_NAME in s for s in lines)
    assert "--stop" in done.stdout
    for name in ("run/c-icap.pid", "run/epostavs.pid", "run/c-icap.ctl", "log", "etc", "Bases"):
        assert (run.root / name).exists(), name
    pid = int((run.root / "run/c-icap.pid").read_text())
    if environment.is_root():
        assert os.stat(f"/proc/{pid}").st_uid != 0, "c-icap runs as root"
    response = icap.once(run.port, icap.respmod(EICAR))
    assert "X-Infection-Found" in response.headers

    began = time.monotonic()
    again = run()
    assert again.returncode == 0, again.stderr
    assert int((run.root / "run/c-icap.pid").read_text()) == pid, "it was restarted without need"
    assert time.monotonic() - began < slowness.scaled(10)

    done = run("--stop")
    assert done.returncode == 0 and "stopped" in done.stdout
    assert procs.gone(pid)
    done = run("--stop")
    assert done.returncode == 0 and "nothing runs" in done.stdout


STRANGER = """
import os, socket, sys
for name, attempt in (("sock", lambda path: socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET).connect(path)),
                      ("ctl", lambda path: os.open(path, os.O_WRONLY | os.O_NONBLOCK))):
    try:
        attempt(sys.argv[1] + {"sock": "/epostavs.sock", "ctl": "/c-icap.ctl"}[name])
    except PermissionError:
        continue
    sys.exit("a stranger may use " + name)
"""


@pytest.mark.skipif(not environment.is_root(), reason="needs root, to be other users")
@pytest.mark.parametrize("name", ["c-icap", "nobody"])
def test_run_keeps_nogroup_out(run, name, tmp_path):
    """Debian's c-icap is in nogroup like others, who may neither have scans nor give commands."""
    if name == "nobody":  # as where no user c-icap is: getent does not know it
        getent = tmp_path / "getent"
        getent.write_text('#!/bin/sh\n[ "$2" != c-icap ] || exit 2\nexec /usr/bin/getent "$@"\n')
        getent.chmod(0o755)
        run.environ["PATH"] = f"{tmp_path}:{run.environ['PATH']}"
    done = run()
    assert done.returncode == 0, done.stdout + done.stderr
    user = "daemon" if name == "nobody" else "nobody"
    done = procs.run("setpriv", f"--reuid={user}", "--regid=nogroup", "--clear-groups",
                     "/usr/bin/python3", "-c", STRANGER, run.root / "run", timeout=60)
    assert done.returncode == 0, done.stderr


def test_run_with_other_bases(run, env):
    bases = environment.signatures(env.root / "others", environment.STARTER,
                                   other_ndb="Test.Other:0:*:" + b"an other thing".hex() + "\n")
    done = run("--port", run.port, "--bases", bases, "--children", "1", "--workers", "3")
    assert done.returncode == 0, done.stdout + done.stderr
    response = icap.once(run.port, icap.respmod(b"an other thing, entirely"))
    assert "Test.Other" in response["X-Infection-Found"]


def test_run_refuses_what_is_wrong(run):
    for options in (("--port", "99999"), ("--port", "x"), ("--bases", "/nonexistent"),
                    ("--children", "0"), ("--frobnicate",)):
        done = run(*options)
        assert done.returncode != 0 and done.stderr.strip(), (options, done)


def test_packages_are_known_to_debian():
    """Every name in scripts/packages is in a section, once, and looks like a package's."""
    import re
    names = [line for line in (environment.TOP / "scripts/packages").read_text().splitlines()
             if line and not line.startswith(("#", "["))]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9.+-]+", n) for n in names), names


def test_run_shows_an_update(run):
    """Twice: from a plain directory of starter signatures, and from what the first left."""
    for _ in range(2):  # the first time the mirrors take over what serves already
        done = run("--port", run.port, "--update")
        assert done.returncode == 0, done.stdout + done.stderr
        lines = done.stdout.splitlines()
        assert lines.index("[invoice] nResult = 1 ()") < \
            lines.index("[invoice] nResult = 2 (Demo.Invoice.UNOFFICIAL)")
        assert sum("result=updated" in s and "mirror=http://127.0.0." in s for s in lines) == 2
        assert "Over ICAP too the file is now infected (Demo.Invoice" in done.stdout
    assert (run.root / "Bases").is_symlink()
