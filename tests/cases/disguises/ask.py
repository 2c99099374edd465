# SPDX-License-Identifier: GPL-2.0-or-later
"""Sends a case to a service and says what came out, as "verdict" or "verdict:reason"."""

from lib import icap

DEADLINE = 120


def request(case):
    http, body = case.http, case.body
    lines = [f"Content-Type: {http.kind}", *http.headers, f"Content-Length: {len(body)}"]
    if http.method:
        head = [f"{http.method} {http.address} HTTP/1.1", "Host: example.test", *lines]
        return icap.Request("REQMOD", http.service, req="\r\n".join(head).encode("latin-1") + b"\r\n\r\n",
                            body=body, allow="204")
    head = ["HTTP/1.1 200 OK", *lines]
    return icap.Request("RESPMOD", http.service, req=icap.http_get(http.address),
                        res="\r\n".join(head).encode("latin-1") + b"\r\n\r\n", body=body, allow="204")


def ask(port, case):
    """The verdict; what went wrong counts as an error."""
    try:
        answer = icap.once(port, request(case), DEADLINE)
    except (OSError, icap.ConnectionLost, icap.BadResponse) as error:
        return f"error:{type(error).__name__}"
    verdict = answer["X-Epost-AV-Verdict"] or f"icap-{answer.status}"
    reason = answer["X-Epost-AV-Reason"]
    return f"{verdict}:{reason}" if reason and verdict != "infected" else verdict


def seen(word):
    """True if a verdict says that it is not clean."""
    return word.startswith(("infected", "unscannable"))
