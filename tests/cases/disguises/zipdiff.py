# SPDX-License-Identifier: GPL-2.0-or-later
"""ZIP: the fourteen kinds of ambiguity that ZipDiff (USENIX Security 2025) names, with EICAR in
each place that one reader or another takes: a1-a5 what two headers say of one member, b1-b4 names,
c1-c5 where the archive begins, ends and what it lists."""

import itertools
import struct
import zlib

from bypass.formats.zips import deflate
from disguises.case import EVIL, disguise
from disguises.ziprecords import ALL_FF, FF16, FF32, Archive, Central, End, Local, crc_patch, end64, locator64, member

STRICT = {"name": "x.zip", "service": "strict", "kind": "application/zip"}
SOME = "unzip, 7-Zip, bsdtar, unar, Python, Java or a Node library"
DATA = EVIL.data


def other(letter):
    """Harmless, as long as EICAR."""
    return (letter * 68).encode()


def places(*letters):
    """For each letter, the contents of all of them with EICAR under that one."""
    for here in letters:
        yield here, {letter: DATA if letter == here else other(letter) for letter in letters}


@disguise(4, SOME, **STRICT)
def a1_two_methods():
    local, central = member(b"test", DATA, 8)
    local.method, local.packed = 0, 68
    yield "local-stored", bytes(Archive([(local, central)]))
    local, central = member(b"test", DATA, 8)
    central.method, central.packed = 0, 68
    yield "central-stored", bytes(Archive([(local, central)]))
    local, central = member(b"test", DATA, 0)
    local.method = 8
    yield "local-deflated", bytes(Archive([(local, central)]))
    local, central = member(b"test", DATA, 0)
    central.method = 8
    yield "central-deflated", bytes(Archive([(local, central)]))


def confused(bits, descriptor, in_local, in_central):
    """One member whose sizes are zero, moved to zip64 or told behind it, in each header by itself."""
    data = DATA + crc_patch(DATA)
    packed = deflate(data) if bits & 1 else data
    local, central = member(b"test", data, 8 if bits & 1 else 0)
    local.crc = central.crc = 0
    if descriptor is not None:
        sizes = (0 if descriptor & 1 else len(packed), 0 if descriptor & 2 else len(data))
        local.flags = central.flags = 8
        local.descriptor = struct.pack("<4sIQQ" if descriptor & 4 else "<4sIII", b"PK\7\10", 0, *sizes)
    for header, shift in ((local, 1), (central, 3)):
        header.packed = 0 if bits >> shift & 1 else header.packed
        header.size = 0 if bits >> shift & 2 else header.size
    for header, moved in ((local, in_local), (central, in_central)):
        body = b""
        if moved & 2:
            body += struct.pack("<Q", header.size)
            header.size = FF32
        if moved & 1:
            body += struct.pack("<Q", header.packed)
            header.packed = FF32
        if body:
            header.extra = struct.pack("<HH", 1, len(body)) + body
    return bytes(Archive([(local, central)]))


@disguise(3, SOME, **STRICT)
def a2_two_sizes():
    """Every seventh of the 4,608 ways, and all without descriptor in which both headers agree."""
    every = itertools.product(range(32), [None, *range(8)], range(4), range(4))
    for number, (bits, descriptor, in_local, in_central) in enumerate(every):
        agree = descriptor is None and in_local == in_central and (bits >> 1 & 3) == (bits >> 3 & 3)
        if number % 13 == 0 or agree:
            name = f"{bits:02x}-{'n' if descriptor is None else descriptor}-{in_local}{in_central}"
            yield name, confused(bits, descriptor, in_local, in_central)
    extra = struct.pack("<HHQQ", 1, 16, 68, 68) + struct.pack("<HHQQ", 1, 16, 0, 0)
    local, central = member(b"test", DATA, extra=extra)
    for header in (local, central):
        header.packed = header.size = FF32
    yield "two-zip64-fields", bytes(Archive([(local, central)]))
    local.extra = central.extra = struct.pack("<HHQQ", 1, 16, 0, 0) + struct.pack("<HHQQ", 1, 16, 68, 68)
    yield "two-zip64-fields-zero-first", bytes(Archive([(local, central)]))


def unicode_path(name, text, version=1, crc=None):
    body = struct.pack("<BI", version, zlib.crc32(name) if crc is None else crc) + text
    return struct.pack("<HH", 0x7075, len(body)) + body


@disguise(4, SOME, **STRICT)
def a3_two_names():
    local, central = member(b"lfh.com", DATA)
    central.name = b"cdh.txt"
    yield "local-central", bytes(Archive([(local, central)]))
    for name, crc, version in (("up", None, 1), ("up-version-0", None, 0), ("up-version-2", None, 2), ("up-wrong-crc", 0, 1)):
        local, central = member(b"original.txt", DATA)
        local.extra, central.extra = (unicode_path(b"original.txt", t, version, crc) for t in (b"lfh.com", b"cdh.com"))
        yield name, bytes(Archive([(local, central)]))
        local.flags = central.flags = 0x800
        yield f"{name}-utf8", bytes(Archive([(local, central)]))
    extra = unicode_path(b"o", b"a.com") + unicode_path(b"o", b"b.com")
    yield "up-twice", bytes(Archive([member(b"o", DATA, extra=extra)]))


@disguise(4, SOME, **STRICT)
def a4_file_or_directory():
    for name, path in (("slash", b"test/"), ("backslash", b"test\\"), ("slashes", b"test//"), ("dot", b"test/."), ("only-slash", b"/")):
        for method in (0, 8):
            yield f"{name}-{method}", bytes(Archive([member(path, DATA, method)]))
            yield f"{name}-{method}-local-only", bytes(Archive([tuple(map(rename, member(path, DATA, method), (None, b"test.com")))]))
    for number, (attribute, system) in enumerate(itertools.product((0x10, 0x4000 << 16, 0x41ED << 16, 0xA1FF << 16, 0x1000 << 16),
                                                                   (0, 3 << 8, 19 << 8, 11 << 8))):
        for method in (0, 8):
            local, central = member(b"test", DATA, method)
            central.attributes, central.made = attribute, 20 | system
            yield f"attributes-{number}-{method}", bytes(Archive([(local, central)]))


def rename(header, name):
    header.name = header.name if name is None else name
    return header


@disguise(4, SOME, **STRICT)
def a5_encrypted_or_not():
    for name, marks in (("local", (1, 0)), ("central", (0, 1)), ("both", (1, 1)), ("strong-local", (0x41, 0)), ("strong-central", (0, 0x41)),
                        ("masked-central", (0, 0x2000))):
        for method in (0, 8):
            local, central = member(b"test", DATA, method)
            local.flags, central.flags = marks
            yield f"{name}-{method}", bytes(Archive([(local, central)]))
    archive = Archive().add(b"first", other("a"), flags=1).add(b"second", DATA)
    yield "first-encrypted", bytes(archive)


@disguise(4, SOME, **STRICT)
def b_names():
    """b1 the same name twice, b2 odd bytes in it, b3 paths that mean the same, b4 letter case."""
    for first in (True, False):
        contents = (DATA, other("b")) if first else (other("a"), DATA)
        where = "first" if first else "second"
        pairs = {"b1-same": (b"test", b"test"), "b4-case": (b"test.com", b"test.COM")}
        for number, path in enumerate((b"/a/b", b"a//b", b"a\\b", b"./a/b", b"a/./b", b"a/b/.", b"../a/b", b".../a/b", b"c/../a/b")):
            pairs[f"b3-path-{number}"] = (b"a/b", path)
            pairs[f"b3-path-{number}-turned"] = (path, b"a/b")
        for name, names in pairs.items():
            yield f"{name}-{where}", bytes(Archive().add(names[0], contents[0]).add(names[1], contents[1], 8))
    for byte in (0, 1, 9, 10, 13, 0x1A, 0x1F, 0x20, 0x22, 0x2A, 0x3A, 0x3C, 0x3F, 0x5C, 0x7C, 0x7F, 0x80, 0xC0, 0xFF):
        for system in (0, 3 << 8):
            local, central = member(bytes([97, byte, 98]), DATA)
            central.made |= system
            yield f"b2-byte-{byte:02x}-{system >> 8}", bytes(Archive([(local, central)]))
    yield "b2-empty-name", bytes(Archive([member(b"", DATA)]))
    yield "b2-only-dots", bytes(Archive([member(b"..", DATA)]))


@disguise(4, SOME, **STRICT)
def c1_stream_or_directory():
    for here, text in places("a", "b"):
        archive = Archive().add(b"a", text["a"]).add(b"b", text["b"]).place()
        cut = Archive(archive.pairs[:1])
        yield f"unlisted-{here}", archive.files + cut.directory + bytes(End(1, len(cut.directory), len(archive.files)))
        late = Archive(archive.pairs[1:])
        yield f"unlisted-first-{here}", archive.files + late.directory + bytes(End(1, len(late.directory), len(archive.files)))
        yield f"none-listed-{here}", archive.files + bytes(End(0, 0, len(archive.files)))
        yield f"no-directory-{here}", archive.files
        yield f"no-end-{here}", archive.files + archive.directory
    for here, text in places("a", "b", "c"):
        archive = Archive().add(b"a", text["a"]).add(b"b", text["b"]).add(b"c", text["c"]).place()
        (first, listed), (second, _), _ = archive.pairs
        first.data += bytes(listed)
        second.data += bytes(End(1, len(bytes(listed)), 99))
        yield f"fake-records-{here}", bytes(archive)
    for here, text in places("a", "b", "c"):
        yield f"in-comments-{here}", in_comments(text)
    for overlap, (here, text) in itertools.product((False, True), places("a", "b")):
        yield f"other-start-{'overlap-' if overlap else ''}{here}", other_start(text, overlap)


def in_comments(text):
    """The second member lies in the comment of its own entry, the third in that of the archive."""
    first, listed = member(b"a", text["a"])
    second, entry2 = member(b"b", text["b"])
    third, entry3 = member(b"c", text["c"])
    at = len(bytes(first))
    entry2.comment = bytes(second)
    entry2.offset = at + len(bytes(listed)) + len(bytes(Central(b"b")))
    size = len(bytes(listed) + bytes(entry2) + bytes(entry3))
    entry3.offset = at + size + 22
    return bytes(first) + bytes(listed) + bytes(entry2) + bytes(entry3) + bytes(End(3, size, at, comment=bytes(third)))


def other_start(text, overlap):
    """A member inside the bytes of another; the directory that lists it is in the comment."""
    inner, entry = member(b"a", text["a"])
    archive = Archive().add(b"junk", bytes(inner)).add(b"b", text["b"]).place()
    outer = bytes(archive)
    entry.offset = 34
    listed = bytes(entry) + (archive.directory if overlap else b"")
    tail = listed + bytes(End(3 if overlap else 1, len(listed), len(outer)))
    return outer[:-2] + struct.pack("<H", len(tail)) + tail


@disguise(4, SOME, **STRICT)
def c2_which_end():
    for lie, (here, text) in itertools.product(("long", "short", "mismatch"), places("a", "b", "c")):
        size = len(bytes(Archive().add(b"a", text["a"]))) + 1
        out = b""
        for number, letter in enumerate("abc"):
            archive = Archive().add(letter.encode(), text[letter]).place(number * size)
            length = size * (2 - number) + 1
            if letter != "b":
                length += {"long": 1, "short": -1, "mismatch": 0}[lie]
                if lie == "mismatch":
                    archive.pairs[0][1].version = 10
            out += archive.files + archive.directory + bytes(archive.end(comment=b"\0", comment_size=length))
        yield f"{lie}-{here}", out
    for here, text in places("a", "b"):
        first, second = Archive().add(b"a", text["a"]), Archive().add(b"b", text["b"])
        one = bytes(first)
        yield f"behind-each-other-{here}", one + bytes(second.place(len(one)))
        yield f"behind-each-other-own-offsets-{here}", one + bytes(Archive().add(b"b", text["b"]))
        inner = bytes(second.place(len(one)))
        yield f"second-in-comment-{here}", one[:-2] + struct.pack("<H", len(inner)) + inner


@disguise(4, SOME, **STRICT)
def c3_how_many():
    for bits, (here, text) in itertools.product(range(1, 8), places("a", "b")):
        archive = Archive().add(b"a", text["a"]).add(b"b", text["b"]).place()
        size = len(bytes(archive.pairs[0][1])) if bits & 4 else len(archive.directory)
        end = archive.end(count=2 - (bits & 1), total=2 - (bits >> 1 & 1), size=size)
        yield f"{bits}-{here}", archive.files + archive.directory + bytes(end)
    archive = Archive().add(b"a", DATA).place()
    for count in (0, 2, 9, 65535):
        yield f"count-{count}", archive.files + archive.directory + bytes(archive.end(count=count))


def c4_groups(text):
    """Directory where the end says, or right before the end; with offsets as told, or moved."""
    stream, streamed = member(b"stream", text["stream"])
    told, listed = member(b"eocdr", text["told"])
    width = len(bytes(listed)) - len(bytes(Local(b"adjac", b"")))
    before, after = text["before"], text["after"]
    adjacent = [member(b"adjac", (d + b" " * 99)[:80 if width < 80 else width]) for d in (before, after)]
    _, entry = adjacent[0]
    own = adjacent[1][0]
    own.crc = entry.crc = 0x12345678
    adjacent[0][0].crc = 0x12345678
    first = bytes(stream) + bytes(streamed)
    listed.offset = len(first)
    entry.offset = listed.offset + len(bytes(told))
    second = bytes(told) + bytes(adjacent[0][0])
    at = len(first) + len(second)
    return first + second + bytes(listed), bytes(own) + bytes(entry), at, len(bytes(entry))


def c4_places():
    for here in ("stream", "told", "before", "after"):
        yield here, {k: DATA if k == here else other(k[0]) for k in ("stream", "told", "before", "after")}


@disguise(3, SOME, **STRICT)
def c4_where_the_directory_is():
    for here, text in c4_places():
        head, tail, at, size = c4_groups(text)
        yield here, head + tail + bytes(End(1, size, at))
    archive = Archive().add(b"a", DATA).place()
    for shift in (-1, 1, 50, 4096):
        end = archive.end(offset=max(0, len(archive.files) + shift))
        yield f"offset-off-by-{shift}", archive.files + archive.directory + bytes(end)
    for size in (0, 1, 9999):
        yield f"size-{size}", archive.files + archive.directory + bytes(archive.end(size=size))


@disguise(4, SOME, **STRICT)
def c5_zip64():
    for bits in range(64):
        letters = "acd" if bits & 32 else "abc"
        for here, text in places(*letters):
            yield f"records-{bits:02d}-{here}", two_ends(bits, text, letters)
    for here, text in places("a", "b"):
        yield f"locator-or-search-{here}", locator_or_search(text)
        for bits in range(1, 8):
            archive = Archive().add(b"a", text["a"]).add(b"b", text["b"]).place()
            size = len(bytes(archive.pairs[0][1])) if bits & 4 else len(archive.directory)
            body = archive.files + archive.directory
            record = end64(2 - (bits & 1), size, len(archive.files), total=2 - (bits >> 1 & 1))
            yield f"count-{bits}-{here}", body + record + locator64(len(body)) + bytes(ALL_FF)
    for here, text in c4_places():
        head, tail, at, size = c4_groups(text)
        body = head + tail
        yield f"offset-{here}", body + end64(1, size, at) + locator64(len(body)) + bytes(ALL_FF)
        yield f"offset-moved-{here}", body + end64(1, size, at) + locator64(len(head)) + bytes(ALL_FF)
    shown = Archive().add(b"x.txt", other("x")).place()
    start = shown.files + shown.directory
    hidden = Archive().add(b"a.com", DATA).place(len(start))
    body = start + hidden.files + hidden.directory
    record = end64(1, len(hidden.directory), len(start) + len(hidden.files))
    yield "second-directory", body + record + locator64(len(body)) + bytes(ALL_FF)
    yield "second-directory-offset-told", body + record + locator64(len(body)) + bytes(shown.end(size=FF32)), {"rank": 3}
    yield "only-in-zip64", hidden_only()
    yield "version-2-record", body + record[:12] + b"\x3e\0\x3e\0" + record[16:] + locator64(len(body)) + bytes(ALL_FF)
    yield "comment-behind", body + record + locator64(len(body)) + bytes(End(FF16, FF32, FF32, FF16, FF16, b"a comment"))
    yield "offset-ff-in-entry", offset_in_extra()


def two_ends(bits, text, letters):
    """The zip64 record tells another directory than the old end record does."""
    more = bits & 32
    first, second = Archive(), Archive()
    for letter in letters[:1] if more else letters[:2]:
        first.add(letter.encode(), text[letter])
    for letter in letters[1:] if more else letters[2:]:
        second.add(letter.encode(), text[letter])
    first.place()
    plain = first.files + first.directory
    second.place(len(plain))
    body = plain + second.files + second.directory
    hidden = second.files + second.directory + end64(len(second.pairs), len(second.directory), len(plain) + len(second.files)) + \
        locator64(len(body)) + (b"\0" if bits & 16 else b"")
    first.pairs[-1][1].comment = hidden
    size = len(first.directory)
    out = first.files + first.directory
    end = End(FF16 if bits & 2 else len(first.pairs), FF32 if bits & 4 else size, FF32 if bits & 8 else len(first.files),
              None, FF16 if bits & 1 else 0)
    return out + bytes(end)


def locator_or_search(text):
    first = Archive().add(b"a", text["a"]).place()
    plain = first.files + first.directory
    second = Archive().add(b"b", text["b"]).place(len(plain))
    body = plain + second.files + second.directory
    inner = end64(1, len(first.directory) + len(second.files + second.directory) + 62 + 6, len(first.files))
    outer = end64(1, len(second.directory), len(plain) + len(second.files), struct.pack("<HI", 0x1337, len(inner)))
    first.pairs[0][1].comment = second.files + second.directory + outer
    out = first.files + first.directory
    inner = end64(1, len(first.directory), len(first.files))
    return out + inner + locator64(len(body)) + bytes(ALL_FF)


def hidden_only():
    archive = Archive().add(b"a.com", DATA).place()
    body = archive.files + archive.directory
    return body + end64(1, len(archive.directory), len(archive.files)) + locator64(len(body)) + bytes(ALL_FF)


def offset_in_extra():
    archive = Archive().add(b"a.txt", other("a")).add(b"b.com", DATA, 8).place()
    entry = archive.pairs[1][1]
    entry.extra = struct.pack("<HHQ", 1, 8, entry.offset)
    entry.offset = FF32
    return archive.files + archive.directory + bytes(archive.end())
