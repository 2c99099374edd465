# SPDX-License-Identifier: GPL-2.0-or-later
"""What members cost that a worker has scanned before: an attachment in many mails, versions of a JAR.

CPU time of the whole server with 8 workers, one client. Each mail, and each version of the archive,
is another body, so that no verdict is remembered. Taken are the largest files of some kinds of the
corpus, and the share is that of a later body in the cost of the first.
"""

import email.message
import io
import statistics
import zipfile

from kinds import cpu_seconds, send
from lib import icap

KINDS = ("pdf", "zip", "elf", "png")
FILES = 3  # of a kind
MAILS = 100
VERSIONS = 4
WORKERS = 8


def mail(number, path):
    message = email.message.EmailMessage()
    message["From"], message["To"] = "alice@example.org", f"bob{number}@example.org"
    message["Subject"] = f"mail {number}"
    message.set_content(f"This is mail {number}.\n")
    message.add_attachment(path.read_bytes(), maintype="application", subtype="octet-stream", filename=path.name)
    return "eml", message.as_bytes()


def jar(number, path):
    """The members of an archive, and one more that differs."""
    out = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.infolist():
            new.writestr(member, old.read(member))
        new.writestr("META-INF/version", str(number))
    return "zip", out.getvalue()


def costs(server, connection, make, path, count):
    """CPU ms of each body in turn."""
    result = []
    for number in range(count):
        kind, body = make(number, path)
        begun = cpu_seconds(server)
        send(connection, kind, body, 300)
        result.append((cpu_seconds(server) - begun) * 1000)
    return result


def largest(corpus, kind):
    return sorted((corpus / kind).iterdir(), key=lambda path: -path.stat().st_size)[:FILES]


def measure(bench, corpus, mails):
    """{case: [{"file", "first_ms", "later_ms", "share"}]}"""
    cases = [(f"{kind} in {mails} mails", mail, path, mails) for kind in KINDS for path in largest(corpus, kind)]
    cases += [(f"{VERSIONS} versions of a JAR", jar, path, VERSIONS) for path in largest(corpus, "zip")]
    table = {}
    server = bench.ours(settings={"Workers": WORKERS})
    try:
        with icap.Connection(server.port, timeout=300) as connection:
            for number in range(20):
                send(connection, "html", f"<html><p>before the first {number}</p></html>".encode() * 20, 120)
            for case, make, path, count in cases:
                first, *later = costs(server, connection, make, path, count)
                one = {"file": path.name, "first_ms": round(first, 1), "later_ms": round(statistics.fmean(later), 1)}
                one["share"] = round(one["later_ms"] / max(one["first_ms"], 0.001), 2)
                table.setdefault(case, []).append(one)
                print(f"{case}: {one}", flush=True)
    finally:
        server.stop()
    return table
