# SPDX-License-Identifier: GPL-2.0-or-later
"""Each shortcut that the configuration asks for is on in a server with real signatures, says so on
the board and in the log, and is used by scans. A shortcut that is off by mistake changes no verdict:
without these cases nobody would see it."""

import ctypes
import io
import mmap
import pathlib
import re
import subprocess
import time
import zipfile

import pytest

from lib import env as environment, expect, faults, icap, procs

MIB = 1 << 20
HUGE = 2 * MIB
MADV_COLLAPSE = 25
COUNTED = ("names", "jit", "untouched", "anchors")  # their word is followed by a number of signatures
PATTERNS = 100_000  # that the real set has at least


def collapse():
    """Asks the kernel for one huge page. Returns None, or why it gives none."""
    libc = ctypes.CDLL(None, use_errno=True)
    with mmap.mmap(-1, 2 * HUGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as memory:
        memory.write(b"x" * len(memory))
        first = ctypes.c_char.from_buffer(memory)
        at = (ctypes.addressof(first) + HUGE - 1) // HUGE * HUGE
        result = libc.madvise(ctypes.c_void_p(at), ctypes.c_size_t(HUGE), MADV_COLLAPSE)
        error = ctypes.get_errno()
        del first
    return None if result == 0 else f"madvise(MADV_COLLAPSE): error {error}"


def smaps(pid, key):
    """MiB of a process."""
    text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    return int(re.search(rf"^{key}: +(\d+) kB", text, re.M)[1]) / 1024


def said(text):
    """What a line such as "names 28, jit 592, aconly" says: {"names": 28, "jit": 592, "aconly": None}."""
    found = dict(re.findall(r"(?:^|, )(\w+)( \d+M?\b| off .*?\)|)(?=, |$)", text))
    assert not any("off" in value for value in found.values()), text
    return {name: int(value.strip(" M")) if value else None for name, value in found.items()}


def pages(pid):
    """Small pages that the kernel has given to a process until now."""
    with open(f"/proc/{pid}/stat", encoding="latin-1") as file:
        return int(file.read().rsplit(")", 1)[1].split()[7])


def archive(number, lines=60_000):
    """Each number is another body."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as writing:
        for i in range(3):
            text = b"".join(b"line %d of member %d of body %d\n" % (n, i, number) for n in range(lines))
            writing.writestr(f"member{i}.txt", text)
    return out.getvalue()


@pytest.mark.timeout(600)
def test_all_are_on_in_a_server(make_server, real_bases):
    """Huge pages too, which "all" leaves out: the engine process really has them."""
    refusal = collapse()
    server = make_server("on", bases=None, workers=2, settings={"Shortcuts": "all, hugepages"})
    environment.signatures(server.bases, real_bases)
    server.start(60)
    text = server.board().shortcuts
    assert f"shortcuts: {text}\n" in server.text("epostavs.log")
    if refusal:
        text = re.sub(r", hugepages off \([^)]*\)+$", "", text)
    on = said(text)
    assert {"aconly", "members", "tiny", *COUNTED} <= on.keys(), text
    assert all(on[name] > 0 for name in COUNTED) and on["anchors"] > PATTERNS, text
    if refusal:
        pytest.skip(f"this kernel gives no huge pages, the other shortcuts are on: {refusal}")
    assert on.get("hugepages"), text
    def only():
        found = faults.engine_processes(server, "epostavs-gen")
        return found if len(found) == 1 else None  # one that was just forked has its name for a moment
    engine, = procs.wait_until(only, 20, server.describe)
    huge, whole = smaps(engine.pid, "AnonHugePages"), smaps(engine.pid, "Anonymous")
    assert huge > on["hugepages"] / 2 and huge > whole / 2, f"{huge} of {whole} MiB, {text}"


def used(build, bases, directory, *sets):
    """{set: (what it says to be on, {shortcut: how often the scans used it})}"""
    done = subprocess.run([build / "tests/tools/compare-shortcuts", bases, "--rounds", "1", *sets, "--", directory],
                          capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    on = dict(re.findall(r"^# (\S+): load .* on: (.*)$", done.stdout, re.M))
    counts = dict(re.findall(r"^# (\S+): used: (.*)$", done.stdout, re.M))
    return {one: (said(on[one]), said(counts[one])) for one in sets}


@pytest.mark.timeout(900)
def test_scans_use_them(env, real_bases, tmp_path):
    """aconly has no count of its own: with it more patterns are in the search that the anchors take over."""
    (tmp_path / "library.jar").write_bytes(archive(1))
    (tmp_path / "page.html").write_bytes(b"<html><body><p>A page</p><script>eval('a')</script></body></html>\n" * 30)
    (tmp_path / "five").write_bytes(b"5 of.")
    sets = used(env.build, real_bases, tmp_path, "none", "all", "names,jit,untouched,anchors")
    assert sets["none"] == ({}, {**dict.fromkeys(COUNTED, 0), "fixed": 0, "together": 0, "tiny": 0}), sets
    assert all(count > 0 for count in sets["all"][1].values()), sets
    assert sets["all"][0]["anchors"] > sets["names,jit,untouched,anchors"][0]["anchors"], sets


@pytest.mark.timeout(600)
def test_members_are_recalled(env, real_bases, tmp_path):
    for number in range(2):
        inner = archive(7)
        with zipfile.ZipFile(tmp_path / f"{number}.zip", "w") as writing:
            writing.writestr("inner.zip", inner)
            writing.writestr("version", f"{number}")
    done = subprocess.run([env.build / "tests/tools/inspect-file", "--remember", "--bases", real_bases,
                           *sorted(tmp_path.glob("*.zip"))], capture_output=True, text=True, timeout=500, check=True)
    assert int(re.search(r"recalled (\d+)", done.stderr)[1]) > 0, done.stdout


@pytest.mark.timeout(400)
def test_a_worker_uses_its_memory_again(make_server):
    """A scan that comes soon needs few new pages: a quarter of the first one's, and two thirds where freed
    memory is given back at once. A scan that comes late tells nothing."""
    server = make_server("again", workers=1, children=1, settings={"HeavyAfter": 0}).start()
    if server.env.preload:
        pytest.skip("the sanitizers' allocator keeps what is freed")
    faults.settled(server)

    def scan(number):
        body = archive(number, 5000)
        workers = {one.pid for one in server.board().slots}
        before, begun = sum(map(pages, workers)), time.monotonic()
        request = icap.respmod(body)
        expect.clean(request, server.exchange(request, timeout=60))
        assert {one.pid for one in server.board().slots} == workers
        return sum(map(pages, workers)) - before, begun, time.monotonic()

    first, _, ended = scan(0)
    soon = []
    for number in range(1, 40):
        needed, begun, now = scan(number)
        if begun - ended < 2:
            soon.append(needed)
        ended = now
        if len(soon) == 5:
            break
    assert soon, "the machine is too slow for two scans within two seconds"
    assert min(soon) < 0.42 * first, f"the first scan {first} pages, later ones {soon}"
