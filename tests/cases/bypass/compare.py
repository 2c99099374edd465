# SPDX-License-Identifier: GPL-2.0-or-later
"""python3 -m bypass.compare FILE [DIR]: every wrapping through this scanner, Debian's virus_scan and
clamd, side by side, as a page of the manual. DIR: cases that were collected elsewhere, too."""

import concurrent.futures
import os
import subprocess
import sys
import time

import clamdpeer
import peers
from bypass import collected, limits, travel
from bypass.wrapping import FAMILIES, UNREAD, samples
from lib import env as environment, icap
from lib.server import Server

CLIENTS = 4
COMPARED = ("epost-av", "virus_scan as shipped", "virus_scan at its best", "clamd")
PACKAGES = ("c-icap", "libc-icap-mod-virus-scan", "clamav-daemon", "libclamav12")

HEAD = """# The bypass suite, next to Debian's virus_scan and clamd

Each of the {count} wrappings of `tests/cases/bypass` was sent, as a download (RESPMOD) and as an
upload (REQMOD) where both make sense, to epost-av and to Debian's `virus_scan` with libclamav inside
c-icap, and its body to Debian's `clamd` by INSTREAM, on the same machine, with the same signatures
({versions};
{date}). To repeat it, as root (virus_scan reads `/var/lib/clamav` only, and gets the test
signatures there in a mount namespace of its own):

    scripts/compare-bypass doc/comparison.md [DIRECTORY OF MORE CASES]

`squidclamav` is no Debian package and was not measured. It hands bodies to a clamd, so that it finds no
more than the column of clamd says.

`virus_scan` ran twice: **as shipped**, with the settings in Debian's `virus_scan.conf` and
`clamav_mod.conf`, and **at its best**, with all file types scanned and the same limits that epost-av was
given in this test. What the columns say:

- *epost-av*: the verdict, and the reason when it is not clean; *web*: what the profile `web` does
  with it (under `strict` whatever is not clean is blocked).
- *virus_scan*: **found**, **passed** (204, or the same bytes again, and no word that anything was not
  looked at), **error** (an ICAP error, or the connection broken), **blocked** (its error page).
- *clamd*: at its best, with our limits. It knows no headers, so that it undoes no encoding of HTTP.
- Two answers with a stroke between them: the download's and the upload's.

A wrapping is in the suite because some ordinary program opens it; the second column names it. Where
nobody can look inside (a password, a format that no library opens, a limit), the right answer is to
say so.

## Totals

Of the {dangerous} wrappings that are not clean:

{totals}

Of the {clean} that are harmless (the same wrappings around harmless bytes, and everyday traffic):

{alarms}

Of the harmless ones epost-av says that it cannot read:

{unread}

## Still missed

Of these wrappings epost-av calls clean:

{still}

[missed.md](missed.md) says what else is known to be missed, and why.

{collected}"""


class Shipped(peers.VirusScan):
    """The settings that Debian installs."""

    def _antivirus(self):
        return ["Module common clamav_mod.so", f"clamav_mod.TmpDir {self.root}",
                "clamav_mod.MaxScanSize 100M", "Service antivirus_module virus_scan.so",
                "ServiceAlias avscan virus_scan?allow204=on&sizelimit=off&mode=simple",
                "virus_scan.ScanFileTypes TEXT DATA EXECUTABLE ARCHIVE GIF JPEG MSOFFICE",
                "virus_scan.SendPercentData 5", "virus_scan.StartSendPercentDataAfter 2M",
                "virus_scan.MaxObjectSize 5M"]


class Best(peers.VirusScan):
    """All types, and our limits."""

    def _antivirus(self):
        ours = limits.SETTINGS
        return super()._antivirus() + [
            f"clamav_mod.MaxScanSize {ours['MaxScanSize']}",
            f"clamav_mod.MaxFileSizeInArchive {ours['MaxFileSize']}",
            f"clamav_mod.MaxFilesInArchive {ours['MaxFiles']}",
            f"clamav_mod.MaxRecLevel {ours['MaxRecursion']}"]


def ask(port, sample, direction, service):
    made = travel.request(sample, direction, service, allow="204")
    try:
        return icap.once(port, made, 60)
    except (OSError, icap.ConnectionLost, icap.BadResponse) as error:
        return error


def theirs(answer):
    if isinstance(answer, Exception) or answer.status >= 400:
        return "error"
    if "X-Infection-Found" in answer.headers or "X-Violations-Found" in answer.headers:
        return "found"
    if answer.status == 200 and answer.http_status == 403:
        return "blocked"
    return "passed"


def ours(answer):
    if isinstance(answer, Exception) or answer.status >= 400:
        return "error"
    verdict = answer["X-Epost-AV-Verdict"]
    return verdict if verdict != "unscannable" else f"unscannable: {answer['X-Epost-AV-Reason']}"


def action(answer):
    if isinstance(answer, Exception) or answer.status >= 400:
        return "error"
    if "X-Infection-Found" in answer.headers:
        return "blocked"
    return "passed" if answer["X-Epost-AV-Verdict"] == "clean" else "passed, marked"


def clamd(env, bases):
    ours = limits.SETTINGS
    return clamdpeer.Clamd(env, bases, {"MaxScanSize": ours["MaxScanSize"], "MaxFileSize": ours["MaxFileSize"],
                                        "MaxFiles": ours["MaxFiles"], "MaxRecursion": ours["MaxRecursion"]})


def more(cases, send):
    """{name: word} of collected cases."""
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        return dict(zip([case.name for case in cases], pool.map(send, cases)))


def once(port, case, service):
    try:
        return icap.once(port, case.request(service), 130)
    except (OSError, icap.ConnectionLost, icap.BadResponse) as error:
        return error


def everything(port, service, judge):
    """{name: "answer" or "download / upload"}, and how long it took."""
    jobs = [(s, d) for s in samples() for d in s.http.directions]
    found = {}
    began = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        answers = pool.map(lambda job: judge(ask(port, *job, service)), jobs)
        for (sample, _), word in zip(jobs, answers):
            words = found.setdefault(sample.name, [])
            if word not in words:
                words.append(word)
    print(f"{service}: {len(jobs)} requests in {time.monotonic() - began:.0f} s", flush=True)
    return {name: " / ".join(words) for name, words in found.items()}


def run(env, cases):
    """({title: {wrapping: word}}, {title: {collected case: word}})"""
    columns, others = {}, {}
    settings = dict(limits.SETTINGS, MaxBodySize=limits.BODY_CEILING)
    with Server(env, "compare", settings=settings) as server:
        columns["epost-av"] = everything(server.port, "strict", ours)
        columns["web"] = everything(server.port, "web", action)
    with Server(env, "collected") as server:
        others["epost-av"] = more(cases, lambda c: ours(once(server.port, c, c.index.get("service", "web"))))
    bases = environment.signatures(env.directory("bases") / "db", environment.STARTER)
    for title, kind in (("virus_scan as shipped", Shipped), ("virus_scan at its best", Best)):
        peer = kind(env, bases)
        try:
            peer.start()
            columns[title] = everything(peer.port, peer.service, theirs)
            others[title] = more(cases, lambda c, peer=peer: theirs(once(peer.port, c, peer.service)))
        finally:
            peer.stop()
    peer = clamd(env, bases)
    try:
        peer.start()
        columns["clamd"] = {s.name: peer.ask(s.body()) for s in samples()}
        others["clamd"] = more(cases, lambda c: peer.ask(c.body))
    finally:
        peer.stop()
    return columns, others


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(str(c) for c in row) + " |" for row in rows])


def share(answers, chosen, words):
    """The number of the chosen that had one of the words as an answer in any direction."""
    return sum(any(w in answers[s.name] for w in words) for s in chosen)


def totals(columns, chosen):
    rows = []
    for title in COMPARED:
        answers = columns[title]
        silent = share(answers, chosen, ("clean", "passed"))
        error = share(answers, chosen, ("error", "blocked"))
        found = share(answers, chosen, ("infected", "found"))
        said = share(answers, chosen, ("unscannable",))
        rows.append((title, found, said, error, silent))
    return table(("", "found", "said not to be readable, with the reason", "error",
                  "passed as clean, in one direction at least"), rows)


def alarms(columns, chosen):
    rows = []
    for title in COMPARED:
        answers = columns[title]
        rows.append((title, share(answers, chosen, ("clean", "passed")),
                     share(answers, chosen, ("infected", "found")),
                     share(answers, chosen, ("unscannable",)),
                     share(answers, chosen, ("error", "blocked"))))
    return table(("", "clean", "false alarm", "said not to be readable", "error"), rows)


def collection(cases, others):
    """The section about collected cases, or nothing."""
    if not cases:
        return ""
    clean, said = collected.missed(cases, others["epost-av"])
    lines = ["## Cases that were collected", "",
             f"{len(cases)} disguises that were collected with real programs, and not made together with the readers here.",
             "Rank 5: everyone's program opens it by itself; 1: contrived.", "", collected.table(cases, others), ""]
    lines += ["epost-av calls clean:", "", "| case | rank | who opens it |", "|---|---|---|", *clean, ""] if clean else \
        ["epost-av calls none of them clean.", ""]
    if said:
        lines += ["It does not find, but says so, of rank 3 to 5:", "", "| case | rank | verdict |", "|---|---|---|",
                  *said, ""]
    return "\n".join(lines) + "\n"


def page(columns, cases, others):
    wrapped = [s for s in samples() if not s.name.endswith("+harmless")]
    dangerous = [s for s in wrapped if s.expect.verdict != "clean" and "none" not in s.expect.reasons]
    clean = [s for s in samples() if s.expect.verdict == "clean"]
    versions = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${Version}, ", *PACKAGES],
                              capture_output=True, text=True, check=False).stdout.strip(", ").replace(", libc-icap", ",\nlibc-icap")
    still = [f"- {s.name}: {s.opens}" for s in dangerous if "clean" in columns["epost-av"][s.name].split(" / ")]
    unread = [s for s in clean if columns["epost-av"][s.name] != "clean"]
    out = [HEAD.format(unread="\n".join(f"- {s.name}: {UNREAD.get(s.name.removesuffix('+harmless'), 'NOT EXPLAINED')}"
                                        for s in unread) or "none of them.",
                       count=len(wrapped), date=time.strftime("%Y-%m-%d"), still="\n".join(still) or "none of them.",
                       collected=collection(cases, others), dangerous=len(dangerous), clean=len(clean), versions=versions,
                       totals=totals(columns, dangerous), alarms=alarms(columns, clean))]
    for family in FAMILIES:
        rows = [(s.name, s.opens.replace("|", "\\|"), *(columns[c][s.name] for c in columns))
                for s in wrapped if s.family == family]
        out.append(f"## {family.capitalize()}\n\n{table(('wrapping', 'who opens it', *columns), rows)}\n\n")
    return "".join(out).rstrip() + "\n"


def main(path, directory=None):
    cases = collected.read(directory) if directory else []
    env = environment.Env()
    os.nice(5)
    try:
        columns, others = run(env, cases)
        text = page(columns, cases, others)
    finally:
        env.close()
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit("usage: compare-bypass FILE [DIRECTORY]")
    main(*sys.argv[1:])
