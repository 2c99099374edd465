# SPDX-License-Identifier: GPL-2.0-or-later
"""Mails of everyday: bounces that return headers, newsletters with counted links, cut mails."""

from bypass.formats.mime import HEAD, OID_DATA, OID_SIGNED, TEXT, armor, attachment, der, multipart, part
from bypass.formats.zips import DEFLATE, Entry, write
from bypass.wrapping import File
from benign.case import MAIL, everyday
from benign.filler import noise, office, text

ORIGINAL = HEAD + b"MIME-Version: 1.0\r\nContent-Type: multipart/alternative;\r\n\tboundary=\"orig1\"\r\n"
STATUS = part(b"Content-Type: message/delivery-status", b"Reporting-MTA: dns; mx.example.test\r\n\r\nFinal-Recipient: "
              b"rfc822; b@example.test\r\nAction: failed\r\nStatus: 5.1.1\r\n")


def report(kind, returned, more=b""):
    return multipart([TEXT, STATUS, part(b"Content-Type: " + kind + more, returned)], b"B1", subtype=b"report")


@everyday(**MAIL)
def bounce():
    for kind in (b"text/rfc822-headers", b"message/rfc822-headers", b"message/rfc822", b"text/rfc822-headers; charset=utf-8",
                 b"message/global-headers"):
        name = kind.decode().replace("/", "-").replace("; ", "-")
        yield f"{name}-headers", report(kind, ORIGINAL)
        yield f"{name}-headers-and-line", report(kind, ORIGINAL + b"\r\n")
    yield "cut-before-first-part", report(b"message/rfc822", ORIGINAL + b"\r\nThis is a MIME mail.\r\n")
    yield "cut-in-first-part", report(b"message/rfc822", ORIGINAL + b"\r\n--orig1\r\nContent-Type: text/plain\r\n\r\nhel")
    yield "cut-in-part-header", report(b"message/rfc822", ORIGINAL + b"\r\n--orig1\r\nContent-Ty")
    yield "qmail", HEAD + b"\r\nHi. This is the qmail-send program.\r\n\r\n--- Below this line is a copy of the message." \
        b"\r\n\r\n" + ORIGINAL + b"\r\n--orig1\r\nContent-Type: text/plain\r\n\r\nhello\r\n--orig1--\r\n"
    yield "headers-with-mixed", report(b"text/rfc822-headers", ORIGINAL.replace(b"alternative", b"mixed"))


@everyday(**MAIL)
def multipart_without_parts():
    yield "header-only", ORIGINAL + b"\r\n"
    yield "only-preamble", ORIGINAL + b"\r\nThis message was cut.\r\n"
    yield "only-close", ORIGINAL + b"\r\n--orig1--\r\n"


@everyday(**MAIL)
def newsletter():
    def page(link):
        html = b"<html><body><p>" + link + b"</p></body></html>\r\n"
        return multipart([TEXT, part(b"Content-Type: text/html; charset=utf-8", html)], subtype=b"alternative")
    yield "counted-link", page(b'<a href="http://click.mailer.example/track?u=1&amp;id=abc">https://www.shop.example/offers</a>')
    yield "same-host", page(b'<a href="http://www.shop.example/offers">https://www.shop.example/offers</a>')
    yield "image-link", page(b'<a href="http://t.example/1"><img src="http://t.example/1.gif">https://shop.example/</a>')
    yield "single-part", HEAD + b"MIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n<a href=\"http://www.shop.example/o\">" \
        b"https://www.shop.example/o</a>\r\n"


@everyday(**MAIL)
def attachment_of_everyday():
    yield "docx", multipart([TEXT, attachment(File("a.docx", office()))])
    yield "zip-and-docx", multipart([TEXT, attachment(File("a.zip", write([Entry("a.docx", office(), DEFLATE)]))),
                                     attachment(File("b.docx", office(pictures=1)))])
    yield "text-as-7bit", multipart([TEXT, attachment(File("a.txt", text(900)), encoding=b"7bit")])
    yield "empty-file", multipart([TEXT, attachment(File("empty.txt", b""))])
    yield "apple-mail", multipart([TEXT, attachment(File("a.docx", office())), TEXT])


def signature(length):
    """A detached signature: SignedData without content, one certificate, one signer. length: how
    constructed values tell theirs ("definite", or "indefinite" as many mail programs write)."""
    def box(tag, *content):
        if length == "definite":
            return der(tag, *content)
        return bytes([tag, 0x80]) + b"".join(content) + b"\0\0"
    sha = der(0x30, bytes.fromhex("06052b0e03021a"), der(0x05))
    name = der(0x30, der(0x31, der(0x30, bytes.fromhex("0603550403"), der(0x13, b"Alice"))))
    certificate = der(0x30, der(0x30, der(0x02, b"\1"), sha, name, der(0x04, filler_noise(300))), sha, der(0x03, b"\0" + filler_noise(128)))
    signer = der(0x30, der(0x02, b"\1"), der(0x30, name, der(0x02, b"\1")), sha, der(0x30, bytes.fromhex("06092a864886f70d010101"), der(0x05)),
                 der(0x04, filler_noise(128)))
    body = box(0x30, der(0x02, b"\1"), der(0x31, sha), box(0x30, OID_DATA), box(0xA0, certificate), der(0x31, signer))
    return box(0x30, OID_SIGNED, box(0xA0, body))


def filler_noise(size):
    return noise(size + 20)[20:]


@everyday(**MAIL)
def signed_mail():
    for length in ("definite", "indefinite"):
        for kind in (b"application/pkcs7-signature", b"application/x-pkcs7-signature", b"application/octet-stream"):
            part_ = attachment(File("smime.p7s", signature(length)), kind=kind)
            head = b'; protocol="application/pkcs7-signature"; micalg=sha1; boundary="sig"'
            yield f"{length}-{kind.decode().split('/')[1]}", multipart([TEXT, part_], b"sig", subtype=b"signed", parameter=head[2:])
    quoted = b"He wrote:\r\n> -----BEGIN PGP MESSAGE-----\r\n> Version: x\r\n>\r\n> blah, blah\r\n"
    yield "pgp-mark-quoted", multipart([part(b"Content-Type: text/plain", quoted)])
    shown = b"like this:\r\n\r\n-----BEGIN PGP MESSAGE-----\r\nVersion: GnuPG v1.0.7 (GNU/Linux)\r\n\r\nblah, blah, blah\r\n" \
        b"-----END PGP MESSAGE-----\r\n"
    yield "pgp-mark-shown", multipart([part(b"Content-Type: text/plain", shown)])
    detached = armor(b"MESSAGE", b"\x89\x01\x15\x03\x05\x00" + filler_noise(272))
    yield "pgp-signature-as-message", multipart([TEXT, attachment(File("a.asc", detached), kind=b"application/pgp-signature")])
    program = b"\x7fELF\2\1\1" + bytes(60) + filler_noise(2000) + b"\0-----BEGIN PGP SIGNATURE-----\0-----BEGIN PGP MESSAGE-----\0" + \
        filler_noise(2000)
    yield "program-that-knows-pgp", multipart([TEXT, attachment(File("git", program))])


@everyday(**MAIL)
def boundary_misspelled():
    """Old mass mailers: no reader finds a part, and all show the text."""
    text_ = b"--= Multipart Boundary 1\r\nContent-Type: text/plain\r\n\r\nhello\r\n--= Multipart Boundary 1--\r\n"
    yield "blank-behind-equals", HEAD + b'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="=Multipart Boundary 1"\r\n\r\n' + text_
    yield "cut-over-two-lines", HEAD + b'\r\n\r\nTo: x\r\nContent-Type: multipart/mixed; boundary="----=_Next\r\nB0"\r\n\r\nhello\r\n'
