# SPDX-License-Identifier: GPL-2.0-or-later
"""Mirrors that serve badly: alone they change nothing and the message says what they did; beside
a good one the update succeeds."""
import pytest

from lib import mirrorfaults as faults, slowness
from lib import mirrors
from lib.mirrorset import listing
from lib.site import NETWORK, REFUSED, UPDATED, CURRENT, COOLING, Site, manifest, wants

OBJECTS, INDEX, SIGNATURE = "objects/*", "index.xml", "index.xml.minisig"

# name: (fault, exit code when there is no other mirror, what is said)
BAD = {
    "index-404": (faults.only(INDEX, faults.status(404)), NETWORK, "404"),
    "signature-404": (faults.only(SIGNATURE, faults.status(404)), REFUSED, "not signed"),
    "objects-404": (faults.only(OBJECTS, faults.status(404)), NETWORK, "404"),
    "forbidden": (faults.status(403), NETWORK, "403"),
    "error-500": (faults.status(500), NETWORK, "500"),
    "teapot-418": (faults.status(418), NETWORK, "418"),
    "index-stalls": (faults.only(INDEX, faults.stall(20)), NETWORK, "slow"),
    "objects-stall": (faults.only(OBJECTS, faults.stall(5)), NETWORK, "slow"),
    "never-answers": (faults.mute, NETWORK, "slow"),
    "drips": (faults.only(OBJECTS, faults.slow(10)), NETWORK, "slow"),
    "index-truncated": (faults.only(INDEX, faults.truncate(50, False)), NETWORK, ""),
    "objects-truncated": (faults.only(OBJECTS, faults.truncate(5, False)), NETWORK, ""),
    "objects-reset": (faults.only(OBJECTS, faults.reset(5)), NETWORK, "reset"),
    "reset-at-once": (faults.reset(), NETWORK, ""),
    "longer-than-said": (faults.only(OBJECTS, faults.length(7)), REFUSED, "announces"),
    "shorter-than-said": (faults.only(OBJECTS, faults.length(-3)), REFUSED, ""),
    "objects-oversized": (faults.only(OBJECTS, faults.oversized(3)), REFUSED, ""),
    "objects-huge": (faults.only(OBJECTS, faults.oversized(1 << 30)), REFUSED, ""),
    "objects-endless": (faults.only(OBJECTS, faults.endless), REFUSED, ""),
    "index-endless": (faults.only(INDEX, faults.endless), REFUSED, ""),
    "signature-endless": (faults.only(SIGNATURE, faults.endless), REFUSED, ""),
    "header-endless": (faults.endless_head, REFUSED, "header"),
    "index-flipped": (faults.only(INDEX, faults.flipped), REFUSED, "signature"),
    "signature-flipped": (faults.only(SIGNATURE, faults.flipped), REFUSED, "signature"),
    "objects-flipped": (faults.only(OBJECTS, faults.flipped), REFUSED, "sha-256"),
    "captive-portal": (faults.html, REFUSED, "signature"),
    "portal-for-objects": (faults.only(OBJECTS, faults.html), REFUSED, ""),
    "redirect-loop": (faults.redirect(lambda path: path), REFUSED, "redirect"),
    "redirect-to-file": (faults.redirect("file:///etc/passwd"), REFUSED, ""),
    "redirect-to-ftp": (faults.redirect("ftp://127.0.0.1/"), REFUSED, ""),
    "redirect-to-nowhere": (faults.redirect("http://127.0.0.1:1/"), NETWORK, ""),
    "says-gzip": (faults.only(OBJECTS, faults.gzip_label), None, ""),
}


@pytest.mark.parametrize("name", BAD)
def test_alone_it_changes_nothing(site, server, mirror, second, name):
    server.fault, code, words = BAD[name]
    second()
    site.use(LowSpeedTime=1 if words == "slow" else 30)
    outcome = site.update()
    if code is None:  # a client may see through it
        assert outcome.code in (UPDATED, NETWORK, REFUSED) and site.files() in mirror.sets
    else:
        wants(outcome, code, words)
        assert site.files() == mirror.sets[0] and site.generation() == 1
    assert outcome.seconds < slowness.scaled(25)
    server.fault = faults.honest
    site.use(LowSpeedTime=30)
    wants(site.update("--force"), CURRENT if outcome.code == UPDATED else UPDATED)
    assert site.files() == mirror.sets[1]
    assert site.generations() == [1, 2]


@pytest.mark.parametrize("name", [name if i % 3 == 0 else
                                  pytest.param(name, marks=pytest.mark.heavy)
                                  for i, name in enumerate(BAD)])
def test_beside_a_good_one_the_update_succeeds(place, mirror, name):
    with mirrors.FaultyServer(mirror.directory, BAD[name][0]) as bad, \
            mirrors.FaultyServer(mirror.directory) as good:
        patience = round(2 * slowness.machine()) if BAD[name][2] == "slow" else 30  # also with the good one
        site = Site(place / "site", manifest(bad.url, good.url, key=mirror.key), LowSpeedTime=patience)
        outcome = wants(site.update(), UPDATED)
        assert site.files() == mirror.sets[0]
        if bad.requests and name != "says-gzip":
            assert f":{bad.port}" in outcome.text, outcome


@pytest.mark.heavy
@pytest.mark.parametrize("count", [5, 15, 19])
def test_many_bad_of_twenty(place, mirror, second, count):
    """A crowd of them, each bad in another way: Bases is always one of the published sets."""
    kinds = [f for f, _, _ in BAD.values()][:count]
    servers = [mirrors.FaultyServer(mirror.directory, kinds[i] if i < count else faults.honest)
               for i in range(20)]
    try:
        site = Site(place / "site", manifest(*(s.url for s in servers), key=mirror.key), LowSpeedTime=3)
        wants(site.update(timeout=110), UPDATED)
        assert site.files() == mirror.sets[0]
        second()
        wants(site.update(timeout=110), UPDATED)
        assert site.files() == mirror.sets[1]
    finally:
        for server in servers:
            server.stop()


def big(mirror, lines=30000):
    mirror.put("big.hsb", "".join(listing(b"%d" % i, f"Test.Big.{i}") for i in range(lines)))
    mirror.refresh()
    return mirror.object_of("big.hsb").stat().st_size


def test_what_arrived_is_not_fetched_again(site, server, mirror):
    """A connection that breaks in the middle costs the rest of the file only, also from another
    run: Range with If-Range."""
    size = big(mirror)
    server.fault = faults.only(OBJECTS, faults.truncate(size // 2))
    outcomes = [site.update("--force") for _ in range(3)]
    assert outcomes[-1].code in (UPDATED, CURRENT) and site.files() == mirror.sets[-1]
    ranges = [h["range"] for _, path, h in server.requests if "range" in h]
    assert ranges and ranges[0] == f"bytes={size // 2}-"
    assert all("if-range" in h for _, _, h in server.requests if "range" in h)


def test_a_range_that_is_not_what_was_asked(site, server, mirror):
    big(mirror)
    server.fault = faults.only(OBJECTS, faults.wrong_range)
    for _ in range(3):
        outcome = site.update("--force")
        assert site.files() in mirror.sets, outcome
    server.fault = faults.honest
    for _ in range(2):
        site.update("--force")
    assert site.files() == mirror.sets[-1]


def test_a_part_of_other_bytes_is_not_completed_with_good_ones(site, server, mirror):
    """A mirror that served the wrong first half cannot spoil the right second half for ever."""
    size = big(mirror)

    def wrong_half(x):
        x.head(200, {"Content-Length": size, "ETag": '"x"'})
        x.send(b"\0" * (size // 2))
    server.fault = faults.only(OBJECTS, wrong_half)
    site.update("--force")
    server.fault = faults.honest
    for _ in range(3):
        outcome = site.update("--force")
    assert outcome.code in (UPDATED, CURRENT) and site.files() == mirror.sets[-1], outcome


@pytest.mark.parametrize("code", [429, 503])
def test_retry_after_is_honoured(site, server, second, code):
    second()
    server.fault = faults.status(code, retry_after=3600)
    assert site.update().code in (COOLING, NETWORK)
    before = len(server.requests)
    server.fault = faults.honest
    wants(site.update(), COOLING)
    wants(site.update(at="+50m"), COOLING)
    assert len(server.requests) == before
    wants(site.update(at="+62m"), UPDATED)


def test_retry_after_as_a_date_and_as_nonsense(site, server, second):
    for retry in ("Wed, 01 Jan 2070 00:00:00 GMT", "soon", "-5", "99999999999999999999"):
        server.fault = faults.status(503, retry_after=retry)
        assert site.update("--force").code in (COOLING, NETWORK), retry
    server.fault = faults.honest
    second(at="+8d")
    wants(site.update(at="+193h"), UPDATED)


def test_an_honest_redirect_is_followed(place, mirror):
    with mirrors.FaultyServer(mirror.directory) as real:
        forward = faults.redirect(lambda path: real.url + path.lstrip("/"))
        with mirrors.FaultyServer(mirror.directory, forward) as front:
            site = Site(place / "site", manifest(front.url, key=mirror.key))
            wants(site.update(), UPDATED)
            assert site.files() == mirror.sets[0]


def test_the_index_changes_between_its_two_files(site, server, mirror, second):
    """The mirror is refreshed while it is read: tried again, not held against it."""
    old, asked = mirror.copy("old"), []
    second()

    def half(x):
        asked.append(x.path)
        first = x.path == "/index.xml" and asked.count("/index.xml") == 1
        return (faults.directory(old) if first else faults.honest)(x)
    server.fault = half
    wants(site.update(), UPDATED)
    assert site.files() == mirror.sets[1] and asked.count("/index.xml") == 2
