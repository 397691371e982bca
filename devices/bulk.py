"""A socket for a library that reads in crumbs: what has arrived is read in one go, what is written is sent in one.

Paho asks its socket four times for each packet and sends each packet by itself. Every such call lets go of Python's
lock, and takes up to 5 ms to get it back from a thread that computes (`sys.getswitchinterval`): with a thousand
devices answering a press, waiting for the lock was half of the time. Here the library reads and writes memory; the
reactor's thread fills and flushes it, once a round.
"""

from __future__ import annotations

import os
import socket
import ssl
from contextlib import suppress
from typing import Any

from devices.packets import whole_packet

#: Bytes of one read: some sixty reports, so that their answers are not kept waiting for long. A TLS record at most.
READ_BYTES = 16 * 1024
#: How long a broker may take to close its side after our DISCONNECT.
GOODBYE_S = 1.0

_NOT_NOW = (BlockingIOError, InterruptedError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class BulkSocket:
    """What paho wants of a socket (recv, send, close, fileno, setblocking, setsockopt), over a connected one."""

    def __init__(self, sock: Any) -> None:
        """`sock`: a `socket.socket` or an `ssl.SSLSocket`."""
        self._sock = sock
        self.fileno, self.setblocking, self.setsockopt = sock.fileno, sock.setblocking, sock.setsockopt
        self._arrived = b""
        self._at = self._next = 0
        self._leaving = bytearray()
        #: Whether nothing more will arrive, and why, if not because the other side closed.
        self._ended = False
        self._error: OSError | None = None

    def fill(self) -> None:
        """Read what has arrived, once. Call it when the socket can be read and `has_more` says no."""
        self._arrived, self._at = b"", 0
        try:
            self._arrived = self._sock.recv(READ_BYTES)
            self._ended = not self._arrived
            # What TLS has decrypted already would wake nobody.
            while isinstance(self._sock, ssl.SSLSocket) and self._sock.pending():
                self._arrived += self._sock.recv(READ_BYTES)
        except _NOT_NOW:
            return
        except OSError as error:
            self._error, self._ended = error, True

    def has_more(self) -> bool:
        """Whether `recv` has something to say: bytes, or that it is over."""
        return self._at < len(self._arrived) or self._ended

    def peek(self) -> tuple[int, bytes] | None:
        """The first byte and the body of the packet that comes next, if all of it is here."""
        found = whole_packet(self._arrived, self._at)
        if found is None:
            return None
        first, begin, self._next = found
        return first, self._arrived[begin : self._next]

    def skip(self) -> None:
        """Go past the packet of the last `peek`."""
        self._at = self._next

    def recv(self, size: int) -> bytes:
        """At most `size` of the bytes that were read; b"" at the end. BlockingIOError when `fill` has to come first."""
        at = self._at
        if at < len(self._arrived):
            self._at = at + size
            return self._arrived[at : at + size]
        if not self._ended:
            raise BlockingIOError
        if self._error is not None:
            raise self._error
        return b""

    def send(self, piece: bytes | bytearray) -> int:
        """Take all of it, for the next `flush`."""
        self._leaving += piece
        return len(piece)

    def flush(self) -> bool:
        """Send what was written; True when the socket is full and some is left. That a line broke, reading tells."""
        try:
            while self._leaving:
                # TLS wants the very same bytes again after a short write: this only ever grows at its end.
                del self._leaving[: self._sock.send(self._leaving)]
        except _NOT_NOW:
            return True
        except OSError:
            self._leaving.clear()
        return False

    def close(self) -> None:
        """Send what can still be sent at once, and close. May be called twice."""
        if self._sock.fileno() >= 0:
            self.flush()
        with suppress(OSError):
            self._sock.close()

    def twin(self) -> socket.socket:
        """A second descriptor of the same connection, which keeps it open when the library closes its own."""
        return socket.socket(fileno=os.dup(self._sock.fileno()))


def await_close(twin: socket.socket) -> None:
    """Block until the other side has closed too, a second at most."""
    with twin, suppress(OSError):
        twin.settimeout(GOODBYE_S)
        while twin.recv(65_536):
            pass
