# SPDX-License-Identifier: GPL-2.0-or-later
"""Parts of a whole: 206 answers, multipart/byteranges, and how they travel (lengths, chunks, preview)."""

from bypass.wrapping import CLEAN, add, infected, infected_or, unscannable

DOWNLOADER = "download managers and players join the parts"
ANSWER = ("RESPMOD",)
PARTIAL = unscannable("partial")
BOTH = ("RESPMOD", "REQMOD")


def part(name, make, opens, expect, benign=None, **http):
    add(make, "range-" + name, opens, expect, benign, family="ranges",
        **{"directions": ANSWER, "status": "206 Partial Content", **http})


def span(first, last, total):
    return (f"Content-Range: bytes {first}-{last}/{total}",)


part("first-half", lambda f: f.data[:34], DOWNLOADER, PARTIAL, PARTIAL, headers=span(0, 33, 68))
part("second-half", lambda f: f.data[34:], DOWNLOADER, PARTIAL, PARTIAL, headers=span(34, 67, 68))
part("single-byte", lambda f: f.data[:1], DOWNLOADER, PARTIAL, PARTIAL, headers=span(0, 0, 68))
part("whole-as-206", lambda f: f.data, "every client", infected(), CLEAN, headers=span(0, 67, 68))
part("start-of-larger", lambda f: f.data, DOWNLOADER, infected_or("partial"), PARTIAL,
     headers=span(0, 67, 1000))
part("unknown-total", lambda f: f.data[:34], DOWNLOADER, PARTIAL, PARTIAL,
     headers=("Content-Range: bytes 0-33/*",))
part("no-content-range", lambda f: f.data[:34], DOWNLOADER, PARTIAL, PARTIAL)
part("content-range-lies", lambda f: f.data[:34], DOWNLOADER, PARTIAL, PARTIAL, headers=span(0, 67, 68))
part("content-range-malformed", lambda f: f.data[:34], DOWNLOADER, PARTIAL, PARTIAL,
     headers=("Content-Range: bytes=0-67/68",))
part("other-unit", lambda f: f.data[:34], "a client of its own", PARTIAL, PARTIAL,
     headers=("Content-Range: items 0-67/68",))
part("two-content-ranges", lambda f: f.data[:34], DOWNLOADER, PARTIAL, PARTIAL,
     headers=span(0, 33, 34) + span(0, 33, 68))
part("content-range-under-200", lambda f: f.data[34:], "lenient download managers", PARTIAL, PARTIAL,
     status="200 OK", headers=span(34, 67, 68))


def byteranges(*pieces, total=68, boundary=b"RANGES"):
    out = b""
    for first, data in pieces:
        out += b"--" + boundary + b"\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes " \
            b"%d-%d/%d\r\n\r\n" % (first, first + len(data) - 1, total) + data + b"\r\n"
    return out + b"--" + boundary + b"--\r\n"


RANGES = {"kind": "multipart/byteranges; boundary=RANGES"}
part("byteranges-halves", lambda f: byteranges((0, f.data[:34]), (34, f.data[34:])),
     "PDF viewers, download managers", infected_or("partial"), PARTIAL, **RANGES)
part("byteranges-reversed", lambda f: byteranges((34, f.data[34:]), (0, f.data[:34])),
     "PDF viewers, download managers", infected_or("partial"), PARTIAL, **RANGES)
part("byteranges-whole-file", lambda f: byteranges((0, f.data)), "PDF viewers, download managers",
     infected_or("partial"), PARTIAL, **RANGES)
part("byteranges-under-200", lambda f: byteranges((0, f.data[:34]), (34, f.data[34:])),
     "PDF viewers, download managers", infected_or("partial"), PARTIAL, status="200 OK", **RANGES)
part("put-second-half", lambda f: f.data[34:], "resumable uploads join the parts", PARTIAL, PARTIAL,
     directions=("REQMOD",), method="PUT", headers=span(34, 67, 68))
part("put-whole", lambda f: f.data, "resumable uploads", infected(), CLEAN, directions=("REQMOD",),
     method="PUT", headers=span(0, 67, 68))


def travels(name, opens="every client", make=lambda f: f.data, **http):
    add(make, "travels-" + name, opens, infected(), family="ranges", **{"directions": BOTH, **http})


def longer(file):
    """EICAR's definition allows white space behind it, up to 128 bytes."""
    return file.data + b"\r\n" * 30


travels("in-one-byte-chunks", chunk=1)
travels("declared-shorter", declared="10")
travels("declared-longer", "the rest is missing, the file is there", declared="100000")
travels("declared-enormous", "the rest is missing, the file is there", declared="99999999999999999999")
travels("declared-negative", "clients that ignore it", declared="-1")
travels("declared-as-text", "clients that ignore it", declared="many")
travels("declared-zero", declared="0")
travels("preview-0", preview=0)
travels("preview-1", preview=1)
travels("preview-in-the-middle", preview=34)
travels("preview-exactly-all", preview=68)
travels("preview-larger", preview=4096)
travels("preview-1-one-byte-chunks", preview=1, chunk=1)
travels("white-space-behind", make=longer, preview=100)
travels("as-html", kind="text/html")
travels("as-image", kind="image/png")
travels("as-video", kind="video/mp4")
travels("as-javascript", kind="application/javascript")
travels("without-content-type", kind="")
travels("content-type-nonsense", kind=";;;\t,")
travels("status-404", directions=ANSWER, status="404 Not Found")
travels("status-500", directions=ANSWER, status="500 Internal Server Error")
travels("status-302", directions=ANSWER, status="302 Found", headers=("Location: http://example.test/",))
