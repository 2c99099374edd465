# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures of the cases with real clients."""

import pytest

from lib.origin import Origin
from lib.squid import Squid


@pytest.fixture(scope="module")
def origin():
    with Origin() as made:
        yield made


@pytest.fixture(scope="module")
def squid(env, server):
    """Squid as doc/clients.md configures it, in front of the module's server."""
    with Squid(env, server.port) as made:
        yield made
