# SPDX-License-Identifier: GPL-2.0-or-later
"""A file of a hundred bytes asks for a dictionary of gigabytes: it gets no such memory, and the verdict says so.

What everyday programs ask for is read.
"""

import json
import resource
import shutil
import subprocess

import pytest

from lib import procs, windows
from lib.eicar import EICAR

LITTLE, MB, GB = 1 << 16, 1 << 20, 1 << 30
ROOM = 700 * MB  # of writable memory, for a process that needs 60 without these files

ASKS_MUCH = {
    "lzma.xz": windows.xz(EICAR, 2 * GB),
    "xz-4g.xz": windows.xz(EICAR, 4 * GB),
    "xz-second.xz": windows.xz(b"first, harmless\n", LITTLE) + windows.xz(EICAR, 2 * GB),
    "lzip.lz": windows.lzip(EICAR, 512 * MB),
    "zstd-31.zst": windows.zstd(EICAR, 31),
    "zstd-second.zst": windows.zstd(b"first, harmless\n", 20) + windows.zstd(EICAR, 31),
    "zip-xz.zip": windows.zip_xz(EICAR, 2 * GB),
    "zip-zstd.zip": windows.zip_zstd(EICAR, 31),
    "7z-ppmd.7z": windows.sevenzip_ppmd(EICAR, 0xf0000000),
    "7z-ppmd-hidden.7z": windows.sevenzip_ppmd(EICAR, 0xf0000000, hidden_by=LITTLE),
    "7z-ppmd-hidden-twice.7z": windows.sevenzip_ppmd(EICAR, 0xf0000000, hidden_by=2 * GB),
    "xar-lzma.xar": windows.xar_lzma(EICAR, 2 * GB),
    "xar-xz.xar": windows.xar_xz(EICAR, 2 * GB),
    "rar5.rar": windows.rar5(EICAR, 32),
}
# No decoder needs a larger dictionary than the content has bytes.
READ_ALL_THE_SAME = {
    "lzma-2g.lzma": windows.lzma_alone(EICAR, 2 * GB),
    "zip-lzma.zip": windows.zip_lzma(EICAR, 2 * GB),
    "7z-lzma.7z": windows.sevenzip_lzma(EICAR, 2 * GB),
    "7z-lzma2.7z": windows.sevenzip_lzma2(EICAR, 2 * GB),
    "7z-lzma-hidden.7z": windows.sevenzip_lzma(EICAR, 2 * GB, hidden_by=2 * GB),
    "brotli-30.br": windows.brotli(EICAR, 30),
}
EVERYDAY = {
    "xz-9.xz": windows.xz(EICAR, 64 * MB),
    "xz-256.xz": windows.xz(EICAR, 256 * MB),
    "lzma-64.lzma": windows.lzma_alone(EICAR, 64 * MB),
    "lzip-64.lz": windows.lzip(EICAR, 64 * MB),
    "zstd-27.zst": windows.zstd(EICAR, 27),
    "zip-lzma-64.zip": windows.zip_lzma(EICAR, 64 * MB),
    "zip-xz-64.zip": windows.zip_xz(EICAR, 64 * MB),
    "zip-zstd-27.zip": windows.zip_zstd(EICAR, 27),
    "7z-256.7z": windows.sevenzip_lzma(EICAR, 256 * MB, hidden_by=LITTLE),
    "7z-lzma2-256.7z": windows.sevenzip_lzma2(EICAR, 256 * MB),
    "xar-lzma-64.xar": windows.xar_lzma(EICAR, 64 * MB),
    "xar-xz-64.xar": windows.xar_xz(EICAR, 64 * MB),
}


def every():
    return {**ASKS_MUCH, **READ_ALL_THE_SAME, **EVERYDAY}


@pytest.fixture(scope="module")
def results(env, tmp_path_factory):
    """The pipeline's verdict on each, in a process that cannot get as much as they ask for."""
    place = tmp_path_factory.mktemp("windows")
    bases = place / "bases"
    bases.mkdir()
    (bases / "eicar.ndb").write_text(f"Eicar:0:0:{EICAR.hex()}\n", encoding="ascii")
    for name, data in every().items():
        (place / name).write_bytes(data)
    says = {}
    for name in every():
        done = subprocess.run([env.build / "tests/tools/inspect-file", "--bases", bases, "--name", name,
                               place / name], capture_output=True, text=True, timeout=60, check=False,
                              preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (ROOM, ROOM)))
        assert done.returncode == 0, (name, done)
        says[name] = done.stdout.split(": ", 1)[1]
    return says


@pytest.mark.parametrize("name", sorted(ASKS_MUCH))
def test_it_is_not_given_the_memory(results, name):
    assert results[name].startswith(("unscannable reason=max-memory ", "unscannable reason=limit ")), results[name]


@pytest.mark.parametrize("name", sorted({**READ_ALL_THE_SAME, **EVERYDAY}))
def test_it_is_read(results, name):
    assert results[name].startswith("infected "), results[name]


def test_the_server_says_so(server, env):
    """With the memory limits of its workers, and all at once."""
    place = env.directory("windows")
    try:
        for name, data in ASKS_MUCH.items():
            (place / name).write_bytes(data)
            (place / name).chmod(0o644)
        done = procs.run(*env.as_user(env.kasp, "--socket", server.socket, "--json",
                                      *(place / name for name in ASKS_MUCH)), env=env.environ())
    finally:
        shutil.rmtree(place)
    replies = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(replies) == len(ASKS_MUCH), done
    assert {(r["verdict"], r["reason"]) for r in replies} <= {
        ("unscannable", "max-memory"), ("unscannable", "limit")}, replies
