# SPDX-License-Identifier: GPL-2.0-or-later
"""910: the life of an installation, on a Debian as it comes from debootstrap, in the order in
which an administrator meets it. The cases need one another and run in this order.

Nothing here makes a directory, a user or a file that the package or the README did not make,
but for what an administrator writes: the starter signatures, and the clients' configuration.
"""

import os
import pathlib
import re
import stat

import pytest

from lib import letters
from lib.eicar import EICAR

TOP = pathlib.Path(__file__).resolve().parents[2]
PLACES = ("/run/epost-av", "/var/lib/epost-av", "/var/log/epost-av")
DEBS = ("deb",)
READY = "c-icap-client -i 127.0.0.1 -p 1344 -s avscan 2>&1 | grep -q 'ICAP/1.0 200'"


CAP_SYS_RESOURCE = 24
CHANGING = ("var/cache", "var/lib/dpkg", "var/lib/apt", "var/log", "var/lib/systemd", "var/tmp",
            "var/lib/rspamd", "var/spool", "var/lib/logrotate")


def snapshot(machine):
    """Every name below /etc, /usr and /var with owner, mode and size, and in /etc the content
    too; but for what changes with every run of apt or of another program."""
    found = {}
    for top in ("etc", "usr", "var"):
        for place, directories, files in os.walk(machine.root / top):
            below = os.path.relpath(place, machine.root)
            directories[:] = [d for d in directories if f"{below}/{d}" not in CHANGING
                              and d != "__pycache__"]
            for name in directories + files:
                path = os.path.join(place, name)
                st = os.lstat(path)
                content = ""
                if top == "etc" and stat.S_ISREG(st.st_mode):
                    content = pathlib.Path(path).read_bytes()
                found[f"/{below}/{name}"] = (st.st_mode, st.st_uid, st.st_gid, content)
    return found


@pytest.fixture(scope="module")
def before(machine):
    """The state with c-icap alone."""
    machine.run("apt-get -qq install -y --no-install-recommends c-icap")
    return snapshot(machine)


def test_install(machine, before, deb):
    machine.copy(deb, "/root/epost-av.deb")
    said = machine.run("apt-get -qq install -y --no-install-recommends /root/epost-av.deb", timeout=900)
    assert "epost-av-enable --now" in said
    for place in PLACES:
        assert machine.run(f"stat -c %U {place}") == "c-icap", place
    assert machine.run("systemctl is-enabled epost-autoupdate.timer") == "enabled"
    assert machine.run("systemctl is-active epost-autoupdate.timer") == "active"
    listed = machine.run("dpkg-query -W -f '${Conffiles}' epost-av").split()
    for name in ("epost_av.conf", "epost-autoupdate.conf", "sources.xml", "exceptions"):
        assert f"/etc/epost-av/{name}" in listed
    assert machine.run("stat -c %U:%G:%a /etc/epost-av/epost-autoupdate.conf") == "root:c-icap:640"


def test_nothing_is_served_before_enable(machine):
    assert "epost" not in machine.read("/etc/c-icap/c-icap.conf")


def test_enable(machine):
    machine.run("epost-av-enable")
    once = machine.read("/etc/c-icap/c-icap.conf")
    assert machine.read("/etc/default/c-icap").count("START=yes") == 1
    machine.run("epost-av-enable")
    assert machine.read("/etc/c-icap/c-icap.conf") == once
    assert machine.run("systemctl is-enabled c-icap") == "enabled"


def test_without_signatures_it_says_so(machine):
    """The service runs and answers; the reason that it is not ready is in the log."""
    machine.run("systemctl restart c-icap")
    machine.wait("c-icap-client -i 127.0.0.1 -p 1344 -s avscan 2>&1 | grep -q 'not ready'", 30)
    machine.wait("grep -q 'Bases' /var/log/c-icap/server.log", 30, machine.diagnosis())
    machine.wait("journalctl --no-pager -u c-icap | grep -q 'epost-av-check.*there are no signatures'", 60)


def test_start_with_signatures(machine):
    machine.run("install -d -o c-icap -g c-icap /var/lib/epost-av/Bases && "
                "install -m 644 /usr/share/epost-av/starter/*.ndb /usr/share/epost-av/starter/*.hsb "
                "/var/lib/epost-av/Bases")
    machine.run("systemctl restart c-icap")
    machine.wait(READY, 60)
    for program in ("c-icap", "epostavs"):
        users = set(machine.run(f"ps -o user= -C {program}").split())
        assert users == {"c-icap"}, f"{program} runs as {users}"


def test_the_workers_are_confined(machine):
    """The drop-in's hardening leaves the scan workers theirs: a network namespace of their own,
    a seccomp filter, and they are the first that a lack of memory ends."""
    pids = machine.run("for p in /proc/[0-9]*; do [ \"$(readlink $p/exe)\" != /usr/sbin/epostavs ] || "
                       "echo ${p#/proc/}; done").split()
    net, root = ({p: machine.run(f"readlink /proc/{p}/{what}", check=False) for p in pids}
                 for what in ("ns/net", "root"))
    # A worker is what has a root of its own: the process that holds the signatures has none.
    workers = [p for p in pids if re.search(r"/w\d+$", root[p])]
    assert workers, root
    worker = workers[0]
    assert net[worker] != net[min(pids, key=int)]
    status = machine.run(f"cat /proc/{worker}/status")
    assert "Seccomp:\t2" in status and re.search(r"CapBnd:\t0+$", status, re.M), status
    assert int(machine.run(f"cat /proc/{worker}/oom_score_adj")) == 800
    shown = machine.run("systemctl show c-icap -p OOMScoreAdjust -p LimitNICE").split()
    assert sorted(shown) == ["LimitNICE=20", "OOMScoreAdjust=-200"]
    # The kernel grants both only where this host itself may: containers often may not.
    bounding = int(machine.run("sed -n 's/CapBnd:[[:space:]]*//p' /proc/1/status"), 16)
    if bounding >> CAP_SYS_RESOURCE & 1:
        assert machine.run("cat /proc/$(cat /run/c-icap/c-icap.pid)/oom_score_adj") == "-200"
        assert machine.run(f"grep 'nice priority' /proc/{worker}/limits").split()[-1] == "20"


def test_kasp(machine):
    machine.run("printf '%s' ordinary >/root/letter")
    (machine.root / "root/eicar").write_bytes(EICAR)
    assert machine.code("kasp -q /root/letter") == 0, machine.run("kasp /root/letter", check=False)
    assert machine.code("kasp -q /root/eicar") == 1


@pytest.fixture(scope="module")
def origin(tmp_path_factory):
    """A directory that a web server in the machine's network serves."""
    place = tmp_path_factory.mktemp("origin")
    (place / "eicar.com").write_bytes(EICAR)
    (place / "page.txt").write_text("an ordinary page\n", encoding="ascii")
    return place


def test_squid_blocks(machine, origin):
    machine.copy(TOP / "conf/clients/squid.conf", "/etc/squid/conf.d/epost-av.conf")
    machine.run("systemctl restart squid", timeout=120)
    machine.wait("curl -s -o /dev/null http://127.0.0.1:3128/", 60)
    assert machine.through_squid(origin, "page.txt") == "200"
    assert machine.through_squid(origin, "eicar.com") == "403"


def test_squid_and_a_fast_origin(machine, origin):
    """The versions that stall are those that doc/clients.md names; the settings are the shipped ones."""
    said = machine.run("squid -v")
    version = tuple(map(int, re.search(r"Version (\d+)\.(\d+)", said).groups()))
    stalls = (5, 5) <= version <= (6, 12)
    whole = machine.downloads(origin, 16, 300_000, patience=20 if stalls else 120)
    print(f"Squid {version}: {whole} of 16 arrived")
    assert stalls or whole == 16


def rspamd_action(machine, body):
    (machine.root / "root/mail").write_bytes(body)
    return machine.run("curl -s --max-time 60 --data-binary @/root/mail http://127.0.0.1:11333/checkv2",
                       timeout=90)


def test_rspamd_rejects(machine):
    for path in sorted((TOP / "conf/clients/rspamd").iterdir()):
        machine.copy(path, f"/etc/rspamd/local.d/{path.name}")
    machine.run("systemctl restart rspamd", timeout=120)
    machine.wait("curl -s -o /dev/null http://127.0.0.1:11333/ping", 60)
    threat = rspamd_action(machine, bytes(letters.attached(EICAR, "eicar.com")))
    assert '"action":"reject"' in threat and "EPOST_AV" in threat
    clean = rspamd_action(machine, bytes(letters.attached(b"an ordinary note", "notes.txt")))
    assert '"action":"reject"' not in clean and "EPOST_AV_FAIL" not in clean


def test_reboot(machine, origin):
    machine.reboot()
    machine.wait(READY, 90)
    for place in PLACES:
        assert machine.run(f"stat -c %U {place}") == "c-icap", place
    machine.wait("curl -s -o /dev/null http://127.0.0.1:3128/", 60)
    assert machine.through_squid(origin, "eicar.com") == "403"


def test_a_missing_directory_comes_back(machine):
    """Somebody removed what holds the socket."""
    machine.run("systemctl stop c-icap && rm -rf /run/epost-av && systemctl start c-icap")
    machine.wait(READY, 60)


def test_a_killed_master_is_started_again(machine):
    pid = machine.run("cat /run/c-icap/c-icap.pid")
    machine.run(f"kill -9 {pid}")
    # The children of the old one may answer until systemd ends them.
    machine.wait(f"p=$(cat /run/c-icap/c-icap.pid) && test $p != {pid} && test -d /proc/$p", 60)
    machine.wait(READY, 60)


def test_a_start_that_fails_says_why(machine):
    """In the journal, by c-icap and by the check."""
    machine.run("cp -p /etc/epost-av/epost_av.conf /root/sound && echo 'epost_av.Nonsense 1' >>/etc/epost-av/epost_av.conf")
    machine.run("systemctl restart c-icap", check=False)
    machine.wait("journalctl --no-pager -u c-icap | grep -q 'epost-av-check.*the configuration is wrong.*Nonsense'", 60)
    machine.run("cp -p /root/sound /etc/epost-av/epost_av.conf; systemctl reset-failed c-icap; systemctl restart c-icap")
    machine.wait(READY, 60)


def test_reload_by_systemctl(machine):
    """The master stays, its children are new."""
    children = "pgrep -x c-icap -P $(cat /run/c-icap/c-icap.pid)"
    pid, old = machine.run("cat /run/c-icap/c-icap.pid"), machine.run(children).split()
    assert old
    machine.run("systemctl reload c-icap")
    machine.wait(f"for p in {' '.join(old)}; do [ ! -d /proc/$p ] || exit 1; done; {children}", 60)
    machine.wait(READY, 60)
    assert machine.run("cat /run/c-icap/c-icap.pid") == pid


def test_the_timer_runs_the_updater_as_c_icap(machine):
    """Without a network it fails, and leaves nothing that root owns."""
    machine.run("systemctl start epost-autoupdate.service", check=False, timeout=300)
    said = machine.run("journalctl --no-pager -u epost-autoupdate.service")
    assert "resolve" in said.lower(), said  # it came as far as the network
    left = machine.run("find /var/lib/epost-av ! -user c-icap -not -path '*/Bases/*' "
                       "-not -path '*/gen-*'")
    assert left == "", left


def test_logrotate(machine):
    machine.run("logrotate --debug /etc/logrotate.d/epost-av")
    machine.run("logrotate --force /etc/logrotate.d/epost-av")
    machine.wait(READY, 30)


def test_manuals(machine):
    for name in ("epostavs.8", "kasp.1", "epost_av.conf.5", "epost-autoupdate.8",
                 "epost-mkmirror.8", "sources.xml.5", "epost-av-enable.8", "epost-av-disable.8"):
        section = name.rsplit(".", 1)[1]
        assert (machine.root / f"usr/share/man/man{section}/{name}.gz").exists(), name


def test_disable_leaves_the_files_as_they_were(machine, before):
    said = machine.run("epost-av-disable; epost-av-disable")
    assert "does not include" in said
    now = snapshot(machine)
    for path in ("/etc/c-icap/c-icap.conf", "/etc/default/c-icap"):
        assert now[path] == before[path]
    assert machine.run("systemctl is-enabled c-icap", check=False) == "disabled"
    machine.run("epost-av-enable --now")
    machine.wait(READY, 60)


def test_remove(machine):
    machine.run("apt-get -qq remove -y epost-av", timeout=900)
    assert "epost" not in machine.read("/etc/c-icap/c-icap.conf")
    assert (machine.root / "etc/epost-av/epost_av.conf").exists()
    machine.run("systemctl restart c-icap")
    machine.wait("c-icap-client -i 127.0.0.1 -p 1344 -s echo 2>&1 | grep -q 'ICAP/1.0 200'", 30)
    assert machine.code("pgrep -x epostavs") == 1


def test_purge_leaves_nothing(machine, before):
    machine.run("apt-get -qq purge -y epost-av && systemctl stop c-icap && apt-get -qq autoremove -y; "
                "rm -f /etc/squid/conf.d/epost-av.conf /etc/rspamd/local.d/*", timeout=900)
    after = snapshot(machine)
    new = {p for p in after if p not in before and "epost" in p}
    assert not new, new
    for place in PLACES:
        assert not (machine.root / place.lstrip("/")).exists(), place
    for path in ("/etc/c-icap/c-icap.conf", "/etc/default/c-icap", "/etc/passwd", "/etc/group"):
        assert after[path][3] == before[path][3], path
    # Below the places that the snapshot leaves out too: what dpkg, systemd and others keep.
    named = machine.run("find / -xdev -path /root -prune -o -path /proc -prune -o -path /sys -prune -o "
                        "-name '*epost*' -print").split()
    assert not named, named
    assert machine.run("systemctl list-unit-files --no-legend 'epost*'", check=False) == ""
    assert machine.run("systemctl --failed --no-legend") == ""
