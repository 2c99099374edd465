# SPDX-License-Identifier: GPL-2.0-or-later
"""The files that real programs take out of a body. A judge yields the files that it gets; a program that is
not installed does not judge."""

import bz2
import email
import email.policy
import gzip
import html.parser
import io
import lzma
import pathlib
import shutil
import subprocess
import tarfile
import tempfile
import urllib.request
import zipfile
import zlib

from differential import resident
from differential.shapes import PLANTED
from lib.eicar import EICAR

DEADLINE = 20  # seconds for one program
LARGEST = 1 << 20


def run(*command, cwd=None, deadline=DEADLINE):
    """The program's output. Its complaints and its exit status do not matter: what it wrote does."""
    try:
        return subprocess.run(command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, timeout=deadline, check=False).stdout
    except subprocess.TimeoutExpired:
        return b""


def unpacker(*command):
    """A program that writes files into its working directory."""
    def judge(path, _body):
        with tempfile.TemporaryDirectory(prefix="judge-") as directory:
            run(*[str(path) if c == "FILE" else c for c in command], cwd=directory)
            yield from files_below(directory)
    return judge


class Seven:
    """7-Zip takes many archives in one call: its start costs more than its work."""

    def __init__(self):
        self.program, self.directory = shutil.which("7z"), None

    def read(self, pairs):
        paths = [path for path, body in pairs if body.kind == "archive"]
        if not self.program or not paths:
            return
        self.directory = tempfile.TemporaryDirectory(prefix="judge-")  # pylint: disable=consider-using-with
        for path in paths:
            pathlib.Path(self.directory.name, path.name).symlink_to(path)
        run(self.program, "x", "-y", "-p-", "-bd", "-o*.out", "archive-*", cwd=self.directory.name, deadline=10 * DEADLINE)

    def judge(self, path, _body):
        place = pathlib.Path(self.directory.name)
        directories = {place / f"{name}.out" for name in (path.name, path.stem, path.name.split(".")[0])}
        for directory in directories:
            yield from files_below(directory)


def files_below(directory):
    for found in pathlib.Path(directory).rglob("*"):
        if found.is_file() and not found.is_symlink() and found.stat().st_size < LARGEST:
            found.chmod(0o600)
            yield found.read_bytes()


SEVEN = Seven()


def printer(*command):
    """A program that prints what it unpacks."""
    def judge(path, _body):
        yield run(*[str(path) if c == "FILE" else c for c in command])
    return judge


def python_zip(_path, body):
    with zipfile.ZipFile(io.BytesIO(body.data)) as z:
        for info in z.infolist():
            try:
                with z.open(info) as member:
                    yield member.read(LARGEST)
            except (OSError, ValueError, RuntimeError, NotImplementedError, zipfile.BadZipFile, zlib.error, EOFError):
                continue


def python_tar(_path, body):
    with tarfile.open(fileobj=io.BytesIO(body.data)) as t:
        for info in t:
            if member := t.extractfile(info) if info.isreg() else None:
                yield member.read(LARGEST)


def python_streams(_path, body):
    for undo in (gzip.decompress, bz2.decompress, lzma.decompress):
        try:
            yield undo(body.data)
        except (OSError, EOFError, ValueError, lzma.LZMAError, zlib.error):
            continue


def python_mail(_path, body):
    for policy in (email.policy.default, email.policy.compat32):
        for part in email.message_from_bytes(body.data, policy=policy).walk():
            yield part.get_payload(decode=True) or b""


def python_form(_path, body):
    text = b"Content-Type: " + body.media.encode() + b"\r\n\r\n" + body.data
    message = email.message_from_bytes(text, policy=email.policy.HTTP)
    for part in message.walk():
        yield part.get_payload(decode=True) or b""


def werkzeug_form(_path, body):
    from werkzeug.formparser import parse_form_data
    environ = {"wsgi.input": io.BytesIO(body.data), "CONTENT_LENGTH": str(len(body.data)), "CONTENT_TYPE": body.media,
               "REQUEST_METHOD": "POST"}
    _, form, files = parse_form_data(environ)
    for found in files.values():
        yield found.read()
    for value in form.values():
        yield value.encode("latin-1", "replace")


class Links(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        del tag
        self.found += [value for _, value in attrs if value and value.strip().lower().startswith("data:")]


def python_page(_path, body):
    links = Links()
    encoding = "utf-16" if body.data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    links.feed(body.data.decode(encoding, "replace"))
    for uri in links.found:
        try:
            with urllib.request.urlopen(uri.strip()) as answer:  # a data: URI: nothing is fetched
                yield answer.read()
        except (OSError, ValueError):
            continue


def planted(_path, body):
    if body.data.startswith(PLANTED):
        yield bytes(b ^ 0x5A for b in body.data[len(PLANTED):])


def available(table):
    return {name: judge for name, (program, judge) in table.items() if program is None or shutil.which(program)}


def has_werkzeug():
    try:
        import werkzeug.formparser  # noqa: F401
        return True
    except ImportError:
        return False


ARCHIVES = available({
    "python-zip": (None, python_zip), "python-tar": (None, python_tar), "python-streams": (None, python_streams),
    "7z": ("7z", SEVEN.judge), "bsdtar": ("bsdtar", unpacker("bsdtar", "-xf", "FILE")),
    "unzip": ("unzip", unpacker("unzip", "-o", "-q", "-P", "-", "FILE")), "tar": ("tar", unpacker("tar", "-xf", "FILE")),
    "busybox": ("busybox", unpacker("busybox", "unzip", "-o", "FILE"))})
JUDGES = {
    "archive": ARCHIVES,
    "document": available({"pdfdetach": ("pdfdetach", unpacker("pdfdetach", "-saveall", "FILE", "-o", ".")),
                           "mutool": ("mutool", printer("mutool", "show", "-b", "FILE", "6")),
                           "qpdf": ("qpdf", printer("qpdf", "--show-object=6", "--filtered-stream-data", "FILE"))}),
    "mail": {"python-email": python_mail},
    "upload": {"python-email": python_form, **({"werkzeug": werkzeug_form} if has_werkzeug() else {}),
               **resident.judges("upload")},
    "page": {"python-page": python_page, **resident.judges("page")},
    "script": resident.judges("script"),
    "planted": {"planted": planted},
}
# What a judge may hand on as a whole: it is opened once more.
INNER = (b"PK\3\4", b"\x1f\x8b", b"BZh", b"\xfd7zXZ")


def holds(data, depth=0):
    """EICAR is what the file begins with, or it is a plain archive of it."""
    if data.startswith(EICAR):
        return True
    if depth > 2 or not data.startswith(INNER):
        return False
    return any(holds(inner, depth + 1) for judge in (python_zip, python_tar, python_streams)
               for inner in safely(judge, None, type("Inner", (), {"data": data})))


def safely(judge, path, body):
    """The time that the judge gets before it gives up."""
    try:
        yield from judge(path, body)
    except Exception:  # a judge is a program that is given odd bytes: its failure is no result
        return


def opened_by(path, body):
    """The judges that get EICAR out of the body."""
    return [name for name, judge in JUDGES[body.kind].items() if any(holds(d) for d in safely(judge, path, body))]
