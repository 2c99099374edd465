# SPDX-License-Identifier: GPL-2.0-or-later
"""Quarantine: what is kept is encrypted and can be had back, by those who may, and what cannot be
kept changes no verdict unless the profile says so."""

import array
import hashlib
import itertools
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess

import pytest

from lib import env as environment, expect, icap, monitorsink, procs, samples, slowness, smalldisk
from lib.daemon import need
from lib.eicar import EICAR
from lib.monitor import transaction
from lib.postfix import Mailbox, Postfix

HEX = "00112233445566778899aabbccddeeff" * 2
KEEP = "web infected=block+quarantine unscannable=pass"
FAIL = "web infected=pass+quarantine unscannable=pass not-kept=fail"


class Kept:
    """A monitor with a quarantine, and its command."""

    def __init__(self, env, make_monitor, name, key=HEX, **settings):
        self.monitor = make_monitor(name)
        self.env = env
        self.directory = self.monitor.state / "quarantine"
        self.socket = self.monitor.run / "quarantine.sock"
        key_file = self.monitor.write("key", key + "\n", 0o600)
        self.monitor.settings.update({"Quarantine": self.socket, "QuarantineKey": key_file,
                                      "QuarantineDirectory": self.directory, **settings})
        self.command = env.lib / "epost-quarantine"
        if not self.command.exists():
            built = env.build / "operate" / "epost-quarantine"
            need(built)
            shutil.copy(built, self.command)

    def run(self, *words, check=True, user=True):
        args = [self.command, "--config", self.monitor.root / "monitord.conf", *words]
        args = self.env.as_user(*args) if user else [str(a) for a in args]
        done = subprocess.run(args, capture_output=True, timeout=60 * self.env.slow, check=False,
                              env=self.env.environ())
        assert not check or done.returncode == 0, done
        return done

    def files(self):
        return sorted(p.name for p in self.directory.iterdir())

    def put(self, body, event, length=None, fd=None):
        """Asks as the service does. The reply: (kept, text)."""
        peer = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        peer.settimeout(20 * self.env.slow)
        peer.connect(str(self.socket))
        with peer:
            made = os.memfd_create("body") if fd is None else fd
            if fd is None:
                os.write(made, body)
            message = struct.pack("@IHHQ", 0x514b5045, 1, 0,
                                  len(body) if length is None else length)
            peer.sendmsg([message + monitorsink.encode(event)],
                         [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [made]))])
            if fd is None:
                os.close(made)
            reply = peer.recv(4096)
        _, _, kept, text = struct.unpack("@IHH192s", reply)
        return kept == 1, text.split(b"\0")[0].decode()

    def events(self, kind):
        page = self.monitor.get(f"/api/v1/events?kind={kind}&limit=100").json()
        return [row["event"] for row in page["events"]]


@pytest.fixture
def make_kept(env, make_monitor):
    return lambda name, **settings: Kept(env, make_monitor, name, **settings)


def logged(server, host):
    def found():
        lines = map(json.loads, server.text("epost_av.log").split("\n")[:-1])
        return [line for line in lines if line.get("host") == host]
    return procs.wait_until(found, 10 * server.env.slow, server.describe)[0]


def settings(kept, profile):
    return {"LogFormat": "json", "Events": kept.monitor.events, "Quarantine": kept.socket,
            "Profile": profile}


def test_blocked_bodies_are_kept_and_come_back(make_server, make_kept):
    """A small body travels in memory, a large one as the service's own file."""
    kept = make_kept("kept")
    large = EICAR + b"\n" + samples.incompressible(300000)
    with kept.monitor, make_server("keeps", settings=settings(kept, KEEP)) as server:
        expect.infected(server.exchange(icap.respmod(EICAR, url="http://small.test/eicar.com")))
        expect.not_blocked(*(lambda r: (r, server.exchange(r)))(
            icap.respmod(samples.unique(), url="http://clean.test/x")))
        small = logged(server, "small.test")
        assert re.fullmatch("[0-9a-f]{20}", small["kept"])
        assert "kept" not in logged(server, "clean.test")
        number = small["kept"]
        assert kept.files() == [f"{number}.event", f"{number}.sealed"]
        sealed = (kept.directory / f"{number}.sealed").read_bytes()
        assert EICAR not in sealed and b"eicar.com" not in sealed
        rows = kept.run("list").stdout.decode().splitlines()
        assert len(rows) == 1 and number in rows[0] and small["id"] in rows[0]
        shown = kept.run("show", number).stdout.decode()
        assert "eicar.com" in shown and "whole and unchanged" in shown
        out = kept.monitor.state / "out"
        kept.run("export", small["id"], out)  # by the number on the block page too
        assert out.read_bytes() == EICAR and out.stat().st_mode & 0o777 == 0o600
        again = kept.run("export", number, out, check=False)
        assert again.returncode == 1 and out.read_bytes() == EICAR  # never over another file
        body = small["sha256"]
        assert body == hashlib.sha256(EICAR).hexdigest()
        m = kept.monitor.metrics()
        assert m["epost_quarantine_kept_total"] == 1 and m["epost_quarantine_copies"] == 1
        assert m["epost_quarantine_bytes"] == sum(p.stat().st_size for p in kept.directory.iterdir())
        ok, number = kept.put(large, transaction(3, sha256=hashlib.sha256(large).hexdigest()))
        assert ok
        big = kept.monitor.state / "big"
        kept.run("export", number, big)
        assert big.read_bytes() == large
        done = kept.run("delete", number)
        assert done.returncode == 0 and len(kept.files()) == 2
        procs.wait_until(lambda: kept.events("deleted"), 10 * kept.monitor.env.slow, kept.monitor.describe)
        assert kept.events("deleted")[0]["kept"] == number


def test_rescan(make_server, make_kept):
    kept = make_kept("rescan")
    with make_server("rescans", settings=settings(kept, KEEP)) as server:
        kept.monitor.settings["Scanner"] = server.socket
        with kept.monitor:
            server.exchange(icap.respmod(EICAR, url="http://rescan.test/eicar.com"))
            number = logged(server, "rescan.test")["kept"]
            said = kept.run("rescan", number).stdout.decode()
            assert said.startswith(number) and "infected" in said and "signature" in said


def test_age_reads_what_was_kept(env, make_kept):
    """Under a public key this machine reads nothing; age(1) and the secret key do."""
    need("/usr/bin/age", "/usr/bin/age-keygen")
    made = subprocess.run(["age-keygen"], capture_output=True, check=True, text=True, timeout=20)
    secret = made.stdout
    public = re.search("age1[0-9a-z]+", secret)[0]
    kept = make_kept("age", key=public)
    body = EICAR + samples.incompressible(200000)
    with kept.monitor:
        ok, number = kept.put(body, transaction(1, sha256=hashlib.sha256(body).hexdigest()))
        assert ok
        identity = kept.monitor.write("identity", secret, 0o600)
        plain = subprocess.run(["age", "-d", "-i", identity, kept.directory / f"{number}.sealed"],
                               capture_output=True, check=True, timeout=60).stdout
        event = (kept.directory / f"{number}.event").read_bytes()
        assert plain == event + body
        assert monitorsink.decode(event)[0]["threat"] == "Eicar-Test"
        for words in (["show", number], ["release", number], ["rescan", number],
                      ["export", number, kept.monitor.state / "x"]):
            refused = kept.run(*words, check=False)
            assert refused.returncode == 1 and b"--key" in refused.stderr, refused
        assert number in kept.run("list").stdout.decode()
        kept.run("--key", identity, "show", number)
        # What age(1) wrote is read too.
        theirs = subprocess.run(["age", "-r", public], input=event + body, capture_output=True,
                                check=True, timeout=60).stdout
        (kept.directory / f"{number}.sealed").write_bytes(theirs)
        out = kept.monitor.state / "theirs"
        kept.run("--key", identity, "export", number, out)
        assert out.read_bytes() == body


def test_a_mail_goes_to_its_own_recipients_only(make_kept):
    mail = (b"From: a@x.test\r\nTo: everybody@header.test\r\nCc: more@header.test\r\n\r\n"
            b"Hello\n.\n..dots\r\nlast line without an end")
    with Mailbox() as box:
        kept = make_kept("release", ReleaseTo=f"smtp://127.0.0.1:{box.port}")
        with kept.monitor:
            event = transaction(5, sender="alice@sender.test", message_id="<1@x>",
                                recipients="bob@example.test\ncarol@example.test",
                                sha256=hashlib.sha256(mail).hexdigest())
            _, number = kept.put(mail, event)
            said = kept.run("release", number).stdout.decode()
            assert "bob@example.test" in said and "carol@example.test" in said
            (sender, recipients, data), = box.mails
            assert sender == "alice@sender.test"
            assert recipients == ["bob@example.test", "carol@example.test"]
            assert data == mail.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") + b"\r\n"
            procs.wait_until(lambda: kept.events("released"), 10, kept.monitor.describe)
            released, = kept.events("released")
            assert released["kept"] == number and released["id"] == event["id"]
            assert released["recipients"] == recipients and released["detail"].startswith("by ")
            assert number in kept.run("list").stdout.decode()  # the copy stays
            # No envelope, or one that would end a command: nobody gets it.
            for more in ({}, {"recipients": "bob@example.test> x\nRCPT TO:<eve@evil.test"},
                         {"recipients": "bob@example.test", "sender": "a b@x"}):
                _, number = kept.put(mail, transaction(6, **more))
                refused = kept.run("release", number, check=False)
                assert refused.returncode == 1 and len(box.mails) == 1, refused
            # Without a monitor there is no event, and so no release.
            kept.monitor.stop()
            refused = kept.run("release", number, check=False)
            assert refused.returncode == 1 and b"always an event" in refused.stderr


@pytest.mark.heavy
def test_release_through_a_real_postfix(env, make_kept):
    """To the envelope's recipients only, whatever the heads of the mail say; by its submission."""
    mail = (b"From: a@x.test\r\nTo: everybody@header.test\r\nCc: more@header.test\r\n"
            b"Bcc: hidden@header.test\r\nResent-To: again@header.test\r\n\r\nHello\r\n.\r\n")
    with Mailbox() as box, Postfix(env, "release", box.port) as postfix:
        kept = make_kept("postfix", ReleaseTo=f"smtp://127.0.0.1:{postfix.port}")
        with kept.monitor:
            _, number = kept.put(mail, transaction(
                5, sender="alice@sender.test", recipients="bob@example.test\ncarol@example.test",
                sha256=hashlib.sha256(mail).hexdigest()))
            kept.run("release", number)
            box.wait_for("bob@example.test", 1, 60 * env.slow, postfix.describe)
            box.wait_for("carol@example.test", 1, 60 * env.slow, postfix.describe)
            for sender, recipients, data in box.mails:
                assert sender == "alice@sender.test"
                assert set(recipients) <= {"bob@example.test", "carol@example.test"}, recipients
                assert data.endswith(b"\r\n\r\nHello\r\n.\r\n") and b"To: everybody@header.test" in data
            assert sorted(one for _, to, _ in box.mails for one in to) == [
                "bob@example.test", "carol@example.test"]


class Lmtp(Mailbox):
    """It answers for each recipient after the content; `full` refuses then."""

    def __init__(self, full=()):
        super().__init__()
        self.full = full

    def ends(self, recipients):
        return [b"452 4.2.2 mailbox is full" if one in self.full else b"250 2.1.5 Ok" for one in recipients]


def test_release_by_lmtp(make_kept):
    """Each recipient has an answer; the event names those who got it."""
    with Lmtp(full=["full@example.test"]) as box:
        kept = make_kept("lmtp", ReleaseTo=f"lmtp://127.0.0.1:{box.port}")
        with kept.monitor:
            _, number = kept.put(b"Subject: x\r\n\r\nHello\r\n", transaction(
                5, sender="", recipients="bob@example.test\nfull@example.test"))
            said = kept.run("release", number, check=False)
            assert b"full@example.test" in said.stdout + said.stderr and b"mailbox is full" in said.stdout + said.stderr
            (sender, recipients, data), = box.mails
            assert sender == "" and data == b"Subject: x\r\n\r\nHello\r\n"
            assert recipients == ["bob@example.test", "full@example.test"]
            procs.wait_until(lambda: kept.events("released"), 10, kept.monitor.describe)
            assert kept.events("released")[0]["recipients"] == ["bob@example.test"]
            box.full = ["bob@example.test", "full@example.test"]
            refused = kept.run("release", number, check=False)
            assert refused.returncode == 1 and len(kept.events("released")) == 1, refused


def test_release_and_allow(make_server, make_kept):
    """After release --allow the same bytes pass, and the event names the rule."""
    with Mailbox() as box:
        kept = make_kept("allow", ReleaseTo=f"smtp://127.0.0.1:{box.port}")
        exceptions = kept.monitor.write("exceptions", "# mine\nallow threat Some.Thing\n")
        os.chown(kept.monitor.root, *([kept.env.user.pw_uid, -1] if environment.is_root() else [-1, -1]))
        mine = {**settings(kept, KEEP), "Exceptions": exceptions}
        with make_server("allows", settings=mine) as server:
            kept.monitor.settings.update(Exceptions=exceptions, Control=server.ctl)
            with kept.monitor:
                expect.infected(server.exchange(icap.respmod(EICAR, url="http://first.test/a")))
                sha256 = hashlib.sha256(EICAR).hexdigest()
                _, number = kept.put(EICAR, transaction(7, recipients="bob@example.test",
                                                        sha256=sha256))
                kept.run("--allow", "release", number)
                text = exceptions.read_text(encoding="utf-8")
                assert text.startswith("# mine\nallow threat Some.Thing\n")
                assert f"\nskip sha256 {sha256}\n" in text
                request = icap.respmod(EICAR, url="http://second.test/a")

                def passes():
                    return server.exchange(request).http_status in (None, 200) and \
                        logged(server, "second.test") and not box.mails == [] and \
                        [e for e in map(json.loads, server.text("epost_av.log").split("\n")[:-1])
                         if e.get("host") == "second.test" and e["reason"] == "skipped"]
                procs.wait_until(passes, 20 * kept.env.slow, server.describe)
                procs.wait_until(lambda: kept.events("allowed"), 10, kept.monitor.describe)
                assert kept.events("allowed")[0]["rule"] == f"skip sha256 {sha256}"


def test_what_cannot_be_kept_changes_no_verdict(make_server, make_kept):
    """Without a monitor, with one that hangs, over a ceiling; with not-kept=fail it fails."""
    kept = make_kept("away", QuarantineItem="2K")
    more = {**settings(kept, KEEP), "QuarantineWait": "1"}
    failing = {"Profile": FAIL.replace("web", "web like=web", 1), **{k: v for k, v in more.items() if k != "Profile"}}
    with make_server("unkept", settings=more) as server, \
            make_server("failing", settings=failing) as strict:
        def ask(host, body=EICAR):
            expect.infected(server.exchange(icap.respmod(body, url=f"http://{host}/a")))
            said = logged(server, host)
            assert said["action"] == "block" and said["kept"].startswith("not kept: "), said
            answer = strict.exchange(icap.respmod(body, url=f"http://{host}/a"))
            assert answer.status >= 500, answer
            assert logged(strict, host)["action"] == "fail"
            return said["kept"]
        ask("nobody.test")
        with kept.monitor:
            # Within its second the monitor may also be too slow for that answer.
            numbers = itertools.count()
            procs.wait_until(lambda: "larger than QuarantineItem" in
                             ask(f"large{next(numbers)}.test", EICAR + b"\n" * 4000), 60, kept.monitor.describe)
            procs.stop(kept.monitor.process.pid)
            try:
                assert "in time" in ask("hangs.test")
            finally:
                os.kill(kept.monitor.process.pid, signal.SIGCONT)
            # With it there the stricter profile does what it says: infected passes, and is kept.
            def is_kept():
                host = f"there{next(numbers)}.test"
                answer = strict.exchange(icap.respmod(EICAR, url=f"http://{host}/a"))
                said = logged(strict, host)
                if re.fullmatch("[0-9a-f]{20}", said["kept"]):
                    assert answer.status in (200, 204), answer
                    return True
                assert said["action"] == "fail" and "in time" in said["kept"], said
                return False
            procs.wait_until(is_kept, 60, kept.monitor.describe)
            m = kept.monitor.metrics()
            assert m["epost_quarantine_unkept_total"] >= 2


def test_a_full_disk(env, make_kept):
    kept = make_kept("full")
    place = kept.monitor.root / "small"
    with smalldisk.make(place, 600) as disk:
        if environment.is_root():
            os.chown(disk.seen, env.user.pw_uid, env.user.pw_gid)
        monitor = kept.monitor
        monitor.settings["QuarantineDirectory"] = place / "quarantine"
        path = monitor.config()
        monitor.spawn(*disk.enter, *env.as_user(monitor.program, "--config", path), user=False)
        monitor.wait_port(monitor.port)
        body = samples.incompressible(200000)
        answers = [kept.put(body, transaction(i)) for i in range(4)]
        assert answers[0][0] and not answers[-1][0], answers
        assert "space" in answers[-1][1]
        left = sorted(p.name for p in (disk.seen / "quarantine").iterdir())
        good = [number for is_kept, number in answers if is_kept]
        assert left == sorted(f"{n}.{e}" for n in good for e in ("sealed", "event"))
        monitor.stop()


def test_malformed_requests_keep_nothing(make_kept):
    kept = make_kept("malformed")
    with kept.monitor:
        read, write = os.pipe()
        assert kept.put(b"", transaction(1), length=5, fd=read) == (False, "a request without a file")
        os.close(read), os.close(write)
        assert kept.put(b"abc", transaction(1), length=4)[0] is False
        assert kept.put(b"abc", transaction(1), length=(1 << 64) - 1)[0] is False
        assert kept.put(b"abc", transaction(1, sha256="0" * 64)) == \
            (False, "the body is not the one that the event names")
        peer = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        peer.settimeout(slowness.scaled(20))
        peer.connect(str(kept.socket))
        peer.send(os.urandom(500))
        assert b"not a request" in peer.recv(4096)
        peer.close()
        assert kept.files() == []
        assert kept.put(b"abc", transaction(1))[0]  # and it goes on


def test_key_files_that_others_can_touch_are_refused(make_kept, env):
    for number, (key, mode) in enumerate(((HEX, 0o644), (HEX, 0o660), (HEX[:-2], 0o600))):
        kept = make_kept(f"badkey{number}", key=key)
        os.chmod(kept.monitor.root / "key", mode)
        kept.monitor.start(ready=False)
        kept.monitor.process.wait(20 * env.slow)
        assert kept.monitor.process.returncode == 1
        assert "key" in kept.monitor.describe()
