# SPDX-License-Identifier: GPL-2.0-or-later
"""178: who asked and whose mail it was: users and groups as clients write them, the envelope of a mail,
and a client that went away; and what OPTIONS announces."""

import base64
import json
import socket

import pytest

from lib import expect, icap, procs, samples
from lib.eicar import EICAR
from lib.server import Server


def b64(text):
    return base64.b64encode(text.encode()).decode()


RULES = "skip user alice\nskip user DOMAIN\\bob\nskip user 山田\n"
MAIL = (b"Received: by mx.example.test; Wed, 25 Nov 2026 10:00:00 +0000\r\n"
        b"From: \"Doe, A\" <alice@example.test>\r\nTo: bob@example.test,\r\n Carol <carol@example.test>\r\n"
        b"Subject: hello\r\nMessage-ID: <1234@example.test>\r\n\r\nHello.\r\n")


@pytest.fixture(scope="module")
def server(env):
    made = Server(env, "who", settings={"LogFormat": "json", "UserEncoded": "on"})
    made.write_exceptions(RULES)
    try:
        made.start()
        yield made
        made.stop()
    finally:
        made.kill()


def told(server, url):
    return json.loads(server.logged(url))


USERS = [("X-Client-Username: alice", "alice"), (f"X-Client-Username: {b64('alice')}", "alice"),
         (f"X-Client-Username: {b64('DOMAIN' + chr(92) + 'bob')}", "DOMAIN\\bob"),
         ("X-Client-Username: DOMAIN\\bob", "DOMAIN\\bob"),
         (f"X-Client-Username: {b64('山田')}", "山田"),
         (f"X-Authenticated-User: {b64('Local://alice')}", "alice"),
         ("X-Authenticated-User: alice", "alice"), ("X-Authenticated-User: Local://alice", "alice")]


@pytest.mark.parametrize("number", range(len(USERS)))
def test_a_user_is_read_logged_and_matched(server, number):
    header, name = USERS[number]
    url = f"http://who.test/user/{number}"
    request = icap.respmod(EICAR, url=url, headers=[header])
    expect.passed(request, server.exchange(request), "skipped")
    line = told(server, url)
    assert line["user"] == name and line["rule"] == f"user {name}", line


@pytest.mark.parametrize("name", ["mallory", "alic", "alice2", "bob", b64("mallory")])
def test_another_user_is_not_matched(server, name):
    expect.infected(server.exchange(icap.respmod(EICAR, headers=[f"X-Client-Username: {name}"])))


def test_groups(server):
    for number, value in enumerate((b64("Local://staff, WinNT://DOMAIN/users"),
                                    "staff, DOMAIN/users")):
        url = f"http://who.test/groups/{number}"
        server.exchange(icap.respmod(samples.unique(), url=url, headers=[
            f"X-Authenticated-User: {b64('Local://carol')}", f"X-Authenticated-Groups: {value}"]))
        line = told(server, url)
        assert line["user"] == "carol" and line["groups"] == ["staff", "DOMAIN/users"], line


def test_a_mail_has_its_envelope(server):
    url = "http://who.test/mail/1"
    server.exchange(icap.respmod(MAIL, url=url, service="mail", kind="application/octet-stream"))
    line = told(server, url)
    assert line["sender"] == "alice@example.test" and line["message_id"] == "<1234@example.test>"
    assert line["recipients"] == ["bob@example.test", "carol@example.test"], line


def test_what_the_mail_filter_says_goes_first(server):
    url = "http://who.test/mail/2"
    server.exchange(icap.respmod(MAIL + samples.unique(), url=url, service="mail", headers=[
        "X-Mail-From: <bounce@example.test>", "X-Rcpt-To: <real@example.test>",
        "X-Rcpt-To: other@example.test"]))
    line = told(server, url)
    assert line["sender"] == "bounce@example.test"
    assert line["recipients"] == ["real@example.test", "other@example.test"]
    assert line["message_id"] == "<1234@example.test>"


def test_an_attachment_is_no_mail(server):
    url = "http://who.test/attachment"
    server.exchange(icap.respmod(samples.unique(3000), url=url, service="mail"))
    line = told(server, url)
    assert not {"sender", "recipients", "message_id"} & set(line), line


@pytest.mark.parametrize("privacy", ["hash", "off"])
def test_persons_are_told_as_the_operator_wants(env, privacy):
    with Server(env, f"who-{privacy}", settings={"LogFormat": "json", "LogUser": privacy}) as server:
        url = "http://who.test/private"
        server.exchange(icap.respmod(MAIL, url=url, headers=["X-Client-Username: carol"]))
        server.logged(url)
        text = server.text("epost_av.log")
        for person in ("carol", "alice@", "bob@"):
            assert person not in text, text
        assert ("hash:" in text) == (privacy == "hash")


def test_a_client_that_goes_away_is_aborted(server):
    url = "http://who.test/aborted"
    request = icap.respmod(samples.unique(100000), url=url)
    with socket.create_connection(("127.0.0.1", server.port), 20) as connection:
        whole = b"".join(filter(None, request.stages()))
        connection.sendall(whole[:len(whole) // 2])
    line = told(server, url)
    assert (line["verdict"], line["reason"], line["action"]) == ("error", "aborted", "aborted"), line


def test_options_announces_what_clients_ask_for(server):
    answer = server.options()
    assert answer["X-Allow-Out"] == "X-Infection-Found"
    assert {"X-Client-IP", "X-Authenticated-User"} <= set(answer["X-Include"].split(", "))
    assert "X-Authenticated-Groups" in answer["X-Include"]


# ------------------------------------------------------- more than MaxBodySize

def send_all_then_read(server, request, limit=60):
    """As Nextcloud does: the answer is not looked at before everything is sent."""
    with server.connect(timeout=limit) as connection:
        connection.start(limit)
        for stage in filter(None, request.stages()):
            connection.send(stage)
        return connection.receive(request.method)


@pytest.fixture(scope="module")
def small(env):
    made = Server(env, "small", settings={"MaxBodySize": "64K", "MemoryBody": "64K"})
    try:
        made.start()
        yield made
        made.stop()
    finally:
        made.kill()


@pytest.mark.parametrize("make", [icap.reqmod, icap.respmod])
def test_a_large_upload_of_a_client_that_sends_first(small, make):
    request = make(samples.incompressible(30 << 20, 5), service="web", allow="204")
    answer = send_all_then_read(small, request)
    assert answer.status == 204
    assert (answer["X-Epost-AV-Verdict"], answer["X-Epost-AV-Reason"]) == \
        ("unscannable", "max-body-size")


def test_a_large_upload_that_the_profile_blocks(small):
    request = icap.reqmod(samples.incompressible(30 << 20, 5), service="strict", allow="204")
    answer = send_all_then_read(small, request)
    expect.unscannable_blocked(answer)

