# SPDX-License-Identifier: GPL-2.0-or-later
"""Mails to send: clean ones, and threats in the ways that mails carry them."""

import binascii
import email.message
import email.utils
import io
import zipfile

from lib import samples, web
from lib.eicar import EICAR


def letter(to="bob@example.test", text=None, subject="The report of Monday"):
    """A mail that no spam filter dislikes; each is different."""
    m = email.message.EmailMessage()
    m["From"], m["To"], m["Subject"] = "Alice <alice@sender.test>", to, subject
    m["Date"], m["Message-ID"] = email.utils.formatdate(), email.utils.make_msgid(domain="s.test")
    m.set_content(text or f"Dear Bob,\n\nhere is the report.\n\n{samples.unique(80).decode()}\n"
                          "Alice\n")
    return m


def attached(data, name, kind="application/octet-stream", **more):
    m = letter(**more)
    m.add_attachment(data, *kind.split("/"), filename=name)
    return m


def newsletters():
    """Mails of shops: the text of a link is one address, it leads to another that counts clicks."""
    counted = '<a href="http://click.mailer.test/t?u=81&amp;id=c0ffee">https://www.shop.test/offers</a>'
    bodies = (counted, '<a href="http://www.shop.test/offers">https://www.shop.test/offers</a>',
              '<table><tr><td>' + counted + '</td></tr></table><img src="http://click.mailer.test/o.gif" width="1" height="1">',
              '<a href="http://click.mailer.test/1"><img src="http://img.mailer.test/1.jpg" alt="x">https://bank.test/login</a>',
              '<a href="https://u123.ct.mailer.test/ls/click?upn=u001.AbCd">https://www.paypal.test/</a>' + counted * 20)
    for i, body in enumerate(bodies):
        m = letter(subject=f"Offers of week {i}")
        m["List-Unsubscribe"] = "<https://click.mailer.test/unsubscribe?u=81>"
        m.add_alternative(f"<html><body><p>Dear customer,</p>{body}</body></html>", subtype="html",
                          cte=("quoted-printable", "base64", "7bit")[i % 3])
        yield m


def encrypted_zip():
    """A ZIP whose member says that it is encrypted (and is noise)."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as z:
        z.writestr("secret.txt", samples.incompressible(400, 7))
    out = bytearray(data.getvalue())
    out[6] |= 1
    out[out.find(b"PK\1\2") + 8] |= 1
    return bytes(out)


def nested():
    m = letter()
    m.add_attachment(attached(EICAR, "eicar.com"))
    return m


def uuencoded():
    line = binascii.b2a_uu(EICAR[:45]) + binascii.b2a_uu(EICAR[45:])
    return letter(text="see below\n\nbegin 644 eicar.com\n" + line.decode() + "`\nend\n")


INFECTED = {
    "attachment": lambda: attached(EICAR, "eicar.com"),
    "zip": lambda: attached(web.zipped(), "invoice.zip", "application/zip"),
    "japanese name": lambda: attached(web.zipped(name="請求書.com"), "請求書.zip"),
    "as text": lambda: attached(EICAR, "readme.txt", "text/plain"),
    "as picture": lambda: attached(EICAR, "holiday.png", "image/png"),
    "second of three": lambda: _three(),
    "nested mail": nested,
    "uuencode": uuencoded,
}


def _three():
    m = attached(samples.unique(500), "first.bin")
    m.add_attachment(EICAR, "application", "octet-stream", filename="second.com")
    m.add_attachment(samples.unique(500), "application", "octet-stream", filename="third.bin")
    return m
