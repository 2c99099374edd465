# SPDX-License-Identifier: GPL-2.0-or-later
"""Monitors that are stopped and checked behind the case."""

import pytest

from lib.monitor import Monitor


@pytest.fixture
def make_monitor(env, request):
    made = []

    def make(name=None, **settings):
        monitor = Monitor(env, name or request.node.name.removeprefix("test_"), **settings)
        made.append(monitor)
        return monitor

    yield make
    for one in made:
        one.stop()
        text = "\n".join(p.read_text(encoding="utf-8", errors="replace") for p in one.logs())
        assert "Sanitizer" not in text and "runtime error" not in text, text


@pytest.fixture(scope="module")
def monitor(env, request):
    """One for the module, without a scanner."""
    with Monitor(env, request.module.__name__.removeprefix("test_")) as made:
        yield made
