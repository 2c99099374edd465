# SPDX-License-Identifier: GPL-2.0-or-later
"""TCP connections of this machine as the kernel lists them."""

import os
import pathlib
import re
import subprocess

ESTABLISHED = "01"


def arrived(port):
    """Bytes that all open connections to the port have carried there."""
    done = subprocess.run(["ss", "-tinOH", "dst", f"127.0.0.1:{port}"], capture_output=True,
                          text=True, timeout=20, check=True)
    return sum(int(n) for n in re.findall(r"bytes_acked:(\d+)", done.stdout))


def connections(pid, port):
    """The number of connections that this process holds to the port."""
    mine = set()
    for path in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        try:
            mine.add(os.readlink(path))
        except OSError:
            pass  # closed meanwhile
    rows = [line.split() for line in
            pathlib.Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]]
    return sum(1 for row in rows if row[2].endswith(f":{port:04X}") and row[3] == ESTABLISHED
               and f"socket:[{row[9]}]" in mine)
