# SPDX-License-Identifier: GPL-2.0-or-later
"""An administrator at the shell: started as root, behind a proxy with a password, asking with --check,
and a failure whose reason is in the message itself."""
import base64
import os
import pathlib
import pwd
import socket

import pytest

from lib import mirrors
from lib.mirrorset import Key
from lib.site import CONFIG, CURRENT, NETWORK, UPDATED, Site, clamav, manifest, url, wants

CVDS = pathlib.Path(os.environ.get("EPOST_TESTDATA", pathlib.Path(__file__).parents[4] / "shared" /
                                   "testdata")) / "clamav-cvd"
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
needs_cvds = pytest.mark.skipif(not CVDS.is_dir(), reason="the small CVDs are not there")
SECRET = "p@ss:w/rd"
ESCAPED = "p%40ss%3Aw%2Frd"


class Six(mirrors.FaultyServer):
    """On ::1."""

    def __init__(self, directory):
        super().__init__(directory, address="::1", family=socket.AF_INET6)


# ----------------------------------------------------------------------- root

@needs_root
def test_root_leaves_no_file_of_its_own(place, mirror, server):
    site = Site(place / "site", manifest(server.url, key=mirror.key))
    os.chown(site.root, pwd.getpwnam("nobody").pw_uid, pwd.getpwnam("nobody").pw_gid)
    wants(site.update(), UPDATED)
    for options in (["--status"], ["--check"], ["--force"], ["--status", "--json"]):
        site.update(*options)
    made = [p for p in site.root.rglob("*") if p not in (site.sources_file, site.config_file)]
    assert len(made) > 5
    roots = [str(p) for p in made if p.lstat().st_uid == 0]
    assert roots == []


@needs_root
def test_root_without_the_directory(place, mirror, server):
    """It would have to be root's."""
    site = Site(place / "site", manifest(server.url, key=mirror.key),
                Bases=place / "none" / "Bases")
    wants(site.update(), CONFIG, "install -d -o", str(place / "none"))
    assert not (place / "none").exists()


@needs_root
def test_a_user_who_may_not_read_the_settings(env, place, mirror, server):
    site = Site(place / "site", manifest(server.url, key=mirror.key))
    site.config_file.chmod(0o600)
    site.prefix = env.as_user()
    wants(site.update("--status"), CONFIG, str(site.config_file), "run this as root or as the user")


@needs_root
def test_a_user_that_is_not_there(place, mirror, server):
    site = Site(place / "site", manifest(server.url, key=mirror.key), User="nobody-of-that-name")
    wants(site.update(), CONFIG, "nobody-of-that-name")


# ---------------------------------------------------------------------- asking

def test_check_asks_files_at_fixed_addresses(place, mirror, server):
    directory = place / "third"
    directory.mkdir()
    (directory / "x.hdb").write_text("0" * 32 + ":5:Test.X\n", encoding="ascii")
    with mirrors.FaultyServer(directory) as third:
        site = Site(place / "site", manifest(server.url, key=mirror.key),
                    url(third.url + "x.hdb", insecure="yes", interval="0"))
        wants(site.update("--check"), UPDATED, "x.hdb")
        wants(site.update(), UPDATED)
        asked = len(third.requests)
        wants(site.update("--check"), CURRENT)
        assert len(third.requests) > asked
        (directory / "x.hdb").write_text("1" * 32 + ":5:Test.X\n", encoding="ascii")
        os.utime(directory / "x.hdb", (2e9, 2e9))
        before = site.files()
        wants(site.update("--check"), UPDATED, "would fetch x.hdb")
        assert site.files() == before
        third.stop()
        wants(site.update("--check"), NETWORK, "x.hdb")


@needs_cvds
def test_check_asks_for_the_versions_of_databases(place, mirror, server):
    directory = place / "official"
    directory.mkdir()
    (directory / "test.cvd").write_bytes((CVDS / "test-1.cvd").read_bytes())
    with mirrors.FaultyServer(directory) as official:
        site = Site(place / "site", manifest(server.url, key=mirror.key),
                    clamav(official.url, databases="test", dns="", interval="0"))
        wants(site.update("--check"), UPDATED, "test 1")
        wants(site.update(), UPDATED)
        wants(site.update("--check"), CURRENT)
        (directory / "test.cvd").write_bytes((CVDS / "test-3.cvd").read_bytes())
        before = site.files()
        wants(site.update("--check"), UPDATED, "would fetch test 3")
        assert site.files() == before
        official.stop()
        wants(site.update("--check"), NETWORK, "test.cvd")


def test_from_without_a_source_that_it_could_feed(place, mirror):
    site = Site(place / "site", url("https://127.0.0.1:1/x.hdb"))
    wants(site.update("--from", mirror.directory), CONFIG, "--from", "<manifest>")
    site.use(url("https://127.0.0.1:1/x.hdb"), manifest("http://127.0.0.1:1/", key=mirror.key))
    wants(site.update("--from", mirror.directory, "--source", "third"), CONFIG, "third")
    wants(site.update("--from", mirror.directory), UPDATED)


def test_status_before_the_first_run_says_so(place):
    site = Site(place / "site", manifest("http://127.0.0.1:1/", key=Key(place)))
    outcome = site.update("--status")
    assert outcome.code not in (UPDATED, CURRENT)
    wants(outcome, outcome.code, "never run", "run epost-autoupdate")
    assert site.status()[0]["status"] == "never"


# -------------------------------------------------------------------- failures

@needs_cvds
def test_the_reason_is_in_the_message(place, mirror, server):
    """For each kind of source: a name that nobody knows, and a certificate of a stranger."""
    pki = mirrors.Pki(place)
    with mirrors.FaultyServer(mirror.directory, tls=pki.context("127.0.0.1")) as secure:
        kinds = {"manifest": lambda base: manifest(base, key=mirror.key),
                 "url": lambda base: url(base + "x.hdb"),
                 "clamav": lambda base: clamav(base, databases="test", dns="")}
        for kind, make in kinds.items():
            site = Site(place / f"name-{kind}", make("https://no-such-host.invalid/"))
            outcome = wants(site.update(), NETWORK)
            assert "resolve host" in outcome.text, (kind, outcome)
            assert "resolve host" in site.update("--status").text
            site = Site(place / f"tls-{kind}", make(secure.url))
            outcome = wants(site.update(), NETWORK)
            assert "certificate" in outcome.text.lower(), (kind, outcome)


@pytest.mark.parametrize("proxy", [f"http://alice:{ESCAPED}@127.0.0.1:99999",
                                   f"ftp://alice:{ESCAPED}@127.0.0.1:1",
                                   f"alice:{ESCAPED}%zz@127.0.0.1:1",
                                   f"http://alice:{ESCAPED}@no-such-proxy.invalid:3128",
                                   f"http://alice:{ESCAPED}@127.0.0.1:1/path",
                                   f"http://alice:{ESCAPED}@:3128",
                                   f"http://alice:{ESCAPED}@127.0.0.1:1"])
def test_a_password_is_never_told(place, mirror, server, proxy):
    site = Site(place / "site", manifest(server.url, key=mirror.key), Proxy=proxy)
    texts = [site.update("--verbose").text, site.update("--status").text, site.update("--check").text,
             site.update("--status", "--json").text]
    site = Site(place / "environ", manifest(server.url, key=mirror.key))
    outcome = site.update(env={"http_proxy": proxy, "PATH": os.environ["PATH"]})
    assert outcome.code not in (UPDATED, CURRENT)
    texts += [outcome.text] + [p.read_text("utf-8") for p in place.rglob("*.log")]
    texts += [p.read_text("utf-8") for p in place.glob("*/state/*") if p.is_file()]
    for text in texts:
        assert ESCAPED not in text and SECRET not in text, text
    assert "Proxy" in texts[0] or "proxy" in texts[0] or "Failed to connect" in texts[0], texts[0]


@needs_cvds
@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_credentials_reach_the_proxy_for_every_kind(place, mirror, server, address):
    directory = place / "plain"
    directory.mkdir()
    (directory / "x.hdb").write_text("0" * 32 + ":5:Test.X\n", encoding="ascii")
    (directory / "test.cvd").write_bytes((CVDS / "test-1.cvd").read_bytes())
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    wanted = "Basic " + base64.b64encode(f"al ice:{SECRET}".encode()).decode()
    with mirrors.Proxy(password=True, address=address, family=family) as proxy, \
            mirrors.FaultyServer(directory) as plain:
        host = f"[{address}]" if ":" in address else address
        site = Site(place / "site", manifest(server.url, key=mirror.key),
                    url(plain.url + "x.hdb", insecure="yes"),
                    clamav(plain.url, databases="test", dns="", cdiff="no"),
                    Proxy=f"http://al%20ice:{ESCAPED}@{host}:{proxy.port}")
        wants(site.update(), UPDATED)
        assert {"x.hdb", "test.cvd", "local.hsb"} <= set(site.files())
        assert f"127.0.0.1:{plain.port}" in proxy.requests  # libfreshclam has it tunnel
        assert any("x.hdb" in target for target in proxy.requests)
        assert any("local.hsb" in target or "objects" in target for target in proxy.requests)
        assert set(proxy.credentials) - {""} == {wanted}


@needs_cvds
def test_an_ipv6_address_for_every_kind(place, mirror):
    directory = place / "plain"
    directory.mkdir()
    (directory / "x.hdb").write_text("0" * 32 + ":5:Test.X\n", encoding="ascii")
    (directory / "test.cvd").write_bytes((CVDS / "test-1.cvd").read_bytes())
    with Six(mirror.directory) as one, Six(directory) as two:
        site = Site(place / "site", manifest(one.url, key=mirror.key),
                    url(two.url + "x.hdb", insecure="yes"),
                    clamav(two.url, databases="test", dns="", cdiff="no"))
        wants(site.update(), UPDATED)
        assert {"x.hdb", "test.cvd", "local.hsb"} <= set(site.files())
        wants(site.update("--check"), CURRENT)
