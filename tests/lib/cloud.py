# SPDX-License-Identifier: GPL-2.0-or-later
"""File servers that ask an ICAP server about uploads: what each of them sends, how each reads
the answer, and what it then believes. Written after their behaviour, weaknesses included: what
these readers misunderstand, a user's file server misunderstands.

Every client returns Result: "clean", "infected" or "failed" (the file server reports an error
and keeps the file out), with what it shows the user.
"""

import collections
import re
import socket

Result = collections.namedtuple("Result", "outcome details")


def _headers(*lines):
    return "".join(f"{line}\r\n" for line in lines).encode() + b"\r\n"


class _Stream:
    """A connection read by lines and by counts, blocking to its deadline."""

    def __init__(self, port, timeout):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        self.file = self.socket.makefile("rb")

    def close(self):
        self.file.close()
        self.socket.close()


# ---------------------------------------------------------------------- Nextcloud files_antivirus

def nextcloud(port, service, body, *, mode="reqmod", path="/bob/files/a.bin", piece=1 << 20,
              header="X-Infection-Found", timeout=30):
    """Reads only to `Encapsulated`, which must therefore come last; never reads a 204's
    headers; a verdict is the configured header or "403 Forbidden" in the HTTP status line."""
    req = _headers(f"{'PUT' if mode == 'reqmod' else 'GET'} {path} HTTP/1.0", "Host: nextcloud")
    res = b"" if mode == "reqmod" else _headers("HTTP/1.0 200 OK", "Content-Length: 1")
    parts = f"req-hdr=0, req-body={len(req)}" if mode == "reqmod" else \
        f"req-hdr=0, res-hdr={len(req)}, res-body={len(req) + len(res)}"
    stream = _Stream(port, timeout)
    try:
        stream.socket.sendall(_headers(
            f"{mode.upper()} icap://127.0.0.1/{service} ICAP/1.0", "Allow: 204",
            "X-Client-IP: 192.0.2.9", f"Encapsulated: {parts}", "Transfer-Encoding: chunked",
            "Host: 127.0.0.1", "User-Agent: NC-AV-CLIENT", "Connection: close") + req + res)
        for at in range(0, max(len(body), 1), piece):  # an empty file is an empty chunk: the end
            data = body[at:at + piece]
            stream.socket.sendall(b"%x\r\n%s\r\n" % (len(data), data))
        stream.socket.sendall(b"0\r\n\r\n")
        return _nextcloud_answer(stream.file, header)
    finally:
        stream.close()


def _nextcloud_answer(file, header):
    line = file.readline().decode("latin-1").strip()
    match = re.match(r"ICAP/(\d+)\.(\d+) (\d+) (\S+)", line)
    if not match:
        return Result("failed", f"Unknown ICAP response: {line!r}")
    code, headers, status = int(match[3]), {}, ""
    if code != 204:
        headers = _nextcloud_headers(file)
        offsets = [p.strip().split("=") for p in headers.get("Encapsulated", "").split(",") if p]
        length = next((int(at) for _, at in offsets if at != "0"), 0)
        # The blank line behind Encapsulated was not read: it is the first of these bytes.
        status = file.read(length).decode("latin-1").strip().splitlines()[0] if length else ""
    if code in (500,) and headers.get("X-Error-Code"):
        return Result("failed", f"could not be scanned: {headers['X-Error-Code']}")
    if code not in (200, 204):
        return Result("failed", "Invalid response from ICAP server")
    if headers.get(header):
        return Result("infected", headers[header])
    if "403 Forbidden" in status[1:] or "403 VirusFound" in status[1:]:
        return Result("infected", "")
    return Result("clean", "")


def _nextcloud_headers(file):
    headers, before = {}, ""
    while line := file.readline().decode("latin-1"):
        line = line.strip()
        if line == "" and before == "":
            break
        name, _, value = line.partition(": ")
        if name:
            headers[name] = value
        if name == "Encapsulated":
            break
        before = line
    return headers


# ------------------------------------------------------------------ ownCloud 10 files_antivirus

def owncloud(port, service, body, *, header="X-Infection-Found"):
    """One chunk, read to the end of the connection; two seconds of silence are an end too."""
    req = b"PUT / HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n"
    stream = _Stream(port, 2)
    answer = b""
    try:
        stream.socket.sendall(_headers(
            f"REQMOD icap://127.0.0.1/{service} ICAP/1.0", "Allow: 204", "Host: 127.0.0.1",
            "User-Agent: ownCloud-icap-client/0.1.0", "Connection: close",
            f"Encapsulated: req-hdr=0, req-body={len(req)}")
            + req + b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))
        while data := stream.socket.recv(2048):
            answer += data
    except TimeoutError:
        pass
    finally:
        stream.close()
    if not answer.startswith(b"ICAP/"):
        return Result("failed", "Unknown ICAP response")
    head, _, rest = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name: value for name, _, value in (line.partition(": ") for line in lines)}
    if re.split(" +", first)[1] not in ("200", "204"):
        return Result("failed", "AV failed!")
    if headers.get(header):
        return Result("infected", headers[header])
    if b"403 Forbidden" in rest.split(b"\r\n\r\n")[0][1:]:
        return Result("infected", "")
    return Result("clean", "")


# -------------------------------------------------------------------------- ownCloud Infinite Scale

CONTINUE, UNMODIFIED = b"ICAP/1.0 100 Continue\r\n\r\n", b"ICAP/1.0 204 Unmodified"


def ocis(port, service, body, *, name="a.bin", timeout=20):
    """OPTIONS and then REQMOD with the preview it offers, each on a connection of its own. An
    answer ends for it with exactly CONTINUE, with UNMODIFIED anywhere, or where a read happens
    to end in `0` and an empty line; anything else it waits for until its timeout."""
    options = _ocis_ask(port, [_headers(f"OPTIONS icap://127.0.0.1:{port}/{service} ICAP/1.0",
                                        "Encapsulated: null-body=0")], timeout)
    if isinstance(options, Result):
        return options
    preview = int(options.get("Preview", "0"))
    req = _headers(f"POST http://ocis.test/data/{name} HTTP/1.1", "Host: ocis.test",
                   f"Content-Length: {len(body)}", "Content-Type: application/octet-stream")
    head = _headers(f"REQMOD icap://127.0.0.1:{port}/{service} ICAP/1.0", "Allow: 204",
                    f"Encapsulated: req-hdr=0, req-body={len(req)}",
                    *([f"Preview: {preview}"] if preview else [])) + req
    fits = not preview or len(body) <= preview
    first = body if fits else body[:preview]
    end = b"0; ieof\r\n\r\n" if preview and fits else b"0\r\n\r\n"
    stages = [head + _chunk(first) + end]
    if not fits:
        stages.append(_chunk(body[preview:]) + b"0\r\n\r\n")
    headers = _ocis_ask(port, stages, timeout)
    if isinstance(headers, Result):
        return headers
    if "X-Infection-Found" in headers:
        match = re.search("Threat=(.*);", headers["X-Infection-Found"])
        return Result("infected", match[1] if match else "")
    return Result("clean", "")  # whatever the status is


def _chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data) if data else b""


def _ocis_ask(port, stages, timeout):
    """The answer's headers, or a Result when there is none."""
    stream = _Stream(port, timeout)
    try:
        for i, stage in enumerate(stages):
            stream.socket.sendall(stage)
            answer = _ocis_read(stream.socket)
            if answer != CONTINUE or i + 1 == len(stages):
                break
    except OSError as e:
        return Result("failed", repr(e))
    finally:
        stream.close()
    headers = {}
    for line in answer.decode("latin-1").split("\r\n")[1:]:
        if line.startswith("HTTP/"):
            break
        key, _, value = line.partition(": ")
        if key:
            headers[key] = value
    return headers if answer else Result("failed", "no answer")


def _ocis_read(sock):
    answer = b""
    while data := sock.recv(1096):
        answer += data
        if answer == CONTINUE or answer.endswith(b"0\r\n\r\n") or UNMODIFIED in answer:
            break
    return answer
