# SPDX-License-Identifier: GPL-2.0-or-later
"""Office: OOXML, OLE2, OpenDocument, OneNote, mail items, installers."""

import base64
import struct

from bypass.formats import ole
from bypass.formats.mime import tnef
from bypass.formats.packs import gz
from bypass.formats.rar import noise
from bypass.formats.zips import Entry, write
from bypass.wrapping import CLEAN, infected, infected_or, unscannable, wrapping

WORD = "Word, by a double click on the object"
TYPES = (b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
         b'<Default Extension="bin" ContentType="application/vnd.openxmlformats-officedocument.oleObject"/>'
         b'<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-'
         b'officedocument.wordprocessingml.document.main+xml"/></Types>')
RELS = (b'<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
        b'relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        b'relationships/officeDocument" Target="word/document.xml"/></Relationships>')
TEXT = (b'<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/'
        b'main"><w:body><w:p><w:r><w:t>hello</w:t></w:r></w:p></w:body></w:document>')
DOCX = {"kind": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "filename": "letter.docx"}
DOC = {"kind": "application/msword", "filename": "letter.doc"}


def docx(*more, method=8):
    entries = [("[Content_Types].xml", TYPES), ("_rels/.rels", RELS), ("word/document.xml", TEXT), *more]
    return write([Entry(name, data, method) for name, data in entries])


@wrapping(WORD, infected(), **DOCX)
def docx_with_ole_package(file):
    return docx(("word/embeddings/oleObject1.bin", ole.package(file.name, file.data)))


@wrapping("7-Zip; Word keeps it", infected("*eicar.com"), **DOCX)
def docx_with_plain_file(file):
    return docx(("word/embeddings/" + file.name, file.data))


@wrapping("Word: a document in the document", infected(), **DOCX)
def docx_in_docx(file):
    inner = docx(("word/embeddings/oleObject1.bin", ole.package(file.name, file.data)))
    return docx(("word/embeddings/Microsoft_Word_Document.docx", inner))


@wrapping("Word imports it when it opens the letter", infected(), **DOCX)
def docx_with_alternative_chunk(file):
    text = base64.encodebytes(file.data)
    return docx(("word/afchunk.mht", b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n\r\n"
                 b"--x\r\nContent-Type: application/octet-stream; name=eicar.com\r\n"
                 b"Content-Transfer-Encoding: base64\r\n\r\n" + text + b"\r\n--x--\r\n"))


@wrapping("Word; the name says picture", infected(), kind="image/png", filename="picture.png")
def docx_named_as_picture(file):
    return docx(("word/media/image1.png", file.data))


@wrapping("Word, with the password", unscannable("encrypted"), **DOCX)
def docx_encrypted(_file):
    return ole.encrypted_ooxml(noise(5000))


@wrapping("Word, with the password, behind an unzip", unscannable("encrypted"), filename="x.zip")
def docx_encrypted_in_zip(_file):
    return write([Entry("letter.docx", ole.encrypted_ooxml(noise(5000)), 8)])


@wrapping("Excel opens VelvetSweatshop-style files; here with a password", unscannable("encrypted"),
          kind="application/vnd.ms-excel", filename="table.xls")
def xls_encrypted(_file):
    return ole.excel(encrypted=True)


@wrapping("Word, with the password", unscannable("encrypted"), **DOC)
def doc_encrypted(_file):
    return ole.word(encrypted=True)


@wrapping(WORD, infected(), **DOC)
def doc_with_ole_package(file):
    return ole.word({"ObjectPool": {"_1281350456": {"\x01Ole10Native": ole.native(file.name, file.data)}}})


@wrapping("7-Zip; programs that read the stream", infected(), **DOC)
def doc_with_plain_stream(file):
    return ole.word({"Payload": file.data})


WORD_CLSID = bytes.fromhex("0609020000000000c000000000000046")


def packed(file):
    """An OLE object whose file is packed, so that only who opens it finds it."""
    return ole.native("x.gz", gz(file.data))


def word_tree(file):
    """A .doc with that object, and so many streams that the directory takes some sectors."""
    return {**{f"S{i}": bytes(100) for i in range(12)},
            "ObjectPool": {"_1281350456": {"\x01Ole10Native": packed(file)}}}


@wrapping("Word; sectors of 4096 bytes, as Windows itself writes them on request", infected(), **DOC)
def doc_with_large_sectors(file):
    return ole.compound({**word_tree(file), "WordDocument": bytes(5000)}, WORD_CLSID, shift=12)


@wrapping("Windows Installer; sectors of 4096 bytes", infected(), filename="setup.msi")
def msi_with_large_sectors(file):
    return ole.compound({**{f"S{i}": bytes(100) for i in range(40)}, "x": gz(file.data)},
                        bytes.fromhex("84100c0000000000c000000000000046"), shift=12)


@wrapping("Word, which finds names by search and does not walk the tree", infected(), **DOC)
def doc_with_a_folder_in_itself(file):
    return ole.compound({"A": ole.LOOP, **word_tree(file), "WordDocument": bytes(5000)}, WORD_CLSID)


@wrapping("Word takes names without regard to case", infected(), **DOC)
def doc_with_package_in_capitals(file):
    return ole.compound({"ObjectPool": {"_1": {"\x01OLE10NATIVE": packed(file)}},
                         "WordDocument": bytes(5000)}, WORD_CLSID)


@wrapping("Excel; libclamav looks at pictures only where there are some", infected(),
          kind="application/vnd.ms-excel", filename="table.xls")
def xls_with_pictures_and_a_package(file):
    book = struct.pack("<HHHHHHII", 0x0809, 16, 0x0600, 5, 0x0DBB, 0x07CC, 0, 6) + \
        struct.pack("<HH", 0xEB, 8) + bytes(8) + struct.pack("<HH", 0x0A, 0)
    return ole.compound({"Workbook": book.ljust(5000, b"\0"), "MBD0001": {"CONTENTS": gz(file.data)}}, bytes.fromhex("2008020000000000c000000000000046"))


@wrapping("Word; where the source begins is told in a way that libclamav does not follow", infected(), **DOC)
def doc_with_macro_of_an_odd_project(file):
    return ole.compound({"WordDocument": bytes(5000), "Macros": {"VBA": {
        "dir": noise(100), "_VBA_PROJECT": noise(100), "Module1": ole.macro(file.data)}}}, WORD_CLSID)


@wrapping("Word, with the password; its text is a short stream in pieces", unscannable("encrypted"), **DOC)
def doc_encrypted_in_small_sectors(_file):
    fib = struct.pack("<HHHHHHHI", 0xA5EC, 0xC1, 0, 0x409, 0, 0x300, 0xBF, 0x1234)
    head, rest = fib.ljust(512, b"\0"), noise(960)
    whole = ole.compound({"WordDocument": head + rest, "1Table": bytes(512)}, WORD_CLSID)
    return ole.swapped(whole, head, rest[:512])


@wrapping("Word shows what there is; the object's stream breaks off", unscannable("malformed"), **DOC)
def doc_with_a_cut_table(file):
    data = bytes(6000) + file.data + noise(6000)
    return ole.compound({"WordDocument": bytes(5000), "Payload": data})[:-2560]


@wrapping("Word; its themes are ZIPs, which lie in pieces in the file", CLEAN, **DOC)
def doc_with_a_theme_in_pieces(_file):
    text = b"".join(b"<a n='%d'/>" % (i * i) for i in range(2000))
    theme = write([Entry("theme.xml", text, 8), *[Entry(f"{i}.xml", noise(99)) for i in range(12)]])
    whole = ole.compound({"WordDocument": bytes(5000), "1Table": theme.ljust(9728, b"\0")})
    return ole.swapped(whole, theme[512:1024], theme[1024:1536])


@wrapping("Outlook; a stream has the header alone", CLEAN, kind="application/vnd.ms-outlook",
          filename="mail.msg")
def outlook_msg_with_header(_file):
    head = (b"Received: from a\r\nMIME-Version: 1.0\r\nFrom: a@example.test\r\n"
            b"Content-Type: multipart/mixed; boundary=x\r\n\r\n")
    return ole.compound({"__properties_version1.0": bytes(32), "__substg1.0_007D001E": head})


@wrapping("Outlook", infected(), kind="application/vnd.ms-outlook", filename="mail.msg")
def outlook_msg(file):
    return ole.msg(file.name, file.data)


@wrapping("Outlook; a mail in an attachment", infected(), kind="application/vnd.ms-outlook",
          filename="mail.msg")
def outlook_msg_with_zip(file):
    return ole.msg("x.zip", write([Entry(file.name, file.data, 8)]))


@wrapping("Outlook", infected(), filename="winmail.dat")
def winmail_dat(file):
    return tnef(file)


@wrapping("Exchange and Outlook: the attachment's data is one of its properties", infected(),
          filename="winmail.dat")
def winmail_dat_with_properties(file):
    return tnef(type(file)("x.gz", gz(file.data)), among_properties=True)


@wrapping("Outlook shows what came before", unscannable("malformed"), filename="winmail.dat")
def winmail_dat_cut(file):
    return tnef(type(file)("x.zip", noise(500) + file.data))[:-100]


@wrapping("Windows Installer; 7-Zip", infected(), filename="setup.msi")
def msi_with_stream(file):
    return ole.compound({"\u4840\u3f3f\u4577\u446c": file.data, "\x05SummaryInformation": bytes(48)},
                        bytes.fromhex("84100c0000000000c000000000000046"))


@wrapping("LibreOffice", infected(), filename="letter.odt",
          kind="application/vnd.oasis.opendocument.text")
def odt_with_object(file):
    return write([Entry("mimetype", b"application/vnd.oasis.opendocument.text"),
                  Entry("Object 1", ole.package(file.name, file.data), 8),
                  Entry("content.xml", b"<?xml version=\"1.0\"?><office:document-content/>", 8)])


@wrapping("LibreOffice, with the password", unscannable("encrypted"), filename="letter.odt",
          kind="application/vnd.oasis.opendocument.text")
def odt_encrypted(_file):
    manifest = (b'<?xml version="1.0" encoding="UTF-8"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:'
                b'opendocument:xmlns:manifest:1.0" manifest:version="1.2"><manifest:file-entry '
                b'manifest:full-path="content.xml" manifest:media-type="text/xml" manifest:size="5000">'
                b'<manifest:encryption-data manifest:checksum="AAAA"><manifest:algorithm manifest:algorithm-name='
                b'"http://www.w3.org/2001/04/xmlenc#aes256-cbc" manifest:initialisation-vector="AAAA"/>'
                b'</manifest:encryption-data></manifest:file-entry></manifest:manifest>')
    return write([Entry("mimetype", b"application/vnd.oasis.opendocument.text"),
                  Entry("content.xml", noise(5000)), Entry("META-INF/manifest.xml", manifest, 8)])


def onenote(data, before=b""):
    head = bytes.fromhex("e4525c7b8cd8a74daeb15378d02996d3") + bytes(1008) + before
    start = bytes.fromhex("e716e3bd65261145a4c48d4d0b7a9eac")
    end = bytes.fromhex("22a7fb717900 0b4abb13899256426b24".replace(" ", ""))
    return head + start + struct.pack("<QIQ", len(data), 0, 0) + data + bytes(4) + end + bytes(64)


@wrapping("OneNote, by a double click", infected(), filename="notes.one")
def onenote_with_file(file):
    return onenote(file.data)


@wrapping("OneNote, which goes by the section's own tables", infected_or("malformed"), filename="notes.one",
          benign=unscannable("malformed"))
def onenote_with_a_mark_before(file):
    mark = bytes.fromhex("e716e3bd65261145a4c48d4d0b7a9eac")
    return onenote(gz(file.data), mark + b"\xff" * 20)


@wrapping("Word opens it; the picture is a file", infected_or("container", "malformed"), filename="letter.xml",
          kind="application/xml")
def word_2003_xml(file):
    body = base64.encodebytes(file.data)
    return (b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n<?mso-application progid="Word.Document"?>'
            b'<w:wordDocument xmlns:w="http://schemas.microsoft.com/office/word/2003/wordml"><w:body><w:pict>'
            b'<w:binData w:name="wordml://1.bin">' + body + b"</w:binData></w:pict></w:body></w:wordDocument>")


@wrapping("Word opens flat OPC", infected_or("container", "malformed"), filename="letter.xml",
          kind="application/xml")
def word_flat_opc(file):
    body = base64.encodebytes(ole.package(file.name, file.data))
    return (b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n<?mso-application progid="Word.Document"?>'
            b'<pkg:package xmlns:pkg="http://schemas.microsoft.com/office/2006/xmlPackage"><pkg:part pkg:name='
            b'"/word/embeddings/oleObject1.bin"><pkg:binaryData>' + body +
            b"</pkg:binaryData></pkg:part></pkg:package>")


@wrapping("every reader of e-books", infected(), filename="book.epub", kind="application/epub+zip")
def epub(file):
    return write([Entry("mimetype", b"application/epub+zip"), Entry("OEBPS/" + file.name, file.data, 8)])


@wrapping("Android installs it; the signature block is between files and directory", infected(),
          filename="app.apk", kind="application/vnd.android.package-archive")
def apk_with_signing_block(file):
    pairs = struct.pack("<QI", 4 + 100, 0x7109871A) + noise(100)
    block = struct.pack("<Q", len(pairs) + 24) + pairs + struct.pack("<Q", len(pairs) + 24) + \
        b"APK Sig Block 42"
    return write([Entry("assets/" + file.name, file.data, 8)], gap=block)


@wrapping("java -jar", infected(), filename="app.jar", kind="application/java-archive")
def jar_with_packed_member(file):
    return write([Entry("META-INF/MANIFEST.MF", b"Manifest-Version: 1.0\r\n\r\n", 8),
                  Entry("data.gz", gz(file.data), 8)])


@wrapping("Word", CLEAN, **DOCX)
def docx_without_anything(_file):
    return docx()
