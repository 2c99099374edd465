# SPDX-License-Identifier: GPL-2.0-or-later
"""187: epost-av-check on a sound installation and on broken ones; each says something of its own."""

import os
import pathlib
import re
import shutil
import subprocess

import pytest

from lib import env as environment


class Installation:
    """A sound one below a directory; a case breaks it."""

    def __init__(self, env):
        self.env, self.root = env, env.directory("check")
        for name in ("run", "log", "spool", "lib"):
            path = self.root / name
            path.mkdir()
            env.give(path)
        environment.signatures(self.root / "Bases", environment.STARTER)
        for source in (env.module, env.epostavs):
            shutil.copy(source, self.root / "lib")
            (self.root / "lib" / source.name).chmod(0o755)
        self.cicap = {"User": env.user.pw_name, "ModulesDir": self.root / "lib", "MaxServers": 8,
                      "ThreadsPerChild": 350, "Timeout": 60, "KeepAliveTimeout": 30}
        self.settings = {"Bases": self.root / "Bases", "Socket": self.root / "run/epostavs.sock",
                         "Scanner": self.root / "lib/epostavs", "Spool": self.root / "spool",
                         "Log": self.root / "log/epost_av.log", "MaxBodySize": "1M",
                         "ScannerLog": self.root / "log/epostavs.log", "Workers": 8}
        self.module, self.more = "Service epost_av epost_av.so", []
        self.updater = self.root / "epost-autoupdate.conf"
        self.sources = self.root / "sources.xml"
        self.sources.write_text('<sources version="1">\n  <url name="x">\n'
                                '    <file url="https://127.0.0.1:1/x.hdb"/>\n  </url>\n</sources>\n',
                                encoding="ascii")
        self.updater_text = (f"Bases {self.root / 'Bases'}\nSources {self.sources}\n"
                             f"State {self.root / 'state'}\nScannerConfig \"\"\n")
        self.memory = "MemTotal: 8000000 kB\n"

    def check(self, *options):
        ours = self.root / "epost_av.conf"
        ours.write_text("\n".join([self.module, *(f"epost_av.{n} {v}" for n, v in
                                                  self.settings.items())]) + "\n",
                        encoding="utf-8")
        config = self.root / "c-icap.conf"
        config.write_text("\n".join([*(f"{n} {v}" for n, v in self.cicap.items()), *self.more,
                                     f"Include {ours.name}"]) + "\n", encoding="utf-8")
        self.updater.write_text(self.updater_text, encoding="utf-8")
        self.updater.chmod(0o644)
        (self.root / "meminfo").write_text(self.memory, encoding="ascii")
        build = self.env.build
        return subprocess.run(
            ["sh", build / "operate/epost-av-check", "--config", config, "--updater", self.updater,
             "--helper", build / "modules/epost_av/checkconf", "--meminfo", self.root / "meminfo",
             "--enable", build / "operate/epost-av-enable", "--autoupdate", "/bin/true", *options],
            capture_output=True, text=True, timeout=60 * self.env.slow, check=False)


@pytest.fixture
def installation(env):
    return Installation(env)


@pytest.fixture(scope="module")
def sound(env):
    """The report on a sound installation on this machine."""
    return {line for line in Installation(env).check().stdout.splitlines()
            if line.startswith(("error:", "warning:"))}


@pytest.fixture(autouse=True)
def reachable(env):
    """The helper is run by the user of c-icap."""
    done = subprocess.run(env.as_user("test", "-x", env.build / "modules/epost_av/checkconf"),
                          check=False)
    if done.returncode:
        pytest.skip("the build directory cannot be entered by an unprivileged user")


def remove(*names):
    def breaks(it):
        for name in names:
            path = it.root / name
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    return breaks


def settings(**values):
    return lambda it: it.settings.update(values)


def cicap(**values):
    return lambda it: it.cicap.update(values)


def no_service(it):
    it.module = ""
    it.settings = {}


def taken(name, mode):
    def breaks(it):
        path = it.root / name
        if os.geteuid() == 0:
            os.chown(path, 0, 0)
        path.chmod(mode)
    return breaks


def other_service(it):
    it.module += "\nServiceAlias virus_scan epost_av"
    it.more.append("Service antivirus_module virus_scan.so")


def no_library(it):
    """As the loader says it."""
    path = it.root / "lib/epostavs"
    path.unlink()
    path.write_text("#!/bin/sh\necho 'libclamav.so.12: cannot open shared object file' >&2\nexit 127\n", encoding="ascii")
    path.chmod(0o755)


def unknown_list(it):
    it.more += ["acl own src 127.0.0.1", "icap_access allow own", "icap_access deny all"]


def secret(it):
    it.updater_text += "Proxy http://alice:secret@proxy.example:3128\n"


def secret_key(it):
    path = it.root / "site.key"
    path.write_text("secret\n", encoding="ascii")
    path.chmod(0o644)


def memory(kib):
    def breaks(it):
        it.memory = f"MemTotal: {kib} kB\n"
    return breaks


# What is broken, the exit code, and words of the message that it gets.
BROKEN = {
    "no service": (no_service, 2, "does not have the service"),
    "a wrong value": (settings(Workers="many"), 2, "epost_av.conf:9: Workers"),
    "an unknown directive": (settings(MaxBodSize="1M"), 2, "MaxBodSize"),
    "no such user": (cicap(User="nobody-of-that-name"), 2, "nobody-of-that-name"),
    "no module": (remove("lib/epost_av.so"), 2, "epost_av.so does not exist"),
    "no scanner": (remove("lib/epostavs"), 2, "cannot be run by"),
    "a scanner that does not run": (no_library, 2, "the scanner does not run: libclamav.so.12: cannot open"),
    "no run directory": (remove("run"), 2, "epost_av.Socket: the directory"),
    "a run directory of somebody else": (taken("run", 0o755), 2, "cannot write into"),
    "no spool": (remove("spool"), 2, "epost_av.Spool: the directory"),
    "a spool of somebody else": (taken("spool", 0o755), 2, "a file without a name in"),
    "a spool that is too small": (settings(MaxBodySize="16G"), 1,
                                  "MiB free"),
    "no signatures": (remove("Bases"), 2, "Bases does not exist"),
    "no signature in it": (remove("Bases/eicar.ndb", "Bases/testfiles.hsb"), 2, "holds none"),
    "signatures that cannot be read": (taken("Bases/eicar.ndb", 0o600), 2, "cannot be read by"),
    "few threads": (cicap(MaxServers=1, ThreadsPerChild=4), 1, "the scanner 8 workers"),
    "threads that silent connections use up": (cicap(ThreadsPerChild=10), 1,
                                               "80 threads (MaxServers x ThreadsPerChild): so many silent"),
    "a short timeout": (cicap(Timeout=5), 1, "pauses for 5 s is cut off"),
    "a long timeout": (cicap(Timeout=300), 1, "silent within a request holds a thread for 300 s"),
    "a long wait for the next request": (cicap(KeepAliveTimeout=600), 1, "holds a thread for 600 s (Keep"),
    "a list that denies an unknown name": (unknown_list, 1, '"deny all" counts for nothing'),
    "a name that another answers": (other_service, 1, 'the name "virus_scan" is answered'),
    "a password that all may read": (secret, 1, "password of a proxy"),
    "a key that all may read": (secret_key, 2, "secret key"),
    "too little memory": (memory(100_000), 2, "one engine needs about"),
    "memory for one": (memory(330_000), 1, "two engines need about"),
}
NEEDS_ROOT = {"a run directory of somebody else", "a spool of somebody else",
              "signatures that cannot be read"}


def test_a_sound_installation(installation):
    done = installation.check()
    wrong = [line for line in done.stdout.splitlines() if line.startswith(("error", "warning"))]
    # Another libclamav, or a kernel without namespaces, is this machine's.
    wrong = [line for line in wrong if "libclamav" not in line and "namespaces" not in line and
             "Landlock" not in line]
    assert wrong == [], done.stdout + done.stderr
    assert done.returncode in (0, 1) and done.stderr == "", done.stderr
    quiet = installation.check("--quiet")
    assert "ok:" not in quiet.stdout and "ok:" in done.stdout


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_one_says_what_and_what_to_do(installation, sound, name):
    if name in NEEDS_ROOT and os.geteuid() != 0:
        pytest.skip("needs root")
    breaks, code, words = BROKEN[name]
    if name == "a spool that is too small":
        free = shutil.disk_usage(installation.root).free
        if free > 15 << 30:
            pytest.skip("this disk has room for the largest body")
        installation.settings["MemoryBody"] = "64K"
    breaks(installation)
    done = installation.check("--quiet")
    lines = [line for line in done.stdout.splitlines() if line not in sound]
    told = next((i for i, line in enumerate(lines) if words in line), None)
    assert told is not None, done.stdout + done.stderr
    assert lines[told].startswith("error: " if code == 2 else "warning: "), lines
    assert re.match(r" +do: \S", lines[told + 1]), lines
    assert done.returncode == code and done.stderr == "", done
    others = [w for n, (_, _, w) in BROKEN.items() if w != words and w in done.stdout]
    assert others == [], others


def test_it_changes_nothing_and_stops_at_nothing(installation):
    def state():
        return {p: (p.lstat().st_mtime_ns, p.lstat().st_mode) for p in installation.root.rglob("*")
                if p.name not in ("epost_av.conf", "c-icap.conf", "epost-autoupdate.conf", "meminfo")}
    before = state()
    installation.check("--before-start")
    assert state() == before


def test_wrong_usage(env):
    program = env.build / "operate/epost-av-check"
    for options in (["--what"], ["--config"], ["stray"]):
        done = subprocess.run(["sh", program, *options], capture_output=True, text=True, check=False,
                              timeout=20 * env.slow)
        assert done.returncode == 3 and done.stdout == ""
        # One line that names what is wrong and where to read on.
        assert options[0] in done.stderr and done.stderr.endswith("; see epost-av-check --help\n"), done.stderr
    done = subprocess.run(["sh", program, "--config", "/none"], capture_output=True, text=True,
                          check=False, timeout=20 * env.slow)
    assert done.returncode == 2 and "/none cannot be read" in done.stdout
    top = pathlib.Path(__file__).resolve().parents[2]
    unit = (top / "conf/systemd/c-icap-epost-av.conf.in").read_text(encoding="utf-8")
    assert re.search(r"^ExecStartPre=-\+@EPOST_SBINDIR@/epost-av-check --before-start$", unit, re.M)
    # With User=root beside the filter of system calls, systemd 257 takes CAP_SETUID away.
    assert "\nUser=\nGroup=\n" in unit and "SystemCallFilter=" in unit
