# SPDX-License-Identifier: GPL-2.0-or-later
"""conf/clients on top of Debian's own squid.conf, as files in its conf.d; and https opened there, with
the certificate's steps as doc/clients.md has them."""

import stat
import subprocess

import pytest

from lib import samples, slowness, web
from lib.daemon import need
from lib.debiansquid import DebianSquid, unmodified
from lib.eicar import EICAR, EICAR_NAME
from lib.origin import Origin
from lib.squid import Authority


@pytest.fixture(scope="module")
def authority(env):
    return Authority(env.directory("authority"), "test-root")


@pytest.fixture(scope="module")
def secure(authority):
    with Origin(authority.issue("origin.test")) as made:
        yield made


@pytest.fixture(scope="module")
def squid(env, server, authority, secure):
    unmodified()
    with DebianSquid(env, server.port, bump=True, trust=authority.certificate,
                     ports=[secure.port]) as made:
        yield made


def curl(squid, url, port, *more):
    """(status, body) as curl sees it, which trusts bump.crt and nothing else."""
    need("/usr/bin/curl")
    done = subprocess.run(
        ["curl", "-sS", "-m", "60", "-x", f"http://127.0.0.1:{port}", "--cacert", squid.root / "etc" / "bump.crt",
         "-w", "\\n%{http_code}", *more, url], capture_output=True, check=False, timeout=slowness.scaled(90))
    body, _, status = done.stdout.rpartition(b"\n")
    return int(status or 0), body, done.stderr.decode()


def test_plain_downloads(origin, squid):
    """On the port that Debian's file has."""
    body = samples.unique(5000)
    assert curl(squid, origin.put("/plain", body), squid.port)[:2] == (200, body)
    status, page, said = curl(squid, origin.put("/plain-bad", EICAR), squid.port)
    assert status == 403 and EICAR_NAME.encode() in page, said


def test_https_is_opened_and_scanned(secure, squid):
    body = samples.unique(5000)
    status, got, said = curl(squid, secure.put("/page", body), squid.bump_port)
    assert (status, got) == (200, body), said + squid.describe()
    status, page, said = curl(squid, secure.put("/bad", EICAR), squid.bump_port)
    assert status == 403 and EICAR_NAME.encode() in page and EICAR not in page, said
    status, page, said = curl(squid, secure.url("/upload"), squid.bump_port, "--data-binary",
                              EICAR.decode())
    assert status == 403 and not secure.asked("/upload"), said


def test_https_on_the_plain_port_is_not_opened(secure, squid):
    """A CONNECT has no content: curl meets the origin's own certificate there, which it does not trust."""
    status, _, said = curl(squid, secure.put("/through", b"x"), squid.port)
    assert status == 0 and "certificate" in said


def test_the_key_is_squids_alone(squid):
    directory = squid.root / "etc"
    mode = stat.S_IMODE((directory / "bump.pem").stat().st_mode)
    assert mode == 0o400 and (directory / "bump.pem").owner() == "proxy"
    assert not (directory / "bump.key").exists()
    assert b"PRIVATE" not in (directory / "bump.crt").read_bytes()
