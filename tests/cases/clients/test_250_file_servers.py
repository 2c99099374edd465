# SPDX-License-Identifier: GPL-2.0-or-later
"""Nextcloud, ownCloud and oCIS: what they send, and what they believe of the answers."""

import pytest

from lib import cloud, letters, samples, web
from lib.eicar import EICAR, EICAR_NAME
from lib.faults import frozen_workers
from lib.server import Server

ASK = {
    "nextcloud reqmod": cloud.nextcloud,
    "nextcloud respmod": lambda *a, **k: cloud.nextcloud(*a, mode="respmod", **k),
    "nextcloud kaspersky preset": lambda port, service, body: cloud.nextcloud(
        port, {"avscan": "req"}.get(service, service), body, header="X-Virus-ID"),
    "owncloud": cloud.owncloud,
    "ocis": cloud.ocis,
}
everyone = pytest.mark.parametrize("ask", ASK.values(), ids=ASK)


@pytest.fixture(scope="module")
def server(env):
    with Server(env, "file-servers", aliases={"req": ""}) as made:
        yield made


@everyone
@pytest.mark.parametrize("size", [0, 1, 1023, 1024, 1025, 70_000, 2_000_000])
def test_clean_files_are_kept(server, ask, size):
    assert ask(server.port, "avscan", samples.incompressible(size, size)) == ("clean", "")


@everyone
@pytest.mark.parametrize("padding", [0, 3000, 100_000, 2_000_000])
def test_threats_are_seen(server, ask, padding):
    body = web.zipped(padding=padding) if padding else EICAR
    result = ask(server.port, "avscan", body)
    assert result.outcome == "infected" and EICAR_NAME in result.details, result


@everyone
def test_strict_keeps_out_what_cannot_be_scanned(server, ask):
    """With the strict profile an encrypted archive is refused by all of them."""
    assert ask(server.port, "strict", letters.encrypted_zip()).outcome == "infected"


def test_nextcloud_hears_why(make_server):
    """An ICAP 500 with X-Error-Code is "could not be scanned" for Nextcloud."""
    server = make_server(settings={"Profile": "web unscannable:encrypted=fail"}).start()
    result = cloud.nextcloud(server.port, "avscan", letters.encrypted_zip())
    assert result == ("failed", "could not be scanned: password_protected")


def test_names_of_files_reach_the_log(server):
    path = "/bob/files/%E8%A6%8B%E7%A9%8D%20marked.com"
    assert cloud.nextcloud(server.port, "avscan", EICAR, path=path).outcome == "infected"
    assert "client=192.0.2.9" in server.logged("%20marked.com", "verdict=infected")


def test_broken_scanner(make_server):
    """While no scan ends: Nextcloud and ownCloud report an error. oCIS takes an error for clean,
    so it needs the strict profile, which blocks on errors too."""
    server = make_server(settings={
        "Profile": "web timeout=1s\nepost_av.Profile guarded like=strict timeout=1s"},
        aliases={"guarded": "profile=guarded"}, workers=2).start()
    for name, service, outcome in (
            ("nextcloud reqmod", "avscan", "failed"), ("nextcloud respmod", "avscan", "failed"),
            ("owncloud", "avscan", "failed"), ("ocis", "avscan", "clean"),
            ("ocis", "guarded", "infected")):
        with frozen_workers(server):
            result = ASK[name](server.port, service, f"text for {name} {service}".encode())
            assert result.outcome == outcome, (name, service, result)


def test_no_signatures(make_server):
    server = make_server(bases=None).start(ready=False)
    for name in ("nextcloud reqmod", "nextcloud respmod", "owncloud"):
        assert ASK[name](server.port, "avscan", b"text").outcome == "failed"
    assert cloud.ocis(server.port, "strict", b"text").outcome != "clean"
