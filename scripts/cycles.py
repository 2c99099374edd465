# SPDX-License-Identifier: GPL-2.0-or-later
"""Finds files that need each other in a circle.

A file is NAME.c with NAME.h. No files of a directory may call each other in a circle, and no headers
include each other in one. In the directories of BY_INCLUDE calls and includes are looked at together:
there a file is above all that it knows of. A function that is called by a pointer makes no circle:
so the readers of inspect/ give what they find in a container to inspect.c.
"""
import re

BY_INCLUDE = ("kasp", "scanner")
ATTRIBUTE = re.compile(r"__attribute__\s*\(\((?:[^()]|\([^()]*\))*\)\)")
DEFINITION = re.compile(r"^(?!static\b|typedef\b|#)[A-Za-z_][^\n;={}()]*?\b(\w+)\([^;{}]*\)\s*\{", re.M)
WORD = re.compile(r"[A-Za-z_]\w+")


def unit(path):
    return path.rsplit(".", 1)[0]


def calls(sources):
    """{file: {file that it needs: the function}} of {path: code without comments and strings}."""
    defined, declared, graph = {}, set(), {}
    for path, code in sources.items():
        code = ATTRIBUTE.sub("", code)
        if path.endswith(".c"):
            for name in DEFINITION.findall(code):
                defined.setdefault((path.split("/")[0], name), unit(path))
        else:
            declared.update(re.findall(r"\b(\w+)\(", code))
    for path, code in sources.items():
        if path.endswith(".c"):
            for word in sorted(set(WORD.findall(code)) & declared):
                there = defined.get((path.split("/")[0], word), unit(path))
                if there != unit(path):
                    graph.setdefault(unit(path), {})[there] = word
    return graph


def includes(sources):
    """The same for includes, which the code still has."""
    graph = {}
    for path, code in sources.items():
        top = path.split("/")[0]
        if path.endswith(".h") or top in BY_INCLUDE:
            for header in re.findall(r'^#include\s+"([^"]+)"', code, re.M):
                if header in sources and header.split("/")[0] == top and unit(header) != unit(path):
                    graph.setdefault(unit(path), {})[unit(header)] = "includes it"
    return graph


def graphs(sources):
    """The graphs in which no circle may be."""
    called, included = calls(sources), includes(sources)
    strict = {file: {**edges, **called.get(file, {})} for file, edges in included.items()
              if file.split("/")[0] in BY_INCLUDE}
    return [{**called, **strict}, included]


def cycles(graph):
    """The groups of files that need each other in a circle (Tarjan), each sorted."""
    number, lowest, stack, found = {}, {}, [], []

    def visit(file):
        number[file] = lowest[file] = len(number)
        stack.append(file)
        for other in graph.get(file, ()):
            if other not in number:
                visit(other)
            if other in stack:
                lowest[file] = min(lowest[file], lowest[other])
        if lowest[file] == number[file]:
            at = stack.index(file)
            group = sorted(stack[at:])
            del stack[at:]
            if len(group) > 1:
                found.append(group)

    for file in list(graph):
        if file not in number:
            visit(file)
    return found


def words(graph, group):
    """One line about a circle: who needs whom, and why."""
    return "; ".join("%s -> %s (%s)" % (file, other, why) for file in group
                     for other, why in sorted(graph.get(file, {}).items()) if other in group)
