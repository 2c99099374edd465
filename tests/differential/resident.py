# SPDX-License-Identifier: GPL-2.0-or-later
"""Judges that are asked about a whole batch, so that a program is started once and not for each body:
Node's readers of uploads and pages, and PHP's own server, which lives as long as the tests."""

import atexit
import base64
import collections
import http.client
import json
import os
import pathlib
import shutil
import socket
import subprocess
import time

HERE = pathlib.Path(__file__).parent
DEADLINE = 120
NODE_KINDS = {"upload": ("busboy", "formidable", "undici"), "page": ("parse5",), "script": ("node",)}


class Node:
    """The findings in the last batch: {(judge, path): [file, ...]}"""

    def __init__(self):
        self.program = shutil.which("node")
        self.found = collections.defaultdict(list)

    def read(self, pairs):
        self.found.clear()
        lines = [json.dumps({"path": str(path), "kind": body.kind, "media": body.media})
                 for path, body in pairs if body.kind in NODE_KINDS]
        if not self.program or not lines:
            return
        places = os.pathsep.join(filter(None, (os.environ.get("NODE_PATH"), "/usr/share/nodejs")))
        done = subprocess.run([self.program, HERE / "judges.js"], input="\n".join(lines) + "\n", text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=DEADLINE, check=False,
                              env={**os.environ, "NODE_PATH": places})
        for line in done.stdout.splitlines():
            answer = json.loads(line)
            self.found[answer["judge"], answer["path"]].append(base64.b64decode(answer["file"]))

    def judge(self, name):
        return lambda path, _body: iter(self.found[name, str(path)])


class Php:
    """Its own server on a free port, started with the first upload."""

    def __init__(self):
        self.program, self.process, self.port = shutil.which("php"), None, None

    def start(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.process = subprocess.Popen([self.program, "-n", "-S", f"127.0.0.1:{self.port}", HERE / "form.php"],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        atexit.register(self.stop)
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise OSError("PHP's server does not start")

    def stop(self):
        self.process.kill()
        self.process.wait()

    def judge(self, _path, body):
        if self.process is None:
            self.start()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE)
        connection.request("POST", "/", body.data, {"Content-Type": body.media})
        text = connection.getresponse().read()
        connection.close()
        yield from (base64.b64decode(line) for line in text.split())


NODE, PHP = Node(), Php()


def judges(kind):
    """{name: judge} of a kind, of the programs that are there."""
    found = {name: NODE.judge(name) for name in NODE_KINDS.get(kind, ())} if NODE.program else {}
    if kind == "upload" and PHP.program:
        found["php"] = PHP.judge
    return found
