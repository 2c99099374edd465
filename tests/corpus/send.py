# SPDX-License-Identifier: GPL-2.0-or-later
"""Asks a running service about items, some connections at once, until each has its verdict."""

import collections
import concurrent.futures
import dataclasses
import threading
import time
from dataclasses import dataclass

from lib import icap

CLIENTS = 2
DEADLINE = 120   # seconds for one answer
PATIENCE = 1800  # seconds for all that is pending at the end
PAUSE = 5        # seconds between two rounds of questions
# Errors that say nothing about the content: its scan goes on, or the machine was busy.
UNDECIDED = {"pending", "timeout", "busy", "retry", "unavailable", "TimeoutError", "ConnectionLost",
             "ConnectionRefusedError", "ConnectionResetError"}


@dataclass(frozen=True)
class Answer:
    item: object
    service: str
    verdict: str
    reason: str
    part: str
    asked: int = 1

    @property
    def clean(self):
        return self.verdict == "clean"

    @property
    def pending(self):
        return self.verdict == "error" and self.reason in UNDECIDED


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


def send(port, items, clients=CLIENTS, progress=None, patience=PATIENCE, pause=PAUSE):
    """Yields an Answer for each item and service. What has no verdict yet is asked for again, as a
    mail gateway does, when all others have theirs, until `patience` seconds have passed."""
    asker, open_questions = Asker(port), collections.deque()

    def ask(item, services):
        body = item.read()
        return [asker.ask(item, service, body) for service in services]
    with concurrent.futures.ThreadPoolExecutor(clients) as pool:
        for number, answers in enumerate(pool.map(lambda item: ask(item, item.services), items)):
            for answer in answers:
                if answer.pending:
                    open_questions.append(answer)
                else:
                    yield answer
            if progress and number % 500 == 499:
                progress(f"{number + 1} of {len(items)}, {len(open_questions)} pending")
    yield from again(ask, open_questions, progress, patience, pause)


def again(ask, open_questions, progress, patience, pause):
    """One at a time and with pauses: the scans in the background are to get on."""
    deadline = time.monotonic() + patience
    while open_questions and time.monotonic() < deadline:
        for _ in range(len(open_questions)):
            last = open_questions.popleft()
            (answer,) = ask(last.item, [last.service])
            answer = dataclasses.replace(answer, asked=last.asked + 1)
            if answer.pending:
                open_questions.append(answer)
            else:
                yield answer
        if open_questions:
            if progress:
                progress(f"{len(open_questions)} pending")
            time.sleep(pause)
    yield from open_questions
