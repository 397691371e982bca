"""The web server of a store, and of an HQ in one process: cheroot with ten workers, TLS, and event streams beside them.

Cheroot gives every connection to a worker as soon as it is accepted, shakes hands for TLS on its one accepting
thread, and keeps a worker for as long as an answer lasts. Each of the three lets a silent or slow client stop the
panel for everybody, and browsers do open connections ahead that stay silent. So here a new connection waits in the
selector until it says something, a worker shakes hands, and an event stream leaves its worker at once
(`web/streams.py`).
"""

from __future__ import annotations

import ipaddress
import logging
import socket
import ssl
import threading
from email.utils import formatdate
from typing import Any

from cheroot import connections, server, wsgi
from cheroot.makefile import StreamReader, StreamWriter
from cheroot.ssl import Adapter
from flask import Flask

from controller.errors import Refused, Unavailable
from web.certificate import Certificate
from web.changing import Served
from web.streams import HAND_OVER, Pace, Stream, Streams, Wish

log = logging.getLogger(__name__)

WORKERS = 10
IDLE_S = 15
SHUTDOWN_S = 5
LARGEST_HEAD = 32 * 1024
LARGEST_BODY = 4 * 1024 * 1024

#: Connections that wait for their next request. More are closed as they come.
MOST_WAITING = 400

PLAIN_ON_TLS = (
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n"
    b"This panel speaks HTTPS: put https:// before its address.\n"
)


class Server:
    """The panel on a port. `start` returns when it answers; `stop` ends requests under way within five seconds."""

    def __init__(
        self, app: Flask, services: Served, host: str = "127.0.0.1", port: int = 8443, *,
        certificate: Certificate | None = None, pace: Pace | None = None,
    ) -> None:
        """`port` 0: any free one. Without a certificate only a loopback host is allowed. Raises Refused."""
        if certificate is None and not is_loopback(host):
            raise Refused(f"Plain HTTP is for localhost only. Serve {host} with a certificate, or use 127.0.0.1.")
        if services.secure != (certificate is not None):
            raise Refused("The services say one thing about TLS and the certificate another.")
        self._streams = None if services.overview is None else Streams(services.overview, pace)
        self._host = host
        self._cheroot = _Cheroot((host, port), app, self._streams)
        if certificate is not None:
            self._cheroot.ssl_adapter = _Tls(certificate)
        self._thread = threading.Thread(target=self._serve, name="web", daemon=True)

    def start(self) -> None:
        """Listen and serve. Raises Unavailable if the port is taken or not ours to take."""
        try:
            self._cheroot.prepare()
        except OSError as error:
            raise Unavailable(_why_not(self._host, self._cheroot.bind_addr[1], str(error))) from error
        if self._streams is not None:
            self._streams.start()
        self._thread.start()

    def stop(self) -> None:
        """End the streams, let requests under way finish, close. May be called twice."""
        if self._streams is not None:
            self._streams.stop()
        # Cheroot waits without end for a worker that is stuck in a view; nobody else shall.
        closing = threading.Thread(target=self._cheroot.stop, name="web-stop", daemon=True)
        closing.start()
        closing.join(SHUTDOWN_S + 3)
        if closing.is_alive():
            log.warning("a request did not end within %d s and is left behind", SHUTDOWN_S + 3)
        elif self._thread.ident is not None:
            self._thread.join(SHUTDOWN_S)

    @property
    def port(self) -> int:
        """The port that is listened on; after `start` never 0."""
        return int(self._cheroot.bind_addr[1])

    @property
    def stream_count(self) -> int:
        """How many event streams are open."""
        return 0 if self._streams is None else self._streams.count

    @property
    def url(self) -> str:
        """The address to open, with the host's name where every address is listened on."""
        scheme = "http" if self._cheroot.ssl_adapter is None else "https"
        host = socket.gethostname() if self._host in ("0.0.0.0", "::") else self._host
        return f"{scheme}://{f'[{host}]' if ':' in host else host}:{self.port}"

    def _serve(self) -> None:
        try:
            self._cheroot.serve()
        except Exception:
            log.exception("the web server ended")


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server on `host`."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _why_not(host: str, port: int, reason: str) -> str:
    if "Address already in use" in reason:
        return f"Port {port} on {host} is taken by another program. Stop it, or choose another port."
    if "Permission denied" in reason:
        return f"Port {port} needs more rights than this user has. Choose a port from 1024 up."
    return f"It is not possible to listen on {host}, port {port}: {reason}."


class _Doorman(connections.ConnectionManager):
    """Keeps connections that say nothing away from the workers, new ones too."""

    def _from_server_socket(self, server_socket: socket.socket) -> None:
        conn = super()._from_server_socket(server_socket)  # type: ignore[misc]
        if conn is None:
            return
        if self._num_connections >= MOST_WAITING:  # type: ignore[attr-defined]
            conn.close()
        else:
            self.put(conn)


class _Connection(server.HTTPConnection):
    """A connection that shakes hands on a worker, and that may leave for the streams."""

    handed_over = False
    greeted = False

    def communicate(self) -> bool:
        """One request. True: keep the connection."""
        if isinstance(self.socket, ssl.SSLSocket) and not self.greeted:
            if not self._greet(self.socket):
                return False
            # The request has a look of its own: a browser may have shaken hands ahead of time.
            if not self.socket.pending():
                return True
        return bool(super().communicate())  # type: ignore[no-untyped-call]

    def _greet(self, sock: ssl.SSLSocket) -> bool:
        try:
            sock.do_handshake()
        except ssl.SSLError as error:
            if "http request" in str(error).lower():
                # Past TLS, in the clear, as that is what the client speaks.
                socket.socket.send(sock, PLAIN_ON_TLS)
            return False
        except OSError:
            return False
        self.greeted = True
        return True

    def close(self) -> None:
        """Called by the worker when it is done; what has left for the streams stays open."""
        if not self.handed_over:
            self.end()

    def end(self) -> None:
        """Close for good."""
        try:
            super().close()
        except OSError:
            self.socket.close()


class _Gateway(wsgi.Gateway_10):
    """Gives a view the means to turn its connection into an event stream."""

    wish: Wish | None = None

    def respond(self) -> None:
        """Answer the request; a granted stream leaves the worker here."""
        self.env[HAND_OVER] = self._grant
        response = self.req.server.wsgi_app(self.env, self.start_response)
        try:
            granted = self.wish is not None and bytes(self.req.status).startswith(b"200")
            if not granted:
                for chunk in filter(None, response):
                    self.write(chunk)
                self.req.ensure_headers_sent()
        finally:
            if hasattr(response, "close"):
                response.close()
        if granted and self.wish is not None:
            self._hand_over(self.wish)

    def _grant(self, wish: Wish) -> bool:
        streams = self.req.server.streams
        if streams is None or not streams.has_room():
            return False
        self.wish = wish
        return True

    def _hand_over(self, wish: Wish) -> None:
        req, conn = self.req, self.req.conn
        headers = [pair for pair in req.outheaders if pair[0].lower() not in (b"content-length", b"connection")]
        headers += [(b"Connection", b"close"), (b"Date", formatdate(usegmt=True).encode())]
        head = b"HTTP/1.1 " + req.status + b"\r\n" + b"".join(b"%s: %s\r\n" % pair for pair in headers) + b"\r\n"
        # From here on the worker writes nothing and closes nothing.
        req.sent_headers, req.close_connection, conn.handed_over = True, True, True
        req.server.streams.admit(Stream(conn.socket, wish.after, wish.allowed, conn.end), head, wish.newest)


class _Cheroot(wsgi.Server):
    """Cheroot with our connections, gateway and limits."""

    ConnectionClass = _Connection
    max_request_header_size = LARGEST_HEAD
    max_request_body_size = LARGEST_BODY
    keep_alive_conn_limit = MOST_WAITING

    def __init__(self, address: tuple[str, int], app: Flask, streams: Streams | None) -> None:
        super().__init__(
            address, app, numthreads=WORKERS, max=WORKERS, server_name="sinne", request_queue_size=64,
            timeout=IDLE_S, shutdown_timeout=SHUTDOWN_S)
        self.gateway = _Gateway
        self.streams = streams

    def prepare(self) -> None:
        super().prepare()
        self._connections.close()
        self._connections: Any = _Doorman(self)

    def error_log(self, msg: str = "", level: int = logging.INFO, traceback: bool = False) -> None:
        log.log(level, "%s", msg, exc_info=traceback)


class _Tls(Adapter):
    """TLS 1.2 and newer by the standard library. A certificate that was renewed on disk serves the next connection."""

    def __init__(self, certificate: Certificate) -> None:
        super().__init__(certificate.chain, certificate.key)
        self._files = certificate
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.context.set_alpn_protocols(["http/1.1"])
        self._loaded_at_ns = 0
        self._load()

    def bind(self, sock: socket.socket) -> socket.socket:
        return sock

    def wrap(self, sock: socket.socket) -> tuple[ssl.SSLSocket, dict[str, Any]]:
        """Wrap without shaking hands: this runs on the one thread that accepts."""
        self._load()
        wrapped = self.context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
        return wrapped, self.get_environ()

    def get_environ(self) -> dict[str, Any]:
        return {"wsgi.url_scheme": "https", "HTTPS": "on"}

    def makefile(self, sock: socket.socket, mode: str = "r", bufsize: int = -1) -> StreamReader | StreamWriter:
        return (StreamReader if "r" in mode else StreamWriter)(sock, mode, bufsize)

    def _load(self) -> None:
        try:
            changed_ns = self._files.chain.stat().st_mtime_ns
            if changed_ns != self._loaded_at_ns:
                self.context.load_cert_chain(self._files.chain, self._files.key)
                self._loaded_at_ns = changed_ns
        except OSError:
            # Between the two files of a renewal they do not match; the next connection looks again.
            if self._loaded_at_ns == 0:
                raise
            log.exception("the certificate cannot be read; the one before serves on")
