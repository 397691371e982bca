"""Where a broker is and who we are to it: a typing error is one sentence, and no password is ever logged."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import SplitResult, quote, unquote, urlsplit

_PORTS = {"mqtt": 1883, "mqtts": 8883}
_EXAMPLE = "mqtt://host:1883, mqtt://user:password@host or mqtts://host:8883"


@dataclass(frozen=True, slots=True)
class Credentials:
    """An account on a broker. The password never shows in `repr` or `str`."""

    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """One broker. `ca_file`, `ca_text`: PEM certificates to trust instead of the machine's own (only with `tls`)."""

    host: str
    port: int = 1883
    tls: bool = False
    credentials: Credentials | None = None
    ca_file: Path | None = None
    ca_text: str | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, text: str, ca_file: Path | None = None) -> BrokerAddress:
        """Read `mqtt://[user[:password]@]host[:port]`, or `mqtts://` for TLS.

        Raises ValueError with one sentence that says what is wrong; it never repeats the password.
        """
        try:
            parts = urlsplit(text.strip())
            host, port = parts.hostname, parts.port
        except ValueError as error:
            raise ValueError(f"The broker address cannot be read ({_reason(error)}); write {_EXAMPLE}.") from None
        if parts.scheme not in _PORTS:
            raise ValueError(f"A broker address starts with mqtt:// or mqtts://; write {_EXAMPLE}.")
        if not host or any(character.isspace() for character in host):
            raise ValueError(f"The broker address names no host; write {_EXAMPLE}.")
        if port == 0:
            raise ValueError("The broker address has port 0; a port is 1 to 65535.")
        if parts.path not in ("", "/") or parts.query or parts.fragment:
            raise ValueError(f"The broker address has something after the port; write {_EXAMPLE}.")
        tls = parts.scheme == "mqtts"
        if ca_file is not None and not tls:
            raise ValueError("A CA file is of use only with TLS; begin the broker address with mqtts://.")
        return cls(host, port or _PORTS[parts.scheme], tls, _credentials(parts), ca_file)

    def with_credentials(self, credentials: Credentials | None) -> BrokerAddress:
        """The same broker, entered with another account."""
        return replace(self, credentials=credentials)

    def url(self) -> str:
        """The address with its password, for handing it to a child. `parse(url())` gives it back. Never log it."""
        account = ""
        if self.credentials:
            account = f"{quote(self.credentials.username, safe='')}:{quote(self.credentials.password, safe='')}@"
        return f"{self._scheme()}://{account}{self._place()}"

    def __str__(self) -> str:
        """The address for people and logs: the account's name shows, its password never."""
        account = f"{quote(self.credentials.username, safe='')}@" if self.credentials else ""
        return f"{self._scheme()}://{account}{self._place()}"

    def _scheme(self) -> str:
        return "mqtts" if self.tls else "mqtt"

    def _place(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def _credentials(parts: SplitResult) -> Credentials | None:
    if parts.username is None and parts.password is None:
        return None
    if not parts.username:
        raise ValueError(f"The broker address has a password but no user; write {_EXAMPLE}.")
    return Credentials(unquote(parts.username), unquote(parts.password or ""))


def _reason(error: ValueError) -> str:
    """urlsplit quotes the offending text, which may hold the password: keep only what kind of mistake it is."""
    return "its port is not a number from 1 to 65535" if "ort" in str(error) else "its host is malformed"
