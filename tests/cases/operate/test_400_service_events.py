# SPDX-License-Identifier: GPL-2.0-or-later
"""Each change of the service is an event: in the log, in /metrics and in the database. Each kind
really happens here."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import time

import pytest

from lib import env as environment, faults, icap, mirrors, mirrorset, procs, samples
from lib.site import CURRENT, NETWORK, UPDATED, Site, manifest, wants

CVDS = pathlib.Path(os.environ.get("EPOST_TESTDATA", pathlib.Path(__file__).parents[4] / "shared" /
                                   "testdata")) / "clamav-cvd"


class Observed:
    """A monitor, and where the events of a service are logged (JSON)."""

    def __init__(self, monitor, log=None):
        self.monitor, self.log = monitor, log
        self.settings = {"LogFormat": "json", "Events": monitor.events, "Node": "gate-9"}

    def logged(self, kind):
        if not self.log.exists():
            return []
        lines = map(json.loads, self.log.read_text(encoding="utf-8").split("\n")[:-1])
        return [line for line in lines if line["event"] == kind]

    def kept(self, kind):
        page = self.monitor.get(f"/api/v1/events?kind={kind}&limit=100").json()
        return [row["event"] for row in page["events"]]

    def counted(self, kind):
        return self.monitor.metrics()[f'epost_service_events_total{{kind="{kind}"}}']

    def arrives(self, kind, count=1, timeout=60):
        """The event of that kind, once it is in all three; there are exactly so many."""
        def texts(events):
            return {json.dumps(e, sort_keys=True) for e in events}

        def alike():  # the last of several may be in one of them already
            counted, kept, logged = self.counted(kind), self.kept(kind), self.logged(kind)
            return len(kept) >= count and texts(kept) == texts(logged) and \
                counted == sum(e.get("count", 1) for e in kept) and kept
        newest = procs.wait_until(
            alike, timeout * self.monitor.env.slow,
            lambda: (kind, self.counted(kind), self.kept(kind), self.logged(kind)))[0]
        assert newest["node"] == "gate-9" and newest["event"] == kind
        return newest


@pytest.fixture
def observed(make_monitor, request):
    with make_monitor("events-" + request.node.name.removeprefix("test_")) as monitor:
        yield Observed(monitor)


@pytest.fixture
def make_watched(make_server, observed):
    """A server that is observed; settings as of make_server."""
    def make(name, settings=None, **more):
        server = make_server(name, settings={**observed.settings, **(settings or {})}, **more)
        observed.log = server.log / "epost_av.log"
        return server
    return make


def test_the_engine(make_watched, observed):
    """Ready, another generation, one that cannot be loaded, gone, and ready again."""
    with make_watched("engine", children=1) as server:
        ready = observed.arrives("engine-ready")
        assert ready["generation"] == server.board().generation
        (server.bases / "more.ndb").write_text("More.Test:0:*:6d6f72652d74657374\n", encoding="ascii")
        board = server.reload(60)
        assert observed.arrives("reload")["signatures"] == board.signatures
        (server.bases / "bad.ndb").write_text("this is no signature\n", encoding="ascii")
        server.command("epost_av:reload")
        assert observed.arrives("reload-failed")["detail"]
        (server.bases / "bad.ndb").unlink()
        procs.kill(int((server.run / "epostavs.pid").read_text(encoding="ascii")))
        assert observed.arrives("engine-down")["detail"]
        observed.arrives("engine-ready", 2)


def test_workers_that_crash_and_hang(make_watched, observed):
    settings = {"Profile": f"mail timeout={round(3 * observed.monitor.env.slow)}"}
    with make_watched("workers", settings=settings, children=1, workers=3) as server:
        observed.arrives("engine-ready")
        with faults.frozen_workers(server):
            asked = faults.Background(server, icap.respmod(samples.unique(3000), service="mail"))
            victim = faults.caught(server)
            procs.kill(victim.pid, signal.SIGKILL)
            asked.result()
        observed.arrives("worker-crashed")
        procs.wait_until(lambda: len(server.board().slots) >= 3, 20 * server.env.slow, server.describe)
        with faults.frozen_workers(server):
            asked = faults.Background(server, icap.respmod(samples.unique(3000), service="mail"))
            faults.caught(server)
            asked.result()
        observed.arrives("worker-killed")


@pytest.fixture
def narrow():
    """Words in front of a command: a user namespace in which no other one can be made."""
    if not environment.is_root():
        pytest.skip("only root maps the users that are needed")
    holder = subprocess.Popen(["unshare", "--user", "sh", "-c", "echo made; exec sleep 600"],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    enter = ["nsenter", f"--target={holder.pid}", "--user", "--preserve-credentials"]
    try:
        said = holder.stdout.readline().strip()
        if said == "made":
            for name in ("uid_map", "gid_map"):
                pathlib.Path(f"/proc/{holder.pid}/{name}").write_text("0 0 65536\n", encoding="ascii")
            done = subprocess.run([*enter, "sh", "-c", "echo 0 > /proc/sys/user/max_user_namespaces"],
                                  capture_output=True, text=True, timeout=20, check=False)
            said = done.stderr
        if said:
            pytest.skip(f"no user namespaces here: {said}")
        yield enter
    finally:
        holder.kill()
        holder.communicate()


def test_a_weaker_sandbox(make_watched, observed, narrow):
    """As in many containers."""
    server = make_watched("weak", children=1)
    server.enter = narrow
    with server:
        told = observed.arrives("sandbox-weak")
        assert told["detail"] == server.board().sandbox and "namespaces" not in told["detail"]
        assert "seccomp" in told["detail"]


@pytest.mark.skipif(not CVDS.is_dir(), reason="the small CVDs are not there")
def test_old_signatures(make_watched, observed):
    server = make_watched("old", settings={"SignatureAge": "1d"}, children=1)
    shutil.copy(CVDS / "test-1.cvd", server.bases / "test.cvd")
    for sign in CVDS.glob("test-1.cvd*.sign"):
        shutil.copy(sign, server.bases / "test.cvd.sign")
    with server:
        told = observed.arrives("signatures-old")
        assert told["detail"].startswith("built ") and told["versions"] == "test 1"


@pytest.fixture
def updates(env, observed):
    """A mirror, its server, and an updater that is observed."""
    place = env.directory("updates")
    mirror = mirrorset.Mirror(place / "mirror")
    mirror.refresh()
    config = place / "epost_av.conf"
    observed.log = place / "events.log"
    settings = {**observed.settings, "Log": observed.log}
    config.write_text("".join(f"epost_av.{n} {v}\n" for n, v in settings.items()) +
                      "epost_av.Workers 3\n", encoding="ascii")
    with mirrors.FaultyServer(mirror.directory) as server:
        yield mirror, server, Site(place / "site", manifest(server.url, key=mirror.key),
                                   ScannerConfig=config)


def test_updates(observed, updates):
    """New signatures, nothing newer, a failure, and too early to ask: that is no event."""
    mirror, server, site = updates
    wants(site.update(), UPDATED)
    told = observed.arrives("update")
    assert told["generation"] == 1 and told["signatures"] == 1
    wants(site.update("--force"), CURRENT)
    observed.arrives("update-current")
    server.fault = lambda exchange: exchange.head(500, {"Content-Length": "0"})
    wants(site.update("--force"), NETWORK)
    failed = observed.arrives("update-failed")
    assert failed["detail"].startswith("network") and failed["generation"] == 1
    assert 'epost_updates_total{result="failed"}' in observed.monitor.metrics()
    numbers = {result: observed.monitor.metrics()[f'epost_updates_total{{result="{result}"}}']
               for result in ("new", "current", "failed")}
    assert numbers == {"new": 1, "current": 1, "failed": 1}
    site.update()  # too early
    site.update("--check", "--force")
    time.sleep(0.3)
    assert len(observed.logged("update-failed")) == 1 and len(observed.logged("update-current")) == 1


def test_an_update_needs_no_monitor(observed, updates):
    """Without one, and with a log that cannot be written, it is an update all the same."""
    mirror, _, site = updates
    observed.monitor.stop()
    wants(site.update(), UPDATED)
    assert len(observed.logged("update")) == 1
    config = pathlib.Path(site.settings["ScannerConfig"])
    config.write_text("epost_av.Log /no/such/directory/log\n", encoding="ascii")
    mirror.put("more.hsb", mirrorset.listing(b"more", "More"))
    mirror.refresh()
    done = site.update("--force")
    wants(done, UPDATED)
    assert "not in the log" in done.text
