"""Reaching a broker: TLS, one sentence on why it failed, and the question which MQTT it speaks.

Why the question is asked on a connection of its own: a broker of 3.1.1 should refuse a CONNECT of MQTT 5, but amqtt
reads on in it by the old rules, takes the new length fields for a client id's or a will's, and waits for bytes that
never come. A CONNECT without properties, will and account has nothing to stumble over; any answer tells the version.
"""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import suppress

from devices.address import BrokerAddress

CONNECT_TIMEOUT_S = 4.0

#: MQTT 5, 3.1: CONNECT, protocol MQTT, version 5, clean start, keepalive 10 s, no properties, empty client id.
_QUESTION = b"\x10\x0d\x00\x04MQTT\x05\x02\x00\x0a\x00\x00\x00"
#: A broker that takes longer to say which version it speaks is taken for an old one, for one attempt.
_PATIENCE_S = 2.0
_CONNACK = 0x20
_UNSUPPORTED_5, _UNSUPPORTED_311 = 0x84, 0x01


def tls_context(address: BrokerAddress) -> ssl.SSLContext | None:
    """TLS 1.2 or newer, host names checked, and no switch to weaken it. ValueError if the CA file cannot be used."""
    if not address.tls:
        return None
    try:
        context = ssl.create_default_context(
            cafile=str(address.ca_file) if address.ca_file else None, cadata=address.ca_text)
    except OSError as error:
        raise ValueError(f"The CA file {address.ca_file} cannot be used: {error.strerror or error}.") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def why_not(address: BrokerAddress, error: OSError) -> str:
    """One sentence for people on why no connection came about."""
    where = f"{address.host}:{address.port}"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"The certificate of {address.host} is not trusted: {error.verify_message}."
    if isinstance(error, ssl.SSLError):
        return f"No TLS connection with {where}: {error.reason or error}."
    if isinstance(error, socket.gaierror):
        return f"The name {address.host} is not known on this network."
    if isinstance(error, TimeoutError):
        return f"No answer from {where} within {CONNECT_TIMEOUT_S:.0f} s."
    if isinstance(error, ConnectionRefusedError):
        return f"No broker answers at {where}."
    return f"No connection to {where}: {error.strerror or error}."


class Version:
    """Which MQTT the broker of one owner speaks: asked once, and again when in doubt. Safe from any thread."""

    def __init__(self, address: BrokerAddress, tls: ssl.SSLContext | None) -> None:
        self._address = address
        self._tls = tls
        self._lock = threading.Lock()
        self._speaks_5: bool | None = None

    def speaks_5(self) -> bool:
        """True for MQTT 5. Blocks while it asks; ConnectionError with a sentence if nobody is there."""
        with self._lock:
            if self._speaks_5 is None:
                try:
                    self._speaks_5 = self._ask()
                except OSError as error:
                    raise ConnectionError(why_not(self._address, error)) from error
            return bool(self._speaks_5)

    def doubt(self) -> None:
        """A connection was not answered: ask again before the next."""
        self._speaks_5 = None

    def _ask(self) -> bool | None:
        """Whether it speaks MQTT 5; None when it says nothing or something else than CONNACK."""
        plain = socket.create_connection((self._address.host, self._address.port), CONNECT_TIMEOUT_S)
        with plain, self._wrapped(plain) as line:
            line.sendall(_QUESTION)
            line.settimeout(_PATIENCE_S)
            answer = b""
            with suppress(TimeoutError, ConnectionError):
                while len(answer) < 4 and (piece := line.recv(4 - len(answer))):
                    answer += piece
        if len(answer) < 4 or answer[0] != _CONNACK:
            return None
        short = answer[1] == 2  # 3.1.1: no properties
        return not (answer[3] == _UNSUPPORTED_5 or (short and answer[3] == _UNSUPPORTED_311))

    def _wrapped(self, line: socket.socket) -> socket.socket:
        return self._tls.wrap_socket(line, server_hostname=self._address.host) if self._tls else line
