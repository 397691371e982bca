"""The one typed way from a request to what the store can do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import cast

from flask import current_app

from controller.accounts import Accounts
from controller.desk import Overview, Planning
from controller.doors import Announcements, Calendar, Cues, Versions
from controller.dryrun.doors import DryRuns


@dataclass(frozen=True, slots=True)
class Services:
    """What the web floor is given by the composition root.

    `assets`: the folder of the built front end (`web/static/dist`). `secure`: whether it is served over TLS; plain
    HTTP is for localhost only, and its cookies cannot carry the `__Host-` prefix. A door that is None is not there:
    pages leave out what would lead to it.
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


def services() -> Services:
    """The services of the application that serves the request at hand."""
    return cast(Services, current_app.extensions["sinne"])
