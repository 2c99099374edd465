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


@wrapping("OneNote, by a double click", infected(), filename="notes.one")
def onenote_with_file(file):
    head = bytes.fromhex("e4525c7b8cd8a74daeb15378d02996d3") + bytes(1008)
    start = bytes.fromhex("e716e3bd65261145a4c48d4d0b7a9eac")
    end = bytes.fromhex("22a7fb717900 0b4abb13899256426b24".replace(" ", ""))
    return head + start + struct.pack("<QIQ", len(file.data), 0, 0) + file.data + bytes(4) + end + bytes(64)


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
