# SPDX-License-Identifier: GPL-2.0-or-later
"""180: `make install` keeps what an administrator edited, and `make uninstall` leaves it."""

import pathlib
import subprocess

import pytest

NAMES = ("epost_av.conf", "epost-autoupdate.conf", "sources.xml")


@pytest.fixture
def tree(env, tmp_path):
    """make(target): runs make in the build directory for a root of its own; gives what it printed."""
    def make(target):
        done = subprocess.run(["make", "-s", target, f"DESTDIR={tmp_path}", "AM_UPDATE_INFO_DIR=no"],
                              cwd=env.build, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    make.root = tmp_path
    make("install")
    found = [p for p in tmp_path.rglob("epost_av.conf") if "doc" not in p.parts]
    assert len(found) == 1
    make.etc = found[0].parent
    return make


def test_an_edited_file_is_kept_and_the_new_sample_lies_beside_it(tree):
    fresh = {}
    for name in NAMES:
        path = tree.etc / name
        fresh[name] = path.read_bytes()
        path.write_bytes(fresh[name] + b"# edited\n")
    said = tree("install")
    for name in NAMES:
        assert (tree.etc / name).read_bytes() == fresh[name] + b"# edited\n"
        assert (tree.etc / f"{name}.new").read_bytes() == fresh[name]
        assert f"{name} differs from the new sample" in said

    said = tree("uninstall")
    for name in NAMES:
        assert (tree.etc / name).read_bytes() == fresh[name] + b"# edited\n"
        assert not (tree.etc / f"{name}.new").exists()
        assert f"{name} was edited: it is kept" in said


def test_an_unedited_file_goes_and_nothing_else_stays(tree):
    tree("install")
    assert not list(tree.etc.glob("*.new"))
    tree("uninstall")
    left = [p for p in tree.root.rglob("*") if not p.is_dir()]
    assert left == []
