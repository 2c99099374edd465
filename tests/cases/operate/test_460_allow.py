# SPDX-License-Identifier: GPL-2.0-or-later
"""From a false positive to a fix: the page's number, one command, and the same content passes."""

import hashlib
import json
import os
import shutil
import subprocess

import pytest

from lib import env as environment, expect, icap, procs
from lib.daemon import need
from lib.eicar import EICAR
from lib.monitor import transaction


@pytest.fixture
def make_allow(env, make_monitor):
    """A monitor, and the command as its user. run(*words) gives what ended."""
    command = env.lib / "epost-av-allow"
    if not command.exists():
        built = env.build / "operate" / "epost-av-allow"
        need(built)
        shutil.copy(built, command)

    def make(name, **settings):
        monitor = make_monitor(name, **settings)
        if environment.is_root():
            os.chown(monitor.root, env.user.pw_uid, -1)

        def run(*words):
            args = env.as_user(command, "--config", monitor.root / "monitord.conf", *words)
            return subprocess.run(args, capture_output=True, timeout=60 * env.slow, check=False,
                                  text=True, env=env.environ())
        return monitor, run
    return make


@pytest.mark.parametrize("how", ("number", "threat"))
def test_from_the_page_to_the_fix(make_server, make_allow, how):
    monitor, run = make_allow(f"fix-{how}")
    exceptions = monitor.write("exceptions", "# mine")
    settings = {"LogFormat": "json", "Events": monitor.events, "Exceptions": exceptions}
    with make_server("fixes", settings=settings) as server:
        monitor.settings.update(Exceptions=exceptions, Control=server.ctl)
        with monitor:
            request = icap.respmod(EICAR, url="http://false.test/a")
            expect.infected(server.exchange(request))
            event, = [row["event"] for row in procs.wait_until(
                lambda: monitor.get("/api/v1/events?host=false.test").json()["events"],
                20 * server.env.slow, monitor.describe)]
            options = ["--threat"] if how == "threat" else []
            done = run(*options, event["id"])
            assert done.returncode == 0 and "was told" in done.stdout, done
            line = f"allow threat {event['threat']}" if options else \
                f"skip sha256 {hashlib.sha256(EICAR).hexdigest()}"
            text = exceptions.read_text(encoding="utf-8")
            assert text.startswith("# mine\n# ") and text.endswith(f"\n{line}\n")
            assert (monitor.root / "exceptions.before").read_text(encoding="utf-8") == "# mine"

            def passes():
                server.exchange(request)
                events = [json.loads(x) for x in server.text("epost_av.log").split("\n")[:-1]]
                last = [e for e in events if e.get("host") == "false.test"][-1]
                return last["action"] == "pass" and last["reason"] in ("skipped", "allow-listed")
            procs.wait_until(passes, 20 * server.env.slow, server.describe)
            again = run(*options, event["id"])  # the first of two requests: not one any more
            assert "not the number of one" not in again.stderr
            told = procs.wait_until(
                lambda: monitor.get("/api/v1/events?kind=allowed").json()["events"],
                20 * server.env.slow, monitor.describe)[-1]["event"]
            assert told["id"] == event["id"] and told["detail"].startswith("by ")


def test_what_is_no_exception_changes_nothing(make_allow):
    monitor, run = make_allow("refuses")
    exceptions = monitor.write("exceptions", "# mine\n")
    monitor.settings["Exceptions"] = exceptions
    with monitor:
        monitor.send(transaction(1, sha256="ab" * 32), transaction(2, threat=""))
        monitor.wait_stored()
        for words in (["65f0c2a1-1b3c-99"], ["65f0c2a1-1b3c-2"], ["Any*"], ["Two words"],
                      ["New\nline"], ["[a]"], [""], ["x" * 300], ["5"], ["65f0c2a1-1b3c"], ["ab" * 31],
                      ["AB" * 33]):
            done = run(*words)
            assert done.returncode == 1 and done.stderr, (words, done)
        assert exceptions.read_text(encoding="utf-8") == "# mine\n"
        assert not (monitor.root / "exceptions.before").exists()
        assert run("65f0c2a1-1b3c-1").returncode == 0
        assert run("65f0c2a1-1b3c-1").stdout.startswith("allowed already")
        assert exceptions.read_text(encoding="utf-8").count("skip sha256 " + "ab" * 32) == 1
        # Other systems print it in capital letters.
        assert run("AB" * 32).stdout.startswith("allowed already")
        assert run("Some.Threat-1").returncode == 0
        assert "\nallow threat Some.Threat-1\n" in exceptions.read_text(encoding="utf-8")


def test_without_a_monitor_it_is_done_and_said(make_allow):
    monitor, run = make_allow("alone")
    exceptions = monitor.write("exceptions", "")
    monitor.settings["Exceptions"] = exceptions
    monitor.config()
    done = run("Some.Threat-1")
    assert done.returncode == 3 and "not told" in done.stderr
    assert "allow threat Some.Threat-1\n" in exceptions.read_text(encoding="utf-8")
