# SPDX-License-Identifier: GPL-2.0-or-later
"""Updates beside a serving c-icap: confirmed on the scanner's board, and under load no request
fails, the ISTag changes, what is newly listed is found, and after --rollback is not."""
import os
import shutil
import signal
import time

import pytest

from lib import board, expect, icap, mirrors, procs, samples, slowness
from lib.eicar import EICAR
from lib.load import Load
from lib.mirrorset import listing
from lib.site import CURRENT, UNCONFIRMED, UPDATED, Site, manifest, wants

SAMPLE = b"a file that was clean until the second version of the set listed it\n" * 40
OTHER = b"and one that only the third version lists\n" * 40


class Pair:
    """A site and the c-icap that serves its Bases."""

    def __init__(self, place, mirror, make_server, url, **settings):
        self.mirror = mirror
        self.site = Site(place / "site", manifest(url, key=mirror.key), ConfirmTimeout=f"{round(20 * slowness.machine())}s",
                         **settings)
        wants(self.site.update(), UPDATED)
        self.icap = make_server("icap", bases=self.site.bases).start()
        self.site.use(Control=self.icap.ctl, Socket=self.icap.socket,
                      Board=f"{self.icap.socket}.board")

    def word(self, body):
        """The verdict on these bytes now."""
        request = icap.respmod(body, service="strict", allow="204")
        return expect.verdict(request, self.icap.exchange(request))

    def istag(self):
        return self.icap.options("strict")["ISTag"]

    def serving(self):
        return self.icap.board().generation


@pytest.fixture
def pair(place, mirror, server, make_server):
    return Pair(place, mirror, make_server, server.url)


def publish(mirror, *bodies):
    mirror.put("local.hsb", "".join(listing(b, f"Test.New.{i}") for i, b in enumerate(bodies)))
    mirror.refresh()


def test_confirmed_by_the_board(pair):
    assert pair.word(SAMPLE) == "clean" and pair.word(EICAR) == "infected"
    before = pair.istag()
    publish(pair.mirror, SAMPLE)
    wants(pair.site.update(), UPDATED)
    assert pair.serving() == pair.site.generation() == 2
    assert pair.word(SAMPLE) == "infected" and pair.istag() != before
    wants(pair.site.update("--rollback"), UPDATED)
    assert pair.word(SAMPLE) == "clean" and pair.istag() == before
    assert pair.word(EICAR) == "infected"


def test_by_the_socket_without_a_control_pipe(pair):
    pair.site.use(Control='""')
    publish(pair.mirror, SAMPLE)
    wants(pair.site.update(), UPDATED)
    assert pair.serving() == 2 and pair.word(SAMPLE) == "infected"


def test_under_load(pair):
    """Eight clients all the while: every answer is right for one of the two sets, and from the
    moment the updater returns it is right for the new one."""
    jobs = [(lambda: icap.respmod(EICAR, service="strict", preview=1024, allow="204"),
             {"infected"}),
            (lambda: icap.respmod(samples.unique(3000), service="strict", preview=1024), {"clean"}),
            (lambda: icap.reqmod(samples.unique(500), service="strict", allow="204"), {"clean"}),
            (lambda: icap.respmod(SAMPLE, service="strict", allow="204"), {"clean", "infected"}),
            (lambda: icap.respmod(b"always the same", service="strict"), {"clean"})]
    istags = {pair.istag()}
    with Load(pair.icap.port, jobs) as load:
        load.wait_for(50)
        for version in range(4):
            publish(pair.mirror, *([SAMPLE] if version % 2 == 0 else []), b"%d" % version)
            wants(pair.site.update(), UPDATED)
            assert pair.word(SAMPLE) == ("infected" if version % 2 == 0 else "clean")
            istags.add(pair.istag())
            load.wait_for(40)
        wants(pair.site.update("--rollback"), UPDATED)
        assert pair.word(SAMPLE) == "infected"
        load.wait_for(40)
    assert not load.wrong and not load.lost, load
    assert set(load.outcomes) == {"clean", "infected"} and len(istags) == 5
    assert load.slowest < 3 * pair.icap.env.slow, load


def test_a_scanner_that_does_not_take_it(place, mirror, server, make_server):
    """It passed the test here, but not there: switched back, and the set is put aside."""
    pair = Pair(place, mirror, make_server, server.url, TestLoad="never")
    mirror.put("broken.hdb", "broken line\n")
    mirror.refresh()
    wants(pair.site.update(timeout=90), UNCONFIRMED, "broken")
    assert pair.site.files() == mirror.sets[0] and pair.site.generation() == 1
    assert pair.word(EICAR) == "infected" and pair.serving() == 1
    before = len(server.requests)
    outcome = pair.site.update()
    assert outcome.code != UPDATED and pair.site.generation() == 1
    assert not [p for p in server.paths()[before:] if p.startswith("/objects/")]
    mirror.put("broken.hdb", None)
    publish(mirror, SAMPLE)
    wants(pair.site.update(), UPDATED)
    assert pair.word(SAMPLE) == "infected"


def test_a_scanner_that_hangs(pair):
    """Nobody confirms: back to what serves, after ConfirmTimeout and not later."""
    pair.site.use(ConfirmTimeout="3s")
    publish(pair.mirror, SAMPLE)
    supervisor = pair.icap.board().supervisor
    os.kill(supervisor, signal.SIGSTOP)
    try:
        outcome = pair.site.update(timeout=90)
    finally:
        os.kill(supervisor, signal.SIGCONT)
    assert outcome.code in (UNCONFIRMED, UPDATED) and outcome.seconds < slowness.scaled(20), outcome
    procs.wait_until(lambda: pair.word(EICAR) == "infected", 30, pair.icap.describe)
    if outcome.code == UNCONFIRMED:
        assert pair.site.generation() == 1


def test_no_scanner_is_running(pair):
    """Then there is nobody to confirm: it serves at the next start."""
    pair.icap.stop()
    publish(pair.mirror, SAMPLE)
    outcome = wants(pair.site.update(), UPDATED)
    assert outcome.seconds < slowness.scaled(10) and pair.site.generation() == 2
    pair.icap.start()
    assert pair.word(SAMPLE) == "infected"


def test_the_supervisor_is_killed_while_it_reloads(pair):
    publish(pair.mirror, SAMPLE)
    process = pair.site.start()
    try:
        procs.wait_until(lambda: pair.site.generation() == 2, 30, "not activated", pause=0.001)
        procs.kill(pair.icap.board().supervisor)
        process.communicate(timeout=slowness.scaled(60))
    finally:
        process.kill()
        process.wait()
    assert process.returncode in (UPDATED, UNCONFIRMED)
    pair.icap.wait_ready(30)
    assert pair.site.update("--force").code in (UPDATED, CURRENT)
    assert pair.word(EICAR) == "infected"
    assert pair.serving() == pair.site.generation()


def test_many_updates_in_a_row(pair):
    """Each is confirmed; three generations are kept; the scanner reads none that is deleted."""
    for version in range(8):
        publish(pair.mirror, SAMPLE, b"%d" % version)
        wants(pair.site.update(), UPDATED)
        assert pair.serving() == version + 2
    assert len(pair.site.generations()) == 3
    wants(pair.site.update(), CURRENT)


def test_from_a_plain_directory_that_serves(place, mirror, server, make_server):
    """c-icap was started with an old plain Bases; the first update turns it into a link."""
    site = Site(place / "site", manifest(server.url, key=mirror.key), ConfirmTimeout=f"{round(20 * slowness.machine())}s")
    shutil.copytree(mirror.source, site.bases)
    served = make_server("icap", bases=site.bases).start()
    site.use(Control=served.ctl, Socket=served.socket, Board=f"{served.socket}.board")
    mirror.put("local.hsb", listing(OTHER, "Test.Other"))
    mirror.refresh()
    wants(site.update(), UPDATED)
    assert served.board().generation == site.generation() == 2
    request = icap.respmod(OTHER, service="strict", allow="204")
    assert expect.verdict(request, served.exchange(request)) == "infected"


@pytest.mark.heavy
def test_twenty_mirrors_under_load_for_a_while(place, mirror, make_server):
    """Updates every moment from nginx, some of them bad, with clients all the while."""
    with mirrors.Nginx([mirror.directory] * 20) as nginx:
        pair = Pair(place, mirror, make_server, nginx.urls[0])
        pair.site.use(manifest(*nginx.urls, key=mirror.key))
        jobs = [(lambda: icap.respmod(EICAR, service="strict"), {"infected"}),
                (lambda: icap.respmod(samples.unique(2000), service="strict"), {"clean"})]
        end, version = time.monotonic() + 40, 0
        with Load(pair.icap.port, jobs) as load:
            while time.monotonic() < end:
                version += 1
                mirror.put("bad.hdb", "broken\n" if version % 3 == 0 else "a" * 32 + ":1:X\n")
                publish(mirror, b"%d" % version)
                outcome = pair.site.update()
                assert (outcome.code == UPDATED) == (version % 3 != 0), outcome
                assert pair.icap.board().state in ("ready", "reloading")
        assert not load.wrong and not load.lost and version > 6, load
        assert board.read(f"{pair.icap.socket}.board").generation == pair.site.generation()
