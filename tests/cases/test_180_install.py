# SPDX-License-Identifier: GPL-2.0-or-later
"""180: `make install` keeps what an administrator edited, and `make uninstall` leaves it."""

import os
import pathlib
import re
import subprocess

import pytest

from lib import documents

TOP = pathlib.Path(__file__).resolve().parents[2]
NAMES = ("epost_av.conf", "epost-autoupdate.conf", "sources.xml", "exceptions")


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


@pytest.mark.heavy  # of another part of CI, the installed package
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


@pytest.mark.heavy
def test_an_unedited_file_goes_and_nothing_else_stays(tree):
    tree("install")
    assert not list(tree.etc.glob("*.new"))
    tree("uninstall")
    left = [p for p in tree.root.rglob("*") if not p.is_dir()]
    assert left == []


def test_links_of_installed_documents_hold(tree):
    (place,) = {path.parent for path in tree.root.rglob("operate.md")}
    assert documents.count_links(place) > 50
    assert documents.broken_links(place) == []


def test_links_of_the_sources_hold():
    for place in (TOP, TOP / "doc"):
        assert documents.broken_links(place) == []


def test_the_index_names_every_document_and_manual():
    index = (TOP / "doc/index.md").read_text(encoding="utf-8")
    for document in (TOP / "doc").glob("*.md"):
        assert document.name == "index.md" or f"]({document.name})" in index, document.name
    for manual in (TOP / "doc/man").iterdir():
        name, section = manual.name.removesuffix(".in").rsplit(".", 1)
        # One page has two names.
        assert f"`{name}({section})`" in index or name == "epost-av-disable", manual.name


def test_the_readme_names_every_package_that_configure_needs():
    """One line for apt, and it is the list that scripts/install-packages uses."""
    sections = {}
    for line in (TOP / "scripts/packages").read_text(encoding="ascii").splitlines():
        if line.startswith("["):
            sections[line.strip("[]")] = names = []
        elif line and not line.startswith("#"):
            names.append(line)
    lines = [line.split("apt install", 1)[1].split()
             for line in (TOP / "README.md").read_text(encoding="utf-8").splitlines()
             if "apt install" in line and "libclamav-dev" in line]
    assert len(lines) == 1
    assert sorted(lines[0]) == sorted(sections["build"] + ["c-icap"])


def answers(build, place):
    """A cache for configure: what it found out about this machine when it made that build directory."""
    log = (build / "config.log").read_text(encoding="utf-8", errors="replace")
    found = log.partition("## Cache variables. ##\n")[2].partition("## Output variables. ##\n")[0]
    lines = [line for line in found.splitlines() if re.match(r"\w*_cv_", line) and not line.startswith("ac_cv_env_")]
    assert len(lines) > 50, "config.log does not have them"
    path = place / "config.cache"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.heavy
@pytest.mark.timeout(600)
@pytest.mark.parametrize("prefix", ["/usr/local", "/opt/epost"])
def test_another_prefix_keeps_everything_below_it(env, tmp_path, prefix):
    """The module is no exception; c-icap is told its whole path."""
    if prefix == configured_prefix(env.build):
        tmp_path = env.build
    else:
        configure(env.build, tmp_path, prefix)
    check_prefix(tmp_path, prefix)


def configured_prefix(build):
    """Of the build directory: without an option it is /usr/local."""
    return re.search(r"(?m)^prefix = (.*)$", (build / "Makefile").read_text(encoding="utf-8"))[1]


def configure(build, place, prefix):
    subprocess.run(["/bin/sh", TOP / "configure", "-q", f"--prefix={prefix}",
                    f"--cache-file={answers(build, place)}"],
                   cwd=place, check=True, capture_output=True, timeout=400,
                   env=dict(os.environ, CONFIG_SHELL="/bin/sh"))


def check_prefix(place, prefix):
    subprocess.run(["make", "-s", "conf/epost_av.conf", "conf/c-icap.conf"], cwd=place,
                   check=True, capture_output=True, timeout=100)
    text = (place / "conf/epost_av.conf").read_text(encoding="utf-8")
    assert f"\nService epost_av {prefix}/lib/c_icap/epost_av.so\n" in text
    text = (place / "conf/c-icap.conf").read_text(encoding="utf-8")
    assert f"\nInclude {prefix}/etc/epost-av/epost_av.conf\n" in text
    shown = subprocess.run(["make", "-pnq"], cwd=place, capture_output=True, text=True,
                           timeout=100, check=False).stdout
    places = dict(line.split(" = ", 1) for line in shown.splitlines()
                  if line.split(" = ", 1)[0].endswith("dir") and " = " in line)
    for name in ("modulesdir", "sbindir", "confdir", "systemdunitdir", "tmpfilesdir", "docdir"):
        assert places[name].startswith(("${", "$(", prefix)), (name, places[name])
