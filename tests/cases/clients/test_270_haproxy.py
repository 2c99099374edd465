# SPDX-License-Identifier: GPL-2.0-or-later
"""HAProxy in front of two scanners: one dies, and nobody's request is lost."""

import contextlib
import re
import signal
import threading

import pytest

from lib import env as environment, expect, icap, letters, procs, samples, slowness, web
from lib.eicar import EICAR
from lib.haproxy import Haproxy
from lib.postfix import Mailbox, Postfix, send
from lib.rspamd import Rspamd
from lib.squid import Squid

RETRY = environment.TOP.joinpath("conf/clients/squid-retry.conf")


@pytest.fixture
def nodes(make_server):
    return [make_server(f"node{i}").start() for i in (1, 2)]


def signal_all(server, number):
    """To everything that belongs to the node."""
    for one in procs.belonging(server.root, server.pid):
        procs.kill(one.pid, number)


def kill(server):
    signal_all(server, signal.SIGKILL)


class People:
    """Browse through Squid until told to stop; keep what was not right."""

    def __init__(self, squid, jobs, count=6):
        self.squid, self.jobs = squid, jobs
        self.done, self.wrong = 0, []
        self._lock, self._stop = threading.Lock(), threading.Event()
        self._threads = [threading.Thread(target=self._browse, args=(i,), daemon=True)
                         for i in range(count)]

    def __enter__(self):
        for one in self._threads:
            one.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for one in self._threads:
            one.join(slowness.scaled(60))
            assert not one.is_alive(), "somebody hangs"

    def _browse(self, at):
        while not self._stop.is_set():
            url, check = self.jobs[at % len(self.jobs)]
            at += 1
            try:
                check(self.squid.get(url))
            except (AssertionError, OSError) as e:
                with self._lock:
                    self.wrong.append(f"{url}: {e!r}")
            with self._lock:
                self.done += 1

    def wait_for(self, more, timeout=60):
        goal = self.done + more
        procs.wait_until(lambda: self.done >= goal, timeout,
                         lambda: f"{self.done} of {goal}, wrong: {self.wrong[:3]}")


def test_health_checks(env, nodes, make_server):
    """A node without signatures, or without its scanner, is not asked."""
    empty = make_server("empty", bases=None).start(ready=False)
    with Haproxy(env, nodes[0].port, empty.port) as haproxy:
        haproxy.wait_state(node1="UP", node2="DOWN")
        for _ in range(6):
            request = icap.respmod(samples.unique(60))
            expect.clean(request, icap.once(haproxy.port, request))
        expect.infected(icap.once(haproxy.port, icap.respmod(EICAR)))


@pytest.fixture
def jobs(origin):
    """[(url, check)]: pages and threats for people to ask for."""
    jobs = [(origin.put("/bad", EICAR), web.blocked),
            (origin.put("/bad.zip", web.zipped()), web.blocked)]
    for size in (300, 5000, 40_000):
        body = samples.unique(size)
        url = origin.put(f"/page-{size}", body, kind="text/plain")
        jobs.append((url, lambda reply, body=body: web.delivered(reply, body)))
    return jobs


def nothing_wrong(people, squid):
    failures = [line for line in squid.icap_log() if "ERR" in line[2]]
    assert not people.wrong, \
        f"{len(people.wrong)} of {people.done}: {people.wrong[:3]} Squid's attempts: {failures}"


def test_node_killed_under_load(env, nodes, jobs):
    """People behind Squid see every page and every block page while a node dies and returns."""
    with Haproxy(env, *(n.port for n in nodes)) as haproxy, \
            Squid(env, haproxy.port, extra=RETRY.read_text(encoding="utf-8")) as squid:
        haproxy.wait_state(node1="UP", node2="UP")
        with People(squid, jobs) as people:
            people.wait_for(60)
            kill(nodes[0])
            people.wait_for(60)
            haproxy.wait_state(node1="DOWN", node2="UP")
            people.wait_for(60)
            nodes[0].kill()
            nodes[0].start()
            haproxy.wait_state(node1="UP", node2="UP")
            people.wait_for(60)
        nothing_wrong(people, squid)


def test_node_hangs_under_load(env, nodes, jobs):
    """A node that stands still keeps people waiting until its health checks fail, and no longer."""
    with Haproxy(env, *(n.port for n in nodes)) as haproxy, \
            Squid(env, haproxy.port, extra=RETRY.read_text(encoding="utf-8")) as squid:
        haproxy.wait_state(node1="UP", node2="UP")
        with People(squid, jobs) as people:
            people.wait_for(60)
            signal_all(nodes[0], signal.SIGSTOP)
            try:
                haproxy.wait_state(node1="DOWN", node2="UP")
                people.wait_for(60)
            finally:
                signal_all(nodes[0], signal.SIGCONT)
            haproxy.wait_state(node1="UP", node2="UP")
            people.wait_for(60)
        nothing_wrong(people, squid)


def test_clients_of_their_own(env, nodes):
    """Without Squid: at most the exchanges inside the killed node break, each is answered when
    it is asked again, and no answer is wrong."""
    with Haproxy(env, *(n.port for n in nodes)) as haproxy:
        haproxy.wait_state(node1="UP", node2="UP")
        broken = 0
        for i in range(60):
            if i == 20:
                kill(nodes[0])
            for attempt in range(3):
                request = icap.respmod(EICAR if i % 2 else samples.unique(90))
                try:
                    response = icap.once(haproxy.port, request)
                    break
                except (icap.ConnectionLost, ConnectionError):
                    broken += 1
            else:
                pytest.fail(f"exchange {i} was never answered")
            word = expect.verdict(request, response)
            assert word == ("infected" if i % 2 else "clean"), expect.describe(response)
        assert broken <= 4, f"{broken} broken for one client"
        nodes[0].kill()


def refused(sender):
    """The numbers of the mails that the gateway refused for a threat."""
    log = (sender.root / "mail.log").read_text(encoding="utf-8")
    lines = [x for x in log.splitlines() if "status=bounced" in x and "virus found" in x]
    return {int(n) for n in re.findall(r"to=<(\d+)@example\.test>", "\n".join(lines))}


@pytest.mark.heavy
@pytest.mark.timeout(600)
def test_mail_while_a_node_dies(env, nodes):
    """rspamd behind HAProxy: every clean mail arrives, at once or from the sender's queue, and
    no infected one."""
    with contextlib.ExitStack() as stack:
        haproxy = stack.enter_context(Haproxy(env, *(n.port for n in nodes)))
        mailbox = stack.enter_context(Mailbox())
        rspamd = stack.enter_context(Rspamd(env, haproxy.port))
        gateway = stack.enter_context(Postfix(env, "gateway", mailbox.port, rspamd.port))
        sender = stack.enter_context(Postfix(env, "sender", gateway.port))
        haproxy.wait_state(node1="UP", node2="UP")
        for i in range(30):
            if i == 10:
                kill(nodes[0])
            message = letters.attached(EICAR, "eicar.com") if i % 3 == 2 else letters.letter()
            assert send(sender.port, message, to=f"{i}@example.test")[0] == 250
        for i in range(30):
            if i % 3 != 2:
                mailbox.wait_for(f"{i}@example.test", message=sender.describe)
        procs.wait_until(lambda: refused(sender) == set(range(2, 30, 3)), 30, sender.describe)
        assert not any(mailbox.received(f"{i}@example.test") for i in range(2, 30, 3))
        nodes[0].kill()
