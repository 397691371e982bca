"""A zone of a store under test at one instant: what it is, why, and until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from controller.shapes import Explained


@dataclass(frozen=True, slots=True)
class ZoneSeen:
    """What a zone is to be. `profile`: the id of its mood, None for a scene of one's own; `what`: its name.

    `why`: the sentence that people read; `until`: when that could next change, None if never. `layer`: what leads, as
    `daypart:morning`; `held`: senses that are held back; `values`: every field, as `light.ambient.brightness_pct`.
    """

    id: str
    at: datetime
    profile: str | None
    what: str
    why: str
    until: datetime | None
    layer: str
    held: tuple[str, ...]
    values: dict[str, Any]

    def __str__(self) -> str:
        """In words: zone, instant, mood, reason."""
        return f"{self.id} on {self.at:%a %Y-%m-%d at %H:%M:%S}: {self.what}. {self.why}"

    def __repr__(self) -> str:
        """As assertions show it."""
        return f"<{self}>"


def zone_seen(explained: Explained) -> ZoneSeen:
    """From the full reasons. Instants are in the time zone of `explained.at`."""
    zone, layer = explained.at.tzinfo, explained.layer
    return ZoneSeen(
        explained.zone, explained.at, None if layer is None else layer.profile, explained.what, explained.because,
        None if explained.until is None else explained.until.astimezone(zone), "" if layer is None else layer.key,
        tuple(hold.sense.value for hold in explained.holds),
        {shown.field.value: shown.value for shown in explained.fields})
