# SPDX-License-Identifier: GPL-2.0-or-later
"""Brings the packages of packages.txt into a cache and unpacks them there, once."""

import os
import pathlib
import shutil
import subprocess
import tarfile

HERE = pathlib.Path(__file__).parent
CACHE = pathlib.Path(os.environ.get("EPOST_CORPUS", "/var/cache/epost-av-tests"))
DEADLINE = 900  # seconds for one call of apt-get or npm


def packages(path=HERE / "packages.txt"):
    """[(source, name)] in the order of the file."""
    lines = path.read_text(encoding="ascii").splitlines()
    return [tuple(line.split()) for line in lines if line and not line.startswith("#")]


def archive_of(source, name):
    """The downloaded archive of a package, or None."""
    place = CACHE / source
    if source == "deb":
        found = sorted(place.glob(f"{name}_*.deb"))
    else:
        base, _, version = name.rpartition("@")
        found = sorted(place.glob(f"{base.lstrip('@').replace('/', '-')}-{version}.tgz"))
    return found[-1] if found else None


def download(missing):
    """One call of apt-get for all Debian packages, one of npm for each of its packages."""
    for source in ("deb", "npm"):
        (CACHE / source).mkdir(parents=True, exist_ok=True)
    debs = [name for source, name in missing if source == "deb"]
    if debs:
        run(["apt-get", "-qq", "download", *debs], CACHE / "deb")
    for source, name in missing:
        if source == "npm":
            run(["npm", "pack", "--silent", name], CACHE / "npm")


def run(command, directory):
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=DEADLINE,
                          check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[:4])}: {done.stderr[-500:]}")


def unpack(source, archive, directory):
    """The package's files; the directory appears only when all are there."""
    half = directory.with_name(directory.name + ".part")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(parents=True)
    if source == "deb":
        run(["dpkg-deb", "-x", str(archive), str(half)], half)
    else:
        with tarfile.open(archive) as tar:
            tar.extractall(half, [m for m in tar if usable(m)])
    half.rename(directory)


def usable(member):
    """Files that stay below the directory."""
    return member.isfile() and not member.name.startswith("/") and ".." not in member.name.split("/")


def fetch(wanted=None):
    """{(source, name): (archive, directory)} of all packages (or of the wanted names)."""
    listed = [p for p in packages() if wanted is None or p[1] in wanted]
    missing = [p for p in listed if archive_of(*p) is None]
    if missing:
        download(missing)
    found = {}
    for source, name in listed:
        archive = archive_of(source, name)
        if archive is None:
            raise RuntimeError(f"no {source} package {name} in {CACHE}")
        directory = CACHE / "files" / archive.name
        if not directory.is_dir():
            unpack(source, archive, directory)
        found[source, name] = (archive, directory)
    return found
