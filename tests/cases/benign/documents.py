# SPDX-License-Identifier: GPL-2.0-or-later
"""Documents that programs open without asking: locked for changes only, or long nested."""

from bypass.formats.pdf import Lock, document
from bypass.wrapping import File
from benign.case import PDF, everyday
from benign.filler import text


@everyday(**PDF)
def pdf_with_owner_password():
    for kind in ("rc4-40", "rc4-128", "aes-128", "aes-256"):
        yield kind, document(File("note.txt", text(300)), ["FlateDecode"], lock=Lock(kind))


@everyday(**PDF)
def pdf_plain():
    yield "attachment", document(File("note.txt", text(300)), ["FlateDecode"])
    yield "object-stream", document(File("note.txt", text(300)), ["FlateDecode"], packed_objects=True)
    yield "wrong-length", document(File("note.txt", text(300)), ["FlateDecode"], length=3)
    yield "junk-before", document(File("note.txt", text(300)), ["FlateDecode"], prefix=b"\r\n\r\n")
