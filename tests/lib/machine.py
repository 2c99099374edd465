# SPDX-License-Identifier: GPL-2.0-or-later
"""A Debian of its own: a tree made by debootstrap, booted by systemd-nspawn.

The tree is cached outside the repository (EPOST_TREES, /var/cache/epost-av-tests), in layers:
the base, on it the programs that stand beside the product (Squid, rspamd …), and on that what
apt needs to install the product, downloaded but not installed. A machine is an overlay on them,
so each begins fresh in a second. Its network is its own loopback and nothing else.
"""

import contextlib
import fcntl
import hashlib
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

from lib import samples

CACHE = pathlib.Path(os.environ.get("EPOST_TREES", "/var/cache/epost-av-tests"))
MIRROR = "http://deb.debian.org/debian"
BESIDE = ("squid-openssl", "rspamd", "curl", "cron", "logrotate", "man-db", "procps")
# What the cases install later, by apt in a machine without a network.
LATER = ("c-icap", "ca-certificates", "clamav-freshclam", "clamav-testfiles", "libc-icap-mod-virus-scan")
BOOT_S, POWEROFF_S = 120, 90


def run(*command, timeout=600, **more):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True,
                          timeout=timeout, check=False, **more)
    assert done.returncode == 0, f"{command}: {done.stdout}\n{done.stderr}"
    return done.stdout


def overlay(where, lower, upper, work):
    """Nothing is written to the disk before its time: after a lost power the changes are worthless."""
    for path in (where, upper, work):
        path.mkdir(parents=True, exist_ok=True)
    run("mount", "-t", "overlay", "overlay", "-o",
        f"lowerdir={lower},upperdir={upper},workdir={work},volatile", where)


def clear(place):
    """Removes a directory, with what a run that was cut off left mounted there."""
    mounted = [line.split()[4] for line in pathlib.Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()]
    for path in sorted((p for p in mounted if p == str(place) or p.startswith(f"{place}/")), reverse=True):
        run("umount", "--lazy", path)
    if place.exists():
        shutil.rmtree(place)


class Tree:
    """The cached layers of one suite ("bookworm")."""

    def __init__(self, suite="bookworm"):
        self.suite = suite
        self.base = CACHE / f"{suite}.base"
        CACHE.mkdir(parents=True, exist_ok=True)
        with self._locked():
            if not self.base.exists():
                self._bootstrap()
        self.beside = self._layer("beside", BESIDE, (self.base,), lambda apt, root: apt("install", *BESIDE))

    def for_packages(self, debs):
        """The layers for overlayfs, top first, of a machine that can install these .debs."""
        depends = [run("dpkg-deb", "--field", deb, "Depends", "Recommends") for deb in debs]

        def fetch(apt, root):
            for number, deb in enumerate(debs):
                shutil.copy(deb, root / f"tmp/{number}.deb")
                apt("install", "--download-only", *LATER, f"/tmp/{number}.deb")
            for number in range(len(debs)):
                (root / f"tmp/{number}.deb").unlink()
        needed = self._layer("needed", (*depends, *LATER), (self.beside, self.base), fetch)
        return f"{needed}:{self.beside}:{self.base}"

    @contextlib.contextmanager
    def for_building(self, source):
        """A tree in which the package of that source directory can be built; gone afterwards."""
        control = (source / "debian/control").read_text(encoding="utf-8")

        def fetch(apt, root):
            (root / "tmp/debian").mkdir()
            shutil.copy(source / "debian/control", root / "tmp/debian/control")
            apt("build-dep", "/tmp")
            shutil.rmtree(root / "tmp/debian")
            apt("install", "dpkg-dev", "lintian")
        layer = self._layer("build", control.partition("\n\n")[0], (self.base,), fetch)
        place = pathlib.Path(tempfile.mkdtemp(prefix="build-", dir=CACHE))
        overlay(place / "root", f"{layer}:{self.base}", place / "up", place / "work")
        try:
            yield place / "root"
        finally:
            clear(place)

    @contextlib.contextmanager
    def _locked(self):
        with open(CACHE / f"{self.suite}.lock", "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _bootstrap(self):
        part = self.base.with_suffix(".part")
        clear(part)
        run("debootstrap", "--variant=minbase",
            "--include=systemd,systemd-sysv,dbus,init,ca-certificates", self.suite, part, MIRROR,
            timeout=3000)
        part.rename(self.base)

    def _layer(self, name, content, below, fill):
        """The directory of one layer. `content` is its key: what a change of it means is a new
        layer. fill(apt, root) fills it, with `below`, top first, underneath."""
        key = hashlib.sha256(repr((content, [str(path) for path in below])).encode()).hexdigest()[:12]
        done = CACHE / f"{self.suite}.{name}-{key}"
        with self._locked():
            if not done.exists():
                for old in CACHE.glob(f"{self.suite}.part-*"):
                    clear(old)
                part, root = CACHE / f"{self.suite}.part-up", CACHE / f"{self.suite}.part-root"
                overlay(root, ":".join(map(str, below)), part, CACHE / f"{self.suite}.part-work")
                try:
                    self._fill(root, fill)
                    run("sync", "--file-system", part)
                finally:
                    run("umount", root)
                part.rename(done)
        return done

    def sources(self):
        """Its sources.list, with the updates."""
        return "".join(f"deb {mirror} {suite} main\n" for mirror, suite in
                       ((MIRROR, self.suite), (MIRROR, f"{self.suite}-updates"),
                        (f"{MIRROR}-security", f"{self.suite}-security")))

    def _fill(self, root, fill):
        shutil.copy("/etc/resolv.conf", root / "etc/resolv.conf")
        # Nothing is started in a chroot; Debian's way to say so.
        denied = root / "usr/sbin/policy-rc.d"
        denied.write_text("#!/bin/sh\nexit 101\n", encoding="ascii")
        denied.chmod(0o755)
        (root / "etc/apt/sources.list").write_text(self.sources(), encoding="ascii")
        # A tree that a lost power spoils is made again.
        (root / "etc/dpkg/dpkg.cfg.d/unsafe-io").write_text("force-unsafe-io\n", encoding="ascii")
        # Downloads stay, also where this Debian would delete them.
        (root / "etc/apt/apt.conf.d/keep").write_text('Binary::apt::APT::Keep-Downloaded-Packages "true";\n',
                                                      encoding="ascii")

        def apt(verb, *names):
            run("chroot", root, "apt-get", "-qq", "-o", "Dpkg::Use-Pty=0", "-y", "--no-install-recommends",
                verb, *names, timeout=3000,
                env=dict(os.environ, DEBIAN_FRONTEND="noninteractive", LC_ALL="C.UTF-8"))
        apt("update")
        fill(apt, root)
        denied.unlink()


class Machine:
    """One booted machine. run() runs a command in it, local() one of this host in its network.
    `layers` for overlayfs, top first."""

    def __init__(self, layers, name):
        self.name = f"epost-{name.replace('_', '-')}-{os.getpid()}"
        self.place = pathlib.Path(tempfile.mkdtemp(prefix=f"{self.name}-", dir=CACHE))
        self.root = self.place / "root"
        overlay(self.root, layers, self.place / "up", self.place / "work")
        self.process = None
        self.leader = None

    # ------------------------------------------------------------ start and stop

    def boot(self):
        console = open(self.place / "console", "ab")
        self.process = subprocess.Popen(
            ["systemd-nspawn", "--quiet", "--boot", f"--directory={self.root}",
             # As on a real machine: systemd may raise limits and lower oom_score_adj.
             "--capability=CAP_SYS_RESOURCE",
             "--private-network", "--register=no", "--keep-unit", f"--machine={self.name}",
             "--console=pipe", "--link-journal=no", "--resolv-conf=off"],
            stdin=subprocess.DEVNULL, stdout=console, stderr=console, start_new_session=True)
        console.close()
        end = time.monotonic() + BOOT_S
        while True:
            assert self.process.poll() is None, self.console()
            assert time.monotonic() < end, "not booted: " + self.console()
            state = self._state()
            if state in ("running", "degraded"):
                assert state == "running", self.run("systemctl --failed --no-pager", check=False)
                return self
            time.sleep(0.3)

    def _state(self):
        children = run("ps", "-o", "pid=", "--ppid", self.process.pid,
                       timeout=10) if self._has_child() else ""
        if not children.split():
            return "no leader"
        self.leader = int(children.split()[0])
        done = subprocess.run(self._inside("systemctl", "is-system-running"), text=True,
                              capture_output=True, timeout=30, check=False)
        return done.stdout.strip()

    def _has_child(self):
        done = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.process.pid)],
                              capture_output=True, text=True, timeout=10, check=False)
        return done.returncode == 0

    def console(self):
        return (self.place / "console").read_text(errors="replace")[-4000:]

    def poweroff(self):
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)  # nspawn has the machine power off
        try:
            self.process.wait(POWEROFF_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(30)
        self.process = self.leader = None

    def reboot(self):
        self.poweroff()
        return self.boot()

    def close(self):
        self.poweroff()
        clear(self.place)

    # ------------------------------------------------------------ use

    def _inside(self, *command):
        return ["nsenter", "--target", str(self.leader), "--all", "--",
                "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LC_ALL=C.UTF-8",
                "DEBIAN_FRONTEND=noninteractive", *command]

    def run(self, script, check=True, timeout=300):
        """Runs a shell script as root; returns what it printed on both outputs."""
        done = subprocess.run(self._inside("/bin/sh", "-c", script), capture_output=True,
                              text=True, timeout=timeout, check=False, stdin=subprocess.DEVNULL)
        out = done.stdout + done.stderr
        assert not check or done.returncode == 0, f"{script}: status {done.returncode}: {out}"
        return out.rstrip("\n")

    def code(self, script, timeout=300):
        return subprocess.run(self._inside("/bin/sh", "-c", script), capture_output=True,
                              timeout=timeout, check=False).returncode

    def local(self, *command, **more):
        """A process of this host that sees the machine's network."""
        return subprocess.Popen(["nsenter", "--target", str(self.leader), "--net", "--",
                                 *map(str, command)], **more)

    @contextlib.contextmanager
    def serving(self, directory):
        """A web server of this host at 127.0.0.1:8080 of the machine."""
        server = self.local("/usr/bin/python3", "-m", "http.server", "--bind", "127.0.0.1",
                            "--directory", directory, "8080",
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            self.wait("curl -s -o /dev/null http://127.0.0.1:8080/", 20)
            yield
        finally:
            server.kill()
            server.wait(10)

    def through_squid(self, directory, name):
        """The status of one download through the machine's Squid."""
        with self.serving(directory):
            said = self.run(f"curl -s -o /root/got -w '%{{http_code}} %{{errormsg}}' -x http://127.0.0.1:3128 "
                            f"http://127.0.0.1:8080/{name}", check=False, timeout=120)
        return said.strip()

    def downloads(self, directory, count, size, patience=120):
        """The number that arrive whole of that many downloads at once, from a server at full speed
        through the machine's Squid. The server is one of this host and holds nothing back."""
        for number in range(count):
            (directory / f"fast-{number}").write_bytes(samples.incompressible(size, number + 1))
        one = (f"curl -s --max-time {patience} -x http://127.0.0.1:3128 http://127.0.0.1:8080/fast-$i | "
               "sha256sum | cut -c 1-64 >/root/fast-$i")
        with self.serving(directory):
            self.run(f"for i in $(seq 0 {count - 1}); do ({one}) & done; wait", timeout=patience + 60)
        return sum(self.read(f"/root/fast-{number}").strip() ==
                   hashlib.sha256((directory / f"fast-{number}").read_bytes()).hexdigest()
                   for number in range(count))

    def put(self, path, text, mode=0o644):
        """Writes a file as an administrator would, its directory is there."""
        target = self.root / path.lstrip("/")
        target.write_text(text, encoding="utf-8")
        target.chmod(mode)

    def copy(self, source, path):
        shutil.copy(source, self.root / path.lstrip("/"))

    def read(self, path):
        return (self.root / path.lstrip("/")).read_text(encoding="utf-8", errors="replace")

    def wait(self, script, seconds, why=""):
        """Until the script ends with 0."""
        end = time.monotonic() + seconds
        while self.code(script) != 0:
            assert time.monotonic() < end, f"{script}: not within {seconds} s. {self.diagnosis()} {why}"
            time.sleep(0.3)

    def diagnosis(self):
        """The logs that an administrator would look at."""
        return self.run("systemctl --no-pager -l status c-icap; journalctl --no-pager -n 40; "
                        "tail -n 30 /var/log/c-icap/server.log /var/log/epost-av/*; "
                        "ls -la /run/epost-av /var/lib/epost-av", check=False)
