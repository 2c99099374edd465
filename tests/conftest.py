# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures and options that all cases share.

    pytest tests               what a developer runs
    pytest tests --all         the heavy suites too (CI)

EPOST_TIMES=FILE writes how long each file took, as tests/data/times has it.
"""

import json
import os
import pathlib

import pytest

from lib import env as environment
from lib.server import Server

# Sanitized programs run below faketime too, whose library then comes first.
os.environ.setdefault("ASAN_OPTIONS", "verify_asan_link_order=0")

TIMES = pathlib.Path(__file__).parent / "data" / "times"
NEW_FILE_S = 15  # of one that is not in there

started = []  # servers of the running case, for its report


def pytest_addoption(parser):
    parser.addoption("--all", action="store_true", help="run cases marked heavy too")


def known_seconds():
    """{file below tests/: seconds that its ordinary cases took once}."""
    lines = TIMES.read_text(encoding="ascii").splitlines()
    return {name: int(seconds) for seconds, name in map(str.split, lines)}


def longest_first(config, items):
    """Files that take long come first, so that all processes end at about the same time."""
    known = known_seconds()

    def place(item):
        name = item.path.relative_to(config.rootpath).as_posix()
        return -known.get(name, NEW_FILE_S), name
    items.sort(key=place)


def pytest_collection_modifyitems(config, items):
    longest_first(config, items)
    if config.getoption("--all"):
        return
    skip = pytest.mark.skip(reason="heavy: runs with --all")
    for item in items:
        if "heavy" in item.keywords:
            item.add_marker(skip)


class FileTimes:
    """With EPOST_TIMES=FILE: writes there what tests/data/times holds."""

    def __init__(self, place):
        self.place, self.seconds = place, {}

    def pytest_runtest_logreport(self, report):
        name = report.nodeid.split("::")[0]
        self.seconds[name] = self.seconds.get(name, 0) + report.duration

    def pytest_sessionfinish(self):
        lines = sorted(self.seconds.items(), key=lambda one: (-round(one[1]), one[0]))
        pathlib.Path(self.place).write_text(
            "".join(f"{round(seconds)} {name}\n" for name, seconds in lines), encoding="ascii")


def pytest_configure(config):
    place = os.environ.get("EPOST_TIMES")
    if place and not hasattr(config, "workerinput"):
        config.pluginmanager.register(FileTimes(place))


@pytest.fixture(scope="session")
def env():
    made = environment.Env()
    yield made
    made.close()


@pytest.fixture
def make_server(env, request):
    """make_server(name, **options): a Server, not yet started, that is stopped and checked
    behind the case."""
    made = []

    def make(name=None, **options):
        server = Server(env, name or request.node.name.removeprefix("test_"), **options)
        made.append(server)
        started.append(server)
        return server

    yield make
    errors = []
    for server in made:
        try:
            if request.node.stash.get(FAILED, False):
                server.kill()
            else:
                server.stop()
        except AssertionError as e:
            errors.append(e)
        started.remove(server)
    if errors:
        raise errors[0]


@pytest.fixture(scope="module")
def server(env, request):
    """The module's server in its default shape."""
    made = Server(env, pathlib.Path(request.node.name).stem.removeprefix("test_"))
    started.append(made)
    try:
        made.start()
        yield made
        made.stop()
    finally:
        made.kill()
        started.remove(made)


FAILED = pytest.StashKey()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.failed:
        item.stash[FAILED] = True
        for server in started:
            if server.process is not None:
                report.sections.append((f"server {server.root.name}", server.describe()))


def pytest_terminal_summary(terminalreporter):
    """Totals for scripts/test, which adds the unit programs'."""
    place = os.environ.get("EPOST_TOTALS")
    if place:
        counts = {name: len(terminalreporter.stats.get(name, []))
                  for name in ("passed", "failed", "error", "skipped")}
        pathlib.Path(place).write_text(json.dumps(counts), encoding="ascii")
