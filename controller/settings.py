"""Settings of a store's process, read once at the start. Each is documented at its field."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from urllib.parse import urlsplit

from controller.errors import Refused

#: Where a store keeps what it remembers, unless `--data` or SINNE_DATA say otherwise.
DEFAULT_DATA = Path("~/.local/share/sinne")
#: The wall clock cannot be right before this build was made (`semantics.md`, rule 15). Raised with each release.
BUILD_DATE = datetime(2026, 11, 1, tzinfo=UTC)


def product_version() -> str:
    """The installed version of sinne."""
    try:
        return version("sinne")
    except PackageNotFoundError:
        return "0 (not installed)"


def data_folder(given: str | None) -> Path:
    """The data folder: as given, else SINNE_DATA, else under the home folder."""
    return Path(given or os.environ.get("SINNE_DATA") or DEFAULT_DATA).expanduser().resolve()


@dataclass(frozen=True, slots=True)
class Listen:
    """Where the panel is served. `https` unless plain HTTP on this machine alone is asked for."""

    secure: bool
    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Listen:
        """Read `https://0.0.0.0:8443` or `http://127.0.0.1:8080`. Raises Refused with one sentence."""
        parts = urlsplit(text)
        try:
            port = parts.port
        except ValueError:
            port = -1
        if parts.scheme not in ("http", "https") or not parts.hostname or port in (None, -1):
            raise Refused(f"The panel's address is https://HOST:PORT or http://127.0.0.1:PORT, not {text!r}.")
        return cls(parts.scheme == "https", parts.hostname, port or 0)
