"""The one typed way from a request of HQ's panel to what HQ can do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import cast

from flask import current_app

from controller.accounts import Accounts
from controller.hq.doors import Fleet, Office, Proof
from controller.ports import Clock


@dataclass(frozen=True, slots=True)
class HqServices:
    """What HQ's panel is given by the composition root. Nothing of it lives in the process, so that any number of
    workers may serve: what people see is in the database behind the doors.

    `secure`: whether people reach it over TLS, be it ours or that of a proxy in front; else it answers to localhost
    alone. `proxies`: how many of our own proxies are in front, whose `X-Forwarded-*` are believed. `time_zone`: of the
    people at HQ, an IANA name: in it are the clock and the record; what is about a store is in the store's own.
    """

    office: Office
    fleet: Fleet
    proof: Proof
    accounts: Accounts
    clock: Clock
    secure: bool
    assets: Path
    time_zone: str = "UTC"
    proxies: int = 0

    @property
    def overview(self) -> None:
        """There are no event streams: pages ask for themselves, which any worker can answer."""
        return None


def hq() -> HqServices:
    """The services of the HQ that serves the request at hand."""
    return cast(HqServices, current_app.extensions["sinne"])
