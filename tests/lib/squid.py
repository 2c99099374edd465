# SPDX-License-Identifier: GPL-2.0-or-later
"""Squid with the configuration that doc/clients.md shows, on free ports."""

import http.client
import re
import signal
import ssl
import subprocess
import urllib.parse

from lib import env as environment, slowness
from lib.daemon import Daemon, need, snippet

SQUID = "/usr/sbin/squid"
CERTGEN = "/usr/lib/squid/security_file_certgen"

BASE = """\
visible_hostname proxy.test
pid_filename {root}/squid.pid
cache_log {root}/cache.log
access_log stdio:{root}/access.log
logformat icapline %ts.%03tu %icap::rm %icap::Hs %icap::to %icap::ru %ru
icap_log stdio:{root}/icap.log icapline
coredump_dir {root}
hosts_file {root}/hosts
dns_nameservers 127.0.0.1
memory_cache_shared off
pinger_enable off
shutdown_lifetime 0 seconds
error_default_language en
http_access allow all
buffered_logs off
"""


class Squid(Daemon):
    """scanner: the ICAP port. bypass: "off" or "on". bump: a Authority that signs. cache: keeps
    what it fetches, in memory ("memory") or on disk ("disk")."""

    def __init__(self, env, scanner, *, bypass="off", bump=None, service="avscan", trust=None,
                 extra="", cache="", replaced=None, icap=""):
        need(SQUID)
        super().__init__(env, "squid")
        self.scanner, self.bypass, self.bump = scanner, bypass, bump
        self.service, self.trust, self.extra, self.cache = service, trust, extra, cache
        self.replaced = replaced or {}
        self.icap = icap  # in place of the two icap_service lines
        self.port = environment.free_port()

    def start(self):
        self.write("hosts", "127.0.0.1 origin.test live.radio.test scanner.example localhost\n")
        service = snippet("squid.conf", self.scanner, **{
            "bypass=off": f"bypass={self.bypass}", "/avscan": f"/{self.service}", **self.replaced})
        if self.icap:
            service, count = re.subn(r"(?m)^icap_service .*\n", "", service)
            assert count == 2
            service = self.icap + service
        config = self.write("squid.conf", BASE.format(root=self.root) + self._ports() + self._cache() +
                            service + self.extra)
        if self.cache == "disk" and not (self.root / "cache").exists():
            self.spawn(SQUID, "-N", "-z", "-f", config)
            assert self.process.wait(30) == 0, self.describe()
        self.spawn(SQUID, "-N", "-f", config)
        self.wait_port(self.port)
        return self

    def stop(self, timeout=15, number=signal.SIGINT):
        """At once: SIGTERM would wait for clients' idle connections."""
        super().stop(timeout, number)

    def _cache(self):
        if self.cache == "disk":  # objects are swapped out to it, and not kept in memory
            return f"cache_dir ufs {self.root}/cache 100 16 256\ncache_mem 0\n"
        return "" if self.cache else snippet("squid-no-cache.conf", self.scanner)

    def _ports(self):
        if not self.bump:
            return f"http_port 127.0.0.1:{self.port}\n"
        certificate = self.write("bump.pem", self.bump.pem(), 0o600)
        database = self.root / "ssl_db"
        subprocess.run(self.env.as_user(CERTGEN, "-c", "-s", database, "-M", "4MB"), check=True,
                       capture_output=True)
        text = snippet("squid-bump.conf", self.scanner, **{
            "http_port 3129": f"http_port 127.0.0.1:{self.port}", "/etc/squid/bump.pem": str(certificate),
            "/var/spool/squid/ssl_db": str(database)})
        return text + f"tls_outgoing_options cafile={self.trust}\n"

    def connect(self, timeout=30):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=slowness.scaled(timeout))

    def get(self, url, headers=(), method="GET", body=None, timeout=30, connection=None, **more):
        """One request through the proxy: a Reply. https through CONNECT."""
        own = connection is None
        if own:
            connection = self.connect(timeout)
            if url.startswith("https:"):
                connection = self._tunnel(url, timeout)
        target = urllib.parse.urlsplit(url).path if url.startswith("https:") else url
        try:
            connection.request(method, target, body=body, headers=dict(headers), **more)
            return Reply(connection.getresponse())
        finally:
            if own:
                connection.close()

    def _tunnel(self, url, timeout):
        at = urllib.parse.urlsplit(url)
        context = ssl.create_default_context(cadata=self.bump.certificate_text())
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=slowness.scaled(timeout),
                                                 context=context)
        connection.set_tunnel(at.hostname, at.port)
        return connection

    def icap_log(self):
        """[(method, ICAP status, outcome, service URL, HTTP URL)], oldest first."""
        path = self.root / "icap.log"
        text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
        return [tuple(line.split()[1:]) for line in text.splitlines()]


class Reply:
    """Read to its end; `whole` is false when the body ended before its length."""

    def __init__(self, response):
        self.status, self.headers = response.status, response.headers
        try:
            self.body, self.whole = response.read(), True
        except http.client.IncompleteRead as e:
            self.body, self.whole = e.partial, False
        except ConnectionResetError:
            self.body, self.whole = b"", False

    def __repr__(self):
        return f"<{self.status} {dict(self.headers)} {len(self.body)} bytes " \
               f"{'' if self.whole else 'cut '}{self.body[:120]!r}>"


class Authority:
    """A private certificate authority: one root that signs, and a server certificate."""

    def __init__(self, directory, name):
        self.directory, self.name = directory, name
        self.certificate, self.key = directory / f"{name}.crt", directory / f"{name}.key"
        self._openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj",
                      f"/CN={name}", "-keyout", self.key, "-out", self.certificate, "-addext",
                      "keyUsage=critical,keyCertSign,cRLSign")

    def _openssl(self, *args):
        subprocess.run(["openssl", *map(str, args)], check=True, capture_output=True,
                       timeout=slowness.scaled(30))

    def certificate_text(self):
        return self.certificate.read_text(encoding="ascii")

    def pem(self):
        return self.certificate_text() + self.key.read_text(encoding="ascii")

    def issue(self, host):
        """(certificate file, key file) of a server of that name."""
        certificate, key = self.directory / f"{host}.crt", self.directory / f"{host}.key"
        request, names = self.directory / f"{host}.csr", self.directory / f"{host}.names"
        names.write_text(f"subjectAltName=DNS:{host}\n", encoding="ascii")
        self._openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={host}", "-keyout",
                      key, "-out", request)
        self._openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key,
                      "-CAcreateserial", "-days", "30", "-extfile", names, "-out", certificate)
        return certificate, key
