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


def test_the_readme_shows_parts_of_it():
    """Each line of the README's Squid and rspamd configuration is one of those files' lines."""
    text = (TOP / "README.md").read_text(encoding="utf-8")
    for heading, names in (("## Squid", ["squid.conf"]),
                           ("## rspamd", [f"rspamd/{part}" for part in RSPAMD])):
        section = text.split(heading, 1)[1].split("\n## ", 1)[0]
        lines = [re.sub(r"\s*#.*", "", line).strip() for line in section.splitlines()
                 if line.startswith("    ")]
        known = {re.sub(r"\s*#.*", "", line).strip() for name in names
                 for line in (CLIENTS / name).read_text(encoding="utf-8").splitlines()}
        assert lines and not [line for line in lines if line not in known]


def test_the_readme_delivers_nothing_unscanned():
    """What puts a mail off is in the README's own lines for rspamd, not only in the manual."""
    section = (TOP / "README.md").read_text(encoding="utf-8").split("## rspamd", 1)[1]
    section = section.split("\n## ", 1)[0]
    lines = [re.sub(r"\s*#.*", "", line).strip() for line in section.splitlines()
             if line.startswith("    ")]
    for name in ("rspamd/force_actions.conf", "rspamd/options.inc"):
        needed = [re.sub(r"\s*#.*", "", line).strip()
                  for line in (CLIENTS / name).read_text(encoding="utf-8").splitlines()]
        assert not [line for line in needed if line and line not in lines]
