"""A TCP proxy between a client and a broker, to be broken on demand: cut, turned into a black hole, slowed down."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress

from tests.patience import PATIENCE_S


class Proxy:
    """Listens on a port of its own and forwards to `(host, port)`."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._delay_s = 0.0
        self._cut = False
        self._flows = threading.Event()
        self._flows.set()
        self._goes = threading.Event()
        self._goes.set()
        self._closed = False
        self._lock = threading.Lock()
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.host, self.port = self._listener.getsockname()[:2]
        self.accepted = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Break every connection, and every new one, until `heal`."""
        self._cut = True
        self._break_all()

    def blink(self) -> None:
        """Break every connection once."""
        self._break_all()

    def hole(self) -> None:
        """Swallow everything in both directions without closing anything, until `heal`."""
        self._flows.clear()

    def slow(self, delay_s: float) -> None:
        """Forward each piece so much later."""
        self._delay_s = delay_s

    def pause(self) -> None:
        """Forward nothing for now, and lose nothing."""
        self._goes.clear()

    def go_on(self) -> None:
        """Forward what has waited."""
        self._goes.set()

    def heal(self) -> None:
        """Forward again. What was swallowed stays lost with its connection."""
        self._cut = False
        self._delay_s = 0.0
        if not self._flows.is_set():
            self._break_all()
            self._flows.set()

    def close(self) -> None:
        """End the proxy."""
        self._closed = True
        self._flows.set()
        self._goes.set()
        self._listener.close()
        self._break_all()

    def _break_all(self) -> None:
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for end in pair:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
                end.close()

    def _accept(self) -> None:
        while not self._closed:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.accepted += 1
            if self._cut:
                client.close()
                continue
            try:
                server = socket.create_connection(self._target, PATIENCE_S)
            except OSError:
                client.close()
                continue
            for end in (client, server):
                end.settimeout(None)
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._pairs.append((client, server))
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while piece := source.recv(65_536):
                if not self._flows.is_set():
                    self._flows.wait()
                    return
                if self._delay_s:
                    time.sleep(self._delay_s)
                self._goes.wait()
                sink.sendall(piece)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
