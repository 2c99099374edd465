# SPDX-License-Identifier: GPL-2.0-or-later
"""doc/clients.md shows the configurations that the cases here run, and all of them."""

import re

from lib.daemon import CLIENTS
from lib.env import TOP


RSPAMD = ("external_services.conf", "force_actions.conf", "options.inc")


def test_the_manual_shows_what_is_run():
    text = (TOP / "doc" / "clients.md").read_text(encoding="utf-8")
    shown = dict(re.findall(r"<!-- conf/clients/(\S+) -->\n```\n(.*?)```\n", text, re.DOTALL))
    files = {str(p.relative_to(CLIENTS)): p.read_text(encoding="utf-8")
             for p in CLIENTS.rglob("*") if p.is_file()}
    assert shown == files


def shown_in_readme(heading):
    """Lines of configuration below a heading, without remarks; [] without the heading."""
    text = (TOP / "README.md").read_text(encoding="utf-8")
    section = text.partition(f"\n## {heading}")[2].split("\n## ", 1)[0]
    return [re.sub(r"\s*#.*", "", line).strip() for line in section.splitlines()
            if line.startswith("    ")]


def lines_of(*names):
    return [re.sub(r"\s*#.*", "", line).strip() for name in names
            for line in (CLIENTS / name).read_text(encoding="utf-8").splitlines()]


def test_the_readme_shows_parts_of_it():
    """Each line of the README's Squid configuration is one of that file's lines."""
    shown = shown_in_readme("Squid")
    assert shown and not set(shown) - set(lines_of("squid.conf"))


def test_rspamd_is_shown_whole_or_not_at_all():
    """A reader who copies a part would deliver what was not scanned: see the manual for all of it."""
    shown = shown_in_readme("rspamd")
    needed = lines_of("rspamd/force_actions.conf", "rspamd/options.inc")
    assert not shown or not [line for line in needed if line and line not in shown]
    manual = (TOP / "doc/clients.md").read_text(encoding="utf-8").split("\n## rspamd", 1)[1]
    manual = [re.sub(r"\s*#.*", "", line).strip() for line in manual.split("\n## ", 1)[0].splitlines()]
    assert not [line for line in needed if line and line not in manual]


def facts_of(name):
    """The parts that must not differ between languages: commands, links and figures of tables."""
    text = (TOP / name).read_text(encoding="utf-8")
    code = [re.sub(r"\s*#.*", "", line) for line in text.splitlines() if line.startswith("    ")]
    links = set(re.findall(r"\]\(([^)]+)\)", text)) - {"README.md", "README.ja.md"}
    figures = [re.findall(r"\d[\d,.]*\d|\d", line.split("|", 2)[2]) for line in text.splitlines()
               if line.startswith("| ")]
    return code, links, figures


def test_the_japanese_readme_says_the_same():
    code, links, figures = facts_of("README.ja.md")
    english = facts_of("README.md")
    assert code == english[0] and links == english[1]
    assert figures == english[2]
    for name in links:
        path = name.partition("#")[0]
        assert name.startswith("https:") or (TOP / path).exists(), name
