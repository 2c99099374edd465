# SPDX-License-Identifier: GPL-2.0-or-later
"""Mail that breaks the rules in ways that mail programs forgive."""

from bypass.formats import packs
from bypass.formats.mime import (BOUNDARY, TEXT, attachment, b64, mail_with, multipart, part)
from bypass.formats.zips import Entry, write
from bypass.wrapping import CLEAN_OR_DAMAGED, File, add, infected, infected_or

FORGIVEN = "Outlook and Thunderbird forgive it"
ONE = "Thunderbird or Outlook, not both"
MAIL = infected()


def broken(name, make, opens=FORGIVEN, expect=MAIL, benign="twin", **more):
    if benign == "twin" and not expect.reasons:
        benign = CLEAN_OR_DAMAGED
    add(make, "broken-" + name, opens, expect, benign, family="mailbreak",
        **{"filename": "mail", **more})


broken("no-closing-boundary", lambda f: mail_with(attachment(f), end=False))
broken("no-closing-boundary-single-part", lambda f: multipart([attachment(f)], end=False))
broken("no-mime-version", lambda f: mail_with(attachment(f)).replace(b"MIME-Version: 1.0\r\n", b""))
broken("no-mail-headers", lambda f: mail_with(attachment(f), head=b""))
# Was clean: no field of it was known to be mail's but Content-Type.
broken("only-unknown-headers-and-type", lambda f: multipart(
    [attachment(File(f.name, packs.gz(f.data)))], head=b"X-One: 1\r\nX-Two: 2\r\n")
       .replace(b"MIME-Version: 1.0\r\n", b""), "every mail program", infected("mail > *"))
broken("behind-mbox-line", lambda f: b"From sender@example.test Mon Sep  1 12:00:00 2008\r\n" +
       mail_with(attachment(f)), "every mbox reader")
broken("behind-byte-order-mark", lambda f: b"\xef\xbb\xbf" + mail_with(attachment(f)),
       "Thunderbird opens such an .eml", infected_or("malformed", "container"))
broken("behind-empty-lines", lambda f: b"\r\n\r\n" + mail_with(attachment(f)),
       "Outlook opens such an .eml", infected_or("malformed", "container"))
broken("behind-unknown-headers", lambda f: b"".join(b"X-Gateway-%d: yes\r\n" % i for i in range(400)) +
       mail_with(attachment(f)), "every mail program")
broken("behind-an-endless-header", lambda f: b"X-Long: " + b"x" * 70000 + b"\r\n" +
       mail_with(attachment(f)), "every mail program")
broken("header-with-nul", lambda f: b"X-Nul: a\0b\r\n" + mail_with(attachment(f)))
broken("header-with-space-before-colon", lambda f: mail_with(attachment(f)).replace(
    b"Content-Transfer-Encoding:", b"Content-Transfer-Encoding :"))
broken("header-without-space", lambda f: mail_with(attachment(f)).replace(b": ", b":"), "every mail program")
broken("headers-in-odd-case", lambda f: mail_with(attachment(f)).replace(b"Content-T", b"cONTENT-t"),
       "every mail program")
broken("headers-folded-everywhere", lambda f: mail_with(attachment(f)).replace(b"; ", b";\r\n\t")
       .replace(b": base64", b":\r\n base64"), "every mail program")
broken("header-comments", lambda f: mail_with(attachment(f)).replace(
    b": base64", b": (a comment) base64 (another)"), ONE)
broken("unix-line-ends", lambda f: mail_with(attachment(f)).replace(b"\r\n", b"\n"), "every mail program")
broken("mac-line-ends", lambda f: mail_with(attachment(f)).replace(b"\r\n", b"\r"),
       "Outlook for Mac; few others", infected_or("malformed", "container"))
broken("mac-line-ends-in-zip", lambda f: write([Entry("x.eml", mail_with(attachment(f)).replace(
    b"\r\n", b"\r"), 8)]), "Outlook for Mac; few others", infected_or("malformed", "container"), filename="x.zip")
broken("mixed-line-ends", lambda f: mail_with(attachment(f)).replace(b"\r\n--", b"\n--"), "every mail program")
broken("doubled-carriage-returns", lambda f: mail_with(attachment(f)).replace(b"\r\n", b"\r\r\n"),
       "Outlook", infected_or("malformed", "container"))

broken("boundary-unquoted", lambda f: mail_with(attachment(f), boundary=b"frontier",
                                                 parameter=b"boundary=frontier"), "every mail program")
broken("boundary-quote-not-closed", lambda f: mail_with(attachment(f), parameter=b'boundary="' + BOUNDARY))
broken("boundary-in-single-quotes", lambda f: mail_with(attachment(f), boundary=b"'frontier'",
                                                         parameter=b"boundary='frontier'"), ONE)
broken("boundary-with-trailing-space", lambda f: mail_with(attachment(f)).replace(
    b"--" + BOUNDARY + b"\r\n", b"--" + BOUNDARY + b"  \t\r\n"), "every mail program")
broken("boundary-is-prefix-of-the-real-one", lambda f: mail_with(
    attachment(f), boundary=BOUNDARY + b"-and-more", declared=BOUNDARY), ONE)
broken("boundary-given-twice", lambda f: mail_with(
    attachment(f), parameter=b'boundary="other"; boundary="%s"' % BOUNDARY), ONE,
    infected_or("malformed", "container"))
broken("boundary-given-twice-first-counts", lambda f: mail_with(
    attachment(f), parameter=b'boundary="%s"; boundary="other"' % BOUNDARY), ONE,
    infected_or("malformed", "container"))
broken("boundary-empty", lambda f: mail_with(attachment(f), boundary=b"", parameter=b'boundary=""'), ONE,
       infected_or("malformed", "container"))
broken("boundary-missing", lambda f: mail_with(attachment(f), parameter=b"charset=us-ascii"),
       "Outlook guesses it from the first line", infected_or("malformed", "container"))
broken("boundary-in-rfc2231", lambda f: mail_with(
    attachment(f), parameter=b"boundary*0=%s;\r\n boundary*1=%s" % (BOUNDARY[:4], BOUNDARY[4:])), ONE)
broken("boundary-of-300-characters", lambda f: mail_with(attachment(f), boundary=b"x" * 300))
broken("boundary-shared-by-inner-multipart", lambda f: multipart(
    [part(b'Content-Type: multipart/mixed; boundary="%s"' % BOUNDARY,
          b"--" + BOUNDARY + b"\r\n" + attachment(f))]), ONE)
broken("closing-boundary-too-early", lambda f: multipart([TEXT]) + b"--" + BOUNDARY + b"\r\n" +
       attachment(f) + b"\r\n--" + BOUNDARY + b"--\r\n", ONE, infected_or("malformed", "container"))
broken("attachment-in-preamble", lambda f: multipart([TEXT], preamble=b"--other\r\n" + attachment(f) +
                                                     b"\r\n--other--\r\n"),
       "no ordinary program shows it; some gateways do", infected_or("malformed", "container", "none"))
broken("two-content-types", lambda f: mail_with(attachment(f)).replace(
    b"Content-Type: multipart", b"Content-Type: text/plain\r\nContent-Type: multipart", 1), ONE,
    infected_or("malformed", "container"))
broken("two-content-types-reversed", lambda f: mail_with(attachment(f)).replace(
    b"Content-Type: multipart", b"Content-type: multipart", 1).replace(
    b"\r\n\r\n", b"\r\nContent-Type: text/plain\r\n\r\n", 1), ONE, infected_or("malformed", "container"))
broken("two-transfer-encodings", lambda f: mail_with(part(
    b"Content-Type: application/octet-stream; name=eicar.com\r\nContent-Transfer-Encoding: 7bit\r\n"
    b"Content-Transfer-Encoding: base64", b64(f.data))), ONE, infected_or("malformed", "container"))
broken("two-transfer-encodings-reversed", lambda f: mail_with(part(
    b"Content-Type: application/octet-stream; name=eicar.com\r\nContent-Transfer-Encoding: base64\r\n"
    b"Content-Transfer-Encoding: 7bit", b64(f.data))), ONE, infected_or("malformed", "container"))
broken("transfer-encoding-quoted", lambda f: mail_with(attachment(f, encoding=b'"base64"', body=b64(f.data))), ONE,
       infected_or("malformed", "container", "encoding"))
broken("transfer-encoding-unknown", lambda f: mail_with(attachment(f, encoding=b"x-base64", body=b64(f.data))),
       "old Outlook", infected_or("malformed", "container", "encoding"))
broken("transfer-encoding-on-multipart", lambda f: multipart(
    [attachment(f)], parameter=b'boundary="%s"\r\nContent-Transfer-Encoding: base64' % BOUNDARY))
broken("transfer-encoding-missing", lambda f: mail_with(attachment(f, encoding=b"", body=b64(f.data))),
       "nobody decodes it but the user", infected_or("malformed", "container", "none"))

broken("base64-in-one-line", lambda f: mail_with(attachment(f, body=b64(f.data).replace(b"\r\n", b""))),
       "every mail program")
broken("base64-four-characters-a-line", lambda f: mail_with(attachment(f, body=b"\r\n".join(
    b64(f.data).replace(b"\r\n", b"")[i:i + 4] for i in range(0, 92, 4)))), "every mail program")
broken("base64-with-foreign-characters", lambda f: mail_with(attachment(
    f, body=b"!".join([b64(f.data)[:20], b64(f.data)[20:]]))), "every mail program: they are skipped")
broken("base64-without-padding", lambda f: mail_with(attachment(f, body=b64(f.data).replace(b"=", b""))),
       "every mail program")
broken("base64-padding-in-the-middle", lambda f: mail_with(attachment(
    f, body=b64(f.data[:25]) + b64(f.data[25:]))), "Thunderbird decodes on")
broken("base64-cut", lambda f: mail_with(attachment(f, body=b64(f.data + b"\r\n" * 10)[:-6])), "every mail program")
broken("base64-with-line-of-dashes-behind", lambda f: mail_with(attachment(
    f, body=b64(f.data) + b"\r\n-- \r\nsent by a gateway that adds a line\r\n")), "every mail program")
broken("quoted-printable-lower-case-hex", lambda f: mail_with(attachment(
    f, encoding=b"quoted-printable", body=b"".join(b"=%02x" % c for c in f.data))), "every mail program")
broken("quoted-printable-soft-breaks-everywhere", lambda f: mail_with(attachment(
    f, encoding=b"quoted-printable", body=b"=\r\n".join(b"=%02X" % c for c in f.data))), "every mail program")
broken("headers-end-without-empty-line", lambda f: mail_with(
    attachment(f).replace(b"\r\n\r\n", b"\r\n \r\n", 1)), ONE, infected_or("malformed", "container"))

# Were clean: only GMime's view of a message was scanned.
SECOND_TYPE = b'boundary="%s"\r\nContent-Type: application/octet-stream' % BOUNDARY
broken("two-types-first-counts", lambda f: multipart([attachment(f)], parameter=SECOND_TYPE), "nine of twelve readers")
broken("two-types-first-counts-quoted-printable", lambda f: multipart(
    [attachment(f, encoding=b"quoted-printable", body=b"".join(b"=%02X" % c for c in f.data))], parameter=SECOND_TYPE),
    "nine of twelve readers")
broken("quoted-printable-blanks-behind-soft-breaks", lambda f: mail_with(attachment(
    f, encoding=b"quoted-printable", body=b"=  \t\r\n".join(b"=%02X" % c for c in f.data))), "every mail program")
broken("quoted-printable-escape-cut-in-two", lambda f: mail_with(attachment(
    f, encoding=b"quoted-printable", body=b"".join(b"=%X=\r\n%X" % (c >> 4, c & 15) for c in f.data))), "three readers")
broken("first-header-line-indented", lambda f: mail_with(b" Content-Transfer-Encoding: quoted-printable\r\nX: y\r\n\r\n" +
                                                         b"".join(b"=%02X" % c for c in f.data)), "four readers")
broken("no-blank-line-quoted-printable", lambda f: mail_with(
    b"Content-Transfer-Encoding: quoted-printable\r\n" + b"".join(b"=%02X" % c for c in f.data)), "two readers")
broken("transfer-encoding-in-comment", lambda f: mail_with(attachment(
    f, encoding=b"(quoted-printable)", body=b"".join(b"=%02X" % c for c in f.data))), "uudeview")
broken("delimiter-indented", lambda f: mail_with(attachment(
    f, encoding=b"quoted-printable", body=b"".join(b"=%02X" % c for c in f.data))).replace(b"\r\n--", b"\r\n --"), "ripmime")
