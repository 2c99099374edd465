# SPDX-License-Identifier: GPL-2.0-or-later
"""Content that a real program takes out of a random body is not called clean: see tests/differential.
An ordinary run takes few cases of a fixed seed, and bodies that must come out as misses."""

import os
import pathlib
import subprocess

import pytest

DIFFERENTIAL = pathlib.Path(__file__).resolve().parents[2] / "scripts/differential"
DEADLINE = 600


def differential(*arguments):
    build = os.path.abspath(os.environ.get("EPOST_BUILD", DIFFERENTIAL.parents[1] / "_build"))
    return subprocess.run([DIFFERENTIAL, *arguments], env={**os.environ, "EPOST_BUILD": build}, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=DEADLINE, check=False)


@pytest.mark.timeout(DEADLINE)
@pytest.mark.parametrize("cases", ["40", pytest.param("200", marks=pytest.mark.heavy)])
def test_few_cases_and_planted_misses(cases):
    done = differential("--cases", cases, "--seed", "ordinary", "--plant")
    assert done.returncode == 0, done.stdout
    assert "--kind planted" in done.stdout and "missed" in done.stdout, done.stdout


@pytest.mark.heavy
@pytest.mark.timeout(DEADLINE)
def test_another_seed_each_time():
    done = differential("--minutes", "1.5")
    print(done.stdout)
    assert done.returncode == 0, done.stdout


def test_same_seed_same_case():
    from differential import shapes
    for kind in shapes.KINDS:
        bodies = [shapes.make("s", number, kind).data for number in range(20)]
        assert bodies == [shapes.make("s", number, kind).data for number in range(20)]
        assert bodies != [shapes.make("t", number, kind).data for number in range(20)]
