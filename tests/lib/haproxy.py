# SPDX-License-Identifier: GPL-2.0-or-later
"""HAProxy with the configuration that doc/clients.md shows, in front of two scanners."""

import socket

from lib import env as environment, procs, slowness
from lib.daemon import Daemon, need, snippet

HAPROXY = "/usr/sbin/haproxy"


class Haproxy(Daemon):
    """nodes: the ICAP ports of node1 and node2."""

    def __init__(self, env, *nodes):
        need(HAPROXY)
        super().__init__(env, "haproxy")
        self.nodes = nodes
        self.port = environment.free_port()

    def start(self):
        text = snippet("haproxy.cfg", self.port, **{
            f"192.0.2.1{i}:1344": f"127.0.0.1:{node}" for i, node in enumerate(self.nodes, 1)})
        text = text.replace("global\n", f"global\n    stats socket {self.root}/stats\n", 1)
        self.spawn(HAPROXY, "-db", "-f", self.write("haproxy.cfg", text))
        self.wait_port(self.port)
        procs.wait_until((self.root / "stats").exists, 10, self.describe)
        return self

    def state(self):
        """{"node1": "UP", …} as HAProxy sees it."""
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(slowness.scaled(10))
            s.connect(str(self.root / "stats"))
            s.sendall(b"show stat\n")
            text = b""
            while data := s.recv(65536):
                text += data
        rows = [line.split(",") for line in text.decode().splitlines() if line]
        names = rows[0]
        return {row[1]: row[names.index("status")] for row in rows[1:] if row[1].startswith("node")}

    def wait_state(self, timeout=20, **nodes):
        """Until HAProxy's health checks say so: node1="UP", node2="DOWN"."""
        def reached():
            now = self.state()
            return all(now[n].split()[0] == s for n, s in nodes.items()) and now
        return procs.wait_until(reached, timeout, lambda: f"{self.state()} {self.describe()}")
