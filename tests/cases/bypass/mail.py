# SPDX-License-Identifier: GPL-2.0-or-later
"""Whole mails as a gateway sends them: transfer encodings, containers, names, encryption."""

import base64
import zlib

from bypass.formats import packs
from bypass.formats.mime import (HEAD, TEXT, armor, attachment, b64, cms_compressed,
                                 cms_enveloped, cms_signed, mail_with, multipart, part,
                                 pgp_encrypted, pgp_literal, single, tnef)
from bypass.formats.disks import fat, iso, mbr, vhd
from bypass.formats.ole import encrypted_ooxml
from bypass.formats.rar import noise, rar5
from bypass.formats.tapes import lha
from bypass.formats.zips import Entry, write, zip_of, zipcrypto
from bypass.wrapping import CLEAN, add, infected, infected_or, unscannable, wrapping

EVERY = "every mail program"
OUTLOOK = "Outlook"
MAIL = {"filename": "mail"}
PART = infected("mail > eicar.com")


def sent(name, opens, expect, make, **more):
    add(make, "mail-" + name, opens, expect, family="mail", **{**MAIL, **more})


for name, encoding, make in (
        ("base64", b"base64", None), ("quoted-printable", b"quoted-printable", None),
        ("7bit", b"7bit", None), ("8bit", b"8bit", None), ("binary", b"binary", None),
        ("no-encoding", b"", None)):
    sent(name, EVERY, PART, lambda file, e=encoding: mail_with(attachment(file, encoding=e)))

for token in (b"x-uuencode", b"x-uue", b"uuencode"):
    sent(token.decode(), "Outlook Express, mutt, Thunderbird", PART, lambda file, t=token: mail_with(
        attachment(file, encoding=t, body=packs.uu(file.data, file.name).replace(b"\n", b"\r\n"))))

sent("uuencode-in-text", "Outlook, Thunderbird", infected("mail > *"), lambda file: HEAD + b"\r\nhello\r\n\r\n" +
     packs.uu(file.data, file.name).replace(b"\n", b"\r\n") + b"\r\nbye\r\n")
sent("uuencode-in-mime-text", "Outlook, Thunderbird", infected("mail > *"), lambda file: single(
    b"text/plain", b"7bit", b"hello\r\n\r\n" + packs.uu(file.data, file.name).replace(b"\n", b"\r\n")))
sent("uuencode-behind-other-uuencode", "Outlook, Thunderbird", infected("mail > *"), lambda file: HEAD +
     b"\r\n" + (packs.uu(b"harmless\n", "a.txt") + packs.uu(file.data, file.name)).replace(b"\n", b"\r\n"))
sent("yenc-in-text", "news readers: Thunderbird with an add-on, SABnzbd", infected_or("container"),
     lambda file: HEAD + b"\r\nhello\r\n" + packs.yenc(file.data, file.name))
sent("yenc-attachment", "news readers", infected_or("container"), lambda file: mail_with(
    attachment(file, encoding=b"8bit", body=packs.yenc(file.data, file.name), kind=b"application/x-yenc")))
sent("binhex-in-text", "Apple Mail of old, Outlook for Mac", infected_or("container"),
     lambda file: HEAD + b"\r\nhello\r\n\r\n" + packs.binhex(file.data, file.name))
sent("binhex-attachment", "Apple Mail of old, Outlook for Mac", infected_or("container"),
     lambda file: mail_with(attachment(file, encoding=b"7bit", body=packs.binhex(file.data, file.name),
                                       kind=b"application/mac-binhex40")))

sent("base64-single-body", EVERY, infected("mail > *"), lambda file: single(
    b'application/octet-stream; name="eicar.com"', b"base64", b64(file.data)))
sent("base64-text-part-without-name", "every mail program: save as", infected("mail > *"),
     lambda file: mail_with(part(b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64",
                                 b64(file.data))))
sent("inline-image", EVERY, infected("mail > *"), lambda file: mail_with(
    attachment(file, kind=b"image/png", disposition=b"inline"), subtype=b"related"))
sent("attachment-named-as-text", EVERY, PART, lambda file: mail_with(
    attachment(file, kind=b"text/plain")))

sent("zip", EVERY, infected("mail > invoice.zip > eicar.com"), lambda file: mail_with(
    attachment(file, body=b64(zip_of(file, 8)), name=b'"invoice.zip"')))
sent("encrypted-zip", "the user, with the password from the next mail", unscannable("encrypted"),
     lambda file: mail_with(attachment(file, body=b64(write([zipcrypto(file.name, file.data)])),
                                       name=b'"invoice.zip"')))


sent("encrypted-docx", "Word, with the password from the next mail", unscannable("encrypted"),
     lambda file: mail_with(attachment(file, body=b64(encrypted_ooxml(noise(5000))), name=b'"letter.docx"')))
sent("rar", "WinRAR, 7-Zip", infected("mail > invoice.rar > eicar.com"), lambda file: mail_with(
    attachment(file, body=b64(rar5(file.name, file.data)), name=b'"invoice.rar"')))
sent("lzh", "lhasa, Explzh: ordinary in Japan", infected("mail > invoice.lzh > eicar.com"), lambda file: mail_with(
    attachment(file, body=b64(lha(file.name, file.data)), name=b'"invoice.lzh"')))
sent("br", "brotli -d", infected("mail > *"), lambda file: mail_with(
    attachment(file, body=b64(packs.br(file.data)), name=b'"eicar.com.br"')))
sent("zip-lzma", "7-Zip", infected("mail > invoice.zip > eicar.com"), lambda file: mail_with(
    attachment(file, body=b64(zip_of(file, 14)), name=b'"invoice.zip"')))
sent("iso", "Windows mounts it", infected("mail > invoice.iso > *"), lambda file: mail_with(
    attachment(file, body=b64(iso(file.name, file.data)), name=b'"invoice.iso"')))
sent("vhd", "Windows mounts it", infected_or("container"), lambda file: mail_with(
    attachment(file, body=b64(vhd(mbr(fat(file.data)))), name=b'"invoice.vhd"')), benign=None)


def nested(file, depth):
    inner = mail_with(attachment(file))
    for _ in range(depth):
        inner = mail_with(part(b"Content-Type: message/rfc822\r\nContent-Disposition: attachment",
                               inner))
    return inner


sent("forwarded-once", EVERY, infected("mail > *"), lambda file: nested(file, 1))
sent("forwarded-3-times", EVERY, infected("mail > *"), lambda file: nested(file, 3))
sent("forwarded-as-base64", "Outlook, Thunderbird", infected("mail > *"), lambda file: mail_with(
    part(b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64",
         b64(mail_with(attachment(file))))))
sent("attached-eml-file", EVERY, infected("mail > *"), lambda file: mail_with(
    attachment(file, body=b64(mail_with(attachment(file))), name=b'"x.eml"')))
sent("digest", "Thunderbird", infected("mail > *"), lambda file: multipart(
    [b"\r\n" + mail_with(attachment(file), boundary=b"inner")], subtype=b"digest"))
sent("multipart-in-multipart", EVERY, PART, lambda file: multipart(
    [part(b"Content-Type: multipart/mixed; boundary=inner", b"--inner\r\n" + attachment(file) +
          b"\r\n--inner--\r\n")]))
sent("alternative", EVERY, PART, lambda file: multipart([TEXT, attachment(file)], subtype=b"alternative"))
sent("appledouble", "Apple Mail", PART, lambda file: mail_with(part(
    b"Content-Type: multipart/appledouble; boundary=ad", b"--ad\r\nContent-Type: application/applefile"
    b"\r\nContent-Transfer-Encoding: base64\r\n\r\nAAUWBwACAAA=\r\n--ad\r\n" + attachment(file) +
    b"\r\n--ad--\r\n")))

sent("partial", "Outlook Express joins the parts", unscannable("partial"), lambda file: HEAD +
     b"MIME-Version: 1.0\r\nContent-Type: message/partial; id=\"a@b\"; number=1; total=2\r\n\r\n" +
     mail_with(attachment(file))[:-100])
sent("external-body", "nothing here is opened: the content is elsewhere", CLEAN, lambda _file: mail_with(
    part(b"Content-Type: message/external-body; access-type=URL; URL=\"http://example.test/x\"",
         b"Content-Type: application/octet-stream\r\n\r\n")), benign=None)

sent("winmail-dat", OUTLOOK, infected("mail > *"), lambda file: mail_with(attachment(
    file, body=b64(tnef(file)), kind=b"application/ms-tnef", name=b"winmail.dat")))
sent("winmail-dat-other-name", OUTLOOK, infected("mail > *"), lambda file: mail_with(attachment(
    file, body=b64(tnef(file)), kind=b"application/octet-stream", name=b"x.bin")))

sent("smime-encrypted", "Outlook, Thunderbird, with the key", unscannable("encrypted"),
     lambda file: single(b"application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m", b"base64",
                         b64(cms_enveloped(noise(600)))))
sent("smime-encrypted-octet-stream", "Outlook, Thunderbird, with the key", unscannable("encrypted"),
     lambda file: mail_with(attachment(file, body=b64(cms_enveloped(noise(600))), name=b"smime.p7m")))
sent("smime-opaque-signed", "Outlook, Thunderbird: no key is needed", infected_or("container"),
     lambda file: single(b"application/pkcs7-mime; smime-type=signed-data; name=smime.p7m", b"base64",
                         b64(cms_signed(attachment(file)))))
sent("smime-compressed", "Outlook: no key is needed", infected_or("container"),
     lambda file: single(b"application/pkcs7-mime; smime-type=compressed-data; name=smime.p7z", b"base64",
                         b64(cms_compressed(zlib.compress(attachment(file))))))
sent("smime-clear-signed", EVERY, infected("mail > *"), lambda file: multipart(
    [attachment(file), part(b"Content-Type: application/pkcs7-signature; name=smime.p7s\r\n"
                            b"Content-Transfer-Encoding: base64", b64(cms_signed(b"")))],
    subtype=b"signed; protocol=\"application/pkcs7-signature\"; micalg=sha-256"))
sent("pgp-mime-encrypted", "Thunderbird, with the key", unscannable("encrypted"), lambda file: multipart(
    [part(b"Content-Type: application/pgp-encrypted", b"Version: 1\r\n"),
     part(b"Content-Type: application/octet-stream; name=encrypted.asc",
          armor(b"MESSAGE", pgp_encrypted(noise(600))))],
    subtype=b"encrypted; protocol=\"application/pgp-encrypted\""))
sent("pgp-inline-encrypted", "Thunderbird, with the key", unscannable("encrypted"), lambda file: HEAD +
     b"\r\n" + armor(b"MESSAGE", pgp_encrypted(noise(600))))
sent("pgp-attachment-encrypted", "gpg, with the key", unscannable("encrypted"), lambda file: mail_with(
    attachment(file, body=b64(pgp_encrypted(noise(600))), name=b"x.gpg")))
sent("pgp-stored-not-encrypted", "gpg, without any key", infected_or("container", "encrypted"),
     lambda file: mail_with(attachment(file, body=b64(pgp_literal(file.name, file.data)), name=b"x.gpg")),
     benign=None)

JAPANESE = "ウイルス.com"


def encoded_word(text, charset, letter=b"B"):
    raw = text.encode(charset)
    body = base64.b64encode(raw) if letter == b"B" else b"".join(b"=%02X" % b for b in raw)
    return b'"=?' + charset.encode() + b"?" + letter + b"?" + body + b'?="'


NAMES = (
    ("rfc2047-utf-8", encoded_word(JAPANESE, "utf-8")),
    ("rfc2047-q", encoded_word(JAPANESE, "utf-8", b"Q")),
    ("rfc2047-iso-2022-jp", encoded_word(JAPANESE, "iso-2022-jp")),
    ("rfc2047-shift-jis", encoded_word(JAPANESE, "shift_jis")),
    ("rfc2047-euc-jp", encoded_word(JAPANESE, "euc-jp")),
    ("raw-utf-8", b'"%s"' % JAPANESE.encode()),
    ("raw-shift-jis", b'"%s"' % JAPANESE.encode("cp932")),
    ("raw-iso-2022-jp", b'"%s"' % JAPANESE.encode("iso-2022-jp")),
)
for label, value in NAMES:
    # What comes raw has no charset: the gateway may guess, and must find the file anyway.
    part_path = "mail > *" if label.startswith("raw-s") or label.startswith("raw-i") else \
        "mail > " + JAPANESE
    sent("name-" + label, "Becky!, Outlook, Thunderbird", infected(part_path),
         lambda file, value=value: mail_with(attachment(file, name=value)))


def named_2231(parameter):
    return lambda file: mail_with(part(
        b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n"
        b"Content-Disposition: attachment; " + parameter, b64(file.data)))


def percent(text, charset="utf-8"):
    return b"".join(b"%%%02X" % b for b in text.encode(charset))


sent("name-rfc2231", EVERY, infected("mail > " + JAPANESE),
     named_2231(b"filename*=UTF-8''" + percent(JAPANESE)))
sent("name-rfc2231-iso-2022-jp", EVERY, infected("mail > " + JAPANESE),
     named_2231(b"filename*=iso-2022-jp'ja'" + percent(JAPANESE, "iso-2022-jp")))
sent("name-rfc2231-continued", EVERY, infected("mail > " + JAPANESE), named_2231(
    b"filename*0*=UTF-8''" + percent(JAPANESE[:2]) + b";\r\n filename*1*=" + percent(JAPANESE[2:4]) +
    b";\r\n filename*2=.com"))
sent("name-folded", EVERY, infected("mail > *"), named_2231(b"\r\n filename=\r\n\t\"eicar.com\""))
sent("name-empty", EVERY, infected("mail > *"), lambda file: mail_with(attachment(file, name=b'""')))
