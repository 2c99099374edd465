# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's virus_scan service with libclamav inside c-icap, set up as its manual says.

Same c-icap, same children and threads, same signatures; file types that it would skip by
default are scanned too, so that both do the same work.
"""

import pathlib
import signal
import subprocess

from lib import env as environment, icap, procs

MODULES = pathlib.Path("/usr/lib/x86_64-linux-gnu/c_icap")
TYPES = "TEXT DATA EXECUTABLE ARCHIVE GRAPHICS STREAM DOCUMENT"

# clamav_mod has no setting for the directory of signatures: it gets ours in a mount namespace.
MOUNT = ["unshare", "--mount", "--propagation", "private", *(() if environment.is_root() else ("-r",)), "sh", "-ec",
         'mount --bind "$1" /var/lib/clamav; shift; exec "$@"', "sh"]


class VirusScan:
    """Has what lib.server.Server has, as far as the measurements use it."""

    name = "virus_scan"
    service = "avscan"

    def __init__(self, env, bases, *, children=2, threads=10):
        self.env, self.bases, self.children, self.threads = env, bases, children, threads
        self.root = env.directory("virus-scan")
        self.port = environment.free_port()
        self.process = None
        self.antivirus = True  # False: c-icap with its echo service alone

    def start(self, timeout=180):
        config = self.root / "c-icap.conf"
        lines = [f"PidFile {self.root}/pid", f"CommandsSocket {self.root}/ctl", "Timeout 300",
                 "MaxKeepAliveRequests 100000", "KeepAliveTimeout 600",
                 f"StartServers {self.children}", f"MaxServers {self.children}",
                 "MinSpareThreads 1", "MaxSpareThreads 1000", f"ThreadsPerChild {self.threads}",
                 "MaxRequestsPerChild 0", f"Port 127.0.0.1:{self.port}", f"TmpDir {self.root}",
                 "LoadMagicFile /etc/c-icap/c-icap.magic", "MaxMemObject 131072",
                 f"ServerLog {self.root}/server.log", f"AccessLog {self.root}/access.log",
                 f"ModulesDir {MODULES}", f"ServicesDir {MODULES}",
                 *(self._antivirus() if self.antivirus else ["Service echo srv_echo.so"])]
        config.write_text("\n".join(lines) + "\n")
        config.chmod(0o644)
        with open(self.root / "stderr", "wb") as err:
            self.process = subprocess.Popen(
                [*MOUNT, str(self.bases), *self.env.as_user("c-icap", "-N", "-f", config)],
                stdin=subprocess.DEVNULL, stdout=err, stderr=err, env=self.env.environ(),
                cwd=self.root, start_new_session=True)
        procs.wait_until(self._answers, timeout, lambda: (self.root / "server.log").read_text())
        return self

    def _antivirus(self):
        return ["Module common clamav_mod.so", f"clamav_mod.TmpDir {self.root}",
                "Service virus_scan virus_scan.so",
                "ServiceAlias avscan virus_scan?allow204=on&sizelimit=off&mode=simple",
                f"virus_scan.ScanFileTypes {TYPES}", "virus_scan.MaxObjectSize 100M",
                "virus_scan.DefaultEngine clamav"]

    def _answers(self):
        assert self.process.poll() is None, (self.root / "stderr").read_text()
        try:
            with icap.Connection(self.port, timeout=10) as connection:
                return connection.options(self.service).status == 200
        except (OSError, icap.ConnectionLost):
            return False

    def reload(self):
        """Asks for new signatures; there is nothing that says when they serve."""
        with open(self.root / "ctl", "w", encoding="ascii") as control:
            control.write("clamav:dbreload")

    def family(self):
        return [(s.pid, s.started, s.name) for s in procs.belonging(self.root, self.process.pid)]

    def stop(self):
        procs.kill(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            pass
        for one in procs.belonging(self.root, self.process.pid):
            procs.kill(one.pid)
        self.process.kill()
        self.process.wait(10)
