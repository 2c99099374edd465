# SPDX-License-Identifier: GPL-2.0-or-later
"""Archives of everyday files, as people and programs make them: packages hold few of them."""

import gzip
import io
import itertools
import lzma
import random
import tarfile
import zipfile

from corpus.pick import Item, order

MADE = 600
KINDS = ("office-open-xml", "opendocument", "office-binary", "pdf", "png", "text", "java-archive", "zip", "html")
LARGEST = 1 << 20


def members(r, items):
    return [(f"{n}-{i.name}", i.read()) for n, i in enumerate(r.choices(items, k=r.randint(1, 6)))]


def zipped(method):
    def make(r, items):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", method) as z:
            for name, data in members(r, items):
                z.writestr(zipfile.ZipInfo("docs/" + name if r.random() < 0.3 else name), data, method)
        return out.getvalue()
    return make


def tarred(layout):
    def make(r, items):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=layout) as t:
            for name, data in members(r, items):
                info = tarfile.TarInfo("docs/" + name)
                info.size = len(data)
                t.addfile(info, io.BytesIO(data))
        return out.getvalue()
    return make


def gzipped(make):
    return lambda r, items: gzip.compress(make(r, items), r.randint(1, 9), mtime=0)


def xzipped(make):
    return lambda r, items: lzma.compress(make(r, items), preset=r.randint(0, 6))


WAYS = {"stored.zip": zipped(zipfile.ZIP_STORED), "deflated.zip": zipped(zipfile.ZIP_DEFLATED),
        "gnu.tar": tarred(tarfile.GNU_FORMAT), "pax.tar.gz": gzipped(tarred(tarfile.PAX_FORMAT)),
        "gnu.tar.gz": gzipped(tarred(tarfile.GNU_FORMAT)), "ustar.tar.xz": xzipped(tarred(tarfile.USTAR_FORMAT)),
        "lzma.zip": zipped(zipfile.ZIP_LZMA), "bzip2.zip": zipped(zipfile.ZIP_BZIP2)}


def made(items, share):
    usable = sorted((i for i in items if i.kind in KINDS and len(i.read()) < LARGEST), key=lambda i: order(i.label))
    for number, (name, make) in zip(range(int(MADE * share)), itertools.cycle(WAYS.items())):
        def read(number=number, make=make):
            return make(random.Random(f"packed {number}"), usable)
        yield Item("archive-made", f"packed/{number}-{name}", name, "application/octet-stream", read)
