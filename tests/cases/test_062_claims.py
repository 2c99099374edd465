# SPDX-License-Identifier: GPL-2.0-or-later
"""The same bytes under another name, type or encoding: a verdict is given only to requests that
agree in all that it depends on, in whatever order they come."""

import gzip
import itertools
import threading

import brotli
import pytest

from lib import samples, wire
from lib.eicar import EICAR

PAGE = b"<html><body><a href=\"data:application/octet-stream;base64,%s\">x</a>"
BOUNDARY = b"boundary-of-a-form"


def hidden_in_brotli():
    packer = brotli.Compressor(quality=5)
    return packer.process(EICAR + samples.unique()) + packer.finish() + b"trailing bytes"


def hidden_in_encoding():
    """Found only by who knows the encoding: a stream with bytes behind its end."""
    packer = brotli.Compressor(quality=5)
    return packer.process(EICAR + samples.unique()) + packer.finish() + b"\0" * 40


def hidden_in_form():
    import base64
    return (b"preamble\r\n--" + BOUNDARY + b"\r\nContent-Disposition: form-data; name=\"a\"\r\n"
            b"Content-Transfer-Encoding: base64\r\n\r\n" +
            base64.encodebytes(EICAR + samples.unique()) + b"\r\n--" + BOUNDARY + b"--\r\n")


def hidden_in_page():
    """libclamav takes it for a picture; who is told that it is a page reads it as one."""
    import base64
    return b"\x89PNG\r\n\x1a\n" + samples.unique() + PAGE % base64.b64encode(EICAR)


FORM = b"multipart/form-data; boundary=" + BOUNDARY
# body, what hides it, what shows it, the bit that says so
CASES = {
    "name": (hidden_in_brotli, {"name": b"a.bin"}, {"name": b"b.br"}, wire.DEPENDS_ENDING),
    "no-name": (hidden_in_brotli, {}, {"name": b"b.BR"}, wire.DEPENDS_ENDING),
    "encoding": (hidden_in_encoding, {}, {"encoding": b"br"}, wire.DEPENDS_ENCODING),
    "type": (hidden_in_form, {"type": b"text/plain"}, {"type": FORM}, wire.DEPENDS_TYPE),
    "upload-type": (hidden_in_form, {"flags": wire.UPLOAD, "type": b"text/plain"},
                    {"flags": wire.UPLOAD, "type": FORM}, wire.DEPENDS_TYPE),
    "page-type": (hidden_in_page, {"type": b"image/png"}, {"type": b"text/html"},
                  wire.DEPENDS_TYPE),
    "second-name": (hidden_in_page, {"name": b"a.png\nb.gif"}, {"name": b"a.png\nb.html"},
                    wire.DEPENDS_ENDING),
    "page-name": (hidden_in_page, {"name": b"a.png"}, {"name": b"a.html"}, wire.DEPENDS_ENDING),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("digest", [True, False], ids=["digest", "no-digest"])
def test_a_fact_that_was_looked_at_parts(server, name, digest):
    make, blind, telling, bit = CASES[name]
    for order in itertools.permutations((blind, telling, blind, telling)):
        body = make()
        for facts in order[:3]:
            reply = wire.scan(server.socket, body, digest=digest, **facts)
            assert reply.depends & bit, (reply, reply.depends)
            if facts is telling:
                assert reply.verdict == "infected", (reply, facts)


def test_facts_that_were_not_looked_at_do_not(server):
    """A file that its bytes tell is not scanned again for another name."""
    body = gzip.compress(samples.unique())
    first = wire.scan(server.socket, body, digest=True, name=b"a.gz")
    assert (first.verdict, first.cached) == ("clean", False)
    again = wire.scan(server.socket, body, digest=True, name=b"another/name.GZ", client=b"::1")
    assert (again.verdict, again.cached) == ("clean", True)
    assert again.depends == first.depends


def test_at_the_same_time(server):
    """Requests that differ in a fact do not share a scan that is under way."""
    body, replies = hidden_in_brotli(), {}

    def one(at):
        name = b"b.br" if at % 2 else b"a.bin"
        replies[at] = wire.scan(server.socket, body, digest=True, name=name)
    threads = [threading.Thread(target=one, args=(at,)) for at in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [replies[at].verdict for at in range(1, 8, 2)] == ["infected"] * 4, replies


def test_the_reply_tells_the_part(server):
    import hashlib
    body = hidden_in_form()
    reply = wire.scan(server.socket, body, type=FORM)
    assert reply.verdict == "infected" and reply.cpu_us > 0
    assert any(reply.part_sha256)
    assert wire.scan(server.socket, EICAR).part_sha256 == bytes(32)
    assert wire.scan(server.socket, samples.unique()).part_sha256 == bytes(32)
    assert reply.part_sha256 != hashlib.sha256(body).digest()
