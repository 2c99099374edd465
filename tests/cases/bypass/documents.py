# SPDX-License-Identifier: GPL-2.0-or-later
"""PDF, HTML, SVG, RTF and XML with a file inside."""

import base64
import urllib.parse

from bypass.formats import ole, pdf
from bypass.formats.mime import qp, single
from bypass.formats.packs import gz
from bypass.formats.zips import Entry, write
from bypass.wrapping import (CLEAN, CLEAN_OR_DAMAGED, TESTFILE, add, infected, infected_or,
                             unscannable, wrapping)

READER = "Adobe Reader, Firefox, every PDF reader with attachments"
PDF = {"kind": "application/pdf", "filename": "invoice.pdf"}
HTML = {"kind": "text/html", "filename": "page.html"}

add(pdf.document, "pdf-attachment", READER, infected("pdf > *"), family="documents", **PDF)
for name in pdf.FILTERS:
    add(lambda file, name=name: pdf.document(file, [name]), "pdf-" + name.lower(), READER,
        infected(), family="documents", **PDF)
add(lambda file: pdf.document(file, ["ASCIIHexDecode", "FlateDecode"]), "pdf-two-filters", READER,
    infected(), family="documents", **PDF)
add(lambda file: pdf.document(file, ["ASCII85Decode", "RunLengthDecode", "FlateDecode", "FlateDecode"]),
    "pdf-four-filters", READER, infected_or("malformed", "container"), family="documents", **PDF)


@wrapping(READER, infected(), **PDF)
def pdf_object_stream(file):
    return pdf.document(file, ["FlateDecode"], packed_objects=True)


@wrapping("every reader: the length is found by looking for endstream", infected(),
          benign=CLEAN_OR_DAMAGED, **PDF)
def pdf_wrong_length(file):
    return pdf.document(file, ["FlateDecode"], length=3)


@wrapping("every reader: the cross-reference is rebuilt", infected(), benign=CLEAN_OR_DAMAGED, **PDF)
def pdf_broken_cross_reference(file):
    return pdf.document(file, ["FlateDecode"], broken_xref=True)


@wrapping("Adobe Reader takes the header within the first 1024 bytes", infected(),
          benign=CLEAN_OR_DAMAGED, **PDF)
def pdf_header_behind_other_bytes(file):
    return pdf.document(file, ["FlateDecode"], prefix=b"GIF89a" + b"\n" * 900)


@wrapping("Firefox, behind an unzip", infected(), benign=CLEAN_OR_DAMAGED, filename="x.zip")
def pdf_header_behind_other_bytes_in_zip(file):
    return write([Entry("x.pdf", pdf_header_behind_other_bytes(file), 8)])


@wrapping(READER, infected(), benign=None, **PDF)  # libclamav reports such names, whatever is inside
def pdf_names_written_in_hex(file):
    return pdf.document(file, ["FlateDecode"]).replace(b"/FlateDecode", b"/F#6cate#44ecode").replace(
        b"/EmbeddedFile/", b"/Embedded#46ile/")


FLATE = b"/Filter/FlateDecode"
PNG = b"/DecodeParms<</Predictor 15/Columns 4>>"
for name, how in {
        "predictor-up": {"packing": FLATE + PNG, "predict": pdf.png_up},
        "predictor-paeth": {"packing": FLATE + PNG, "predict": pdf.png_paeth},
        "predictor-of-tiff": {"packing": FLATE + b"/DecodeParms<</Predictor 2/Columns 4>>",
                              "predict": pdf.tiff},
        "predictor-in-another-object": {"packing": FLATE + b"/DecodeParms[9 0 R]", "predict": pdf.png_up,
                                        "extra": {9: b"<</Columns 10 0 R/Predictor 12>>", 10: b"4"}},
        "filter-in-another-object": {"packing": b"/Filter 9 0 R", "extra": {9: b"/FlateDecode"}},
        "filters-in-another-object": {"packing": b"/Filter 9 0 R", "extra": {9: b"[10 0 R]",
                                                                            10: b"/FlateDecode"}},
        "filter-behind-a-comment": {"packing": b"/Filter%/ASCIIHexDecode\n/FlateDecode"},
        "filter-in-short": {"packing": b"/F/FlateDecode"},
        "crypt-filter-of-identity": {"packing": b"/Filter[/Crypt/FlateDecode]/DecodeParms[<</Name/Identity>>null]"},
}.items():
    add(lambda file, how=how: pdf.document(file, ["FlateDecode"], **how), "pdf-" + name, READER,
        infected(), family="documents", **PDF)
for name, how in {
        "predictor-unknown": {"packing": FLATE + b"/DecodeParms<</Predictor 7/Columns 4>>",
                              "predict": pdf.png_up},
}.items():
    add(lambda file, how=how: pdf.document(file, ["FlateDecode"], **how), "pdf-" + name, "some readers",
        unscannable("container"), family="documents", **PDF)
add(lambda file: pdf.document(file, ["FlateDecode"], packing=FLATE + PNG, predict=pdf.png_up,
                              lock=pdf.Lock("aes-128")), "pdf-predictor-encrypted-without-password",
    "every reader: it opens without asking", infected_or("encrypted"), family="documents",
    benign=None, **PDF)


@wrapping("unzip finds the archive behind the PDF", infected(), benign=CLEAN_OR_DAMAGED, **PDF)
def pdf_with_zip_behind(file):
    harmless = type(file)("a.txt", b"harmless\n")
    return write([Entry(file.name, file.data, 8)], prefix=pdf.document(harmless))


for kind in ("rc4-40", "rc4-128", "aes-128", "aes-256"):
    add(lambda file, kind=kind: pdf.document(file, ["FlateDecode"], lock=pdf.Lock(kind)),
        "pdf-" + kind + "-without-password", "every reader: it opens without asking",
        infected_or("encrypted"), family="documents", benign=None, **PDF)
    add(lambda file, kind=kind: pdf.document(file, ["FlateDecode"], lock=pdf.Lock(kind, b"infected")),
        "pdf-" + kind + "-with-password", "every reader, with the password",
        unscannable("encrypted"), family="documents", **PDF)


def uri(file, kind="application/octet-stream"):
    return "data:" + kind + ";base64," + base64.b64encode(file.data).decode()


def page(body):
    return f"<!DOCTYPE html>\n<html><head><title>x</title></head><body>{body}</body></html>\n".encode()


@wrapping("a click in every browser", infected(), **HTML)
def html_link_with_data_uri(file):
    return page(f'<a download="eicar.com" href="{uri(file)}">open</a>')


@wrapping("a click in every browser", infected_or("malformed"), **HTML)
def html_link_with_percent_data_uri(file):
    return page(f'<a download="eicar.com" href="data:application/octet-stream,'
                f'{urllib.parse.quote_from_bytes(file.data, safe="")}">open</a>')


@wrapping("every browser", infected(), **HTML)
def html_embedded_object(file):
    return page(f'<object data="{uri(file)}"></object>')


@wrapping("every browser", infected(), **HTML)
def html_image_with_data_uri(file):
    return page(f'<img alt="x" src="{uri(file, "image/png")}">')


@wrapping("every browser", infected_or("malformed"), **HTML)
def html_iframe_with_data_uri(file):
    return page(f'<iframe src="{uri(file)}"></iframe>')


@wrapping("every browser; the address is broken by line ends", infected_or("malformed"), **HTML)
def html_data_uri_in_lines(file):
    text = uri(file)
    return page('<a download="eicar.com" href="' + "\n".join(text[i:i + 30] for i in range(0, len(text), 30)) +
                '">open</a>')


@wrapping("every browser; characters are written as entities", infected_or("malformed"), **HTML)
def html_data_uri_in_entities(file):
    return page('<a download="eicar.com" href="' + "".join(f"&#{ord(c)};" for c in uri(file)) + '">open</a>')


# Were clean: libclamav and we looked for "base64," in the bytes as they are.
for _name, _old, _new in (("comma-as-entity", "base64,", "base64&#44;"), ("comma-by-name", "base64,", "base64&comma;"),
                          ("letter-as-entity", "base64", "b&#x0000061se64"), ("capitals", "base64", "BASE64"),
                          ("broken-scheme", "data:", " da\tta:"), ("broken-word", "base64,", "ba\nse64 ,")):
    add(lambda file, old=_old, new=_new: page(f'<a download="x" href="{uri(file).replace(old, new)}">open</a>'),
        "html-data-uri-" + _name, "every browser", infected(), family="documents", **HTML)


def script(text):
    return page("<script>" + text + "</script>")


@wrapping("every browser runs it", infected(), **HTML)
def script_atob_in_pieces(file):
    text = base64.b64encode(file.data).decode()
    return script("save(atob(" + "+ /* and */".join(f"'{text[i:i + 9]}'" for i in range(0, len(text), 9)) + "))")


@wrapping("every browser runs it", infected(), **HTML)
def script_list_of_numbers(file):
    return script(f"save(new Uint8Array({list(file.data)}))")


@wrapping("every browser runs it", infected(), **HTML)
def script_blob_of_escapes(file):
    return script("save(new Blob(['" + "".join(f"\\x{c:02x}" for c in file.data) + "']))")


@wrapping("every browser", infected(), **HTML)
def html_utf16be_without_mark(file):
    return html_link_with_data_uri(file).decode().encode("utf-16-be")


@wrapping("every browser", infected(), kind="image/svg+xml", filename="x.svg")
def svg_data_uri_in_dtd_entity(file):
    return (f'<!DOCTYPE svg [<!ENTITY p "{uri(file).partition(",")[2]}">]><svg xmlns="http://www.w3.org/2000/svg">'
            f'<a href="data:application/octet-stream;base64,&p;"/></svg>').encode()


@wrapping("Outlook, Apple Calendar, Thunderbird", infected(), kind="text/calendar", filename="x.ics")
def calendar_with_attachment(file):
    text = base64.b64encode(file.data)
    return (b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nATTACH;ENCODING=BASE64;VALUE=BINARY;X-FILENAME=a.com:" + text[:30] +
            b"\r\n " + text[30:] + b"\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")


@wrapping("every browser, behind an unzip", infected_or("malformed"), filename="x.zip")
def html_data_uri_in_entities_in_zip(file):
    return write([Entry("page.html", html_data_uri_in_entities(file), 8)])


@wrapping("every browser, behind an unzip", infected_or("malformed", "container"), filename="x.zip")
def css_with_data_uri_in_zip(file):
    return write([Entry("x.css", css_with_data_uri(file), 8)])


@wrapping("a click in a mail program", infected_or("malformed"), filename="mail")
def html_data_uri_in_lines_in_mail(file):
    return single(b"text/html", b"quoted-printable", qp(html_data_uri_in_lines(file)))


@wrapping("every browser", infected_or("malformed"), kind="text/html; charset=utf-16", filename="page.html")
def html_in_utf_16(file):
    text = page(f'<a download="eicar.com" href="{uri(file)}">open</a>').decode()
    return b"\xff\xfe" + text.encode("utf-16-le")


@wrapping("every browser", infected_or("malformed", "container"), kind="image/svg+xml", filename="x.svg")
def svg_with_data_uri(file):
    return (f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
            f'<a xlink:href="{uri(file)}" download="eicar.com"><text y="20">open</text></a></svg>\n').encode()


@wrapping("every browser", infected_or("malformed", "container"), kind="text/css", filename="x.css")
def css_with_data_uri(file):
    return f'body {{ background: url("{uri(file)}"); }}\n'.encode()


@wrapping("Edge in IE mode, Word, mail programs", infected(), kind="multipart/related",
          filename="page.mht")
def mhtml(file):
    return (b"From: <Saved by Browser>\r\nSubject: page\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related; "
            b'type="text/html"; boundary="x"\r\n\r\n--x\r\nContent-Type: text/html\r\n\r\n<p>hello\r\n--x\r\n'
            b"Content-Type: application/octet-stream; name=eicar.com\r\nContent-Transfer-Encoding: base64\r\n"
            b"Content-Location: eicar.com\r\n\r\n" + base64.encodebytes(file.data) + b"\r\n--x--\r\n")


@wrapping("Adobe Reader", infected_or("malformed", "container"), kind="application/vnd.adobe.xdp+xml",
          filename="x.xdp")
def xdp_with_pdf(file):
    inner = base64.encodebytes(pdf.document(file, ["FlateDecode"]))
    return (b'<?xml version="1.0" encoding="UTF-8"?><xdp:xdp xmlns:xdp="http://ns.adobe.com/xdp/">'
            b'<pdf xmlns="http://ns.adobe.com/xdp/pdf/"><document><chunk>' + inner +
            b"</chunk></document></pdf></xdp:xdp>")


def rtf(data, hexed=None):
    hexed = data.hex().encode() if hexed is None else hexed
    return b"{\\rtf1\\ansi hello {\\object\\objemb{\\*\\objclass Package}{\\*\\objdata " + hexed + b"}}}"


def rtf_object(file):
    body = ole.native(file.name, file.data)[4:]
    name = b"Package\0"
    size = len(name).to_bytes(4, "little")
    return b"\x01\x05\0\0\x02\0\0\0" + size + name + bytes(8) + len(body).to_bytes(4, "little") + body


RTF = {"kind": "application/rtf", "filename": "letter.rtf"}


@wrapping("Word, WordPad", infected(), **RTF)
def rtf_package(file):
    return rtf(rtf_object(file))


@wrapping("Word skips the white space", infected(), **RTF)
def rtf_package_with_white_space(file):
    text = rtf_object(file).hex().encode()
    return rtf(b"", b"\r\n".join(text[i:i + 3] for i in range(0, len(text), 3)))


@wrapping("Word takes a short header", infected(), **RTF)
def rtf_with_short_header(file):
    return rtf(rtf_object(file)).replace(b"{\\rtf1", b"{\\rt", 1)


@wrapping("Word skips other groups inside the digits", infected_or("malformed", "container"), **RTF)
def rtf_package_with_groups_inside(file):
    text = rtf_object(file).hex().encode()
    return rtf(b"", text[:40] + b"{\\*\\unknown abc}" + text[40:])


def rtf_packed(file, head=b"\x01\x05\0\0\x02\0\0\0"):
    """An object whose file is packed, so that only who opens it finds it."""
    return head + rtf_object(type(file)("x.gz", gz(file.data)))[8:]


@wrapping("Word: any end of a word will do", infected(), **RTF)
def rtf_package_behind_a_line_end(file):
    return rtf(rtf_packed(file)).replace(b"\\objdata ", b"\\objdata\r\n")


@wrapping("Word: a number may follow", infected(), **RTF)
def rtf_package_behind_a_number(file):
    return rtf(rtf_packed(file)).replace(b"\\objdata ", b"\\objdata0 ")


@wrapping("Word does not look at the version", infected(), **RTF)
def rtf_package_of_another_version(file):
    return rtf(rtf_packed(file, b"\x11\0\0\0\x02\0\0\0"))


@wrapping("Word: bytes as they are among the digits", infected(), **RTF)
def rtf_package_in_binary(file):
    data = rtf_packed(file)
    return rtf(b"", data[:50].hex().encode() + b"\\bin%d " % len(data[50:]) + data[50:])


@wrapping("Word: digits in a group of their own", infected(), **RTF)
def rtf_package_in_groups(file):
    text = rtf_packed(file).hex().encode()
    return rtf(b"", text[:40] + b"{" + text[40:60] + b"}" + text[60:])


@wrapping("Word passes over control words", infected(), **RTF)
def rtf_package_with_control_words(file):
    text = rtf_packed(file).hex().encode()
    return rtf(b"", text[:40] + b"\\par \\abc12 " + text[40:60] + b"\\'0a" + text[60:])


@wrapping("Word, behind an unzip", infected(), filename="x.zip")
def rtf_package_in_zip(file):
    return write([Entry("letter.rtf", rtf_package_behind_a_line_end(file), 8)])


@wrapping("Word opens it as a .doc", infected(), kind="application/msword", filename="letter.doc")
def rtf_named_as_doc(file):
    return rtf(rtf_object(file))


@wrapping("every PDF reader", CLEAN, **PDF)
def pdf_with_harmless_attachment(_file):
    return pdf.document(type(_file)("a.txt", b"harmless\n"), ["FlateDecode"])


def _testfile(name):
    with open("/usr/share/clamav-testfiles/" + name, "rb") as stream:
        return stream.read()


@wrapping("Windows' help shows the pages that are whole", unscannable("container"), filename="help.chm")
def chm_damaged(_file):
    whole = _testfile("clam.chm")
    return whole[:-3000] + bytes(3000)


for name in ("clam.pdf", "clam.exe.rtf", "clam.exe.html", "clam.ole.doc", "clam.ppt", "clam.tnef",
             "clam.mail", "clam.exe.mbox.base64", "clam.exe.mbox.uu", "clam.exe.binhex"):
    add(lambda _file, name=name: _testfile(name), "testfile-" + name, "Office, mail programs, readers",
        TESTFILE, family="documents", benign=None, filename=name)
