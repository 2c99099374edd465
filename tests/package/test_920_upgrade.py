# SPDX-License-Identifier: GPL-2.0-or-later
"""920: from version 1.0 to this one while clients work, and what a restart of c-icap costs."""

import json
import pathlib
import subprocess
import time

import pytest

HERE = pathlib.Path(__file__).resolve().parent
DEBS = ("old_deb", "deb")
READY = "c-icap-client -i 127.0.0.1 -p 1344 -s avscan 2>&1 | grep -q 'ICAP/1.0 200'"
COUNT = 5000


class Hammer:
    """Eight clients that do not retry, beside the machine."""

    def __init__(self, machine, place, count):
        self.stop = place / "stop"
        self.process = machine.local("/usr/bin/python3", HERE / "hammer.py", "1344", "8",
                                     str(count), self.stop, stdout=subprocess.PIPE,
                                     stderr=subprocess.PIPE, text=True)

    def total(self):
        try:
            return int(pathlib.Path(f"{self.stop}.count").read_text(encoding="ascii") or 0)
        except FileNotFoundError:
            return 0

    def wait_for(self, more, seconds=120):
        goal, end = self.total() + more, time.monotonic() + seconds
        while self.total() < goal:
            assert self.process.poll() is None, self.process.communicate()
            assert time.monotonic() < end, f"{self.total()} of {goal}"
            time.sleep(0.05)

    def result(self):
        self.stop.touch()
        out, err = self.process.communicate(timeout=900)
        assert self.process.returncode == 0, err
        return json.loads(out)


@pytest.fixture(scope="module")
def old(machine, old_deb):
    """Version 1.0, set up as its README says and with settings of an administrator."""
    machine.copy(old_deb, "/root/old.deb")
    machine.run("apt-get -qq install -y --no-install-recommends /root/old.deb", timeout=900)
    machine.run("echo 'Include /etc/epost_av.conf' >>/etc/c-icap/c-icap.conf")
    machine.run("printf 'epost_av.Contact \"the help desk\"\\n"
                "epost_av.Profile web unscannable=block\\n' >>/etc/epost_av.conf")
    machine.run("install -d -o c-icap -g c-icap /var/lib/epost-av/Bases && "
                "install -m 644 /usr/share/epost-av/starter/*.ndb /usr/share/epost-av/starter/*.hsb "
                "/var/lib/epost-av/Bases")
    machine.run("systemctl enable --now c-icap")
    machine.wait(READY, 60)
    return machine


@pytest.fixture
def hammer(old, tmp_path):
    """hammer(count): the clients, which end with the case, also when it fails."""
    made = []

    def start(count):
        made.append(Hammer(old, tmp_path, count))
        return made[-1]
    yield start
    for one in made:
        one.process.kill()
        one.process.wait(10)


def test_no_request_fails(old, deb, hammer):
    machine = old
    master = machine.run("cat /run/c-icap/c-icap.pid")
    scanner = machine.run("pgrep -xo epostavs")
    bases = machine.run("ls -la --time-style=full-iso /var/lib/epost-av/Bases")
    assert machine.run("dpkg-query -W -f '${Version}' epost-av") == "1.0.0"
    machine.copy(deb, "/root/new.deb")
    clients = hammer(COUNT)
    clients.wait_for(500)
    machine.run("apt-get -qq install -y --no-install-recommends /root/new.deb", timeout=900)
    # The new module serves when its libraries are those of the package on the disk.
    machine.wait("for p in $(pgrep -x c-icap); do "
                 "grep epost_av.so /proc/$p/maps | grep -q deleted && exit 1; done; true", 120)
    machine.wait("for p in $(pgrep -x epostavs); do "
                 "readlink /proc/$p/exe | grep -q deleted && exit 1; done; pgrep -x epostavs", 120)
    clients.wait_for(500)
    got = clients.result()
    print(got)
    assert got["total"] >= COUNT
    assert not got["lost"] and not got["wrong"], got
    assert machine.run("cat /run/c-icap/c-icap.pid") == master, "c-icap itself was restarted"
    assert machine.run("pgrep -xo epostavs") != scanner, "the old scanner still serves"
    assert machine.run("ls -la --time-style=full-iso /var/lib/epost-av/Bases") == bases


def test_settings_stay(old):
    text = old.read("/etc/epost-av/epost_av.conf")
    assert 'epost_av.Contact "the help desk"' in text
    assert "epost_av.Profile web unscannable=block" in text
    for name in ("epost_av.conf", "epost-autoupdate.conf", "sources.xml"):
        assert not (old.root / "etc" / name).exists(), name
    conf = old.read("/etc/c-icap/c-icap.conf")
    assert "Include /etc/epost-av/epost_av.conf" in conf and "/etc/epost_av.conf" not in conf


def test_it_starts_again(old):
    master = old.run("cat /run/c-icap/c-icap.pid")
    old.run("systemctl restart c-icap")
    old.wait(READY, 60)
    assert old.run("cat /run/c-icap/c-icap.pid") != master, "the old one serves on"
    assert old.code(f"test -d /proc/{master}") != 0
    assert "1.1" in old.run("kasp --version")


def test_restart_gap(old, hammer):
    """How long clients find nobody when c-icap itself is restarted: doc/operate.md has the figure."""
    clients = hammer(100)
    clients.wait_for(100)
    old.run("systemctl restart c-icap")
    old.wait(READY, 60)
    clients.wait_for(100)
    got = clients.result()
    print(f"nobody answered for {got['gap']:.1f} s: {got['outcomes']}")
    # Then until the signatures are loaded: an error, and nothing passes.
    assert all("no-engine" in one for one in got["wrong"]), got["wrong"]
    assert 0 < got["gap"] < 30
