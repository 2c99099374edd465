# SPDX-License-Identifier: GPL-2.0-or-later
"""Somebody is told: by a program, a webhook or a mail; grouped, again after a failure, and with
nothing of an event in a command, a header or an address."""

import base64
import email
import hashlib
import hmac
import json
import os
import signal
import subprocess

import pytest

from lib import env as environment, procs
from lib.hook import Hook
from lib.monitor import transaction
from lib.postfix import Mailbox, Postfix

EVIL = 'Bad"; touch /tmp/x\r\nX-Evil: 1\r\n\r\n.\r\nRCPT TO:<eve@evil.test>'


class Told:
    """A monitor with rules. `said` is what the program `tell` was given: objects."""

    def __init__(self, env, monitor):
        self.env, self.monitor = env, monitor
        self.said_file = monitor.directory("said") / "lines"
        self.program("tell", f"cat >> {self.said_file}")
        self.monitor.settings["Notifications"] = monitor.root / "rules"

    def program(self, name, script, mode=0o755):
        return self.monitor.write(name, f"#!/bin/sh\n{script}\n", mode)

    def rules(self, *lines, mode=0o644):
        tell = f"program tell {self.monitor.root}/tell"
        return self.monitor.write("rules", "\n".join((tell, *lines)) + "\n", mode)

    @property
    def said(self):
        if not self.said_file.exists():
            return []
        lines = self.said_file.read_text(encoding="utf-8").split("\n")
        return [json.loads(line) for line in lines[:-1]]

    def wait(self, what, timeout=20):
        return procs.wait_until(what, timeout * self.env.slow,
                                lambda: (self.monitor.describe(), self.numbers()))

    def numbers(self):
        return {k.removeprefix("epost_notification"): v for k, v in self.monitor.metrics().items()
                if k.startswith("epost_notification") and v}

    def count(self, channel, result="sent"):
        return self.monitor.metrics()[
            f'epost_notifications_total{{channel="{channel}",result="{result}"}}']

    def reload(self):
        self.monitor.process.send_signal(signal.SIGHUP)

    def check(self):
        done = subprocess.run(self.env.as_user(self.monitor.program, "--config",
                                               self.monitor.config(), "--check"),
                              capture_output=True, text=True, timeout=60 * self.env.slow, check=False)
        return done.returncode, done.stderr


@pytest.fixture
def told(env, make_monitor, request):
    return Told(env, make_monitor(request.node.name.removeprefix("test_")))


def test_a_program_is_told_on_its_standard_input(told):
    """One at once, and the others of the group when its time is over; no argument, no variable."""
    told.program("look", f"echo \"$#:$(env | sort | tr '\\n' ' ')\" > {told.said_file}.env; "
                         f"cat >> {told.said_file}; ls -l /proc/$$/fd > {told.said_file}.fds")
    told.rules(f"program look {told.monitor.root}/look",
               "rule bad to=look verdict=infected threat=bad* every=3s")
    with told.monitor as monitor:
        monitor.send(transaction(1, threat=EVIL, user="$(id)"))
        told.wait(lambda: told.said)
        monitor.send(*[transaction(i, threat="BAD.Two", user=f"u{i}") for i in range(2, 44)])
        monitor.send(transaction(90, threat="Good.One"), transaction(91, verdict="error", threat=""),
                     transaction(92, verdict="clean", threat="bad"))
        told.wait(lambda: len(told.said) == 2)
        first, more = told.said
        assert first["rule"] == "bad" and first["node"] == "monitor-test"
        assert (first["count"], first["more"]) == (1, 0)
        assert first["event"]["threat"] == EVIL and first["event"]["user"] == "$(id)"
        assert first["first"] == first["last"] == first["event"]["time"]
        assert not set(first["text"]) & set("<>\"'\r\n@;$`&"), first["text"]
        assert (more["count"], more["more"]) == (42, 41) and "41 more" in more["text"]
        assert more["event"]["user"] == "u43"
        words, variables = (told.said_file.parent / "lines.env").read_text().strip().split(":", 1)
        assert words == "0"
        names = {v.split("=")[0] for v in variables.split()} - {"PWD", "OLDPWD", "SHLVL", "_"}
        assert names == {"PATH", "LANG"}
        # Its three and the shell's own script: nothing of the monitor's.
        opened = (told.said_file.parent / "lines.fds").read_text()
        assert not [word for word in ("socket:", "events", "memfd:epost-q", "inode", "token")
                    if word in opened.replace("memfd:epost-notification", "")], opened
        told.wait(lambda: told.numbers() == {'s_total{channel="program",result="sent"}': 2,
                                             "_events_total": 43, "_rules": 1})


def test_a_rate_is_a_threshold(told):
    told.rules("rule many to=tell reason=encrypted,timeout rate=3/1h every=0",
               "rule never to=tell verdict=infected rate=1000/1h")
    with told.monitor as monitor:
        for i, reason in enumerate(("encrypted", "signature", "timeout")):
            monitor.send(transaction(i, verdict="error", reason=reason))
        monitor.wait_stored()
        assert not told.said
        monitor.send(transaction(9, verdict="error", reason="timeout"))
        told.wait(lambda: told.said)
        assert told.said[0]["count"] == 1 and told.said[0]["event"]["id"].endswith("-9")
        monitor.send(transaction(10, verdict="error", reason="encrypted"))
        told.wait(lambda: len(told.said) == 2)


def test_service_events(told):
    told.rules("rule service to=tell event=update-failed,worker-crashed every=0",
               "rule user to=tell user=alice every=0")
    with told.monitor as monitor:
        monitor.send({"time": 1, "event": "reload"}, {"time": 2, "event": "deleted", "user": "alice"},
                     {"time": 3, "event": "worker-crashed", "count": 5})
        told.wait(lambda: told.said)
        assert told.said[0]["count"] == 5 and told.said[0]["event"]["event"] == "worker-crashed"
        monitor.send({"time": 4, "event": "update-failed", "detail": "no mirror"})
        told.wait(lambda: len(told.said) == 2)
        assert [one["rule"] for one in told.said] == ["service", "service"]


def test_a_program_that_hangs_is_ended(told):
    """With what it has started; it is tried again, and then given up, while others are told."""
    pids = told.said_file.parent / "pids"
    told.program("hang", f"sleep 600 & echo $! $$ >> {pids}; wait")
    told.program("fail", "exit 3")
    deadline = round(2000 * told.env.slow)  # for a shell to start and say its number
    told.rules(f"program hang {told.monitor.root}/hang deadline={deadline}ms tries=2 pause=50ms",
               f"program fail {told.monitor.root}/fail tries=3 pause=50ms",
               "rule hangs to=hang verdict=infected", "rule fails to=fail verdict=infected",
               "rule tells to=tell verdict=infected")
    with told.monitor as monitor:
        monitor.send(transaction(1))
        told.wait(lambda: told.said)
        told.wait(lambda: told.count("program", "failed") == 2, 60)
        for text in ("rule hangs, program hang: it did not end in time and was killed; given up",
                     "rule fails, program fail: its exit status is 3; given up"):
            told.wait(lambda t=text: t in monitor.describe())
        lines = pids.read_text(encoding="ascii").split("\n")[:-1]
        assert len(lines) == 2
        told.wait(lambda: all(procs.gone(int(pid)) for pid in " ".join(lines).split()))
        told.wait(lambda: monitor.metrics()["epost_notification_events_dropped_total"] == 2)


def test_a_webhook_that_is_broken_is_tried_again(told):
    """500, then 200: told once more, signed, and with no header of the event's."""
    token, key = "secret-token-123", "key-of-the-webhook"
    token_file = told.monitor.write("hook-token", token + "\n", 0o600)
    key_file = told.monitor.write("hook-key", key + "\n", 0o600)
    with Hook(500, 200) as hook:
        told.rules(f"webhook ops {hook.url} token={token_file} key={key_file} pause=100ms",
                   "rule bad to=ops verdict=infected action=block profile=web every=0")
        with told.monitor as monitor:
            monitor.send(transaction(1, threat=EVIL, url="http://evil.test/\r\nX-Evil: 2"))
            told.wait(lambda: told.count("webhook") == 1)
            assert len(hook.posts) == 2 and hook.posts[0][2] == hook.posts[1][2]
            path, headers, body = hook.posts[1]
            assert path == "/hook" and json.loads(body)["event"]["threat"] == EVIL
            assert headers["Authorization"] == f"Bearer {token}"
            assert headers["X-Epost-Signature"] == \
                "sha256=" + hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
            assert sorted(name.lower() for name in headers) == [
                "accept", "authorization", "content-length", "content-type", "host", "user-agent",
                "x-epost-signature"]
            told.wait(lambda: "the answer is 500" in monitor.describe())
            assert token not in monitor.describe()
            told.wait(lambda: told.numbers() == {'s_total{channel="webhook",result="sent"}': 1,
                                                 "_events_total": 1, "_rules": 1})


def test_a_webhook_that_refuses_or_hangs(told):
    """A refusal and a redirection are final; a hanging one holds nobody else up."""
    with Hook(404) as refuses, Hook(302) as leads, Hook(30) as hangs:
        told.rules(f"webhook refuses {refuses.url}", f"webhook leads {leads.url}",
                   f"webhook hangs {hangs.url} deadline=1s tries=2 pause=50ms",
                   "webhook nobody http://127.0.0.1:1/ tries=2 pause=50ms",
                   *(f"rule {one} to={one} verdict=infected" for one in
                     ("hangs", "refuses", "leads", "nobody", "tell")))
        with told.monitor as monitor:
            monitor.send(transaction(1))
            told.wait(lambda: told.said)
            told.wait(lambda: told.count("webhook", "failed") == 4, 60)
            told.wait(lambda: len(hangs.posts) == 2)  # the second may be read when it was given up already
            assert len(refuses.posts) == 1
            assert [path for path, _, _ in leads.posts] == ["/hook"]
            told.wait(lambda: "the answer is 404; given up" in monitor.describe())


def heads_and_body(data):
    mail = email.message_from_bytes(data)
    return mail, base64.b64decode(mail.get_payload()).decode()


def test_a_mail_goes_to_the_rule_s_addresses_only(told):
    with Mailbox() as box:
        told.rules(f"mail admins smtp://127.0.0.1:{box.port} from=epost@gate.test "
                   "to=root@gate.test,ops@gate.test pause=100ms",
                   "rule bad to=admins verdict=infected every=2s")
        with told.monitor as monitor:
            event = transaction(1, threat=EVIL, sender=f"mallory@evil.test\n{EVIL}",
                                recipients="victim@evil.test", message_id=EVIL, user=EVIL)
            monitor.send(event)
            told.wait(lambda: box.mails)
            monitor.send(*[transaction(i) for i in range(2, 9)])
            told.wait(lambda: len(box.mails) == 2)
            for sender, recipients, _ in box.mails:
                assert sender == "epost@gate.test"
                assert recipients == ["root@gate.test", "ops@gate.test"]
            mail, body = heads_and_body(box.mails[0][2])
            assert sorted(mail.keys()) == sorted([
                "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version",
                "Content-Type", "Content-Transfer-Encoding"])
            assert mail["Subject"] == "epost-av on monitor-test: bad"
            head = box.mails[0][2].split(b"\r\n\r\n")[0]
            for word in (b"evil", b"Bad", b"mallory", b"victim"):
                assert word not in head
            assert "victim@evil.test" in body and "Bad\"; touch /tmp/x" in body
            mail, body = heads_and_body(box.mails[1][2])
            assert mail["Subject"] == "epost-av on monitor-test: bad (7 events)"
            assert "6 more" in body and mail["Auto-Submitted"] == "auto-generated"


@pytest.mark.heavy
def test_a_mail_through_a_real_postfix(told, env):
    with Mailbox() as box, Postfix(env, "notify", box.port) as postfix:
        told.rules(f"mail admins smtp://127.0.0.1:{postfix.port} from=epost@gate.test "
                   "to=root@gate.test pause=200ms", "rule bad to=admins verdict=infected")
        with told.monitor as monitor:
            monitor.send(transaction(1))
            data = box.wait_for("root@gate.test", 1, 60 * env.slow, postfix.describe)[0]
            mail, body = heads_and_body(data)
            assert mail["From"] == "<epost@gate.test>" and "Eicar-Test" in body
            told.wait(lambda: told.count("mail") == 1)


def test_a_mail_server_that_is_away_or_refuses(told):
    """Away: tried again. A refusal for good: not."""
    class Refusing(Mailbox):
        lines = 0

        def refuses(self, recipient):
            self.lines += 1
            return b"550 5.1.1 no such user"
    with Refusing() as box:
        told.rules(f"mail refuses smtp://127.0.0.1:{box.port} from=a@gate.test to=b@gate.test",
                   "mail away smtp://127.0.0.1:1 from=a@gate.test to=b@gate.test tries=3 pause=50ms",
                   "rule refuses to=refuses verdict=infected", "rule away to=away verdict=infected")
        with told.monitor as monitor:
            monitor.send(transaction(1))
            told.wait(lambda: told.count("mail", "failed") == 2)
            assert box.lines == 1 and not box.mails
            told.wait(lambda: "rule away, mail away" in monitor.describe())


def test_a_mistake_changes_nothing_and_says_where(told):
    told.rules("rule bad to=tell verdict=infected every=0")
    with told.monitor as monitor:
        path = told.rules("rule bad to=tell verdict=infected every=0", "", "rule two to=nobody verdict=error")
        code, said = told.check()
        assert code == 1 and f"{path}:4: to=nobody" in said, said
        told.reload()
        told.wait(lambda: f"{path}:4: to=nobody: there is no such program" in monitor.describe())
        told.wait(lambda: "the 1 rules from before stay in force" in monitor.describe())
        told.wait(lambda: told.numbers() == {"_rules": 1, "_rules_refused": 1})
        monitor.send(transaction(1))
        told.wait(lambda: told.said)
        told.rules("rule bad to=tell verdict=infected every=0", "rule more to=tell verdict=error every=0")
        assert told.check() == (0, "epost-monitord: the configuration is good\n")
        told.reload()
        told.wait(lambda: told.numbers().get("_rules") == 2)
        monitor.send(transaction(2, verdict="error"))
        told.wait(lambda: len(told.said) == 2)
        assert told.said[1]["rule"] == "more"
        os.chmod(path, 0o664)
        told.reload()
        told.wait(lambda: f"{path} can be written by others" in monitor.describe())
        assert told.numbers()["_rules"] == 2


def test_files_that_others_can_touch_are_refused(told):
    key = told.monitor.write("key", "a-key\n", 0o600)
    program = told.program("mine", "cat")
    good = (f"webhook hook http://127.0.0.1:1/ key={key}", f"program mine {program}")
    told.rules(*good)
    assert told.check()[0] == 0
    for path, mode, line in ((key, 0o620, 2), (key, 0o604, 2), (program, 0o775, 3),
                             (program, 0o644, 3), (told.monitor.root / "rules", 0o646, 0)):
        usual = path.stat().st_mode & 0o777
        os.chmod(path, mode)
        code, said = told.check()
        assert code == 1 and str(path) in said, said
        assert not line or f"/rules:{line}: " in said, said
        os.chmod(path, usual)
    told.rules(*good, "rule x to=hook")
    told.monitor.start(ready=False)
    told.monitor.process.wait(20 * told.env.slow)
    assert told.monitor.process.returncode == 1
    assert "/rules:4: rule x" in told.monitor.describe() or "/rules:4:" in told.monitor.describe()


def test_what_waits_is_told_at_the_end(told):
    """A group whose time is not over, and one for a receiver that is away."""
    told.rules("rule bad to=tell verdict=infected every=1h",
               "webhook away http://127.0.0.1:1/", "rule away to=away verdict=infected")
    with told.monitor as monitor:
        monitor.send(transaction(1))
        told.wait(lambda: told.said)
        monitor.send(*[transaction(i) for i in range(2, 5)])
        told.wait(lambda: told.numbers().get("_events_total") == 4)
    assert [one["count"] for one in told.said] == [1, 3]


def test_a_notifier_that_dies_comes_again(told):
    told.rules("rule bad to=tell verdict=infected every=0")
    with told.monitor as monitor:
        monitor.send(transaction(1))
        told.wait(lambda: told.said)
        own = [p for p in procs.belonging(monitor.root, monitor.process.pid)
               if p.name == "epost-notifier"]
        assert len(own) == 1, own
        procs.kill(own[0].pid)
        told.wait(lambda: "another one is started" in monitor.describe())
        monitor.send(transaction(2))
        told.wait(lambda: len(told.said) == 2)
        told.wait(lambda: told.count("program") == 2)


def test_thousands_at_once(told):
    """The group counts each of them; what the socket could not take is counted too."""
    told.rules("rule bad to=tell verdict=infected every=1s")
    with told.monitor as monitor:
        monitor.send(*[transaction(i) for i in range(20000)])

        def all_counted():
            n = told.numbers()
            return n.get("_events_total", 0) + n.get("_events_dropped_total", 0) == 20000
        told.wait(all_counted, 60)
        wanted = told.numbers()["_events_total"]
        told.wait(lambda: sum(one["count"] for one in told.said) == wanted, 60)
        assert len(told.said) < 60


def test_the_sample_and_the_documented_rules_are_good(told):
    """The commented examples of the sample, and those in doc/notifications.md."""
    sample = (environment.TOP / "conf" / "notifications").read_text(encoding="utf-8").splitlines()
    lines = [line.removeprefix("# ") for line in sample]
    examples = [line for line in lines if line.startswith(("mail ", "rule "))]
    assert len(examples) == 4
    told.rules(*sample, *examples)
    assert told.check() == (0, "epost-monitord: the configuration is good\n")
    shown = (environment.TOP / "doc" / "notifications.md").read_text(encoding="utf-8").splitlines()
    token = told.monitor.write("token-of-chat", "x\n", 0o600)
    examples = [line.strip().replace("/etc/epost-av/chat.token", str(token))
                .replace("/usr/local/lib/epost-av/tell-siem", "/bin/true") for line in shown
                if line.startswith(("    mail ", "    webhook ", "    program ", "    rule "))]
    assert len(examples) == 7
    told.rules(*examples)
    assert told.check() == (0, "epost-monitord: the configuration is good\n")
