# SPDX-License-Identifier: GPL-2.0-or-later
"""TCP connections of this machine as the kernel lists them."""

import os
import pathlib
import socket
import struct

ESTABLISHED = "01"

# sock_diag(7): what `ss -ti` asks, which as a program would take longer than what is measured.
SOCK_DIAG, BY_FAMILY, DUMP, DONE = 4, 20, 0x301, 3
OPEN = 1 << 1 | 1 << 4 | 1 << 5 | 1 << 8 | 1 << 9 | 1 << 11  # states: all that may carry something
INFO, BYTES_ACKED = 2, 120  # an attribute, and the place in its struct tcp_info
_HEAD, _ASKED, _SAID = struct.Struct("=IHHII"), struct.Struct("=BBBBI48x"), struct.Struct("!4xHH64x")


def _messages(request):
    """The messages of the kernel's answer, without their heads."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, SOCK_DIAG) as s:
        s.settimeout(20)
        s.sendall(_HEAD.pack(_HEAD.size + len(request), BY_FAMILY, DUMP, 1, 0) + request)
        while data := s.recv(1 << 17):
            while data:
                size, kind, *_ = _HEAD.unpack_from(data)
                if kind != BY_FAMILY:
                    assert kind == DONE, f"sock_diag: message {kind}"
                    return
                yield data[_HEAD.size:size]
                data = data[size + 3 & ~3:]


def _acked(attributes):
    while len(attributes) > 4:
        size, kind = struct.unpack_from("=HH", attributes)
        if kind == INFO:
            return struct.unpack_from("=Q", attributes, 4 + BYTES_ACKED)[0]
        attributes = attributes[size + 3 & ~3:]
    return 0


def arrived(port):
    """Bytes that all open connections to the port have carried there."""
    total = 0
    for message in _messages(_ASKED.pack(socket.AF_INET, socket.IPPROTO_TCP, 1 << INFO - 1, 0, OPEN)):
        if _SAID.unpack_from(message)[1] == port:
            total += _acked(message[_SAID.size:])
    return total


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
