# SPDX-License-Identifier: GPL-2.0-or-later
"""335: the operator's own signature files: taken, tested and activated; what must not be trusted is not."""

import os

import pytest

from lib import board as boards, expect, icap
from lib.mirrorset import listing
from lib.server import Server
from lib.site import (CONFIG, CURRENT, REFUSED, TESTLOAD, UPDATED, Site, directory, manifest, wants)

HSB = listing(b"a file of our own", "Test.Own").encode()
OTHERS = {"own.hdb": "a" * 32 + ":7:Test.Own.Hdb\n",
          "own.ndb": "Test.Own.Ndb:0:*:6f776e2d74657374\n",
          "own.ldb": "Test.Own.Ldb;Engine:81-255,Target:0;0;6f776e2d6c6462\n",
          "own.yar": 'rule Own { strings: $a = "own-yara-rule" condition: $a }\n'}


@pytest.fixture
def own(place):
    path = place / "own"
    path.mkdir()
    path.chmod(0o755)
    (path / "own.hsb").write_bytes(HSB)
    return path


@pytest.fixture
def site(place, mirror, server, own):
    made = Site(place / "site", manifest(server.url, key=mirror.key), directory(own))
    wants(made.update(), UPDATED)
    assert made.files() == {**mirror.sets[0], "own.hsb": HSB}
    return made


def test_unchanged_is_current(site):
    before = site.generation()
    wants(site.update(), CURRENT, "own: current")
    assert site.generation() == before
    state, code = site.status()
    assert code == 0, state


def test_each_kind_of_file(site, own):
    for name, text in OTHERS.items():
        (own / name).write_text(text, encoding="ascii")
    wants(site.update("--check"), UPDATED, "own")
    assert "own.yar" not in site.files()
    wants(site.update(), UPDATED, "own")
    for name, text in OTHERS.items():
        assert site.files()[name] == text.encode()
    (own / "own.ndb").unlink()
    wants(site.update(), UPDATED, "own")
    assert "own.ndb" not in site.files() and "own.yar" in site.files()
    wants(site.update(), CURRENT)
    assert not [name for name in site.store() if "part" in name]


def test_files_that_switch_off_need_leave(site, own, mirror, server):
    (own / "own.ign2").write_text("Test.Own\n", encoding="ascii")
    (own / "own.fp").write_text("a" * 32 + ":7:ok\n", encoding="ascii")
    wants(site.update(), REFUSED, "own.fp", 'allow="fp"')
    site.use(manifest(server.url, key=mirror.key), directory(own, allow="ign2 fp"))
    wants(site.update(), UPDATED)
    assert {"own.ign2", "own.fp", "own.hsb"} <= set(site.files())


def test_all_go(site, own, mirror):
    (own / "own.hsb").unlink()
    wants(site.update(), UPDATED)
    assert site.files() == mirror.sets[0]
    wants(site.update(), CURRENT)


def test_hidden_names_are_not_looked_at(site, own):
    (own / ".own.hsb.swp").write_text("x", encoding="ascii")
    wants(site.update(), CURRENT)


def link(own):
    (own / "z.hsb").symlink_to(own / "own.hsb")


def fifo(own):
    os.mkfifo(own / "z.hsb")


def writable(own):
    (own / "own.hsb").chmod(0o664)


def open_directory(own):
    own.chmod(0o777)


def empty(own):
    (own / "z.hsb").touch()


def odd_name(own):
    (own / "z \x1b[2J\n.hsb").write_bytes(HSB)


def bad_utf8(own):
    with open(os.fsencode(own) + b"/z\xff.hsb", "wb") as file:
        file.write(HSB)


def backup(own):
    (own / "own.hsb~").write_bytes(HSB)


def below(own):
    (own / "z.hsb").mkdir()


def large(own):
    with open(own / "z.hsb", "wb") as file:
        file.truncate(300 * 1024 * 1024)


def many(own):
    for number in range(257):
        (own / f"z{number}.hsb").write_bytes(HSB)


def very_many(own):
    for number in range(4097):
        (own / f"z{number}.hsb").touch()


def foreign(own):
    os.chown(own / "own.hsb", 12345, 12345)


def foreign_directory(own):
    os.chown(own, 12345, 12345)


BROKEN = [
    (link, ["z.hsb is a symbolic link"]), (fifo, ["z.hsb is no regular file"]),
    (writable, ["own.hsb can be written by others", "chmod go-w"]),
    (open_directory, ["it can be written by others"]), (empty, ["z.hsb is empty"]),
    (odd_name, ["no name for a file"]), (bad_utf8, ["no name for a file"]),
    (backup, ["own.hsb~"]), (below, ["z.hsb is no regular file"]), (large, ["maxSize"]),
    (many, ["more than 256 files"]), (very_many, ["more than 4096 names"])]
FOREIGN = [(foreign, ["own.hsb belongs to the user 12345"]),
           (foreign_directory, ["it belongs to the user 12345"])] if os.geteuid() == 0 else []


def mend(own, text=HSB):
    own.chmod(0o755)
    if os.geteuid() == 0:
        os.chown(own, 0, 0)
    for path in own.iterdir():
        path.rmdir() if path.is_dir() else path.unlink()
    (own / "own.hsb").write_bytes(text)


def test_what_must_not_be_trusted(site, own, mirror, second):
    """Nothing of the directory is taken, the old files stay, and other sources go on."""
    second()
    for breaks, words in BROKEN + FOREIGN:
        breaks(own)
        done = wants(site.update(), REFUSED, str(own), *words)
        assert "\x1b" not in done.text
        assert site.files() == {**mirror.sets[1], "own.hsb": HSB}, breaks
        mend(own)
    # It is looked at again at once.
    mend(own, HSB + listing(b"more", "Test.More").encode())
    wants(site.update(), UPDATED)
    assert b"Test.More" in site.files()["own.hsb"]


def test_a_directory_that_is_a_link(site, own, place, mirror, server):
    (place / "link").symlink_to(own)
    for path in (place / "link", f"{place}/link/"):
        site.use(manifest(server.url, key=mirror.key), directory(path))
        assert site.update().code not in (UPDATED, CURRENT)
        assert site.files()["own.hsb"] == HSB


def test_one_that_is_missing(site, own, place):
    own.rename(place / "away")
    wants(site.update(), CONFIG, str(own))
    assert site.files()["own.hsb"] == HSB


def test_one_that_does_not_load(site, own, mirror, second):
    (own / "own.ldb").write_text("broken\n", encoding="ascii")
    second()
    wants(site.update(), TESTLOAD, "own")
    assert site.files() == {**mirror.sets[1], "own.hsb": HSB}
    (own / "own.ldb").write_text(OTHERS["own.ldb"], encoding="ascii")
    wants(site.update(), UPDATED)


WRONG = [
    ('<directory name="own"/>', "path"), ('<directory name="own" path="relative"/>', "absolute"),
    ('<directory name="own" path="/' + "a" * 600 + '"/>', "absolute"),
    ('<directory name="own" path="/x" allow="exe"/>', "allow knows"),
    ('<directory name="own" path="/x"><mirror url="http://x/"/></directory>', "not known inside"),
    ('<directory name="own" path="/x" follow="yes"/>', "follow")]


def test_elements_that_are_wrong(place):
    made = Site(place / "site")
    for element, words in WRONG:
        made.use(element)
        wants(made.update(), CONFIG, words)


def test_it_finds(env, site, own):
    """The real scanner on what was activated."""
    (own / "own.ndb").write_text(OTHERS["own.ndb"], encoding="ascii")
    wants(site.update(), UPDATED)
    with Server(env, "own", bases=site.bases) as server:
        expect.infected(server.exchange(icap.respmod(b"a file of our own")), "Test.Own")
        expect.infected(server.exchange(icap.respmod(b"xx own-test xx")), "Test.Own.Ndb")
        assert boards.read(f"{server.socket}.board").signatures > 2
