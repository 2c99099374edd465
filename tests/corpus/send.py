# SPDX-License-Identifier: GPL-2.0-or-later
"""Asks a running service about items, some connections at once."""

import concurrent.futures
import threading
from dataclasses import dataclass

from lib import icap

CLIENTS = 4
DEADLINE = 120


@dataclass(frozen=True)
class Answer:
    item: object
    service: str
    verdict: str
    reason: str
    part: str

    @property
    def clean(self):
        return self.verdict == "clean"


class Asker:
    """One kept connection a thread; a lost one is opened again, once a request."""

    def __init__(self, port, deadline=DEADLINE):
        self.port, self.deadline, self.own = port, deadline, threading.local()

    def exchange(self, request):
        connection = getattr(self.own, "connection", None)
        if connection is not None:
            try:
                return connection.exchange(request, self.deadline)
            except (OSError, icap.ConnectionLost):
                connection.close()
                self.own.connection = None
        self.own.connection = icap.Connection(self.port, timeout=self.deadline)
        return self.own.connection.exchange(request, self.deadline)

    def ask(self, item, service, body):
        url = "http://corpus.test/" + "".join(c if c.isalnum() or c in ".-_" else "_" for c in item.name)
        request = icap.respmod(body, service, url=url, kind=item.media, allow="204")
        try:
            answer = self.exchange(request)
        except (OSError, icap.ConnectionLost, icap.BadResponse) as error:
            self.own.connection = None
            return Answer(item, service, "error", type(error).__name__, str(error)[:80])
        return Answer(item, service, answer["X-Epost-AV-Verdict"] or f"icap-{answer.status}",
                      answer["X-Epost-AV-Reason"] or answer["X-Virus-ID"] or "", answer["X-Epost-AV-Part"] or "")


def send(port, items, clients=CLIENTS, progress=None):
    """Yields an Answer for each item and service."""
    asker = Asker(port)

    def one(item):
        body = item.read()
        return [asker.ask(item, service, body) for service in item.services]
    with concurrent.futures.ThreadPoolExecutor(clients) as pool:
        for number, answers in enumerate(pool.map(one, items)):
            yield from answers
            if progress and number % 500 == 499:
                progress(number + 1)
