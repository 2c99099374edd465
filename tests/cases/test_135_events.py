# SPDX-License-Identifier: GPL-2.0-or-later
"""The event record as the service writes it: JSON that its published schema accepts, several
destinations at once, CEF, privacy, service events, and a monitor that is not there."""

import base64
import hashlib
import json
import os
import re
import socket
import urllib.parse

import pytest

from lib import env as environment, expect, icap, monitorsink, procs, samples, slowness
from lib.eicar import EICAR, EICAR_NAME

jsonschema = pytest.importorskip("jsonschema")
SCHEMA = json.loads((environment.TOP / "doc" / "events.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
USER = base64.b64encode(b"Local://alice").decode()


def json_lines(server):
    """Every line of the log, each one an object that the schema accepts."""
    lines = [json.loads(line) for line in server.text("epost_av.log").split("\n")[:-1]]
    for line in lines:
        VALIDATOR.validate(line)
    return lines


def transaction(server, mark):
    def found():
        return [line for line in json_lines(server) if mark in line.get("url", "")]
    return procs.wait_until(found, 10, server.describe)[0]


def syslog_socket(path):
    taker = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    taker.bind(str(path))
    os.chmod(path, 0o666)
    taker.settimeout(slowness.scaled(10))
    return taker


def test_the_schema_is_one_and_refuses():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    good = {"time": "2026-01-01T00:00:00.000Z", "event": "reload"}
    VALIDATOR.validate(good)
    for bad in ({"event": "reload"}, {**good, "event": "nonsense"}, {**good, "extra": 1},
                {**good, "size": -1}, {**good, "time": "yesterday"},
                {**good, "event": "transaction"}, {**good, "sha256": "abc"}):
        with pytest.raises(jsonschema.ValidationError):
            VALIDATOR.validate(bad)


def test_json_of_all_verdicts(make_server):
    with make_server("json", settings={"LogFormat": "json"}) as server:
        expect.infected(server.exchange(icap.respmod(
            EICAR, url="http://json.test/infected/eicar.com?secret=1",
            headers=["X-Client-IP: 2001:db8::9", "X-Authenticated-User: " + USER])))
        clean = samples.unique(1234)
        server.exchange(icap.reqmod(clean, url="http://json.test/clean"))
        hostile = "/hostile/" + urllib.parse.quote('a"b\n\x1b[31m\u202ecod.exe')
        server.exchange(icap.respmod(samples.unique(10), url="http://json.test" + hostile))
        locked = next(p for p in samples.testfiles() if p.name == "clam.impl.zip")
        server.exchange(icap.respmod(locked.read_bytes(), url="http://json.test/archive"))
        found = transaction(server, "json.test/infected")
        assert found["event"] == "transaction" and found["verdict"] == "infected"
        assert found["reason"] == "signature" and found["action"] == "block"
        assert found["threat"].startswith(EICAR_NAME)
        assert found["client"] == "2001:db8::9" and found["user"] == "alice"
        assert found["url"] == "http://json.test/infected/eicar.com"  # LogQuery off
        assert (found["host"], found["name"], found["size"]) == ("json.test", "eicar.com", 68)
        assert found["sha256"] == hashlib.sha256(EICAR).hexdigest()
        assert found["node"] == socket.gethostname()
        assert found["generation"] == server.board().generation
        assert 0 < found["scan_ms"] <= found["ms"] and found["queued_ms"] >= 0
        assert found["layers"] >= 1 and found["scanned"] >= 68
        passed = transaction(server, "json.test/clean")
        assert (passed["verdict"], passed["action"], passed["icap"]) == ("clean", "pass", "REQMOD")
        assert passed["sha256"] == hashlib.sha256(clean).hexdigest()
        named = transaction(server, "json.test/hostile")["name"]
        assert "\n" not in server.text("epost_av.log").splitlines()[0] and named.startswith('a"b')
        transaction(server, "json.test/archive")


def test_service_events(make_server):
    """The engine comes, reloads, fails to reload, and is killed and comes again."""
    with make_server("service", settings={"LogFormat": "json", "Node": "gate-7"}) as server:
        def told(kind, count=1):
            return procs.wait_until(
                lambda: len([e for e in json_lines(server) if e["event"] == kind]) >= count and
                [e for e in json_lines(server) if e["event"] == kind], 60, server.describe)
        ready = told("engine-ready")[0]
        assert ready["node"] == "gate-7" and ready["generation"] == server.board().generation
        assert ready["signatures"] == server.board().signatures
        (server.bases / "more.ndb").write_text("More.Test:0:*:6d6f72652d74657374\n", encoding="ascii")
        board = server.reload(60)
        assert told("reload")[0]["signatures"] == board.signatures
        (server.bases / "bad.ndb").write_text("this is no signature\n", encoding="ascii")
        server.command("epost_av:reload")
        failed = told("reload-failed")[0]
        assert failed["detail"], failed
        (server.bases / "bad.ndb").unlink()
        procs.kill(int((server.run / "epostavs.pid").read_text(encoding="ascii")))
        assert told("engine-down")[0]["detail"]
        told("engine-ready", 2)


def test_several_destinations_in_cef(make_server, env):
    directory = env.directory("sockets")
    with syslog_socket(directory / "syslog") as syslog, syslog_socket(directory / "journal") as journal:
        server = make_server("cef", settings={"LogFormat": "cef"})
        server.settings["Log"] = f"{server.log}/epost_av.log syslog:local3:{directory}/syslog " \
                                 f"journal:{directory}/journal"
        with server:
            server.exchange(icap.respmod(EICAR, url="http://cef.test/a=b|c/eicar.com",
                                         headers=["X-Client-IP: 192.0.2.9",
                                                  "X-Authenticated-User: " + USER]))
            line = server.logged("cef.test")
            head = line.split("|")
            assert head[:3] == ["CEF:0", "epost", "epost-av"]
            assert head[4:7] == ["infected/signature", "a signature matched", "8"]
            keys = dict(re.findall(r"(?:^|[| ])(\w+)=((?:[^=\\]|\\.)*?)(?= \w+=|$)", line))
            assert keys["src"] == "192.0.2.9" and keys["suser"] == "alice" and keys["act"] == "block"
            assert keys["request"] == r"http://cef.test/a\=b|c/eicar.com"
            assert keys["fname"] == "eicar.com" and keys["fsize"] == "68"
            assert keys["fileHash"] == hashlib.sha256(EICAR).hexdigest()
            assert keys["cs1Label"] == "threat" and keys["cs1"].startswith(EICAR_NAME)

            def heard(taker):
                while True:
                    text = taker.recv(1 << 16).decode()
                    if "cef.test" in text:
                        return text
            told = heard(syslog)
            assert told.startswith("<156>") and told.endswith(line), told  # local3.warning
            assert re.match(r"<156>\w{3} [ \d]\d \d\d:\d\d:\d\d epost_av\[\d+\]: CEF:0", told)
            told = heard(journal)
            assert f"MESSAGE={line}\n" in told and "\nEPOST_VERDICT=infected\n" in told


@pytest.mark.parametrize("query,user", [("on", "off"), ("hash", "hash")])
def test_privacy(make_server, query, user):
    settings = {"LogFormat": "json", "LogQuery": query, "LogUser": user}
    with make_server(f"privacy-{query}", settings=settings) as server:
        for number, token in enumerate(("one", "two", "one"), 1):
            server.exchange(icap.respmod(samples.unique(), headers=["X-Authenticated-User: " + USER],
                                         url=f"http://bob:pass@private.test/x?token={token}#f"))
            # A line comes behind its answer, and two children would write in any order.
            found = procs.wait_until(lambda n=number: len(lines := [
                e for e in json_lines(server) if e["event"] == "transaction"]) == n and lines,
                10, server.describe)
        text = server.text("epost_av.log")
        assert "pass@" not in text and "#f" not in text
        urls = [e["url"] for e in found]
        if query == "on":
            assert urls[0] == "http://private.test/x?token=one" and "alice" not in text
            assert not any("user" in e for e in found)
        else:
            assert "token" not in text and "alice" not in text
            assert urls[0] == urls[2] != urls[1]
            assert re.fullmatch(r"http://private\.test/x\?hash:[0-9a-f]{16}", urls[0])
            assert re.fullmatch("hash:[0-9a-f]{16}", found[0]["user"])


def test_the_monitor_gets_the_same(make_server, env):
    """Without a monitor nothing waits; one that comes later is told how many it missed."""
    path = env.directory("monitor") / "events.sock"
    with make_server("monitor", settings={"LogFormat": "json", "Events": path},
                     children=1) as server:
        for _ in range(3):
            server.exchange(icap.respmod(samples.unique(), url="http://missed.test/"))
        procs.wait_until(lambda: len([e for e in json_lines(server)
                                      if "missed.test" in e.get("url", "")]) == 3, 10,
                         server.describe)
        with monitorsink.Sink(path) as sink:
            procs.wait_until(lambda: server.exchange(icap.respmod(
                EICAR, url="http://heard.test/")) and sink.of(url="http://heard.test/"), 10,
                server.describe, pause=0.6)
            event = sink.of(url="http://heard.test/")[0]
            assert sink.lost >= 3
            line = next(e for e in json_lines(server) if e.get("id") == event["id"])
            for name, kind in monitorsink.fields().values():
                assert (name in event) == (name in line), name
                if name in event and kind == "DURATION":
                    assert round(event[name] / 1000, 3) == line[name]
                elif name in event and kind not in ("TIME", "BOOL"):
                    assert event[name] == line[name], name
            assert event["verdict"] == "infected"


@pytest.mark.parametrize("name,value", [
    ("Log", "syslog:nosuch"), ("Log", "relative.log"), ("LogFormat", "xml"), ("LogQuery", "maybe")])
def test_a_mistake_stops_the_start_and_is_named(make_server, name, value):
    server = make_server("mistake", settings={name: value})
    server.spawn()
    server.process.wait(20 * server.env.slow)
    text = server.text("stderr") + server.text("server.log")
    assert name in text and value.removeprefix("syslog:") in text, text
    assert not server.serves(ready=False)
    server.process = None
