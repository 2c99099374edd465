# SPDX-License-Identifier: GPL-2.0-or-later
"""e2guardian with Debian's own configuration and the lines that doc/clients.md shows."""

import grp
import http.client
import re
import signal

from lib import env as environment, slowness
from lib.daemon import Daemon, need
from lib.squid import Reply

E2GUARDIAN = "/usr/sbin/e2guardian"
ETC = "/etc/e2guardian"


def changed(text, name, value):
    """The setting, which Debian's file has, perhaps in a remark."""
    text, count = re.subn(rf"(?m)^#?{name} = ?.*$", f"{name} = {value}", text, count=1)
    assert count == 1, f"its configuration has no {name}"
    return text


class E2guardian(Daemon):
    """scanner: the ICAP port."""

    def __init__(self, env, scanner, service="avscan"):
        need(E2GUARDIAN)
        super().__init__(env, "e2guardian")
        self.scanner, self.service, self.port = scanner, service, environment.free_port()
        self.log = self.root / "access.log"

    def start(self):
        with open(f"{ETC}/contentscanners/icapscan.conf", encoding="utf-8") as file:
            text = changed(file.read(), "icapurl", f"'icap://localhost:{self.scanner}/{self.service}'")
        scan = self.write("icapscan.conf", text)
        with open(f"{ETC}/e2guardian.conf", encoding="utf-8") as file:
            text = file.read()
        user, group = self.env.user.pw_name, grp.getgrgid(self.env.user.pw_gid).gr_name
        for name, value in {"filterip": "127.0.0.1", "filterports": self.port, "httpworkers": 50,
                            "transparenthttpsport": environment.free_port(),
                            "loglocation": f"'{self.log}'", "pidfilename": f"'{self.root}/pid'",
                            "daemonuser": f"'{user}'", "daemongroup": f"'{group}'",
                            "filecachedir": f"'{self.root}'"}.items():
            text = changed(text, name, value)
        text += f"\ncontentscanner = '{scan}'\n"
        with open(f"{ETC}/e2guardianf1.conf", encoding="utf-8") as file:  # read from beside the other one
            self.write("e2guardianf1.conf", file.read())
        self.spawn(E2GUARDIAN, "-N", "-c", self.write("e2guardian.conf", text))
        self.wait_port(self.port)
        return self

    def stop(self, timeout=15, number=signal.SIGKILL):
        """SIGTERM has it wait for its idle threads, over a minute."""
        super().stop(timeout, number)

    def get(self, url, timeout=60):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=slowness.scaled(timeout))
        try:
            connection.request("GET", url)
            return Reply(connection.getresponse())
        finally:
            connection.close()
