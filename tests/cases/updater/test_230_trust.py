# SPDX-License-Identifier: GPL-2.0-or-later
"""Attacks on what is signed: old, replayed, unsigned, wrongly signed, expired, mixed. Bases never
goes back, and what is refused is named."""
import shutil

import pytest

from lib import mirrorfaults as faults
from lib import mirrors
from lib.mirrorset import Key, Mirror
from lib.site import CURRENT, REFUSED, NETWORK, UPDATED, Site, manifest, wants


def unchanged(site, mirror, number):
    assert site.files() == mirror.sets[number - 1] and site.generation() == number


@pytest.fixture
def ahead(site, server, mirror, second):
    """The site has the second version; `old` is the mirror as it was before."""
    old = mirror.copy("old")
    second()
    wants(site.update(), UPDATED)
    unchanged(site, mirror, 2)
    return old


def test_a_stale_mirror_alone(site, server, mirror, ahead):
    server.fault = faults.directory(ahead)
    outcome = site.update()
    assert outcome.code in (REFUSED, NETWORK, CURRENT) and "serial" in outcome.text, outcome
    unchanged(site, mirror, 2)


def test_force_does_not_go_back(site, server, mirror, ahead):
    server.fault = faults.directory(ahead)
    site.update("--force")
    unchanged(site, mirror, 2)


def test_stale_mirrors_among_fresh_ones(place, mirror, second):
    """Whichever is drawn: never back, and the newest within a few runs."""
    old = mirror.copy("old")
    with mirrors.FaultyServer(mirror.directory) as fresh, mirrors.FaultyServer(old) as stale:
        site = Site(place / "site", manifest(fresh.url, stale.url, key=mirror.key))
        second()
        best = 0
        for _ in range(8):
            site.update()
            now = mirror.sets.index(site.files())
            assert now >= best
            best = now
        assert best == 1


def test_memory_survives_the_loss_of_bases(site, server, mirror, ahead):
    """The highest serial is kept outside Bases."""
    site.bases.unlink()
    shutil.rmtree(site.root / ".bases")
    server.fault = faults.directory(ahead)
    outcome = site.update()
    assert outcome.code != UPDATED and "serial" in outcome.text, outcome
    assert not site.bases.exists()
    server.fault = faults.honest
    wants(site.update("--force"), UPDATED)
    assert site.files() == mirror.sets[1]


def test_the_same_serial_with_other_content(site, server, mirror, ahead):
    """Signed by the true key, but somebody made two indexes of one number."""
    mirror.sign(mirror.index().replace(b"local.hsb", b"renamed.hsb"))
    wants(site.update(), REFUSED, "serial")
    unchanged(site, mirror, 2)


@pytest.mark.parametrize("content", [b"", b"nonsense", b"untrusted comment: x\n",
                                     b"untrusted comment: x\nRWQ=\ntrusted comment: y\nAAAA\n",
                                     b"\0" * 400, b"\xff\xfe" * 200])
def test_unsigned(site, server, mirror, second, content):
    second()
    (mirror.directory / "index.xml.minisig").write_bytes(content)
    wants(site.update(), REFUSED, "signature")
    unchanged(site, mirror, 1)


def test_signed_by_somebody_else(site, server, mirror, second, place):
    second()
    stranger = Key(place, "stranger")
    mirror.sign(mirror.index(), key=stranger)
    wants(site.update(), REFUSED, "key")
    unchanged(site, mirror, 1)
    site.use(manifest(server.url, key=[mirror.key, stranger]))
    wants(site.update("--force"), UPDATED)


def test_another_key_under_the_number_of_ours(site, server, mirror, second, place):
    """The key number in the signature is not what is believed."""
    second()
    stranger = Key(place, "stranger")
    mirror.sign(mirror.index(), key=stranger)
    path = mirror.directory / "index.xml.minisig"
    lines = path.read_text("ascii").splitlines()
    true = mirror.copy("true")
    mirror.sign(mirror.index())
    ours = path.read_text("ascii").splitlines()[1]
    lines[1] = ours[:13] + lines[1][13:]  # algorithm and number are the first ten bytes
    path.write_text("\n".join(lines) + "\n", "ascii")
    assert true.exists()
    wants(site.update(), REFUSED, "signature")
    unchanged(site, mirror, 1)


def test_the_trusted_comment_is_altered(site, server, mirror, second):
    second()
    path = mirror.directory / "index.xml.minisig"
    path.write_text(path.read_text("ascii").replace("serial:2", "serial:9"), "ascii")
    wants(site.update(), REFUSED, "comment")
    unchanged(site, mirror, 1)


@pytest.mark.parametrize("change", [("serial:2", "serial:3"), ("file:index.xml", "file:other.xml"),
                                    ("serial:2 ", ""), ("expires:2", "expires:3"),
                                    ("created:", "created:x"), ("file:index.xml", "")])
def test_a_signed_comment_that_is_about_something_else(site, server, mirror, second, change):
    second()
    mirror.sign(mirror.index(), mirror.claim().replace(*change))
    outcome = site.update()
    assert outcome.code == REFUSED, outcome
    unchanged(site, mirror, 1)


def test_index_of_one_with_the_signature_of_another(site, server, mirror, second):
    old = mirror.copy("old")
    second()
    server.fault = faults.only("index.xml", faults.directory(old))
    wants(site.update(), REFUSED, "signature")
    unchanged(site, mirror, 1)


def test_old_objects_under_a_new_index(site, server, mirror, second):
    """Mix and match: an object of the old set under the new one's name."""
    before = mirror.object_of("local.hsb").read_bytes()
    second()
    mirror.object_of("local.hsb").write_bytes(before)
    outcome = site.update()
    assert outcome.code == REFUSED and "local.hsb" in outcome.text, outcome
    unchanged(site, mirror, 1)


def test_expired(site, server, mirror, second):
    second(at="-30d")
    mirror.refresh("--expires", "7d", at="-8d")
    wants(site.update(), REFUSED, "expired")
    unchanged(site, mirror, 1)


def test_made_in_the_future(site, server, mirror, second):
    second(at="+3d")
    wants(site.update(), REFUSED, "future")
    unchanged(site, mirror, 1)


def test_a_mirror_that_lied_is_set_aside(place, mirror):
    """It is asked again only after all others, and its state is on disk."""
    with mirrors.FaultyServer(mirror.directory, faults.only("objects/*", faults.flipped)) as liar, \
            mirrors.FaultyServer(mirror.directory) as good:
        site = Site(place / "site", manifest(liar.url, good.url, key=mirror.key))
        for _ in range(15):
            mirror.put("x.hdb", f"{len(mirror.sets):032x}:3:Test.X\n")
            mirror.refresh()
            wants(site.update(), UPDATED)
            assert site.files() == mirror.sets[-1]
            if liar.requests:
                break
        assert liar.requests, "never drawn"
        before = len(liar.requests)
        for _ in range(6):
            wants(site.update(), CURRENT)
        assert len(liar.requests) == before
        status, _ = site.status()
        assert str(liar.port) in str(status)


def test_versions_do_not_fall_even_with_a_higher_serial(site, server, mirror):
    """The mirror's owner, or somebody with the key, publishes an older database."""
    index = mirror.index().decode().replace('serial="1"', 'serial="{}"')
    for serial, version in ((2, 7), (3, 6), (4, 8)):
        text = index.format(serial).replace('name="local.hsb"',
                                            f'name="local.hsb" version="{version}"').encode()
        mirror.sign(text, mirror.claim(text))
        outcome = site.update()
        assert (outcome.code == REFUSED) == (version == 6), outcome
        if version == 6:
            assert "version" in outcome.text


FORBIDDEN = ["x.cfg", "x.ign", "x.ign2", "x.fp", "x.sfp", "x.cbc"]


@pytest.mark.parametrize("name", FORBIDDEN)
def test_kinds_that_switch_off_others(site, server, mirror, place, name):
    mirror.put(name, "Test.Old\n")
    mirror.refresh()
    wants(site.update(), REFUSED, name, "allow")
    unchanged(site, mirror, 1)


def test_an_ignore_list_where_the_source_allows_it(site, server, mirror):
    mirror.put("x.ign2", "Test.Old\n")
    mirror.refresh()
    site.use(manifest(server.url, key=mirror.key, allow="ign2"))
    wants(site.update(), UPDATED)
    assert "x.ign2" in site.files()


def test_two_sources_and_one_fails(place, mirror):
    """The other one is updated all the same; required="no" only warns."""
    with mirrors.FaultyServer(mirror.directory) as good, mirrors.closed_port() as port:
        other = Mirror(place / "other", name="other", eicar_too=False)
        other.put("other.hdb", "a" * 32 + ":9:Test.Other\n")
        other.refresh()
        dead = f"http://127.0.0.1:{port}/"
        site = Site(place / "site", manifest(good.url, key=mirror.key),
                    manifest(dead, key=other.key, name="other"))
        wants(site.update(), NETWORK, "other")
        assert site.files() == mirror.sets[0]
        site.use(manifest(good.url, key=mirror.key),
                 manifest(dead, key=other.key, name="other", required="no"))
        wants(site.update("--force"), CURRENT, "other")
        with mirrors.FaultyServer(other.directory) as there:
            site.use(manifest(good.url, key=mirror.key),
                     manifest(there.url, key=other.key, name="other", required="no"))
            wants(site.update("--force"), UPDATED)
            assert site.files() == {**mirror.sets[0], **other.sets[0]}
        wants(site.update("--force"), CURRENT, "other")
        assert site.files() == {**mirror.sets[0], **other.sets[0]}
