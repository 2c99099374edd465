# SPDX-License-Identifier: GPL-2.0-or-later
"""Every everyday body through the real service: clean. An ordinary run takes a sixth of each
class, --all takes all.

known_reports.txt names those that are still reported; one that is listed and clean fails too:
its line is to be taken out.
"""

import concurrent.futures
import pathlib

import pytest

from benign.case import cases
from disguises.ask import ask
from disguises.case import sample
from lib.server import Server

pytestmark = pytest.mark.timeout(600)
REPORTS = pathlib.Path(__file__).parent / "known_reports.txt"
CLIENTS = 4


def known():
    lines = REPORTS.read_text(encoding="ascii").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


@pytest.fixture(scope="module")
def verdicts(env, request):
    chosen = cases() if request.config.getoption("--all") else sample(cases(), set(known()))
    with Server(env, "benign", workers=CLIENTS) as server, concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        words = pool.map(lambda case: ask(server.port, case), chosen)
        yield {case.name: word for case, word in zip(chosen, words)}


@pytest.mark.parametrize("group", sorted({case.group for case in cases()}))
def test_group(verdicts, group):
    listed = set(known())
    wrong = []
    for case in (c for c in cases() if c.group == group and c.name in verdicts):
        word = verdicts[case.name]
        if (word == "clean") == (case.name in listed):
            say = "is clean: take it out of known_reports.txt" if case.name in listed else "nothing is hidden in it"
            wrong.append(f"{case.name}: {word}: {say}")
    assert not wrong, "\n".join(wrong)


def test_known_reports_are_cases():
    listed = known()
    assert listed == sorted(set(listed)), "known_reports.txt is not sorted, or names one twice"
    assert not set(listed) - {case.name for case in cases()}
