# SPDX-License-Identifier: GPL-2.0-or-later
"""A client that says no more, and waits, gets its verdict."""

import socket

import pytest

from lib import icap, slowness, wire
from lib.eicar import EICAR


@pytest.mark.parametrize("body, verdict", [(EICAR, "infected"), (b"page", "clean")])
def test_of_the_scanner(make_server, body, verdict):
    server = make_server(workers=2).start()
    for _ in range(20):
        with wire.connect(server.socket) as client:
            wire.send(client, wire.request(wire.SCAN, body))
            client.shutdown(socket.SHUT_WR)
            reply = wire.receive(client)
            assert reply and reply.verdict == verdict, reply


def test_of_the_service(make_server):
    server = make_server(workers=2).start()
    whole = b"".join(part for part in icap.respmod(EICAR).stages() if part)
    with socket.create_connection(("127.0.0.1", server.port), timeout=slowness.scaled(30)) as client:
        client.sendall(whole)
        client.shutdown(socket.SHUT_WR)
        answer = b""
        while block := client.recv(65536):
            answer += block
    assert b"X-Infection-Found" in answer, answer[:500]
