# SPDX-License-Identifier: GPL-2.0-or-later
"""Rules about names and kinds of files inside of what is sent: who may have them, and when."""

import base64
import email.message
import io
import json
import random
import struct
import tarfile
import zipfile

import pytest

from lib import expect, icap, procs, samples, wire
from lib.server import Server

RULES = """# what this case sets
pass name allowed-*.exe
block name *.exe group=guests
block name *.js
block name *.lnk host=.strict-host.test
block name *.iso client=192.0.2.0/24
block kind double-extension
block kind right-to-left
block kind macro host=.nomacro.test
block kind encrypted host=.noencrypted.test
mark name *.one
block kind unknown-type host=.known.test
"""
GROUPS = base64.b64encode(b"Local://guests").decode()


def zipped(*names, data=b"harmless\n"):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, name in enumerate(names):
            archive.writestr(name, data + b"%d %d" % (number, len(samples.unique())))
    return out.getvalue()


def tarred(*names):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name in names:
            info, data = tarfile.TarInfo(name), samples.unique()
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def mail(*names, data=b"the same bytes under every name\n"):
    message = email.message.EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@x.test", "b@x.test", "files"
    message.set_content("see attachments")
    for name in names:
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


@pytest.fixture(scope="module")
def ruled(env):
    server = Server(env, "rules", settings={"LogFormat": "json"})
    server.write_exceptions(RULES)
    try:
        server.start()
        yield server
        server.stop()
    finally:
        server.kill()


def logged(server, url):
    def found():
        lines = map(json.loads, server.text("epost_av.log").splitlines())
        return [line for line in lines if line.get("url") == url]
    return procs.wait_until(found, 10 * server.env.slow, server.describe)[-1]


COUNT = iter(range(10000))


def ask(server, body, *, host="plain.test", **more):
    url = f"http://{host}/{next(COUNT)}/download"
    request = icap.respmod(body, url=url, **more)
    return request, server.exchange(request), logged(server, url)


def blocked(server, body, rule, **more):
    _, answer, event = ask(server, body, **more)
    expect.blocked(answer)
    assert event["reason"] == "block-listed" and event["action"] == "block", event
    assert event["rule"].startswith(rule), event
    assert rule.split()[1] in answer.body.decode("utf-8"), "the page names the rule"
    return event


def passes(server, body, **more):
    request, answer, event = ask(server, body, **more)
    expect.clean(request, answer)
    assert event["action"] == "pass"
    return event


@pytest.mark.parametrize("pack", (zipped, tarred, mail))
def test_names_inside(ruled, pack):
    blocked(ruled, pack("readme.txt", "run.js"), "name *.js: run.js")
    blocked(ruled, pack("a.txt", "RUN.JS"), "name *.js: RUN.JS")
    passes(ruled, pack("a.txt", "b.css"))


def test_names_in_nested_archives(ruled):
    inner = zipped("deep.js")
    blocked(ruled, outer(inner), "name *.js: deep.js")
    blocked(ruled, mail("inner.zip", data=inner), "name *.js: deep.js")


def outer(inner):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("directory/inner.zip", inner)
    return out.getvalue()


def test_the_same_bytes_under_two_names(ruled):
    """A mail's second attachment is the first one under another name."""
    blocked(ruled, mail("a.txt", "b.js"), "name *.js: b.js")


def test_the_name_of_the_body_itself(ruled):
    url = "http://plain.test/files/run.js"
    answer = ruled.exchange(icap.respmod(samples.unique(), url=url))
    expect.blocked(answer)
    assert logged(ruled, url)["rule"] == "name *.js: run.js"


def test_group_host_client(ruled):
    body = zipped("setup.exe")
    passes(ruled, body)
    guests = [f"X-Authenticated-Groups: {GROUPS}"]
    event = blocked(ruled, body, "name *.exe: setup.exe", headers=guests)
    assert event["groups"] == ["guests"]
    passes(ruled, zipped("allowed-1.exe"), headers=guests)
    passes(ruled, zipped("x.lnk"))
    blocked(ruled, zipped("x.lnk"), "name *.lnk", host="www.strict-host.test")
    passes(ruled, zipped("x.iso"))
    blocked(ruled, zipped("x.iso"), "name *.iso", headers=["X-Client-IP: 192.0.2.7"])


def test_a_cached_verdict_is_judged_anew(ruled):
    """The same bytes for two persons: each gets what their rules say."""
    body = zipped("cached.exe")
    guests = [f"X-Authenticated-Groups: {GROUPS}"]
    passes(ruled, body)
    assert blocked(ruled, body, "name *.exe", headers=guests)["cached"]
    passes(ruled, body)


def test_tricks(ruled):
    blocked(ruled, zipped("invoice.pdf.scr"), "kind double-extension")
    blocked(ruled, zipped("photo\u202egpj.scr"), "kind right-to-left")
    blocked(ruled, mail("invoice.pdf.scr"), "kind double-extension")
    blocked(ruled, mail("photo\u202egpj.scr"), "kind right-to-left")
    passes(ruled, zipped("jquery.min.css", "\u05e9\u05dc\u05d5\u05dd.txt"))


def test_macros(ruled):
    document = zipped("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin")
    passes(ruled, document)
    blocked(ruled, document, "kind macro", host="nomacro.test")


def parts(types, *names):
    """A document in XML with that list of parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", types)
        for name in names:
            archive.writestr(name, b"part %d" % len(samples.unique()))
    return out.getvalue()


def workbook(*records):
    """Records of BIFF8 in an OLE2 file of four sectors."""
    stream = b"".join(struct.pack("<HH", kind, len(data)) + data for kind, data in records)
    stream = stream.ljust(4096, b"\0")
    end, free, table = 2**32 - 2, 2**32 - 1, 2**32 - 3

    def entry(name, kind, child, start, size):
        wide = name.encode("utf-16-le") + b"\0\0"
        return (wide.ljust(64, b"\0") + struct.pack("<HBBIII", len(wide), kind, 1, free, free, child) +
                bytes(36) + struct.pack("<IQ", start, size)) if name else bytes(128)
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack(
        "<HHHHH6xIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, end, 0, end, 0)
    head += struct.pack("<109I", 0, *[free] * 108)
    chain = [table, end, *range(3, 10), end]
    return (head + struct.pack("<128I", *chain, *[free] * (128 - len(chain))) +
            entry("Root Entry", 5, 1, end, 0) + entry("Workbook", 2, free, 2, 4096) + bytes(256) + stream)


BOF = 0x0809, struct.pack("<HHHHII", 0x0600, 5, 0, 0, 0, 0)
SHEETS = {name: (0x0085, struct.pack("<IBBBB", place, 0, kind, 2, 0) + b"S1")
          for name, place, kind in (("sheet", 60000, 0), ("macro", 60000, 1), ("lies", 34, 0))}
MACRO_BOF = 0x0809, struct.pack("<HHHHII", 0x0600, 0x0040, 0, 0, 0, 0)
EOF = 0x000A, b""


def test_excel_4_macros(ruled):
    """In BIFF, as the list of sheets says or the sheet itself, and in XML, whatever the part's name."""
    passes(ruled, workbook(BOF, SHEETS["sheet"], EOF), host="nomacro.test")
    for document in (workbook(BOF, SHEETS["macro"], EOF), workbook(BOF, SHEETS["sheet"], EOF, MACRO_BOF),
                     workbook(BOF, SHEETS["lies"], EOF, MACRO_BOF),
                     zipped("readme.txt", data=workbook(BOF, SHEETS["macro"], EOF))):
        passes(ruled, document)
        blocked(ruled, document, "kind macro", host="nomacro.test")
    for kind in ("application/vnd.ms-excel.macrosheet+xml", "application/vnd.ms-excel.intlmacrosheet",
                 "application/vnd.ms-office.vbaProject"):
        types = f'<Types><Override PartName="/xl/x.bin" ContentType="{kind}"/></Types>'
        for text in (types.encode(), types.upper().encode(), types.encode("utf-16")):
            blocked(ruled, parts(text, "xl/workbook.xml", "xl/x.bin"), "kind macro", host="nomacro.test")
    passes(ruled, parts(b"<Types/>", "xl/workbook.xml"), host="nomacro.test")


def test_encrypted(ruled):
    closed = next(p for p in (samples.testfiles()) if p.name == "clam.zip").read_bytes()
    assert closed  # an ordinary one has no such fact
    zip_file = bytearray(zipped("secret.txt"))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = zip_file.index(mark) + at
        zip_file[place] |= 1  # "encrypted", in both headers
    request, answer, event = ask(ruled, bytes(zip_file))
    assert event["verdict"] == "unscannable" and event["reason"] == "encrypted", event
    blocked(ruled, bytes(zip_file), "kind encrypted", host="noencrypted.test")


def test_marked(ruled):
    request, answer, event = ask(ruled, zipped("notes.one"))
    assert event["action"] == "pass" and event["rule"] == "name *.one: notes.one"
    assert answer.headers.get("X-Epost-AV-Rule"), answer.headers
    expect.clean(request, answer)


def test_a_threat_goes_before_every_rule(ruled):
    from lib.eicar import EICAR
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("allowed-1.exe", EICAR)
    _, answer, event = ask(ruled, out.getvalue())
    expect.infected(answer)
    assert event["reason"] == "signature"


def noise(size=5000):
    """Of no type that anybody knows: no mark, no text."""
    return b"\x05\x02\xa9\x01" + random.Random(size).randbytes(size)


def upload(data):
    return (b'--x\r\nContent-Disposition: form-data; name="f"; filename="a.dat"\r\n\r\n' + data + b"\r\n--x--\r\n",
            "multipart/form-data; boundary=x")


def test_a_file_of_no_known_type(ruled):
    """A note in the log, and a rule can ask for it: a body, an attachment, a part of an upload."""
    event = passes(ruled, noise())
    assert event["detail"] == "no known type", event
    assert passes(ruled, mail("a.dat", data=noise()))["detail"] == "no known type: mail > a.dat"
    body, kind = upload(noise(6000))
    assert "no known type" in passes(ruled, body, kind=kind)["detail"]
    for body in (noise(), mail("a.dat", data=noise())):
        blocked(ruled, body, "kind unknown-type", host="www.known.test")


def test_what_is_known_is_not_unknown(ruled):
    """Text, a picture, what libmagic knows, a few bytes; and a member of an archive."""
    for body in (b"plain text\n" * 30, b"\x89PNG\r\n\x1a\n" + noise(), b"\0asm\1\0\0\0" + noise(), b"\xd4\xc3\xb2\xa1\2\0\4\0" +
                 bytes(20) + noise(), "さくら\n".encode("utf-16") * 90, noise(5), zipped("x.dat", data=noise())):
        event = passes(ruled, body, host="www.known.test")
        assert "no known type" not in event.get("detail", ""), (body[:20], event)


def test_an_ordinary_source_tree_is_decided(ruled):
    """Many names; and one that would be blocked is found among them."""
    names = [f"src/module{i}/file{i}.{e}" for i in range(300) for e in ("c", "h", "txt", "png")]
    passes(ruled, zipped(*names))
    blocked(ruled, zipped(*names, "src/zzz/last.js"), "name *.js: *.js")


def test_the_list_is_bounded(ruled):
    """More kinds of names than there is room for: not clean, as a rule cannot be decided."""
    names = [f"x{i}.e{i:x}" for i in range(1500)]
    reply = wire.scan(ruled.socket, zipped(*names))
    assert reply.flags & wire.MEMBERS_CUT and len(str(reply.members)) < 20000
    _, answer, event = ask(ruled, zipped(*names), service="strict")
    assert (event["verdict"], event["reason"]) == ("unscannable", "limit"), event
    expect.blocked(answer)


def test_mistakes_keep_what_holds(ruled):
    told = RULES.count("\n") + 1
    for line in ("block name *.pdf color=red\n", "block name *.pdf time=9-17\n", "skip name *.pdf\n"):
        ruled.write_exceptions(RULES + line)
        before = ruled.text("server.log").count(f"exceptions:{told}")
        ruled.command("epost_av:reload")
        procs.wait_until(lambda b=before: ruled.text("server.log").count(f"exceptions:{told}") > b,
                         20 * ruled.env.slow, ruled.describe)
        passes(ruled, zipped("x.pdf"))
        blocked(ruled, zipped("still.js"), "name *.js")
    ruled.write_exceptions(RULES + "block name *.pdf\n")
    ruled.command("epost_av:reload")

    def holds():
        return ask(ruled, zipped("x.pdf"))[2]["action"] == "block"
    procs.wait_until(holds, 20 * ruled.env.slow, ruled.describe)
    ruled.write_exceptions(RULES)
