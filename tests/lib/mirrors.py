# SPDX-License-Identifier: GPL-2.0-or-later
"""HTTP servers on loopback for the updater's tests.

Nginx        the real one, one process that serves any number of directories, each on its own port
FaultyServer a mirror that does with each request what a fault (faults.py) says
Proxy        a forward proxy that counts what went through it
Pki          a private certification authority and server certificates of it
closed_port  a port on which nobody listens, kept for the test
All listen on 127.0.0.1 (or another loopback address) and stop with the `with` block.
"""
import contextlib
import hashlib
import os
import pathlib
import select
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time

from lib import mirrorfaults as faults

HEAD_MAX = 65536
REASONS = {200: "OK", 206: "Partial Content", 301: "Moved Permanently", 302: "Found",
           304: "Not Modified", 307: "Temporary Redirect", 308: "Permanent Redirect",
           403: "Forbidden", 404: "Not Found", 416: "Range Not Satisfiable",
           429: "Too Many Requests", 500: "Internal Server Error", 502: "Bad Gateway",
           503: "Service Unavailable"}


class Exchange:
    """One request and the connection to answer it on."""

    def __init__(self, server, conn, method, path, headers):
        self.server, self.conn, self.lock = server, conn, server.lock
        self.method, self.path, self.headers = method, path.partition("?")[0], headers
        self.directory = server.directory

    def read_file(self):
        """The file that the path names, or None."""
        path = os.path.normpath(os.path.join(self.directory, self.path.lstrip("/")))
        if not path.startswith(os.path.normpath(self.directory) + os.sep) or not os.path.isfile(path):
            return None
        with open(path, "rb") as file:
            return file.read()

    @staticmethod
    def etag(body):
        return f'"{hashlib.sha256(body).hexdigest()[:16]}"'

    def head(self, code, fields):
        lines = [f"HTTP/1.1 {code} {REASONS.get(code, 'Status')}", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in fields.items()]
        self.send("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n")

    def send(self, data):
        """True when it went out, False when the client is gone or the server stops."""
        try:
            self.conn.sendall(data)
            return not self.server.stopping.is_set()
        except OSError:
            return False

    def wait(self, seconds):
        """True when the server stops or the client hung up meanwhile."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.server.stopping.wait(min(0.05, max(0, end - time.monotonic()))):
                return True
            if self._hung_up():
                return True
        return False

    def _hung_up(self):
        if isinstance(self.conn, ssl.SSLSocket):
            return False
        try:
            return bool(select.select([self.conn], [], [], 0)[0]) and \
                self.conn.recv(1, socket.MSG_PEEK) == b""
        except (OSError, ValueError):
            return True


class Listener:
    """Accepts connections and gives each a thread that calls self.handle(conn)."""

    def __init__(self, address="127.0.0.1", port=0, tls=None, family=socket.AF_INET):
        self.stopping, self.lock, self.conns, self.tls = threading.Event(), threading.Lock(), [], tls
        self.socket = socket.create_server((address, port), family=family, backlog=64)
        self.socket.settimeout(0.1)
        self.address, self.port = self.socket.getsockname()[:2]
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    @property
    def url(self):
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}/"

    def _accept(self):
        while not self.stopping.is_set():
            try:
                conn, _ = self.socket.accept()
            except (TimeoutError, OSError):
                continue
            threading.Thread(target=self._serve, args=(conn,), daemon=True).start()

    def _serve(self, conn):
        conn.settimeout(30)
        with self.lock:
            self.conns.append(conn)
        try:
            if self.tls:
                conn = self.tls.wrap_socket(conn, server_side=True)
            self.handle(conn)
        except OSError:
            pass
        finally:
            with contextlib.suppress(OSError):
                conn.close()

    def handle(self, conn):
        raise NotImplementedError

    def stop(self):
        self.stopping.set()
        self.thread.join(5)
        self.socket.close()
        with self.lock:
            conns, self.conns = self.conns, []
        for conn in conns:
            with contextlib.suppress(OSError):
                conn.shutdown(socket.SHUT_RDWR)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def read_head(conn):
    """Method, target, headers (lower-case names) of one request; None when nothing came."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = conn.recv(4096)
        if not more or len(data) > HEAD_MAX:
            return None
        data += more
    lines = data.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    method, target, _ = lines[0].split(" ", 2)
    headers = {}
    for line in lines[1:]:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    return method, target, headers


class FaultyServer(Listener):
    """A mirror of `directory` that answers as `fault` says; `fault` may be changed at any time.
    `requests` lists what was asked: (method, path, headers)."""

    def __init__(self, directory, fault=faults.honest, **listener):
        self.directory, self.fault, self.requests = str(directory), fault, []
        super().__init__(**listener)

    def handle(self, conn):
        head = read_head(conn)
        if head is None:
            return
        with self.lock:
            self.requests.append(head)
        self.fault(Exchange(self, conn, *head))

    def paths(self):
        with self.lock:
            return [path for _, path, _ in self.requests]


class Proxy(Listener):
    """A forward proxy: absolute URLs and CONNECT. `requests` lists the targets, `credentials`
    what Proxy-Authorization said, one for each request; with `password` nobody passes without."""

    def __init__(self, password=False, **listener):
        self.requests, self.credentials, self.password = [], [], password
        super().__init__(**listener)

    def handle(self, conn):
        head = read_head(conn)
        if head is None:
            return
        method, target, headers = head
        with self.lock:
            self.requests.append(target)
            self.credentials.append(headers.get("proxy-authorization", ""))
        if self.password and "proxy-authorization" not in headers:
            conn.sendall(b"HTTP/1.1 407 Who are you\r\nProxy-Authenticate: Basic realm=\"x\"\r\n"
                         b"Content-Length: 0\r\nConnection: close\r\n\r\n")
            return
        if method == "CONNECT":
            host, _, port = target.rpartition(":")
            with socket.create_connection((host, int(port)), 10) as upstream:
                conn.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                self._tunnel(conn, upstream)
            return
        host, _, path = target.removeprefix("http://").partition("/")
        name, _, port = host.partition(":")
        with socket.create_connection((name, int(port or 80)), 10) as upstream:
            lines = [f"{method} /{path} HTTP/1.1"]
            lines += [f"{n}: {v}" for n, v in headers.items() if n not in ("proxy-connection", "proxy-authorization")]
            upstream.sendall("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n")
            self._copy(upstream, conn)

    def _tunnel(self, conn, upstream):
        back = threading.Thread(target=self._copy, args=(conn, upstream), daemon=True)
        back.start()
        self._copy(upstream, conn)
        back.join(5)

    @staticmethod
    def _copy(source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def closed_port(address="127.0.0.1"):
    """A port that refuses: bound, so that nobody else gets it, but not listening."""
    with socket.socket() as held:
        held.bind((address, 0))
        yield held.getsockname()[1]


class Pki:
    """A private certification authority in `directory`: ca.pem, and server certificates."""

    def __init__(self, directory, name="Test authority"):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.ca = self.directory / "ca.pem"
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                      "-nodes", "-days", "30", "-subj", f"/CN={name}", "-keyout",
                      self.directory / "ca.key", "-out", self.ca)

    def _openssl(self, *args):
        subprocess.run(["openssl", *map(str, args)], check=True, capture_output=True, timeout=60)

    def certificate(self, *names, days=30):
        """Paths of a certificate for the DNS names or addresses, and of its key."""
        key, request, cert = (self.directory / f"{names[0]}{end}" for end in (".key", ".csr", ".pem"))
        alternatives = ",".join(f"{'IP' if n[0].isdigit() else 'DNS'}:{n}" for n in names)
        extensions = self.directory / f"{names[0]}.ext"
        extensions.write_text(f"subjectAltName={alternatives}\n", encoding="ascii")
        self._openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                      "-subj", f"/CN={names[0]}", "-keyout", key, "-out", request)
        self._openssl("x509", "-req", "-in", request, "-CA", self.ca, "-CAkey",
                      self.directory / "ca.key", "-CAcreateserial", "-days", days, "-extfile",
                      extensions, "-out", cert)
        return cert, key

    def context(self, *names, days=30):
        """A server's TLS context with such a certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.certificate(*names, days=days))
        return context


class Nginx:
    """One nginx that serves each of `directories` on a port of its own (`urls`); with addresses, all
    on one port and each on its own loopback address. Access logs: log(i)."""

    def __init__(self, directories, addresses=None, tls=None):
        self.binary = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
        if not self.binary:
            raise FileNotFoundError("nginx is missing: install Debian's package nginx-light")
        self.directories = [pathlib.Path(directory).resolve() for directory in directories]
        self.addresses = addresses or ["127.0.0.1"] * len(self.directories)
        self.tls = tls
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="epost-nginx-"))
        self.process, self.ports = None, []

    @property
    def urls(self):
        scheme = "https" if self.tls else "http"
        return [f"{scheme}://{a}:{p}/" for a, p in zip(self.addresses, self.ports)]

    def _server(self, index):
        listen = f"{self.addresses[index]}:{self.ports[index]}"
        tls = ""
        if self.tls:
            tls = f" ssl; ssl_certificate {self.tls[0]}; ssl_certificate_key {self.tls[1]}"
        return (f"server {{ listen {listen}{tls}; root {self.directories[index]};\n"
                f"  access_log {self.root}/access.{index}.log combined; }}\n")

    def _config(self):
        user = "user root;\n" if os.geteuid() == 0 else ""
        temps = "".join(f"{kind}_temp_path {self.root}/{kind};\n"
                        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        servers = "".join(self._server(i) for i in range(len(self.directories)))
        return (f"{user}daemon off; master_process off; pid {self.root}/nginx.pid;\n"
                f"error_log {self.root}/error.log warn;\n"
                f"events {{ worker_connections 512; }}\nhttp {{\n{temps}"
                f"default_type application/octet-stream; {servers}}}\n")

    def _ports(self):
        """Free ports, all held at once so that they differ; one for all with own addresses."""
        shared = len(set(self.addresses)) == len(self.addresses)
        with contextlib.ExitStack() as stack:
            held = [stack.enter_context(socket.socket()) for _ in self.addresses]
            for one, address in zip(held, self.addresses):
                one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                one.bind((address, held[0].getsockname()[1] if shared and one is not held[0] else 0))
            return [one.getsockname()[1] for one in held]

    def start(self):
        for _ in range(5):
            try:
                self.ports = self._ports()
            except OSError:
                continue
            config = self.root / "nginx.conf"
            config.write_text(self._config(), encoding="utf-8")
            self.process = subprocess.Popen(
                [self.binary, "-p", self.root, "-e", f"{self.root}/error.log", "-c", config],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            if self._wait_ready():
                return self
        raise RuntimeError(f"nginx did not start: {self.error_log()}")

    def _wait_ready(self):
        end = time.monotonic() + 10
        while time.monotonic() < end and self.process.poll() is None:
            with contextlib.suppress(OSError):
                socket.create_connection((self.addresses[-1], self.ports[-1]), 1).close()
                return True
            time.sleep(0.02)
        self.stop(keep=True)
        return False

    def error_log(self):
        path = self.root / "error.log"
        return path.read_text(encoding="utf-8", errors="replace")[-2000:] if path.exists() else ""

    def log(self, index):
        """The request lines that mirror `index` has answered."""
        path = self.root / f"access.{index}.log"
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        return [line.split('"')[1] for line in text.splitlines() if line.count('"') > 1]

    def stop(self, keep=False):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(5)
        if not keep:
            shutil.rmtree(self.root, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()
