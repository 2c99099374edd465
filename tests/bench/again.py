# SPDX-License-Identifier: GPL-2.0-or-later
"""What members cost that a worker has scanned before: an attachment in many mails, versions of a JAR.

CPU time of the whole server with 8 workers, one client. Each mail, and each version of the archive,
is another body, so that no verdict is remembered. Taken are files of the corpus that cost at least
200 ms each as a body of their own (a server of its own measures that first): as attachments one by
one, in JARs some of one kind together. One more JAR has many small members: a member far below
200 ms gains less, since what unpacking and digests cost stays. The share is that of a later body in
the cost of the first. The first comes once a server: it is the median of some servers.
"""

import email.message
import io
import statistics
import zipfile

from kinds import cpu_seconds, send
from lib import icap

KINDS = ("pdf", "zip", "elf", "pe", "html", "js", "png")
FILES = 3      # of a kind
TRIED = 8      # files of a kind that are measured alone
LEAST_MS = 200
MAILS = 100
VERSIONS = 4
WORKERS = 8
SERVERS = 3


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


def jar_of(number, paths):
    """Files as members, and one more that differs."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for path in paths:
            new.writestr(f"BOOT-INF/lib/{path.name}", path.read_bytes())
        new.writestr("META-INF/version", str(number))
    return "zip", out.getvalue()


def cost(server, connection, kind, body):
    """CPU ms of one body."""
    begun = cpu_seconds(server)
    send(connection, kind, body, 300)
    return (cpu_seconds(server) - begun) * 1000


def largest(corpus, kind, count=FILES):
    return sorted((corpus / kind).iterdir(), key=lambda path: -path.stat().st_size)[:count]


def each_server(bench, use):
    """What `use` returns with a server that has just started."""
    server = bench.ours(settings={"Workers": WORKERS})
    try:
        with icap.Connection(server.port, timeout=300) as connection:
            for number in range(20):
                send(connection, "html", f"<html><p>before the first {number}</p></html>".encode() * 20, 120)
            return use(server, connection)
    finally:
        server.stop()


def dear(bench, corpus):
    """{kind: [files that cost enough alone]}, the dearest first."""
    def use(server, connection):
        found = {}
        for kind in KINDS:
            costs = [(cost(server, connection, kind, path.read_bytes()), path) for path in largest(corpus, kind, TRIED)]
            found[kind] = [path for ms, path in sorted(costs, reverse=True) if ms >= LEAST_MS][:FILES]
            print(f"{kind}: " + ", ".join(f"{path.name} {ms:.0f} ms" for ms, path in sorted(costs, reverse=True)[:FILES]),
                  flush=True)
        return found
    return each_server(bench, use)


def cases_of(files, corpus, mails):
    """[(case, what makes a body, its argument, name, bodies)]"""
    cases = [(f"{kind} in {mails} mails", mail, path, path.name, mails) for kind, paths in files.items() for path in paths]
    cases += [(f"{VERSIONS} versions of a JAR of {kind}", jar_of, paths, f"{len(paths)} such files", VERSIONS)
              for kind, paths in files.items() if paths]
    small = largest(corpus, "zip")[0]
    return cases + [(f"{VERSIONS} versions of a JAR, its members far below {LEAST_MS} ms", jar, small, small.name, VERSIONS)]


def measure(bench, corpus, mails):
    """{case: [{"file", "first_ms", "later_ms", "share"}]}"""
    cases = cases_of(dear(bench, corpus), corpus, mails)
    costs = [[] for _ in cases]

    def use(attachments):
        def some(server, connection):
            for (_, make, argument, _, count), rounds in zip(cases, costs):
                if (make is mail) == attachments:
                    rounds.append([cost(server, connection, *make(number, argument)) for number in range(count)])
        return some
    for _ in range(SERVERS):  # an archive does not meet what was an attachment before
        each_server(bench, use(True))
        each_server(bench, use(False))
    table = {}
    for (case, _, _, name, _), rounds in zip(cases, costs):
        first = statistics.median(one[0] for one in rounds)
        later = statistics.median(statistics.fmean(one[1:]) for one in rounds)
        row = {"file": name, "first_ms": round(first, 1), "later_ms": round(later, 1),
               "share": round(later / max(first, 0.001), 2)}
        table.setdefault(case, []).append(row)
        print(f"{case}: {row}", flush=True)
    return table
