# SPDX-License-Identifier: GPL-2.0-or-later
"""Archives that hold archives or documents: what is found inside twice is no unopened member."""

import bz2
import gzip
import lzma
import pathlib
import sqlite3
import tempfile

from bypass.formats import packs, tapes
from bypass.formats.pdf import document
from bypass.formats.zips import DEFLATE, STORED, Entry, write
from bypass.wrapping import File
from benign.case import everyday
from benign.filler import jar, noise, office, small_pdf, text

MEMBERS = {"docx": ("report.docx", office()), "zip": ("a.zip", write([Entry("a.txt", text(400), DEFLATE)])),
           "jar": ("lib.jar", jar()), "odt": ("letter.odt", office(odf=True)), "pdf": ("a.pdf", small_pdf()),
           "gz": ("a.txt.gz", packs.gz(text(400))), "tar": ("b.tar", tapes.tar([("t.txt", text(900))])),
           "large-docx": ("large.docx", office(pictures=3))}
BESIDE = {"photo": ("photo.jpg", noise(20000)), "readme": ("readme.txt", text(24000)), "zip": ("b.zip", jar())}


@everyday(name="x.tar")
def tar_of_a_document_and_more():
    for name, member in MEMBERS.items():
        for beside, other in BESIDE.items():
            yield f"{name}-then-{beside}", tapes.tar([member, other])
        yield f"{name}-alone", tapes.tar([member])
        yield f"{name}-behind-readme", tapes.tar([BESIDE["readme"], member])


@everyday(name="x.tar.gz", kind="application/gzip")
def packed_tar_of_a_document():
    for name, member in MEMBERS.items():
        for other in (BESIDE["photo"], BESIDE["readme"]):
            whole = tapes.tar([member, other])
            yield f"{name}-{other[0]}.gz", gzip.compress(whole, mtime=0)
            yield f"{name}-{other[0]}.xz", lzma.compress(whole), {"name": "x.tar.xz"}
            yield f"{name}-{other[0]}.bz2", bz2.compress(whole), {"name": "x.tar.bz2"}
            yield f"{name}-{other[0]}.zst", packs.zstd(whole), {"name": "x.tar.zst"}


@everyday(name="x.deb")
def debian_package_of_jars():
    whole = [("./usr/share/java/a-1.0.jar", jar()), ("./usr/share/doc/a/changelog.gz", packs.gz(text(5000)))]
    yield "xz", tapes.deb("data.tar.xz", lzma.compress(tapes.tar(whole)))
    yield "two-jars", tapes.deb("data.tar.xz", lzma.compress(tapes.tar([*whole, ("./b.jar", jar(9))])))
    yield "gz", tapes.deb("data.tar.gz", gzip.compress(tapes.tar(whole), mtime=0))


@everyday(name="x.zip", kind="application/zip")
def zip_of_a_document():
    for name, member in MEMBERS.items():
        for method in (STORED, DEFLATE):
            yield f"{name}-{method}", write([Entry(*member, method)])
            yield f"{name}-{method}-behind-text", write([Entry("a.txt", b"see below\n", method), Entry(*member, method)])
            yield f"{name}-{method}-before-text", write([Entry(*member, method), Entry("a.txt", text(9000), method)])
    yield "stored-pdf-with-attachment", write([Entry("a.pdf", document(File("n.txt", text(300)), ["FlateDecode"]), STORED)])
    yield "streamed", write([Entry(*MEMBERS["docx"], DEFLATE, descriptor=True), Entry("a.txt", text(900), DEFLATE,
                                                                                        descriptor=True)])


@everyday(name="x.bin")
def archive_in_archives():
    data = office()
    for depth in range(1, 10):
        data = write([Entry("word/document.xml", text(300), DEFLATE), Entry(f"word/embeddings/{depth}.docx", data, STORED)])
    yield "documents-nine-deep", data, {"name": "x.docx"}
    yield "cpio-gz-of-jar", gzip.compress(tapes.cpio_newc([("a.jar", jar()), ("b.txt", text(300))]), mtime=0)
    yield "rpm-of-jar", tapes.rpm(gzip.compress(tapes.cpio_newc([("a.jar", jar()), ("b", noise(9000))]), mtime=0))
    yield "ar-of-zip", tapes.ar([("a.zip", jar()), ("b.o", noise(3000))])


@everyday(name="x.img")
def files_in_sectors():
    """An image that nobody knows, of many compressed files: each ends where its own headers say."""
    def sectors(files):
        return b"".join(f + bytes(-len(f) % 2048) for f in files)
    files = [text(900 + 37 * i) for i in range(40)]
    for name, pack in (("xz", lzma.compress), ("xz-sha256", lambda f: lzma.compress(f, check=lzma.CHECK_SHA256)), ("gz", packs.gz), ("bz2", bz2.compress)):
        yield name, noise(3072) + sectors(pack(f) for f in files) + noise(4096)
        yield f"{name}-then-others", noise(3072) + sectors([*(pack(f) for f in files), noise(5000), pack(files[0])]) + noise(700)


@everyday(name="icons.zip", kind="application/zip")
def many_small_files():
    """A set of icons, a manual in all languages, a set of links: fewer files than MaxFiles, but thousands."""
    icons = [(f"icons/{n}.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><path d="M%d 0h9"/><style>a{color:red}</style></svg>' % n) for n in range(4500)]
    yield "zip-of-drawings", write([Entry(name, data, DEFLATE) for name, data in icons])
    yield "tar-of-pages", gzip.compress(tapes.tar([(f"help/{n}.page", b"<page>%d %s</page>" % (n, text(90, n))) for n in range(4300)]), mtime=0), {"name": "x.tar.gz"}
    links = b"".join(tapes.tar_header(b"icons/link-%d.svg" % n, 0, kind=b"2", link=b"icons/1.svg") for n in range(10100))
    yield "tar-of-links", gzip.compress(tapes.tar(icons[:50], end=False) + links + bytes(1024), mtime=0), {"name": "x.tar.gz"}


@everyday(name="notes.sqlite", kind="application/vnd.sqlite3")
def documents_in_a_database():
    """SQLite keeps a value of several pages in pieces. sqlite3 of Python makes the real thing."""
    for size in (512, 1024, 4096):
        for name, value in (("docx", office(pictures=3)), ("jar", jar()), ("two", office() + noise(300) + jar())):
            with tempfile.TemporaryDirectory() as place:
                db = sqlite3.connect(place + "/a")
                db.execute(f"pragma page_size={size}")
                db.execute("create table files(name, data)")
                db.executemany("insert into files values(?, ?)", [("a.txt", text(3000)), ("b", value), ("c", noise(9000))])
                db.commit()
                db.close()
                body = pathlib.Path(place, "a").read_bytes()
            yield f"{name}-{size}", body
            yield f"{name}-{size}-in-zip", write([Entry("a.db", body, DEFLATE)]), {"name": "x.zip", "kind": "application/zip"}
