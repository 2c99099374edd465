# SPDX-License-Identifier: GPL-2.0-or-later
"""epost-mkmirror: what it publishes is what minisign and a reader accept, at every moment."""
import os
import pathlib
import shutil
import subprocess
import threading

import pytest

from lib import inject, procs
from lib.mirrorset import Key, Mirror, minisign, tool

DATA = pathlib.Path(os.environ.get("EPOST_TESTDATA",
                                   pathlib.Path(__file__).parents[4] / "shared" / "testdata"))


@pytest.fixture
def mirror(tmp_path):
    made = Mirror(tmp_path)
    made.put("one.hdb", "aa" * 16 + ":5:One\n")
    return made


def run(*args):
    return procs.run(tool("epost-mkmirror"), *args)


def test_first_publication_and_refresh(mirror):
    assert mirror.refresh().startswith("serial 1: 2 files")
    again = mirror.refresh()
    assert again.startswith("serial 2: 2 files") and " 0 new" in again
    index = mirror.directory / "index.xml"
    shown = minisign("-V", "-p", mirror.key.public, "-m", index)
    assert shown.returncode == 0 and mirror.claim() in shown.stdout
    for name in ("eicar.hdb", "one.hdb"):
        assert mirror.object_of(name).read_bytes() == (mirror.source / name).read_bytes()
    assert mirror.verify().returncode == 0


def test_keys_of_ours_and_of_minisign_are_the_same_thing(tmp_path):
    for ours in (False, True):
        made = Mirror(tmp_path / str(ours), Key(tmp_path, f"key-{ours}", ours))
        made.refresh()
        made.sign(made.index())
        assert made.verify().returncode == 0
    assert (tmp_path / "key-True.key").stat().st_mode & 0o777 == 0o600


def test_keygen_overwrites_nothing(tmp_path):
    key = Key(tmp_path, "k", ours=True)
    before = key.secret.read_bytes()
    result = run("--keygen", "--key", key.secret, "--public-key", tmp_path / "other")
    assert result.returncode == 1 and "exists" in result.stderr
    assert key.secret.read_bytes() == before and not (tmp_path / "other").exists()


@pytest.mark.heavy
def test_protected_key_needs_its_password(tmp_path, mirror):
    subprocess.run(["minisign", "-G", "-f", "-p", tmp_path / "p.pub", "-s", tmp_path / "p.key"],
                   input="secret\nsecret\n", text=True, check=True, capture_output=True)
    password = tmp_path / "password"
    args = ["--key", tmp_path / "p.key", mirror.source, mirror.directory]
    assert "protected by a password" in run(*args).stderr
    password.write_text("wrong\n", encoding="ascii")
    assert "wrong password" in run("--password-file", password, *args).stderr
    password.write_text("secret\n", encoding="ascii")
    assert run("--password-file", password, *args).returncode == 0


@pytest.mark.parametrize("args, code, words", [
    ([], 2, "arguments"), (["a", "b"], 2, "--key is missing"), (["--what"], 2, "--help"),
    (["--verify", "m"], 2, "--public-key"), (["--keygen"], 2, "gets the secret key"),
    (["--keygen", "--key", "k"], 2, "gets the public key"), (["--key", "k", "--expires", "5m", "a", "b"], 2, "3600"),
    (["--key", "k", "--keep", "1h", "a", "b"], 2, "86400"),
    (["--key", "/nonexistent", "a", "b"], 1, "/nonexistent")])
def test_usage(args, code, words):
    result = run(*args)
    assert result.returncode == code and words in result.stderr and result.stdout == ""


@pytest.mark.parametrize("name, content, words", [
    ("-x.ndb", "x", "-x.ndb"), ("ä.ndb", "x", "ndb"), ("a b.ndb", "x", "a b.ndb"),
    ("empty.ndb", "", "empty.ndb"), ("x" * 97 + ".ndb", "x", "xxx")])
def test_files_that_readers_would_refuse(mirror, name, content, words):
    mirror.put(name, content)
    result = procs.run(*mirror.command())
    assert result.returncode == 1 and words in result.stderr
    assert not (mirror.directory / "index.xml").exists()


def test_nothing_to_publish(tmp_path):
    made = Mirror(tmp_path, eicar_too=False)
    made.put("README", "x")
    result = procs.run(*made.command())
    assert result.returncode == 1 and "no signature file" in result.stderr


def test_other_files_are_skipped_and_counted(mirror):
    mirror.put("README", "x")
    mirror.put(".hidden.ndb", "x")
    (mirror.source / "directory").mkdir()
    assert "skipped, since no signature file: 2" in mirror.refresh()
    assert b"README" not in mirror.index() and b"hidden" not in mirror.index()


@pytest.mark.skipif(not (DATA / "clamav-cvd").is_dir(), reason="the small CVDs are not there")
def test_database_versions_never_fall(mirror):
    for version in (3, 2, 5):
        shutil.copy(DATA / "clamav-cvd" / f"test-{version}.cvd", mirror.source / "test.cvd")
        result = procs.run(*mirror.command())
        assert (result.returncode == 0) == (version != 2)
        if version == 2:
            assert "version 2, published is test.cvd version 3" in result.stderr
        assert f'version="{max(version, 3)}"/>'.encode() in mirror.index()
    shutil.copy(DATA / "clamav-cvd" / "test-6.cvd", mirror.source / "test.cld")
    result = procs.run(*mirror.command())
    assert result.returncode == 1 and "test.cld" in result.stderr


def test_another_key_needs_a_serial(tmp_path, mirror):
    mirror.refresh()
    (mirror.directory / ".serial").unlink()
    mirror.key = Key(tmp_path, "next")
    result = procs.run(*mirror.command())
    assert result.returncode == 1 and "--serial" in result.stderr
    assert mirror.refresh("--serial", "7").startswith("serial 7:")
    assert mirror.refresh("--serial", "7").startswith("serial 8:")


def test_serials_do_not_repeat_when_only_one_memory_is_left(mirror):
    mirror.refresh("--serial", "10")
    (mirror.directory / ".serial").unlink()
    assert mirror.refresh().startswith("serial 11:")
    (mirror.directory / "index.xml").unlink()
    assert mirror.refresh().startswith("serial 12:")


def test_verify_finds_what_is_wrong(tmp_path, mirror):
    mirror.refresh()
    good = mirror.copy("good")

    def broken(change, words, **verify):
        shutil.rmtree(mirror.directory)
        shutil.copytree(good, mirror.directory)
        change()
        result = mirror.verify(**verify)
        assert result.returncode == 1 and words in result.stderr, result.stderr

    one, index = mirror.object_of("one.hdb"), mirror.directory / "index.xml"
    broken(lambda: one.write_bytes(one.read_bytes()[::-1]), "SHA-256")
    broken(lambda: one.write_bytes(b"short"), "5 bytes")
    broken(one.unlink, "one.hdb")
    broken(lambda: index.write_bytes(mirror.index().replace(b"one", b"two")), "")
    broken((mirror.directory / "index.xml.minisig").unlink, "no index.xml")
    broken(lambda: mirror.sign(mirror.index(), mirror.claim().replace("serial:1", "serial:2")),
           "different things")
    broken(lambda: None, "expired", at="+8d")
    broken(lambda: None, "key", key=Key(tmp_path, "stranger"))


def test_old_objects_stay_for_a_while(mirror):
    mirror.refresh()
    old = mirror.object_of("one.hdb")
    mirror.put("one.hdb", "bb" * 16 + ":5:Two\n")
    mirror.refresh()
    mirror.refresh(at="+47h")
    assert old.exists()
    assert " 1 deleted" in mirror.refresh(at="+49h")
    assert not old.exists() and not list((mirror.directory / "retired").iterdir())


def test_an_object_that_comes_back_is_retired_anew(mirror):
    first = (mirror.source / "one.hdb").read_text(encoding="ascii")
    mirror.refresh()
    old = mirror.object_of("one.hdb")
    for at, content in (("+1h", "x:1:X\n"), ("+2h", first), ("+40h", "x:1:X\n"), ("+60h", "y:1:Y\n")):
        mirror.put("one.hdb", content)
        mirror.refresh(at=at)
        assert old.exists()
    mirror.refresh(at="+90h")
    assert not old.exists()


def test_one_writer_at_a_time(mirror):
    mirror.refresh()
    with subprocess.Popen(["flock", mirror.directory / ".lock", "sleep", "60"]) as holder:
        try:
            procs.wait_until(lambda: procs.run("flock", "-n", mirror.directory / ".lock",
                                               "true").returncode, 10, "flock does not hold")
            result = procs.run(*mirror.command())
            assert result.returncode == 1 and "another epost-mkmirror" in result.stderr
        finally:
            for child in procs.children(holder.pid):
                procs.kill(child.pid)
            holder.kill()
    mirror.refresh()


def test_a_reader_beside_a_writer(mirror):
    """Whatever verifies is newer than what verified before; the rest is a mismatch, never more."""
    mirror.refresh()
    stop, seen, odd = threading.Event(), [], []

    def read():
        while not stop.is_set():
            result = mirror.verify()
            if result.returncode == 0:
                seen.append(int(result.stdout.split()[1].rstrip(":")))
            elif "content" not in result.stderr and "altered" not in result.stderr:
                odd.append(result.stderr)

    reader = threading.Thread(target=read)
    reader.start()
    for i in range(40):
        mirror.put("one.hdb", f"{i:032x}:5:One\n")
        mirror.refresh()
    stop.set()
    reader.join()
    assert not odd and seen == sorted(seen) and len(set(seen)) > 5


def without_leak_check():
    return {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}  # it cannot work under strace


@pytest.mark.skipif(not inject.available(), reason="strace is missing or may not trace")
def test_killed_at_every_step(mirror):
    """Readers find the old list or the new one, and the next run goes on."""
    mirror.refresh()
    old = mirror.copy("old")

    def reset(content):
        shutil.rmtree(mirror.directory)
        shutil.copytree(old, mirror.directory)
        mirror.put("one.hdb", content)

    reset("1:1:X\n")
    found, result = inject.steps(mirror.command(), without_leak_check())
    assert result.returncode == 0 and len(found) > 15
    mismatches = []
    for step in found:
        reset("1:1:X\n")
        assert inject.kill(mirror.command(), step, without_leak_check()), step
        if mirror.verify().returncode != 0:
            mismatches.append(step)
        mirror.refresh()
        assert mirror.verify().returncode == 0 and mirror.serial in (2, 3), step
        assert not list(mirror.directory.rglob("*.new")), step
    assert [s.text for s in mismatches if "index.xml.minisig.new" not in s.text] == []


@pytest.mark.skipif(not inject.available(), reason="strace is missing or may not trace")
@pytest.mark.parametrize("error", ["ENOSPC", "EIO"])
def test_disk_full_at_every_write(mirror, error):
    mirror.refresh()
    old = mirror.copy("old")
    mirror.put("one.hdb", "1:1:X\n")
    found, _ = inject.steps(mirror.command(), without_leak_check())
    for step in found:
        if step.call not in ("write", "fsync", "openat", "mkdirat") or "O_RDONLY" in step.text:
            continue
        shutil.rmtree(mirror.directory)
        shutil.copytree(old, mirror.directory)
        result = inject.fail(mirror.command(), step, error, False, without_leak_check())
        if step.call == "mkdirat" and result.returncode == 0:
            continue  # one that was there already
        assert result.returncode == 1 and "epost-mkmirror: " in result.stderr, step
        if "cannot flush" not in result.stderr:
            published = 2 if "serial 2 is published" in result.stderr else 1
            assert mirror.verify().returncode == 0 and mirror.serial == published, step
            assert not list(mirror.directory.rglob("*.new")), step
