# SPDX-License-Identifier: GPL-2.0-or-later
"""Mail through Postfix, rspamd and the scanner, as doc/clients.md configures them."""

import contextlib
import signal

import pytest

from lib import env as environment, letters, procs, samples, web
from lib.eicar import EICAR, EICAR_NAME
from lib.faults import frozen_workers
from lib.postfix import Mailbox, Postfix, send
from lib.rspamd import Rspamd


def quick(env):
    """The recipe with a shorter patience with the scanner."""
    return {"external_services.conf": {"timeout = 8.0": f"timeout = {2 * env.slow:.1f}"}}


def short(env):
    """And with a shorter one of the whole, which ends before the one above."""
    return {"worker-proxy.inc": {"timeout = 20s": f"timeout = {min(2 * env.slow, 6):.1f}s"}}


class Post:
    """Mailbox, rspamd and the gateway's Postfix behind one another."""

    def __init__(self, stack, env, port, replaced=None):
        self.port = port
        self.mailbox = stack.enter_context(Mailbox())
        self.rspamd = stack.enter_context(Rspamd(env, port, replaced))
        self.gateway = stack.enter_context(Postfix(env, "gateway", self.mailbox.port,
                                                   self.rspamd.port))

    def send(self, message, **more):
        return send(self.gateway.port, message, **more)

    def describe(self):
        return self.rspamd.describe() + "\n" + self.gateway.describe()


@pytest.fixture(scope="module")
def post(env, server):
    with contextlib.ExitStack() as stack:
        yield Post(stack, env, server.port)


@pytest.fixture(scope="module")
def other_post(env):
    """Asks a port where each case starts a scanner of its own; with a shorter patience."""
    with contextlib.ExitStack() as stack:
        made = Post(stack, env, environment.free_port(), quick(env))
        yield made


@pytest.fixture
def start(make_server, other_post):
    """start(…): a server of the case's own, behind other_post."""
    def run(ready=True, **options):
        server = make_server(**options)
        server.port = other_post.port
        return server.start(ready=ready)
    return run


def refused_for(answer, threat):
    code, text = answer
    assert code == 554 and text.startswith("5.7.1"), answer
    assert "virus found" in text and threat in text, answer


def later(answer):
    code, text = answer
    assert code == 451 and text.startswith("4.7.1"), answer


def test_clean_mail_is_delivered(post):
    for i, message in enumerate((letters.letter(),
                                 letters.attached(samples.unique(2000), "report.bin"),
                                 letters.attached(samples.incompressible(3_000_000, 4), "big.bin"))):
        to = f"clean{i}@example.test"
        assert post.send(message, to=to)[0] == 250, post.describe()
        data = post.mailbox.wait_for(to, message=post.describe)[0].replace(b"\r\n", b"\n")
        assert data.endswith(bytes(message).split(b"\n\n", 1)[1]), "the content was changed"
    assert "message or mime_part is clean" in (post.rspamd.root / "rspamd.log").read_text()


def delivered(post, messages, name):
    for i, message in enumerate(messages):
        to = f"{name}{i}@example.test"
        answer = post.send(message, to=to)
        assert answer[0] == 250, f"{answer}\n{post.describe()}"
        post.mailbox.wait_for(to, message=post.describe)


def test_newsletters_are_delivered(post):
    """Links that count clicks, with the defaults."""
    delivered(post, letters.newsletters(), "news")


def test_what_a_heuristic_marks_is_delivered(start, other_post):
    """rspamd goes by X-Infection-Found, X-Virus-ID and X-Violations-Found: a mark sets none of them."""
    server = start(settings={"DetectPhishingSSL": "on", "DetectPhishingCloak": "on", "DetectPUA": "on"})
    delivered(other_post, letters.newsletters(), "marked")
    assert "reason=heuristic" in server.logged("profile=mail", "verdict=unscannable")


@pytest.mark.parametrize("how", sorted(letters.INFECTED))
def test_threats_are_refused_by_name(post, how):
    to = f"{how.replace(' ', '-')}@example.test"
    refused_for(post.send(letters.INFECTED[how](), to=to), EICAR_NAME)
    assert not post.mailbox.received(to)


def test_the_log_names_the_attachment(server, post):
    post.send(letters.attached(web.zipped(name="invoice.com"), "marked-invoice.zip"))
    assert "invoice.com" in server.logged("marked-invoice.zip", "verdict=infected")
    post.send(letters.nested())
    server.logged('part="mail > mail > eicar.com"', "verdict=infected")


def test_encrypted_is_refused_by_policy(post):
    """The mail profile blocks what it cannot look into: refused for good, not put off."""
    code, text = post.send(letters.attached(letters.encrypted_zip(), "secret.zip"),
                           to="closed@example.test")
    assert code == 554 and "cannot be scanned" in text, (code, text, post.describe())


def test_encrypted_passes_by_policy(start, other_post):
    post = other_post
    start(settings={"Profile": "mail unscannable:encrypted=pass"})
    assert post.send(letters.attached(letters.encrypted_zip(), "secret.zip"),
                     to="open@example.test")[0] == 250, post.describe()
    post.mailbox.wait_for("open@example.test")
    refused_for(post.send(letters.attached(EICAR, "eicar.com")), EICAR_NAME)


def test_sender_is_told(env, post):
    """An infected mail comes back to its sender from the sending server, threat named."""
    with Postfix(env, "sender", post.gateway.port) as sender, Mailbox() as home:
        # The bounce goes where the sending server delivers its own people's mail.
        (sender.root / "etc" / "transport").write_text(f"sender.test smtp:[127.0.0.1]:{home.port}\n")
        procs.run("postconf", "-c", sender.config, "-e",
                  f"transport_maps = texthash:{sender.config}/transport")
        procs.run("postfix", "-c", sender.config, "reload")
        assert send(sender.port, letters.attached(EICAR, "eicar.com"))[0] == 250
        bounce = home.wait_for("alice@sender.test", message=sender.describe)[0]
        assert b"554 5.7.1" in bounce and EICAR_NAME.encode() in bounce


def test_scanner_away(env, start, other_post):
    """451 while the scanner is away; the sending server tries again and the mail arrives."""
    server, post = start(), other_post
    with Postfix(env, "sender", post.gateway.port) as sender:
        server.stop()
        later(post.send(letters.letter()))
        later(post.send(letters.attached(EICAR, "eicar.com")))
        assert send(sender.port, letters.letter(), to="patient@example.test")[0] == 250
        reason = procs.wait_until(lambda: sender.waiting_because("patient@example.test"), 20,
                                  sender.describe)
        assert "451 4.7.1 the virus scanner does not answer" in reason
        assert not post.mailbox.received("patient@example.test")
        server.start()
        post.mailbox.wait_for("patient@example.test", message=sender.describe)


def test_no_signatures(start, other_post):
    start(bases=None, ready=False)
    later(other_post.send(letters.letter()))


def test_workers_hang(start, other_post):
    """The scanner answers for itself when its time is over, and rspamd puts the mail off."""
    server = start(settings={"Profile": "mail timeout=500ms"}, workers=2)
    with frozen_workers(server):
        later(other_post.send(letters.letter()))
    server.logged("profile=mail", "reason=timeout", "action=fail")
    assert other_post.send(letters.letter())[0] == 250, other_post.describe()


def test_scanner_silent(start, other_post):
    """A scanner that takes the connection and says nothing: the rule's own timeout."""
    with silent(start()):
        later(other_post.send(letters.letter()))
    assert other_post.send(letters.letter())[0] == 250, other_post.describe()


def test_mail_takes_too_long(env, server):
    """Where rspamd's limit of a mail is over before the rule's: soft_reject_on_timeout."""
    with contextlib.ExitStack() as stack:
        post = Post(stack, env, server.port, short(env))
        with silent(server):
            code, text = post.send(letters.letter())
            assert code == 451 and "scanner" not in text, (code, text, post.describe())
        assert post.send(letters.letter())[0] == 250, post.describe()


@contextlib.contextmanager
def silent(server):
    """All of c-icap stopped: the kernel still accepts connections for it."""
    pids = [server.pid, *server.children_pids()]
    procs.stop(*pids)
    try:
        yield
    finally:
        for pid in pids:
            procs.kill(pid, signal.SIGCONT)


def test_reload_under_mail(server, post):
    """Mails during reloads: every clean one arrives, every infected one is refused."""
    for i in range(3):
        server.touch()
        server.command("epost_av:reload")
        for n in range(5):
            to = f"reload{i}-{n}@example.test"
            assert post.send(letters.letter(), to=to)[0] == 250, post.describe()
            refused_for(post.send(letters.attached(EICAR, "eicar.com")), EICAR_NAME)
            post.mailbox.wait_for(to)
