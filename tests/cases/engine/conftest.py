# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures of the cases about the engine."""

import os
import pathlib
import subprocess
import sys
import tarfile

import pytest

TOP = pathlib.Path(__file__).resolve().parents[3]
LARGEST = 2 << 20   # larger bodies are about limits, not about signatures


@pytest.fixture(scope="session")
def bodies(tmp_path_factory):
    """The samples of the bypass suite, each a file."""
    directory = tmp_path_factory.mktemp("samples")
    subprocess.run([sys.executable, "-m", "bypass", str(directory)], check=True, timeout=300,
                   env=dict(os.environ, PYTHONPATH=f"{TOP}/tests:{TOP}/tests/cases",
                            PYTHONDONTWRITEBYTECODE="1"), stdout=subprocess.DEVNULL)
    for path in (TOP / "tests/data/captures").rglob("*"):
        if path.is_file():
            (directory / ("capture-" + path.name)).write_bytes(path.read_bytes())
    for path in list(directory.iterdir()):
        if not path.is_file() or not 0 < path.stat().st_size <= LARGEST:
            if path.is_file():
                path.unlink()
    return directory


@pytest.fixture(scope="session")
def real_bases(tmp_path_factory):
    """The real signatures, which are no part of the project."""
    shared = pathlib.Path(os.environ.get("EPOST_SHARED", TOP.parent / "shared"))
    archive = shared / "testdata/signatures/combined-clamav.tar.xz"
    if not archive.exists():
        pytest.skip(f"no real signatures: {archive} (EPOST_SHARED names another place)")
    directory = tmp_path_factory.mktemp("bases")
    with tarfile.open(archive) as tar:
        for member in tar:
            if member.isfile():
                (directory / os.path.basename(member.name)).write_bytes(
                    tar.extractfile(member).read())
    return directory
