# SPDX-License-Identifier: GPL-2.0-or-later
"""144: doc/features.md says of the product only what the program does. Each row has its proof here: a
question to the program, or the name of the case that shows it."""

import base64
import gzip
import io
import json
import pathlib
import re
import subprocess
import zipfile
import zlib

import brotli
import pytest
import zstandard

from lib import icap, samples
from lib.eicar import EICAR
from lib.server import Server

TOP = pathlib.Path(__file__).resolve().parents[2]
CASES = TOP / "tests/cases"
TEXT = (TOP / "doc/features.md").read_text(encoding="utf-8")
OTHERS = {"virus_scan.so": ("PassOnError", "ScanFileTypes", "VirScanFileTypes"),
          "clamd": ("AlertExceedsMax", "AlertEncrypted", "ConcurrentDatabaseReload"),
          "freshclam": ("TestDatabases",)}


def table():
    """{first cell of a row: (what it says of epost-av, of virus_scan, of squidclamav, of clamd)}."""
    rows = {}
    for line in TEXT.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ") and cells[0]:
            assert len(cells) == 5, line
            rows[cells[0]] = cells[1:]
    return rows


@pytest.fixture(scope="module")
def small(env):
    """A server with low limits and one rule."""
    server = Server(env, "features", settings={"MaxBodySize": "100K", "MaxFiles": 20})
    server.write_exceptions("block name *.scr\nskip url http://skipped.test/*\nskip host .host.test\n"
                    "skip client 192.0.2.7\nskip user alice\nskip sha256 " + "0" * 64 + "\nallow threat Some.*\n")
    try:
        server.start()
        yield server
        server.stop()
    finally:
        server.kill()


def zipped(*members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


def locked():
    """A ZIP whose member says that it is encrypted (and is noise)."""
    out = bytearray(zipped(("secret.txt", samples.incompressible(400, 7))))
    out[6] |= 1
    out[out.find(b"PK\1\2") + 8] |= 1
    return bytes(out)


def answer(server, body, service="web", **more):
    return server.exchange(icap.respmod(body, service=service, **more))


def decided(body, reason):
    """The profiles web and strict decide otherwise; header and log have the reason."""
    def ask(server):
        passed, blocked = answer(server, body), answer(server, body, "strict")
        assert passed["X-Epost-AV-Reason"] == reason and "X-Infection-Found" not in passed.headers
        assert blocked.http_status == 403 and blocked["X-Infection-Found"]
        assert f"reason={reason}" in (server.log / "epost_av.log").read_text(encoding="utf-8")
    return ask


def found(body, **more):
    def ask(server):
        assert answer(server, body, **more)["X-Epost-AV-Verdict"] == "infected"
    return ask


def coded(value, encode):
    return found(encode(EICAR), http_headers=[f"Content-Encoding: {value}"])


def form():
    body = (b"--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nwords\r\n"
            b"--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\n" + gzip.compress(EICAR) +
            b"\r\n--b--\r\n")

    def ask(server):
        response = server.exchange(icap.reqmod(body, kind="multipart/form-data; boundary=b", service="web"))
        assert response["X-Epost-AV-Verdict"] == "infected"
    return ask


def in_json_and_xml(server):
    inner = base64.b64encode(gzip.compress(EICAR)).decode()
    for body, kind in ((json.dumps({"file": inner}), "application/json"),
                       (f"<?xml version=\"1.0\"?><a><file>{inner}</file></a>", "text/xml")):
        found(body.encode(), kind=kind)(server)


def by_name(server):
    assert answer(server, zipped(("photo.scr", b"harmless")))["X-Infection-Found"]
    assert answer(server, zipped(("photo.txt", b"harmless")))["X-Epost-AV-Verdict"] == "clean"


def whatever_the_type(server):
    for kind in ("video/mp4", "image/png", "font/woff2", "application/ocsp-response"):
        found(EICAR, kind=kind)(server)


def log_line(server):
    answer(server, zipped(("ruled.scr", b"harmless")))
    line = (server.log / "epost_av.log").read_text(encoding="utf-8").splitlines()[-1]
    for name in ("verdict=", "reason=", "sha256=", "rule="):
        assert name in line, line


def usage(program, *words):
    def ask(server):
        done = subprocess.run([server.env.build / program, "--help"], capture_output=True, text=True, timeout=60,
                              check=False)
        for word in words:
            assert word in done.stdout, (program, word, done.stdout)
    return ask


def setting(*lines):
    """The program's own reader of the configuration takes them."""
    def ask(server):
        path = server.env.directory("setting") / "epost_av.conf"
        path.write_text("".join(f"epost_av.{line}\n" for line in lines), encoding="ascii")
        path.chmod(0o644)
        done = subprocess.run([server.env.build / "modules/epost_av/checkconf", path], capture_output=True,
                              text=True, timeout=60, check=False)
        assert done.returncode == 0, (lines, done.stdout, done.stderr)
    return ask


def case(place, name):
    """Shown by that case; it is there."""
    def ask(_):
        assert re.search(rf"(?m)^def {name}\(", (CASES / place).read_text(encoding="utf-8")), (place, name)
    return ask


def figure(document, pattern):
    """The same in the document that it is from."""
    def ask(_):
        assert re.search(pattern, (TOP / "doc" / document).read_text(encoding="utf-8")), (document, pattern)
    return ask


def nothing(_):
    """A word against the product needs no proof."""


# first cell: what the table says of the product, and the proof.
PROOFS = {
    "body over the size limit":
        ("profile decides; header, log, counter", decided(samples.incompressible(150_000, 3), "max-body-size")),
    "limit inside an archive":
        ("profile decides; header, log, counter",
         decided(zipped(*((f"{i}.txt", b"%d" % i) for i in range(60))), "max-files")),
    "encrypted archive": ("profile decides; header, log, counter", decided(locked(), "encrypted")),
    "the scan fails": ("request fails, or as the profile says", setting("Profile x like=web error=block")),
    "engine is not there":
        ("request fails, or as the profile says", setting("Profile x like=web error:unavailable=pass")),
    "types that are not scanned": ("none", whatever_the_type),
    "Content-Encoding gzip": ("yes", coded("gzip", gzip.compress)),
    "deflate, br": ("yes", lambda server: (coded("deflate", zlib.compress)(server),
                                           coded("br", brotli.compress)(server))),
    "zstd, several encodings on each other":
        ("yes", lambda server: (coded("zstd", zstandard.compress)(server),
                                coded("gzip, br", lambda data: brotli.compress(gzip.compress(data)))(server))),
    "parts of a form upload, one by one": ("yes", form()),
    "base64 in JSON and XML": ("yes", in_json_and_xml),
    "names and kinds of files inside archives as rules": ("yes", by_name),
    "where content is parsed": ("processes of their own", case("test_188_confinement.py", "test_nothing_is_missing")),
    "confined by the program itself":
        ("namespaces, seccomp, Landlock, limits", case("test_188_confinement.py", "test_nothing_is_missing")),
    "a crash costs": ("one scan", case("test_100_faults.py", "test_worker_dies_while_it_scans")),
    "a scan without end": ("killed at its deadline", case("test_100_faults.py", "test_worker_hangs")),
    "engines in memory": ("one", case("test_110_bases.py", "test_many_reloads_leave_one_generation")),
    "scans during a reload": ("go on", case("test_105_slow_scans.py", "test_reload_while_a_scan_runs")),
    "a set is tested before it serves":
        ("by the code that serves", case("updater/test_330_third_party.py",
                                         "test_a_set_that_does_not_load_takes_nobody_along")),
    "way back to the set before": ("`--rollback`", usage("epost-autoupdate", "--rollback")),
    "own mirrors with a signed index": ("yes", usage("epost-mkmirror", "--key", "--verify")),
    "verdicts remembered": ("all that are repeatable, by SHA-256 and claims", setting("CacheEntries 1000")),
    "ICAP": ("yes", log_line),
    "exceptions: host, URL, client, user": ("yes", nothing),  # the server started with such a file
    "exceptions: SHA-256, name of a threat": ("yes", nothing),
    "policy for each service name": ("profiles", decided(locked(), "encrypted")),
    "block page":
        ("templates, in the browser's language", case("test_080_names.py", "test_language_of_the_page")),
    "quarantine": ("encrypted copies", case("operate/test_450_quarantine.py",
                                            "test_blocked_bodies_are_kept_and_come_back")),
    "metrics": ("Prometheus, status page", case("operate/test_410_metrics.py", "test_promtool_finds_nothing_wrong")),
    "log line of each transaction": ("verdict, reason, hash, rule", log_line),
    "in Debian itself": ("no", nothing),
    "systems": ("Linux", nothing),
    "other engines": ("no", nothing),
    "page with the progress of a download": ("no", nothing),
    "scan on access to files": ("no", nothing),
    "who speaks its protocol": ("ICAP clients", nothing),
    "archives a second in a mix with pages, large set":
        ("4.0", figure("measurements.md", r"(?m)^\| epost-av, light before heavy .*\| 4\.0 \|$")),
}


@pytest.mark.parametrize("row", PROOFS)
def test_the_row_is_true(small, row):
    says, proof = PROOFS[row]
    assert table()[row][0] == says, "the table says something else now: another proof is needed"
    proof(small)


def test_every_row_has_a_proof():
    assert list(table()) == list(PROOFS)


def test_figures_are_those_of_the_other_documents():
    wrappings = re.search(r"found and what passed in (\d+) wrappings", TEXT)[1]
    figure("comparison.md", rf"Each of the {wrappings} wrappings")(None)
    figure("measurements.md", r"(?m)^\| virus_scan \|.*\| " + re.escape(
        table()["archives a second in a mix with pages, large set"][1]) + r" \|$")(None)


@pytest.mark.parametrize("program", OTHERS)
def test_settings_of_the_others_are_named_as_they_are(program):
    """Debian's programs hold these names, and the document has them."""
    libraries = pathlib.Path("/usr/lib")
    # The settings of clamd and of freshclam are one table, in the library of freshclam.
    place = next(libraries.glob("*/c_icap/virus_scan.so" if program == "virus_scan.so" else "*/libfreshclam.so.*"))
    held = place.read_bytes()
    for name in OTHERS[program]:
        assert f"`{name}" in TEXT and name.encode() in held, name
