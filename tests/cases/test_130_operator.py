# SPDX-License-Identifier: GPL-2.0-or-later
"""The operator's view: log lines, counters, refusals to start, the cost of OPTIONS."""

import base64
import re
import time

import pytest

from lib import expect, icap, procs, samples
from lib.eicar import EICAR, EICAR_NAME

USER = base64.b64encode(b"Local://alice").decode()
FIELD = re.compile(r'([a-z_0-9-]+)=("(?:[^"\\]|\\.)*"|\S*)')


def log_line(server, mark):
    """The one line of the transaction whose URL has that mark, as a dictionary."""
    def found():
        return [one for one in server.text("epost_av.log").splitlines() if mark in one]
    lines = procs.wait_until(found, 10, server.describe)
    assert len(lines) == 1, lines
    return {k: v.strip('"') for k, v in FIELD.findall(lines[0])}


def test_log_line_of_a_threat(server):
    request = icap.respmod(EICAR, url="http://log.test/infected/eicar.com",
                           headers=["X-Client-IP: 192.0.2.9",
                                    "X-Authenticated-User: " + USER])
    expect.infected(server.exchange(request))
    line = log_line(server, "log.test/infected")
    assert line["verdict"] == "infected" and line["reason"] == "signature"
    assert line["threat"].startswith(EICAR_NAME) and line["action"] == "block"
    assert line["client"] == "192.0.2.9" and line["user"] == "alice"
    assert line["url"] == "http://log.test/infected/eicar.com"
    assert line["size"] == "68" and float(line["ms"]) >= 0
    assert int(line["generation"]) == server.board().generation
    assert line["icap"] == "RESPMOD" and line["method"] == "GET" and line["profile"] == "web"


def test_log_line_of_a_part(server):
    path = next(p for p in samples.testfiles() if p.name == "clam.zip")
    server.exchange(icap.respmod(path.read_bytes(), url="http://log.test/part/clam.zip"))
    assert log_line(server, "log.test/part")["part"] == "zip > clam.exe"


def test_log_line_of_a_clean_one(server):
    server.exchange(icap.reqmod(samples.unique(1234), url="http://log.test/clean"))
    line = log_line(server, "log.test/clean")
    assert (line["verdict"], line["reason"], line["action"]) == ("clean", "none", "pass")
    assert line["icap"] == "REQMOD" and not line.get("threat")


def info(server):
    """c-icap's info service, as text."""
    request = icap.Request("REQMOD", "info?view=text", req=icap.http_get("http://info.test/"))
    return server.exchange(request).body.decode("latin-1")


def test_counters_in_the_info_service(server):
    def count():
        found = re.findall(r"(?im)^\s*(?:service\s+)?epost_av[^\n]*?infected[^\n]*?[:,=]\s*(\d+)",
                           info(server))
        return sum(map(int, found)) if found else None
    before = count()
    assert before is not None, info(server)
    for _ in range(5):
        server.exchange(icap.respmod(EICAR))
    procs.wait_until(lambda: count() >= before + 5, 10, lambda: info(server))


def test_board_counts(server):
    before = server.board().counters
    server.exchange(icap.respmod(EICAR))
    request = icap.respmod(samples.unique())
    server.exchange(request)

    def counted():  # a worker answers its client first, and then tells the supervisor
        after = server.board().counters
        return after["infected"] >= before["infected"] + 1 and \
            after["clean"] >= before["clean"] + 1 and after["scans"] >= before["scans"] + 2
    procs.wait_until(counted, 5, server.describe)


def test_options_are_cheap(server):
    """rspamd asks before every scan: far under a millisecond each, and no scan for it. What is dear
    is so each time: the quickest tenth is looked at, which others on this machine do not slow down."""
    # Whose answer has come is counted when its worker is idle again.
    procs.wait_until(lambda: not server.board().busy(), 10, server.describe)
    scans = server.board().counters["scans"]
    count = 500
    with server.connect() as connection:
        connection.options()
        times = []
        for _ in range(count):
            began = time.monotonic()
            assert connection.options().status == 200
            times.append(time.monotonic() - began)
    each = sorted(times)[count // 10]
    assert each < 0.004 * server.env.slow, f"{each * 1000:.2f} ms"
    assert server.board().counters["scans"] == scans


BAD = {"MaxScanTime": "soon", "Workers": "9999", "SocketMode": "999", "DetectPUA": "perhaps",
       "Profile": "web unscannable=wave", "MaxBodySize": "-1"}


@pytest.mark.parametrize("name", BAD)
def test_wrong_directive_stops_the_start(make_server, name):
    """With file, line and what is allowed."""
    server = make_server(f"bad-{name}", settings={name: BAD[name]}).spawn()
    procs.wait_until(lambda: server.process.poll() is not None, 15 * server.env.slow,
                     lambda: f"it runs with {name} {BAD[name]}: {server.describe()}")
    said = server.text("stderr") + server.text("server.log")
    config = (server.etc / "c-icap.conf").read_text().splitlines()
    line = 1 + next(i for i, one in enumerate(config)
                    if one.startswith(f"epost_av.{name} ") and BAD[name] in one)
    assert f"c-icap.conf:{line}" in said, said
    assert name in said and ("allowed" in said or "unknown" in said.lower()), said


def test_unknown_directive_stops_the_start(make_server):
    """c-icap finds that out by itself, and names file and line only on its own -D."""
    server = make_server(settings={"NoSuchDirective": "1"}).spawn("-D")
    procs.wait_until(lambda: server.process.poll() is not None, 15 * server.env.slow,
                     server.describe)
    assert "c-icap.conf" in server.text("stderr") and "NoSuchDirective" in server.text("stderr")


def test_files_that_run_leaves(make_server):
    """run/: both pid files are right while it runs."""
    server = make_server().start()
    assert int((server.run / "c-icap.pid").read_text()) == server.pid
    assert int((server.run / "epostavs.pid").read_text()) == server.board().supervisor


def test_sandbox_is_named(server):
    assert server.board().sandbox
