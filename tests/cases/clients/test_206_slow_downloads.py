# SPDX-License-Identifier: GPL-2.0-or-later
"""apt, pip, curl and wget behind Squid, with an origin that takes longer than their patience: nothing
goes out before the verdict but what trickles."""

import hashlib
import io
import subprocess
import zipfile

import pytest

from lib import samples
from lib.daemon import need
from lib.squid import Squid

SIZE = 50_000
QUICK = {"TrickleAfter": "1", "TrickleInterval": "0.5"}
NEVER = {"TrickleAfter": "0"}


class Program:
    """patience: its own by default, in seconds."""

    def __init__(self, env, origin, squid, name):
        self.origin, self.squid, self.directory = origin, squid, env.directory(name)
        self.env, self.proxy = env, f"http://127.0.0.1:{squid.port}"

    def run(self, *args, timeout=120, **variables):
        done = subprocess.run(self.env.as_user(*args), cwd=self.directory, timeout=timeout, check=False,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8",
                                   "HOME": str(self.directory), **variables})
        return done.returncode, done.stdout + done.stderr

    def fetched(self, body, pattern="*"):
        return any(p.read_bytes() == body for p in self.directory.rglob(pattern) if p.is_file())


class Apt(Program):
    patience = 30

    def package(self):
        root = self.directory / "deb"
        (root / "DEBIAN").mkdir(parents=True)
        (root / "DEBIAN" / "control").write_text(
            "Package: slow\nVersion: 1\nArchitecture: all\nMaintainer: x <x@origin.test>\nDescription: x\n",
            encoding="ascii")
        (root / "noise").write_bytes(samples.incompressible(SIZE, 7))
        subprocess.run(["dpkg-deb", "--root-owner-group", "-b", root, self.directory / "slow.deb"],
                       check=True, capture_output=True)
        body = (self.directory / "slow.deb").read_bytes()
        (self.directory / "slow.deb").unlink()
        return body

    def get(self, seconds, patience):
        body = self.package()
        self.origin.put("/apt/./Packages", (
            "Package: slow\nVersion: 1\nArchitecture: all\nMaintainer: x <x@origin.test>\n"
            f"Filename: ./slow.deb\nSize: {len(body)}\nSHA256: {hashlib.sha256(body).hexdigest()}\n"
            "Description: x\n\n").encode(), kind="text/plain")
        self.origin.put("/apt/./slow.deb", body, rate=len(body) // seconds)
        sources = self.directory / "sources.list"
        sources.write_text(f"deb [trusted=yes] {self.origin.url('/apt/')} ./\n", encoding="ascii")
        for name in ("lists/partial", "archives/partial", "etc/preferences.d", "etc/apt.conf.d"):
            (self.directory / name).mkdir(parents=True)
        (self.directory / "status").touch()
        subprocess.run(["chown", "-R", f"{self.env.user.pw_uid}", self.directory], check=True)
        options = [f"-o{one}" for one in (
            f"Dir::State={self.directory}", f"Dir::State::Lists={self.directory}/lists",
            f"Dir::State::status={self.directory}/status", f"Dir::Cache={self.directory}",
            f"Dir::Cache::Archives={self.directory}/archives", f"Dir::Etc={self.directory}/etc",
            f"Dir::Etc::SourceList={sources}", "Dir::Etc::SourceParts=-", "APT::Sandbox::User=",
            f"Acquire::http::Proxy={self.proxy}", "Acquire::Retries=0", "Acquire::Languages=none",
            *([f"Acquire::http::Timeout={patience}"] if patience else []))]
        status, said = self.run("apt-get", *options, "update")
        assert status == 0, said
        status, said = self.run("apt-get", *options, "download", "slow")
        return status == 0 and self.fetched(body, "*.deb"), said


class Pip(Program):
    patience = 15

    @staticmethod
    def wheel():
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as z:
            z.writestr("slow.py", "")
            z.writestr("noise.bin", samples.incompressible(SIZE, 8))
            z.writestr("slow-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: slow\nVersion: 1.0\n")
            z.writestr("slow-1.0.dist-info/WHEEL",
                       "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            z.writestr("slow-1.0.dist-info/RECORD", "")
        return out.getvalue()

    def get(self, seconds, patience):
        body, name = self.wheel(), "slow-1.0-py3-none-any.whl"
        page = self.origin.put("/pip/", f'<a href="{name}">{name}</a>'.encode(), kind="text/html")
        self.origin.put(f"/pip/{name}", body, rate=len(body) // seconds)
        status, said = self.run(
            "/usr/bin/python3", "-m", "pip", "download", "--isolated", "--disable-pip-version-check",
            "--no-cache-dir", "--no-deps", "--no-index", "--find-links", page, "--trusted-host",
            "origin.test", "--proxy", self.proxy, "--retries", "0",
            *(["--timeout", str(patience)] if patience else []), "slow==1.0")
        return status == 0 and self.fetched(body, "*.whl"), said


class Curl(Program):
    def get(self, seconds, patience):
        body = samples.incompressible(SIZE, 9)
        url = self.origin.put("/curl.bin", body, rate=len(body) // seconds)
        status, said = self.run("curl", "-sS", "-x", self.proxy, "-y", str(patience), "-Y", "1", "-o",
                                "got", url)
        return status == 0 and self.fetched(body), said


class Wget(Program):
    def get(self, seconds, patience):
        body = samples.incompressible(SIZE, 10)
        url = self.origin.put("/wget.bin", body, rate=len(body) // seconds)
        status, said = self.run("wget", "-nv", "--tries=1", f"--read-timeout={patience}", "-O", "got", url,
                                http_proxy=self.proxy)
        return status == 0 and self.fetched(body), said


PROGRAMS = {"apt": (Apt, "/usr/bin/apt-get"), "pip": (Pip, "/usr/lib/python3/dist-packages/pip"),
            "curl": (Curl, "/usr/bin/curl"), "wget": (Wget, "/usr/bin/wget")}


def fetch(env, server, origin, name, seconds, patience):
    program, path = PROGRAMS[name]
    need(path)
    with Squid(env, server.port) as squid:
        return program(env, origin, squid, name).get(seconds, patience)


@pytest.mark.parametrize("name", ["pip", *(pytest.param(one, marks=pytest.mark.heavy)
                                           for one in ("apt", "curl", "wget"))])
def test_they_wait_for_what_trickles(env, make_server, origin, name):
    """Longer than the patience that the case gives them."""
    server = make_server(settings=QUICK).start()
    done, said = fetch(env, server, origin, name, 8, 4)
    assert done, said


@pytest.mark.heavy
@pytest.mark.parametrize("name", PROGRAMS)
def test_without_it_they_give_up(env, make_server, origin, name):
    done, said = fetch(env, make_server(settings=NEVER).start(), origin, name, 12, 4)
    assert not done, said


@pytest.mark.heavy
@pytest.mark.parametrize("name", ["apt", "pip"])
def test_the_shipped_settings(env, make_server, origin, name):
    """Longer than their own patience."""
    server = make_server().start()
    done, said = fetch(env, server, origin, name, PROGRAMS[name][0].patience + 10, None)
    assert done, said


@pytest.mark.heavy
@pytest.mark.parametrize("name", ["apt", "pip"])
def test_their_own_patience(env, make_server, origin, name):
    """What TrickleAfter is measured by."""
    server = make_server(settings=NEVER).start()
    done, said = fetch(env, server, origin, name, PROGRAMS[name][0].patience + 10, None)
    assert not done, said
