# SPDX-License-Identifier: GPL-2.0-or-later
"""A control group of a memory limit for a server's processes (version 1 or 2)."""

import os
import pathlib

import pytest

from lib import procs

ROOT = pathlib.Path("/sys/fs/cgroup")


def _own(version):
    """The directory of our own group, None where it is not mounted."""
    for line in pathlib.Path("/proc/self/cgroup").read_text(encoding="ascii").splitlines():
        _, kinds, path = line.split(":", 2)
        if version == 2 and kinds == "":
            mount = ROOT if (ROOT / "cgroup.controllers").exists() else ROOT / "unified"
        elif version == 1 and "memory" in kinds.split(","):
            mount = ROOT / "memory"
        else:
            continue
        # In a container the path is often that of the host, and the root of the mount is our group.
        return next((d for d in (mount / path.lstrip("/"), mount) if d.is_dir()), None)
    return None


class Group:
    """Use as a context; skips the case, and says why, where no group can be made."""

    def __init__(self, limit, name="epost-test"):
        self.limit, self.name = limit, f"{name}-{os.getpid()}"
        self.path = self.version = None

    def __enter__(self):
        why = "no memory controller"
        for version, file in ((1, "memory.limit_in_bytes"), (2, "memory.max")):
            own = _own(version)
            if not own:
                continue
            path = own / self.name
            try:
                path.mkdir()
                (path / file).write_text(f"{self.limit}\n", encoding="ascii")
            except OSError as e:
                why = f"{path}: {e}"
                if path.is_dir():
                    path.rmdir()
                continue
            self.path, self.version = path, version
            return self
        pytest.skip(f"no control group for memory can be made: {why}")

    def __exit__(self, *_):
        procs.wait_until(self._removed, 20, f"{self.path} is still in use")

    def _removed(self):
        try:
            self.path.rmdir()
        except OSError:
            return False
        return True

    def enter(self):
        """Words before a command, which runs in the group then."""
        file = "cgroup.procs"
        return ["sh", "-c", f'echo $$ > {self.path}/{file} && exec "$@"', "sh"]

    def killed(self):
        """The number of processes that the kernel has killed for want of memory."""
        file = {1: "memory.oom_control", 2: "memory.events"}[self.version]
        lines = (self.path / file).read_text(encoding="ascii").split("\n")
        return sum(int(line.split()[1]) for line in lines if line.startswith("oom_kill "))
