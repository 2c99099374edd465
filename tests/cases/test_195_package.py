# SPDX-License-Identifier: GPL-2.0-or-later
"""195: the Debian package, built, installed and started with Debian's own c-icap as it is
configured by default. The booted machine is tests/package; this is its short form."""

import base64
import os
import pathlib
import re
import shutil
import subprocess

import pytest

from lib import documents
from lib.eicar import EICAR

TOP = pathlib.Path(__file__).resolve().parents[2]

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(900)]

INSTALL = r"""
dpkg -i /root/epost-av.deb
for place in /run/epost-av /var/lib/epost-av /var/log/epost-av; do
    test "$(stat -c %U $place)" = c-icap || { echo "$place is not c-icap's"; exit 1; }
done
mount -t tmpfs -o mode=755 tmpfs /run     # a reboot without systemd: nobody makes /run/epost-av
epost-av-enable
install -d -o c-icap -g c-icap /var/lib/epost-av/Bases
install -m 644 /usr/share/epost-av/starter/*.ndb /var/lib/epost-av/Bases
/etc/init.d/c-icap start
ask() { c-icap-client -i 127.0.0.1 -p 1344 -s avscan "$@" 2>&1; }
ready() { grep -q 'ICAP/1.0 200' <<<"$(ask)"; }
for i in $(seq 300); do ready && break; sleep 0.1; done
ready || { ask; tail -n 20 /var/log/c-icap/server.log; exit 1; }
base64 -d >/tmp/eicar.com <<X
@EICAR@
X
echo ordinary >/tmp/letter.txt
ask -f /tmp/letter.txt -v | grep -i '^[[:space:]]*X-Epost-AV-Verdict: clean'
ask -f /tmp/eicar.com -v | grep -i '^[[:space:]]*X-Epost-AV-Verdict: infected'
kasp -q /tmp/letter.txt
/etc/init.d/c-icap stop
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The directory with the package."""
    if not shutil.which("dpkg-buildpackage"):
        pytest.fail("dpkg-buildpackage is missing: scripts/install-packages package")
    place = tmp_path_factory.mktemp("deb")
    done = subprocess.run([TOP / "scripts/build-deb", "--no-install", "--quick", "--output", place],
                          capture_output=True, text=True, timeout=850, check=False)
    assert done.returncode == 0, done.stderr
    return place


@pytest.fixture(scope="module")
def lintian(made):
    """Debian's own check of the package, which runs beside the cases."""
    user = ["--allow-root"] if os.geteuid() == 0 else []
    process = subprocess.Popen(["lintian", *user, "--fail-on", "error,warning", "--info", *made.glob("*.changes")],
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    yield process
    process.kill()
    process.communicate()


@pytest.fixture(scope="module")
def deb(made, lintian):
    (path,) = made.glob("epost-av_*.deb")
    return path


def inside(deb, place, script):
    if os.geteuid() != 0:
        pytest.skip("a mount namespace takes root")
    path = place / "script"
    path.write_text(script, encoding="ascii")
    return subprocess.run(["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child",
                           TOP / "tests/package/in-chroot", deb, place / "tree", path],
                          capture_output=True, text=True, timeout=300, check=False)


def test_installed_enabled_blocked(deb, tmp_path):
    done = inside(deb, tmp_path,
                  INSTALL.replace("@EICAR@", base64.b64encode(EICAR).decode()))
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_example_configuration_starts_as_it_is(deb, tmp_path):
    done = inside(deb, tmp_path, r"""
dpkg -i /root/epost-av.deb
install -d -o c-icap -g c-icap /var/lib/epost-av/Bases /run/c-icap
install -m 644 /usr/share/epost-av/starter/*.ndb /var/lib/epost-av/Bases
c-icap -f /usr/share/doc/epost-av/examples/c-icap.conf
for i in $(seq 300); do
    grep -q 'ICAP/1.0 200' <<<"$(c-icap-client -i 127.0.0.1 -p 1344 -s avscan 2>&1)" && exit 0
    sleep 0.1
done
tail -n 20 /var/log/c-icap/server.log
exit 1
""")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_place_that_cannot_be_written_is_told(deb, tmp_path):
    """The class of 'not ready for ever, and no log says why'."""
    done = inside(deb, tmp_path, r"""
dpkg -i /root/epost-av.deb
epost-av-enable
mkdir -p /srv/elsewhere
echo 'epost_av.Socket /srv/elsewhere/epostavs.sock' >>/etc/epost-av/epost_av.conf
/etc/init.d/c-icap start
for i in $(seq 100); do grep -q 'said:' /var/log/c-icap/server.log && break; sleep 0.1; done
cat /var/log/c-icap/server.log
""")
    assert done.returncode == 0, done.stdout + done.stderr
    log = done.stdout
    assert "the user c-icap of c-icap cannot write into the directory /srv/elsewhere" in log
    assert "chown c-icap /srv/elsewhere" in log
    assert re.search(r"ended soon after its start.*it said: .*/srv/elsewhere", log), log


def test_its_profiles_of_apparmor_only_complain(deb, tmp_path):
    """And AppArmor's own parser takes them; a kernel is not asked."""
    subprocess.run(["dpkg-deb", "-x", deb, tmp_path], check=True, timeout=60)
    profiles = sorted((tmp_path / "etc/apparmor.d").glob("usr.*"))
    assert [path.name for path in profiles] == ["usr.sbin.epost-autoupdate", "usr.sbin.epostavs"]
    for path in profiles:
        heads = re.findall(r"(?m)^(?:profile .*|/.*)\{$", path.read_text(encoding="utf-8"))
        assert heads and all("complain" in head for head in heads), heads
        done = subprocess.run(["apparmor_parser", "--skip-kernel-load", "--skip-cache", path], capture_output=True,
                              text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr


def test_links_of_its_documents_hold(deb, tmp_path):
    subprocess.run(["dpkg-deb", "-x", deb, tmp_path], check=True, timeout=60)
    place = tmp_path / "usr/share/doc/epost-av"
    assert documents.count_links(place) > 50
    assert documents.broken_links(place) == []
    for name in ("squid.conf", "rspamd/external_services.conf"):
        assert (place / "clients" / name).is_file(), name


def test_every_linked_library_has_its_licence(deb, tmp_path):
    """debian/copyright accounts for what the programs are linked with."""
    subprocess.run(["dpkg-deb", "-x", deb, tmp_path], check=True, timeout=60)
    told = (TOP / "debian/copyright").read_text(encoding="utf-8")
    needed = set()
    for path in tmp_path.rglob("*"):
        if path.is_file() and not path.is_symlink() and path.read_bytes()[:4] == b"\x7fELF":
            out = subprocess.run(["objdump", "-p", path], capture_output=True, text=True,
                                 check=True, timeout=60).stdout
            needed |= set(re.findall(r"NEEDED\s+lib([^.\s]*?)(?:-[\d.]+)?\.so", out))
    assert needed >= {"clamav", "crypto", "curl"}, needed
    for name in needed - {"c"}:
        assert re.search(rf"lib{re.escape(name)}", told), f"lib{name} is not in debian/copyright"


def test_lintian_finds_nothing(lintian):
    said, _ = lintian.communicate(timeout=300)
    assert lintian.returncode == 0, said
