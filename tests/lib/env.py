# SPDX-License-Identifier: GPL-2.0-or-later
"""The built programs, copied to where an unprivileged user can run it, and where to put the rest.

EPOST_BUILD is the build directory (default: _build in the source tree).
"""

import contextlib
import fcntl
import glob
import os
import pathlib
import pwd
import re
import shutil
import socket
import subprocess
import tempfile

from lib import slowness

TOP = pathlib.Path(__file__).resolve().parents[2]
DATA = TOP / "tests" / "data"
STARTER = TOP / "conf" / "starter"
TESTFILES = pathlib.Path("/usr/share/clamav-testfiles")


def is_root():
    return os.geteuid() == 0


class Env:
    """One for the whole session."""

    def __init__(self):
        self.build = pathlib.Path(os.environ.get("EPOST_BUILD", TOP / "_build")).resolve()
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="epost-", dir="/tmp"))
        self.root.chmod(0o755)
        self.user = pwd.getpwnam("nobody") if is_root() else pwd.getpwuid(os.geteuid())
        self.lib = self.root / "lib"
        self._count = 0
        self._install()
        self.preload = self._sanitizer()
        clear_shared_memory()

    @property
    def slow(self):
        """Deadlines are so much longer: under the sanitizers, and while the machine has other work."""
        return slowness.Scaled((4 if self.preload else 1) * slowness.machine())

    def _install(self):
        made = {"epost_av.so": "modules/epost_av/.libs/epost_av.so",
                "epostavs": "scanner/epostavs", "kasp": "kasp/kasp"}
        self.lib.mkdir()
        for name, place in made.items():
            if (self.build / place).exists():
                shutil.copy(self.build / place, self.lib / name)
                (self.lib / name).chmod(0o755)
        shutil.copytree(TOP / "conf" / "templates", self.lib / "templates") \
            if (TOP / "conf" / "templates").is_dir() else None
        self.module, self.epostavs, self.kasp = (self.lib / n for n in made)

    def _sanitizer(self):
        """The library that an unsanitized program must preload to run the module: "" without sanitizers."""
        target = self.module if self.module.exists() else self.epostavs
        out = subprocess.run(["ldd", target], capture_output=True, text=True, check=False).stdout
        return ":".join(re.findall(r"=> (/\S*lib(?:asan|ubsan)\S*)", out))

    def directory(self, name):
        """A new directory that belongs to the unprivileged user. Short: sockets live in it."""
        self._count += 1
        path = self.root / f"{self._count}-{re.sub('[^a-z0-9]+', '-', name.lower())[:24]}"
        path.mkdir(mode=0o755)
        self.give(path)
        return path

    def give(self, path):
        if is_root():
            os.chown(path, self.user.pw_uid, self.user.pw_gid)

    def as_user(self, *args):
        """The command line that runs args as the unprivileged user, sanitizers preloaded."""
        args = [str(a) for a in args]
        if self.preload:
            args = ["env", f"LD_PRELOAD={self.preload}", *args]
        if not is_root():
            return args
        return ["setpriv", f"--reuid={self.user.pw_uid}", f"--regid={self.user.pw_gid}",
                "--clear-groups", *args]

    def environ(self):
        """The environment of what is started; PATH and locale only, sanitizers' options."""
        env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}
        if self.preload:
            env["ASAN_OPTIONS"] = "abort_on_error=0:detect_leaks=1:allocator_may_return_null=1"
            env["UBSAN_OPTIONS"] = "print_stacktrace=1"
            env["LSAN_OPTIONS"] = f"suppressions={self._suppressions()}:print_suppressions=0"
        return env

    def _suppressions(self):
        path = self.lib / "lsan.supp"
        if not path.exists():
            shutil.copy(DATA / "lsan.supp", path)
            path.chmod(0o644)
        return path

    def close(self):
        clear_shared_memory()
        shutil.rmtree(self.root, ignore_errors=True)


FIRST_PORT = 10000


def _takes(port):
    with socket.socket() as s:
        try:
            s.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port():
    """A port for a server that starts later. It is below those that the kernel gives out by itself, and
    the processes of the tests take turns, so that nobody else has it by then."""
    kernels = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text(encoding="ascii").split()[0])
    count = max(kernels - FIRST_PORT, 1000)
    turns = os.open(f"{tempfile.gettempdir()}/epost-ports-{os.geteuid()}",
                    os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with open(turns, "r+", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        said = file.read().strip()
        at = int(said) if said.isdigit() else os.getpid()
        number = next(n for n in range(at, at + count) if _takes(FIRST_PORT + n % count))
        file.seek(0)
        file.truncate()
        file.write(f"{(number + 1) % count}\n")
    return FIRST_PORT + number % count


SHARED = "/dev/shm/c-icap-shared-"


def _in_use():
    """Files that any process has open or mapped."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/maps", encoding="utf-8", errors="replace") as maps:
                yield from (line.split(maxsplit=5)[-1].strip() for line in maps if SHARED in line)
            for number in os.listdir(f"/proc/{pid}/fd"):
                with contextlib.suppress(FileNotFoundError):
                    yield os.readlink(f"/proc/{pid}/fd/{number}")
        except OSError:
            continue  # it has ended, or is somebody else's


def clear_shared_memory():
    """c-icap that was killed, or told to reconfigure, leaves its shared memory behind. It has 1024 names
    for that; when all are taken none starts any more."""
    names = set(glob.glob(SHARED + "*"))
    if names:
        for name in names - set(_in_use()):
            with contextlib.suppress(OSError):  # another process of the tests was quicker, or it is not ours
                os.unlink(name)


def signatures(directory, *sources, **texts):
    """Fills a directory with copies of signature files: directories, files, or NAME_ext="text"."""
    directory = pathlib.Path(directory)
    directory.mkdir(exist_ok=True)
    for source in sources:
        for path in sorted(pathlib.Path(source).iterdir() if source.is_dir() else [source]):
            if path.suffix:
                shutil.copy(path, directory / path.name)
    for name, text in texts.items():
        (directory / name.replace("_", ".")).write_text(text, encoding="ascii")
    for path in directory.iterdir():
        path.chmod(0o644)
    directory.chmod(0o755)
    return directory
