# SPDX-License-Identifier: GPL-2.0-or-later
"""Mails of everyday: bounces that return headers, newsletters with counted links, cut mails."""

from bypass.formats.mime import HEAD, TEXT, attachment, multipart, part
from bypass.formats.zips import DEFLATE, Entry, write
from bypass.wrapping import File
from benign.case import MAIL, everyday
from benign.filler import office, text

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
