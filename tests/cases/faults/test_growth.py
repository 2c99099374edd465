# SPDX-License-Identifier: GPL-2.0-or-later
"""Four times the input costs about four times the CPU: what is read again and again for each of many small parts
costs sixteen times, and small bodies would use up MaxScanCpu."""

import bz2
import gzip
import io
import re
import struct
import subprocess
import tarfile

import pytest

from lib import env as environment
from lib.eicar import EICAR

FRONT = b"ABCD" * 128  # of no known kind, so that archives are looked for behind it
CPU = re.compile(r" cpu=([0-9.]+)")


def tar(members):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as writing:
        for number in range(members):
            entry = tarfile.TarInfo(f"{number}.txt")
            entry.size = 1
            writing.addfile(entry, io.BytesIO(b"x"))
    return FRONT + out.getvalue()


def lha(members, data=b"x"):
    head = b"-lh0-" + struct.pack("<II", len(data), len(data)) + bytes(4) + b"\x20\0\1a\0\0"
    return FRONT + (bytes((len(head), sum(head) & 255)) + head + data) * members


def zstd(frames):
    return FRONT + b"\x28\xb5\x2f\xfd\x20\x01\x09\0\0a" * frames + b"\x28\xb5\x2f\xfd"


def gzips(members):
    return FRONT + gzip.compress(b"x", mtime=0) * members


def bzip2(streams):
    return FRONT + bz2.compress(b"x") * streams


def pdf(streams):
    return b"%PDF-1.7\n" + b"1 0 obj<</Length 9>>stream\n" * streams


#        the smaller number of parts, and a name
KINDS = {"tar": (tar, 150, "a.bin"), "lha": (lha, 500, "a.bin"), "zstd": (zstd, 400, "a.bin"),
         "gzip": (gzips, 400, "a.bin"), "bzip2": (bzip2, 700, "a.bin"),
         "pdf": (pdf, 2400, "a.pdf")}


@pytest.fixture
def bases(tmp_path):
    return environment.signatures(tmp_path / "bases", environment.STARTER)


def inspect(env, bases, path, name):
    done = subprocess.run([env.build / "tests/tools/inspect-file", "--bases", bases, "--name", name,
                           "--set", "MaxScanTime=3600", path],
                          capture_output=True, text=True, check=True, timeout=500)
    return done.stdout


@pytest.mark.parametrize("kind", KINDS)
def test_cpu_grows_with_the_parts(env, bases, tmp_path, kind):
    make, parts, name = KINDS[kind]
    used = []
    for number in (parts, 4 * parts):
        (tmp_path / "body").write_bytes(make(number))
        used.append(float(CPU.search(inspect(env, bases, tmp_path / "body", name))[1]))
    # CPU time is dearer on a busy machine too: room for that, less than a square needs.
    assert used[1] < 8 * used[0] + 300 * env.slow, used


@pytest.mark.parametrize("kind", ("tar", "lha", "gzip", "bzip2", "zstd"))
def test_the_last_of_many_is_read(env, bases, tmp_path, kind):
    """What is not read again is what was read."""
    last = {"tar": lambda: tar(30)[:-10240] + taken(EICAR), "lha": lambda: lha(30) + lha(1, EICAR)[len(FRONT):],
            "gzip": lambda: gzips(30) + gzip.compress(EICAR, mtime=0),
            "bzip2": lambda: bzip2(30) + bz2.compress(EICAR),
            "zstd": lambda: zstd(30)[:-4] + b"\x28\xb5\x2f\xfd\x20" + bytes((len(EICAR),))
            + struct.pack("<I", len(EICAR) << 3 | 1)[:3] + EICAR}[kind]()
    (tmp_path / "body").write_bytes(last)
    assert ": infected " in inspect(env, bases, tmp_path / "body", "a.bin")


def taken(data):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as writing:
        entry = tarfile.TarInfo("last")
        entry.size = len(data)
        writing.addfile(entry, io.BytesIO(data))
    return out.getvalue()
