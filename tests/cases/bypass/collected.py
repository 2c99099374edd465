# SPDX-License-Identifier: GPL-2.0-or-later
"""Cases that were collected elsewhere: a directory of bodies with an INDEX.json, each with EICAR as the
program named in "opens" takes it out, and a rank from 5 (everyone's program by itself) to 1 (contrived)."""

import collections
import json
import pathlib
from dataclasses import dataclass

from lib import icap


@dataclass(frozen=True)
class Collected:
    name: str
    rank: int
    opens: str
    body: bytes
    index: dict

    def request(self, service):
        index = self.index
        lines = [f"Content-Type: {index.get('ctype', 'application/octet-stream')}", f"Content-Length: {len(self.body)}",
                 *index.get("extra", [])]
        url = index.get("url", "http://www.example.com/file.bin")
        block = "\r\n".join(["Host: www.example.com", *lines]).encode("utf-8") + b"\r\n\r\n"
        if index.get("mode", "RESPMOD") == "REQMOD":
            head = f"{index.get('method', 'POST')} {url} HTTP/1.1\r\n".encode() + block
            return icap.Request("REQMOD", service, req=head, body=self.body, allow="204")
        res = b"HTTP/1.1 200 OK\r\n" + block.split(b"\r\n", 1)[1]
        return icap.Request("RESPMOD", service, req=icap.http_get(url), res=res, body=self.body, allow="204")


def read(directory):
    rows = json.loads(pathlib.Path(directory, "INDEX.json").read_text(encoding="utf-8"))
    return [Collected(row["name"], row["rank"], row["opens"], pathlib.Path(directory, row["file"]).read_bytes(), row)
            for row in rows]


def table(cases, columns):
    """columns: {title: {name: word}}. One row a rank and title: how often each kind of word."""
    lines = ["| rank | | cases | found | said not to be readable | error or blocked | passed as clean |",
             "|---|---|---|---|---|---|---|"]
    for rank in sorted({case.rank for case in cases}, reverse=True):
        chosen = [case.name for case in cases if case.rank == rank]
        for title, words in columns.items():
            count = collections.Counter(kind_of(words[name]) for name in chosen)
            lines.append(f"| {rank} | {title} | {len(chosen)} | " +
                         " | ".join(str(count[k]) for k in ("found", "said", "error", "clean")) + " |")
    return "\n".join(lines)


def kind_of(word):
    if word.startswith("unscannable"):
        return "said"
    return {"infected": "found", "found": "found", "clean": "clean", "passed": "clean"}.get(word, "error")


def missed(cases, words):
    """Cases of rank 3 and more that pass as clean, and those that are only reported as unreadable."""
    clean = [f"| {c.name} | {c.rank} | {c.opens.replace('|', '/')} |" for c in cases if kind_of(words[c.name]) == "clean"]
    said = [f"| {c.name} | {c.rank} | {words[c.name]} |" for c in cases
            if c.rank >= 3 and kind_of(words[c.name]) in ("said", "error")]
    return clean, said
