"""The one typed way from a request of the simulator's page to the living store behind it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from flask import current_app

from controller.living.door import Living


@dataclass(frozen=True, slots=True)
class SimulatorServices:
    """What the simulator's page is given. `assets`: the folder of the built front end. `token`: its forms send it back.

    It is for this machine alone and never over TLS, so there is nobody to sign in: whoever may use the machine may
    misbehave.
    """

    living: Living
    assets: Path
    secure: bool = False
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))

    @property
    def overview(self) -> Living:
        """What the event streams tell of."""
        return self.living


def simulator() -> SimulatorServices:
    """The services of the application that serves the request at hand."""
    return cast(SimulatorServices, current_app.extensions["sinne-simulator"])


def living() -> Living:
    """The living store."""
    return simulator().living
