# SPDX-License-Identifier: GPL-2.0-or-later
"""930: the recipe of conf/container, built on a base from debootstrap and run as its head says,
but in a network of its own: EICAR and an ordinary file, health, logs, and a stop."""

import pathlib
import re
import shlex
import shutil
import subprocess
import tempfile
import time

import pytest

from lib import machine as machines
from lib.eicar import EICAR

TOP = pathlib.Path(__file__).resolve().parents[2]
RECIPE = TOP / "conf/container"
NAME = "epost-av-test"
# crun of Debian 12 does not know hybrid cgroups; a container may not raise the limits of the host.
HERE = ("--runtime", "runc")
LIMITS = ("--ulimit", "nofile=4096:4096", "--ulimit", "nproc=4000:4000", "--network", "host")


def documented(program):
    """The command of that program in the head of the recipe, as words."""
    text = (RECIPE / "Containerfile").read_text(encoding="ascii")
    command = re.search(rf"(?m)^#   {program} ((?:.*\\\n)*.*)$", text)[1]
    return shlex.split(re.sub(r"\\\n#", " ", command))


class Containers:
    """buildah and podman with a storage of their own, in a network of their own."""

    def __init__(self, place):
        self.place = place
        self.storage = ("--root", place / "root", "--runroot", place / "run", "--storage-driver", "vfs")
        self.holder = subprocess.Popen(["unshare", "--net", "sh", "-c", "ip link set lo up && echo && exec sleep 7200"],
                                       stdout=subprocess.PIPE, text=True)
        assert self.holder.stdout.readline() == "\n", "no network namespace"

    def host(self, *command, timeout=120):
        """A program of this host in the network of the containers."""
        return subprocess.run(["nsenter", "--target", str(self.holder.pid), "--net", *map(str, command)],
                              capture_output=True, text=True, timeout=timeout, check=False)

    def podman(self, *words, timeout=300, check=True):
        done = self.host("podman", *self.storage, *HERE, *words, timeout=timeout)
        assert not check or done.returncode == 0, (words, done.stdout, done.stderr)
        return done

    def run(self, *words):
        """In the container."""
        return self.podman("exec", NAME, *words, check=False)

    def logs(self):
        done = self.podman("logs", NAME)
        return done.stdout + done.stderr

    def wait(self, what, seconds):
        end = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < end, self.logs()[-6000:]
            time.sleep(0.5)

    def close(self):
        self.podman("rm", "--force", "--volumes", NAME, check=False)
        self.holder.kill()
        self.holder.wait(10)
        machines.clear(self.place)


@pytest.fixture(scope="module")
def image(tree, deb):
    for program in ("buildah", "podman", "runc"):
        if not shutil.which(program):
            pytest.fail(f"{program} is missing: scripts/install-packages machine")
    containers = Containers(pathlib.Path(tempfile.mkdtemp(prefix="containers-", dir=machines.CACHE)))
    try:
        context = containers.place / "context"
        shutil.copytree(RECIPE, context)
        shutil.copy(deb, context)
        archive = containers.place / "base.tar"
        # Without the list of the base: podman refuses an archive that holds a path twice.
        machines.run("tar", "--create", "--file", archive, "--directory", tree.base, "--anchored",
                     "--exclude=./etc/apt/sources.list", ".")
        # As the image of Debian has it: with its updates, from which this host's libraries are.
        sources = containers.place / "etc/apt/sources.list"
        sources.parent.mkdir(parents=True)
        sources.write_text(tree.sources(), encoding="ascii")
        machines.run("tar", "--append", "--file", archive, "--owner=0", "--group=0", "--directory", containers.place,
                     "./etc/apt/sources.list")
        containers.podman("import", archive, "localhost/base", timeout=600)
        archive.unlink()
        words = [{"BASE=debian:12": "BASE=localhost/base", "conf/container": context}.get(w, w)
                 for w in documented("buildah")]
        assert "BASE=localhost/base" in words and context in words, words
        machines.run("buildah", *containers.storage, words[0], "--network", "host", "--runtime", "/usr/sbin/runc",
                     "--isolation", "chroot", *words[1:], timeout=2400)
        yield containers
    finally:
        containers.close()


def healthy(containers):
    return containers.podman("healthcheck", "run", NAME, check=False).returncode == 0


def verdict(containers, path):
    done = containers.host("c-icap-client", "-i", "127.0.0.1", "-p", "1344", "-s", "avscan", "-f", path, "-v")
    found = re.search(r"(?m)^\s*X-Epost-AV-Verdict: (\w+)", done.stdout + done.stderr)
    assert found, done.stdout + done.stderr
    return found[1]


def test_it_starts_and_says_that_signatures_are_missing(image):
    words = documented("podman")
    assert "--read-only" in words and "--cap-drop=all" in words
    at = words.index("--publish")
    del words[at:at + 2]  # it has this host's network, which is a loopback
    image.podman(words[0], "--detach", "--name", NAME, *LIMITS, *words[1:-1], f"localhost/{words[-1]}")
    image.wait(lambda: "cannot open Bases /var/lib/epost-av/Bases (run epost-autoupdate" in image.logs(), 120)
    assert not healthy(image)


def test_nobody_is_root_and_the_root_cannot_be_written(image):
    assert image.run("id", "-un").stdout.strip() == "c-icap"
    for path in ("/etc/epost-av/x", "/usr/sbin/x", "/x"):
        assert "Read-only file system" in image.run("touch", path).stderr, path
    assert image.run("sh", "-c", "grep -h CapEff /proc/[0-9]*/status | sort -u").stdout.split() == \
        ["CapEff:", "0" * 16]


def test_with_signatures_it_is_healthy(image):
    commands = re.findall(r"(?m)^#   podman exec NAME sh -c '(.*)'$",
                          (RECIPE / "Containerfile").read_text(encoding="ascii"))
    assert len(commands) == 1
    done = image.run("sh", "-c", commands[0])
    assert done.returncode == 0, done.stderr
    image.wait(lambda: healthy(image), 120)


def test_eicar_is_found_and_a_letter_passes(image, tmp_path):
    (tmp_path / "letter.txt").write_text("an ordinary letter\n", encoding="ascii")
    (tmp_path / "eicar.com").write_bytes(EICAR)
    assert verdict(image, tmp_path / "letter.txt") == "clean"
    assert verdict(image, tmp_path / "eicar.com") == "infected"
    assert image.run("kasp", "-q", "/etc/hostname").returncode == 0


def test_its_log_has_both(image):
    image.wait(lambda: re.search("infected.*(?i:eicar)", image.logs()), 30)
    assert "verdict=clean" in image.logs()


def test_the_updater_runs_and_its_failure_stops_nothing(image):
    """There is no network here."""
    done = image.run("epost-autoupdate", "--quiet")
    assert done.returncode not in (0, 126, 127), done.stdout + done.stderr
    assert "Read-only" not in done.stderr and "Permission" not in done.stderr, done.stderr
    assert healthy(image)


def test_the_sandbox_is_named(image):
    """The confinement of workers here; doc/operate.md has it."""
    board = image.run("sh", "-c", "tr -cs '[:print:]' ' ' </run/epost-av/epostavs.sock.board").stdout
    print(re.findall("[a-z ]*seccomp[a-z ]*", board))
    assert "seccomp" in board and "rlimits" in board, board[:400]


def test_it_stops_in_time_and_starts_again(image):
    begin = time.monotonic()
    image.podman("stop", "--time", "60", NAME)
    took = time.monotonic() - begin
    print(f"stopped in {took:.1f} s")
    assert image.podman("inspect", "--format", "{{.State.ExitCode}}", NAME).stdout.strip() == "0", "killed"
    image.podman("start", NAME)
    image.wait(lambda: healthy(image), 120)  # the volume kept the signatures
