"""The one typed way from a request to what the store can do, and to what every application with sign-in has."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

from flask import current_app

from controller.accounts import Accounts
from controller.desk import Overview, Planning
from controller.doors import Announcements, Calendar, Cues, Versions
from controller.dryrun.doors import DryRuns
from controller.hq.link.doors import Belonging


class House(Protocol):
    """What sign-in, headers and errors need of whatever is served: a store's services, or HQ's.

    `assets`: the folder of the built front end (`web/static/dist`). `secure`: whether it is served over TLS; plain
    HTTP is for localhost only, and its cookies cannot carry the `__Host-` prefix.
    """

    @property
    def accounts(self) -> Accounts:
        """Who may come in."""

    @property
    def secure(self) -> bool:
        """Whether people reach it over TLS."""

    @property
    def assets(self) -> Path:
        """The folder of the built front end."""


@dataclass(frozen=True, slots=True)
class Services:
    """What the web floor is given by the composition root.

    `assets`, `secure`: as of every `House`. A door that is None is not there: pages leave out what would lead to it.
    """

    planning: Planning
    overview: Overview
    accounts: Accounts
    secure: bool
    assets: Path
    cues: Cues | None = None
    announcements: Announcements | None = None
    versions: Versions | None = None
    calendar: Calendar | None = None
    dry_runs: DryRuns | None = None
    belonging: Belonging | None = None


def house() -> House:
    """What the application that serves the request at hand has, whichever it is."""
    return cast(House, current_app.extensions["sinne"])


def services() -> Services:
    """The services of the store's panel that serves the request at hand."""
    return cast(Services, current_app.extensions["sinne"])
