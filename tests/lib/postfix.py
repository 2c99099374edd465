# SPDX-License-Identifier: GPL-2.0-or-later
"""Postfix in directories of its own, and where its mail ends: a mailbox in the test's process."""

import email.policy
import json
import os
import pwd
import shutil
import smtplib
import socketserver
import subprocess
import threading

import pytest

from lib import env as environment, procs, slowness
from lib.daemon import Daemon, need, snippet

POSTFIX, POSTQUEUE = "/usr/sbin/postfix", "/usr/sbin/postqueue"

MAIN = """\
compatibility_level = 3.6
queue_directory = {root}/queue
data_directory = {root}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
shlib_directory = /usr/lib/postfix
maillog_file = {root}/mail.log
maillog_file_prefixes = {root}
import_environment = MAIL_CONFIG MAIL_LOGTAG
myhostname = {name}.test
mydestination =
local_recipient_maps =
alias_maps =
alias_database =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
relayhost = [127.0.0.1]:{relay}
smtp_dns_support_level = disabled
smtpd_relay_restrictions = permit_mynetworks, reject
smtp_destination_concurrency_limit = 20
message_size_limit = 52428800
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 2s
"""

MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
"""


class Postfix(Daemon):
    """relay: the port it hands mail to. milter: rspamd's port, or None."""

    def __init__(self, env, name, relay, milter=None):
        need(POSTFIX)
        if not environment.is_root():
            pytest.skip("Postfix starts only as root")
        super().__init__(env, f"postfix-{name}")
        self.name, self.relay, self.milter = name, relay, milter
        self.port = environment.free_port()
        self.config = self.root / "etc"

    def start(self):
        os.chown(self.root, 0, 0)
        for name in ("etc", "queue", "data"):
            (self.root / name).mkdir()
        os.chown(self.root / "data", pwd.getpwnam("postfix").pw_uid, -1)
        text = MAIN.format(root=self.root, name=self.name, relay=self.relay)
        if self.milter:
            text += snippet("postfix-main.cf", self.relay,
                            **{"127.0.0.1:11332": f"127.0.0.1:{self.milter}"})
        (self.config / "main.cf").write_text(text, encoding="ascii")
        (self.config / "master.cf").write_text(MASTER.format(port=self.port), encoding="ascii")
        shutil.copy("/etc/postfix/postfix-files", self.config)
        self.spawn(POSTFIX, "-c", self.config, "start-fg", user=False)
        self.wait_port(self.port)
        return self

    def stop(self, timeout=15, **more):
        if self.process is not None and self.process.poll() is None:
            subprocess.run([POSTFIX, "-c", self.config, "stop"], check=False, timeout=slowness.scaled(timeout),
                           capture_output=True, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})
        super().stop(timeout, **more)

    def queue(self):
        """[{"queue_id", "recipients": [{"delay_reason"}], …}] of what waits."""
        out = procs.run(POSTQUEUE, "-c", self.config, "-j").stdout
        return [json.loads(line) for line in out.splitlines()]

    def waiting_because(self, recipient):
        """Why that recipient's mail waits; "" when it does not (yet)."""
        for mail in self.queue():
            for one in mail["recipients"]:
                if one["address"] == recipient and "delay_reason" in one:
                    return one["delay_reason"]
        return ""


def send(port, message, sender="alice@sender.test", to="bob@example.test", timeout=60):
    """One mail by SMTP: (code, text) of the answer to its content."""
    with smtplib.SMTP("127.0.0.1", port, "client.test", slowness.scaled(timeout)) as smtp:
        smtp.ehlo()
        for command in (f"MAIL FROM:<{sender}>", f"RCPT TO:<{to}>"):
            code, text = smtp.docmd(command)
            if code != 250:
                return code, text.decode()
        code, text = smtp.data(message.as_bytes(policy=email.policy.SMTP))
        return code, text.decode()


class Mailbox:
    """An SMTP server that keeps what it gets: [(sender, recipients, bytes)]."""

    def __init__(self):
        self.mails, self.lock = [], threading.Lock()
        self.server = _Server(("127.0.0.1", 0), _Session)
        self.server.mailbox = self
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(10)

    def refuses(self, recipient):
        """A subclass's answer to a recipient that it does not take."""

    def ends(self, recipients):
        """The answers to the content: SMTP has one."""
        return [b"250 2.0.0 Ok"]

    def received(self, to):
        """The mails for that address."""
        with self.lock:
            return [data for _, recipients, data in self.mails if to in recipients]

    def wait_for(self, to, count=1, timeout=30, message=""):
        procs.wait_until(lambda: len(self.received(to)) >= count, timeout,
                         lambda: f"{len(self.received(to))} of {count} mails for {to}: "
                                 f"{message() if callable(message) else message}")
        return self.received(to)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True
    block_on_close = False


class _Session(socketserver.StreamRequestHandler):
    timeout = 60

    def handle(self):
        self._say(b"220 mailbox.test ESMTP")
        sender, recipients = "", []
        while True:
            line = self.rfile.readline(4096)
            if not line:
                return
            command = line.strip().upper()
            if command.startswith((b"EHLO", b"HELO", b"LHLO")):
                self._say(b"250 mailbox.test")
            elif command.startswith(b"MAIL FROM"):
                sender, recipients = _address(line), []
                self._say(b"250 2.1.0 Ok")
            elif command.startswith(b"RCPT TO"):
                refusal = self.server.mailbox.refuses(_address(line))
                if not refusal:
                    recipients.append(_address(line))
                self._say(refusal or b"250 2.1.5 Ok")
            elif command == b"DATA":
                self._say(b"354 go on")
                with self.server.mailbox.lock:
                    self.server.mailbox.mails.append((sender, recipients, self._data()))
                for line in self.server.mailbox.ends(recipients):
                    self._say(line)
            elif command == b"QUIT":
                return self._say(b"221 2.0.0 Bye")
            else:
                self._say(b"250 2.0.0 Ok")

    def _say(self, line):
        self.wfile.write(line + b"\r\n")

    def _data(self):
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b".") else line)
        return b"".join(lines)


def _address(line):
    return line.split(b"<", 1)[1].split(b">", 1)[0].decode()
