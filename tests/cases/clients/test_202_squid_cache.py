# SPDX-License-Identifier: GPL-2.0-or-later
"""Squid's own cache and a file that was clean when it was fetched: what Squid's settings do once an
update lists it."""

import shutil
import signal

import pytest

from lib import env as environment, procs, samples, web
from lib.eicar import EICAR
from lib.daemon import CLIENTS, snippet
from lib.squid import Squid

CACHES = ["memory", pytest.param("disk", marks=pytest.mark.heavy)]
FRESH = [("Cache-Control", "public, max-age=86400")]
STALE = [("Cache-Control", "public, max-age=0, must-revalidate"), ("ETag", '"one"')]


class Late:
    """A file, fetched twice while it was clean, then listed by an update."""

    def __init__(self, env, server, origin, *, cache, extra="", headers=FRESH, etag=None):
        self.origin, self.path = origin, f"/late-{cache}-{samples.unique(4).hex()}"
        self.body = b"clean today " + samples.unique(400)
        self.server = server
        self.url = origin.put(self.path, self.body, headers=headers, etag=etag)
        self.squid = Squid(env, self.server.port, cache=cache,
                           extra=extra(self) if callable(extra) else extra)

    def fetch(self):
        return self.squid.get(self.url)

    def asked(self):
        return len(self.origin.asked(self.path))

    def begin(self):
        """Returns whether the second fetch came from the cache."""
        web.delivered(self.fetch(), self.body)
        web.delivered(self.fetch(), self.body)
        return self.asked() == 1

    def update(self):
        (self.server.bases / f"{self.path[1:]}.ndb").write_text(f"Test.Late:0:*:{self.body.hex()}\n",
                                                    encoding="ascii")
        self.server.reload()

    def listed(self):
        """The update serves, and whoever asks the scanner hears so."""
        web.blocked(self.squid.get(self.origin.put(self.path + "-other", self.body)), "Test.Late")

    def served(self):
        """The answer that a client gets behind the update: "stale" or "blocked"."""
        self.listed()
        reply = self.fetch()
        if reply.status == 200 and reply.body == self.body:
            return "stale"
        web.blocked(reply, "Test.Late")
        return "blocked"


@pytest.mark.parametrize("cache", CACHES)
def test_without_a_recipe_it_is_served(env, server, origin, cache):
    """The scanner is not asked: this is what the recipes are against."""
    late = Late(env, server, origin, cache=cache)
    with late.squid:
        assert late.begin()
        late.update()
        assert late.served() == "stale"


@pytest.mark.parametrize("cache", CACHES)
def test_no_cache(env, server, origin, cache):
    late = Late(env, server, origin, cache=cache, extra=lambda me: snippet(
        "squid-no-cache.conf", me.server.port))
    with late.squid:
        assert not late.begin()
        late.update()
        assert late.served() == "blocked"


def store_id(late):
    helper = late.server.root / "squid-store-id.pl"
    shutil.copy(CLIENTS / helper.name, helper)
    helper.chmod(0o755)
    return snippet("squid-store-id.conf", late.server.port, **{f"/etc/squid/{helper.name}": str(helper)})


@pytest.mark.parametrize("cache", CACHES)
def test_keyed_by_the_signatures(env, server, origin, cache):
    """The cache works until the update, and then asks anew; what is clean then is kept again."""
    late = Late(env, server, origin, cache=cache, extra=store_id)
    good, body = origin.put("/kept-" + cache, samples.unique(500), headers=FRESH), None
    with late.squid as squid:
        body = squid.get(good).body
        assert late.begin()
        late.update()
        # The helper asks for the ISTag once a second.
        procs.wait_until(lambda: late.fetch().status == 403, 20, squid.describe, pause=0.3)
        assert late.served() == "blocked"
        before = len(origin.asked("/kept-" + cache))
        for _ in range(3):
            web.delivered(squid.get(good), body)
        assert len(origin.asked("/kept-" + cache)) == before + 1


def test_keyed_by_unknown_signatures(env, server, origin):
    """A scanner that does not answer: nothing in the cache fits."""
    late = Late(env, server, origin, cache="memory", extra=lambda me: store_id(me).replace(
        f":{me.server.port}", f":{environment.free_port()}"))
    with late.squid:
        assert not late.begin()


@pytest.mark.parametrize("cache", CACHES)
def test_emptied_at_the_update(env, server, origin, cache):
    """Squid stopped, its cache_dir emptied, and started: behind each update."""
    late = Late(env, server, origin, cache=cache)
    with late.squid as squid:
        assert late.begin()
        late.update()
        squid.stop()
        shutil.rmtree(squid.root / "cache", ignore_errors=True)
        squid.start()
        assert late.served() == "blocked"


@pytest.mark.heavy
def test_a_restart_keeps_the_disk(env, server, origin):
    """So a restart alone is enough only without cache_dir."""
    late = Late(env, server, origin, cache="disk")
    with late.squid as squid:
        assert late.begin()
        late.update()
        squid.stop(60, signal.SIGTERM)
        squid.start()
        procs.wait_until(lambda: late.served() == "stale", 20, squid.describe, pause=0.5)


def test_reconfigure_keeps_it(env, server, origin):
    late = Late(env, server, origin, cache="memory")
    with late.squid as squid:
        assert late.begin()
        late.update()
        procs.kill(squid.process.pid, signal.SIGHUP)
        procs.wait_until(lambda: "Reconfiguring Squid" in squid.describe(), 20, squid.describe)
        squid.wait_port(squid.port)
        assert late.served() == "stale"


def test_asking_the_origin_each_time_does_not_help(env, server, origin):
    """The origin says that the file has not changed: Squid serves its copy, and no body is there
    to be scanned."""
    late = Late(env, server, origin, cache="memory", headers=STALE, etag='"one"')
    with late.squid:
        late.begin()
        assert late.asked() == 2
        late.update()
        assert late.served() == "stale" and late.asked() == 3


def test_postcache_scans_nothing(env, server, origin):
    """Squid takes the line, and asks nobody."""
    with Squid(env, server.port, cache="memory", replaced={"respmod_precache": "respmod_postcache"}) as squid:
        url = origin.put("/postcache", EICAR, headers=FRESH)
        for _ in range(2):
            web.delivered(squid.get(url), EICAR)
