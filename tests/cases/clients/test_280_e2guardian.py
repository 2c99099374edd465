# SPDX-License-Identifier: GPL-2.0-or-later
"""e2guardian asks the scanner by ICAP. It reads X-Infection-Found only from a service whose OPTIONS
says that it sends it, and passes what it hears nothing of."""

import pytest

from lib import letters, procs, samples, web
from lib.e2guardian import E2guardian
from lib.eicar import EICAR, EICAR_NAME


@pytest.fixture(scope="module")
def guardian(env, server):
    with E2guardian(env, server.port) as made:
        yield made


@pytest.mark.parametrize("size", [1, 1025, 70_000, 300_000])
def test_downloads_arrive_unchanged(origin, guardian, size):
    body = samples.incompressible(size, size)
    reply = guardian.get(origin.put(f"/guarded-{size}", body).replace("origin.test", "127.0.0.1"))
    assert reply.status == 200 and reply.body == body, reply


@pytest.mark.parametrize("name, body", [("plain", EICAR), ("zip", web.zipped())], ids=["plain", "zip"])
def test_threats_are_blocked_by_name(origin, guardian, name, body):
    reply = guardian.get(origin.put(f"/threat-{name}", body).replace("origin.test", "127.0.0.1"))
    assert body not in reply.body and b"Access Denied" in reply.body, reply
    # The name stands in its log: it was read from the scanner's answer.
    procs.wait_until(lambda: [line for line in guardian.log.read_text(encoding="utf-8", errors="replace").splitlines()
                              if f"/threat-{name}" in line and "*INFECTED*" in line and EICAR_NAME in line],
                     20, guardian.describe)


def test_what_strict_blocks_has_a_name_too(env, server, origin):
    """No threat was found; the name is the reason."""
    with E2guardian(env, server.port, service="strict") as guardian:
        # e2guardian blocks the name of a ZIP before it asks anybody.
        reply = guardian.get(origin.put("/closed", letters.encrypted_zip()).replace("origin.test", "127.0.0.1"))
        assert b"Access Denied" in reply.body, reply
        procs.wait_until(lambda: "Not-Scanned.encrypted" in guardian.log.read_text(encoding="utf-8", errors="replace"),
                         20, guardian.describe)


def test_scanner_away(env, make_server, origin):
    server = make_server("away").start()
    with E2guardian(env, server.port) as guardian:
        url = origin.put("/away", b"an ordinary page").replace("origin.test", "127.0.0.1")
        assert guardian.get(url).body == b"an ordinary page"
        server.stop()
        reply = guardian.get(origin.put("/away-2", EICAR).replace("origin.test", "127.0.0.1"))
        assert EICAR not in reply.body and b"Access Denied" in reply.body, reply
