# SPDX-License-Identifier: GPL-2.0-or-later
"""A local user whom nobody asked: takes locks and connections. Needs root, to become that user."""

import contextlib
import os
import subprocess
import sys

import pytest

USER = 12345  # nobody's number

# The programs need no file: that user may not be able to read this one.
LOCKS = """
import fcntl, os, struct, sys, time
held = []
for place, _, names in os.walk(sys.argv[1]):
    for name in names:
        path = os.path.join(place, name)
        if not os.path.isfile(path):
            continue
        for mode in (os.O_RDWR, os.O_RDONLY):
            try:
                fd = os.open(path, mode)
            except OSError:
                continue
            for take in (lambda: fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB),
                         lambda: fcntl.fcntl(fd, fcntl.F_OFD_SETLK, struct.pack("@hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0)),
                         lambda: fcntl.fcntl(fd, fcntl.F_OFD_SETLK, struct.pack("@hhqqi4x", fcntl.F_RDLCK, 0, 0, 0, 0))):
                try:
                    take()
                except OSError:
                    pass
            held.append((fd, path))
            break
print(*[path for _, path in held], sep="\\n")
print("held", flush=True)
time.sleep(300)
"""
CONNECTIONS = """
import socket, sys, time
made = []
for _ in range(int(sys.argv[2])):
    one = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    one.settimeout(30)
    one.connect(sys.argv[1])
    made.append(one)
print("held", flush=True)
time.sleep(300)
"""
ASKS = """
import socket, sys
for message in sys.argv[2:]:
    one = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    one.settimeout(60)
    one.connect(sys.argv[1])
    one.send(bytes.fromhex(message))
    print(one.recv(65536).hex())
"""


def _command(program, *args):
    if os.geteuid() != 0:
        pytest.skip("needs root, to be another user")
    return ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", sys.executable, "-I", "-c",
            program, *map(str, args)]


@contextlib.contextmanager
def holds(program, *args):
    """That user runs one of the programs above; gives the lines that it says before it holds all."""
    with subprocess.Popen(_command(program, *args), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          cwd="/", text=True) as process:
        try:
            said = []
            for line in process.stdout:
                if line == "held\n":
                    break
                said.append(line.strip())
            else:
                raise AssertionError(f"it ended: {said}")
            yield said
        finally:
            process.kill()


def asks(socket_path, *messages, timeout=100):
    """The replies (bytes) to messages that it sends to the scanner."""
    done = subprocess.run(_command(ASKS, socket_path, *[one.hex() for one in messages]), check=False,
                          capture_output=True, text=True, cwd="/", timeout=timeout)
    assert done.returncode == 0, done.stderr
    return [bytes.fromhex(line) for line in done.stdout.split()]
