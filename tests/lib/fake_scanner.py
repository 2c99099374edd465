#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A scanner that does as the body tells it, for the service's own paths.

Speaks common/wire.h and keeps a board as epostavs does. A body may hold a line
    FAKE key=value …
with reason (a number of common/verdict.h), threat, part, detail, delay (seconds),
hangup (closes without a reply), once (hangs up only the first time). Without
one the body is clean. Started by the service in epostavs' place or by hand:
    fake_scanner.py --socket PATH [--log PATH]        or with --settings-fd FD --lifeline FD
"""

import hashlib
import mmap
import os
import re
import select
import socket
import struct
import sys
import threading
import time

REQUEST = struct.Struct("@IHHIIQ32s4H")
REPLY = struct.Struct("@IHBBIIQQ16sIIII32s256s768s256s2048s4096s")
BOARD_HEAD = struct.Struct("@4IQiIII13QIiII")
BOARD_SIZE = 8032
INFECTED, UNSCANNABLE = {2, 61}, set(range(30, 61)) | {62}


def verdict_of(reason):
    return 1 if reason == 1 else 2 if reason in INFECTED else 3 if reason in UNSCANNABLE else 0


class Fake:
    def __init__(self, path, log):
        self.path, self.generation, self.seen = path, 1, set()
        self.log = open(log, "a", encoding="utf-8")
        self.board = self._board(path + ".board")
        self.inode = os.stat(path + ".board").st_ino & 0xffffffff
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        if os.path.exists(path):
            os.unlink(path)
        self.listener.bind(path)
        self.listener.listen(128)

    @staticmethod
    def _board(path):
        fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        os.ftruncate(fd, BOARD_SIZE)
        return mmap.mmap(fd, BOARD_SIZE)

    def beat(self):
        """Ready since now."""
        head = BOARD_HEAD.pack(0x44425045, 2, BOARD_SIZE, self.inode, time.monotonic_ns(),
                               os.getpid(), 2, 0, 1, *([0] * 13), self.generation * 2, 0, 0, 0)
        self.board[:len(head)] = head
        at = len(head)
        self.board[at:at + 24] = struct.pack("@Q16s", self.generation, bytes([self.generation] * 16))

    def reply(self, reason, threat=b"", part=b"", detail=b""):
        return REPLY.pack(0x56415045, 2, verdict_of(reason), reason, 0x100, 1, 0, self.generation,
                          bytes([self.generation] * 16), 0, 0, 0, 0, b"", threat, part, detail, b"", b"")

    def serve(self, connection):
        message, control, _, _ = connection.recvmsg(1 << 17, socket.CMSG_SPACE(4))
        if len(message) < REQUEST.size:
            return
        _, _, kind, flags, deadline, length, sha, name, ctype, encoding, client = \
            REQUEST.unpack_from(message)
        at = REQUEST.size
        texts = message[at:at + name], message[at + name:at + name + ctype], \
            message[at + name + ctype:at + name + ctype + encoding]
        body = message[at + name + ctype + encoding + client:]
        if control:
            fd = struct.unpack("i", control[0][2])[0]
            body = os.pread(fd, length, 0)
            os.close(fd)
        print(kind, flags, deadline, length, *(t.decode("latin-1") for t in texts), sep="\t",
              file=self.log, flush=True)
        if kind == 2 or kind == 3:
            self.generation += 1
            self.beat()
        if kind != 1:
            connection.send(self.reply(1))
            return
        if len(body) != length or (flags & 2 and hashlib.sha256(body).digest() != sha):
            connection.send(self.reply(15, detail=b"the body is not what was announced"))
            return
        self.scan(connection, body)

    def scan(self, connection, body):
        match = re.search(rb"^FAKE (.*)$", body, re.M)
        told = dict(re.findall(rb"(\w+)=(\S*)", match[1])) if match else {}
        time.sleep(float(told.get(b"delay", 0)))
        once = told.get(b"once")
        if b"hangup" in told or (once and once not in self.seen):
            self.seen.add(once)
            return
        connection.send(self.reply(int(told.get(b"reason", 1)), told.get(b"threat", b""),
                                   told.get(b"part", b""), told.get(b"detail", b"")))

    def one(self, connection):
        with connection:
            try:
                self.serve(connection)
            except OSError:
                pass

    def run(self, lifeline):
        while True:
            self.beat()
            ready, _, _ = select.select([self.listener] + ([lifeline] if lifeline else []), [], [],
                                        0.2)
            if lifeline in ready and os.read(lifeline, 1) == b"":
                os.unlink(self.path)
                os._exit(0)
            if self.listener in ready:
                connection, _ = self.listener.accept()
                threading.Thread(target=self.one, args=(connection,), daemon=True).start()


def main():
    options = dict(zip(sys.argv[1:], sys.argv[2:]))
    path, lifeline = options.get("--socket"), options.get("--lifeline")
    log = options.get("--log", "/dev/null")
    if "--settings-fd" in options:
        with open(int(options["--settings-fd"]), encoding="utf-8") as settings:
            told = dict(line.rstrip("\n").split("=", 1) for line in settings)
        path, log = told["Socket"], told["ScannerLog"]
    Fake(path, log).run(int(lifeline) if lifeline else None)


if __name__ == "__main__":
    main()
