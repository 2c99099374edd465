# SPDX-License-Identifier: GPL-2.0-or-later
"""epost-report: exactly what happened, in four forms, none of which runs what a client has sent."""

import csv
import io
import json
import shutil
import subprocess
import time

import pytest

from lib.daemon import need
from lib.monitor import Monitor, transaction

EVIL = '=HYPERLINK("http://evil.test")'
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def reported(env):
    command = env.lib / "epost-report"
    if not command.exists():
        built = env.build / "operate" / "epost-report"
        need(built)
        shutil.copy(built, command)
    with Monitor(env, "reports") as monitor:
        day = 86400 * 1000
        now = int(time.time() * 1000)
        events = [transaction(i, threat="Eicar-Test", user="Alice", client="192.0.2.1",
                              host="Bad.test", ms=1000) for i in range(3)]
        events += [transaction(10, threat=EVIL, user=SCRIPT, client="192.0.2.2", host="@evil.test"),
                   transaction(11, threat="Old", user="alice", time=now - 3 * day),
                   transaction(12, threat="Older", time=now - 8 * day),
                   transaction(13, verdict="unscannable", reason="encrypted", action="pass",
                               threat="", user="bob", url="http://slow.test/x", ms=9000000),
                   transaction(14, verdict="unscannable", reason="encrypted", action="block",
                               threat="", user="bob"),
                   transaction(15, verdict="clean", reason="none", action="pass", threat=""),
                   {"time": now, "event": "update", "node": "gate", "detail": "daily 2"}]
        monitor.send(*events)
        monitor.wait_stored()

        def run(*words, check=True):
            args = env.as_user(command, "--config", monitor.root / "monitord.conf", *words)
            done = subprocess.run(args, capture_output=True, timeout=60 * env.slow, check=False,
                                  env=env.environ())
            assert not check or done.returncode == 0, done
            return done
        yield monitor, run


def table(run, name, *words):
    found = json.loads(run("--format", "json", *words).stdout)
    return {row["label"]: row["value"] for row in found[name]}


def test_it_counts_what_happened(reported):
    _, run = reported
    assert table(run, "threats") == {"Eicar-Test": 3, EVIL: 1}
    assert table(run, "threats", "--week") == {"Eicar-Test": 3, EVIL: 1, "Old": 1}
    assert table(run, "users") == {"Alice": 3, "bob": 2, SCRIPT: 1}
    assert table(run, "clients")["192.0.2.1"] == 3
    assert table(run, "hosts")["Bad.test"] == 3
    assert table(run, "passed_unscanned") == {"encrypted": 1}
    assert table(run, "requests") == {"infected, block": 4, "unscannable, pass": 1,
                                      "unscannable, block": 1, "clean, pass": 1}
    assert table(run, "service")["update"] == 1
    slow = json.loads(run("--format", "json").stdout)["slowest"]
    assert slow[0] == {"value": 9000, "label": "http://slow.test/x"}
    assert [s["value"] for s in slow] == sorted((s["value"] for s in slow), reverse=True)


def test_csv_is_no_formula(reported):
    _, run = reported
    rows = list(csv.reader(io.StringIO(run("--format", "csv").stdout.decode())))
    assert rows[0] == ["table", "value", "unit", "label"]
    assert ["threats", "1", "times", "'" + EVIL] in rows
    assert ["hosts", "1", "times", "'@evil.test"] in rows
    assert not [cell for row in rows for cell in row if cell[:1] in tuple("=+-@")]


def test_html_runs_nothing(reported):
    _, run = reported
    page = run("--format", "html").stdout.decode()
    assert SCRIPT not in page and "&lt;script&gt;" in page
    assert "http-equiv" not in page and " src=" not in page and "<link" not in page
    text = run().stdout.decode()
    assert "Eicar-Test" in text and "\x1b" not in text


def test_wrong_uses(reported):
    _, run = reported
    for words in (["--format", "pdf"], ["x"], ["--forget", ""]):
        assert run(*words, check=False).returncode == 2


def test_before_the_monitor_ran(env, tmp_path):
    """Each command says who makes what it misses."""
    config = tmp_path / "monitord.conf"
    config.write_text(f"Database {tmp_path}/none/events.db\nQuarantineDirectory {tmp_path}/none/quarantine\n"
                      f"Listen off\nEvents {tmp_path}/events.sock\n", encoding="ascii")
    for words, said in ((["epost-report"], "epost-monitord makes it when it starts"),
                        (["epost-av-allow", "65f0c2a1-1b3c-1"], "epost-monitord makes it when it starts"),
                        (["epost-quarantine", "list"], "epost-monitord makes it when it starts"),
                        (["epost-monitord"], "systemctl start epost-monitord makes it")):
        done = subprocess.run([env.build / "operate" / words[0], "--config", config, *words[1:]], text=True,
                              capture_output=True, timeout=60 * env.slow, check=False)
        assert done.returncode == 1 and said in done.stderr and f"{tmp_path}/none/" in done.stderr, done


def test_forget(reported):
    """Afterwards: it changes what the others look at."""
    monitor, run = reported
    assert b"4 events" in run("--forget", "ALICE").stdout
    assert not monitor.rows("SELECT 1 FROM events WHERE user='alice'")
    assert monitor.rows("SELECT count(*) FROM events WHERE user='bob'")[0][0] == 2
    for path in monitor.state.iterdir():
        assert b"Alice" not in path.read_bytes(), path
    monitor.send(transaction(99, user="carol"))  # and the monitor goes on
    monitor.wait_stored()
