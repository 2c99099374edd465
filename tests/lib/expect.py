# SPDX-License-Identifier: GPL-2.0-or-later
"""The checks of an answer, in one place: clean, infected, blocked, failed."""

import re

from lib.eicar import EICAR_NAME

# Anything of these on clean content makes some mail gateway or proxy see a threat.
PASS_HEADER = "X-Epost-AV-Reason"  # says why, when what was not scanned passes
THREAT_HEADERS = ("X-Virus-ID", "X-Infection-Found", "X-Violations-Found", "X-Blocked")


def describe(response):
    return f"{response.status} {response.reason} {response.headers.lines} " \
           f"http={response.http and response.http.start} body={(response.body or b'')[:200]!r}"


def is_threat(name, expected):
    """The signature's name, with or without libclamav's mark for unofficial sets."""
    return name in (expected, expected + ".UNOFFICIAL")


def unchanged(request, response):
    """204, or 200/206 with the very bytes that were sent."""
    if response.status == 204:
        assert response.body is None and response.http is None
        return
    assert response.status in (200, 206), describe(response)
    kind = "req" if request.method == "REQMOD" else "res"
    assert response.http_kind == kind, describe(response)
    sent = request.req if kind == "req" else request.res
    head, own = sent.rstrip(b"\r\n").split(b"\r\n"), response.http.raw.rstrip(b"\r\n").split(b"\r\n")
    missing = [line for line in head if line not in own]
    added = [line for line in own if line not in head and
             not re.match(rb"(?i)(via|x-[a-z-]+):", line)]
    assert not missing and not added, f"header changed: lost {missing}, new {added}: {describe(response)}"
    if request.body is None:
        assert not response.body, describe(response)
        return
    body = response.body
    if response.status == 206:
        assert response.use_original_from is not None
        body = (body or b"") + request.body[response.use_original_from:]
    assert body == request.body, f"body changed: {len(body or b'')} for {len(request.body)} bytes"


def not_blocked(request, response):
    """Goes on unchanged, with nothing that would make a threat of it."""
    unchanged(request, response)
    for name in THREAT_HEADERS:
        assert name not in response.headers, f"clean content with {name}: {describe(response)}"


def clean(request, response):
    """Goes on because it was scanned: nothing says otherwise."""
    not_blocked(request, response)
    assert PASS_HEADER not in response.headers, describe(response)


def threat_of(response):
    """The threat's name, from headers that are right to the last character."""
    found = response["X-Infection-Found"]
    match = re.fullmatch(r"Type=([0-9]); Resolution=([0-9]); Threat=([!-:<-~ ]+);", found or "")
    assert match, f"X-Infection-Found: {found!r}: {describe(response)}"
    name = match[3]
    assert response["X-Virus-ID"] == name, describe(response)
    violations = response["X-Violations-Found"].split("\n")
    assert violations[0] == "1" and len(violations) == 5, violations
    assert violations[2] == name, violations
    raw = response.headers.raw
    for exact in (b"X-Infection-Found: ", b"X-Virus-ID: ", b"X-Violations-Found: "):
        assert raw.count(b"\r\n" + exact) == 1, f"{exact} is not there in this very case"
    assert raw in response.first_write, "the verdict headers were not in the first write"
    return match[1], name


def blocked(response):
    """The block page, as every client understands it."""
    assert response.status == 200, describe(response)
    assert response.http_kind == "res", describe(response)
    assert response.http.start == b"HTTP/1.1 403 Forbidden", describe(response)
    http = response.http
    assert http.get("Content-Type", "").lower().replace(" ", "") == "text/html;charset=utf-8"
    assert http.get("Content-Length") == str(len(response.body)), \
        f"{http.get('Content-Length')} for {len(response.body)}"
    assert "no-store" in http.get("Cache-Control", "")
    page = response.body.decode("utf-8")
    assert "\0" not in page and "<html" in page
    return page


def infected(response, name=EICAR_NAME):
    blocked(response)
    kind, threat = threat_of(response)
    assert kind == "0", describe(response)
    assert is_threat(threat, name), f"{threat!r} for {name!r}"


def unscannable_blocked(response):
    """Blocked, and told apart from a threat by its type."""
    blocked(response)
    match = re.match(r"Type=([0-9]);", response["X-Infection-Found"] or "")
    assert match and match[1] == "2", describe(response)


def failed(response):
    """ICAP 500 or 503 with a reason."""
    assert response.status in (500, 503), describe(response)
    for name in THREAT_HEADERS:
        assert name not in response.headers, describe(response)


def verdict(request, response):
    """One word for an answer: "clean" (204 or an exact echo), "infected", "unscannable"
    (blocked), "passed" (not scanned, and says so), "failed"."""
    if response.status >= 500:
        failed(response)
        return "failed"
    if "X-Infection-Found" in response.headers:
        blocked(response)
        return "infected" if response["X-Infection-Found"].startswith("Type=0;") else "unscannable"
    not_blocked(request, response)
    return "passed" if PASS_HEADER in response.headers else "clean"


def passed(request, response, reason):
    """Not scanned to its end, let through because the policy says so: unchanged, never as
    204 without a word, and a header says why."""
    not_blocked(request, response)
    said = response[PASS_HEADER]
    assert said == reason, f"{PASS_HEADER}: {said!r}: {describe(response)}"


def verdict_of_unscanned(response):
    """One word for the answer to something that no engine looked at."""
    if response.status >= 500:
        failed(response)
        return "failed"
    if response.status == 200 and response.http_status == 403:
        return "blocked"
    assert PASS_HEADER in response.headers, f"unscanned and unmarked: {describe(response)}"
    return "passed"
