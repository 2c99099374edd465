# SPDX-License-Identifier: GPL-2.0-or-later
"""ICAP over TLS between Squid and c-icap, with certificates on both sides, and c-icap's list of
clients."""

import shutil
import socket
import ssl

import pytest

from lib import env as environment, procs, samples, web
from lib.daemon import CLIENTS
from lib.eicar import EICAR
from lib.server import Server
from lib.squid import Authority, Squid


class Keys:
    """Two authorities: one signs the scanner's certificate, the other the proxy's."""

    def __init__(self, env, directory):
        self.directory = env.directory(directory)
        self.scanner_ca, self.proxy_ca = (Authority(self.directory, n) for n in ("scanner-ca", "proxies-ca"))
        self.scanner = self.scanner_ca.issue("scanner.example")
        self.proxy = self.proxy_ca.issue("proxy.example")
        self.stranger = Authority(self.directory, "other-ca").issue("stranger.example")
        self.both = self.directory / "scanner.pem"
        self.both.write_text("".join(p.read_text(encoding="ascii") for p in self.scanner), encoding="ascii")
        for path in self.directory.iterdir():
            path.chmod(0o644)
            shutil.chown(path, env.user.pw_uid)


@pytest.fixture(scope="module")
def keys(env):
    return Keys(env, "keys")


def lines(name, **replaced):
    """c-icap's directives of a file of conf/clients, for Server."""
    text = (CLIENTS / name).read_text(encoding="utf-8")
    for old, new in replaced.items():
        old = old.replace("__", " ")
        assert old in text, old
        text = text.replace(old, new)
    return {line: "" for line in text.splitlines() if line and not line.startswith("#")}


def make(env, keys, name, **replaced):
    port = environment.free_port()
    server = Server(env, name, cicap=lines("c-icap-tls.conf", **{
        "TlsPort__1345": f"TlsPort 127.0.0.1:{port}", "/etc/c-icap/scanner.pem": str(keys.both),
        "/etc/c-icap/proxies.pem": str(keys.proxy_ca.certificate), **replaced}))
    server.tls_port = port
    return server


@pytest.fixture(scope="module")
def server(env, keys):
    with make(env, keys, "tls") as made:
        yield made


def proxy(env, keys, server, *, ca=None, own=None):
    own = own or keys.proxy
    text = (CLIENTS / "squid-tls.conf").read_text(encoding="utf-8")
    for old, new in {"scanner.example:1345": f"scanner.example:{server.tls_port}",
                     "/etc/squid/scanner-ca.pem": str(ca or keys.scanner_ca.certificate),
                     "/etc/squid/proxy.pem": str(own[0]), "/etc/squid/proxy.key": str(own[1])}.items():
        assert old in text
        text = text.replace(old, new)
    return Squid(env, server.port, icap=text)


def first_answer(server):
    """The status of OPTIONS, as soon as c-icap listens and its scanner is ready: 500 before."""
    def asked():
        try:
            status = server.options(timeout=5).status
        except ConnectionRefusedError:
            return None
        return status if status != 500 else None
    return procs.wait_until(asked, 30 * server.env.slow, server.describe)


def test_scanned_over_tls(env, keys, server, origin):
    body = samples.unique(5000)
    with proxy(env, keys, server) as squid:
        web.delivered(squid.get(origin.put("/tls", body)), body)
        web.blocked(squid.get(origin.put("/tls-bad", EICAR)))
        assert all(entry[3].startswith("icaps:") for entry in squid.icap_log())


@pytest.mark.parametrize("wrong", ["scanner's authority", "proxy's certificate"])
def test_a_wrong_certificate_passes_nothing(env, keys, server, origin, wrong):
    how = {"ca": keys.proxy_ca.certificate} if wrong.startswith("scanner") else {"own": keys.stranger}
    with proxy(env, keys, server, **how) as squid:
        reply = squid.get(origin.put("/wrong", b"clean\n"))
        assert reply.status == 500 and "ERR_ICAP_FAILURE" in reply.headers["X-Squid-Error"], reply


def test_without_a_certificate_nobody_is_served(keys, server):
    context = ssl.create_default_context(cafile=keys.scanner_ca.certificate)
    with pytest.raises(OSError):  # with TLS 1.3 the refusal comes behind the handshake
        with socket.create_connection(("127.0.0.1", server.tls_port), 20) as plain, \
                context.wrap_socket(plain, server_hostname="scanner.example") as secured:
            secured.sendall(b"OPTIONS icap://scanner.example/avscan ICAP/1.0\r\nHost: x\r\n\r\n")
            if not secured.recv(4096):
                raise ConnectionResetError


def test_others_are_refused(env, keys):
    """An address that the list does not have, on the plain port too."""
    with make(env, keys, "served") as server:
        assert server.options().status == 200
    server = make(env, keys, "refused", **{"127.0.0.1 192.0.2.10": "192.0.2.10"})
    server.spawn()
    try:
        assert first_answer(server) == 403
    finally:
        server.kill()


ACCESS = CLIENTS.parents[1] / "doc/access.md"


@pytest.mark.parametrize("own", ["127.0.0.1", "192.0.2.9"])
def test_access_list_as_documented(env, own):
    block = next(text for text in ACCESS.read_text(encoding="utf-8").split("```") if "icap_access" in text)
    assert "acl own src 127.0.0.1/" in block
    rows = [line for line in block.replace("127.0.0.1", own).splitlines() if line]
    server = Server(env, f"access-{own}", cicap=dict.fromkeys(rows, ""))
    server.spawn()
    try:
        assert first_answer(server) == (200 if own == "127.0.0.1" else 403)
    finally:
        server.kill()
