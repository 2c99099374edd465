# SPDX-License-Identifier: GPL-2.0-or-later
"""The readers of files in text look at each byte a bounded number of times: four times the text takes no ten times the CPU time."""

import base64
import json
import random
import re
import subprocess
import zlib

from differential.scan import BUILD, signatures

SMALL, TIMES = 250_000, 4
SECONDS = 5  # of CPU for the larger one
SLACK = 1.5  # seconds: what is constant, and what a busy machine adds; a reader that looks again and again takes minutes
DRAWING = "data:image/svg+xml,%%3Csvg xmlns=%%22http://www.w3.org/2000/svg%%22%%3E%%3Cpath d=%%22M%d%%22/%%3E%%3C/svg%%3E"


def coded(data):
    return base64.b64encode(data).decode()


def texts(size):
    noise, card = random.Random(1), "BEGIN:VCARD\r\n"
    literal = b"\xcb\x7eb\x3d" + b"e" * 61 + bytes(4) + b"x" * 57
    yield "small drawings", "".join('p{background:url("%s")}\n' % (DRAWING % i) for i in range(size // 130))
    yield "short texts", json.dumps([coded(b"a small text with number %d in it" % i) for i in range(size // 50)])
    yield "quoted-printable fields", card + "KEY;ENCODING=QUOTED-PRINTABLE:=41=\r\n" * (size // 36)
    yield "a field without an end", card + "KEY;ENCODING=QUOTED-PRINTABLE:" + "=41=\r\n" * (size // 6)
    yield "the field's word alone", card + "QUOTED-PRINTABLE" * (size // 16)
    yield "noise that may be packed", "inflate rotli\n" + "".join('f("%s");\n' % coded(noise.randbytes(60)) for _ in range(size // 88))
    yield "packed zeros", "inflate\n" + "".join('f("%s");\n' % coded(zlib.compress(bytes(50000))[2:-4]) for _ in range(size // 100))
    yield "escaped slashes", '{"a":"' + "\\/" * (size // 2) + '"}'
    yield "armors", f"-----BEGIN PGP MESSAGE-----\n\n{coded(literal)}\n-----END PGP MESSAGE-----\n" * (size // 230)
    yield "packets in a run", coded((b"\xc4\x0d\3" + bytes(12)) * (size // 20))
    yield "hexadecimal digits", ("0x" + "ab" * 30 + " ") * (size // 63)
    yield "a zero, and words of uuencode", "\0" + "begin 644 a\nxx\n" * (size // 15)
    yield "end records of ZIP behind marks", "#!/bin/sh\n" + "\x1f\x8b\x08\0" * (size // 8) + "PK\5\6" * (size // 8)


def test_text_readers_take_time_by_the_length_alone(tmp_path):
    bases = tmp_path / "bases"
    bases.mkdir()
    signatures(bases)
    files = {}
    for size in (SMALL, TIMES * SMALL):
        for name, text in texts(size):
            path = tmp_path / f"{size}-{name.replace(' ', '-')}"
            path.write_bytes(text.encode("latin-1"))
            files[str(path)] = (name, size)
    out = subprocess.run([BUILD / "tests/tools/inspect-file", "--bases", bases, *files], stdout=subprocess.PIPE, text=True, check=True, timeout=300).stdout
    spent = {files[m[1]]: float(m[2]) / 1000 for m in re.finditer(r"^(\S+): .* cpu=([\d.]+)$", out, re.M)}
    assert len(spent) == len(files)
    slow = {name: (spent[name, SMALL], seconds) for (name, size), seconds in spent.items()
            if size > SMALL and seconds > min(SECONDS, 10 * spent[name, SMALL] + SLACK)}
    assert not slow
