# SPDX-License-Identifier: GPL-2.0-or-later
"""A set is loaded and scanned with before it serves: what fails there never becomes Bases."""
import hashlib

import pytest

from lib import slowness
from lib.mirrorset import EICAR_LINE, listing
from lib.site import CURRENT, TESTLOAD, UPDATED, wants


def refused(site, mirror, *words):
    mirror.refresh()
    wants(site.update(), TESTLOAD, *words)
    assert site.files() == mirror.sets[0] and site.generation() == 1
    assert site.log()[-1]["result"] == "testload"


def repaired(site, mirror):
    """The next good set goes through, and nothing of the bad one is left over."""
    mirror.refresh()
    wants(site.update("--force"), UPDATED)
    assert site.files() == mirror.sets[-1] and len(site.generations()) == 2


BROKEN = {"ndb": "Test.Broken:0:*\n", "hdb": "not a hash line\n", "ldb": "Test.X;Engine:51-255\n",
          "hsb": "zz:1:X:73\n", "cvd": "ClamAV-VDB:broken\n"}


@pytest.mark.parametrize("kind", BROKEN)
def test_one_that_does_not_load(site, mirror, kind):
    mirror.put(f"broken.{kind}", BROKEN[kind])
    refused(site, mirror, f"broken.{kind}")
    mirror.put(f"broken.{kind}", None)
    mirror.put("good.hdb", "c" * 32 + ":4:Test.Good\n")
    repaired(site, mirror)


def test_one_that_finds_nothing(site, mirror):
    mirror.put("eicar.hdb", "d" * 32 + ":4:Test.Other\n")
    refused(site, mirror, "eicar")
    mirror.put("eicar.hdb", EICAR_LINE + "d" * 32 + ":4:Test.Other\n")
    repaired(site, mirror)


def test_one_that_flags_everything(site, mirror):
    """A signature that a slip made match any page."""
    mirror.put("greedy.ndb", "Test.Greedy:0:*:3c68746d6c\n" "Test.Greedier:0:*:68746d6c\n")
    refused(site, mirror, "greed")
    mirror.put("greedy.ndb", "Test.Modest:0:*:6d6f646573747920\n")
    repaired(site, mirror)


def test_samples_of_ones_own(site, mirror, place):
    """CleanSamples: a directory in which nothing may be found."""
    samples = place / "clean"
    samples.mkdir()
    invoice = b"our invoice template, which must always pass" * 9
    (samples / "invoice.bin").write_bytes(invoice)
    site.use(CleanSamples=samples)
    mirror.put("false.hsb", listing(invoice, "Test.False"))
    refused(site, mirror, "invoice.bin", "Test.False")
    mirror.put("false.hsb", listing(b"x" + invoice, "Test.True"))
    repaired(site, mirror)


def test_a_bad_set_is_not_tried_again_and_again(site, server, mirror):
    """The same index would fail the same way: nothing is fetched or loaded for it a second time."""
    mirror.put("broken.hdb", "not a hash line\n")
    mirror.refresh()
    wants(site.update(), TESTLOAD)
    asked = len([p for p in server.paths() if p.startswith("/objects/")])
    outcome = site.update()
    assert outcome.code != UPDATED and site.generation() == 1, outcome
    assert len([p for p in server.paths() if p.startswith("/objects/")]) == asked
    mirror.put("broken.hdb", None)
    mirror.put("good.hdb", "c" * 32 + ":4:Test.Good\n")
    repaired(site, mirror)


def test_never(site, mirror):
    """TestLoad never: for a machine that only passes sets on."""
    site.use(TestLoad="never")
    mirror.put("eicar.hdb", "d" * 32 + ":4:Test.Other\n")
    mirror.refresh()
    wants(site.update(), UPDATED)
    assert site.files() == mirror.sets[-1]


def test_a_load_that_takes_too_long(site, mirror):
    site.use(LoadTimeout="1s", LowSpeedTime=30, TestLoad="always")
    lines = [f"{hashlib.md5(b'%d' % i).hexdigest()}:{i + 1}:Test.Many.{i}\n" for i in range(900000)]
    mirror.put("many.hdb", "".join(lines))
    mirror.refresh()
    outcome = site.update()
    if outcome.code == UPDATED:
        pytest.skip("this machine loads a million signatures within a second")
    wants(outcome, TESTLOAD, "1 s")
    assert site.files() == mirror.sets[0] and outcome.seconds < slowness.scaled(20)


@pytest.mark.heavy
def test_a_load_that_takes_too_much_memory(site, mirror):
    site.use(LoadMemory="256M", TestLoad="always")
    codes = (hashlib.sha256(b"%d" % i).hexdigest() for i in range(700000))
    lines = [f"Test.Many.{i}:0:*:{c[:32]}??{c[32:]}\n" for i, c in enumerate(codes)]
    mirror.put("many.ndb", "".join(lines))
    mirror.refresh()
    wants(site.update(), TESTLOAD, "memory")
    assert site.files() == mirror.sets[0]


def test_a_shrinking_set_is_a_warning_only(site, mirror):
    mirror.put("many.hdb", "".join(f"{i:032x}:{i + 1}:Test.Many.{i}\n" for i in range(5000)))
    mirror.refresh()
    wants(site.update(), UPDATED)
    mirror.put("many.hdb", "e" * 32 + ":1:Test.One\n")
    mirror.refresh()
    wants(site.update(), UPDATED, "signatures")
    wants(site.update(), CURRENT)
