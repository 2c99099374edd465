# SPDX-License-Identifier: GPL-2.0-or-later
"""XML that means harm: as an index with a true signature (a mirror's key in wrong hands), as an
index without one, and as the source list. Refused in a moment and in little memory."""
import pytest

from lib import mirrorfaults as faults, slowness
from lib.mirrorset import Key
from lib.site import CONFIG, REFUSED, manifest, wants

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
SHA = "0" * 64


def index(body="", head=HEAD, serial=2, root="bases", more=""):
    return (f'{head}<{root} version="1" name="bases" serial="{serial}" '
            f'created="CREATED" expires="EXPIRES"{more}>\n{body}</{root}>\n')


def file(name="a.ndb", size="5", sha=SHA, more=""):
    return f'  <file name="{name}" size="{size}" sha256="{sha}"{more}/>\n'


def laughs(levels=12):
    lines = ["<!DOCTYPE bases [<!ENTITY l0 'ha'>"]
    for i in range(1, levels):
        lines.append(f"<!ENTITY l{i} '{f'&l{i - 1};' * 10}'>")
    return HEAD + "\n".join(lines) + "]>\n"


HOSTILE = {
    "dtd": index(file(), HEAD + "<!DOCTYPE bases>\n"),
    "dtd-with-file": index(file(), HEAD + '<!DOCTYPE bases SYSTEM "file:///etc/passwd">\n'),
    "dtd-with-url": index(file(), HEAD + '<!DOCTYPE bases SYSTEM "http://127.0.0.1:1/x.dtd">\n'),
    "billion-laughs": index("&l11;" + file(), laughs()),
    "quadratic": index("&a;" * 2000, HEAD + f"<!DOCTYPE b [<!ENTITY a '{'x' * 20000}'>]>\n"),
    "external-entity": index("&x;", HEAD + '<!DOCTYPE b [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
    "parameter-entity": index(file(), HEAD + '<!DOCTYPE b [<!ENTITY % p "<!ENTITY q 1>"> %p;]>'),
    "unknown-entity": index(file("a&nope;.ndb")),
    "deep": index("<file>" * 20000 + "</file>" * 20000),
    "deep-unclosed": index("<file>" * 100000),
    "many-elements": index("".join(file(f"f{i}.ndb") for i in range(1100))),
    "many-attributes": index(file(more="".join(f' a{i}="1"' for i in range(20000)))),
    "long-attribute": index(file("a" * 900000 + ".ndb")),
    "long-name": index(f"<{'f' * 900000}/>"),
    "unknown-element": index(file() + "<script/>"),
    "unknown-attribute": index(file(more=' href="http://127.0.0.1/"')),
    "twice-the-attribute": index(file(more=' size="6"')),
    "xinclude": index('<x:include xmlns:x="http://www.w3.org/2001/XInclude" href="/etc/passwd"/>'),
    "namespace": index(file(), more=' xmlns="http://evil/"'),
    "cdata": index("<![CDATA[text]]>" + file()),
    "text": index("text" + file()),
    "wrong-root": index(file(), root="sources"),
    "empty": "",
    "no-files": index(),
    "nonsense": "this is not xml",
    "nul": index(file("a\0b.ndb")),
    "nul-at-end": index(file()) + "\0",
    "behind-the-end": index(file()) + index(file()),
    "controls": index(file("a\x01.ndb")),
    "path": index(file("../../etc/passwd.ndb")),
    "absolute": index(file("/etc/x.ndb")),
    "backslash": index(file("a\\b.ndb")),
    "dot": index(file(".ndb")),
    "not-loadable": index(file("a.exe")),
    "same-name": index(file() * 2),
    "same-place": index(file("x.cvd") + file("x.cld")),
    "negative-size": index(file(size="-1")),
    "zero-size": index(file(size="0")),
    "huge-size": index(file(size="99999999999999999999999")),
    "terabyte": index(file(size=str(1 << 40))),
    "hex-size": index(file(size="0x10")),
    "short-hash": index(file(sha="00")),
    "upper-hash": index(file(sha="A" * 64)),
    "path-as-hash": index(file(sha="../" * 21 + "a")),
    "version-2": index(file()).replace('<bases version="1"', '<bases version="2"'),
    "serial-0": index(file(), serial=0),
    "serial-2^63": index(file(), serial=1 << 63),
    "no-serial": index(file()).replace(' serial="2"', ""),
}
ENCODED = {
    "utf-16": index(file(), HEAD.replace("UTF-8", "UTF-16")).encode("utf-16"),
    "utf-16-under-utf-8": index(file()).encode("utf-16-le"),
    "utf-32": index(file()).encode("utf-32"),
    "utf-7": index(file(), HEAD.replace("UTF-8", "UTF-7")).encode("utf-7"),
    "unknown-encoding": index(file(), HEAD.replace("UTF-8", "X-NONE")).encode(),
    "broken-utf-8": index(file("a\xff.ndb")).encode("latin-1"),
    "overlong-utf-8": index(file("aQ.ndb")).encode().replace(b"Q", b"\xc0\xaf"),
    "surrogates": index(file("aQ.ndb")).encode().replace(b"Q", b"\xed\xa0\x80"),
    "latin-1": index(file("a\xe9.ndb"), HEAD.replace("UTF-8", "ISO-8859-1")).encode("latin-1"),
}
ALL = {**{n: t.encode() for n, t in HOSTILE.items()}, **ENCODED}


def dated(data, mirror):
    """The document with the dates of the mirror's true index."""
    claim = dict(f.split(":", 1) for f in mirror.claim().split())
    for mark in ("CREATED", "EXPIRES"):
        value = claim[mark.lower()]
        for encoding in ("utf-8", "utf-16-le", "utf-32-le"):
            data = data.replace(mark.encode(encoding), value.encode(encoding))
    return data


@pytest.mark.parametrize("name", ALL)
def test_as_an_index_with_a_true_signature(site, mirror, name):
    data = dated(ALL[name], mirror)
    claim = mirror.claim().replace("serial:1", "serial:2")
    mirror.sign(data, claim)
    outcome = wants(site.update(), REFUSED)
    assert outcome.seconds < slowness.scaled(5) and site.files() == mirror.sets[0], outcome
    assert "passwd" not in outcome.text or "passwd" in name or name in ("path", "xinclude"), outcome
    assert len(outcome.text) < 5000, len(outcome.text)
    assert all(c.isprintable() or c in "\n\t" for c in outcome.text), repr(outcome.text)


@pytest.mark.parametrize("name", ["billion-laughs", "deep-unclosed", "dtd-with-url", "utf-16"])
def test_without_a_signature_it_is_not_even_read(site, mirror, name):
    (mirror.directory / "index.xml").write_bytes(dated(ALL[name], mirror))
    wants(site.update(), REFUSED, "signature")
    assert site.files() == mirror.sets[0]


def test_an_index_of_more_than_a_mebibyte(site, mirror):
    data = mirror.index() + b"<!-- " + b"x" * (1 << 20) + b" -->\n"
    mirror.sign(data)
    wants(site.update(), REFUSED)


@pytest.mark.heavy
def test_a_gigabyte_of_attribute(site, mirror, server):
    """Signed or not, nobody reads past the ceiling."""
    def huge(x):
        x.head(200, {})
        x.send(b'<bases version="')
        block = b"1" * (1 << 20)
        for _ in range(1024):
            if not x.send(block):
                return
    server.fault = faults.only("index.xml", huge)
    outcome = wants(site.update(), REFUSED)
    assert outcome.seconds < slowness.scaled(10)


def sources(body, head=HEAD, more=""):
    return f'{head}<sources version="1"{more}>\n{body}</sources>\n'


URL = "http://127.0.0.1:1/"
KEY = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3"
GOOD = f'<manifest name="a"><mirror url="{URL}"/><key>{KEY}</key></manifest>\n'
# name: (document, line that the message must name or None, word in it)
LISTS = {
    "dtd": (sources(GOOD, HEAD + "<!DOCTYPE sources>\n"), 2, ""),
    "billion-laughs": (sources("&l11;", laughs()), None, ""),
    "external-entity": (sources("&x;", HEAD + '<!DOCTYPE s [<!ENTITY x SYSTEM "/etc/passwd">]>'),
                        2, ""),
    "empty": (sources(""), None, ""), "nothing": ("", None, ""),
    "deep": (sources("<manifest>" * 50000), None, ""),
    "unknown-element": (sources(GOOD + "<manifold/>"), 4, "manifold"),
    "unknown-attribute": (sources(GOOD.replace('"a"', '"a" colour="red"')), 3, "colour"),
    "no-key": (sources(GOOD.replace(f"<key>{KEY}</key>", "")), 3, "key"),
    "no-mirror": (sources(GOOD.replace(f'<mirror url="{URL}"/>', "")), 3, "mirror"),
    "bad-key": (sources(GOOD.replace(KEY, KEY[:-4])), 3, "key"),
    "short-key": (sources(GOOD.replace(KEY, "RWQ=")), 3, "key"),
    "too-many-keys": (sources(GOOD.replace(f"<key>{KEY}</key>", f"<key>{KEY}</key>" * 9)), 3, "key"),
    "file-and-text": (sources(GOOD.replace("<key>", '<key file="/dev/null">')), 3, "key"),
    "eight-keys-and-one": (sources(GOOD.replace(
        "</key>", "</key>" + f"<key>{KEY}</key>" * 6 + f'<key file="KEYFILE">{KEY}</key>')), 3, "key"),
    "twice-the-name": (sources(GOOD * 2), 4, "taken"),
    "ftp": (sources(GOOD.replace("http://", "ftp://")), 3, "ftp"),
    "file-url": (sources(GOOD.replace("http://", "file://")), 3, "file"),
    "password-in-url": (sources(GOOD.replace("//", "//u:p@")), 3, ""),
    "open-range": (sources(GOOD.replace("127.0.0.1", "dnl{00..19.x")), 3, ""),
    "range-backwards": (sources(GOOD.replace("127.0.0.1", "dnl{19..00}.x")), 3, ""),
    "endless-range": (sources(GOOD.replace("127.0.0.1", "dnl{0..999999999}.x")), 3, ""),
    "two-ranges": (sources(GOOD.replace("127.0.0.1", "dnl{0..9}.{0..9}.x")), 3, ""),
    "bad-time": (sources(GOOD.replace('"a"', '"a" interval="soon"')), 3, "interval"),
    "bad-size": (sources(GOOD.replace('"a"', '"a" maxSize="99999999G"')), 3, "maxSize"),
    "plain-http-url": (sources('<url name="u"><file url="http://127.0.0.1/x.ndb"/></url>'), 3,
                       "insecure"),
    "url-without-name": (sources('<url name="u"><file url="https://127.0.0.1/?x"/></url>'), 3,
                         "name"),
    "url-with-ign2": (sources('<url name="u"><file url="https://127.0.0.1/x.ign2"/></url>'), 3,
                      "ign2"),
    "nul": (sources(GOOD.replace('"a"', '"a\0"')), None, ""),
    "version": (sources(GOOD).replace('version="1"', 'version="9"'), 2, "version"),
    "not-closed": (sources(GOOD).replace("</sources>", ""), None, ""),
}


@pytest.mark.parametrize("name", LISTS)
def test_as_a_source_list(site, mirror, place, name):
    document, line, word = LISTS[name]
    key = Key(place, "eighth")
    site.sources_file.write_text(document.replace("KEYFILE", str(key.public)), encoding="utf-8")
    for args in ((), ("--check",)):
        outcome = wants(site.update(*args), CONFIG, word, "sources.xml")
        assert line is None or f"line {line}" in outcome.text, outcome
        assert outcome.seconds < slowness.scaled(5) and len(outcome.text) < 5000
    assert site.files() == mirror.sets[0]


def test_source_lists_that_are_right(site, server, mirror, place):
    key = Key(place, "file")
    site.use(manifest(server.url, key=[mirror.key.text, KEY], interval="0", maxSize="1G"))
    wants(site.update(), 1)
    text = site.sources_file.read_text("utf-8").replace(f"<key>{KEY}</key>",
                                                        f'<key file="{key.public}"/><!-- two -->')
    site.sources_file.write_text(text, encoding="utf-8")
    wants(site.update(), 1)
