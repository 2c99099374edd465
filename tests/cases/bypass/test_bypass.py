# SPDX-License-Identifier: GPL-2.0-or-later
"""Every wrapping through the real service: nothing comes out clean unless it is.

Under profile strict whatever is not clean is blocked; under web what is passed says why.
All requests are made at once by the fixture; the cases look at the answers.
"""

import concurrent.futures
import fnmatch
import time
import urllib.parse
import zlib

import pytest

from bypass import limits, travel
from bypass.wrapping import UNREAD, samples
from lib import expect
from lib.server import Server

# One server and one run of all requests for the module, whoever asks first.
pytestmark = pytest.mark.timeout(600)

PROFILES = ("strict", "web")
CLIENTS = 6
PATIENCE = 200  # seconds for a verdict that is pending


def reason_of(answer):
    return answer["X-Epost-AV-Reason"] or "none"


def allowed(sample, answer):
    """True if verdict and reason are as declared."""
    verdict, reason = answer["X-Epost-AV-Verdict"], reason_of(answer)
    wanted = sample.expect
    if wanted.verdict == "clean" != verdict and "none" not in wanted.reasons and \
            sample.name.removesuffix("+harmless") not in UNREAD:
        return False
    if verdict == wanted.verdict and verdict != "unscannable":
        return True
    return reason in wanted.reasons and verdict == ("clean" if reason == "none" else "unscannable")


def ways(env, sample):
    """The directions and profiles of a sample: all, or one of them under the sanitizers, where
    each scan takes many times as long; which one differs from sample to sample."""
    every = [(d, p) for d in sample.http.directions for p in PROFILES]
    return every if not env.preload else [every[zlib.crc32(sample.name.encode()) % len(every)]]


def exchange(server, sample, direction, profile):
    """The request and its answer, or what went wrong. On a busy machine the scan of a bomb outlives
    the first request, and goes on."""
    made = travel.request(sample, direction, profile, allow="204")
    try:
        answer, deadline = server.exchange(made, timeout=60), time.monotonic() + PATIENCE
        while answer["X-Epost-AV-Reason"] == "pending" and time.monotonic() < deadline:
            time.sleep(1)
            answer = server.exchange(made, timeout=60)
        return made, answer
    except Exception as error:  # whatever it is, it is this sample's result
        return made, error


@pytest.fixture(scope="module")
def answers(env, request):
    """{(sample's name, direction, profile): (request, response or error)} of the chosen cases."""
    wanted = [item.callspec.params["sample"] for item in request.session.items
              if "sample" in getattr(getattr(item, "callspec", None), "params", ())]
    jobs = [(s, d, p) for s in wanted for d, p in ways(env, s)]
    settings = dict(limits.SETTINGS, MaxBodySize=limits.BODY_CEILING)
    with Server(env, "bypass", settings=settings, workers=CLIENTS) as server:
        with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
            found = pool.map(lambda job: exchange(server, *job), jobs)
            yield {(s.name, d, p): answer for (s, d, p), answer in zip(jobs, found)}


def check_part(sample, answer):
    if sample.expect.part is not None and answer["X-Epost-AV-Verdict"] == "infected":
        part = urllib.parse.unquote(answer["X-Epost-AV-Part"] or "")
        assert fnmatch.fnmatchcase(part, sample.expect.part), \
            f"part {part!r}, declared {sample.expect.part!r}"


def check(sample, profile, made, answer):
    if isinstance(answer, Exception):
        raise answer
    verdict = answer["X-Epost-AV-Verdict"]
    assert allowed(sample, answer), \
        f"{verdict} {reason_of(answer)} {answer['X-Epost-AV-Part']}, declared {sample.expect}"
    if verdict == "clean":
        expect.clean(made, answer)
    elif verdict == "infected":
        expect.infected(answer, sample.expect.threat)
        check_part(sample, answer)
    elif profile == "strict" or "X-Infection-Found" in answer.headers:
        expect.unscannable_blocked(answer)
    else:
        expect.passed(made, answer, reason_of(answer))


@pytest.mark.parametrize("sample", samples(), ids=lambda s: s.name)
def test_wrapping(env, answers, sample):
    """As declared, in every direction and under both profiles."""
    failures = []
    for direction, profile in ways(env, sample):
        made, answer = answers[sample.name, direction, profile]
        try:
            check(sample, profile, made, answer)
        except Exception as error:
            failures.append(f"{direction} {profile}: {error}")
    assert not failures, f"opened by: {sample.opens}\n" + "\n".join(failures)


def test_the_suite_is_whole():
    """At least 120 wrappings, each family there, each with somebody who opens it."""
    wrappings = [s for s in samples() if not s.name.endswith("+harmless")]
    assert len([s for s in wrappings if s.expect.verdict != "clean"]) >= 120
    assert all(s.opens for s in wrappings)
    assert len(UNREAD) <= 5


def test_samples_are_the_same_every_time():
    """A sample that differs from run to run makes a failure that nobody can repeat."""
    for sample in samples():
        if sample.family != "limits":
            assert sample.body() == sample.body(), sample.name
