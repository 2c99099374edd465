# SPDX-License-Identifier: GPL-2.0-or-later
"""A member that a worker found clean inside one body is not scanned again in the next: with the same reply."""

import email.message
import io
import re
import subprocess
import zipfile

import pytest

from lib import env as environment, expect, icap
from lib.eicar import EICAR

SECRET = b"a content that nobody knows yet, " * 40
TIMES = re.compile(r" layers=.*$", re.M)


@pytest.fixture
def bases(tmp_path):
    return environment.signatures(tmp_path / "bases", environment.STARTER)


def archive(*members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as writing:
        for name, data in members:
            writing.writestr(name, data)
    return out.getvalue()


def mail(number, name, data):
    message = email.message.EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.org", f"b{number}@example.org", f"mail {number}"
    message.set_content(f"This is mail {number}.\n")
    message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def page(number):
    return b"<html><body><script>var a = %d;</script>" % number + b"<p>a paragraph</p>" * 60 + b"</body></html>"


def inspect(build, bases, paths, *more):
    """(lines without times and counts, how often something was recalled)"""
    done = subprocess.run([build / "tests/tools/inspect-file", "--bases", bases, "--members", *more, *paths],
                          capture_output=True, text=True, check=True, timeout=300)
    recalled = re.search(r"recalled (\d+)", done.stderr)
    return TIMES.sub("", done.stdout).splitlines(), int(recalled[1]) if recalled else 0


def same(env, bases, directory, files, *more, words=None):
    """Both ways, in this order; returns the lines and how often something was recalled. The first
    words of each line are compared, or all."""
    paths = []
    for number, data in enumerate(files):
        paths.append(directory / f"{number:03d}")
        paths[-1].write_bytes(data)
    without, never = inspect(env.build, bases, paths, *more)
    lines, recalled = inspect(env.build, bases, paths, "--remember", *more)
    assert [line.split()[:words] for line in lines] == [line.split()[:words] for line in without]
    assert never == 0
    return lines, recalled


def test_an_attachment_in_many_mails(env, bases, tmp_path):
    data = archive(*((f"page{i}.html", page(i)) for i in range(5)), ("invoice.pdf.exe", b"MZ" + bytes(2000)))
    lines, recalled = same(env, bases, tmp_path, [mail(i, "report.zip", data) for i in range(6)])
    assert all("clean" in line and "double-extension" in line and "page4.html" in line for line in lines), lines
    assert recalled >= 5


def test_an_archive_of_many_names(env, bases, tmp_path):
    """It is remembered as one, whatever its names take."""
    data = archive(*((f"org/example/{'deep/' * 20}Class{i}.txt", b"of class %d\n" % i * 9) for i in range(300)))
    _, recalled = same(env, bases, tmp_path, [mail(i, "library.jar", data) for i in range(3)])
    assert 2 <= recalled < 100


def test_versions_of_an_archive(env, bases, tmp_path):
    members = [(f"page{i}.html", page(i)) for i in range(8)]
    lines, recalled = same(env, bases, tmp_path, [archive(*members, ("version", b"%d" % i)) for i in range(3)])
    assert all("page7.html" in line for line in lines)
    assert recalled >= 16


def test_the_same_twice_in_one_body(env, bases, tmp_path):
    """The second of two in one body is passed over: it does not stand for a scan elsewhere."""
    inner = archive(("inside.html", page(1)), ("deep.zip", archive(("deepest.html", page(2)))))
    other = archive(("another.html", page(3)), ("deep.zip", archive(("deepest.html", page(2)))))
    files = [archive(("a.zip", inner), ("b.zip", other)), archive(("b.zip", other)), mail(1, "b.zip", other),
             mail(2, "b.zip", other)]
    lines, recalled = same(env, bases, tmp_path, files)
    assert all("deepest.html" in line and "another.html" in line for line in lines), lines
    assert recalled > 0


def test_a_threat_is_never_remembered_as_clean(env, bases, tmp_path):
    inner = archive(("page.html", page(1)), ("x/eicar.com", EICAR))
    files = [archive(("page.html", page(1)), ("inner.zip", inner)), mail(1, "inner.zip", inner),
             archive(("page.html", page(1))), mail(2, "inner.zip", inner), archive(("page.html", page(1)))]
    lines, _ = same(env, bases, tmp_path, files)
    assert [": infected" in line for line in lines] == [True, True, False, True, False], lines


def test_what_was_not_looked_at_is_not_remembered(env, bases, tmp_path):
    inner = archive(*((f"{i}.html", page(i)) for i in range(30)))
    files = [mail(1, "a.zip", inner), mail(2, "a.zip", inner), archive(("a.zip", inner)), archive(("a.zip", inner))]
    lines, _ = same(env, bases, tmp_path, files, "--set", "MaxFiles=20")
    assert all("reason=max-files" in line for line in lines), lines


def test_a_ceiling_counts_what_is_recalled(env, bases, tmp_path):
    """Each of the members alone is below it, all of them are not. How far a scan came until then may differ."""
    parts = [(f"{i}.zip", archive(*((f"{i}-{n}.html", page(100 * i + n)) for n in range(8)))) for i in range(6)]
    files = [archive(part) for part in parts] + [archive(*parts), archive(*parts)]
    lines, recalled = same(env, bases, tmp_path, files, "--set", "MaxFiles=40", words=3)
    assert ["reason=max-files" in line for line in lines] == [False] * 6 + [True] * 2, lines
    assert recalled > 0


@pytest.mark.timeout(400)
def test_samples_twice(env, bases, tmp_path, bodies):
    """Some of the bypass suite, each alone and as an attachment."""
    # Bodies about limits take so long that a slow machine tries their parts alone first, and names more of them.
    chosen = [path for path in sorted(bodies.iterdir()) if "limit" not in path.name][::24]
    files = [data for path in chosen for data in [path.read_bytes()]
             for data in (data, mail(1, path.name, data), mail(2, path.name, data))]
    lines, recalled = same(env, bases, tmp_path, files)
    assert sum(": infected" in line for line in lines) > 20
    assert recalled > 10


def test_new_signatures_forget(make_server):
    """And the worker that is asked again is the one that remembers."""
    server = make_server("forget", workers=4, bases=None)
    environment.signatures(server.bases, environment.STARTER)
    server.start(30)
    for number in range(3):
        request = icap.respmod(archive(("v", b"%d" % number), ("same", SECRET)))
        expect.clean(request, server.exchange(request))
    assert "members" in server.board().shortcuts
    environment.signatures(server.bases, environment.STARTER,
                           more_ndb=f"Test.Secret:0:*:{SECRET[:60].hex()}\n")
    server.reload(40)
    expect.infected(server.exchange(icap.respmod(archive(("v", b"9"), ("same", SECRET)))), "Test.Secret.UNOFFICIAL")
