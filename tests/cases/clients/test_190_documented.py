# SPDX-License-Identifier: GPL-2.0-or-later
"""doc/clients.md shows the configurations that the cases here run, and all of them."""

import re

from lib.daemon import CLIENTS
from lib.env import TOP


def test_the_manual_shows_what_is_run():
    text = (TOP / "doc" / "clients.md").read_text(encoding="utf-8")
    shown = dict(re.findall(r"<!-- conf/clients/(\S+) -->\n```\n(.*?)```\n", text, re.DOTALL))
    files = {str(p.relative_to(CLIENTS)): p.read_text(encoding="utf-8")
             for p in CLIENTS.rglob("*") if p.is_file()}
    assert shown == files


def test_the_readme_shows_parts_of_it():
    """Each line of the README's Squid and rspamd configuration is one of those files' lines."""
    text = (TOP / "README.md").read_text(encoding="utf-8")
    for heading, name in (("## Squid", "squid.conf"),
                          ("## rspamd", "rspamd/external_services.conf")):
        section = text.split(heading, 1)[1].split("\n## ", 1)[0]
        lines = [re.sub(r"\s*#.*", "", line).strip() for line in section.splitlines()
                 if line.startswith("    ")]
        known = {re.sub(r"\s*#.*", "", line).strip()
                 for line in (CLIENTS / name).read_text(encoding="utf-8").splitlines()}
        assert lines and not [line for line in lines if line not in known]
