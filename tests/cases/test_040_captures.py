# SPDX-License-Identifier: GPL-2.0-or-later
"""What Squid, rspamd and Nextcloud really sent, replayed byte for byte, answered rightly."""

import re

import pytest

from lib import captures, expect
from lib.eicar import EICAR_NAME, TESTFILE_NAME

ALL = captures.load()
SCANS = [c for c in ALL if c.method != "OPTIONS"]

# By the scenario in the name; what is in none of them is clean.
FOUND = {
    EICAR_NAME: ["squid-.*-(https-bump-)?get-eicar(-gzip|-deflate|-rawdeflate|-br|-gzgz)?-RESPMOD",
                 "squid-.*-get-chunked-eicar-RESPMOD", "squid-.*-get-mail-rfc822-eicar-RESPMOD",
                 "squid-.*-get-content-disposition-utf8-RESPMOD",
                 "squid-.*-post-multipart-eicar-REQMOD", "squid-.*-put-raw-eicar-REQMOD",
                 "squid-.*-post-json-base64-eicar-REQMOD",
                 "squid-.*-https-bump-http2-offer-post-REQMOD",
                 "nextcloud-.*-eicar", "rspamd-.*-(att|nested-rfc822|noname-att|uuencode)-eicar.*",
                 "rspamd-.*-eicar-as-text-.*", "rspamd-.*-att-japanese-name-.*"],
    TESTFILE_NAME: ["squid-.*-post-multipart-clam(zip|pdf|exe)-REQMOD", "nextcloud-.*-clampdf",
                    "rspamd-whole-.*-two-att-first-infected-.*",
                    "rspamd-parts-007-two-att-first-infected-.*",
                    "rspamd-.*-att-(tnef|doc-ole)-.*", "rspamd-.*-att-pdf-.*"]}
PARTIAL = ["squid-.*-get-range-206-(small|eicar-part[12])-RESPMOD"]


def matches(name, patterns):
    return any(re.fullmatch(p, name) for p in patterns)


def threat_in(name):
    for threat, patterns in FOUND.items():
        if matches(name, patterns):
            return threat
    return None


def test_every_pattern_names_a_capture():
    for pattern in [p for patterns in FOUND.values() for p in patterns] + PARTIAL:
        assert any(re.fullmatch(pattern, c.name) for c in SCANS), pattern
    assert sum(c.complete for c in SCANS) >= 100


@pytest.mark.parametrize("capture", SCANS, ids=lambda c: c.name)
def test_replay(server, capture):
    with server.connect() as connection:
        response = capture.play(connection)
        if not capture.complete:
            assert response is None, f"answered before all was there: {expect.describe(response)}"
            return
        threat = threat_in(capture.name)
        if threat:
            expect.infected(response, threat)
        elif matches(capture.name, PARTIAL):
            expect.passed(capture, response, "partial")
        else:
            expect.clean(capture, response)
        if capture.close:
            assert connection.at_end(), "Connection: close was not heeded"


@pytest.mark.parametrize("capture", [c for c in ALL if c.method == "OPTIONS"],
                         ids=lambda c: c.name)
def test_options(server, capture):
    with server.connect() as connection:
        response = capture.play(connection)
        assert response.status == 200
        assert "RESPMOD" in response["Methods"] and "204" in response["Allow"]


def test_after_those_that_gave_up(server):
    """Requests broken off leave nothing behind that would harm the next."""
    for capture in [c for c in SCANS if not c.complete] * 3:
        with server.connect() as connection:
            capture.play(connection)
    for capture in SCANS[:20]:
        if capture.complete:
            with server.connect() as connection:
                expect.verdict(capture, capture.play(connection))
