# SPDX-License-Identifier: GPL-2.0-or-later
"""Stands in for the monitor: a socket that takes events (common/eventwire.h) and keeps them."""

import re
import socket
import struct
import threading

from lib import env as environment

MAGIC, VERSION = 0x56455045, 1
_HEAD = struct.Struct("@IHHII")
_ITEM = struct.Struct("@HH")
NUMBERS = ("NUMBER", "TIME", "DURATION", "BOOL")


def fields():
    """{number: (name, type)}, read from the table itself."""
    text = (environment.TOP / "common" / "event.h").read_text(encoding="utf-8")
    text = re.sub(r"\s*\\\n\s*", " ", text)
    table = text[text.index("#define EVENT_FIELD_TABLE"):text.index("#define EVENT_ENUM_FIELD")]
    rows = re.findall(r'FIELD\(\s*(\d+), \w+, "(\w+)", (\w+),', table)
    return {int(number): (name, kind) for number, name, kind in rows}


def decode(message, table=None):
    """(event as a dictionary, events lost before it)."""
    table = table or fields()
    magic, version, _, length, lost = _HEAD.unpack_from(message)
    assert (magic, version, length) == (MAGIC, VERSION, len(message))
    at, event = _HEAD.size, {}
    while at < length:
        number, size = _ITEM.unpack_from(message, at)
        at += _ITEM.size
        name, kind = table[number]
        value = message[at:at + size]
        event[name] = struct.unpack("@Q", value)[0] if kind in NUMBERS else \
            value.decode("utf-8", "replace")
        at += size
    return event, lost


def encode(event, lost=0, table=None):
    """The message of an event: a dictionary of texts (bytes or str) and numbers."""
    table = table or fields()
    numbers = {name: (number, kind) for number, (name, kind) in table.items()}
    out = b""
    for name, value in event.items():
        number, kind = numbers[name]
        if kind in NUMBERS:
            data = struct.pack("@Q", value)
        else:
            data = value if isinstance(value, bytes) else str(value).encode()
        out += _ITEM.pack(number, len(data)) + data
    return _HEAD.pack(MAGIC, VERSION, 0, _HEAD.size + len(out), lost) + out


class Sink:
    """events: what came. lost: what the senders said they could not deliver."""

    def __init__(self, path):
        self.path, self.events, self.lost = str(path), [], 0
        self._table = fields()
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._listener.bind(self.path)
        environment.os.chmod(self.path, 0o666)
        self._listener.listen(64)

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._listener.close()

    def _accept(self):
        try:
            while True:
                peer = self._listener.accept()[0]
                threading.Thread(target=self._read, args=(peer,), daemon=True).start()
        except OSError:
            pass

    def _read(self, peer):
        with peer:
            while message := peer.recv(1 << 16):
                event, lost = decode(message, self._table)
                self.lost += lost
                self.events.append(event)

    def of(self, **wanted):
        """The events that have these values."""
        return [e for e in list(self.events) if all(e.get(k) == v for k, v in wanted.items())]
