# SPDX-License-Identifier: GPL-2.0-or-later
"""The package in a booted machine: slow, as root, started by `scripts/test --slow`."""

import os
import pathlib
import shutil
import subprocess

import pytest

from lib import machine as machines

TOP = pathlib.Path(__file__).resolve().parents[2]
OLD = "9042597"  # version 1.0


def build(output, *options):
    done = subprocess.run([TOP / "scripts/build-deb", "--no-install", "--output", output, *options],
                          capture_output=True, text=True, timeout=1800, check=False)
    assert done.returncode == 0, done.stderr
    return pathlib.Path(done.stdout.split()[-1])


@pytest.fixture(scope="session", autouse=True)
def possible():
    if os.geteuid() != 0:
        pytest.skip("booting a machine takes root")
    for program in ("debootstrap", "systemd-nspawn", "nsenter", "dpkg-buildpackage"):
        if not shutil.which(program):
            pytest.fail(f"{program} is missing: scripts/install-packages machine package")


@pytest.fixture(scope="session")
def tree():
    return machines.Tree(os.environ.get("EPOST_SUITE", "bookworm"))


@pytest.fixture(scope="session")
def deb(tmp_path_factory):
    if "EPOST_DEB" in os.environ:  # one that is built already
        return pathlib.Path(os.environ["EPOST_DEB"])
    return build(tmp_path_factory.mktemp("deb"))


@pytest.fixture(scope="session")
def old_deb(tmp_path_factory):
    if "EPOST_OLD_DEB" in os.environ:
        return pathlib.Path(os.environ["EPOST_OLD_DEB"])
    return build(tmp_path_factory.mktemp("old-deb"), "--ref", OLD)


@pytest.fixture(scope="module")
def machine(tree, request):
    made = machines.Machine(tree, pathlib.Path(request.node.name).stem.removeprefix("test_"))
    try:
        yield made.boot()
    finally:
        made.close()
