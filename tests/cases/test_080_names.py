# SPDX-License-Identifier: GPL-2.0-or-later
"""Hostile names and headers: nothing of them reaches a page, a header or the log as it came."""

import pytest

from lib import expect, icap, procs
from lib.eicar import EICAR

SCRIPT = "<script>alert(1)</script>"
URLS = {"script": f"http://evil.test/{SCRIPT}\"'><img src=x onerror=alert(2)>",
        "percent": "http://evil.test/%3Cscript%3Ealert(1)%3C/script%3E%00%0d%0aX-Evil:%201",
        "long": "http://evil.test/" + "a" * 8000,
        "utf8": "http://evil.test/\u898b\u7a4d\u202egnp.exe",
        "quotes": "http://evil.test/a\"b\\c key=value",
        "format": "http://evil.test/%s%n%x%VVN%VU",
        "template": "http://evil.test/%VU%VVN${threat}{{threat}}@THREAT@"}


@pytest.mark.parametrize("name", URLS)
def test_block_page_escapes(server, name):
    """The page shows the URL as text; headers stay one line."""
    for make in (icap.respmod, icap.reqmod):
        request = make(EICAR, url=URLS[name].replace(" ", "%20"))
        response = server.exchange(request)
        page = expect.blocked(response)
        assert SCRIPT not in page and "<img src=x" not in page
        assert "\u202e" not in page
        assert "X-Evil" not in response.headers
        for key, value in response.headers.lines:
            assert value.isascii(), (key, value)


def test_hostile_header_values(server):
    """Names from Content-Disposition and odd types reach neither page nor log unescaped."""
    for line in (f"Content-Disposition: attachment; filename=\"{SCRIPT}.exe\"",
                 "Content-Disposition: attachment; filename*=UTF-8''%E8%A6%8B%00%0a%1b[31m",
                 "Content-Disposition: " + "x" * 9000,
                 "X-Odd: \x1b[31m\x07"):
        response = server.exchange(icap.respmod(EICAR, http_headers=[line]))
        page = expect.blocked(response)
        assert SCRIPT not in page and "\x1b" not in page


def test_log_stays_one_line_a_transaction(server):
    """Line breaks, quotes and escape sequences in what clients send cannot forge a line."""
    marks = []
    for i, evil in enumerate(("%0aforged=1", "\\x0aforged", "a\"b' c", "\x1b[2J", "\u2028forged")):
        url = f"http://log{i}.test/{evil}".replace(" ", "%20")
        marks.append(f"log{i}.test")
        request = icap.respmod(EICAR, url=url, headers=[f"X-Authenticated-User: u\x1b{i}"])
        server.exchange(request)

    def lines():
        return server.text("epost_av.log").splitlines()
    for mark in marks:
        procs.wait_until(lambda m=mark: any(m in line for line in lines()), 10, server.describe)
        found = [line for line in lines() if mark in line]
        assert len(found) == 1, found
        assert found[0].isprintable() or all(c.isprintable() or c == "\t" for c in found[0])
    assert not [line for line in lines() if line.startswith("forged")]


@pytest.mark.parametrize("language,mark", [("en", "lang=\"en"), ("ja", "lang=\"ja"),
                                           ("ja-JP,ja;q=0.9,en;q=0.5", "lang=\"ja"),
                                           ("fr", "lang=\"en"), ("", "lang=\"en"),
                                           ("../../../etc/passwd", "lang=\"en"),
                                           ("en;q=0, ja", "lang=\"ja"), ("a" * 5000, "lang=\"en")])
def test_language_of_the_page(server, language, mark):
    headers = [f"Accept-Language: {language}"] if language else []
    request = icap.Request("RESPMOD", "avscan", req=icap.http_get(headers=headers),
                           res=icap.http_ok(68), body=EICAR)
    page = expect.blocked(server.exchange(request))
    assert mark in page.replace("'", "\""), page[:300]
