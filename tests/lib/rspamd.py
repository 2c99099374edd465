# SPDX-License-Identifier: GPL-2.0-or-later
"""rspamd as Debian configures it, with the local.d files of doc/clients.md, as a milter."""

import signal
import socket
import threading

from lib import env as environment
from lib.daemon import Daemon, need, snippet

RSPAMD = "/usr/bin/rspamd"
OVERRIDES = {
    "logging.inc": 'type = "file";\nfilename = "{root}/rspamd.log";\nlevel = "info";\n',
    "worker-normal.inc": "enabled = false;\n",
    "worker-controller.inc": "enabled = false;\n",
    "worker-fuzzy.inc": "enabled = false;\n",
    "worker-proxy.inc": 'bind_socket = "127.0.0.1:{port}";\ncount = 2;\n',
    "options.inc": 'disable_hyperscan = true;\n'
                   'filters = "chartable,dkim,regexp";\n'
                   'url_tld = "{root}/suffixes";\n'
                   'control_socket = "{root}/control.sock";\n'
                   'dns {{ nameserver = ["127.0.0.1:{dns}"]; }}\n',
}


class Rspamd(Daemon):
    """scanner: the ICAP port. replaced: {file: {text: other text}} in the recipe's files."""

    def __init__(self, env, scanner, replaced=None):
        need(RSPAMD)
        super().__init__(env, "rspamd")
        self.scanner, self.replaced = scanner, replaced or {}
        self.port = environment.free_port()
        self.names = Names()

    def start(self):
        for name in ("external_services.conf", "force_actions.conf", "options.inc",
                     "worker-proxy.inc"):
            self.write(f"etc/local.d/{name}", snippet(f"rspamd/{name}", self.scanner,
                                                      **self.replaced.get(name, {})))
        for name, text in OVERRIDES.items():
            self.write(f"etc/override.d/{name}",
                       text.format(root=self.root, port=self.port, dns=self.names.port))
        self.write("suffixes", "com\nnet\norg\ntest\n")  # the full list takes 7 s to compile
        self.names.start()
        self.spawn(RSPAMD, "-f", "-i", "-c", "/etc/rspamd/rspamd.conf",
                   f"--var=LOCAL_CONFDIR={self.root}/etc",
                   *(f"--var={name}={self.root}" for name in ("DBDIR", "RUNDIR", "LOGDIR")))
        self.wait_port(self.port)
        return self

    def stop(self, timeout=3, number=signal.SIGTERM):
        """rspamd lets its workers finish for up to 15 s, which is its own affair: not waited for."""
        try:
            super().stop(timeout, number)
        except AssertionError:
            pass
        finally:
            self.names.stop()


class Names:
    """A name server that knows no names: nothing leaves this machine, and nothing waits."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)

    def start(self):
        self.thread.start()

    def _serve(self):
        while True:
            query, client = self.socket.recvfrom(4096)
            if len(query) < 12:
                return
            end = query.index(b"\0", 12) + 5  # one question, nothing behind it
            self.socket.sendto(query[:2] + b"\x81\x83\0\x01\0\0\0\0\0\0" + query[12:end], client)

    def stop(self):
        if self.thread.is_alive():
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
                s.sendto(b"", ("127.0.0.1", self.port))
            self.thread.join(5)
        self.socket.close()
