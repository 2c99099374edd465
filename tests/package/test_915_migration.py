# SPDX-License-Identifier: GPL-2.0-or-later
"""915: from Debian's virus_scan and freshclam, by the commands of doc/migrate.md. The cases need
one another and run in this order."""

import hashlib
import pathlib
import re

import pytest

from lib.eicar import EICAR

TOP = pathlib.Path(__file__).resolve().parents[2]
DOCUMENT = TOP / "doc/migrate.md"
DEBS = ("deb",)
ASK = "c-icap-client -i 127.0.0.1 -p 1344 -s virus_scan"
READY = f"{ASK} 2>&1 | grep -q 'ICAP/1.0 200'"


def commands(first):
    """The commands of the block that begins with that line, without sudo: the machine is root's."""
    text = re.sub(r"\\\n\s*", "", DOCUMENT.read_text(encoding="utf-8"))
    block = re.search(rf"(?m)^    {re.escape(first)}.*\n(?:^    .*\n)*", text)[0]
    return [line.strip().removeprefix("sudo ") for line in block.splitlines()]


def verdict(machine, body, name="virus_scan"):
    """The answers of the service that clients asked before, and ask now."""
    (machine.root / "root/body").write_bytes(body)
    said = machine.run(f"{ASK.replace('virus_scan', name)} -f /root/body -v 2>&1", timeout=90)
    found = re.search(r"(?m)^\s*X-Epost-AV-Verdict: (\w+)", said)
    return found[1] if found else said


@pytest.fixture(scope="module")
def old(machine):
    """c-icap with virus_scan and the signatures of freshclam, which has no network here."""
    machine.run("apt-get -qq install -y --no-install-recommends libc-icap-mod-virus-scan clamav-freshclam",
                timeout=900)
    machine.copy(TOP / "conf/starter/eicar.ndb", "/var/lib/clamav/eicar.ndb")
    machine.run("chown clamav:clamav /var/lib/clamav/eicar.ndb; "
                "sed -i 's/^clamav_mod.MaxScanSize .*/clamav_mod.MaxScanSize 200M/' /etc/c-icap/clamav_mod.conf; "
                "printf 'Include clamav_mod.conf\\nInclude virus_scan.conf\\n' >>/etc/c-icap/c-icap.conf; "
                "sed -i 's/^START=.*/START=yes/' /etc/default/c-icap; systemctl enable c-icap")
    machine.run("systemctl stop c-icap; systemctl start c-icap || "
                "{ journalctl --no-pager -n 30; tail -n 20 /var/log/c-icap/server.log; exit 1; }")
    machine.wait(READY, 90)
    return machine


def test_virus_scan_served_before(old):
    said = verdict(old, EICAR)
    assert "VIRUS FOUND" in said or "X-Infection-Found" in said, said


def test_migrated(old, deb):
    name = "epost-av_1_all.deb"
    old.copy(deb, f"/root/{name}")
    for command in commands("sudo apt install ./epost-av_"):
        old.run("cd /root; " + re.sub("^apt install", "apt-get -qq -y install --no-install-recommends", command),
                timeout=900)
    written = old.read("/etc/epost-av/epost_av.conf")
    assert re.search(r"(?m)^epost_av\.MaxScanSize 200M$", written), written
    assert (old.root / "etc/epost-av/epost_av.conf.before-migrate").exists()


def test_its_name_is_answered_by_us(old):
    take_out, enable, check = commands("sudo sed -i -E 's,^Include")
    old.run(take_out)
    # freshclam's signatures serve, as the document says further below.
    old.run("echo 'epost_av.Bases /var/lib/clamav' >>/etc/epost-av/epost_av.conf")
    said = old.run(enable)
    assert "answered by another service" not in said, said
    for command in commands("sudo systemctl disable --now epost-autoupdate.timer"):
        old.run(re.sub(" +#.*", "", command))
    old.wait(READY, 90)
    assert verdict(old, EICAR) == "infected"
    assert verdict(old, b"an ordinary letter") == "clean"
    assert verdict(old, EICAR, "avscan") == "infected"
    assert old.code(check) in (0, 1), old.run(check, check=False)
    assert old.run("systemctl is-enabled epost-av-freshclam.path") == "enabled"
    assert old.run("systemctl is-enabled epost-autoupdate.timer", check=False) == "disabled"


def signature(body, name):
    return f"{hashlib.sha256(body).hexdigest()}:{len(body)}:{name}:73\n"


def test_a_new_file_is_loaded(old):
    """The path unit sees it; nobody tells c-icap."""
    body = b"this letter is listed by the file"
    assert verdict(old, body) == "clean"
    old.put("/var/lib/clamav/own.hsb", signature(body, "Own.Letter"))
    old.wait("journalctl --no-pager -u epost-av-freshclam.service | grep -q Finished", 90)
    old.wait("c-icap-client -i 127.0.0.1 -p 1344 -s virus_scan -f /root/body -v 2>&1 | "
             "grep -q 'X-Epost-AV-Verdict: infected'", 90)


def test_freshclam_itself(old, tmp_path):
    """The program, with a set that it fetches and tests; a second run finds nothing newer."""
    body = b"this letter is listed by freshclam's set"
    assert verdict(old, body) == "clean"
    (tmp_path / "fetched.hsb").write_text(signature(body, "Fetched.Letter"), encoding="ascii")
    old.run("systemctl stop clamav-freshclam; "
            "echo 'DatabaseCustomURL http://127.0.0.1:8080/fetched.hsb' >>/etc/clamav/freshclam.conf")
    with old.serving(tmp_path):
        said = old.run("freshclam --update-db=custom --stdout", timeout=120)
    assert "fetched.hsb" in said, said
    old.wait("c-icap-client -i 127.0.0.1 -p 1344 -s virus_scan -f /root/body -v 2>&1 | "
             "grep -q 'X-Epost-AV-Verdict: infected'", 120)


def test_after_a_reboot_too(old):
    old.reboot()
    old.wait(READY, 90)
    assert old.run("systemctl is-active epost-av-freshclam.path") == "active"
    body = b"this letter is listed after the reboot"
    assert verdict(old, body) == "clean"
    old.put("/var/lib/clamav/own.hsb", signature(body, "Own.Later"))
    old.wait("c-icap-client -i 127.0.0.1 -p 1344 -s virus_scan -f /root/body -v 2>&1 | "
             "grep -q 'X-Epost-AV-Verdict: infected'", 120)


def test_purge_leaves_the_neighbours_alone(old):
    """virus_scan, which the administrator puts back, and freshclam's signatures."""
    old.run("apt-get -qq purge -y epost-av", timeout=900)
    assert not (old.root / "etc/epost-av").exists() or \
        old.run("ls /etc/epost-av") == "epost_av.conf.before-migrate"
    assert (old.root / "var/lib/clamav/eicar.ndb").exists()
    old.run("sed -i 's,^# Include,Include,' /etc/c-icap/c-icap.conf; systemctl restart c-icap")
    old.wait(READY, 90)
    said = verdict(old, EICAR)
    assert "VIRUS FOUND" in said or "X-Infection-Found" in said, said
