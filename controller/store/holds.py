"""Holds: reasons for which a sense is held back although it is wished. A closed list, each a value with an end.

`resolve` says what is wished; desired is wished less holds (`semantics.md`, rule 2). What holds rest on, the ledger of
scent and the local changes seen, is stored and survives a restart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from controller.ports import ScentRun
from profiles.air import purge_s
from profiles.places import Zone
from profiles.scene import Diffusion, Field, Sense, Setting


class Reason(StrEnum):
    """Why a sense is held back."""

    PURGE = "purge"
    STOP = "stop"
    LOCAL_CHANGE = "local change"
    TIME = "time not trusted"


@dataclass(frozen=True, slots=True)
class Hold:
    """One sense of one zone (or of one device in it) is held back. `until` None: until a person or a fact ends it."""

    reason: Reason
    sense: Sense
    zone: str
    until: datetime | None
    sentence: str
    device: str | None = None


def purge_hold(
    zone: Zone, wished: Mapping[Field, Setting], runs: Iterable[ScentRun], now: datetime
) -> Hold | None:
    """Hold scent back until the air has less than 5 % of another fragrance left (`domain.md`, *Scent*)."""
    diffusion = wished.get(Field.SCENT_DIFFUSION)
    if wished.get(Field.SCENT_ON) is not True or not isinstance(diffusion, Diffusion):
        return None
    others = [r for r in runs if r.zone == zone.id and r.fragrance != diffusion.fragrance]
    if not others:
        return None
    last = max(others, key=lambda r: r.last_on)
    clear = last.last_on + timedelta(seconds=purge_s(zone.air_changes_per_h))
    if now >= clear:
        return None
    return Hold(Reason.PURGE, Sense.SCENT, zone.id, clear,
                f"{diffusion.fragrance} waits until {last.fragrance} has left the air")


def less_holds(wished: Mapping[Field, Setting], holds: Iterable[Hold]) -> dict[Field, Setting]:
    """Desired: what is wished, with the scent off where it is held for a purge."""
    desired = dict(wished)
    for hold in holds:
        if hold.reason is Reason.PURGE and hold.device is None:
            desired[Field.SCENT_ON] = False
    return desired
