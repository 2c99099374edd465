# SPDX-License-Identifier: GPL-2.0-or-later
"""A web server that takes what webhooks post, and answers as a case wants."""

import http.server
import json
import threading
import time


class Hook:
    """posts: [(path, headers, body as bytes)]. answers: the status of each in turn, the last one
    for all that follow; a number below 100 are seconds to wait before the connection is closed."""

    def __init__(self, *answers):
        self.answers, self.posts, self.lock = list(answers) or [200], [], threading.Lock()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self.server.daemon_threads = True
        self.server.hook = self
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/hook"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def bodies(self):
        with self.lock:
            return [json.loads(body) for _, _, body in self.posts]

    def take(self, path, headers, body):
        with self.lock:
            self.posts.append((path, headers, body))
            return self.answers[min(len(self.posts), len(self.answers)) - 1]


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = self.server.hook.take(self.path, self.headers, body)
        if status < 100:
            time.sleep(status)
            self.close_connection = True
            return
        self.send_response(status)
        if status in (301, 302, 307, 308):
            self.send_header("Location", f"http://127.0.0.1:{self.server.hook.port}/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass
