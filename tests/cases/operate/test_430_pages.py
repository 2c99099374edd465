# SPDX-License-Identifier: GPL-2.0-or-later
"""The pages in a real browser: five answers above the fold, two languages, light and dark, no
script, nothing from elsewhere, contrast, hostile values. EPOST_SHOTS names a directory for pictures."""

import os
import pathlib
import time

import pytest

from lib.browser import Browser
from lib.eicar import EICAR
from lib import icap, procs
from lib.monitor import TOKEN, transaction

SHOTS = os.environ.get("EPOST_SHOTS")
FOLD = {360: 640, 1280: 720}

# Relative luminance and contrast as WCAG 2 defines them, of every text on the page.
CONTRAST = """(() => {
  const parse = c => c.match(/[0-9.]+/g).map(Number);
  const lum = c => { const f = v => { v /= 255; return v <= .03928 ? v / 12.92 :
      Math.pow((v + .055) / 1.055, 2.4); };
    return .2126 * f(c[0]) + .7152 * f(c[1]) + .0722 * f(c[2]); };
  const ground = e => { for (; e; e = e.parentElement) {
      const c = parse(getComputedStyle(e).backgroundColor);
      if (c.length < 4 || c[3] > 0) return c; } return [255, 255, 255]; };
  let worst = [99, ''];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let n; n = walk.nextNode();) {
    if (!n.textContent.trim() || n.parentElement.closest('svg')) continue;
    const a = lum(parse(getComputedStyle(n.parentElement).color)), b = lum(ground(n.parentElement));
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < worst[0]) worst = [ratio, n.textContent];
  }
  return worst;
})()"""


@pytest.fixture(scope="module")
def filled(env, request):
    """A monitor with some events, among them hostile ones."""
    from lib.monitor import Monitor
    with Monitor(env, "pages") as monitor:
        now = int(time.time() * 1000)
        for i in range(60):
            monitor.send(transaction(i, time=now - i * 1200000, host=f"www{i % 7}.example.test",
                                     name=f"file{i}.exe", sha256="ab" * 32))
        for i in range(40):
            monitor.send(transaction(100 + i, time=now - i * 900000, verdict="unscannable",
                                     reason=("encrypted", "max-body-size", "container", "partial")[i % 4],
                                     action="pass", part="mail > invoice.zip > letter.doc"))
        monitor.send(transaction(
            500, name="<script>alert(1)</script>\u202egpj.exe", user='"><img src=x onerror=alert(2)>',
            part="mail > <b>x</b> > ' onmouseover=alert(3) '", threat="</td><script>alert(4)</script>",
            url="javascript:alert(5)", host="&lt;x", message_id="<id@example.test>"))
        monitor.send({"time": now, "event": "reload-failed", "node": "gate",
                      "detail": "daily.cld is broken: <script>alert(6)</script>"})
        monitor.wait_stored()
        yield monitor


@pytest.fixture(scope="module")
def browser(env, filled):
    """It has the token, and whatever it asks of another host goes to a port that nobody serves."""
    with Browser(env, 1, flags=("--proxy-bypass-list=127.0.0.1", )) as made:
        made.call("Network.setExtraHTTPHeaders", headers={"Authorization": f"Bearer {TOKEN}"})
        yield made


def shot(browser, name):
    if SHOTS:
        directory = pathlib.Path(SHOTS)
        directory.mkdir(parents=True, exist_ok=True)
        browser.screenshot(directory / f"{name}.png")


def url(monitor, path):
    return f"http://127.0.0.1:{monitor.port}{path}"


@pytest.mark.parametrize("width", sorted(FOLD))
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_five_answers_above_the_fold(browser, filled, width, scheme, language):
    browser.width(width, FOLD[width])
    browser.colour(scheme)
    browser.open(url(filled, f"/?lang={language}"))
    shot(browser, f"status-{language}-{scheme}-{width}")
    boxes = browser.evaluate(
        "[...document.querySelectorAll('.answers li')].map(e => {const r = "
        "e.getBoundingClientRect(); return [r.left, r.right, r.bottom]})")
    assert len(boxes) == 5
    for left, right, bottom in boxes:
        assert left >= 0 and right <= width and bottom <= FOLD[width], boxes
    assert browser.evaluate("document.documentElement.scrollWidth") <= width
    assert browser.evaluate("document.documentElement.lang") == language
    ratio, text = browser.evaluate(CONTRAST)
    assert ratio >= 4.5, (ratio, text)
    body = browser.text()
    questions = {"en": ("Healthy?", "Signatures' age?", "Blocked today?", "Passed unscanned today?",
                        "Slow?"),
                 "ja": ("正常に動作中?", "パターンの古さ?", "本日の遮断数?", "本日の未検査通過数?",
                        "遅くないか?")}[language]
    for question in questions:
        assert question in body
    assert all(one.startswith(f"http://127.0.0.1:{filled.port}/") for one in browser.requests)
    assert {one.rsplit("/", 1)[1].split("?")[0] for one in browser.requests} <= \
        {"", "style.css", "icon.svg"}


@pytest.mark.parametrize("path", ["/events?lang=en", "/events?lang=ja&host=www1*", "/event?id=65f0c2a1-1b3c-1f4",
                                  "/event?id=65f0c2a1-1b3c-64&lang=ja", "/events?name=no.such.name"])
@pytest.mark.parametrize("width", sorted(FOLD))
def test_events(browser, filled, path, width):
    browser.width(width, FOLD[width])
    for scheme in ("light", "dark"):
        browser.colour(scheme)
        browser.open(url(filled, path))
        name = path.strip("/").replace("?", "-").replace("*", "").replace("&", "-")
        shot(browser, f"{name}-{scheme}-{width}")
        ratio, text = browser.evaluate(CONTRAST)
        assert ratio >= 4.5, (ratio, text)
        assert browser.evaluate("document.documentElement.scrollWidth") <= width
        assert not browser.dialogs
        assert browser.evaluate("document.querySelectorAll('script,img,iframe,object').length") == 0
        assert browser.evaluate(
            "[...document.querySelectorAll('*')].filter(e => [...e.attributes].some("
            "a => a.name.startsWith('on') || /^javascript:/i.test(a.value))).length") == 0


def test_a_hostile_event_is_shown_as_it_is(browser, filled):
    browser.width(1280, 720)
    browser.open(url(filled, "/event?id=65f0c2a1-1b3c-1f4&lang=en"))
    text = browser.text()
    assert "<script>alert(1)</script>\ufffdgpj.exe" in text
    assert '"><img src=x onerror=alert(2)>' in text and "<b>x</b>" in text
    assert not browser.dialogs
    # The layers, outermost first, one within the other.
    assert browser.evaluate("document.querySelectorAll('.layers ol').length") == 3


def test_search_in_the_form(browser, filled):
    """Typed, sent, found, followed to the event, and from there to others with the same hash."""
    browser.width(1280, 720)
    browser.open(url(filled, "/events?lang=en"))
    browser.evaluate("document.querySelector('#s-host').value = 'WWW3.example.*';"
                     "document.querySelector('#s-verdict').value = 'infected'; 0")
    browser.evaluate("document.querySelector('form').requestSubmit(); 0")
    browser.wait_event("Page.loadEventFired")
    hosts = browser.evaluate("[...document.querySelectorAll('.events tbody tr')].map(r => r.cells[3].innerText)")
    assert hosts and set(hosts) == {"www3.example.test"}
    assert browser.evaluate("document.querySelector('#s-host').value") == "WWW3.example.*"
    browser.evaluate("document.querySelector('.events tbody a').click(); 0")
    browser.wait_event("Page.loadEventFired")
    assert "/event?n=" in browser.evaluate("location.href")
    browser.evaluate("[...document.querySelectorAll('main ul a')].find(a => /sha256=/.test(a.href)).click(); 0")
    browser.wait_event("Page.loadEventFired")
    assert browser.evaluate("document.querySelectorAll('.events tbody tr').length") == 50
    browser.evaluate("document.querySelector('a[rel=next]').click(); 0")
    browser.wait_event("Page.loadEventFired")
    assert browser.evaluate("document.querySelectorAll('.events tbody tr').length") == 10


def test_a_screen_reader_hears_the_answers(browser, filled):
    browser.open(url(filled, "/?lang=en"))
    heard = browser.accessibility()
    names = [name for role, name in heard if role == "heading"]
    for question in ("Healthy?", "Signatures' age?", "Blocked today?", "Passed unscanned today?", "Slow?"):
        assert question in names
    charts = [name for role, name in heard if role in ("image", "img") and name.startswith("Blocked:")]
    assert charts and len(charts[0].split()) == 25


def test_the_language_is_the_browsers(filled):
    for accept, lang in (("ja,en;q=0.8", "ja"), ("en,ja;q=0.8", "en"), ("fr, ja;q=0.2", "ja"),
                         ("de", "en"), ("ja;q=0.1, en;q=0.9", "en"), (";;;q=,,", "en")):
        assert f'<html lang="{lang}">' in filled.get("/", headers={"Accept-Language": accept}).text
    assert '<html lang="ja">' in filled.get("/?lang=ja", headers={"Accept-Language": "en"}).text
    assert "<dd>停止</dd>" in filled.get("/?lang=ja").text and "<dd>down</dd>" in filled.get("/?lang=en").text


def test_the_answers_are_true(make_server, make_monitor, env):
    """A real service, real requests: the page says what happened."""
    directory = env.directory("truth")
    with make_monitor("truth", Events=directory / "e.sock") as monitor:
        server = make_server("truth-server", settings={"Events": directory / "e.sock"}, children=1)
        with server:
            monitor.settings["Board"] = f"{server.socket}.board"
            monitor.stop()
            monitor.start()
            for _ in range(3):
                server.exchange(icap.respmod(EICAR, url="http://truth.test/eicar.com"))
            server.exchange(icap.respmod(b"clean", url="http://truth.test/clean"))

            def today():
                return monitor.get("/api/v1/status").json()["today"]
            procs.wait_until(lambda: today()["requests"] == 4, 20, lambda: (today(), monitor.describe()))
            status = monitor.get("/api/v1/status").json()
            assert status["today"]["blocked"] == 3 and status["today"]["unscanned"] == 0
            assert status["health"] == "good" and status["engine"]["generation"] == 1
            page = monitor.get("/?lang=en").text
            assert '<p class="value">Yes' in page and '<p class="value">3</p>' in page
            # They are counted at once, and in the database a little later.
            found = procs.wait_until(lambda: len(events := monitor.get("/api/v1/events?name=EICAR.com").json()["events"])
                                     == 3 and events, 20, monitor.describe)
            assert found[0]["event"]["host"] == "truth.test"
