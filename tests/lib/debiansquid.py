# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's Squid as it is installed: its own squid.conf, with files beside it in conf.d. It runs in a
mount namespace, where /etc/squid and Squid's other directories are copies that belong to the case."""

import hashlib
import pathlib
import re
import shutil
import signal
import socket
import subprocess

import pytest

from lib import env as environment
from lib.daemon import CLIENTS, need, snippet
from lib.squid import SQUID, Squid

CONF = pathlib.Path("/etc/squid/squid.conf")
PLACES = {"/etc/squid": "etc", "/var/log/squid": "log", "/var/spool/squid": "spool", "/run": "run"}


def unmodified():
    """squid.conf as the package brought it; skips the case where it is another one."""
    need(SQUID)
    if not environment.is_root():
        pytest.skip("needs root for a mount namespace")
    text = CONF.read_text(encoding="utf-8")
    known = subprocess.run(["dpkg-query", "-W", "-f", "${Conffiles}\n", "squid-openssl"], check=False,
                           capture_output=True, text=True).stdout
    if f"{CONF} {hashlib.md5(text.encode()).hexdigest()}" not in known:
        pytest.skip(f"{CONF} is not the one of Debian's squid-openssl")
    return text


class DebianSquid(Squid):
    """bump: squid-bump.conf and its setup are added. trust: the authority of https origins, ports
    those of the origins; these two and the free ports are all that differs from an installation."""

    def __init__(self, env, scanner, *, bump=False, trust=None, ports=()):
        super().__init__(env, scanner)
        self.text, self.bump, self.trust, self.ports = unmodified(), bump, trust, ports
        self.bump_port = environment.free_port()

    def start(self):
        shutil.copytree("/etc/squid", self.root / "etc")
        for place, name in PLACES.items():
            (self.root / name).mkdir(exist_ok=True)
            if name != "etc":
                shutil.chown(self.root / name, "proxy", "proxy")
        self.root.chmod(0o755)
        text, count = re.subn(r"(?m)^http_port 3128$", f"http_port {self.port}", self.text)
        assert count == 1
        (self.root / "etc" / "squid.conf").write_text(text, encoding="utf-8")
        # The machine's own name, as Debian's installer puts it there.
        self.write("hosts", f"127.0.0.1 localhost {socket.gethostname()} origin.test\n")
        if self.bump:
            self.inside("sh", CLIENTS / "squid-bump-setup.sh", check=True)
        directory = self.root / "etc" / "conf.d"
        (directory / "epost-av.conf").write_text(snippet("squid.conf", self.scanner), encoding="utf-8")
        (directory / "epost-av-cache.conf").write_text(snippet("squid-no-cache.conf", self.scanner),
                                                    encoding="utf-8")
        if self.bump:
            (directory / "epost-av-bump.conf").write_text(snippet("squid-bump.conf", self.scanner, **{
                "http_port 3129": f"http_port {self.bump_port}"}), encoding="utf-8")
        (directory / "zz-case.conf").write_text("shutdown_lifetime 0 seconds\npinger_enable off\n" + "".join(
            f"acl SSL_ports port {port}\n" for port in self.ports) + (
            f"tls_outgoing_options cafile={self.trust}\n" if self.trust else ""), encoding="utf-8")
        self.spawn(*self._inside("squid", "-N"), user=False)
        try:
            self.wait_port(self.port)
        except BaseException:
            self.stop()
            raise
        return self

    def _inside(self, *command):
        mounts = "; ".join([*(f"mount --bind {self.root / name} {place}" for place, name in PLACES.items()),
                            f"mount --bind {self.root / 'hosts'} /etc/hosts",
                            "mount -t tmpfs tmpfs /dev/shm"])  # Squids of other users share names there
        return ["unshare", "--mount", "--propagation", "private", "sh", "-ec", f'{mounts}; exec "$@"', "sh",
                *map(str, command)]

    def inside(self, *command, check=False):
        """Runs a program that sees Squid's directories."""
        done = subprocess.run(self._inside(*command), stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=120, check=False)
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done

    def stop(self, timeout=30, number=signal.SIGINT):
        super().stop(timeout, number)
