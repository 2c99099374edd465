# SPDX-License-Identifier: GPL-2.0-or-later
"""Actions of an operator by hand: --check, --status, --rollback, --from a directory, old installations."""
import fcntl
import struct
import os
import shutil

import pytest

from lib import mirrors, slowness
from lib.mirrorset import EICAR_LINE, Key
from lib.site import (CONFIG, CURRENT, NETWORK, REFUSED, TESTLOAD, UPDATED, Site, manifest, wants)


def test_check_says_what_would_be_done_and_does_nothing(site, server, mirror, second):
    wants(site.update("--check"), CURRENT)
    second()
    for _ in range(2):
        outcome = wants(site.update("--check"), UPDATED, "local.hsb")
    assert outcome.out and site.files() == mirror.sets[0] and site.generations() == [1]
    wants(site.update(), UPDATED)


def test_the_log_has_a_line_for_each_update(site, mirror, second):
    second()
    wants(site.update(), UPDATED)
    wants(site.update(), CURRENT)
    lines = site.log_file.read_text("utf-8").splitlines()
    assert len(lines) == 3 and all(len(line) < 400 for line in lines)
    fields = [line for line in site.log()]
    assert [f["result"] for f in fields] == ["updated", "updated", "current"]
    assert all("epost-autoupdate" in lines[i] for i in range(3))
    assert "http://127.0.0.1" in lines[1]


def test_a_failure_is_in_the_log_too(site, server):
    server.stop()
    wants(site.update(), NETWORK)
    assert site.log()[-1]["result"] == "network"


def test_hostile_text_from_a_mirror_stays_on_one_line(place, mirror):
    """A server's texts are data: no line break, no escape sequence gets into log or terminal."""
    def rude(x):
        x.send(b"HTTP/1.1 302 \x1b[2J\x07evil\r\nLocation: http://127.0.0.1:1/\x1b]0;x\x07\n"
               b"Content-Length: 0\r\n\r\n")
    with mirrors.FaultyServer(mirror.directory, rude) as server:
        site = Site(place / "site", manifest(server.url, key=mirror.key))
        outcome = site.update()
        assert outcome.code in (NETWORK, REFUSED)
        assert all(c.isprintable() or c in "\n\t" for c in outcome.text), repr(outcome.text)
        text = site.log_file.read_text("utf-8")
        assert text.count("\n") == 1 and all(c.isprintable() or c == "\n" for c in text)


def test_quiet(site, server, second):
    second()
    outcome = wants(site.update("--quiet"), UPDATED)
    assert outcome.text == ""
    server.stop()
    outcome = wants(site.update("--quiet"), NETWORK)
    assert outcome.out == "" and outcome.err


def test_status(site, mirror, second):
    status, code = site.status()
    assert code == UPDATED and status["generation"]["number"] == 1, status
    text = wants(site.update("--status"), UPDATED).out
    assert "generation   1" in text and "bases" in text
    second()
    site.update()
    status, _ = site.status()
    assert status["generation"]["number"] == 2


def test_status_before_the_first_update(place):
    site = Site(place / "site", manifest("http://127.0.0.1:1/", key=Key(place)))
    status, code = site.status()
    assert code != UPDATED and status["generation"]["number"] == 0, status


def test_rollback_and_forward(site, server, mirror, second):
    """Back to the one before; the set that was left does not come back by itself, the next does."""
    second()
    wants(site.update(), UPDATED)
    wants(site.update("--rollback"), UPDATED, "1")
    assert site.files() == mirror.sets[0]
    outcome = site.update()
    assert outcome.code != UPDATED and site.files() == mirror.sets[0], outcome
    mirror.put("third.hdb", "f" * 32 + ":3:Test.Third\n")
    mirror.refresh()
    wants(site.update(), UPDATED)
    assert site.files() == mirror.sets[2]


def test_rollback_to_a_number(site, mirror):
    for i in range(4):
        mirror.put("x.hdb", f"{i:032x}:3:Test.X\n")
        mirror.refresh()
        wants(site.update(), UPDATED)
    assert len(site.generations()) == 3
    kept = site.generations()
    wants(site.update("--rollback", str(kept[0])), UPDATED)
    assert site.files() == mirror.sets[kept[0] - 1]
    for wrong in ("1", "99", "0", "-1", "x"):
        outcome = site.update("--rollback", wrong)
        assert outcome.code == CONFIG, outcome
        assert site.files() == mirror.sets[kept[0] - 1]


def test_rollback_with_nothing_to_go_back_to(site, mirror):
    outcome = site.update("--rollback")
    assert outcome.code == CONFIG and site.files() == mirror.sets[0], outcome


def test_old_generations_are_deleted_but_not_the_one_in_use(site, mirror):
    """One that somebody reads is kept until it is let go."""
    with open(site.root / ".bases" / "gen-1.lock", "r", encoding="ascii") as lock:
        fcntl.fcntl(lock, fcntl.F_OFD_SETLK,
                    struct.pack("@hhqqi4x", fcntl.F_RDLCK, 0, 0, 0, 0))
        for i in range(4):
            mirror.put("x.hdb", f"{i:032x}:3:Test.X\n")
            mirror.refresh()
            wants(site.update(), UPDATED)
        assert 1 in site.generations()
    mirror.put("x.hdb", f"{9:032x}:3:Test.X\n")
    mirror.refresh()
    wants(site.update(), UPDATED)
    assert site.generations() == [4, 5, 6]


def test_from_a_directory(place, mirror, second):
    """A USB stick: no server anywhere, the same verification."""
    site = Site(place / "site", manifest("http://127.0.0.1:1/", key=mirror.key))
    wants(site.update("--from", mirror.directory), UPDATED)
    assert site.files() == mirror.sets[0]
    old = mirror.copy("old")
    second()
    wants(site.update("--from", mirror.directory), UPDATED)
    wants(site.update("--from", mirror.directory), CURRENT)
    outcome = site.update("--from", old)
    assert outcome.code not in (UPDATED,) and site.files() == mirror.sets[1]


def test_from_a_directory_that_is_not_right(place, mirror):
    site = Site(place / "site", manifest("http://127.0.0.1:1/", key=mirror.key))
    for wrong in (place / "none", place, "/etc/passwd"):
        outcome = site.update("--from", wrong)
        assert outcome.code not in (UPDATED, CURRENT) and str(wrong) in outcome.text, outcome
    victim = mirror.object_of("local.hsb")
    good = victim.read_bytes()
    victim.write_bytes(good[::-1])
    wants(site.update("--from", mirror.directory), REFUSED, "local.hsb")
    victim.unlink()
    victim.symlink_to("/etc/passwd")
    outcome = site.update("--from", mirror.directory)
    assert outcome.code not in (UPDATED, CURRENT) and "root:" not in outcome.text
    victim.unlink()
    os.mkfifo(victim)
    outcome = site.update("--from", mirror.directory)
    assert outcome.code not in (UPDATED, CURRENT) and outcome.seconds < slowness.scaled(10)
    victim.unlink()
    victim.write_bytes(good)
    wants(site.update("--from", mirror.directory, "--force"), UPDATED)
    assert site.files() == mirror.sets[0]


def test_from_a_directory_signed_by_somebody_else(place, mirror):
    site = Site(place / "site", manifest("http://127.0.0.1:1/", key=Key(place, "other")))
    wants(site.update("--from", mirror.directory), REFUSED, "key")
    assert site.files() is None


def plain(root, **files):
    root.mkdir(parents=True)
    for name, content in files.items():
        (root / name.replace("_", ".")).write_text(content, encoding="ascii")
    return root


def test_a_plain_directory_becomes_generation_1(place, mirror, server):
    """At no moment is there no Bases."""
    site = Site(place / "site", manifest(server.url, key=mirror.key))
    plain(site.bases, old_hdb=EICAR_LINE)
    server.stop()
    wants(site.update(), NETWORK)
    assert site.files() == {"old.hdb": EICAR_LINE.encode()}
    with mirrors.FaultyServer(mirror.directory) as again:
        site.use(manifest(again.url, key=mirror.key))
        wants(site.update("--force"), UPDATED)
    assert site.bases.is_symlink() and site.generation() == 2
    assert site.files().items() >= mirror.sets[0].items()
    wants(site.update("--rollback"), UPDATED)
    assert site.files() == {"old.hdb": EICAR_LINE.encode()} and site.generation() == 1


def test_old_directories_are_imported_once(place, mirror, server):
    """Installations of before: data and modifieddate beside Bases."""
    site = Site(place / "site", manifest(server.url, key=mirror.key))
    old = plain(site.root / "data", old_hdb=EICAR_LINE, readme_txt="no signatures")
    plain(site.root / "modifieddate", old_hdb="2008")
    server.stop()
    wants(site.update(), NETWORK)
    assert site.files() == {"old.hdb": EICAR_LINE.encode()} and site.generation() == 1
    (old / "late.hdb").write_text("0" * 32 + ":1:Late\n", encoding="ascii")
    with mirrors.FaultyServer(mirror.directory) as again:
        site.use(manifest(again.url, key=mirror.key))
        wants(site.update("--force"), UPDATED)
        assert "late.hdb" not in site.files()
    shutil.rmtree(old)
    wants(site.update("--status"), UPDATED)


def test_old_directories_with_a_broken_set(place, mirror, server):
    site = Site(place / "site", manifest(server.url, key=mirror.key))
    plain(site.root / "data", old_hdb="broken line\n")
    wants(site.update(), UPDATED)
    assert site.files().items() >= mirror.sets[0].items()


@pytest.mark.parametrize("target", ["elsewhere", "/tmp", ".bases/gen-77", "../x"])
def test_a_link_that_points_elsewhere(place, mirror, server, target):
    """Made by hand: it is replaced by a right one or refused, never followed into a mess."""
    site = Site(place / "site", manifest(server.url, key=mirror.key))
    plain(site.root / "elsewhere", mine_hdb=EICAR_LINE)
    site.bases.symlink_to(target)
    outcome = site.update()
    assert outcome.code in (UPDATED, CONFIG), outcome
    assert (site.root / "elsewhere" / "mine.hdb").read_text("ascii") == EICAR_LINE
    if outcome.code == UPDATED:
        assert site.files().items() >= mirror.sets[0].items()


@pytest.mark.parametrize("args", [["--what"], ["a"], ["--from"], ["--set", "Nope=1"],
                                  ["--set", "Keep=99"], ["--config", "/none"],
                                  ["--set", "Sources=/none.xml"], ["--rollback", "1", "2"]])
def test_wrong_usage(site, mirror, args):
    wants(site.update(*args), CONFIG)
    assert site.files() == mirror.sets[0]


def test_help_and_version(site):
    for option in ("--help", "--version"):
        outcome = wants(site.update(option), 0, "epost-autoupdate")
        assert outcome.err == ""


def test_one_who_may_not_write(env, place, mirror, server):
    """Run by somebody without rights on Bases: one clear line."""
    site = Site(place / "site", manifest(server.url, key=mirror.key))
    if os.geteuid() != 0:
        pytest.skip("needs root to give the directory to somebody else")
    site.prefix = env.as_user()
    outcome = site.update()
    assert outcome.code not in (UPDATED, CURRENT, TESTLOAD) and "permission" in outcome.text.lower()
    assert len(outcome.text.splitlines()) <= 3, outcome
