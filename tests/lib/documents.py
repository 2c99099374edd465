# SPDX-License-Identifier: GPL-2.0-or-later
"""The links of Markdown documents to other files and to headings."""

import re

LINK = re.compile(r"\]\(([^)\s]+)\)")


def _links(document):
    return [link for link in LINK.findall(document.read_text(encoding="utf-8"))
            if not re.match("[a-z]+:", link)]


def _anchors(document):
    """The names that its headings get: lower case, without punctuation, "-" for a space."""
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
            for heading in re.findall(r"(?m)^#+ +(.*?) *$", document.read_text(encoding="utf-8"))}


def count_links(directory):
    return sum(len(_links(document)) for document in directory.glob("*.md"))


def broken_links(directory):
    """Those of the documents in this directory (not below it) that lead nowhere."""
    broken = []
    for document in sorted(directory.glob("*.md")):
        for link in _links(document):
            name, _, anchor = link.partition("#")
            target = document.parent / name if name else document
            if not target.exists() or (anchor and anchor not in _anchors(target)):
                broken.append(f"{document.name}: {link}")
    return broken
