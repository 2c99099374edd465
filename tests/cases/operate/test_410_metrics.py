# SPDX-License-Identifier: GPL-2.0-or-later
"""/metrics: what a Prometheus reads, and that every series moves by exactly what happened."""

import json
import re
import subprocess
import time
import urllib.error
import urllib.request

import pytest

from lib import env as environment, procs, icap, samples
from lib.daemon import Daemon, need
from lib.eicar import EICAR
from lib.monitor import transaction

PROMTOOL, PROMETHEUS = "/usr/bin/promtool", "/usr/bin/prometheus"
OPENMETRICS = "application/openmetrics-text; version=1.0.0"


def moved(monitor, what, expected):
    """Runs `what`; then exactly these series have moved, by exactly that much. Those of the store
    follow a little later and are waited for."""
    before = monitor.metrics()
    what()
    wanted = {k: v for k, v in expected.items() if v}

    def differs():
        after = monitor.metrics()
        return {k: round(after[k] - before.get(k, 0), 9) for k in after
                if after[k] != before.get(k, 0) and not k.startswith(("epost_database_", "epost_backlog"))}
    procs.wait_until(lambda: differs() == wanted, 10 * monitor.env.slow,
                     lambda: f"{differs()}\nnot\n{wanted}")


def buckets(name, bounds, value):
    """The effect of one observation on a histogram."""
    out = {f'{name}_bucket{{le="{b}"}}': 1 for b in bounds if value <= float(b)}
    return {**out, f'{name}_bucket{{le="+Inf"}}': 1, f"{name}_count": 1, f"{name}_sum": value}


SECONDS = ("0.001", "0.0025", "0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1.0", "2.5",
           "5.0", "10.0", "30.0", "60.0", "120.0")
BYTES = ("0.0", "1024.0", "4096.0", "16384.0", "65536.0", "262144.0", "1048576.0", "4194304.0",
         "16777216.0", "67108864.0", "268435456.0", "1073741824.0")


def test_promtool_finds_nothing_wrong(monitor):
    need(PROMTOOL)
    monitor.send(transaction(1), transaction(2, verdict="clean", reason="none"),
                 {"time": 1, "event": "reload"})
    monitor.wait_stored()
    answer = monitor.get("/metrics", token=False)
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    checked = subprocess.run([PROMTOOL, "check", "metrics"], input=answer.raw,
                             capture_output=True, timeout=60, check=False)
    assert checked.returncode == 0 and not checked.stdout + checked.stderr, checked


def test_openmetrics(monitor):
    answer = monitor.get("/metrics", token=False, headers={"Accept": OPENMETRICS})
    assert answer.headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0")
    assert answer.text.endswith("\n# EOF\n") and answer.text.count("# EOF") == 1
    families = [line.split()[2] for line in answer.text.splitlines() if line.startswith("# TYPE")]
    assert len(families) == len(set(families))
    assert not [name for name in families if name.endswith("_total")]
    assert set(monitor.metrics(OPENMETRICS)) == set(monitor.metrics())


@pytest.mark.parametrize("verdict,reason,action", [
    ("infected", "signature", "block"), ("infected", "signature", "cut"),
    ("unscannable", "encrypted", "pass"), ("error", "timeout", "fail"),
    ("error", "busy", "pass"), ("clean", "none", "pass"), ("no-body", "no-body", "pass"),
    ("none", None, "aborted")])
def test_a_transaction_moves_exactly_its_series(monitor, verdict, reason, action):
    event = transaction(3, verdict=verdict, reason=reason or "unknown", action=action,
                        scan_ms=20000, queued_ms=300, ms=1500000, size=5000)
    if reason is None:
        for name in ("reason", "scan_ms", "queued_ms"):
            event.pop(name)
    series = f'{{profile="web",verdict="{verdict}",reason="{reason or "unknown"}",' \
             f'action="{action}"}}'
    expected = {"epost_transactions_total" + series: 1, "epost_events_received_total": 1,
                "epost_events_stored_total": verdict not in ("clean", "no-body"),
                **buckets("epost_request_seconds", SECONDS, 1.5),
                **buckets("epost_body_bytes", BYTES, 5000)}
    if reason is not None:
        expected |= {**buckets("epost_scan_seconds", SECONDS, 0.02),
                     **buckets("epost_queue_seconds", SECONDS, 0.0003)}
    moved(monitor, lambda: monitor.send(event), expected)


def test_cached_and_heavy(monitor):
    base = {"scan_ms": None, "queued_ms": None, "ms": None, "size": None}
    event = {k: v for k, v in transaction(4, cached=1, heavy=1, profile="mail").items()
             if k not in base}
    moved(monitor, lambda: monitor.send(event), {
        'epost_transactions_total{profile="mail",verdict="infected",reason="signature",'
        'action="block"}': 1, "epost_transactions_cached_total": 1,
        "epost_transactions_heavy_total": 1, "epost_events_received_total": 1,
        "epost_events_stored_total": 1})


@pytest.mark.parametrize("kind,count", [
    ("engine-ready", 1), ("engine-down", 1), ("reload", 1), ("reload-failed", 2),
    ("update", 1), ("update-failed", 1), ("update-current", 1), ("worker-killed", 3), ("worker-crashed", 2),
    ("sandbox-weak", 1), ("signatures-old", 1), ("released", 1), ("deleted", 1), ("allowed", 1)])
def test_a_service_event_moves_exactly_its_series(monitor, kind, count):
    event = {"time": int(time.time() * 1000), "event": kind, **({"count": count} if count > 1 else {})}
    expected = {f'epost_service_events_total{{kind="{kind}"}}': count,
                "epost_events_received_total": 1, "epost_events_stored_total": 1}
    if kind.startswith("update"):
        result = {"update": "new"}.get(kind) or kind.removeprefix("update-")
        expected[f'epost_updates_total{{result="{result}"}}'] = 1
    moved(monitor, lambda: monitor.send(event), expected)


def test_what_is_missed_and_refused(monitor):
    moved(monitor, lambda: monitor.send({"time": 1, "event": "reload"}, lost=41), {
        'epost_service_events_total{kind="reload"}': 1, "epost_events_received_total": 1,
        "epost_events_stored_total": 1, "epost_events_missed_total": 41})
    moved(monitor, lambda: monitor.connect().send(b"nonsense"), {"epost_events_refused_total": 1})


def test_labels_are_escaped_and_bounded(make_monitor):
    with make_monitor() as monitor:
        monitor.send(transaction(1, profile='a"b\\c\nd'))
        monitor.send(*[transaction(i, profile=f"p{i}") for i in range(100)])
        procs.wait_until(lambda: monitor.metrics()["epost_events_received_total"] == 101, 10,
                         monitor.describe)
        series = [k for k in monitor.metrics() if k.startswith("epost_transactions_total")]
        assert len(series) == 33 and any('profile="other"' in k for k in series)
        if environment.pathlib.Path(PROMTOOL).exists():
            raw = monitor.get("/metrics", token=False).raw
            done = subprocess.run([PROMTOOL, "check", "metrics"], input=raw, capture_output=True,
                                  timeout=60, check=False)
            assert done.returncode == 0, done


def test_the_scanners_board(make_server, make_monitor):
    """Counters of the board move with real scans; state, generation and features are there."""
    with make_server("scanner", children=1) as server:
        with make_monitor("beside", board=f"{server.socket}.board") as monitor:
            before = monitor.metrics()
            board = server.board()
            assert before["epost_scanner_ready"] == 1
            assert before['epost_scanner_state{state="ready"}'] == 1
            assert before["epost_engine_generation"] == board.generation
            assert before["epost_signatures"] == board.signatures
            assert before['epost_reloads_total{result="served"}'] == 1
            for feature in ("seccomp", "landlock", "namespaces", "rlimits"):
                assert before[f'epost_sandbox{{feature="{feature}"}}'] == (feature in board.sandbox)
            body = samples.unique(2000)
            for one in (EICAR, body, body):
                server.exchange(icap.respmod(one))

            def counted(name):
                now = monitor.metrics()
                return now[name] - before[name]
            expected = {"epost_scanner_scans_total": 3, "epost_scanner_cache_hits_total": 1,
                        'epost_scanner_verdicts_total{verdict="infected"}': 1,
                        'epost_scanner_verdicts_total{verdict="clean"}': 2,
                        'epost_scanner_verdicts_total{verdict="error"}': 0,
                        "epost_scanner_body_bytes_total": 68 + 4000}
            procs.wait_until(lambda: {k: counted(k) for k in expected} == expected, 10,
                             lambda: {k: counted(k) for k in expected})
            server.reload()
            procs.wait_until(lambda: counted('epost_reloads_total{result="served"}') == 1, 10,
                             monitor.describe)
            assert monitor.get("/readyz", token=False).status == 200
            assert "generation" in monitor.get("/readyz?verbose", token=False).text
            server.kill()
            procs.wait_until(lambda: monitor.metrics()["epost_scanner_ready"] == 0, 10,
                             monitor.describe)
            assert monitor.get("/readyz", token=False).status == 503
            assert monitor.get("/healthz", token=False).text == "ok\n"


class Prometheus(Daemon):
    def __init__(self, env, target):
        need(PROMETHEUS)
        super().__init__(env, "prometheus")
        self.port = environment.free_port()
        self.file = self.write("prometheus.yml", json.dumps({
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s",
                       "evaluation_interval": "1s"},
            "rule_files": [str(environment.TOP / "conf" / "monitoring" / "alerts.yml")],
            "scrape_configs": [{"job_name": "epost", "static_configs": [{"targets": [target]}]}]}))

    def start(self):
        self.spawn(PROMETHEUS, f"--config.file={self.file}", f"--web.listen-address=127.0.0.1:{self.port}",
                   f"--storage.tsdb.path={self.directory('data')}")
        self.wait_port(self.port, 60)
        procs.wait_until(self._is_ready, 60, self.describe, pause=0.2)
        return self

    def _is_ready(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/-/ready", timeout=10) as r:
                return r.status == 200
        except urllib.error.HTTPError:
            return False

    def ask(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/v1/{path}", timeout=10) as r:
            return json.load(r)["data"]


def test_a_real_prometheus_scrapes_it(env, make_monitor):
    with make_monitor("scraped") as monitor:
        monitor.send(*[transaction(i) for i in range(7)])
        with Prometheus(env, f"127.0.0.1:{monitor.port}") as prometheus:
            def value():
                found = prometheus.ask('query?query=epost_transactions_total{reason="signature"}')
                return found["result"] and float(found["result"][0]["value"][1])
            procs.wait_until(lambda: value() == 7, 30, prometheus.describe, pause=0.5)
            target = prometheus.ask("targets")["activeTargets"][0]
            assert target["health"] == "up" and not target["lastError"], target
            groups = prometheus.ask("rules")["groups"]
            rules = [rule for group in groups for rule in group["rules"]]
            assert len(rules) >= 8
            procs.wait_until(lambda: all(
                rule["health"] == "ok" for group in prometheus.ask("rules")["groups"]
                for rule in group["rules"]), 30, lambda: prometheus.ask("rules"), pause=0.5)


def test_rules_and_dashboard_ask_for_what_there_is(make_server, make_monitor):
    """Every metric that the alert rules and the dashboard name is shown by a monitor beside a
    scanner, but for the age that only official databases have."""
    directory = environment.TOP / "conf" / "monitoring"
    dashboard = json.loads((directory / "grafana-dashboard.json").read_text(encoding="utf-8"))
    asked = (directory / "alerts.yml").read_text(encoding="utf-8") + "\n".join(
        target["expr"] for panel in dashboard["panels"] for target in panel["targets"])
    names = set(re.findall(r"\bepost_[a-z_]+", asked))
    with make_server("asked", children=1) as server:
        with make_monitor("asked-monitor", board=f"{server.socket}.board") as monitor:
            monitor.send(transaction(1))
            procs.wait_until(lambda: monitor.metrics()["epost_events_received_total"], 10,
                             monitor.describe)
            shown = {name.split("{")[0] for name in monitor.metrics()}
    assert len(names) > 15 and names - shown == {"epost_signatures_age_seconds"}
