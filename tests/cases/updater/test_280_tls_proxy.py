# SPDX-License-Identifier: GPL-2.0-or-later
"""TLS with a private authority and with a wrong one; proxies; a bandwidth limit."""
import pytest

from lib import mirrors, slowness
from lib.mirrorset import listing
from lib.site import CURRENT, NETWORK, UPDATED, Site, manifest, wants


@pytest.fixture(scope="module")
def pki(env):
    return mirrors.Pki(env.directory("pki"))


@pytest.fixture(scope="module")
def strangers(env):
    return mirrors.Pki(env.directory("strangers"), "Another authority")


def test_a_private_authority_on_nginx(place, mirror, pki):
    with mirrors.Nginx([mirror.directory], tls=pki.certificate("127.0.0.1")) as nginx:
        site = Site(place / "site", manifest(nginx.urls[0], key=mirror.key), CAFile=pki.ca)
        wants(site.update(), UPDATED)
        assert site.files() == mirror.sets[0]


def test_wrong_certificates(place, mirror, pki, strangers):
    """Unknown authority, another host's name, out of date: nothing is asked over it."""
    cases = [(pki.context("127.0.0.1"), strangers.ca), (pki.context("127.0.0.1"), None),
             (pki.context("127.0.0.9"), pki.ca), (pki.context("other.example"), pki.ca),
             (pki.context("127.0.0.1", days=-1), pki.ca)]
    for i, (context, ca) in enumerate(cases):
        with mirrors.FaultyServer(mirror.directory, tls=context) as server:
            site = Site(place / f"site-{i}", manifest(server.url, key=mirror.key),
                        **({"CAFile": ca} if ca else {}))
            wants(site.update(), NETWORK, "certificate")
            assert not server.requests and site.files() is None, i


def test_a_ca_file_that_is_not_there(place, mirror, pki):
    with mirrors.FaultyServer(mirror.directory, tls=pki.context("127.0.0.1")) as server:
        site = Site(place / "site", manifest(server.url, key=mirror.key),
                    CAFile=place / "none.pem")
        outcome = site.update()
        assert outcome.code not in (UPDATED, CURRENT) and "none.pem" in outcome.text, outcome


def test_plain_http_on_a_tls_port_and_back(place, mirror, pki):
    with mirrors.FaultyServer(mirror.directory, tls=pki.context("127.0.0.1")) as secure, \
            mirrors.FaultyServer(mirror.directory) as plain:
        for i, url in enumerate((secure.url.replace("https", "http"),
                                 plain.url.replace("http", "https"))):
            site = Site(place / f"site-{i}", manifest(url, key=mirror.key), CAFile=pki.ca)
            outcome = wants(site.update(), NETWORK)
            assert outcome.seconds < slowness.scaled(15)


def test_a_proxy(place, mirror, pki):
    with mirrors.Proxy() as proxy, mirrors.FaultyServer(mirror.directory) as plain, \
            mirrors.FaultyServer(mirror.directory, tls=pki.context("127.0.0.1")) as secure:
        for i, server in enumerate((plain, secure)):
            site = Site(place / f"site-{i}", manifest(server.url, key=mirror.key), CAFile=pki.ca,
                        Proxy=proxy.url.rstrip("/"))
            wants(site.update(), UPDATED)
            assert site.files() == mirror.sets[0]
            assert any(str(server.port) in target for target in proxy.requests)
        assert f"127.0.0.1:{secure.port}" in proxy.requests  # CONNECT


def test_a_proxy_from_the_environment_and_none(place, mirror):
    with mirrors.Proxy() as proxy, mirrors.FaultyServer(mirror.directory) as server:
        environ = {"http_proxy": proxy.url, "PATH": "/usr/bin:/bin"}
        site = Site(place / "site", manifest(server.url, key=mirror.key))
        wants(site.update(env=environ), UPDATED)
        seen = len(proxy.requests)
        assert seen
        site.use(Proxy="none")
        site.update("--force", env=environ)
        assert len(proxy.requests) == seen


def test_a_dead_proxy(place, mirror, server):
    with mirrors.closed_port() as port:
        site = Site(place / "site", manifest(server.url, key=mirror.key),
                    Proxy=f"http://127.0.0.1:{port}")
        wants(site.update(), NETWORK)
        assert not server.requests


def test_a_bandwidth_limit(place, mirror, server):
    mirror.put("big.hsb", "".join(listing(b"%d" % i, f"Test.Big.{i}") for i in range(20000)))
    mirror.refresh()
    size = mirror.object_of("big.hsb").stat().st_size
    site = Site(place / "site", manifest(server.url, key=mirror.key), RateLimit=size // 3)
    assert wants(site.update(), UPDATED).seconds > 1.3


def test_a_name_that_nobody_knows(place, mirror):
    """A network failure, and it names the host."""
    site = Site(place / "site", manifest("http://no-such-host.invalid/", key=mirror.key))
    outcome = wants(site.update(), NETWORK, "no-such-host.invalid")
    assert outcome.seconds < slowness.scaled(30)
