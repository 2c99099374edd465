# SPDX-License-Identifier: GPL-2.0-or-later
"""The engine with all its shortcuts and with none: the same verdict and the same name for every
body of the bypass suite and of the captured traffic."""

import hashlib
import os
import re
import subprocess

import pytest

from lib import env as environment

SHARE = 6           # the ordinary run takes every so-manieth body
SHORTCUTS = ("jit", "untouched", "aconly", "anchors", "members", "names", "tiny")


def compare(build, bases, directory, files=None):
    """Runs the comparison. Returns the number of bodies with a threat."""
    if files is not None:
        chosen = directory.parent / f"{directory.name}-chosen-{bases.name}"
        chosen.mkdir(exist_ok=True)
        for path in files:
            link = chosen / path.name
            if not link.exists():
                os.link(path, link)
        directory = chosen
    done = subprocess.run([build / "tests/tools/compare-shortcuts", bases, "--rounds", "1", "none",
                           "all", "--", directory], capture_output=True, text=True, timeout=1800)
    assert done.returncode == 0, done.stdout + done.stderr
    on = re.search(r"^# all: .* on: (.*)$", done.stdout, re.M)
    assert on, done.stdout
    for name in SHORTCUTS:
        assert re.search(rf"\b{name}\b(?! off)", on[1]), f"{name} is off: {on[1]}"
    return int(re.search(r"^# (\d+) threats$", done.stdout, re.M)[1])


def share(directory, part):
    return [path for path in sorted(directory.iterdir())
            if hashlib.md5(path.name.encode()).digest()[0] % part == 0]


@pytest.fixture
def small_bases(tmp_path):
    """The starter signatures, and one of each kind that has a shortcut."""
    return environment.signatures(
        tmp_path / "bases", environment.STARTER,
        more_ldb="Test.Regex;Engine:81-255,Target:0;0&1;78346420;0/EICAR-[A-Z]+-ANTI/\n"
                 "Test.Count;Engine:51-255,Target:0;0>3&1;6865617265726561;656c6c6f\n")


@pytest.mark.timeout(600)
def test_small_set_some_bodies(env, small_bases, bodies):
    assert compare(env.build, small_bases, bodies, share(bodies, SHARE)) > 20


@pytest.mark.heavy
@pytest.mark.timeout(600)
def test_small_set_every_body(env, small_bases, bodies):
    files = sorted(bodies.iterdir())
    assert len(files) > 1000
    assert compare(env.build, small_bases, bodies, files) > 200


@pytest.mark.timeout(900)
def test_real_set_some_bodies(env, real_bases, bodies):
    assert compare(env.build, real_bases, bodies, share(bodies, SHARE)) > 20


@pytest.mark.heavy
@pytest.mark.timeout(3600)
def test_real_set_every_body(env, real_bases, bodies):
    assert compare(env.build, real_bases, bodies) > 200


def search(build, **more):
    """test_search compares our search for patterns with libclamav's own."""
    program = build / "tests/unit/test_search"
    if not program.exists():
        subprocess.run(["make", "-s", "tests/unit/test_search"], cwd=build, check=True, timeout=300)
    return subprocess.run([program], capture_output=True, text=True, check=False, timeout=3000,
                          env=dict(os.environ, **more))


@pytest.mark.heavy
@pytest.mark.timeout(3600)
def test_every_pattern_of_the_real_set(env, real_bases):
    done = search(env.build, EPOST_TEST_BASES=str(real_bases))
    assert done.returncode == 0, done.stdout + done.stderr
    assert int(re.search(r"(\d+) patterns", done.stdout + done.stderr)[1]) > 100_000
