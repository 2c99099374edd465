# SPDX-License-Identifier: GPL-2.0-or-later
"""900: doc/operate.md as a newcomer follows it: the commands of its sections, word by word and in
their order, in a machine that was just installed. The cases need one another.

What the machine cannot have is left out by name: it has no network, so the first update fails.
"""

import pathlib
import re

import pytest

from lib import letters
from lib.eicar import EICAR

TOP = pathlib.Path(__file__).resolve().parents[2]
DOCUMENT = TOP / "doc/operate.md"
DEBS = ("deb",)
READY = "c-icap-client -i 127.0.0.1 -p 1344 -s avscan 2>&1 | grep -q 'ICAP/1.0 200'"


def blocks(section):
    """The blocks of commands of a section, each one text."""
    text = DOCUMENT.read_text(encoding="utf-8")
    body = re.search(rf"(?ms)^## {re.escape(section)}\n(.*?)(?=^## )", text)[1]
    found = re.findall(r"(?m)(?:^    .*\n)+", body)
    assert found, section
    return [re.sub(r"(?m)^    ", "", block) for block in found]


def commands(block):
    """One text for each command; a line that ends in a backslash goes on."""
    return re.sub(r"\\\n\s*", "", block).strip().splitlines()


def typed(command):
    """As it is typed, where nobody is there to answer apt."""
    return re.sub(r"^apt ", "apt-get -qq -y ", command)


@pytest.fixture(scope="module")
def follow(machine):
    """follow(block) runs its commands as root in /root, in one shell; fails where one of them does."""
    def run(block):
        return machine.run("cd /root\nset -e\n" + "\n".join(map(typed, commands(block))), timeout=900)
    return run


def test_install(machine, follow, deb):
    package, first, starter = blocks("Install")
    name = re.search(r"\./(epost-av_\S+\.deb)", package)[1]
    assert name == deb.name, "the document names another version"
    machine.copy(deb, f"/root/{name}")
    said = follow(package)
    assert "silent connections stop c-icap" in said
    # Without a network the first update fails, and says why.
    update, status = commands(first)
    assert machine.code(update) != 0
    assert "resolve" in machine.run("journalctl --no-pager -u epost-autoupdate").lower()
    machine.run(status, check=False)
    machine.wait("c-icap-client -i 127.0.0.1 -p 1344 -s avscan 2>&1 | grep -q 'the scanner is not ready'", 60)
    follow(starter)
    machine.wait(READY, 90)


def test_limits(machine, follow):
    (block,) = blocks("Limits of c-icap")
    follow(block)
    machine.wait(READY, 90)
    assert "silent connections" not in machine.run("epost-av-check", check=False)
    assert machine.run("ss -Hltn 'sport = :1344' 2>/dev/null || "
                       "awk '$4 == \"0A\" { print $2 }' /proc/net/tcp").count("0.0.0.0:1344") == 0


def test_see_it_work(machine, follow):
    look, files = blocks("See it work")
    (machine.root / "root/FILE").write_bytes(EICAR)
    said = {}
    for command in commands(look):
        said[command.split()[0]] = said.get(command.split()[0], "") + machine.run(f"cd /root; {command}", check=False)
    # Without a network the updater is not well, which is a warning.
    assert "ok: places" in said["epost-av-check"] and "error" not in said["epost-av-check"], said["epost-av-check"]
    assert "ICAP/1.0 200 OK" in said["c-icap-client"]
    assert "X-Epost-AV-Verdict: infected" in said["c-icap-client"]
    assert re.search("(?i)eicar", said["kasp"])
    assert "active (running)" in said["systemctl"]
    assert said["epost-autoupdate"]
    install, scan = commands(files)
    follow(install)
    assert machine.code(f"cd /root; {scan}") == 1


def test_squid(machine, follow, tmp_path):
    squid, early, rspamd = blocks("Put a client in front")
    follow(squid)
    machine.wait("curl -s -o /dev/null http://127.0.0.1:3128/", 60)
    follow(early)
    machine.wait(READY, 60)
    (tmp_path / "eicar.com").write_bytes(EICAR)
    (tmp_path / "page.txt").write_text("an ordinary page\n", encoding="ascii")
    assert machine.through_squid(tmp_path, "page.txt") == "200"
    # With the early drops a slow machine may cut the first one off instead.
    assert machine.through_squid(tmp_path, "eicar.com") == "403"
    # With the early drops no Squid stalls.
    assert machine.downloads(tmp_path, 16, 300_000) == 16, machine.diagnosis()


def test_rspamd(machine, follow):
    follow(blocks("Put a client in front")[2])
    machine.wait("curl -s -o /dev/null http://127.0.0.1:11333/ping", 60)
    (machine.root / "root/mail").write_bytes(bytes(letters.attached(EICAR, "eicar.com")))
    said = machine.run("curl -s --max-time 60 --data-binary @/root/mail http://127.0.0.1:11333/checkv2", timeout=90)
    assert '"action":"reject"' in said and "EPOST_AV" in said, said


def test_uninstall(machine):
    (block,) = blocks("Uninstall")
    for command in commands(block):
        machine.run(typed(command), timeout=900)
    assert not (machine.root / "etc/epost-av").exists()
    assert machine.code("command -v epostavs kasp epost-av-check") != 0
