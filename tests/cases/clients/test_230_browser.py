# SPDX-License-Identifier: GPL-2.0-or-later
"""The block page in a real browser (headless Chromium through Squid): what a person reads, in
their language, in their colours; and nothing of a hostile address or file name runs.

Pictures of the pages are kept in the directory EPOST_SCREENSHOTS, if that is set.
"""

import os
import pathlib
import re
import socket

import pytest

from lib import letters, web
from lib.browser import Browser
from lib.eicar import EICAR, EICAR_NAME
from lib.server import Server
from lib.squid import Squid

CONTACT = "postmaster@example.test"
WORDS = {"en": ("Blocked", "threat"), "ja": ("ブロック", "脅威")}
HOSTILE = "<img src=x onerror=alert(1)>\"'><script>document.title='pwned';alert(2)</script>{{url}}"


@pytest.fixture(scope="module")
def server(env):
    with Server(env, "browser", settings={"Contact": CONTACT}) as made:
        yield made


@pytest.fixture(scope="module")
def browsers(env, squid):
    with Browser(env, squid.port, "en") as english, Browser(env, squid.port, "ja") as japanese:
        yield {"en": english, "ja": japanese}


def keep(browser, name):
    """A screenshot; returns its bytes."""
    directory = os.environ.get("EPOST_SCREENSHOTS")
    place = pathlib.Path(directory) if directory else browser.root
    return browser.screenshot(place / f"{name}.png")


@pytest.mark.parametrize("language", ["en", "ja"])
def test_block_page(origin, browsers, language):
    browser = browsers[language]
    url = origin.put("/files/invoice.zip", web.zipped(name="請求書.com"))
    browser.open(url)
    text = browser.text()
    for word in (*WORDS[language], EICAR_NAME, url, CONTACT, "請求書.com"):
        assert word in text, f"{word!r} is not in: {text}"
    assert browser.evaluate("document.documentElement.lang") == language
    assert browser.evaluate("document.title")
    assert browser.evaluate("document.characterSet") == "UTF-8"
    assert browser.requests == [url], f"the page asked for more: {browser.requests}"
    assert not browser.dialogs
    keep(browser, f"block-{language}")


@pytest.mark.parametrize("language", ["en", "ja"])
def test_unscannable_page(make_server, env, origin, language):
    """Says that the content could not be checked, and why, and names no threat; and reads well
    where no contact is configured."""
    server = make_server().start()
    with Squid(env, server.port, service="strict") as squid, \
            Browser(env, squid.port, language) as browser:
        browser.open(origin.put("/secret.zip", letters.encrypted_zip()))
        text = browser.text()
        assert {"en": "could not be checked", "ja": "検査"}[language] in text, text
        assert {"en": "ncrypted", "ja": "暗号"}[language] in text, text
        assert EICAR_NAME not in text
        assert {"en": "Contact your administrator and", "ja": "管理者までお問い合わせ"}[language] in text
        keep(browser, f"unscannable-{language}")


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_page_for_everybody(origin, browsers, language):
    """One main heading inside a landmark, names for what is named, no sideways scrolling on a
    telephone, and enough contrast in both colour schemes (WCAG AA)."""
    browser = browsers[language]
    browser.open(origin.put("/" + "a-rather-long-name-" * 8 + ".com", EICAR))
    tree = browser.accessibility()
    roles = [role for role, _ in tree]
    assert roles.count("main") == 1, tree
    headings = browser.evaluate("[...document.querySelectorAll('h1')].map(h => h.innerText)")
    assert len(headings) == 1 and headings[0], headings
    for width in (320, 1000):
        browser.width(width)
        wide = browser.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{wide} pixels in a window of {width}"
    backgrounds = {}
    for scheme in ("light", "dark"):
        browser.colour(scheme)
        for pixels, name in ((1000, "wide"), (360, "narrow")):
            browser.width(pixels)
            keep(browser, f"{language}-{scheme}-{name}")
        worst, background = browser.evaluate(CONTRAST)
        assert worst[0] >= 4.5, f"{scheme}: {worst}"
        backgrounds[scheme] = background
    assert backgrounds["light"] != backgrounds["dark"]


# [[the worst contrast, its element's text], the page's background]
CONTRAST = """(() => {
  const rgb = c => c.match(/[\\d.]+/g).map(Number);
  const lum = c => { const [r, g, b] = c.map(v => { v /= 255;
    return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const behind = e => { for (; e; e = e.parentElement) {
    const c = rgb(getComputedStyle(e).backgroundColor);
    if (c.length < 4 || c[3] === 1) return c.slice(0, 3); }
    return matchMedia('(prefers-color-scheme: dark)').matches &&
      getComputedStyle(document.documentElement).colorScheme.includes('dark')
      ? [18, 18, 18] : [255, 255, 255]; };
  let worst = [99, ''];
  for (const e of document.querySelectorAll('body *')) {
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
    const a = lum(rgb(getComputedStyle(e).color).slice(0, 3)), b = lum(behind(e));
    const c = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (c < worst[0]) worst = [c, e.innerText];
  }
  return [worst, behind(document.body).join()];
})()"""


def raw_page(squid, url):
    """The block page for an address that no browser would send like this."""
    with socket.create_connection(("127.0.0.1", squid.port), 20) as s:
        s.sendall(f"GET {url} HTTP/1.1\r\nHost: origin.test\r\nConnection: close\r\n\r\n".encode())
        answer = b""
        while data := s.recv(65536):
            answer += data
    head, _, page = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 403"), answer[:500]
    return page


def test_hostile_file_name(origin, browsers):
    """The name of an archive's member is shown as text."""
    browser = browsers["en"]
    browser.open(origin.put("/archive.zip", web.zipped(name=HOSTILE.replace("/", "\u2215"))))
    assert "onerror=alert(1)" in browser.text()
    nothing_ran(browser)


def test_hostile_address(origin, squid, browsers):
    """An address full of HTML is shown as text, even where the page's own headers (which forbid
    scripts) are lost: the page is served here again, without them."""
    browser = browsers["en"]
    path = "/x?" + re.sub(r"\s", "/", HOSTILE)
    origin.put(path, EICAR)
    page = raw_page(squid, origin.url(path))
    browser.open(origin.put("/copy.html", page, kind="text/html; charset=utf-8"))
    assert "onerror=alert(1)" in browser.text()
    nothing_ran(browser)


def nothing_ran(browser):
    assert not browser.dialogs, browser.dialogs
    assert browser.evaluate("document.title") != "pwned"
    assert browser.evaluate("document.querySelectorAll('script, img, iframe, form').length") == 0
    asked = [url for url in browser.requests if not url.endswith("/favicon.ico")]
    assert len(asked) == 1, browser.requests


def test_page_forbids_everything(origin, squid):
    """The page's own headers: no scripts, no framing tricks, nothing from outside."""
    reply = squid.get(origin.put("/plain.com", EICAR))
    web.blocked(reply)
    policy = reply.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'") and "script" not in policy, policy
    assert not re.search(rb"<script|<link|<iframe|\bon[a-z]+=|url\(|src=", reply.body), reply.body
