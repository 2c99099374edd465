# SPDX-License-Identifier: GPL-2.0-or-later
"""Judges answers: what is not clean must stand in explained.tsv, and be at most 0.2 %. What has no
verdict in the end is a fault of its own: it is explained by nothing, and no reading of the content."""

import collections
import fnmatch
import pathlib

EXPLAINED = pathlib.Path(__file__).parent / "explained.tsv"
CEILING = 0.002


def explained(path=EXPLAINED):
    """[(label pattern, reason, why it is right)]"""
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()
            if line and not line.startswith("#")]
    bad = [row for row in rows if len(row) != 3 or not row[2].strip()]
    if bad:
        raise ValueError(f"explained.tsv: not pattern, reason, why: {bad}")
    return rows


def is_explained(answer, rows):
    return any(fnmatch.fnmatchcase(answer.item.label, pattern) and answer.reason == reason
               for pattern, reason, _ in rows)


class Report:
    """Counts answers as they come. new: those that nothing explains."""

    def __init__(self, rows):
        self.rows, self.new, self.not_clean = rows, [], []
        self.asked, self.later = collections.Counter(), collections.Counter()
        self.kinds = collections.defaultdict(collections.Counter)

    def add(self, answer):
        self.asked[answer.service] += 1
        self.later[answer.service] += answer.asked > 1 and not answer.pending
        word = "clean" if answer.clean else f"{answer.verdict}:{answer.reason}"
        self.kinds[answer.item.kind, answer.service][word] += 1
        if not answer.clean:
            self.not_clean.append(answer)
            if answer.verdict == "error" or not is_explained(answer, self.rows):
                self.new.append(answer)

    def over(self):
        """Services of which more than the ceiling is not clean."""
        counts = collections.Counter(a.service for a in self.not_clean)
        return {s: counts[s] for s in self.asked if counts[s] > CEILING * self.asked[s]}

    def good(self):
        return bool(self.asked) and not self.new and not self.over()

    def lines(self):
        counts = collections.Counter(a.service for a in self.not_clean)
        for service, asked in sorted(self.asked.items()):
            errors = sum(a.verdict == "error" for a in self.not_clean if a.service == service)
            yield (f"{service}: {asked} asked, {counts[service]} not clean ({100 * counts[service] / asked:.3f} %), "
                   f"{errors} of them without a verdict; {self.later[service]} had theirs later")
        yield ""
        for (kind, service), words in sorted(self.kinds.items()):
            rest = ", ".join(f"{w} {n}" for w, n in words.most_common() if w != "clean")
            yield f"{kind:18s} {service:5s} {sum(words.values()):5d}  {rest or 'all clean'}"
        yield ""
        for a in sorted(self.not_clean, key=lambda a: (a.reason, a.item.label, a.service)):
            mark = "NEW " if a in self.new else "    "
            yield f"{mark}{a.service:5s} {a.verdict}:{a.reason}\t{a.item.label}\t{a.part}"
