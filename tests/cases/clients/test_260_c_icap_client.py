# SPDX-License-Identifier: GPL-2.0-or-later
"""c-icap-client, the command line tool of c-icap itself."""

import itertools

import pytest

from lib import procs, samples
from lib.daemon import need
from lib.eicar import EICAR, EICAR_NAME

CLIENT = "/usr/bin/c-icap-client"


@pytest.fixture
def ask(server, tmp_path):
    """ask(body, *options): (what it printed, what it wrote to its output file)."""
    need(CLIENT)
    numbers = itertools.count()

    def run(body, *options, service="avscan"):
        number = next(numbers)
        sent, got = tmp_path / f"sent{number}", tmp_path / f"got{number}"
        sent.write_bytes(body)
        done = procs.run(CLIENT, "-i", "127.0.0.1", "-p", server.port, "-s", service, "-f", sent,
                         "-o", got, "-v", *options)
        return done.stdout + done.stderr, got.read_bytes() if got.exists() else b""
    return run


def test_options(server):
    need(CLIENT)
    done = procs.run(CLIENT, "-i", "127.0.0.1", "-p", server.port, "-s", "avscan", "-v")
    text = done.stdout + done.stderr
    assert "ICAP/1.0 200 OK" in text and "RESPMOD" in text and "ISTag" in text, text


MODES = {"respmod": [], "respmod with an address": ["-resp", "http://x.test/a"],
         "reqmod": ["-method", "POST", "-req", "http://x.test/a"]}
WAYS = {"as it is": [], "no preview": ["-nopreview"], "no 204": ["-no204"],
        "preview of 10": ["-w", "10"], "206": ["-206"]}


@pytest.mark.parametrize("mode", MODES.values(), ids=MODES)
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_every_way(ask, mode, way):
    text, page = ask(EICAR, *mode, *way)
    assert f"X-Infection-Found: Type=0; Resolution=2; Threat={EICAR_NAME}" in text, text
    assert "403 Forbidden" in text and EICAR_NAME.encode() in page
    for size in (100, 5000, 300_000):
        clean = samples.unique(size)
        text, echo = ask(clean, *mode, *way)
        assert "X-Infection-Found" not in text, text
        assert "ICAP/1.0 204" in text or "ICAP/1.0 206" in text or echo == clean, text
