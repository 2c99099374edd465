# SPDX-License-Identifier: GPL-2.0-or-later
"""Headless Chromium, driven over its DevTools pipe (file descriptors 3 and 4, one JSON message
to a NUL byte), so that a case needs no driver program and no web socket."""

import base64
import fcntl
import itertools
import json
import os
import select
import time

from lib import slowness
from lib.daemon import Daemon, need

CHROMIUM = "/usr/bin/chromium"
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--disable-default-apps", "--disable-extensions", "--disable-dev-shm-usage",
         "--no-default-browser-check", "--hide-scrollbars", "--window-size=1000,760",
         "--proxy-bypass-list=<-loopback>", "--remote-debugging-pipe")


def _pipes():
    """(our writing end, our reading end, the browser's two), the latter above 9, so that putting
    them on 3 and 4 overwrites neither."""
    (read_in, write_in), (read_out, write_out) = os.pipe(), os.pipe()
    theirs = tuple(fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 10) for fd in (read_in, write_out))
    os.close(read_in)
    os.close(write_out)
    return write_in, read_out, theirs


class Browser(Daemon):
    """proxy: the port all requests go through. language: for Accept-Language. flags: further
    ones of Chromium."""

    def __init__(self, env, proxy, language="en", flags=()):
        need(CHROMIUM)
        super().__init__(env, f"browser-{language}")
        self.proxy, self.language, self.flags = proxy, language, flags
        self.requests = []  # URLs that the current page made the browser ask for
        self.dialogs = []  # what a script said with alert, confirm or prompt
        self.session = None
        self._ids = itertools.count(1)
        self._received = b""

    def start(self):
        self._in, self._out, theirs = _pipes()
        self.spawn("/bin/bash", "-c", f'exec "$@" 3<&{theirs[0]} 4>&{theirs[1]}', "bash",
                   CHROMIUM, *FLAGS, *self.flags,
                   f"--user-data-dir={self.directory('profile')}",
                   f"--proxy-server=http://127.0.0.1:{self.proxy}", f"--lang={self.language}",
                   f"--accept-lang={self.language}", "about:blank",
                   pass_fds=theirs)
        for fd in theirs:
            os.close(fd)
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target,
                                 flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime"):
            self.call(f"{domain}.enable")
        return self

    def stop(self, timeout=15, **_):
        if self.process is not None:
            self.session = None
            self._send({"id": next(self._ids), "method": "Browser.close"})
            super().stop(timeout)
            os.close(self._in)
            os.close(self._out)

    # ------------------------------------------------------------ the pipe

    def _send(self, message):
        if self.session:
            message["sessionId"] = self.session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._in, data):]

    def _receive(self, deadline):
        while b"\0" not in self._received:
            left = deadline - time.monotonic()
            readable = select.select([self._out], [], [], max(0, left))[0]
            assert readable, f"the browser says nothing: {self.describe()}"
            data = os.read(self._out, 1 << 20)
            assert data, f"the browser ended: {self.describe()}"
            self._received += data
        line, self._received = self._received.split(b"\0", 1)
        return json.loads(line)

    def _event(self, message):
        """Keeps what a case wants to know of what the page did by itself."""
        name, about = message.get("method"), message.get("params", {})
        if name == "Network.requestWillBeSent":
            self.requests.append(about["request"]["url"])
        elif name == "Page.javascriptDialogOpening":
            self.dialogs.append(about["message"])
            self._send({"id": next(self._ids), "method": "Page.handleJavaScriptDialog",
                        "params": {"accept": True}})
        return name

    def call(self, method, timeout=30, **params):
        number = next(self._ids)
        self._send({"id": number, "method": method, "params": params})
        deadline = time.monotonic() + slowness.scaled(timeout)
        while True:
            message = self._receive(deadline)
            self._event(message)
            if message.get("id") == number:
                assert "error" not in message, f"{method}: {message['error']}"
                return message["result"]

    def wait_event(self, name, timeout=30):
        deadline = time.monotonic() + slowness.scaled(timeout)
        while True:
            if self._event(self._receive(deadline)) == name:
                return

    # ------------------------------------------------------------ use

    def open(self, url):
        """Goes there and waits until the page has loaded."""
        self.requests.clear()
        self.dialogs.clear()
        failed = self.call("Page.navigate", url=url).get("errorText")
        assert not failed, f"{url}: {failed}"
        self.wait_event("Page.loadEventFired")

    def evaluate(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        return result["result"].get("value")

    def text(self):
        """The page's text as a person sees it."""
        return self.evaluate("document.body.innerText")

    def colour(self, scheme):
        """"dark" or "light", as the person has set it."""
        self.call("Emulation.setEmulatedMedia",
                  features=[{"name": "prefers-color-scheme", "value": scheme}])

    def width(self, pixels, height=760):
        self.call("Emulation.setDeviceMetricsOverride", width=pixels, height=height,
                  deviceScaleFactor=1, mobile=pixels < 600)

    def screenshot(self, path):
        """A picture of the page (PNG); returns its bytes."""
        data = base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"])
        path.write_bytes(data)
        return data

    def accessibility(self):
        """[(role, name)] of what a screen reader tells, in order."""
        nodes = self.call("Accessibility.getFullAXTree")["nodes"]
        return [(n["role"]["value"], n.get("name", {}).get("value", ""))
                for n in nodes if not n.get("ignored")]
