# SPDX-License-Identifier: GPL-2.0-or-later
"""https opened by Squid with a private certificate authority (bump)."""

import pytest

from lib import samples, web
from lib.browser import Browser
from lib.eicar import EICAR, EICAR_NAME
from lib.origin import Origin
from lib.squid import Authority, Squid


@pytest.fixture(scope="module")
def authority(env):
    return Authority(env.directory("authority"), "test-root")


@pytest.fixture(scope="module")
def secure(authority):
    with Origin(authority.issue("origin.test")) as made:
        yield made


@pytest.fixture(scope="module")
def bumping(env, server, authority):
    bump = Authority(env.directory("bump"), "bump-root")
    with Squid(env, server.port, bump=bump, trust=authority.certificate) as made:
        yield made


def test_https_downloads(secure, bumping):
    body = samples.unique(5000)
    web.delivered(bumping.get(secure.put("/page", body, kind="text/plain")), body)
    web.blocked(bumping.get(secure.put("/bad", EICAR)))
    web.blocked(bumping.get(secure.put("/bad.zip", web.zipped(padding=200_000),
                                       pace=bumping.scanner)))


def test_https_uploads(secure, bumping):
    url = secure.put("/upload", b"thanks\n")
    clean, kind = web.form(("file", "a.bin", samples.unique(3000)))
    web.delivered(bumping.get(url, method="POST", body=clean, headers={"Content-Type": kind}),
                  b"thanks\n")
    assert secure.asked("/upload")[-1].body == clean
    bad, kind = web.form(("file", "a.com", EICAR))
    web.blocked(bumping.get(url, method="POST", body=bad, headers={"Content-Type": kind}))
    assert len(secure.asked("/upload")) == 1


def test_the_log_names_the_address(secure, server, bumping):
    bumping.get(secure.put("/named-in-log", EICAR))
    assert "https://origin.test" in server.logged("/named-in-log", "verdict=infected")


def test_browser_sees_the_page(env, secure, bumping):
    """The block page in place of an https page (the browser's trust in the authority is
    replaced by a flag)."""
    url = secure.put("/page.com", EICAR)
    with Browser(env, bumping.port, "ja", flags=["--ignore-certificate-errors"]) as browser:
        browser.open(url)
        assert EICAR_NAME in browser.text() and url in browser.text()
        assert browser.evaluate("location.href") == url
