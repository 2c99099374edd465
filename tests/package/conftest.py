# SPDX-License-Identifier: GPL-2.0-or-later
"""The package in a booted machine: slow, as root, started by `scripts/test --slow`."""

import os
import pathlib
import platform
import shutil
import subprocess

import pytest

from lib import machine as machines

TOP = pathlib.Path(__file__).resolve().parents[2]
OLD = "9042597"  # version 1.0


def build(tree, output, *options):
    """The .deb, for the Debian of that tree: in it, where this machine has another one."""
    def made(*more):
        done = subprocess.run([TOP / "scripts/build-deb", "--no-install", "--output", output, *options, *more],
                              capture_output=True, text=True, timeout=3600, check=False)
        assert done.returncode == 0, done.stderr
        return pathlib.Path(done.stdout.split()[-1])
    if tree.suite == platform.freedesktop_os_release().get("VERSION_CODENAME"):
        return made()
    with tree.for_building(TOP) as root:
        return made("--chroot", root)


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
def deb(tree, tmp_path_factory):
    if "EPOST_DEB" in os.environ:  # one that is built already
        return pathlib.Path(os.environ["EPOST_DEB"])
    return build(tree, tmp_path_factory.mktemp("deb"), "--check")


@pytest.fixture(scope="session")
def old_deb(tree, tmp_path_factory):
    if "EPOST_OLD_DEB" in os.environ:
        return pathlib.Path(os.environ["EPOST_OLD_DEB"])
    return build(tree, tmp_path_factory.mktemp("old-deb"), "--ref", OLD)


@pytest.fixture(scope="module")
def machine(tree, request):
    """A machine that can install the packages that the module names in DEBS."""
    debs = [request.getfixturevalue(name) for name in request.module.DEBS]
    made = machines.Machine(tree.for_packages(debs), pathlib.Path(request.node.name).stem.removeprefix("test_"))
    try:
        yield made.boot()
    finally:
        made.close()
