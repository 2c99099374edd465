# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures of the cases with real clients."""

import pathlib

import pytest

from lib.origin import Origin
from lib.server import Server
from lib.squid import Squid


@pytest.fixture(scope="module")
def server(env, request):
    """Without trickling: however long the download of a threat takes, its answer is the block page."""
    with Server(env, pathlib.Path(request.node.name).stem.removeprefix("test_"),
                settings={"TrickleAfter": "0"}) as made:
        yield made


@pytest.fixture(scope="module")
def origin():
    with Origin() as made:
        yield made


@pytest.fixture(scope="module")
def squid(env, server):
    """Squid as doc/clients.md configures it, in front of the module's server."""
    with Squid(env, server.port) as made:
        yield made
