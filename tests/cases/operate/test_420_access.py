# SPDX-License-Identifier: GPL-2.0-or-later
"""Access over HTTP: the answers, and the limits of what a client can hold up."""

import os
import socket
import time

import pytest

from lib import env as environment, procs, slowness
from lib.monitor import BASIC, TOKEN, transaction

OPEN = ("/metrics", "/healthz", "/readyz", "/readyz?verbose", "/style.css", "/icon.svg")
CLOSED = ("/", "/events", "/event?n=1", "/api/v1/status", "/api/v1/events", "/api/v1/event?n=1",
          "/no/such/path")


def test_what_tells_of_nobody_is_open(monitor):
    monitor.send(transaction(1, user="alice-smith", client="192.0.2.77", host="secret.test",
                             name="letter-to-bob.exe", url="http://secret.test/x"))
    monitor.wait_stored()
    for path in OPEN:
        answer = monitor.get(path, token=False)
        assert answer.status in (200, 503), path
        for word in ("alice", "192.0.2.77", "secret.test", "letter"):
            assert word not in answer.text, path


@pytest.mark.parametrize("token", [
    None, "", "Bearer", "Bearer ", f"Bearer {TOKEN[:-1]}", f"Bearer {TOKEN}x", "Basic", "Basic !!!!",
    "Basic YQ==", "Basic " + "QQ" * 600, BASIC[:-4], TOKEN, "Bearer " + "\x00" * 5])
def test_everything_else_needs_the_token(monitor, token):
    for path in CLOSED:
        answer = monitor.get(path, token=False, headers={} if token is None else
                             {"Authorization": token.replace("\x00", "0")})
        assert answer.status == 401, (path, token)
        assert answer.headers["WWW-Authenticate"].startswith("Basic ")
        assert "html" not in answer.headers["Content-Type"]


def test_the_token_opens(monitor):
    for token in (BASIC, f"Bearer {TOKEN}", f"bearer {TOKEN}", f"Basic {BASIC[6:]}"):
        assert monitor.get("/", token=token).status == 200
    assert monitor.get("/no/such/path").status == 404


def test_the_unix_socket_needs_none(monitor):
    assert monitor.get("/", local=True).status == 200
    mode = os.stat(monitor.run / "http.sock").st_mode & 0o777
    assert mode == 0o660


@pytest.mark.parametrize("host,good", [
    ("127.0.0.1:{port}", True), ("127.0.0.1", True), ("localhost:{port}", True),
    ("LOCALHOST", True), ("evil.test", False), ("evil.test:{port}", False),
    ("127.0.0.1:1", False), ("127.0.0.1.evil.test:{port}", False), ("", False),
    ("[::1]:{port}", False), ("localhost:{port}:{port}", False), ("monitor.test", False)])
def test_host_must_be_ours(monitor, host, good):
    sent = host.format(port=monitor.port)
    for path in ("/", "/metrics"):
        with socket.create_connection(("127.0.0.1", monitor.port), 10) as s:
            s.sendall(f"GET {path} HTTP/1.1\r\nHost: {sent}\r\nAuthorization: {BASIC}\r\n\r\n".encode())
            status = s.makefile("rb").readline().split()[1]
        assert status == (b"200" if good else b"421"), (path, sent)


def test_no_host_at_all(monitor):
    with socket.create_connection(("127.0.0.1", monitor.port), 10) as s:
        s.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
        assert s.makefile("rb").readline().split()[1] in (b"400", b"421")


def test_further_names(make_monitor):
    with make_monitor(Hosts="monitor.test other.test") as monitor:
        assert monitor.get("/", host=f"monitor.test:{monitor.port}").status == 200
        assert monitor.get("/", host="OTHER.test").status == 200
        assert monitor.get("/", host="third.test").status == 421


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE"])
def test_get_only(monitor, method):
    for path in ("/", "/metrics"):
        assert monitor.get(path, method=method).status == 405


def test_a_get_with_a_body_is_none(monitor):
    with socket.create_connection(("127.0.0.1", monitor.port), 10) as s:
        s.sendall(f"GET / HTTP/1.1\r\nHost: localhost\r\nAuthorization: {BASIC}\r\n"
                  "Content-Length: 5\r\n\r\nhello".encode())
        assert s.makefile("rb").readline().split()[1] == b"405"


def test_headers_of_every_answer(monitor):
    for path in (*OPEN, *CLOSED):
        headers = monitor.get(path, headers={"Origin": "http://evil.test"}).headers
        assert not [name for name in headers if name.lower().startswith("access-control-")]
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "script" not in policy and "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY" and headers["Connection"] == "close"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "no-store" in headers["Cache-Control"] or path in ("/style.css", "/icon.svg")


def test_headers_have_a_ceiling(monitor):
    assert monitor.get("/metrics", headers={"X-Long": "x" * 7000}).status == 200
    assert monitor.get("/metrics", headers={"X-Long": "x" * 8300}).status in (413, 414, 431)
    try:
        status = monitor.get("/metrics", headers={"X-Long": "x" * 60000}).status
        assert status in (413, 414, 431)
    except OSError:
        pass  # refused while it was being sent
    assert monitor.get("/events?name=" + "x" * 3000).status == 400
    assert monitor.get("/events?" + "&".join(f"a{i}=1" for i in range(40))).status == 400


def answer_of(s):
    s.settimeout(slowness.scaled(20))
    try:
        return s.recv(100)
    except ConnectionError:
        return b""


def test_five_seconds_however_slow(monitor):
    """Neither silence nor a byte now and then keeps a connection longer."""
    began = time.monotonic()
    silent = socket.create_connection(("127.0.0.1", monitor.port), 10)
    slow = socket.create_connection(("127.0.0.1", monitor.port), 10)
    slow.sendall(b"GET / HTTP/1.1\r\n")
    with silent, slow:
        ended = False
        while not ended and time.monotonic() < began + 15:
            time.sleep(0.5)
            try:
                slow.sendall(b"X")
            except OSError:
                ended = True
        assert ended and 4 < time.monotonic() - began < slowness.scaled(9)
        assert answer_of(silent) == b""
        assert time.monotonic() - began < slowness.scaled(9)


def test_at_most_64_connections(monitor):
    """More are closed or wait; those that came in time get their answer, and later all is well."""
    held = []
    try:
        for _ in range(90):
            s = socket.create_connection(("127.0.0.1", monitor.port), 10)
            s.sendall(b"GET /healthz HTTP/1.1\r\n")
            held.append(s)
        pid = monitor.process.pid
        time.sleep(0.5)
        assert sum(one.startswith("socket:") for one in procs.open_files(pid)) <= 64 + 6
    finally:
        for s in held:
            s.close()
    procs.wait_until(lambda: monitor.get("/healthz").status == 200, 20, monitor.describe)


@pytest.mark.parametrize("mode,text", [
    (0o644, TOKEN), (0o620, TOKEN), (0o600, "short"), (0o600, ""), (0o600, TOKEN + "\nmore\nlines"),
    (0o600, "with blanks is no token at all")])
def test_a_bad_token_file_stops_the_start(make_monitor, mode, text):
    monitor = make_monitor()
    monitor.settings["TokenFile"] = monitor.write("bad", text, mode)
    monitor.start(ready=False)
    assert monitor.process.wait(slowness.scaled(20)) != 0
    assert "TokenFile" in monitor.describe() or "chmod" in monitor.describe()
    monitor.process = None


def test_without_a_token_file_tcp_tells_of_nobody(make_monitor):
    with make_monitor(TokenFile=None) as monitor:
        assert monitor.get("/metrics", token=False).status == 200
        for token in (BASIC, "Basic Og==", "Bearer ", f"Bearer {chr(48) * 16}"):
            assert monitor.get("/", token=token).status == 401
        assert monitor.get("/", local=True).status == 200


@pytest.mark.skipif(not environment.is_root(), reason="root only: it becomes somebody else")
def test_only_the_group_may_send_events(make_monitor):
    """root, the monitor's user and members of the group; others cannot even connect, and if the
    mode were wider they would be turned away by their credentials."""
    with make_monitor() as monitor:
        os.chmod(monitor.events, 0o666)
        before = monitor.metrics()
        pid = os.fork()
        if pid == 0:
            try:
                os.setgroups([])
                os.setgid(12345)
                os.setuid(12345)
                s = monitor.connect()
                s.settimeout(slowness.scaled(5))
                ended = s.recv(10) == b""
                os._exit(0 if ended else 1)
            except OSError:
                os._exit(0)
        assert os.waitpid(pid, 0)[1] == 0
        procs.wait_until(lambda: monitor.metrics()["epost_events_strangers_total"] ==
                         before["epost_events_strangers_total"] + 1, 10, monitor.describe)
        pid = os.fork()
        if pid == 0:
            try:
                os.setgroups([monitor.env.user.pw_gid])
                os.setgid(12345)
                os.setuid(12345)
                monitor.connect().send(b"x")
                os._exit(0)
            except OSError:
                os._exit(1)
        assert os.waitpid(pid, 0)[1] == 0
        procs.wait_until(lambda: monitor.metrics()["epost_events_refused_total"] == 1, 10,
                         monitor.describe)


def test_it_is_confined(monitor):
    with open(f"/proc/{monitor.process.pid}/status", encoding="ascii") as f:
        status = dict(line.split(":\t", 1) for line in f.read().splitlines() if ":\t" in line)
    assert status["Seccomp"] == "2" and status["NoNewPrivs"] == "1"
    assert "landlock" in monitor.describe() or not os.path.exists("/sys/kernel/security/landlock")
