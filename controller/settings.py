"""Settings of a store's process, read once at the start. Each is documented at its field."""

from __future__ import annotations

import contextlib
import ipaddress
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from urllib.parse import urlsplit

from controller.errors import Refused, Unavailable

#: Where a store keeps what it remembers, unless `--data` or SINNE_DATA say otherwise.
DEFAULT_DATA = Path("~/.local/share/sinne")
#: Where HQ does, unless `--data` or SINNE_HQ_DATA say otherwise. Never a store's folder.
DEFAULT_HQ_DATA = Path("~/.local/share/sinne-hq")
#: The wall clock cannot be right before this build was made (`semantics.md`, rule 15). Raised with each release.
BUILD_DATE = datetime(2026, 11, 1, tzinfo=UTC)


def product_version() -> str:
    """The installed version of sinne."""
    try:
        return version("sinne")
    except PackageNotFoundError:
        return "0 (not installed)"


def data_folder(given: str | None) -> Path:
    """The data folder: as given, else SINNE_DATA, else under the home folder. Raises Refused with one sentence."""
    if given == "":
        # An empty variable in a script must not bring somebody to another store.
        raise Refused("The data folder has no name: --data is empty. Name a folder, or leave --data out.")
    named = Path(given or os.environ.get("SINNE_DATA") or DEFAULT_DATA)
    try:
        folder = named.expanduser().resolve()
        is_file = folder.exists() and not folder.is_dir()
    except (OSError, RuntimeError) as error:  # no home folder; a loop of links
        reason = str(error).rstrip(".")
        raise Refused(f"The data folder {named} cannot be found: {reason}. Name it by its whole path.") from error
    if is_file:
        raise Refused(f"The data folder {folder} is a file. Name a folder, or a name that is free.")
    return folder


def hq_folder(given: str | None) -> Path:
    """The data folder of HQ: as given, else SINNE_HQ_DATA, else under the home folder. Raises Refused."""
    return data_folder(given if given is not None else os.environ.get("SINNE_HQ_DATA") or str(DEFAULT_HQ_DATA))


def make_folder(folder: Path) -> None:
    """See that the data folder is there, its owner's alone. Raises Unavailable with a sentence.

    Root's can be passed through, so that a mosquitto that gives up root's rights still gets in.
    """
    try:
        folder.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(f"The data folder {folder} cannot be made: {error.strerror}.") from error


@dataclass(frozen=True, slots=True)
class Listen:
    """Where the panel is served. `https` unless plain HTTP on this machine alone is asked for."""

    secure: bool
    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Listen:
        """Read `https://0.0.0.0:8443` or `http://127.0.0.1:8080`. Raises Refused with one sentence."""
        host, port, rest = "", None, "?"
        with contextlib.suppress(ValueError):
            parts = urlsplit(text)
            host, port = parts.hostname or "", parts.port
            rest = parts.path.removeprefix("/") + parts.query + parts.fragment + (parts.username or "")
        if rest or not text.startswith(("http://", "https://")) or not host or port is None or " " in host:
            raise Refused(f"The panel's address is https://HOST:PORT or http://127.0.0.1:PORT, not {text!r}.")
        secure = text.startswith("https")
        if not secure and not is_this_machine(host):
            raise Refused(f"Plain http:// is for this machine only. Write https://{host}:{port}, or http://127.0.0.1:"
                          f"{port}.")
        return cls(secure, host, port)


@dataclass(frozen=True, slots=True)
class BrokerListen:
    """Where the store's own broker listens: `host` is a name or an address; `port` None is chosen, and then kept."""

    host: str
    port: int | None

    @classmethod
    def parse(cls, text: str) -> BrokerListen:
        """Read `0.0.0.0`, `192.168.1.5:8883` or `[::]:8883`. Raises Refused with one sentence."""
        try:
            parts = urlsplit(f"//{text}")
            host, port = parts.hostname or "", parts.port
        except ValueError:
            host, port = "", None
        if not host or port == 0 or parts.netloc != text or "@" in text or any(c.isspace() for c in text):
            raise Refused(f"The broker listens on HOST or HOST:PORT, such as 0.0.0.0 or 192.168.1.5:8883, "
                          f"not {text!r}.")
        return cls(host, port)


def is_this_machine(host: str) -> bool:
    """Whether only this machine can reach what listens on `host`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
