# SPDX-License-Identifier: GPL-2.0-or-later
"""A door in front of a server: passes connections through, until it is slammed."""

import contextlib
import select
import socket
import struct
import threading

RESET = struct.pack("ii", 1, 0)  # SO_LINGER on, 0 seconds: close() sends a reset


class Door:
    """port: where clients knock. target: the server's port. refused: connections it has reset."""

    def __init__(self, target):
        self.target, self.refused = target, 0
        self._to_refuse, self._open = 0, set()
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]

    def __enter__(self):
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.slam(0)

    def slam(self, times):
        """As a dying server does: resets what is open, and as many new connections after accepting them."""
        with self._lock:
            self._to_refuse = times
            for one in self._open:
                with contextlib.suppress(OSError):
                    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                    one.shutdown(socket.SHUT_RD)  # wakes its thread, which closes it

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                client = self._listener.accept()[0]
                with self._lock:
                    if self._to_refuse:
                        self._to_refuse -= 1
                        self.refused += 1
                        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                        client.close()
                        continue
                    self._open.add(client)
                threading.Thread(target=self._pass, args=(client,), daemon=True).start()

    def _pass(self, client):
        with client, contextlib.suppress(OSError), \
                socket.create_connection(("127.0.0.1", self.target), 10) as server:
            other = {client: server, server: client}
            while True:
                for one in select.select(list(other), [], [])[0]:
                    data = one.recv(65536)
                    if not data:
                        break
                    other[one].sendall(data)
                else:
                    continue
                break
        with self._lock:
            self._open.discard(client)
