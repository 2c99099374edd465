# SPDX-License-Identifier: GPL-2.0-or-later
"""A tiny real file system (tmpfs) that only the case sees, in a mount namespace of its own."""
import os
import pathlib
import subprocess

import pytest


class SmallDisk:
    """tmpfs of `kib` KiB at `inside`. Commands reach it behind the words `enter`; the case looks
    at its files through `seen`."""

    def __init__(self, inside, kib):
        self.inside = pathlib.Path(inside)
        self.inside.mkdir(parents=True)
        options = ["--mount"] if os.geteuid() == 0 else ["--mount", "--map-root-user"]
        self.holder = subprocess.Popen(
            ["unshare", *options, "sh", "-c",
             f'mount -t tmpfs -o size={kib}k epost-small "$1" && echo mounted && exec sleep 600',
             "sh", str(self.inside)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        line = self.holder.stdout.readline().strip()
        if line != "mounted":
            self.close()
            raise OSError(f"no small disk: {line}")
        pid = self.holder.pid
        self.enter = ["nsenter", f"--target={pid}", "--mount",
                      *([] if os.geteuid() == 0 else ["--user", "--preserve-credentials"])]
        self.seen = pathlib.Path(f"/proc/{pid}/root{self.inside}")

    def resize(self, kib):
        subprocess.run([*self.enter, "mount", "-i", "-t", "tmpfs", "-o",
                        f"remount,size={kib}k", "epost-small", self.inside],
                       check=True, capture_output=True, timeout=10)

    def close(self):
        self.holder.kill()
        self.holder.wait(10)
        self.holder.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def make(inside, kib):
    """A SmallDisk; skips the case where there can be none."""
    try:
        return SmallDisk(inside, kib)
    except OSError as e:
        pytest.skip(str(e))
