# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads the scanner's board (common/board.h), as any other reader of the file."""

import struct
import time

MAGIC, VERSION, WORKERS = 0x44425045, 2, 256
STALE_NS = 3_000_000_000
STATES = ("down", "loading", "ready", "reloading", "drained", "failed")
WORKER_STATES = ("none", "starting", "idle", "scanning", "heavy")
COUNTERS = ("scans", "clean", "infected", "unscannable", "errors", "cache_hits", "timeouts",
            "crashes", "refused", "heavy", "reloads", "reload_failures", "bytes")

_HEAD = struct.Struct(f"@4IQiIII{len(COUNTERS)}QIiII")
_GENERATION = struct.Struct("@Q16sQQQII256s512s256s")
_TAIL = struct.Struct("@Q512s128s")
_WORKER = struct.Struct("@iIQQ")
SIZE = _HEAD.size + _GENERATION.size + _TAIL.size + WORKERS * _WORKER.size  # once it is whole


class Worker:
    def __init__(self, pid, state, since_ns, generation):
        self.pid, self.since_ns, self.generation = pid, since_ns, generation
        self.state = WORKER_STATES[state]

    def __repr__(self):
        return f"<worker {self.pid} {self.state} generation {self.generation}>"


class Board:
    """One look at the page. `ready` as the service decides it."""

    def __init__(self, data):
        head = _HEAD.unpack_from(data, 0)
        magic, version, size, _, self.heartbeat_ns, self.supervisor, state = head[:7]
        if (magic, version) != (MAGIC, VERSION):
            raise ValueError(f"not a board: {magic:#x} version {version}")
        self.queued, self.workers = head[7:9]
        self.counters = dict(zip(COUNTERS, head[9:9 + len(COUNTERS)]))
        self.sequence = head[9 + len(COUNTERS)]
        at = _HEAD.size
        (self.generation, self.set_id, self.signatures, self.loaded_at, self.built_at,
         self.load_ms, _, versions, path, shortcuts) = _GENERATION.unpack_from(data, at)
        self.versions, self.path, self.shortcuts = _text(versions), _text(path), _text(shortcuts)
        at += _GENERATION.size
        self.failed_generation, error, sandbox = _TAIL.unpack_from(data, at)
        self.error, self.sandbox = _text(error), _text(sandbox)
        at += _TAIL.size
        if at + WORKERS * _WORKER.size > size:
            raise ValueError(f"the board has {size} bytes, the layout here another")
        slots = [Worker(*_WORKER.unpack_from(data, at + i * _WORKER.size)) for i in range(WORKERS)]
        self.slots = [w for w in slots if w.state != "none" and w.pid > 0]
        self.stale = time.monotonic_ns() - self.heartbeat_ns > STALE_NS
        self.state = "down" if self.stale else STATES[state]
        self.ready = self.state in ("ready", "reloading")

    def busy(self):
        return [w for w in self.slots if w.state in ("scanning", "heavy")]


def _text(field):
    return field.split(b"\0", 1)[0].decode("utf-8", "replace")


def sequence_offset():
    """Where the word is that is odd while a writer is at it."""
    return struct.calcsize(f"@4IQiIII{len(COUNTERS)}Q")


def read(path):
    """A consistent look (tries again while the writer is between two states)."""
    for _ in range(100):
        with open(path, "rb") as f:
            board = Board(f.read())
        if board.sequence % 2 == 0:
            return board
        time.sleep(0.001)
    return board
