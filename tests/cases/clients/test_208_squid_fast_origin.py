# SPDX-License-Identifier: GPL-2.0-or-later
"""Downloads of more than 64 KB from an origin at full speed, which the other cases hold back (`pace`):
Squid 5.5 to 6.12 stalls them (Squid bug 5352), and other versions must not."""

import re
import subprocess
import threading

import pytest

from lib import samples, web
from lib.squid import SQUID, Squid

COUNT = 16
SIZE = 300_000
PATIENCE = 8  # seconds for what takes milliseconds


def stalls():
    """True if this Squid is one of those."""
    said = subprocess.run([SQUID, "-v"], capture_output=True, text=True, check=False).stdout
    version = tuple(map(int, re.search(r"Version (\d+)\.(\d+)", said).groups()))
    return (5, 5) <= version <= (6, 12)


def downloads(squid, origin, name, size, host="origin.test", patience=PATIENCE):
    """The number of COUNT that arrive whole within their time."""
    bodies = [samples.incompressible(size, i + 1) for i in range(COUNT)]
    whole = []

    def fetch(number, body):
        origin.put(f"/{name}-{number}", body)
        try:
            reply = squid.get(origin.url(f"/{name}-{number}", host), timeout=patience)
        except OSError:
            return
        assert reply.status == 200
        if reply.whole:
            assert reply.body == body
            whole.append(number)
    people = [threading.Thread(target=fetch, args=one) for one in enumerate(bodies)]
    for one in people:
        one.start()
    for one in people:
        one.join(patience * 4)
    return len(whole)


def expected(whole):
    print(f"{whole} of {COUNT} arrived")
    return whole < COUNT if stalls() else whole == COUNT


OTHERS = {"no 206": "icap_206_enable off\n", "no preview": "icap_preview_enable off\n",
          "small buffers": "tcp_recv_bufsize 8 KB\n", "read ahead": "read_ahead_gap 64 MB\n"}


@pytest.mark.parametrize("extra", [pytest.param("", id="as documented")] + [
    pytest.param(extra, id=name, marks=pytest.mark.heavy) for name, extra in OTHERS.items()])
def test_scanned_downloads(env, make_server, origin, extra):
    server = make_server(settings={"TrickleAfter": "0"}).start()
    with Squid(env, server.port, extra=extra) as squid:
        tries = 3 if stalls() else 1  # an origin on a busy machine may be too slow to be ahead of the scanner
        assert any(expected(downloads(squid, origin, f"fast{len(extra)}-{n}", SIZE)) for n in range(tries)), \
            squid.describe()


@pytest.mark.parametrize("settings", [{"TrickleAfter": "1", "TrickleInterval": "0.1"}, {}], ids=["soon", "as shipped"])
def test_trickling_lets_them_arrive(env, make_server, origin, settings):
    """Such a Squid reads on when its own client gets something: a drop is enough, each time."""
    server = make_server(settings=settings).start()
    with Squid(env, server.port) as squid:
        assert downloads(squid, origin, "trickled", SIZE, patience=120) == COUNT, squid.describe()
        origin.put("/trickled-bad", web.zipped(padding=SIZE))
        reply = squid.get(origin.url("/trickled-bad"), timeout=120)
        assert not reply.whole or reply.status == 403, reply
        assert len(reply.body) < SIZE // 2


def test_small_downloads_arrive(squid, origin):
    """Up to 64 KB nothing stalls."""
    assert downloads(squid, origin, "small", 60_000, patience=60) == COUNT


def test_excepted_hosts_arrive(env, make_server, origin):
    """Content that is answered with 204 to the headers does not go through the scanner."""
    server = make_server()
    rules = server.etc / "exceptions"
    rules.write_text("skip host live.radio.test\n", encoding="ascii")
    rules.chmod(0o644)
    server.settings["Exceptions"] = rules
    with Squid(env, server.start().port) as squid:
        assert downloads(squid, origin, "skipped", SIZE, "live.radio.test", patience=60) == COUNT
